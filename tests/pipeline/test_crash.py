"""Killed at any instant, nothing is lost, nothing is there twice, and nothing half-written stays behind."""

import random
import signal
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from support.audio_files import mp3, tone
from support.bounds import PATIENCE
from support.program import CLIPS, Process, ok, start

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.audio.container import sha256_of
from radio_archive.audio.decode import RATE
from radio_archive.audio.examine import examine
from radio_archive.models import Transcript, Word
from radio_archive.speech.replay import record


@dataclass(frozen=True)
class Batch:
    """A folder of recordings, and a model that knows them all: the real one, or one that replays what it heard."""

    folder: Path
    model: str
    options: tuple[str, ...] = ()

    @property
    def digests(self) -> list[str]:
        return sorted(sha256_of(path) for path in self.folder.rglob("*.mp3"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Half a minute of four clips, heard one window at a time: much is left to do when the first clip is done."""
    folder = tmp_path_factory.mktemp("real")
    for path in sorted(CLIPS.glob("*.mp3"))[:4]:
        sound = examine(path).samples
        assert sound is not None
        mp3(folder / path.name, rate=RATE, samples=sound[np.newaxis, : 30 * RATE])
    return Batch(folder, "demo", ("--batch-size", "1"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """A dozen recordings of a second each: what is done to them takes longer than to listen to them."""
    folder = tmp_path_factory.mktemp("tiny")
    paths = [mp3(folder / f"{n}.mp3", samples=tone(1.0, hertz=300.0 + 20 * n)) for n in range(12)]
    heard = {sha256_of(path): Transcript((Word(0.0, 0.4, path.stem, 0.9),), "en", model="x") for path in paths}
    replay = tmp_path_factory.mktemp("replay") / "recorded.json"
    record(heard, replay)
    return Batch(folder, f"replay:{replay}")


def start_add(folder: Path, batch: Batch) -> Process:
    return start("add", batch.folder, "--archive", folder, "--model", batch.model, "--jsonl", *batch.options)


def first_to_last_event(folder: Path, batch: Batch) -> float:
    """Return the seconds between the first and the last clip of an undisturbed run."""
    process = start_add(folder, batch)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    process.stdout.read()
    assert process.wait() == 0
    return time.monotonic() - began


def kill_and_add_again(folder: Path, batch: Batch, delay: float, after: int = 1) -> int:
    """Kill an `add` with SIGKILL `delay` seconds after so many clips, add again, and return how many it had done."""
    Archive.create(folder, "").close()
    process = start_add(folder, batch)
    assert process.stdout is not None
    for _ in range(after):
        assert process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with sqlite3.connect(folder / "archive.db") as db:
        done: int = db.execute("SELECT count(*) FROM clips").fetchone()[0]
    rows = ok("add", batch.folder, "--archive", folder, "--model", batch.model, "--jsonl").rows
    assert sum(row["outcome"] == "duplicate" for row in rows) == done
    assert_whole(folder, batch)
    return done


def assert_whole(folder: Path, batch: Batch) -> None:
    with Archive(folder, read_only=True) as archive:
        assert sorted(clip.recording.sha256 for clip in read.clips(archive)) == batch.digests
    with sqlite3.connect(folder / "archive.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        without = "SELECT count(*) FROM clips WHERE id NOT IN (SELECT clip_id FROM segments)"
        assert db.execute(without).fetchone() == (0,)
        db.execute("INSERT INTO segments_fts (segments_fts, rank) VALUES ('integrity-check', 1)")
    files = [path for path in (folder / "media").rglob("*") if path.is_file()]
    assert sorted(path.stem for path in files) == batch.digests, "no stray temporary file"
    assert all(sha256_of(path) == path.stem for path in files)


def test_killed_at_twenty_moments(tmp_path: Path, tiny: Batch) -> None:
    Archive.create(tmp_path / "undisturbed", "").close()
    length = first_to_last_event(tmp_path / "undisturbed", tiny)
    moments = random.Random(20241022)
    done: list[int] = []
    clips = len(tiny.digests)
    # On a busy machine one run takes longer than another: a moment after its end does not count.
    while sum(number < clips for number in done) < 20:
        assert len(done) < 200, f"the moments were not within the run: {done}"
        delay, after = moments.uniform(0, length / clips), moments.randrange(1, clips)
        done.append(kill_and_add_again(tmp_path / str(len(done)), tiny, delay, after))
    assert len(set(done)) > 3, f"the moments were not spread over the run: {done}"


@pytest.mark.parametrize("after", [1, 3])
def test_killed_while_the_real_engine_works(tmp_path: Path, real: Batch, after: int) -> None:
    done = kill_and_add_again(tmp_path / "archive", real, 0, after)
    assert done < len(real.digests)


def test_interrupted_from_the_keyboard_says_what_is_done(tmp_path: Path, real: Batch) -> None:
    ok("init", tmp_path / "archive")
    process = start_add(tmp_path / "archive", real)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "The same command continues from here." in err
    done = 1 + len(out.splitlines())
    assert f"{done} clip" in err
    assert len(ok("list", "--archive", tmp_path / "archive", "--jsonl").rows) == done


def test_what_a_killed_copy_left_is_swept_but_not_what_a_living_one_writes(tmp_path: Path, tiny: Batch) -> None:
    folder = tmp_path / "archive"
    ok("init", folder)
    incoming = folder / "media" / ".incoming"
    (incoming / "dead").mkdir(parents=True)
    (incoming / "dead" / "half").write_bytes(b"half a file")
    (incoming / "dead.lock").touch()
    with Archive(folder) as living:
        source = next(tiny.folder.glob("*.mp3"))
        living.media.put(source, sha256_of(source), ".mp3")
        [staging] = [path for path in incoming.iterdir() if path.is_dir() and path.name != "dead"]
        (staging / "on its way").write_bytes(b"bytes")
        ok("add", tiny.folder, "--archive", folder, "--model", tiny.model)
        assert not (incoming / "dead").exists()
        assert not (incoming / "dead.lock").exists()
        assert (staging / "on its way").exists()
    assert list(incoming.iterdir()) == []
