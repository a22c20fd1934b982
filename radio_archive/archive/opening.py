"""Opens archive.db in any state: new, current, older, newer, or on a read-only disk."""

from pathlib import Path

from sqlite_utils import Database

from radio_archive.archive import digests, schema
from radio_archive.archive.database import connect, database_errors
from radio_archive.archive.index import rebuild
from radio_archive.errors import ArchiveBusyError, ArchiveReadOnlyError
from radio_archive.events import Listener, Notice, silent

PATIENCE = 120
"""How often we wait BUSY_SECONDS for another process, which may be upgrading the same large archive."""


def create(path: Path) -> Database:
    """Create the database `path`, or finish an interrupted creation."""
    with database_errors(path):
        db = connect(path, "rwc")
        db.enable_wal()
        _bring_up_to_date(db, path, silent)
    return db


def open_for_writing(path: Path, listener: Listener = silent) -> Database:
    """Open an archive's database, and upgrade an older one."""
    with database_errors(path):
        db = connect(path, "rw")
        _bring_up_to_date(db, path, listener)
    return db


def open_for_reading(path: Path, listener: Listener = silent) -> Database:
    """Open an archive's database read-only; a read-only disk is enough.

    An older one is upgraded first. Raises ArchiveReadOnlyError if that is necessary and not permitted.
    """
    db, _ = _readable(path)
    if schema.is_current(db):
        return db
    db.close()
    schema.require_rights(path)
    open_for_writing(path, listener).close()
    return _readable(path)[0]


def mode_for_reading(path: Path) -> str:
    """Return the mode in which an archive's database can be read now: `ro`, or `immutable`.

    The latter sees nothing of what somebody else writes meanwhile, so it holds only until the file changes. Raises
    ArchiveReadOnlyError if it can be read in neither.
    """
    db, mode = _readable(path)
    db.close()
    return mode


def _readable(path: Path) -> tuple[Database, str]:
    try:
        return _checked(path, "ro"), "ro"
    except ArchiveReadOnlyError:
        pass
    try:
        # After a crash, only a connection that may write can roll back an unfinished transaction.
        _checked(path, "rw").close()
        return _checked(path, "ro"), "ro"
    except ArchiveReadOnlyError:
        if path.with_name(f"{path.name}-journal").exists():
            raise
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise ArchiveReadOnlyError(
            f"{path} cannot be read: its latest changes are in {log.name}, for which a file must be written beside it",
            f"Give yourself permission to write there, or copy {path.name} and {log.name} to where you have it.",
        )
    # A WAL database needs its -shm file. Where none can be created, no other process can write either.
    return _checked(path, "immutable"), "immutable"


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
                digests.install(db)
                rebuild.finish(db, path, listener)
            return
        except ArchiveBusyError:
            if not left:
                raise
            listener(Notice(f"waiting for another process, which is writing to {path}", path))
