"""The files to archive: named, or found in folders; their sidecars; and the claims typed as options."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from radio_archive.archive import known_files
from radio_archive.archive.archive import Archive
from radio_archive.audio import container
from radio_archive.errors import NotAudioError, UnreadableFileError
from radio_archive.metadata.filename.claims import recurring_shows
from radio_archive.metadata.gather import SCRIPT
from radio_archive.models import Claim, Field, Ingested, Outcome, Source, clean_text
from radio_archive.roots import Root

YT_DLP = ".info.json"
_TWO_DOTS = (YT_DLP, SCRIPT)
SIDECARS = (".json", ".toml", ".txt", ".html", ".vtt", ".srt", ".xml", *_TWO_DOTS)
"""Suffixes of files that belong to the recording with the same stem."""
LARGEST_SIDECAR = 16 << 20
"""Bytes; a larger sidecar is not read."""
MOST_NAMED = 6
"""Suffixes of files that were passed over that are named."""
LONGEST_SUFFIX = 20
"""Characters of such a suffix that are shown."""


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
    known: str | None = None
    """Uid of the clip that it became earlier, if it is unchanged since then: it is not read again."""
    root: Root | None = None
    """The watched folder from whose queue it comes, or the folder that it was downloaded to: it will be gone soon.
    The queue is updated in the transaction that saves the clip."""
    entry: int | None = None
    """The entry of the backfill that it is, which is updated in the same transaction."""
    sidecar: tuple[str, bytes] | None = None
    """Name and content of one more sidecar, besides the files that lie beside it."""
    transcript: Path | None = None
    """The file with its transcript, instead of those that lie beside it."""


def sidecar_files(recording: Path, root: Root | None = None) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a recording's sidecars (same folder and stem, a suffix of `SIDECARS`) with their status.

    `root` is the watched folder that it is in.
    """
    inodes = set()
    with suppress(OSError), (root or Root(recording.parent)).at(recording.absolute()) as (name, folder):
        for suffix in (*SIDECARS, *map(str.upper, SIDECARS)):
            # A longer suffix may make the name too long for the file system.
            with suppress(OSError):
                status = os.stat(PurePath(name).with_suffix(suffix), dir_fd=folder, follow_symlinks=False)
                # If the file system ignores case, both names are the same file.
                if stat.S_ISREG(status.st_mode) and status.st_ino not in inodes:
                    inodes.add(status.st_ino)
                    yield recording.with_suffix(suffix), status


def sidecar_suffix(path: PurePath) -> str:
    """Return the suffix of a sidecar's name, which may have two dots: `.info.json`."""
    longer = next((suffix for suffix in _TWO_DOTS if path.name.lower().endswith(suffix)), None)
    return path.name[-len(longer) :] if longer else path.suffix


def stem_of_sidecar(path: Path) -> Path:
    """Return the path of a sidecar without its suffix: that of its recording without its own."""
    return path.with_name(path.name.removesuffix(sidecar_suffix(path)))


def read_sidecars(recording: Path, root: Root | None = None) -> tuple[tuple[tuple[str, bytes], ...], tuple[str, ...]]:
    """Return name and content of a recording's sidecars, and a line for each that is unreadable or too large."""
    read: list[tuple[str, bytes]] = []
    problems: list[str] = []
    inside = root or Root(recording.parent)
    for path, status in sidecar_files(recording, inside):
        name = clean_text(path.name)
        if status.st_size > LARGEST_SIDECAR:
            problems.append(f"{name}: it was not kept: {status.st_size:,} bytes, and {LARGEST_SIDECAR:,} is the most")
            continue
        try:
            with inside.reader(path.absolute()) as file:
                # It may have grown since.
                read.append((name, file.read(LARGEST_SIDECAR)))
        except OSError as error:
            problems.append(f"{name}: it was not kept: {error.strerror or error}")
    return tuple(read), tuple(problems)


def find_inputs(
    paths: Iterable[Path], archive: Path, passed: Counter[str] | None = None
) -> tuple[list[InputFile], list[Ingested]]:
    """Return the audio files in `paths` (files, and folders with all below them), and a failure for each bad folder.

    Skips hidden files, links to folders, and the archive's own media. Counts in `passed`, by suffix, the other files of
    folders that are neither audio nor a sidecar of it.
    """
    found: dict[Path, InputFile] = {}
    failed: list[Ingested] = []
    passed = Counter() if passed is None else passed
    for path in paths:
        if not path.is_dir():
            found.setdefault(path.absolute(), InputFile(path, folder_hint=folder_hint(path.parent, archive)))
            continue
        before, others = len(found), Counter[str]()
        problems: list[OSError] = []
        for source in walk(path, archive, problems, others):
            found.setdefault(source.path.absolute(), source)
        passed.update(others)
        for problem in problems:
            folder = Path(problem.filename or path)
            error = UnreadableFileError(
                folder, f"cannot read the folder: {problem.strerror}", "Check it, then try again."
            )
            failed.append(Ingested(folder, Outcome.FAILED, cause=error))
        if len(found) == before and not problems:
            only = f", only {list_passed(others)}" if others else ""
            none = NotAudioError(
                path, f"no audio files in this folder{only}", f"Looked for {', '.join(sorted(container.SUFFIXES))}."
            )
            failed.append(Ingested(path, Outcome.FAILED, cause=none))
    recurring = recurring_shows((PurePath(source.path.name), source.folders) for source in found.values())
    return [replace(source, recurring=recurring) for source in found.values()], failed


def skip_unchanged(archive: Archive, inputs: Sequence[InputFile]) -> list[InputFile]:
    """Return the inputs; those that are archived and unchanged since they were read say so, as `known`."""
    known = known_files.clips(archive, [source.path for source in inputs])
    return [replace(source, known=known.get(source.path)) for source in inputs]


def list_passed(passed: Counter[str]) -> str:
    """Return in words how many files were passed over, and their most frequent suffixes."""
    names = [suffix or "without a suffix" for suffix, _ in passed.most_common(MOST_NAMED)]
    more = ["others"] if len(passed) > MOST_NAMED else []
    return f"{passed.total():,} {'file' if passed.total() == 1 else 'files'}: {', '.join([*names, *more])}"


def walk(root: Path, archive: Path, problems: list[OSError], passed: Counter[str]) -> Iterator[InputFile]:
    """Yield the audio files in `root` and below, folder by folder, as `find_inputs` takes them.

    Appends what cannot be read to `problems`.
    """
    hint = folder_hint(root, archive)
    for folder, subfolders, files in os.walk(root, onerror=problems.append):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and (here / name).absolute() != archive / "media"
        )
        shown = [Path(name) for name in sorted(files) if not name.startswith(".")]
        recordings = [name for name in shown if name.suffix.lower() in container.SUFFIXES]
        stems = {name.stem for name in recordings}
        for name in shown:
            suffix = name.suffix.lower()
            is_beside = suffix in SIDECARS and not stems.isdisjoint({name.stem, stem_of_sidecar(name).name})
            if suffix not in container.SUFFIXES and not is_beside:
                passed[clean_text(suffix)[:LONGEST_SUFFIX]] += 1
        for name in recordings:
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
