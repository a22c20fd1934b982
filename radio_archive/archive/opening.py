"""Opening archive.db, whatever state it is in: new, of today, older, newer, or on a disk on which nobody can write."""

from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive import schema
from radio_archive.archive.database import connect, database_errors
from radio_archive.archive.index import rebuild
from radio_archive.errors import ArchiveBusyError, ArchiveReadOnlyError
from radio_archive.events import Listener, Notice, silent

PATIENCE = 120
"""How often we wait for another process, BUSY_SECONDS each time: it may be upgrading the same archive, a large one."""


def create(path: Path) -> Database:
    """Create the database `path`, or finish one whose creation was interrupted."""
    with database_errors(path):
        db = connect(path, "rwc")
        db.enable_wal()
        _bring_up_to_date(db, path, silent)
    return db


def open_for_writing(path: Path, listener: Listener = silent) -> Database:
    """Open an archive's database; an older one is brought up to date."""
    with database_errors(path):
        db = connect(path, "rw")
        _bring_up_to_date(db, path, listener)
    return db


def open_for_reading(path: Path, listener: Listener = silent) -> Database:
    """Open an archive's database without the right to write to it, on a read-only disk too.

    An older one is brought up to date first, which needs that right. Raises ArchiveReadOnlyError where it is missing.
    """
    db = _readable(path)
    if schema.is_current(db):
        return db
    db.close()
    schema.require_rights(path)
    open_for_writing(path, listener).close()
    return _readable(path)


def _readable(path: Path) -> Database:
    try:
        return _checked(path, "ro")
    except ArchiveReadOnlyError:
        pass
    try:
        # After a crash, a reader cannot take back what was written by half; a writer does so by looking.
        _checked(path, "rw").close()
        return _checked(path, "ro")
    except ArchiveReadOnlyError:
        if path.with_name(f"{path.name}-journal").exists():
            raise
    # A database in WAL mode needs its -shm file; where none can be made, nobody else is writing either.
    return _checked(path, "immutable")


def _checked(path: Path, mode: str) -> Database:
    with database_errors(path):
        db = connect(path, mode)
        schema.check(db, path)
    return db


def _bring_up_to_date(db: Database, path: Path, listener: Listener) -> None:
    for left in reversed(range(PATIENCE)):
        try:
            with database_errors(path):
                schema.check(db, path)
                schema.upgrade(db, path, listener)
                rebuild.finish(db, path, listener)
            return
        except ArchiveBusyError:
            if not left:
                raise
            listener(Notice(f"waiting for another process, which is writing to {path}", path))
