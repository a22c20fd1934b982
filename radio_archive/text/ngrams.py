"""An index of words by the runs of three signs in them: finding what is alike costs the same in any number of words."""

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RUN = 3
_MOST_READ = 6_000
"""Places that are looked at for one question: those of the rarest runs, which tell most."""


def ngrams(*forms: str) -> frozenset[str]:
    """Return the runs of signs in forms of a word: as it is spelled, as it sounds. The ends are signs too."""
    padded = (f"^{form}$" for form in forms)
    return frozenset(form[at : at + _RUN] for form in padded for at in range(len(form) - _RUN + 1))


class NgramIndex:
    """Numbers what is added, from 0, and finds the numbers of what is alike."""

    def __init__(self) -> None:
        self._places: dict[str, array[int]] = {}
        self._sizes = array("i")

    def __len__(self) -> int:
        return len(self._sizes)

    def extend(self, words: Iterable[frozenset[str]]) -> None:
        """Add words, each by its runs."""
        for runs in words:
            for run in runs:
                self._places.setdefault(run, array("i")).append(len(self._sizes))
            self._sizes.append(len(runs))

    def nearest(self, runs: frozenset[str], most: int) -> "NDArray[np.intc]":
        """Return the numbers of the `most` words that have most of these runs (by L. Dice, 1945); all of a few."""
        import numpy as np

        if len(self) <= most:
            return np.arange(len(self), dtype=np.intc)
        read = [array("i")]
        for places in sorted((self._places[run] for run in runs if run in self._places), key=len):
            read.append(places[: _MOST_READ - sum(map(len, read))])
        found, shared = np.unique(np.concatenate([np.frombuffer(one, np.intc) for one in read]), return_counts=True)
        if len(found) > most:
            share = shared / (np.frombuffer(self._sizes, np.intc)[found] + len(runs))
            found = found[np.argpartition(-share, most)[:most]]
        return found
