"""An engine that is made of many: N workers, each of which holds one engine, share the clips of one caller.

Each worker is kept just full enough that its engine batches the windows of different clips. Results come in any order
to the one caller, who alone writes. A worker that dies is replaced, and its clips go elsewhere. Nobody knows which of
them killed it, if one did: so each is heard again alone, and one whose worker dies again is given up.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, islice

from radio_archive.audio.decode import decode_chunks
from radio_archive.errors import (
    RadioArchiveError,
    TranscriptionError,
    WorkerDiedError,
    WorkersLostError,
    is_about_all,
)
from radio_archive.speech.backend import Backend, Died, Event, Failed, Finished, Ready, Reported, Taken
from radio_archive.speech.engine import ClipFailure, ClipProgress, EngineReport, PreparedClip
from radio_archive.speech.worker import CLIPS_AHEAD

logger = logging.getLogger(__name__)

MOST_CLIPS = 256
"""Clips in a worker, after which its engine has to finish them all before it gets others."""
MOST_DEATHS = 8
"""Deaths without a single result between them, besides two of each worker, after which a run is given up."""

ANOTHER_TRY = 200
"""Results after which a worker is started again that could not be: the machine may have room for it by then."""


@dataclass(slots=True)
class _Worker:
    number: int
    is_ready: bool = False
    is_streaming: bool = False
    """Whether it got clips, and was not told that no more come."""
    is_finishing: bool = False
    """Whether it was told that no more come, and has not finished."""
    is_alone: bool = False
    """Whether it hears a single clip, which was in a worker that died."""
    clips: dict[str, PreparedClip] = field(default_factory=dict)
    """Those that it has not reported, without their samples."""
    untaken: set[str] = field(default_factory=set)
    """Those that its engine has not taken."""

    @property
    def is_idle(self) -> bool:
        return self.is_ready and not (self.is_streaming or self.is_finishing)

    @property
    def has_room(self) -> bool:
        return self.is_ready and not self.is_finishing and len(self.untaken) < CLIPS_AHEAD


class WorkerPool:
    """An `Engine` of up to `size` workers. They are started when there are clips, and stay for the next run."""

    def __init__(self, backend: Backend, size: int | Callable[[], int], model: str = "an engine") -> None:
        """`size` may be asked for at each run; `model`: what to call the engine until one is loaded."""
        self._backend, self._size_now, self._engine_name = backend, size, model
        self._size = 0 if callable(size) else size
        self._workers: dict[int, _Worker] = {}
        self._numbers = count()
        self._wanted = 0
        """How many workers to have in this run."""
        self._source: Iterator[PreparedClip] = iter(())
        self._is_drawn = False
        """Whether the source has no more clips."""
        self._waiting: deque[PreparedClip] = deque()
        """Clips that are drawn and in no worker."""
        self._suspects: deque[PreparedClip] = deque()
        """Clips whose worker died. Each is to be heard alone."""
        self._given_up: list[ClipFailure] = []
        """Failures of clips whose worker died twice, until another clip shows that the workers themselves are well."""
        self._deaths = 0
        """Since the last result."""
        self._unstarted = 0
        """Workers that could not be started, while others work."""
        self._results = 0

    @property
    def size(self) -> int:
        return self._size

    @property
    def name(self) -> str:
        return f"{self._engine_name} in {self._size or 'all'} {self._backend.name}"

    @property
    def clips_out(self) -> int:
        """How many clips are drawn from the source and not yet reported."""
        inside = sum(len(worker.clips) for worker in self._workers.values())
        return inside + len(self._waiting) + len(self._suspects) + len(self._given_up)

    def check(self) -> None:
        """Start one worker, to report a problem before any clip comes.

        Raises what its engine raises, and WorkersLostError, except for transient errors.
        """
        try:
            self._wanted, self._deaths = 1, 0
            while not any(worker.is_ready for worker in self._workers.values()):
                self._start()
                for _ in self._handle(self._backend.next_event()):
                    pass
        except RadioArchiveError as error:
            self.close()
            if not error.transient:
                raise

    def close(self) -> None:
        """End all workers at once."""
        self._workers.clear()
        self._waiting.clear()
        self._suspects.clear()
        self._given_up.clear()
        self._source = iter(())
        self._backend.close()

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield what the workers report; see `Transcriber`. Closing it early ends the workers at once.

        Raises what loading the engine raises, if it cannot be loaded in any worker, and WorkersLostError.
        """
        self._source, self._is_drawn, self._deaths = iter(clips), False, 0
        self._unstarted = self._results = 0
        is_done = False
        try:
            self._measure()
            # One for each worker, so that the first that is ready does not get all of a few long clips.
            self._waiting.extend(islice(self._source, self._size))
            self._wanted = len(self._waiting)
            self._is_drawn = self._wanted < self._size
            while True:
                yield from self._feed()
                if self._is_drawn and self.clips_out == len(self._given_up):
                    break
                yield from self._handle(self._backend.next_event())
            yield from self._report_given_up()
            is_done = True
        finally:
            if not is_done:
                self.close()

    def _measure(self) -> None:
        if callable(self._size_now):
            self._size = self._size_now()

    def _start(self) -> None:
        for number in islice(self._numbers, max(0, self._wanted - len(self._workers))):
            self._workers[number] = _Worker(number)
            self._backend.start(number)

    def _feed(self) -> Iterator[ClipFailure]:
        """Give the workers what they have room for, tell those that get no more, and start those that are missing."""
        if self._waiting or self._suspects or not self._is_drawn:
            self._start()
        for worker in self._workers.values():
            while worker.is_idle and self._suspects:
                yield from self._send(worker, self._suspects.popleft())
                worker.is_alone = worker.is_streaming
                self._finish(worker)
        while (roomiest := self._roomiest()) and (clip := self._next(roomiest)):
            yield from self._send(roomiest, clip)
            if len(roomiest.clips) >= MOST_CLIPS:
                self._finish(roomiest)
        if self._is_drawn:
            for worker in self._workers.values():
                self._finish(worker)
        elif self._suspects and not any(worker.is_finishing for worker in self._workers.values()):
            # They must not wait until all the other clips are heard.
            streaming = (worker for worker in self._workers.values() if worker.is_streaming)
            for worker in islice(streaming, 1):
                self._finish(worker)

    def _roomiest(self) -> _Worker | None:
        return min((worker for worker in self._workers.values() if worker.has_room), key=_clip_count, default=None)

    def _next(self, worker: _Worker) -> PreparedClip | None:
        """Return the next clip for a worker, if there is one. Those that are starting have a claim on one each."""
        starting = sum(not other.is_ready for other in self._workers.values())
        if self._waiting and (len(self._waiting) > starting or not worker.clips):
            return self._waiting.popleft()
        clip = None if self._is_drawn else next(self._source, None)
        self._is_drawn = clip is None
        return clip

    def _send(self, worker: _Worker, clip: PreparedClip) -> Iterator[ClipFailure]:
        try:
            self._backend.send(worker.number, clip)
        except RadioArchiveError as error:
            if is_about_all(error):
                raise
            yield ClipFailure(clip.key, error)
            return
        if clip.path and clip.at_hand:
            # A second time it is decoded anew: as many clips are out as the workers hold, perhaps of a whole cluster.
            clip = replace(clip, chunks=partial(decode_chunks, clip.path, root=clip.root), at_hand=False)
        worker.clips[clip.key] = clip
        worker.untaken.add(clip.key)
        worker.is_streaming = True

    def _finish(self, worker: _Worker) -> None:
        if worker.is_streaming:
            worker.is_streaming, worker.is_finishing = False, True
            self._backend.finish(worker.number)

    def _handle(self, event: Event) -> Iterator[EngineReport]:
        worker = self._workers.get(event.worker)
        if worker is None:
            return
        match event:
            case Ready(_, name):
                worker.is_ready, self._engine_name = True, name
            case Taken(_, key):
                worker.untaken.discard(key)
            case Reported(_, report):
                yield from self._report(worker, report)
            case Finished():
                yield from self._finished(worker)
            case Failed(_, error):
                del self._workers[worker.number]
                self._wanted -= 1
                self._unstarted += 1
                if worker.is_ready or not self._workers:
                    raise error
                logger.warning("A worker cannot be started: %s The others go on.", error)
            case Died(_, cause, blames_clips):
                del self._workers[worker.number]
                self._take_back(worker, cause, blames_clips=blames_clips)

    def _report(self, worker: _Worker, report: EngineReport) -> Iterator[EngineReport]:
        if report.key not in worker.clips:
            return
        if not isinstance(report, ClipProgress):
            del worker.clips[report.key]
            worker.untaken.discard(report.key)
            self._deaths = 0
            self._results += 1
            if self._unstarted and self._results % ANOTHER_TRY == 0:
                self._unstarted, self._wanted = self._unstarted - 1, self._wanted + 1
            yield from self._report_given_up()
        yield report

    def _finished(self, worker: _Worker) -> Iterator[ClipFailure]:
        worker.is_finishing = worker.is_alone = False
        for key in worker.clips:
            yield ClipFailure(key, TranscriptionError("the engine ended without a result for it", "Try again."))
        worker.clips.clear()
        worker.untaken.clear()

    def _take_back(self, worker: _Worker, cause: str, *, blames_clips: bool) -> None:
        """Take the clips of a worker that died. Raises WorkersLostError."""
        self._deaths += 1
        if self._deaths > MOST_DEATHS + 2 * self._size:
            raise WorkersLostError(
                f"{self._deaths} workers died one after another, the last of {cause}, and not one gave a result",
                "Perhaps there is too little memory: try fewer --workers or a smaller model. What is done is kept.",
            )
        if worker.is_alone and blames_clips:
            error = f"a worker died while it heard this clip among others, and one that heard it alone died of {cause}"
            advice = "Look for what is special about the file, or try another model or --device cpu."
            self._given_up += [ClipFailure(key, WorkerDiedError(error, advice)) for key in worker.clips]
            return
        logger.warning("A worker died of %s. The clips in it (%d) are heard again.", cause, len(worker.clips))
        again = self._suspects if worker.is_alone or blames_clips else self._waiting
        again.extend(worker.clips.values())

    def _report_given_up(self) -> Iterator[ClipFailure]:
        given_up, self._given_up = self._given_up, []
        yield from given_up


def _clip_count(worker: _Worker) -> int:
    return len(worker.clips)
