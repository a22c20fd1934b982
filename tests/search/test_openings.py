"""Sentences that only open a clip or sign it off are known, and can be left out of counts."""

import json
from pathlib import Path

import pytest
from support.bounds import sqlite_steps
from support.spoken import read_signoff
from support.spoken_archive import SECONDS, say, spoken, spoken_archive
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.archive.public.copy import copy_published
from radio_archive.archive.rows import clip_id_of
from radio_archive.cli.app import app
from radio_archive.models import Known, Roster
from radio_archive.search.concordance import concordance, mentions
from radio_archive.search.openings import OPENINGS

ROSTER = Roster(
    (Known("Karen Oshiro"), Known("Bill Carter")), (Known("Harbor Watch"),), (Known("Hawaiʻi Public Radio"),)
)


def clip(archive: Archive, *sentences: str, show: str = "Harbor Watch", date: str | None = "2024-10-22") -> str:
    """Archive a clip as the pipeline does, with what its speech says about its makers."""
    uid = say(archive, *sentences, show=show, date=date)
    heard = read_signoff(spoken(sentences)[0].words, ROSTER, duration=SECONDS * len(sentences))
    with archive.writing():
        claims.insert(archive.db, clip_id_of(archive.db, uid), heard)
    return uid


def openings(archive: Archive, uid: str) -> list[str]:
    """Return the sentences of a clip that open it or sign it off."""
    asked = f"SELECT text FROM segments WHERE clip_id = ? AND {OPENINGS} ORDER BY position"
    return [text for (text,) in archive.db.execute(asked, [clip_id_of(archive.db, uid)])]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return spoken_archive(tmp_path / "archive")


@pytest.mark.parametrize(
    "sentence",
    [
        "Good evening. This is Harbor Watch.",
        "Good morning. This is Harbor Watch. I'm Karen Oshiro.",
        "For Harbor Watch, I'm Karen Oshiro.",
        "Karen Oshiro, Hawaiʻi Public Radio News.",
        "I'm Karen Oshiro in Hilo.",
        "This is Harbor Watch, from Hawaii Public Radio.",
    ],
)
def test_what_only_says_who_speaks_is_known(archive: Archive, sentence: str) -> None:
    told = "The harbor watch saw a whale.", "It was quiet.", "The harbor was quiet.", "A ferry came."
    assert openings(archive, clip(archive, *told, sentence)) == [sentence]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (0, "I'm Karen Oshiro. On Thursday, the governor defended a fishing ban in the harbor."),
        (4, "Tomorrow, for the first time, a bell will ring in the harbor at noon. I'm Karen Oshiro."),
        (0, "Karen Oshiro explains why the harbor is closed."),
        (0, "Harbor Watch learned that the mayor will resign."),
        (4, "Harbor Watch learned that the mayor will resign."),
        (0, "The harbor watch is over."),
        (4, "The harbor watch is over."),
        (0, "For Harbor Watch the mayor opened the books of the harbor, and what we saw there was red ink."),
    ],
)
def test_what_tells_something_is_no_opening(archive: Archive, place: int, sentence: str) -> None:
    told = ["A ferry came.", "It was quiet.", "The sea was quiet.", "Another ferry came."]
    told.insert(place, sentence)
    assert openings(archive, clip(archive, *told)) == []


def test_a_sign_off_of_two_sentences_is_known_whole(archive: Archive) -> None:
    told = "A ferry came.", "It was quiet.", "The sea was quiet."
    assert openings(archive, clip(archive, *told, "For Harbor Watch.", "I'm Karen Oshiro.")) == [
        "For Harbor Watch.",
        "I'm Karen Oshiro.",
    ]


def test_a_slogan_is_known_by_the_clips_around(archive: Archive) -> None:
    slogan = "Waves, and what they carry."
    clips = [
        clip(archive, slogan, f"Boat {day} came.", "It was quiet.", "The sea too.", "Fin.", date=f"2024-10-{day}")
        for day in (10, 11, 12, 13)
    ]
    assert [openings(archive, uid) for uid in clips] == [[slogan, "It was quiet.", "The sea too.", "Fin."]] * 4
    other = clip(archive, slogan, "A boat.", show="Reef Notes", date="2024-10-11")
    undated = clip(archive, slogan, "A boat.", date=None)
    in_the_middle = clip(archive, "One.", "Two.", "Three.", slogan, "Four.", "Five.", "Six.", date="2024-10-12")
    assert [openings(archive, uid) for uid in (other, undated, in_the_middle)] == [[], [], []]


def test_a_published_copy_knows_a_hand_over_too(archive: Archive, tmp_path: Path) -> None:
    told = ("Harbor Watch's Karen Oshiro has more about the ferry.", "A ferry came.", "It was quiet.", "The sea too.")
    uid = clip(archive, *told)
    (tmp_path / "published").mkdir()
    copy_published(archive, tmp_path / "published" / "archive.db", audio=False)
    with Archive(tmp_path / "published", read_only=True) as published:
        heard = published.db.execute("SELECT evidence FROM claims WHERE source = 'signoff'").fetchall()
        assert heard == [(f"heard at 0:00: “{told[0]}”",)]
        assert openings(published, uid) == openings(archive, uid) == []


def test_the_cost_is_the_same_in_an_archive_of_any_size(archive: Archive) -> None:
    def clips(number: int, year: int, *more: str) -> None:
        for day in range(1, number + 1):
            clip(archive, "Waves.", f"Boat {day} came.", *more, "Aloha.", date=f"{year}-02-{day:02}")

    clips(9, 2023)
    asked = clip(archive, "Good evening.", "A ferry.", "A boat.", "Mahalo.", date="2023-02-05")

    def steps() -> int:
        return sqlite_steps(archive.db.conn, lambda: openings(archive, asked))

    before = steps()
    clips(28, 2022)
    clips(28, 2024, *("The sea.",) * 40)
    assert steps() <= 1.2 * before
    # Nor does the length of the clips around it make a difference.
    clips(9, 2023, *("The sea.",) * 40)
    assert steps() <= 1.2 * before


def test_counts_can_leave_them_out(archive: Archive) -> None:
    uid = clip(
        archive, "This is Harbor Watch.", "The harbor is closed.", "Boats wait.", "It rains.", "I'm Karen Oshiro."
    )
    assert [line.start for line in concordance(archive, "harbor")] == [0.0, SECONDS]
    assert [line.start for line in concordance(archive, "harbor", without_openings=True)] == [SECONDS]
    for sentences_only in (False, True):
        every = mentions(archive, ["harbor"], sentences_only=sentences_only)
        told = mentions(archive, ["harbor"], sentences_only=sentences_only, without_openings=True)
        assert [(count.sentences, count.clips, count.aired) for count in (*every, *told)] == [(2, 1, 1), (1, 1, 1)]
    archive.close()

    def printed(*command: str) -> list[dict[str, object]]:
        result = CliRunner().invoke(app, [*command, "--json", "-a", str(archive.folder)])
        assert result.exit_code == 0, result.output
        return list(json.loads(result.stdout))

    assert [line["clip"] for line in printed("concordance", "harbor", "--without-openings")] == [uid]
    assert [count["mentions"] for count in printed("trends", "harbor", "--without-openings")] == [1]
    for command in ("concordance", "trends"):
        result = CliRunner().invoke(app, [command, "Oshiro", "--without-openings", "-a", str(archive.folder)])
        assert (result.exit_code, "outside openings and sign-offs" in result.stderr) == (1, True)


def test_a_claim_that_was_withdrawn_says_nothing(archive: Archive) -> None:
    sentences = "A ferry came.", "It was quiet.", "The sea was quiet.", "I'm Karen Oshiro."
    uid = clip(archive, *sentences)
    assert openings(archive, uid) == ["I'm Karen Oshiro."]
    with archive.writing():
        archive.db.execute("UPDATE claims SET superseded_at = '2025-01-01' WHERE source = 'signoff'")
    assert openings(archive, uid) == []
