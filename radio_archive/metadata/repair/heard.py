"""The words of a transcript, as what may be a misheard name."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from radio_archive.metadata.repair.names import core_of, parts_of
from radio_archive.models import Word
from radio_archive.text.alignment import align
from radio_archive.text.number_words import WORDS
from radio_archive.text.stop_words import STOP_WORDS

LONGEST = 6
"""Words of a transcript that may stand for one name."""
_BEFORE_NAMES = frozenset({"im", "is", "for", "from", "with", "says"})
"""Words that belong to what is said of a name, and never to a misheard one."""
_SURE, _SURE_IN_STORY = 0.2, 0.5
"""Doubt below which a word is what was said; and one that the story has, too."""
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


def is_sure(word: Heard) -> bool:
    """Whether a word is what was said: a common one that the engine was sure of, or one of the story."""
    return word.doubt < (_SURE_IN_STORY if word.told else _SURE) and word.strange < 1


class Span(NamedTuple):
    """Words `first` to before `end`, and their letters. `doubtful`: one of them may have been misheard."""

    first: int
    end: int
    key: str
    doubtful: bool


class HeardText:
    """The words of a transcript with what is asked of them again and again."""

    def __init__(self, words: Sequence[Word], is_word: Callable[[str], bool] | None, told: Sequence[str] = ()) -> None:
        """`is_word` tells whether a folded word is a common one; None to do without. `told` are the story's words."""
        self._told = [parts_of(core_of(word)) for word in told]
        self.words = heard_of(words, is_word, {part for parts in self._told for part in parts})
        self._alignment = align([word.text for word in words], told, in_order=False) if told else None

    @property
    def has_story(self) -> bool:
        """Whether a story tells which names to expect."""
        return bool(self._told)

    def told_at(self, first: int, end: int) -> str:
        """Return the folded letters that the story has where these words were heard; empty if it is not known."""
        place = self.words[first].first, self.words[end - 1].end
        there = self._alignment.text_of(*place) if self._alignment else None
        return "".join(part for at in there or () for part in self._told[at])

    def spans(self) -> Iterator[Span]:
        """Yield the words that may stand for a name: up to LONGEST, without numbers, and not only small ones."""
        heard = self.words
        for first in range(len(heard)):
            if _BEFORE_NAMES.intersection(heard[first].parts):
                continue
            key, doubtful, small = "", False, True
            for end in range(first + 1, min(first + LONGEST, len(heard)) + 1):
                last = heard[end - 1]
                if not last.parts or any(part[0].isdigit() or part in WORDS for part in last.parts):
                    break
                key += last.key
                doubtful = doubtful or not is_sure(last)
                small = small and last.small
                if len(key) > 1 and not small:
                    yield Span(first, end, key, doubtful)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each folded word stands."""
        found: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            for part in word.parts:
                found.setdefault(part, []).append(at)
        return found
