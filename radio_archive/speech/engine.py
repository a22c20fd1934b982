"""The boundary to speech engines: prepared clips go in, one result per clip comes out, in any order."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from radio_archive.audio.decode import Chunk
from radio_archive.errors import RadioArchiveError
from radio_archive.models import Transcript
from radio_archive.roots import Root


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip ready for an engine. `duration` is in seconds."""

    key: str
    """Identifies the clip within one run; its results carry the same key."""
    duration: float
    chunks: Callable[[], Iterator[Chunk]]
    """Decodes the audio from the start each time it is called, in bounded memory."""
    language: str | None = None
    """An ISO 639-1 code, or None to have the engine detect it."""
    prompt: str | None = None
    """A sentence in the style that the transcript should have."""
    hotwords: tuple[str, ...] = ()
    """Names to listen for, the most important first; an engine uses as many as it has room for."""
    path: Path | None = None
    """The file that `chunks` decodes, for engines in other processes. None: there is only `chunks`."""
    root: Root | None = None
    """The watched folder that `path` is in, below which no link is followed."""
    sha256: str | None = None
    """Of the file's bytes, in hexadecimal, if it is known: who reads a copy of the file elsewhere checks it."""
    at_hand: bool = False
    """Whether the whole sound is in memory, in one chunk. Otherwise `chunks` decodes the file."""


@dataclass(frozen=True, slots=True)
class ClipProgress:
    """`seconds` of the clip's audio are done."""

    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ClipResult:
    """A clip's transcript."""

    key: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class ClipFailure:
    """A clip failed; the other clips go on."""

    key: str
    error: RadioArchiveError


EngineReport = ClipProgress | ClipResult | ClipFailure


class Transcriber(Protocol):
    """A speech engine. It works on batches: a single clip is a batch of one."""

    @property
    def name(self) -> str:
        """The name shown to people: `small on cpu (int8)`."""
        ...

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and exactly one `ClipResult` or `ClipFailure` for each clip, as clips finish.

        `clips` is read lazily: an engine takes the next clips when it has room for them.
        """
        ...


@runtime_checkable
class Closes(Protocol):
    """What some engines also have: connections to give back."""

    def close(self) -> None: ...


class Engine(Transcriber, Protocol):
    """A speech engine that is made from settings, and makes ready what it needs when the first clip comes."""

    def check(self) -> None:
        """Make it ready now, to report a problem before any clip comes. Raises RadioArchiveError, if not transient."""
        ...

    def close(self) -> None:
        """Give back what it holds: processes, memory. It may be used again."""
        ...
