"""archive/clips/redactions.py: what is taken out of a text, what of it is undone, and what of the sound is withheld."""

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support.texts import change, replaced, said, save_said, save_transcript, text_of

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, fixity, proposals, redactions, review, versions
from radio_archive.archive.filters import EVERYTHING
from radio_archive.archive.index import check
from radio_archive.archive.public.copy import copy_published
from radio_archive.errors import NoSuchClipError, UsageError
from radio_archive.models import Proposal, ProposalSource, Recording, Word
from radio_archive.pipeline.fix import Fix
from radio_archive.search.search import search
from radio_archive.text.redacted import MARK
from radio_archive.text.replacing import WholeWords

TEXT = "Her name is Leilani Kealoha?? and she lives at 12 Reef Road?? today. A ferry was late."
HIDDEN = "Her name is [redacted] and she lives at 12 Reef Road today. A ferry was late."
NAME = (1.2, 1.95)
"""The seconds in which the name is said."""


@pytest.fixture
def clip(archive: Archive) -> str:
    return save_said(archive, "1", said(TEXT))


def finds(archive: Archive, query: str) -> bool:
    return bool(search(archive, query).clips)


def rows(archive: Archive) -> list[tuple[object, ...]]:
    return archive.db.execute("SELECT * FROM segments ORDER BY id").fetchall()


def is_sound(archive: Archive) -> bool:
    reports = fixity.verify(archive, check.verify(archive, mend=False), mend=False)
    return all(not report.problems for report in reports)


def test_a_span_is_taken_out_and_comes_back_as_it_was(archive: Archive, clip: str, tmp_path: Path) -> None:
    before = rows(archive)
    made = redactions.add(archive, clip, *NAME, author="Lani", reason="she asked")
    assert (made.start, made.end, made.author, made.reason, made.undone_at) == (*NAME, "Lani", "she asked", None)
    assert text_of(archive, clip) == HIDDEN
    assert not finds(archive, "leilani")
    assert not finds(archive, "kealoha")
    assert finds(archive, "reef")
    assert is_sound(archive)
    copy_published(archive, tmp_path / "copy.db")
    content = (tmp_path / "copy.db").read_bytes().lower()
    assert b"leilani" not in content
    assert b"she asked" not in content
    undone = redactions.undo(archive, clip)
    assert undone.undone_at
    assert rows(archive) == before
    assert is_sound(archive)
    assert [one.number for one in redactions.of_clip(archive, clip)] == [made.number]


def test_corrections_of_what_is_taken_out_are_hidden_and_kept(archive: Archive, clip: str) -> None:
    change(archive, clip, 2, 3, "was Leilani-Mae")
    corrected = rows(archive)
    redactions.add(archive, clip, *NAME, author="Lani")
    assert text_of(archive, clip) == HIDDEN, "a part of a correction would tell of the rest"
    redactions.undo(archive, clip)
    assert rows(archive) == corrected


def test_what_was_heard_is_shown_without_what_is_taken_out(archive: Archive, clip: str) -> None:
    save_transcript(
        archive, clip, said("Her name is Layla Kealoha and she lives at 12 Reef Rowed today. A ferry was late.")
    )
    versions.choose(archive, clip, 1)
    replaced(archive, clip, "Reef Road", "Beach Street")

    def shown(query: str) -> list[tuple[str | None, ...]]:
        return [(str(one.where), one.text, one.current) for hit in search(archive, query).clips for one in hit.passages]

    now = "Her name is Leilani Kealoha and she lives at 12 Beach Street today."
    first = ("heard", now.replace("Beach Street", "Reef Road"), now)
    other = ("version", "Her name is Layla Kealoha and she lives at 12 Reef Rowed today.", now)
    assert shown("heard:reef") == [first, other]
    redactions.add(archive, clip, *NAME, author="Lani")
    assert shown("heard:reef") == [tuple(text.replace("Leilani Kealoha", MARK) for text in first)]
    for query in ("heard:leilani", "heard:kealoha", "heard:layla", "heard:redacted layla"):
        assert not {
            text for one in shown(query) for text in one[1:] if text and re.search("kealoha|lani|layla", text, re.I)
        }


def test_nobody_writes_over_what_is_taken_out(archive: Archive, clip: str) -> None:
    proposals.propose(
        archive, clip, [Proposal(3, 4, "Leilani Kealoha", "Leilani Kealohi", ProposalSource.STORY, "", 0.5)], 0.9
    )
    change(archive, clip, 5, 5, "but")
    assert {one.text for one in review.page(archive, EVERYTHING, 9)} == {"Leilani Kealoha", "Road"}
    redactions.add(archive, clip, *NAME, author="Lani")
    assert {one.text for one in review.page(archive, EVERYTHING, 9)} == {"Road"}
    with pytest.raises(UsageError, match="is redacted"):
        change(archive, clip, 3, 3, "Somebody")
    fix = Fix(archive, WholeWords("redacted", "removed"))
    assert fix.look() == 0
    assert fix.apply("Lani") == []
    assert MARK in text_of(archive, clip)
    redactions.undo(archive, clip)
    assert text_of(archive, clip) == TEXT.replace("??", "").replace("and", "but")
    assert len(corrections.of_clip(archive, clip)) == 2


def test_other_versions_tell_nothing_of_it(archive: Archive, clip: str) -> None:
    save_transcript(archive, clip, said(TEXT.replace("is Leilani", "was Leilany")))
    redactions.add(archive, clip, *NAME, author="Lani")
    assert archive.db.execute("SELECT * FROM other_texts").fetchall() == []
    # One that comes later, and times the name otherwise.
    late = said(TEXT)
    moved = tuple(replace(word, start=word.start + 1.0, end=word.end + 1.0) for word in late.words)
    save_transcript(archive, clip, replace(late, words=(Word(0.0, 1.0, " Aloha.", 0.9), *moved)))
    assert "Leilani" not in text_of(archive, clip)
    assert "Kealoha" not in text_of(archive, clip)
    assert not finds(archive, "leilani OR leilany OR kealoha")
    assert is_sound(archive)


@pytest.mark.parametrize(
    ("start", "end"), [(2.0, 2.0), (3.0, 2.0), (-1.0, 2.0), (60.0, 61.0), (float("nan"), 1.0), (0.0, float("nan"))]
)
def test_a_span_that_is_none_is_refused(archive: Archive, clip: str, start: float, end: float) -> None:
    with pytest.raises(UsageError):
        redactions.add(archive, clip, start, end, author="Lani")
    assert redactions.of_clip(archive, clip) == ()
    with pytest.raises(UsageError, match="nothing to undo"):
        redactions.undo(archive, clip)
    with pytest.raises(NoSuchClipError):
        redactions.add(archive, "zzzzzzzz", 0.0, 1.0, author="Lani")


def test_the_sound_is_withheld_until_it_is_made_of_all_that_is_taken_out(archive: Archive, clip: str) -> None:
    assert redactions.public_path(archive, clip) is None, "the recording itself may be heard"
    first = redactions.add(archive, clip, *NAME, author="Lani")
    with pytest.raises(UsageError, match="is withheld"):
        redactions.public_path(archive, clip)
    (sound,) = redactions.sounds_to_make(archive, clip)
    assert sound.spans == (NAME,)
    made = Recording("2" * 64, 9, "audio/mpeg", 60.0, 22050, 1, "sound.mp3")
    redactions.add(archive, clip, 3.0, 4.0, author="Lani")
    assert not redactions.save_sound(archive, sound, made, "media/22/2.mp3"), "it lacks what was taken out since"
    (whole,) = redactions.sounds_to_make(archive, clip)
    assert whole.spans == (NAME, (3.0, 4.0))
    assert redactions.save_sound(archive, whole, made, "media/22/2.mp3")
    assert redactions.public_path(archive, clip) == archive.media.path("media/22/2.mp3")
    assert redactions.sounds_to_make(archive, clip) == []
    redactions.undo(archive, clip, first.number)
    with pytest.raises(UsageError, match="is withheld"):
        redactions.public_path(archive, clip)
    redactions.undo(archive, clip)
    assert redactions.public_path(archive, clip) is None
    assert archive.db.execute("SELECT * FROM redacted_recordings").fetchall() == []


def test_a_published_copy_has_the_words_as_they_are_and_their_digest(
    archive: Archive, clip: str, tmp_path: Path
) -> None:
    redactions.add(archive, clip, *NAME, author="Lani")
    copy_published(archive, tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    copied = Archive.over(connection, archive.folder)
    assert text_of(copied, clip) == HIDDEN
    connection.close()
