"""How alike two spellings are to somebody who only hears them: by their letters and by a skeleton of their sounds."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Sounds that an engine takes for each other become one letter, and vowels in a row one vowel: where the letters of a
# name and of what was heard for it differ, these are mostly the same. Capitals are sounds of two letters.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("tch|ch|sh|dg|zh|j", "C"),
        ("(?<=[bdfghjklmnprstz])w(?=[aeiouy])", "u"),
        ("m$", "n"),
        ("ng", "N"),
        ("ph|gh(?=t)", "f"),
        ("gh|ck|kh|[cqg]", "k"),
        ("th|d", "t"),
        ("x", "ks"),
        ("z", "s"),
        ("[bvf]|w(?=[aeiouy])", "p"),
        ("h", ""),
        ("[aeiouyw]+", "a"),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=131_072)
def skeleton(letters: str) -> str:
    """Return the sounds of folded letters, roughly: `kuching` and `cooching` have the same."""
    for pattern, sound in _SOUNDS:
        letters = pattern.sub(sound, letters)
    return letters


def likeness(one: str, other: str) -> float:
    """Return how alike two spellings are, 0 to 1: the mean of what their letters and their skeletons have in common.

    Neither measure alone will do: letters miss half of what was misheard, and by their skeletons alone many an innocent
    word is like a name.
    """
    from rapidfuzz import fuzz

    return (fuzz.ratio(one, other) + fuzz.ratio(skeleton(one), skeleton(other))) / 200


def likenesses(heard: Sequence[str], names: Sequence[str]) -> "NDArray[np.float32]":
    """Return the likeness of everything heard (rows) to every name (columns)."""
    import numpy as np
    from rapidfuzz import fuzz, process

    letters = process.cdist(heard, names, scorer=fuzz.ratio, dtype=np.float32)
    sounds = process.cdist([*map(skeleton, heard)], [*map(skeleton, names)], scorer=fuzz.ratio, dtype=np.float32)
    alike: NDArray[np.float32] = (letters + sounds) / 200
    return alike
