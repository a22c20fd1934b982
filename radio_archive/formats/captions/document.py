"""What every reader of a transcript returns: its lines with their times, and what the file says of its making."""

import math
import re
from dataclasses import dataclass, field
from typing import TypeGuard

from radio_archive.models import Word

LONGEST = 360_000.0
"""Seconds. A cue after a hundred hours is invalid."""
_NOT_SAID = re.compile(r"\[[^\[\]]{0,200}\]|[♪♫]|>>+|\((?=[^()a-z]*[A-Z])[^()a-z]{0,200}\)|^\([^()]{0,200}\)$")
_NAME = r"[^\W\d_a-z][^\s:,a-z]{0,40}"
_SPEAKER = re.compile(rf"^[-–— ]*(?:{_NAME},? ){{0,4}}{_NAME}: +")
"""`MARY MEYER, HOST:`; in small letters it might be what is said."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line, clean, from `start` to `end` seconds; `words` have times of their own, where the file has them."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(slots=True)
class Document:
    """A transcript as its file has it."""

    format: str
    cues: list[Cue] = field(default_factory=list)
    unread: int = 0
    """Lines whose times cannot be read."""
    language: str | None = None
    tool: str | None = None
    """The program that made it, if the file says so."""
    model: str | None = None
    """The model with which it was made."""
    timed: bool = True
    """Whether its lines have times."""
    problem: str | None = None
    """Why nothing can be read in it."""

    def add(self, start: object, end: object, text: str, words: tuple[Word, ...] = ()) -> None:
        """Add a line, unless nothing is in it, or its times cannot be."""
        if not text:
            return
        if is_time(start) and is_time(end) and start <= end:
            self.cues.append(Cue(float(start), float(end), text, words))
        else:
            self.unread += 1


def is_time(value: object) -> TypeGuard[float]:
    """Whether a value is a number of seconds, or of milliseconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LONGEST


def seconds(value: object) -> object:
    """Return a time that may be written as text; anything else as it is."""
    try:
        return float(value) if isinstance(value, str) and len(value) < 30 else value
    except ValueError:
        return value


def share(value: object) -> float | None:
    """Return a probability; None for what is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return min(1.0, max(0.0, float(value))) if is_number else None  # type: ignore[arg-type]


def said(text: str) -> str:
    """Return a line without what is not said in it."""
    return _SPEAKER.sub("", _NOT_SAID.sub(" ", text).strip(), count=1).strip()


def timed_words(words: tuple[Word, ...], text: str) -> list[Word]:
    """Return those of `words` that make up `text`, a clean line; none if they do not make it up.

    Programs write the spaces before words in several ways, so they are taken from the text.
    """
    kept: list[Word] = []
    at = 0
    for word in words:
        bare = word.text.strip()
        begin = at + 1 if text[at : at + 1] == " " else at
        if bare and text.startswith(bare, begin):
            lead = " " if begin > at or not kept else ""
            kept.append(Word(word.start, word.end, f"{lead}{bare}", word.probability))
            at = begin + len(bare)
    return kept if at == len(text) else []
