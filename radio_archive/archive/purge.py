"""Erases for good what was removed: from queues, indexes, free pages, the log, and copies in the archive's folder.

`clips.save.remove_clip` takes out the rows, but SQLite leaves their bytes in the file, an index the words, and a queue
the name of the file. What was removed is known by its tombstones, so that an interrupted purge can be run again.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive.archive import DATABASE, Archive
from radio_archive.archive.backup import known, read_manifest
from radio_archive.archive.database import BUSY_SECONDS, address, is_archive
from radio_archive.archive.index import rebuild, spellings
from radio_archive.archive.names import unused
from radio_archive.archive.originals import digest_of
from radio_archive.errors import ArchiveBusyError, BackupError, DiskFullError
from radio_archive.events import Listener, silent

_INDEXES = (
    *("segments_fts", "clips_fts", "stories_fts", "aliases_fts", "other_texts_fts"),
    *("segments.words", "clips.words", "stories.words"),
)
"""What is made again because words stay in it: parts of `rebuild`."""
_PATIENCE = 5.0
"""Seconds for which readers are waited for."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A backup of the clips, made at a time in UTC. `is_there`: whether it could be looked at."""

    place: Path
    made_at: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took out besides the clips' rows. Paths are relative to the archive."""

    names: tuple[str, ...]
    """People and shows that no clip names any more and of which nothing else is known."""
    files: tuple[str, ...]
    """Copies of the recordings, and copies of the database that held the clips."""
    backups: tuple[Holding, ...]
    """The backups that the archive knows of and that still have the clips, or cannot be looked at now."""


def removed(archive: Archive, uid: str) -> tuple[str, ...]:
    """Return the digests of the recordings of a clip that was removed; none if none was."""
    rows = archive.db.execute("SELECT sha256 FROM tombstones WHERE clip_uid = ?", [uid]).fetchall()
    return tuple(sha256 for (sha256,) in rows)


def require_room(archive: Archive) -> None:
    """Raise DiskFullError if there is no space for the copy that SQLite makes of the database."""
    size = archive.database_path.stat().st_size
    if shutil.disk_usage(archive.folder).free < 2 * size:
        raise DiskFullError(
            f"no space left to write {archive.database_path} again",
            f"Nothing was removed. Free {2 * size / 1e6:,.0f} MB there, then run the same command again.",
        )


def forget(db: Database, clip_id: int | None, digests: Sequence[str]) -> None:
    """Take out of queues what tells of a clip, by its row id if it is still there, and of its recordings."""
    asked = {"clip": clip_id, "digests": json.dumps(list(digests))}
    its = "sha256 IN (SELECT value FROM json_each(:digests))"
    db.execute(f"DELETE FROM intake WHERE clip_id = :clip OR {its}", asked)  # noqa: S608 - our own
    db.execute(f"DELETE FROM known_files WHERE {its}", asked)  # noqa: S608 - our own
    db.execute("DELETE FROM backfill WHERE clip_id = :clip", asked)
    # The item itself stays, so that the feed does not bring it again.
    db.execute(f"UPDATE feed_items SET enclosure_url = NULL, error = NULL WHERE clip_id = :clip OR {its}", asked)  # noqa: S608
    db.execute("DELETE FROM merges WHERE subject_type = 'clip' AND :clip IN (from_id, into_id)", asked)


def erase(archive: Archive, uids: Sequence[str], listener: Listener = silent) -> Purged:
    """Erase what is left of clips that were removed, and the people and shows that no other clip names.

    The indexes are made again, and the database is written again. Raises ArchiveBusyError if another process reads it
    meanwhile, so that the log cannot be emptied.
    """
    digests = {sha256 for uid in uids for sha256 in removed(archive, uid)}
    with archive.writing():
        digests -= _still_there(archive.db, digests)
        forget(archive.db, None, sorted(digests))
        names = tuple(unused.forget(archive.db, uids))
        archive.db.execute("DELETE FROM words")
        rebuild.mark(archive.db, _INDEXES)
    rebuild.finish(archive.db, archive.database_path, listener)
    with archive.writing():
        spellings.forget_unused(archive.db)
    files = tuple(_erase_copies(archive, digests))
    _write_again(archive)
    return Purged(names, files, tuple(_holding(archive, sorted(digests))))


def _holding(archive: Archive, digests: Sequence[str]) -> Iterator[Holding]:
    for backup in known(archive):
        try:
            manifest = read_manifest(backup.place)
            has = manifest is None or _has(backup.place, manifest.database, digests)
        except (BackupError, OSError, sqlite3.Error):
            yield Holding(backup.place, backup.made_at, False)
        else:
            if has:
                yield Holding(backup.place, backup.made_at, manifest is not None)


def _has(place: Path, database: str, digests: Sequence[str]) -> bool:
    media = any(next(place.glob(f"media/{digest[:2]}/{digest}*"), None) for digest in digests)
    return media or (bool(database) and _holds(place / database, digests))


def _holds(database: Path, digests: Sequence[str]) -> bool:
    """Whether a copy of an archive's database has one of these recordings. Raises sqlite3.Error."""
    query = "SELECT 1 FROM recordings WHERE sha256 IN (SELECT value FROM json_each(?)) LIMIT 1"
    with closing(sqlite3.connect(address(database, "immutable"), uri=True)) as connection:
        return connection.execute(query, [json.dumps(list(digests))]).fetchone() is not None


def _still_there(db: Database, digests: set[str]) -> set[str]:
    """Return those of these digests whose recordings another clip has."""
    rows = db.execute(
        "SELECT sha256 FROM recordings WHERE sha256 IN (SELECT value FROM json_each(?))", [json.dumps(sorted(digests))]
    )
    return {sha256 for (sha256,) in rows}


def _erase_copies(archive: Archive, digests: set[str]) -> Iterator[str]:
    """Delete copies of recordings, with the notes beside them, and databases from before an upgrade that have them."""
    for path in _files_of(archive):
        if path.name.startswith(DATABASE) and is_archive(path):
            logs = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")]
            unwanted = [path, *logs] if _is_unwanted(path, logs[0], sorted(digests)) else []
        else:
            unwanted = [path, path.with_name(f"{path.name}.txt")] if digest_of(path) in digests else []
        for file in unwanted:
            with suppress(FileNotFoundError):
                file.unlink()
                yield file.relative_to(archive.folder).as_posix()


def _files_of(archive: Archive) -> Iterator[Path]:
    for parent, folders, names in os.walk(archive.folder):
        # There, files are named by their digests, and those of the clips are gone.
        folders[:] = sorted(name for name in folders if Path(parent, name) != archive.media.root)
        own = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"} if Path(parent) == archive.folder else set()
        yield from (Path(parent, name) for name in names if name not in own)


def _is_unwanted(path: Path, log: Path, digests: Sequence[str]) -> bool:
    with suppress(sqlite3.Error):
        # What a log has is seen by those alone who write to the database.
        logged = log.read_bytes() if log.exists() else b""
        return _holds(path, digests) or any(digest.encode() in logged for digest in digests)
    return True


def _write_again(archive: Archive) -> None:
    with archive.reading():
        archive.db.execute("VACUUM")
        archive.db.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}").fetchall()
        ((busy, *_),) = archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        archive.db.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}").fetchall()
    if busy:
        raise ArchiveBusyError(
            f"{archive.database_path} is being read, so that what was removed is still in its log",
            "Stop `serve`, `watch` and all else that reads it, then run the same command again.",
        )
