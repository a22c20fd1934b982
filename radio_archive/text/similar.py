"""Find words that a misspelled or misheard word may mean: similar in spelling or in sound.

Sounds are compared by their consonants, spellings by the share of common letters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from rapidfuzz import fuzz

from radio_archive.text.sounds import consonants
from radio_archive.text.spelling import fold

CLOSE = 76.0
"""Lowest similarity of two words: 0 to 100 for their letters, plus 2 for each common first letter. Words that sound the
same need only CLOSE_IN_SOUND for their letters."""
CLOSE_IN_SOUND = 55.0
_SAME_SOUND = 12.0
"""Added to the similarity of words that sound the same."""
SHORTEST, LONGEST = 3, 40
"""Letters of a word that can be compared."""
SURE = 75.0
"""Similarity of the letters of a misspelled word and what was surely meant, 0 to 100."""
SURE_OF_FEW = 88.0
"""The same for a short word, or if two words are meant."""
FEW = 4
"""Letters."""
_HEARD_APART = 6
"""Letters, at least, of a word that may have been heard as two."""

_PLAIN_WORDS = re.compile(r"[^\W\d_]+(?:[\s'’ʻ-][^\W\d_]+)*")
_GLIDES = re.compile("w|y(?=[aeiou])")

TAKEN_FOR = {
    "c": "kqs", "k": "cqg", "q": "ck", "s": "czp", "z": "sx", "x": "zs", "f": "pv", "p": "fb", "v": "wf", "w": "vrh",
    "g": "jk", "j": "g", "n": "kgm", "r": "w", "b": "p", "d": "t", "t": "d", "m": "n", "a": "eo", "e": "ai", "i": "ey",
    "o": "au", "u": "oy", "y": "iu", "h": "wao",
}  # fmt: skip
"""First letters that are confused with each other."""


def first_letters(word: str) -> str:
    """Return the possible first letters of a word meant by `word`; empty if it cannot be compared."""
    return word[0] + TAKEN_FOR.get(word[0], "") if SHORTEST <= len(word) < LONGEST else ""


def closest(word: str, known: Iterable[str], most: int) -> dict[str, float]:
    """Return the words of `known` most similar to `word`, with their similarity, best first.

    The words are folded.
    """
    sound = consonants(word)
    found: dict[str, float] = {}
    for other in known:
        alike = _letters_alike(word, other)
        if not alike or other == word:
            continue
        alike += _begun_alike(word, other)
        same = len(sound) > 1 and consonants(other) == sound
        if same or alike >= CLOSE:
            found[other] = alike + _SAME_SOUND * same
    ranked = sorted(found, key=lambda other: (-found[other], other))
    return {other: found[other] for other in ranked[:most]}


def is_surely(word: str, other: str) -> bool:
    """Whether `word`, which is unknown, is so close to a known word or phrase that nothing else can be meant."""
    sure = SURE if len(word) > FEW and " " not in other else SURE_OF_FEW
    return _letters_alike(word, other.replace(" ", "")) >= sure


def misheard_as(name: str, heard: Iterable[str]) -> Iterator[str]:
    """Yield which of `heard`, words of an archive, may have been heard for a name that it does not have.

    Only for what is written like a name, and not where either is made of common words alone.
    """
    # Slow to import, and only needed here.
    from radio_archive.text.dictionary import is_word

    def is_common(text: str) -> bool:
        return all(map(is_word, fold(text).split()))

    if not any(map(str.isupper, name)) or not _PLAIN_WORDS.fullmatch(name) or is_common(name):
        return
    asked = fold(name).replace(" ", "")
    for text in heard:
        plain = text.strip('"')
        said = fold(plain).replace(" ", "")
        if _PLAIN_WORDS.fullmatch(plain) and not is_common(plain) and said != asked and _letters_alike(asked, said):
            yield plain


def beginnings(word: str, known: Iterable[str], most: int) -> list[str]:
    """Return the words of `known` that sound like the start of `word`: *Kahola* for *Kahoʻolawe*."""
    if len(word) < _HEARD_APART:
        return []
    sound = consonants(word)
    found: dict[str, float] = {}
    for other in known:
        if 2 <= len(other) < len(word):
            alike = fuzz.ratio(word[: len(other)], other, score_cutoff=CLOSE_IN_SOUND)
            if alike and sound.startswith(consonants(other)):
                # A longer match leaves less to guess.
                found[other] = alike + 3 * len(other)
    return sorted(found, key=lambda other: (-found[other], other))[:most]


def heard_as(word: str, start: str, text: str) -> Iterator[tuple[str, float]]:
    """Yield two or three words of `text` from `start` on that together sound like `word`, with their similarity."""
    sound = consonants(word)
    words = re.findall(r"[^\W_]+", fold(text))
    for index, first in enumerate(words):
        if first != start:
            continue
        best = max((_heard(word, sound, words[index : index + length]) for length in (2, 3)), key=lambda pair: pair[1])
        if best[1]:
            yield best


def _heard(word: str, sound: str, words: Sequence[str]) -> tuple[str, float]:
    """Return the words joined by spaces, and their similarity to `word` when joined without; 0 if too low."""
    together = "".join(words)
    alike, same = fuzz.ratio(word, together), consonants(together) == sound
    if alike < (CLOSE_IN_SOUND if same else CLOSE):
        return "", 0.0
    return " ".join(words), alike + _begun_alike(word, together) + _SAME_SOUND * same


def _letters_alike(word: str, other: str) -> float:
    """Return the similarity of two words, 0 to 100, also as one who only heard them would write them: *w* for *u*."""
    alike = fuzz.ratio(word, other, score_cutoff=CLOSE_IN_SOUND)
    if alike and _GLIDES.search(f"{word} {other}"):
        return max(alike, fuzz.ratio(_with_vowels(word), _with_vowels(other)))
    return alike


def _with_vowels(word: str) -> str:
    return _GLIDES.sub(lambda match: "u" if match[0] == "w" else "i", word)


def _begun_alike(word: str, other: str) -> float:
    """Return the bonus for common first letters, of which people are surest: *grandma* is a grandmother."""
    return 2.0 * min(6, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))))
