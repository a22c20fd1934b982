"""The words of a text as the search sees them: with and without the marks that spellings of a word differ in.

SQLite's tokenizer takes an apostrophe and a hyphen for the end of a word, so that *Hawaiʻi* is two words in the index
and *Hawaii* one. What belongs together is decided here, by rule and without a list of words:

- a mark between two vowels is an ʻokina or its like in another language (*Oʻahu*, *Nuku'alofa*, *fa'afetai*);
- a letter of its own (U+02BB and its kin) is one between any two letters;
- what English puts an apostrophe before (*we'll*, *it's*, *Hawaiʻi's*) stays apart.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from radio_archive.text.spelling import OKINA, plain

_LETTERS = "ʻʼʽʾʿˋˊꞌ"
"""Those of OKINA that are letters, and never a quotation mark."""
HYPHENS = frozenset("-\u2010\u2011")
_VOWELS = frozenset("aeiouāēīōūáéíóúàèìòùäëïöüâêîôûAEIOUĀĒĪŌŪÁÉÍÓÚÀÈÌÒÙÄËÏÖÜÂÊÎÔÛ")
_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})

_PIECE = rf"(?:[^\W_{_LETTERS}]|[\u0300-\u036f])+"
_JOINTS = re.escape("".join(sorted(OKINA | HYPHENS)))
_WORD = re.compile(rf"{_PIECE}(?:[{_JOINTS}]{_PIECE})*")
_AT = re.compile(_PIECE)
_JOINT = re.compile(rf"[{_JOINTS}]")


class Key(NamedTuple):
    """What a stretch of text is compared by."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What SQLite's tokenizer takes for one word."""

    text: str
    start: int
    end: int

    @property
    def token(self) -> str:
        """The piece as it stands in the index: in small letters, without the diacritics that the tokenizer drops."""
        if self.text.isascii():
            return self.text.lower()
        kept = (c for c in unicodedata.normalize("NFD", self.text.lower()) if not "\u0300" <= c <= "\u036f")
        return unicodedata.normalize("NFC", "".join(kept))

    @property
    def key(self) -> str:
        return plain(self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """One word: pieces that belong together."""

    pieces: tuple[Piece, ...]

    @property
    def written(self) -> str:
        """The tokens of the word as it is written: `hawai i`."""
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
    """Yield the words of a text. With `hyphens`, two words with a hyphen between them are one."""
    for match in _WORD.finditer(text):
        word = match[0]
        if not _JOINT.search(word):
            yield Group((Piece(word, match.start(), match.end()),))
            continue
        pieces = [Piece(at[0], match.start() + at.start(), match.start() + at.end()) for at in _AT.finditer(word)]
        yield from _grouped(text, pieces, hyphens=hyphens)


def levels(text: str) -> tuple[Sequence[Key], ...]:
    """Return the keys of a text three times: each piece, each word, and each word with its hyphens closed up.

    Two texts say the same where their keys agree at one of the levels.
    """
    if not _JOINT.search(text):
        found = [Key(plain(at[0]), at.start(), at.end()) for at in _AT.finditer(text)]
        return found, found, found
    words, compounds = list(groups(text)), list(groups(text, hyphens=True))
    pieces = [Key(piece.key, piece.start, piece.end) for group in words for piece in group.pieces]
    joined, closed = ([Key(group.key, group.start, group.end) for group in found] for found in (words, compounds))
    return pieces, joined, closed


def is_simple(text: str) -> bool:
    """Whether `text` has only the letters of ASCII and no marks in its words: its keys are what stands there."""
    return text.isascii() and not _JOINT.search(text)


def bare(text: str) -> str:
    """Return `text` in plain letters, without the marks inside words: a key of the text stands in it as it is."""
    return _JOINT.sub("", plain(text))


def _grouped(text: str, pieces: Sequence[Piece], *, hyphens: bool) -> Iterator[Group]:
    joints = [text[one.end : other.start] for one, other in pairwise(pieces)]
    # More than one hyphen makes a phrase (state-of-the-art), which nobody writes as one word.
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
    """Whether `mark` is a letter of the word, and not an apostrophe or a quotation mark."""
    if last and after.lower() in _ENDINGS:
        return False
    return mark in _LETTERS or (before[-1] in _VOWELS and after[0] in _VOWELS)
