"""Find a text in a transcript's current words, word by word or by a pattern, and what replaces it there."""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from radio_archive.errors import UsageError
from radio_archive.models import Edit, clean_text
from radio_archive.text.corrected import Corrected, ReplacementT, joined
from radio_archive.text.redacted import MARK
from radio_archive.text.words import levels

AROUND = 6
"""Words shown before and after a place."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a text is to be replaced: characters `start` to before `end`, and the new text."""

    start: int
    end: int
    new: str


class Finder(Protocol):
    """Finds what is to be replaced."""

    def spans(self, text: str) -> Iterator[Span]:
        """Yield the places in `text`, from its beginning to its end; no two overlap."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a text is replaced: the edit, the words around it, and its time in seconds."""

    edit: Edit
    start: float
    before: str
    after: str


class WholeWords:
    """Finds words, however their accents, ʻokina, apostrophes and hyphens are written.

    A word with a capital is found only where it has one; one without is found anywhere. Where it is found with a
    capital, because a sentence begins with it, the new text begins with one too.
    """

    def __init__(self, old: str, new: str, *, exact: bool = False) -> None:
        """Replace `old` by `new`; with `exact`, only where it is written exactly so. Raises UsageError."""
        self.old, self.new, self.exact = clean_text(old), clean_text(new), exact
        self._keys = [[key.text for key in level] for level in levels(self.old)]
        if not self._keys[0]:
            raise UsageError(f"there is no word in {old!r}", "Give the words that are to be replaced.")
        self._capitals = [[_has_capital(self.old[key.start : key.end]) for key in level] for level in levels(self.old)]

    def spans(self, text: str) -> Iterator[Span]:
        found: dict[int, Span] = {}
        for keys, asked, capitals in zip(levels(text), self._keys, self._capitals, strict=True):
            texts = [key.text for key in keys]
            for at in _sequences(texts, asked):
                inside = keys[at : at + len(asked)]
                start, end = inside[0].start, inside[-1].end
                written = [text[key.start : key.end] for key in inside]
                fits = all(_has_capital(word) or not capital for word, capital in zip(written, capitals, strict=True))
                if fits and not (self.exact and " ".join(text[start:end].split()) != self.old):
                    found.setdefault(start, Span(start, end, self._new_at(written[0], capitals[0])))
        yield from _apart(sorted(found.values(), key=lambda span: span.start))

    def _new_at(self, written: str, capital: bool) -> str:
        begins = not capital and not self.exact and written[:1].isupper()
        return self.new[:1].upper() + self.new[1:] if begins else self.new


class Pattern:
    """Finds what matches a regular expression of Python's; the new text may have groups of it: `\\1`, `\\g<name>`."""

    def __init__(self, old: str, new: str) -> None:
        """Raises UsageError if it is no regular expression, or if the new text asks for a group that it has not."""
        try:
            with warnings.catch_warnings():
                # `[[a]` may mean something else in a Python to come.
                warnings.simplefilter("ignore")
                self._pattern = re.compile(old)
                # Python looks at the new text only where something was found.
                re.compile(f"{old}|").sub(new, "")
        except (re.error, IndexError, RecursionError, OverflowError) as error:
            raise UsageError(
                f"“{old}” or “{new}” is no regular expression: {error}", "Mend it, and try again."
            ) from error
        self._new = new

    def spans(self, text: str) -> Iterator[Span]:
        for match in self._pattern.finditer(text):
            if match.end() > match.start():
                yield Span(match.start(), match.end(), match.expand(self._new))


def places(current: Corrected[ReplacementT], finder: Finder) -> list[Place]:
    """Return where a text is replaced in the current words, in their order. Places that stay as they are, or
    are redacted, are left out.

    What is written together with it stays: its punctuation, an *'s*, the other part of a compound.
    """
    text = "".join(word.text for word in current.words)
    ends = list(accumulate(len(word.text) for word in current.words))
    found: list[Place] = []
    end = 0
    for first, last, spans in _grouped(current, finder.spans(text), ends):
        start = ends[first - 1] if first else 0
        pieces, at = [], start
        for span in spans:
            pieces += [text[at : span.start], span.new]
            at = span.end
        new = clean_text("".join((*pieces, text[at : ends[last]])))
        words = current.words
        if not any(span.new for span in spans) and not any(map(str.isalnum, new)):
            # A comma goes with the word that is removed.
            new = ""
        edit = current.edit(first, last, new)
        if first > end:
            edit = current.keeping_stop(edit)
        end = last + 1
        if edit.before != edit.after and MARK not in edit.before:
            low, high = current.within(edit.first_word, edit.last_word)
            before = joined(words[max(0, low - AROUND) : low])
            after = joined(words[high : high + AROUND])
            found.append(Place(edit, words[low].start, before, after))
    return found


def _grouped(
    current: Corrected[ReplacementT], spans: Iterator[Span], ends: Sequence[int]
) -> Iterator[tuple[int, int, list[Span]]]:
    """Yield the first and last word of each place, with its spans: several where they are in the same words.

    Neighbours that are removed are one place, so that the word before them gets what ends their sentence.
    """
    held: list[Span] = []
    first = last = word = 0
    for span in spans:
        while ends[word] <= span.start:
            word += 1
        end = word
        while ends[end] < span.end:
            end += 1
        # The space before a word belongs to it, and is found by a pattern for spaces.
        low, high = current.whole(word, end)
        if held and low <= last + (not held[-1].new and not span.new):
            last, held = max(last, high), [*held, span]
            continue
        if held:
            yield first, last, held
        first, last, held = low, high, [span]
    if held:
        yield first, last, held


def _sequences(texts: Sequence[str], asked: Sequence[str]) -> Iterator[int]:
    size = len(asked)
    return (at for at, text in enumerate(texts) if text == asked[0] and list(texts[at : at + size]) == list(asked))


def _apart(spans: Sequence[Span]) -> Iterator[Span]:
    end = 0
    for span in spans:
        if span.start >= end:
            yield span
            end = span.end


def _has_capital(text: str) -> bool:
    return any(map(str.isupper, text))
