"""The current words of a transcript: those that were heard, with the corrections that people or rules made."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from radio_archive.models import Edit, Word, clean_text
from radio_archive.text.redacted import MARK


class Place(Protocol):
    """Words of a transcript, by the positions of the first and the last of them."""

    @property
    def first_word(self) -> int: ...
    @property
    def last_word(self) -> int: ...


class Replacement(Place, Protocol):
    """What is needed of a correction: the words that it is about, and the text in their place."""

    @property
    def after(self) -> str: ...


def overlap(one: Place, other: Place) -> bool:
    """Whether two places have a word in common."""
    return one.first_word <= other.last_word and other.first_word <= one.last_word


ReplacementT = TypeVar("ReplacementT", bound=Replacement)
_STOPS = frozenset(".!?…")


@dataclass(frozen=True, slots=True)
class Corrected(Generic[ReplacementT]):
    """The current words, and where each of them comes from."""

    words: tuple[Word, ...]
    origins: tuple[tuple[int, int], ...]
    """For each of the words the first and last position (inclusive) in the transcript that it stands for."""
    applied: tuple[ReplacementT, ...] = ()
    """The corrections that are in it, in order of their places. None of them overlap."""

    def edit(self, first: int, last: int, after: str) -> Edit:
        """Return the edit that puts `after` in place of the current words `first` to `last` (inclusive).

        Words of one correction are replaced together, so that it takes in the others of theirs as they are. Words at
        either end that stay as they are keep their times. Raises IndexError for words that are not there.
        """
        if not 0 <= first <= last < len(self.words):
            raise IndexError(f"no words {first} to {last} among {len(self.words)}")
        low, high = self.whole(first, last)
        tokens = [*_texts(self.words[low:first]), *clean_text(after).split(), *_texts(self.words[last + 1 : high + 1])]
        while low < high and tokens and self._stands_alone(low) and self.words[low].text.strip() == tokens[0]:
            low, tokens = low + 1, tokens[1:]
        while low < high and tokens and self._stands_alone(high) and self.words[high].text.strip() == tokens[-1]:
            high, tokens = high - 1, tokens[:-1]
        return Edit(self.origins[low][0], self.origins[high][1], joined(self.words[low : high + 1]), " ".join(tokens))

    def keeping_stop(self, edit: Edit) -> Edit:
        """Return an edit that removes words so that the word before gets what ends their sentence, if it does.

        Any other edit is returned as it is, and so is one whose words are not there.
        """
        low, high = self.within(edit.first_word, edit.last_word)
        stop = edit.before[-1:]
        if edit.after or stop not in _STOPS or not low or joined(self.words[low:high]) != edit.before:
            return edit
        text = self.words[low - 1].text.rstrip(",;:")
        return self.edit(low - 1, high - 1, text + stop) if text[-1:].isalnum() else edit

    def text_of(self, first_word: int, last_word: int) -> str | None:
        """Return the current text of these positions of the transcript.

        None where a correction is about some of them and about others too.
        """
        for one in self.applied:
            overlaps = one.first_word <= last_word and first_word <= one.last_word
            if overlaps and not (first_word <= one.first_word and one.last_word <= last_word):
                return None
        return joined(self.words[slice(*self.within(first_word, last_word))])

    def within(self, first_word: int, last_word: int) -> tuple[int, int]:
        """Return which current words stand for these positions of the transcript: from the first to before the end."""
        low = bisect_left(self.origins, first_word, key=lambda origin: origin[0])
        return low, bisect_right(self.origins, last_word, key=lambda origin: origin[1])

    def whole(self, first: int, last: int) -> tuple[int, int]:
        """Return a range of current words that has all words of each correction in it."""
        while first and self.origins[first - 1][1] >= self.origins[first][0]:
            first -= 1
        while last + 1 < len(self.words) and self.origins[last + 1][0] <= self.origins[last][1]:
            last += 1
        return first, last

    def _stands_alone(self, at: int) -> bool:
        return self.whole(at, at) == (at, at)


@dataclass(frozen=True, slots=True)
class Change(Generic[ReplacementT]):
    """A place where the current text is not what was heard, from `start` to `end` seconds."""

    start: float
    end: float
    heard: str
    text: str
    """Empty where words were removed."""
    before: str
    """A few words that come before it, as they are now."""
    after: str
    correction: ReplacementT


def changes(words: Sequence[Word], current: Corrected[ReplacementT], around: int = 4) -> list[Change[ReplacementT]]:
    """Return the places where the current text differs from `words`, the transcript's, with some words `around`."""
    found = []
    for one in current.applied:
        low, high = current.within(one.first_word, one.last_word)
        found.append(
            Change(
                words[one.first_word].start,
                words[one.last_word].end,
                joined(words[one.first_word : one.last_word + 1]),
                joined(current.words[low:high]),
                joined(current.words[max(0, low - around) : low]),
                joined(current.words[high : high + around]),
                one,
            )
        )
    return found


def correct(words: Sequence[Word], corrections: Sequence[ReplacementT]) -> Corrected[ReplacementT]:
    """Return the current words of a transcript with its accepted corrections, which are in order of their decisions.

    A later one hides the earlier ones that it overlaps. One about words that the transcript does not have is left out.
    New words share the time of those that they replace, by their letters, and their speakers; they have no probability.
    """
    applied = in_force(corrections, len(words))
    current: list[Word] = []
    origins: list[tuple[int, int]] = []
    at = 0
    for one in applied:
        current += words[at : one.first_word]
        origins += ((i, i) for i in range(at, one.first_word))
        made = _replaced(words, one)
        current += made
        origins += [(one.first_word, one.last_word)] * len(made)
        at = one.last_word + 1
    current += words[at:]
    origins += ((i, i) for i in range(at, len(words)))
    return Corrected(tuple(current), tuple(origins), tuple(applied))


def corrections_note(places: int) -> str | None:
    """Return what a file says of a text that is corrected in so many places; None if it is as it was heard."""
    return f"corrected in {places:,} place{'' if places == 1 else 's'}" if places else None


def in_force(corrections: Sequence[ReplacementT], words: int) -> list[ReplacementT]:
    """Return the corrections that no later one hides, in order of their places in a transcript of so many `words`."""
    taken = bytearray(words)
    kept = []
    for one in reversed(corrections):
        if not 0 <= one.first_word <= one.last_word < words or any(taken[one.first_word : one.last_word + 1]):
            continue
        taken[one.first_word : one.last_word + 1] = b"\x01" * (one.last_word + 1 - one.first_word)
        kept.append(one)
    return sorted(kept, key=lambda one: one.first_word)


def _replaced(every: Sequence[Word], by: Replacement) -> list[Word]:
    tokens = by.after.split()
    if not tokens:
        return []
    words = every[by.first_word : by.last_word + 1]
    speakers = [words[at * len(words) // len(tokens)].speaker for at in range(len(tokens))]
    if by.after == MARK:
        # Who says what is redacted is not told, unless the same one speaks before and after it.
        before, after = max(0, by.first_word - 1), by.last_word + 1
        around = [one.speaker for one in (*every[before : by.first_word], *every[after : after + 1])]
        speakers = [around[0] if len(around) == 2 and around[0] == around[1] else None]
    first, end = words[0], max(words[-1].end, words[0].start)
    letters = list(accumulate(map(len, tokens), initial=0))
    times = [round(first.start + (end - first.start) * place / letters[-1], 3) for place in letters]
    # The first has the space of the word that it replaces: none where that goes on a word, as `.S.` does.
    leading = first.text[: len(first.text) - len(first.text.lstrip())]
    return [
        Word(times[i], times[i + 1], f"{' ' if i else leading}{token}", None, first.language, speakers[i])
        for i, token in enumerate(tokens)
    ]


def _texts(words: Sequence[Word]) -> list[str]:
    return joined(words).split()


def joined(words: Sequence[Word]) -> str:
    """Return the text of words, clean, without space at its ends."""
    return clean_text("".join(word.text for word in words))
