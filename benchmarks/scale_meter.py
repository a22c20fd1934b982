"""Measures what one piece of work costs, in a process of its own: what SQLite does, what is read, CPU time, memory.

Two measures are the same each time, on a busy machine too, so that others can be judged by them:

    steps   of SQLite's virtual machine, of all connections, in hundreds
    pages   of 4,096 bytes that the process reads from files, code aside. What a connection has in its cache it does
            not read again; what the system has in its own cache counts. Full-text search takes few steps, many pages.

Linux only: `/proc/self/io` counts the bytes, and `/proc/self/clear_refs` starts the peak of memory anew.
"""

import json
import os
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

PAGE = 4_096
EVERY = 100
"""Steps between two counts: SQLite counts on where a statement that is kept is run again."""
_RESET_PEAK = "5"
"""What `clear_refs` takes to start the peak anew (proc_pid_clear_refs(5))."""


class MeasuredWorkError(Exception):
    """What was to be measured failed; the text is its traceback."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work costs. `megabytes` is the memory at its peak beyond that of the idle process."""

    steps: int
    pages: int
    cpu_seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class _Begun:
    """What had been counted when the work began."""

    steps: int = 0
    bytes: int = 0
    cpu_seconds: float = 0.0
    kilobytes: int = 0


_steps = 0
_imported = 0
_begun = _Begun()


class _Counting(sqlite3.Connection):
    """A connection whose steps are counted; a handler of the program's own is called as often as it asked for."""

    _handler: Callable[[], object] | None = None
    _each = _since = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        super().set_progress_handler(self._count, EVERY)

    def set_progress_handler(self, handler: Callable[[], object] | None, n: int) -> None:
        self._handler, self._each, self._since = handler, n, 0

    def _count(self) -> int:
        global _steps
        _steps += EVERY
        self._since += EVERY
        if self._handler is None or self._since < self._each:
            return 0
        self._since = 0
        return int(bool(self._handler()))


def measured(work: Callable[[], object], *, counting: bool = True) -> Cost:
    """Return the cost of `work`, which is done in a fork of this process; what it prints is lost.

    Without `counting`, steps and pages are 0, and nothing slows the work down. Raises MeasuredWorkError.
    """
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if not child:
            _answer(work, counting, answer.fileno())
        os.waitpid(child, 0)
        answer.seek(0)
        found = json.loads(answer.read() or '{"failed": "it ended"}')
    if "failed" in found:
        raise MeasuredWorkError(found["failed"])
    return Cost(**found)


def _answer(work: Callable[[], object], counting: bool, answer: int) -> None:
    """Do the work in this process, write its cost, and end."""
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silence, stream)
        found: dict[str, object] = asdict(_cost(work, counting))
    except BaseException:
        found = {"failed": traceback.format_exc()}
    os.write(answer, json.dumps(found).encode())
    # At once: threads of the work may still wait for more.
    os._exit(0)


def begin() -> None:
    """Begin to count: work may call this when what it needs is there. What was done before does not count."""
    global _begun
    # Not every container lets it: then the peak may be that of the start.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    _begun = _Begun(_steps, _bytes_read() - _imported, time.process_time(), _memory("VmRSS"))


def _cost(work: Callable[[], object], counting: bool) -> Cost:
    if counting:
        _count_all()
    begin()
    work()
    sys.stdout.flush()
    cpu, peak = time.process_time() - _begun.cpu_seconds, _memory("VmHWM") - _begun.kilobytes
    pages = (_bytes_read() - _imported - _begun.bytes) // PAGE if counting else 0
    return Cost(_steps - _begun.steps, pages, round(cpu, 3), round(max(0, peak) / 1e3, 1))


def _count_all() -> None:
    """Count the steps of each connection that is opened from now on, and what is read of code."""
    connect, get_data = sqlite3.connect, SourceFileLoader.get_data

    def counted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        options.setdefault("factory", _Counting)
        connection: sqlite3.Connection = connect(*arguments, **options)
        return connection

    def noted(loader: SourceFileLoader, path: str) -> bytes:
        global _imported
        content = get_data(loader, path)
        _imported += len(content)
        return content

    sqlite3.connect = counted  # type: ignore[assignment]
    SourceFileLoader.get_data = noted  # type: ignore[method-assign,assignment]


def _bytes_read() -> int:
    with open("/proc/self/io", encoding="ascii") as lines:  # noqa: PTH123
        return int(lines.read().partition("rchar:")[2].split()[0])


def _memory(which: str) -> int:
    """Return this process's memory in kilobytes."""
    with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123
        return int(lines.read().partition(f"{which}:")[2].split()[0])
