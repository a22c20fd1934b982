"""Digests of the texts that cannot be made again: they tell a byte that changed, which SQLite does not notice."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from sqlite_utils import Database

from radio_archive.archive.clips.encoding import digest

CORRECTION = 'first_word, last_word, "before", "after", source, evidence, confidence, alternatives, forgets'
"""What the digest of a correction is about, in this order."""
SHARE = 1_000
"""Corrections whose digests one transaction of `fill` makes."""
_STORED: Mapping[str, str] = {
    "transcripts": "SELECT clip_id, digest, words FROM transcripts WHERE clip_id > ? AND clip_id <= ?",
    "corrections": f"""SELECT clip_id, corrections.digest, {CORRECTION} FROM transcripts
        JOIN corrections ON transcript_id = transcripts.id WHERE clip_id > ? AND clip_id <= ?""",  # noqa: S608 - our own
    "stories": "SELECT clip_id, digest, body FROM stories WHERE clip_id > ? AND clip_id <= ?",
    "sidecars": "SELECT clip_id, sha256, content FROM sidecars WHERE clip_id > ? AND clip_id <= ?",
}
TABLES = tuple(_STORED)
"""The tables whose rows have a digest."""


def of_correction(values: Sequence[object]) -> str:
    """Return the digest of a correction; `values` are those of CORRECTION, as SQLite returns them."""
    return digest(json.dumps(values))


def fill(db: Database, after: int) -> int | None:
    """Make the digests of the SHARE corrections after the correction `after`; return the last one's id, or None."""
    query = f"SELECT id, {CORRECTION} FROM corrections WHERE id > ? ORDER BY id LIMIT {SHARE}"  # noqa: S608 - our own
    rows = [(of_correction(values), key) for key, *values in db.execute(query, [after])]
    db.conn.executemany("UPDATE corrections SET digest = ? WHERE id = ?", rows)
    return rows[-1][1] if rows else None


def damaged(db: Database, table: str, after: int, last: int) -> Iterator[int]:
    """Yield the clip of each row of one of TABLES that is not as it was stored, of clips after `after` up to `last`."""
    for clip_id, expected, *values in db.execute(_STORED[table], [after, last]):
        if _digest(table, values) != expected:
            yield clip_id


def _digest(table: str, values: Sequence[object]) -> str:
    if table == "corrections":
        return of_correction(values)
    (content,) = values
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else digest(str(content))
