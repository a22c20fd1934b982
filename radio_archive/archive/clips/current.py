"""The current text of a clip, and the rows of `segments` that are derived from it. Only this file makes them.

The current text is the current transcript's words with its accepted corrections. Each segment has the current `text`,
and as `heard` what the transcript says there, if that is something else: both are searched.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from radio_archive.archive.clips import near_duplicates
from radio_archive.archive.clips.encoding import digest, dump_words, load_words
from radio_archive.archive.index import facets, forms, other_texts, spellings, suspects
from radio_archive.models import Segment, Word
from radio_archive.text.corrected import Corrected, correct, joined, overlap
from radio_archive.text.redacted import MARK, RedactedSpan, hidden
from radio_archive.text.segmenting import split

FOREVER = 1e9
"""Seconds after which nothing is said."""
_SPAN = 3
"""Values that ACCEPTED has of a span; it has more of a correction."""
_ON_TIME = """(SELECT 1 FROM clip_recordings AS first WHERE first.clip_id = transcripts.clip_id
        AND first.recording_id = transcripts.recording_id AND first.role = 'original')"""
ACCEPTED = f"""(SELECT json_group_array(json(entry)) FROM
    (SELECT entry FROM (SELECT json_array(first_word, last_word, "after", forgets) AS entry FROM corrections
     WHERE corrections.transcript_id = transcripts.id AND status = 'accepted' ORDER BY decision_id)
     UNION ALL SELECT CASE WHEN {_ON_TIME} THEN json_array(start, "end", json(redactions.words))
         ELSE json_array(0, {FOREVER}, json('[]')) END
     FROM redactions WHERE redactions.clip_id = transcripts.clip_id AND undone_at IS NULL))"""  # noqa: S608 - our own
"""SQL: what makes the current text of a transcript, for `corrected`: its corrections, as an index has them, and then
the spans that are redacted. Of another recording of the clip, whose times are others, all is."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A correction that makes the current text, without where it comes from."""

    first_word: int
    last_word: int
    after: str
    forgets: bool
    redacts: bool = False
    """It stands for words that were redacted."""


def corrected(words: Sequence[Word], accepted: str) -> Corrected[Accepted]:
    """Return the current words of a transcript; `accepted` is what the SQL of ACCEPTED found.

    A correction that touches redacted words is hidden with them, so that it cannot tell what they were. One that
    touches words to be forgotten forgets what it stands for.
    """
    rows = json.loads(accepted)
    made = [Accepted(*row) for row in rows if len(row) > _SPAN]
    forgetting = [one for one in made if one.forgets]
    if forgetting:
        made = [replace(one, forgets=any(overlap(one, other) for other in forgetting)) for one in made]
    spans = [
        RedactedSpan(start, end, frozenset(said)) for start, end, said in (row for row in rows if len(row) == _SPAN)
    ]
    redacted = [Accepted(*run, MARK, forgets=True, redacts=True) for run in hidden(words, spans)] if spans else []
    return correct(words, [*made, *redacted])


def current_words(words: str, accepted: str) -> str:
    """Return a transcript's words, in their stored form, with its corrections, which are as ACCEPTED finds them."""
    return words if accepted == "[]" else dump_words(corrected(load_words(words), accepted).words)


def current_digest(words: str, accepted: str) -> str:
    """Return the digest of what `current_words` returns."""
    return digest(current_words(words, accepted))


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
    suspects.refresh(db, clip_id)


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
    suspects.close_others(db, clip_id)
    number = sum(not one.redacts for one in now.applied)
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
        heard = joined(kept.words[at:after])
        at = after
        found.append(heard if heard and heard != segment.text else None)
    return found


def _write(
    db: Database, clip_id: int, transcript_id: int, segments: Sequence[Segment], heard: Sequence[str | None]
) -> None:
    rows = db.execute(
        """SELECT segments.id, position, transcript_id, start, "end", text, heard, language, label FROM segments
           LEFT JOIN speakers ON speakers.id = speaker_id WHERE segments.clip_id = ? ORDER BY position""",
        [clip_id],
    ).fetchall()
    before = {row[1]: row for row in rows}
    wanted = {
        # As words are stored: what was undone is exactly as it was.
        position: (transcript_id, round(s.start, 3), round(s.end, 3), s.text, said, s.language, s.speaker)
        for position, (s, said) in enumerate(zip(segments, heard, strict=True))
    }
    gone = [(row[0],) for row in rows if row[1] not in wanted]
    db.conn.executemany("DELETE FROM segments WHERE id = ?", gone)
    changed = {at: row for at, row in wanted.items() if at not in before or before[at][2:] != row}
    who = _speakers(db, clip_id, [row[6] for row in changed.values()])
    # A change of the text alone drops what search by meaning knows of the clip.
    same = {at: row for at, row in changed.items() if at in before and (before[at][5], before[at][7]) == row[3:6:2]}
    db.conn.executemany(
        'UPDATE segments SET transcript_id = ?, start = ?, "end" = ?, heard = ?, speaker_id = ? WHERE id = ?',
        [(*row[:3], row[4], who[row[6]], before[at][0]) for at, row in same.items()],
    )
    rest = {at: row for at, row in changed.items() if at not in same}
    others = spellings.variants_of(db, [row[3] for row in rest.values()])
    (language,) = db.execute("SELECT language FROM clips WHERE id = ?", [clip_id]).fetchone()
    derived = [(v, forms.of_row([row[3]], row[5] or language)) for row, v in zip(rest.values(), others, strict=True)]
    made = dict(zip(rest, derived, strict=True))
    db.conn.executemany(
        """UPDATE segments SET transcript_id = ?, start = ?, "end" = ?, text = ?, heard = ?, language = ?,
               speaker_id = ?, variants = ?, forms = ? WHERE id = ?""",
        [(*row[:6], who[row[6]], *made[at], before[at][0]) for at, row in rest.items() if at in before],
    )
    whose = facets.for_clip(db, clip_id)
    db.conn.executemany(
        """INSERT INTO segments (clip_id, position, transcript_id, start, "end", text, heard, language, speaker_id,
               variants, forms, facets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [(clip_id, at, *row[:6], who[row[6]], *made[at], whose) for at, row in rest.items() if at not in before],
    )
    # After the rows that name them. What is said of the others is another version's, or redacted.
    db.execute(
        "DELETE FROM speakers WHERE clip_id = :clip AND id NOT IN (SELECT speaker_id FROM segments"
        " WHERE clip_id = :clip AND speaker_id IS NOT NULL)",
        {"clip": clip_id},
    )
    other_texts.update_clip(db, clip_id)


def _speakers(db: Database, clip_id: int, labels: Iterable[str | None]) -> dict[str | None, int | None]:
    """Return the rows of a clip's speakers by their labels, with new ones for labels that have none."""
    query = "SELECT label, id FROM speakers WHERE clip_id = ? ORDER BY id DESC"
    known = dict(db.execute(query, [clip_id]).fetchall())
    new = [(clip_id, label) for label in dict.fromkeys(labels) if label is not None and label not in known]
    if new:
        db.conn.executemany("INSERT INTO speakers (clip_id, label) VALUES (?, ?)", new)
        known = dict(db.execute(query, [clip_id]).fetchall())
    return {None: None, **known}
