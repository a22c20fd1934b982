"""`backup`: a real copy, whole at any moment, that a damaged original, a full disk or a link cannot spoil."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support.bounds import largest_file
from support.nobody import as_nobody, give_to_nobody
from support.program import ok, run, start
from support.stored import media, state, store
from support.tiny_clips import tiny_clips

from radio_archive.archive import backup
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import redactions, save
from radio_archive.audio.container import sha256_of
from radio_archive.errors import DiskFullError, NotAnArchiveError, RadioArchiveError, UsageError


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def backed_up(archive: Path, place: Path, *options: object, code: int = 0) -> dict[str, Any]:
    ran = run("backup", place, "--json", *options, "--archive", archive)
    assert ran.code == code, ran.err
    return dict(ran.json)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def test_only_what_is_new_is_copied(own_archive: Path, place: Path) -> None:
    every = media(own_archive)
    foreseen = backed_up(own_archive, place, "--dry-run")
    assert not place.exists()
    first = backed_up(own_archive, place)
    assert first["copied"] == foreseen["copied"] == len(every) == first["files"]
    assert first["bytes"] == foreseen["bytes"] == sum(map(len, every.values()))
    assert media(place) == every
    assert (place / "radio-archive.toml").read_bytes() == (own_archive / "radio-archive.toml").read_bytes()
    state(place)
    for name in every:
        assert (place / name).stat().st_nlink == 1
    times = {name: (place / name).stat().st_mtime_ns for name in every}
    with Archive(own_archive) as archive:
        store(archive, "another")
    roundabout = own_archive / "media" / ".."
    assert backed_up(roundabout, place.parent / "archive" / ".." / "backup")["copied"] == 1
    assert media(place) == media(own_archive)
    assert {name: (place / name).stat().st_mtime_ns for name in every} == times
    said = ok("backup", place, "--archive", own_archive)
    assert said.out.startswith(f"{len(every) + 1} clips, {len(every) + 1} files of sound; 0 copied")


def test_two_backups_are_not_made_at_once(own_archive: Path, place: Path) -> None:
    with FileLock(own_archive / backup.LOCK):
        ran = run("backup", place, "--archive", own_archive)
    assert ran.code == 1
    assert ran.err == "another backup of this archive is running. Wait until it ends.\n"
    assert not place.exists()


def test_another_process_archives_meanwhile(tmp_path: Path, place: Path) -> None:
    folder = tmp_path / "archive"
    ok("init", folder)
    clips = tiny_clips(tmp_path / "clips", 20, tmp_path / "replay.json")
    writer = start("add", clips.folder, "--archive", folder, "--model", clips.model, "--jsonl")
    assert writer.stdout is not None
    writer.stdout.readline()
    held = []
    with Archive(folder, read_only=True) as archive:
        while writer.poll() is None:
            held.append(backup.make(archive, place).clips)
            state(place)
        assert backup.make(archive, place).clips == 20
    assert writer.wait() == 0
    assert held[0] < 20, "it was made while the other one wrote"
    assert sorted(Path(name).stem for name in media(place)) == clips.digests


def test_a_database_that_changes_all_the_time_is_copied_once(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own way is to begin again with each change, and to come to no end."""
    store(archive, "one")
    monkeypatch.setattr("radio_archive.archive.database.COPIED_PAGES", 20)
    steps: list[int] = []

    def change(what: str, done: int, total: int) -> None:
        if what == "database":
            steps.append(done)
            assert len(steps) < 1000
            with Archive(archive.folder) as other, other.writing():
                other.db.execute("UPDATE clips SET title = ?", [f"changed {len(steps)}"])

    backup.make(archive, place, progress=change)
    assert len(steps) > 5
    assert steps == sorted(steps)
    with closing(sqlite3.connect(place / read(place)["database"])) as db:
        assert db.execute("SELECT title FROM clips").fetchall() == [("Clip one",)]


def read(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "backup.json").read_text(encoding="utf-8")))


def test_a_damaged_original_is_not_copied_over_a_good_copy(own_archive: Path, place: Path) -> None:
    backed_up(own_archive, place)
    good = media(place)
    damaged, lost, *_ = sorted(good)
    flip(own_archive / damaged)
    (own_archive / lost).unlink()
    with Archive(own_archive) as archive:
        store(archive, "new", "rotten")
        rotten = archive.db.execute("SELECT path FROM recordings ORDER BY id DESC LIMIT 1").fetchone()[0]
    flip(own_archive / rotten)
    # Of the same size: what is there is not read again each time.
    found = backed_up(own_archive, place, code=1)
    assert found["copied"] == 1
    assert {fault["path"]: fault["outcome"] for fault in found["faults"]} == {lost: "missing", rotten: "changed"}
    assert all(fault["clip"] for fault in found["faults"])
    assert media(place).items() >= good.items()
    assert rotten not in media(place)
    assert read(place)["absent"] == 2
    said = run("backup", place, "--reread", "--archive", own_archive)
    assert said.code == 1
    assert f"{rotten} of clip" in said.out
    assert f"verify --repair --look-in {place}" in said.err
    assert media(place)[damaged] == good[damaged]
    again = run("verify", "--repair", "--look-in", place, "--archive", own_archive, "--json").json["recordings"]
    assert {one["path"] for one in again["put_back"]} == {damaged, lost}
    assert media(own_archive).items() >= good.items()


def test_a_damaged_copy_is_found_when_it_is_read_again(archive: Archive, place: Path) -> None:
    store(archive, "one", "two")
    backup.make(archive, place)
    good = media(place)
    first, second = sorted(good)
    flip(place / first)
    (place / second).write_bytes(b"half")
    assert (backup.make(archive, place).copied, media(place)[second]) == (1, good[second])
    found = backup.make(archive, place, reread=True)
    assert (found.copied, found.replaced) == (1, 1)
    assert media(place) == good


def test_what_the_archive_no_longer_has_goes_when_asked(archive: Archive, place: Path) -> None:
    _, removed = store(archive, "one", "two")
    backup.make(archive, place)
    before = media(place)
    save.remove_clip(archive, removed)
    assert backup.make(archive, place).pruned == 0
    assert media(place) == before
    (place / "media" / "notes.txt").write_text("mine", encoding="utf-8")
    assert backup.make(archive, place, prune=True).pruned == 1
    assert media(place) == {**media(archive.folder), "media/notes.txt": b"mine"}


def test_what_the_public_hears_is_copied_too(archive: Archive, place: Path) -> None:
    (uid,) = store(archive, "one")
    redactions.add(archive, uid, 0.2, 0.4, author="editor")
    other = archive.folder / "inbox" / "other.mp3"
    other.write_bytes(b"with a tone")
    path = archive.media.put(other, sha256_of(other), ".mp3")
    archive.db.execute("UPDATE redacted_recordings SET sha256 = ?, path = ?, bytes = 11", [sha256_of(other), path])
    archive.db.conn.commit()
    assert backup.make(archive, place, prune=True).files == 2
    assert media(place) == media(archive.folder)
    (place / path).write_bytes(b"x")
    assert backup.make(archive, place).copied == 1


def test_a_backup_is_no_archive_to_work_in(archive: Archive, place: Path) -> None:
    store(archive, "one")
    backup.make(archive, place)
    assert "radio-archive restore" in run("list", "--archive", place).err
    assert run("init", place).code == 1
    assert state(place)


@pytest.mark.parametrize("where", ["archive", "archive/backup", "archive/media", "link", "file", "none/backup", "full"])
def test_a_place_that_cannot_be_one_is_refused(archive: Archive, tmp_path: Path, where: str) -> None:
    archive.folder.rename(tmp_path / "archive")
    (tmp_path / "link").symlink_to(tmp_path / "archive" / "inbox")
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "holiday.jpg").touch()
    before = sorted(tmp_path.rglob("*"))
    ran = run("backup", tmp_path / where, "--archive", tmp_path / "archive")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before and "archive.db" not in path.name] == []


def test_no_backup_is_made_around_its_archive(archive: Archive, place: Path) -> None:
    backup.make(archive, place)
    shutil.copytree(archive.folder, place / "archive")
    with Archive(place / "archive") as moved, pytest.raises(UsageError, match="the archive itself is in"):
        backup.make(moved, place)


def test_the_backup_of_another_archive_is_refused(archive: Archive, place: Path, tmp_path: Path) -> None:
    backup.make(archive, place)
    with Archive.create(tmp_path / "another", "") as another, pytest.raises(UsageError, match="of another archive"):
        backup.make(another, place)
    (place / "backup.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(RadioArchiveError, match="not what a backup has there"):
        backup.make(archive, place)


def test_a_place_where_an_earlier_backup_is_gone_may_be_a_disk_that_is_elsewhere(archive: Archive, place: Path) -> None:
    store(archive, "one")
    backup.make(archive, place)
    assert [one.place for one in backup.known(archive)] == [place]
    shutil.rmtree(place)
    place.mkdir()
    with pytest.raises(UsageError, match="is not there now"):
        backup.make(archive, place)
    assert list(place.iterdir()) == []
    backup.make(archive, place, new=True)
    backup.make(archive, place.with_name("second"))
    assert {one.place.name for one in backup.known(archive)} == {"backup", "second"}
    (archive.folder / ".backups.json").write_text("[1", encoding="utf-8")
    assert backup.known(archive) == []


def test_no_link_in_a_backup_leads_elsewhere(archive: Archive, place: Path, tmp_path: Path) -> None:
    store(archive, "one", "two")
    backup.make(archive, place)
    outside = tmp_path / "outside"
    outside.mkdir()
    precious = outside / "precious"
    precious.write_bytes(b"precious")
    recording, *_ = media(place)
    (place / recording).unlink()
    (place / recording).symlink_to(precious)
    (place / "archive.db.partial").symlink_to(precious)
    (place / "backup.json.partial").symlink_to(precious)
    assert backup.make(archive, place).copied == 1
    assert media(place) == media(archive.folder)
    assert not (place / recording).is_symlink()
    for folder in ("media", f"media/{Path(recording).parent.name}", "media/.incoming"):
        was = place / folder
        aside = tmp_path / "aside"
        if was.exists():
            was.rename(aside)
        was.symlink_to(outside)
        with pytest.raises(RadioArchiveError):
            backup.make(archive, place, reread=True)
        was.unlink()
        if aside.exists():
            aside.rename(was)
    assert [path.name for path in outside.rglob("*")] == ["precious"]
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize("size", [0, 60_000, 1_500_000], ids=["nothing", "the database", "a recording"])
def test_a_place_that_becomes_full_keeps_the_earlier_backup(archive: Archive, place: Path, size: int) -> None:
    store(archive, "one")
    backup.make(archive, place)
    before = state(place)
    store(archive, "two", size=2_000_000)
    with largest_file(size), pytest.raises(DiskFullError, match="An earlier backup there is as it was") as raised:
        backup.make(archive, place)
    assert "transcribed" not in str(raised.value)
    assert not list(place.rglob("*.partial"))
    assert state(place) == before
    assert backup.make(archive, place).copied == 1
    assert media(place) == media(archive.folder)


def test_a_place_without_room_is_said_before_anything_is_copied(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(archive, "one", size=3_000_000)
    usage = shutil.disk_usage(place.parent)._replace(free=2_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFullError, match=r"3\.0 MB are needed, and 2\.0 MB are free"):
        backup.make(archive, place)
    assert media(place) == {}


def test_a_damaged_database_replaces_no_backup(archive: Archive, place: Path) -> None:
    store(archive, "one", "two")
    backup.make(archive, place)
    before = state(place)
    archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (root,) = archive.db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'claims'").fetchone()
    archive.close()
    with (archive.folder / "archive.db").open("r+b") as file:
        file.seek(4096 * (root - 1) + 3)
        file.write(b"\xff\xff\xff")
    with Archive(archive.folder, read_only=True) as damaged, pytest.raises(NotAnArchiveError, match="is damaged"):
        backup.make(damaged, place)
    assert state(place) == before


def test_what_is_private_stays_so_and_what_cannot_be_noted_is_said(own_archive: Path, tmp_path: Path) -> None:
    os.chmod(own_archive / "archive.db", 0o600)  # noqa: PTH101
    give_to_nobody(own_archive)
    (tmp_path / "to").mkdir()
    give_to_nobody(tmp_path / "to")
    own_archive.chmod(0o500)
    ran = as_nobody("backup", tmp_path / "to" / "backup", "--archive", own_archive)
    assert ran.returncode == 0, ran.stderr
    assert "cannot remember this backup" in ran.stderr
    place = tmp_path / "to" / "backup"
    assert place.stat().st_mode & 0o077 == 0
    assert (place / read(place)["database"]).stat().st_mode & 0o077 == 0


def test_what_is_archived_elsewhere_is_counted(own_archive: Path, place: Path) -> None:
    with closing(sqlite3.connect(own_archive / "archive.db")) as db, db:
        db.execute("UPDATE recordings SET storage = 'referenced', path = '../elsewhere.mp3' WHERE id = 1")
    ran = ok("backup", place, "--archive", own_archive)
    assert "1 recording archived with --reference not copied" in ran.out
