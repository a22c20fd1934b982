"""Connections to archive.db, their transactions, and SQLite's errors turned into ours."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from radio_archive.archive.media import probe_space, sync
from radio_archive.errors import (
    FULL,
    ArchiveBusyError,
    ArchiveError,
    ArchiveReadOnlyError,
    DiskFullError,
    NotAnArchiveError,
    SearchTimeoutError,
)

APPLICATION_ID = 0x52614172
"""SQLite's `application_id` of our databases: "RaAr" in ASCII."""
PROGRESS_STEPS = 10_000
"""SQLite's virtual machine steps between looks at what a thread has used: about a millisecond."""
CACHE_KIBIBYTES = 65_536
"""The largest page cache: a filter looks up the clip of every hit. SQLite allocates it as needed."""
SHARED_CACHE_KIBIBYTES = 32_768
"""The same for each connection of a server."""
BUSY_SECONDS = 30.0
"""How long a write waits for another process's transaction; ours last milliseconds."""
RESTORING = (
    "Restore a backup: stop all programs that use the archive, then run `radio-archive restore BACKUP`; or, by hand, "
    "move archive.db, archive.db-wal and archive.db-shm aside (all three: an old log would damage the new database), "
    "and put the backup there; media/ is not affected."
)
"""What to do about a damaged database."""
LOG_BYTES = 4 << 20
"""The write-ahead log is written into the database each time it has grown by so much, as SQLite does by itself."""
LOG_SECONDS = 1.0
"""How long that waits for other processes that read or write."""
COPIED_PAGES = 2_000
"""Pages that one step copies: 8 MB."""
MOST_PROBLEMS = 20
"""SQLite stops checking a damaged database after this many problems."""


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the database `path` into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _ours(path, error) from error


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error; 0 for an error of Python's own."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _ours(path: Path, error: sqlite3.DatabaseError) -> Exception:
    code = _code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return ArchiveBusyError(
            f"another process has been writing to {path} for more than {BUSY_SECONDS:.0f} s",
            "Wait for it to end, or stop it, then run the command again.",
        )
    # What needs a new file or more of the shared memory is no "full" to SQLite.
    if code == sqlite3.SQLITE_FULL or (
        code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and _is_full(path.parent)
    ):
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
            f"{path} is damaged or is not a database: {error}",
            f"Name another archive, or: {RESTORING}",
        )
    if code == sqlite3.SQLITE_IOERR:
        return ArchiveError(f"input/output error on {path}: {error}", "Check the disk and the space left on it.")
    return ArchiveError(f"{path}: {error}", "Run `radio-archive doctor` for a check of the archive.")


def _is_full(folder: Path) -> bool:
    try:
        probe_space(folder)
    except OSError as error:
        return error.errno in FULL
    return False


def address(path: Path, mode: str) -> str:
    """Return the address of a database for SQLite, whatever characters its path has.

    `mode` is `ro`, `rw`, `rwc`, or `immutable` for a file to which nothing writes.
    """
    option = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    return f"file:{quote(os.fsencode(path))}?{option}"


def connect(path: Path, mode: str, *, any_thread: bool = False, patience: float | None = None) -> Database:
    """Open a database; for `mode`, see `address`.

    With `any_thread`, several threads may use it, one at a time. A lock is waited for `patience` seconds, by default
    BUSY_SECONDS.
    """
    wait = BUSY_SECONDS if patience is None else patience
    connection = sqlite3.connect(address(path, mode), uri=True, timeout=wait, check_same_thread=not any_thread)
    db = Database(connection, execute_plugins=False)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    return db


def copy(source: Path, target: Path, mode: str = "ro", progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Copy a consistent state of a database, even during writes, to the empty file `target`, and sync it to disk.

    `mode` is that of reading `source`; `progress` gets the pages that are copied, and all. No writer has to wait.
    """
    with (
        database_errors(target),
        closing(sqlite3.connect(address(source, mode), uri=True)) as original,
        closing(sqlite3.connect(target)) as copied,
    ):
        copied.execute("PRAGMA journal_mode = OFF")
        copied.execute("PRAGMA synchronous = OFF")
        # One state of it, from the first step to the last. Otherwise each write would make SQLite begin again.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        original.backup(copied, pages=COPIED_PAGES, progress=lambda _, left, all_: progress(all_ - left, all_))
    with target.open("rb") as file:
        sync(file)


@contextmanager
def opened(path: Path, mode: str = "immutable") -> Iterator[sqlite3.Connection]:
    """Open a database for the block, and turn SQLite's errors into ours."""
    with database_errors(path), closing(connect(path, mode, patience=0).conn) as connection:
        yield connection


def is_archive(path: Path) -> bool:
    """Whether a file is the database of an archive, by its application id. Never raises."""
    # Where nothing may be written beside it, only the latter can be read.
    for mode in ("ro", "immutable"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(address(path, mode), uri=True)) as connection:
            return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
    return False


def over(connection: sqlite3.Connection) -> Database:
    """Wrap an open connection, one of several of a server."""
    connection.execute(f"PRAGMA cache_size = -{SHARED_CACHE_KIBIBYTES}")
    return Database(connection, execute_plugins=False)


def open_alone(path: Path) -> Database:
    """Open a new database that only this process uses; each statement is its own transaction."""
    return Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)


@contextmanager
def lenient_text(db: Database) -> Iterator[None]:
    """Read texts inside the block whatever their bytes are: what a faulty disk changed may be no text."""
    before, db.conn.text_factory = db.conn.text_factory, lambda raw: raw.decode("utf-8", "replace")
    try:
        yield
    finally:
        db.conn.text_factory = before


@contextmanager
def time_limit(db: Database, seconds: float) -> Iterator[None]:
    """Interrupt SQLite when the block takes this thread more than `seconds` of a processor.

    On a busy machine or a slow disk, time passes without any work being done, and nobody is to suffer for that.
    """
    until = time.thread_time() + seconds
    db.conn.set_progress_handler(lambda: time.thread_time() > until, PROGRESS_STEPS)
    try:
        yield
    finally:
        db.conn.set_progress_handler(None, 0)


def integrity_problems(db: Database) -> list[str]:
    """Return the problems that SQLite finds in the database, one line each; empty for a sound one."""
    said: list[str] = []
    # quick_check of SQLite 3.40 confuses columns of WITHOUT ROWID tables whose key has another column order.
    # The slower integrity_check does not, so its answer counts.
    for check in ("quick_check", "integrity_check"):
        said = []
        try:
            for (line,) in db.execute(f"PRAGMA {check}({MOST_PROBLEMS})"):
                said.append(" ".join(line.split()))
        except sqlite3.DatabaseError as error:
            if _code(error) not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}:
                raise
            said.append(str(error))
        if said == ["ok"]:
            return []
    return said


def is_whole(db: Database, index: str) -> bool:
    """Whether a full-text index is sound and agrees with its table. Takes a write lock but writes nothing."""
    try:
        db.execute(f"INSERT INTO [{index}] ([{index}], rank) VALUES ('integrity-check', 1)")  # noqa: S608 - one of ours
    except sqlite3.DatabaseError as error:
        if _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}:
            return False
        raise
    return True


@contextmanager
def transaction(db: Database, path: Path) -> Iterator[None]:
    """One write transaction; inside another, a part of it.

    It locks at the start, because SQLite cannot wait for a lock in mid-transaction.
    """
    if db.conn.in_transaction:
        yield
        return
    with database_errors(path):
        # Inside, because Ctrl-C may come just after it.
        try:
            db.execute("BEGIN IMMEDIATE")
            yield
        except BaseException:
            db.rollback()
            raise
        try:
            db.execute("COMMIT")
        except sqlite3.Error:
            db.rollback()
            raise


class Log:
    """The write-ahead log of a database that this connection writes to: empties it whenever it has become long.

    SQLite would do that by itself, but without keeping others from writing. Before version 3.51.3, where two processes
    did so in turn while a third one committed, what that had committed could be lost. TRUNCATE keeps writers out.
    """

    def __init__(self, db: Database, path: Path) -> None:
        self._db, self._file, self._longest = db, path.with_name(f"{path.name}-wal"), LOG_BYTES
        db.execute("PRAGMA wal_autocheckpoint = 0").fetchall()

    def shorten(self) -> None:
        """Empty the log if it is long. Where readers prevent that, try again when it has grown as much once more."""
        if self._db.conn.in_transaction or self._bytes() < self._longest:
            return
        # What was committed is safe already, so a full disk or a busy reader is no error here.
        with suppress(sqlite3.Error):
            self._db.execute(f"PRAGMA busy_timeout = {LOG_SECONDS * 1000:.0f}").fetchall()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}").fetchall()
        self._longest = self._bytes() + LOG_BYTES

    def _bytes(self) -> int:
        try:
            return self._file.stat().st_size
        except OSError:
            return 0
