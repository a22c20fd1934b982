"""Find the roster name that was spoken, in any spelling: by letters and sound, unless another name is close too."""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from radio_archive.metadata.spoken.agreement import Agreement, agreement, information
from radio_archive.metadata.spoken.known import Entry, NameTable, article_of, is_hidden, sounds_of
from radio_archive.models import Field
from radio_archive.text.sounds import consonants, phonetic_form, sound_of

MIN_SIMILARITY = 0.85
"""Lowest similarity, 0 to 1, of the spoken words to a name."""
MIN_PART_SIMILARITY = 0.72
"""The same for each part of a name: `Grace Nakamura` is not `Keoni Nakamura`."""
MIN_CONSONANT_SIMILARITY = 90
"""Lowest similarity, 0 to 100, of the consonants of each part: `Kenneth` is not `Kent`."""
MARGIN = 0.1
"""How much lower the similarity of every other name must be. If the spelling is exact, only a name with the same sound
competes: hearing either name, an engine writes the one that it knows."""
LONGEST = 6
"""Words in a spoken name; the engine may write a foreign name as several words."""
_SHORTEST = 4
"""Letters; anything shorter must be spelled exactly like the name."""
_RESEMBLING = 70
"""Similarity, 0 to 100, of a misheard name of several words that is not told from others."""
_MOST_SOUNDS = 60
"""Sounds of a name, or of what was heard, that are compared."""
_RUN_TOGETHER = 78
"""Similarity, 0 to 100, of all letters of a name that was cut into other words."""
_NO_VOWELS = re.compile(r"[^a-z]")


class NameMatch(NamedTuple):
    """The name that the first `length` words are, its similarity (0 to 1), and `rivals`: other names that also fit."""

    value: str
    field: Field
    length: int
    similarity: float
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpokenName:
    """A name that was heard, from position `start` to the one before `end`. `sure`: it is on the roster and belongs to
    one person."""

    value: str
    field: Field
    start: int
    end: int
    similarity: float = 1.0
    sure: bool = True
    rivals: tuple[str, ...] = ()


class Agreeing(NamedTuple):
    """A known name, and how strongly the sounds that were heard speak for it."""

    agreement: Agreement
    entry: Entry

    @property
    def share(self) -> float:
        """The share of the bits, up to 1, that would speak for the name if it had been heard right."""
        return self.agreement.bits / (information("".join(self.entry.sounds)) or 1.0)


class _Candidate(NamedTuple):
    """A name similar to the first `length` words. `close`: similar enough to be meant; `sounds`: it sounds the same."""

    similarity: float
    length: int
    entry: Entry
    close: bool
    sounds: bool


class Names:
    """The known names, searched by the words that were heard in one clip: it keeps all its answers."""

    def __init__(self, tables: Sequence[NameTable], articles: str = "(?!)", hidden: Collection[str] = ()) -> None:
        """`articles`: the pattern of words that may stand before a name. `hidden`: names, folded, that do not count."""
        self._tables, self._hidden = list(filter(None, tables)), hidden
        self._article = article_of(articles)
        self._known: dict[tuple[tuple[str, ...], bool], NameMatch | None] = {}
        self._together: dict[tuple[str, ...], NameMatch | None] = {}
        self._agreeing: dict[str, list[Agreeing]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._tables))

    def begins(self, heard: Sequence[str], *, whole: bool = False) -> NameMatch | None:
        """Return the name at the start of `heard` (folded words), or with `whole`, equal to all of it; else None."""
        key = tuple(heard[: LONGEST + 2]), whole
        if key not in self._known:
            self._known[key] = self._look_up(key[0], whole=whole) if heard else None
        return self._known[key]

    def resembles(self, heard: Sequence[str]) -> int:
        """Return how many words at the start of `heard` (folded) look like a name of several words; 0 for none.

        Much weaker than `begins`: it tells where a misheard show is named, not which.
        """
        best = (0.0, 0)
        for count in range(2, min(len(heard), LONGEST) + 1):
            key = "".join(heard[:count])
            for table in self._tables:
                near = table.closest_of_several_words(key, _RESEMBLING)
                best = max(best, (near, count) if near else best)
        return best[1]

    def run_together(self, heard: Sequence[str]) -> NameMatch | None:
        """Return the name that `heard` (folded) starts with where the engine cut its sounds into other words.

        `Teresia Tabuaka` becomes `Tehri Sitabu Akal`. Where the words end as in the name, another person may be meant,
        and `begins` decides. None if a second name is nearly as similar.
        """
        key = tuple(heard[:LONGEST])
        if key not in self._together:
            self._together[key] = self._look_up_together(key)
        return self._together[key]

    def agreeing(self, heard: Sequence[str]) -> list[Agreeing]:
        """Return the names that all of `heard` (folded) may be, by its sounds alone: the most likely one first.

        A person, show or station is in it once. Where a name is not expected, this says nothing.
        """
        sound = sound_of(heard)
        if sound not in self._agreeing:
            self._agreeing[sound] = self._look_up_agreeing(sound)
        return self._agreeing[sound]

    def subjects(self, names: Iterable[str]) -> frozenset[int]:
        """Return the numbers of those (see `Entry`) whose names are spelled like one of `names`, folded."""
        keys = ["".join(name.split()) for name in names]
        return frozenset(entry.subject for table in self._tables for key in keys for entry in table.spelled(key))

    def _look_up_agreeing(self, sound: str) -> list[Agreeing]:
        if not 0 < len(sound) <= _MOST_SOUNDS:
            return []
        found: dict[int, Agreeing] = {}
        for entry in itertools.chain.from_iterable(table.agreeing_with(sound) for table in self._tables):
            if len("".join(entry.sounds)) <= _MOST_SOUNDS and not is_hidden(entry, self._hidden):
                one = Agreeing(agreement(entry.sounds, sound), entry)
                found[entry.subject] = max(found.get(entry.subject, one), one)
        return sorted(found.values(), reverse=True)

    def _look_up_together(self, heard: Sequence[str]) -> NameMatch | None:
        found: list[tuple[float, int, Entry]] = []
        for count in range(1, min(len(heard), LONGEST) + 1):
            for table in self._tables:
                near = table.lettered_like("".join(heard[:count]), _RUN_TOGETHER, _RUN_TOGETHER - 100 * MARGIN)
                found += [(score, count, entry) for score, entry in near if not is_hidden(entry, self._hidden)]
        if not found:
            return None
        score, count, entry = max(found)
        if score < _RUN_TOGETHER or not cut_elsewhere(entry.parts, heard[:count]):
            return None
        others = (other for similar, _, other in found if similar > score - 100 * MARGIN)
        if any(other.subject != entry.subject for other in others):
            return None
        return NameMatch(entry.name, entry.field, count, score / 100)

    def _look_up(self, heard: Sequence[str], *, whole: bool) -> NameMatch | None:
        article = bool(len(heard) > 1 and self._article.match(f"{heard[0]} x"))
        longest = min(len(heard), LONGEST + article)
        found: list[_Candidate] = []
        for count in [len(heard)] if whole else range(1 + article, longest + 1):
            if count <= longest:
                found += self._candidates(tuple(heard[article:count]), count)
        best = max((one for one in found if one.close), default=None)
        if best is None:
            return None
        entry = best.entry
        return NameMatch(entry.name, entry.field, best.length, best.similarity, self._rivals(found, best))

    def _candidates(self, words: tuple[str, ...], count: int) -> Iterator[_Candidate]:
        """Yield every name with some similarity to `words`."""
        key = "".join(words)
        sounds_alike = sounds_of(words) if len(key) >= _SHORTEST else ()
        for table in self._tables:
            for entry in table.spelled(key):
                if not is_hidden(entry, self._hidden):
                    yield _Candidate(1.0, count, entry, close=True, sounds=True)
            for entry in table.sounding_like(key, sounds_alike, self._hidden):
                similarity, close = compare_names(entry.parts, words)
                sounds = similarity >= MIN_SIMILARITY and consonants("".join(entry.parts)) == consonants(key)
                yield _Candidate(similarity, count, entry, close, sounds)

    def _rivals(self, found: Sequence[_Candidate], best: _Candidate) -> tuple[str, ...]:
        """The other names that may have been meant. A show and a station of the same name are not rivals."""
        winner = best.entry
        others: dict[int, str] = {}
        for one in sorted(found, reverse=True):
            entry = one.entry
            near = one.sounds or (best.similarity < 1 and one.similarity > best.similarity - MARGIN)
            if near and entry.field == winner.field and entry.subject != winner.subject:
                others[entry.subject] = entry.name
        return tuple(others.values())


def cut_elsewhere(name: Sequence[str], heard: Sequence[str]) -> bool:
    """Whether a boundary between two parts of a name lies within a heard word, by two letters or more."""
    from rapidfuzz.distance import Levenshtein

    whole, said = "".join(name), "".join(heard)
    ends = {0}
    for word in heard:
        ends.add(max(ends) + len(word))
    blocks = Levenshtein.opcodes(whole, said)
    boundary = 0
    for part in name[:-1]:
        boundary += len(part)
        # Letters that were added at the boundary may belong to either side.
        there = [
            min(max(block.dest_start + boundary - block.src_start, block.dest_start), block.dest_end)
            for block in blocks
            if block.src_start <= boundary <= block.src_end
        ]
        if any(min(there) - 2 < end < max(there) + 2 for end in ends):
            return False
    return len(name) > 1


def compare_names(name: Sequence[str], heard: Sequence[str]) -> tuple[float, bool]:
    """Return the similarity (0 to 1) of a name and the heard words, part by part, and whether they are close enough."""
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
        best = max(best, _compare_parts(few, groups), key=lambda one: (one[1], one[0]))
    return best


def similar_letters(name: Sequence[str], heard: Sequence[str]) -> float:
    """Return the similarity (0 to 1) of all letters of two names, wherever their words end."""
    from rapidfuzz import fuzz

    return fuzz.ratio("".join(name), "".join(heard)) / 100


def _compare_parts(parts: Sequence[str], others: Sequence[str]) -> tuple[float, bool]:
    total = weight = 0.0
    close = True
    for part, other in zip(parts, others, strict=True):
        similarity, fits = _compare_words(part, other)
        close = close and fits
        total += similarity * (len(part) + 2)
        weight += len(part) + 2
    return total / weight, close and total / weight >= MIN_SIMILARITY


@lru_cache(maxsize=65_536)
def _compare_words(one: str, other: str) -> tuple[float, bool]:
    """The similarity of two words in letters, sound and consonants, and whether they may be the same word."""
    from rapidfuzz import fuzz

    if one == other:
        return 1.0, True
    sounds = phonetic_form(one), phonetic_form(other)
    skeletons = consonants(one), consonants(other)
    hard = fuzz.ratio(*skeletons) if skeletons[0] or skeletons[1] else 100.0
    similarity = (0.4 * fuzz.ratio(one, other) + 0.3 * fuzz.ratio(*sounds) + 0.3 * hard) / 100
    close = similarity >= MIN_PART_SIMILARITY and hard >= MIN_CONSONANT_SIMILARITY
    return similarity, close and _may_be_same(*sounds)


def _may_be_same(one: str, other: str) -> bool:
    """Whether two sounds may be one word: they differ in a final e, or with several syllables in one vowel.

    In a short word one vowel makes another name: `Hall` and `Hill`, `Jane` and `Joan`.
    """
    if one.removesuffix("e") == other.removesuffix("e"):
        return True
    vowels = _NO_VOWELS.split(one), _NO_VOWELS.split(other)
    heard = [[group for group in groups if group] for groups in vowels]
    # With a different number of consonants, the vowels cannot be compared one by one.
    alike_otherwise = len(vowels[0]) != len(vowels[1]) or sum(map(str.__ne__, *vowels)) <= 1
    begin = one[:1] == other[:1] or (one[:1].islower() and other[:1].islower())
    return begin and alike_otherwise and len(heard[0]) == len(heard[1]) >= 2
