"""Runs the user's command after each clip: a list of arguments, no shell. A failure undoes nothing."""

import difflib
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from typing import IO

from radio_archive.errors import ConfigError

NAMES = ("clip", "title", "show", "reporter", "date", "media", "file", "archive")
OK = "ok"
POLL = 0.2
"""Seconds between a waiting thread's checks for a stop."""


def require_known(command: Sequence[str]) -> None:
    """Raise ConfigError if `command` has an unknown placeholder."""
    for name in re.findall(r"{(\w*)}", " ".join(command)):
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, 1)
            known = ", ".join(f"{{{known}}}" for known in NAMES)
            advice = f"Did you mean {{{close[0]}}}?" if close else f"It can have {known}."
            raise ConfigError(f"watch.command has {{{name}}}", advice)


class HookRunner:
    """Runs the command for one clip after another on a thread. A context manager; what has not run is run next time."""

    def __init__(self, command: Sequence[str], timeout: float, folder: Path) -> None:
        """`timeout` is in seconds; the command runs in `folder`. Raises ConfigError for an unknown placeholder."""
        require_known(command)
        self._command, self._timeout, self._folder = command, timeout, folder
        self._pool = ThreadPoolExecutor(1, "command")
        self._waiting: deque[tuple[Path, Future[str]]] = deque()
        self._stopped = Event()

    @property
    def wanted(self) -> bool:
        return bool(self._command)

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def run(self, path: Path, values: Mapping[str, str]) -> None:
        """Queue the command for the clip of the file `path`; `values` fill its placeholders."""
        filled = [re.sub(r"{(\w+)}", lambda name: values.get(name[1], ""), part) for part in self._command]
        self._waiting.append((path, self._pool.submit(self._run, filled)))

    def done(self) -> Iterator[tuple[Path, str]]:
        """Yield the files whose command has ended since the last call, each with `ok` or the problem."""
        while self._waiting and self._waiting[0][1].done():
            path, future = self._waiting.popleft()
            if not future.cancelled():
                yield path, future.result()

    def __enter__(self) -> "HookRunner":
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, command: Sequence[str]) -> str:
        # Into a file: a process that the command leaves running would keep a pipe open.
        try:
            with TemporaryFile() as stderr:
                return self._outcome(command, stderr)
        except (OSError, ValueError) as error:
            return f"cannot run {command[0]}: {error}"

    def _outcome(self, command: Sequence[str], stderr: IO[bytes]) -> str:
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        waited = 0.0
        while True:
            try:
                process.wait(POLL)
            except subprocess.TimeoutExpired:
                waited += POLL
                if waited < self._timeout and not self._stopped.is_set():
                    continue
                _kill(process)
                return f"stopped after {waited:.0f} s"
            if process.returncode:
                stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - 4096))
                last = (stderr.read().decode("utf-8", "replace").strip().splitlines() or [""])[-1][:200]
                return f"exit code {process.returncode}{': ' + last if last else ''}"
            return OK


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command, and on POSIX its children too."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
