"""Bounds on work that hold on a busy machine: CPU seconds, and a patience that ends only what would never end."""

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
