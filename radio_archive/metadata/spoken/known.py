"""The names that are known, prepared for finding them in speech: once, however many clips are read with them.

A name is looked up by its sound, not compared with every other one: the heard words and the name have the same
consonants but for one (symmetric deletion: W. Garbe, *SymSpell*, 2012), or a word of them has the same consonants.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from radio_archive.metadata.spoken.phrases import LANGUAGES
from radio_archive.models import Field, Known, Roster
from radio_archive.text.ngrams import NgramIndex
from radio_archive.text.sounds import consonants, sound_of, without_vowels
from radio_archive.text.spelling import fold

_SHORTLIST = 12
_SHORTLIST_CUTOFF = 50
"""The most names that are compared with heard words, and their lowest similarity in letters, 0 to 100."""
_SOUNDS_CUTOFF = 40
"""Lowest similarity of their sounds, 0 to 100."""
_LONG = 8
"""Letters of a name that can be recognised by its letters alone."""
_MOST_LETTERS = 100
"""Letters of heard words that can be a misheard name, and of a name that is found by its sound."""
_A_PART = 3
"""Consonants by which one word of a name is looked up."""
_COMPARED = 500
"""Names, at most, whose letters or sounds are compared with heard words: those that have most in common with them."""

_OKINA = re.compile("[ʻʼ‘’'`]")
_TWICE = re.compile(r"(.)\1+")
_numbers = count()
_folded = lru_cache(maxsize=32_768)(fold)


class Entry(NamedTuple):
    """One spelling of a name. `subject` is the same number for all spellings of a person, show or station."""

    field: Field
    subject: int
    name: str
    parts: tuple[str, ...]
    sounds: tuple[str, ...] = ()
    """Of each word as it is written: `Mei-Ling` has one."""


class NameTable:
    """The names of one field. Finding one costs what is similar to it; adding one costs the same in any table."""

    def __init__(self, field: Field, known: Iterable[Known] = (), articles: str = "(?!)") -> None:
        """`articles`: the pattern of words that may be left out at the start of a name."""
        self._field, self._article = field, article_of(articles)
        self._entries: list[Entry] = []
        self._letters = NgramIndex(lambda key: (key[:_MOST_LETTERS],))
        self._long = NgramIndex(lambda key: (key[:_MOST_LETTERS],))
        self._whole_sounds = NgramIndex(lambda sound: (sound, without_vowels(sound)))
        self._exact: dict[str, list[int]] = {}
        self._sounds: dict[str, list[int]] = {}
        self.add(known)

    def add(self, known: Iterable[Known]) -> None:
        """Add persons, shows or stations with all their spellings."""
        for one in known:
            number = next(_numbers)
            for spelling in (one.name, *one.aliases) if one.name.strip() else ():
                parts = tuple(self._article.sub("", _folded(spelling), count=1).split())
                if parts:
                    self._add(Entry(self._field, number, one.name, parts, _sounds_by_word(spelling, parts)))

    def _add(self, entry: Entry) -> None:
        position, key = len(self._entries), "".join(entry.parts)
        self._entries.append(entry)
        self._letters.words.append(key)
        self._whole_sounds.words.append("".join(entry.sounds))
        if len(entry.parts) > 1 and len(key) >= _LONG:
            self._long.words.append(key)
        self._exact.setdefault(key, []).append(position)
        for sound in sounds_of(entry.parts):
            self._sounds.setdefault(sound, []).append(position)

    def __len__(self) -> int:
        return len(self._entries)

    def spelled(self, key: str) -> list[Entry]:
        """Return the names with exactly these letters."""
        return [self._entries[position] for position in self._exact.get(key, ())]

    def sounding_like(self, key: str, sounds: Iterable[str], hidden: Collection[str] = ()) -> list[Entry]:
        """Return the few names most like `key` in letters, among those that have one of the `sounds`.

        None is spelled like it. `hidden` are names, folded, that are left out here.
        """
        positions = {position for sound in sounds for position in self._sounds.get(sound, ())}
        known = self._letters.words
        keys = {position: known[position] for position in sorted(positions) if known[position] != key}
        if hidden:
            keys = {at: other for at, other in keys.items() if not is_hidden(self._entries[at], hidden)}
        if not keys:
            return []
        from rapidfuzz import fuzz, process

        near = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=_SHORTLIST_CUTOFF, limit=_SHORTLIST)
        return [self._entries[position] for _, _, position in near]

    def lettered_like(self, key: str, wanted: float, others: float) -> Iterator[tuple[float, Entry]]:
        """Yield the names whose letters have the similarity `others` (0 to 100), if one of them has `wanted`."""
        from rapidfuzz import fuzz, process

        if len(key) > _MOST_LETTERS:
            return
        likely = self._letters.near(key, _COMPARED)
        near = process.extract(key, likely, scorer=fuzz.ratio, score_cutoff=others, limit=_SHORTLIST)
        if near and near[0][1] >= wanted:
            yield from ((score, self._entries[position]) for _, score, position in near)

    def agreeing_with(self, sound: str) -> list[Entry]:
        """Return the few names whose sounds are most like `sound`, however they are written."""
        from rapidfuzz import fuzz, process

        likely = self._whole_sounds.near(sound, _COMPARED)
        near = process.extract(sound, likely, scorer=fuzz.ratio, score_cutoff=_SOUNDS_CUTOFF, limit=_SHORTLIST)
        return [self._entries[position] for _, _, position in near]

    def closest_of_several_words(self, key: str, least: float) -> float:
        """Return the similarity (0 to 100) of `key` to the name of several words most like it; 0 below `least`."""
        from rapidfuzz import fuzz, process

        near = process.extractOne(key, self._long.near(key, _COMPARED), scorer=fuzz.ratio, score_cutoff=least)
        return near[1] if near else 0.0


class KnownNames:
    """The roster, prepared once for the sign-offs of many clips."""

    def __init__(self, roster: Roster = Roster()) -> None:  # noqa: B008 - it is frozen
        self.people = NameTable(Field.REPORTER)
        self._outlets = {
            articles: (NameTable(Field.SHOW, (), articles), NameTable(Field.STATION, (), articles))
            for articles in dict.fromkeys(phrases.articles for phrases in LANGUAGES)
        }
        self.add(roster)

    def add(self, roster: Roster) -> None:
        """Add people, shows and stations that are not there yet."""
        self.people.add(roster.people)
        for shows, stations in self._outlets.values():
            shows.add(roster.shows)
            stations.add(roster.stations)

    def outlets(self, articles: str = LANGUAGES[0].articles) -> tuple[NameTable, NameTable]:
        """Return the shows and the stations, by their names without `articles`, those of a language."""
        return self._outlets[articles]


def article_of(articles: str) -> re.Pattern[str]:
    """Return a pattern for one of `articles` and the space after it, at the start of a folded name."""
    return re.compile(rf"^(?:{articles}) (?=\S)")


def is_hidden(entry: Entry, hidden: Collection[str]) -> bool:
    """Whether the main name of an entry is one of `hidden`, which are folded."""
    return bool(hidden) and _folded(entry.name) in hidden


@lru_cache(maxsize=16_384)
def sounds_of(words: tuple[str, ...]) -> frozenset[str]:
    """Return the sounds by which names like these words (folded) are found; none for words without end.

    Those of one word alone begin with a space.
    """
    if sum(map(len, words)) > _MOST_LETTERS:
        return frozenset()
    parts = [consonants(word) for word in words]
    whole = _TWICE.sub(r"\1", "".join(parts))
    without_one = (whole[:at] + whole[at + 1 :] for at in range(len(whole)))
    found = {whole, *(without_one if len(whole) > _A_PART else ())}
    return frozenset(found.union(f" {part}" for part in parts if len(part) >= _A_PART))


def _sounds_by_word(spelling: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The sounds of each word of a name whose folded words are `parts`; `Mei-Ling` is one word and two parts.

    The vowels on both sides of an ʻokina are two: `Koʻolau` has no `oo`.
    """
    words = [_folded(word).split() for word in spelling.split()]
    if [part for word in words for part in word] != list(parts):
        return tuple(sound_of([part]) for part in parts)
    pieces = ([piece for part in _OKINA.split(word) for piece in _folded(part).split()] for word in spelling.split())
    return tuple(sound for sound in map(sound_of, pieces) if sound)
