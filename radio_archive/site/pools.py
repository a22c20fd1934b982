"""Threads that read the archive for the site, in pools: what one visitor asks must not stall the others."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from radio_archive.errors import SiteBusyError

T = TypeVar("T")

NICENESS = 10
"""How much other threads give way to those for pages, from 0 to 19 (setpriority(2)). While searches keep a processor
busy, a page takes 1.0 to 1.1 times its time with 10, 1.3 times with 5, and 1.8 times if they do not give way."""


class Pool:
    """Some threads, and a queue of limited length before them."""

    def __init__(self, name: str, threads: int, waiting: int, *, first: bool = False) -> None:
        """Make a pool of `threads`; at most `waiting` more pieces of work may wait for one of them.

        They give way to pools that come `first`, where the system can do that.
        """
        self._executor = ThreadPoolExecutor(threads, name, None if first else _give_way)
        self._most = threads + waiting
        self._taken = 0
        self._lock = threading.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on a thread and return its result. Raises SiteBusyError if too much is waiting already."""
        return await asyncio.wrap_future(self.submit(work))

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Start `work`, and return its future result. Raises SiteBusyError likewise."""
        with self._lock:
            if self._taken >= self._most:
                raise SiteBusyError("too many visitors ask for the same at once", "Please try again in a moment.")
            self._taken += 1
        future = self._executor.submit(work)
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: object) -> None:
        with self._lock:
            self._taken -= 1


def _give_way() -> None:
    # Only Linux takes a thread for a process here; elsewhere, all of this process would give way.
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
