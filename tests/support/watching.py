"""Runs `radio-archive watch` as a person would, drops files into its inbox, and checks the results."""

import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.audio.container import sha256_of
from radio_archive.models import Transcript, Word, clean_text
from radio_archive.speech.replay import record
from support import audio_files as make
from support.bounds import PATIENCE, until
from support.program import COMMAND, Process, Ran, environment, ok, run, start

QUICK: Mapping[str, object] = {"settle": 0.2, "sidecar_wait": 0.1, "incomplete_wait": 3.0}
SUFFIXES = (".json", ".toml", ".txt", ".html", ".vtt", ".srt")
"""Of sidecars."""
# Imported before root's rights are dropped: the interpreter may be where only root can read.
AS_NOBODY = """
import contextlib, functools, importlib.metadata, os, sys
import radio_archive.cli.app, radio_archive.cli.display.watcher
importlib.metadata.version = functools.cache(importlib.metadata.version)
importlib.metadata.version("radio-archive")
import radio_archive.watch.watcher, radio_archive.speech.replay
import radio_archive.speech.load, radio_archive.config.reader, encodings.idna, colorsys, typer.rich_utils, rich.live
import filelock
with contextlib.suppress(radio_archive.errors.NoArchiveError):
    radio_archive.cli.app.app(["watch", "--archive", "/nowhere"], standalone_mode=False)
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
radio_archive.cli.app.run()
"""


@dataclass(frozen=True)
class Watching:
    """A watcher that runs or has ended."""

    process: Process
    stdout: Path
    stderr: Path

    @property
    def out(self) -> str:
        return self.stdout.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self.stderr.read_text(encoding="utf-8")

    @property
    def events(self) -> list[dict[str, Any]]:
        """What --log-json has logged so far."""
        return [json.loads(line) for line in self.out.splitlines(keepends=True) if line.endswith("\n")]

    def says(self, text: str) -> None:
        """Wait until it has said something."""
        until(f"it says {text!r}", lambda: text in self.out + self.err or self.process.poll() is not None)
        assert text in self.out + self.err, self.out + self.err

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Station:
    """An archive with an inbox, a folder where recordings are made, and a model that knows all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive, self.desk = folder / "archive", folder / "desk"
        self.inbox = self.archive / "inbox"
        self._heard: dict[str, Transcript] = {}
        self._replay = folder / "replay.json"
        self._made = itertools.count()
        self.desk.mkdir()
        Archive.create(self.archive, "").close()
        self.set()
        self.know()

    @property
    def model(self) -> str:
        return f"replay:{self._replay}"

    def set(self, **values: object) -> None:
        """Write quick settings, changed by `values`."""
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in {**QUICK, **values}.items()]
        (self.archive / "radio-archive.toml").write_text("[watch]\n" + "".join(lines), encoding="utf-8")

    def know(self, *paths: Path) -> None:
        """Make the model know these files: their transcripts are their names. Running watchers do not notice."""
        for path in paths:
            word = Word(0.0, 0.1, f" {clean_text(path.stem)}", 0.9)
            self._heard[sha256_of(path)] = Transcript((word,), "en", model="known")
        record(self._heard, self._replay)

    def make(self, *names: str) -> list[Path]:
        """Make a tiny recording for each name, with different content."""
        made = []
        for name in names:
            path = self.desk / name
            samples = make.tone(0.2, 8_000, hertz=300.0 + 7 * next(self._made))
            kind = make.mp3 if path.suffix == ".mp3" else make.wav
            made.append(kind(path, rate=8_000, samples=samples))
        self.know(*made)
        return made

    def drop(self, path: Path, name: str | None = None, folder: Path | None = None) -> Path:
        """Put a copy of a file into the inbox at once, and return its path."""
        target = (folder or self.inbox) / (name or path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(".half")
        shutil.copy(path, half)
        return half.rename(target)

    @contextmanager
    def watching(
        self,
        *arguments: object,
        model: str | None = None,
        nobody: bool = False,
        env: dict[str, str] | None = None,
        within: Sequence[str] = (),
    ) -> Iterator[Watching]:
        """Run a watcher until the end of the block; with `nobody`, without root's rights.

        `within` is a command that runs it.
        """
        arguments = ("watch", *arguments, "--archive", self.archive, "--model", model or self.model)
        logs = self.folder / f"log-{time.monotonic_ns()}"
        logs.mkdir()
        with (logs / "out").open("wb") as out, (logs / "err").open("wb") as err:
            if within or nobody:
                command = [*within, *([sys.executable, "-c", AS_NOBODY] if nobody else COMMAND), *map(str, arguments)]
                process: Process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    encoding="utf-8",
                    env=env or environment(),
                )
            else:
                process = start(*arguments, out=out, err=err, env=env)
        watching = Watching(process, logs / "out", logs / "err")
        try:
            yield watching
            if process.poll() is None:
                watching.stop()
        finally:
            process.kill()
            process.wait()
            assert "Traceback" not in watching.err, watching.err

    def once(self, *arguments: object, model: str | None = None) -> Ran:
        """Run `watch --once` to its end."""
        return run("watch", "--once", *arguments, "--archive", self.archive, "--model", model or self.model)

    def intake(self, *arguments: object) -> Ran:
        """Run `intake`, which must succeed."""
        return ok("intake", "--archive", self.archive, *arguments)

    def query(self, sql: str, *values: object) -> list[Any]:
        """Read from the database, while others may write to it."""
        with closing(sqlite3.connect(f"file:{self.archive / 'archive.db'}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        """Write to the database without the program."""
        with closing(sqlite3.connect(self.archive / "archive.db")) as db, db:
            db.execute(sql, values)

    def states(self) -> dict[str, str]:
        """Return the state of each file in the queue, by its name."""
        return {path.rpartition("/")[2]: state for path, state in self.query("SELECT path, state FROM intake")}

    def saw(self, path: Path) -> None:
        """Wait until the watcher knows how large a file is now."""
        size = path.stat().st_size
        until(
            f"it has seen {size} bytes",
            lambda: (path.name, size) in [(Path(p).name, n) for p, n in self.query("SELECT path, size FROM intake")],
        )

    def until(self, **states: str) -> None:
        """Wait until the files with these stems are in these states."""

        def reached() -> bool:
            found = {Path(name).stem: state for name, state in self.states().items()}
            return all(found.get(stem) == state for stem, state in states.items())

        try:
            until(f"{states}", reached)
        except AssertionError as error:
            rows = self.query("SELECT path, state, attempts, next_attempt, error, waits_for FROM intake")
            raise AssertionError(f"{error}; it is {rows}") from None

    def digests(self) -> list[str]:
        """Return the digest of each archived clip's recording."""
        rows = self.query("SELECT sha256 FROM recordings JOIN clip_recordings ON recording_id = recordings.id")
        return sorted(sha256 for (sha256,) in rows)

    def left(self) -> list[str]:
        """Return the names of all files that are in the inbox, hidden ones too."""
        return files(self.inbox)

    def sidecars(self, name: str) -> dict[str, bytes]:
        """Return the sidecars kept with the clip of that recording, by name."""
        rows = self.query(
            """SELECT sidecars.name, content FROM sidecars
               JOIN clip_recordings USING (clip_id) JOIN recordings ON recordings.id = recording_id
               WHERE original_name = ?""",
            name,
        )
        return dict(rows)

    def holds(self, *recordings: Path) -> None:
        """Assert that exactly these recordings are archived, each once, unchanged, and nothing is half-written."""
        assert self.digests() == sorted(map(sha256_of, recordings))
        stored = [path for path in (self.archive / "media").rglob("*") if path.is_file()]
        assert sorted(path.stem for path in stored) == sorted(map(sha256_of, recordings))
        assert all(sha256_of(path) == path.stem for path in stored)


def files(folder: Path) -> list[str]:
    """Return all files below a folder, by their path from there. Folders may vanish meanwhile."""
    found = [Path(here) / name for here, folders, names in os.walk(folder) for name in (*folders, *names)]
    return sorted(path.relative_to(folder).as_posix() for path in found if not path.is_dir())
