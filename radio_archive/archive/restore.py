"""Restores a backup into an archive's folder. What is there is set aside, never deleted; no other process may use it.

Recordings come first. The database takes its place last, in one step, and the log of the old one goes with the old one:
SQLite would write it into any database beside it. So an interrupted run leaves the archive as it was, or none, and the
next run goes on.
"""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from radio_archive.archive import backup, database
from radio_archive.archive.archive import BACKUP_MARK, DATABASE, SETTINGS, Archive
from radio_archive.archive.backup import Manifest
from radio_archive.archive.clips import fixity
from radio_archive.archive.index import check
from radio_archive.archive.index.check import TableReport
from radio_archive.archive.media import BLOCK, MediaFolder, sync, sync_folder
from radio_archive.archive.originals import Fault, Outcome, Stored
from radio_archive.archive.verify import Progress
from radio_archive.errors import (
    ArchiveBusyError,
    ArchiveError,
    BackupError,
    NoArchiveError,
    UnreadableFileError,
    UsageError,
)
from radio_archive.events import Listener, silent
from radio_archive.roots import Root

ASIDE = "replaced-"
"""What the names of the folders begin with to which replaced databases are moved."""
STAGED = "archive.db.restoring"
_PARTS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")
"""The database comes first: without it, nobody takes its log for another one's."""
_LOCKED = (0x40000000, 512)
"""The bytes of a database whose locks tell that SQLite has it open: see `unixLockingMode` in its os_unix.c."""


@dataclass(slots=True)
class Result:
    """What was restored. `copied` files were missing in the archive, or were not as they should be.

    `faulty` recordings are neither there nor, undamaged, in the backup. `aside` is where the old database is.
    `tables` is what a check of the restored database found.
    """

    folder: Path
    made_at: str
    clips: int
    files: int = 0
    copied: int = 0
    bytes: int = 0
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list)
    aside: Path | None = None
    tables: list[TableReport] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all is there, and as it was."""
        return not self.faulty and all(table.is_sound for table in self.tables)


def restore(place: Path, folder: Path, *, listener: Listener = silent, progress: Progress = lambda *_: None) -> Result:
    """Restore the backup in `place` into the archive in `folder`, or make an archive of it there; then check it.

    Raises NoArchiveError without a backup, UsageError for a wrong folder, BackupError if the backup's database is not
    whole, ArchiveBusyError if another process uses the archive, and DiskFullError.
    """
    place, folder = place.resolve(), folder.resolve()
    manifest = _manifest(place)
    _require_folder(place, folder, manifest)
    advice = "The archive is as it was. Free some space, then run the same command again: it goes on."
    with backup.writing(folder, advice):
        with _alone(folder / DATABASE):
            pass  # Better said now than after an hour of copying.
        for made in (folder, folder / "media", folder / "inbox"):
            made.mkdir(mode=0o700 | place.stat().st_mode & 0o777, exist_ok=True)
        MediaFolder(folder).sweep()
        result, staged = Result(folder, manifest.made_at, manifest.clips), folder / STAGED
        with backup.passing(staged):
            _stage(place, staged, manifest)
            _copy_media(place, folder, staged, result, progress)
            backup.copy_settings(place, folder, over=False)
            (folder / SETTINGS).touch()
            with _alone(folder / DATABASE):
                result.aside = _set_aside(folder)
                staged.rename(folder / DATABASE)
                sync_folder(folder)
    with Archive(folder, listener=listener) as archive:
        backup.note(archive, place, manifest.made_at)
        indexes = check.verify(archive, mend=False, progress=progress)
        result.tables = [*fixity.verify(archive, indexes, mend=False, progress=progress)]
    return result


def _manifest(place: Path) -> Manifest:
    if not place.is_dir():
        raise NoArchiveError(f"there is no folder {place}", "Name the folder of a backup; mount its disk.")
    manifest = backup.read_manifest(place)
    if manifest is None:
        raise NoArchiveError(f"{place} is no backup: it has no {BACKUP_MARK}", "Name the folder of a backup.")
    if not manifest.database:
        raise BackupError(f"the backup in {place} was never finished", "Use another backup.")
    return manifest


def _require_folder(place: Path, folder: Path, manifest: Manifest) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", "Name a folder.")
    if not folder.parent.is_dir():
        raise UsageError(f"there is no folder {folder.parent}", "Mount its disk, or make the folder.")
    if folder.is_relative_to(place) or place.is_relative_to(folder):
        raise UsageError(f"{folder} and the backup in {place} are one in the other", "Name a folder elsewhere.")
    if inside := next((above for above in folder.parents if (above / DATABASE).is_file()), None):
        raise UsageError(f"{folder} is in the archive {inside}", "Name a folder elsewhere.")
    if not folder.is_dir():
        return
    has = {entry.name for entry in folder.iterdir()} - {"lost+found"}
    if has and not has & {DATABASE, SETTINGS, "media"}:
        raise UsageError(f"{folder} holds something else than an archive", "Name a new folder, or an empty one.")
    if (folder / "media").is_symlink() and not (folder / "media").is_dir():
        raise UsageError(f"{folder / 'media'} is a link to nowhere", "Mount its disk, or remove the link.")
    if BACKUP_MARK in has:
        raise UsageError(f"{folder} is a backup itself", "Name the folder of an archive, or a new one.")
    if (present := _identity(folder / DATABASE)) not in {None, manifest.archive}:
        raise UsageError(
            f"{folder} has another archive than the one that the backup is of ({present})",
            "Name its own folder, or an empty one.",
        )


def _identity(path: Path) -> str | None:
    """Return what identifies the archive of a database; None where there is none, or it is too damaged to tell."""
    with suppress(ArchiveError, TypeError):
        if path.is_file():
            with database.opened(path, "ro") as connection:
                return backup.identity(Archive.over(connection, path.parent))
    return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep SQLite from opening a database, in whatever state it is. Raises ArchiveBusyError if somebody has it open."""
    # Windows renames no file that is open.
    if sys.platform == "win32" or not path.is_file():
        yield
        return
    import fcntl

    with path.open("rb+") as file:
        start, length = _LOCKED
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except (BlockingIOError, PermissionError):
            raise ArchiveBusyError(
                f"another process uses {path}", "Stop all programs that use the archive: watch, serve and others."
            ) from None
        yield


def _stage(place: Path, staged: Path, manifest: Manifest) -> None:
    """Copy a backup's database beside the one that it is to replace, and check it."""
    source, target = place / manifest.database, Root(staged.parent)
    backup.require_room(staged.parent, manifest.bytes)
    digest = hashlib.sha256()
    try:
        reader = Root(place).reader(source)
    except OSError as error:
        raise BackupError(f"cannot read {source}: {error.strerror}", "Use another backup.") from error
    with reader, target.writer(staged) as writer:
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
        staged.chmod(source.stat().st_mode & 0o777)
        sync(writer)
    with target.reader(staged) as file:
        same = digest.hexdigest() == manifest.sha256 == hashlib.file_digest(file, "sha256").hexdigest()
    if not same or (problems := backup.database_problems(staged)):
        told = problems if same else "it does not have the SHA-256 that it was written with"
        raise BackupError(f"{source} is damaged: {told}", "Nothing was changed. Use another backup.")


def _copy_media(place: Path, folder: Path, staged: Path, result: Result, progress: Progress) -> None:
    theirs = Root(place / "media")
    with closing(MediaFolder(folder)) as media, database.opened(staged) as connection:
        for row, size in backup.files_for(Archive.over(connection, place), media, progress):
            _copy(media, theirs, row, size, result)


def _copy(media: MediaFolder, theirs: Root, row: Stored, size: int, result: Result) -> None:
    """Copy a recording if it is missing, or not what it should be."""
    result.files += 1
    if media.digest(media.path(row.path)) == row.sha256:
        return
    source = theirs.path.parent / row.path
    try:
        media.put(source, row.sha256, Path(row.path).suffix, theirs)
    except UnreadableFileError:
        result.faulty += 1
        if len(result.faults) < backup.SHOWN:
            outcome = Outcome.UNREADABLE if theirs.exists(source) else Outcome.MISSING
            result.faults.append(Fault(row.clip, row.path, outcome, row.sha256))
        return
    result.copied, result.bytes = result.copied + 1, result.bytes + size


def _set_aside(folder: Path) -> Path | None:
    """Move a database and what belongs to it to a folder of their own, which is returned; None without any."""
    found = [name for name in _PARTS if (folder / name).exists()]
    if not found:
        return None
    earlier = max(folder.glob(f"{ASIDE}*"), default=None)
    aside = folder / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    # The last run was killed after it had moved the database, and before its log.
    if earlier and DATABASE not in found and not any((earlier / name).exists() for name in found):
        aside = earlier
    aside.mkdir(exist_ok=True)
    for name in found:
        (folder / name).rename(aside / name)
    sync_folder(aside)
    sync_folder(folder)
    return aside
