"""Writing to an archive: clips, transcripts, claims and what is derived from them."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.words import digest, dump_windows, dump_words
from radio_archive.models import Claim, Field, Recording, Resolved, Segment, Transcript
from radio_archive.text.spelling import fold

UID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is easily taken for another."""

REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class NewClip:
    """All that one archived clip consists of; `path` and `storage` say where its recording lies.

    `taken`: the file in a watched folder that it comes from, and whether a command is to follow.
    """

    recording: Recording
    path: str
    storage: str
    transcript: Transcript
    segments: Sequence[Segment]
    claims: Sequence[Claim]
    resolved: Mapping[Field, Resolved]
    taken: Path | None = None
    command: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The clip's uid, and whether it is new: another process may have archived the same bytes meanwhile."""

    clip: str
    fresh: bool


def save_clip(archive: Archive, new: NewClip) -> Saved:
    """Archive a clip in one transaction, unless its recording is there already."""
    db = archive.db
    with archive.writing():
        existing = _clip_of(db, new.recording.sha256)
        if existing:
            return Saved(existing, fresh=False)
        recording_id = _insert_recording(db, new)
        uid, clip_id = _insert_clip(db, new)
        _insert(db, "clip_recordings", {"clip_id": clip_id, "recording_id": recording_id})
        _insert_transcript(db, clip_id, recording_id, new.transcript, new.segments)
        claim_ids = _insert_claims(db, clip_id, new.claims)
        _set_reporter(db, clip_id, new.resolved.get(Field.REPORTER), claim_ids)
        if new.taken:
            intake.archived(archive, new.taken, clip_id, new.recording.sha256, command=new.command)
    return Saved(uid, fresh=True)


def save_transcript(archive: Archive, uid: str, transcript: Transcript, segments: Sequence[Segment]) -> None:
    """Add a new version of a clip's transcript and make it the current one; the older ones are kept."""
    db = archive.db
    with archive.writing():
        clip_id, recording_id = db.execute(
            """SELECT clips.id, clip_recordings.recording_id FROM clips
               JOIN clip_recordings ON clip_recordings.clip_id = clips.id AND clip_recordings.role = 'original'
               WHERE clips.uid = ?""",
            [uid],
        ).fetchone()
        _insert_transcript(db, clip_id, recording_id, transcript, segments)


def remove_clip(archive: Archive, uid: str, reason: str | None = None) -> None:
    """Remove a clip and, where no other clip uses it and it was copied, its recording's file.

    A tombstone remembers the recording's digest and the uid, which is never given out again.
    """
    db = archive.db
    with archive.writing():
        clip_id = db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()[0]
        recordings = db.execute(
            """SELECT recordings.id, sha256, storage, path FROM recordings
               JOIN clip_recordings ON clip_recordings.recording_id = recordings.id
               WHERE clip_recordings.clip_id = ?""",
            [clip_id],
        ).fetchall()
        db.execute("DELETE FROM credits WHERE clip_id = ?", [clip_id])
        db.execute("DELETE FROM claims WHERE subject_type = 'clip' AND subject_id = ?", [clip_id])
        db.execute("UPDATE clips SET current_transcript_id = NULL WHERE id = ?", [clip_id])
        # A cascade would fire no trigger for the full-text index unless recursive triggers are on: delete by hand.
        db.execute("DELETE FROM segments WHERE clip_id = ?", [clip_id])
        db.execute("DELETE FROM clips WHERE id = ?", [clip_id])
        unused = []
        for recording_id, sha256, storage, path in recordings:
            _insert(db, "tombstones", {"sha256": sha256, "clip_uid": uid, "reason": reason, "at": _now()})
            if db.execute("SELECT 1 FROM clip_recordings WHERE recording_id = ?", [recording_id]).fetchone() is None:
                db.execute("DELETE FROM recordings WHERE id = ?", [recording_id])
                if storage == "copied":
                    unused.append(path)
    for path in unused:
        archive.media.discard(path)


def _clip_of(db: Database, sha256: str) -> str | None:
    row = db.execute(
        """SELECT clips.uid FROM clips
           JOIN clip_recordings ON clip_recordings.clip_id = clips.id
           JOIN recordings ON recordings.id = clip_recordings.recording_id
           WHERE recordings.sha256 = ? ORDER BY clips.id LIMIT 1""",
        [sha256],
    ).fetchone()
    return None if row is None else row[0]


def _insert_recording(db: Database, new: NewClip) -> int:
    r = new.recording
    return _insert(
        db,
        "recordings",
        {
            "sha256": r.sha256,
            "bytes": r.bytes,
            "media_type": r.media_type,
            "duration": r.duration,
            "sample_rate": r.sample_rate,
            "channels": r.channels,
            "storage": new.storage,
            "path": new.path,
            "original_name": r.original_name,
            "level": r.level,
            "warnings": "\n".join(r.warnings) or None,
            "added_at": _now(),
        },
    )


def _insert_clip(db: Database, new: NewClip) -> tuple[str, int]:
    values = {field: resolved.value for field, resolved in new.resolved.items()}
    show = values.get(Field.SHOW)
    uid = _new_uid(db)
    clip_id = _insert(
        db,
        "clips",
        {
            "uid": uid,
            "show_id": named(db, "show", show) if show else None,
            "title": values.get(Field.TITLE) or new.recording.original_name,
            "air_date": values.get(Field.DATE),
            "language": values.get(Field.LANGUAGE) or new.transcript.language,
            "summary": values.get(Field.SUMMARY),
            "added_at": _now(),
        },
    )
    return uid, clip_id


def _insert_transcript(
    db: Database, clip_id: int, recording_id: int, transcript: Transcript, segments: Iterable[Segment]
) -> None:
    words = dump_words(transcript.words)
    transcript_id = _insert(
        db,
        "transcripts",
        {
            "clip_id": clip_id,
            "recording_id": recording_id,
            "origin": transcript.origin,
            "engine": transcript.engine,
            "engine_version": transcript.engine_version,
            "model": transcript.model,
            "revision": transcript.revision,
            "options": json.dumps(dict(transcript.options), ensure_ascii=False, sort_keys=True),
            "language": transcript.language,
            "speed": transcript.speed,
            "words": words,
            "windows": dump_windows(transcript.windows),
            "created_at": _now(),
            "digest": digest(words),
        },
    )
    db.execute("DELETE FROM segments WHERE clip_id = ?", [clip_id])
    for position, segment in enumerate(segments):
        row = {
            "clip_id": clip_id,
            "transcript_id": transcript_id,
            "position": position,
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
        }
        _insert(db, "segments", row)
    db.execute("UPDATE clips SET current_transcript_id = ? WHERE id = ?", [transcript_id, clip_id])


def _insert_claims(db: Database, clip_id: int, claims: Iterable[Claim]) -> dict[Claim, int]:
    return {
        claim: _insert(
            db,
            "claims",
            {
                "subject_type": "clip",
                "subject_id": clip_id,
                "field": claim.field,
                "value": claim.value,
                "source": claim.source,
                "source_key": claim.source_key,
                "evidence": claim.evidence,
                "at": claim.at,
                "confidence": claim.confidence,
                "denies": claim.denies,
                "created_at": _now(),
            },
        )
        for claim in claims
    }


def _set_reporter(db: Database, clip_id: int, resolved: Resolved | None, claim_ids: Mapping[Claim, int]) -> None:
    if resolved is None:
        return
    person_id = named(db, "person", resolved.value)
    row = {"clip_id": clip_id, "person_id": person_id, "role": REPORTER, "claim_id": claim_ids.get(resolved.winner)}
    _insert(db, "credits", row)


TABLE_OF = {"show": "shows", "person": "people", "station": "stations"}


def named(db: Database, subject_type: str, name: str) -> int:
    """Return the id of the show, person or station that `name` is an alias of, however spelled; make one if none is."""
    table = db.table(TABLE_OF[subject_type])
    row = db.execute(
        "SELECT subject_id FROM aliases WHERE subject_type = ? AND folded = ? ORDER BY id LIMIT 1",
        [subject_type, fold(name)],
    ).fetchone()
    if row is None:
        subject_id = _insert(db, table.name, {"uid": _random_uid(), "name": name})
        alias = {"subject_type": subject_type, "subject_id": subject_id, "name": name, "folded": fold(name)}
        _insert(db, "aliases", alias)
        return subject_id
    subject: int = row[0]
    while (into := next(table.rows_where("id = ?", [subject]))["merged_into"]) is not None:
        subject = into
    return subject


def _insert(db: Database, table: str, row: Mapping[str, object]) -> int:
    key = db.table(table).insert(dict(row)).last_rowid
    assert key is not None  # noqa: S101 - an insert into a rowid table sets it
    return key


def _new_uid(db: Database) -> str:
    while True:
        uid = _random_uid()
        taken = "SELECT 1 FROM clips WHERE uid = :uid UNION ALL SELECT 1 FROM tombstones WHERE clip_uid = :uid"
        if db.execute(taken, {"uid": uid}).fetchone() is None:
            return uid


def _random_uid() -> str:
    return "".join(secrets.choice(UID_ALPHABET) for _ in range(8))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
