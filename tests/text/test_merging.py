"""Two sets of changes to one text are merged word by word."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.models import Word
from radio_archive.text.corrected import Replacement, correct
from radio_archive.text.merging import Merged, edits, merge, pieces, pieces_of

BASE = "The tide came in. It was cold and wet, they said."
WARM = BASE.replace("cold", "warm")


def heard(text: str) -> tuple[Word, ...]:
    return tuple(Word(n * 0.4, n * 0.4 + 0.3, f" {word}", 0.9) for n, word in enumerate(text.split()))


def merged(base: str, ours: str, theirs: str) -> tuple[str, Merged]:
    """Return the text here with what was changed in a copy, and what was found."""
    words = heard(ours)
    current = correct(words, list[Replacement]())
    here = pieces_of(current)
    found = merge(pieces(base.split("\n")), here, pieces(theirs.split("\n")))
    changed = correct(words, edits(current, here, found.changes))
    return "".join(word.text for word in changed.words).strip(), found


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (BASE, BASE.replace("tide", "tides"), BASE.replace("tide", "tides")),
        # Line breaks, spaces at the ends and the letters of a Mac are no change.
        (BASE, BASE.replace(". It", ".\n\n It") + "  \t", BASE),
        (WARM, BASE.replace("tide", "tides"), "The tides came in. It was warm and wet, they said."),
        (BASE.replace("cold", "warm"), BASE.replace("cold", "warm"), BASE.replace("cold", "warm")),
        (BASE.replace("cold", "warm"), BASE, BASE.replace("cold", "warm")),
        (BASE, BASE.replace("cold", "very cold"), BASE.replace("cold", "very cold")),
        (BASE, f"Listen. {BASE} And left.", f"Listen. {BASE} And left."),
        (BASE, BASE.removesuffix(" It was cold and wet, they said."), "The tide came in."),
        (BASE, BASE.removeprefix("The tide came in. "), "It was cold and wet, they said."),
        # Neighbours, one on each side.
        (BASE.replace("cold", "warm"), BASE.replace("was", "is"), "The tide came in. It is warm and wet, they said."),
        (WARM, BASE.replace("was cold", "is warm"), "The tide came in. It is warm and wet, they said."),
        (BASE.replace("in.", "rolling in."), BASE.replace("cold ", ""),
         "The tide came rolling in. It was and wet, they said."),
    ],
)  # fmt: skip
def test_what_each_side_changed_is_in_the_text(ours: str, theirs: str, expected: str) -> None:
    text, found = merged(BASE, ours, theirs)
    assert text == expected
    assert not found.conflicts


@pytest.mark.parametrize(
    ("ours", "theirs", "readings"),
    [
        (BASE.replace("tide", "tides"), BASE.replace("tide", "tyde"), ("tide", "tides", "tyde")),
        (BASE.replace("cold and", "so"), BASE.replace("and wet,", "now"), ("cold and wet,", "so wet,", "cold now")),
        (BASE.replace(" cold", ""), BASE.replace("cold", "hot"), ("cold", "", "hot")),
        (BASE.replace("was", "was very"), BASE.replace("was", "was so"), ("", "very", "so")),
    ],
)
def test_what_both_sides_changed_otherwise_is_told_and_left(ours: str, theirs: str, readings: tuple[str, ...]) -> None:
    text, found = merged(BASE, ours, theirs + " Yes.")
    [conflict] = found.conflicts
    assert (conflict.base, conflict.ours, conflict.theirs) == readings
    assert text == f"{ours} Yes."


def test_a_change_in_words_that_were_corrected_together_takes_in_the_others() -> None:
    class Made:
        first_word, last_word, after = 1, 2, "tides came rolling"

    words = heard(BASE)
    current = correct(words, [Made()])
    here = pieces_of(current)
    found = merge(pieces([BASE.replace("tide came", "tides came rolling")]), here,
                  pieces([BASE.replace("tide came", "Tides came roaring")]))  # fmt: skip
    [edit] = edits(current, here, found.changes)
    assert (edit.before, edit.after) == ("tides came rolling", "Tides came roaring")


def test_japanese_is_compared_by_its_characters() -> None:
    words = (Word(0, 1, "潮が", 0.9), Word(1, 2, "満ちた。", 0.9), Word(2, 3, "寒かった。", 0.9))
    current = correct(words, list[Replacement]())
    here = pieces_of(current)
    found = merge(pieces(["潮が満ちた。", "寒かった。"]), here, pieces(["潮が引いた。寒かった。"]))
    [edit] = edits(current, here, found.changes)
    assert (edit.first_word, edit.last_word, edit.after) == (1, 1, "引いた。")


PLAIN = st.text("abcd", min_size=1, max_size=4)


@given(st.data(), st.lists(PLAIN, min_size=3, max_size=40))
def test_changes_to_different_words_are_all_kept(data: st.DataObject, base: list[str]) -> None:
    # No word is there twice: which of two was removed could not be told.
    base = [f"{word}{n}" for n, word in enumerate(base)]
    places = data.draw(st.lists(st.sampled_from(range(0, len(base), 2)), unique=True))
    sides: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {})
    for place in places:
        new = data.draw(st.lists(PLAIN.map(str.upper), max_size=3))
        sides[data.draw(st.integers(0, 1))][place] = new

    def changed(*some: dict[int, list[str]]) -> list[str]:
        every = {place: new for side in some for place, new in side.items()}
        return [word for at, old in enumerate(base) for word in every.get(at, [old])]

    ours, theirs = changed(sides[0]), changed(sides[1])
    text, found = merged(" ".join(base), " ".join(ours), "\n".join(theirs))
    assert not found.conflicts
    assert text.split() == changed(*sides)


@given(st.lists(PLAIN, max_size=12), st.lists(PLAIN, max_size=12), st.lists(PLAIN, max_size=12))
def test_any_three_texts_can_be_merged_and_what_is_done_is_not_done_twice(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> None:
    text, found = merged(" ".join(base), " ".join(ours), " ".join(theirs))
    if not found.conflicts and ours:
        again, twice = merged(" ".join(theirs), text, " ".join(theirs))
        assert (again, twice.changes) == (text, ())
    if list(base) == list(ours) and ours:
        assert text.split() == list(theirs)
