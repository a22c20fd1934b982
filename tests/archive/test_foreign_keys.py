"""What is followed has an index: no row of another table is looked for by reading all of that table."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.bounds import sqlite_steps, statements
from support.clips import new_clip
from support.spoken_archive import say

from radio_archive.archive import deliveries, feeds
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import near_duplicates, read, save, sidecars
from radio_archive.archive.rows import new_uid
from radio_archive.metadata.gather import Naming
from radio_archive.models import Claim, Field, Source
from radio_archive.pipeline.retag import apply_claims, retag

HUMAN = Claim(Field.REPORTER, "Keoni Nakamura", Source.HUMAN, "a test")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "") as made:
        yield made


def tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    return [name for (name,) in connection.execute(query)]


def test_every_foreign_key_has_an_index(archive: Archive) -> None:
    connection = archive.db.conn
    keys = [
        (table, key[3])
        for table in tables(connection)
        for key in connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    ]
    assert len(keys) > 40
    for table, column in keys:
        # As SQLite looks for the rows that refer to one that is deleted.
        plan = connection.execute(f'EXPLAIN QUERY PLAN SELECT "{column}" FROM {table} WHERE "{column}" = ?', [1])
        (how,) = {row[3] for row in plan}
        assert how.startswith("SEARCH"), f"{table}.{column}: {how}"


def test_deleting_a_person_does_not_read_all_segments(archive: Archive) -> None:
    def delete() -> None:
        with archive.writing():
            archive.db.execute("DELETE FROM aliases WHERE subject_type = 'person'")
            archive.db.execute("DELETE FROM people")

    steps = []
    for number in (1, 60):
        for at in range(number):
            clip = say(archive, *["The ferry is late."] * 20, title=f"Ferry {at}")
            archive.db.execute(
                "INSERT INTO speakers (clip_id, label) SELECT id, 'one' FROM clips WHERE uid = ?", [clip]
            )
        with archive.writing():
            archive.db.execute("INSERT INTO people (uid, name) VALUES ('p', 'Nobody')")
        steps.append(sqlite_steps(archive.db.conn, delete))
    assert steps[1] <= steps[0] + 50


def test_messages_that_arrived_cost_nothing(archive: Archive) -> None:
    say(archive, "The ferry is late.")
    steps = []
    for delivered in (0, 2_000):
        with archive.writing():
            archive.db.execute(
                """INSERT INTO deliveries (uid, clip_id, state, next_attempt, created_at, changed_at)
                   SELECT value || '-arrived', (SELECT id FROM clips), 'delivered', '', '', ''
                   FROM json_each(?)""", [json.dumps(list(range(delivered)))],
            )  # fmt: skip
        works: tuple[Callable[[], object], ...] = (
            lambda: deliveries.due(archive),
            lambda: list(deliveries.undelivered(archive)),
            lambda: deliveries.retry(archive),
        )
        steps += [sqlite_steps(archive.db.conn, work) for work in works]
    assert steps[3:] == pytest.approx(steps[:3], abs=50)


def scans(archive: Archive, work: Callable[[], object]) -> set[str]:
    """Return the tables that the statements of `work` read from one end to the other."""
    read = statements(archive.db.conn, work)
    plans = [
        row[3]
        for text in read
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", text)
        for row in archive.db.conn.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
    ]
    scanned = {match[1] for plan in plans if (match := re.match(r"SCAN (\w+)", plan))}
    return scanned & set(tables(archive.db.conn))


def test_what_each_clip_or_item_asks_is_read_by_an_index(archive: Archive) -> None:
    clip = say(archive, "The ferry is late.", reporter="Malia Santos")
    feeds.follow(archive, "https://example.org/feed", "Island Morning")
    asked: dict[str, Callable[[], object]] = {
        "the name of a new clip": lambda: new_uid(archive.db),
        "whether a sidecar is kept": lambda: sidecars.is_kept(archive, "0" * 64),
        "the sidecars of a clip": lambda: sidecars.contents(archive, clip),
        "clips that are alike": lambda: near_duplicates.pairs(archive),
        "an item of a feed": lambda: feeds.note_item(
            archive, "https://example.org/feed", "1", None, sha256="0", error=None
        ),
        "the items of a feed": lambda: feeds.downloaded(archive, "https://example.org/feed"),
        "another clip": lambda: save.save_clip(archive, new_clip("2", "Reef Notes", "Lani Pua")),
        "reading it again": lambda: list(retag(archive, [clip], Naming())),
        "what a person says of it": lambda: apply_claims(archive, clip, [HUMAN]),
        "all about a clip": lambda: read.clip(archive, clip, read.Part.TEXT | read.Part.SOURCES | read.Part.PAGE),
        "the next message to a webhook": lambda: deliveries.due(archive),
        "removal": lambda: save.remove_clip(archive, clip),
    }
    found = {what: scans(archive, work) for what, work in asked.items()}
    short = {"feeds", "roster_edits"}
    assert {what: whole - short for what, whole in found.items() if whole - short} == {}
