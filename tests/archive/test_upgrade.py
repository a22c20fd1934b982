"""An older archive is upgraded when it is opened: a copy, one transaction, then rebuilt rows."""

import ast
import hashlib
import itertools
import json
import os
import random
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.nobody import as_nobody, give_to_nobody
from support.program import COMMAND, FIXTURES, environment, ok, run

from radio_archive.archive import migrations
from radio_archive.archive.archive import Archive
from radio_archive.archive.index import rebuild
from radio_archive.archive.index.check import verify
from radio_archive.config.settings import TEMPLATE
from radio_archive.errors import DiskFullError
from radio_archive.events import Event, Notice, Rebuilding

EARLIER = sorted((FIXTURES / "archives").glob("*.db"))
OLD = EARLIER[:4]
"""From before the version that rebuilds all derived rows."""

SHIPPED = {
    "0001_first": "1fed6eed25f4880e7b17df20c8085d60e9adcf3218d8eaa25190020c169a124e",
    "0002_windows": "3ba479cdefe73e7af88e047a64eadca7d910df3f0eadd5402a0f96607c7a2f38",
    "0003_watching": "4b6bdc2a584c07762dc468847b540472b2507274cdd096512420a628b75a1351",
    "0004_sourced": "8df9eebda5f835cfca2c85a1a7f89ded5eb77735f091e98e8a4baa7edd1a5c34",
    "0005_search": "57a92d8efe1955ff5df03754949765d671048f111afd24341fc944cf9a346a8d",
    "0006_saved": "c9b472fca7ce7dd7c75a1da4dc3d562c1bf72b1867ae72983a75dd678f61b78d",
    "0007_gaps": "6f7d082dacad9b97ca3868c310f807f25bff167ca3257b11a059f2340f217cea",
    "0008_scale": "e3a23874b674f1fa339b044524b83ed73defffb15c4ea35cf6a27b5b7635992d",
    "0009_forms": "5e3a5dfaa806cf67c107dcae5e8e4a6ea43724ec6dd8bc01226323121a80e000",
    "0010_words": "5750b8711c58a96c752579c2fcda15a55c424453506a4a97fed22acef3ed951d",
    "0011_meaning": "0877610e913d860c5fcfd85653b71e38aa07047efa2347bd0331940d8b0c820a",
    "0012_backfill": "e6b317ed1af06fd02752e947a89c08ed735b83a13274954ccb6ecdd9d8738fc6",
    "0013_listing": "faf9777a401b475d404667a0c205602d5af09b0513a8c3895b4e6507234ab096",
    "0014_wholes": "f909ad081a7b45eff3e66cf9e01c2fc601716ba9666c560bd265d51f127c2852",
    "0015_browse": "9b2a1e132b8f8f0201292e45f8a448bce919166a3a5ccb0fa459cc99087df98e",
    "0016_corrections": "78981a2132f2ab858bc424061822f5c91c4ba67659de333113102ab2ecad608c",
    "0017_redactions": "14cf50e855d591c0c04a115c8c669cb985bcb2c319f7f8b1c01212f0c79484e5",
    "0018_versions": "45afa389656cf2cd354c93b03c8d2f144abd87e578f9a92b98f037b4295cea35",
    "0019_review": "132630d491f3147a9cf439a9bacd103866dbacc18b2d4df07e3a9af363386414",
    "0020_glossary": "a8b1ef084829ab6f43fb23e5d53bf7a062f883fbdfff674bfbda16697f11bea2",
    "0021_digests": "e3636c13d2b42e42ac3a98eaca434e238ac4f269a9c5583bb6f1e53294b06a63",
    "0022_fixity": "01062280d06d20bdd1256f9b3aeb524881f8f1b7a0b6ea6b3e67b709535b58f9",
    "0023_row_digests": "704fc2416e818778e867707e079232dd4ca9685b81b7f742d031c3e48e48108a",
    "0024_deliveries": "042e0ebc7dc7a18bbe2ced5af2345ddeceb590179284fa424a9a5e7450f66fc7",
}
"""SHA-256 of what each version that shipped does. These never change; a new version gets a line of its own."""
GONE = {"corrections.digest"}
"""What a version called stale, and a later one dropped."""


def placed(source: Path, folder: Path) -> Path:
    """Return `folder` with the database `source` as its archive."""
    folder.mkdir(exist_ok=True)
    shutil.copy(source, folder / "archive.db")
    (folder / "radio-archive.toml").touch()
    return folder


def rows(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return all rows of all tables, without those that full-text indexes are kept in."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {
            name: [dict(row) for row in db.execute(f"SELECT * FROM {name} ORDER BY 1")]
            for name in names
            if "_fts" not in name
        }


def indexed(path: Path) -> list[tuple[object, ...]]:
    """Return every word of every full-text index with its place."""
    found: list[tuple[object, ...]] = []
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
        for (name,) in db.execute(query).fetchall():
            db.execute(f"CREATE VIRTUAL TABLE temp.v_{name} USING fts5vocab(main, {name}, instance)")
            found += [(name, *row) for row in db.execute(f"SELECT * FROM temp.v_{name} ORDER BY 1, 2, 3, 4")]
    return found


def layout(path: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return set(db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


def content(path: Path) -> object:
    """Return all that an archive's database holds, except the times of its upgrades."""
    tables = rows(path)
    versions = [row["name"] for row in tables.pop("_sqlite_migrations")]
    return versions, tables, indexed(path), layout(path)


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("archive.db.before-*"))


# What a migration is.


@pytest.mark.parametrize("name", migrations.NAMES)
def test_a_version_that_shipped_stays_as_it_is(name: str) -> None:
    path = Path(migrations.__file__).with_name(f"{name}.sql")
    shipped = path.read_bytes() + json.dumps(migrations.STALE.get(name, ())).encode("utf-8")
    assert hashlib.sha256(shipped).hexdigest() == SHIPPED[name]


def test_migrations_call_no_code_of_the_package() -> None:
    tree = ast.parse(Path(migrations.__file__).read_text(encoding="utf-8"))
    modules = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in modules if module.startswith("radio_archive")}
    files = [path for path in Path(migrations.__file__).parent.iterdir() if path.is_file()]
    assert [path.name for path in files if path.suffix != ".sql"] == ["__init__.py"], "a migration is SQL"


def test_all_versions_are_applied_in_the_order_of_their_numbers() -> None:
    files = sorted(path.stem for path in Path(migrations.__file__).parent.glob("[0-9]*.sql"))
    assert list(migrations.NAMES) == files == list(SHIPPED)


def test_what_a_version_calls_stale_can_be_made_again() -> None:
    for name in migrations.NAMES:
        stale = set(migrations.STALE.get(name, ()))
        assert stale <= {*rebuild.PARTS, *GONE}, name
        variants = {part for part in rebuild.PARTS if part.endswith(".variants")}
        assert "spellings" not in stale or variants <= stale, name


# What an upgrade does.


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.stem)
def test_an_upgrade_keeps_every_row(earlier: Path, tmp_path: Path) -> None:
    folder = placed(earlier, tmp_path / "old")
    before = rows(folder / "archive.db")
    with Archive(folder) as archive:
        assert all(not verdict.problems for verdict in verify(archive, mend=False))
    after = rows(folder / "archive.db")
    derived = {(table, "forms") for table in ("segments", "clips", "stories")}
    derived |= {("segments", "facets"), ("segments", "variants"), ("stories", "variants"), ("sketches", "hash")}
    for table in before.keys() - {"_sqlite_migrations", "spellings"}:
        columns = before[table][0].keys() & after[table][0].keys() if before[table] else set()
        kept = [column for column in sorted(columns) if (table, column) not in derived]
        for old, new in zip(before[table], after[table], strict=True):
            assert [old[column] for column in kept] == [new[column] for column in kept]
    Archive.create(tmp_path / "new", TEMPLATE).close()
    assert layout(folder / "archive.db") == layout(tmp_path / "new" / "archive.db")


@pytest.mark.parametrize("earlier", OLD, ids=lambda path: path.stem)
def test_a_copy_is_made_first(earlier: Path, tmp_path: Path) -> None:
    folder = placed(earlier, tmp_path)
    (folder / "archive.db").chmod(0o600)
    before = content(folder / "archive.db")
    said = run("list", "--json", "--archive", folder)
    (kept,) = copies(folder)
    following = migrations.NAMES[migrations.NAMES.index(earlier.stem) + 1]
    assert kept.name.startswith(f"archive.db.before-{following}-20")
    assert kept.name in said.err
    assert said.err.count("\n") == 1
    assert said.json
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert content(kept) == before
    assert run("list", "--json", "--archive", folder).err == ""
    assert copies(folder) == [kept]


def test_the_copy_is_an_archive_that_can_take_its_place(tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path)
    Archive(folder).close()
    upgraded = content(folder / "archive.db")
    (kept,) = copies(folder)
    kept.replace(folder / "archive.db")
    Archive(folder).close()
    assert content(folder / "archive.db") == upgraded


def test_a_later_copy_takes_the_place_of_an_earlier_one_from_before_the_same_version(tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path)
    earlier = folder / "archive.db.before-0002_windows-20200101T000000Z"
    other = folder / "archive.db.before-0001_first-20200101T000000Z"
    for path in (earlier, other):
        path.touch()
    Archive(folder).close()
    kept, new = copies(folder)
    assert kept == other
    assert new.name > earlier.name


def test_new_archives_and_those_of_today_get_no_copy(tmp_path: Path) -> None:
    Archive.create(tmp_path / "new", TEMPLATE).close()
    Archive(tmp_path / "new").close()
    Archive(placed(EARLIER[-1], tmp_path / "today")).close()
    assert copies(tmp_path / "new") == copies(tmp_path / "today") == []


def test_it_is_told_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "SHARE", 10)
    heard: list[Event] = []
    Archive(placed(OLD[0], tmp_path), read_only=True, listener=heard.append).close()
    assert isinstance(heard[0], Notice)
    progress = [event for event in heard if isinstance(event, Rebuilding)]
    assert list(dict.fromkeys(event.what for event in progress)) == list(rebuild.PARTS)
    variants = [event.done for event in progress if event.what == "segments.variants"]
    assert len(variants) > 3
    assert variants == sorted(variants)
    assert all(later - sooner <= 10 for sooner, later in itertools.pairwise(variants))


# What can come in between.

KILLER = """
import itertools, os, shutil, signal, sqlite3, sys
from pathlib import Path
from radio_archive.archive.index import facets, rebuild
from radio_archive.archive.archive import Archive

facets.SHARE = rebuild.SHARE = 10  # so that a small archive is rebuilt in many transactions
connect = sqlite3.connect

def opened(folder, last):
    numbers = itertools.count(1)

    def traced(*arguments, **named):
        connection = connect(*arguments, **named)
        connection.set_trace_callback(lambda _: os.kill(os.getpid(), signal.SIGKILL) if next(numbers) == last else None)
        return connection

    sqlite3.connect = traced
    Archive(folder).close()
    return next(numbers)

folder, *moments = sys.argv[1:]
print(opened(Path(folder), 0), flush=True)
for number, moment in enumerate(sys.stdin.readline().split()):
    child = os.fork()
    if not child:
        opened(Path(folder).with_name(f"killed {number}"), int(moment))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Opens an archive, says how many statements that took, and is killed before each given one in copies beside it."""


@pytest.mark.parametrize(("earlier", "mode"), [(OLD[0], "delete"), (OLD[3], "wal")], ids=["0001", "0004"])
def test_killed_at_any_moment(earlier: Path, mode: str, tmp_path: Path) -> None:
    start = placed(earlier, tmp_path / "start")
    with closing(sqlite3.connect(start / "archive.db")) as db:
        assert db.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)
    before = rows(start / "archive.db")
    whole = shutil.copytree(start, tmp_path / "whole")
    killer = subprocess.Popen(
        [sys.executable, "-c", KILLER, whole], text=True, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert killer.stdout is not None
    statements = int(killer.stdout.readline())
    moments = sorted(random.Random(20261128).sample(range(1, statements), 24))
    folders = [shutil.copytree(start, tmp_path / f"killed {number}") for number in range(len(moments))]
    out, _ = killer.communicate(" ".join(map(str, moments)) + "\n")
    assert out.split() == ["-9"] * len(moments)
    upgraded = content(whole / "archive.db")
    found = set()
    for folder in folders:
        # As the old version would open it: with SQLite, and to write.
        with closing(sqlite3.connect(folder / "archive.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            done = db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
        assert done in (len(before["_sqlite_migrations"]), len(migrations.NAMES)), "all versions or none"
        found.add(done)
        if done < len(migrations.NAMES):
            assert rows(folder / "archive.db") == before
        else:
            (kept,) = copies(folder)
            assert rows(kept) == before
        # A reader, too, finishes what was begun.
        Archive(folder, read_only=True).close()
        assert content(folder / "archive.db") == upgraded
        assert len(copies(folder)) == 1
        assert not list(folder.glob("*.partial"))
    assert len(found) == 2


def crashed(folder: Path, copy: Path) -> Path:
    """Return a copy of an archive as a crash in the middle of a transaction leaves it: half written, with a journal."""
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        assert db.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
        db.execute("PRAGMA cache_size = 1")
        db.execute("UPDATE clips SET title = 'half'")
        db.execute("UPDATE segments SET heard = zeroblob(4000)")
        shutil.copytree(folder, copy)
        db.rollback()
    return copy


def test_a_reader_after_a_crash_sees_what_was_there_before(tmp_path: Path) -> None:
    folder = placed(EARLIER[-1], tmp_path / "whole")
    left = crashed(folder, tmp_path / "left")
    assert (left / "archive.db").read_bytes() != (folder / "archive.db").read_bytes()
    titles = [clip["title"] for clip in ok("list", "--json", "--archive", folder).json]
    assert [clip["title"] for clip in ok("list", "--json", "--archive", left).json] == titles
    # If it cannot be rolled back, it is not read either.
    left = crashed(folder, tmp_path / "locked")
    give_to_nobody(left)
    for path in (left, *left.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = as_nobody("list", "--json", "--archive", left)
    left.chmod(0o755)
    assert done.returncode == 1
    assert "archive.db for writing" in done.stderr


def test_what_was_made_again_is_not_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "SHARE", 10)

    class StoppedError(Exception):
        pass

    def stop(event: Event) -> None:
        if isinstance(event, Rebuilding) and event.what == "segments.variants" and event.done >= 20:
            raise StoppedError

    folder = placed(OLD[0], tmp_path)
    with pytest.raises(StoppedError):
        Archive(folder, listener=stop)
    heard: list[Event] = []
    Archive(folder, listener=heard.append).close()
    first = heard[0]
    assert isinstance(first, Rebuilding)
    assert (first.what, first.done) == ("segments.variants", 20)


def test_what_a_version_in_between_left_to_do_is_let_go(tmp_path: Path) -> None:
    folder = placed(EARLIER[-1], tmp_path)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("CREATE TABLE _rebuild (what TEXT PRIMARY KEY, after INTEGER NOT NULL)")
        db.execute("INSERT INTO _rebuild VALUES ('clips.forgotten', 3), ('segments.facets', 0)")
    Archive(folder, read_only=True).close()
    assert "_rebuild" not in rows(folder / "archive.db")


SLOW = """
import sys
from pathlib import Path
from radio_archive.archive import schema
from radio_archive.archive.archive import Archive

keep = schema._back_up

def slowly(path, version):
    print("upgrading", flush=True)
    sys.stdin.readline()
    return keep(path, version)

schema._back_up = slowly
Archive(Path(sys.argv[1])).close()
print("open", flush=True)
"""
IMPATIENT = """
import sys
from pathlib import Path
from radio_archive.archive import database
from radio_archive.archive.archive import Archive
from radio_archive.events import Notice

database.BUSY_SECONDS = 0.1
Archive(Path(sys.argv[1]), listener=lambda event: isinstance(event, Notice) and print(event.text, flush=True)).close()
print("open", flush=True)
"""


def test_of_two_processes_one_upgrades_and_the_other_waits(tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path)

    def start(script: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", script, folder], text=True, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    first = start(SLOW)
    assert first.stdout is not None
    assert first.stdout.readline() == "upgrading\n"
    second = start(IMPATIENT)
    assert second.stdout is not None
    assert "waiting for another process" in second.stdout.readline()
    assert copies(folder) == []
    assert first.communicate("go on\n")[0] == "open\n"
    said = second.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert said.endswith("open\n")
    assert "upgrading" not in said
    assert len(copies(folder)) == 1
    with Archive(folder) as archive:
        assert all(not verdict.problems for verdict in verify(archive, mend=False))


# Where there is no room, or no right.


def test_no_room_for_the_copy(tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path)
    before = (folder / "archive.db").read_bytes()
    # A file that is larger than what is free, though most of it is a hole.
    os.truncate(folder / "archive.db", 2 * shutil.disk_usage(folder).free)
    with pytest.raises(DiskFullError, match=r"no space left for a copy.*Nothing was changed\. Free [0-9,]+ MB"):
        Archive(folder)
    os.truncate(folder / "archive.db", len(before))
    assert (folder / "archive.db").read_bytes() == before
    assert copies(folder) == []
    Archive(folder).close()


@pytest.mark.parametrize("limit", [0, 100_000])
def test_the_copy_cannot_be_written(limit: int, tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path)
    before = (folder / "archive.db").read_bytes()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [*COMMAND, "list", "--archive", folder], capture_output=True, text=True, env=environment(), check=False,
        preexec_fn=limited,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Nothing was changed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (folder / "archive.db").read_bytes() == before
    assert copies(folder) == []
    assert ok("list", "--json", "--archive", folder).json


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_an_older_archive_on_a_read_only_disk(mode: str, tmp_path: Path) -> None:
    folder = placed(OLD[0], tmp_path / "archive")
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.execute(f"PRAGMA journal_mode = {mode}")
    before = (folder / "archive.db").read_bytes()
    give_to_nobody(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        for command in (["list"], ["search", "cable"], ["tag", "x", "title=y"]):
            done = as_nobody(*command, "--archive", folder)
            assert done.returncode == 1
            assert "Traceback" not in done.stderr
            assert done.stderr.count("\n") == 1
            assert "archive.db" in done.stderr
        done = as_nobody("list", "--archive", folder)
        assert "made by an older version" in done.stderr
        assert "Copy the archive to where you may write" in done.stderr
    finally:
        folder.chmod(0o755)
    assert (folder / "archive.db").read_bytes() == before
