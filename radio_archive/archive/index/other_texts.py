"""The table `other_texts`: what the other transcripts of a clip say otherwise than its current text.

A sentence that stands word for word in the current text is found there. So a second transcript that is nearly the same
takes little room. Of a clip with redactions nothing is found in other transcripts: they time its words differently.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive.clips.encoding import load_words
from radio_archive.models import Segment, Word
from radio_archive.text.corrected import correct
from radio_archive.text.segmenting import split
from radio_archive.text.spelling import fold

MOST = 5
"""Other transcripts of a clip that are searched, the newest."""
SHARE = 500
"""Clips that one transaction of `fill` looks at."""
_NEAR = 2.0
"""Seconds by which two transcripts differ in when something is said."""
_OTHERS = f"""
    SELECT id, words, (SELECT json_group_array(json_array(first_word, last_word, "after")) FROM
        (SELECT first_word, last_word, "after" FROM corrections WHERE corrections.transcript_id = transcripts.id
         AND status = 'accepted' AND forgets ORDER BY decision_id))
    FROM transcripts WHERE clip_id = :clip
        AND id IS NOT (SELECT current_transcript_id FROM clips WHERE clips.id = :clip)
        AND NOT EXISTS (SELECT 1 FROM redactions WHERE redactions.clip_id = :clip AND undone_at IS NULL)
    ORDER BY id DESC LIMIT {MOST}"""  # noqa: S608 - our own number
_FORGOTTEN = """
    SELECT words, first_word, last_word FROM transcripts JOIN corrections ON transcript_id = transcripts.id
    WHERE clip_id = ? AND status = 'accepted' AND forgets"""


@dataclass(frozen=True, slots=True)
class _Stored:
    first_word: int
    last_word: int
    after: str


@dataclass(frozen=True, slots=True)
class _Forgotten:
    """What was heard somewhere and is not to be found any more; `text` is folded."""

    start: float
    end: float
    text: str

    def is_in(self, segment: Segment, said: str) -> bool:
        return segment.start <= self.end + _NEAR and self.start <= segment.end + _NEAR and self.text in said


def update_clip(db: Database, clip_id: int) -> None:
    """Write what a clip's other transcripts say otherwise, after its current text changed."""
    others = db.execute(_OTHERS, {"clip": clip_id}).fetchall()
    wanted: dict[tuple[object, ...], None] = {}
    if others:
        rows = db.execute("SELECT text FROM segments WHERE clip_id = ? ORDER BY position", [clip_id])
        known = [_folded(" ".join(text for (text,) in rows))]
        forgotten = list(_forgotten(db, clip_id))
        for transcript_id, stored, forgets in others:
            kept = correct(load_words(stored), [_Stored(*one) for one in json.loads(forgets)]).words
            new = list(_otherwise(kept, known, forgotten))
            known += [_folded("".join(word.text for word in kept))] if new else []
            wanted |= {(transcript_id, one.start, one.end, one.text): None for one in new}
    there = db.execute('SELECT id, transcript_id, start, "end", text FROM other_texts WHERE clip_id = ?', [clip_id])
    before = {row[1:]: row[0] for row in there.fetchall()}
    db.conn.executemany(
        "DELETE FROM other_texts WHERE id = ?", [(key,) for row, key in before.items() if row not in wanted]
    )
    db.conn.executemany(
        'INSERT INTO other_texts (clip_id, transcript_id, start, "end", text) VALUES (?, ?, ?, ?, ?)',
        [(clip_id, *row) for row in wanted if row not in before],
    )


def fill(db: Database, after: int) -> int | None:
    """Do the same for the next clips after clip `after`; return the last one's id, None at the end."""
    last = after + SHARE
    several = "SELECT clip_id FROM transcripts WHERE clip_id > ? AND clip_id <= ? GROUP BY clip_id HAVING count(*) > 1"
    for (clip_id,) in db.execute(several, [after, last]).fetchall():
        update_clip(db, clip_id)
    (highest,) = db.execute("SELECT coalesce(max(id), 0) FROM clips").fetchone()
    return last if last < highest else None


def _otherwise(kept: Sequence[Word], known: Sequence[str], forgotten: Sequence[_Forgotten]) -> Iterator[Segment]:
    for segment in split(kept):
        said = _folded(segment.text)
        is_known = not said.strip() or any(said in text for text in known)
        if not is_known and not any(one.is_in(segment, said) for one in forgotten):
            yield segment


def _forgotten(db: Database, clip_id: int) -> Iterator[_Forgotten]:
    for stored, first, last in db.execute(_FORGOTTEN, [clip_id]).fetchall():
        heard = load_words(stored)[first : last + 1]
        if heard:
            yield _Forgotten(heard[0].start, heard[-1].end, _folded("".join(word.text for word in heard)))


def _folded(text: str) -> str:
    """Return the words of a text in plain letters, with a space on either side of each."""
    return f" {' '.join(''.join(filter(str.isalnum, word)) for word in fold(text).split())} "
