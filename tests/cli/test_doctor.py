"""`doctor` and `verify` tell a sound archive from a damaged one, with any version of SQLite."""

import re
import shutil
import sqlite3
import tracemalloc
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.program import FIXTURES, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.index.check import verify
from radio_archive.archive.verify import FILES_SHOWN, check
from radio_archive.errors import NotAnArchiveError

PAGE = 4096
LATEST = max((FIXTURES / "archives").glob("*.db"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of the current version, without its audio."""
    shutil.copy(LATEST, tmp_path / "archive.db")
    (tmp_path / "radio-archive.toml").touch()
    Archive(tmp_path).close()
    return tmp_path


def execute(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        return db.execute(statement).fetchall()


def findings(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the findings of `doctor` for a folder, by subject."""
    return {found["about"]: found for found in run("doctor", "--archive", folder, "--json").json}


def overwrite(folder: Path, number: int) -> None:
    """Overwrite the beginning of a database page, numbered from 1, with other bytes."""
    with (folder / "archive.db").open("r+b") as file:
        file.seek((number - 1) * PAGE)
        file.write(b"\x5a" * 200)


def test_a_healthy_archive_is_sound(folder: Path) -> None:
    assert execute(folder, "SELECT 1 FROM sketches LIMIT 1"), "the table that SQLite 3.40 misjudges"
    about = findings(folder)
    assert about["database"]["found"] == "sound"
    assert re.fullmatch(r"each was read back since 20\d\d-\d\d-\d\d", about["recordings"]["found"])
    assert "search index" not in about


@pytest.mark.parametrize("name", ["clips", "segments", "sketches", "sketches_clip", "claims_subject"])
def test_a_damaged_page_is_found(name: str, folder: Path) -> None:
    ((page,),) = execute(folder, f"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'")
    overwrite(folder, page)
    about = findings(folder)
    said = about["database"] if "database" in about else about["archive"]
    assert not said["ok"]
    assert "Restore" in said["advice"]
    ran = run("verify", "--archive", folder)
    assert ran.code == 1
    assert re.search("archive.db is damaged.*Restore a backup.*archive.db-wal", ran.err)
    assert ran.err.count("\n") == 1


def is_found_damaged(folder: Path) -> tuple[bool, bool]:
    """Whether both `check` and `verify` report it."""
    try:
        with Archive(folder) as archive:
            damage = check(archive).damage
    except NotAnArchiveError as error:
        damage = error.problem
    try:
        with Archive(folder) as archive:
            verify(archive, mend=False)
    except NotAnArchiveError:
        return bool(damage), True
    return bool(damage), False


def test_every_page_is_looked_at(folder: Path) -> None:
    # Without pages that a migration emptied: nothing can be damaged there.
    execute(folder, "VACUUM")
    assert is_found_damaged(folder) == (False, False)
    whole = (folder / "archive.db").read_bytes()
    for number in range(2, len(whole) // PAGE + 1):
        overwrite(folder, number)
        assert is_found_damaged(folder) == (True, True), f"page {number}"
        (folder / "archive.db").write_bytes(whole)


def test_a_damaged_index_is_no_damage_to_the_archive(folder: Path) -> None:
    execute(folder, "UPDATE segments_fts_data SET block = zeroblob(40) WHERE id > 10")
    about = findings(folder)
    assert about["database"]["ok"]
    # SQLite looks into full-text indexes since 3.44.
    if sqlite3.sqlite_version_info >= (3, 44):
        assert "radio-archive verify" in about["search index"]["advice"]
    assert run("verify", "--no-audio", "--archive", folder).code == 1
    assert run("verify", "--no-audio", "--repair", "--archive", folder).code == 0
    assert "search index" not in findings(folder)


def test_a_row_that_points_nowhere_is_found(folder: Path) -> None:
    execute(folder, "UPDATE segments SET transcript_id = 999 WHERE id = 1")
    assert findings(folder)["database"]["found"] == "a row of segments points to a missing row of transcripts"


def test_audio_that_no_clip_uses_is_never_advised_to_be_deleted(folder: Path) -> None:
    stray = folder / "media" / "ab" / f"{'ab' * 32}.mp3"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"perhaps the only copy")
    said = findings(folder)["stray audio"]
    assert said["advice"].startswith("Keep them.")
    assert "delete" not in said["advice"]


def test_what_is_held_does_not_grow_with_the_number_of_recordings(folder: Path) -> None:
    rows = ((f"{number:064x}", f"media/{number:064x}.mp3") for number in range(20_000))
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.executemany(
            """INSERT INTO recordings (sha256, bytes, media_type, duration, sample_rate, channels, storage, path,
                   original_name, added_at) VALUES (?, 1, 'audio/mpeg', 1, 44100, 1, 'copied', ?, 'a.mp3', '2024')""",
            rows,
        )
    stray = folder / "media" / "ab"
    stray.mkdir(parents=True)
    for number in range(12):
        (stray / f"ab{number:062x}.mp3").touch()
    with Archive(folder, read_only=True) as archive:
        tracemalloc.start()
        try:
            found = check(archive)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert found.missing.number >= 20_000
    assert len(found.missing.first) == len(found.stray.first) == FILES_SHOWN
    assert found.stray.number == 12
    assert peak < 1_000_000
