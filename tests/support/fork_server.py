"""Runs `radio-archive` in processes of their own that need not import everything again.

A server has imported the whole program, and used nothing of it. For each run it forks: the new process has its own
memory, folder and output.
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
from pathlib import Path
from threading import Lock

SERVER = """
import atexit, contextlib, gc, json, multiprocessing, os, pkgutil, socket, sys
from importlib import import_module
import radio_archive

for module in pkgutil.walk_packages(radio_archive.__path__, "radio_archive."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
for name in ("feedparser", "ftfy", "lxml.html", "mutagen", "trafilatura", "typer._adapters"):
    with contextlib.suppress(ImportError):  # not every version of Typer has that
        import_module(name)
gc.freeze()  # or every new process would copy all of it to look for garbage
control = socket.socket(fileno=int(sys.argv[1]))

def program(arguments, folder, out, err):
    os.close(control.fileno())
    os.chdir(folder)
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["radio-archive", *arguments]
    try:
        radio_archive.cli.main()
    finally:
        atexit._run_exitfuncs()

for line in control.makefile("r", encoding="utf-8"):
    running = multiprocessing.get_context("fork").Process(target=program, args=json.loads(line))
    running.start()
    control.sendall(b"%d\\n" % running.pid)
    running.join()
    control.sendall(b"%d\\n" % running.exitcode)
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

    def run(self, arguments: Sequence[str], folder: Path, patience: float) -> tuple[int, bytes, bytes]:
        """Run the program in `folder`; return its exit code, as `subprocess` gives it, and its output.

        A TimeoutError after `patience` seconds.
        """
        with self._lock, tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            asked = [arguments, os.fspath(folder), out.name, err.name]
            self._control.settimeout(patience)
            self._control.sendall(json.dumps(asked).encode() + b"\n")
            process = int(self._answers.readline())
            try:
                code = int(self._answers.readline())
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise
            return code, out.read(), err.read()

    def close(self) -> None:
        """End the server."""
        self._answers.close()
        self._control.close()
        self._process.wait()
