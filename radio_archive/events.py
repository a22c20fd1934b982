"""What the pipeline reports while it works. The command line and logs listen; nothing else depends on them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from radio_archive.models import Ingested


@dataclass(frozen=True, slots=True)
class Started:
    """Work on a file began; `duration` is in seconds of audio."""

    path: Path
    duration: float


@dataclass(frozen=True, slots=True)
class Progressed:
    """`seconds` of the file's audio have been transcribed so far."""

    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A file is archived for good, was there already, or failed."""

    result: Ingested


Event = Started | Progressed | Ended
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """A listener that does nothing."""
