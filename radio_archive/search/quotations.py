"""Looks up quotations in what was said: is it there to the word, in other words, or not at all?

An archive may have millions of sentences. So the index is asked for stretches of a quotation, and for its rarest words
where these do not lead to it; and only the few clips that have the most of them are read.
"""

import math
import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.database import time_limit
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.models import Clip
from radio_archive.search.evidence import POSTINGS
from radio_archive.search.expression import expression
from radio_archive.search.fts import FtsReader
from radio_archive.search.results import Where
from radio_archive.search.search import SECONDS
from radio_archive.text.query import Scope, Term
from radio_archive.text.quotations import Quotation
from radio_archive.text.wording import Likeness, Stretch, Wording, exact, likelihood, nearest

RARE = 200
"""Sentences with a word, at most, that are all looked at."""
WORDS = 8
"""The rarest words of a quotation, at most, that are looked up."""
STRETCHES = 12
"""Stretches of its words likewise: all of it, its halves, their halves."""
SHORTEST = 2
"""Words of the halves of one, at least."""
LONGEST_STRETCH = 40
MOST = 1_000
"""Sentences with a stretch, at most, the latest ones."""
CLIPS = 10
"""The most promising clips, which are read."""
COMPARED = 2
"""Those of them, the likeliest, with which a quotation is compared word by word."""
KEPT = 64
"""Clips that are kept, because a draft mostly quotes a few."""

_WORD = re.compile(r"[^\W_]+(?:['’ʻʼ`´-][^\W_]+)*")


class Result(StrEnum):
    """What became of a quotation that was looked up."""

    EXACT = "exact"
    DIFFERING = "differing"
    """It was said in other words: some were left out, added or replaced."""
    NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class Checked:
    """A quotation, and where it was said: from `start` to `end`, in seconds of the clip.

    `words` counts those in which it differs, `stretches` shows them. Of one that was not said, there is no clip.
    """

    quotation: Quotation
    result: Result
    clip: Clip | None = None
    start: float = 0.0
    end: float = 0.0
    said: str = ""
    words: int = 0
    stretches: tuple[Stretch, ...] = ()


def check(
    archive: Archive,
    quotations: Iterable[Quotation],
    filters: Filters = EVERYTHING,
    *,
    clip: str | None = None,
    seconds: float = SECONDS,
) -> Iterator[Checked]:
    """Look up quotations in the current texts of the clips that match, or of one `clip` alone.

    What is said in several clips is found in one of them. Each quotation may take `seconds` of a processor. Raises
    UsageError for an unknown show, NoSuchClipError, and SearchTimeoutError.
    """
    with archive.reading():
        condition, parameters = conditions(archive, filters)
        known = _Known(archive, FtsReader(archive.db, condition, parameters), clip)
    for quotation in quotations:
        with archive.reading(), time_limit(archive.db, seconds):
            yield known.look_up(quotation)


@dataclass(frozen=True, slots=True)
class _Text:
    clip: Clip
    wording: Wording


class _Probe(NamedTuple):
    """An FTS5 expression, how much it tells of a clip that it has that, and how many sentences to read."""

    match: str
    worth: float
    most: int


class _Known:
    """What is known of the archive while a draft is checked: how rare its words are, and the clips that were read."""

    def __init__(self, archive: Archive, reader: FtsReader, clip: str | None) -> None:
        self.archive, self.reader = archive, reader
        self._only = None
        if clip is not None:
            self._only = _prepared(read.clip(archive, clip, read.Part.WORDS | read.Part.GAPS | read.Part.ADDRESS))
        self._texts: OrderedDict[int, _Text] = OrderedDict()
        self._frequencies: dict[str, int] = {}

    def look_up(self, quotation: Quotation) -> Checked:
        pieces = [Wording(piece.split()) for piece in quotation.pieces]
        texts: list[_Text] = []
        for texts in [[self._only]] if self._only else map(self._read, self._likely(quotation.pieces)):
            for text in texts:
                if place := exact(pieces, text.wording):
                    return _found(quotation, text, *place)
        best: tuple[_Text, Likeness] | None = None
        for text in sorted(texts, key=lambda text: -likelihood(pieces, text.wording))[:COMPARED]:
            like = nearest(pieces, text.wording)
            if like and (best is None or (like.words, -like.same) < (best[1].words, -best[1].same)):
                best = text, like
        if best is None:
            return Checked(quotation, Result.NOT_SAID)
        text, like = best
        return _found(quotation, text, like.first, like.end, like)

    def _likely(self, pieces: Sequence[str]) -> Iterator[list[int]]:
        """Yield the ids of the clips with the most of a quotation's longest stretches, of all, and of its rare words.

        What is quoted to the word is mostly among the first, which take the fewest steps.
        """
        scores: dict[int, float] = {}
        words = [_WORD.findall(piece) for piece in pieces]
        stretches = self._stretches(words)
        for probes in (stretches[: len(pieces)], stretches[len(pieces) :], self._rare_words(words)):
            for match, worth, most in probes:
                join, asked = self.reader.passing_filter(match)
                parameters = {**self.reader.parameters, "match": asked, "most": most}
                rows = self.archive.db.execute(POSTINGS.format(filter=join), parameters)
                for clip in dict.fromkeys(clip for clip, _ in rows):
                    scores[clip] = scores.get(clip, 0.0) + worth
            yield sorted(scores, key=lambda clip: -scores[clip])[:CLIPS]

    def _stretches(self, pieces: Sequence[Sequence[str]]) -> list[_Probe]:
        """Return what finds stretches of a quotation, the longest first: they tell the most."""
        whole = [piece[at : at + LONGEST_STRETCH] for piece in pieces for at in range(0, len(piece), LONGEST_STRETCH)]
        stretches = [one for piece in whole for one in _halves(piece)]
        found = sorted(stretches, key=len, reverse=True)[:STRETCHES]
        return [_Probe(f'(text : "{" ".join(stretch)}")', 4.0 * len(stretch), MOST) for stretch in found]

    def _rare_words(self, pieces: Sequence[Sequence[str]]) -> Iterator[_Probe]:
        """Yield what finds the rarest words of a quotation."""
        words = dict.fromkeys(word for piece in pieces for word in piece)
        asked = {word: match for word in words if (match := _match(word))}
        frequent = {word: self._frequency(match) for word, match in asked.items()}
        for word in sorted(frequent, key=lambda word: frequent[word])[:WORDS]:
            if 0 < frequent[word] < RARE:
                yield _Probe(asked[word], math.log2(2 * RARE / frequent[word]), RARE)

    def _frequency(self, match: str) -> int:
        if match not in self._frequencies:
            self._frequencies[match] = self.reader.count_up_to(match, RARE)
        return self._frequencies[match]

    def _read(self, ids: Sequence[int]) -> list[_Text]:
        missing = [key for key in ids if key not in self._texts]
        parts = read.Part.WORDS | read.Part.GAPS | read.Part.ADDRESS
        for key, clip in read.by_id(self.archive, missing, parts).items() if missing else ():
            self._texts[key] = _prepared(clip)
        found = [self._texts[key] for key in ids if key in self._texts]
        for key in ids:
            if key in self._texts:
                self._texts.move_to_end(key)
        while len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        return found


def _prepared(clip: Clip) -> _Text:
    starts = [word.start for word in clip.words]
    breaks = {bisect_left(starts, gap.start) for gap in clip.gaps}
    return _Text(clip, Wording([word.text for word in clip.words], breaks))


def _found(quotation: Quotation, text: _Text, first: int, end: int, like: Likeness | None = None) -> Checked:
    words = text.clip.words[first:end]
    said = "".join(word.text for word in words).strip()
    clip, start, stop = text.clip, words[0].start, words[-1].end
    if like is None:
        return Checked(quotation, Result.EXACT, clip, start, stop, said)
    return Checked(quotation, Result.DIFFERING, clip, start, stop, said, max(1, like.words), like.stretches)


def _match(word: str) -> str | None:
    """Return what finds a word in any spelling, in what is said now."""
    return expression(Term(word, exact=True, scope=Scope.SAID), Where.SPEECH, heard=False)


def _halves(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield all words, their halves, the halves of these, and so on: of a text in sentences, some are within one."""
    if words:
        yield words
    if len(words) > SHORTEST:
        # Of three words, either two: a sentence may end after the first or the second.
        middle = max(SHORTEST, len(words) // 2)
        yield from _halves(words[:middle])
        yield from _halves(words[min(middle, len(words) - SHORTEST) :])
