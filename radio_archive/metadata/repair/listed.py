"""The names that may have been spoken in a clip: few of its own, and those of long lists, prepared for many clips."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from radio_archive.metadata.repair.likeness import likenesses_of_pairs
from radio_archive.metadata.repair.names import LONGEST, SHORTEST, Name, merged
from radio_archive.text.ngrams import NgramIndex
from radio_archive.text.sounds import consonants, skeleton
from radio_archive.text.stop_words import STOP_WORDS

EXPLAINS = 0.6
"""Likeness above which a name explains what was heard; by chance, most names are as like to something."""
AT_A_PLACE = 8
"""Names, at most, that are looked at for the same words."""
FEW = 5
"""Letters."""
_ALIKE, _ALIKE_FEW = 0.52, 0.62
"""Likeness of what was heard to a name, at least, to be looked at, 0 to 1; and to one of few letters."""
_SHORTER, _LONGER = 0.4, 2.5
"""How many times as many letters as the name has may have been heard for it."""
_COMPARED = 128
"""Names of a list, at most, that are compared with what was heard."""


class NameList:
    """Names by their letters. Adding one costs the same in any list, and so does finding those that are like a word."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self.by_key: dict[str, Name] = {}
        self.heard: dict[str, str] = {}
        """The letters of the name for each form that is known to be heard for one."""
        self.parts: set[str] = set()
        """The words of names of several, without those that say nothing."""
        self._index = NgramIndex(lambda key: (key, consonants(key)))
        self._sizes = array("i")
        self._skeletons: list[str] = []
        self.add(names)

    def add(self, names: Iterable[Name]) -> None:
        """Add names, in the spelling of who knows them best first."""
        for name in names:
            key = name.key
            if len(key) < SHORTEST or len(name.parts) > LONGEST:
                continue
            self.heard |= {form: key for form in name.heard if form != key}
            if len(name.parts) > 1:
                self.parts.update(part for part in name.parts if part not in STOP_WORDS)
            if key in self.by_key:
                self.by_key[key] = merged((self.by_key[key], name))
            else:
                self.by_key[key] = name
                self._index.words.append(key)
                self._sizes.append(len(key))
                self._skeletons.append(skeleton(key))

    def like(self, heard: Sequence[str]) -> Iterator[tuple[int, str, float]]:
        """Yield, for each of `heard` by its number, the letters of the names that explain most of it, and likenesses.

        Of a long list, only those are compared that have most runs of letters or consonants in common with it.
        """
        import numpy as np

        keys = self._index.words
        if not heard or not keys:
            return
        near = [self._index.nearest(key, _COMPARED) for key in heard]
        rows, columns = np.repeat(np.arange(len(heard)), [len(some) for some in near]), np.concatenate(near)
        sizes = np.frombuffer(self._sizes, np.intc)[columns]
        lengths = np.array([len(key) for key in heard])[rows]
        fits = (lengths > _SHORTER * sizes) & (lengths < _LONGER * sizes)
        rows, columns, sizes = rows[fits], columns[fits], sizes[fits]
        sounds = [*map(skeleton, heard)]
        alike = likenesses_of_pairs(
            [heard[row] for row in rows.tolist()],
            [keys[at] for at in columns.tolist()],
            [sounds[row] for row in rows.tolist()],
            [self._skeletons[at] for at in columns.tolist()],
        )
        (places,) = np.nonzero(alike >= np.where(sizes <= FEW, _ALIKE_FEW, _ALIKE))
        places = places[np.lexsort(((EXPLAINS - alike[places]) * sizes[places], rows[places]))]
        before = np.arange(len(places)) - np.searchsorted(rows[places], rows[places])
        for at in places[before < AT_A_PLACE].tolist():
            yield int(rows[at]), keys[columns[at]], float(alike[at])


class ClipNames:
    """What is known of the names of one clip: its `own` and those of lists, each from all of these."""

    def __init__(self, own: Iterable[Name], glossaries: Sequence[NameList], roster: NameList) -> None:
        """Of the `glossaries`, the first that has a name counts."""
        self._glossaries, self._roster, self._lists = glossaries, roster, (*glossaries, roster)
        self._own = NameList(own)
        self._all: dict[str, Name] = {}

    def get(self, key: str) -> Name | None:
        """Return the name with exactly these letters, in the spelling of the source that knows it best.

        The glossary knows it better than the roster, and that better than the clip.
        """
        if key not in self._all:
            # Most words are no names, and many are asked for.
            for names in (self._own, *self._lists):
                if key in names.by_key:
                    break
            else:
                return None
            found = [names.by_key[key] for names in self._glossaries if key in names.by_key][:1]
            found += [names.by_key[key] for names in (self._roster, self._own) if key in names.by_key]
            self._all[key] = merged(found)
        return self._all[key]

    def heard_as(self, form: str) -> Name | None:
        """Return the name for which these letters are known to be heard."""
        return next((self.get(one.heard[form]) for one in self._lists if form in one.heard), None)

    def has_part(self, parts: Iterable[str]) -> bool:
        """Whether one of these words is one of a name of several."""
        return any(part in names.parts for part in parts for names in (self._own, *self._lists))

    def like(self, heard: Sequence[str]) -> list[list[tuple[float, Name]]]:
        """Return for each of `heard` the names that explain most of it, with their likeness.

        At most AT_A_PLACE are the clip's own, and as many those of lists: a long list crowds none of the clip's out.
        """
        own, listed = self._like(heard, (self._own,)), self._like(heard, self._lists)
        for mine, others in zip(own, listed, strict=True):
            mine += [one for one in others if one not in mine]
        return own

    def _like(self, heard: Sequence[str], lists: Iterable[NameList]) -> list[list[tuple[float, Name]]]:
        found: list[dict[str, float]] = [{} for _ in heard]
        for names in lists:
            for row, key, alike in names.like(heard):
                found[row][key] = alike
        return [list(islice(self._ranked(some), AT_A_PLACE)) for some in found]

    def _ranked(self, found: Mapping[str, float]) -> Iterator[tuple[float, Name]]:
        for key in sorted(found, key=lambda key: (EXPLAINS - found[key]) * len(key)):
            if name := self.get(key):
                yield found[key], name
