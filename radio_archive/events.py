"""Events that the pipeline reports while it works, for the command line and logs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from radio_archive.models import Ingested


@dataclass(frozen=True, slots=True)
class Started:
    """Work on a file started; `duration` is in seconds of audio."""

    path: Path
    duration: float


@dataclass(frozen=True, slots=True)
class Progressed:
    """`seconds` of the file's audio have been transcribed so far."""

    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A file was archived, was archived already, or failed."""

    result: Ingested


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """After an upgrade, `what` (an index, a column) is being rebuilt: `done` of about `total` rows are ready."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the person who runs the command; `problem`: it is about an error."""

    text: str
    path: Path | None = None
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of files of the watched folders in each state."""

    counts: Mapping[str, int]


Event = Started | Progressed | Ended | Rebuilding | Notice | Counted
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """A listener that does nothing."""


told_of_plugins: list[Callable[[str], None]] = []
"""Who is told, in words, of a plugin that is skipped. Nobody is in processes that only transcribe."""
