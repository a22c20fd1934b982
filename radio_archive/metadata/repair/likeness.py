"""How alike two spellings are to somebody who only hears them: by their letters and by a skeleton of their sounds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radio_archive.text.sounds import skeleton

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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


def likenesses_of_pairs(heard: Sequence[str], names: Sequence[str]) -> "NDArray[np.float32]":
    """Return the likeness of each of `heard` to the name in the same place."""
    import numpy as np
    from rapidfuzz import fuzz, process

    letters = process.cpdist(heard, names, scorer=fuzz.ratio, dtype=np.float32)
    sounds = process.cpdist([*map(skeleton, heard)], [*map(skeleton, names)], scorer=fuzz.ratio, dtype=np.float32)
    alike: NDArray[np.float32] = (letters + sounds) / 200
    return alike
