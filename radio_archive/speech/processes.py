"""Workers that are processes of this machine."""

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue

from radio_archive.errors import WorkersLostError
from radio_archive.speech.backend import FINISH, Died, Event, Failed, Order, SentClip, serve
from radio_archive.speech.engine import PreparedClip, Transcriber

GRACE = 5.0
"""Seconds for a process to end by itself after its last event."""
GPUS = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    gpu: str | None


class ProcessBackend:
    """Starts each worker as a new process, which ends when this one does, however that ends."""

    name = "processes"

    def __init__(self, load: Callable[[], Transcriber], gpus: Callable[[], Sequence[str]] = tuple) -> None:
        """`load` makes the engine of a worker; it is pickled. Each worker sees one of `gpus()`, as CUDA calls them."""
        self._load, self._gpus = load, gpus
        self._workers: dict[int, _Worker] = {}
        self._events: deque[Event] = deque()

    def start(self, worker: int) -> None:
        """Begin to start a worker; see `Backend`. Raises WorkersLostError if the system gives no more processes."""
        ours, theirs = multiprocessing.Pipe()
        # The one that the fewest have.
        used = [held.gpu for held in self._workers.values()]
        gpu = min(self._gpus(), key=used.count, default=None)
        arguments = (worker, self._load, theirs, gpu)
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=arguments, name=f"worker {worker}", daemon=True
        )
        try:
            with _without_interrupts():
                process.start()
        except OSError as error:
            ours.close()
            problem = f"no process can be started for a worker: {error.strerror or error}"
            raise WorkersLostError(problem, "End other programs, or use fewer --workers.") from error
        finally:
            # The end of the process shows only if nobody else holds its end of the pipe.
            theirs.close()
        self._workers[worker] = _Worker(process, ours, gpu)

    def send(self, worker: int, clip: PreparedClip) -> None:
        """Hand a clip to a worker; see `Backend`. A file that is not decoded yet, the worker reads itself."""
        self._order(worker, SentClip.decoded(clip) if clip.at_hand else SentClip.by_path(clip))

    def finish(self, worker: int) -> None:
        """Tell a worker that no more clips come for now."""
        self._order(worker, FINISH)

    def _order(self, worker: int, order: Order) -> None:
        held = self._workers.get(worker)
        # Of one that has died, an event tells, which may have come already.
        with suppress(OSError):
            if held:
                held.connection.send(order)

    def next_event(self) -> Event:
        """Wait for the next event of any worker."""
        while not self._events:
            numbers = {held.connection: number for number, held in self._workers.items()}
            for connection in wait(list(numbers)):
                assert isinstance(connection, Connection)  # noqa: S101 - for the type checker
                event = self._receive(numbers[connection], connection)
                self._events.append(event)
        return self._events.popleft()

    def _receive(self, worker: int, connection: Connection) -> Event:
        event: Event | None = None
        # A killed process may leave half an event behind.
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            event = connection.recv()
        if event is None or isinstance(event, Failed | Died):
            status = self._end([worker], GRACE)
            event = event or Died(worker, status)
        return event

    def stop(self, worker: int) -> None:
        """End a worker at once."""
        self._end([worker])
        self._events = deque(event for event in self._events if event.worker != worker)

    def close(self) -> None:
        """End all workers at once."""
        self._end(list(self._workers))
        self._events.clear()

    def _end(self, workers: list[int], grace: float = 0.0) -> str:
        """Wait until workers are gone, after `grace` seconds kill them; return how the last ended."""
        held = [self._workers.pop(worker) for worker in workers if worker in self._workers]
        status = ""
        for one in held:
            if grace:
                one.process.join(grace)
            one.process.kill()
        for one in held:
            one.process.join()
            one.connection.close()
            status = _status(one.process.exitcode or 0)
            one.process.close()
        return status


def _status(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes so that they never get Ctrl-C, which the terminal sends to all: the pool ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It would end the blocking if it had to start now.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(worker: int, load: Callable[[], Transcriber], connection: Connection, gpu: str | None) -> None:
    """Be a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Somebody may have told the command, and so its processes, to ignore this.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if gpu is not None:
        os.environ[GPUS] = gpu
    orders: SimpleQueue[Order] = SimpleQueue()
    lock = threading.Lock()

    def read() -> None:
        # The pool's end closes this too, also where it was killed and could not say so.
        with suppress(EOFError, OSError):
            while True:
                orders.put(connection.recv())
        signal.raise_signal(signal.SIGTERM)

    def tell(event: Event) -> None:
        with lock:
            connection.send(event)

    threading.Thread(target=read, name="orders", daemon=True).start()
    with suppress(OSError):
        serve(worker, load, orders.get, tell)
