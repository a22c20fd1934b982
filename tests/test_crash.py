"""Killed at any instant, nothing is lost, nothing is there twice, and nothing half-written stays behind."""

import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from program import CLIPS, COMMAND, environment, ok

from radio_archive.archive import catalogue
from radio_archive.archive.archive import Archive
from radio_archive.container import sha256_of
from radio_archive.models import Transcript
from radio_archive.speech.replay import record

FILES = {sha256_of(path) for path in CLIPS.rglob("*.mp3")}


@pytest.fixture(scope="session")
def recorded(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo model heard in every fixture clip, for the replaying engine: the rest of the pipeline is real."""
    path = tmp_path_factory.mktemp("replay") / "recorded.json"
    with Archive(demo_archive, read_only=True) as archive:
        record(
            {
                clip.sha256: Transcript(catalogue.current_words(archive, clip.clip), "en", model="demo")
                for clip in catalogue.clips(archive)
            },
            path,
        )
    return path


def start(folder: Path, model: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "add", CLIPS, "--archive", folder, "--model", model, "--jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(),
    )  # fmt: skip


def first_to_last_event(folder: Path, model: str) -> float:
    """Return the seconds between the first and the last clip of an undisturbed run."""
    process = start(folder, model)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    process.stdout.read()
    assert process.wait() == 0
    return time.monotonic() - began


def kill_and_add_again(folder: Path, model: str, delay: float) -> int:
    """Kill an `add` with SIGKILL `delay` seconds after its first clip, add again, and return how many it had done."""
    ok("init", folder)
    process = start(folder, model)
    assert process.stdout is not None
    assert process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with sqlite3.connect(folder / "archive.db") as db:
        done: int = db.execute("SELECT count(*) FROM clips").fetchone()[0]
    rows = ok("add", CLIPS, "--archive", folder, "--model", model, "--jsonl").rows
    assert sum(row["outcome"] == "duplicate" for row in rows) == done
    assert_whole(folder)
    return done


def assert_whole(folder: Path) -> None:
    listed = ok("list", "--archive", folder, "--jsonl").rows
    assert sorted(row["sha256"] for row in listed) == sorted(FILES)
    with sqlite3.connect(folder / "archive.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        without = "SELECT count(*) FROM clips WHERE id NOT IN (SELECT clip_id FROM segments)"
        assert db.execute(without).fetchone() == (0,)
        db.execute("INSERT INTO segments_fts (segments_fts, rank) VALUES ('integrity-check', 1)")
    files = [path for path in (folder / "media").rglob("*") if path.is_file()]
    assert {path.stem for path in files} == FILES, "no stray temporary file"
    assert all(sha256_of(path) == path.stem for path in files)


def test_killed_at_twenty_moments(tmp_path: Path, recorded: Path) -> None:
    ok("init", tmp_path / "undisturbed")
    model = f"replay:{recorded}"
    length = first_to_last_event(tmp_path / "undisturbed", model)
    moments = random.Random(20241022)
    done = [kill_and_add_again(tmp_path / str(n), model, moments.uniform(0, length)) for n in range(20)]
    assert len(set(done)) > 3, f"the moments were not spread over the run: {done}"
    assert any(0 < number < len(FILES) for number in done)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_while_the_real_engine_works(tmp_path: Path, seed: int) -> None:
    done = kill_and_add_again(tmp_path / "archive", "demo", random.Random(seed).uniform(0, 3))
    assert done < len(FILES)


def test_interrupted_from_the_keyboard_says_what_is_done(tmp_path: Path) -> None:
    ok("init", tmp_path / "archive")
    process = subprocess.Popen(
        [*COMMAND, "add", CLIPS, "--archive", tmp_path / "archive", "--model", "demo", "--jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "The same command goes on from here." in err
    done = 1 + len(out.splitlines())
    assert f"{done} clip" in err
    assert len(ok("list", "--archive", tmp_path / "archive", "--jsonl").rows) == done


def test_what_a_killed_copy_left_is_swept_but_not_what_a_living_one_writes(tmp_path: Path, recorded: Path) -> None:
    folder = tmp_path / "archive"
    ok("init", folder)
    incoming = folder / "media" / ".incoming"
    (incoming / "dead").mkdir(parents=True)
    (incoming / "dead" / "half").write_bytes(b"half a file")
    (incoming / "dead.lock").touch()
    with Archive(folder) as living:
        source = next(CLIPS.rglob("*.mp3"))
        living.media.put(source, sha256_of(source), ".mp3")
        [staging] = [path for path in incoming.iterdir() if path.is_dir() and path.name != "dead"]
        (staging / "on its way").write_bytes(b"bytes")
        ok("add", CLIPS, "--archive", folder, "--model", f"replay:{recorded}")
        assert not (incoming / "dead").exists()
        assert not (incoming / "dead.lock").exists()
        assert (staging / "on its way").exists()
    assert list(incoming.iterdir()) == []
