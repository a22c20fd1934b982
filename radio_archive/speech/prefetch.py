"""Work ahead of the model, on threads: decode a clip, find its speech, cut windows, compute their features."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Chunk, Samples
from radio_archive.errors import RadioArchiveError, TranscriptionError
from radio_archive.speech.engine import PreparedClip
from radio_archive.speech.timing import Levels, levels
from radio_archive.speech.windows import PAD, Vad, Window, find_speech, pack

POLL = 0.1
"""Seconds after which a waiting thread looks whether it is still wanted."""
NO_FEATURES: NDArray[np.float32] = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One window, ready to be encoded. `index` counts the clip's windows; `offset` is its chunk's, in seconds."""

    key: str
    index: int
    offset: float
    window: Window
    speech: tuple[tuple[float, float], ...]
    """Where speech was heard in the window, in seconds of the chunk."""
    audio: Samples
    features: NDArray[np.float32]
    levels: Levels

    @property
    def start(self) -> float:
        return self.offset + self.window.start

    @property
    def end(self) -> float:
        return self.offset + self.window.end

    @property
    def seconds(self) -> float:
        """How long the joined audio is."""
        return self.window.length / RATE

    def without_features(self) -> "Job":
        return replace(self, features=NO_FEATURES)


@dataclass(frozen=True, slots=True)
class ClipEnd:
    """A clip came through, in `count` windows, or broke."""

    key: str
    count: int
    error: RadioArchiveError | None = None


class Ahead:
    """Threads that turn clips into jobs. Use it as a context manager; a clip's jobs come in order, then its end."""

    def __init__(
        self, vad: Vad, features: Callable[[Samples], NDArray[np.float32]], *, threads: int, depth: int
    ) -> None:
        """`depth`: how many windows may wait for the model."""
        self._vad, self._features = vad, features
        self._clips: Queue[PreparedClip] = Queue()
        self._jobs: Queue[Job | ClipEnd] = Queue(depth)
        self._limit, self._open = threads + 1, 0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="ahead", daemon=True) for _ in range(threads)]

    @property
    def has_room(self) -> bool:
        """Whether another clip may be given: one more than the threads can begin waits."""
        return self._open < self._limit

    @property
    def busy(self) -> bool:
        """Whether a clip that was given has not ended yet."""
        return self._open > 0

    def give(self, clip: PreparedClip) -> None:
        self._open += 1
        self._clips.put(clip)

    def take(self) -> Job | ClipEnd:
        """Return what is ready next, waiting for it; there must be a clip that has not ended."""
        item = self._jobs.get()
        if isinstance(item, ClipEnd):
            self._open -= 1
        return item

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                clip = self._clips.get(timeout=POLL)
            except Empty:
                continue
            count = 0
            problem: RadioArchiveError | None = None
            try:
                for chunk in clip.chunks():
                    count += self._chunk(clip.key, chunk, count)
            except RadioArchiveError as error:
                problem = error
            except Exception as error:
                problem = TranscriptionError(f"the sound could not be prepared: {error!r}", "Try again.")
            self._put(ClipEnd(clip.key, count, problem))

    def _chunk(self, key: str, chunk: Chunk, first: int) -> int:
        speech = find_speech(chunk.samples, self._vad)
        windows = pack(speech, pad=PAD, length=len(chunk.samples))
        level = levels(chunk.samples) if windows else np.zeros(0, np.float32)
        for index, window in enumerate(windows, first):
            audio = np.ascontiguousarray(window.audio(chunk.samples))
            job = Job(key, index, chunk.offset, window, window.heard(speech), audio, self._features(audio), level)
            self._put(job)
        return len(windows)

    def _put(self, item: Job | ClipEnd) -> None:
        while not self._stopped.is_set():
            try:
                self._jobs.put(item, timeout=POLL)
            except Full:
                continue
            return
