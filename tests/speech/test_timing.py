"""Words begin and end where there is sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_archive.audio.decode import RATE
from radio_archive.models import Word
from radio_archive.speech.levels import Levels, levels
from radio_archive.speech.timing import snap


def sound(*stretches: tuple[float, float], seconds: float = 6.0, bed: float = 0.0) -> Levels:
    """Levels of a tone in each stretch, over a bed of another tone."""
    time = np.arange(int(seconds * RATE)) / RATE
    loud = np.zeros_like(time)
    for start, end in stretches:
        loud[int(start * RATE) : int(end * RATE)] = 1
    wave = 0.3 * loud * np.sin(2 * np.pi * 200 * time) + bed * np.sin(2 * np.pi * 300 * time)
    return levels(wave.astype(np.float32))


CASES = {
    "a first word that begins in the pause before it": ((1.7, 2.5), (2.0, 2.5), " Good"),
    "a word that ends in the pause after it": ((2.0, 2.9), (2.0, 2.5), " bye."),
    "a word that is where its sound is": ((2.05, 2.45), (2.05, 2.45), " so"),
}


@pytest.mark.parametrize("bed", [0.0, 0.02], ids=["in silence", "over a musical bed 23 dB below"])
@pytest.mark.parametrize("case", CASES)
def test_a_word_is_snapped_to_its_sound(case: str, bed: float) -> None:
    (start, end), (true_start, true_end), text = CASES[case]
    [word] = snap([Word(start, end, text)], sound((0.5, 1.2), (2.0, 2.5), (3.2, 5.0), bed=bed))
    assert word.start == pytest.approx(true_start, abs=0.035)
    assert word.end == pytest.approx(true_end, abs=0.035)


def test_a_first_word_that_begins_before_the_pause_comes_after_it() -> None:
    level = sound((0.5, 1.2), (2.0, 2.5), (3.2, 5.0))
    before, first = snap([Word(0.6, 1.1, " end."), Word(1.1, 2.5, " Next")], level)
    assert first.start == pytest.approx(1.98, abs=0.03)
    assert before.end == pytest.approx(1.1, abs=0.03)


def test_another_word_that_took_in_the_pause_after_it_comes_before_it() -> None:
    level = sound((0.5, 1.2), (2.0, 2.5), (3.2, 5.0))
    _, word = snap([Word(0.5, 0.8, " the"), Word(0.8, 2.2, " sea")], level)
    assert word.start == 0.8
    assert word.end == pytest.approx(1.22, abs=0.03)


def test_in_quiet_a_word_stays_where_it_is() -> None:
    [word] = snap([Word(2.6, 3.0, " hm")], sound((0.5, 1.2), (3.5, 5.0)))
    assert (word.start, word.end) == (2.6, 3.0)
    assert snap([], sound()) == ()


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 6.5), st.floats(0, 1.5), st.sampled_from([" a", " b.", " c?"])), max_size=12),
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.05, 1)), max_size=5),
)
def test_times_stay_in_order_and_no_word_grows(
    timed: list[tuple[float, float, str]], loud: list[tuple[float, float]]
) -> None:
    words, now = [], 0.0
    for start, length, text in sorted(timed):
        begin = max(now, start)
        words.append(Word(begin, begin + length, text))
        now = begin + length
    snapped = snap(words, sound(*((start, start + length) for start, length in loud)))
    times = [time for word in snapped for time in (word.start, word.end)]
    assert times == sorted(times)
    for before, after in zip(words, snapped, strict=True):
        assert after.text == before.text
        assert before.start - 1e-9 <= after.start
        assert after.end <= before.end + 1e-9
