"""A worker on another machine: what runs in the process that the cluster has started for it."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import SimpleQueue

import radio_archive
from radio_archive.speech.backend import Event, Order, serve
from radio_archive.speech.engine import Transcriber


@dataclass(frozen=True, slots=True)
class Installation:
    """The radio-archive of a machine."""

    version: str
    code: str
    """SHA-256 of its source files, because a version may change without its number."""


@cache
def installation() -> Installation:
    """Return the radio-archive that is running here."""
    package = Path(radio_archive.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    try:
        number = version("radio-archive")
    except PackageNotFoundError:
        # It was sent with the run.
        number = "unknown"
    return Installation(number, digest.hexdigest())


class RemoteWorker:
    """A worker that gets orders and is asked for events, by calls from another machine."""

    def __init__(self, worker: int, load: Callable[[], Transcriber]) -> None:
        """`load` makes its engine, on a thread, which begins at once."""
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._events: SimpleQueue[Event] = SimpleQueue()
        arguments = (worker, load, self._orders.get, self._events.put)
        threading.Thread(target=serve, args=arguments, name="worker", daemon=True).start()

    def order(self, order: Order) -> None:
        """Take a clip, or the word that no more come for now."""
        self._orders.put(order)

    def events(self) -> list[Event]:
        """Wait for the next event, and return all that there are by then."""
        found = [self._events.get()]
        while not self._events.empty():
            found.append(self._events.get())
        return found
