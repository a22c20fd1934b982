"""The originals: `media/ab/abcd….mp3`, named by SHA-256 and never rewritten."""

import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from radio_archive import roots
from radio_archive.errors import ArchiveReadOnlyError, MediaGoneError, UnreadableFileError, file_errors, writing_errors
from radio_archive.roots import Root

if TYPE_CHECKING:
    from filelock import FileLock

INCOMING = ".incoming"
BLOCK = 1 << 20
PROBE = 1 << 16
"""Bytes that are written to find out whether there is space."""


class MediaFolder:
    """The media folder of the archive in `folder`.

    Files are first copied to a staging folder of this process. A lock shows whether its process is alive; `sweep`
    deletes what a killed process left.
    """

    def __init__(self, folder: Path) -> None:
        self._archive = folder
        self.root = folder / "media"
        self._tree = Root(self.root)
        self._lock: FileLock | None = None
        self._staging: Path | None = None

    def require(self) -> None:
        """Raise MediaGoneError if the folder is not there."""
        if not self.root.is_dir():
            advice = "Mount the disk that holds it, or restore it from a backup; nothing is changed until then."
            raise MediaGoneError(f"the media folder {self.root} is gone", advice)

    def put(self, source: Path, sha256: str, suffix: str, root: Root | None = None) -> str:
        """Copy `source`, whose digest is `sha256`, into the archive and return its path relative to the archive.

        `root` is the watched folder that it is in.

        On return, the bytes are on the disk under their final name, which they get after they have been read back.
        Raises UnreadableFileError (also if the file changed since it was examined), MediaGoneError,
        ArchiveReadOnlyError and DiskFullError.
        """
        self.require()
        target = self.root / sha256[:2] / f"{sha256}{suffix}"
        with _writing(target.parent):
            if self.digest(target) != sha256:
                self._copy(source, sha256, target, root)
        return target.relative_to(self._archive).as_posix()

    def require_room(self) -> None:
        """Raise MediaGoneError, ArchiveReadOnlyError or DiskFullError if not even a little can be written."""
        self.require()
        with _writing(self.root):
            probe_space(self._staging_folder())

    def size(self, relative: str) -> int | None:
        """Return the bytes that a file in the media folder has; None if there is no such file. Follows no link."""
        with suppress(OSError):
            status = self._tree.lstat(self.path(relative))
            return status.st_size if stat.S_ISREG(status.st_mode) else None
        return None

    def digest(self, path: Path) -> str | None:
        """Return the SHA-256 of a file in the media folder; None if there is none, or a link. Raises OSError."""
        with suppress(*roots.GONE):
            if not stat.S_ISLNK(self._tree.lstat(path).st_mode):
                with self._tree.reader(path) as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
        return None

    def _copy(self, source: Path, sha256: str, target: Path, root: Root | None) -> None:
        incoming = self._staging_folder() / secrets.token_hex(8)
        try:
            digest = hashlib.sha256()
            with file_errors(source):
                reader = roots.reader(source, root)
            with reader, self._tree.writer(incoming) as writer:
                for block in _blocks(reader, source):
                    digest.update(block)
                    writer.write(block)
                sync(writer)
            if digest.hexdigest() != sha256:
                raise UnreadableFileError(
                    source,
                    "the file changed while it was being read",
                    "Wait until it is complete, then run the command again.",
                )
            if self.digest(incoming) != sha256:
                raise ArchiveReadOnlyError(
                    f"what was written to {incoming} reads back differently",
                    "Check the disk that holds it, then run the command again.",
                )
            self._tree.replace(incoming, target)
            sync_folder(target.parent)
        finally:
            incoming.unlink(missing_ok=True)

    def open(self, relative: str) -> io.BufferedReader:
        """Open a recording for reading; `relative` is what `put` or `reference` returned. Raises OSError.

        In the media folder, no link is followed.
        """
        path = self.path(relative)
        return roots.reader(path, self._tree if path.is_relative_to(self.root) else None)

    def path(self, relative: str) -> Path:
        """Return a recording's path; `relative` is what `put` or `reference` returned."""
        return Path(os.path.normpath(self._archive / relative))

    def reference(self, source: Path) -> str:
        """Return the path to store for a file that stays in its place, relative to the archive if possible.

        Raises UnreadableFileError for a path that is not UTF-8.
        """
        text = relative_path(source, self._archive)
        if text != text.encode("utf-8", "replace").decode("utf-8"):
            raise UnreadableFileError(
                source,
                "the path is not valid UTF-8, so it cannot be kept as a reference",
                "Rename the file, or add it without --reference.",
            )
        return text

    def discard(self, relative: str) -> None:
        """Delete an original that no clip uses. Raises ArchiveReadOnlyError if it cannot be deleted."""
        target = self.path(relative)
        try:
            with suppress(*roots.GONE):
                self._tree.unlink(target)
        except OSError as error:
            problem = f"the clip is removed, but its file {target} cannot be deleted: {error.strerror}"
            raise ArchiveReadOnlyError(problem, "Delete that file.") from error
        self._tree.remove_empty(target.parent)

    def sweep(self) -> None:
        """Delete what killed processes left half-copied."""
        incoming = self.root / INCOMING
        with suppress(OSError), self._tree.scandir(incoming) as entries:
            locks = [incoming / entry.name for entry in entries if entry.name.endswith(".lock")]
            for lock in locks:
                self._sweep(lock)

    def _sweep(self, lock: Path) -> None:
        # Only writers need locks; readers do not wait for this import.
        from filelock import FileLock, Timeout

        with suppress(Timeout, OSError), FileLock(lock, timeout=0):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)

    def close(self) -> None:
        if self._lock and self._staging:
            shutil.rmtree(self._staging, ignore_errors=True)
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)
            self._lock = self._staging = None

    def _staging_folder(self) -> Path:
        from filelock import FileLock

        if self._staging is None:
            name = secrets.token_hex(8)
            incoming = self.root / INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(incoming / f"{name}.lock")
            self._lock.acquire()
            self._staging = incoming / name
            self._staging.mkdir()
        return self._staging


def _writing(folder: Path) -> AbstractContextManager[None]:
    return writing_errors(folder, ArchiveReadOnlyError, "Check the permissions and the disk.")


def _blocks(reader: io.BufferedReader, source: Path) -> Iterator[bytes]:
    while True:
        with file_errors(source):
            block = reader.read(BLOCK)
        if not block:
            return
        yield block


def relative_path(path: Path, folder: Path) -> str:
    """Return `path` relative to `folder`, or absolute if they are on different Windows drives."""
    absolute = path.absolute()
    try:
        return Path(os.path.relpath(absolute, folder)).as_posix()
    except ValueError:
        return absolute.as_posix()


def probe_space(folder: Path) -> None:
    """Write a little into a folder, and delete it again. Raises OSError, for example where the disk is full."""
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE))
        file.flush()
        # Some file systems only look for room when the bytes have to be on the disk.
        os.fsync(file.fileno())


def sync(file: IO[bytes]) -> None:
    """Sync what was written to the disk, and let it be read back from there, not from memory."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sync_folder(folder: Path) -> None:
    """Sync a folder's file names to the disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
