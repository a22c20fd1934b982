"""Digests of all rows that cannot be made again: they tell a byte that changed, which SQLite does not notice.

Triggers of our own connections keep them. So what changes in any other way has a digest that is not its own: by a
faulty disk, or by another program. A row that was damaged before it is changed stays damaged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlite_utils import Database

SHARE = 1_000
"""Rows whose digests one transaction makes."""
TABLES = tuple(
    """stations shows people aliases slugs recordings clips clip_recordings transcripts speakers claims credits stories
    correction_batches corrections correction_decisions feeds feed_items glossary saved_searches fixity_checks
    fixity_runs tombstones sidecars merges covers subjects notes collections collection_clips likenesses gaps redactions
    redacted_recordings review_items""".split()
)
"""The tables whose rows have digests: all but what follows from their rows, and queues."""
_DERIVED: Mapping[str, str] = {
    "clips": "variants forms corrected",
    "stories": "variants forms",
    "corrections": "status decision_id",
    "speakers": "label",
    "review_items": "show_id kind doubt worth alternatives",
}
"""Columns that follow from others, and are compared with those."""
_ONLY: Mapping[str, str] = {"review_items": "{row}.decided_at IS NOT NULL"}
"""Which rows cannot be made again, where others can."""
_TEXTS: Mapping[str, tuple[str, str]] = {
    "transcripts": ("words", "digest"),
    "stories": ("body", "digest"),
    "sidecars": ("content", "sha256"),
}
"""Texts that have a digest of their own, by which others know them."""


@dataclass(frozen=True, slots=True)
class _Table:
    key: str
    """SQL for what identifies a row for good, with `{row}` for the row."""
    digest: str
    """SQL for its digest."""
    only: str
    """SQL for whether it has one."""
    clip: str
    """SQL for the row id of its clip, if it is of one."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Rows of a table that are not as they were stored, and how many of them are gone altogether."""

    rows: tuple[tuple[int, int | None], ...]
    """Each one's row id, and its clip's if it is of one."""
    gone: int


def install(db: Database) -> None:
    """Have a connection keep the digests of all rows that it writes."""
    functions(db)
    for name in TABLES:
        table = _table(db, name)
        before = _sql(table, "OLD")
        key, digest, only = _sql(table, "NEW")
        new = f"INSERT OR REPLACE INTO row_digests SELECT '{name}', {key}, {digest} WHERE {only}"
        became = f"INSERT OR IGNORE INTO row_digests SELECT '{name}', {key}, {digest} WHERE {only} AND NOT {before[2]}"
        old = f"table_name = '{name}' AND row_key = {before[0]}"
        gone = f"DELETE FROM row_digests WHERE {old}"  # noqa: S608 - our own
        kept = f"""UPDATE row_digests SET row_key = {key}, digest = {digest}
            WHERE {old} AND digest = {before[1]}"""  # noqa: S608 - our own
        for event, does in (
            ("INSERT", new),
            ("UPDATE", f"{kept}; {became}; {gone} AND NOT {only}" if name in _ONLY else kept),
            ("DELETE", gone),
        ):
            trigger = f"digest_{name}_{event} AFTER {event} ON main.{name}"
            db.execute(f"CREATE TEMP TRIGGER IF NOT EXISTS {trigger} BEGIN {does}; END")


def functions(db: Database) -> None:
    """Teach a connection the functions that digests are made with."""
    db.conn.create_function("row_digest", -1, _digest, deterministic=True)
    db.conn.create_function("text_digest", 1, lambda text: hashlib.sha256(text or b"").hexdigest(), deterministic=True)


def fill(db: Database, name: str, after: int) -> int | None:
    """Make the digests that are missing of the SHARE rows after the row `after`; return the last one's id, or None."""
    functions(db)
    table = _table(db, name)
    key, digest, only = _sql(table, name)
    page = f"rowid IN (SELECT rowid FROM {name} WHERE rowid > :after ORDER BY rowid LIMIT {SHARE})"  # noqa: S608 - our own
    where = {"name": name, "after": after}
    (last,) = db.execute(f"SELECT max(rowid) FROM {name} WHERE {page}", where).fetchone()  # noqa: S608 - our own
    db.execute(
        f"INSERT OR IGNORE INTO row_digests SELECT :name, {key}, {digest} FROM {name} WHERE {page} AND {only}",  # noqa: S608
        where,
    )
    return None if last is None else int(last)


def damage(db: Database, name: str, clip: int | None = None) -> Damage:
    """Return the rows of one of TABLES that are not as they were stored; with `clip`, a row id, only of that clip."""
    functions(db)
    table = _table(db, name)
    key, digest, only = _sql(table, name)
    text, own = _TEXTS.get(name, ("", ""))
    other = f"OR text_digest(CAST({name}.{text} AS BLOB)) IS NOT {name}.{own}" if text else ""
    its = table.clip.format(row=name)
    rows = db.execute(
        f"""SELECT {name}.rowid, {its}, row_digests.digest IS NULL
            FROM {name} LEFT JOIN row_digests ON table_name = '{name}' AND row_key = {key}
            WHERE {only} AND (row_digests.digest IS NOT {digest} {other})
            {"" if clip is None else f"AND {its} = {clip:d}"}"""  # noqa: S608 - our own
    ).fetchall()
    found = tuple((row, of) for row, of, _ in rows)
    if clip is not None:
        return Damage(found, 0)
    (stored,) = db.execute("SELECT count(*) FROM row_digests WHERE table_name = ?", [name]).fetchone()
    (number,) = db.execute(f"SELECT count(*) FROM {name} WHERE {only}").fetchone()  # noqa: S608 - our own
    return Damage(found, stored - number + sum(is_new for *_, is_new in rows))


def accept(db: Database, name: str) -> None:
    """Take the rows of one of TABLES as they are now for right."""
    functions(db)
    key, digest, only = _sql(_table(db, name), name)
    db.execute("DELETE FROM row_digests WHERE table_name = ?", [name])
    db.execute(f"INSERT INTO row_digests SELECT ?, {key}, {digest} FROM {name} WHERE {only}", [name])  # noqa: S608


def _sql(table: _Table, row: str) -> tuple[str, str, str]:
    return table.key.format(row=row), table.digest.format(row=row), table.only.format(row=row)


def _table(db: Database, name: str) -> _Table:
    columns = db.execute(f"PRAGMA table_info({name})").fetchall()
    keys = [(column, kind) for _, column, kind, *_, place in columns if place]
    derived = _DERIVED.get(name, "").split()
    names = [column for _, column, *_ in columns if column not in derived]
    single = len(keys) == 1 and keys[0][1] == "INTEGER"
    key = f"{{row}}.{keys[0][0]}" if single else _call([column for column, _ in keys])
    return _Table(key, _call(names), _ONLY.get(name, "1"), _clip(name, set(names)))


def _call(columns: Sequence[str]) -> str:
    # As bytes, because what a faulty disk changed may be no text.
    values = (
        f"""CASE typeof({{row}}."{one}") WHEN 'text' THEN CAST({{row}}."{one}" AS BLOB) ELSE {{row}}."{one}" END"""
        for one in columns
    )
    return f"row_digest('{' '.join(columns)}', {', '.join(values)})"


def _clip(name: str, columns: set[str]) -> str:
    if name in ("clips", "claims"):
        return "{row}.id" if name == "clips" else "CASE {row}.subject_type WHEN 'clip' THEN {row}.subject_id END"
    for column, query in (
        ("clip_id", "{row}.clip_id"),
        ("transcript_id", "(SELECT clip_id FROM transcripts AS its WHERE its.id = {row}.transcript_id)"),
        ("recording_id", "(SELECT clip_id FROM clip_recordings AS its WHERE its.recording_id = {row}.recording_id)"),
    ):
        if column in columns:
            return query
    if name == "recordings":
        return "(SELECT clip_id FROM clip_recordings AS its WHERE its.recording_id = {row}.id)"
    if name == "correction_decisions":
        return """(SELECT clip_id FROM transcripts AS its JOIN corrections AS made ON its.id = transcript_id
            WHERE made.id = {row}.correction_id)"""
    return "NULL"


@lru_cache
def _names(columns: str) -> list[bytes]:
    return columns.encode("utf-8").split()


def _digest(columns: str, *values: bytes | float | None) -> int:
    """Return the digest of a row: of the columns that have a value, so that one that is added changes nothing."""
    digest = hashlib.blake2b(digest_size=8)
    for name, value in zip(_names(columns), values, strict=True):
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            # SQLite stores it as an integer.
            value = int(value)
        data = value if isinstance(value, bytes) else repr(value).encode("ascii")
        digest.update(b"%s %d " % (name, len(data)))
        digest.update(data)
    return int.from_bytes(digest.digest(), signed=True)
