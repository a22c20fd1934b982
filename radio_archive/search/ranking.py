"""Finds and orders the clips of a query."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from radio_archive.search.expression import PLACES, expression, says_something
from radio_archive.search.fts import FtsReader, Hit
from radio_archive.search.results import Sort, Weights, Where
from radio_archive.search.totals import FacetCache, FacetCounts, count_found
from radio_archive.text.query import Aired, AllOf, AnyOf, Near, Node, Query, Term, Without

STEPS = (200, 2_000)
"""Numbers of ranked hits to read; a later step only if there are too few. Its clips come after the earlier ones."""
FEW = 1_000
"""So many hits in speech are all read at once, because counting the clips would read them again."""


@dataclass(slots=True)
class RankedClip:
    """A found clip, and its ranked rows in each place, the best first."""

    clip: int
    rows: dict[Where, list[int]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """The words of the query that it does not have."""


class Finder:
    """Finds the clips of one query.

    A clip is found if it contains all wanted parts, in any place, and no unwanted one. Clips with all of it in one
    sentence, title or story come first.
    """

    def __init__(self, reader: FtsReader, query: Query, weights: Weights) -> None:
        """Prepare to find `query` among the clips of `reader`."""
        self.reader, self.query, self.weights = reader, query, weights
        self._all_clips: set[int] | None = None

    def page(self, sort: Sort, first: int, limit: int) -> list[RankedClip]:
        """Return `limit` clips from index `first`, which counts from 0."""
        wanted = self.query.wanted
        if wanted is None or sort != "relevance":
            return [RankedClip(clip) for clip in islice(self._by_date(newest=sort != "oldest"), first, first + limit)]
        ranking, is_all = self._ranked(wanted, first + limit)
        if is_all:
            self._all_clips = set(ranking.order)
        found = ranking.found(first, limit)
        if len(found) < limit and not is_all:
            rest = (clip for clip in self._by_date(newest=True) if clip not in ranking.seen)
            skipped = max(0, first - len(ranking.order))
            found += [RankedClip(clip) for clip in islice(rest, skipped, skipped + limit - len(found))]
        return found

    def clips(self) -> set[int]:
        """Return all clips that the query finds, without a limit; not all of them may pass the filters."""
        if self._all_clips is None:
            wanted = self.query.wanted
            if wanted is None:
                self._all_clips = set(self.reader.clips_by_date(newest=True))
            else:
                self._all_clips = self.having(wanted, None)
            self._all_clips -= self.excluded(self._all_clips)
        return self._all_clips

    def best(self, least: int, most: int) -> tuple[list[RankedClip], bool]:
        """Return up to `most` clips with all that is wanted in one text, the best; at least `least` if so many are.

        Also return whether these are all clips with all that is wanted.
        """
        if self.query.wanted is None:
            return [], False
        ranking, is_all = self._ranked(self.query.wanted, least)
        if is_all:
            self._all_clips = set(ranking.order)
        return ranking.found(0, most), is_all and len(ranking.order) <= most

    def rest(self, known: Collection[int], most: int) -> list[RankedClip]:
        """Return up to `most` clips that are not `known`, the newest first."""
        rest = (clip for clip in self._by_date(newest=True) if clip not in known)
        return [RankedClip(clip) for clip in islice(rest, most)]

    def add(self, clips: Collection[int]) -> None:
        """Count these clips too, which do not have all that is wanted."""
        self._all_clips = self.clips() | set(clips)

    def excluded(self, clips: Collection[int]) -> set[int]:
        """Return those of `clips` that match an unwanted part of the query."""
        return {clip for node in self.query.unwanted for clip in self.having(node, clips)} if clips else set()

    def having(self, node: Node, among: Collection[int] | None) -> set[int]:
        """Return the clips, of all or `among` these, that match a part of the query."""
        match node:
            case AllOf(parts):
                left = among
                for part in sorted(filter(says_something, parts), key=self._commonness):
                    left = self.having(part, left)
                    if not left:
                        break
                return set(left or ())
            case AnyOf(parts) if not is_flat(node):
                return {clip for part in parts for clip in self.having(part, among)}
            case Without(wanted, unwanted):
                found = self.having(wanted, among)
                return found - {clip for part in unwanted for clip in self.having(part, found)} if found else found
            case Aired(_, since, until):
                return self.having(AllOf(node.words), among) | self.reader.clips_aired(since, until, among)
        in_places: set[int] = set()
        for where in PLACES:
            match = expression(node, where)
            if match:
                in_places |= self.reader.matching_clips(where, match, among)
        return in_places

    def is_common(self, most: int) -> bool:
        """Whether finding all clips would read more than `most` hits."""
        return self.query.wanted is not None and self._reads_more(self.query.wanted, most)

    def _reads_more(self, node: Node, most: int) -> bool:
        match node:
            case AllOf(parts):
                return all(self._reads_more(part, most) for part in parts)
            case AnyOf(parts) if not is_flat(node):
                return any(self._reads_more(part, most) for part in parts)
            case Without(wanted):
                return self._reads_more(wanted, most)
            case Aired():
                return True
        match = expression(node, Where.SPEECH)
        return match is not None and self.reader.has_more(match, most)

    def passages(self) -> int:
        """Count the segments that match the whole query."""
        wanted = self.query.wanted
        match = expression(wanted, Where.SPEECH) if wanted is not None else None
        return self.reader.count(match) if match else 0

    def totals(self, known: FacetCache | None = None) -> FacetCounts:
        """Count the clips; `known` is used if there is no filter except visibility."""
        return count_found(self.reader, self.clips(), known)

    def _by_date(self, *, newest: bool) -> Iterator[int]:
        clips = self.clips()
        return self.reader.clips_by_date(clips, newest=newest)

    def _ranked(self, wanted: Node, most: int) -> "tuple[_Ranking, bool]":
        """Return at least the `most` best clips, and whether these are all."""
        matches = {where: match for where in PLACES if (match := expression(wanted, where))}
        ranking, is_all = _Ranking(), False
        spoken = matches.get(Where.SPEECH)
        least = 0 if spoken is None or self.reader.has_more(spoken, FEW) else FEW
        for rows in (*(step for step in STEPS if least < step < self.reader.cap), self.reader.cap):
            hits = {
                where: self.reader.ranked_hits(where, match, self.weights.heard, rows)
                for where, match in matches.items()
            }
            ranking.add(hits, self.weights)
            ranking.exclude(self.excluded(ranking.seen))
            if has_exclusion(wanted):
                # The words that rule a clip out may be in another of its texts than those that were found.
                ranking.exclude(ranking.seen - self.having(wanted, ranking.seen))
            if all(len(found) < min(rows, self.reader.limit_of(where)) for where, found in hits.items()):
                is_all = is_flat(wanted)
                break
            if len(ranking.order) >= most:
                break
        return ranking, is_all

    def _commonness(self, node: Node) -> int:
        if isinstance(node, Aired):
            # Last, because it looks at no more than the clips that are left.
            return self.reader.cap + 2
        match = expression(node, Where.SPEECH)
        return self.reader.count_up_to(match, self.reader.cap + 1) if match else 0


def is_flat(node: Node) -> bool:
    """Whether one text is enough to match a part of a query, so that each match is a hit."""
    match node:
        case Term() | Near():
            return True
        case AnyOf(parts):
            return all(isinstance(part, Term | Near) for part in parts)
    return False


def has_exclusion(node: Node) -> bool:
    """Whether a part of it must not be in a clip."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            return any(map(has_exclusion, parts))
    return isinstance(node, Without)


class _Ranking:
    """Orders clips by scores from ranked hits in several places.

    In each place, a clip's best hit counts, relative to the best hit of that place. Scores of two places cannot be
    compared: a word is rarer in a hundred titles than in a million sentences.
    """

    def __init__(self) -> None:
        self.order: list[int] = []
        self.seen: set[int] = set()
        """The clips that were added, including those excluded."""
        self._hits: Mapping[Where, Sequence[Hit]] = {}

    def add(self, hits: Mapping[Where, Sequence[Hit]], weights: Weights) -> None:
        """Append the clips of more hits, the best first."""
        self._hits = hits
        scores: dict[int, float] = {}
        for where, found in hits.items():
            scale = weights.of(where) / found[0][2] if found and found[0][2] > 0 else weights.of(where)
            best: dict[int, float] = {}
            for clip, _, score in found:
                best.setdefault(clip, score)
            for clip, score in best.items():
                scores[clip] = scores.get(clip, 0.0) + scale * score
        for clip in sorted(scores, key=scores.__getitem__, reverse=True):
            if clip not in self.seen:
                self.seen.add(clip)
                self.order.append(clip)

    def exclude(self, clips: Collection[int]) -> None:
        """Remove clips from the order permanently."""
        if clips:
            self.order = [clip for clip in self.order if clip not in clips]

    def found(self, first: int, limit: int) -> list[RankedClip]:
        """Return `limit` clips from index `first`."""
        found = {clip: RankedClip(clip) for clip in self.order[first : first + limit]}
        for where, hits in self._hits.items():
            for clip, row, _ in hits:
                if clip in found:
                    found[clip].rows.setdefault(where, []).append(row)
        return list(found.values())
