"""Scores the clips that have some or all parts of a query: by how rare the parts are, and how many of them a clip has.

The measure is the usual one of text retrieval, inverse document frequency with saturation (Robertson and Zaragoza, *The
Probabilistic Relevance Framework: BM25 and Beyond*, 2009), with whole clips as documents, plus a share for the best
sentence and for the title, times the share of the query that the clip has.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from radio_archive.search.expression import PLACES, expression
from radio_archive.search.fts import FtsReader
from radio_archive.search.plan import Unit
from radio_archive.search.results import Weights, Where

POSTINGS = 2_000
"""Sentences of a word that are read, the latest; for a more frequent word, the best clips of the others are checked."""
CHECKED = 200
"""Clips in which frequent words are looked for."""
RARE_AT_LEAST = 2
"""Words that find clips, even if they are frequent: the rarest ones."""
ENOUGH = 0.45
"""The share of a query's weight that a clip must have to be found without all words."""
FORM = 0.7
"""How much another form of a word counts: *nest* for *nests*."""
SATURATION = 1.2
SENTENCE = 0.6
TITLE = 0.25
"""Shares added for the best sentence and, times the weight of titles, for the title."""
UNCOVERED = 0.4
"""What remains of a score that covers nothing."""
LEAST = 0.1
"""The weight of a word that all clips have."""


@dataclass(slots=True)
class Evidence:
    """Where one unit occurs: `said` by clip and segment, `elsewhere` by clip and place, with how much each counts.

    `weight` is the unit's rarity. With `is_complete`, all clips that have it are known.
    """

    said: dict[int, dict[int, float]] = field(default_factory=dict)
    elsewhere: dict[int, dict[Where, float]] = field(default_factory=dict)
    weight: float = 0.0
    is_complete: bool = True

    def clips(self) -> set[int]:
        return self.said.keys() | self.elsewhere.keys()

    def add_said(self, rows: Iterable[tuple[int, int]], counts: float) -> None:
        for clip, segment in rows:
            segments = self.said.setdefault(clip, {})
            segments[segment] = max(counts, segments.get(segment, 0.0))

    def add(self, where: Where, clips: Iterable[int], counts: float) -> None:
        for clip in clips:
            places = self.elsewhere.setdefault(clip, {})
            places[where] = max(counts, places.get(where, 0.0))

    def best(self, clip: int) -> float:
        """Return how much the best match in a clip counts, 0 without one."""
        return max([*self.said.get(clip, {}).values(), *self.elsewhere.get(clip, {}).values()], default=0.0)


@dataclass(frozen=True, slots=True)
class ScoredClip:
    """A clip, its score, its best segments, and the units that it lacks. `coverage` is 0 to 1."""

    clip: int
    score: float
    coverage: float
    segments: tuple[int, ...]
    missing: tuple[Unit, ...]


class Scorer:
    """Scores clips for one query."""

    def __init__(self, reader: FtsReader, units: Sequence[Unit], weights: Weights) -> None:
        self.reader, self.units, self.weights = reader, units, weights
        self.clip_count, _ = reader.size()

    def scored(self, others: Collection[int]) -> list[ScoredClip]:
        """Return the best clips that have enough of the query, and those of `others`, in the order of their scores."""
        evidence = [self._found(unit) for unit in self.units]
        rarest = sorted(range(len(evidence)), key=lambda i: -evidence[i].weight)
        known = [i for i in range(len(evidence)) if evidence[i].is_complete]
        finding = {*known, *rarest[:RARE_AT_LEAST]}
        found: set[int] = set().union(*(evidence[i].clips() for i in finding))
        first = sorted(self._all(evidence, found), key=lambda one: -one.score)[:CHECKED]
        clips = {one.clip for one in first} | set(others)
        for i, unit in enumerate(self.units):
            if i not in known:
                self._check(unit, evidence[i], clips)
        return sorted(self._all(evidence, clips), key=lambda one: (-one.score, -one.clip))

    def _found(self, unit: Unit) -> Evidence:
        """Read where a unit occurs, in at most POSTINGS rows of each place."""
        evidence = Evidence()
        spread = 0.0
        for where, match, counts in self._matches(unit):
            if where == Where.SPEECH:
                rows = self.reader.postings(match, POSTINGS)
                evidence.add_said(rows, counts)
                clips = {clip for clip, _ in rows}
            else:
                clips = set(self.reader.clips_with(where, match, POSTINGS))
                evidence.add(where, clips, counts)
            if clips and len(rows if where == Where.SPEECH else clips) == POSTINGS:
                evidence.is_complete = False
                # Clips are numbered as they are archived, so the latest rows are a sample.
                spread = max(spread, len(clips) / (max(clips) - min(clips) + 1))
        holding = max(len(evidence.clips()), round(spread * self.clip_count))
        evidence.weight = self._rarity(holding)
        return evidence

    def _rarity(self, holding: int) -> float:
        """Return the weight of a unit that `holding` clips have."""
        return max(LEAST, math.log(1 + max(0.0, self.clip_count - holding + 0.5) / (holding + 0.5)))

    def _check(self, unit: Unit, evidence: Evidence, clips: Collection[int]) -> None:
        """Look for a frequent unit in some clips."""
        for where, match, counts in self._matches(unit):
            if where == Where.SPEECH:
                evidence.add_said(self.reader.matching_segments(match, clips), counts)
            else:
                evidence.add(where, self.reader.matching_clips(where, match, clips), counts)

    def _matches(self, unit: Unit) -> Iterator[tuple[Where, str, float]]:
        """Yield the expressions for a unit by place, each with how much a match counts."""
        share = {Where.STORY: self.weights.story, Where.NAME: self.weights.name}
        for node, counts in unit.meant:
            for where in PLACES:
                match = expression(node, where)
                if match:
                    yield where, match, counts * share.get(where, 1.0)

    def _all(self, evidence: Sequence[Evidence], clips: Iterable[int]) -> Iterator[ScoredClip]:
        whole = sum(one.weight for one in evidence)
        for clip in clips:
            yield self._score(evidence, clip, whole)

    def _score(self, evidence: Sequence[Evidence], clip: int, whole: float) -> ScoredClip:
        total = covered = title = 0.0
        sentences: dict[int, float] = {}
        missing: list[Unit] = []
        for unit, one in zip(self.units, evidence, strict=True):
            best = one.best(clip)
            if not best:
                missing.append(unit)
                continue
            said = one.said.get(clip, {})
            for segment, counts in said.items():
                sentences[segment] = sentences.get(segment, 0.0) + one.weight * counts
            times = max(1, len(said))
            total += one.weight * best * times * (1 + SATURATION) / (times + SATURATION)
            covered += one.weight * min(1.0, best)
            title += one.weight * one.elsewhere.get(clip, {}).get(Where.TITLE, 0.0)
        best_segments = sorted(sentences, key=lambda segment: (-sentences[segment], segment))
        total += SENTENCE * max(sentences.values(), default=0.0) + TITLE * self.weights.title * title
        coverage = covered / whole if whole else 0.0
        score = total * (UNCOVERED + (1 - UNCOVERED) * coverage)
        return ScoredClip(clip, score, coverage, tuple(best_segments), tuple(missing))
