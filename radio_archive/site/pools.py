"""Threads that read the archive for the site, in pools: what one visitor asks must not stall the others."""

import asyncio
import os
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from radio_archive.errors import ClientBusyError, SiteBusyError

T = TypeVar("T")
_Work = tuple[Callable[[], Any], "Future[Any]"]

ADVICE = "Please try again in a moment."

NICENESS = 10
"""How much other threads give way to those for pages, from 0 to 19 (setpriority(2)). While searches keep a processor
busy, a page takes 1.0 to 1.1 times its time with 10, 1.3 times with 5, and 1.8 times if they do not give way."""


class Pool:
    """Some threads, and a queue of limited length before them.

    Clients take turns: whoever has many pieces of work waiting gets the next thread no sooner than one who has one.
    """

    def __init__(self, name: str, threads: int, waiting: int, *, share: int | None = None, first: bool = False) -> None:
        """Make a pool of `threads`; at most `waiting` more pieces of work may wait for one of them.

        One client may have at most `share` of all these, if that is given. Threads give way to pools that come `first`,
        where the system can do that.
        """
        self._executor = ThreadPoolExecutor(threads, name, None if first else _give_way)
        self._most, self._share = threads + waiting, share
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Work]] = {}
        """By client, the one whose turn is next first."""
        self._lock = threading.Lock()

    async def run(self, work: Callable[[], T], client: str = "") -> T:
        """Run `work` on a thread and return its result. Raises SiteBusyError if too much is waiting already."""
        return await asyncio.wrap_future(self.submit(work, client))

    def submit(self, work: Callable[[], T], client: str = "") -> "Future[T]":
        """Start `work`, and return its future result. Raises SiteBusyError, or ClientBusyError, likewise.

        Without a `client`, it is nobody's, and no share of anybody.
        """
        future: Future[T] = Future()
        with self._lock:
            if client and self._share and self._taken[client] >= self._share:
                raise ClientBusyError(f"{self._share} of your searches are waiting already", ADVICE)
            if self._taken.total() >= self._most:
                raise SiteBusyError("too many visitors ask for the same at once", ADVICE)
            self._taken[client] += 1
            self._waiting.setdefault(client, deque()).append((work, future))
        future.add_done_callback(lambda _: self._leave(client))
        self._executor.submit(self._run_next)
        return future

    def _run_next(self) -> None:
        with self._lock:
            client = next(iter(self._waiting))
            others = self._waiting.pop(client)
            work, future = others.popleft()
            if others:
                self._waiting[client] = others
        if future.set_running_or_notify_cancel():
            try:
                result = work()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def _leave(self, client: str) -> None:
        with self._lock:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]


def _give_way() -> None:
    # Only Linux takes a thread for a process here; elsewhere, all of this process would give way.
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
