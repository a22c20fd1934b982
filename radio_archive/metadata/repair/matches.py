"""Where names may stand in a transcript, by likeness alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from radio_archive.metadata.repair.heard import HeardText, Span, is_sure
from radio_archive.metadata.repair.likeness import likeness, likenesses
from radio_archive.metadata.repair.names import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALIKE, ALIKE_FEW = 0.52, 0.62
"""Likeness of what was heard to a name, at least, to be looked at, 0 to 1; and to one of few letters."""
FEW = 5
"""Letters."""
EXPLAINS = 0.6
"""Likeness above which a match explains what was heard; by chance, most names are as like to something."""
_SHORTER, _LONGER = 0.4, 2.5
"""How many times as many letters as the name has may have been heard for it."""
_AT_ONCE = 2_000_000
"""Likenesses that are computed in one go."""
_AT_A_PLACE = 8
"""Names, at most, that are looked at for the same words."""
_EDGE, _COMMA, _STOP, _STRANGE = 0.4, 0.3, 1.2, 0.1
"""How much less a match explains for each word at its ends that says nothing, each comma and full stop inside; and how
much more for each letter of a strange word."""
_ENDINGS = frozenset({"s", "es", "n", "an", "ian", "ans", "ns", "ish", "ese"})
"""What makes another word of a name, which nobody misheard: Korea, Korean."""


class Features(NamedTuple):
    """The evidence for one name in one place, as numbers."""

    alike: float
    """Likeness of the whole, 0 to 1."""
    unlike: float
    """How far the likeness is below what convinces by itself, 0 to 0.2."""
    rest: float
    """Likeness of what remains without the words that are equal at the ends."""
    letters: float
    """Letters of the name, at most 14, as a share of that."""
    begins: float
    """Whether both begin with the same sound."""
    doubt: float
    """How unlikely the engine thought these words, 0 to 1, longer ones counting more."""
    strange: float
    """The share of letters of words that are not in the word list."""
    sure: float
    """The share of letters of common words that the engine was sure of and that are not in the name."""
    small: float
    """The share of words that say nothing and are not in the name."""
    words: float
    """How many words more or fewer than the name has."""
    anchors: float
    """Neighbours that are the same as in the story, 0 to 2; small words count a third."""
    context: float
    """Whether other words of the story's sentence are near, 0 to 1."""
    aligned: float
    """Whether the story has just the name where these words were heard, between the same words before and after."""
    part: float
    """Whether it is only a part of a name."""
    listed: float
    """Whether the name is only in a list: the glossary, the roster."""
    frame: float
    """Whether a word stands before it that names stand after: `in`, `for`, `I'm`."""
    lead: float
    """How much less alike every other name for these words is, at most _LEAD."""
    ahead: float
    """How much less every other name for these words explains, -1 to 1."""
    missing: float
    """The share of the name's letters by which what was heard is shorter."""


@dataclass(slots=True)
class Match:
    """A name that words `first` to before `end` may stand for."""

    first: int
    end: int
    name: Name
    alike: float
    features: Features | None = None
    """None for a name that was heard right."""
    confidence: float = 0.0
    others: "Sequence[Match]" = ()
    """All that have a word in common with it."""
    rivals: "Sequence[Match]" = ()
    """Other names for about the same words."""
    is_known: bool = False
    """Whether the glossary lists these words as what is heard for the name."""
    weight: float = 0.0
    """How much of what was heard it explains; 0 for little."""

    def is_at(self, other: "Match") -> bool:
        """Whether at least half of the words of each are those of the other."""
        shared = min(other.end, self.end) - max(other.first, self.first)
        return 2 * shared >= self.end - self.first and 2 * shared >= other.end - other.first

    @property
    def is_exact(self) -> bool:
        """Whether these are the letters of the name, so that it was heard right."""
        return self.alike == 1.0


def matches_of(heard: HeardText, names: Sequence[Name]) -> list[Match]:
    """Return where each name may stand, without evidence yet: for each place, the words that are most like it.

    Names that were heard right are among them, with a likeness of 1. Words that nobody can have misheard are not.
    """
    if not names:
        return []
    spans = list(heard.spans())
    keys = [name.key for name in names]
    right = _heard_right(spans, keys)
    found = [
        Match(span.first, span.end, names[at], 1.0, weight=(1 - EXPLAINS) * len(span.key))
        for at, those in right.items()
        for span in those
        if span.key == keys[at]
    ]
    found += _known(spans, names)
    settled = {at: {word for span in those for word in range(span.first, span.end)} for at, those in right.items()}
    alike = _likely(heard, [span for span in spans if span.doubtful], names)
    free = [match for at, match in alike if at not in settled or settled[at].isdisjoint(range(match.first, match.end))]
    return _foremost([*found, *free])


def _known(spans: Sequence[Span], names: Sequence[Name]) -> list[Match]:
    """Return where something stands that the glossary lists as misheard."""
    forms = {form: name for name in names for form in name.heard if form != name.key}
    found = []
    for span in spans if forms else ():
        if (name := forms.get(span.key)) is not None:
            weight = (1 - EXPLAINS) * len(span.key)
            alike = min(likeness(span.key, name.key), 0.99)
            found.append(Match(span.first, span.end, name, alike, is_known=True, weight=weight))
    return found


def _heard_right(spans: Sequence[Span], keys: Sequence[str]) -> dict[int, list[Span]]:
    """Return where each name, by its number, was heard right, or a form of it: *Korea* for *Korean*."""
    forms = _forms(keys)
    found: dict[int, list[Span]] = {}
    for span in spans:
        for at in forms.get(span.key, ()):
            found.setdefault(at, []).append(span)
    return found


def _forms(keys: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers of the names by their letters, and by what differs from them by an ending only."""
    found: dict[str, list[int]] = {}
    for column, key in enumerate(keys):
        found.setdefault(key, []).append(column)
        for ending in _ENDINGS:
            found.setdefault(key + ending, []).append(column)
            if key.endswith(ending) and len(key) - len(ending) > 2:
                found.setdefault(key.removesuffix(ending), []).append(column)
    return found


def _likely(heard: HeardText, spans: Sequence[Span], names: Sequence[Name]) -> list[tuple[int, Match]]:
    """Return the matches that explain most of each span, with the numbers of their names."""
    import numpy as np

    keys = [name.key for name in names]
    sizes = np.array([len(key) for key in keys], np.float32)
    least = np.where(sizes <= FEW, ALIKE_FEW, ALIKE)
    found: list[tuple[int, Match]] = []
    step = max(1, _AT_ONCE // len(keys))
    for start in range(0, len(spans), step):
        some = spans[start : start + step]
        alike = likenesses([span.key for span in some], keys)
        lengths = np.array([[len(span.key)] for span in some], np.float32)
        good = (alike >= least) & (lengths > _SHORTER * sizes) & (lengths < _LONGER * sizes)
        worth = np.where(good, (alike - EXPLAINS) * sizes, -np.inf)
        for row, column in _best_of_rows(worth):
            span = some[row]
            match = Match(span.first, span.end, names[column], float(alike[row, column]))
            match.weight = float(worth[row, column]) + _cost(heard, match)
            found.append((column, match))
    return found


def _best_of_rows(worth: "NDArray[np.float32]") -> list[tuple[int, int]]:
    """Return the places of the highest numbers of each row, as many as names are looked at."""
    import numpy as np

    if worth.shape[1] > _AT_A_PLACE:
        columns = np.argpartition(-worth, _AT_A_PLACE, axis=1)[:, :_AT_A_PLACE]
    else:
        columns = np.broadcast_to(np.arange(worth.shape[1]), worth.shape)
    rows = np.broadcast_to(np.arange(len(worth))[:, None], columns.shape)
    kept = np.isfinite(worth[rows, columns])
    return list(zip(rows[kept].tolist(), columns[kept].tolist(), strict=True))


def _cost(heard: HeardText, match: Match) -> float:
    """How much more a match explains for strange words that the engine was unsure of, and less for those of no name."""
    inside = heard.words[match.first : match.end]
    parts = set(match.name.parts)
    edges = sum(word.small and not parts.intersection(word.parts) for word in (inside[0], inside[-1]))
    stops = sum(_COMMA if word.closes == "," else _STOP for word in inside[:-1] if word.closes)
    strange = sum((word.doubt + word.strange - 0.9) * len(word.key) for word in inside)
    return _STRANGE * strange - _EDGE * edges - stops


def _foremost(matches: Sequence[Match]) -> list[Match]:
    """Return the best matches of each place, and of each name only the best of those with a word in common."""
    there: dict[int, int] = {}
    taken: dict[str, set[int]] = {}
    kept = []
    for match in sorted(matches, key=lambda one: (-one.weight, one.first, one.end)):
        place = range(match.first, match.end)
        mine = taken.setdefault(match.name.key, set())
        if mine.isdisjoint(place) and any(there.get(at, 0) < _AT_A_PLACE for at in place):
            mine.update(place)
            there.update((at, there.get(at, 0) + 1) for at in place)
            kept.append(match)
    return kept


def best_apart(matches: Sequence[Match], worth: Callable[[Match], float] = lambda one: one.weight) -> list[Match]:
    """Return the matches that are worth most of which no two have a word in common, the best first."""
    taken: set[int] = set()
    kept = []
    for match in sorted(matches, key=lambda one: (-worth(one), one.first, one.end)):
        place = range(match.first, match.end)
        if taken.isdisjoint(place):
            taken.update(place)
            kept.append(match)
    return kept


def is_misheard(heard: HeardText, match: Match) -> bool:
    """Whether any of the words, besides those of the name, gives reason to think that it was misheard."""
    inside = heard.words[match.first : match.end]
    return any(not is_sure(word) and not word.small for word in inside if not set(word.parts) <= set(match.name.parts))


def widened(heard: HeardText, match: Match) -> Match | None:
    """Return the match with the words beside it that were probably heard for the rest of the name; None for none."""
    best: Match | None = None
    for before, after in ((0, 1), (0, 2), (1, 0), (1, 1), (2, 0)):
        first, end = match.first - before, match.end + after
        if first < 0 or end > len(heard.words):
            continue
        added = (*heard.words[first : match.first], *heard.words[match.end : end])
        if any(is_sure(word) or not word.parts or word.parts[0][0].isdigit() for word in added):
            continue
        key = "".join(word.key for word in heard.words[first:end])
        alike = likeness(key, match.name.key)
        wider = replace(match, first=first, end=end, alike=alike)
        if alike >= EXPLAINS and (best is None or (end - first, alike) > (best.end - best.first, best.alike)):
            best = wider
    return best
