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


def likeness_of_ends(heard: str, parts: Sequence[str]) -> float:
    """Return how alike the first word of a name, or its last, is to its share of what was heard: the lesser; 1 for one.

    The share is what makes the whole name most alike.
    """
    least = 1.0
    for at, end in ((1, 0), (len(parts) - 1, 1)) if len(parts) > 1 else ():
        halves = "".join(parts[:at]), "".join(parts[at:])
        cuts = ((likeness(heard[:cut], halves[0]), likeness(heard[cut:], halves[1])) for cut in range(1, len(heard)))
        best = max(cuts, key=lambda cut: cut[0] * len(halves[0]) + cut[1] * len(halves[1]), default=(0.0, 0.0))
        least = min(least, best[end])
    return least


def likeness_of_rest(heard: Sequence[str], name: Sequence[str]) -> float:
    """Return how alike what remains of two rows of words is, without those that are equal at both ends."""
    first = 0
    while first < min(len(heard), len(name)) and heard[first] == name[first]:
        first += 1
    last = 0
    while last < min(len(heard), len(name)) - first and heard[-1 - last] == name[-1 - last]:
        last += 1
    return likeness("".join(heard[first : len(heard) - last]), "".join(name[first : len(name) - last]))


def likenesses_of_pairs(
    heard: Sequence[str], names: Sequence[str], sounds: Sequence[str], sounds_of_names: Sequence[str]
) -> "NDArray[np.float32]":
    """Return the likeness of each of `heard` to the name in the same place, given their skeletons."""
    import numpy as np
    from rapidfuzz import fuzz, process

    letters = process.cpdist(heard, names, scorer=fuzz.ratio, dtype=np.float32)
    alike: NDArray[np.float32] = (
        letters + process.cpdist(sounds, sounds_of_names, scorer=fuzz.ratio, dtype=np.float32)
    ) / 200
    return alike
