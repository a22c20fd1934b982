"""Ends work of this process that takes too long."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from radio_archive.errors import RadioArchiveError


@contextmanager
def cpu_limit(seconds: float, error: RadioArchiveError) -> Iterator[None]:
    """Raise `error` if the block takes more than so many seconds of a processor, however long the clock says.

    For the main thread only. Python's regular expressions look for signals while they search.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise error

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
