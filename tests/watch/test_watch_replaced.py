"""A watcher whose database was replaced or is damaged stops, says so in one line, and leaves the inbox as it is."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.bounds import PATIENCE
from support.nobody import as_nobody, give_to_nobody
from support.watching import Station

from radio_archive.archive import database
from radio_archive.archive.archive import Archive
from radio_archive.archive.known_files import FileState, remember
from radio_archive.errors import ReplacedError


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def put_aside(station: Station) -> None:
    """Move the files of the database away, as the advice says."""
    aside = station.folder / "aside"
    aside.mkdir()
    for path in station.archive.glob("archive.db*"):
        path.rename(aside / path.name)


@pytest.mark.parametrize("put_back", [True, False], ids=["a backup", "nothing"])
def test_a_running_watcher_notices_that_its_database_was_replaced(station: Station, put_back: bool) -> None:
    first, second = station.make("first.wav", "second.wav")
    database.copy(station.archive / "archive.db", station.folder / "backup.db")
    with station.watching() as watcher:
        watcher.says("watching")
        station.drop(first)
        watcher.says("archived ")
        put_aside(station)
        if put_back:
            shutil.copy(station.folder / "backup.db", station.archive / "archive.db")
        station.drop(second)
        assert watcher.process.wait(PATIENCE) == 1
        assert watcher.err.count("\n") == 1
        assert "archive.db was replaced or moved away while it was in use" in watcher.err
    assert station.left() == ["second.wav"]
    assert not (station.archive / "failed").exists()
    if put_back:
        assert station.states() == {}
        assert station.once().code == 0
        assert station.left() == []


def test_a_damaged_database_empties_no_inbox(station: Station) -> None:
    first, second = station.make("first.wav", "second.wav")
    station.drop(first)
    assert station.once().code == 0
    station.drop(second)
    with closing(sqlite3.connect(station.archive / "archive.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'recordings'").fetchall()
    with (station.archive / "archive.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    done = station.once()
    assert done.code == 1
    assert "damaged" in done.err.splitlines()[-1]
    assert "archive.db-wal" in done.err.splitlines()[-1]
    assert station.left() == ["second.wav"]
    assert not (station.archive / "failed").exists()


def test_nothing_is_written_to_a_database_that_took_the_place_of_ours(station: Station, tmp_path: Path) -> None:
    with Archive(station.archive) as archive:
        shutil.copy(archive.database_path, tmp_path / "other.db")
        (tmp_path / "other.db").replace(archive.database_path)
        state = FileState(1, 1, 1, 1)
        with pytest.raises(ReplacedError, match="replaced or moved away"):
            remember(archive, {tmp_path / "a.wav": (state, "0" * 64)})
    Archive(station.archive).close()


def test_an_archive_whose_log_cannot_be_read_is_not_called_empty(station: Station, tmp_path: Path) -> None:
    (first,) = station.make("first.wav")
    left = tmp_path / "left"
    with closing(sqlite3.connect(station.archive / "archive.db")) as held:
        held.execute("SELECT count(*) FROM clips").fetchall()
        station.drop(first)
        assert station.once().code == 0
        assert (station.archive / "archive.db-wal").stat().st_size
        shutil.copytree(station.archive, left, ignore=shutil.ignore_patterns("archive.db-shm"))
    give_to_nobody(left)
    left.chmod(0o555)
    for path in left.glob("archive.db*"):
        path.chmod(0o444)
    done = as_nobody("list", "--archive", left)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "its latest changes are in archive.db-wal" in done.stderr
    left.chmod(0o755)
    assert "First" in as_nobody("list", "--archive", left).stdout
