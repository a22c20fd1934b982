"""Runs `radio-archive` in processes of their own that need not import everything again.

A server has imported the whole program, and used nothing of it. For each run it forks: the new process has its own
memory, folder and output. One that is started and not waited for has a keeper, its parent, which tells how it ended.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import POLLIN, poll
from threading import Lock
from typing import IO

SERVER = """
import atexit, contextlib, gc, json, multiprocessing, os, pkgutil, signal, socket, sys
from importlib import import_module
import radio_archive

for module in pkgutil.walk_packages(radio_archive.__path__, "radio_archive."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
for name in (
    "feedparser", "ftfy", "lxml.html", "mutagen", "trafilatura", "typer._adapters",
    # The interpreter may be where only root can read, and some run without root's rights.
    "colorsys", "encodings.idna", "filelock", "rich.console", "typer.rich_utils",
):
    with contextlib.suppress(ImportError):  # not every version of Typer has that
        import_module(name)
gc.freeze()  # or every new process would copy all of it to look for garbage
control = socket.socket(fileno=int(sys.argv[1]))

def redirect(out, err):
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)

def program(arguments, folder, out, err, nobody, more):
    os.close(control.fileno())
    os.environ.update(more)
    os.chdir(folder)
    redirect(out, err)
    if nobody and os.getuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    sys.argv = ["radio-archive", *arguments]
    try:
        radio_archive.cli.main()
    finally:
        atexit._run_exitfuncs()

def run(asked, answer):
    running = multiprocessing.get_context("fork").Process(target=program, args=asked)
    running.start()
    control.sendall(b"%d\\n" % running.pid)
    running.join()
    answer(b"%d\\n" % running.exitcode)

def keep(asked, ending):
    # Who started it closes its own ends of the pipes once it knows the number of the process.
    _, _, out, err, *rest = asked
    told = os.open(ending, os.O_WRONLY)
    redirect(out, err)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run([*asked[:2], "/dev/fd/1", "/dev/fd/2", *rest], lambda code: os.write(told, code))
    os._exit(0)

for line in control.makefile("r", encoding="utf-8"):
    *asked, ending = json.loads(line)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass  # a keeper that has ended
    if not ending:
        run(asked, control.sendall)
    elif not os.fork():
        keep(asked, ending)
"""
"""Once a run has ended, its interpreter is not taken apart: that would cost more than all the rest."""


class ForkServer:
    """A running server. Runs of the program follow one another."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVER, str(theirs.fileno())],
                env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self._answers = self._control.makefile("r", encoding="utf-8")
        self._lock = Lock()
        atexit.register(self.close)

    def run(
        self, arguments: Sequence[str], folder: Path, patience: float, more: Mapping[str, str], *, nobody: bool = False
    ) -> tuple[int, bytes, bytes]:
        """Run the program in `folder`; return its exit code, as `subprocess` gives it, and its output.

        Its environment has `more` than the server's. With `nobody`, it has no rights of root.

        A TimeoutError after `patience` seconds.
        """
        with self._lock, tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            asked = [arguments, os.fspath(folder), out.name, err.name, nobody, more, None]
            self._control.settimeout(patience)
            self._control.sendall(json.dumps(asked).encode() + b"\n")
            process = int(self._answers.readline())
            try:
                code = int(self._answers.readline())
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise
            return code, out.read(), err.read()

    def start(
        self,
        arguments: Sequence[str],
        folder: Path,
        more: Mapping[str, str],
        out: IO[bytes] | None = None,
        err: IO[bytes] | None = None,
    ) -> "Started":
        """Start the program in `folder`; what it says goes into these files, or can be read of what is returned."""
        told, ending = os.pipe()
        paths, theirs = [], [ending]
        files: list[IO[str] | None] = []
        for file in (out, err):
            if file is None:
                spoken, written = os.pipe()
                theirs.append(written)
            files.append(None if file else os.fdopen(spoken, encoding="utf-8"))
            paths.append(f"/proc/{os.getpid()}/fd/{file.fileno() if file else written}")
        with self._lock:
            self._control.settimeout(None)
            asked = [arguments, os.fspath(folder), *paths, False, more, f"/proc/{os.getpid()}/fd/{ending}"]
            self._control.sendall(json.dumps(asked).encode() + b"\n")
            process = int(self._answers.readline())
        for number in theirs:
            os.close(number)
        return Started(process, told, *files)

    def close(self) -> None:
        """End the server."""
        self._answers.close()
        self._control.close()
        self._process.wait()


class Started:
    """A program that was started, as far as it is like a `subprocess.Popen`."""

    def __init__(self, pid: int, told: int, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._told = os.fdopen(told)

    def poll(self) -> int | None:
        if self.returncode is None and self._has_ended(0):
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code; a TimeoutError where it has none after so many seconds."""
        if self.returncode is None:
            if not self._has_ended(timeout):
                raise TimeoutError
            with self._told:
                self.returncode = int(self._told.readline())
        return self.returncode

    def _has_ended(self, within: float | None) -> bool:
        # Not select: in a process with over a thousand open files, it cannot wait for one more.
        waiting = poll()
        waiting.register(self._told, POLLIN)
        return bool(waiting.poll(None if within is None else 1000 * within))

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return the rest of what it says, when it has ended."""
        with ThreadPoolExecutor() as pool:
            reading = [pool.submit(_rest, file) for file in (self.stdout, self.stderr)]
            self.wait(timeout)
            out, err = (each.result() for each in reading)
        return out, err


def _rest(file: IO[str] | None) -> str:
    if file is None or file.closed:
        return ""
    with file:
        return file.read()
