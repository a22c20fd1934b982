"""How words sound, roughly: those that a speech model confuses become the same."""

import re
from collections.abc import Iterable
from functools import lru_cache

# Approximate spelling-to-sound rules: sounds that a speech model confuses become one letter. Capitals are consonants,
# which it mostly gets right; voiced and unvoiced ones count as the same.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("^kn|^gn", "N"),
        ("^wr", "R"),
        ("^ps|^x", "S"),
        ("^ge(?=[aeilmnor])|^gi(?=[aln])", "Ci"),
        ("tch|ch|cz|dg|j", "C"),
        ("sch|sh|ti(?=o)", "S"),
        ("ph|[fv]", "F"),
        ("th|[td]", "T"),
        ("ck|c(?![eiy])|qu?|k|g(?!h)", "K"),
        ("x", "KS"),
        ("[cszß]", "S"),
        ("[pb]", "P"),
        ("gh(?=[aeiou])", "K"),
        ("igh|gh", ""),
        # Its end is hardly heard: *Penang*, *Penan*.
        ("ng(?![aeiou])", "n"),
        ("m", "M"),
        ("n", "N"),
        ("l", "L"),
        ("r", "R"),
        ("w(?=[aeiouy])", "W"),
        ("oo|ou|ew|ue", "u"),
        ("ah", "a"),
        ("ai|ay|ei|ae|eh", "e"),
        ("ee|ea|ie|ey|y", "i"),
        ("au|aw|oa|ow|oe|oh", "o"),
        ("h", ""),
        (r"(.)\1+", r"\1"),
    )
)
_NO_VOWELS = str.maketrans("", "", "aeiouw")
_VOWELS = re.compile("[Waeiouwy]+")


@lru_cache(maxsize=65_536)
def phonetic_form(text: str) -> str:
    """Return an approximate phonetic form of a folded word: consonants as capitals, vowels as small letters."""
    for pattern, letter in _SOUNDS:
        text = pattern.sub(letter, text)
    return text


def sound_of(words: Iterable[str]) -> str:
    """Return the sounds of folded words, run together."""
    return "".join(map(phonetic_form, words))


@lru_cache(maxsize=65_536)
def consonants(text: str) -> str:
    """Return the consonants of the phonetic form of a folded word."""
    return without_vowels(phonetic_form(text))


def without_vowels(sounds: str) -> str:
    """Return the consonants of a phonetic form."""
    return sounds.translate(_NO_VOWELS)


@lru_cache(maxsize=131_072)
def skeleton(text: str) -> str:
    """Return the phonetic form of a folded word with one sign for all vowels: `Kuching`, `Cooching`."""
    return _VOWELS.sub("a", phonetic_form(text))
