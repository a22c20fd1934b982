"""Saves and removes clips, with their transcripts, claims and derived rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive import backfill, intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, claims, current, proposals, recordings, sidecars, stories
from radio_archive.archive.clips.encoding import digest, dump_chapters, dump_windows, dump_words
from radio_archive.archive.index import forms, other_texts, spellings, suspects
from radio_archive.archive.names import unused
from radio_archive.archive.names.lookup import find_or_create
from radio_archive.archive.purge import forget
from radio_archive.archive.rows import clip_id_of, insert, new_uid, now
from radio_archive.models import Claim, Cover, Field, Proposal, Recording, Resolved, Segment, Story, Transcript


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip to save; `path` and `storage` say where its recording is stored.

    `taken` is the file of a watched folder that it comes from; `command`, `webhook`: what comes after it. `entry` is
    the id of the entry of the backfill that it is.
    """

    recording: Recording
    path: str
    storage: str
    transcript: Transcript
    segments: Sequence[Segment]
    claims: Sequence[Claim]
    resolved: Mapping[Field, Resolved]
    story: Story | None = None
    story_name: str | None = None
    cover: Cover | None = None
    sidecars: Sequence[tuple[str, bytes]] = ()
    others: Sequence[Transcript] = ()
    """Transcripts from other sources. The engine's is the clip's first, these are the following."""
    current: int = 1
    """The number of the one that `segments` are of."""
    taken: Path | None = None
    command: bool = False
    webhook: bool = False
    entry: int | None = None
    proposals: Sequence[Proposal] = ()
    """What is proposed for the transcript."""
    accept: float = 1.0
    """The confidence from which a proposal is accepted by itself."""


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The clip's uid, and whether it is new: another process may have archived the same bytes."""

    clip: str
    fresh: bool


def save_clip(archive: Archive, new: NewClip) -> SaveResult:
    """Save a clip in one transaction, unless its recording is archived already."""
    db = archive.db
    with archive.writing():
        existing = recordings.clip_with(archive, new.recording.sha256)
        if existing:
            return SaveResult(existing, fresh=False)
        recording_id = _insert_recording(db, new)
        uid, clip_id = _insert_clip(db, new)
        insert(db, "clip_recordings", {"clip_id": clip_id, "recording_id": recording_id})
        made = [_insert_version(db, clip_id, recording_id, one) for one in (new.transcript, *new.others)]
        # Before the segments, which are indexed by reporter too.
        claims.insert(db, clip_id, new.claims)
        claims.credit(db, clip_id, new.resolved)
        transcript_id = made[new.current - 1]
        changed = proposals.file(db, transcript_id, new.proposals, new.accept)
        current.choose(db, clip_id, transcript_id, None if changed else new.segments)
        _insert_beside(db, clip_id, recording_id, new)
        db.execute("UPDATE feed_items SET clip_id = ? WHERE sha256 = ?", [clip_id, new.recording.sha256])
        if new.taken:
            intake.set_archived(
                archive, new.taken, clip_id, new.recording.sha256, command=new.command, webhook=new.webhook
            )
        if new.entry is not None:
            backfill.set_archived(archive, new.entry, clip_id, new.recording.duration)
        spellings.backfill(db)
    return SaveResult(uid, fresh=True)


def add_transcript(archive: Archive, uid: str, transcript: Transcript) -> int:
    """Add a transcript to a clip, whose current one stays; return its number. Raises NoSuchClipError."""
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        query = "SELECT recording_id FROM clip_recordings WHERE clip_id = ? AND role = 'original'"
        (recording_id,) = db.execute(query, [clip_id]).fetchone()
        _insert_version(db, clip_id, recording_id, transcript)
        other_texts.update_clip(db, clip_id)
        suspects.refresh(db, clip_id)
        return int(db.execute("SELECT count(*) FROM transcripts WHERE clip_id = ?", [clip_id]).fetchone()[0])


def remove_clip(archive: Archive, uid: str, reason: str | None = None, *, purge: bool = False) -> None:
    """Remove a clip and, if no other clip uses it and it was copied, its recording's file.

    A tombstone stores the recording's digest and the uid, which is never used again. With `purge`, queues forget the
    clip, too; `archive.purge.erase` does the rest. Raises NoSuchClipError, and
    MediaGoneError before anything is removed.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        recordings = db.execute(
            """SELECT recordings.id, sha256, storage, path FROM recordings
               JOIN clip_recordings ON clip_recordings.recording_id = recordings.id
               WHERE clip_recordings.clip_id = ?""",
            [clip_id],
        ).fetchall()
        if any(storage == "copied" for _, _, storage, _ in recordings):
            archive.media.require()
        if purge:
            forget(db, clip_id, [sha256 for _, sha256, *_ in recordings])
        unused.note(db, clip_id, uid)
        touched = batches.of_clip(db, clip_id)
        db.execute("UPDATE clips SET current_transcript_id = NULL WHERE id = ?", [clip_id])
        # Not by cascade, which fires no trigger for the full-text index unless recursive triggers are on.
        db.execute("DELETE FROM segments WHERE clip_id = ?", [clip_id])
        db.execute("DELETE FROM other_texts WHERE clip_id = ?", [clip_id])
        db.execute("DELETE FROM credits WHERE clip_id = ?", [clip_id])
        for table in ("claims", "slugs"):
            db.execute(f"DELETE FROM {table} WHERE subject_type = 'clip' AND subject_id = ?", [clip_id])  # noqa: S608
        db.execute("DELETE FROM stories WHERE clip_id = ?", [clip_id])
        db.execute("DELETE FROM clips WHERE id = ?", [clip_id])
        batches.forget_empty(db, touched)
        files = []
        for recording_id, sha256, storage, path in recordings:
            insert(db, "tombstones", {"sha256": sha256, "clip_uid": uid, "reason": reason, "at": now()})
            if db.execute("SELECT 1 FROM clip_recordings WHERE recording_id = ?", [recording_id]).fetchone() is None:
                files += _redacted_files(db, recording_id)
                db.execute("DELETE FROM recordings WHERE id = ?", [recording_id])
                if storage == "copied":
                    files.append(path)
    for path in files:
        archive.media.discard(path)


def _redacted_files(db: Database, recording_id: int) -> list[str]:
    """Return the file, if there is one, that the public hears in place of a redacted recording."""
    rows = db.execute("SELECT path FROM redacted_recordings WHERE recording_id = ? AND path <> ''", [recording_id])
    return [path for (path,) in rows]


def _insert_recording(db: Database, new: NewClip) -> int:
    r = new.recording
    return insert(
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
            "loudness": r.loudness,
            "true_peak": r.true_peak,
            "bit_rate": r.bit_rate,
            "peaks": r.peaks,
            "chapters": dump_chapters(r.chapters),
            "warnings": "\n".join(r.warnings) or None,
            "added_at": now(),
        },
    )


def _insert_clip(db: Database, new: NewClip) -> tuple[str, int]:
    values = {field: resolved.value for field, resolved in new.resolved.items()}
    show = values.get(Field.SHOW)
    show_id = find_or_create(db, "show", show) if show else None
    uid = new_uid(db)
    query = "SELECT visibility, rights FROM shows WHERE id = ?"
    visibility, rights = db.execute(query, [show_id]).fetchone() or (None, None)
    title, summary = values.get(Field.TITLE) or new.recording.original_name, values.get(Field.SUMMARY)
    language = values.get(Field.LANGUAGE) or new.transcript.language
    clip_id = insert(
        db,
        "clips",
        {
            "uid": uid,
            "show_id": show_id,
            "visibility": visibility or "public",
            "rights": rights,
            "title": title,
            "air_date": values.get(Field.DATE),
            "language": language,
            "summary": summary,
            "variants": spellings.variants_of_row(db, title, summary),
            "forms": forms.of_row((title, summary), language),
            "added_at": now(),
        },
    )
    return uid, clip_id


def _insert_beside(db: Database, clip_id: int, recording_id: int, new: NewClip) -> None:
    """Add a recording's sidecars, story and cover."""
    for name, content in new.sidecars:
        sidecars.insert(db, clip_id, name, content)
    if new.story:
        stories.insert(db, clip_id, new.story, new.story_name)
    if new.cover:
        row = {"recording_id": recording_id, "media_type": new.cover.media_type, "content": new.cover.content}
        db.table("covers").insert(row)


def _insert_version(db: Database, clip_id: int, recording_id: int, transcript: Transcript) -> int:
    words = dump_words(transcript.words)
    transcript_id = insert(
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
            "created_at": now(),
            "digest": digest(words),
        },
    )
    gaps = [(transcript_id, round(gap.start, 3), round(gap.end, 3)) for gap in transcript.gaps]
    db.conn.executemany('INSERT INTO gaps (transcript_id, start, "end") VALUES (?, ?, ?)', gaps)
    return transcript_id
