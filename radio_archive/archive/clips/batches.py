"""Batches: corrections or decisions that were made together, and are undone together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import insert, now
from radio_archive.models import clean_text

TOUCHED = """(SELECT id FROM corrections WHERE batch_id = :batch
    UNION SELECT correction_id FROM correction_decisions WHERE batch_id = :batch)"""
"""SQL: the corrections that a batch is about."""

OF_CLIP = """SELECT corrections.batch_id FROM transcripts JOIN corrections ON transcript_id = transcripts.id
        WHERE clip_id = :clip
    UNION SELECT decisions.batch_id FROM transcripts JOIN corrections ON transcript_id = transcripts.id
        JOIN correction_decisions AS decisions ON correction_id = corrections.id WHERE clip_id = :clip"""
"""SQL: the batches that have something of a clip."""


class BatchKind(StrEnum):
    """What a batch of corrections or decisions is the work of."""

    PROPOSALS = "proposals"
    """Of the rules, about one clip."""
    FIX = "fix"
    """One text replaced everywhere."""
    REVIEW = "review"
    """Decisions about proposals."""
    EDIT = "edit"
    """A person's own words."""
    RETRANSCRIBE = "retranscribe"


@dataclass(frozen=True, slots=True)
class Batch:
    """Corrections or decisions that were made together; `undone_at` and `created_at` are times in UTC, ISO 8601."""

    number: int
    kind: BatchKind
    author: str
    reason: str | None
    created_at: str
    undone_at: str | None
    corrections: int
    clips: int


def newest(archive: Archive, limit: int = 20, kinds: Sequence[BatchKind] | None = None) -> list[Batch]:
    """Return the newest batches, by default all but those of the rules alone."""
    chosen = [kind for kind in BatchKind if kind != BatchKind.PROPOSALS] if kinds is None else kinds
    # Kind by kind, so that the index has the newest of each, however many there are.
    found = " UNION ALL ".join(
        ["SELECT * FROM (SELECT id FROM correction_batches WHERE kind = ? ORDER BY id DESC LIMIT ?)"] * len(chosen)
    )
    query = f"""SELECT id, kind, author, reason, created_at, undone_at,
            (SELECT count(*) FROM {TOUCHED.replace(":batch", "correction_batches.id")}),
            (SELECT count(DISTINCT clip_id) FROM corrections JOIN transcripts ON transcripts.id = transcript_id
             WHERE corrections.id IN {TOUCHED.replace(":batch", "correction_batches.id")})
        FROM correction_batches WHERE id IN ({found}) ORDER BY id DESC LIMIT ?"""  # noqa: S608 - fixed
    with archive.reading():
        rows = archive.db.execute(query, [*(one for kind in chosen for one in (kind, limit)), limit]).fetchall()
    return [Batch(number, BatchKind(kind), *rest) for number, kind, *rest in rows]


def begin(db: Database, kind: BatchKind, author: str, reason: str | None = None) -> int:
    """Begin a batch, and return its number."""
    row = {"author": clean_text(author), "reason": reason, "created_at": now(), "kind": kind}
    return insert(db, "correction_batches", row)


def forget_empty(db: Database, batch_ids: Sequence[int]) -> None:
    """Remove those of these batches that have nothing in them any more."""
    db.execute(
        """DELETE FROM correction_batches WHERE id IN (SELECT value FROM json_each(?))
           AND NOT EXISTS (SELECT 1 FROM corrections WHERE batch_id = correction_batches.id)
           AND NOT EXISTS (SELECT 1 FROM correction_decisions WHERE batch_id = correction_batches.id)""",
        [json.dumps(list(batch_ids))],
    )


def of_clip(db: Database, clip_id: int) -> list[int]:
    """Return the batches that have something of a clip."""
    return [batch for (batch,) in db.execute(OF_CLIP, {"clip": clip_id})]
