"""Runs an engine on its own thread: the caller saves finished clips meanwhile, and can be interrupted."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Full, Queue, SimpleQueue

from radio_archive.speech.engine import EngineReport, PreparedClip, Transcriber

MAX_REPORTS = 8
"""Reports in the queue before the engine waits for its caller."""
CLIPS_AHEAD = 2
"""Clips handed over before the engine asks for them."""
POLL = 0.1
"""Seconds between a waiting engine's checks for a stop."""


class _StoppedError(Exception):
    """Ends the engine's run early: its results are no longer needed."""


class _ClipTaken:
    """The engine took a clip: the caller may send the next one."""


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


class Worker:
    """Runs another engine on a thread. `clips` is read, and reports are yielded, on the caller's thread."""

    def __init__(self, engine: Transcriber, patience: float) -> None:
        """`patience`: seconds to wait for the engine to finish its batch when a run is stopped early."""
        self._engine, self._patience = engine, patience

    @property
    def name(self) -> str:
        return self._engine.name

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield what the engine reports; see `Transcriber`. Closing it early stops the engine after its batch."""
        run = _Run(self._engine)
        source = iter(clips)
        run.thread.start()
        try:
            for _ in range(CLIPS_AHEAD):
                run.clips.put(next(source, None))
            while not isinstance(item := run.reports.get(), _End):
                if isinstance(item, _ClipTaken):
                    run.clips.put(next(source, None))
                else:
                    yield item
            if item.error:
                raise item.error
        finally:
            run.stopped.set()
            run.clips.put(None)
            run.thread.join(self._patience)


class _Run:
    """One run: its thread, and the queues between the thread and the caller."""

    def __init__(self, engine: Transcriber) -> None:
        self._engine = engine
        self.clips: SimpleQueue[PreparedClip | None] = SimpleQueue()
        self.reports: Queue[EngineReport | _ClipTaken | _End] = Queue(MAX_REPORTS)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._work, name="engine", daemon=True)

    def _taken_clips(self) -> Iterator[PreparedClip]:
        while True:
            clip = self.clips.get()
            if self.stopped.is_set():
                raise _StoppedError
            if clip is None:
                return
            self._put(_ClipTaken())
            yield clip

    def _work(self) -> None:
        try:
            with closing(self._engine.transcribe(self._taken_clips())) as reports:
                for report in reports:
                    self._put(report)
                    if self.stopped.is_set():
                        return
            self._put(_End())
        except BaseException as error:
            self._put(_End(error))

    def _put(self, item: EngineReport | _ClipTaken | _End) -> None:
        while not self.stopped.is_set():
            try:
                self.reports.put(item, timeout=POLL)
            except Full:
                continue
            return
