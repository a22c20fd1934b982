"""A written text gets the times of the words that were heard, and what it lacks of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.models import Word
from radio_archive.text.fitting import SHORTEST, Times, fit

HEARD = (
    "This is harbor watch three fairies sank last night off the old pier nobody drowned says captain oy we "
    "the company owes 12,000 dollars to the town"
).split()
SCRIPT = (
    "This is Harbor Watch. Three ferries sank last night off the old pier. Nobody drowned, says Captain ʻOiwī. "
    "The company owes twelve thousand dollars to the town."
).split()


def heard(*texts: str, start: float = 1.0, pace: float = 0.5) -> list[Word]:
    """Return words, each `pace` seconds after the one before it."""
    return [Word(start + at * pace, start + at * pace + 0.4, f" {text}", 0.9) for at, text in enumerate(texts)]


def written(*texts: str) -> list[Word]:
    return [Word(0.0, 0.0, f" {text}") for text in texts]


def lines(*cues: tuple[float, float, str]) -> list[Word]:
    """Return the words of captions, the time of each line shared out evenly as the reader of captions does."""
    words = []
    for start, end, text in cues:
        pieces = text.split()
        step = (end - start) / len(pieces)
        words += [Word(start + at * step, start + (at + 1) * step, f" {piece}") for at, piece in enumerate(pieces)]
    return words


def text(words: tuple[Word, ...]) -> str:
    return "".join(word.text for word in words).strip()


def test_a_script_takes_the_times_of_what_was_heard_and_its_own_words_stay() -> None:
    said = heard(*HEARD)
    found = fit(said, written(*SCRIPT), Times.NONE, 20.0)
    assert text(found.words) == " ".join(SCRIPT)
    assert found.is_fit
    assert found.covered > 0.8
    at = {word.text.strip(): word for word in found.words}
    same = {"This": "This", "pier.": "pier", "company": "company", "town.": "town"}
    assert {mine: at[mine].start for mine in same} == {
        mine: next(word.start for word in said if word.text.strip() == theirs) for mine, theirs in same.items()
    }
    assert said[5].start <= at["ferries"].start < at["ferries"].end <= said[5].end
    assert (at["twelve"].start, at["dollars"].end) == (said[22].start, said[23].end)
    assert {word.probability for word in found.words} == {None}, "no engine measured how sure a person was"


def test_lines_that_are_late_are_moved_to_when_they_are_said() -> None:
    said = heard(*SCRIPT)
    late = [Word(word.start + 3.0, word.end + 3.0, word.text) for word in lines((1, 7, " ".join(SCRIPT[:14])))]
    late += lines((12.0, 19.0, "One more line that is long " + " ".join(SCRIPT[14:])))
    found = fit(said, late, Times.LINES, 30.0)
    assert [word.start for word in found.words[:14]] == [word.start for word in said[:14]]
    assert [word.start for word in found.words[-9:]] == [word.start for word in said[-9:]]


def test_words_with_times_of_their_own_keep_them() -> None:
    own = [Word(word.start + 0.2, word.end + 0.2, word.text) for word in heard(*SCRIPT)]
    assert fit(heard(*SCRIPT), own, Times.WORDS, 20.0).words == tuple(own)


OTHER = "Rain fell on the taro fields of Hanalei again and growers counted what was left of their spring crop".split()
SUMMARY = (
    "A company that lost three of its boats is to pay a town for what the accident at its pier has cost it".split()
)


@pytest.mark.parametrize("another", [OTHER, SUMMARY, SCRIPT * 10, ["yes"]], ids=["clip", "summary", "long", "short"])
def test_a_text_of_something_else_is_left_as_it_is(another: list[str]) -> None:
    found = fit(heard(*HEARD), written(*another), Times.NONE, 20.0)
    assert not found.is_fit
    assert [word.text for word in found.words] == [f" {text}" for text in another]
    assert found.words[-1].end == pytest.approx(20.0)
    own = lines((1, 9, " ".join(another)))
    assert fit(heard(*HEARD), own, Times.LINES, 20.0).words == tuple(own)


def test_nothing_heard_is_lost_where_the_text_leaves_it_out() -> None:
    said = heard(*SCRIPT)
    shortened = written(*SCRIPT[:4], *SCRIPT[12:])
    found = fit(said, shortened, Times.NONE, 20.0)
    assert text(found.words) == " ".join(SCRIPT)
    assert [(gap.start, gap.end) for gap in found.filled] == [(said[4].start, said[11].end)]
    assert [word.probability for word in found.words[4:12]] == [0.9] * 8


def test_an_um_is_not_put_back() -> None:
    said = heard(*SCRIPT[:4], "um,", "you", "know,", *SCRIPT[4:])
    found = fit(said, written(*SCRIPT), Times.NONE, 20.0)
    assert text(found.words) == " ".join(SCRIPT)
    assert not found.filled


def test_a_sentence_that_the_engine_lost_gets_the_time_between() -> None:
    said = [*heard(*SCRIPT[:12]), *heard(*SCRIPT[16:], start=12.0)]
    found = fit(said, written(*SCRIPT), Times.NONE, 20.0)
    assert text(found.words) == " ".join(SCRIPT)
    assert [(gap.start, gap.end) for gap in found.unheard] == [(said[11].end, 12.0)]
    lost = found.words[12:16]
    assert (lost[0].start, lost[-1].end) == pytest.approx((said[11].end, 12.0))


def test_what_there_is_no_time_to_say_is_left_out() -> None:
    said = heard(*SCRIPT)
    found = fit(said, written(*SCRIPT[:12], *OTHER, *SCRIPT[12:]), Times.NONE, 20.0)
    assert text(found.words) == " ".join(SCRIPT)
    assert found.unsaid == len(OTHER)


def test_a_short_sentence_without_time_is_kept_and_lasts_a_moment() -> None:
    found = fit(heard(*SCRIPT), written(*SCRIPT[:12], *OTHER[:5], *SCRIPT[12:]), Times.NONE, 20.0)
    assert text(found.words) == " ".join([*SCRIPT[:12], *OTHER[:5], *SCRIPT[12:]])
    assert found.words[16].end - found.words[12].start >= 5 * SHORTEST - 1e-9


def test_a_script_without_spaces_is_fitted_by_its_characters() -> None:
    said = [Word(at, at + 1.0, part) for at, part in enumerate(["港", "から", "船が", "三隻", "出ま", "した", "。"])]
    found = fit(said, written("港から船が四隻出ました。"), Times.NONE, 8.0)
    assert found.is_fit
    assert text(found.words) == "港から船が四隻出ました。"
    assert [word.start for word in found.words if word.text in "出"] == [4.0]


@given(st.lists(st.sampled_from(SCRIPT + HEARD + OTHER), max_size=60), st.sampled_from(Times))
def test_words_are_in_the_order_of_time_and_none_is_lost_silently(some: list[str], times: Times) -> None:
    own = [Word(at * 0.3, at * 0.3 + 0.3, f" {one}") for at, one in enumerate(some)]
    found = fit(heard(*HEARD), own, times, 20.0)
    kept = [word.text for word in found.words if word.probability is None]
    assert len(own) - len(kept) == found.unsaid
    starts = [word.start for word in found.words]
    assert starts == sorted(starts)
    assert all(word.start <= word.end for word in found.words)
