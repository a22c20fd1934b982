"""Finds the lines of keys in a TOML document. The parser reports no lines, so beginnings of the document are parsed."""

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

LONGEST = 5_000
"""The most lines that are searched."""


class Lines:
    """The lines of one document, which must be valid."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n", LONGEST)[:LONGEST]
        self._invalid: set[int] = set()

    def of(self, keys: Sequence[str]) -> int | None:
        """Return the line, from 1, where the value at `keys` begins, or the first line of a table; None if none does.

        All forms are found: `[a.b]` and `c = 1`, `a.b.c = 1` or `a = { b = { c = 1 } }`. The result is the line after
        the longest valid beginning without the value.
        """
        without, whole = 0, len(self._lines) + 1
        while found := self._nearest((without + whole) // 2, without, whole):
            count, document = found
            if _has(document, keys):
                whole = count
            else:
                without = count
        return without + 1 if whole <= len(self._lines) else None

    def _nearest(self, middle: int, low: int, high: int) -> tuple[int, dict[str, Any]] | None:
        """Return a valid beginning of more than `low` and less than `high` lines, as near to `middle` as there is."""
        for count in _outwards(middle, low, high):
            if count not in self._invalid:
                try:
                    return count, tomllib.loads("\n".join(self._lines[:count]))
                except (ValueError, RecursionError):
                    # In the middle of a list or a text of several lines.
                    self._invalid.add(count)
        return None


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the line of one value in a valid document, as `Lines.of` does."""
    return Lines(text).of(keys)


def _outwards(middle: int, low: int, high: int) -> Iterator[int]:
    for distance in range(high - low):
        for count in dict.fromkeys((middle - distance, middle + distance)):
            if low < count < high:
                yield count


def _has(document: object, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
