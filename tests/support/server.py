"""Runs `radio-archive serve` as a person would."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from support.bounds import PATIENCE
from support.program import Process, start


@dataclass
class Serving:
    """A server that runs; `address` ends with a slash."""

    address: str
    process: Process

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.address + path.lstrip("/"), headers=headers, timeout=PATIENCE)

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal, and return the exit code and standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.wait(), said


@contextmanager
def serving(folder: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Serving]:
    """Serve the archive in `folder` on a free port."""
    process = start("serve", "--archive", folder, "--port", 0, *options, env=env)
    try:
        yield Serving(_first_word(process.stdout), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


def _first_word(stream: IO[str] | None) -> str:
    assert stream is not None
    line = stream.readline()
    assert line.startswith("http://127.0.0.1:"), line
    return line.split()[0]
