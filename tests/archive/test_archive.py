"""The archive on disk: made, found, opened, upgraded, and pleasant with nothing but SQLite's own tools."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import FIXTURES, environment, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.migrations import NAMES
from radio_archive.errors import NewerArchiveError, NoArchiveError, NotAnArchiveError, UsageError

EARLIER = sorted((FIXTURES / "archives").glob("*.db"))


def test_init_makes_what_the_design_draws(tmp_path: Path) -> None:
    ok("init", tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "archive.db", "radio-archive.toml", "media", "inbox",
    }  # fmt: skip
    assert "[engine]" in (tmp_path / "new" / "radio-archive.toml").read_text(encoding="utf-8")


def test_init_never_touches_an_archive_that_is_there(own_archive: Path) -> None:
    before = ok("list", "--archive", own_archive, "--json").out
    ran = run("init", own_archive)
    assert ran.code == 1
    assert "already" in ran.err
    assert ok("list", "--archive", own_archive, "--json").out == before


def test_init_keeps_settings_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "radio-archive.toml").write_text('[engine]\nmodel = "demo"\n', encoding="utf-8")
    ok("init", tmp_path)
    assert (tmp_path / "radio-archive.toml").read_text(encoding="utf-8") == '[engine]\nmodel = "demo"\n'


def test_found_from_a_folder_deep_inside_it(demo_archive: Path) -> None:
    inside = demo_archive / "media"
    assert ok("list", "--json", cwd=inside).json == ok("list", "--json", "--archive", demo_archive).json


def test_outside_of_any_archive_the_error_says_what_to_do(tmp_path: Path) -> None:
    ran = run("list", cwd=tmp_path)
    assert ran.code == 1
    assert "radio-archive init" in ran.err
    assert ran.err.count("\n") == 1


def test_named_by_the_environment(demo_archive: Path, tmp_path: Path) -> None:
    assert len(run("list", "--jsonl", cwd=tmp_path, env=environment(RADIO_ARCHIVE=str(demo_archive))).rows) == 14


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "archive.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = (tmp_path / "archive.db").read_bytes()
    with pytest.raises(NotAnArchiveError, match="not a radio archive"):
        Archive(tmp_path)
    assert (tmp_path / "archive.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"hello, I am a text", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "archive.db").write_bytes(content)
    (tmp_path / "radio-archive.toml").touch()
    for command in (["list"], ["add", str(FIXTURES)], ["search", "x"]):
        ran = run(*command, cwd=tmp_path)
        assert ran.code == 1
        assert "archive.db" in ran.err
        assert ran.err.count("\n") == 1


def test_an_archive_from_a_newer_version_is_refused(own_archive: Path) -> None:
    with sqlite3.connect(own_archive / "archive.db") as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('radio_archive', '9999_later', '')"
        )
    for read_only in (True, False):
        with pytest.raises(NewerArchiveError, match="9999_later"):
            Archive(own_archive, read_only=read_only)


def test_a_creation_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "archive.db").close()
    (tmp_path / "radio-archive.toml").touch()
    (tmp_path / "archive.db").touch()
    assert ok("list", cwd=tmp_path).out == ""


def test_a_folder_without_an_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoArchiveError, match="no archive"):
        Archive(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotAnArchiveError, match="is a file"):
        Archive.create(tmp_path / "file", "")
    with Archive.create(tmp_path / "made", ""), pytest.raises(UsageError, match="already"):
        Archive.create(tmp_path / "made", "")


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.stem)
def test_archives_of_every_earlier_version_are_upgraded(earlier: Path, tmp_path: Path) -> None:
    shutil.copy(earlier, tmp_path / "archive.db")
    (tmp_path / "radio-archive.toml").touch()
    listed = ok("list", "--json", cwd=tmp_path).json
    assert {clip["show"] for clip in listed} >= {"Pacific Report", "Harbor Watch"}
    assert ok("search", "undersea cable", "--json", cwd=tmp_path).json
    with Archive(tmp_path) as archive:
        assert archive.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_there_is_an_archive_of_every_version() -> None:
    assert tuple(path.stem for path in EARLIER) == NAMES


def test_foreign_keys_are_real(demo_archive: Path) -> None:
    with sqlite3.connect(demo_archive / "archive.db") as db:
        pointing = {
            (table, column)
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for column in [row[3] for row in db.execute("SELECT * FROM pragma_foreign_key_list(?)", [table])]
        }
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert {("clips", "show_id"), ("segments", "clip_id"), ("credits", "person_id")} <= pointing


def test_sqlite3_finds_a_word(demo_archive: Path) -> None:
    if shutil.which("sqlite3") is None:
        pytest.skip("the sqlite3 command is not installed")
    query = "SELECT title, segments.text FROM segments_fts JOIN segments ON segments.id = segments_fts.rowid " \
        "JOIN clips ON clips.id = clip_id WHERE segments_fts MATCH 'undersea'"  # fmt: skip
    found = subprocess.run(
        ["sqlite3", "-readonly", demo_archive / "archive.db", query], capture_output=True, text=True, check=True
    )
    assert "undersea cable" in found.stdout


def test_sqlite_utils_finds_a_word(demo_archive: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "sqlite_utils", "search", demo_archive / "archive.db", "segments", "undersea"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "undersea cable" in found.stdout


# As it starts where our plugin is not installed: with none at all.
WITHOUT_PLUGINS = "import sys; sys._called_from_test = True; from datasette.cli import cli; cli()"


def test_plain_datasette_finds_a_word(own_archive: Path) -> None:
    for path, text in (
        ("segments.json?_search=undersea&_shape=array&_labels=on", "undersea cable"),
        ("clip_list", "Pacific Report"),
    ):
        arguments = [str(own_archive / "archive.db"), "--get", f"/archive/{path}"]
        command = [sys.executable, "-c", WITHOUT_PLUGINS, *arguments]
        shown = subprocess.run(command, capture_output=True, text=True, check=True)
        assert text in shown.stdout
