"""The words of a transcript that are most worth a listen: names, numbers, negations, and what is likely to be wrong.

How likely a word is wrong follows from its own probability, from whether another version of the transcript has another
word in its place, and from whether it is a name. The weights are those of a logistic regression on what Whisper's base
heard in eleven pieces of speech with scripts, against its tiny.en; `benchmarks/review.py` measures on eleven others
what they find.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from radio_archive.models import Word
from radio_archive.text.alignment import Block, align
from radio_archive.text.corrected import joined
from radio_archive.text.number_words import SCALES, WORDS
from radio_archive.text.spelling import fold
from radio_archive.text.stop_words import STOP_WORDS

LEAST = 0.3
"""Words that are less likely to be wrong are no suspects."""
LONGEST = 5
"""Words of one suspect at most: as many may be heard in place of a name."""
ONE_IN = 20
"""A transcript has at most one suspect for so many of its words."""
ALWAYS = 3
"""So many suspects even the shortest transcript may have."""
PAUSE = 1.0
"""Seconds without a word after which another suspect begins."""
ORDINARY = 0.5
"""How much an ordinary word counts, in comparison with a name, a number or a negation, which change what is said."""
USUAL = 0.9
"""The probability taken for a word that has none."""

_NEGATIONS = frozenset(
    """no not never none nothing nobody nowhere nor neither without cannot cant wont dont didnt doesnt isnt wasnt arent
    werent hasnt havent hadnt couldnt wouldnt shouldnt mustnt""".split()
)
_NUMBERS = frozenset({*WORDS, *SCALES, "hundred"}) - {"second"}
_SENTENCE_END = re.compile(r"[.?!…][\"”’)\]]*$")


class Kind(StrEnum):
    """What is suspected, the gravest first."""

    NAME = "name"
    NUMBER = "number"
    NEGATION = "negation"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Suspect:
    """Words `first_word` to `last_word` (inclusive) of a transcript, of which one is likely to be wrong.

    `doubt` is how likely, 0 to 1; `worth` the same, less for ordinary words: suspects are ranked by it. `alternative`
    is what the other version has there.
    """

    first_word: int
    last_word: int
    kind: Kind
    doubt: float
    worth: float
    alternative: str | None = None


def suspects(words: Sequence[Word], other: Sequence[Word] = ()) -> list[Suspect]:
    """Return the suspects among `words`, those most worth a listen first; `other` are the words of another version."""
    places = _places(words, other) if other else [None] * len(words)
    likely = [_doubt(word, place) for word, place in zip(words, places, strict=True)]
    found = [_suspect(words, other, places, likely, first, last) for first, last in _stretches(words, places, likely)]
    found.sort(key=lambda one: (-one.worth, one.first_word))
    return found[: ALWAYS + len(words) // ONE_IN]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a word stands in the other version: `other`, in place of the words `block` of this one."""

    block: range
    other: range
    differs: bool


def _places(words: Sequence[Word], other: Sequence[Word]) -> list[_Place | None]:
    blocks = align([word.text for word in words], [word.text for word in other]).blocks
    places: list[_Place | None] = []
    there = 0
    for block in (*blocks, Block(range(len(words), len(words)), range(len(other), len(other)))):
        changed = range(len(places), block.heard.start)
        place = _Place(changed, range(there, block.text.start), differs=True)
        # What has no letters is not compared.
        places += [place if key(words[at].text) else None for at in changed]
        is_whole = len(block.heard) != len(block.text)
        for at, to in zip(block.heard, block.text, strict=False) if not is_whole else ():
            places.append(_Place(range(at, at + 1), range(to, to + 1), differs=False))
        places += [_Place(block.heard, block.text, differs=False)] * (len(block.heard) if is_whole else 0)
        there = block.text.stop
    return places


def doubts(words: Sequence[Word], other: Sequence[Word] = ()) -> list[float]:
    """Return how likely each word is wrong, 0 to 1; `other` are the words of another version."""
    places = _places(words, other) if other else [None] * len(words)
    return [_doubt(word, place) for word, place in zip(words, places, strict=True)]


def _doubt(word: Word, place: _Place | None) -> float:
    probability = min(max(USUAL if word.probability is None else word.probability, 0.01), 0.995)
    unlikely = math.log((1 - probability) / probability)
    is_name = float(_is_name(word.text))
    if place is None:
        return _logistic(0.9 * unlikely + 1.1 * is_name)
    return _logistic(-0.9 + 0.8 * unlikely + 1.9 * place.differs + 1.0 * is_name)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _stretches(
    words: Sequence[Word], places: Sequence[_Place | None], likely: Sequence[float]
) -> Iterator[tuple[int, int]]:
    """Yield the first and last positions of neighbouring words that are suspect."""
    marked = [doubt >= LEAST for doubt in likely]
    for place in places:
        # In the other version, all of a short change stands for all of it here.
        if (
            place is not None
            and place.differs
            and len(place.block) <= LONGEST
            and any(marked[at] for at in place.block)
        ):
            marked[place.block.start : place.block.stop] = [True] * len(place.block)
    first: int | None = None
    for at, is_marked in enumerate(marked):
        if first is not None and (not is_marked or _is_apart(words, first, at)):
            yield first, at - 1
            first = None
        if is_marked and first is None:
            first = at
    if first is not None:
        yield first, len(words) - 1


def _is_apart(words: Sequence[Word], first: int, at: int) -> bool:
    before = words[at - 1]
    ends = _SENTENCE_END.search(before.text) is not None or words[at].start - before.end > PAUSE
    return ends or at - first >= LONGEST


def _suspect(
    words: Sequence[Word],
    other: Sequence[Word],
    places: Sequence[_Place | None],
    likely: Sequence[float],
    first: int,
    last: int,
) -> Suspect:
    said = [word.text for word in words[first : last + 1]]
    alternative = _alternative(other, places, first, last)
    texts = [*said, *(alternative or "").split()]
    kind = min((_kind(text) for text in texts), key=list(Kind).index)
    doubt = max(likely[first : last + 1])
    is_new = alternative is not None and key(alternative) != key("".join(said))
    return Suspect(
        first, last, kind, doubt, doubt * (ORDINARY if kind == Kind.WORD else 1.0), alternative if is_new else None
    )


def _alternative(other: Sequence[Word], places: Sequence[_Place | None], first: int, last: int) -> str | None:
    """Return what the other version has for the words; None where it does not say so for just these."""
    one, two = places[first], places[last]
    if one is None or two is None or one.block.start < first or two.block.stop > last + 1:
        return None
    if not any(place is not None and place.differs for place in places[first : last + 1]):
        return None
    there = other[one.other.start : two.other.stop]
    return joined(there) or None if len(there) <= 2 * LONGEST else None


def _kind(text: str) -> Kind:
    folded = key(text)
    if folded in _NUMBERS or any(character.isdigit() for character in folded):
        return Kind.NUMBER
    if folded in _NEGATIONS:
        return Kind.NEGATION
    return Kind.NAME if _is_name(text) else Kind.WORD


def _is_name(text: str) -> bool:
    """Whether a word looks like a name: in languages with capitals, by its first letter."""
    letters = text.strip(" \t\"'“”‘’([-–—")
    folded = key(text)
    return letters[:1].isupper() and len(folded) > 1 and folded not in STOP_WORDS


@lru_cache(maxsize=65_536)
def key(text: str) -> str:
    """Return a word as versions are compared: folded, without punctuation."""
    return fold(text).replace(" ", "")
