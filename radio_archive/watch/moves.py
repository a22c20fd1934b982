"""Moves and deletes files that others may exchange at any moment: over nothing, through no link, and never unseen."""

import errno
import hashlib
import io
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from radio_archive import roots
from radio_archive.archive.intake import FileSnapshot, QueuedFile
from radio_archive.roots import Root
from radio_archive.watch.folders import OWN

LONGEST_NAME = 255
"""Most bytes in a file name."""
PARTIAL_PREFIX = ".radio-archive-"
"""Start of the names of files that are being copied from another file system."""
PARTIAL = re.compile(re.escape(PARTIAL_PREFIX) + "[0-9a-f]{16}")
BLOCK = 1 << 20


def take_out(root: Root, path: Path, seen: FileSnapshot | QueuedFile, is_safe: Callable[[str], bool]) -> None:
    """Delete a file, unless it has been replaced since it was `seen` by what is not safe elsewhere, by its SHA-256.

    It is moved to our own folder first: nobody can replace it there between the last look at it and its deletion.
    """
    try:
        status = root.lstat(path)
    except roots.GONE:
        return
    if not FileSnapshot.of(path, status).same_content(seen):
        return
    hidden = root.path / OWN / secrets.token_hex(4) / path.relative_to(root.path)
    unlink_link(root, root.path / OWN)
    try:
        roots.rename(root, path, root, hidden)
        if _is_safe(root, hidden, is_safe):
            root.unlink(hidden)
    finally:
        if root.exists(hidden):
            move_back(root, hidden, path)
        root.remove_empty(hidden.parent)


def unlink_link(root: Root, path: Path) -> None:
    """Delete a link that somebody put where we have a folder; what it leads to is left alone."""
    with suppress(*roots.GONE):
        if stat.S_ISLNK(root.lstat(path).st_mode):
            root.unlink(path)


def _is_safe(root: Root, path: Path, is_safe: Callable[[str], bool]) -> bool:
    with suppress(*roots.GONE), root.reader(path) as file:
        before, safe = os.fstat(file.fileno()), is_safe(digest(file))
        after = os.fstat(file.fileno())
        return safe and (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return False


def digest(file: io.BufferedReader) -> str:
    """Return the SHA-256 of an open file, which may be empty, as a sidecar may."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def digest_at(root: Root, path: Path) -> str:
    with root.reader(path) as file:
        return digest(file)


def move_back(root: Root, hidden: Path, path: Path) -> Path:
    """Give a file of our own folder its name again, or a similar free one; return that."""
    while True:
        free = free_name(root, path)
        with suppress(FileExistsError):
            roots.rename(root, hidden, root, free)
            return free


def moved(source: Root, path: Path, target: Root, place: Path) -> Path:
    """Move a file to `place` or a similar free name, across file systems if needed; return where it is."""
    if _is_copied(source, path, target, place):
        # An earlier run was killed after copying and before deleting the source.
        _delete_copied(source, path, digest_at(target, place))
        return place
    while True:
        free = free_name(target, place)
        try:
            roots.rename(source, path, target, free)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _delete_copied(source, path, _copy(source, path, target, free))
        return free


def _is_copied(source: Root, path: Path, target: Root, place: Path) -> bool:
    with suppress(*roots.GONE):
        sizes = {source.lstat(path).st_size, target.lstat(place).st_size}
        return len(sizes) == 1 and digest_at(source, path) == digest_at(target, place)
    return False


def _delete_copied(source: Root, path: Path, copied: str) -> None:
    take_out(source, path, FileSnapshot.of(path, source.lstat(path)), lambda found: found == copied)


def _copy(source: Root, path: Path, target: Root, free: Path) -> str:
    """Copy a file to another file system under a name that nothing has, and return the SHA-256 of what was copied."""
    partial = free.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(8)}")
    copied = hashlib.sha256()
    try:
        with source.reader(path) as reader, target.writer(partial) as writer:
            while block := reader.read(BLOCK):
                copied.update(block)
                writer.write(block)
            writer.flush()
            status = os.fstat(reader.fileno())
            if os.utime in os.supports_fd:
                os.utime(writer.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(writer.fileno())
        roots.rename(target, partial, target, free)
    finally:
        with suppress(OSError):
            target.unlink(partial)
    return copied.hexdigest()


def delete_partial_copies(root: Root) -> None:
    """Delete what a killed process had half copied."""
    for path, is_folder in root.walk(root.path):
        if PARTIAL.fullmatch(path.name) and not is_folder:
            with suppress(OSError):
                root.unlink(path)


def free_name(root: Root, target: Path, is_free: Callable[[Path], bool] | None = None) -> Path:
    """Return `target`, or a similar name that does not exist, or that is free in a stricter sense."""
    number, free = 1, target
    while root.exists(free) or (is_free is not None and not is_free(free)):
        number += 1
        free = shortened(target.with_suffix(""), f" ({number}){target.suffix}")
    return free


def shortened(path: Path, more: str) -> Path:
    """Return `path` with `more` appended to its name, shortened to what a file system allows."""
    room = LONGEST_NAME - len(os.fsencode(more))
    name = os.fsencode(path.name)[:room].decode("utf-8", "ignore") if len(os.fsencode(path.name)) > room else path.name
    return path.with_name(name + more)
