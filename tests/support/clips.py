"""A clip to save, without a file."""

from radio_archive.archive.clips import save
from radio_archive.metadata.resolve import resolve
from radio_archive.models import Claim, Field, Recording, Segment, Source, Transcript, Word


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
