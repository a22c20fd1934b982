"""Word and name error rates: what counts as equal, what as a name, and what was not heard of a story."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from radio_archive.models import Word
from radio_archive.text.accuracy import (
    KnownNames,
    Name,
    ReadText,
    Score,
    compare,
    distinct_names,
    doubt,
    read_text,
    tokens,
    unheard,
)

KNOWN = KnownNames(["Reef Notes", "Ann Makoa", "kimchi"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twelve thousand fish, it's said.", "12,000 fish its said"),
        ("$5 million, 45%", "five million dollars and forty-five per cent".replace(" and", ",")),
        ("In nineteen ninety-eight, on March third", "in 1998 on March 3"),
        ("The twenty-first of 2 boats", "the 21st of two boats"),
        ("Hawaiʻi, Hawai'i, Kāne", "Hawaii Hawaii Kane"),
        ("a well-known pier [applause] – quiet", "a well known pier quiet"),
        ("長野市で", "長 野 市 で"),
        ("One boat", "1 boat"),
        ("", "[not understood] …"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(("one", "other"), [("fishpond", "fish pond"), ("Kona", "Kauai"), ("second", "two")])
def test_what_is_not_the_same(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("On Molokaʻi, Hanalei Pūloa counts. Pūloa is patient.", ["Molokaʻi", "Hanalei Pūloa", "Pūloa"]),
        (
            "They met Lono, Kai and Dr. Ola St. John in the U.S. House.",
            ["Lono", "Kai", "Dr. Ola St. John", "U.S. House"],
        ),
        ("We saw Lono's Hill on Monday in May, and I'm glad.", ["Lono's", "Hill"]),
        ('He said: "Then Lono left." "Maybe," said Kai.', ["Lono", "Kai"]),
        ("The crew heard The Lono Song. The boat sank. Song is over.", ["Lono Song", "Song"]),
        ("It is in\n\nHilo\n\nBy now", []),
        ("Ann Makoa sells Kimchi and kimchi for reef notes.", ["Ann Makoa", "Kimchi"]),
        ("ANN MAKOA CAME TO HILO WITH REEF NOTES.", ["ANN MAKOA", "REEF NOTES"]),
        ("He came to Lono—Kai told us.", ["Lono", "Kai"]),
    ],
)
def test_what_is_a_name(text: str, names: list[str]) -> None:
    assert [name.text for name in read_text(text, KNOWN).names] == names


def test_capitals_of_german_nouns_are_no_names() -> None:
    assert [name.text for name in read_text("Das Boot von Ann Makoa sank.", KNOWN, language="de").names] == [
        "Ann Makoa"
    ]


def test_the_kinds_of_errors_are_counted_apart() -> None:
    said = read_text("The boat of Kona Lani left Hilo at twelve thousand.")
    compared = compare(said, tokens("the goat of Kona Lani left at at the 12,000"))
    assert compared.score == Score(words=9, substituted=2, deleted=0, inserted=1, names=2, names_wrong=1)
    assert compared.wrong == ("Hilo",)
    assert compared.score.word_error_rate == pytest.approx(3 / 9)
    assert compared.score.name_error_rate == 0.5


def test_a_name_is_right_only_where_its_words_follow_each_other() -> None:
    said = read_text("we met Kona Lani there")
    assert compare(said, tokens("we met Kona and Lani there")).wrong == ("Kona Lani",)
    assert compare(said, tokens("we met kona-lani there")).wrong == ()


@pytest.mark.parametrize(("said", "heard"), [("", ""), ("", "hello there"), ("we met Kona", "")])
def test_texts_without_words(said: str, heard: str) -> None:
    score = compare(read_text(said), tokens(heard)).score
    assert (score.words, score.deleted, score.inserted) == (len(said.split()), len(said.split()), len(heard.split()))
    assert score.word_error_rate == (1.0 if said else float(len(heard.split())))


def test_scores_are_added() -> None:
    assert Score(1, 2, 3, 4, 5, 6) + Score(10, 20, 30, 40, 50, 60) == Score(11, 22, 33, 44, 55, 66)
    assert Score().word_error_rate == Score().name_error_rate == 0.0


def test_names_of_a_story_that_were_not_heard() -> None:
    story = read_text("They asked Hanalei Pūloa. But Pūloa's crew left Kamalō, and Uncle Maka, for Hui Kuapā.")
    names = distinct_names(story)
    assert list(names.values()) == ["Hanalei Pūloa", "Kamalō", "Uncle Maka", "Hui Kuapā"]
    assert unheard(names, tokens("Hanalei Puloa's men left Kamal. Uncle Maka. Huikuapa")) == ("Kamalō", "Hui Kuapā")


def test_doubt_grows_with_gaps_and_falls_with_probability() -> None:
    def words(probability: float | None) -> list[Word]:
        return [Word(0, 1, " sea", probability)] * 10

    assert doubt(words(1.0), 0.0) == 0.0
    assert doubt(words(0.9), 0.0) == pytest.approx(0.1)
    assert doubt(words(0.9), 4.0) == pytest.approx((1 + 10) / 20)
    assert doubt(words(None), 0.0) == 0.0
    assert doubt([], 0.0) == doubt([], 9.0) == 1.0


def test_texts_of_many_hours_are_compared_in_parts() -> None:
    chance = random.Random(3)
    said = [f"w{chance.randrange(5_000)}" for _ in range(36_000)]
    heard = [word if chance.random() > 0.1 else "x" for word in said]
    del heard[9_000:12_000]
    told: list[float] = []
    score = compare(
        ReadText(tuple(said), (Name("first", 0, 1), Name("lost", 10_000, 10_001))), heard, told.append
    ).score
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == 1
    errors = score.substituted + score.deleted + score.inserted
    best = Levenshtein.distance(said, heard)
    assert best <= errors <= 1.001 * best
    assert score.names_wrong >= 1
    other = compare(ReadText(tuple(said), ()), [f"v{at}" for at in range(33_000)], told.append).score
    assert (other.substituted, other.deleted, other.inserted) == (33_000, 3_000, 0)


@given(st.text(), st.text())
def test_any_text_can_be_compared(one: str, other: str) -> None:
    said = read_text(one, KNOWN)
    assert list(said.tokens) == tokens(one)
    score = compare(said, tokens(other)).score
    assert score.substituted + score.deleted <= score.words
    assert score.names_wrong <= score.names == len(said.names)
    assert compare(said, said.tokens).score == Score(words=score.words, names=score.names)
