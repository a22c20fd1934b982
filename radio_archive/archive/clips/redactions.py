"""Redactions: spans of a clip that the public must neither read nor hear. They change no word and no original.

The current text has a mark in their place (`current.corrected`), a published copy nothing else. In place of the
recording the public gets a file with a tone over the spans, which `pipeline.redact` makes, and until it is made no
sound. Of another recording of the clip, such as a rebroadcast, whose times are others, the public hears nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import current, read
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.index import spellings
from radio_archive.archive.rows import clip_id_of, insert, now
from radio_archive.errors import UsageError
from radio_archive.models import Recording, Story
from radio_archive.text.redacted import RedactedSpan, telling_words
from radio_archive.text.spelling import fold

_COLUMNS = 'redactions.id, start, "end", reason, author, created_at, undone_at'
_WITHHELD = """INSERT INTO redacted_recordings (recording_id) SELECT recording_id FROM clip_recordings WHERE clip_id = ?
    ON CONFLICT (recording_id) DO UPDATE SET sha256 = NULL, path = '', bytes = 0, media_type = '', bit_rate = NULL,
        level = NULL, loudness = NULL, true_peak = NULL, peaks = NULL"""
# Of every clip that the recording is the original of: an air-check may hold several.
_SPANS = """SELECT redactions.start + clip_recordings.start, redactions."end" + clip_recordings.start
    FROM clip_recordings JOIN redactions ON redactions.clip_id = clip_recordings.clip_id AND undone_at IS NULL
    WHERE recording_id = ? AND role = 'original' ORDER BY 1, 2"""
_IS_EDITION = """SELECT 1 FROM clip_recordings JOIN redactions ON redactions.clip_id = clip_recordings.clip_id
    WHERE recording_id = ? AND role <> 'original' AND undone_at IS NULL"""
_ALL = ((0.0, current.FOREVER),)


@dataclass(frozen=True, slots=True)
class Redaction:
    """A span of a clip, in seconds. `number` is unique in the archive; times are in UTC, ISO 8601."""

    number: int
    start: float
    end: float
    reason: str | None
    author: str
    created_at: str
    undone_at: str | None = None


@dataclass(frozen=True, slots=True)
class SoundToMake:
    """A recording whose published sound is still to be made: `spans` of the file `path` get a tone."""

    recording_id: int
    path: Path
    spans: tuple[tuple[float, float], ...]


def add(archive: Archive, uid: str, start: float, end: float, *, author: str, reason: str | None = None) -> Redaction:
    """Take a span of a clip, in seconds, out of what the public reads and hears. Raises UsageError, NoSuchClipError.

    The clip's sound is withheld until `pipeline.redact` has made it anew.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        (length,) = db.execute(
            """SELECT coalesce(clip_recordings."end", duration) - start FROM clip_recordings
               JOIN recordings ON recordings.id = recording_id WHERE clip_id = ? AND role = 'original'""",
            [clip_id],
        ).fetchone()
        if not 0 <= start < end:
            raise UsageError("a redaction ends after it begins", "Give --from and --to in seconds, or as 1:05.")
        if start >= length:
            raise UsageError(f"the clip ends at {length:.1f} s, before that", f"See `radio-archive show {uid}`.")
        row = {"start": round(start, 3), "end": round(end, 3), "reason": reason, "author": author, "created_at": now()}
        row["words"] = json.dumps(sorted(_telling(db, clip_id, start, end)))
        number = insert(db, "redactions", {"clip_id": clip_id, **row})
        gone = changed(db, clip_id)
    return _after(archive, uid, number, gone)


def undo(archive: Archive, uid: str, number: int | None = None) -> Redaction:
    """Bring back a span, by default the clip's newest one that is redacted. Raises UsageError, NoSuchClipError."""
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        found = db.execute(
            """SELECT max(id) FROM redactions WHERE clip_id = :clip AND undone_at IS NULL
               AND (:number IS NULL OR id = :number)""",
            {"clip": clip_id, "number": number},
        ).fetchone()[0]
        if found is None:
            what = "nothing" if number is None else f"no redaction {number}"
            raise UsageError(f"{what} to undo in {uid}", f"`radio-archive redact {uid} --list` shows its redactions.")
        db.execute("UPDATE redactions SET undone_at = ? WHERE id = ?", [now(), found])
        gone = changed(db, clip_id)
    return _after(archive, uid, found, gone)


def of_clip(archive: Archive, uid: str) -> tuple[Redaction, ...]:
    """Return a clip's redactions in the order in which they were made, with those that were undone."""
    with archive.reading():
        rows = archive.db.execute(
            f"SELECT {_COLUMNS} FROM redactions JOIN clips ON clips.id = clip_id WHERE uid = ? ORDER BY redactions.id",  # noqa: S608 - fixed
            [uid],
        ).fetchall()
    return tuple(Redaction(*row) for row in rows)


def still_told(archive: Archive, uid: str, number: int) -> list[tuple[str, list[str]]]:
    """Return the texts of a clip, other than its transcript, that still have words of a redaction, and these words."""
    (stored,) = archive.db.execute("SELECT words FROM redactions WHERE id = ?", [number]).fetchone()
    clip, telling = read.clip(archive, uid, read.Part.PAGE | read.Part.TEXT), frozenset(json.loads(stored))
    story = clip.story or Story()
    texts = {
        "title": clip.title,
        "summary": clip.summary,
        "story's headline": story.headline,
        "story": " ".join(story.body),
        "picture's caption": story.caption,
        "chapters": " ".join(chapter.title for chapter in clip.recording.chapters),
        "subjects": " ".join(clip.subjects),
        "names of speakers": " ".join(dict.fromkeys(one.speaker for one in clip.segments if one.speaker)),
    }
    found = ((place, _runs(text or "", telling)) for place, text in texts.items())
    return [(place, runs) for place, runs in found if runs]


def _runs(text: str, telling: frozenset[str]) -> list[str]:
    """Return the runs of telling words in a text, as they are spelled there, each once."""
    runs = groupby(text.split(), lambda word: not telling.isdisjoint(fold(word).split()))
    return list(dict.fromkeys(" ".join(words).strip(".,;:!?…\"'“”‘’()") for tells, words in runs if tells))


def others_with_sound(archive: Archive, uid: str) -> list[str]:
    """Return the uids of other clips of the same recording, whose text has its own redactions."""
    rows = archive.db.execute(
        """SELECT DISTINCT others.uid FROM clips JOIN clip_recordings AS mine ON mine.clip_id = clips.id
           JOIN clip_recordings AS theirs ON theirs.recording_id = mine.recording_id AND theirs.clip_id <> clips.id
           JOIN clips AS others ON others.id = theirs.clip_id WHERE clips.uid = ? ORDER BY 1""",
        [uid],
    )
    return [uid for (uid,) in rows]


def public_path(archive: Archive, uid: str) -> Path | None:
    """Return the file that may be heard in place of a clip's redacted recording; None if the recording itself may.

    Raises UsageError where its sound is withheld.
    """
    row = archive.db.execute(
        """SELECT redacted_recordings.path FROM clips JOIN clip_recordings ON clip_id = clips.id AND role = 'original'
           JOIN redacted_recordings USING (recording_id) WHERE uid = ?""",
        [uid],
    ).fetchone()
    if row is None:
        return None
    if not row[0]:
        raise UsageError(f"the sound of {uid} is withheld", f"`radio-archive redact {uid}` makes what may be heard.")
    return archive.media.path(row[0])


def sounds_to_make(archive: Archive, uid: str) -> list[SoundToMake]:
    """Return the recordings of a clip whose published sound is still to be made."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT recordings.id, recordings.path FROM clips JOIN clip_recordings ON clip_id = clips.id
               JOIN recordings ON recordings.id = recording_id JOIN redacted_recordings USING (recording_id)
               WHERE uid = ? AND redacted_recordings.path = '' AND recordings.path <> ''""",
            [uid],
        ).fetchall()
        spans = {key: _spans(archive.db, key) for key, _ in rows}
    return [
        SoundToMake(key, archive.media.path(path), spans[key]) for key, path in rows if spans[key] not in ((), _ALL)
    ]


def save_sound(archive: Archive, made: SoundToMake, recording: Recording, path: str) -> bool:
    """Let the public hear the file `path` for a recording. Returns False if its redactions changed since."""
    db = archive.db
    with archive.writing():
        if _spans(db, made.recording_id) != made.spans:
            return False
        db.execute(
            """UPDATE redacted_recordings SET sha256 = ?, path = ?, bytes = ?, media_type = ?, bit_rate = ?, level = ?,
                   loudness = ?, true_peak = ?, peaks = ? WHERE recording_id = ?""",
            [
                *(recording.sha256, path, recording.bytes, recording.media_type, recording.bit_rate, recording.level),
                *(recording.loudness, recording.true_peak, recording.peaks, made.recording_id),
            ],
        )
    return True


def _telling(db: Database, clip_id: int, start: float, end: float) -> frozenset[str]:
    """Return the words that any of a clip's transcripts, as heard or as corrected, has in a span."""
    query = f"SELECT words, {current.ACCEPTED} FROM transcripts WHERE clip_id = ?"  # noqa: S608 - our own
    span = RedactedSpan(start, end)
    versions = [(load_words(stored), accepted) for stored, accepted in db.execute(query, [clip_id]).fetchall()]
    both = chain.from_iterable((words, current.corrected(words, accepted).words) for words, accepted in versions)
    return telling_words(word.text for words in both for word in words if span.hides(word))


def changed(db: Database, clip_id: int) -> list[str]:
    """Derive the clip's text again, and withhold its recordings; return the files that nobody may hear any more."""
    recordings = db.execute(
        """SELECT recording_id, redacted_recordings.path FROM clip_recordings
           LEFT JOIN redacted_recordings USING (recording_id) WHERE clip_id = ?""",
        [clip_id],
    ).fetchall()
    db.execute(_WITHHELD, [clip_id])
    for key, _ in recordings:
        if not _spans(db, key):
            db.execute("DELETE FROM redacted_recordings WHERE recording_id = ?", [key])
    current.derive(db, clip_id)
    spellings.backfill(db)
    return [path for _, path in recordings if path]


def _spans(db: Database, recording_id: int) -> tuple[tuple[float, float], ...]:
    """Return the spans of a recording that are redacted, in seconds of its file; all of it where times are others."""
    if db.execute(_IS_EDITION, [recording_id]).fetchone():
        return _ALL
    return tuple((start, end) for start, end in db.execute(_SPANS, [recording_id]))


def _after(archive: Archive, uid: str, number: int, gone: Sequence[str]) -> Redaction:
    """Delete files that nobody may hear any more, and return a redaction as it is now."""
    for path in gone:
        archive.media.discard(path)
    return next(one for one in of_clip(archive, uid) if one.number == number)
