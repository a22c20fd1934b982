"""Clips with text only, for tests of the search, archived by the real `save_clip`."""

import hashlib
from collections.abc import Sequence
from itertools import count

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.models import Claim, Field, Recording, Resolved, Segment, Source, Story, Transcript, Word

_numbers = count()


class Rows:
    """Adds clips to an archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def clip(
        self,
        texts: Sequence[str],
        *,
        title: str = "Untitled",
        show: str | None = None,
        reporter: str | None = None,
        date: str | None = None,
        story: str | None = None,
        host: str | None = None,
        language: str | None = None,
        station: str | None = None,
    ) -> str:
        """Add a clip in which `texts` are said; return its name."""
        digest = hashlib.sha256(f"{next(_numbers)}".encode()).hexdigest()
        segments = [Segment(i * 4.0, i * 4.0 + 4.0, text, -1, -1) for i, text in enumerate(texts)]
        words = tuple(Word(s.start, s.end, f" {word}") for s in segments for word in s.text.split())
        values = {Field.TITLE: title, Field.SHOW: show, Field.REPORTER: reporter, Field.DATE: date}
        values |= {Field.HOST: host, Field.LANGUAGE: language, Field.STATION: station}
        resolved = {field: _resolved(field, value) for field, value in values.items() if value}
        saved = save_clip(
            self.archive,
            NewClip(
                recording=Recording(
                    sha256=digest, bytes=1, media_type="audio/mpeg", duration=4.0 * len(texts), sample_rate=44100,
                    channels=1, original_name="x.mp3",
                ),
                path="x.mp3",
                storage="referenced",
                transcript=Transcript(words, origin="import"),
                segments=segments,
                claims=[found.winner for found in resolved.values()],
                resolved=resolved,
                story=Story(headline=story, body=(f"{story} is long.",)) if story else None,
            ),
        )  # fmt: skip
        return saved.clip


def _resolved(field: Field, value: str) -> Resolved:
    return Resolved(field, value, Claim(field, value, Source.HUMAN, "a test"))
