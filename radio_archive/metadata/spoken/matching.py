"""Which name of the roster was said, however the engine spelled it: by letters and sound, and if no other is near."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from radio_archive.models import Field, Known
from radio_archive.text.spelling import fold

ALIKE = 0.85
"""How alike, of 1, what was heard must be to a name."""
ALIKE_PART = 0.72
"""How alike each part of it must be: `Grace Nakamura` is not `Keoni Nakamura`."""
ALIKE_CONSONANTS = 90
"""How alike, of 100, the consonants of each part must be: `Kenneth` is not `Kent`."""
MARGIN = 0.1
"""How much less alike every other name must be. To a name that was spelled as it is, only one that sounds the same is
near, for an engine that hears either would write the one it knows."""
LONGEST = 6
"""Words in a name that was heard; a foreign one may be heard as several."""
_SHORTEST = 4
"""Letters; what is shorter must be spelled as the name is."""
_SHORTLIST = 12
_SHORTLIST_CUTOFF = 50

# Spelling to sound, roughly: what a speech model mixes up becomes one letter. Capitals are consonants, which it mostly
# gets right; voiced and unvoiced ones count as one.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("^kn|^gn", "N"),
        ("^wr", "R"),
        ("^ps|^x", "S"),
        ("^ge(?=[aeilmnor])|^gi(?=[aln])", "Ci"),
        ("tch|ch|dg|j", "C"),
        ("sch|sh|ti(?=o)", "S"),
        ("ph|[fv]", "F"),
        ("th|[td]", "T"),
        ("ck|c(?![eiy])|qu?|k|g(?!h)", "K"),
        ("x", "KS"),
        ("[cszß]", "S"),
        ("[pb]", "P"),
        ("gh(?=[aeiou])", "K"),
        ("igh|gh", ""),
        ("m", "M"),
        ("n", "N"),
        ("l", "L"),
        ("r", "R"),
        ("w(?=[aeiouy])", "W"),
        ("oo|ou|ew|ue", "u"),
        ("ah", "a"),
        ("ai|ay|ei|ae|eh", "e"),
        ("ee|ea|ie|ey|y", "i"),
        ("au|aw|oa|ow|oe|oh", "o"),
        ("h", ""),
        (r"(.)\1+", r"\1"),
    )
)
_VOWELS = str.maketrans("", "", "aeiouw")
_NO_VOWELS = re.compile(r"[^a-z]")


class Match(NamedTuple):
    """The name that the first `length` words are, and how alike, of 1. `rivals`: others that they may be as well."""

    value: str
    field: Field
    length: int
    likeness: float
    rivals: tuple[str, ...] = ()


class _Entry(NamedTuple):
    field: Field
    subject: int
    name: str
    parts: tuple[str, ...]


class _Found(NamedTuple):
    """A name that the first `length` words are like: `close` enough to be meant, or sounding just the same."""

    likeness: float
    length: int
    entry: int
    close: bool
    sounds: bool


class Names:
    """The names of some fields, to be looked up by what was heard."""

    def __init__(self, fields: Mapping[Field, Sequence[Known]], articles: str = "(?!)") -> None:
        self._article = re.compile(rf"^(?:{articles}) (?=\S)")
        self._entries: list[_Entry] = []
        self._keys: list[str] = []
        self._known: dict[tuple[tuple[str, ...], bool], Match | None] = {}
        for field, subjects in fields.items():
            for number, known in enumerate(subjects):
                for spelling in (known.name, *known.aliases):
                    parts = tuple(self._article.sub("", _folded(spelling), count=1).split())
                    if parts and known.name.strip():
                        self._entries.append(_Entry(field, number, known.name, parts))
                        self._keys.append("".join(parts))
        self._exact: dict[str, list[int]] = {}
        for position, key in enumerate(self._keys):
            self._exact.setdefault(key, []).append(position)

    def begins(self, heard: Sequence[str], *, whole: bool = False) -> Match | None:
        """Return the name that `heard`, folded words, begins with, or is as a whole; None if it is like none."""
        key = tuple(heard[: LONGEST + 2]), whole
        if key not in self._known:
            self._known[key] = self._look_up(key[0], whole=whole) if self._keys and heard else None
        return self._known[key]

    def _look_up(self, heard: Sequence[str], *, whole: bool) -> Match | None:
        article = bool(len(heard) > 1 and self._article.match(f"{heard[0]} x"))
        longest = min(len(heard), LONGEST + article)
        found: list[_Found] = []
        for count in [len(heard)] if whole else range(1 + article, longest + 1):
            if count <= longest:
                found += self._like(tuple(heard[article:count]), count)
        best = max((one for one in found if one.close), default=None)
        if best is None:
            return None
        entry = self._entries[best.entry]
        return Match(entry.name, entry.field, best.length, best.likeness, self._rivals(found, best))

    def _like(self, words: tuple[str, ...], count: int) -> Iterator[_Found]:
        """The names that are at all like `words`."""
        from rapidfuzz import fuzz, process

        key = "".join(words)
        for position in self._exact.get(key, ()):
            yield _Found(1.0, count, position, close=True, sounds=True)
        if len(key) < _SHORTEST:
            return
        near = process.extract(
            key, self._keys, scorer=fuzz.ratio, processor=None, score_cutoff=_SHORTLIST_CUTOFF, limit=_SHORTLIST
        )
        for other, _, position in near:
            if other != key:
                likeness, close = alike(self._entries[position].parts, words)
                sounds = likeness >= ALIKE and _bones(other) == _bones(key)
                yield _Found(likeness, count, position, close, sounds)

    def _rivals(self, found: Sequence[_Found], best: _Found) -> tuple[str, ...]:
        """The names of others that what was heard may be as well. A show named as its station is no rival of it."""
        winner = self._entries[best.entry]
        others: dict[int, str] = {}
        for one in sorted(found, reverse=True):
            entry = self._entries[one.entry]
            near = one.sounds or (best.likeness < 1 and one.likeness > best.likeness - MARGIN)
            if near and entry.field == winner.field and entry.subject != winner.subject:
                others[entry.subject] = entry.name
        return tuple(others.values())


# A roster is read anew for each clip, and most of it stays the same.
_folded = lru_cache(maxsize=32_768)(fold)


@lru_cache(maxsize=65_536)
def sound(text: str) -> str:
    """Return how a folded word sounds, roughly: consonants as capitals, vowels small."""
    for pattern, letter in _SOUNDS:
        text = pattern.sub(letter, text)
    return text


def alike(name: Sequence[str], heard: Sequence[str]) -> tuple[float, bool]:
    """Return how alike, of 1, a name and what was heard are, in parts, and whether they are close enough."""
    if len(heard) > max(2, len(name)):
        # Karen J. Oshiro
        heard = [word for i, word in enumerate(heard) if len(word) > 1 or i in {0, len(heard) - 1}]
    if len(name) > LONGEST or len(heard) > LONGEST:
        return 0.0, False
    few, many = sorted((tuple(name), tuple(heard)), key=len)
    best = (0.0, False)
    for cuts in combinations(range(1, len(many)), len(few) - 1):
        edges = (0, *cuts, len(many))
        groups = ["".join(many[edges[i] : edges[i + 1]]) for i in range(len(few))]
        best = max(best, _in_all(few, groups), key=lambda one: (one[1], one[0]))
    return best


def _in_all(parts: Sequence[str], others: Sequence[str]) -> tuple[float, bool]:
    total = weight = 0.0
    close = True
    for part, other in zip(parts, others, strict=True):
        likeness, fits = _part(part, other)
        close = close and fits
        total += likeness * (len(part) + 2)
        weight += len(part) + 2
    return total / weight, close and total / weight >= ALIKE


@lru_cache(maxsize=65_536)
def _part(one: str, other: str) -> tuple[float, bool]:
    """How alike two words are in letters, sound and consonants, and whether they may be one."""
    from rapidfuzz import fuzz

    if one == other:
        return 1.0, True
    sounds = sound(one), sound(other)
    bones = _bones(one), _bones(other)
    consonants = fuzz.ratio(*bones) if bones[0] or bones[1] else 100.0
    likeness = (0.4 * fuzz.ratio(one, other) + 0.3 * fuzz.ratio(*sounds) + 0.3 * consonants) / 100
    return likeness, likeness >= ALIKE_PART and consonants >= ALIKE_CONSONANTS and _same(*sounds)


def _same(one: str, other: str) -> bool:
    """Whether two sounds may be one word: the same but for a last e, or in several syllables for one vowel.

    Among short words one vowel makes another name: `Hall` and `Hill`, `Jane` and `Joan`.
    """
    if one.removesuffix("e") == other.removesuffix("e"):
        return True
    vowels = _NO_VOWELS.split(one), _NO_VOWELS.split(other)
    heard = [[group for group in groups if group] for groups in vowels]
    # Where a consonant more or less was heard, the vowels do not stand beside each other.
    alike_otherwise = len(vowels[0]) != len(vowels[1]) or sum(map(str.__ne__, *vowels)) <= 1
    begin = one[:1] == other[:1] or (one[:1].islower() and other[:1].islower())
    return begin and alike_otherwise and len(heard[0]) == len(heard[1]) >= 2


def _bones(text: str) -> str:
    """The consonants that are heard."""
    return sound(text).translate(_VOWELS)
