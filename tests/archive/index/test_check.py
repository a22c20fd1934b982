"""Indexes follow their tables; one that differs is found and rebuilt; old archives get theirs."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.program import FIXTURES, run
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import check
from radio_archive.archive.index.check import Problem, verify
from radio_archive.config.settings import TEMPLATE
from radio_archive.search.search import search

EARLIER = sorted((FIXTURES / "archives").glob("*.db"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as made:
        rows = Rows(made)
        rows.clip(["A ferry to Oʻahu", "Twelve thousand people"], title="Kāneʻohe Bay", story="Ferries at sea")
        rows.clip(["Nothing of that"], title="Another")
        yield made


def tampered(archive: Archive, *statements: str) -> None:
    with sqlite3.connect(archive.database_path) as other:
        for statement in statements:
            other.execute(statement)
    other.close()


DAMAGE: list[tuple[Problem, tuple[str, ...]]] = [
    (Problem.MISSING, ("DROP TRIGGER segments_au", "UPDATE segments SET text = 'A tram to Oʻahu' WHERE id = 1")),
    (Problem.MISSING, ("DROP TABLE segments_fts",)),
    (Problem.DISAGREES, ("INSERT INTO segments_fts (segments_fts, rowid, text) VALUES ('delete', 1, 'ferry')",)),
    (Problem.DISAGREES, ("INSERT INTO segments_fts (rowid, text) VALUES (999, 'a ghost')",)),
    (Problem.DISAGREES, ("UPDATE segments_fts_data SET block = zeroblob(40) WHERE id > 10",)),
    (Problem.SPELLINGS, ("UPDATE segments SET variants = NULL WHERE id = 1",)),
    (Problem.SPELLINGS, ("UPDATE segments SET text = 'A boat to Molokaʻi' WHERE id = 1",)),
]


@pytest.mark.parametrize(("problem", "statements"), DAMAGE, ids=[statements[0][:50] for _, statements in DAMAGE])
def test_damage_is_found_and_mended(problem: Problem, statements: tuple[str, ...], archive: Archive) -> None:
    assert all(not verdict.problems for verdict in verify(archive))
    tampered(archive, *statements)
    (segments, *others) = verify(archive, mend=False)
    assert problem in segments.problems
    assert not segments.is_sound
    assert all(not verdict.problems for verdict in others)
    assert verify(archive)[0].mended
    assert verify(archive)[0].problems == ()
    said = archive.db.execute("SELECT text FROM segments WHERE id = 1").fetchone()[0]
    for word in said.split():
        assert search(archive, f"said:{word}").clips, word
    assert search(archive, "ghost").clips == ()
    with archive.writing():
        archive.db.execute("UPDATE segments SET text = 'The triggers work' WHERE id = 2")
    assert search(archive, "triggers work").clips


def test_the_command_says_what_it_found(archive: Archive) -> None:
    folder = archive.folder
    archive.close()
    tampered(archive, "UPDATE clips SET variants = 'wrong' WHERE id = 1")
    looked = run("verify", "--no-audio", "--archive", folder)
    assert looked.code == 1
    assert "clips: 2 rows; 1 row without the right spellings\n" in looked.out
    assert "verify" in looked.err
    mended = run("verify", "--no-audio", "--repair", "--json", "--archive", folder)
    assert mended.code == 0
    assert {row["table"]: row["problems"] for row in mended.json["tables"] if row["problems"]} == {
        "clips": ["spellings"]
    }
    assert all(row["sound"] for row in mended.json["tables"])
    assert ": correct" in run("verify", "--no-audio", "--archive", folder).out


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.stem)
def test_old_archives_get_other_spellings_when_they_are_upgraded(earlier: Path, tmp_path: Path) -> None:
    shutil.copy(earlier, tmp_path / "archive.db")
    (tmp_path / "radio-archive.toml").touch()
    with Archive(tmp_path) as archive:
        assert all(not verdict.problems for verdict in verify(archive, mend=False))

        def found(table: str, words: str) -> int:
            sql = f"SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH ?"
            return int(archive.db.execute(sql, [words]).fetchone()[0])

        assert found("clips", "hawaii") == found("clips", '"hawai\'i"') == 1
        assert found("segments", "oahu") == found("segments", '"o\'ahu"') > 0
        assert found("aliases", '"pacific report"') == 1
        assert search(archive, "Oʻahu").clips


CHANGES: list[Callable[[Archive], object]] = [
    lambda archive: archive.db.execute("DELETE FROM segments WHERE id = 1"),
    lambda archive: archive.db.execute("UPDATE segments SET heard = 'a fairy' WHERE id = 1"),
    lambda archive: archive.db.execute("UPDATE clips SET title = 'Bay'"),
    lambda archive: archive.db.execute("INSERT OR REPLACE INTO stories SELECT * FROM stories"),
    lambda archive: archive.db.execute("DELETE FROM clips WHERE id = 2"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_triggers_follow_whatever_sql_does(change: Callable[[Archive], object], archive: Archive) -> None:
    with archive.writing():
        change(archive)
    assert all(set(verdict.problems) <= {Problem.SPELLINGS} for verdict in verify(archive, mend=False))


def test_all_pages_are_checked_and_mended(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(archive)
    for number in range(7):
        rows.clip([f"Boat {number} to Oʻahu", "And back"], title=f"Boat {number}", date="2024-05-01")
    monkeypatch.setattr(check, "AT_ONCE", 2)
    tampered(
        archive,
        "UPDATE segments SET variants = 'wrong' WHERE id % 4 = 0",
        "UPDATE segments SET facets = 'ǀshow99' WHERE clip_id > 5",
        "UPDATE clips SET forms = 'wrong'",
    )
    seen: list[tuple[str, int, int]] = []
    looked = verify(archive, mend=False, progress=lambda *done: seen.append(done))
    assert [(report.stale, report.misfiled) for report in looked] == [(4, 4), (9, 0), (0, 0), (0, 0), (0, 0)]
    for what in ("the database", "segments", "facets", "clips"):
        (total,) = {total for name, _, total in seen if name == what}
        assert [done for name, done, _ in seen if name == what][-1] == total
    assert all(report.is_sound for report in verify(archive))
    assert all(not report.problems for report in verify(archive))
