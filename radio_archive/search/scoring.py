"""Scores clips for a query: by how rare the parts are that they have, and how much of the query these are.

The measure is the usual one of text retrieval, inverse document frequency with saturation (Robertson and Zaragoza, *The
Probabilistic Relevance Framework: BM25 and Beyond*, 2009), with whole clips as documents, plus a share for the best
sentence and for the title, times a share that grows with the part of the query that the clip has.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from radio_archive.search.evidence import Evidence, EvidenceReader
from radio_archive.search.plan import REPLACED, Unit
from radio_archive.search.results import Weights, Where

CHECKED = 60
"""Clips that are scored, and in which frequent words are looked for."""
FINDING = 2
"""Words that find clips in any case, the rarest ones."""
SATURATION = 1.2
SENTENCE = 0.6
TITLE = 0.25
"""Shares added for the best sentence and, times the weight of titles, for the title."""
UNCOVERED = 0.4
"""What remains of the score of a clip that has next to nothing of the query."""


@dataclass(frozen=True, slots=True)
class ScoredClip:
    """A clip, its score, its best segments, and the units that it lacks.

    `coverage` is the share of the query that it has, 0 to 1, in which rare words count more.
    """

    clip: int
    score: float
    coverage: float
    segments: tuple[int, ...]
    missing: tuple[Unit, ...]


def score(reader: EvidenceReader, units: Sequence[Unit], others: Collection[int]) -> tuple[list[ScoredClip], bool]:
    """Return clips that have some of the units, and those of `others`, the best first.

    Also return whether all clips with all units are among them.
    """
    evidence = [reader.look(unit) for unit in units]
    for one in sorted(evidence, key=lambda one: -one.weight)[:FINDING]:
        if one.frequent:
            reader.read(one)
    clips = {*others, *_promising(evidence)}
    rare = [one.said.keys() | one.written.keys() for one in evidence if one.is_complete]
    has_all = bool(rare) and set.intersection(*rare) <= clips
    reader.check(evidence, clips)
    scored = (_scored(evidence, clip, reader.weights) for clip in clips)
    return sorted(scored, key=lambda one: (-one.score, -one.clip)), has_all


def score_of_one(rows: Mapping[Where, Sequence[int]], weights: Weights) -> float:
    """Return the score of a clip for a query of one unit, by the clip's rows in each place."""
    times = len(rows.get(Where.SPEECH, ()))
    best = max((1.0 if where == Where.TITLE else weights.of(where) for where in rows), default=0.0)
    said = SENTENCE if times else 0.0
    return best * _saturated(times) + said + TITLE * weights.title * (Where.TITLE in rows)


def _saturated(times: int) -> float:
    return max(1, times) * (1 + SATURATION) / (max(1, times) + SATURATION)


def _promising(evidence: Sequence[Evidence]) -> list[int]:
    """Return the clips with the rarest units known so far."""
    sums: defaultdict[int, float] = defaultdict(float)
    for one in evidence:
        for clip in one.said.keys() | one.written.keys():
            sums[clip] += one.weight
    return sorted(sums, key=lambda clip: (-sums[clip], -clip))[:CHECKED]


def _scored(evidence: Sequence[Evidence], clip: int, weights: Weights) -> ScoredClip:
    total = covered = title = 0.0
    sentences: defaultdict[int, float] = defaultdict(float)
    missing: list[Unit] = []
    for one in evidence:
        best = one.best(clip)
        if not best:
            missing.append(one.unit)
            continue
        said = one.said.get(clip, {})
        for segment, counts in said.items():
            sentences[segment] += one.weight * counts
        total += one.weight * best * _saturated(len(said))
        covered += one.weight * min(1.0, best / REPLACED[-1])
        title += one.weight * one.written.get(clip, {}).get(Where.TITLE, 0.0)
    total += SENTENCE * max(sentences.values(), default=0.0) + TITLE * weights.title * title
    coverage = covered / sum(one.weight for one in evidence)
    segments = sorted(sentences, key=lambda segment: (-sentences[segment], segment))
    return ScoredClip(clip, total * (UNCOVERED + (1 - UNCOVERED) * coverage), coverage, tuple(segments), tuple(missing))
