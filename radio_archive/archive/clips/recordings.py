"""Recordings: whether one is archived already, its file, and its picture."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from radio_archive.archive import database
from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import paged, pages

AUDIBLE = """(recordings.path <> ''
    AND (SELECT count(*) FROM clip_recordings AS seen WHERE seen.recording_id = recordings.id)
      = (SELECT count(*) FROM main.clip_recordings AS every WHERE every.recording_id = recordings.id))"""
"""Whether outsiders may hear a recording, on a connection that hides what is not public (`public/views.py`).

A recording that also contains a hidden clip is hidden: a part of a file cannot be served.
"""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording's file; `duration` is in seconds, `uid` that of its oldest clip."""

    path: Path
    media_type: str
    bytes: int
    duration: float
    uid: str
    etag: str
    """The digest of the file that may be heard, which another one replaces if it is redacted."""


def clip_with(archive: Archive, sha256: str) -> str | None:
    """Return the uid of the clip whose recording has this digest."""
    row = archive.db.execute(
        """SELECT clips.uid FROM recordings JOIN clip_recordings ON clip_recordings.recording_id = recordings.id
           JOIN clips ON clips.id = clip_recordings.clip_id WHERE sha256 = ? ORDER BY clips.id LIMIT 1""",
        [sha256],
    ).fetchone()
    return None if row is None else row[0]


class Digests:
    """The SHA-256 of every recording, asked for one by one, from any thread. Close it after use."""

    def __init__(self, archive: Archive) -> None:
        self._path, self._lock = archive.database_path, Lock()
        with database.database_errors(self._path):
            self._db = database.connect(self._path, "ro", any_thread=True)

    def __contains__(self, sha256: object) -> bool:
        with self._lock, database.database_errors(self._path):
            return self._db.execute("SELECT 1 FROM recordings WHERE sha256 = ?", [sha256]).fetchone() is not None

    def close(self) -> None:
        with self._lock:
            self._db.close()


def with_names_and_sizes(archive: Archive, files: Sequence[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """Return those of `files`, by original name and size in bytes, that recordings have: probably the same."""
    found: set[tuple[str, int]] = set()
    for page in pages(files):
        rows = archive.db.execute(
            "SELECT original_name, bytes FROM recordings WHERE bytes IN (SELECT value FROM json_each(?))",
            [json.dumps([size for _, size in page])],
        )
        found |= set(rows) & set(page)
    return frozenset(found)


def removed_at(archive: Archive, sha256: str) -> str | None:
    """Return when a recording was last removed from the archive on purpose."""
    row = archive.db.execute("SELECT max(at) FROM tombstones WHERE sha256 = ?", [sha256]).fetchone()
    return None if row is None else row[0]


def typical_speed(archive: Archive, model: str, weights_sha256: str | None = None) -> float | None:
    """Return the mean speed, in seconds of audio per second, of the last 20 transcripts by `model`.

    Of those that name the same weights where there are any. Older than the last 1000 transcripts is not looked at.
    """
    same, named = archive.db.execute(
        """WITH latest AS (
               SELECT id, model, speed,
                      CASE WHEN json_valid(options) THEN json_extract(options, '$.weights_sha256') END AS weights
               FROM transcripts ORDER BY id DESC LIMIT 1000)
           SELECT (SELECT avg(speed) FROM (SELECT speed FROM latest WHERE weights = :weights AND speed IS NOT NULL
                                           ORDER BY id DESC LIMIT 20)),
                  (SELECT avg(speed) FROM (SELECT speed FROM latest WHERE model = :model AND speed IS NOT NULL
                                           ORDER BY id DESC LIMIT 20))""",
        {"weights": weights_sha256, "model": model},
    ).fetchone()
    found: float | None = named if same is None else same
    return found


def number_without_peaks(archive: Archive) -> int:
    """Return the number of recordings that `without_peaks` would yield."""
    query = "SELECT count(*) FROM recordings WHERE peaks IS NULL AND path <> ''"
    return int(archive.db.execute(query).fetchone()[0])


def without_peaks(archive: Archive) -> Iterator[tuple[str, Path]]:
    """Yield the digest and the file of each recording that was archived before peaks were stored.

    They are read in pages, so that their peaks can be saved meanwhile.
    """
    query = """SELECT id, sha256, path FROM recordings WHERE peaks IS NULL AND path <> '' AND id > :last
        ORDER BY id LIMIT :page"""
    yield from ((sha256, archive.media.path(path)) for _, sha256, path in paged(archive, query))


def save_peaks(archive: Archive, sha256: str, peaks: bytes) -> None:
    """Store the peaks of a recording."""
    with archive.writing():
        archive.db.execute("UPDATE recordings SET peaks = ? WHERE sha256 = ?", [peaks, sha256])


def public_file(archive: Archive, sha256: str) -> RecordingFile | None:
    """Return the file with this digest, which may be missing; None if outsiders may not hear it."""
    row = archive.db.execute(
        f"""SELECT path, media_type, bytes, duration,
                  (SELECT uid FROM clips JOIN clip_recordings ON clip_id = clips.id
                   WHERE recording_id = recordings.id ORDER BY clips.id LIMIT 1) AS uid,
                  coalesce((SELECT redacted.sha256 FROM main.redacted_recordings AS redacted
                            WHERE redacted.recording_id = recordings.id), sha256)
           FROM recordings WHERE sha256 = ? AND {AUDIBLE}""",  # noqa: S608 - our own condition
        [sha256],
    ).fetchone()
    if row is None or row[4] is None:
        return None
    return RecordingFile(archive.media.path(row[0]), *row[1:])


def cover(archive: Archive, sha256: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture inside a recording; None if there is none."""
    row = archive.db.execute(
        "SELECT covers.media_type, content FROM covers JOIN recordings ON id = recording_id WHERE sha256 = ?", [sha256]
    ).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))
