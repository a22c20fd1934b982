"""The words of current transcripts that wait for a person's ear: rows of `review_items`, which follow from transcripts.

Proposals for the current transcript wait too; triggers write them while it is the current one. Only what an engine
heard has suspects. What a person or a publisher wrote is compared with nothing.
"""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from radio_archive.archive.clips.encoding import load_words
from radio_archive.text.suspects import Suspect, suspects

SHARE = 200
"""Clips whose suspects one transaction finds: a fraction of a second."""
_VERSIONS = """SELECT words FROM transcripts WHERE clip_id = :clip AND (id = :current OR words <> '[]')
    ORDER BY id = :current DESC, id DESC LIMIT 2"""
"""The current version, then the newest of the others."""
_FOLLOW = """UPDATE review_items SET show_id = (SELECT show_id FROM clips WHERE clips.id = review_items.clip_id),
        (state, doubt, worth) = (SELECT CASE WHEN status <> 'proposed' THEN status WHEN state = 'skipped' THEN state
            ELSE 'open' END, confidence, confidence FROM corrections WHERE corrections.id = correction_id
            UNION ALL SELECT state, doubt, worth WHERE correction_id IS NULL)
    WHERE clip_id = :clip"""
_WAITING = """INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth,
        correction_id)
    SELECT clips.id, show_id, transcript_id, first_word, last_word, 'proposal', confidence, confidence, corrections.id
    FROM clips JOIN corrections ON transcript_id = current_transcript_id
    WHERE clips.id = ? AND status = 'proposed'
        AND NOT EXISTS (SELECT 1 FROM review_items WHERE correction_id = corrections.id)"""


def refresh(db: Database, clip_id: int) -> None:
    """Find what waits in a clip's current transcript again: when it is another one, or when a version is added.

    What a person has decided about the same words stays.
    """
    current, origin = db.execute(
        """SELECT transcripts.id, origin FROM clips LEFT JOIN transcripts ON transcripts.id = current_transcript_id
           WHERE clips.id = ?""",
        [clip_id],
    ).fetchone()
    derived = "clip_id = ? AND correction_id IS NULL AND state IN ('open', 'covered')"
    db.execute(f"DELETE FROM review_items WHERE {derived}", [clip_id])  # noqa: S608 - fixed
    db.execute(_WAITING, [clip_id])
    if origin != "engine":
        return
    versions = db.execute(_VERSIONS, {"clip": clip_id, "current": current}).fetchall()
    heard, *others = (load_words(words) for (words,) in versions)
    _insert(db, clip_id, current, suspects(heard, others[0] if others else ()))


def close_others(db: Database, clip_id: int) -> None:
    """Take what waits in a clip's other transcripts out of the queue, whose pages would have to go past it."""
    db.execute(
        """DELETE FROM review_items WHERE clip_id = :clip AND state IN ('open', 'skipped')
           AND transcript_id IS NOT (SELECT current_transcript_id FROM clips WHERE id = :clip)""",
        {"clip": clip_id},
    )


def repair(db: Database, clip_id: int) -> None:
    """Make all of a clip's queue again that does not say what a person decided."""
    db.execute(_FOLLOW, {"clip": clip_id})
    close_others(db, clip_id)
    refresh(db, clip_id)


def _insert(db: Database, clip_id: int, transcript_id: int, found: Sequence[Suspect]) -> None:
    rows = [
        {
            "clip": clip_id,
            "transcript": transcript_id,
            "first": one.first_word,
            "last": one.last_word,
            "kind": one.kind,
            "doubt": round(one.doubt, 3),
            "worth": round(one.worth, 3),
            "others": json.dumps([one.alternative], ensure_ascii=False) if one.alternative else None,
        }
        for one in found
    ]
    db.conn.executemany(
        """INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth,
               alternatives, state)
           SELECT :clip, (SELECT show_id FROM clips WHERE id = :clip), :transcript, :first, :last, :kind, :doubt,
               :worth, :others, CASE WHEN EXISTS (SELECT 1 FROM corrections WHERE transcript_id = :transcript
                   AND first_word <= :last AND last_word >= :first AND status <> 'withdrawn')
               THEN 'covered' ELSE 'open' END
           WHERE true
           ON CONFLICT (transcript_id, first_word, last_word) WHERE correction_id IS NULL DO NOTHING""",
        rows,
    )


def fill(db: Database, after: int) -> int | None:
    """Find the suspects of the SHARE clips after the clip `after`; return the last one's id, None at the end."""
    ids = [key for (key,) in db.execute("SELECT id FROM clips WHERE id > ? ORDER BY id LIMIT ?", [after, SHARE])]
    for clip_id in ids:
        refresh(db, clip_id)
    return ids[-1] if ids else None
