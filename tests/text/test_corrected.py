"""text/corrected.py: the current words of a transcript."""

from dataclasses import dataclass

import pytest

from radio_archive.models import Edit, Word
from radio_archive.text.corrected import changes, correct


@dataclass(frozen=True)
class To:
    """A correction of words `first_word` to `last_word`."""

    first_word: int
    last_word: int
    after: str


def said(text: str) -> tuple[Word, ...]:
    return tuple(Word(float(n), n + 1.0, f" {word}", 0.5) for n, word in enumerate(text.split()))


WORDS = said("The Jung on daily says so.")


@pytest.mark.parametrize(
    ("corrections", "text", "origins"),
    [
        ([], "The Jung on daily says so.", [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]),
        ([To(1, 3, "JoongAng Daily")], "The JoongAng Daily says so.", [(0, 0), (1, 3), (1, 3), (4, 4), (5, 5)]),
        ([To(4, 4, "")], "The Jung on daily so.", [(0, 0), (1, 1), (2, 2), (3, 3), (5, 5)]),
        # The later one hides the earlier one, also where it is about fewer words.
        ([To(1, 3, "JoongAng Daily"), To(2, 2, "un")], "The Jung un daily says so.", [(n, n) for n in range(6)]),
        ([To(2, 2, "un"), To(1, 3, "One Two")], "The One Two says so.", [(0, 0), (1, 3), (1, 3), (4, 4), (5, 5)]),
        # What a damaged database has is left out.
        ([To(4, 9, "much"), To(-1, 0, "A"), To(3, 2, "b")], "The Jung on daily says so.", [(n, n) for n in range(6)]),
        ([To(0, 5, "")], "", []),
    ],
)
def test_the_text_and_where_it_comes_from(corrections: list[To], text: str, origins: list[tuple[int, int]]) -> None:
    found = correct(WORDS, corrections)
    assert "".join(word.text for word in found.words) == (f" {text}" if text else "")
    assert list(found.origins) == origins


def test_new_words_share_the_time_of_the_old_ones_by_their_letters() -> None:
    first, joong, daily, says, _ = correct(WORDS, [To(1, 3, "JoongAng At")]).words
    assert (joong.start, joong.end, daily.start, daily.end) == (1.0, 3.4, 3.4, 4.0)
    assert joong.probability is None
    assert (first, says) == (WORDS[0], WORDS[4])


def test_a_word_that_goes_on_another_has_no_space() -> None:
    words = (Word(0, 1, " U"), Word(1, 2, ".S."), Word(2, 3, " troops"))
    assert "".join(word.text for word in correct(words, [To(1, 1, ".K.")]).words) == " U.K. troops"


def test_an_edit_takes_in_all_words_of_a_correction() -> None:
    now = correct(WORDS, [To(1, 3, "JoongAng Daily")])
    assert now.edit(2, 2, "Times") == Edit(1, 3, "JoongAng Daily", "JoongAng Times")
    assert now.edit(2, 3, "Times said") == Edit(1, 4, "JoongAng Daily says", "JoongAng Times said")


def test_an_edit_is_about_the_words_that_change() -> None:
    unchanged: list[To] = []
    now = correct(WORDS, unchanged)
    assert now.edit(0, 3, "The Joong on Daily") == Edit(1, 3, "Jung on daily", "Joong on Daily")
    assert now.edit(0, 2, "The Jung") == Edit(2, 2, "on", "")
    with pytest.raises(IndexError):
        now.edit(5, 6, "x")


@pytest.mark.parametrize(
    ("first", "last", "after", "text"),
    [
        (5, 5, "", "The JoongAng Daily says."),
        (4, 5, "", "The JoongAng Daily."),
        (4, 4, "", "The JoongAng Daily so."),
        (0, 5, "", ""),
        # What a person writes stays as it is.
        (4, 5, "said", "The JoongAng Daily said"),
    ],
)
def test_what_ends_a_sentence_goes_to_the_word_before_those_that_are_removed(
    first: int, last: int, after: str, text: str
) -> None:
    made = [To(1, 3, "JoongAng Daily")]
    now = correct(WORDS, made)
    edit = now.keeping_stop(Edit(first, last, now.text_of(first, last) or "", after))
    words = correct(WORDS, [*made, To(edit.first_word, edit.last_word, edit.after)]).words
    assert "".join(word.text for word in words).strip() == text


def test_the_text_at_a_place_is_none_where_a_correction_reaches_beyond_it() -> None:
    now = correct(WORDS, [To(1, 3, "JoongAng Daily"), To(5, 5, "")])
    assert now.text_of(1, 3) == "JoongAng Daily"
    assert now.text_of(0, 4) == "The JoongAng Daily says"
    assert now.text_of(2, 3) is None
    assert now.text_of(5, 5) == ""


def test_changes_say_what_was_heard_and_what_is_there() -> None:
    now = correct(WORDS, [To(1, 3, "JoongAng Daily"), To(5, 5, "")])
    one, two = changes(WORDS, now, around=1)
    assert (one.heard, one.text, one.before, one.after) == ("Jung on daily", "JoongAng Daily", "The", "says")
    assert (one.start, one.end) == (1.0, 4.0)
    assert (two.heard, two.text, two.before, two.after) == ("so.", "", "says", "")
