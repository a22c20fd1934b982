"""Rebuilds derived rows after a migration has marked them as stale.

Each transaction does a share of the work. The table `_rebuild` stores `what` is stale, and `after`, the last row that
is done. So the next opening continues where a process was killed, and two processes that open an archive share the
work. At the end, the table is dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive import digests
from radio_archive.archive.database import transaction
from radio_archive.archive.index import facets, forms, fts, other_texts, spellings, suspects, words
from radio_archive.events import Listener, Rebuilding

SHARE = 1_000
"""Rows whose variants or forms one transaction updates: about 0.1 s."""
Step = Callable[[Database, int], int | None]
"""One transaction's share: updates some rows after the given id, at first 0, and returns the last one's id.

None when nothing is left to do.
"""


def _index(table: str, db: Database, _: int) -> None:
    # Not in shares: a trigger for a row that is not in the index yet would damage it.
    fts.make(db, table)


def _seed(db: Database, _: int) -> None:
    spellings.seed_forms(db)
    # All rows are updated next, so none has to wait for the backfill.
    db.execute("UPDATE spellings SET pending_below = NULL")


def _variants(indexed: spellings.Indexed, db: Database, after: int) -> int | None:
    last, wrong = spellings.stale(db, indexed, after, SHARE)
    spellings.repair(db, indexed, wrong)
    return last


def _forms(indexed: spellings.Indexed, db: Database, after: int) -> int | None:
    return forms.fill(db, indexed, after, SHARE)


def _words(indexed: spellings.Indexed, db: Database, after: int) -> int | None:
    return words.fill(db, indexed.table, indexed.columns, after, SHARE)


def _row_digests(table: str, db: Database, after: int) -> int | None:
    return digests.fill(db, table, after)


PARTS: Mapping[str, Step] = {
    # Before the indexes, which then take them in at once.
    **{f"{indexed.table}.forms": partial(_forms, indexed) for indexed in spellings.INDEXED},
    "segments.facets": facets.fill,
    "clips.others": other_texts.fill,
    **{f"{indexed.table}.words": partial(_words, indexed) for indexed in spellings.INDEXED},
    **{f"{table}_fts": partial(_index, table) for table in fts.COLUMNS},
    "spellings": _seed,
    **{f"{indexed.table}.variants": partial(_variants, indexed) for indexed in spellings.INDEXED},
    "clips.suspects": suspects.fill,
    **{f"{table}.row_digests": partial(_row_digests, table) for table in digests.TABLES},
}
"""All that can be rebuilt, in order of dependence. If `spellings` is stale, all `variants` are too."""


def mark(db: Database, stale: Sequence[str]) -> None:
    """Mark what has to be rebuilt."""
    for what in stale:
        db.execute("CREATE TABLE IF NOT EXISTS _rebuild (what TEXT PRIMARY KEY, after INTEGER NOT NULL)")
        db.execute("INSERT OR REPLACE INTO _rebuild VALUES (?, 0)", [what])


def is_due(db: Database) -> bool:
    """Whether anything has to be rebuilt."""
    return "_rebuild" in db.table_names()


def finish(db: Database, path: Path, listener: Listener) -> None:
    """Rebuild all that is stale; `listener` receives the progress."""
    while is_due(db):
        with transaction(db, path):
            if is_due(db):
                _step(db, listener)


def _step(db: Database, listener: Listener) -> None:
    stale = dict(db.execute("SELECT what, after FROM _rebuild").fetchall())
    # An earlier version may have marked something that no longer exists.
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
    return int(db.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0])  # noqa: S608 - one of ours
