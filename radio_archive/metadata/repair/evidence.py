"""What speaks for a name at a place of a transcript, and against it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from radio_archive.metadata.repair.likeness import likeness, likenesses, skeleton
from radio_archive.metadata.repair.names import CALENDAR, Name, core_of, parts_of
from radio_archive.models import Word
from radio_archive.text.number_words import WORDS
from radio_archive.text.stop_words import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 6
"""Words of a transcript that may stand for one name."""
ALIKE, ALIKE_FEW = 0.52, 0.62
"""Likeness of what was heard to a name, at least, to be looked at, 0 to 1; and to one of few letters."""
FEW = 5
"""Letters."""
_EXPLAINS = 0.6
"""Likeness above which a match explains what was heard; by chance, most names are as like to something."""
_AT_ONCE = 4_000
"""Spans of a transcript that are compared with the names in one go."""
_AROUND = 8
"""Words before and after, in which something of the story's sentence is looked for."""
_FRAMES = frozenset(
    "in at from to near for by with im is on off of say says minister governor judge mayor senator".split()
)
_BEFORE_NAMES = frozenset({"im", "is", "for", "from", "with", "says"})
"""Words that belong to what is said of a name, and never to a misheard one."""
_ENDINGS = frozenset({"s", "es", "n", "an", "ian", "ans", "ns", "ish", "ese"})
"""What makes another word of a name, which nobody misheard: Korea, Korean."""
_AT_A_PLACE = 8
"""Names, at most, that are looked at for the same words."""
_SURE, _SURE_IN_STORY = 0.2, 0.5
"""Doubt below which a word is what was said; and one that the story has, too."""
_CHANCE = 1.0
STRANGE = 0.1
_CONVINCES = 0.7
_LEAD = 0.15
"""A lead in likeness over another name that makes sure; more of it does not make surer."""
_USUAL, _UNKNOWN = 0.7, 0.4
"""What stands in where nothing is known: for a probability, and for how strange a word is without a word list."""


class Heard(NamedTuple):
    """A word as it was heard: its folded parts, how likely the engine thought it, and what kind of word it is."""

    first: int
    end: int
    """Its words in the transcript: engines write `O`, `'Kafor,`, the second without a space before it."""
    parts: tuple[str, ...]
    doubt: float
    strange: float
    """1 for a word that is not in the word list."""
    capital: bool
    """Whether it has a capital that does not come from the beginning of a sentence."""
    is_lower: bool
    """Whether it has no capital at all."""
    small: bool
    """Whether it is a word that says nothing: `the`, `of`."""
    opens: bool
    """Whether it begins a sentence."""
    closes: str
    """The comma, full stop or the like after it."""
    written: str
    """The word as it stands in the transcript."""
    told: bool
    """Whether the story has it too, so that it was hardly misheard."""

    @property
    def key(self) -> str:
        return "".join(self.parts)


def heard_of(
    words: Sequence[Word], is_word: Callable[[str], bool] | None, told: Collection[str] = frozenset()
) -> list[Heard]:
    """Return the words of a transcript, ready to be compared; `told` are those of the story."""
    found: list[Heard] = []
    opens = True
    for first, end in _whole_words(words):
        text = "".join(word.text for word in words[first:end]).strip()
        parts = parts_of(core_of(text))
        small = all(part in STOP_WORDS for part in parts)
        in_story = bool(parts) and all(part in told for part in parts)
        strange = _UNKNOWN if is_word is None else float(not all(small or is_word(part) for part in parts))
        strange = 0.0 if in_story else strange
        sure = [_USUAL if word.probability is None else word.probability for word in words[first:end]]
        # After an initial, a full stop ends nothing: engines write *Chowon B. Yell*.
        closes = text[-1:] if text[-1:] in ",.;:!?…—–" and len("".join(parts)) != 1 else ""
        capital = text[:1].isupper() and not opens
        doubt = 1 - sum(sure) / len(sure)
        found.append(
            Heard(first, end, parts, doubt, strange, capital, text.islower(), small, opens, closes, text, in_story)
        )
        opens = closes in {".", "!", "?", "…"} if parts else opens
    return found


def _whole_words(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    first = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or words[at].text[:1].isspace():
            yield first, at
            first = at


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
    confidence: float = 0.0
    rivals: "Sequence[Match]" = ()
    """The other names for these words."""
    weight: float = 0.0
    """How much of what was heard it explains; 0 for little."""

    def overlaps(self, other: "Match") -> bool:
        """Whether the two have a word in common."""
        return self.first < other.end and other.first < self.end

    def is_at(self, other: "Match") -> bool:
        """Whether at least half of the words of each are those of the other."""
        shared = min(other.end, self.end) - max(other.first, self.first)
        return 2 * shared >= self.end - self.first and 2 * shared >= other.end - other.first

    @property
    def is_exact(self) -> bool:
        """Whether these are the letters of the name, so that it was heard right."""
        return self.alike == 1.0


class HeardText:
    """The words of a transcript with what is asked of them again and again."""

    def __init__(
        self, words: Sequence[Word], is_word: Callable[[str], bool] | None, told: Collection[str] = frozenset()
    ) -> None:
        """`is_word` tells whether a folded word is a common one; None to do without. `told` are the story's words."""
        self.words = heard_of(words, is_word, told)

    def spans(self) -> Iterator[tuple[int, int, str]]:
        """Yield the spans that may stand for a name: from the first word to before the last, and their letters."""
        heard = self.words
        for first in range(len(heard)):
            if _BEFORE_NAMES.intersection(heard[first].parts):
                continue
            key = ""
            for end in range(first + 1, min(first + LONGEST, len(heard)) + 1):
                last = heard[end - 1]
                if not last.parts or any(part[0].isdigit() or part in WORDS for part in last.parts):
                    break
                key += last.key
                if len(key) > 1 and not all(word.small for word in heard[first:end]):
                    yield first, end, key

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each folded word stands."""
        found: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            for part in word.parts:
                found.setdefault(part, []).append(at)
        return found


def matches_of(heard: HeardText, names: Sequence[Name]) -> list[Match]:
    """Return where each name may stand, without evidence yet: for each place, the words that are most like it."""
    if not names:
        return []
    keys = [name.key for name in names]
    spans = list(heard.spans())
    forms = _forms(keys)
    settled: dict[int, set[int]] = {}
    for first, end, key in spans:
        for column in forms.get(key, ()):
            settled.setdefault(column, set()).update(range(first, end))
    found: dict[int, list[Match]] = {}
    for start in range(0, len(spans), _AT_ONCE):
        some = spans[start : start + _AT_ONCE]
        alike = likenesses([key for *_, key in some], keys)
        rows, columns = (alike >= _least(keys)).nonzero()
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            first, end, key = some[row]
            is_right = column in settled and not settled[column].isdisjoint(range(first, end))
            if 0.4 < len(key) / len(keys[column]) < 2.5 and not is_right:
                match = Match(first, end, names[column], float(alike[row, column]))
                match.weight = _weight(heard, match)
                found.setdefault(column, []).append(match)
    return _foremost([match for matches in found.values() for match in best_apart(matches)])


def _forms(keys: Sequence[str]) -> dict[str, list[int]]:
    """Return the names by what differs from them by an ending only."""
    found: dict[str, list[int]] = {}
    for column, key in enumerate(keys):
        for ending in _ENDINGS:
            found.setdefault(key + ending, []).append(column)
            if key.endswith(ending) and len(key) - len(ending) > 2:
                found.setdefault(key.removesuffix(ending), []).append(column)
    return found


def _foremost(matches: list[Match]) -> list[Match]:
    """Return the weightiest matches of each place."""
    there: Counter[int] = Counter()
    kept = []
    for match in sorted(matches, key=lambda one: (-one.weight, one.first, one.end)):
        place = range(match.first, match.end)
        if any(there[at] < _AT_A_PLACE for at in place):
            there.update(place)
            kept.append(match)
    return kept


def _least(keys: Sequence[str]) -> "NDArray[np.float32]":
    """The likeness that each name needs to be looked at: the more letters it has, the less."""
    import numpy as np

    return np.array([ALIKE_FEW if len(key) <= FEW else ALIKE for key in keys], np.float32)


def _weight(heard: HeardText, match: Match) -> float:
    """How much of what was heard a match explains: the more letters, and the fewer words that are of no name."""
    inside = heard.words[match.first : match.end]
    parts = set(match.name.parts)
    edges = sum(word.small and not parts.intersection(word.parts) for word in (inside[0], inside[-1]))
    stops = sum(0.3 if word.closes == "," else 1.2 for word in inside[:-1] if word.closes)
    # A strange word that the engine was unsure of wants to be explained, and a common one does not.
    strange = sum((word.doubt + word.strange - 0.9) * len(word.key) for word in inside)
    return (match.alike - _EXPLAINS) * len(match.name.key) - 0.4 * edges - stops + STRANGE * strange


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


def add_features(heard: HeardText, matches: Sequence[Match]) -> None:
    """Fill in the evidence for each match."""
    by_place: dict[int, list[Match]] = {}
    for match in matches:
        for at in range(match.first, match.end):
            by_place.setdefault(at, []).append(match)
    for match in matches:
        match.features = _features(heard, match, by_place)


def _features(text: HeardText, match: Match, by_place: dict[int, list[Match]]) -> Features:
    heard, name = text.words[match.first : match.end], match.name
    key = "".join(word.key for word in heard)
    parts = [part for word in heard for part in word.parts]
    size = sum(len(word.key) for word in heard) or 1
    one, other = skeleton(key), skeleton(name.key)
    match.rivals = _rivals(match, by_place)
    lead = min((match.alike - rival.alike for rival in match.rivals), default=_LEAD)
    ahead = match.weight - max(_CHANCE, *(rival.weight for rival in match.rivals), _CHANCE)
    return Features(
        alike=match.alike,
        unlike=max(0.0, _CONVINCES - match.alike),
        rest=_rest(parts, name.parts),
        letters=min(len(name.key), 14) / 14,
        begins=float(one[:1] == other[:1]),
        doubt=sum(word.doubt * len(word.key) for word in heard) / size,
        strange=sum(word.strange * len(word.key) for word in heard) / size,
        sure=sum(_is_sure(word) * len(word.key) for word in heard if not set(word.parts) & set(name.parts)) / size,
        small=sum(word.small and not set(word.parts) & set(name.parts) for word in heard) / len(heard),
        words=abs(len(parts) - len(name.parts)) / 3,
        anchors=_anchors(text, match),
        context=_context(text, match),
        part=float(name.is_part),
        listed=float(all(not occurrence.place.startswith("the story") for occurrence in name.occurrences)),
        frame=_frame(text, match),
        lead=min(_LEAD, max(lead, -2 * _LEAD)),
        ahead=min(1.0, max(ahead, -1.0)),
        missing=max(0.0, 1 - len(key) / len(name.key)),
    )


def _is_sure(word: Heard) -> bool:
    return word.doubt < (_SURE_IN_STORY if word.told else _SURE) and word.strange < 1


def is_misheard(heard: HeardText, match: Match) -> bool:
    """Whether any of the words, besides those of the name, gives reason to think that it was misheard."""
    inside = heard.words[match.first : match.end]
    return any(not _is_sure(word) and not word.small for word in inside if not set(word.parts) <= set(match.name.parts))


def widened(heard: HeardText, match: Match) -> Match | None:
    """Return the match with the words beside it that were probably heard for the rest of the name; None for none."""
    best: Match | None = None
    for before, after in ((0, 1), (0, 2), (1, 0), (1, 1), (2, 0)):
        first, end = match.first - before, match.end + after
        if first < 0 or end > len(heard.words):
            continue
        added = (*heard.words[first : match.first], *heard.words[match.end : end])
        if any(_is_sure(word) or not word.parts or word.parts[0][0].isdigit() for word in added):
            continue
        key = "".join(word.key for word in heard.words[first:end])
        alike = likeness(key, match.name.key)
        wider = replace(match, first=first, end=end, alike=alike)
        if alike >= _EXPLAINS and (best is None or (end - first, alike) > (best.end - best.first, best.alike)):
            best = wider
    return best


def _frame(heard: HeardText, match: Match) -> float:
    before = heard.words[match.first - 1] if match.first else None
    return float(before is None or bool(before.closes == "." or _FRAMES.intersection(before.parts)))


def _rest(heard: Sequence[str], name: Sequence[str]) -> float:
    first = 0
    while first < min(len(heard), len(name)) and heard[first] == name[first]:
        first += 1
    last = 0
    while last < min(len(heard), len(name)) - first and heard[-1 - last] == name[-1 - last]:
        last += 1
    return likeness("".join(heard[first : len(heard) - last]), "".join(name[first : len(name) - last]))


def is_within(one: Name, other: Name) -> bool:
    """Whether one of two names is a part of the other, or the same."""
    return set(one.parts) <= set(other.parts) or set(other.parts) <= set(one.parts)


def _rivals(match: Match, by_place: dict[int, list[Match]]) -> list[Match]:
    """Return the matches of other names that fit the same words, not of parts of this one."""
    there = {id(other): other for at in range(match.first, match.end) for other in by_place[at]}
    return [one for one in there.values() if match.is_at(one) and not is_within(one.name, match.name)]


def _anchors(heard: HeardText, match: Match) -> float:
    words = heard.words
    before = words[match.first - 1].parts[-1:] if match.first else ()
    after = words[match.end].parts[:1] if match.end < len(words) else ()
    best = 0.0
    for occurrence in match.name.occurrences:
        value = 0.0
        for one, other in ((before, occurrence.before[:1]), (after, occurrence.after[:1])):
            if one and one == other:
                value += 1 / 3 if one[0] in STOP_WORDS else 1
        best = max(best, value)
    return best


def _context(heard: HeardText, match: Match) -> float:
    near = {*range(match.first - _AROUND, match.first), *range(match.end, match.end + _AROUND)}
    for occurrence in match.name.occurrences:
        for word in (*occurrence.before, *occurrence.after):
            telling = len(word) > 3 and word not in STOP_WORDS | CALENDAR
            if telling and not near.isdisjoint(heard.places.get(word, ())):
                return 1.0
    return 0.0
