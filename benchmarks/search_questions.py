"""Queries for measuring: two words and questions of eight, of words as frequent as those that people look for."""

import random
from collections.abc import Mapping, Sequence

from synthetic_text import FUNCTION_WORDS, Corpus

FREQUENT = ("people", "time", "first", "two", "said", "one")
"""Those of the commonest words that are no stop words."""
BANDS = {"common": (len(FUNCTION_WORDS), 400), "middling": (400, 4_000), "rare": (4_000, 40_000)}
"""Ranks of the invented words. A common one is in about one of 200 sentences, a rare one in fewer than one of 5,000."""
SHAPES = {
    "two rare words": "how did the {middling} {common} get {rare} {rare}",
    "common words": "why are there so many {common} {common} {middling}",
    "frequent words": "is it about the {frequent} of {frequent} {common}",
    "an unknown word": "what was said about the {unknown} {middling} {common}",
    "unknown and rare words": "when will they have their {middling} {unknown} {rare}",
    "no function words": "{rare} {middling} {common} {frequent} {middling} {common} {rare} {common}",
    "only common words": "{common} {frequent} {common} {frequent} {common} {common} {frequent} {common}",
    "only stop words": "what can we all do about it now",
}
"""Questions of eight words each."""
PAIRS = (
    "{frequent} {frequent}", "{frequent} {common}", "{common} {common}", "{common} {middling}", "{middling} {middling}",
    "{middling} {rare}", "{rare} {rare}",
)  # fmt: skip


def questions(of_each: int = 6) -> Mapping[str, Sequence[str]]:
    """Return so many questions of each shape, the same on every call."""
    choose = random.Random(5)  # noqa: S311 - reproducible, not secret
    words = _words(choose)
    return {name: [_filled(shape, words, choose) for _ in range(of_each)] for name, shape in SHAPES.items()}


def pairs(of_each: int = 5) -> Mapping[str, Sequence[str]]:
    """Return so many queries of two words of each kind, the same on every call."""
    choose = random.Random(6)  # noqa: S311
    words = _words(choose)
    return {
        " and ".join(name.strip("{}") for name in shape.split()): [
            _filled(shape, words, choose) for _ in range(of_each)
        ]
        for shape in PAIRS
    }


def _words(choose: random.Random) -> Mapping[str, Sequence[str]]:
    corpus = Corpus()
    bands = {name: corpus.words[first:last] for name, (first, last) in BANDS.items()}
    known = set(corpus.words)
    # As a person mistypes it: one letter is another one.
    mistyped = (f"{word[:2]}{choose.choice('aeiou')}{word[3:]}" for word in bands["rare"] if len(word) > 5)
    return {**bands, "frequent": FREQUENT, "unknown": [word for word in mistyped if word not in known]}


def _filled(shape: str, words: Mapping[str, Sequence[str]], choose: random.Random) -> str:
    left = {name: choose.sample(found, 6) for name, found in words.items()}
    return " ".join(left[word.strip("{}")].pop() if word[0] == "{" else word for word in shape.split())
