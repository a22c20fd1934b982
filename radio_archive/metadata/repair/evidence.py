"""What speaks for a name at a place of a transcript, and against it."""

from collections.abc import Sequence
from functools import lru_cache

from radio_archive.metadata.repair.confusion import information
from radio_archive.metadata.repair.heard import HeardText, is_sure
from radio_archive.metadata.repair.likeness import likeness_of_rest
from radio_archive.metadata.repair.matches import Features, Match
from radio_archive.metadata.repair.names import CALENDAR, Name
from radio_archive.text.sounds import skeleton, sound_of
from radio_archive.text.stop_words import STOP_WORDS

_AROUND = 8
"""Words before and after, in which something of the story's sentence is looked for."""
_FRAMES = frozenset(
    "in at from to near for by with im is on off of say says minister governor judge mayor senator".split()
)
"""Words that names stand after."""
_CHANCE = 1.0
"""How much some name explains by chance: what is to be surpassed even where no other name is near."""
_MANY, _LEAD = 20.0, 10.0
"""Bits that make sure of a name, and by which it must be ahead of others to be sure."""
_MUCH_MORE = 1.5
"""How much more a name that is only in a list must explain to be a rival of one of the story."""


def add_features(heard: HeardText, matches: Sequence[Match]) -> None:
    """Fill in the evidence for each match, the others that overlap it, and its rivals among them."""
    by_place: dict[int, list[Match]] = {}
    for match in matches:
        for at in range(match.first, match.end):
            by_place.setdefault(at, []).append(match)
    for match in matches:
        there = {id(other): other for at in range(match.first, match.end) for other in by_place[at]}
        del there[id(match)]
        match.others = list(there.values())
        match.rivals = [one for one in match.others if _is_rival(match, one)]
        if not match.is_exact:
            match.features = _features(heard, match)


def _is_rival(match: Match, other: Match) -> bool:
    """Whether another name fits the same words, which is no part of this one.

    In a long list some name is like anything; so beside a name of the story it has to explain much more.
    """
    if not match.is_at(other) or is_within(other.name, match.name):
        return False
    is_only_listed = match.name.is_told and not (other.name.is_told or other.is_exact)
    return not is_only_listed or other.weight > match.weight + _MUCH_MORE


def _features(text: HeardText, match: Match) -> Features:
    heard, name = text.words[match.first : match.end], match.name
    key = "".join(word.key for word in heard)
    parts = [part for word in heard for part in word.parts]
    size = sum(len(word.key) for word in heard) or 1
    one, other = skeleton(key), skeleton(name.key)
    lead = match.bits - max([0.0, *(rival.bits for rival in match.rivals)])
    share = match.bits / (information(sound_of(name.parts)) or 1.0)
    ahead = match.weight - max([_CHANCE, *(rival.weight for rival in match.rivals)])
    return Features(
        bits=match.bits / _MANY,
        share=share,
        rest=likeness_of_rest(parts, name.parts),
        letters=min(len(name.key), 14) / 14,
        begins=float(one[:1] == other[:1]),
        doubt=sum(word.doubt * len(word.key) for word in heard) / size,
        strange=sum(word.strange * len(word.key) for word in heard) / size,
        sure=sum(is_sure(word) * len(word.key) for word in heard if not set(word.parts) & set(name.parts)) / size,
        words=abs(len(parts) - len(name.parts)) / 3,
        anchors=_anchors(text, match),
        context=_context(text, match),
        aligned=float(name.key == text.told_at(match.first, match.end)),
        listed=float(not name.is_told),
        lead=min(1.0, max(lead / _LEAD, -1.0)),
        ahead=min(1.0, max(ahead, -1.0)),
        missing=max(0.0, 1 - len(key) / len(name.key)),
    )


def is_framed(heard: HeardText, match: Match) -> bool:
    """Whether a word that names stand after is before it, in the same sentence: `in`, `for`, `I'm`."""
    before = heard.words[match.first - 1] if match.first else None
    return bool(before and not before.closes and _FRAMES.intersection(before.parts))


def is_within(one: Name, other: Name) -> bool:
    """Whether one of two names is a part of the other, or the same."""
    words, others = _words(one.parts), _words(other.parts)
    return words <= others or others <= words


@lru_cache(maxsize=32_768)
def _words(parts: tuple[str, ...]) -> frozenset[str]:
    """Return the different words of a name."""
    return frozenset(parts)


def _anchors(heard: HeardText, match: Match) -> float:
    words = heard.words
    before = words[match.first - 1].parts[-1:] if match.first else ()
    after = words[match.end].parts[:1] if match.end < len(words) else ()
    best = 0.0
    for occurrence in match.name.occurrences:
        value = 0.0
        for one, other in ((before, occurrence.before[:1]), (after, occurrence.after[:1])):
            if one and one == other:
                value += 1 / 3 if one[0] in STOP_WORDS else 1
        best = max(best, value)
    return best


def _context(heard: HeardText, match: Match) -> float:
    near = {*range(match.first - _AROUND, match.first), *range(match.end, match.end + _AROUND)}
    for occurrence in match.name.occurrences:
        for word in (*occurrence.before, *occurrence.after):
            telling = len(word) > 3 and word not in STOP_WORDS | CALENDAR
            if telling and not near.isdisjoint(heard.places.get(word, ())):
                return 1.0
    return 0.0
