"""Packs regions of speech into windows of at most 30 s: drops silence, and maps every time back exactly.

Whisper processes 30 s at a time, at the same cost for little speech as for much. `pack` therefore fills as few
windows as possible, and cuts where the pauses are longest. Positions are samples at 16 kHz from the start of the
given audio; times are seconds.

Detect speech without padding, and let `pack(regions, pad=PAD, length=len(samples))` add it. faster-whisper pads by
0.4 s on both sides, which closes every pause below 0.8 s: nine of ten in the news we measured. Where all pauses are
0 s, none is the best place to cut. `pad` gives the same audio and still knows the pauses.

The padded pieces of a window are joined directly, as in faster-whisper. Their padding is the real silence around
them, up to 0.8 s between two pieces; Whisper needs no longer pause to separate two words.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np

from radio_archive.audio.decode import RATE, Samples

LIMIT = 30 * RATE
"""Samples that Whisper processes at once."""
PAD = 2 * RATE // 5
"""Samples kept around speech: 0.4 s, as in faster-whisper, because voice detectors cut off soft first sounds."""
GOOD_PAUSE = RATE
"""Samples. From 1 s on, all pauses are equally good places to cut: a sentence has ended."""

USUAL, SENSITIVE, MOST_SENSITIVE = 0.5, 0.35, 0.2
"""Probabilities at which speech begins: for windows, for what their words must explain, and for voices on a telephone,
of which the usual one hears little."""
FAINT = RATE
"""Samples of the shortest speech that only the most sensitive voice detection finds."""
MOSTLY_FAINT = 0.75
"""In a studio the usual voice detection finds 0.82 and more of what the most sensitive does, on a telephone 0.14."""


class Vad(Protocol):
    """A voice detector: `start` and `end` of each stretch of speech, in samples, as Silero and faster-whisper do."""

    def __call__(self, samples: Samples, /, *, threshold: float = USUAL) -> Sequence[Mapping[str, int]]: ...


@dataclass(frozen=True, slots=True)
class Region:
    """Speech from sample `start` up to, not including, sample `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Window:
    """Regions, in order, joined without a gap and decoded as one piece of audio."""

    regions: tuple[Region, ...]

    @cached_property
    def _seams(self) -> list[int]:
        """Where each region begins in the joined audio, and where the last ends, in samples."""
        return [0, *accumulate(region.length for region in self.regions)]

    @property
    def length(self) -> int:
        """Samples of the joined audio."""
        return self._seams[-1]

    @property
    def start(self) -> float:
        """Start of the window in the source, in seconds."""
        return self.regions[0].start / RATE

    @property
    def end(self) -> float:
        """End of the window in the source, in seconds."""
        return self.regions[-1].end / RATE

    def audio(self, samples: Samples) -> Samples:
        """Return the joined audio, cut out of the source's `samples`."""
        pieces = [samples[region.start : region.end] for region in self.regions]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def place(self, start: float, end: float) -> tuple[float, float]:
        """Map a word from `start` and `end` in the joined audio to its times in the source, in seconds.

        The word stays in the region of its middle, and its times are clamped to that region: Whisper's word times are
        off by a tenth of a second or more, and a word across a seam would become as long as the dropped pause. Times
        of whole samples are exact.
        """
        middle = self._position((start + end) / 2)
        index = min(max(bisect_right(self._seams, middle) - 1, 0), len(self.regions) - 1)
        first, last = (self._in_source(self._position(moment), index) for moment in (start, max(start, end)))
        return first, last

    def speech_in(self, speech: Sequence[Region]) -> tuple[tuple[float, float], ...]:
        """Return the parts of `speech` (regions in order) in this window, as (start, end) in seconds of the source."""
        parts: list[tuple[float, float]] = []
        for region in self.regions:
            first = bisect_right(speech, region.start, key=lambda stretch: stretch.end)
            last = bisect_left(speech, region.end, key=lambda stretch: stretch.start)
            parts.extend(
                (max(region.start, stretch.start) / RATE, min(region.end, stretch.end) / RATE)
                for stretch in speech[first:last]
            )
        return tuple(parts)

    def _position(self, seconds: float) -> float:
        """Return a position in the joined audio in samples, without the rounding errors of seconds."""
        position = seconds * RATE
        nearest = round(position)
        return nearest if abs(position - nearest) < 1e-3 else position

    def _in_source(self, position: float, index: int) -> float:
        region = self.regions[index]
        return min(max(region.start, region.start + position - self._seams[index]), region.end) / RATE


def find_speech(samples: Samples, vad: Vad, *, threshold: float = USUAL) -> list[Region]:
    """Return where `vad` detects speech: in order, within the audio, without overlaps or empty regions."""
    found: list[Region] = []
    for stretch in sorted((stretch["start"], stretch["end"]) for stretch in vad(samples, threshold=threshold)):
        start = max(0, stretch[0], found[-1].end if found else 0)
        end = min(len(samples), stretch[1])
        if start < end:
            found.append(Region(start, end))
    return found


def with_faint(regions: Sequence[Region], faint: Sequence[Region]) -> Sequence[Region]:
    """Return `regions` and the long parts of `faint`, the speech for the most sensitive detection, that lie outside.

    Return only `faint` where so much of the speech is faint that `regions` are fragments of it.
    """
    if sum(one.length for one in regions) < MOSTLY_FAINT * sum(one.length for one in faint):
        return faint
    found = list(regions)
    for region in faint:
        at = region.start
        for known in [*regions[bisect_right(regions, at, key=lambda one: one.end) :], Region(region.end, region.end)]:
            end = min(known.start, region.end)
            if end - at >= FAINT:
                found.append(Region(at, end))
            at = max(at, known.end)
            if at >= region.end:
                break
    return sorted(found, key=lambda one: one.start)


def pack(regions: Sequence[Region], limit: int = LIMIT, *, pad: int = 0, length: int | None = None) -> list[Window]:
    """Return windows of at most `limit` samples that hold every region exactly once, in order.

    There are as few windows as possible, never more than faster-whisper makes. Among those packings, `pack` takes the
    one with the smallest sum of squared shortfalls of its cuts from a good pause (one cut in mid-sentence is worse
    than two in short pauses); then the most even one, because Whisper makes most errors in windows with little
    speech. A region longer than `limit` is first cut into near-equal parts.

    `regions` are in order and do not overlap. Each is extended by up to `pad` samples on both sides, never into a
    neighbour and never beyond 0 and `length`. Pauses are measured before that.

    Takes O(regions x regions in a window), in NumPy for the latter.
    """
    pieces: list[Region] = []
    shortfalls: list[int] = []  # of a cut before each piece
    kept = _padded(regions, pad, length)
    pauses = [GOOD_PAUSE, *(after.start - before.end for before, after in pairwise(regions))]
    for region, pause in zip(kept, pauses, strict=False):
        parts = _parts(region, limit)
        pieces += parts
        shortfalls += [max(0, GOOD_PAUSE - pause), *[GOOD_PAUSE] * (len(parts) - 1)]
    cuts = _cuts([piece.length for piece in pieces], shortfalls, limit)
    return [Window(tuple(pieces[first:last])) for first, last in pairwise(cuts)]


def _padded(regions: Sequence[Region], pad: int, length: int | None) -> list[Region]:
    if not regions or not pad:
        return list(regions)
    first, last = regions[0].start, regions[-1].end
    starts, ends = [max(0, first - pad)], []
    for before, after in pairwise(regions):
        pause = after.start - before.end
        # A pause that is too short for both paddings is shared.
        ends.append(before.end + min(pad, pause // 2))
        starts.append(after.start - min(pad, pause - pause // 2))
    ends.append(last + pad if length is None else max(last, min(length, last + pad)))
    return [Region(start, end) for start, end in zip(starts, ends, strict=True)]


def _parts(region: Region, limit: int) -> list[Region]:
    count = max(1, -(-region.length // limit))
    edges = [region.start + region.length * i // count for i in range(count + 1)]
    return [Region(start, end) for start, end in pairwise(edges)]


def _cuts(lengths: Sequence[int], shortfalls: Sequence[int], limit: int) -> list[int]:
    """Return the index of the first piece of each window, and the number of pieces at the end.

    Dynamic programming over prefixes: for the first n pieces, the fewest windows, the smallest loss in pauses, the
    smallest sum of squared window lengths, and where the last window begins. All three are sums over windows, so the
    best packing of a prefix is part of the best packing of everything after it.
    """
    total = len(lengths)
    sums = np.concatenate(([0], np.cumsum(np.asarray(lengths, dtype=np.int64)))).astype(np.int64)
    count = np.zeros(total + 1, dtype=np.int64)
    loss, spread = np.zeros(total + 1), np.zeros(total + 1)
    begins = np.zeros(total + 1, dtype=np.int64)
    # There is no cut before the first piece.
    price = np.concatenate(([0.0], np.square(np.asarray(shortfalls[1:], dtype=float)))) if total else np.zeros(0)
    for n in range(1, total + 1):
        first = int(np.searchsorted(sums, sums[n] - limit))
        # More pieces never need fewer windows, so the prefixes that need the fewest come first.
        beyond = first + int(np.searchsorted(count[first:n], count[first], side="right"))
        choices = np.arange(first, beyond)
        losses = loss[choices] + price[choices]
        choices = choices[losses == losses.min()]
        spreads = spread[choices] + np.square((sums[n] - sums[choices]).astype(float))
        best = int(choices[spreads.argmin()])
        begins[n], count[n] = best, count[best] + 1
        loss[n], spread[n] = loss[best] + price[best], spreads.min()
    cuts = [total]
    while cuts[-1]:
        cuts.append(int(begins[cuts[-1]]))
    return cuts[::-1]
