"""Which source wins when sources disagree, and that a human always decides."""

from dataclasses import replace
from pathlib import PurePath
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.metadata.filename.claims import read_name
from radio_archive.metadata.gather import confirmed
from radio_archive.metadata.resolve import RANKS, proposals, resolve
from radio_archive.models import Claim, Field, Source

HUMAN, TAGS, FOLDER, FILENAME = Source.HUMAN, Source.TAGS, Source.FOLDER, Source.FILENAME


def show(value: str, source: Source, confidence: float = 0.8, *, denies: bool = False, key: str = "") -> Claim:
    return Claim(Field.SHOW, value, source, "a test", confidence, key, denies=denies)


def outcome(*claims: Claim) -> list[str]:
    """The winner and the losers, best first."""
    resolved = resolve(claims).get(Field.SHOW)
    return [resolved.value, *(claim.value for claim in resolved.losers)] if resolved else []


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([show("A", FILENAME), show("B", FOLDER), show("C", TAGS), show("D", HUMAN)], ["D", "C", "B", "A"]),
        ([show("A", TAGS, 0.8), show("B", TAGS, 0.95)], ["B", "A"]),
        # A weak claim of a high source loses to a strong one of a lower.
        ([show("A", TAGS, 0.45), show("B", FOLDER, 0.5)], ["B", "A"]),
        # A proposal wins nothing.
        ([show("A", TAGS, 0.3), show("B", FOLDER, 1.0)], ["B"]),
        ([show("A", TAGS, 0.2)], []),
        ([show("A", TAGS, 0.3), show("A", TAGS, 0.35)], []),
        ([show("A", HUMAN, 0.1), show("B", TAGS, 0.3)], ["A"]),
        ([show("B", TAGS, key="2"), show("A", TAGS, key="3"), show("C", TAGS, key="1")], ["C", "B", "A"]),
        ([show("A", HUMAN, 0.1), show("B", TAGS, 1.0)], ["A", "B"]),
        ([show("A", HUMAN), show("B", HUMAN)], ["B", "A"]),
        ([show("Hawaiʻi", TAGS), show("hawaii", FOLDER)], ["Hawaiʻi", "hawaii"]),
    ],
)
def test_the_best_claim_wins(claims: list[Claim], expected: list[str]) -> None:
    assert outcome(*claims) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # A machine's denial applies to its own rank and below, in any spelling.
        ([show("Hawaiʻi", FOLDER), show("B", FILENAME), show("hawaii", TAGS, denies=True)], ["B"]),
        ([show("A", TAGS), show("a", TAGS, denies=True)], []),
        ([show("A", TAGS), show("A", FOLDER), show("A", FOLDER, denies=True)], ["A"]),
        ([show("A", HUMAN), show("A", TAGS, denies=True)], ["A"]),
        ([show("A", TAGS, denies=True)], []),
        # A human's denial applies to all, except later human claims.
        ([show("A", TAGS), show("B", FOLDER), show("a", HUMAN, denies=True)], ["B"]),
        ([show("a", HUMAN, denies=True), show("A", TAGS)], []),
        ([show("A", HUMAN), show("A", HUMAN, denies=True)], []),
        ([show("A", HUMAN, denies=True), show("A", HUMAN), show("A", TAGS)], ["A", "A"]),
        ([show("A", HUMAN), show("B", HUMAN), show("B", HUMAN, denies=True)], ["A"]),
        ([show("A", HUMAN, denies=True), show("B", HUMAN), show("A", TAGS)], ["B"]),
    ],
)
def test_denials(claims: list[Claim], expected: list[str]) -> None:
    assert outcome(*claims) == expected


def test_a_title_that_is_only_the_file_name_loses_to_all_others() -> None:
    weak = read_name(PurePath("sea-turtles.mp3"))
    better = Claim(Field.TITLE, "Honu", FILENAME, "a test", 0.3)
    # Even where file names rank above everything else.
    for other in (better, Claim(Field.TITLE, "Honu", TAGS, "a test", 0.3)):
        assert resolve([*weak, other], {FILENAME: 9, TAGS: 1})[Field.TITLE].value == "Honu"
    assert resolve(weak)[Field.TITLE].value == "Sea Turtles"


def test_claims_that_differ_only_in_their_evidence_have_an_order_too() -> None:
    here, there = (Claim(Field.SHOW, "A", TAGS, evidence) for evidence in ("here", "there"))
    assert resolve([here, there]) == resolve([there, here])


@pytest.mark.parametrize(
    ("claims", "known", "expected"),
    [
        ([show("a", TAGS, 0.3), show("B", FOLDER, 0.7), show("A", FILENAME, 0.3)], "", ["a", "B", "A"]),
        ([show("A", TAGS, 0.3), show("A", TAGS, 0.35)], "", []),
        ([show("A", TAGS, 0.3), show("A", FOLDER, 0.7, denies=True)], "", []),
        ([show("A", TAGS, 0.3), show("B", FOLDER, 0.7)], "A", ["A", "B"]),
        # A guess at what is known is weaker than a statement.
        ([show("A", TAGS, 0.2), show("B", FOLDER, 0.5)], "A", ["B", "A"]),
        ([show("A", TAGS, 0.2)], "A", ["A"]),
        # An unknown name that was heard confirms nothing, and the roster was asked about it before.
        ([show("A", Source.SIGNOFF, 0.2), show("A", TAGS, 0.3)], "", []),
        ([show("A", Source.SIGNOFF, 0.2)], "A", []),
    ],
)
def test_what_confirms_a_proposal(claims: list[Claim], known: str, expected: list[str]) -> None:
    sure = confirmed(claims, lambda claim: claim.value == known)
    assert outcome(*sure) == expected
    assert confirmed(sure, lambda claim: claim.value == known) == sure


@pytest.mark.parametrize(
    ("known", "reporters"),
    [
        ({(Field.SHOW, "Beach Street")}, ["Ann Lee"]),
        ({(Field.STATION, "Beach Street")}, ["Ann Lee"]),
        ({(Field.SHOW, "Beach Street"), (Field.REPORTER, "Beach Street")}, ["Ann Lee", "Beach Street"]),
        (set(), ["Ann Lee", "Beach Street"]),
    ],
)
def test_a_known_show_is_no_person(known: set[tuple[Field, str]], reporters: list[str]) -> None:
    """`By Ann Lee, Beach Street`."""
    claims = [Claim(Field.REPORTER, name, Source.STORY, "byline", 0.85) for name in ("Ann Lee", "Beach Street")]
    sure = confirmed(claims, lambda claim: (claim.field, claim.value) in known)
    assert [claim.value for claim in sure] == reporters
    said = [replace(claim, source=HUMAN) for claim in claims]
    assert confirmed(said, lambda claim: (claim.field, claim.value) in known) == said


def test_what_is_proposed_is_told() -> None:
    claims = [show("A", TAGS, 0.3), show("B", FILENAME, 0.35), show("B", HUMAN, denies=True), show("C", FOLDER, 0.7)]
    assert [claim.value for claim in proposals(claims)] == ["A"]


def test_fields_do_not_mix() -> None:
    resolved = resolve([show("A", TAGS), Claim(Field.TITLE, "A", HUMAN, "a test", denies=True)])
    assert list(resolved) == [Field.SHOW]
    assert resolve([]) == {}


def test_ranks_can_be_changed_but_not_above_a_human() -> None:
    claims = [show("A", TAGS), show("B", FOLDER)]
    assert resolve(claims, {**RANKS, FOLDER: 99})[Field.SHOW].value == "B"
    assert resolve([*claims, show("C", HUMAN)], {**RANKS, FOLDER: 99})[Field.SHOW].value == "C"


MACHINE = st.builds(
    Claim,
    field=st.sampled_from([Field.SHOW, Field.TITLE]),
    value=st.sampled_from(["A", "a", "B", "Ā", "C"]),
    source=st.sampled_from([TAGS, FOLDER, FILENAME]),
    evidence=st.sampled_from(["here", "there"]),
    confidence=st.sampled_from([0.2, 0.5, 0.9]),
    source_key=st.sampled_from(["", "x"]),
    denies=st.booleans(),
)


@given(st.lists(MACHINE, max_size=8), st.randoms(use_true_random=False), st.lists(st.sampled_from("ABa"), max_size=2))
def test_the_order_of_claims_does_not_matter(claims: list[Claim], random: Random, humans: list[str]) -> None:
    last = [Claim(Field.SHOW, value, HUMAN, "said") for value in humans]
    shuffled = list(claims)
    random.shuffle(shuffled)
    assert resolve([*claims, *last]) == resolve([*last, *shuffled])


@given(st.lists(MACHINE, max_size=8))
def test_a_human_always_wins(claims: list[Claim]) -> None:
    assert resolve([show("Z", HUMAN, 0.0), *claims])[Field.SHOW].value == "Z"
    denied = resolve([show("A", HUMAN, denies=True), *claims]).get(Field.SHOW)
    assert denied is None or denied.value in {"B", "C"}
