"""Windows of different clips share a decode batch, which makes thousands of short clips fast.

    clips → prefetch (threads: decode, voice activity, windows, features) → encode → [group] → decode
          → align and check (a thread) → report the clip when its last window is done
                          ↳ speech that the text skips → encode, as a window of its own

Every queue is bounded, so memory grows neither with the number of clips nor with their length. Windows are grouped
by language and hints, because a batch shares the shape of its prompt. A clip's text does not depend on its batch.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from radio_archive.errors import EngineMemoryError, RadioArchiveError, TranscriptionError
from radio_archive.speech.assembly import Assembled, Assembly, WindowResult
from radio_archive.speech.checking import checked
from radio_archive.speech.decoder import AlignedText, BatchDecoder, Encoded, Hints
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip
from radio_archive.speech.prefetch import ClipEnd, Job, Prefetcher

MAX_ALIGNING = 1
"""Decoded batches that may wait for alignment."""
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


_Group = tuple[Hints, int]
"""What the windows of a batch share: hints, and the number of encoder positions."""
_Aligned = tuple[Job, WindowResult | RadioArchiveError]
"""A window and what was heard, or why that failed."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Windows per encoder batch and per decoder batch. On a CPU small ones suit the encoder, large ones the decoder."""

    encode: int
    decode: int


class Batcher:
    """Transcribes clips through a decoder; one run at a time."""

    def __init__(
        self,
        decoder: BatchDecoder[Any],
        prefetcher: Callable[[], Prefetcher],
        sizes: Sizes,
        finish: Callable[[PreparedClip, Assembled, float], ClipResult],
        *,
        guarded: bool,
    ) -> None:
        self._decoder, self._prefetcher, self._finish, self._guarded = decoder, prefetcher, finish, guarded
        self.sizes = sizes
        self._clips: dict[str, Assembly] = {}
        self._unencoded: list[Job] = []
        self._encoded: dict[_Group, list[tuple[Job, Encoded]]] = defaultdict(list)
        self._aligning: deque[Future[tuple[list[_Aligned], float]]] = deque()

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
            while self._unencoded or self._encoded or self._aligning:
                yield from self._run_batches(aligner, flush=True)
                yield from self._collect(0)

    def _submit_clips(self, prefetcher: Prefetcher, source: Iterator[PreparedClip]) -> bool:
        """Submit clips while there is room. Return False when all of them have been prepared."""
        while prefetcher.has_room:
            clip = next(source, None)
            if clip is None:
                return prefetcher.busy
            self._clips[clip.key] = Assembly.of(clip)
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
        self._queue(clip.decodable_at_end())
        yield from self._finish_if_complete(key)

    def _run_batches(self, aligner: ThreadPoolExecutor, *, flush: bool = False) -> Iterator[EngineReport]:
        """Encode and decode the batches that are full; with `flush`, the partial ones too."""
        if len(self._unencoded) >= self.sizes.encode or flush:
            jobs, self._unencoded = [job for job in self._unencoded if job.key in self._clips], []
            for _, same in groupby(jobs, key=_frame_count):
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
        def encode(part: Sequence[Job]) -> Sequence[Any | RadioArchiveError]:
            return self._decoder.encode([job.features for job in part])

        for first in range(0, len(jobs), self.sizes.encode):
            batch = jobs[first : first + self.sizes.encode]
            done = yield from self._attempt(batch, encode, lambda job: job)
            for job, encoded in done:
                clip = self._clips[job.key]
                languages = {} if clip.language_is_given else self._decoder.languages(encoded)
                self._queue(clip.decodable(job.without_features(), encoded, languages))

    def _queue(self, decodable: Iterable[tuple[Job, Encoded, Hints]]) -> None:
        for job, encoded, hints in decodable:
            self._encoded[hints, len(encoded)].append((job, encoded))

    def _decode(
        self, batch: Sequence[tuple[Job, Encoded]], hints: Hints, aligner: ThreadPoolExecutor
    ) -> Iterator[EngineReport]:
        live = [(job, encoded) for job, encoded in batch if job.key in self._clips]
        if not live:
            return

        def decode(part: Sequence[tuple[Job, Encoded]]) -> Sequence[Any | RadioArchiveError]:
            return self._decoder.decode([encoded for _, encoded in part], hints)

        done = yield from self._attempt(live, decode, lambda item: item[0])
        hypotheses = [(job, encoded, hypothesis) for (job, encoded), hypothesis in done]
        if hypotheses:
            self._aligning.append(aligner.submit(self._align, hypotheses, hints))
        yield from self._collect(MAX_ALIGNING)

    def _attempt(
        self,
        items: Sequence[InputT],
        work: Callable[[Sequence[InputT]], Sequence[OutputT | RadioArchiveError]],
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

    def _align(self, hypotheses: Sequence[tuple[Job, Encoded, Any]], hints: Hints) -> tuple[list[_Aligned], float]:
        """Align a batch and check its windows while the next one is decoded; return them and the seconds it took."""
        started = time.monotonic()

        def align(part: Sequence[tuple[Job, Encoded, Any]]) -> list[AlignedText]:
            jobs, encoded, decoded = zip(*part, strict=True)
            return self._decoder.align(encoded, decoded, [job.seconds for job in jobs], hints)

        done: list[_Aligned] = []
        for (job, encoded, _), aligned in self._in_halves(hypotheses, align):
            if isinstance(aligned, RadioArchiveError):
                done.append((job, aligned))
            else:
                done.append((job, self._checked(job, encoded, aligned, hints)))
        return done, time.monotonic() - started

    def _checked(
        self, job: Job, encoded: Encoded, aligned: AlignedText, hints: Hints
    ) -> WindowResult | RadioArchiveError:
        def decode_again() -> AlignedText:
            plain = Hints(hints.language)
            [hypothesis] = self._decoder.decode([encoded], plain, doubted=aligned.text)
            if isinstance(hypothesis, RadioArchiveError):
                raise hypothesis
            return self._decoder.align([encoded], [hypothesis], [job.seconds], plain)[0]

        try:
            return checked(job, aligned, hints, decode_again, self._decoder.features, guarded=self._guarded)
        except TranscriptionError as error:
            return error

    def _collect(self, allowed: int) -> Iterator[EngineReport]:
        """Report aligned windows; wait until at most `allowed` batches are being aligned."""
        while self._aligning and (len(self._aligning) > allowed or self._aligning[0].done()):
            windows, seconds = self._aligning.popleft().result()
            for job, result in windows:
                clip = self._clips.get(job.key)
                if clip is None:
                    continue
                if isinstance(result, RadioArchiveError):
                    yield self._fail(job.key, result)
                    continue
                clip.work += seconds / len(windows)
                clip.add(result)
                self._unencoded += result.skipped
                if not job.fills:
                    yield ClipProgress(job.key, job.end)
                yield from self._finish_if_complete(job.key)

    def _finish_if_complete(self, key: str) -> Iterator[EngineReport]:
        clip = self._clips[key]
        if clip.complete:
            del self._clips[key]
            yield self._finish(clip.prepared, clip.assembled(), clip.work)

    def _fail(self, key: str, error: RadioArchiveError) -> ClipFailure:
        del self._clips[key]
        return ClipFailure(key, error)

    def _in_halves(
        self, items: Sequence[InputT], work: Callable[[Sequence[InputT]], Sequence[OutputT | RadioArchiveError]]
    ) -> list[tuple[InputT, OutputT | RadioArchiveError]]:
        """Do `work` on all items at once; where that fails, on halves, down to single items.

        So one bad window never fails its batch. After running out of memory, later batches are smaller.
        """
        try:
            return list(zip(items, work(items), strict=True))
        except TranscriptionError as error:
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
