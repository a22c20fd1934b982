"""Which words of a transcript are most worth a listen."""

from collections.abc import Sequence

import pytest

from radio_archive.models import Word
from radio_archive.text import suspects
from radio_archive.text.suspects import Kind, Suspect


def heard(text: str, *, sure: float = 0.99, unsure: float = 0.4) -> tuple[Word, ...]:
    """Words a third of a second each; `unsure?` marks one of low probability."""
    return tuple(
        Word(at / 3, (at + 1) / 3, f" {word.replace('?', '')}", unsure if "?" in word else sure)
        for at, word in enumerate(text.split())
    )


def said(words: Sequence[Word], suspect: Suspect) -> str:
    return "".join(word.text for word in words[suspect.first_word : suspect.last_word + 1]).strip()


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("the report is from Molo? Kati? today", "", [("Molo Kati", Kind.NAME, None)]),
        ("up by fifteen? to nine", "up by fifty to nine", [("fifteen", Kind.NUMBER, "fifty")]),
        # An amount is one place, and the same amount in other words no difference.
        (
            *("it cost fifteen? million dollars", "it cost fifty million dollars"),
            [("fifteen million dollars", Kind.NUMBER, "fifty million dollars")],
        ),
        ("it cost 12,000? dollars", "it cost twelve thousand dollars", [("12,000", Kind.NUMBER, None)]),
        ("they can? go home", "they can't? go home", [("can", Kind.NEGATION, "can't")]),
        ("a big? boat came in", "", [("big", Kind.WORD, None)]),
        # What the other version has for a name tells that it is one.
        ("we went to island warning? again", "we went to Island Morning again", [("warning", Kind.NAME, "Morning")]),
        # A change in the number of words is one place, with all of its words.
        ("says joan? hong daily in Seoul", "says JoongAng daily in Seoul", [("joan hong", Kind.NAME, "JoongAng")]),
        # Spelling, capitals and punctuation are no difference.
        ("in Hawaii, today", "in hawaiʻi today", []),
        ("all of it is clear", "all of it is clear", []),
        ("", "all of it is clear", []),
    ],
)
def test_what_is_suspected(text: str, other: str, expected: list[tuple[str, Kind, str | None]]) -> None:
    words = heard(text)
    found = suspects.suspects(words, heard(other))
    assert [(said(words, one), one.kind, one.alternative) for one in found] == expected


def test_names_come_before_ordinary_words_and_what_another_version_contests_before_the_rest() -> None:
    words = heard("the boat? left. Then came Kealoha? here. And Pulama? spoke")
    found = suspects.suspects(words, heard("the boat left. Then came Kealoha here. And Pulama spoke"))
    assert [said(words, one) for one in found] == ["Kealoha", "Pulama", "boat"]
    found = suspects.suspects(words, heard("the boat left. Then came Kealoha here. And Pullman spoke"))
    assert [said(words, one) for one in found] == ["Pulama", "Kealoha", "boat"]
    assert all(0 < one.worth <= one.doubt < 1 for one in found)


def test_a_place_ends_with_its_sentence_with_a_pause_and_after_five_words() -> None:
    words = heard("by Kim? Lee?. Reef? Watch? is on")
    assert {said(words, one) for one in suspects.suspects(words)} == {"Kim Lee.", "Reef Watch"}
    late = [*words[:4], *(Word(word.start + 2, word.end + 2, word.text, word.probability) for word in words[4:])]
    assert {said(late, one) for one in suspects.suspects(late)} == {"Kim Lee.", "Reef", "Watch"}
    many = heard(" ".join(f"{word}?" for word in "one two three four five six seven eight".split()))
    assert max(one.last_word - one.first_word for one in suspects.suspects(many)) == suspects.LONGEST - 1


def test_a_transcript_has_few_places_however_bad_it_is() -> None:
    words = heard(" ".join("Reef? and then the" for _ in range(100)))
    found = suspects.suspects(words)
    assert len(found) == suspects.ALWAYS + len(words) // suspects.ONE_IN
    assert found == sorted(found, key=lambda one: -one.worth)


def test_words_without_a_probability_are_suspected_where_another_version_differs() -> None:
    words = tuple(Word(word.start, word.end, word.text) for word in heard("we met Mele Kane there"))
    assert suspects.suspects(words, heard("we met Mele Kane there")) == []
    (found,) = suspects.suspects(words, heard("we met Mele Cane there"))
    assert (said(words, found), found.alternative) == ("Kane", "Cane")
