"""Finds clips that are edits of the same piece. Pairs are proposed to a person, never merged silently.

A sketch holds the smallest hashes of a transcript's runs of five words (bottom-k MinHash, Broder 1997). The share of
hashes that two sketches have in common estimates the share of runs that the two texts have in common. Runs that many
clips have in common, as those of a show that always opens and signs off alike, say nothing and are left out.
"""

import hashlib
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import other_texts, suspects
from radio_archive.archive.rows import clip_id_of, insert, now
from radio_archive.errors import UsageError
from radio_archive.models import Word
from radio_archive.text.spelling import fold

RUN = 5
"""Words in a run."""
SIZE = 64
"""Hashes in a sketch."""
BYTES = 4
"""Of a hash. In an archive of ten million sentences, one of two hundred runs has the hash of another run: that is far
from the number that two clips must have in common."""
LOOKED_AT = 4 * SIZE
"""The most hashes of a transcript that are looked up to find those of its sketch."""
COMMON = 16
"""A run that is in this many sketches is in no further one."""
TELLING = 12
"""The fewest hashes by which two clips are compared: what little a formula leaves is similar by chance."""
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


def runs_of(words: Sequence[Word]) -> list[int]:
    """Return the smallest hashes of a transcript's runs of words, in order; none for one that is too short."""
    plain = fold("".join(word.text for word in words)).split()
    if len(plain) < FEWEST:
        return []
    runs = {" ".join(plain[start : start + RUN]) for start in range(len(plain) - RUN + 1)}
    hashes = (hashlib.blake2b(run.encode("utf-8"), digest_size=8).digest()[:BYTES] for run in runs)
    return sorted({int.from_bytes(value, "big", signed=True) for value in hashes})[:LOOKED_AT]


def propose(db: Database, clip_id: int, words: Sequence[Word]) -> None:
    """Store a clip's sketch, and propose pairs with the clips that are similar."""
    db.execute("DELETE FROM sketches WHERE clip_id = ?", [clip_id])
    own, shared = _sketch(db, runs_of(words))
    db.conn.executemany("INSERT INTO sketches (clip_id, hash) VALUES (?, ?)", [(clip_id, value) for value in own])
    for other, number in shared.items():
        if number < TELLING:
            continue
        number_comparable = _comparable(db, own, other)
        if number_comparable >= TELLING and number / number_comparable >= ALIKE:
            first, second = sorted((clip_id, other))
            similarity = round(number / number_comparable, 3)
            row = {"clip_id": first, "other_id": second, "similarity": similarity, "found_at": now()}
            db.table("likenesses").insert(row, ignore=True)


def _sketch(db: Database, hashes: Sequence[int]) -> tuple[list[int], Counter[int]]:
    """Return the sketch that the hashes make, and how many of its hashes each other clip has.

    What COMMON clips say is in no further sketch, so that nothing here reads more than that of each hash.
    """
    rows = db.execute(
        """SELECT value, (SELECT json_group_array(clip_id) FROM
                             (SELECT clip_id FROM sketches WHERE hash = value LIMIT :most))
           FROM json_each(:hashes)""",
        {"hashes": json.dumps(hashes), "most": COMMON},
    )
    own: list[int] = []
    shared: Counter[int] = Counter()
    # Row by row, in the order of the array: what comes after a full sketch is not looked up.
    for value, clips in rows:
        others = json.loads(clips)
        if len(others) < COMMON:
            own.append(value)
            shared.update(others)
        if len(own) == SIZE:
            break
    return own, shared


def _comparable(db: Database, own: Sequence[int], other: int) -> int:
    """Return how many hashes of a sketch can be in another one: a full one has none above its largest.

    The two end at different places where one was made before the runs that both begin with became common.
    """
    size, largest = db.execute("SELECT count(*), max(hash) FROM sketches WHERE clip_id = ?", [other]).fetchone()
    return len(own) if size < SIZE else bisect_right(own, largest)


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
        if db.execute(
            "SELECT 1 FROM redactions WHERE clip_id IN (?, ?) AND undone_at IS NULL", [kept, gone]
        ).fetchone():
            raise UsageError(
                f"{clip} or {other} is redacted, and the other one would still have what was taken out",
                "Remove one of them, or undo the redactions first.",
            )
        db.execute("UPDATE clips SET current_transcript_id = NULL WHERE id = ?", [gone])
        # Not by cascade, which fires no trigger for the full-text index.
        db.execute("DELETE FROM segments WHERE clip_id = ?", [gone])
        db.execute("DELETE FROM other_texts WHERE clip_id = ?", [gone])
        numbers = _transcripts(db, kept)
        db.execute("UPDATE clip_recordings SET clip_id = ?, role = ? WHERE clip_id = ?", [kept, role, gone])
        for table in ("transcripts", "sidecars", "stories", "notes", "intake", "feed_items"):
            db.execute(f"UPDATE OR IGNORE {table} SET clip_id = ? WHERE clip_id = ?", [kept, gone])  # noqa: S608
        db.execute("DELETE FROM credits WHERE clip_id = ?", [gone])
        db.execute("DELETE FROM claims WHERE subject_type = 'clip' AND subject_id = ?", [gone])
        db.execute("UPDATE slugs SET subject_id = ? WHERE subject_type = 'clip' AND subject_id = ?", [kept, gone])
        db.execute("DELETE FROM clips WHERE id = ?", [gone])
        _renumber(db, kept, numbers)
        other_texts.update_clip(db, kept)
        suspects.refresh(db, kept)
        insert(db, "slugs", {"old": other, "subject_type": "clip", "subject_id": kept})


def _transcripts(db: Database, clip_id: int) -> list[int]:
    """Return the ids of a clip's transcripts, in the order of their numbers."""
    return [key for (key,) in db.execute("SELECT id FROM transcripts WHERE clip_id = ? ORDER BY id", [clip_id])]


def _renumber(db: Database, clip_id: int, before: list[int]) -> None:
    """Let claims about which transcript is current name the same ones as `before`, when there were fewer."""
    now = _transcripts(db, clip_id)
    query = "SELECT id, value FROM claims WHERE subject_type = 'clip' AND subject_id = ? AND field = 'transcript'"
    for claim_id, value in db.execute(query, [clip_id]).fetchall():
        if value.isdecimal() and 0 < int(value) <= len(before):
            changed = str(now.index(before[int(value) - 1]) + 1)
            db.execute("UPDATE claims SET value = ? WHERE id = ?", [changed, claim_id])
