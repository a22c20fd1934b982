"""How strongly the sounds that were heard speak for a name that an engine wrote as other words.

The sounds of both are aligned, and each pair of them counts the logarithm, to base 2, of how much likelier it is in the
same name misheard than in two names taken at random, as in S. Altschul, *Amino acid substitution matrices from an
information theoretic perspective*, 1991. So ten bits for a name say that a thousand others were to be compared before
one of them agreed as well by chance, however long the names are. The table was learned from what models did to names.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HALF_BITS = """
      N   R   C   S   F   T   K   P   M   L   W   a   e   i   o   u   -
  N   6 -10 -10 -10  -8  -7  -9  -9  -1  -9  -8 -10 -10 -10 -10 -10 -10
  R -10   8  -4 -10  -9  -9 -10 -10  -8  -9 -10 -10 -10 -10 -10 -10 -10
  C -10  -6  11  -2 -10  -3   1  -8 -10  -9 -10 -10 -10 -10 -10 -10  -8
  S  -8  -9   1   8 -10  -7  -6 -10  -7 -10 -10 -10 -10 -10 -10 -10  -8
  F -10 -10 -10 -10  10  -2  -8   2  -6 -10  -3 -10 -10 -10 -10 -10  -9
  T  -8  -9  -3  -7  -5   6  -6  -4 -10 -10  -9 -10 -10 -10 -10 -10  -7
  K  -8 -10  -1  -8  -6  -5   7  -7 -10 -10  -7 -10  -8 -10 -10 -10  -7
  P  -8  -9  -6 -10   0  -5  -6   8  -5 -10  -4 -10 -10 -10 -10 -10 -10
  M  -2  -8 -10  -9  -9 -10 -10  -6   9  -8  -3 -10 -10 -10 -10 -10  -9
  L -10  -8  -7 -10  -8 -10  -9  -9  -9   8  -3 -10 -10 -10  -7 -10  -9
  W  -8 -10 -10 -10   1  -6  -9   0  -4  -1  11 -10 -10  -6  -9  -4  -7
  a -10 -10 -10 -10 -10 -10 -10 -10 -10 -10 -10   4  -2  -3   1  -2  -8
  e -10 -10 -10 -10 -10 -10  -9 -10 -10 -10 -10  -1   5   1  -5  -2  -6
  i -10  -9 -10 -10 -10 -10 -10 -10 -10 -10 -10  -4   1   5  -4  -4  -8
  o -10 -10 -10 -10 -10 -10 -10 -10 -10  -8 -10   0  -4  -5   6  -1  -9
  u -10 -10 -10 -10 -10 -10 -10 -10 -10 -10   0  -3  -2  -3   0   7  -7
  -  -8  -8  -9  -8  -5  -4  -8  -8 -10  -6  -5  -7  -5  -9  -9  -8
"""
"""A row for each sound of a name, a column for each that is heard for it; `-` stands for none. In half bits, -10 or
more, as learned from 1,114 names that two models misheard in 82 pieces (E. Ristad and P. Yianilos, *Learning
string-edit distance*, 1998)."""
_HEAD, *_ROWS = (row.split() for row in _HALF_BITS.strip().splitlines())
_BITS = {(one, other): int(half) / 2 for one, *row in _ROWS for other, half in zip(_HEAD, row, strict=False)}
_NONE = "-"
_SAME, _OTHER, _LOST = 4.0, -5.0, -4.0
"""Bits of sounds that are not in the table: the same one, another one, none."""
_MOST = 60
"""Sounds of a name, or of what was heard, that are compared."""
_AT_ONCE = 512
"""Pairs that are compared together."""


@lru_cache(maxsize=16_384)
def information(sound: str) -> float:
    """Return the bits that speak for a name with this sound if it is heard right."""
    return sum(as_learned(one, one) for one in sound)


def as_learned(one: str, other: str) -> float:
    """Return the bits of a sound of a name and what is heard for it; an empty one is none."""
    return _BITS.get((one or _NONE, other or _NONE), _SAME if one == other else _OTHER if one and other else _LOST)


def bits_of_pairs(names: Sequence[str], heard: Sequence[str]) -> list[float]:
    """Return how strongly each of `heard`, sounds, speaks for the name in the same place, given as its sounds."""
    found = [0.0] * len(names)
    # Of about the same length: each takes as long as the longest.
    order = sorted(range(len(names)), key=lambda at: (len(names[at]), len(heard[at])))
    for first in range(0, len(names), _AT_ONCE):
        those = order[first : first + _AT_ONCE]
        for at, bits in zip(
            those, _best_alignments([names[at] for at in those], [heard[at] for at in those]), strict=True
        ):
            found[at] = bits
    return found


def _best_alignments(names: Sequence[str], heard: Sequence[str]) -> list[float]:
    """Return the bits of the best alignment of each pair (S. Needleman and C. Wunsch, 1970), of all together."""
    import numpy as np

    signs, table = _table()
    one, other = (_numbered(sounds, signs) for sounds in (names, heard))
    rows, ends = (np.array([min(len(sounds), _MOST) for sounds in side]) for side in (names, heard))
    alone, known = len(_HEAD) - 1, len(_HEAD)
    left, right = np.minimum(one, known), np.minimum(other, known)
    added = np.zeros((len(heard), other.shape[1] + 1))
    added[:, 1:] = table[alone, right].cumsum(axis=1)
    above = added
    found = np.take_along_axis(above, ends[:, None], axis=1)[:, 0]
    for row in range(one.shape[1]):
        sound = left[:, row : row + 1]
        pairs = table[sound, right]
        if (sound == known).any():
            pairs[(one[:, row : row + 1] == other) & (right == known)] = _SAME
        here = above + table[sound, alone]
        here[:, 1:] = np.maximum(here[:, 1:], above[:, :-1] + pairs)
        # What else was heard is added at the end of the best beginning.
        above = np.maximum.accumulate(here - added, axis=1) + added
        found = np.where(rows == row + 1, np.take_along_axis(above, ends[:, None], axis=1)[:, 0], found)
    return list(map(float, found))


def _numbered(rows: Sequence[str], signs: Mapping[str, int]) -> "NDArray[np.intp]":
    import numpy as np

    cut = [sounds[:_MOST] for sounds in rows]
    sizes = np.array([*map(len, cut)])
    codes = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), np.uint32)
    known = np.arange(128) + len(signs)
    known[[*map(ord, signs)]] = [*signs.values()]
    numbers = np.zeros((len(rows), int(sizes.max(initial=0))), np.intp)
    numbers[np.arange(numbers.shape[1]) < sizes[:, None]] = np.where(
        codes < len(known), known[np.minimum(codes, len(known) - 1)], codes + len(signs)
    )
    return numbers


@cache
def _table() -> "tuple[dict[str, int], NDArray[np.float64]]":
    """Return the numbers of the sounds, and the bits of each pair, of none (the last but one), and of others."""
    import numpy as np

    signs = {sign: at for at, sign in enumerate(_HEAD)}
    table = np.full((len(_HEAD) + 1, len(_HEAD) + 1), _OTHER)
    for (one, other), value in _BITS.items():
        table[signs[one], signs[other]] = value
    table[signs["-"], -1] = table[-1, signs["-"]] = _LOST
    return signs, table
