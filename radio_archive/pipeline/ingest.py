"""The pipeline: examine → transcribe → split → describe → save. Batch-first; a clip never fails its neighbours."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings, save
from radio_archive.archive.names import lookup, roster
from radio_archive.audio.container import open_audio
from radio_archive.audio.examine import Examined, examine_open
from radio_archive.errors import MediaMissingError, RadioArchiveError, RemovedError
from radio_archive.events import Ended, Listener, Progressed, Started, silent
from radio_archive.formats.captions import read_captions
from radio_archive.metadata import gather
from radio_archive.metadata.gather import Said
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.metadata.tags.chapters import read_chapters
from radio_archive.metadata.tags.claims import read_tags
from radio_archive.metadata.tags.cover import read_cover
from radio_archive.metadata.tags.read import embedded
from radio_archive.models import Claim, Cover, Field, Ingested, Outcome, Source, Transcript
from radio_archive.pipeline.inputs import Input, read_sidecars
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip, Transcriber
from radio_archive.speech.worker import Worker
from radio_archive.text.segmenting import split

NOT_APPLIED = "archived before: show, reporter, title, date and language were left as they are"
PATIENCE = 5.0
"""Seconds that an engine may take to end its batch once a run is given up."""
EXAMINERS = 2
"""Threads that hash and decode the next files while the engine works."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read from a file on a thread, without the database; not `examined` where its bytes are known."""

    sha256: str
    examined: Examined | None
    found: "_Found"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file, its name and its sidecars say."""

    claims: tuple[Claim, ...] = ()
    said: Said = field(default_factory=Said)
    """By the sidecars."""
    cover: Cover | None = None
    sidecars: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Work:
    """A clip between examination and the end."""

    source: Input
    examined: Examined
    found: _Found
    existing: str | None
    show: str | None
    language: str | None
    """What is spoken, if a person said so."""


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
        with closing(Worker(self.engine, PATIENCE).transcribe(self._prepared(inputs))) as reports:
            for report in reports:
                self._take(report)
        return self._results

    def _take(self, report: EngineReport) -> None:
        work = self._working[report.key]
        match report:
            case ClipProgress(_, seconds):
                self._listen(Progressed(work.source.path, seconds))
            case ClipFailure(key, error):
                self._fail(self._working.pop(key).source, error)
            case ClipResult(key, transcript):
                self._finish(self._working.pop(key), transcript)

    def run_again(self, clips: Iterable[str], listen: Listener = silent) -> list[Ingested]:
        """Transcribe archived clips, named by uid, from their recordings; each gets a new version."""
        return self.run(self._recordings(clips), listen)

    def _recordings(self, clips: Iterable[str]) -> Iterator[Input]:
        for uid in clips:
            path = self.archive.media.path(read.clip(self.archive, uid).file)
            if path.is_file():
                yield Input(path, clip=uid)
            else:
                error = MediaMissingError(f"the recording of {uid} is gone", "Put it back, or remove the clip.")
                self._fail(Input(path), error)

    def _prepared(self, inputs: Iterable[Input]) -> Iterator[PreparedClip]:
        for source, reading in self._read_ahead(inputs):
            try:
                work = self._examine(source, reading.result())
            except RadioArchiveError as error:
                self._fail(source, error)
                continue
            if work:
                recording = work.examined.recording
                self._working[recording.sha256] = work
                self._listen(Started(source.path, recording.duration))
                yield self._hinted(work)

    def _read_ahead(self, inputs: Iterable[Input]) -> Iterator[tuple[Input, Future[_Read]]]:
        """Yield each input with its reading, a few of which are under way on threads."""
        known = frozenset() if self.request.force else recordings.digests(self.archive)
        waiting: deque[tuple[Input, Future[_Read]]] = deque()
        pool = ThreadPoolExecutor(EXAMINERS, "examiner")
        try:
            for source in inputs:
                waiting.append((source, pool.submit(_read, source, self.request, known)))
                if len(waiting) > EXAMINERS:
                    yield waiting.popleft()
            yield from waiting
        finally:
            # Whoever gives up must not wait until hours of sound are decoded.
            pool.shutdown(wait=False, cancel_futures=True)

    def _examine(self, source: Input, found: _Read) -> _Work | None:
        """Return the work to be done, or None where the same bytes are archived, or on their way, already."""
        existing = recordings.clip_with(self.archive, found.sha256)
        if source.clip and existing != source.clip:
            problem = f"the recording of {source.clip} is no longer the file that was archived"
            raise MediaMissingError(problem, "Put the original back, or add this file as a clip of its own.")
        if found.sha256 in self._working or (existing and not self.request.force):
            ignored = (NOT_APPLIED,) if self.request.claims else ()
            self._end(Ingested(source.path, Outcome.DUPLICATE, existing, warnings=ignored))
            return None
        removed = None if existing or self.request.force else recordings.removed_at(self.archive, found.sha256)
        if removed:
            problem = f"this recording's clip was removed from the archive on {removed[:10]}"
            raise RemovedError(source.path, problem, "Add --force to archive it again.")
        if found.examined is None:
            # Another process removed the clip meanwhile.
            found = _read(source, self.request, frozenset())
        assert found.examined is not None  # noqa: S101 - no bytes are known
        clip = read.clip(self.archive, existing, read.Part.SOURCES) if existing else None
        claims = clip.claims if clip else found.found.claims
        resolved = resolve_for_show(claims, partial(lookup.ranks, self.archive))
        show = resolved[Field.SHOW].value if Field.SHOW in resolved else None
        spoken = resolved.get(Field.LANGUAGE)
        said = spoken.value if spoken and spoken.winner.source == Source.HUMAN else None
        return _Work(source, found.examined, found.found, existing, clip.show if clip else show, said)

    def _hinted(self, work: _Work) -> PreparedClip:
        """Return the clip with what is known before it is heard."""
        hints = self.request.hints_for(self.archive, work.show)
        recording = work.examined.recording
        return PreparedClip(
            recording.sha256,
            recording.duration,
            work.examined.chunks,
            language=work.language or hints.language,
            prompt=hints.prompt,
            hotwords=hints.hotwords,
        )

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
            save.save_transcript(self.archive, work.existing, transcript, segments)
            ignored = (NOT_APPLIED,) if self.request.claims else ()
            return Ingested(path, Outcome.ARCHIVED, work.existing, duration=recording.duration, warnings=ignored)
        media = self.archive.media
        if self.request.reference:
            storage, stored = "referenced", media.reference(path)
        else:
            storage, stored = "copied", media.put(path, recording.sha256, work.examined.header.suffix)
        known = roster.roster(self.archive)
        heard = gather.of_voice(transcript.words, known, work.found.claims, duration=recording.duration)
        claims = (*work.found.claims, *heard)
        said = work.found.said
        origin = "feed" if said.from_feed else "import"
        captions = (read_captions(text, origin=origin, name=name) for name, text in said.captions)
        new = save.NewClip(
            recording,
            stored,
            storage,
            transcript,
            segments,
            claims,
            resolve_for_show(claims, partial(lookup.ranks, self.archive)),
            story=said.story,
            story_name=said.story_name,
            cover=work.found.cover,
            sidecars=work.found.sidecars,
            others=tuple(other for other in captions if other),
            taken=path if work.source.taken else None,
            command=self.request.command,
        )
        saved = save.save_clip(self.archive, new)
        outcome = Outcome.ARCHIVED if saved.fresh else Outcome.DUPLICATE
        return Ingested(path, outcome, saved.clip, duration=recording.duration, warnings=recording.warnings)

    def _fail(self, source: Input, error: RadioArchiveError) -> None:
        self._end(Ingested(source.path, Outcome.FAILED, cause=error))

    def _end(self, result: Ingested) -> None:
        self._results.append(result)
        self._listen(Ended(result))


def _read(source: Input, request: Request, known: frozenset[str]) -> _Read:
    path = source.path
    with open_audio(path) as file:
        sha256 = file.sha256()
        if sha256 in known:
            return _Read(sha256, None, _Found())
        if source.clip:
            # Of an archived clip only the transcript is made again.
            return _Read(sha256, examine_open(file, sha256), _Found())
        tags = embedded(file, pictures=True)
        chapters, cover = read_chapters(file, tags), read_cover(file, tags)
        examined = examine_open(file, sha256)
    sidecars = read_sidecars(path)
    said = gather.of_sidecars(sidecars, request.naming.zone)
    named = gather.of_name(path, source.folders, source.above, request.naming)
    claims = (*request.claims, *read_tags(tags), *named, *said.claims)
    recording = replace(examined.recording, chapters=chapters or said.chapters)
    return _Read(sha256, replace(examined, recording=recording), _Found(claims, said, cover, sidecars))
