"""Windows of different clips share a decode batch, which makes thousands of short clips fast.

    clips → prefetch (threads: decode, voice activity, windows, features) → encode → [group] → decode
          → align and check (a thread) → report the clip when its last window is done

Every queue is bounded, so memory grows neither with the number of clips nor with their length. Windows are grouped
by language and hints, because a batch shares the shape of its prompt. A clip's text does not depend on its batch.
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
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip
from radio_archive.speech.prefetch import ClipEnd, Job, Prefetcher
from radio_archive.speech.timing import snap

Encoded = NDArray[np.float32] | NDArray[np.float16]
"""One window's encoder output: (positions, width)."""
MAX_ALIGNING = 1
"""Decoded batches that may wait for alignment."""
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about a window before it is decoded. Windows with the same hints can share a batch."""

    language: str | None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The decoder's output for one window, before its words are timed."""

    tokens: tuple[int, ...]
    average_log_probability: float
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class AlignedText:
    """The text of one window with timed words, in seconds from the start of the window's joined audio."""

    words: tuple[Word, ...]
    text: str
    average_log_probability: float
    no_speech_probability: float
    temperature: float = 0.0


_Group = tuple[Hints, int]
"""What the windows of a batch share: hints, and the number of encoder positions."""


class BatchDecoder(Protocol):
    """A loaded model, used from several threads. Every method may raise RuntimeError or MemoryError."""

    def features(self, audio: Samples) -> NDArray[np.float32]: ...

    def encode(self, features: Sequence[NDArray[np.float32]]) -> list[Encoded]: ...

    def language(self, encoded: Encoded) -> str: ...

    def decode(self, encoded: Sequence[Encoded], hints: Hints) -> list[Hypothesis]: ...

    def align(
        self, encoded: Sequence[Encoded], hypotheses: Sequence[Hypothesis], seconds: Sequence[float], hints: Hints
    ) -> list[AlignedText]: ...

    def decode_alone(self, audio: Samples, language: str | None) -> AlignedText:
        """Decode one window as in sequential mode: with temperature fallback, without hints."""
        ...


@dataclass(frozen=True, slots=True)
class Sizes:
    """Windows per encoder batch and per decoder batch. On a CPU small ones suit the encoder, large ones the decoder."""

    encode: int
    decode: int


@dataclass(frozen=True, slots=True)
class _WindowResult:
    """A window that is done, or whose alignment failed with `error`."""

    job: Job
    words: tuple[Word, ...] = ()
    report: WindowReport | None = None
    error: RadioArchiveError | None = None


@dataclass(slots=True)
class _ClipState:
    """A clip in progress. `expected` is its number of windows, once known; `words` and `reports` go by window index."""

    prepared: PreparedClip
    hints: Hints
    expected: int | None = None
    words: dict[int, tuple[Word, ...]] = field(default_factory=dict)
    reports: dict[int, WindowReport] = field(default_factory=dict)
    work: float = 0.0
    """Seconds of computing: the clip's share of every batch that its windows were in."""


class Batcher:
    """Transcribes clips through a decoder; one run at a time."""

    def __init__(
        self,
        decoder: BatchDecoder,
        prefetcher: Callable[[], Prefetcher],
        sizes: Sizes,
        finish: Callable[..., ClipResult],
        *,
        guarded: bool,
    ) -> None:
        self._decoder, self._prefetcher, self._finish, self._guarded = decoder, prefetcher, finish, guarded
        self.sizes = sizes
        self._clips: dict[str, _ClipState] = {}
        self._unencoded: list[Job] = []
        self._encoded: dict[_Group, list[tuple[Job, Encoded]]] = defaultdict(list)
        self._aligning: deque[Future[tuple[list[_WindowResult], float]]] = deque()

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield progress and one result for each clip, as clips finish; see `Transcriber`."""
        source = iter(clips)
        self._clips, self._unencoded, self._encoded, self._aligning = {}, [], defaultdict(list), deque()
        with self._prefetcher() as prefetcher, ThreadPoolExecutor(1, "align") as aligner:
            while self._submit_clips(prefetcher, source):
                match prefetcher.get():
                    case Job() as job:
                        self._unencoded.append(job)
                        yield from self._run_batches(aligner)
                    case ClipEnd(key, count, error):
                        yield from self._clip_ended(key, count, error)
            yield from self._run_batches(aligner, flush=True)
            yield from self._collect(0)

    def _submit_clips(self, prefetcher: Prefetcher, source: Iterator[PreparedClip]) -> bool:
        """Submit clips while there is room. Return False when all of them have been prepared."""
        while prefetcher.has_room:
            clip = next(source, None)
            if clip is None:
                return prefetcher.busy
            self._clips[clip.key] = _ClipState(clip, Hints(clip.language, clip.prompt, clip.hotwords))
            prefetcher.submit(clip)
        return True

    def _clip_ended(self, key: str, count: int, error: RadioArchiveError | None) -> Iterator[EngineReport]:
        clip = self._clips.get(key)
        if clip is None:
            return
        if error is not None:
            yield self._fail(key, error)
            return
        clip.expected = count
        yield from self._finish_if_complete(key)

    def _run_batches(self, aligner: ThreadPoolExecutor, *, flush: bool = False) -> Iterator[EngineReport]:
        """Encode and decode the batches that are full; with `flush`, the partial ones too."""
        if len(self._unencoded) >= self.sizes.encode or flush:
            jobs, self._unencoded = [job for job in self._unencoded if job.key in self._clips], []
            for _, same in groupby(sorted(jobs, key=_frame_count), key=_frame_count):
                yield from self._encode(list(same))
        yield from self._collect(MAX_ALIGNING)
        held = sum(map(len, self._encoded.values()))
        for group in sorted(self._encoded, key=lambda group: -len(self._encoded[group])):
            waiting = self._encoded[group]
            # Clips in a rare language must not wait for a full batch, nor their windows fill the memory.
            crowded = held > 3 * self.sizes.decode
            while len(waiting) >= self.sizes.decode or ((flush or crowded) and waiting):
                batch = waiting[: self.sizes.decode]
                del waiting[: self.sizes.decode]
                yield from self._decode(batch, group[0], aligner)
                crowded = False
            if not waiting:
                del self._encoded[group]

    def _encode(self, jobs: Sequence[Job]) -> Iterator[EngineReport]:
        for first in range(0, len(jobs), self.sizes.encode):
            batch = jobs[first : first + self.sizes.encode]
            done = yield from self._attempt(
                batch, lambda part: self._decoder.encode([job.features for job in part]), lambda job: job
            )
            for job, encoded in done:
                clip = self._clips[job.key]
                if clip.hints.language is None:
                    clip.hints = replace(clip.hints, language=self._decoder.language(encoded))
                self._encoded[clip.hints, len(encoded)].append((job.without_features(), encoded))

    def _decode(
        self, batch: Sequence[tuple[Job, Encoded]], hints: Hints, aligner: ThreadPoolExecutor
    ) -> Iterator[EngineReport]:
        live = [(job, encoded) for job, encoded in batch if job.key in self._clips]
        if not live:
            return

        def decode(part: Sequence[tuple[Job, Encoded]]) -> list[Hypothesis]:
            return self._decoder.decode([encoded for _, encoded in part], hints)

        done = yield from self._attempt(live, decode, lambda item: item[0])
        hypotheses = [(job, encoded, hypothesis) for (job, encoded), hypothesis in done]
        self._aligning.append(aligner.submit(self._align, hypotheses, hints))
        yield from self._collect(MAX_ALIGNING)

    def _attempt(
        self,
        items: Sequence[InputT],
        work: Callable[[Sequence[InputT]], Sequence[OutputT]],
        job_of: Callable[[InputT], Job],
    ) -> Generator[EngineReport, None, list[tuple[InputT, OutputT]]]:
        """Do `work` on items; yield the clips that failed, return the items of the others with their results."""
        started = time.monotonic()
        results = self._in_halves(items, work)
        share = (time.monotonic() - started) / len(items)
        done = []
        for item, result in results:
            clip = self._clips.get(key := job_of(item).key)
            if clip is None:
                continue
            if isinstance(result, RadioArchiveError):
                yield self._fail(key, result)
                continue
            clip.work += share
            done.append((item, result))
        return [(item, result) for item, result in done if job_of(item).key in self._clips]

    def _align(
        self, hypotheses: Sequence[tuple[Job, Encoded, Hypothesis]], hints: Hints
    ) -> tuple[list[_WindowResult], float]:
        """Align a batch and check its windows while the next one is decoded; return them and the seconds it took."""
        started = time.monotonic()

        def align(part: Sequence[tuple[Job, Encoded, Hypothesis]]) -> list[AlignedText]:
            jobs, encoded, decoded = zip(*part, strict=True)
            return self._decoder.align(encoded, decoded, [job.seconds for job in jobs], hints)

        done = []
        for (job, _, _), aligned in self._in_halves(hypotheses, align):
            if isinstance(aligned, RadioArchiveError):
                done.append(_WindowResult(job, error=aligned))
            else:
                done.append(_WindowResult(job, *self._checked(job, aligned, hints)))
        return done, time.monotonic() - started

    def _collect(self, allowed: int) -> Iterator[EngineReport]:
        """Report aligned windows; wait until at most `allowed` batches are being aligned."""
        while self._aligning and (len(self._aligning) > allowed or self._aligning[0].done()):
            windows, seconds = self._aligning.popleft().result()
            for window in windows:
                job = window.job
                clip = self._clips.get(job.key)
                if clip is None:
                    continue
                if window.error or window.report is None:
                    yield self._fail(job.key, window.error or TranscriptionError("nothing was decoded", "Try again."))
                    continue
                clip.words[job.index], clip.reports[job.index] = window.words, window.report
                clip.work += seconds / len(windows)
                yield ClipProgress(job.key, job.end)
                yield from self._finish_if_complete(job.key)

    def _checked(self, job: Job, aligned: AlignedText, hints: Hints) -> tuple[tuple[Word, ...], WindowReport]:
        """Return the words to keep and the report of a window; decode it again if a guard objects."""
        first = _placed(job, aligned, hints)
        if not self._guarded:
            return first.words, WindowReport(job.start, job.end, Verdict.UNCHECKED, guards.scores(first))
        flags = guards.check(first)
        if not flags:
            return first.words, WindowReport(job.start, job.end, Verdict.TRUSTED, guards.scores(first))
        again = _placed(job, self._decoder.decode_alone(job.audio, hints.language), Hints(hints.language))
        result = guards.choose(first, again)
        shown = tuple(f"{flag.guard} {flag.value:g} (limit {flag.limit:g})" for flag in result.flags or flags)
        report = WindowReport(job.start, job.end, Verdict(result.verdict), guards.scores(result.kept), shown)
        return result.kept.words, report

    def _finish_if_complete(self, key: str) -> Iterator[EngineReport]:
        clip = self._clips[key]
        if clip.expected is not None and len(clip.words) == clip.expected:
            del self._clips[key]
            words = tuple(word for index in sorted(clip.words) for word in clip.words[index])
            reports = tuple(clip.reports[index] for index in sorted(clip.reports))
            language = clip.hints.language if clip.expected else clip.prepared.language
            yield self._finish(clip.prepared, words, reports, language, clip.work)

    def _fail(self, key: str, error: RadioArchiveError) -> ClipFailure:
        del self._clips[key]
        return ClipFailure(key, error)

    def _in_halves(
        self, items: Sequence[InputT], work: Callable[[Sequence[InputT]], Sequence[OutputT]]
    ) -> list[tuple[InputT, OutputT | RadioArchiveError]]:
        """Do `work` on all items at once; where that fails, on halves, down to single items.

        So one bad window never fails its batch. After running out of memory, later batches are smaller.
        """
        try:
            return list(zip(items, work(items), strict=True))
        except RadioArchiveError as error:
            return [(item, error) for item in items]
        except (RuntimeError, ValueError, MemoryError) as error:
            out_of_memory = isinstance(error, MemoryError) or "memory" in str(error).lower()
            if len(items) == 1:
                problem = f"the engine failed: {error or type(error).__name__}"
                kind = EngineMemoryError if out_of_memory else TranscriptionError
                return [(items[0], kind(problem, "Try again, or with another model or --device cpu."))]
            half = len(items) // 2
            if out_of_memory:
                self.sizes = Sizes(min(self.sizes.encode, half), min(self.sizes.decode, half))
            return [*self._in_halves(items[:half], work), *self._in_halves(items[half:], work)]


def _frame_count(job: Job) -> int:
    return int(job.features.shape[-1])


def _placed(job: Job, aligned: AlignedText, hints: Hints) -> guards.Decoding:
    """Return a window's text with word times in seconds of the clip, moved to where there is sound."""
    placed = []
    for word in aligned.words:
        start, end = job.window.place(word.start, word.end)
        placed.append(replace(word, start=start, end=end))
    snapped = snap(placed, job.levels)
    return guards.Decoding(
        text=aligned.text,
        words=tuple(replace(w, start=job.offset + w.start, end=job.offset + w.end) for w in snapped),
        average_log_probability=aligned.average_log_probability,
        no_speech_probability=aligned.no_speech_probability,
        temperature=aligned.temperature,
        speech=tuple((job.offset + start, job.offset + end) for start, end in job.speech),
        start=job.start,
        end=job.end,
        hotwords=", ".join(hints.hotwords) or None,
    )
