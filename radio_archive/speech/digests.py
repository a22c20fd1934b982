"""SHA-256 of large files, each read once: what was computed is remembered until the file changes."""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

SMALL = 16 << 20
"""Bytes below which reading a file costs less than remembering it."""
MOST = 100
"""Files that are remembered: the last ones."""


def sha256(path: Path, *, fresh: bool = False) -> str:
    """Return the SHA-256 of a file in hex. `fresh` reads it even where its digest is remembered.

    A file counts as unchanged while its path, size, times and inode are. Raises OSError.
    """
    before = _state(path)
    if before[0] < SMALL:
        return _read(path)
    key = str(path.resolve())
    if not fresh and (known := _remembered().get(key)) and known[:-1] == before:
        return str(known[-1])
    digest = _read(path)
    # A file that is being written has no digest worth keeping.
    if _state(path) == before:
        _remember(key, [*before, digest])
    return digest


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _memory() -> Path:
    # Beside the hub's own cache folder, by the same rule.
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache, "radio-archive", "weights.json").expanduser()


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
