"""Opening archive.db: pragmas, the application id, migrations, and SQLite's errors turned into ours."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from radio_archive.archive.schema import APPLICATION_ID, migrations
from radio_archive.errors import (
    ArchiveBusyError,
    ArchiveError,
    ArchiveReadOnlyError,
    DiskFullError,
    NewerArchiveError,
    NotAnArchiveError,
    SearchTimeoutError,
)

PROGRESS_STEPS = 1_000
"""SQLite's own steps between looks at the clock: well under a thousandth of a second."""
CACHE_KIBIBYTES = 65_536
"""At most, for pages of the database: a filter looks up the clip of every hit. Taken as needed."""
SHARED_CACHE_KIBIBYTES = 32_768
"""The same for each of the connections of a server."""
BUSY_SECONDS = 30.0
"""How long a write waits for another process's transaction; ours last milliseconds."""

KNOWN = frozenset(migration.name for migration in migrations.pending(Database(memory=True, execute_plugins=False)))


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the database `path` into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _ours(path, error) from error


def _ours(path: Path, error: sqlite3.DatabaseError) -> Exception:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return ArchiveBusyError(
            f"another process has been writing to {path} for more than {BUSY_SECONDS:.0f} s",
            "Wait for it to end, or stop it, then run the command again.",
        )
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(
            f"no space left on the device for {path}",
            "Free some space, then run the same command again: finished clips are kept.",
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}:
        return ArchiveReadOnlyError(
            f"cannot open {path} for writing: {error}", "Give yourself permission to write there, or copy the archive."
        )
    if code == sqlite3.SQLITE_INTERRUPT:
        return SearchTimeoutError(
            "the search took too long and was stopped", "Ask for more or rarer words, or for one show or year."
        )
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return NotAnArchiveError(
            f"{path} is damaged or is not a database: {error}", "Restore it from a backup, or name another archive."
        )
    if code == sqlite3.SQLITE_IOERR:
        return ArchiveError(f"input/output error on {path}: {error}", "Check the disk and the space left on it.")
    return ArchiveError(f"{path}: {error}", "Run `radio-archive doctor` for a check of the archive.")


def create(path: Path) -> Database:
    """Create the database `path`, or finish one whose creation was interrupted."""
    with database_errors(path):
        db = _configured(sqlite3.connect(path, timeout=BUSY_SECONDS))
        db.enable_wal()
        migrations.apply(db)
    return db


def open_for_writing(path: Path) -> Database:
    """Open an archive's database; an older one is brought up to date."""
    with database_errors(path):
        db = _configured(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_SECONDS))
        _check(db, path)
        migrations.apply(db)
    return db


def open_for_reading(path: Path) -> Database:
    """Open an archive's database without the right to write to it, on a read-only disk too."""
    uri = f"file:{quote(str(path))}?mode=ro"
    with database_errors(path):
        try:
            db = _readable(uri, path)
        except sqlite3.OperationalError:
            # A database in WAL mode needs its -shm file; where none can be made, nobody else is writing either.
            db = _readable(uri + "&immutable=1", path)
    if migrations.pending(db):
        db.close()
        return open_for_writing(path)
    return db


def is_archive(path: Path) -> bool:
    """Whether a file is the database of an archive, by its application id. Never raises."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
    except sqlite3.Error:
        return False


def over(connection: sqlite3.Connection) -> Database:
    """Return a database that somebody else has opened, one of several connections of a server."""
    connection.execute(f"PRAGMA cache_size = -{SHARED_CACHE_KIBIBYTES}")
    return Database(connection, execute_plugins=False)


def open_alone(path: Path) -> Database:
    """Open a new database that nobody else uses yet; each statement is a transaction of its own."""
    return Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)


def _readable(uri: str, path: Path) -> Database:
    db = _configured(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS))
    _check(db, path)
    return db


def _configured(connection: sqlite3.Connection) -> Database:
    db = Database(connection, execute_plugins=False)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    return db


def _check(db: Database, path: Path) -> None:
    tables = set(db.table_names())
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID and tables - {migrations.migrations_table}:
        raise NotAnArchiveError(
            f"{path} is a database, but not a radio archive",
            "Name another folder, or make an archive with `radio-archive init FOLDER`.",
        )
    unknown = [migration.name for migration in migrations.applied(db) if migration.name not in KNOWN]
    if unknown:
        raise NewerArchiveError(
            f"{path} was made by a newer version of radio-archive (it has {', '.join(unknown)})",
            "Update with `pip install --upgrade radio-archive`.",
        )


@contextmanager
def time_limit(db: Database, seconds: float) -> Iterator[None]:
    """Interrupt what SQLite does for us after so many seconds."""
    until = time.monotonic() + seconds
    db.conn.set_progress_handler(lambda: time.monotonic() > until, PROGRESS_STEPS)
    try:
        yield
    finally:
        db.conn.set_progress_handler(None, 0)


def is_whole(db: Database, index: str) -> bool:
    """Whether a full-text index is sound and holds what its table holds. Asks for a write lock, and writes nothing."""
    try:
        db.execute(f"INSERT INTO [{index}] ([{index}], rank) VALUES ('integrity-check', 1)")  # noqa: S608 - one of ours
    except sqlite3.DatabaseError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}:
            return False
        raise
    return True


@contextmanager
def transaction(db: Database, path: Path) -> Iterator[None]:
    """One write transaction, taken at once: SQLite cannot wait for a lock that is asked for half-way."""
    with database_errors(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.rollback()
            raise
        try:
            db.execute("COMMIT")
        except sqlite3.Error:
            db.rollback()
            raise
