"""Reads and writes files that a person named: any of them may be a device, or a pipe without an end.

Never more is read than is allowed, and a file is written as a whole or not at all.
"""

import filecmp
import os
import secrets
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from radio_archive.errors import UsageError, writing_errors

LARGEST_TABLE = 20_000_000
"""Most bytes of a table of names or terms."""


def read_bytes(path: Path, most: int) -> bytes:
    """Return what is in a file. Raises UsageError if it has more than `most` bytes, or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Check its name and its permissions.") from error
    if len(content) > most:
        raise UsageError(f"{path} is larger than {most:,} bytes", "Split it.")
    return content


def read_text(path: Path) -> str:
    """Return the text of a table, which must be UTF-8. Raises UsageError."""
    try:
        return read_bytes(path, LARGEST_TABLE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", "Save it as UTF-8, in a spreadsheet as “CSV UTF-8”.") from error


class Written(StrEnum):
    """What became of a file that was to be written."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    """It has the same content already."""
    KEPT = "kept"
    """Another file has its name."""


def write_file(path: Path, pieces: Iterable[bytes], *, force: bool = False) -> Written:
    """Write a file, under another name until it is whole; the folders of `path` are created.

    A file of that name with other content is replaced only with `force`. Raises UsageError, DiskFullError.
    """
    full = "Free some space, or name a folder on another disk."
    with writing_errors(path, UsageError, "Name another file or folder.", when_full=full):
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                device.writelines(pieces)
            return Written.WRITTEN
        # What a link points to is replaced, not the link.
        path = Path(os.path.realpath(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        return _replace(path, path.with_name(f".{secrets.token_hex(8)}.partial"), pieces, force=force)


def _replace(path: Path, partial: Path, pieces: Iterable[bytes], *, force: bool) -> Written:
    try:
        with partial.open("xb") as file:
            file.writelines(pieces)
        if path.exists():
            if filecmp.cmp(partial, path, shallow=False):
                return Written.UNCHANGED
            if not force:
                return Written.KEPT
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Written.WRITTEN
