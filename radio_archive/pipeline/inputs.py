"""The files to archive: named, or found in folders; their sidecars; and the claims typed as options."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from radio_archive.audio import container
from radio_archive.errors import NotAudioError, UnreadableFileError
from radio_archive.metadata.filename.claims import recurring_shows
from radio_archive.models import Claim, Field, Ingested, Outcome, Source, clean_text

SIDECARS = (".json", ".toml", ".txt", ".html", ".vtt", ".srt")
"""Suffixes of files that belong to the recording with the same stem."""
LARGEST_SIDECAR = 16 << 20
"""Bytes; a larger sidecar is not read."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to archive."""

    path: Path
    folders: tuple[str, ...] = ()
    """Names of the folders between the named folder and the file, the innermost last."""
    folder_hint: str = ""
    """Name of the named folder, or of a named file's folder: the show, if nothing better names one."""
    recurring: frozenset[str] = frozenset()
    """Shows, folded, that the names of several files of the run give, or of one of its folders."""
    clip: str | None = None
    """Uid of the archived clip whose recording this must be."""
    from_queue: bool = False
    """It comes from the queue of a watched folder, which is updated in the transaction that saves the clip."""


def sidecar_files(recording: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a recording's sidecars (same folder and stem, a suffix of `SIDECARS`) with their status."""
    inodes = set()
    for suffix in (*SIDECARS, *map(str.upper, SIDECARS)):
        path = recording.with_suffix(suffix)
        # A longer suffix may make the name too long for the file system.
        with suppress(OSError):
            status = path.lstat()
            # If the file system ignores case, both names are the same file.
            if stat.S_ISREG(status.st_mode) and status.st_ino not in inodes:
                inodes.add(status.st_ino)
                yield path, status


def read_sidecars(recording: Path) -> tuple[tuple[str, bytes], ...]:
    """Return name and content of a recording's sidecars, without those that are unreadable or too large."""
    read: list[tuple[str, bytes]] = []
    for path, status in sidecar_files(recording):
        with suppress(OSError):
            if status.st_size <= LARGEST_SIDECAR:
                read.append((clean_text(path.name), path.read_bytes()))
    return tuple(read)


def find_inputs(paths: Iterable[Path], archive: Path) -> tuple[list[InputFile], list[Ingested]]:
    """Return the audio files in `paths` (files, and folders with all below them), and a failure for each bad folder.

    Skips hidden files, links to folders, and the archive's own media.
    """
    found: dict[Path, InputFile] = {}
    failed: list[Ingested] = []
    for path in paths:
        if not path.is_dir():
            found.setdefault(path.absolute(), InputFile(path, folder_hint=folder_hint(path.parent, archive)))
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
    recurring = recurring_shows((PurePath(source.path.name), source.folders) for source in found.values())
    return [replace(source, recurring=recurring) for source in found.values()], failed


def _walk(root: Path, archive: Path, problems: list[OSError]) -> Iterator[InputFile]:
    hint = folder_hint(root, archive)
    for folder, subfolders, files in os.walk(root, onerror=problems.append):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and (here / name).absolute() != archive / "media"
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in container.SUFFIXES:
                yield InputFile(here / name, (here / name).relative_to(root).parts[:-1], hint)


def folder_hint(folder: Path, archive: Path) -> str:
    """Return the folder's name; empty if it is in the archive, or holds the archive or the home folder."""
    whole = folder.absolute()
    names_no_show = Path.home().is_relative_to(whole) or archive.is_relative_to(whole) or whole.is_relative_to(archive)
    return "" if names_no_show else whole.name


def human_claims(values: dict[Field, str | None]) -> tuple[Claim, ...]:
    """Return the claims of a person who typed `values` as options."""
    return tuple(
        Claim(name, clean_text(value), Source.HUMAN, f"--{name} on the command line")
        for name, value in values.items()
        if value and clean_text(value)
    )
