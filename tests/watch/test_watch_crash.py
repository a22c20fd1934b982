"""A watcher killed at any moment loses no file, archives none twice, and leaves nothing half-done."""

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support import faults
from support.audio_files import mp3, tone, wav
from support.bounds import PATIENCE, until
from support.program import COMMAND, Process, environment, ok, run, start

from radio_archive.archive import intake
from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.clips import read
from radio_archive.audio.container import sha256_of
from radio_archive.config.reader import read_settings
from radio_archive.events import Started
from radio_archive.models import IntakeState as State
from radio_archive.models import Transcript, Word
from radio_archive.speech.engine import EngineReport, PreparedClip
from radio_archive.speech.replay import ReplayTranscriber, record
from radio_archive.watch.folders import is_recording
from radio_archive.watch.watcher import FolderWatcher

QUICK = "[watch]\nsettle = 0.05\nsidecar_wait = 0.0\n"
BUSY = "[watch]\nsettle = 0.2\nsidecar_wait = 0.1\n"
"""Folder of files that are still being written."""


@dataclass(frozen=True)
class Station:
    """An archive with its inbox, and the expected final place of every file."""

    folder: Path
    model: str
    clips: frozenset[str]
    """The digests of all recordings."""
    duplicates: Mapping[str, int] = field(default_factory=dict)
    """Number of extra copies of each recording, by its digest."""
    failed: frozenset[str] = frozenset()
    """Names in failed/ of files that are not audio, and of their sidecars."""
    sidecars: Sequence[tuple[str, str, bytes]] = ()
    """(digest of its recording, name, content) of each sidecar."""

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def watch(self) -> list[str]:
        return ["watch", "--archive", str(self.folder), "--model", self.model]

    def set(self, key: str, value: str) -> None:
        """Change a setting of the watcher."""
        (self.folder / "radio-archive.toml").write_text(f"{QUICK}{key} = '{value}'\n", encoding="utf-8")


def heard_by_name(paths: Sequence[Path], replay: Path) -> str:
    """Return a model whose transcript of each file is the file's name."""
    transcripts = {sha256_of(path): Transcript((Word(0.0, 0.4, path.stem, 0.9),), "en", model="x") for path in paths}
    record(transcripts, replay)
    return f"replay:{replay}"


def files(folder: Path) -> list[Path]:
    """Return the files in a folder, also while a watcher takes files and folders out of it."""
    return [Path(place, name) for place, _, names in os.walk(folder) for name in names]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """A station to be copied: one clip archived, every kind of file in its inbox, older ones set aside."""
    desk = tmp_path_factory.mktemp("desk")
    folder, inbox = desk / "archive", desk / "archive" / "inbox"
    Archive.create(folder, QUICK).close()
    names = ["alpha", "bravo", "charlie", "earlier"]
    made = [mp3(desk / f"{name}.mp3", samples=tone(1.0, hertz=300 + 40 * n)) for n, name in enumerate(names)]
    alpha, bravo, charlie, earlier = made
    model = heard_by_name(made, desk / "replay.json")
    ok("add", earlier, "--archive", folder, "--model", model)
    shutil.copy(earlier, inbox / "again.mp3")
    (inbox / "broken.mp3").write_bytes(b"Yesterday's is no sound.")
    assert run("watch", "--once", "--archive", folder, "--model", model).code == 1
    shutil.copy(earlier, inbox / "again.mp3")
    (inbox / "broken.mp3").write_bytes(b"This is no sound either.")
    (inbox / "broken.json").write_bytes(b"[]")
    shutil.copy(alpha, inbox)
    (inbox / "alpha.json").write_bytes(b"{}")
    (inbox / "alpha.txt").write_bytes(b"What alpha says.")
    shutil.copy(bravo, inbox)
    (inbox / "Harbor Watch").mkdir()
    shutil.copy(charlie, inbox / "Harbor Watch")
    (inbox / "Harbor Watch" / "charlie.toml").write_bytes(b"at = 1")
    return Station(
        folder,
        model,
        clips=frozenset(map(sha256_of, made)),
        duplicates={sha256_of(earlier): 2},
        failed=frozenset({"broken.mp3", "broken (2).mp3", "broken (2).json"}),
        sidecars=[
            (sha256_of(alpha), "alpha.json", b"{}"),
            (sha256_of(alpha), "alpha.txt", b"What alpha says."),
            (sha256_of(charlie), "charlie.toml", b"at = 1"),
        ],
    )


@pytest.fixture
def station(morning: Station, tmp_path: Path) -> Station:
    return replace(morning, folder=Path(shutil.copytree(morning.folder, tmp_path / "archive")))


def kill_at(point: str, station: Station) -> None:
    """Run a watcher that kills itself at a given point of its code."""
    command = [sys.executable, faults.__file__, point, "--", *station.watch, "--once"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False)
    assert done.returncode == -signal.SIGKILL, f"{point}: never reached\n{done.stdout}{done.stderr}"


def go_on(station: Station) -> None:
    """Run the same command again, as a person would."""
    ran = run(*station.watch, "--once")
    assert ran.code in {0, 1}, ran.err


def all_has_left(station: Station) -> bool:
    """Whether the inbox is empty, and the queue, which follows a moment later, says so."""
    if files(station.inbox):
        return False
    with Archive(station.folder, read_only=True) as archive:
        return all(entry.left_at for entry in intake.files(archive))


def assert_nothing_lost_nothing_twice(station: Station) -> None:
    assert files(station.inbox) == []
    with Archive(station.folder, read_only=True) as archive:
        assert sorted(clip.recording.sha256 for clip in read.clips(archive)) == sorted(station.clips)
        entries = list(intake.files(archive))
    assert {entry.state for entry in entries} <= {State.ARCHIVED, State.DUPLICATE, State.FAILED}
    assert [entry.path for entry in entries if entry.left_at is None] == []
    assert len({entry.moved_to for entry in entries if entry.moved_to}) == sum(1 for e in entries if e.moved_to)
    assert all(entry.moved_to.is_file() for entry in entries if entry.moved_to)
    media = files(station.folder / "media")
    assert sorted(sha256_of(path) for path in media) == sorted(path.stem for path in media) == sorted(station.clips)
    assert_set_aside_once_with_reasons(station)
    assert_database_is_sound(station)
    assert_nothing_temporary(station.folder)


def assert_nothing_temporary(folder: Path) -> None:
    assert list(folder.rglob(".radio-archive*")) == []
    assert list(folder.rglob(".incoming/*")) == []


def assert_set_aside_once_with_reasons(station: Station) -> None:
    failed, duplicates = files(station.folder / "failed"), files(station.folder / "duplicates")
    reasons = [f"{name}.txt" for name in station.failed if is_recording(Path(name))]
    assert sorted(path.name for path in failed) == sorted([*station.failed, *reasons])
    assert all("could not be archived" in path.read_text() for path in failed if path.name in reasons)
    copies = [path for path in duplicates if is_recording(path)]
    assert Counter(map(sha256_of, copies)) == station.duplicates
    assert sorted(duplicates) == sorted([*copies, *(path.with_name(f"{path.name}.txt") for path in copies)])
    assert all("is archived already" in path.read_text() for path in duplicates if path not in copies)


def assert_database_is_sound(station: Station) -> None:
    with closing(sqlite3.connect(station.folder / "archive.db")) as db, db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO segments_fts (segments_fts, rank) VALUES ('integrity-check', 1)")
        kept = db.execute(
            """SELECT recordings.sha256, sidecars.name, sidecars.content FROM sidecars
               JOIN clip_recordings USING (clip_id) JOIN recordings ON recordings.id = recording_id"""
        ).fetchall()
    assert sorted(kept) == sorted(station.sidecars)


@pytest.mark.parametrize("point", faults.POINTS)
def test_killed_at(point: str, station: Station) -> None:
    kill_at(point, station)
    go_on(station)
    assert_nothing_lost_nothing_twice(station)


@pytest.mark.parametrize("point", ["taking: taken", "storing: committed", "leaving: before it is moved out"])
def test_killed_and_a_file_replaced_by_one_of_the_same_size_and_time(point: str, station: Station) -> None:
    """Whether it is archived or not by then, neither is lost."""
    kill_at(point, station)
    with Archive(station.folder, read_only=True) as archive:
        done = [entry.path for entry in intake.files(archive, [State.ARCHIVED]) if entry.left_at is None]
    old, new = (done or [station.inbox / "bravo.mp3"])[0], station.folder.parent / "new.mp3"
    assert bool(done) == (point != "taking: taken")
    content = bytearray(old.read_bytes())
    content[-1] ^= 1
    seen = old.stat()
    new.write_bytes(content)
    shutil.copy(old, station.inbox / "the old one.mp3")
    shutil.copy(new, old)
    os.utime(old, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    replay = Path(station.model.removeprefix("replay:"))
    heard = {**json.loads(replay.read_text(encoding="utf-8"))}
    heard[sha256_of(new)] = next(iter(heard.values()))
    again = replace(station, model=f"replay:{station.folder.parent / 'replay.json'}")
    Path(again.model.removeprefix("replay:")).write_text(json.dumps(heard), encoding="utf-8")
    go_on(again)
    go_on(again)
    with Archive(station.folder, read_only=True) as archive:
        digests = sorted(clip.recording.sha256 for clip in read.clips(archive))
    assert digests == sorted({*station.clips, sha256_of(new)})
    assert files(station.inbox) == []


@pytest.mark.parametrize("point", ["taking: taken", "storing: committed", "leaving: moved out"])
def test_killed_and_then_the_disk_is_full(point: str, station: Station) -> None:
    """A limit of 100 bytes for a file simulates it: nothing can be recorded, so nothing may be done."""
    kill_at(point, station)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    full = subprocess.run(
        [*COMMAND, *station.watch, "--once"],
        capture_output=True, text=True, env=environment(), preexec_fn=limit, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert full.returncode == 1
    assert "no space left" in full.stderr
    assert "Traceback" not in full.stderr
    go_on(station)
    assert_nothing_lost_nothing_twice(station)


@pytest.mark.parametrize("again", ["leaving: before it is moved out", "leaving: before it is deleted"])
def test_killed_again_while_it_takes_up_the_work(again: str, station: Station) -> None:
    kill_at("leaving: moved out", station)
    kill_at(again, station)
    go_on(station)
    assert_nothing_lost_nothing_twice(station)


def test_killed_on_the_way_to_a_folder_of_originals(station: Station) -> None:
    station.set("originals", "originals")
    kill_at("originals: moved", station)
    go_on(station)
    assert_nothing_lost_nothing_twice(station)
    assert_has_the_originals(station.folder / "originals")


@pytest.mark.parametrize("point", faults.CROSSINGS)
def test_killed_on_the_way_to_another_disk(point: str, station: Station) -> None:
    disk = Path("/dev/shm")  # noqa: S108 - the one other file system that every Linux has
    if not disk.is_dir() or disk.stat().st_dev == station.folder.stat().st_dev:
        pytest.skip("there is no other file system here")
    with TemporaryDirectory(dir=disk) as folder:
        station.set("originals", folder)
        kill_at(point, station)
        go_on(station)
        assert_nothing_lost_nothing_twice(station)
        assert_has_the_originals(Path(folder))


def test_killed_with_a_late_sidecar_in_hand(station: Station) -> None:
    go_on(station)
    # Longer than a watcher with nothing to do runs, unless it knows of the sidecar.
    (station.folder / "radio-archive.toml").write_text("[watch]\nsettle = 1.5\n", encoding="utf-8")
    (station.inbox / "alpha.vtt").write_bytes(b"WEBVTT")
    kill_at("leaving: a sidecar kept", station)
    assert files(station.inbox) == [station.inbox / "alpha.vtt"]
    go_on(station)
    alpha = station.sidecars[0][0]
    assert_nothing_lost_nothing_twice(replace(station, sidecars=[*station.sidecars, (alpha, "alpha.vtt", b"WEBVTT")]))


def assert_has_the_originals(folder: Path) -> None:
    here = ["alpha.json", "alpha.mp3", "alpha.txt", "bravo.mp3"]
    there = ["Harbor Watch/charlie.mp3", "Harbor Watch/charlie.toml"]
    assert sorted(path.relative_to(folder).as_posix() for path in files(folder)) == sorted(here + there)


@contextmanager
def started(station: Station) -> Iterator[Process]:
    """Start a watcher, and kill it at the end if it still runs."""
    process = start(*station.watch)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@dataclass
class Feeder:
    """Drops files into an inbox from its own thread, in every way that files arrive."""

    inbox: Path
    desk: Path
    chance: random.Random
    pause: float
    """Seconds between two files, on average."""
    made: list[Path] = field(default_factory=list)
    duplicates: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    sidecars: list[tuple[str, str, bytes]] = field(default_factory=list)

    def make(self, number: int) -> None:
        """Make recordings with different content."""
        for n in range(number):
            self.made.append(wav(self.desk / f"clip {n}.wav", rate=8_000, samples=tone(0.3, 8_000, hertz=200 + n)))

    def feed(self) -> None:
        """Drop them all."""
        for n, path in enumerate(self.made):
            self._drop(n, path)
            # Bursts, and times without files.
            time.sleep(self.chance.choice([0, 0, 0, 4]) * self.pause)

    def _drop(self, n: int, path: Path) -> None:
        target = self.inbox / path.name
        match n % 6:
            case 0:
                self._copy_slowly(path, target)
            case 1:
                half = target.with_suffix(".wav.part")
                shutil.copy(path, half)
                half.rename(target)
            case 2:
                self._put_beside(path, ".json")
                shutil.copy(path, target)
            case 3:
                shutil.copy(path, target)
                self._put_beside(path, ".txt")
            case 4:
                shutil.copy(path, target)
                shutil.copy(path, self.inbox / f"again {n}.wav")
                self.duplicates[sha256_of(path)] += 1
            case 5:
                (self.inbox / "Harbor Watch").mkdir(exist_ok=True)
                shutil.copy(path, self.inbox / "Harbor Watch" / path.name)
                (self.inbox / f"broken {n}.mp3").write_bytes(b"This is no sound.")
                self.failed.add(f"broken {n}.mp3")

    def _copy_slowly(self, path: Path, target: Path) -> None:
        content = path.read_bytes()
        with target.open("wb", buffering=0) as file:
            for start in range(0, len(content), 1_000):
                file.write(content[start : start + 1_000])
                time.sleep(0.03)

    def _put_beside(self, path: Path, suffix: str) -> None:
        content = f"What is said in {path.stem}".encode()
        (self.inbox / path.name).with_suffix(suffix).write_bytes(content)
        self.sidecars.append((sha256_of(path), path.with_suffix(suffix).name, content))


@contextmanager
def links_to_the_originals(station: Station) -> Iterator[None]:
    """Put a link to media/ in place of our hidden folder, again and again."""
    ended, link = threading.Event(), station.inbox / ".radio-archive"

    def put() -> None:
        while not ended.wait(0.05):
            with suppress(FileExistsError):
                link.symlink_to(station.folder / "media")

    putting = threading.Thread(target=put)
    putting.start()
    try:
        yield
    finally:
        ended.set()
        putting.join()
        if link.is_symlink():
            link.unlink()


LONG = (pytest.mark.long, pytest.mark.timeout(3600))


@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=LONG)])
def test_killed_at_many_moments_while_files_come_in(kills: int, tmp_path: Path) -> None:
    moments, folder = random.Random(20241105), tmp_path / "archive"
    Archive.create(folder, BUSY).close()
    feeder = Feeder(folder / "inbox", tmp_path, random.Random(1), pause=0.1)
    feeder.make(12 * kills)
    station = Station(folder, heard_by_name(feeder.made, tmp_path / "replay.json"), frozenset())
    feeding = threading.Thread(target=feeder.feed)
    feeding.start()
    done = [0]

    def archived() -> int:
        with Archive(folder, read_only=True) as archive:
            return intake.counts(archive)[State.ARCHIVED]

    with links_to_the_originals(station):
        for number in range(kills):
            with started(station) as process:
                assert process.stdout is not None
                assert "watching" in process.stdout.readline()
                if number % 2:
                    # However slow the machine is: every other one comes to do something.
                    until("one more is archived", lambda: archived() > done[-1] or done[-1] == len(feeder.made))
                time.sleep(moments.uniform(0, 2))
                process.send_signal(signal.SIGKILL)
            done.append(archived())
    feeding.join()
    go_on(station)
    assert len(set(done[1:])) > kills // 3, f"the moments were not spread over the work: {done}"
    assert_nothing_lost_nothing_twice(
        replace(
            station,
            clips=frozenset(map(sha256_of, feeder.made)),
            duplicates=feeder.duplicates,
            failed=frozenset(feeder.failed),
            sidecars=feeder.sidecars,
        )
    )


def test_of_two_watchers_started_at_once_one_runs(station: Station) -> None:
    kill_at("taking: taken", station)
    with ExitStack() as stack:
        both = [stack.enter_context(started(station)) for _ in range(2)]
        [loser] = until("one has ended", lambda: [process for process in both if process.poll() is not None])
        [winner] = [process for process in both if process is not loser]
        _, why = loser.communicate()
        assert loser.returncode == 1
        assert f"another watcher has this archive already (process {winner.pid} on " in why
        assert why.count("\n") == 1
        until("all has left", lambda: all_has_left(station))
        winner.send_signal(signal.SIGTERM)
        assert winner.wait(PATIENCE) == 0
    assert_nothing_lost_nothing_twice(station)


def test_add_list_and_search_while_a_watcher_runs(station: Station, morning: Station) -> None:
    where = ["--archive", station.folder]
    [bravo] = [path for path in files(morning.inbox) if path.name == "bravo.mp3"]
    with started(station) as watcher:
        # Either may come first; the second finds it done.
        added = ok("add", bravo, *where, "--model", station.model, "--jsonl").rows
        assert added[0]["outcome"] in {"archived", "duplicate"}
        until("all has left", lambda: all_has_left(station))
        assert {row["sha256"] for row in ok("list", *where, "--jsonl").rows} == station.clips
        for word in ("alpha", "bravo", "charlie", "earlier"):
            assert len({row["clip"] for row in ok("search", word, *where, "--jsonl").rows}) == 1
        assert watcher.poll() is None
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(PATIENCE) == 0
    copies = [path for path in files(station.folder / "duplicates") if sha256_of(path) == sha256_of(bravo)]
    duplicates = {**station.duplicates, **({sha256_of(bravo): 1} if copies else {})}
    assert_nothing_lost_nothing_twice(replace(station, duplicates=duplicates))


@dataclass(frozen=True)
class Listening:
    """An engine during whose first clip something happens; only then it takes more clips."""

    engine: ReplayTranscriber
    meanwhile: Callable[[], None]
    name: str = "listening"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        source = iter(clips)
        first = next(source, None)
        if first:
            self.meanwhile()
            yield from self.engine.transcribe([first, *source])


def test_a_file_that_is_exchanged_while_it_is_listened_to_has_its_turn_afterwards(tmp_path: Path) -> None:
    made = [wav(tmp_path / f"{n}.wav", rate=8_000, samples=tone(0.3, 8_000, hertz=200 + n)) for n in range(10)]
    model = heard_by_name(made, tmp_path / "replay.json")
    station = Station(tmp_path / "archive", model, frozenset(map(sha256_of, made[1:])))
    old, new = station.inbox / "0.wav", made.pop()

    def exchange() -> None:
        if new.exists():
            new.rename(old)
            with Archive(station.folder, read_only=True) as archive:
                until("it is ready", lambda: any(e.path == old for e in intake.files(archive, [State.READY])))

    engine = Listening(ReplayTranscriber.load(tmp_path / "replay.json"), exchange)
    with Archive.create(station.folder, QUICK) as archive:
        for path in made:
            shutil.copy(path, station.inbox)
        FolderWatcher(archive, engine, read_settings(archive.folder / SETTINGS), [station.inbox]).run(once=True)
    assert_nothing_lost_nothing_twice(station)


def test_an_interrupt_that_leaves_a_transaction_open_loses_nothing(tmp_path: Path) -> None:
    made = [wav(tmp_path / f"{n}.wav", rate=8_000, samples=tone(0.2, 8_000, hertz=300.0 + n)) for n in range(3)]
    model = heard_by_name(made, tmp_path / "replay.json")
    station = Station(tmp_path / "archive", model, frozenset(map(sha256_of, made)))
    engine = ReplayTranscriber.load(tmp_path / "replay.json")
    with Archive.create(station.folder, QUICK) as archive:

        def interrupt(event: object) -> None:
            if isinstance(event, Started):
                archive.db.execute("BEGIN IMMEDIATE")
                raise KeyboardInterrupt

        for path in made:
            shutil.copy(path, station.inbox)
        settings = read_settings(archive.folder / SETTINGS)
        with pytest.raises(KeyboardInterrupt):
            FolderWatcher(archive, engine, settings, [station.inbox], interrupt).run(once=True)
        with Archive(station.folder, read_only=True) as seen:
            assert {entry.state for entry in intake.files(seen)} <= {State.SETTLING}
        FolderWatcher(archive, engine, settings, [station.inbox]).run(once=True)
    assert_nothing_lost_nothing_twice(station)
