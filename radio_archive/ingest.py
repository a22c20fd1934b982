"""The pipeline: examine → transcribe → split → describe → save. Batch-first; a clip never fails its neighbours."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from radio_archive import audio, container
from radio_archive.archive import catalogue, store
from radio_archive.archive.archive import Archive
from radio_archive.errors import MediaMissingError, NotAudioError, RadioArchiveError, RemovedError, UnreadableFileError
from radio_archive.events import Ended, Listener, Progressed, Started, silent
from radio_archive.metadata.filename import read_name
from radio_archive.metadata.resolve import GUESS, resolve
from radio_archive.metadata.tags import read_tags
from radio_archive.models import Claim, Field, Ingested, Outcome, Source, Transcript, clean_text
from radio_archive.speech.engine import Heard, PreparedClip, Progress, Transcriber, Unheard
from radio_archive.text.segmenting import split

NOT_APPLIED = "archived before: show, reporter, title, date and language were left as they are"


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


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for besides the files: claims by a person, and how to store."""

    claims: tuple[Claim, ...] = ()
    language: str | None = None
    force: bool = False
    reference: bool = False


@dataclass(slots=True)
class _Work:
    """A clip between examination and the end."""

    source: Input
    examined: audio.Examined
    existing: str | None


@dataclass(slots=True)
class Ingest:
    """One run of the pipeline over a batch."""

    archive: Archive
    engine: Transcriber
    request: Request = field(default_factory=Request)
    _listen: Listener = silent
    _results: list[Ingested] = field(default_factory=list)
    _working: dict[str, _Work] = field(default_factory=dict)

    def run(self, inputs: Iterable[Input], listen: Listener = silent) -> list[Ingested]:
        """Archive `inputs` and return one result for each. What a killed run left half-written is swept first."""
        self._listen, self._results = listen, []
        self.archive.media.sweep()
        for report in self.engine.transcribe(self._prepared(inputs)):
            work = self._working[report.key]
            match report:
                case Progress(_, seconds):
                    self._listen(Progressed(work.source.path, seconds))
                case Unheard(key, error):
                    self._fail(self._working.pop(key).source, error)
                case Heard(key, transcript):
                    self._finish(self._working.pop(key), transcript)
        return self._results

    def run_again(self, clips: Iterable[str], listen: Listener = silent) -> list[Ingested]:
        """Transcribe archived clips, named by uid, from their recordings; each gets a new version."""
        return self.run(self._recordings(clips), listen)

    def _recordings(self, clips: Iterable[str]) -> Iterator[Input]:
        for uid in clips:
            path = self.archive.media.path(catalogue.detail(self.archive, uid).file)
            if path.is_file():
                yield Input(path, clip=uid)
            else:
                error = MediaMissingError(f"the recording of {uid} is gone", "Put it back, or remove the clip.")
                self._fail(Input(path), error)

    def _prepared(self, inputs: Iterable[Input]) -> Iterator[PreparedClip]:
        for source in inputs:
            try:
                work = self._examine(source)
            except RadioArchiveError as error:
                self._fail(source, error)
                continue
            if work:
                recording = work.examined.recording
                self._working[recording.sha256] = work
                self._listen(Started(source.path, recording.duration))
                yield PreparedClip(recording.sha256, recording.duration, work.examined.chunks, self.request.language)

    def _examine(self, source: Input) -> _Work | None:
        """Return the work to be done, or None where the same bytes are archived, or on their way, already."""
        sha256 = container.sha256_of(source.path)
        existing = catalogue.clip_with(self.archive, sha256)
        if source.clip and existing != source.clip:
            problem = f"the recording of {source.clip} is no longer the file that was archived"
            raise MediaMissingError(problem, "Put the original back, or add this file as a clip of its own.")
        if sha256 in self._working or (existing and not self.request.force):
            ignored = (NOT_APPLIED,) if self.request.claims else ()
            self._end(Ingested(source.path, Outcome.DUPLICATE, existing, warnings=ignored))
            return None
        removed = None if existing or self.request.force else catalogue.removed_at(self.archive, sha256)
        if removed:
            problem = f"this recording's clip was removed from the archive on {removed[:10]}"
            raise RemovedError(source.path, problem, "Add --force to archive it again.")
        return _Work(source, audio.examine(source.path), existing)

    def _finish(self, work: _Work, transcript: Transcript) -> None:
        try:
            result = self._save(work, transcript)
        except RadioArchiveError as error:
            self._fail(work.source, error)
        else:
            self._end(result)

    def _save(self, work: _Work, transcript: Transcript) -> Ingested:
        recording, path = work.examined.recording, work.source.path
        segments = split(transcript.words)
        if work.existing:
            store.save_transcript(self.archive, work.existing, transcript, segments)
            ignored = (NOT_APPLIED,) if self.request.claims else ()
            return Ingested(path, Outcome.ARCHIVED, work.existing, duration=recording.duration, warnings=ignored)
        claims = describe(work.source, self.request.claims)
        media = self.archive.media
        if self.request.reference:
            storage, stored = "referenced", media.reference(path)
        else:
            storage, stored = "copied", media.put(path, recording.sha256, work.examined.header.suffix)
        new = store.NewClip(recording, stored, storage, transcript, segments, claims, resolve(claims))
        saved = store.save_clip(self.archive, new)
        outcome = Outcome.ARCHIVED if saved.fresh else Outcome.DUPLICATE
        return Ingested(path, outcome, saved.clip, duration=recording.duration, warnings=recording.warnings)

    def _fail(self, source: Input, error: RadioArchiveError) -> None:
        self._end(Ingested(source.path, Outcome.FAILED, error=str(error)))

    def _end(self, result: Ingested) -> None:
        self._results.append(result)
        self._listen(Ended(result))


def describe(source: Input, asked: Sequence[Claim] = ()) -> list[Claim]:
    """Return every claim about a clip: what a person said, its tags, its file and folder names."""
    named = read_name(source.path, source.folders)
    above = [claim for claim in read_name(source.path, [source.above]) if claim.source == Source.FOLDER]
    guesses = [replace(claim, confidence=GUESS / 2, source_key="above") for claim in above if claim.field == Field.SHOW]
    return [*asked, *read_tags(source.path), *named, *guesses]


def find_inputs(paths: Iterable[Path], archive: Path) -> tuple[list[Input], list[Ingested]]:
    """Return the audio files that `paths` (files, and folders searched through) name, and what could not be searched.

    Hidden files, links to folders and the archive's own media are passed over.
    """
    found: dict[Path, Input] = {}
    failed: list[Ingested] = []
    for path in paths:
        if not path.is_dir():
            found.setdefault(path.absolute(), Input(path, above=_show_like(path.parent, archive)))
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
            failed.append(Ingested(folder, Outcome.FAILED, error=str(error)))
        if len(found) == before and not problems:
            none = NotAudioError(
                path, "no audio files in this folder", f"Looked for {', '.join(sorted(container.SUFFIXES))}."
            )
            failed.append(Ingested(path, Outcome.FAILED, error=str(none)))
    return list(found.values()), failed


def _walk(root: Path, archive: Path, problems: list[OSError]) -> Iterator[Input]:
    above = _show_like(root, archive)
    for folder, subfolders, files in os.walk(root, onerror=problems.append):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and (here / name).absolute() != archive / "media"
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in container.SUFFIXES:
                yield Input(here / name, (here / name).relative_to(root).parts[:-1], above)


def _show_like(folder: Path, archive: Path) -> str:
    """Return the folder's name, unless it is a home or holds one, or holds the archive: those name no show."""
    whole = folder.absolute()
    return "" if Path.home().is_relative_to(whole) or archive.is_relative_to(whole) else whole.name


def human_claims(values: dict[Field, str | None]) -> tuple[Claim, ...]:
    """Return claims by a person who typed `values` as options."""
    return tuple(
        Claim(name, clean_text(value), Source.HUMAN, f"--{name} on the command line")
        for name, value in values.items()
        if value and clean_text(value)
    )
