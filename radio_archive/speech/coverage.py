"""Finds speech that a window's text skips, cuts it out to be heard again alone, and puts its words into the text.

Whisper may skip whole sentences of a window, at its start, middle or end, and be sure of what it wrote. Heard again
in the same window they are skipped again; in a window of their own they are mostly written. A skipped sentence shows
as speech without a word, or with a few words that the alignment stretched over it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from radio_archive.audio.decode import RATE
from radio_archive.models import Gap, Word
from radio_archive.speech.prefetch import NO_FEATURES, Job
from radio_archive.speech.timing import ends_sentence
from radio_archive.speech.windows import Region, Window
from radio_archive.text.spelling import fold

STANDS_OFF = 0.3
"""Seconds of speech beside a word that it covers too: voice detection and alignment are that vague."""
SHORTEST_GAP = 1.2
"""Seconds of speech. Good windows leave at most 0.8 s uncovered in one place, a skipped sentence 1.4 to 4.5 s."""
LONG_WORD, LONG_LETTER = 0.3, 0.06
"""Seconds that a word covers, and each of its letters: of some in a row, so long are the slowest of hundred."""
STRETCHED = 4
"""The most words in a row that may be stretched over one gap."""
ORPHANS = 2
"""The most words from the start of a sentence to a gap, for which they are taken to belong behind it."""
MARGIN = 0.4
"""Seconds of sound around a gap that are heard with it."""
ROUNDS = 2
"""A part that is not understood is heard again in parts of its own, so many times in all."""
MOST_OF_JOB = 0.75
"""A share of the length of what was heard."""
SHORTEST_PART = 0.3
"""Seconds. Whisper writes nothing sensible from less."""
BESIDE = 0.35
"""Seconds by which the middle of a word may lie outside a gap and still belong to it."""
TWICE, MEETING, TELLING = 4, 1.0, 4
"""What is there twice where old and new text meet is looked for in so many words, and so many seconds around the seam.
A single word there tells if it has so many letters."""

Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `first` to `last` (exclusive) that cannot explain the speech around them; there may be none."""

    excess: float
    """Seconds of speech that are unexplained."""
    first: int
    last: int


def gaps(words: Sequence[Word], speech: Spans) -> list[Gap]:
    """Return the stretches where speech is not explained by words, in order.

    `words` and `speech` are in order, in seconds from the same start.
    """
    clock = _SpeechClock(speech)
    return [gap for run in _runs(words, clock) if (gap := clock.between(*_edges(words, run.first, run.last)))]


def skipped(words: Sequence[Word], speech: Spans) -> list[Gap]:
    """Return the gaps to be heard again, with the words beside them that seem to stand on their wrong side."""
    clock = _SpeechClock(speech)
    found = []
    for run in _runs(words, clock):
        first = run.first
        for count in range(1, ORPHANS + 1):
            start = run.first - count
            if start < 0 or ends_sentence(words[start]):
                break
            if start == 0 or ends_sentence(words[start - 1]):
                first = start
        if gap := clock.between(*_edges(words, first, run.last)):
            among = words[first : run.last]
            found.append(Gap(min([gap.start, *(w.start for w in among)]), max([gap.end, *(w.end for w in among)])))
    return found


def _edges(words: Sequence[Word], first: int, last: int) -> tuple[float, float]:
    """Return where the word before `first` ends and the word `last` begins."""
    start = words[first - 1].end if first else float("-inf")
    return start, words[last].start if last < len(words) else float("inf")


def _runs(words: Sequence[Word], clock: "_SpeechClock") -> list[_Run]:
    """Return the runs of at most STRETCHED words with at least SHORTEST_GAP seconds of unexplained speech."""
    covers = [0.0, *accumulate(LONG_WORD + LONG_LETTER * _letters(word) for word in words)]
    found = []
    for first in range(len(words) + 1):
        for last in range(first, min(first + STRETCHED, len(words)) + 1):
            start, end = _edges(words, first, last)
            beside = STANDS_OFF * ((first > 0) + (last < len(words)))
            excess = clock.seconds(start, end) - beside - (covers[last] - covers[first])
            if excess >= SHORTEST_GAP:
                found.append(_Run(excess, first, last))
    chosen: list[_Run] = []
    for run in sorted(found, key=lambda run: -run.excess):
        if all(run.last < other.first or other.last < run.first for other in chosen):
            chosen.append(run)
    return sorted(chosen, key=lambda run: run.first)


class _SpeechClock:
    """Measures speech: how much of it lies between two moments, and where."""

    def __init__(self, speech: Spans) -> None:
        self._speech = speech
        self._starts = [start for start, _ in speech]
        self._before = [0.0, *accumulate(end - start for start, end in speech)]

    def _at(self, moment: float) -> float:
        """Return the seconds of speech before a moment."""
        index = bisect_right(self._starts, moment) - 1
        if index < 0:
            return 0.0
        start, end = self._speech[index]
        return self._before[index] + min(moment, end) - start

    def seconds(self, start: float, end: float) -> float:
        return max(0.0, self._at(end) - self._at(start))

    def between(self, start: float, end: float) -> Gap | None:
        """Return the speech from `start` to `end` without the silence at both ends; None if there is none."""
        inside = [(max(start, a), min(end, b)) for a, b in self._speech if b > start and a < end]
        return Gap(inside[0][0], inside[-1][1]) if inside else None


def _letters(word: Word) -> int:
    return sum(map(str.isalnum, word.text))


def parts(job: Job, words: Sequence[Word]) -> list[Job]:
    """Return jobs for the gaps in what was heard in `job`, as far as hearing them again may help."""
    if job.round == ROUNDS:
        return []
    found = [gap for gap in skipped(words, job.in_clip(job.voices)) if gap.end - gap.start >= SHORTEST_PART]
    # The same sound gives the same text: what is skipped as a whole is heard in two pieces.
    return [_part(job, piece) for gap in found for piece in _pieces(job, gap)]


def _pieces(job: Job, gap: Gap) -> list[Gap]:
    """Return a gap that is most of a job as two, cut at its longest pause; nothing if it has none."""
    if gap.end - gap.start < MOST_OF_JOB * (job.end - job.start):
        return [gap]
    speech = [(start, end) for start, end in job.in_clip(job.speech) if end > gap.start and start < gap.end]
    if len(speech) < 2:
        return []
    cut = max(range(1, len(speech)), key=lambda index: speech[index][0] - speech[index - 1][1])
    first, second = Gap(gap.start, speech[cut - 1][1]), Gap(speech[cut][0], gap.end)
    return [piece for piece in (first, second) if piece.end - piece.start >= SHORTEST_PART]


def _part(job: Job, gap: Gap) -> Job:
    """Return a job for a gap in the text of `job`, with a margin."""
    first, last = (round((second - job.offset) * RATE) for second in (gap.start - MARGIN, gap.end + MARGIN))
    regions, pieces, at = [], [], 0
    for region in job.window.regions:
        low, high = max(region.start, first), min(region.end, last)
        if low < high:
            regions.append(Region(low, high))
            pieces.append(job.audio[at + low - region.start : at + high - region.start])
        at += region.length
    window = Window(tuple(regions))
    speech, voices = (_within(spans, window) for spans in (job.speech, job.voices))
    audio = np.ascontiguousarray(np.concatenate(pieces))
    return replace(
        job,
        window=window,
        speech=speech,
        voices=voices,
        audio=audio,
        features=NO_FEATURES,
        fills=gap,
        round=job.round + 1,
    )


def _within(spans: Spans, window: Window) -> tuple[tuple[float, float], ...]:
    inside = ((max(start, window.start), min(end, window.end)) for start, end in spans)
    return tuple((start, end) for start, end in inside if start < end)


def filled(words: Sequence[Word], heard: Sequence[Word], gap: Gap) -> tuple[Word, ...]:
    """Return `words` with those `heard` in the gap among them, none of them twice.

    Words that the alignment stretched over the gap keep their order, so the new words may stand before, between or
    after them: where the texts meet, else where a sentence ends, else before them, since they mostly belong to what
    comes after.
    """
    new = [word for word in heard if gap.start - BESIDE <= _middle(word) <= gap.end + BESIDE]
    first = sum(_middle(word) < gap.start for word in words)
    last = len(words) - sum(_middle(word) > gap.end for word in words)

    def rank(place: int) -> tuple[int, bool, int]:
        begin, end = _fresh(words[:place], new, words[place:], gap)
        return begin + len(new) - end, place > 0 and ends_sentence(words[place - 1]), -place

    place = max(range(first, last + 1), key=rank)
    begin, end = _fresh(words[:place], new, words[place:], gap)
    if begin >= end:
        return tuple(words)
    start, stop = new[begin].start, new[end - 1].end
    before = [replace(word, start=min(word.start, start), end=min(word.end, start)) for word in words[first:place]]
    after = [replace(word, start=max(word.start, stop), end=max(word.end, stop)) for word in words[place:last]]
    return _in_order([*words[:first], *before, *new[begin:end], *after, *words[last:]])


def _fresh(before: Sequence[Word], new: Sequence[Word], after: Sequence[Word], gap: Gap) -> tuple[int, int]:
    """Return from where to where `new` repeats nothing of the words before and after it."""
    said, left, right = ([_said(word) for word in some] for some in (new, before[-2:], after[:2]))
    first, last = 0, len(new)
    for place in range(min(TWICE, len(new))):
        same = left and said[place] == left[-1] and new[place].start < gap.start + MEETING
        if same and (not place or len(left[-1]) >= TELLING or left[-2:-1] == [said[place - 1]]):
            first = place + 1
    for place in range(len(new) - 1, max(first, len(new) - TWICE) - 1, -1):
        same = right and said[place] == right[0] and new[place].end > gap.end - MEETING
        if same and (place == len(new) - 1 or len(right[0]) >= TELLING or right[1:2] == [said[place + 1]]):
            last = place
    return first, last


def _in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return words whose times do not overlap: each begins at the earliest where the one before it ends."""
    found: list[Word] = []
    for word in words:
        start = max(word.start, found[-1].end if found else 0.0)
        found.append(replace(word, start=start, end=max(word.end, start)))
    return tuple(found)


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _said(word: Word) -> str:
    return "".join(filter(str.isalnum, fold(word.text)))
