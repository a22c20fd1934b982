"""The boundary to speech engines: prepared clips go in, transcripts come out, in any order, one per clip."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from radio_archive.audio.decode import Chunk
from radio_archive.errors import RadioArchiveError
from radio_archive.models import Transcript


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip ready for an engine. `chunks` decodes its audio anew at each call, in bounded memory."""

    key: str
    """Tells the clip apart from the others of one run; results carry it."""
    duration: float
    chunks: Callable[[], Iterator[Chunk]]
    language: str | None = None
    """An ISO 639-1 code, or None to have the engine detect it."""
    prompt: str | None = None
    """A sentence in the style that the transcript should have."""
    hotwords: tuple[str, ...] = ()
    """Names to listen for, the most important first; an engine uses as many as it has room for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`seconds` of the clip's audio are done."""

    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip's transcript."""

    key: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Unheard:
    """A clip failed; its neighbours go on."""

    key: str
    error: RadioArchiveError


EngineReport = Progress | Heard | Unheard


class Transcriber(Protocol):
    """An engine. Batch-first: a single clip is a batch of one."""

    @property
    def name(self) -> str:
        """What is told to people: `small on cpu (int8)`."""
        ...

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and exactly one `Heard` or `Unheard` for each clip, as clips finish.

        `clips` is drawn from lazily: an engine pulls the next clips when it has room for them.
        """
        ...
