"""The pipeline: examine → transcribe → split → describe → save. Batch-first; a clip never fails its neighbours."""

import os
from collections import deque
from collections.abc import Container, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from radio_archive.archive import known_files
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings, save
from radio_archive.archive.clips.claims import is_known
from radio_archive.archive.clips.claims import of_clip as claims_of
from radio_archive.archive.known_files import FileState
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import PAGE
from radio_archive.audio.examine import Examined
from radio_archive.errors import MediaMissingError, RadioArchiveError, RemovedError, is_about_all
from radio_archive.events import Ended, Event, Listener, Progressed, Started, silent
from radio_archive.metadata import gather
from radio_archive.metadata.resolve import language_said, resolve_for_show
from radio_archive.metadata.tags.legacy import has_undeclared
from radio_archive.models import (
    Claim,
    Field,
    Ingested,
    Outcome,
    Proposal,
    Resolved,
    Source,
    Story,
    Transcript,
    Word,
)
from radio_archive.pipeline import importing, versions
from radio_archive.pipeline.after import after_archived
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.meaning import Meanings
from radio_archive.pipeline.reading import Metadata, ReadFile, read_file
from radio_archive.pipeline.repair import Repairs
from radio_archive.pipeline.request import Request
from radio_archive.pipeline.sidecars import with_transcripts
from radio_archive.pipeline.spoken import SpokenClaims
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip, Transcriber
from radio_archive.speech.pool import WorkerPool
from radio_archive.speech.worker import Worker
from radio_archive.text import doubts
from radio_archive.text.segmenting import split

NOT_APPLIED = "archived before: show, reporter, title, date and language were left as they are"
STOP_SECONDS = 5.0
"""How long an engine may take to end its batch when a run is stopped."""
EXAMINERS = 2
"""Threads that hash and decode the next files while the engine works; for a pool, one for each worker."""


@dataclass(slots=True)
class _PendingClip:
    """A clip that was examined and waits for its transcript."""

    source: InputFile
    state: FileState
    examined: Examined
    metadata: Metadata
    existing: str | None
    show: str | None
    language: str | None
    """The spoken language, if a person named it."""


@dataclass(slots=True)
class Ingest:
    """One run of the pipeline over a batch.

    Without an engine, transcripts are imported: those that come with the recordings are all that clips get.
    """

    archive: Archive
    engine: Transcriber | None
    request: Request = field(default_factory=Request)
    spoken: SpokenClaims | None = None
    """Shared by several runs, so that not each of them reads the roster."""
    _listen: Listener = silent
    _pending: dict[str, _PendingClip] = field(default_factory=dict)
    _known: dict[Path, tuple[FileState, str]] = field(default_factory=dict)
    """Files that were read and are archived, which are still to be remembered."""
    _meanings: Meanings = field(init=False)
    _spoken: SpokenClaims = field(init=False)
    _repairs: Repairs | None = field(init=False)

    def __post_init__(self) -> None:
        self._spoken = self.spoken or SpokenClaims(self.archive)
        accept = self.request.accept
        self._repairs = None if accept is None else Repairs(self.archive, accept)
        self._meanings = Meanings(self.archive, self.request.meaning_threads)

    def run(self, inputs: Iterable[InputFile], listen: Listener = silent) -> list[Ingested]:
        """Archive `inputs`, a few, and return one result for each; see `process`."""
        results: list[Ingested] = []

        def keep(event: Event) -> None:
            if isinstance(event, Ended):
                results.append(event.result)
            listen(event)

        self.process(inputs, keep)
        return results

    def process(self, inputs: Iterable[InputFile], listen: Listener) -> None:
        """Archive `inputs`, however many, and report one result for each. First removes what a killed run left.

        Raises the first error that concerns all of them: DiskFullError, and most kinds of ArchiveError.
        """
        self._listen = listen
        self.archive.media.sweep()
        try:
            with closing(self._reports(self._prepare(inputs))) as reports:
                for report in reports:
                    self._handle(report)
        finally:
            self._remember()

    def _reports(self, clips: Iterator[PreparedClip]) -> Generator[EngineReport, None, None]:
        if self.engine is None:
            return (ClipResult(clip.key, Transcript((), origin="import")) for clip in clips)
        # A pool works elsewhere as it is.
        engine = self.engine if isinstance(self.engine, WorkerPool) else Worker(self.engine, STOP_SECONDS)
        return engine.transcribe(clips)

    def _handle(self, report: EngineReport) -> None:
        pending = self._pending[report.key]
        match report:
            case ClipProgress(_, seconds):
                self._listen(Progressed(pending.source.path, seconds))
            case ClipFailure(key, error):
                self._fail(self._pending.pop(key).source, error)
            case ClipResult(key, transcript):
                self._finish(self._pending.pop(key), transcript)

    def recordings(self, clips: Iterable[str]) -> Iterator[InputFile]:
        """Yield the recordings of archived clips (by uid), each of which then gets a new transcript."""
        for uid in clips:
            path = self.archive.media.path(read.clip(self.archive, uid).file)
            if path.is_file():
                yield InputFile(path, clip=uid)
            else:
                error = MediaMissingError(f"the recording of {uid} is gone", "Put it back, for example from a backup.")
                self._fail(InputFile(path), error)

    def _prepare(self, inputs: Iterable[InputFile]) -> Iterator[PreparedClip]:
        for source, reading in self._read_ahead(inputs):
            try:
                pending = self._check(source, reading.result())
                if pending and not self._pending:
                    # Before the first of a few is transcribed, which may take hours.
                    self._require_room(pending)
            except RadioArchiveError as error:
                self._fail(source, error)
                if is_about_all(error):
                    raise
                continue
            if pending:
                recording = pending.examined.recording
                self._pending[recording.sha256] = pending
                self._listen(Started(source.path, recording.duration))
                yield self._with_hints(pending)

    def _require_room(self, pending: _PendingClip) -> None:
        """Raise what saving would raise: no permission, no space, no media folder."""
        self.archive.require_writable()
        if not (self.request.reference or pending.existing):
            self.archive.media.require_room()

    def _read_ahead(self, inputs: Iterable[InputFile]) -> Iterator[tuple[InputFile, Future[ReadFile]]]:
        """Yield each input with its reading; threads read the next few meanwhile."""
        digests = recordings.Digests(self.archive)
        known: Container[str] = frozenset() if self.request.force else digests
        waiting: deque[tuple[InputFile, Future[ReadFile]]] = deque()
        workers = self.engine.size if isinstance(self.engine, WorkerPool) else 1
        examiners = max(EXAMINERS, min(workers, os.cpu_count() or 1))
        pool = ThreadPoolExecutor(examiners, "examiner")
        try:
            for source in inputs:
                if source.known and not self.request.force:
                    self._end_known(source, source.known)
                    continue
                waiting.append((source, pool.submit(read_file, source, self.request, known)))
                if len(waiting) > examiners:
                    yield waiting.popleft()
            yield from waiting
        finally:
            # A stopped run must not wait until hours of sound are decoded.
            pool.shutdown(wait=False, cancel_futures=True)
            digests.close()

    def _check(self, source: InputFile, found: ReadFile) -> _PendingClip | None:
        """Return the clip to transcribe, or None if the same bytes are archived or in this batch already."""
        existing = recordings.clip_with(self.archive, found.sha256)
        if source.clip and existing != source.clip:
            problem = f"the recording of {source.clip} is no longer the file that was archived"
            raise MediaMissingError(problem, "Put the original back, or add this file as a clip of its own.")
        if found.sha256 in self._pending or (existing and (self.engine is None or not self.request.force)):
            if existing:
                self._note_known(source, found.state, found.sha256)
            self._end_known(source, existing)
            return None
        removed = None if existing or self.request.force else recordings.removed_at(self.archive, found.sha256)
        if removed:
            problem = f"this recording's clip was removed from the archive on {removed[:10]}"
            raise RemovedError(source.path, problem, "Add --force to archive it again.")
        if found.examined is None:
            # Another process removed the clip meanwhile.
            found = read_file(source, self.request, frozenset())
        assert found.examined is not None  # noqa: S101 - no digest counted as known
        claimed = claims_of(self.archive, existing) if existing else self._confirmed(found.metadata.claims)
        resolved = self._resolved(claimed)
        show = resolved[Field.SHOW].value if Field.SHOW in resolved else None
        if existing:
            show = read.clip(self.archive, existing).show
        said = language_said(resolved)
        return _PendingClip(source, found.state, found.examined, found.metadata, existing, show, said)

    def _resolved(self, claims: Sequence[Claim]) -> dict[Field, Resolved]:
        return resolve_for_show(claims, partial(lookup.ranks, self.archive))

    def _confirmed(self, claims: Sequence[Claim]) -> list[Claim]:
        return gather.confirmed(claims, partial(is_known, self.archive), self.request.naming.shows)

    def _with_hints(self, pending: _PendingClip) -> PreparedClip:
        """Return the clip for the engine, with the language and words that are known for it."""
        hints = self.request.hints_for(self.archive, pending.show).with_language(pending.language)
        examined = pending.examined
        # The engine has the samples, as long as it needs them.
        pending.examined = replace(examined, samples=None)
        return PreparedClip(
            examined.recording.sha256,
            examined.recording.duration,
            examined.chunks,
            language=hints.language,
            prompt=hints.prompt,
            hotwords=hints.hotwords,
            path=examined.path,
            root=examined.root,
            sha256=examined.recording.sha256,
            at_hand=examined.samples is not None,
        )

    def _finish(self, pending: _PendingClip, transcript: Transcript) -> None:
        try:
            result = self._save(pending, transcript)
        except RadioArchiveError as error:
            self._fail(pending.source, error)
            if is_about_all(error):
                raise
        else:
            self._note_known(pending.source, pending.state, pending.examined.recording.sha256)
            self._end(result)

    def _save(self, pending: _PendingClip, transcript: Transcript) -> Ingested:
        recording, path = pending.examined.recording, pending.source.path
        if pending.existing:
            with self.archive.writing():
                save.add_transcript(self.archive, pending.existing, transcript)
                told = versions.settle(self.archive, pending.existing, self.request.naming)
                if self._repairs:
                    self._repairs.again(pending.existing)
            ignored = (NOT_APPLIED,) if self.request.claims else ()
            warnings = (*doubts.warnings(transcript), *told, *ignored, *self._meanings.add(pending.existing))
            return Ingested(path, Outcome.ARCHIVED, pending.existing, duration=recording.duration, warnings=warnings)
        material = pending.metadata.material
        said = material.said
        heard = None if self.engine is None else transcript
        brought = () if heard else importing.digests(material.sidecars)
        beside = with_transcripts(said, recording.duration, brought)
        if heard is None:
            importing.require(beside, recording.duration, path)
            beside = replace(beside, transcripts=tuple(importing.in_order(beside.transcripts)))
        media = self.archive.media
        if self.request.reference and not pending.source.root:
            storage, stored = "referenced", media.reference(path)
        else:
            root = pending.source.root
            storage, stored = "copied", media.put(path, recording.sha256, pending.examined.header.suffix, root)
        planned = versions.plan_new(beside.transcripts, heard, recording.duration, self.request.naming)
        every = planned.new if heard is None else (heard, *planned.new)
        written = (*self._written(pending, every[-1 if heard is None else 0].language), *planned.claims)
        number = planned.number(self._resolved(written).get(Field.TRANSCRIPT))
        chosen = every[number - 1]
        proposals, words = self._repaired(chosen, said.story, pending.show)
        spoken = self._spoken.of(replace(material, words=words, claims=written, language=chosen.language))
        claims = self._confirmed((*written, *spoken))
        new = save.NewClip(
            recording,
            stored,
            storage,
            every[0],
            split(chosen.words),
            claims,
            self._resolved(claims),
            story=said.story,
            story_name=said.story_name,
            cover=pending.metadata.cover,
            sidecars=material.sidecars,
            others=every[1:],
            current=number,
            taken=path if pending.source.root and pending.source.entry is None else None,
            command=self.request.command,
            entry=pending.source.entry,
            proposals=proposals,
            accept=self.request.accept or 0.0,
        )
        saved = save.save_clip(self.archive, new)
        outcome = Outcome.ARCHIVED if saved.fresh else Outcome.DUPLICATE
        fitted = [line for one in planned.new for line in versions.messages(one)]
        fitted += [] if heard or len(every) == 1 else [importing.text_line(chosen, number)]
        warnings = (
            *recording.warnings,
            *beside.problems,
            *fitted,
            *doubts.warnings(chosen),
            *self._meanings.add(saved.clip),
            *(after_archived(self.archive, saved.clip) if saved.fresh else ()),
        )
        return Ingested(path, outcome, saved.clip, duration=recording.duration, warnings=warnings)

    def _repaired(
        self, transcript: Transcript, story: Story | None, show: str | None
    ) -> tuple[tuple[Proposal, ...], tuple[Word, ...]]:
        """Return the proposals for a new transcript, and its words with what is accepted of them by itself.

        Nothing is proposed for what people wrote.
        """
        if self._repairs is None or transcript.origin != "engine":
            return (), transcript.words
        proposals = self._repairs.of(transcript.words, story, show)
        return proposals, self._repairs.heard(transcript.words, proposals)

    def _end_known(self, source: InputFile, uid: str | None) -> None:
        """End a file whose bytes are archived already, as the clip `uid`, or in work.

        One with a transcript to import becomes its clip's version.
        """
        if self.engine is None and uid:
            try:
                self._end(importing.attached(self.archive, source, uid, self.request.naming))
            except RadioArchiveError as error:
                self._fail(source, error)
                if is_about_all(error):
                    raise
            return
        ignored = (NOT_APPLIED,) if self.request.claims else ()
        self._end(Ingested(source.path, Outcome.DUPLICATE, uid, warnings=ignored))

    def _note_known(self, source: InputFile, state: FileState, sha256: str) -> None:
        # What comes from a watched folder leaves it.
        if not source.root and source.clip is None:
            self._known[source.path] = (state, sha256)
        if len(self._known) >= PAGE:
            self._remember()

    def _remember(self) -> None:
        known_files.remember(self.archive, self._known)
        self._known.clear()

    def _written(self, pending: _PendingClip, language: str | None) -> tuple[Claim, ...]:
        """The claims of all sources but the speech, whose language may tell the encoding of tags."""
        found = pending.metadata
        if not any(map(has_undeclared, found.material.tags)):
            return found.claims
        tags = gather.tag_claims(found.material.tags, found.material.name, self.request.naming, language)
        return (*(claim for claim in found.claims if claim.source != Source.TAGS), *tags)

    def _fail(self, source: InputFile, error: RadioArchiveError) -> None:
        self._end(Ingested(source.path, Outcome.FAILED, cause=error))

    def _end(self, result: Ingested) -> None:
        self._listen(Ended(result))
