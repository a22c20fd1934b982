"""Any value that was archived and has changed is found, whatever table and column it is in."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from support.program import FIXTURES, run
from support.texts import change, said, save_said

from radio_archive.archive import digests
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import fixity, redactions, review, save
from radio_archive.archive.filters import EVERYTHING
from radio_archive.archive.index import check
from radio_archive.archive.names import glossary, roster
from radio_archive.models import Term, TermKind

NOT_COVERED = set(
    """_sqlite_migrations row_digests segments other_texts spellings words embeddings sketches roster_edits intake
    intake_counts watcher known_files backfill backfill_counts saved_finds deliveries""".split()
)
"""What follows from other tables, queues, and the digests themselves."""
DERIVED = {
    ("clips", "variants"), ("clips", "forms"), ("clips", "corrected"), ("stories", "variants"), ("stories", "forms"),
    ("corrections", "status"), ("corrections", "decision_id"), ("review_items", "show_id"), ("review_items", "kind"),
    ("review_items", "doubt"), ("review_items", "worth"), ("review_items", "alternatives"),
    ("review_items", "decided_at"), ("speakers", "label"),
}  # fmt: skip
"""Compared with what they follow from; and what tells a person's decision from a row that follows."""
VALUES = {"INTEGER": 1, "REAL": 0.5, "TEXT": "ʻokina", "BLOB": b"\x00\xff"}


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with a row in each table that has digests."""
    folder = tmp_path_factory.mktemp("every")
    shutil.copy(FIXTURES / "archives" / "0022_fixity.db", folder / "archive.db")
    with Archive(folder) as archive:
        db = archive.db
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        with archive.writing():
            db.execute("UPDATE review_items SET decided_at = '2026-11-29'")
            for table in digests.TABLES:
                if not db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
                    kinds = [(name, kind) for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")]
                    names = ", ".join(f'"{name}"' for name, _ in kinds)
                    marks = ", ".join("?" * len(kinds))
                    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [VALUES[kind] for _, kind in kinds])
            for table, text, digest in (("stories", "body", "digest"), ("sidecars", "content", "sha256")):
                db.execute(f"UPDATE {table} SET {digest} = text_digest(CAST({text} AS BLOB))")
        yield archive


def test_every_table_has_digests_or_follows_from_others(every: Archive) -> None:
    tables = {name for name in every.db.table_names() if "_fts" not in name}
    assert tables - NOT_COVERED == set(digests.TABLES)


@pytest.mark.parametrize("table", digests.TABLES)
def test_a_change_of_any_value_is_found(every: Archive, table: str) -> None:
    names = [name for _, name, *_ in every.db.execute(f"PRAGMA table_info({table})")]
    assert digests.damage(every.db, table) == digests.Damage((), 0)
    with closing(sqlite3.connect(every.database_path, isolation_level=None)) as other:
        other.execute("PRAGMA ignore_check_constraints = ON")
        (row,) = other.execute(f"SELECT min(rowid) FROM {table}").fetchone()
        for name in names:
            if (table, name) in DERIVED:
                continue
            (before,) = other.execute(f'SELECT "{name}" FROM {table} WHERE rowid = ?', [row]).fetchone()
            after = {int: 900, float: 0.75, type(None): 7}.get(type(before), b"other")
            other.execute("BEGIN")
            other.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', [after, row])
            other.execute("COMMIT")
            found = digests.damage(every.db, table)
            assert len(found.rows) == 1, name
            is_moved = other.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", [row]).fetchone() is None
            other.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', [before, 900 if is_moved else row])
    assert digests.damage(every.db, table) == digests.Damage((), 0)


def test_a_row_that_is_gone_or_new_is_found(every: Archive) -> None:
    with closing(sqlite3.connect(every.database_path)) as other, other:
        other.execute("DELETE FROM claims WHERE id = 3")
        other.execute("INSERT INTO aliases (subject_type, subject_id, name, folded) VALUES ('show', 1, 'x', 'x')")
        other.execute("UPDATE review_items SET decided_at = NULL WHERE id = 1")
    assert digests.damage(every.db, "claims") == digests.Damage((), 1)
    assert digests.damage(every.db, "review_items") == digests.Damage((), 1), "a decision is gone"
    [(_, clip)] = digests.damage(every.db, "aliases").rows
    assert clip is None
    for table in ("claims", "aliases", "review_items"):
        with every.writing():
            digests.accept(every.db, table)
        assert digests.damage(every.db, table) == digests.Damage((), 0)


def test_what_was_damaged_before_it_is_changed_stays_damaged(archive: Archive) -> None:
    save_said(archive, "1", said("A ferry came."))
    with closing(sqlite3.connect(archive.database_path)) as other, other:
        other.execute("UPDATE recordings SET original_name = CAST(x'ff' AS TEXT)")
    with archive.writing():
        archive.db.execute("UPDATE recordings SET checked_at = '2026-11-29'")
    assert [clip for _, clip in digests.damage(archive.db, "recordings").rows] == [1]


def test_a_byte_of_a_text_that_changes_in_the_file_is_found(archive: Archive) -> None:
    texts = [f"{word} {number} came to the harbor." for number, word in enumerate(("Ferry", "Tanker", "Outrigger"))]
    for number, text in enumerate(texts):
        save_said(archive, str(number), said(text), f"Show {number}")
    folder, path = archive.folder, archive.database_path
    archive.close()
    whole = path.read_bytes()
    values = ("Show 1", "Outrigger", "2".rjust(64, "0"), "small", "Tanker")
    places = [at for value in values for at in _every(whole, value.encode())]
    assert len(places) > len(values)
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with Archive(folder) as again:
            reports = fixity.verify(again, check.verify(again, mend=False), mend=False)
        assert [one for one in reports if not one.is_sound], whole[at - 20 : at + 20]


def _every(whole: bytes, part: bytes) -> Iterator[int]:
    at = whole.find(part)
    while at >= 0:
        yield at
        at = whole.find(part, at + 1)


def test_all_that_the_program_writes_is_as_stored(archive: Archive) -> None:
    one = save_said(archive, "1", said("Jung?? came by ferry to Molo?? in 1959."))
    other = save_said(archive, "2", said("Nothing of that."), "Other Notes")
    glossary.add(archive, [Term("Molokaʻi", TermKind.PLACE, heard=("Molo",))])
    change(archive, one, 0, 0, "Young")
    for item in review.page(archive, EVERYTHING, 2):
        review.reject(archive, item, "Lani")
    redactions.add(archive, one, 0.0, 0.5, author="Lani")
    redactions.undo(archive, one)
    roster.merge(
        archive, "show", roster.find(archive, "show", "Other Notes"), roster.find(archive, "show", "Reef Notes")
    )
    save.remove_clip(archive, other, "twice")
    damaged = {table for table in digests.TABLES if digests.damage(archive.db, table) != digests.Damage((), 0)}
    assert damaged == set()


def test_the_command_names_rows_and_takes_an_edit_by_another_program(archive: Archive) -> None:
    uid = save_said(archive, "1", said("A ferry came."))
    folder = archive.folder
    archive.close()
    with closing(sqlite3.connect(folder / "archive.db")) as other, other:
        other.execute("UPDATE shows SET name = 'Reef News'")
        other.execute("UPDATE claims SET value = 'Reef News' WHERE field = 'show'")
    ran = run("verify", "--no-audio", "--archive", folder)
    assert ran.code == 1
    assert "shows: 1 row; 1 row not as stored, or gone (row 1)\n" in ran.out
    assert f"1 row not as stored, or gone ({uid})\n" in ran.out
    assert "verify --accept" in ran.err
    assert run("verify", "--no-audio", "--accept", "--archive", folder).code == 0
    assert run("verify", "--no-audio", "--archive", folder).code == 0
