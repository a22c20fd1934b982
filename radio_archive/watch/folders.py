"""Finds recordings and their sidecars in a watched folder, and skips everything else."""

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from radio_archive.archive.archive import DATABASE
from radio_archive.archive.intake import FileSnapshot
from radio_archive.audio import container, header
from radio_archive.errors import NotAudioError, UnfinishedFileError
from radio_archive.pipeline import inputs
from radio_archive.roots import Root

OWN = ".radio-archive"
"""Our hidden folder in a watched folder, for files that are being removed."""
PARTIAL = (".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart", ".tmp", ".temp", ".swp", "~")
"""Ends of the names of partial files, also before the suffix: `piece.tmp.mp3`."""
FOREIGN_FOLDERS = frozenset(
    {"@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found", "__macosx", "synologydrive"}
)
"""Folders of storage and synchronization software, besides hidden ones; in lower case."""

ARCHIVES_OWN = ("media", "failed", "duplicates")
"""Folders of an archive, ours or another, that receive no new recordings."""


@dataclass(slots=True)
class Listing:
    """The content of a watched folder."""

    recordings: list[FileSnapshot] = field(default_factory=list)
    beside: dict[Path, list[FileSnapshot]] = field(default_factory=lambda: defaultdict(list))
    """Sidecars, by their path without suffix."""
    problems: list[OSError] = field(default_factory=list)
    """One for each subfolder or file that cannot be read."""


def identity(status: os.stat_result) -> tuple[int, int]:
    """Return what a folder is known by under any path: through links, and where it is mounted a second time."""
    return status.st_dev, status.st_ino


def scan(root: Root, skipped: Collection[tuple[int, int]] = ()) -> Listing:
    """List a watched folder with its subfolders, except those whose `identity` is in `skipped`.

    Links are not followed. Raises OSError if the folder itself cannot be read.
    """
    found = Listing()
    waiting = [root.path]
    # Without recursion: folders can be nested deeper than Python's call stack.
    while waiting:
        folder = waiting.pop()
        try:
            with root.scandir(folder) as entries:
                waiting += reversed(_sort(folder, sorted(entries, key=lambda entry: entry.name), skipped, found))
        except OSError as error:
            if folder == root.path:
                raise
            found.problems.append(error)
    return found


def _sort(
    folder: Path, listed: Sequence[os.DirEntry[str]], skipped: Collection[tuple[int, int]], found: Listing
) -> list[Path]:
    """Add the entries of a folder to `found`; return the subfolders to scan."""
    subfolders = []
    holds_archive = any(entry.name == DATABASE for entry in listed)
    for entry in listed:
        path = folder / entry.name
        try:
            if entry.is_symlink() or entry.name.startswith((".", "~$")):
                continue
            if entry.is_dir(follow_symlinks=False):
                passed = holds_archive and entry.name in ARCHIVES_OWN
                passed = passed or identity(entry.stat(follow_symlinks=False)) in skipped
                if entry.name.lower() not in FOREIGN_FOLDERS and not passed:
                    subfolders.append(path)
            elif entry.is_file(follow_symlinks=False) and not is_partial(path):
                if is_recording(path):
                    found.recordings.append(FileSnapshot.of(path, entry.stat(follow_symlinks=False)))
                elif is_sidecar(path):
                    found.beside[inputs.stem_of_sidecar(path)].append(
                        FileSnapshot.of(path, entry.stat(follow_symlinks=False))
                    )
        except FileNotFoundError:
            continue
        except OSError as error:
            error.filename = str(path)
            found.problems.append(error)
    return subfolders


def is_recording(path: PurePath) -> bool:
    return path.suffix.lower() in container.SUFFIXES


def is_sidecar(path: PurePath) -> bool:
    return path.suffix.lower() in inputs.SIDECARS


def is_partial(path: PurePath) -> bool:
    """Whether the name marks a file that is still being written."""
    return path.name.lower().endswith(PARTIAL) or path.stem.lower().endswith(PARTIAL)


def beside(recording: Path, root: Root) -> Mapping[Path, FileSnapshot]:
    """Return the sidecars that are beside a recording now."""
    return {path: FileSnapshot.of(path, status) for path, status in inputs.sidecar_files(recording, root)}


def missing_part(path: Path, root: Root) -> str | None:
    """Return what a file that is no longer being written lacks to be complete; None if nothing is found.

    The pipeline reports any other problem with it.
    """
    try:
        missing = header.shortfall(path, root)
    except UnfinishedFileError:
        return "its index, which is written last, is missing"
    except NotAudioError:
        return _reserved(path, root)
    return f"it holds {missing}" if missing else None


def _reserved(path: Path, root: Root) -> str | None:
    """Return how a file that cannot be read as audio may be unfinished; None if it is simply not audio."""
    try:
        with root.reader(path) as file:
            head = file.read(4096)
    except OSError:
        return None
    if head and not head.strip(b"\0"):
        return "it begins with nothing but zeros, like a copy that has only reserved its space"
    return None
