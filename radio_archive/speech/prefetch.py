"""Prepares clips for the model on threads: decode, find speech, cut into windows, compute features."""

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
from radio_archive.models import Gap
from radio_archive.speech.engine import PreparedClip
from radio_archive.speech.levels import Levels, levels, normalized, without_rumble
from radio_archive.speech.windows import MOST_SENSITIVE, PAD, SENSITIVE, Vad, Window, find_speech, pack, with_faint

POLL = 0.1
"""Seconds between a waiting thread's checks for a stop."""
NO_FEATURES: NDArray[np.float32] = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One window, ready for the encoder. `index` counts a clip's windows; `offset` is its chunk's start, in seconds."""

    key: str
    index: int
    offset: float
    window: Window
    speech: tuple[tuple[float, float], ...]
    """Where speech was detected in the window: (start, end) in seconds of the chunk."""
    certain_seconds: float
    """Seconds of it that the usual voice detection found."""
    voices: tuple[tuple[float, float], ...]
    """Where speech may be: detected by the sensitive voice detection. Words are looked for there."""
    audio: Samples
    features: NDArray[np.float32]
    levels: Levels
    fills: Gap | None = None
    """The gap in the text of window `index` that this job hears again, in seconds of the clip."""
    round: int = 0
    """How many times it was heard before, as a part of something longer."""

    @property
    def start(self) -> float:
        return self.offset + self.window.start

    @property
    def end(self) -> float:
        return self.offset + self.window.end

    @property
    def seconds(self) -> float:
        """Length of the joined audio."""
        return self.window.length / RATE

    def in_clip(self, spans: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        """Return `speech` or `voices` in seconds of the clip."""
        return tuple((self.offset + start, self.offset + end) for start, end in spans)

    def without_features(self) -> "Job":
        return replace(self, features=NO_FEATURES)


@dataclass(frozen=True, slots=True)
class ClipEnd:
    """All `count` windows of a clip are out, or it failed with `error`."""

    key: str
    count: int
    error: RadioArchiveError | None = None


class Prefetcher:
    """Turns clips into jobs on threads. A context manager. A clip's jobs come in order, then its `ClipEnd`."""

    def __init__(
        self, vad: Vad, features: Callable[[Samples], NDArray[np.float32]], *, threads: int, depth: int
    ) -> None:
        """`features` computes a window's input for the model; `depth` is how many windows may wait for the model."""
        self._vad, self._features = vad, features
        self._clips: Queue[PreparedClip] = Queue()
        self._jobs: Queue[Job | ClipEnd] = Queue(depth)
        self._limit, self._unfinished = threads + 1, 0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="prefetch", daemon=True) for _ in range(threads)]

    @property
    def has_room(self) -> bool:
        """Whether another clip may be submitted: each thread has one, and one more waits."""
        return self._unfinished < self._limit

    @property
    def busy(self) -> bool:
        """Whether a submitted clip has not ended yet."""
        return self._unfinished > 0

    def submit(self, clip: PreparedClip) -> None:
        self._unfinished += 1
        self._clips.put(clip)

    def get(self) -> Job | ClipEnd:
        """Wait for the next job or end of a clip, and return it. Call it only while `busy`."""
        item = self._jobs.get()
        if isinstance(item, ClipEnd):
            self._unfinished -= 1
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
            failure: RadioArchiveError | None = None
            try:
                for chunk in clip.chunks():
                    count += self._put_windows(clip.key, chunk, count)
            except RadioArchiveError as error:
                failure = error
            except Exception as error:
                failure = TranscriptionError(f"the sound could not be prepared: {error!r}", "Try again.")
            self._put(ClipEnd(clip.key, count, failure))

    def _put_windows(self, key: str, chunk: Chunk, first: int) -> int:
        """Queue the windows of a chunk, numbered from `first`; return how many."""
        level = levels(chunk.samples)
        sound = without_rumble(chunk.samples, level)
        if sound is not chunk.samples:
            level = levels(sound)
        samples = normalized(sound, level)
        voiced = normalized(sound, level, tolerated=0.0)
        certain = find_speech(samples, self._vad)
        voices, faint = (find_speech(voiced, self._vad, threshold=one) for one in (SENSITIVE, MOST_SENSITIVE))
        speech = with_faint(certain, faint)
        if speech is faint:
            voices = faint
        windows = pack(speech, pad=PAD, length=len(samples))
        for index, window in enumerate(windows, first):
            audio = np.ascontiguousarray(window.audio(samples))
            job = Job(
                key=key,
                index=index,
                offset=chunk.offset,
                window=window,
                speech=window.speech_in(speech),
                certain_seconds=sum(end - start for start, end in window.speech_in(certain)),
                voices=window.speech_in(voices),
                audio=audio,
                features=self._features(audio),
                levels=level,
            )
            self._put(job)
        return len(windows)

    def _put(self, item: Job | ClipEnd) -> None:
        while not self._stopped.is_set():
            try:
                self._jobs.put(item, timeout=POLL)
            except Full:
                continue
            return
