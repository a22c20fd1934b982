"""On which line of a TOML document a key stands: its parser does not say, but it knows which lines are a whole."""

import tomllib
from collections.abc import Sequence

LONGEST = 5_000
"""Lines of a document that are looked at; every one is parsed with all those before it."""


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the line, from 1, on which the value at `keys` begins, or the first one of a table; None if there is none.

    However it is written: `[a.b]` and `c = 1`, `a.b.c = 1` or `a = { b = { c = 1 } }`. The document must be sound. It
    is the line after the last one up to which the document is whole and lacks the value.
    """
    lines = text.split("\n", LONGEST)[:LONGEST]
    whole = 0
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            # Amid a list, or a text of several lines.
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
