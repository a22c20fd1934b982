"""Reads a file that a person named, never more of it than is allowed: it may be a device, or a pipe without an end."""

from pathlib import Path

from radio_archive.errors import UsageError

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
