"""Transcripts that were made elsewhere: the files that hold them, and how they come to clips without an engine."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, sidecars
from radio_archive.errors import TranscriptFileError
from radio_archive.formats.captions import LATEST
from radio_archive.metadata.gather import CAPTIONS, SCRIPT, Naming, parse_sidecars
from radio_archive.models import Ingested, Outcome, Transcript, TranscriptInfo, clean_text
from radio_archive.pipeline import sidecars as beside
from radio_archive.pipeline.inputs import LARGEST_SIDECAR, InputFile, read_sidecars, sidecar_files
from radio_archive.pipeline.retag import Change, reread
from radio_archive.pipeline.versions import messages
from radio_archive.roots import READ
from radio_archive.text.times import clock
from radio_archive.text.versions import describe

SUFFIXES = (".json", *CAPTIONS)
"""Suffixes of transcripts with times. A text without is a script, and named as one."""
_HINT = f"A transcript is a file {', '.join(SUFFIXES)}, or {SCRIPT} for one without times; see docs/import.md."
File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Attached:
    """What came of files that were attached to a clip."""

    new: tuple[TranscriptInfo, ...] = ()
    """Its new transcripts, the newest first."""
    current: int | None = None
    """The number of its current transcript then."""
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """Yield what a person should know."""
        yield from self.problems
        for info in self.new:
            yield from messages(info)
        for change in self.changes:
            yield from change.lost

    def current_line(self) -> str:
        """Return which transcript is the clip's text now."""
        info = next((info for info in self.new if info.number == self.current), None)
        return text_line(info, info.number) if info else f"transcript {self.current} is still its text"


def text_line(info: TranscriptInfo | Transcript, number: int) -> str:
    """Return what a person is told of the transcript that became a clip's text."""
    return f"transcript {number}, {describe(info)}, is its text now"


def digests(files: Sequence[File]) -> set[str]:
    """Return the SHA-256 of each file."""
    return {hashlib.sha256(content).hexdigest() for _, content in files}


def transcript_of(recording: Path) -> Iterator[Path]:
    """Yield the files beside a recording that may be its transcript.

    whisper.cpp puts its suffix behind the whole name: `piece.wav.json`.
    """
    for path, _ in sidecar_files(recording):
        if path.suffix.lower() in SUFFIXES or path.name.lower().endswith(SCRIPT):
            yield path
    for suffix in SUFFIXES:
        path = recording.with_name(recording.name + suffix)
        if path.is_file() and not path.is_symlink():
            yield path


def read_transcript(path: Path) -> File:
    """Return the name and content of a transcript that a person named. Raises TranscriptFileError."""
    suffix, name = path.suffix.lower(), clean_text(path.name)
    if suffix == ".txt":
        # Who names a text as a transcript does not mean a story about it.
        name = f"{name[: -len(suffix)].removesuffix('.script')}{SCRIPT}"
    elif suffix not in SUFFIXES:
        raise TranscriptFileError(path, f"{name or path!r} is of no kind of transcript that can be read", _HINT)
    try:
        with os.fdopen(os.open(path, READ), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is no file")
            if status.st_size > LARGEST_SIDECAR:
                raise OSError(errno.EFBIG, f"{status.st_size:,} bytes, and {LARGEST_SIDECAR:,} is the most")
            return name, file.read(LARGEST_SIDECAR)
    except OSError as error:
        problem = f"cannot read the transcript {name}: {error.strerror or error}"
        raise TranscriptFileError(path, problem, "Name another file.") from error


def files_of(source: InputFile) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """Return a recording's sidecars, and a line for each that is not kept. Raises TranscriptFileError.

    Where its transcript is named, others that lie beside it are left out.
    """
    files, problems = read_sidecars(source.path, source.root)
    files = (*files, source.sidecar) if source.sidecar else files
    if source.transcript is None:
        return files, problems
    named = read_transcript(source.transcript)
    rest = [one for one in files if one[0] != named[0] and not _holders([one])]
    return (*rest, named), problems


def attach(archive: Archive, uid: str, files: Sequence[File], naming: Naming, path: Path) -> Attached:
    """Attach those of the files that hold transcripts to a clip, unless it has them. Raises TranscriptFileError.

    `path` is what an error names.
    """
    before = read.clip(archive, uid, read.Part.SOURCES)
    found = beside.read(files, before.duration)
    has = {info.options.get("sha256") for info in before.transcripts}
    if found.transcripts and all(one.options["sha256"] in has for one in found.transcripts):
        return Attached(current=before.transcript.number if before.transcript else None)
    machine = any(info.origin == "engine" for info in before.transcripts)
    require(found, before.duration, path, compared=machine)
    with archive.writing():
        for name, content in _holders(files):
            sidecars.attach(archive, uid, name, content)
        changes = reread(archive, uid, naming, imported=digests(files))
    after = read.clip(archive, uid, read.Part.SOURCES)
    new = after.transcripts[: len(after.transcripts) - len(before.transcripts)]
    current = after.transcript.number if after.transcript else None
    return Attached(new, current, tuple(changes), found.problems)


def attached(archive: Archive, source: InputFile, uid: str, naming: Naming) -> Ingested:
    """Give an archived clip the transcripts that came with its recording, and return the result."""
    files, problems = files_of(source)
    done = attach(archive, uid, files, naming, source.path)
    if not done.new:
        return Ingested(source.path, Outcome.DUPLICATE, uid, warnings=problems)
    return Ingested(source.path, Outcome.ADDED, uid, warnings=(*problems, *done.told(), done.current_line()))


def require(found: beside.ReadSidecars, duration: float, path: Path, *, compared: bool = False) -> None:
    """Raise TranscriptFileError if there is no transcript, or one of another recording than that of `duration` seconds.

    One that will be `compared` with what an engine heard shows there whether it is of the recording.
    """
    if not found.transcripts:
        problem = found.problems[0] if found.problems else "there is no transcript in the files that came with it"
        raise TranscriptFileError(path, problem, "See what is in it." if found.problems else _HINT)
    for one in () if compared else found.transcripts:
        end = max(word.end for word in one.words)
        if end > duration + LATEST:
            problem = f"{one.model} goes on until {clock(end)}, but the recording ends at {clock(duration)}"
            raise TranscriptFileError(path, problem, "Is it another recording's? `radio-archive add` compares the two.")


def in_order(transcripts: Sequence[Transcript]) -> list[Transcript]:
    """Return transcripts of one recording with the best last, which becomes current: that with times of words."""
    language = next((one.language for one in transcripts if one.language), None)
    return [replace(one, language=one.language or language) for one in sorted(transcripts, key=beside.worth)]


def _holders(files: Sequence[File]) -> list[File]:
    """Return those of the files that may hold a transcript."""
    found = parse_sidecars(files)
    names = {name for name, _ in (*found.captions, *found.scripts)}
    return [one for one in files if one[0] in names]
