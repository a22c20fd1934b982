"""`restore`: the archive comes back whole; what was there is set aside, and no old log damages the new database."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.bounds import largest_file
from support.program import ok, run
from support.stored import media, store

from radio_archive.archive import backup, restore
from radio_archive.archive.archive import Archive
from radio_archive.errors import ArchiveBusyError, BackupError, DiskFullError, NoArchiveError, RadioArchiveError

KILLED_WRITER = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA wal_autocheckpoint = 0")
db.execute("CREATE TABLE much (text)")
db.executemany("INSERT INTO much VALUES (?)", [("later " * 200,) for _ in range(900)])
db.execute("UPDATE clips SET title = 'later'")
db.commit()
db.execute("PRAGMA wal_checkpoint(PASSIVE)")
db.execute("DELETE FROM much WHERE rowid % 2")
db.execute("UPDATE clips SET title = 'last'")
db.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""
"""Writes to a database, and is killed: its log stays beside it."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def titles(folder: Path) -> list[str]:
    with Archive(folder, read_only=True) as archive:
        return [title for (title,) in archive.db.execute("SELECT title FROM clips ORDER BY id")]


def test_an_archive_comes_back_in_a_new_folder(own_archive: Path, place: Path, tmp_path: Path) -> None:
    ok("backup", place, "--archive", own_archive)
    new = tmp_path / "new"
    said = ok("restore", place, "--archive", new)
    assert said.out.startswith("restored the backup of ")
    assert re.search(r"^\d+ tables with [\d,]+ rows: correct$", said.out, re.MULTILINE)
    assert media(new) == media(own_archive)
    for command in (["list", "--json"], ["search", "reef", "--json"], ["people", "list", "--json"]):
        there, here = (ok(*command, "--archive", folder).out for folder in (own_archive, new))
        assert there.replace(str(own_archive), str(new)) == here
    assert ok("verify", "--archive", new, "--json").json["sound"]
    assert [one.place for one in backup.known(Archive(new))] == [place]
    # It is the same archive, so its backup goes on.
    assert ok("backup", place, "--archive", new, "--json").json["copied"] == 0
    assert (new / "inbox").is_dir()


def test_an_old_log_damages_nothing(archive: Archive, place: Path) -> None:
    folder = archive.folder
    store(archive, "one", "two")
    backup.make(archive, place)
    archive.close()
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, folder / "archive.db"], check=False)
    assert killed.returncode == -9
    assert (folder / "archive.db-wal").stat().st_size > 100_000
    # SQLite does not see that the log is another database's, and writes it into this one.
    by_hand = Path(shutil.copytree(folder, folder.with_name("by hand")))
    shutil.copy(next(place.glob("archive-*.db")), by_hand / "archive.db")
    assert not has_the_first_clips(by_hand / "archive.db")
    done = restore.restore(place, folder)
    assert done.is_whole
    assert titles(folder) == ["Clip one", "Clip two"]
    assert done.aside is not None
    with closing(sqlite3.connect(done.aside / "archive.db")) as db:
        assert db.execute("SELECT DISTINCT title FROM clips").fetchall() == [("last",)], (
            "nothing of the old one is lost"
        )


def has_the_first_clips(path: Path) -> bool:
    """Whether a database is sound, and has what it had when it was backed up."""
    with closing(sqlite3.connect(path)) as db, suppress(sqlite3.DatabaseError):
        sound = db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sound and db.execute("SELECT title FROM clips ORDER BY id").fetchall() == [("Clip one",), ("Clip two",)]
    return False


def test_a_damaged_database_and_damaged_recordings_are_replaced(archive: Archive, place: Path) -> None:
    store(archive, "one", "two", "three")
    backup.make(archive, place)
    store(archive, "later")
    archive.close()
    folder = archive.folder
    every = media(folder)
    kept = media(place)
    lost, damaged, _ = sorted(kept)
    (folder / lost).unlink()
    (folder / damaged).write_bytes(bytes(len(kept[damaged])))
    (folder / "archive.db").write_bytes(b"nothing of a database")
    (folder / "radio-archive.toml").write_text("# mine\n", encoding="utf-8")
    done = restore.restore(place, folder)
    assert (done.copied, done.files, done.is_whole) == (2, 3, True)
    assert media(folder) == every, "what was archived later is still there"
    assert (folder / "radio-archive.toml").read_text(encoding="utf-8") == "# mine\n"
    found = ok("verify", "--json", "--archive", folder).json
    assert found["recordings"]["stray"]["number"] == 1


def test_nothing_is_restored_under_a_program_that_uses_the_archive(archive: Archive, place: Path) -> None:
    store(archive, "one")
    backup.make(archive, place)
    store(archive, "two")
    ran = run("restore", place, "--archive", archive.folder)
    assert ran.code == 1
    assert "another process uses" in ran.err
    assert len(ran.err.splitlines()) == 1
    archive.close()
    assert titles(archive.folder) == ["Clip one", "Clip two"]
    assert not list(archive.folder.glob("replaced-*"))
    ok("restore", place, "--archive", archive.folder)
    assert titles(archive.folder) == ["Clip one"]


def test_nobody_opens_the_database_while_it_is_exchanged(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(archive, "one")
    backup.make(archive, place)
    archive.close()
    found = []
    set_aside = restore._set_aside

    def look(folder: Path) -> Path | None:
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM clips')"
        other = subprocess.run(
            [sys.executable, "-c", code, folder / "archive.db"], capture_output=True, text=True, check=False
        )
        found.append(other.stderr.splitlines()[-1])
        return set_aside(folder)

    monkeypatch.setattr(restore, "_set_aside", look)
    restore.restore(place, archive.folder)
    assert found == ["sqlite3.OperationalError: database is locked"]


def test_a_backup_that_is_damaged_changes_nothing(archive: Archive, place: Path) -> None:
    store(archive, "one")
    backup.make(archive, place)
    store(archive, "two")
    archive.close()
    (path,) = place.glob("archive-*.db")
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], b""):
        path.write_bytes(content)
        with pytest.raises(BackupError, match="Nothing was changed"):
            restore.restore(place, archive.folder)
    path.unlink()
    path.symlink_to(archive.folder / "archive.db")
    with pytest.raises(BackupError):
        restore.restore(place, archive.folder)
    assert titles(archive.folder) == ["Clip one", "Clip two"]
    assert not list(archive.folder.glob("*restor*"))


def test_recordings_that_are_nowhere_are_named(archive: Archive, place: Path, tmp_path: Path) -> None:
    store(archive, "one", "two", "three")
    backup.make(archive, place)
    lost, damaged, _ = sorted(media(place))
    (place / lost).unlink()
    (place / damaged).write_bytes(b"x")
    ran = run("restore", place, "--archive", tmp_path / "new", "--json")
    assert ran.code == 1
    assert not ran.json["sound"]
    assert (ran.json["faulty"], {one["path"] for one in ran.json["faults"]}) == (2, {lost, damaged})
    assert titles(tmp_path / "new") == ["Clip one", "Clip two", "Clip three"]
    assert list(media(tmp_path / "new")) == [name for name in media(place) if name not in {lost, damaged}]


@pytest.mark.parametrize(
    "where", ["another", "full", "file", "none/new", "backup", "backup/media", ".", "another/inbox"]
)
def test_a_wrong_folder_is_refused(archive: Archive, place: Path, tmp_path: Path, where: str) -> None:
    store(archive, "one")
    backup.make(archive, place)
    archive.close()
    Archive.create(tmp_path / "another", "").close()
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "holiday.jpg").touch()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "-" not in path.name}
    ran = run("restore", place, "--archive", tmp_path / where)
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("what", ["nothing", "an archive", "unfinished"])
def test_what_is_no_backup_is_refused(archive: Archive, place: Path, tmp_path: Path, what: str) -> None:
    if what == "an archive":
        place = archive.folder
    if what == "unfinished":
        backup.make(archive, place)
        backup._write_manifest(place, backup.Manifest(backup.identity(archive)))
    with pytest.raises((NoArchiveError, BackupError)):
        restore.restore(place, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_killed_watcher_held_is_taken_again(own_archive: Path, place: Path, tmp_path: Path) -> None:
    """A backup is made while the watcher works; after it was restored, the next watcher goes on."""
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE watcher SET pid = ?, host = 'elsewhere', beat_at = started_at", [os.getpid()])
    ok("backup", place, "--archive", own_archive)
    ok("restore", place, "--archive", tmp_path / "new")
    ok("watch", "--once", "--archive", tmp_path / "new", "--model", "demo")


def test_busy_is_told_of_a_reader_too(archive: Archive, place: Path) -> None:
    backup.make(archive, place)
    archive.close()
    code = """import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT * FROM clips")
print("open", flush=True)
input()"""
    reader = subprocess.Popen(
        [sys.executable, "-c", code, archive.folder / "archive.db"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    reader.stdout.readline()
    with pytest.raises(ArchiveBusyError):
        restore.restore(place, archive.folder)
    reader.communicate("\n")
    assert restore.restore(place, archive.folder).is_whole


def test_errors_are_ours(archive: Archive, place: Path) -> None:
    backup.make(archive, place)
    archive.close()
    (archive.folder / "media").rmdir()
    (archive.folder / "media").symlink_to("nowhere")
    with pytest.raises(RadioArchiveError, match="a link to nowhere"):
        restore.restore(place, archive.folder)


@pytest.mark.parametrize("size", [60_000, 1_500_000], ids=["the database", "a recording"])
def test_a_place_that_becomes_full_keeps_the_archive(archive: Archive, place: Path, size: int) -> None:
    store(archive, "one")
    store(archive, "two", size=2_000_000)
    backup.make(archive, place)
    lost = sorted((archive.folder / "media").rglob("*.mp3"), key=lambda path: path.stat().st_size)[-1]
    lost.unlink()
    before, there = titles(archive.folder), media(archive.folder)
    archive.close()
    with largest_file(size), pytest.raises(DiskFullError, match="The archive is as it was") as raised:
        restore.restore(place, archive.folder)
    assert "transcribed" not in str(raised.value)
    assert titles(archive.folder) == before
    assert media(archive.folder) == there
    assert restore.restore(place, archive.folder).is_whole
    assert media(archive.folder) == media(place)
