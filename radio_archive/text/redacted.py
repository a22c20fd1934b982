"""Words that the public must not read, by when they were said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from radio_archive.models import Word
from radio_archive.text.spelling import fold
from radio_archive.text.stop_words import STOP_WORDS

MARK = "[redacted]"
"""Stands in a text for the words that were taken out. Without it, those before and after would read as one sentence."""
NEAR = 2.0
"""Seconds by which another transcript may time a word otherwise."""
_SHORTEST = 3
"""Letters of a word that tells something; of a number one digit does."""


@dataclass(frozen=True, slots=True)
class RedactedSpan:
    """A span, in seconds, and the words that tell something of those that were said in it, folded."""

    start: float
    end: float
    telling: frozenset[str] = frozenset()

    def hides(self, word: Word) -> bool:
        """Whether a part of a word was said in the span, or it is one of the span's words and near it."""
        # A word without a length is in the span at whose start it is.
        if word.start < self.end and (word.end > self.start or word.start >= self.start):
            return True
        if word.end < self.start - NEAR or word.start > self.end + NEAR:
            return False
        return not self.telling.isdisjoint(fold(word.text).split())


def telling_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of texts, folded, without those that nearly every sentence has."""
    words = {word for text in texts for word in fold(text).split()} - STOP_WORDS
    return frozenset(
        word for word in words if any(map(str.isdigit, word)) or (len(word) >= _SHORTEST and word.isalnum())
    )


def hidden(words: Sequence[Word], spans: Sequence[RedactedSpan]) -> list[tuple[int, int]]:
    """Return the words that `spans` hide: first and last position of each run."""
    runs: list[tuple[int, int]] = []
    for position, word in enumerate(words):
        if any(span.hides(word) for span in spans):
            first = runs.pop()[0] if runs and runs[-1][1] == position - 1 else position
            runs.append((first, position))
    return runs
