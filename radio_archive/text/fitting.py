"""Fit a text that people wrote to the words that an engine heard: its words get times, and nothing said is lost.

A newsroom's captions say when each line is spoken, often late or rounded, and a script says nothing of times. The words
that both have take the times of the heard ones; those between them share the time that is left. What was heard where
the text has nothing is put in; what is written where there is no time to say it is left out.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from radio_archive.models import Gap, Word
from radio_archive.text.alignment import Block, align
from radio_archive.text.scripts import is_spaceless

LEAST = 0.3
"""The share of the heard words that a text must have, and of its words that must be heard, to be of the same audio.

Of 22 short pieces, the script of another piece reached 0.07, and the story of the same piece, in other words, 0.16; the
piece's own script had 0.55 and 0.33 or more, with a small model that lost whole sentences.
"""
LONGER = 4
"""A text with so many times the letters of what was heard is another clip's, or made to cost time: it is not read."""
FASTEST = 25.0
"""Letters a second, faster than anybody speaks. Auctioneers reach 20."""
MISSING_WORDS, MISSING_SECONDS = 4, 1.5
"""What was heard and has so many words and seconds is missing in a text that has nothing there; less is an *um*."""
SHORTEST = 0.02
"""Seconds of a word that is squeezed in."""
UNHEARD = 4
"""Words of a text in a row that were not heard at all of which a person is told."""
UNSAID = 15
"""Words of a text that are left out if there is no time to say them. Fewer are squeezed in: it may be a sentence that
the engine lost, and stretched the words beside it over."""


class Times(StrEnum):
    """What a text says of when its words are spoken."""

    NONE = "none"
    LINES = "lines"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text with the times of its words. If it is not of this audio, they are its own, or even."""

    words: tuple[Word, ...]
    covered: float
    """The share, 0 to 1, of the heard words that are in the text."""
    spoken: float
    """The share, 0 to 1, of the words of the text that were heard."""
    filled: tuple[Gap, ...] = ()
    """Where the text has nothing although words were heard, which were put in."""
    unheard: tuple[Gap, ...] = ()
    """Where the text has several words in a row of which none was heard."""
    unsaid: int = 0
    """Words of the text that were left out because there was no time to say them."""

    @property
    def is_fit(self) -> bool:
        """Whether the text plainly is of this audio."""
        return self.covered >= LEAST and self.spoken >= LEAST


def fit(heard: Sequence[Word], written: Sequence[Word], times: Times, duration: float) -> Fitted:
    """Return `written` with times, by the words that were `heard` in a recording of `duration` seconds.

    Without `Times`, those of the words in `written` mean nothing. Words with times of their own keep them.
    """
    if not heard or not written or _letters(written) > LONGER * _letters(heard) + 1_000:
        return _unfit(written, times, duration)
    said, text = list(pieces(heard)), list(pieces(written))
    found = align([word.text for word in said], [word.text for word in text])
    spoken = sum(len(block.text) for block in found.blocks) / len(text)
    if found.coverage < LEAST or spoken < LEAST:
        return _unfit(written, times, duration, found.coverage, spoken)
    fitter = _Fitter(said, text, times, found.blocks, duration)
    words = tuple(_in_order(fitter.words()))
    return Fitted(words, found.coverage, spoken, tuple(fitter.filled), tuple(fitter.unheard), fitter.unsaid)


def _unfit(written: Sequence[Word], times: Times, duration: float, covered: float = 0.0, spoken: float = 0.0) -> Fitted:
    untimed = times == Times.NONE and bool(written)
    words = _shared_out(written, _Span(0.0, duration), None) if untimed else written
    return Fitted(tuple(words), covered, spoken)


class _Span(NamedTuple):
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


class _Fitter:
    """Goes through both texts from match to match."""

    def __init__(
        self, heard: Sequence[Word], text: Sequence[Word], times: Times, blocks: Sequence[Block], duration: float
    ) -> None:
        self.filled: list[Gap] = []
        self.unheard: list[Gap] = []
        self.unsaid = 0
        self._heard, self._times, self._blocks, self._duration = heard, times, blocks, duration
        self._text = self._shifted(text)

    def words(self) -> Iterator[Word]:
        """Yield the words of the text with times, and what it lacks; nearly in order."""
        heard_end = text_end = 0
        for block in self._blocks:
            yield from self._between(range(heard_end, block.heard.start), range(text_end, block.text.start))
            yield from self._matched(block)
            heard_end, text_end = block.heard.stop, block.text.stop
        yield from self._between(range(heard_end, len(self._heard)), range(text_end, len(self._text)))

    def _shifted(self, text: Sequence[Word]) -> Sequence[Word]:
        """Return the text with its own times moved by how much it is late: live captions are, by seconds."""
        if self._times == Times.NONE or not self._blocks:
            return text
        pairs = (pair for block in self._blocks for pair in zip(block.heard, block.text, strict=False))
        late = median(text[there].start - self._heard[here].start for here, there in pairs)
        if self._times == Times.WORDS and abs(late) < MISSING_SECONDS:
            return text
        moved = (_Span(max(0.0, word.start - late), max(0.0, word.end - late)) for word in text)
        return [replace(word, start=span.start, end=span.end) for word, span in zip(text, moved, strict=True)]

    def _matched(self, block: Block) -> Iterator[Word]:
        words = self._text[block.text.start : block.text.stop]
        heard = self._heard[block.heard.start : block.heard.stop]
        if self._times == Times.WORDS:
            yield from words
        elif len(words) == len(heard):
            for word, same in zip(words, heard, strict=True):
                yield replace(word, start=same.start, end=same.end, language=same.language)
        else:
            yield from _shared_out(words, _Span(heard[0].start, heard[-1].end), heard[0].language)

    def _between(self, heard: range, text: range) -> Iterator[Word]:
        """Yield what stands between two matches: words of the text, and heard ones that it lacks."""
        words = self._text[text.start : text.stop]
        if not words:
            yield from self._fill(heard)
            return
        window = self._window(heard)
        span = self._span(words, heard, window)
        if _letters(words) > FASTEST * max(span.length, 0.0):
            # The engine may have lost what was said, but not more than there is time for.
            if _letters(words) > FASTEST * window.length and len(words) >= UNSAID:
                self.unsaid += len(words)
                yield from self._fill(heard)
                return
            # Whatever is squeezed in has at least some hundredths of a second, so that no caption is empty.
            span = _Span(window.start, max(window.end, window.start + SHORTEST * len(words)))
        if not heard and len(words) >= UNHEARD:
            self.unheard.append(Gap(span.start, span.end))
        middle = [(self._heard[at].start + self._heard[at].end) / 2 for at in heard]
        begin, end = (bisect_left(middle, time) for time in span)
        yield from self._fill(heard[:begin])
        language = self._heard[heard.start].language if heard else None
        yield from words if self._times == Times.WORDS else _shared_out(words, span, language)
        yield from self._fill(heard[max(begin, end) :])

    def _window(self, heard: range) -> _Span:
        """Return the time between the match before some heard words and the one after them."""
        start = self._heard[heard.start - 1].end if heard.start else 0.0
        after = heard.stop < len(self._heard)
        end = self._heard[heard.stop].start if after else max(self._duration, self._heard[-1].end)
        return _Span(start, max(start, end))

    def _span(self, words: Sequence[Word], heard: range, window: _Span) -> _Span:
        """Return when words of the text are spoken that were heard otherwise, or not at all."""
        own = _Span(max(window.start, words[0].start), min(window.end, words[-1].end))
        if self._times != Times.NONE and own.length > 0 and (not heard or len(heard) > 2 * len(words) + MISSING_WORDS):
            return own
        if not heard:
            return window
        # So many words are not heard in place of so few: the text goes on later than what was heard.
        last = min(heard.stop, heard.start + 2 * len(words) + MISSING_WORDS)
        return _Span(self._heard[heard.start].start, self._heard[last - 1].end)

    def _fill(self, heard: range) -> Iterator[Word]:
        if len(heard) < MISSING_WORDS:
            return
        gap = Gap(self._heard[heard.start].start, self._heard[heard.stop - 1].end)
        if gap.end - gap.start >= MISSING_SECONDS:
            self.filled.append(gap)
            yield from self._heard[heard.start : heard.stop]


def pieces(words: Sequence[Word]) -> Iterator[Word]:
    """Yield the words; one of a script without spaces as its characters, since every text parts them otherwise."""
    for word in words:
        if is_spaceless(word.text):
            lead = word.text[: len(word.text) - len(word.text.lstrip())]
            letters = word.text.strip()
            pieces = [replace(word, text=f"{lead if at == 0 else ''}{letter}") for at, letter in enumerate(letters)]
            yield from _shared_out(pieces, _Span(word.start, word.end), word.language)
        else:
            yield word


def _shared_out(words: Sequence[Word], span: _Span, language: str | None) -> Iterator[Word]:
    """Yield words one after the other in a span of time, each as long as it has letters."""
    of, done = _letters(words), 0
    for word in words:
        start = span.start + span.length * done / of
        done += _letters([word])
        yield replace(word, start=start, end=span.start + span.length * done / of, language=language)


def _letters(words: Sequence[Word]) -> int:
    return sum(max(1, len(word.text.strip())) for word in words)


def _in_order(words: Iterator[Word]) -> Iterator[Word]:
    """Yield words none of which begins before the last one."""
    earliest = 0.0
    for word in words:
        earliest = max(earliest, word.start)
        yield replace(word, start=earliest, end=max(earliest, word.end))
