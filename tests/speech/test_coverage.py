"""Speech that a text leaves out is found, cut out, and what is heard in it gets its place in the text."""

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.engine_parts import job

from radio_archive.audio.decode import RATE
from radio_archive.models import Gap, Word
from radio_archive.speech.coverage import ROUNDS, filled, gaps, parts, skipped


def spoken(text: str, start: float, each: float = 0.3) -> list[Word]:
    """Words at the pace of the news, from `start`."""
    return [Word(start + each * i, start + each * (i + 1), f" {word}") for i, word in enumerate(text.split())]


def text(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words).strip()


BEFORE = spoken("The board met on Tuesday.", 0.0)  # 0.0–1.5
AFTER = spoken("The vote is next month.", 5.0)  # 5.0–6.5


@pytest.mark.parametrize(
    ("words", "speech", "expected"),
    [
        pytest.param([*BEFORE, *AFTER], [(0.0, 1.5), (5.0, 6.5)], [], id="silence between is no gap"),
        pytest.param([*BEFORE, *AFTER], [(0.0, 6.5)], [Gap(1.5, 5.0)], id="a sentence in the middle"),
        pytest.param(
            [*BEFORE, *AFTER], [(0.0, 1.5), (2.0, 3.0), (3.2, 4.6), (5.0, 6.5)], [Gap(2.0, 4.6)], id="in pieces"
        ),
        pytest.param(AFTER, [(0.5, 3.0), (5.0, 6.5)], [Gap(0.5, 3.0)], id="at the start"),
        pytest.param(BEFORE, [(0.0, 1.5), (2.0, 4.0)], [Gap(2.0, 4.0)], id="the sign-off"),
        pytest.param([*BEFORE, *AFTER], [(0.0, 1.5), (2.5, 3.5), (5.0, 6.5)], [], id="a breath"),
        pytest.param([], [(1.0, 3.0)], [Gap(1.0, 3.0)], id="nothing at all"),
        pytest.param([], [], [], id="no speech"),
    ],
)
def test_speech_without_words_is_a_gap(
    words: list[Word], speech: list[tuple[float, float]], expected: list[Gap]
) -> None:
    assert gaps(words, speech) == expected


def test_words_that_are_stretched_over_a_loss_do_not_hide_it() -> None:
    stretched = [*BEFORE, Word(1.5, 3.2, " Do"), Word(3.2, 4.9, " not"), *spoken("ask me to carry it.", 5.0)]
    assert gaps(stretched, [(0.0, 6.5)]) == [Gap(1.5, 5.0)]


def test_slow_speech_is_no_loss() -> None:
    slow = spoken("Reporter Adaeze Nwosu visited Honolulu yesterday morning.", 0.0, each=0.75)
    assert gaps(slow, [(0.0, slow[-1].end)]) == []


def calls(work: Callable[[], object]) -> int:
    """Count the calls and returns of functions in `work`: its cost on any machine, however busy."""
    count = 0

    def see(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_the_cost_of_looking_for_gaps_grows_with_the_words() -> None:
    """Eight times the words with a loss in every twenty cost eight times as much; all pairs of words, 64 times."""

    def cost(sentences: int) -> int:
        words = [word for index in range(sentences) for word in spoken("word " * 20, 9.0 * index)]
        speech = [(word.start, word.end) for word in words] + [(9.0 * sentences, 9.0 * sentences + 2)]
        found = gaps(words, [(0.0, 9.0 * sentences)])
        assert len(found) == sentences
        return calls(lambda: gaps(words, speech)) + calls(lambda: gaps(words, [(0.0, 9.0 * sentences)]))

    assert cost(40) < 10 * cost(5)


def test_the_first_word_of_a_sentence_before_a_gap_is_heard_again_with_it() -> None:
    words = [*BEFORE, Word(1.5, 1.9, " The"), *spoken("vote is next month.", 5.0)]
    assert gaps(words, [(0.0, 6.5)]) == [Gap(1.9, 5.0)]
    assert skipped(words, [(0.0, 6.5)]) == [Gap(1.5, 5.0)]


@pytest.mark.parametrize(
    ("before", "heard", "at", "after", "expected"),
    [
        pytest.param(
            "It rained.", "The sea rose.", 2.0, "Then sun.", "It rained. The sea rose. Then sun.", id="between"
        ),
        pytest.param("It rained.", "rained. The sea.", 0.6, "Then sun.", "It rained. The sea. Then sun.", id="left"),
        pytest.param("It rained.", "The sea. Then sun", 5.0, "Then sun.", "It rained. The sea. Then sun.", id="right"),
        pytest.param("It rained.", "It rained.", 0.6, "Then sun.", "It rained. Then sun.", id="nothing new"),
        pytest.param("", "The sea rose.", 2.0, "Then sun.", "The sea rose. Then sun.", id="at the start"),
        pytest.param("It rained.", "The sea rose.", 2.0, "", "It rained. The sea rose.", id="at the end"),
    ],
)
def test_what_is_heard_again_gets_its_place_once(before: str, heard: str, at: float, after: str, expected: str) -> None:
    left, right = spoken(before, 0.0), spoken(after, 6.0)
    gap = Gap(left[-1].end if left else 0.0, 6.0)
    assert text(filled([*left, *right], spoken(heard, at), gap)) == expected


def test_words_that_were_stretched_over_the_gap_stay_behind_what_was_lost() -> None:
    words = [*BEFORE, Word(1.6, 3.0, " Do"), Word(3.0, 4.8, " not"), *spoken("ask me.", 5.0)]
    found = filled(words, spoken("Ferries stopped at noon.", 1.8, each=0.6), Gap(1.5, 5.0))
    assert text(found) == "The board met on Tuesday. Ferries stopped at noon. Do not ask me."


def test_words_that_end_a_sentence_within_the_gap_stay_before_what_was_lost() -> None:
    words = [*spoken("The board met on", 0.0), Word(1.2, 4.8, " Tuesday."), *spoken("Nobody objected.", 5.0)]
    found = filled(words, spoken("Ferries stopped at noon.", 1.8, each=0.6), Gap(1.5, 5.0))
    assert text(found) == "The board met on Tuesday. Ferries stopped at noon. Nobody objected."


def test_words_of_elsewhere_are_not_put_in() -> None:
    words = [*BEFORE, *AFTER]
    assert filled(words, spoken("Far away.", 9.0), Gap(2.0, 4.0)) == tuple(words)


WORDS = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0, 2), st.sampled_from(["a", "the", "Rain.", "sun"])), max_size=12
)


def in_order(drawn: list[tuple[float, float, str]]) -> list[Word]:
    words: list[Word] = []
    for start, length, written in sorted(drawn):
        begin = max(start, words[-1].end if words else 0.0)
        words.append(Word(begin, begin + length, f" {written}"))
    return words


@example([(0.0, 1.5, "Rain.")], [(1.1, 1.0, "sun")], 1.5, 3.0)
@given(WORDS, WORDS, st.floats(0, 30), st.floats(0, 10))
def test_no_word_is_ever_lost_and_times_stay_in_order(
    old: list[tuple[float, float, str]], new: list[tuple[float, float, str]], start: float, length: float
) -> None:
    words = in_order(old)
    found = filled(words, in_order(new), Gap(start, start + length))
    rest = iter(word.text for word in found)
    assert all(word.text in rest for word in words)
    assert all(a.end <= b.start and a.start <= a.end for a, b in pairwise(found))


def test_a_gap_is_cut_out_with_a_margin() -> None:
    window = job([(0.0, 20.0)], 20.0, offset=100.0)
    [part] = parts(window, spoken("word " * 50, 100.0))
    assert part.fills == Gap(115.0, 120.0)
    assert part.start == pytest.approx(114.6)
    assert part.end == 120.0
    assert part.audio[0] == pytest.approx(14.6 * RATE)
    assert len(part.audio) == len(window.audio) - part.audio[0]
    assert part.round == 1


def test_what_is_skipped_as_a_whole_is_heard_in_two_pieces_and_not_for_ever() -> None:
    speech = [(0.0, 4.0), (4.2, 6.0), (7.0, 10.0)]
    assert [part.fills for part in parts(job(speech, 10.0, offset=100.0), [])] == [Gap(100.0, 106.0), Gap(107.0, 110.0)]
    assert parts(job([(0.0, 10.0)], 10.0), []) == [], "the same sound gives the same text"
    assert parts(job(speech, 10.0, heard_before=ROUNDS), []) == []
