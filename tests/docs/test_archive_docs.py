"""What docs/archive.md says of the database and the folder is so, and nothing is missing from it."""

import hashlib
import json
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from support.pages import CODE, DOCS, FENCE, ROOT, read
from support.program import CLIPS, ok, run

from radio_archive.audio import peaks
from radio_archive.models import Verdict

PAGE = read(DOCS / "archive.md")
SOURCE = "\n".join(read(path) for path in sorted((ROOT / "radio_archive").rglob("*.py")))
TRIGGERS = "\n".join(
    trigger
    for path in sorted((ROOT / "radio_archive" / "archive" / "migrations").glob("*.sql"))
    for trigger in re.findall(r"^CREATE TRIGGER.*?^END;", read(path), re.DOTALL | re.MULTILINE)
)


def section(heading: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[tuple[list[str], str]]:
    """Return of each row of the tables in `text` the names in its first cell, and its last cell."""
    found = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [(CODE.findall(cells[0]), cells[-1]) for cells in found]


def connect(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{(folder / 'archive.db').as_uri()}?mode=ro", uri=True)


@pytest.fixture(scope="module")
def schema(demo_archive: Path) -> dict[str, list[str]]:
    """The columns of each table and view that is not an inner one of a full-text index."""
    with closing(connect(demo_archive)) as database:
        names = database.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        kept = [name for (name,) in names if not re.search(r"_fts_|^sqlite_", name)]
        return {name: [row[1] for row in database.execute(f'PRAGMA table_info("{name}")')] for name in kept}


PURPOSES, COLUMNS = rows(section("The tables")), rows(section("The columns"))


@pytest.mark.parametrize("listed", [PURPOSES, COLUMNS], ids=["tables", "columns"])
def test_nothing_is_listed_twice(listed: list[tuple[list[str], str]]) -> None:
    names = Counter(name for found, _ in listed for name in found)
    assert names
    assert [name for name, number in names.items() if number > 1] == []


def test_every_column_is_listed_and_no_other(schema: dict[str, list[str]]) -> None:
    views = {names[0]: re.findall(r"`(\w+)`", last) for names, last in rows(section("Two views to start with"))}
    listed = views | {names[0]: CODE.findall(last) for names, last in COLUMNS}
    # Of the table that sqlite-utils keeps, its version decides.
    assert listed == {name: columns for name, columns in schema.items() if name != "_sqlite_migrations"}


def test_every_column_that_is_named_in_the_text_is_there(schema: dict[str, list[str]]) -> None:
    named = re.findall(r"`(\w+)\.(\w+)`", FENCE.sub("", PAGE))
    tables = [(table, column) for table, column in named if table in schema]
    assert len(tables) > 8
    assert [pair for pair in tables if pair[1] not in schema[pair[0]]] == []


def is_written(table: str) -> bool:
    how = (rf'INTO "?{table}"?\b', rf'insert\w*\([\w.\s]+,\s*"{table}"', rf'table\("{table}"\)\.insert')
    kept = rf"(INTO|UPDATE) {table}\b"
    return any(re.search(one, SOURCE) for one in how) or re.search(kept, TRIGGERS) is not None


def test_the_tables_are_written() -> None:
    # Some are written by the name of their kind, in a way that is not noticed.
    tables = {name for names, _ in PURPOSES for name in names if not name.endswith("_fts")}
    assert sum(map(is_written, tables)) > 0.8 * len(tables)


def test_columns_that_nothing_fills_are_empty(demo_archive: Path) -> None:
    (text,) = re.findall(r"Some columns are not filled yet: (.*?)\n\n", PAGE, re.DOTALL)
    empty = re.findall(r"`(segments|speakers)\.(\w+)`|`(clip_recordings)\.(end)`", text)
    assert len(empty) == 3
    with closing(connect(demo_archive)) as database:
        for one in empty:
            table, column = filter(None, one)
            assert database.execute(f'SELECT count("{column}") FROM {table}').fetchone() == (0,), (table, column)
        assert database.execute("SELECT DISTINCT start FROM clip_recordings").fetchall() == [(0.0,)]


def test_an_archive_holds_what_is_drawn(demo_archive: Path) -> None:
    drawing = FENCE.findall(section("The folder"))[0][1]
    drawn = {line.split()[0].rstrip("/") for line in drawing.splitlines()[1:]}
    there = {path.name for path in demo_archive.iterdir()} - {"archive.db-wal", "archive.db-shm"}
    assert there <= {name.split("/")[0] for name in drawn}
    # Locks, and folders that are made when they are needed.
    later = {"failed", "duplicates", ".serving.json", ".backups.json"}
    later |= {".watch.lock", ".saved.lock", ".backup.lock", ".verify.lock", ".merge.lock"}
    assert {name for name in drawn if not {"/", "…"} & set(name)} - later <= there
    assert [name for name in later if f'"{name}"' not in SOURCE] == []
    assert list((demo_archive / "media" / ".incoming").iterdir()) == []
    for path in (demo_archive / "media").glob("??/*"):
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.parent.name == path.stem[:2]


def test_an_archive_can_be_moved_and_copied_as_described(own_archive: Path, tmp_path: Path) -> None:
    moved = own_archive.rename(tmp_path / "moved")
    assert "missing audio" not in run("doctor", "--archive", moved).out
    copy = tmp_path / "copy"
    shutil.copytree(moved / "media", copy / "media")
    (line,) = re.findall(r'`sqlite3 archive.db "\.backup copy.db"`', PAGE)
    with closing(sqlite3.connect(moved / "archive.db")) as source, closing(sqlite3.connect(copy / "archive.db")) as to:
        source.backup(to)
    assert line
    assert ok("list", "--archive", copy).out == ok("list", "--archive", moved).out


def test_audio_that_was_referenced_is_missed_after_a_move(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    ok("init", tmp_path / "one" / "archive")
    clip = shutil.copy(CLIPS / "whales_final_mix.mp3", tmp_path / "one" / "whales.mp3")
    transcript = {"model": "none", "language": "en", "words": [[0.5, 1.0, " Whales.", 0.9]]}
    replay = tmp_path / "replay.json"
    replay.write_text(json.dumps({hashlib.sha256(Path(clip).read_bytes()).hexdigest(): transcript}), encoding="utf-8")
    ok("add", clip, "--reference", "--archive", tmp_path / "one" / "archive", "--model", f"replay:{replay}")
    with closing(connect(tmp_path / "one" / "archive")) as database:
        assert database.execute("SELECT storage, path FROM recordings").fetchall() == [("referenced", "../whales.mp3")]
    moved = (tmp_path / "one" / "archive").rename(tmp_path / "archive")
    assert "missing audio   ../whales.mp3" in run("doctor", "--archive", moved).out


def test_words_windows_and_pictures_are_stored_as_described(heard_archive: Path) -> None:
    verdicts = set(re.findall(r"`(\w+)`", PAGE.partition("`verdict` (")[2].partition(")")[0]))
    assert verdicts == set(Verdict)
    assert f"at most {peaks.MOST} stretches" in PAGE
    with closing(connect(heard_archive)) as database:
        for words, digest, windows in database.execute("SELECT words, digest, windows FROM transcripts"):
            assert hashlib.sha256(words.encode()).hexdigest() == digest
            for window in json.loads(windows):
                assert set(window) == {"start", "end", "verdict", "scores", "flags"}
        for (picture,) in database.execute("SELECT peaks FROM recordings"):
            assert 0 < len(picture) <= peaks.MOST


@pytest.fixture
def changed_by_hand(own_archive: Path) -> tuple[Path, str]:
    with closing(sqlite3.connect(own_archive / "archive.db")) as database, database:
        (uid,) = database.execute("SELECT uid FROM clips WHERE title LIKE 'A power outage%'").fetchone()
        database.execute("UPDATE clips SET title = 'Candles in Kāneʻohe' WHERE uid = ?", [uid])
    return own_archive, uid


def test_what_becomes_of_a_title_that_was_changed_by_hand(changed_by_hand: tuple[Path, str]) -> None:
    archive, uid = changed_by_hand
    where = ("--archive", archive)
    assert "Candles" in ok("list", *where).out
    assert ok("search", "title:candles", "--ids", *where).out == f"{uid}\n"
    assert "Candles" in ok("export", uid, "--format", "json", *where).out
    assert "Candles" not in ok("show", uid, *where).out

    def plain() -> list[tuple[int]]:
        with closing(connect(archive)) as database:
            return database.execute("SELECT rowid FROM clips_fts WHERE clips_fts MATCH 'title : kaneohe OR kaneohe'"
                                    ).fetchall()  # fmt: skip

    assert plain() == []
    assert run("verify", "--repair", *where).code == 1
    ok("verify", "--accept", *where)
    assert len(plain()) == 1
    ok("retag", uid, *where)
    assert "Candles" not in ok("list", *where).out
