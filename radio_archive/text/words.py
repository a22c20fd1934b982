"""Split a text into words as the search sees them, with and without the marks in which spellings differ.

For SQLite's tokenizer a word ends at an apostrophe or a hyphen, so *Hawaiʻi* is two words in the index and *Hawaii*
one. This module decides what belongs together, by rules without a list of words:

- a mark between two vowels is an ʻokina, or its equivalent in another language (*Oʻahu*, *Nuku'alofa*, *fa'afetai*);
- a mark that is a letter of its own (U+02BB and similar) is one between any two letters;
- English endings after an apostrophe (*we'll*, *it's*, *Hawaiʻi's*) stay separate.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from radio_archive.text.spelling import OKINA, plain

_LETTERS = "ʻʼʽʾʿˋˊꞌ"
"""The characters of OKINA that are always letters, never quotation marks."""
HYPHENS = frozenset("-\u2010\u2011")
_VOWELS = frozenset("aeiouāēīōūáéíóúàèìòùäëïöüâêîôûAEIOUĀĒĪŌŪÁÉÍÓÚÀÈÌÒÙÄËÏÖÜÂÊÎÔÛ")
_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})

_PIECE = rf"(?:[^\W_{_LETTERS}]|[\u0300-\u036f])+"
_JOINTS = re.escape("".join(sorted(OKINA | HYPHENS)))
_WORD = re.compile(rf"{_PIECE}(?:[{_JOINTS}]{_PIECE})*")
_AT = re.compile(_PIECE)
_JOINT = re.compile(rf"[{_JOINTS}]")


class Key(NamedTuple):
    """A folded part of a text, for comparison, and its place."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of SQLite's tokenizer."""

    text: str
    start: int
    end: int

    @property
    def token(self) -> str:
        """The piece as stored in the index: in small letters, without the diacritics that the tokenizer drops."""
        if self.text.isascii():
            return self.text.lower()
        kept = (c for c in unicodedata.normalize("NFD", self.text.lower()) if not "\u0300" <= c <= "\u036f")
        return unicodedata.normalize("NFC", "".join(kept))

    @property
    def key(self) -> str:
        return plain(self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """One word, made of one or more pieces."""

    pieces: tuple[Piece, ...]

    @property
    def written(self) -> str:
        """The tokens of the word as written: `hawai i`."""
        return " ".join(piece.token for piece in self.pieces)

    @property
    def key(self) -> str:
        """The word in plain letters: `hawaii`."""
        return "".join(piece.key for piece in self.pieces)

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end


def groups(text: str, *, hyphens: bool = False) -> Iterator[Group]:
    """Yield the words of a text. With `hyphens`, two words joined by a hyphen are one."""
    for match in _WORD.finditer(text):
        word = match[0]
        if not _JOINT.search(word):
            yield Group((Piece(word, match.start(), match.end()),))
            continue
        pieces = [Piece(at[0], match.start() + at.start(), match.start() + at.end()) for at in _AT.finditer(word)]
        yield from _grouped(text, pieces, hyphens=hyphens)


def levels(text: str) -> tuple[Sequence[Key], ...]:
    """Return the keys of a text at three levels: pieces, words, and words without hyphens.

    Two texts match where their keys agree at one of the levels.
    """
    if not _JOINT.search(text):
        found = [Key(plain(at[0]), at.start(), at.end()) for at in _AT.finditer(text)]
        return found, found, found
    words, compounds = list(groups(text)), list(groups(text, hyphens=True))
    pieces = [Key(piece.key, piece.start, piece.end) for group in words for piece in group.pieces]
    joined, closed = ([Key(group.key, group.start, group.end) for group in found] for found in (words, compounds))
    return pieces, joined, closed


def is_simple(text: str) -> bool:
    """Whether `text` is ASCII without marks in its words, so that its keys are its lower-case words."""
    return text.isascii() and not _JOINT.search(text)


def bare(text: str) -> str:
    """Return `text` in plain letters without marks inside words; every key of the text is a substring of it."""
    return _JOINT.sub("", plain(text))


def _grouped(text: str, pieces: Sequence[Piece], *, hyphens: bool) -> Iterator[Group]:
    joints = [text[one.end : other.start] for one, other in pairwise(pieces)]
    # With several hyphens it is a phrase (state-of-the-art), which is never written as one word.
    closes = hyphens and sum(joint in HYPHENS for joint in joints) == 1
    held = [pieces[0]]
    for index, joint in enumerate(joints):
        before, after = pieces[index], pieces[index + 1]
        if joint in HYPHENS:
            together = closes and before.text.isalpha() and after.text.isalpha()
        else:
            together = _is_letter(before.text, joint, after.text, last=index + 1 == len(joints))
        if not together:
            yield Group(tuple(held))
            held = []
        held.append(after)
    yield Group(tuple(held))


def _is_letter(before: str, mark: str, after: str, *, last: bool) -> bool:
    """Whether `mark` is a letter of the word, not an apostrophe or a quotation mark."""
    if last and after.lower() in _ENDINGS:
        return False
    return mark in _LETTERS or (before[-1] in _VOWELS and after[0] in _VOWELS)
