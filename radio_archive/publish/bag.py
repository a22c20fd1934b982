"""Writes clips as a BagIt bag (RFC 8493) for another archive, and checks one: originals, transcripts and metadata.

A bag is a folder with its payload in `data/` and a list of the payload's digests, which any program for bags can check.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from radio_archive import roots
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import redactions, sidecars, versions
from radio_archive.errors import UsageError, writing_errors
from radio_archive.formats import WRITERS, formats
from radio_archive.formats.json import document
from radio_archive.models import Clip
from radio_archive.text.spelling import slug

FORMATS = ("vtt", "txt", "json", "pbcore")
"""In which each clip's current text is written."""
_BLOCK = 1 << 20
_LONGEST = 120
"""Bytes of a part of a name."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True, slots=True)
class Bagged:
    """A bag that was written: how many clips it has, and which recordings could not be put into it, and why."""

    clips: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BagFault:
    """A file of a bag that is not as the bag's list says: what was expected, and what was found."""

    path: str
    problem: str
    expected: str | None = None
    found: str | None = None


def write(archive: Archive, clips: Iterable[Clip], target: Path) -> Bagged:
    """Write clips, read with TEXT, SOURCES and PAGE, as a bag in the new folder `target`.

    It gets its name when it is whole. Of a redacted clip it has what the public may hear and read, and nothing else. A
    recording that is missing, or not as it was archived, is left out and named. Raises UsageError and DiskFullError.
    """
    import bagit

    archive.require_outside(target)
    partial = target.with_name(f".{target.name}.partial")
    problems: list[str] = []
    number = 0
    full = "Free some space, or name another disk."
    with writing_errors(target, UsageError, "Name another folder.", when_full=full):
        try:
            if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
                raise UsageError(f"{target} is there already", "Name a new folder.")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            for clip in clips:
                number += 1
                problems += _write_clip(archive, clip, partial / _safe(f"{slug(clip.title)}-{clip.uid}"))
            about = {
                "External-Description": f"{number} clips with their transcripts and metadata",
                "Source-Software": f"radio_archive {version('radio-archive')}",
            }
            bagit.make_bag(os.fspath(partial), about, checksums=["sha256"])
            if target.exists():
                target.rmdir()
            partial.replace(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Bagged(number, tuple(problems))


def check(folder: Path) -> list[BagFault]:
    """Return what is wrong with a bag. A link in it is a fault, as is a pipe: neither is read.

    Raises UsageError for what is no bag.
    """
    import bagit

    if not (folder / "bagit.txt").is_file():
        raise UsageError(f"{folder} is no bag", "Name the folder that has bagit.txt.")
    if unfit := list(_unfit(folder)):
        return unfit
    logging.getLogger("bagit").setLevel(logging.CRITICAL)
    try:
        bag = bagit.Bag(os.fspath(folder))
        # Without it, the file of which the size is wrong is named.
        bag.info.pop("Payload-Oxum", None)
        bag.validate()
    except bagit.BagValidationError as error:
        return [_fault(detail) for detail in error.details] or [BagFault(folder.name, str(error))]
    except (bagit.BagError, OSError, ValueError) as error:
        raise UsageError(f"{folder} cannot be read as a bag: {error}", "Make it again.") from error
    return []


def _write_clip(archive: Archive, clip: Clip, folder: Path) -> Iterator[str]:
    """Write the files of a clip; yield what could not be written."""
    folder.mkdir()
    for name in FORMATS:
        path = folder / f"{clip.uid}.{formats()[name].value.ending}"
        path.write_text(WRITERS[name](clip), encoding="utf-8", errors="replace")
    is_redacted = any(one.undone_at is None for one in redactions.of_clip(archive, clip.uid))
    if is_redacted:
        public = redactions.public_path(archive, clip.uid)
        if public is None:
            yield f"{clip.uid} has no sound that may be heard, which `radio-archive redact {clip.uid}` makes"
        else:
            shutil.copyfile(public, folder / f"{clip.uid}{public.suffix}")
        return
    metadata = json.dumps(document(clip), ensure_ascii=False, indent=2, default=str)
    (folder / "metadata.json").write_text(metadata + "\n", encoding="utf-8", errors="replace")
    for info in clip.transcripts:
        words = [[word.start, word.end, word.text, word.probability, word.language, word.speaker]
                 for word in versions.stored(archive, clip.uid, info.number)]  # fmt: skip
        text = json.dumps(words, ensure_ascii=False)
        (folder / f"transcript-{info.number}.words.json").write_text(text + "\n", encoding="utf-8", errors="replace")
    for number, (name, content) in enumerate(sidecars.contents(archive, clip.uid), 1):
        (folder / f"sidecar-{number}-{_safe(name)}").write_bytes(content)
    if problem := _copy(archive, clip, folder / f"{clip.uid}{Path(clip.file).suffix.lower()}"):
        yield problem


def _copy(archive: Archive, clip: Clip, target: Path) -> str | None:
    """Copy a recording; return why not, if it is not as it was archived."""
    digest = hashlib.sha256()
    try:
        with archive.media.open(clip.file) as source, target.open("xb") as file:
            while block := source.read(_BLOCK):
                digest.update(block)
                file.write(block)
    except roots.GONE:
        return f"{clip.file} of {clip.uid} is missing"
    if digest.hexdigest() == clip.recording.sha256:
        return None
    target.unlink()
    return f"{clip.file} of {clip.uid} is not as it was archived"


def _safe(name: str) -> str:
    """Return a name that any file system takes, and that is no path."""
    safe = _UNSAFE.sub("_", name).strip(". ").encode("utf-8", "replace")
    stem, dot, suffix = safe.decode().rpartition(".")
    short = (stem if dot else suffix).encode()[:_LONGEST].decode("utf-8", "ignore")
    return f"{short}.{suffix}" if dot and len(suffix) < 10 else short or "file"


def _unfit(folder: Path) -> Iterator[BagFault]:
    """Yield what must not be read: a link leads elsewhere, and a pipe has no end."""
    for parent, folders, names in os.walk(folder):
        for path in (Path(parent, name) for name in (*folders, *names)):
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                what = "a link" if stat.S_ISLNK(mode) else "no file"
                yield BagFault(path.relative_to(folder).as_posix(), f"is {what}, which a bag may not have")


def _fault(detail: object) -> BagFault:
    path = str(getattr(detail, "path", ""))
    expected, found = getattr(detail, "expected", None), getattr(detail, "found", None)
    kind = {"ChecksumMismatch": "has changed", "FileMissing": "is missing", "UnexpectedFile": "is not in its list"}
    return BagFault(path, kind.get(type(detail).__name__, str(detail)), expected, found)
