"""Sign-offs as Whisper writes them: run on from the story, over the ends of sentences, with a place stuck on."""

import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.program import FIXTURES, truths
from support.spoken import duration_of, piece, read_signoff, speak

from radio_archive.metadata.resolve import GUESS
from radio_archive.models import Field, Known, Roster, Word

WRITTEN = tomllib.loads((FIXTURES / "signoffs.toml").read_text(encoding="utf-8"))
ROSTER = Roster(
    *(
        tuple(Known(one["name"], tuple(one.get("aliases", ()))) for one in WRITTEN[kind])
        for kind in ("people", "shows", "stations")
    )
)
BEFORE = "The boat lay in Hilo for a year."


def makers(words: list[Word], roster: Roster = ROSTER) -> set[tuple[str, str]]:
    """The people that are credited, as (role, name)."""
    claims = read_signoff(words, roster, duration=duration_of(words))
    people = (claim for claim in claims if claim.field in {Field.REPORTER, Field.HOST} and claim.confidence >= GUESS)
    return {(claim.field.value, claim.value) for claim in people}


@pytest.mark.parametrize(
    "end",
    [
        "The council votes on Friday, Lani Pua, Asia Minute.",
        "The council votes on March 3rd Lani Pua Asia Minute.",
        "The council votes on Friday for Hawaii Public Radio I'm Lani Pua.",
        "The council votes on Friday, I'm Lani Pua in Hilo.",
        "The council votes on Friday I'm Lani Pua.",
        "The council votes on Friday, Lani Pua reporting from Hilo.",
        "The council votes on Friday, that was Lani Pua reporting from Hilo.",
        f"{BEFORE} For Hawaii Public Radio. I am Lani Pua.",
        f"{BEFORE} For Hawaii Public Radio in Hilo on the Big Island. I am Lani Pua.",
        f"{BEFORE} With Asia Minute. I'm. Lani Pua.",
        f"{BEFORE} For Asia Minute. Lani Pua.",
        f"{BEFORE} For Asia Minute, Lani Pua.",
        f"{BEFORE} Lani Pua. Asia Minute.",
        f"{BEFORE} Lani Pua. Asia Minute. Hilo.",
        f"{BEFORE} Lani Pua, for Asia Minute, in Hilo.",
        f"{BEFORE} Lani Pua for Asia Minute.",
        f"{BEFORE} And Hilo Lani Pua Asia Minute.",
        f"{BEFORE} From Hilo, Lani Pua.",
        f"{BEFORE} From Hilo Lani Pua for How By E Public Radio.",
        f"{BEFORE} For how by E public radio in Waluku on Lani Pua.",
        f"{BEFORE} In Honolulu, for HPR, it's Lani Pua.",
        f"{BEFORE} Hawaii Public Radio's Lani Pua.",
        f"{BEFORE} That was HPR's Lani Pua.",
        f"{BEFORE} That was HPR's Lani Pua reporting from Hilo.",
        f"{BEFORE} And that was Lani Pua reporting from Hilo.",
        f"{BEFORE} That was Lani Pua. Reporting from Hilo.",
        f"{BEFORE} That was Lani Pua with that story.",
        f"{BEFORE} That was Lani Pua for Asia Minute.",
        f"{BEFORE} and I'm Lani Pua, thanks for listening to Asia Minute.",
        f"{BEFORE} And the rest on foot, he says, I'm Lani Pua, good night from Asia Minute.",
        f"{BEFORE} I'm Lani Pua Hilo.",
        f"{BEFORE} I'm Lani Pua, Hilo.",
        f"{BEFORE} I'm Lani Pua Hilo, for Asia Minute.",
        "That's it for today. I'm Lani Pua. We'll be back tomorrow with more stories.",
    ],
)
def test_a_sign_off_that_runs_on(end: str) -> None:
    assert makers(piece(end=f"Nobody knows how long it will last. {end}")) == {("reporter", "Lani Pua")}


@pytest.mark.parametrize(
    "end",
    [
        "He thanked Lani Pua, Asia Minute.",
        "He thanked Lani Pua. Asia Minute.",
        "He credits his teacher, Lani Pua. Asia Minute.",
        "He said, I'm Lani Pua.",
        "He said, I'm Lani Pua, from Asia Minute.",
        "He said, I'm Lani Pua, good night.",
        "And he told the court, I'm Lani Pua and I live here.",
        "We spoke with Lani Pua for Asia Minute.",
        "She sings with Lani Pua on Asia Minute.",
        "The prize went to Lani Pua. This is Asia Minute.",
        "The judges were Mary Jones, Lani Pua, Peter Smith.",
        "For the mayor, Lani Pua is a friend.",
        "He works for Lani Pua.",
        "The winners came from Hilo, Lani Pua and Bill Carter.",
        "The next speaker was from Hilo, Lani Pua.",
        "In Hilo, Lani Pua is the mayor.",
        "Said the mayor, Lani Pua.",
        "The chair of the board is Lani Pua, a teacher in Hilo.",
        "The plan by Lani Pua of Hilo is dead. Asia Minute is next.",
        "She learned it from her aunt, Lani Pua, in Hilo.",
        "That was Lani Pua in Hilo.",
        "“Lani Pua, Asia Minute,” he laughed.",
        "For Harbor Watch, I'm Lani Pua Lee.",
    ],
)
def test_a_name_outside_of_a_sign_off_is_nobody(end: str) -> None:
    assert makers(piece(end=f"{BEFORE} {end}")) == set()


def test_a_show_that_is_called_like_a_person_is_a_show() -> None:
    roster = Roster((Known("Island Almanac"),), (Known("Island Almanac"),), (Known("HPR"),))
    assert makers(piece(end="It rains. This is Island Almanac, from HPR."), roster) == set()


def test_what_is_signed_plainly_is_read_plainly() -> None:
    end = "Her boat belonged to Bill Carter, Asia Minute. For Asia Minute, I'm Lani Pua."
    assert makers(piece(end=end)) == {("reporter", "Lani Pua")}


@pytest.mark.parametrize(
    "start",
    [
        "HPR's Lani Pua. Has more.",
        "HPR Lani Pua has more.",
        "Lani Pua now has more.",
        "Lani Pua in Hilo has more.",
        "HPR's Lani Pua in Hilo has more.",
        "From Hilo Lani Pua has more.",
        "Here with more is Lani Pua.",
        "More now from Lani Pua.",
    ],
)
def test_a_host_who_hands_over(start: str) -> None:
    assert makers(piece(start=start)) == {("reporter", "Lani Pua")}


@pytest.mark.parametrize("full_stop", [", ", " "])
def test_the_fixtures_without_full_stops(full_stop: str) -> None:
    """All reporters are found where all sentences run on, and none of those who are only spoken of."""
    people = sorted({truth["reporter"] for truth in truths()})
    right = 0
    for truth in truths():
        roster = Roster(tuple(map(Known, people)), (Known(truth["show"]),), (Known("Hawaiʻi Public Radio", ("HPR",)),))
        text = re.sub(r"[.] (?=[A-Z])", full_stop, " ".join(line["text"] for line in truth["sentences"]))
        reporters = {name for role, name in makers(speak(text), roster) if role == "reporter"}
        assert reporters <= {truth["reporter"]}, text
        right += bool(reporters)
    assert right == len(truths())


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("Teresia Tabuaka", "Reporting from Kiribati for Asia Minute, this is Tehri Sitabu Akal."),
        ("Bernardita Salas", "For Asia Minute, Bernard D Tassal was reporting."),
        ("Hēmi Parata", "For Asia Minute, Hamiparata."),
        ("Bernardita Salas", "The council votes on Friday, Bernar Ditasalas, Asia Minute."),
    ],
)
def test_a_name_that_was_cut_into_other_words(name: str, end: str) -> None:
    roster = Roster((Known(name), Known("Karen Oshiro"), Known("Keoni Nakamura")), ROSTER.shows, ROSTER.stations)
    assert makers(piece(end=f"{BEFORE} {end}"), roster) == {("reporter", name)}


@pytest.mark.parametrize(
    ("name", "end"),
    [
        # Without the show, letters are not enough.
        ("Teresia Tabuaka", "This is Tehri Sitabu Akal."),
        ("Teresia Tabuaka", "He works with Tehri Sitabu Akal for Asia Minute."),
        # These end their words as the name does, so they may be other people.
        ("Jose Santos", "For Asia Minute, I'm Joseph Santos."),
        ("Karen Oshiro", "For Asia Minute, I'm Darren Oshiro."),
        ("Marian Lee", "For Asia Minute, I'm Mary Ann Leigh."),
        ("Maria Rivera", "For Asia Minute, I'm Maria Rivers."),
    ],
)
def test_another_name_is_nobody(name: str, end: str) -> None:
    assert makers(piece(end=f"{BEFORE} {end}"), Roster((Known(name),), ROSTER.shows, ROSTER.stations)) == set()


def test_of_two_names_that_were_run_together_neither() -> None:
    roster = Roster((Known("Teresia Tabuaka"), Known("Teresita Buaka")), ROSTER.shows)
    assert makers(piece(end=f"{BEFORE} For Asia Minute, this is Tehri Sitabu Akal."), roster) == set()


@pytest.mark.parametrize(
    ("end", "role"),
    [
        ("I'm Zafi Vish and I have scoffed for Asia Minute.", "host"),
        ("I'm Lani poo ah for Asia Minute.", "reporter"),
        ("The council votes on Friday.", "reporter"),
    ],
)
def test_an_anchor_is_no_reporter_where_another_signs_off(end: str, role: str) -> None:
    assert makers(piece("From Asia Minute, I'm Lani Pua. The boats are in.", f"{BEFORE} {end}")) == {(role, "Lani Pua")}


# What real Whisper heard in pieces with names that are hard to hear


def heard_pieces(shared: Path) -> Iterator[tuple[dict[str, Any], str, list[Word], bool]]:
    """Each piece, the engine, its words with the reporter's name spelled right, and whether nothing of it was lost."""
    for path in sorted((shared / "names").glob("*/names.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        for engine in ("base", "tiny"):
            document = json.loads((path.parent / f"{engine}.json").read_text(encoding="utf-8"))
            words = [Word(w["start"], w["end"], w["text"], w["probability"]) for w in document["words"]]
            named = (name for name in facts["names"] if name["text"] == facts["reporter"])
            for mention in itertools.chain.from_iterable(name["mentions"] for name in named):
                first, end = mention[engine].get("words") or (0, 0)
                for position in range(first, end):
                    last = words[end - 1].text[-1:] if position == first and words[end - 1].text[-1:] in ".," else ""
                    text = f" {mention['said']}{last}" if position == first else ""
                    words[position] = Word(words[position].start, words[end - 1].end, text)
            yield facts, engine, [word for word in words if word.text], not facts["signoff"][engine]["lost"]


def test_what_whisper_heard(shared: Path) -> None:
    """Where a name is spelled right, the frame around it is read nearly always.

    Of 21 and 16 sign-offs heard, 11 and 8 were read before.
    """
    pieces = list(heard_pieces(shared))
    names = {
        (n["text"]) for facts, *_ in pieces for n in facts["names"] if n["kind"] == "person" and not n["short_for"]
    }
    shows = {facts["show"] for facts, *_ in pieces}
    roster = Roster(
        tuple(map(Known, sorted(names))), tuple(map(Known, sorted(shows))), (Known("Hawaiʻi Public Radio", ("HPR",)),)
    )
    right = {"base": 0, "tiny": 0}
    for facts, engine, words, whole in pieces:
        found = makers(words, roster)
        assert {name for role, name in found if role == "reporter"} <= {facts["reporter"]}, facts["piece"]
        right[engine] += whole and ("reporter", facts["reporter"]) in found
    assert right["base"] >= 18, right
    assert right["tiny"] >= 11, right
