"""The folder of a publication: made aside, put in place at once, never over anything that is not one."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from radio_archive.archive.public.copy import Medium
from radio_archive.archive.rows import now
from radio_archive.errors import FULL, ArchiveBusyError, MediaMissingError, PublishError, UsageError, disk_full

MARK = ".radio-archive-publication.json"
"""Lies in every publication, and says that the folder is ours to replace."""
BLOCK = 1 << 20

Progress = Callable[[int, int], None]
"""Hears how much is done, of how much."""


@contextmanager
def publishing(target: Path, kind: str) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when all went well; until then an earlier publication stays there.

    Raises UsageError where `target` holds anything but an earlier publication, PublishError where it cannot be written.
    """
    target = target.absolute()
    _check(target)
    new, old, lock = (target.with_name(f".{target.name}.{part}") for part in ("publishing", "replaced", "lock"))
    with _ours(target, lock):
        try:
            # Killed between the two renames below, an earlier run left the site under its passing name.
            if old.exists() and not target.exists():
                old.rename(target)
            for leftover in (new, old):
                shutil.rmtree(leftover, ignore_errors=True)
            new.mkdir(parents=True)
            yield new
            mark = {"kind": kind, "made_at": now(), "radio_archive": version("radio-archive")}
            (new / MARK).write_text(json.dumps(mark), encoding="utf-8")
            # Somebody may have put a folder of theirs there while this was being made.
            _check(target)
            if target.exists():
                target.rename(old)
            new.rename(target)
        except OSError as error:
            raise _written(error, target) from error
        finally:
            for leftover in (new, old):
                shutil.rmtree(leftover, ignore_errors=True)


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
def _ours(target: Path, lock: Path) -> Iterator[None]:
    """Let nobody else publish there meanwhile."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            try:
                yield
            finally:
                with suppress(OSError):
                    lock.unlink()
    except Timeout as error:
        raise ArchiveBusyError(
            f"somebody else is publishing to {target} at this moment", "Wait for it to end, then try again."
        ) from error
    except OSError as error:
        raise _written(error, target) from error


def _written(error: OSError, target: Path) -> Exception:
    if error.errno in FULL:
        return disk_full(error)
    return PublishError(f"cannot write to {target}: {error.strerror or error}", "Name a folder that may be written to.")


def copy_media(
    media: Iterable[Medium], place: Callable[[Medium], Path], before: Callable[[Medium], Path], progress: Progress
) -> None:
    """Copy the audio to where `place` says; what an earlier publication has at `before` is taken from there.

    Every byte is compared with the digest that names it: what changed in the archive is not published. Never a link
    to the archive's own file, which whoever edits the publication would change with it. `progress` counts bytes.
    Raises MediaMissingError.
    """
    files = list(media)
    total, done = sum(medium.bytes for medium in files), 0
    for medium in files:
        target, earlier = place(medium), before(medium)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _linked(earlier, target, medium.bytes):
            _copy(medium, target)
        done += medium.bytes
        progress(done, total)


def _linked(earlier: Path, target: Path, size: int) -> bool:
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


def _copy(medium: Medium, target: Path) -> None:
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
