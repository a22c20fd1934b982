"""A watcher that is killed every few seconds while clips pour into its inbox: is any lost, archived twice, left over?

Clips are replaced by others of the same size and time on their way, links to the originals are put where it works, and
at times its disk is full.

    python benchmarks/soak.py --clips 2000 --kill-every 3

README.md beside this file says how the clips come in and what is counted.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from machine import this_machine

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.audio.container import sha256_of
from radio_archive.models import IntakeState, Transcript, Word
from radio_archive.speech.replay import record

SETTINGS = "[watch]\nsettle = 0.5\nsidecar_wait = 0.2\n"
RATE = 8_000
SECONDS = 0.25
BURST = 50
SHOW = "Harbor Watch"
"""A folder in the inbox."""
ENDED = (IntakeState.ARCHIVED, IntakeState.DUPLICATE, IntakeState.VANISHED)
FULL = 2_048
"""Bytes that the watcher can write to a file where the disk is full to it: less than any clip has."""
STUCK = 180.0
"""Seconds without a clip after which killing ends."""


@dataclass
class Soak:
    """What came of it; `lost`, `duplicated` and `stray` must be 0."""

    clips: int
    kills: int
    seconds: float
    lost: int
    duplicated: int
    stray: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.stray)


@dataclass
class Feeder:
    """Drops clips into an inbox as stations do: in bursts, some slowly, some renamed into place, some with sidecars."""

    inbox: Path
    clips: Sequence[Path]
    chance: random.Random
    folder: threading.Lock
    """Held while something is put into `SHOW`, which a vandal may have exchanged."""
    sidecars: set[str] = field(default_factory=set)
    """The names of those dropped."""
    twice: set[str] = field(default_factory=set)
    """The digests of clips that were dropped twice, as the first may have been replaced in time."""

    def feed(self) -> None:
        """Drop all of them; several at once, as the slow ones take their time."""
        slow: list[threading.Thread] = []
        for start in range(0, len(self.clips), BURST):
            burst = list(self.clips[start : start + BURST])
            while burst:
                clip = burst.pop()
                if burst and self.chance.random() < 0.1:
                    thread = threading.Thread(target=self._replace, args=(clip, burst.pop(), self.chance.random()))
                    thread.start()
                    slow.append(thread)
                else:
                    slow += self._drop(clip)
            time.sleep(self.chance.uniform(0, 2))
        for thread in slow:
            thread.join()

    def _drop(self, clip: Path) -> list[threading.Thread]:
        target = self.inbox / clip.name
        way = self.chance.random()
        if way < 0.1:
            thread = threading.Thread(target=_copy_slowly, args=(clip, target))
            thread.start()
            return [thread]
        if way < 0.4:
            half = target.with_suffix(".wav.part")
            shutil.copy(clip, half)
            half.rename(target)
        elif way < 0.6:
            self._put_beside(target, ".json")
            shutil.copy(clip, target)
        elif way < 0.7:
            shutil.copy(clip, target)
            self._put_beside(target, ".txt")
        elif way < 0.8:
            with self.folder:
                (self.inbox / SHOW).mkdir(exist_ok=True)
                shutil.copy(clip, self.inbox / SHOW / clip.name)
        else:
            shutil.copy(clip, target)
        return []

    def _replace(self, old: Path, new: Path, after: float) -> None:
        """Drop a clip, and put another of the same size and time in its place, wherever it is on its way."""
        target = self.inbox / old.name
        half = target.with_name(f"{new.name}.part")
        shutil.copy(old, target)
        seen = target.stat()
        self.twice.add(sha256_of(old))
        time.sleep(2 * after)
        shutil.copy(new, half)
        os.utime(half, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        half.rename(target)
        shutil.copy(old, target.with_name(f"again {old.name}"))

    def _put_beside(self, target: Path, suffix: str) -> None:
        sidecar = target.with_suffix(suffix)
        sidecar.write_text(f"what is said in {target.stem}", encoding="utf-8")
        self.sidecars.add(sidecar.name)


@dataclass
class Vandal:
    """Puts links to the originals where the watcher works, all the time: it may follow none. A context manager."""

    archive: Path
    chance: random.Random
    folder: threading.Lock
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Vandal":
        self._thread = threading.Thread(target=self._vandalize)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join()

    def _vandalize(self) -> None:
        hidden, show = self.archive / "inbox" / ".radio-archive", self.archive / "inbox" / SHOW
        while not self.ended.wait(self.chance.uniform(0, 2)):
            with suppress(OSError):
                hidden.symlink_to(self.archive / "media")
            with self.folder, suppress(FileNotFoundError):
                away = show.rename(self.archive / "away")
                show.symlink_to(self.archive / "media")
                time.sleep(self.chance.uniform(0, 0.2))
                show.unlink()
                away.rename(show)
        with suppress(OSError):
            hidden.unlink()


def _copy_slowly(clip: Path, target: Path) -> None:
    content = clip.read_bytes()
    with target.open("wb", buffering=0) as file:
        for start in range(0, len(content), 512):
            file.write(content[start : start + 512])
            time.sleep(0.1)


def make_clips(folder: Path, number: int) -> list[Path]:
    """Write `number` tiny recordings, no two alike."""
    folder.mkdir()
    moments = np.arange(round(SECONDS * RATE)) / RATE
    paths = [folder / f"clip {n:05}.wav" for n in range(number)]
    for n, path in enumerate(paths):
        samples = (8_000 * np.sin(2 * np.pi * (200 + n / 4) * moments)).astype("<i2")
        # Where two tones are too close for 16 bits, the number tells them apart.
        samples[:2] = divmod(n, 1_000)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
    return paths


def watch_and_kill(archive: Path, model: str, feeding: threading.Thread, every: float, chance: random.Random) -> int:
    """Start the watcher and kill it, again and again, until all is archived. Returns how often it was killed."""
    kills, done, last = 0, 0, time.monotonic()
    while feeding.is_alive() or files(archive / "inbox"):
        process = start(archive, model)
        try:
            time.sleep(every * chance.uniform(0.25, 0.75))
            if chance.random() < 0.3:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))
            time.sleep(every * chance.uniform(0.25, 0.75))
            ended = process.poll()
            if ended is not None:
                raise SystemExit(f"the watcher ended by itself, with exit code {ended}")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills += 1
        before, done = done, archived(archive)
        say(f"  killed {kills} times: {done} archived")
        if done > before:
            last = time.monotonic()
        elif time.monotonic() - last > STUCK:
            say(f"  nothing was archived for {STUCK:.0f} s: the rest goes undisturbed")
            break
    return kills


def start(archive: Path, model: str, *more: str) -> subprocess.Popen[bytes]:
    """Start the watcher; what it complains of is shown."""
    command = [sys.executable, "-m", "radio_archive", "watch", "--archive", str(archive), "--model", model, *more]
    environment = {name: value for name, value in os.environ.items() if name != "RADIO_ARCHIVE"}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment)


def archived(archive: Path) -> int:
    with Archive(archive, read_only=True) as opened:
        return intake.counts(opened)[IntakeState.ARCHIVED]


def judge(archive: Path, clips: Iterable[Path], sidecars: set[str], twice: set[str]) -> tuple[int, int, int]:
    """Return how many files are lost, how many are there more than once, and how many should not be there.

    Those in `twice` may be in duplicates/.
    """
    wanted = {sha256_of(clip) for clip in clips}
    with Archive(archive, read_only=True) as opened:
        rows = "SELECT sha256 FROM clip_recordings JOIN recordings ON recordings.id = recording_id"
        found = Counter(sha256 for (sha256,) in opened.db.execute(rows))
        kept = Counter(name for (name,) in opened.db.execute("SELECT name FROM sidecars"))
        states = intake.counts(opened)
    media = {path: sha256_of(path) for path in files(archive / "media")}
    lost = len(wanted - found.keys()) + len(wanted - set(media.values())) + len(sidecars - kept.keys())
    aside = [sha256_of(path) for path in files(archive / "duplicates") if path.suffix == ".wav"]
    duplicated = (found + kept).total() - len(found) - len(kept) + sum(digest not in twice for digest in aside)
    left_over = [path for path, digest in media.items() if digest not in found]
    left_over += [*files(archive / "inbox"), *files(archive / "failed"), *archive.rglob(".radio-archive*")]
    unfinished = sum(number for state, number in states.items() if state not in ENDED)
    return lost, duplicated, len(left_over) + unfinished


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def soak(folder: Path, number: int, every: float, seed: int) -> Soak:
    """Feed and kill until all is archived, in an empty folder, and say what came of it."""
    clips = make_clips(folder / "desk", number)
    transcripts = {sha256_of(clip): Transcript((Word(0.0, 0.2, clip.stem, 0.9),), "en", model="x") for clip in clips}
    record(transcripts, folder / "replay.json")
    archive = folder / "archive"
    Archive.create(archive, SETTINGS).close()
    ways, moments = (random.Random(seed + n) for n in range(2))  # noqa: S311 - nothing is secret here
    exchanged = threading.Lock()
    feeder = Feeder(archive / "inbox", clips, ways, exchanged)
    feeding = threading.Thread(target=feeder.feed, daemon=True)
    started = time.monotonic()
    feeding.start()
    model = f"replay:{folder / 'replay.json'}"
    with Vandal(archive, random.Random(seed + 2), exchanged):  # noqa: S311 - nothing is secret here
        kills = watch_and_kill(archive, model, feeding, every, moments)
    start(archive, model, "--once").wait()
    seconds = round(time.monotonic() - started, 1)
    return Soak(number, kills, seconds, *judge(archive, clips, feeder.sidecars, feeder.twice))


def say(text: str) -> None:
    """Print at once, so that a long run shows where it is."""
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    """Soak, print what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(description="Kill the watcher again and again while clips come in.")
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument(
        "--kill-every",
        type=float,
        default=3.0,
        metavar="SECONDS",
        help="on average; it takes nearly 2 to start and to find that files are whole",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the moments and the ways in which clips come")
    parser.add_argument("--output", type=Path, help="keep the result here, as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        result = soak(Path(folder), options.clips, options.kill_every, options.seed)
    say(f"{result.clips} clips, {result.kills} kills, {result.seconds} s")
    say(f"lost {result.lost}, duplicated {result.duplicated}, stray {result.stray}")
    if options.output:
        document = {"machine": asdict(this_machine("cpu")), "soak": asdict(result)}
        options.output.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if result.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
