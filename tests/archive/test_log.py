"""The write-ahead log is emptied while nobody else can write, stays short, and delays nothing that is committed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.clips import new_clip

from radio_archive.archive import database
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import save

LIMIT = 200_000


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(database, "LOG_BYTES", LIMIT)
    monkeypatch.setattr(database, "LOG_SECONDS", 0.01)
    return Archive.create(tmp_path / "a", "")


def log(archive: Archive) -> int:
    return (archive.folder / "archive.db-wal").stat().st_size


def fill(archive: Archive, first: int, last: int) -> list[int]:
    """Save clips and return how long the log was after each."""
    sizes = []
    for number in range(first, last):
        assert save.save_clip(archive, new_clip(f"{number}")).fresh
        sizes.append(log(archive))
    return sizes


def test_the_log_stays_short_and_sqlite_does_not_empty_it_by_itself(archive: Archive) -> None:
    assert archive.db.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    sizes = fill(archive, 0, 60)
    assert max(sizes) < LIMIT
    assert sizes.count(0) > 1
    with Archive(archive.folder, read_only=True) as reader:
        assert reader.db.execute("SELECT count(*) FROM clips").fetchone() == (60,)


def test_a_reader_that_stays_keeps_nobody_from_writing(archive: Archive) -> None:
    with closing(sqlite3.connect(archive.database_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM clips").fetchone()
        tried: list[str] = []
        archive.db.conn.set_trace_callback(lambda text: tried.append(text) if "wal_checkpoint" in text else None)
        sizes = fill(archive, 0, 60)
        assert 0 < len(tried) <= sizes[-1] / LIMIT + 1, "once for each time that the log has grown so much"
        assert reader.execute("SELECT count(*) FROM clips").fetchone() == seen
        reader.execute("COMMIT")
    assert 0 in fill(archive, 60, 120), "and then it is emptied"
    assert archive.db.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


def test_a_log_that_cannot_be_emptied_does_not_make_a_saved_clip_fail(archive: Archive) -> None:
    with closing(sqlite3.connect(archive.database_path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = NORMAL")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM clips").fetchone()
        saved = [save.save_clip(archive, new_clip(f"{number}")).clip for number in range(40)]
    known = {uid for (uid,) in archive.db.execute("SELECT uid FROM clips")}
    assert set(saved) == known
