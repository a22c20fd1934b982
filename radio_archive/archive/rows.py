"""Helpers for writers: rows, ids, times and pages."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.errors import NoSuchClipError

ItemT = TypeVar("ItemT")
KeyT = TypeVar("KeyT")
PAGE = 1_000
"""Files that one query or one transaction is about."""
UID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, which has no letters that are easily confused."""


def insert(db: Database, table: str, row: Mapping[str, object]) -> int:
    """Insert a row and return its id."""
    # Not by sqlite-utils, which asks the schema about the table before each row.
    columns, values = ", ".join(f'"{column}"' for column in row), ", ".join(f":{column}" for column in row)
    key = db.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})", dict(row)).lastrowid  # noqa: S608 - our own names
    assert key is not None  # noqa: S101 - an insert into a rowid table sets it
    return key


def random_uid() -> str:
    """Return a new public name; a repetition is very unlikely."""
    return "".join(secrets.choice(UID_ALPHABET) for _ in range(8))


def new_uid(db: Database) -> str:
    """Return a public name for a clip that none has, or had."""
    while True:
        uid = random_uid()
        taken = "SELECT 1 FROM clips WHERE uid = :uid UNION ALL SELECT 1 FROM tombstones WHERE clip_uid = :uid"
        if db.execute(taken, {"uid": uid}).fetchone() is None:
            return uid


def now(later: float = 0.0) -> str:
    """Return the time in UTC, ISO 8601, now or `later` seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=later)).isoformat(timespec="seconds")


def pages(items: Iterable[ItemT], size: int = PAGE) -> Iterator[list[ItemT]]:
    """Yield `items` in parts of at most `size`, each read when it is asked for."""
    remaining = iter(items)
    while page := list(islice(remaining, size)):
        yield page


def paged(archive: Archive, query: str, **parameters: object) -> Iterator[tuple[Any, ...]]:
    """Yield what a query finds, a page at a time, so that each row may be changed meanwhile.

    It asks for rows whose id, which is their first column, is above `:last`, in this order, with `LIMIT :page`.
    """
    last = 0
    while True:
        with archive.reading():
            rows = archive.db.execute(query, {**parameters, "last": last, "page": PAGE}).fetchall()
        if not rows:
            return
        yield from rows
        last = rows[-1][0]


def grouped(rows: Iterable[tuple[KeyT, ItemT]]) -> dict[KeyT, list[ItemT]]:
    """Return the second values of rows by the first ones, in the order of the rows."""
    found: dict[KeyT, list[ItemT]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found


def clip_id_of(db: Database, uid: str) -> int:
    """Return the row id of a clip. Raises NoSuchClipError: another process may just have removed it."""
    row = db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()
    if row is None:
        raise NoSuchClipError(f"no clip {uid!r} in this archive", "`radio-archive list` shows the clips.")
    return int(row[0])
