"""Finds the line of a key in a TOML document. The parser reports no lines, so ever longer beginnings are parsed."""

import tomllib
from collections.abc import Sequence

LONGEST = 5_000
"""The most lines that are searched; each is parsed with all lines before it."""


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the line, from 1, where the value at `keys` begins, or the first line of a table; None if there is none.

    All forms are found: `[a.b]` and `c = 1`, `a.b.c = 1` or `a = { b = { c = 1 } }`. The document must be valid. The
    result is the line after the longest valid beginning without the value.
    """
    lines = text.split("\n", LONGEST)[:LONGEST]
    whole = 0
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            # In the middle of a list or a text of several lines.
            continue
        if _has(document, keys):
            return whole + 1
        whole = count
    return None


def _has(document: object, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
