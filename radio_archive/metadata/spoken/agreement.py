"""How strongly the sounds that were heard speak for a name that an engine wrote as other words.

The sounds of both are aligned, and each pair of them counts the logarithm, to base 2, of how much likelier it is in the
same name misheard than in two names taken at random, as in S. Altschul, *Amino acid substitution matrices from an
information theoretic perspective*, 1991. So ten bits for a name say that a thousand others were to be compared before
one of them agreed as well by chance, however long the names are.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log2
from typing import NamedTuple

from radio_archive.metadata.repair.confusion import as_learned

_FREQUENCY = {
    "N": 0.15, "R": 0.11, "C": 0.04, "S": 0.11, "F": 0.045, "T": 0.165, "K": 0.115, "P": 0.08, "M": 0.07, "L": 0.11,
    "W": 0.025,
}  # fmt: skip
"""Share of each consonant of `phonetic_form` in names, roughly."""
_KEPT = 0.7
"""Share of the consonants that are written right in a name that is written wrong."""
_MOST = 4.0
_NEAR = frozenset(
    map(frozenset, ("CS", "CT", "MN", "LR", "FP", "FT", "FW", "PW", "RW", "CK", "KT", "ao", "ae", "ei", "ou"))
)
"""Sounds that are confused: by place or by manner they are neighbours."""
_SAME_VOWEL, _NEAR_VOWEL, _OTHER_VOWEL = 1.3, -0.2, -0.8
_NEAR_CONSONANT, _OTHER_CONSONANT, _GLIDE, _UNLIKE = -0.3, -2.2, 0.5, -4.0
_LOST_VOWEL, _LOST_CONSONANT = -0.5, -1.8
"""Bits of each pair of sounds, and of a sound that only one of the two has."""


class Agreement(NamedTuple):
    """How many bits speak for a name, and for each of its words which share they are of those if it is heard right."""

    bits: float
    shares: tuple[float, ...]


@lru_cache(maxsize=1024)
def bits_of(one: str, other: str) -> float:
    """Return the bits that a sound of a name and one that is heard for it add; an empty one is none.

    The mean of two: by how near the sounds are, and by what models did to names, which are not enough to learn it all.
    """
    return (_by_kind(one, other) + as_learned(one, other)) / 2


def _by_kind(one: str, other: str) -> float:
    if not one or not other:
        return _LOST_CONSONANT if (one or other) in _FREQUENCY else _LOST_VOWEL
    consonants = (one in _FREQUENCY) + (other in _FREQUENCY)
    if one == other:
        return min(_MOST, log2(_KEPT / _FREQUENCY[one])) if consonants else _SAME_VOWEL
    near = frozenset((one, other)) in _NEAR
    if consonants == 2:
        return _NEAR_CONSONANT if near else _OTHER_CONSONANT
    if consonants == 0:
        return _NEAR_VOWEL if near else _OTHER_VOWEL
    return _GLIDE if {one, other} in ({"W", "u"}, {"W", "o"}) else _UNLIKE


@lru_cache(maxsize=16_384)
def information(sound: str) -> float:
    """Return the bits that speak for a name with this sound if it is heard right."""
    return sum(bits_of(one, one) for one in sound)


@lru_cache(maxsize=65_536)
def agreement(name: tuple[str, ...], heard: str) -> Agreement:
    """Return how strongly the sound `heard` speaks for a name: `name` has the sound of each of its words.

    By S. Needleman and C. Wunsch, 1970: the best alignment of all sounds of both.
    """
    whole = "".join(name)
    best = [[0.0] * (len(heard) + 1) for _ in range(len(whole) + 1)]
    for column, sound in enumerate(heard, 1):
        best[0][column] = best[0][column - 1] + bits_of("", sound)
    for row, one in enumerate(whole, 1):
        above, here = best[row - 1], best[row]
        here[0] = above[0] + bits_of(one, "")
        for column, other in enumerate(heard, 1):
            here[column] = max(
                above[column - 1] + bits_of(one, other),
                above[column] + bits_of(one, ""),
                here[column - 1] + bits_of("", other),
            )
    return Agreement(best[-1][-1], _shares(name, heard, best))


def _shares(name: Sequence[str], heard: str, best: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Walk back along the alignment, and count for each word of the name what its sounds have added."""
    words = [number for number, word in enumerate(name) for _ in word]
    whole, counts = "".join(name), [0.0] * len(name)
    row, column = len(whole), len(heard)
    while words and (row or column):
        word, before = words[max(row - 1, 0)], best[row][column]
        if column and (not row or abs(best[row][column - 1] + bits_of("", heard[column - 1]) - before) < 1e-9):
            column -= 1
        elif not column or abs(best[row - 1][column] + bits_of(whole[row - 1], "") - before) < 1e-9:
            row -= 1
        else:
            row, column = row - 1, column - 1
        counts[word] += before - best[row][column]
    return tuple(count / (information(word) or 1.0) for count, word in zip(counts, name, strict=True))
