"""Makes words as an engine returns them from written text, for tests of spoken credits."""

from collections.abc import Sequence
from dataclasses import replace

from radio_archive.metadata.spoken import signoff
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.models import Claim, Roster, Word

NARRATION = "The state has been at work on it for some years. " * 15


def speak(text: str, start: float = 0.0, end: float | None = None) -> list[Word]:
    """Return the words of a text as an engine does, at an even pace, with a pause after each sentence."""
    words = []
    at = start
    for word in text.split():
        words.append(Word(at, at + 0.3, f" {word}", 0.9))
        at += 0.75 if word[-1] in ".!?" else 0.35
    if end is not None and words:
        pace = (end - start) / (words[-1].end - start)
        words = [
            replace(word, start=start + (word.start - start) * pace, end=start + (word.end - start) * pace)
            for word in words
        ]
    return words


def piece(start: str = "", end: str = "") -> list[Word]:
    """Return the words of a clip of over a minute that begins and ends with these texts."""
    plain = (start + end).islower()
    words: list[Word] = []
    for text in (start, NARRATION.lower().replace(".", "") if plain else NARRATION, end):
        words += speak(text, words[-1].end + 0.45 if words else 0.5)
    return words


def duration_of(words: Sequence[Word]) -> float:
    """Return the duration of a clip that ends just after these words, in seconds."""
    return max(word.end for word in words) + 0.5


def read_signoff(words: Sequence[Word], roster: Roster, *, duration: float) -> list[Claim]:
    """Return the claims from a clip of `duration` seconds by a roster that is made for it alone."""
    return [one.claim for one in signoff.read_signoff(words, KnownNames(roster), duration=duration)]
