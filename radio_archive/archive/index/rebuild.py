"""Making derived rows again after a migration has called them stale.

Each transaction does a share of it and notes how far it came, in the table `_rebuild`: `what` is stale, and the last
row, `after`, that no longer is. So the next opening goes on where a process was killed, and two that open an archive at
once share the work. When all is done, the table is dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive.database import transaction
from radio_archive.archive.index import facets, fts, spellings
from radio_archive.events import Listener, Rebuilding

SHARE = 1_000
"""Rows whose variants one transaction brings up to date: about a tenth of a second."""
Step = Callable[[Database, int], int | None]
"""One transaction's share: brings some of the rows that follow one up to date, and returns the last of them.

None when there is no more to do. The first row that is given is 0.
"""


def _index(table: str, db: Database, _: int) -> None:
    # Not in shares: a trigger that fires for a row which is not in the index yet would spoil it.
    fts.make(db, table)


def _seed(db: Database, _: int) -> None:
    spellings.seed_forms(db)
    # All rows are looked at next, and none of them has to wait.
    db.execute("UPDATE spellings SET pending_below = NULL")


def _variants(indexed: spellings.Indexed, db: Database, after: int) -> int | None:
    last, wrong = spellings.stale(db, indexed, after, SHARE)
    spellings.repair(db, indexed, wrong)
    return last


PARTS: Mapping[str, Step] = {
    "segments.facets": facets.fill,
    **{f"{table}_fts": partial(_index, table) for table in fts.COLUMNS},
    "spellings": _seed,
    **{f"{indexed.table}.variants": partial(_variants, indexed) for indexed in spellings.INDEXED},
}
"""All that can be made again, in an order in which each finds what it needs. `spellings` goes with all `variants`."""


def mark(db: Database, stale: Sequence[str]) -> None:
    """Note what has to be made again."""
    for what in stale:
        db.execute("CREATE TABLE IF NOT EXISTS _rebuild (what TEXT PRIMARY KEY, after INTEGER NOT NULL)")
        db.execute("INSERT OR REPLACE INTO _rebuild VALUES (?, 0)", [what])


def is_due(db: Database) -> bool:
    """Whether anything has to be made again."""
    return "_rebuild" in db.table_names()


def finish(db: Database, path: Path, listener: Listener) -> None:
    """Make all that is stale again."""
    while is_due(db):
        with transaction(db, path):
            if is_due(db):
                _step(db, listener)


def _step(db: Database, listener: Listener) -> None:
    stale = dict(db.execute("SELECT what, after FROM _rebuild").fetchall())
    # What an earlier version left to do may be no part of this one.
    what = next((part for part in PARTS if part in stale), None)
    if what is None:
        db.execute("DROP TABLE _rebuild")
        return
    rows = _last_row(db, what)
    listener(Rebuilding(what, stale[what], rows))
    last = PARTS[what](db, stale[what])
    if last is None:
        db.execute("DELETE FROM _rebuild WHERE what = ?", [what])
        listener(Rebuilding(what, rows, rows))
    else:
        db.execute("UPDATE _rebuild SET after = ? WHERE what = ?", [last, what])


def _last_row(db: Database, what: str) -> int:
    table = what.partition(".")[0].removesuffix("_fts")
    return int(db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])  # noqa: S608 - one of ours
