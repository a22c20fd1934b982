"""Remote storage by fsspec (https://filesystem-spec.readthedocs.io): what is there, and downloads that can go on.

Foreign exceptions become RemoteFileError here.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any

from radio_archive.audio.container import SUFFIXES
from radio_archive.errors import FULL, RadioArchiveError, RemoteFileError, UsageError, disk_full
from radio_archive.feeds.client import safe_url
from radio_archive.feeds.transfer import LARGEST_NOTE, write_new
from radio_archive.models import clean_text
from radio_archive.roots import Root

SCHEMES = frozenset("s3 s3a gs gcs az abfs abfss adl oss hdfs webhdfs sftp ssh ftp smb file memory".split())
"""What fsspec reads and one may name. Others unpack archives, chain addresses or run what they find in a file."""
BLOCK = 1 << 20
"""Bytes that are read at once."""
PART = ".part"
ADVICE = "Check the address and your access to it, then try again."


def is_remote(source: str) -> bool:
    """Whether a source is an address and not a path."""
    scheme, mark, _ = source.partition("://")
    return bool(mark and scheme) and "/" not in scheme


def is_web(source: str) -> bool:
    """Whether a source is an address of the web, which is fetched by our own client and not by fsspec."""
    return source.lower().startswith(("http://", "https://"))


def check_scheme(source: str) -> None:
    """Raise UsageError for an address that is neither of the web nor of storage that is read."""
    scheme = source.partition("://")[0].lower()
    if not is_web(source) and (scheme not in SCHEMES or "::" in source):
        known = ", ".join(sorted(SCHEMES - {"memory", "file"}))
        raise UsageError(f"{safe_url(source)}: {scheme[:20]!r} is not read", f"Known: https, {known}.")


def walk(source: str) -> Iterator[str]:
    """Yield the addresses of the audio files at `source`: below a folder, by a pattern, or the one file.

    Folder by folder, so that a whole bucket is never in memory. Raises UsageError and RemoteFileError.
    """
    with _foreign(source):
        fs, path = _open(source)
        if any(mark in path for mark in "*?["):
            yield from map(fs.unstrip_protocol, filter(_is_audio, sorted(fs.glob(path))))
        elif fs.isdir(path):
            for folder, folders, files in fs.walk(path, on_error="raise"):
                # A list with detail=False: what is taken out of it is not walked.
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                yield from (
                    fs.unstrip_protocol(f"{folder.rstrip('/')}/{name}") for name in sorted(filter(_is_audio, files))
                )
        elif fs.exists(path):
            yield fs.unstrip_protocol(path)
        else:
            raise RemoteFileError(f"there is nothing at {safe_url(source)}", ADVICE)


def download(source: str, root: Root, target: Path, largest: int) -> None:
    """Copy a remote file to `target` in `root`, of at most `largest` bytes; go on with what a stopped copy left.

    It only goes on if the storage still has the same file: a note beside the part says which that was. Raises
    RemoteFileError, UsageError and DiskFullError.
    """
    part, note = (target.with_name(f".{target.name}{end}") for end in (PART, f"{PART}.json"))
    with _foreign(source):
        fs, path = _open(source)
        size, version = int(fs.info(path).get("size") or 0), str(fs.ukey(path))
        if size > largest:
            raise RemoteFileError(f"{safe_url(source)} is larger than {largest:,} bytes", "That is the limit.")
        have = _have(root, part, note, version, size)
        if size - have > shutil.disk_usage(root.real).free:
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(target))
        if not have:
            with suppress(FileNotFoundError):
                root.unlink(part)
            write_new(root, note, json.dumps({"version": version}).encode())
        _copy(fs, path, root, part, have, largest)
        if (came := root.lstat(part).st_size) != size and size:
            raise RemoteFileError(f"{safe_url(source)} broke off: {came:,} of {size:,} bytes came", "Try again.")
        root.replace(part, target)
        root.unlink(note)


def _copy(fs: Any, path: str, root: Root, part: Path, have: int, largest: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    with fs.open(path, "rb") as reader, os.fdopen(root.open(part, flags), "ab") as writer:
        reader.seek(have)
        while block := reader.read(BLOCK):
            have += len(block)
            if have > largest:
                raise RemoteFileError(f"it is larger than {largest:,} bytes", "That is the limit.")
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())


def _have(root: Root, part: Path, note: Path, version: str, size: int) -> int:
    """Return how many bytes of this version are there already."""
    with suppress(OSError, ValueError, RecursionError, TypeError, AttributeError):
        with root.reader(note) as file:
            same = json.loads(file.read(LARGEST_NOTE)).get("version") == version
        have = root.lstat(part).st_size
        return have if same and have <= size else 0
    return 0


def _is_audio(path: str) -> bool:
    name = path.rpartition("/")[2]
    return f".{name.rpartition('.')[2].lower()}" in SUFFIXES and not name.startswith(".")


def _open(source: str) -> tuple[Any, str]:
    check_scheme(source)
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError("remote storage needs fsspec", "pip install 'radio-archive[cluster]'") from error
    # A list of all of a bucket would stay in memory.
    fs, path = url_to_fs(source, use_listings_cache=False)
    return fs, str(path)


@contextmanager
def _foreign(source: str) -> Iterator[None]:
    """Turn whatever fsspec and the libraries below it raise into ours."""
    try:
        yield
    except (RadioArchiveError, GeneratorExit):
        raise
    except ImportError as error:
        scheme = source.partition("://")[0].lower()
        raise UsageError(f"{scheme}:// needs one more package: {clean_text(str(error))}", "Install it.") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL and error.filename and Path(error.filename).is_absolute():
            raise disk_full(error) from error
        reason = clean_text(str(error))[:200] or type(error).__name__
        raise RemoteFileError(f"{safe_url(source)} cannot be read: {reason}", ADVICE) from error
