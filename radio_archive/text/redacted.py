"""Words that the public must not read, by when they were said."""

from collections.abc import Sequence

from radio_archive.models import Word

MARK = "[redacted]"
"""Stands in a text for the words that were taken out. Without it, those before and after would read as one sentence."""


def within(words: Sequence[Word], spans: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Return the words of which a part was said in one of `spans` (seconds): first and last position of each run."""
    runs: list[tuple[int, int]] = []
    for position, word in enumerate(words):
        # A word without a length is in the span at whose start it is.
        if any(word.start < end and (word.end > start or word.start >= start) for start, end in spans):
            if runs and runs[-1][1] == position - 1:
                runs[-1] = (runs[-1][0], position)
            else:
                runs.append((position, position))
    return runs
