"""What every reader of a transcript returns: its lines with their times, and what the file says of its making."""

import math
import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeGuard

from radio_archive.models import Word, clean_text

LONGEST = 360_000.0
"""Seconds. A cue after a hundred hours is invalid."""
_NOT_SAID = re.compile(r"\[[^\[\]]{0,200}\]|[♪♫]|>>+|\((?=[^()a-z]*[A-Z])[^()a-z]{0,200}\)|^\([^()]{0,200}\)$")
_NAME = r"[^\W\d_a-z][^\s:,a-z]{0,40}"
_SPEAKER = re.compile(rf"[-–— ]*((?:{_NAME},? ){{0,4}}{_NAME}|SPEAKER [0-9]{{1,4}}): +")
"""`MARY MEYER, HOST:`; in small letters it might be what is said."""
_BRACKETED = re.compile(r"\[([^\[\]]{1,100})\]: +|\(speaker ([0-9?])\) *")
"""`[SPEAKER_00]: `, as WhisperX writes it, and `(speaker 0)` of whisper.cpp."""
_TURN = re.compile(r"\s*(?:>>|[-–—]\s)")
"""Somebody else speaks."""
_MARKUP = re.compile(r"<[^<>]*>")
LABEL = 100
"""Letters of the name of a speaker. What comes after these is left out."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line, clean, from `start` to `end` seconds; `words` have times of their own, where the file has them."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    voices: tuple[tuple[str | None, str], ...] = ()
    """Who says which part of it, where the file has a place for that."""


class Spoken(NamedTuple):
    """What is said in a line, the name before it, and whether somebody else speaks than before."""

    text: str
    name: str | None = None
    is_turn: bool = False


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
    turns: bool = False
    """Whether a name stands only where somebody begins to speak."""
    problem: str | None = None
    """Why nothing can be read in it."""

    def add(
        self,
        start: object,
        end: object,
        text: str,
        words: tuple[Word, ...] = (),
        voices: tuple[tuple[str | None, str], ...] = (),
    ) -> None:
        """Add a line, unless nothing is in it, or its times cannot be."""
        if not text:
            return
        if is_time(start) and is_time(end) and start <= end:
            self.cues.append(Cue(float(start), float(end), text, words, voices or ((None, text),)))
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


def spoken(line: str) -> Spoken:
    """Return what is said in a line, without the name before it and what is not said."""
    bracketed = _BRACKETED.match(line)
    text = _NOT_SAID.sub(" ", line[bracketed.end() :] if bracketed else line).strip()
    named = None if bracketed else _SPEAKER.match(text)
    name = label(bracketed[1] or bracketed[2] if bracketed else named[1] if named else None)
    text = text[named.end() :].strip() if named else text
    return Spoken(text, name, bool(bracketed or named or _TURN.match(line)))


def said(line: str) -> str:
    """Return a line without what is not said in it."""
    return spoken(line).text


def label(value: object) -> str | None:
    """Return what a file calls a speaker, clean and bounded; a number is `Speaker 2`. None if it is no name."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000:
        value = str(value)
    if not isinstance(value, str):
        return None
    name = clean_text(_MARKUP.sub("", clean_text(value[: 10 * LABEL])))[:LABEL].strip()
    if re.fullmatch("[0-9]{1,4}", name):
        return f"Speaker {int(name)}"
    return name if any(map(str.isalnum, name)) else None


class Turns:
    """Who speaks in lines that come one after the other. With `lasting`, a name counts until somebody else speaks."""

    def __init__(self, *, lasting: bool) -> None:
        self._lasting = lasting
        self._now: str | None = None

    def speaker(self, line: Spoken) -> str | None:
        """Return who says the next line."""
        if line.is_turn or not self._lasting:
            self._now = line.name
        return self._now


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
            kept.append(replace(word, text=f"{lead}{bare}"))
            at = begin + len(bare)
    return kept if at == len(text) else []
