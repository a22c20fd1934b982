"""Finds clips that are edits of the same piece. Pairs are proposed to a person, never merged silently.

A sketch holds the smallest hashes of a transcript's runs of five words (bottom-k MinHash, Broder 1997). The share of
hashes that two sketches have in common estimates the share of runs that the two texts have in common.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import clip_id_of, insert, now
from radio_archive.errors import UsageError
from radio_archive.models import Word
from radio_archive.text.spelling import fold

RUN = 5
"""Words in a run."""
SIZE = 64
"""Hashes in a sketch."""
FEWEST = 40
"""The fewest words of a transcript that is compared: shorter ones are similar by chance."""
ALIKE = 0.5
"""Two clips are proposed as one from this share of common hashes."""
ROLES = ("podcast", "rebroadcast")


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two clips that say nearly the same; `similarity` 0…1; `clip` is the older one."""

    clip: str
    title: str
    other: str
    other_title: str
    similarity: float
    status: str


def sketch(words: Sequence[Word]) -> frozenset[int]:
    """Return the sketch of a transcript; empty for one that is too short."""
    plain = fold("".join(word.text for word in words)).split()
    if len(plain) < FEWEST:
        return frozenset()
    runs = {" ".join(plain[start : start + RUN]) for start in range(len(plain) - RUN + 1)}
    hashes = (hashlib.blake2b(run.encode("utf-8"), digest_size=8).digest() for run in runs)
    return frozenset(sorted(int.from_bytes(value, "big", signed=True) for value in hashes)[:SIZE])


def propose(db: Database, clip_id: int, words: Sequence[Word]) -> None:
    """Store a clip's sketch, and propose pairs with the clips that are similar."""
    db.execute("DELETE FROM sketches WHERE clip_id = ?", [clip_id])
    own = sketch(words)
    shared: dict[int, int] = {}
    for value in own:
        for (other,) in db.execute("SELECT clip_id FROM sketches WHERE hash = ?", [value]):
            shared[other] = shared.get(other, 0) + 1
        db.execute("INSERT INTO sketches (clip_id, hash) VALUES (?, ?)", [clip_id, value])
    for other, number in shared.items():
        similarity = number / len(own)
        if similarity >= ALIKE:
            first, second = sorted((clip_id, other))
            row = {"clip_id": first, "other_id": second, "similarity": round(similarity, 3), "found_at": now()}
            db.table("likenesses").insert(row, ignore=True)


def pairs(archive: Archive, status: str = "proposed") -> list[NearDuplicate]:
    """Return the pairs of clips that may be one piece."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT one.uid, one.title, two.uid, two.title, similarity, status FROM likenesses
               JOIN clips AS one ON one.id = likenesses.clip_id JOIN clips AS two ON two.id = other_id
               WHERE status = ? ORDER BY similarity DESC""",
            [status],
        ).fetchall()
    return [NearDuplicate(*row) for row in rows]


def reject(archive: Archive, clip: str, other: str) -> None:
    """Record that two clips are different pieces, so that they are not proposed again."""
    with archive.writing():
        first, second = sorted((clip_id_of(archive.db, clip), clip_id_of(archive.db, other)))
        row = {"clip_id": first, "other_id": second, "similarity": 0.0, "status": "rejected", "found_at": now()}
        archive.db.table("likenesses").insert(row, ignore=True)
        query = "UPDATE likenesses SET status = 'rejected' WHERE clip_id = ? AND other_id = ?"
        archive.db.execute(query, [first, second])


def join(archive: Archive, clip: str, other: str, role: str) -> None:
    """Make `other`'s recording another one of `clip`, in the role `podcast` or `rebroadcast`.

    Its transcripts become versions of the clip's, and its uid leads to the clip. Raises UsageError.
    """
    if clip == other:
        raise UsageError("a clip cannot be joined to itself", "Name two clips.")
    if role not in ROLES:
        raise UsageError(f"{role!r} is no role of a recording", f"Use {' or '.join(ROLES)}.")
    db = archive.db
    with archive.writing():
        kept, gone = clip_id_of(db, clip), clip_id_of(db, other)
        db.execute("UPDATE clips SET current_transcript_id = NULL WHERE id = ?", [gone])
        # Not by cascade, which fires no trigger for the full-text index.
        db.execute("DELETE FROM segments WHERE clip_id = ?", [gone])
        db.execute("UPDATE clip_recordings SET clip_id = ?, role = ? WHERE clip_id = ?", [kept, role, gone])
        for table in ("transcripts", "sidecars", "stories", "notes", "intake", "feed_items"):
            db.execute(f"UPDATE OR IGNORE {table} SET clip_id = ? WHERE clip_id = ?", [kept, gone])  # noqa: S608
        db.execute("DELETE FROM credits WHERE clip_id = ?", [gone])
        db.execute("DELETE FROM claims WHERE subject_type = 'clip' AND subject_id = ?", [gone])
        db.execute("UPDATE slugs SET subject_id = ? WHERE subject_type = 'clip' AND subject_id = ?", [kept, gone])
        db.execute("DELETE FROM clips WHERE id = ?", [gone])
        insert(db, "slugs", {"old": other, "subject_type": "clip", "subject_id": kept})
