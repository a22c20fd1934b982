"""A backfill killed at any moment loses nothing and archives nothing twice; one that is stopped says how to go on."""

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from support.bounds import PATIENCE
from support.program import Process, ok, start
from support.tiny_clips import TinyClips, tiny_clips

from radio_archive.archive.archive import Archive
from radio_archive.audio.container import sha256_of

CLIPS = 16


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyClips:
    """Recordings, of which a manifest names one half by path and the other by address, and a file that is no audio."""
    folder = tmp_path_factory.mktemp("tiny")
    clips = tiny_clips(folder / "clips", CLIPS, folder / "replay.json")
    (folder / "bad.mp3").write_bytes(b"no audio")
    places = [str(path) if n % 2 else path.as_uri() for n, path in enumerate(clips.paths)]
    rows = "".join(f"{place},Clip {n}\n" for n, place in enumerate([*places, str(folder / "bad.mp3")]))
    (folder / "list.csv").write_text(f"path,title\n{rows}")
    return clips


def start_backfill(folder: Path, tiny: TinyClips, options: Sequence[str] = ()) -> Process:
    listed = tiny.folder.parent / "list.csv"
    return start("backfill", listed, "--archive", folder, "--model", tiny.model, "--jsonl", *options)


def assert_whole(folder: Path, tiny: TinyClips) -> None:
    with Archive(folder, read_only=True) as archive:
        digests = [digest for (digest,) in archive.db.execute("SELECT sha256 FROM recordings ORDER BY 1")]
        titles = {title for (title,) in archive.db.execute("SELECT title FROM clips")}
        ended = dict(archive.db.execute("SELECT state, count(*) FROM backfill GROUP BY state").fetchall())
        lost = archive.db.execute(
            "SELECT count(*) FROM backfill WHERE state = 'archived' AND clip_id IS NULL"
        ).fetchone()
    assert digests == tiny.digests
    assert titles == {f"Clip {number}" for number in range(CLIPS)}
    assert ended == {"archived": CLIPS, "failed": 1}
    assert lost == (0,)
    assert ok("backfill", "--status", "--json", "--archive", folder).json["archived"] == CLIPS
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    files = [path for path in (folder / "media").rglob("*") if path.is_file()]
    assert sorted(path.stem for path in files) == tiny.digests, "no stray temporary file"
    assert all(sha256_of(path) == path.stem for path in files)


def test_killed_at_six_moments(tmp_path: Path, tiny: TinyClips) -> None:
    Archive.create(tmp_path / "undisturbed", "").close()
    process = start_backfill(tmp_path / "undisturbed", tiny)
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    process.communicate()
    length = time.monotonic() - began
    moments = random.Random(20261128)
    done: list[int] = []
    # On a busy machine one run takes longer than another: a moment after its end does not count.
    while sum(0 < number < CLIPS for number in done) < 6:
        assert len(done) < 100, f"the moments were not within the run: {done}"
        done.append(_kill_and_go_on(tmp_path / str(len(done)), tiny, moments.uniform(0, length)))
    assert len(set(done)) > 2, f"the moments were not spread over the run: {done}"


def _kill_and_go_on(folder: Path, tiny: TinyClips, delay: float) -> int:
    """Kill a run so many seconds after its first clip, finish it without naming sources, and return how many it did."""
    Archive.create(folder, "").close()
    process = start_backfill(folder, tiny)
    assert process.stdout is not None
    assert process.stdout.readline()
    time.sleep(delay)
    process.kill()
    process.communicate()
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        done: int = db.execute("SELECT count(*) FROM clips").fetchone()[0]
        assert db.execute("SELECT count(*) FROM backfill WHERE state = 'archived'").fetchone() == (done,)
    process = start_again(folder, tiny)
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    assert sum('"archived"' in line for line in out.splitlines()) == CLIPS - done
    assert_whole(folder, tiny)
    return done


def start_again(folder: Path, tiny: TinyClips) -> Process:
    """Go on with what is in the queue."""
    return start("backfill", "--archive", folder, "--model", tiny.model, "--jsonl")


@pytest.mark.parametrize("stopping", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_how_to_go_on(tmp_path: Path, tiny: TinyClips, stopping: signal.Signals) -> None:
    Archive.create(tmp_path / "a", "").close()
    process = start_backfill(tmp_path / "a", tiny)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(stopping)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "The same command continues from here." in err
    start_again(tmp_path / "a", tiny).communicate(timeout=PATIENCE)
    assert_whole(tmp_path / "a", tiny)


def test_with_workers_of_which_one_is_killed(tmp_path: Path, tiny: TinyClips) -> None:
    Archive.create(tmp_path / "a", "").close()
    process = start_backfill(tmp_path / "a", tiny, ["--workers", "2"])
    assert process.stdout is not None
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children[-1:]:
        subprocess.run(["kill", "-9", child], check=False)
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    assert sum('"archived"' in line for line in out.splitlines()) >= CLIPS - 1
    assert_whole(tmp_path / "a", tiny)
