"""What there is to archive: files that were named or found in folders, and what is claimed about each."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from radio_archive.audio import container
from radio_archive.errors import NotAudioError, UnreadableFileError
from radio_archive.models import Claim, Field, Ingested, Outcome, Source, clean_text

SIDECARS = (".json", ".toml", ".txt", ".html", ".vtt", ".srt")
"""Suffixes of the files that belong to a recording of the same stem."""
LARGEST_SIDECAR = 16 << 20
"""Bytes of a sidecar, at most."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file to archive."""

    path: Path
    folders: tuple[str, ...] = ()
    """Those between the folder that was named and the file, the innermost last."""
    above: str = ""
    """The folder that was named, or that a named file lies in: it may name a show, if nothing better does."""
    clip: str | None = None
    """The archived clip whose recording this must be."""
    taken: bool = False
    """It was taken from the queue of a watched folder, which is to know in the same moment that it is archived."""


def beside(recording: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the files that belong to a recording, and their status: same folder and stem, a suffix of their own."""
    inodes = set()
    for suffix in (*SIDECARS, *map(str.upper, SIDECARS)):
        path = recording.with_suffix(suffix)
        # A name that is a byte longer than the recording's may be longer than any file's can be.
        with suppress(OSError):
            status = path.lstat()
            # Where case makes no difference, both names are the same file.
            if stat.S_ISREG(status.st_mode) and status.st_ino not in inodes:
                inodes.add(status.st_ino)
                yield path, status


def read_sidecars(recording: Path) -> tuple[tuple[str, bytes], ...]:
    """Return name and content of a recording's sidecars; one that cannot be read, or is too large, is left out."""
    read: list[tuple[str, bytes]] = []
    for path, status in beside(recording):
        with suppress(OSError):
            if status.st_size <= LARGEST_SIDECAR:
                read.append((clean_text(path.name), path.read_bytes()))
    return tuple(read)


def find_inputs(paths: Iterable[Path], archive: Path) -> tuple[list[Input], list[Ingested]]:
    """Return the audio files that `paths` (files, and folders searched through) name, and what could not be searched.

    Hidden files, links to folders and the archive's own media are passed over.
    """
    found: dict[Path, Input] = {}
    failed: list[Ingested] = []
    for path in paths:
        if not path.is_dir():
            found.setdefault(path.absolute(), Input(path, above=folder_that_names(path.parent, archive)))
            continue
        before = len(found)
        problems: list[OSError] = []
        for source in _walk(path, archive, problems):
            found.setdefault(source.path.absolute(), source)
        for problem in problems:
            folder = Path(problem.filename or path)
            error = UnreadableFileError(
                folder, f"cannot read the folder: {problem.strerror}", "Check it, then try again."
            )
            failed.append(Ingested(folder, Outcome.FAILED, cause=error))
        if len(found) == before and not problems:
            none = NotAudioError(
                path, "no audio files in this folder", f"Looked for {', '.join(sorted(container.SUFFIXES))}."
            )
            failed.append(Ingested(path, Outcome.FAILED, cause=none))
    return list(found.values()), failed


def _walk(root: Path, archive: Path, problems: list[OSError]) -> Iterator[Input]:
    above = folder_that_names(root, archive)
    for folder, subfolders, files in os.walk(root, onerror=problems.append):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and (here / name).absolute() != archive / "media"
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in container.SUFFIXES:
                yield Input(here / name, (here / name).relative_to(root).parts[:-1], above)


def folder_that_names(folder: Path, archive: Path) -> str:
    """Return the folder's name; empty for one that holds the home or the archive, or lies in the archive."""
    whole = folder.absolute()
    others = Path.home().is_relative_to(whole) or archive.is_relative_to(whole) or whole.is_relative_to(archive)
    return "" if others else whole.name


def human_claims(values: dict[Field, str | None]) -> tuple[Claim, ...]:
    """Return claims by a person who typed `values` as options."""
    return tuple(
        Claim(name, clean_text(value), Source.HUMAN, f"--{name} on the command line")
        for name, value in values.items()
        if value and clean_text(value)
    )
