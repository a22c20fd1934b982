"""Where names may stand in a transcript, by likeness alone."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from radio_archive.metadata.repair.confusion import bits_of_pairs
from radio_archive.metadata.repair.heard import Heard, HeardText, Span, is_sure
from radio_archive.metadata.repair.likeness import likeness, likeness_of_rest
from radio_archive.metadata.repair.listed import AT_A_PLACE, EXPLAINS, ClipNames
from radio_archive.metadata.repair.names import Name
from radio_archive.text.sounds import sound_of
from radio_archive.text.stop_words import STOP_WORDS

_EDGE, _SURE_EDGE, _COMMA, _STOP, _STRANGE = 0.5, 1.0, 0.3, 1.2, 0.1
"""How much less a match explains for each word at its ends that says nothing, if the engine was unsure of it and if it
was sure, for each comma and each full stop inside; and how much more for each letter of a strange word."""
_PER_BIT, _PER_LETTER = 0.075, 0.5
"""How much a match explains for each bit that speaks for it, and for each letter of the name that is alike."""
_NEVER = 0.9
"""Doubt above which even a word that says nothing was misheard."""
_NEARLY = 0.7
"""Likeness from which words that the engine was sure of may be the rest of a name of which one word was heard right."""
_ENDINGS = frozenset({"s", "es", "n", "an", "ian", "ans", "ns", "ish", "ese"})
"""What makes another word of a name, which nobody misheard: Korea, Korean."""


class Features(NamedTuple):
    """The evidence for one name in one place, as numbers."""

    bits: float
    """How strongly the sounds speak for the name: one for 20 bits."""
    share: float
    """The share of the bits that would speak for it if it had been heard right."""
    rest: float
    """Likeness of what remains without the words that are equal at the ends."""
    letters: float
    """Letters of the name, at most 14, as a share of that."""
    begins: float
    """Whether both begin with the same sound."""
    doubt: float
    """How unlikely the engine thought these words, 0 to 1, longer ones counting more."""
    strange: float
    """The share of letters of words that are not in the word list."""
    sure: float
    """The share of letters of common words that the engine was sure of and that are not in the name."""
    words: float
    """How many words more or fewer than the name has."""
    anchors: float
    """Neighbours that are the same as in the story, 0 to 2; small words count a third."""
    context: float
    """Whether other words of the story's sentence are near, 0 to 1."""
    aligned: float
    """Whether the story has just the name where these words were heard, between the same words before and after."""
    listed: float
    """Whether the name is only in a list: the glossary, the roster."""
    lead: float
    """How many bits less speak for every other name for these words, and for none: one for 10 bits, -1 to 1."""
    ahead: float
    """How much less every other name for these words explains, -1 to 1."""
    missing: float
    """The share of the name's letters by which what was heard is shorter."""


@dataclass(slots=True)
class Match:
    """A name that words `first` to before `end` may stand for."""

    first: int
    end: int
    name: Name
    alike: float
    bits: float = 0.0
    """How strongly the sounds that were heard speak for it."""
    features: Features | None = None
    """None for a name that was heard right."""
    confidence: float = 0.0
    others: "Sequence[Match]" = ()
    """All that have a word in common with it."""
    rivals: "Sequence[Match]" = ()
    """Other names for about the same words."""
    is_known: bool = False
    """Whether the glossary lists these words as what is heard for the name."""
    weight: float = 0.0
    """How much of what was heard it explains; 0 for little."""

    def is_at(self, other: "Match") -> bool:
        """Whether at least half of the words of each are those of the other."""
        shared = min(other.end, self.end) - max(other.first, self.first)
        return 2 * shared >= self.end - self.first and 2 * shared >= other.end - other.first

    @property
    def is_exact(self) -> bool:
        """Whether these are the letters of the name, so that it was heard right."""
        return self.alike == 1.0


def matches_of(heard: HeardText, names: ClipNames) -> list[Match]:
    """Return where each name may stand, without evidence yet: for each place, the words that are most like it.

    Names that were heard right are among them, with a likeness of 1. Words that nobody can have misheard are not.
    """
    found: list[Match] = []
    settled: dict[str, set[int]] = {}
    doubtful: list[Span] = []
    for span in heard.spans():
        for name in filter(None, map(names.get, _without_ending(span.key))):
            settled.setdefault(name.key, set()).update(range(span.first, span.end))
        if right := names.get(span.key):
            found.append(Match(span.first, span.end, right, 1.0))
        if listed := names.heard_as(span.key):
            alike = min(likeness(span.key, listed.key), 0.99)
            found.append(Match(span.first, span.end, listed, alike, is_known=True))
        if span.doubtful or (
            span.end - span.first > 1 and any(names.has_part(word.parts) for word in heard.words[span.first : span.end])
        ):
            doubtful.append(span)
    likely = _likely(heard, doubtful, names)
    free = (one for one in likely if settled.get(one.name.key, set()).isdisjoint(range(one.first, one.end)))
    found += free
    sounds = [
        sound_of([part for word in heard.words[match.first : match.end] for part in word.parts]) for match in found
    ]
    oddness: dict[tuple[int, int], tuple[float, float]] = {}
    bits = bits_of_pairs([sound_of(match.name.parts) for match in found], sounds)
    for match, value in zip(found, bits, strict=True):
        match.bits = value
        letters = (1 if match.is_known else match.alike) - EXPLAINS
        match.weight = _PER_BIT * match.bits + _PER_LETTER * letters * len(match.name.key)
        if not (match.is_exact or match.is_known):
            place = match.first, match.end
            if place not in oddness:
                oddness[place] = _oddness(heard.words[match.first : match.end])
            match.weight += _cost(heard, match, *oddness[place])
    return _foremost(found)


def _without_ending(key: str) -> Iterator[str]:
    """Yield the letters of names of which these are a form: *Korean* of *Korea*, and the other way round."""
    yield key
    for ending in _ENDINGS:
        if key.endswith(ending):
            yield key.removesuffix(ending)
        if len(key) > 2:
            yield key + ending


def _likely(heard: HeardText, spans: Sequence[Span], names: ClipNames) -> Iterator[Match]:
    """Yield the matches that explain most of each span."""
    keys = list(dict.fromkeys(span.key for span in spans))
    like = dict(zip(keys, names.like(keys), strict=True))
    for span in spans:
        inside = [part for word in heard.words[span.first : span.end] for part in word.parts]
        for alike, name in like[span.key]:
            if not span.doubtful and not _is_nearly(inside, name):
                continue
            yield Match(span.first, span.end, name, alike)


def _is_nearly(heard: Sequence[str], name: Name) -> bool:
    """Whether a telling word of a name was heard right, and what was heard for the rest is much like it."""
    return not set(name.parts).difference(STOP_WORDS).isdisjoint(heard) and (
        likeness_of_rest(heard, name.parts) >= _NEARLY
    )


def _oddness(inside: Sequence[Heard]) -> tuple[float, float]:
    """How much more words explain for being strange and unsure; and how much less for the commas and stops in them."""
    stops = sum(_COMMA if word.closes == "," else _STOP for word in inside[:-1] if word.closes)
    strange = sum((word.doubt + word.strange - 0.9) * len(word.key) for word in inside)
    return _STRANGE * strange, stops


def _cost(heard: HeardText, match: Match, strange: float, stops: float) -> float:
    """How much more a match explains for the oddness of its words, and less for words at its ends that say nothing."""
    inside = heard.words[match.first : match.end]
    parts = set(match.name.parts)
    edges = sum(
        _SURE_EDGE if is_sure(word) else _EDGE
        for word in (inside[0], inside[-1])
        if word.small and not parts.intersection(word.parts)
    )
    return strange - edges - stops


def _foremost(matches: Sequence[Match]) -> list[Match]:
    """Return the best matches of each place, and of each name only the best of those with a word in common.

    Names of the story are counted apart, so that a long list crowds none of them out.
    """
    there: Counter[tuple[bool, int]] = Counter()
    taken: dict[str, set[int]] = {}
    kept = []
    for match in sorted(matches, key=lambda one: (-one.weight, one.first, one.end)):
        place = range(match.first, match.end)
        counted = [(match.name.is_told, at) for at in place]
        mine = taken.setdefault(match.name.key, set())
        if mine.isdisjoint(place) and any(there[one] < AT_A_PLACE for one in counted):
            mine.update(place)
            there.update(counted)
            kept.append(match)
    return kept


def best_apart(matches: Sequence[Match], worth: Callable[[Match], float] = lambda one: one.weight) -> list[Match]:
    """Return the matches that are worth most of which no two have a word in common, the best first."""
    taken: set[int] = set()
    kept = []
    for match in sorted(matches, key=lambda one: (-worth(one), one.first, one.end)):
        place = range(match.first, match.end)
        if taken.isdisjoint(place):
            taken.update(place)
            kept.append(match)
    return kept


def is_misheard(heard: HeardText, match: Match) -> bool:
    """Whether any of the words, besides those of the name, gives reason to think that it was misheard."""
    inside = heard.words[match.first : match.end]
    others = [word for word in inside if not set(word.parts) <= set(match.name.parts)]
    return any(not is_sure(word) and (not word.small or word.doubt > _NEVER) for word in others)


def widened(heard: HeardText, match: Match) -> Match | None:
    """Return the match with the words beside it that were probably heard for the rest of the name; None for none."""
    best: Match | None = None
    for before, after in ((0, 1), (0, 2), (1, 0), (1, 1), (2, 0)):
        first, end = match.first - before, match.end + after
        if first < 0 or end > len(heard.words):
            continue
        added = (*heard.words[first : match.first], *heard.words[match.end : end])
        if any(not word.parts or word.parts[0][0].isdigit() for word in added):
            continue
        key = "".join(word.key for word in heard.words[first:end])
        alike = likeness(key, match.name.key)
        # A word that says nothing may be the rest of a name, if the whole is more like it then.
        if any(is_sure(word) and (not word.small or alike <= match.alike) for word in added):
            continue
        wider = replace(match, first=first, end=end, alike=alike)
        if alike >= EXPLAINS and (best is None or (end - first, alike) > (best.end - best.first, best.alike)):
            best = wider
    return best
