"""An engine on a thread of its own: while it listens on, the caller saves what is finished, and can be interrupted."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Full, Queue, SimpleQueue

from radio_archive.speech.engine import EngineReport, PreparedClip, Transcriber

WAITING = 8
"""Reports that may wait to be taken before the engine waits for its caller."""
GIVEN = 2
"""Clips that are handed over before the engine asks for them."""
POLL = 0.1
"""Seconds after which a waiting engine looks whether it is still wanted."""


class _UnwantedError(Exception):
    """Nobody wants the rest: the engine need not finish what it has begun."""


class _Wanted:
    """The engine took a clip: the next one may follow."""


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


class Behind:
    """Runs another engine on a thread. Clips are drawn, and results given back, on the caller's own."""

    def __init__(self, engine: Transcriber, patience: float) -> None:
        """`patience`: seconds to wait for the engine to end its batch when a run is given up."""
        self._engine, self._patience = engine, patience

    @property
    def name(self) -> str:
        return self._engine.name

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield what the engine reports; see `Transcriber`. Closed early, it stops the engine after its batch."""
        run = _Run(self._engine)
        source = iter(clips)
        run.thread.start()
        try:
            for _ in range(GIVEN):
                run.given.put(next(source, None))
            while not isinstance(item := run.reports.get(), _End):
                if isinstance(item, _Wanted):
                    run.given.put(next(source, None))
                else:
                    yield item
            if item.error:
                raise item.error
        finally:
            run.stopped.set()
            run.given.put(None)
            run.thread.join(self._patience)


class _Run:
    """One run: its thread and the queues between the two."""

    def __init__(self, engine: Transcriber) -> None:
        self._engine = engine
        self.given: SimpleQueue[PreparedClip | None] = SimpleQueue()
        self.reports: Queue[EngineReport | _Wanted | _End] = Queue(WAITING)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._work, name="engine", daemon=True)

    def _clips(self) -> Iterator[PreparedClip]:
        while True:
            clip = self.given.get()
            if self.stopped.is_set():
                raise _UnwantedError
            if clip is None:
                return
            self._put(_Wanted())
            yield clip

    def _work(self) -> None:
        try:
            with closing(self._engine.transcribe(self._clips())) as reports:
                for report in reports:
                    self._put(report)
                    if self.stopped.is_set():
                        return
            self._put(_End())
        except BaseException as error:
            self._put(_End(error))

    def _put(self, item: EngineReport | _Wanted | _End) -> None:
        while not self.stopped.is_set():
            try:
                self.reports.put(item, timeout=POLL)
            except Full:
                continue
            return
