"""An index of words by the runs of three signs in them: finding what is alike costs the same in any number of words."""

from array import array
from collections.abc import Callable
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
    """Words, numbered from 0 as they are added."""

    def __init__(self, forms: Callable[[str], tuple[str, ...]]) -> None:
        """`forms` are those of a word that are compared."""
        self.words: list[str] = []
        self._forms = forms
        self._places: dict[str, array[int]] = {}
        self._sizes = array("i")

    def nearest(self, word: str, most: int) -> "NDArray[np.intc]":
        """Return the numbers of the `most` words that have most runs in common with one (by L. Dice, 1945).

        They are in their order; of no more than so many words, all are returned.
        """
        import numpy as np

        if len(self.words) <= most:
            return np.arange(len(self.words), dtype=np.intc)
        self._read()
        runs = ngrams(*self._forms(word))
        read = array("i")
        for places in sorted((self._places[run] for run in runs if run in self._places), key=len):
            read.extend(places[: _MOST_READ - len(read)])
        found, shared = np.unique(np.array(read, np.intc), return_counts=True)
        if len(found) > most:
            share = shared / (np.frombuffer(self._sizes, np.intc)[found] + len(runs))
            found = np.sort(found[np.argpartition(-share, most)[:most]])
        return found

    def near(self, word: str, most: int) -> dict[int, str]:
        """Return the same with the words."""
        return {at: self.words[at] for at in self.nearest(word, most).tolist()}

    def _read(self) -> None:
        for word in self.words[len(self._sizes) :]:
            runs = ngrams(*self._forms(word))
            for run in runs:
                self._places.setdefault(run, array("i")).append(len(self._sizes))
            self._sizes.append(len(runs))
