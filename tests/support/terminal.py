"""A program in a pseudo-terminal, as a person at the keyboard sees it."""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.bounds import PATIENCE
from support.program import COMMAND

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\r\x07\x0f]")
"""Colours and movements of the cursor."""


@dataclass
class Terminal:
    """A program that runs; `seen` is all that it has written, without colours."""

    process: subprocess.Popen[bytes]
    _end: int
    seen: str = ""
    _unread: int = field(default=0)

    def expect(self, text: str) -> str:
        """Wait until `text` comes after what was waited for before, and return what came up to its end."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen[self._unread :]:
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.seen!r}"
            assert self._read(), f"the program ended without {text!r}: {self.seen!r}"
        begin, self._unread = self._unread, self.seen.index(text, self._unread) + len(text)
        return self.seen[begin : self._unread]

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def end(self) -> int:
        """Read to the program's end, and return its exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 1.0)
        if not ready:
            return True
        try:
            came = os.read(self._end, 65_536)
        except OSError:
            # Linux's way of saying that nobody has the other end any more.
            return False
        self.seen += _CONTROLS.sub("", came.decode("utf-8", "replace"))
        return bool(came)


@contextmanager
def terminal(*arguments: object, env: Mapping[str, str]) -> Iterator[Terminal]:
    """Run `radio-archive` in a terminal of its own."""
    import pty

    ours, theirs = pty.openpty()
    words = [os.fspath(one) if isinstance(one, Path) else str(one) for one in arguments]
    process = subprocess.Popen(
        [*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env={"COLUMNS": "200", **env, "TERM": "xterm"},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
        os.close(ours)
