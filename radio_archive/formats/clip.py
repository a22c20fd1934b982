"""What the writers of this package are given: a clip with its current text, free of the archive it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from radio_archive.models import Segment, Word


@dataclass(frozen=True, slots=True)
class ExportClip:
    """A clip to be written out. `duration` is in seconds, `date` is YYYY-MM-DD, `language` is an ISO 639 code.

    `segments` and `words` hold the current text; `transcript` describes the engine and the model that heard it.
    """

    uid: str
    title: str
    show: str | None = None
    reporter: str | None = None
    date: str | None = None
    language: str | None = None
    duration: float = 0.0
    segments: tuple[Segment, ...] = ()
    words: tuple[Word, ...] = ()
    transcript: Mapping[str, object] = field(default_factory=dict)
    speakers: tuple[str | None, ...] = ()
    """Who says each segment; empty where nobody can tell."""
