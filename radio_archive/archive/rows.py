"""What every writer to the archive needs: rows, ids and moments."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlite_utils import Database

UID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is easily taken for another."""


def insert(db: Database, table: str, row: Mapping[str, object]) -> int:
    """Insert a row and return its id."""
    key = db.table(table).insert(dict(row)).last_rowid
    assert key is not None  # noqa: S101 - an insert into a rowid table sets it
    return key


def random_uid() -> str:
    """Return a public name that has most likely never been given out."""
    return "".join(secrets.choice(UID_ALPHABET) for _ in range(8))


def now() -> str:
    """Return this moment, UTC, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
