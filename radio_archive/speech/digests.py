"""SHA-256 of large files, each read once: what was computed is remembered until the file changes."""

import contextlib
import hashlib
import json
import os
import re
import tempfile
import zipfile
from pathlib import Path

SMALL = 16 << 20
"""Bytes below which reading a file costs less than remembering it."""
MOST = 100
"""Files that are remembered: the last ones."""


def sha256(path: Path, *, member: str | None = None, fresh: bool = False) -> str:
    """Return the SHA-256 of a file, or of one `member` of a zip file, in hex. `fresh` reads it even where it is known.

    A file counts as unchanged while its path, size, times and inode are. Raises OSError, and zipfile.BadZipFile or
    KeyError for what is no zip file or has no such member.
    """
    before = _state(path)
    if before[0] < SMALL:
        return _read(path, member)
    key = str(path.resolve()) + (f"!{member}" if member else "")
    if not fresh and (known := _remembered().get(key)) and known[:-1] == before:
        return str(known[-1])
    digest = _read(path, member)
    # A file that is being written has no digest worth keeping.
    if _state(path) == before:
        _remember(key, [*before, digest])
    return digest


def _read(path: Path, member: str | None = None) -> str:
    if member is None:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as whole, whole.open(member) as part:
        while piece := part.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _state(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def cache() -> Path:
    """Return the folder for what can be made again. Raises RuntimeError where no home is known."""
    # Beside the hub's own cache folder, by the same rule.
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "radio-archive").expanduser()


def _memory() -> Path:
    return cache() / "weights.json"


def _remembered() -> dict[str, list[int | str]]:
    """Return what is remembered, by path. Whatever is damaged there counts as forgotten."""
    try:
        found = json.loads(_memory().read_text(encoding="utf-8"))
        return {path: known for path, known in found.items() if re.fullmatch(r"[0-9a-f]{64}", known[-1])}
    except (OSError, ValueError, RuntimeError, TypeError, AttributeError, LookupError, RecursionError):
        return {}


def _remember(key: str, known: list[int | str]) -> None:
    """Keep a digest. Where nothing can be written, the file is read again next time.

    Of two programs that write at once, one loses its entry, and neither sees half a file.
    """
    kept = {path: old for path, old in _remembered().items() if path != key}
    newest = dict([*kept.items(), (key, known)][-MOST:])
    with contextlib.suppress(OSError, RuntimeError, UnicodeError):
        memory = _memory()
        memory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=memory.parent, delete=False) as file:
            try:
                json.dump(newest, file)
                file.close()
                Path(file.name).replace(memory)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
