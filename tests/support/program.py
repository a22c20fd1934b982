"""Runs `radio-archive` as a person would: as a program, from the outside."""

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from support.bounds import PATIENCE
from support.fork_server import ForkServer, Started

COMMAND = [sys.executable, "-m", "radio_archive"]
FIXTURES = Path(__file__).parents[2] / "fixtures"
CLIPS = FIXTURES / "clips"
REPLAY = f"replay:{FIXTURES / 'transcripts.json'}"
"""A model that knows the fixture clips and answers with recorded words: quick, and the same on every machine."""
PEAK_MEMORY = '''
def peak_memory():
    """Return the most memory that this program had so far, in KiB."""
    # Of this program only: getrusage also counts the memory of its parent.
    with open("/proc/self/status") as status:
        return int(status.read().partition("VmHWM:")[2].split()[0])
'''
"""Code to put before a small program whose memory a test measures; Linux only."""


@dataclass(frozen=True)
class Ran:
    """A finished run of the program."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment, without variables that change the program's behaviour."""
    left_out = {"RADIO_ARCHIVE", "FORCE_COLOR", "PYTEST_CURRENT_TEST"}
    engine = ("RADIO_ARCHIVE_ENGINE_", "RADIO_ARCHIVE_CLUSTER_")
    kept = {key: value for key, value in os.environ.items() if key not in left_out and not key.startswith(engine)}
    # There no default archive is kept.
    return {**kept, "PYTHONUTF8": "1", "XDG_CONFIG_HOME": str(FIXTURES / "no-config"), **more}


USUAL = environment()
_WHEN_IT_RUNS = frozenset({"BROWSER", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PATH", "RADIO_ARCHIVE", "XDG_CONFIG_HOME"})
"""What is read of the environment while the program runs. The rest may be read when an interpreter starts, or a module
is imported."""


def _more(env: Mapping[str, str]) -> dict[str, str] | None:
    """Return what an environment has that the usual one has not; None if only a new interpreter can have it."""
    more = {name: value for name, value in env.items() if USUAL.get(name) != value}
    is_read_late = all(name in _WHEN_IT_RUNS or name.startswith("RADIO_ARCHIVE_") for name in more)
    return more if sys.platform == "linux" and is_read_late and env.keys() >= USUAL.keys() else None


@functools.cache
def fork_server() -> ForkServer:
    """Return this process's server, which has the usual environment."""
    return ForkServer(USUAL)


Process = subprocess.Popen[str] | Started


def start(
    *arguments: object, out: IO[bytes] | None = None, err: IO[bytes] | None = None, env: dict[str, str] | None = None
) -> Process:
    """Start `radio-archive`, as from a terminal: Ctrl-C ends it. What it says goes into these files, or into pipes."""
    words = _words(arguments)
    env = env or environment()
    more = _more(env)
    if more is not None:
        return fork_server().start(words, Path.cwd(), more, out, err)
    return subprocess.Popen(
        [*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=out or subprocess.PIPE, stderr=err or subprocess.PIPE,
        encoding="utf-8", env=env, preexec_fn=heed_interrupts,
    )  # fmt: skip


def run(*arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> Ran:
    """Run `radio-archive` to its end. It must never show a traceback."""
    words = _words(arguments)
    env = env or environment()
    more = _more(env)
    if more is not None:
        code, out, err = fork_server().run(words, cwd or Path.cwd(), PATIENCE, more)
    else:
        done = subprocess.run(
            [*COMMAND, *words], cwd=cwd, env=env, capture_output=True, timeout=PATIENCE, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        code, out, err = done.returncode, done.stdout, done.stderr
    ran = Ran(code, _text(out), _text(err))
    assert "Traceback" not in ran.err, ran.err
    return ran


def _words(arguments: Iterable[object]) -> list[str]:
    return [os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments]


def heed_interrupts() -> None:
    """What a shell runs in the background ignores SIGINT, and so would all that the tests start from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def ok(*arguments: object, cwd: Path | None = None) -> Ran:
    """Run `radio-archive`, which must succeed."""
    ran = run(*arguments, cwd=cwd)
    assert ran.code == 0, ran.err
    return ran


def truths(home: Path = FIXTURES) -> list[dict[str, Any]]:
    """Return the true text and times of each fixture clip, or of each in another set of clips."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((home / "truth").glob("*.json"))]
