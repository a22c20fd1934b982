"""Writes the folder of a publication beside the old one and swaps them. Never replaces any other folder."""

import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from radio_archive.archive.archive import SETTINGS, Archive, locked
from radio_archive.archive.public.copy import MediaFile
from radio_archive.config.reader import read_settings
from radio_archive.errors import ArchiveBusyError, MediaMissingError, PublishError, UsageError, writing_errors

MARK = ".radio-archive-publication.json"
"""A file in every publication: it marks the folder as one that we may replace."""
BLOCK = 1 << 20
"""Bytes copied at a time."""

ProgressCallback = Callable[[int, int], None]
"""Called with the amount done and the total."""


@contextmanager
def publishing(target: Path, kind: str) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` on success; until then an earlier publication stays there.

    A file with the same bytes as before keeps its time, so that rsync and its like send only what has changed.
    Raises UsageError if `target` is not empty and not a publication, PublishError if it cannot be written.
    """
    target = target.absolute()
    _check(target)
    new, old, lock = (target.with_name(f".{target.name}.{part}") for part in ("publishing", "replaced", "lock"))
    full = "Free some space, then run the same command again: what was published before is as it was."
    unwritable = writing_errors(target, PublishError, "Name a folder that you can write to.", when_full=full)
    with unwritable, _locked(target, lock):
        try:
            # An earlier run was killed between the two renames below, and left the site under its temporary name.
            if old.exists() and not target.exists():
                old.rename(target)
            for leftover in (new, old):
                shutil.rmtree(leftover, ignore_errors=True)
            new.mkdir(parents=True)
            yield new
            mark = {"kind": kind, "radio_archive": version("radio-archive")}
            (new / MARK).write_text(json.dumps(mark), encoding="utf-8")
            _keep_times(new, target)
            # Another folder may have been put there meanwhile.
            _check(target)
            if target.exists():
                target.rename(old)
            new.rename(target)
        finally:
            for leftover in (new, old):
                shutil.rmtree(leftover, ignore_errors=True)


def _keep_times(new: Path, earlier: Path) -> None:
    """Give each file of `new` that is the same in `earlier` the time that it has there."""
    for path in new.rglob("*"):
        before = earlier / path.relative_to(new)
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            if path.is_dir() or before.is_symlink() or before.samefile(path):
                continue
            if filecmp.cmp(path, before, shallow=False):
                times = before.stat()
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _check(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{target} is a file", "Name a folder.")
    if any(target.iterdir()) and not (target / MARK).is_file():
        raise UsageError(
            f"{target} holds something that was not published from an archive", "Name a new folder, or an empty one."
        )


@contextmanager
def _locked(target: Path, lock: Path) -> Iterator[None]:
    """Hold the lock for publishing to `target`. Raises ArchiveBusyError if another process has it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    busy = ArchiveBusyError(f"another process is publishing to {target}", "Wait until it ends, then try again.")
    with locked(lock, busy):
        try:
            yield
        finally:
            with suppress(OSError):
                lock.unlink()


def copy_clock(archive: Archive, folder: Path) -> None:
    """Write the settings of a publication: the station's time zone, or else its days are those of the server.

    Raises ConfigError.
    """
    zone = read_settings(archive.folder / SETTINGS).station.timezone
    if zone:
        (folder / SETTINGS).write_text(f"[station]\ntimezone = {json.dumps(zone)}\n", encoding="utf-8")


def copy_media(media: Iterable[MediaFile], folder: Path, earlier: Path, progress: ProgressCallback) -> None:
    """Copy the audio into `folder`, or hard-link it from the publication in `earlier`.

    Every file is checked against its SHA-256, so a file that changed in the archive is not published. The archive's
    own files are never linked, because a change to the publication would change them. `progress` counts bytes.
    Raises MediaMissingError.
    """
    files = list(media)
    total, done = sum(medium.bytes for medium in files), 0
    for medium in files:
        target = folder / medium.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _link_earlier(earlier / medium.path, target, medium.bytes):
            _copy(medium, target)
        done += medium.bytes
        progress(done, total)


def _link_earlier(earlier: Path, target: Path, size: int) -> bool:
    try:
        if earlier.is_symlink() or earlier.stat().st_size != size or _digest(earlier) != target.stem:
            return False
        os.link(earlier, target)
    except OSError:
        return False
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(medium: MediaFile, target: Path) -> None:
    digest = hashlib.sha256()
    try:
        reader = medium.source.open("rb")
    except OSError as error:
        raise MediaMissingError(
            f"cannot read {medium.source}: {error.strerror}",
            "Put the file back (`radio-archive doctor` lists what is missing), or publish --without-audio.",
        ) from error
    with reader, target.open("xb") as writer:
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
    if digest.hexdigest() != Path(medium.path).stem:
        raise MediaMissingError(
            f"{medium.source} no longer holds what was archived",
            "Restore it from a backup, make its clip private, or publish --without-audio.",
        )
