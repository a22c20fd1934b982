"""From where speech was heard to windows of at most 30 s: silence dropped, and every moment mapped back exactly.

Whisper hears 30 s at a time and pays for all of them, however little is said in it. `pack` therefore fills as few
windows as the speech allows, and among those packings cuts where the speakers pause longest. Positions are samples
at 16 kHz from the start of the given audio; times are seconds.

Speech is best heard without padding and padded here (`pack(regions, pad=PAD, length=len(samples))`). faster-whisper
pads by 0.4 s on both sides, which closes every pause below 0.8 s: in the news we measured, that is nine of ten, and
where all pauses are 0 s none is the best to cut in. `pad` gives the same audio and still knows the pauses.

Within a window the padded pieces are simply joined, as faster-whisper does. Their padding is the true silence around
them, up to 0.8 s between two pieces; Whisper needs no longer pause to keep two words apart, so none is added.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples

LIMIT = 30 * RATE
"""What Whisper hears at once."""
PAD = 2 * RATE // 5
"""How much is kept around speech: 0.4 s, as faster-whisper does, since a voice detector trims soft first sounds."""
GOOD_PAUSE = RATE
"""From 1 s on, one pause is as good to cut in as another: a sentence has ended."""

Vad = Callable[[Samples], Sequence[Mapping[str, int]]]
"""A voice detector: `start` and `end` of each stretch of speech, in samples, as Silero's and faster-whisper's give."""


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
    """Regions, in order, that are decoded as one piece of audio, joined without a gap."""

    regions: tuple[Region, ...]

    @cached_property
    def _seams(self) -> list[int]:
        """Where each region begins in the joined audio, and where the last one ends."""
        return [0, *accumulate(region.length for region in self.regions)]

    @property
    def length(self) -> int:
        """Samples of the joined audio."""
        return self._seams[-1]

    @property
    def start(self) -> float:
        """Where the window begins in the source, in seconds."""
        return self.regions[0].start / RATE

    @property
    def end(self) -> float:
        """Where the window ends in the source, in seconds."""
        return self.regions[-1].end / RATE

    def audio(self, samples: Samples) -> Samples:
        """Return the joined audio, cut out of the source's `samples`."""
        pieces = [samples[region.start : region.end] for region in self.regions]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def to_source(self, seconds: float, *, end: bool = False) -> float:
        """Return when the moment `seconds` into the joined audio is in the source; outside times are clamped.

        Monotonic, and exact for whole samples. A seam is two moments of the source: what starts there starts with
        the later region; what ends there (`end`) ended with the earlier.
        """
        position = self._position(seconds)
        return self._in_source(position, self._region_at(position, end=end))

    def place(self, start: float, end: float) -> tuple[float, float]:
        """Return when a word is in the source that was heard from `start` to `end` seconds into the joined audio.

        It lies in one region, that of its middle: Whisper's word times are vague by a tenth of a second or more, and
        a word that reached over a seam would be as long as the pause that was dropped there.
        """
        index = self._region_at(self._position((start + end) / 2), end=False)
        first, last = (self._in_source(self._position(moment), index) for moment in (start, max(start, end)))
        return first, last

    def heard(self, speech: Sequence[Region]) -> tuple[tuple[float, float], ...]:
        """Return the parts of `speech` (in order, as a voice detector gave it) in this window, in source seconds."""
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
        """Samples into the joined audio. Whole samples come out whole, whatever the rounding of their seconds."""
        position = seconds * RATE
        nearest = round(position)
        return nearest if abs(position - nearest) < 1e-3 else position

    def _region_at(self, position: float, *, end: bool) -> int:
        search = bisect_left if end else bisect_right
        return min(max(search(self._seams, position) - 1, 0), len(self.regions) - 1)

    def _in_source(self, position: float, index: int) -> float:
        region = self.regions[index]
        return min(max(region.start, region.start + position - self._seams[index]), region.end) / RATE


def find_speech(samples: NDArray[np.float32], vad: Vad) -> list[Region]:
    """Return where `vad` hears speech: in order, within the audio, without overlaps, none of them empty."""
    found: list[Region] = []
    for stretch in sorted((stretch["start"], stretch["end"]) for stretch in vad(samples)):
        start = max(0, stretch[0], found[-1].end if found else 0)
        end = min(len(samples), stretch[1])
        if start < end:
            found.append(Region(start, end))
    return found


def pack(regions: Sequence[Region], limit: int = LIMIT, *, pad: int = 0, length: int | None = None) -> list[Window]:
    """Return windows of at most `limit` samples that hold every region exactly once, in order.

    There are as few as can be; never more than faster-whisper's own packing makes. Among those packings it is the
    one whose cuts fall short of a good pause by the least (sum of the squared shortfalls: one cut in mid-sentence
    is worse than two in short pauses), and then the most even one, since Whisper errs most in a window with little
    in it. A region longer than `limit` is first cut into near-equal parts.

    `regions` are in order and do not overlap. Each is first extended by up to `pad` samples on both sides, never
    over a neighbour's and never beyond 0 and `length`; their pauses are judged before that.

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
        # Neighbours share a pause that is too short for both.
        ends.append(before.end + min(pad, pause // 2))
        starts.append(after.start - min(pad, pause - pause // 2))
    ends.append(last + pad if length is None else max(last, min(length, last + pad)))
    return [Region(start, end) for start, end in zip(starts, ends, strict=True)]


def _parts(region: Region, limit: int) -> list[Region]:
    count = max(1, -(-region.length // limit))
    edges = [region.start + region.length * i // count for i in range(count + 1)]
    return [Region(start, end) for start, end in pairwise(edges)]


def _cuts(lengths: Sequence[int], shortfalls: Sequence[int], limit: int) -> list[int]:
    """Return the indices of the pieces that windows begin with, and the number of pieces at the end.

    Dynamic programming over prefixes: for the first n pieces the fewest windows, the least loss in pauses, the least
    sum of squared window lengths, and where the last window begins. All three are sums over windows, so the best
    packing of a prefix serves every packing that goes on from there.
    """
    total = len(lengths)
    sums = np.concatenate(([0], np.cumsum(np.asarray(lengths, dtype=np.int64)))).astype(np.int64)
    count = np.zeros(total + 1, dtype=np.int64)
    loss, spread = np.zeros(total + 1), np.zeros(total + 1)
    begins = np.zeros(total + 1, dtype=np.int64)
    # A cut before the first piece is none.
    price = np.concatenate(([0.0], np.square(np.asarray(shortfalls[1:], dtype=float)))) if total else np.zeros(0)
    for n in range(1, total + 1):
        first = int(np.searchsorted(sums, sums[n] - limit))
        # More pieces never need fewer windows: those that need the fewest come first.
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
