"""Edits of the same piece are proposed, joined on request, and never merged automatically."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from support.clips import new_clip
from support.texts import save_transcript

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import near_duplicates, read, recordings
from radio_archive.archive.clips import save as store
from radio_archive.errors import UsageError
from radio_archive.models import Segment, Transcript, Word

TEXT = (
    "Good evening. This is Reef Notes. The harbor office said on Monday that forty boats will leave the old "
    "pier before the storm arrives on Thursday night. Fishermen worry about the price of fuel and about the "
    "new rules for nets. The council votes next week, and many of them plan to be there with their families. "
    "For Reef Notes, I'm Malia Santos."
)
OTHER = (
    "A new school opened in the valley today, where a hundred children will learn two languages from the first "
    "grade on. Parents waited for eleven years and raised part of the money with concerts, lunches and a race "
    "up the mountain road. The first lesson was about the stars by which the old sailors found their way home "
    "to the islands."
)


def said(text: str) -> Transcript:
    words = tuple(Word(n * 0.4, n * 0.4 + 0.3, f" {word}", 0.9) for n, word in enumerate(text.split()))
    return Transcript(words)


def save(archive: Archive, sha256: str, text: str) -> str:
    segments = [Segment(0.0, 1.0, text, 0, len(text.split()) - 1)]
    return store.save_clip(archive, replace(new_clip(sha256), transcript=said(text), segments=segments)).clip


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "a", "")


def test_another_edit_is_proposed_and_another_piece_is_not(archive: Archive) -> None:
    first = save(archive, "1", TEXT)
    edit = save(archive, "2", "From our archive. " + TEXT.replace("on Monday", "on Tuesday"))
    save(archive, "3", OTHER)
    [pair] = near_duplicates.pairs(archive)
    assert (pair.clip, pair.other) == (first, edit)
    assert 0.5 <= pair.similarity < 1
    assert len(list(read.clips(archive))) == 3, "nothing is merged by itself"


def test_what_was_rejected_is_not_proposed_again(archive: Archive) -> None:
    first, second = save(archive, "1", TEXT), save(archive, "2", TEXT)
    near_duplicates.reject(archive, second, first)
    save_transcript(archive, second, said(TEXT))
    assert near_duplicates.pairs(archive) == []


def test_joined_clips_are_one_with_two_recordings(archive: Archive) -> None:
    first, second = save(archive, "1", TEXT), save(archive, "2", TEXT)
    with pytest.raises(UsageError, match="no role"):
        near_duplicates.join(archive, first, second, "copy")
    near_duplicates.join(archive, first, second, "rebroadcast")
    assert [clip.uid for clip in read.clips(archive)] == [first]
    assert read.find_uid(archive, second) == first, "its old name goes on leading there"
    assert recordings.clip_with(archive, "2") == first, "its recording is still known"
    assert len(read.clip(archive, first, read.Part.SOURCES).transcripts) == 2
    assert read.clip(archive, first).recording.sha256 == "1"
    assert [edition[0] for edition in read.clip(archive, first, read.Part.SOURCES).editions] == ["rebroadcast"]
    archive.db.execute("INSERT INTO segments_fts (segments_fts, rank) VALUES ('integrity-check', 1)")
    assert archive.db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert not store.save_clip(archive, replace(new_clip("2"), transcript=said(TEXT))).fresh


def test_short_pieces_are_not_compared(archive: Archive) -> None:
    save(archive, "1", "This is a test of the microphone.")
    save(archive, "2", "This is a test of the microphone.")
    assert near_duplicates.pairs(archive) == []


OPENING = (
    "Good morning and welcome to Reef Notes, the daily look at the harbors, the fishers and the waters around all of "
    "our islands, made by the people of this station and brought to you by listeners like you. I'm Malia Santos."
)
SIGN_OFF = (
    "That was Reef Notes for today. You can hear all of our earlier programs on the website of this station, and you "
    "can write to us at any time about what you saw out there. For Reef Notes, I'm Malia Santos. Aloha."
)


def episode(seed: int, words: int = 60) -> str:
    """Return an episode of a show that opens and signs off alike every day, with as much in between."""
    choose = random.Random(seed)
    story = " ".join("".join(choose.choices("bdfgklmnprst", k=4)) + choose.choice("aeiou") for _ in range(words))
    return f"{OPENING} {story}. {SIGN_OFF}"


def test_what_every_clip_of_a_show_says_is_kept_and_read_a_few_times_only(archive: Archive) -> None:
    for seed in range(60):
        save(archive, f"{seed}", episode(seed))
    query = "SELECT max(number) FROM (SELECT count(*) AS number FROM sketches GROUP BY hash)"
    assert archive.db.execute(query).fetchone()[0] <= near_duplicates.COMMON
    assert near_duplicates.pairs(archive)[near_duplicates.COMMON**2 :] == []


@pytest.mark.parametrize("words", [40, 60, 200])
@pytest.mark.parametrize("earlier", [0, 8, 40])
def test_a_rebroadcast_is_found_whether_or_not_its_opening_is_common(
    archive: Archive, earlier: int, words: int
) -> None:
    for seed in range(earlier):
        save(archive, f"before {seed}", episode(seed, words))
    first = save(archive, "first", episode(1000, words))
    for seed in range(100, 140):
        save(archive, f"between {seed}", episode(seed, words))
    again = save(archive, "again", episode(1000, words).replace("Good morning", "From our archive"))
    podcast = save(
        archive, "podcast", episode(1000, words).removeprefix(OPENING).removesuffix(SIGN_OFF) + " " + OTHER[:60]
    )
    found = {(pair.clip, pair.other) for pair in near_duplicates.pairs(archive)}
    assert {(first, again), (again, podcast)} <= found
    strangers = [pair for pair in found if not set(pair) <= {first, again, podcast}]
    assert len(strangers) < near_duplicates.COMMON**2


def test_an_older_archive_with_many_rows_of_one_run_is_read_no_longer(archive: Archive) -> None:
    first = save(archive, "first", episode(1000))
    for seed in range(20):
        save(archive, f"{seed}", episode(seed))
    with archive.writing():
        archive.db.execute(
            """INSERT OR IGNORE INTO sketches (clip_id, hash)
               SELECT clips.id, hash FROM clips
               JOIN (SELECT hash FROM sketches GROUP BY hash HAVING count(*) >= ?) WHERE clips.id > 1""",
            [near_duplicates.COMMON],
        )
    again = save(archive, "again", episode(1000))
    assert (first, again) in {(pair.clip, pair.other) for pair in near_duplicates.pairs(archive)}
