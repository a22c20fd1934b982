"""Clips without a file: one to be saved, and one to be written out."""

from typing import Any

from radio_archive.archive.clips import save
from radio_archive.metadata.resolve import resolve
from radio_archive.models import Claim, Clip, Field, Recording, Segment, Source, Transcript, Word


def new_clip(sha256: str, show: str = "Reef Notes", reporter: str = "Malia Santos") -> save.NewClip:
    claims = [
        Claim(Field.SHOW, show, Source.HUMAN, "--show"),
        Claim(Field.REPORTER, reporter, Source.HUMAN, "--reporter"),
        Claim(Field.TITLE, f"Clip {sha256}", Source.HUMAN, "--title"),
    ]
    recording = Recording(sha256, 10, "audio/mpeg", 2.0, 22050, 1, f"{sha256}.mp3")
    words = (Word(0.1, 0.5, " Sea", 0.9), Word(0.5, 1.0, f" {sha256}.", None))
    segments = [Segment(0.1, 1.0, f"Sea {sha256}.", 0, 1)]
    return save.NewClip(recording, f"media/{sha256}", "copied", Transcript(words), segments, claims, resolve(claims))


def clip_of(uid: str, title: str, **known: Any) -> Clip:
    """Return a clip as it is read from an archive."""
    return Clip(uid, title, Recording("0" * 64, 10, "audio/mpeg", 2.0, 22050, 1, "clip.mp3"), **known)
