"""An archive on disk: its folder, its database, its media."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from radio_archive.archive import database, opening
from radio_archive.archive.media import MediaFolder
from radio_archive.errors import (
    ArchiveBusyError,
    ArchiveReadOnlyError,
    NoArchiveError,
    NotAnArchiveError,
    RadioArchiveError,
    ReplacedError,
    UsageError,
)
from radio_archive.events import Listener, silent

DATABASE = "archive.db"
SETTINGS = "radio-archive.toml"
BACKUP_MARK = "backup.json"
"""The file by which a folder is known as a backup, which is no archive to work in."""


class Archive:
    """An open archive: `clips.read`, `clips.save`, `search.search` and others take it as their first argument.

    Use it as a context manager, and in one thread only.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, listener: Listener = silent) -> None:
        """Open the archive in `folder`. An older version is upgraded; `listener` receives the progress events.

        Raises NoArchiveError, NotAnArchiveError, NewerArchiveError, ArchiveReadOnlyError, ArchiveBusyError or
        DiskFullError.
        """
        self.folder = _whole(folder)
        self.database_path = self.folder / DATABASE
        if not self.database_path.is_file():
            if (self.folder / BACKUP_MARK).is_file():
                hint = f"`radio-archive restore {folder} --archive NEW-FOLDER` makes an archive of it."
                raise NoArchiveError(f"{folder} is a backup, which nobody works in", hint)
            raise NoArchiveError(f"no archive in {folder}", "Make one with `radio-archive init FOLDER`.")
        opened = opening.open_for_reading if read_only else opening.open_for_writing
        self._identity = _identity(self.database_path)
        self.db = opened(self.database_path, listener)
        self._log = None if read_only else database.Log(self.db, self.database_path)
        self.media = MediaFolder(self.folder)

    @classmethod
    def over(cls, connection: sqlite3.Connection, folder: Path) -> Self:
        """Return the archive in `folder` over an open connection, which the caller still owns and closes.

        Nothing on the disk is checked, migrated or created.
        """
        archive = cls.__new__(cls)
        archive.folder = _whole(folder)
        archive.database_path = archive.folder / DATABASE
        archive._identity = archive._log = None
        archive.db = database.over(connection)
        archive.media = MediaFolder(archive.folder)
        return archive

    @classmethod
    def copied(
        cls,
        folder: Path,
        place: Path,
        listener: Listener = silent,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Self:
        """Copy the database of an archive into the folder `place`, and open the copy, with the archive's recordings.

        What is done with it changes nothing in `folder`, of which only reading is asked. A copy of an older version is
        upgraded. `progress` is that of `database.copy`. Raises as opening an archive does.
        """
        path = folder / DATABASE
        database.copy(path, place / DATABASE, opening.mode_for_reading(path), progress)
        archive = cls(place, listener=listener)
        archive.media = MediaFolder(_whole(folder))
        return archive

    @classmethod
    def create(cls, folder: Path, settings: str) -> Self:
        """Create an archive in `folder`. `settings` is the text of its radio-archive.toml, unless that file exists.

        Raises UsageError, NotAnArchiveError, ArchiveReadOnlyError or DiskFullError.
        """
        if (folder / DATABASE).exists():
            raise UsageError(f"there is an archive in {folder} already", "Use it, or name another folder.")
        if (folder / BACKUP_MARK).exists():
            raise UsageError(f"{folder} is a backup", "Name another folder.")
        if folder.exists() and not folder.is_dir():
            raise NotAnArchiveError(f"{folder} is a file", "Name a folder.")
        try:
            for part in ("", "media", "inbox"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            if not (folder / SETTINGS).exists():
                (folder / SETTINGS).write_text(settings, encoding="utf-8")
        except OSError as error:
            raise ArchiveReadOnlyError(f"cannot make {folder}: {error.strerror}", "Name another folder.") from error
        opening.create(folder / DATABASE).close()
        return cls(folder)

    @classmethod
    def find(cls, start: Path) -> Path:
        """Return the nearest folder at or above `start` that holds an archive, as git finds a repository."""
        for folder in (start.absolute(), *start.absolute().parents):
            if (folder / DATABASE).is_file() and (folder / SETTINGS).is_file():
                return folder
        raise NoArchiveError(
            f"no archive in {start} or any folder above it",
            "Make one with `radio-archive init FOLDER`, or name one with --archive or RADIO_ARCHIVE.",
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One write transaction: it is committed at the end, or rolled back on an error.

        Raises ReplacedError if another database has taken the place of the one that was opened.
        """
        self.require_same()
        with database.transaction(self.db, self.database_path):
            yield
        if self._log:
            self._log.shorten()

    def roll_back(self) -> None:
        """End a transaction that Ctrl-C left open: it can come between any two steps of one."""
        self.db.rollback()

    def require_same(self) -> None:
        """Raise ReplacedError if `archive.db` is no longer the file that was opened: what is written would be lost."""
        if self._identity and _identity(self.database_path) != self._identity:
            raise ReplacedError(
                f"{self.database_path} was replaced or moved away while it was in use",
                "Nothing more was written. Check that it is the archive you want, then run the command again.",
            )

    def require_writable(self) -> None:
        """Raise ArchiveReadOnlyError, DiskFullError or ArchiveBusyError if nothing can be written now."""
        with self.writing():
            # Locking writes nothing: this does, and only where the transaction is committed.
            self.db.execute("UPDATE watcher SET id = id")

    def require_outside(self, target: Path) -> None:
        """Raise UsageError if something is to be written where only the archive, or its watcher, puts files."""
        real = Path(os.path.realpath(target))
        for name in ("media", "inbox", "failed", "duplicates"):
            if real.is_relative_to(Path(os.path.realpath(self.folder / name))):
                raise UsageError(f"{target} is in {name}/ of the archive", "Name a folder elsewhere.")

    @contextmanager
    def alone(self, lock: str, what: str, advice: str = "Wait until it ends.") -> Iterator[None]:
        """Do `what`, which no other process does meanwhile, under a lock file of this name. Raises ArchiveBusyError."""
        with ExitStack() as stack:
            # On a disk that may not be written, nothing keeps others away.
            with suppress(OSError):
                busy = ArchiveBusyError(f"another {what} of this archive is running", advice)
                stack.enter_context(locked(self.folder / lock, busy))
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn SQLite's errors inside the block into ours."""
        with database.database_errors(self.database_path):
            yield

    @contextmanager
    def reading_within(self, seconds: float) -> Iterator[None]:
        """The same, with a limit in seconds of a processor for the whole block. Raises SearchTimeoutError."""
        with self.reading(), database.time_limit(self.db, seconds):
            yield

    def close(self) -> None:
        self.media.close()
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def locked(lock: Path, busy: RadioArchiveError) -> AbstractContextManager[object]:
    """Lock a file until the end of a block. Raises `busy` if another process has locked it, and OSError."""
    from filelock import FileLock, Timeout

    try:
        return FileLock(lock, timeout=0).acquire()
    except Timeout:
        raise busy from None


def _whole(folder: Path) -> Path:
    """Return a folder's whole path, without `..`: what is in it begins with it."""
    return Path(os.path.normpath(folder.absolute()))


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what identifies a file as long as it exists; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
