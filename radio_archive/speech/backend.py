"""What a pool of workers and its backend exchange: the boundary to other processes and other machines.

A worker holds one engine. It hears a stream of clips until the pool says that no more come for now; then its engine
ends what it has begun, and another stream may follow. `serve` is this, for all backends; a backend carries the orders
to it and the events back.
"""

import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, Self

from radio_archive.audio.decode import Chunk, decode_chunks
from radio_archive.errors import RadioArchiveError, file_errors
from radio_archive.roots import Root
from radio_archive.speech.engine import EngineReport, PreparedClip, Transcriber
from radio_archive.speech.shared_files import SharedFile


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A file that a worker reads itself: `root` is the watched folder that it is in."""

    path: Path
    root: Root | None = None


Sound = tuple[Chunk, ...] | SoundFile | SharedFile | bytes
"""The sound of a clip on its way to a worker: decoded, or where it is here or elsewhere, or the bytes of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class SentClip:
    """A clip on its way to a worker; see `PreparedClip`. It can be pickled."""

    key: str
    duration: float
    language: str | None
    prompt: str | None
    hotwords: tuple[str, ...]
    sound: Sound

    @classmethod
    def of(cls, clip: PreparedClip, sound: Sound) -> Self:
        return cls(clip.key, clip.duration, clip.language, clip.prompt, clip.hotwords, sound)

    @classmethod
    def decoded(cls, clip: PreparedClip) -> Self:
        """Return the clip with its samples: 64,000 bytes for each second. Raises what decoding the file raises."""
        return cls.of(clip, tuple(clip.chunks()))

    @classmethod
    def by_path(cls, clip: PreparedClip) -> Self:
        """Return the clip as the path of its file, if it is in one; for workers that can read it."""
        return cls.decoded(clip) if clip.path is None else cls.of(clip, SoundFile(clip.path.absolute(), clip.root))

    @classmethod
    def as_file(cls, clip: PreparedClip) -> Self:
        """Return the clip with the bytes of its file, if it is in one. Raises UnreadableFileError."""
        if clip.path is None:
            return cls.decoded(clip)
        with file_errors(clip.path):
            if clip.root is None:
                return cls.of(clip, clip.path.read_bytes())
            with clip.root.reader(clip.path) as file:
                return cls.of(clip, file.read())

    def prepared(self) -> PreparedClip:
        """Return the clip as a worker's engine takes it."""
        sound = self.sound
        match sound:
            case SoundFile(path, root):
                chunks = partial(decode_chunks, path, root=root)
            case SharedFile():
                chunks = partial(sound.chunks)
            case bytes():
                chunks = partial(_decode_bytes, sound)
            case _:
                chunks = partial(iter, sound)
        return PreparedClip(self.key, self.duration, chunks, self.language, self.prompt, self.hotwords)


def _decode_bytes(content: bytes) -> Iterator[Chunk]:
    with tempfile.NamedTemporaryFile(prefix="radio-archive-") as file:
        file.write(content)
        file.flush()
        yield from decode_chunks(Path(file.name))


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded its engine, which is shown as `name`. It takes clips from now on."""

    worker: int
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A worker's engine took a clip: another may be sent."""

    worker: int
    key: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A worker's engine reported something about a clip."""

    worker: int
    report: EngineReport


@dataclass(frozen=True, slots=True)
class Finished:
    """A worker has reported all clips that it got before `Backend.finish`. It takes clips again."""

    worker: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker's engine could not be loaded, or raised an error that is not about one clip. The worker has ended."""

    worker: int
    error: RadioArchiveError


@dataclass(frozen=True, slots=True)
class Died:
    """A worker ended by itself: it crashed or was killed, or its machine went away."""

    worker: int
    cause: str
    """What is known of it: `signal SIGSEGV`, `exit status 1`, `node 10.0.0.3 is gone`."""
    blames_clips: bool = True
    """False if the backend knows that the clips in it had no part in that: its machine was taken away."""


Event = Ready | Taken | Reported | Finished | Failed | Died


class Backend(Protocol):
    """Where workers run. A pool calls it from one thread; workers are known by numbers, which are never used again."""

    @property
    def name(self) -> str:
        """What workers are here, for people, in the plural: `processes`."""
        ...

    def start(self, worker: int) -> None:
        """Begin to start a worker. Its first event is `Ready`, `Failed` or `Died`.

        Raises RadioArchiveError if no worker can be started at all: there is no such cluster.
        """
        ...

    def send(self, worker: int, clip: PreparedClip) -> None:
        """Hand a clip to a worker that is ready. A worker that has died meanwhile ignores it, and `Died` tells of it.

        At most `CLIPS_AHEAD` clips are sent before the engine takes them. Raises RadioArchiveError if this clip
        cannot be sent: its file cannot be read.
        """
        ...

    def finish(self, worker: int) -> None:
        """Tell a worker that no more clips come for now: `Finished` follows when all that it got are reported.

        As with `send`, a worker that has died ignores it, also if its `Died` still waits behind other events.
        """
        ...

    def next_event(self) -> Event:
        """Wait for the next event of any worker. The events of one worker come in order, and `Died` is its last."""
        ...

    def stop(self, worker: int) -> None:
        """End a worker at once and wait until it is gone. No event of it comes any more."""
        ...

    def close(self) -> None:
        """Stop all workers at once, and give back what the backend holds. It may be used again."""
        ...


FINISH: Literal["finish"] = "finish"
Order = SentClip | Literal["finish"]
"""What a worker is told: a clip, or that no more come for now."""


def serve(
    worker: int,
    load: Callable[[], Transcriber],
    receive: Callable[[], Order],
    tell: Callable[[Event], None],
) -> None:
    """Be a worker: load an engine, then transcribe one stream of clips after another until it is ended from outside.

    `receive` waits for the next order. Returns after a `Failed` or `Died` that this function told of itself.
    """
    try:
        engine = load()
        tell(Ready(worker, engine.name))
        while True:
            with closing(_stream(worker, receive, tell)) as clips, closing(engine.transcribe(clips)) as reports:
                for report in reports:
                    tell(Reported(worker, report))
                # Where an engine ends before its clips do, the others are not lost.
                for left in clips:
                    raise RuntimeError(f"the engine did not take {left.key}")
            tell(Finished(worker))
    except RadioArchiveError as error:
        tell(Failed(worker, error))
    except Exception as error:
        # A fault of the program, but perhaps only with one clip: the pool finds out.
        tell(Died(worker, repr(error)))


def _stream(
    worker: int, receive: Callable[[], Order], tell: Callable[[Event], None]
) -> Generator[PreparedClip, None, None]:
    while (order := receive()) != FINISH:
        assert isinstance(order, SentClip)  # noqa: S101 - for the type checker
        tell(Taken(worker, order.key))
        yield order.prepared()
