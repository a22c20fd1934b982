"""Windows of different clips share a decode batch: that is what makes thousands of short clips fast.

    clips → ahead (threads: decode, voice activity, windows, features) → encode → [group] → decode
          → behind (a thread: align, guards) → the clip is whole: report it

Everything between is bounded, so memory grows neither with the number of clips nor with their length. Windows are
grouped by language and hints, for a batch shares its prompt's shape. A clip's text does not depend on its batch.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import Samples
from radio_archive.errors import EngineMemoryError, RadioArchiveError, TranscriptionError
from radio_archive.models import Verdict, WindowReport, Word
from radio_archive.speech import guards
from radio_archive.speech.engine import EngineReport, Heard, PreparedClip, Progress, Unheard
from radio_archive.speech.prefetch import Ahead, ClipEnd, Job
from radio_archive.speech.timing import snap

Encoded = NDArray[np.float32] | NDArray[np.float16]
"""One window as the encoder leaves it: (positions, width)."""
BEHIND = 1
"""Decoded batches that may wait for their alignment."""
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a window before it is decoded. Windows with the same hint can share a batch."""

    language: str | None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What was decoded from one window, before its words are timed."""

    tokens: tuple[int, ...]
    average_log_probability: float
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was decoded from one window; word times are seconds into the window's joined audio."""

    words: tuple[Word, ...]
    text: str
    average_log_probability: float
    no_speech_probability: float
    temperature: float = 0.0


_Group = tuple[Hint, int]
"""What a batch has in common: hints, and the number of encoder positions."""


class Decoder(Protocol):
    """A loaded model, used from several threads. All of it may raise RuntimeError or MemoryError."""

    def features(self, audio: Samples) -> NDArray[np.float32]: ...

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]: ...

    def language(self, encoded: Encoded) -> str: ...

    def decode(self, encoded: Sequence[Encoded], hint: Hint) -> list[Draft]: ...

    def align(
        self, encoded: Sequence[Encoded], drafts: Sequence[Draft], seconds: Sequence[float], hint: Hint
    ) -> list[Hearing]: ...

    def alone(self, audio: Samples, language: str | None) -> Hearing:
        """Decode one window by the sequential rules: temperature fallback, no hints."""
        ...


@dataclass(frozen=True, slots=True)
class Sizes:
    """Windows taken together by the encoder and by the decoder: on a CPU the one wants few, the other many."""

    encode: int
    decode: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """A window that is done, or whose alignment failed."""

    job: Job
    words: tuple[Word, ...] = ()
    report: WindowReport | None = None
    error: RadioArchiveError | None = None


@dataclass(slots=True)
class _Clip:
    """A clip on its way."""

    prepared: PreparedClip
    hint: Hint
    expected: int | None = None
    words: dict[int, tuple[Word, ...]] = field(default_factory=dict)
    reports: dict[int, WindowReport] = field(default_factory=dict)
    work: float = 0.0
    """Seconds of work on it: its share of every batch that it was in."""


class Batcher:
    """Transcribes clips through a decoder; one run at a time."""

    def __init__(
        self, decoder: Decoder, ahead: Callable[[], Ahead], sizes: Sizes, finish: Callable[..., Heard], *, guarded: bool
    ) -> None:
        self._decoder, self._ahead, self._finish, self._guarded = decoder, ahead, finish, guarded
        self.sizes = sizes
        self._clips: dict[str, _Clip] = {}
        self._raw: list[Job] = []
        self._ready: dict[_Group, list[tuple[Job, Encoded]]] = defaultdict(list)
        self._behind: deque[Future[tuple[list[_Judged], float]]] = deque()

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and one result for each clip, as clips finish; see `Transcriber`."""
        source = iter(clips)
        self._clips, self._raw, self._ready, self._behind = {}, [], defaultdict(list), deque()
        with self._ahead() as ahead, ThreadPoolExecutor(1, "behind") as behind:
            while self._feed(ahead, source):
                match ahead.take():
                    case Job() as job:
                        self._raw.append(job)
                        yield from self._work(behind)
                    case ClipEnd(key, count, error):
                        yield from self._ended(key, count, error)
            yield from self._work(behind, flush=True)
            yield from self._collect(0)

    def _feed(self, ahead: Ahead, source: Iterator[PreparedClip]) -> bool:
        """Hand over clips while there is room; False when all of them have come through."""
        while ahead.has_room:
            clip = next(source, None)
            if clip is None:
                return ahead.busy
            self._clips[clip.key] = _Clip(clip, Hint(clip.language, clip.prompt, clip.hotwords))
            ahead.give(clip)
        return True

    def _ended(self, key: str, count: int, error: RadioArchiveError | None) -> Iterator[EngineReport]:
        clip = self._clips.get(key)
        if clip is None:
            return
        if error is not None:
            yield self._lost(key, error)
            return
        clip.expected = count
        yield from self._whole(key)

    def _work(self, behind: ThreadPoolExecutor, *, flush: bool = False) -> Iterator[EngineReport]:
        if len(self._raw) >= self.sizes.encode or flush:
            jobs, self._raw = [job for job in self._raw if job.key in self._clips], []
            for _, same in groupby(sorted(jobs, key=_frames), key=_frames):
                yield from self._encode(list(same))
        yield from self._collect(BEHIND)
        held = sum(map(len, self._ready.values()))
        for group in sorted(self._ready, key=lambda group: -len(self._ready[group])):
            waiting = self._ready[group]
            # A rare language must not hold its clips back, nor its windows fill the memory.
            crowded = held > 3 * self.sizes.decode
            while len(waiting) >= self.sizes.decode or ((flush or crowded) and waiting):
                batch = waiting[: self.sizes.decode]
                del waiting[: self.sizes.decode]
                yield from self._decode(batch, group[0], behind)
                crowded = False
            if not waiting:
                del self._ready[group]

    def _encode(self, jobs: Sequence[Job]) -> Iterator[EngineReport]:
        for first in range(0, len(jobs), self.sizes.encode):
            batch = jobs[first : first + self.sizes.encode]
            started = time.monotonic()
            results = self._safely(batch, lambda part: self._decoder.encode([job.features for job in part]))
            share = (time.monotonic() - started) / len(batch)
            for job, encoded in results:
                clip = self._clips.get(job.key)
                if clip is None:
                    continue
                if isinstance(encoded, RadioArchiveError):
                    yield self._lost(job.key, encoded)
                    continue
                if clip.hint.language is None:
                    clip.hint = replace(clip.hint, language=self._decoder.language(encoded))
                clip.work += share
                self._ready[clip.hint, len(encoded)].append((job.without_features(), encoded))

    def _decode(
        self, batch: Sequence[tuple[Job, Encoded]], hint: Hint, behind: ThreadPoolExecutor
    ) -> Iterator[EngineReport]:
        live = [(job, encoded) for job, encoded in batch if job.key in self._clips]
        if not live:
            return
        started = time.monotonic()

        def decode(part: Sequence[tuple[Job, Encoded]]) -> list[Draft]:
            return self._decoder.decode([encoded for _, encoded in part], hint)

        results = self._safely(live, decode)
        share = (time.monotonic() - started) / len(live)
        drafts = []
        for (job, encoded), draft in results:
            clip = self._clips.get(job.key)
            if clip is None:
                continue
            if isinstance(draft, RadioArchiveError):
                yield self._lost(job.key, draft)
                continue
            clip.work += share
            drafts.append((job, encoded, draft))
        self._behind.append(behind.submit(self._timed, drafts, hint))
        yield from self._collect(BEHIND)

    def _timed(self, drafts: Sequence[tuple[Job, Encoded, Draft]], hint: Hint) -> tuple[list[_Judged], float]:
        """Align a batch and judge its windows, while the next one is decoded; return them with the seconds it took."""
        started = time.monotonic()

        def align(part: Sequence[tuple[Job, Encoded, Draft]]) -> list[Hearing]:
            jobs, encoded, decoded = zip(*part, strict=True)
            return self._decoder.align(encoded, decoded, [job.seconds for job in jobs], hint)

        done = []
        for (job, _, _), hearing in self._safely(drafts, align):
            if isinstance(hearing, RadioArchiveError):
                done.append(_Judged(job, error=hearing))
            else:
                done.append(_Judged(job, *self._judged(job, hearing, hint)))
        return done, time.monotonic() - started

    def _collect(self, allowed: int) -> Iterator[EngineReport]:
        """Report what is done behind the model, waiting until no more than `allowed` batches are on their way."""
        while self._behind and (len(self._behind) > allowed or self._behind[0].done()):
            judged, seconds = self._behind.popleft().result()
            for window in judged:
                job = window.job
                clip = self._clips.get(job.key)
                if clip is None:
                    continue
                if window.error or window.report is None:
                    yield self._lost(job.key, window.error or TranscriptionError("nothing was decoded", "Try again."))
                    continue
                clip.words[job.index], clip.reports[job.index] = window.words, window.report
                clip.work += seconds / len(judged)
                yield Progress(job.key, job.end)
                yield from self._whole(job.key)

    def _judged(self, job: Job, hearing: Hearing, hint: Hint) -> tuple[tuple[Word, ...], WindowReport]:
        first = _decoded(job, hearing, hint)
        if not self._guarded:
            return first.words, WindowReport(job.start, job.end, Verdict.UNCHECKED, guards.scores(first))
        flags = guards.check(first)
        if not flags:
            return first.words, WindowReport(job.start, job.end, Verdict.TRUSTED, guards.scores(first))
        again = _decoded(job, self._decoder.alone(job.audio, hint.language), Hint(hint.language))
        judged = guards.choose(first, again)
        shown = tuple(f"{flag.guard} {flag.value:g} (limit {flag.limit:g})" for flag in judged.flags or flags)
        report = WindowReport(job.start, job.end, Verdict(judged.verdict), guards.scores(judged.kept), shown)
        return judged.kept.words, report

    def _whole(self, key: str) -> Iterator[EngineReport]:
        clip = self._clips[key]
        if clip.expected is not None and len(clip.words) == clip.expected:
            del self._clips[key]
            words = tuple(word for index in sorted(clip.words) for word in clip.words[index])
            reports = tuple(clip.reports[index] for index in sorted(clip.reports))
            language = clip.hint.language if clip.expected else clip.prepared.language
            yield self._finish(clip.prepared, words, reports, language, clip.work)

    def _lost(self, key: str, error: RadioArchiveError) -> Unheard:
        del self._clips[key]
        return Unheard(key, error)

    def _safely(
        self, items: Sequence[Item], work: Callable[[Sequence[Item]], Sequence[Result]]
    ) -> list[tuple[Item, Result | RadioArchiveError]]:
        """Do `work` on all items at once; where that fails, on halves, down to single ones.

        So one bad window never fails its batch, and where memory was short, smaller batches follow.
        """
        try:
            return list(zip(items, work(items), strict=True))
        except RadioArchiveError as error:
            return [(item, error) for item in items]
        except (RuntimeError, ValueError, MemoryError) as error:
            starved = isinstance(error, MemoryError) or "memory" in str(error).lower()
            if len(items) == 1:
                problem = f"the engine failed: {error or type(error).__name__}"
                kind = EngineMemoryError if starved else TranscriptionError
                return [(items[0], kind(problem, "Try again, or with another model or --device cpu."))]
            half = len(items) // 2
            if starved:
                self.sizes = Sizes(min(self.sizes.encode, half), min(self.sizes.decode, half))
            return [*self._safely(items[:half], work), *self._safely(items[half:], work)]


def _frames(job: Job) -> int:
    return int(job.features.shape[-1])


def _decoded(job: Job, hearing: Hearing, hint: Hint) -> guards.Decoded:
    """Return a hearing with its words where they are in the clip, begun and ended where there is sound."""
    placed = []
    for word in hearing.words:
        start, end = job.window.place(word.start, word.end)
        placed.append(replace(word, start=start, end=end))
    snapped = snap(placed, job.levels)
    return guards.Decoded(
        text=hearing.text,
        words=tuple(replace(w, start=job.offset + w.start, end=job.offset + w.end) for w in snapped),
        average_log_probability=hearing.average_log_probability,
        no_speech_probability=hearing.no_speech_probability,
        temperature=hearing.temperature,
        speech=tuple((job.offset + start, job.offset + end) for start, end in job.speech),
        start=job.start,
        end=job.end,
        hotwords=", ".join(hint.hotwords) or None,
    )
