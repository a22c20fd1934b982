"""Real archives of clips with given sentences, without audio or a model."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import save
from radio_archive.metadata.resolve import resolve
from radio_archive.models import Claim, Field, Recording, Segment, Source, Story, Transcript, Word
from support.texts import save_transcript

SECONDS = 5.0
"""Duration of each sentence."""


def say(
    archive: Archive,
    *sentences: str,
    title: str = "A clip",
    show: str = "Island Morning",
    reporter: str | None = None,
    date: str | None = "2024-10-22",
    story: Story | None = None,
) -> str:
    """Archive a clip in which `sentences` are said, and return its uid."""
    values = {Field.TITLE: title, Field.SHOW: show, Field.REPORTER: reporter, Field.DATE: date}
    claims = [Claim(field, value, Source.TAGS, "written in a test") for field, value in values.items() if value]
    number = archive.db.execute("SELECT count(*) FROM recordings").fetchone()[0]
    digest = hashlib.sha256(f"{number} {sentences}".encode()).hexdigest()
    recording = Recording(digest, 1, "audio/mpeg", SECONDS * len(sentences), 16_000, 1, "clip.mp3")
    transcript, segments = spoken(sentences)
    new = save.NewClip(
        recording, f"media/{digest}.mp3", "copied", transcript, segments, claims, resolve(claims), story=story
    )
    return save.save_clip(archive, new).clip


def say_again(archive: Archive, clip: str, *sentences: str) -> None:
    """Give a clip another transcript."""
    save_transcript(archive, clip, spoken(sentences)[0])


def spoken(sentences: Sequence[str]) -> tuple[Transcript, list[Segment]]:
    """Return a transcript, and a segment for each sentence."""
    words: list[Word] = []
    segments: list[Segment] = []
    for number, sentence in enumerate(sentences):
        first, start = len(words), SECONDS * number
        words += [Word(start, start + SECONDS, f" {word}") for word in sentence.split()]
        segments.append(Segment(start, start + SECONDS, sentence, first, len(words) - 1))
    return Transcript(tuple(words), engine="test", model="test"), segments


def spoken_archive(folder: Path) -> Archive:
    """Return a new archive in `folder`, open for writing."""
    return Archive.create(folder, "")
