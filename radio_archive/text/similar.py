"""Words that may be meant by another word: spelled alike, sounding alike, or written down wrongly by who heard them.

Sounds are compared by Metaphone (L. Philips, *Hanging on the Metaphone*, Computer Language 7:12, 1990), spellings by
the share of letters in common.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from jellyfish import metaphone
from rapidfuzz import fuzz

from radio_archive.text.spelling import fold

CLOSE = 76.0
"""How alike two words must be: 0 to 100 for their letters, 2 more for each that they begin with. CLOSE_IN_SOUND will do
for the letters of words that sound the same."""
CLOSE_IN_SOUND = 55.0
_SAME_SOUND = 12.0
"""What sounding the same counts, besides how alike the spellings are."""
_SHORTEST, _LONGEST = 3, 40
"""Letters of a word that can be compared with others."""
_HEARD_APART = 6
"""Letters of a word that may have been heard as two."""

# Letters that are taken for each other at the beginning of a word.
_TAKEN_FOR = {
    "c": "kqs", "k": "cqg", "q": "ck", "s": "czp", "z": "sx", "x": "zs", "f": "pv", "p": "fb", "v": "wf", "w": "vrh",
    "g": "jk", "j": "g", "n": "kgm", "r": "w", "b": "p", "d": "t", "t": "d", "m": "n", "a": "eo", "e": "ai", "i": "ey",
    "o": "au", "u": "oy", "y": "iu", "h": "wao",
}  # fmt: skip


def first_letters(word: str) -> str:
    """Return the letters that a word may begin with which is meant by `word`; empty for what cannot be compared."""
    return word[0] + _TAKEN_FOR.get(word[0], "") if _SHORTEST <= len(word) < _LONGEST else ""


def closest(word: str, known: Mapping[str, int], most: int) -> dict[str, float]:
    """Return the words of `known` that are most like `word`, with how much, the best first.

    The words are folded; the numbers say how often they occur, and decide between equals.
    """
    sound = metaphone(word)
    found: dict[str, float] = {}
    for other in known:
        alike = fuzz.ratio(word, other, score_cutoff=CLOSE_IN_SOUND)
        if not alike or other == word:
            continue
        alike += _begun_alike(word, other)
        same = len(sound) > 1 and metaphone(other) == sound
        if same or alike >= CLOSE:
            found[other] = alike + _SAME_SOUND * same
    ranked = sorted(found, key=lambda other: (-found[other], -known[other], other))
    return {other: found[other] for other in ranked[:most]}


def beginnings(word: str, known: Mapping[str, int], most: int) -> list[str]:
    """Return the words of `known` that sound like the beginning of `word`: *Kahola* for *Kahoʻolawe*."""
    if len(word) < _HEARD_APART:
        return []
    sound = metaphone(word)
    found: dict[str, float] = {}
    for other in known:
        if 2 <= len(other) < len(word):
            alike = fuzz.ratio(word[: len(other)], other, score_cutoff=CLOSE_IN_SOUND)
            if alike and sound.startswith(metaphone(other)):
                # The more of the word it covers, the less has to be guessed.
                found[other] = alike + 3 * len(other)
    return sorted(found, key=lambda other: (-found[other], other))[:most]


def heard_as(word: str, start: str, text: str) -> Iterator[tuple[str, float]]:
    """Yield the two or three words of `text`, the first of them `start`, that sound like `word`, with how much."""
    sound = metaphone(word)
    words = re.findall(r"[^\W_]+", fold(text))
    for index, first in enumerate(words):
        if first != start:
            continue
        best = max((_heard(word, sound, words[index : index + length]) for length in (2, 3)), key=lambda pair: pair[1])
        if best[1]:
            yield best


def _heard(word: str, sound: str, words: Sequence[str]) -> tuple[str, float]:
    """Return the words, and how much they are like `word` when nothing parts them; 0 where they are not."""
    together = "".join(words)
    alike, same = fuzz.ratio(word, together), metaphone(together) == sound
    if alike < (CLOSE_IN_SOUND if same else CLOSE):
        return "", 0.0
    return " ".join(words), alike + _begun_alike(word, together) + _SAME_SOUND * same


def _begun_alike(word: str, other: str) -> float:
    """Return what it counts that two words begin alike, for people are surer of that: *grandma* is a grandmother."""
    return 2.0 * min(6, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))))
