"""A list of common English words, to tell what an engine made up from what it heard: SCOWL's, up to its size 35.

No names are in it. `english.txt`, beside this file, has its licence and how it was made.
"""

from functools import cache
from pathlib import Path

from radio_archive.text.forms import stem


def is_word(word: str) -> bool:
    """Whether a folded word is a common English one, in any of its forms: `ferry`, `ferries`, but not `maui`."""
    return word.isdigit() or len(word) == 1 or stem(word) in _stems()


@cache
def _stems() -> frozenset[str]:
    text = Path(__file__).with_name("english.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(stem(word) for line in lines for word in line.split())
