"""What the pipeline reports while it works. The command line and logs listen; nothing else depends on them."""

from collections.abc import Callable, Mapping
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


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """After an upgrade, `what` (an index, a column) is being made again: `done` of about `total` rows have it."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person who watches the work wants to know."""

    text: str
    path: Path | None = None
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many files of the watched folders are in each state."""

    counts: Mapping[str, int]


Event = Started | Progressed | Ended | Rebuilding | Notice | Counted
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """A listener that does nothing."""
