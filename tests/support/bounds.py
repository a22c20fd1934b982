"""Bounds on work that hold on a busy machine: CPU seconds, and a patience that ends only what would never end."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 600.0
"""Seconds after which a test gives up waiting. It judges nothing: what it waits for comes, or would never come."""


@contextmanager
def cpu_seconds(most: float) -> Iterator[None]:
    """Fail if what is done within costs this thread more than `most` CPU seconds, however long that takes.

    `most` is many times what the work costs, and far below what it would cost if it grew with the square of its input.
    """
    began = time.thread_time()
    yield
    cost = time.thread_time() - began
    assert cost < most, f"{cost:.1f} CPU seconds, and {most:g} are the most"


def until(what: str, condition: Callable[[], T]) -> T:
    """Wait until `condition` holds, and return what it returns."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"after {PATIENCE:.0f} s still not: {what}"
        time.sleep(0.05)
    return found


def sqlite_steps(connection: sqlite3.Connection, work: Callable[[], object]) -> int:
    """Return about how many steps SQLite takes for `work`: the same on every machine."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 10
        return 0

    connection.set_progress_handler(step, 10)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return steps


def statements(connection: sqlite3.Connection, work: Callable[[], object]) -> list[str]:
    """Return the statements that SQLite runs for `work`, those of triggers aside."""
    heard: list[str] = []
    connection.set_trace_callback(lambda text: heard.append(text) if not text.startswith("--") else None)
    try:
        work()
    finally:
        connection.set_trace_callback(None)
    return heard


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file become larger, as on a disk that is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
