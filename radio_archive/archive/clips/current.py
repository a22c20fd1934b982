"""The current text of a clip, and the rows of `segments` that are derived from it. Only this file makes them.

The current text is the current transcript's words with its accepted corrections. Each segment has the current `text`,
and as `heard` what the transcript says there, if that is something else: both are searched.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive.clips import near_duplicates
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.index import facets, forms, spellings
from radio_archive.models import Segment, Word, clean_text
from radio_archive.text.corrected import Corrected, correct
from radio_archive.text.segmenting import split

ACCEPTED = """(SELECT json_group_array(json_array(first_word, last_word, "after", forgets)) FROM
    (SELECT first_word, last_word, "after", forgets FROM corrections
     WHERE corrections.transcript_id = transcripts.id AND status = 'accepted' ORDER BY decision_id))"""
"""SQL: the corrections of a transcript that make its current text, for `corrected`. As an index has them."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A correction that makes the current text, without where it comes from."""

    first_word: int
    last_word: int
    after: str
    forgets: bool


def corrected(words: Sequence[Word], accepted: str) -> Corrected[Accepted]:
    """Return the current words of a transcript; `accepted` is what the SQL of ACCEPTED found."""
    return correct(words, [Accepted(*row) for row in json.loads(accepted)])


def choose(db: Database, clip_id: int, transcript_id: int, segments: Sequence[Segment] | None = None) -> None:
    """Make a transcript the clip's current one, and derive the clip's segments from it.

    `segments` are those of a new transcript without corrections, if it was split already.
    """
    db.execute("DELETE FROM segments WHERE clip_id = ?", [clip_id])
    db.execute("UPDATE clips SET current_transcript_id = ? WHERE id = ?", [transcript_id, clip_id])
    if segments is None:
        derive(db, clip_id)
    else:
        _write(db, clip_id, transcript_id, segments, [None] * len(segments))
    (words,) = db.execute("SELECT words FROM transcripts WHERE id = ?", [transcript_id]).fetchone()
    near_duplicates.propose(db, clip_id, load_words(words))


def derive(db: Database, clip_id: int) -> None:
    """Derive the clip's segments again, after its corrections changed. Rows that stay the same are not written."""
    found = db.execute(
        f"""SELECT transcripts.id, words, {ACCEPTED} FROM clips
            JOIN transcripts ON transcripts.id = current_transcript_id WHERE clips.id = ?""",  # noqa: S608 - our own
        [clip_id],
    ).fetchone()
    if found is None:
        db.execute("DELETE FROM segments WHERE clip_id = ?", [clip_id])
        return
    transcript_id, stored, accepted = found
    words = load_words(stored)
    now = corrected(words, accepted)
    segments = split(now.words)
    _write(db, clip_id, transcript_id, segments, _heard(words, now, segments))
    number = len(now.applied)
    db.execute("UPDATE clips SET corrected = ? WHERE id = ? AND corrected <> ?", [number, clip_id, number])


def _heard(words: Sequence[Word], now: Corrected[Accepted], segments: Sequence[Segment]) -> list[str | None]:
    """Return what was heard in each segment; None where it is the text, and without what is to be forgotten.

    Words that were removed count to the segment before them.
    """
    if not now.applied:
        return [None] * len(segments)
    kept = correct(words, [one for one in now.applied if one.forgets])
    starts = [first for first, _ in kept.origins]
    found: list[str | None] = []
    at = 0
    for number, segment in enumerate(segments):
        following = segments[number + 1].first_word if number + 1 < len(segments) else None
        end = len(words) if following is None else now.origins[following][0]
        # Two segments of one correction: the first has what was heard.
        after = at
        while after < len(starts) and (starts[after] < end or starts[after] <= now.origins[segment.last_word][1]):
            after += 1
        heard = clean_text("".join(word.text for word in kept.words[at:after]))
        at = after
        found.append(heard if heard and heard != segment.text else None)
    return found


def _write(
    db: Database, clip_id: int, transcript_id: int, segments: Sequence[Segment], heard: Sequence[str | None]
) -> None:
    rows = db.execute(
        """SELECT id, position, transcript_id, start, "end", text, heard, language FROM segments WHERE clip_id = ?
           ORDER BY position""",
        [clip_id],
    ).fetchall()
    before = {row[1]: row for row in rows}
    wanted = {
        # As words are stored: what was undone is exactly as it was.
        position: (transcript_id, round(s.start, 3), round(s.end, 3), s.text, said, s.language)
        for position, (s, said) in enumerate(zip(segments, heard, strict=True))
    }
    gone = [(row[0],) for row in rows if row[1] not in wanted]
    db.conn.executemany("DELETE FROM segments WHERE id = ?", gone)
    changed = {at: row for at, row in wanted.items() if at not in before or before[at][2:] != row}
    # A change of the text alone drops what search by meaning knows of the clip.
    same = {at: row for at, row in changed.items() if at in before and (before[at][5], before[at][7]) == row[3::2]}
    db.conn.executemany(
        'UPDATE segments SET transcript_id = ?, start = ?, "end" = ?, heard = ? WHERE id = ?',
        [(*row[:3], row[4], before[at][0]) for at, row in same.items()],
    )
    rest = {at: row for at, row in changed.items() if at not in same}
    others = spellings.variants_of(db, [row[3] for row in rest.values()])
    (language,) = db.execute("SELECT language FROM clips WHERE id = ?", [clip_id]).fetchone()
    derived = [(v, forms.of_row([row[3]], row[5] or language)) for row, v in zip(rest.values(), others, strict=True)]
    made = dict(zip(rest, derived, strict=True))
    db.conn.executemany(
        """UPDATE segments SET transcript_id = ?, start = ?, "end" = ?, text = ?, heard = ?, language = ?, variants = ?,
               forms = ? WHERE id = ?""",
        [(*row, *made[at], before[at][0]) for at, row in rest.items() if at in before],
    )
    whose = facets.for_clip(db, clip_id)
    db.conn.executemany(
        """INSERT INTO segments (clip_id, position, transcript_id, start, "end", text, heard, language, variants, forms,
               facets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [(clip_id, at, *row, *made[at], whose) for at, row in rest.items() if at not in before],
    )
