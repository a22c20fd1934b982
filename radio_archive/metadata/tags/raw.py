"""Raw tags, as the readers of each format return them, and the limits for all readers.

The limits keep a hostile file from filling the memory: no reader holds more than a few times `LARGEST_TAG`, whatever
lengths and counts the file claims.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from radio_archive.models import Chapter

LARGEST_TEXT = 1 << 17
"""Bytes of one unpacked text; a larger one is ignored."""
LARGEST_PICTURE = 10_000_000
"""Bytes of one unpacked picture; a larger one is ignored."""
LARGEST_TAG = 24 << 20
"""Bytes that are read, and unpacked, from one tag."""
MOST_PARTS = 10_000
"""Frames, comments, chunks or atoms that are read; real files have some dozens."""
MOST_CHAPTERS = 2_000

PARSER_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""What mutagen raises on damaged tags besides its own MutagenError, as fuzzing showed, or could raise while parsing
lengths, numbers and encodings."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture from a tag. Its first bytes tell its type; the tag may be wrong."""

    content: bytes
    is_front: bool = False
    """The tag calls it the front cover."""


@dataclass(frozen=True, slots=True)
class AudioTag:
    """One tag: its kind, as evidence names it, and its contents in the order of the file."""

    kind: str
    """`ID3`, `ID3v1`, `Vorbis`, `MP4`, `INFO`, `bext` and so on: a key of `claims.RULES`."""
    texts: tuple[tuple[str, str], ...] = ()
    """Keys and values; a key may repeat."""
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[Picture, ...] = ()
    undeclared: frozenset[str] = frozenset()
    """The values that came as bytes of no declared encoding, and were taken for Windows-1252."""

    @classmethod
    def of_bytes(cls, kind: str, texts: Iterable[tuple[str, bytes]]) -> Self:
        """Return a tag whose format declares no encoding: each text is UTF-8 if it can be, else undeclared."""
        read = [(key, *_decoded(content)) for key, content in texts]
        undeclared = frozenset(text for _, text, sure in read if not sure)
        return cls(kind, tuple((key, text) for key, text, _ in read), undeclared=undeclared)


def decoded(content: bytes) -> str:
    """Decode text: UTF-8, else Windows-1252, which older programs wrote."""
    return _decoded(content)[0]


def _decoded(content: bytes) -> tuple[str, bool]:
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding == "utf-8"
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), False


def fixed_text(field: bytes) -> bytes:
    """Return a text field of fixed length up to its first NUL, without a cut UTF-8 character at its end.

    After the NUL, leftover memory of the writing program may follow.
    """
    text, nul, _ = field.partition(b"\0")
    if nul:
        return text
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        # A single non-ASCII letter at the very end is more likely Latin-1.
        if error.reason == "unexpected end of data" and not text[: error.start].isascii():
            return text[: error.start]
    return text


def ordered(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Sort chapters by start, without impossible ones; a chapter without a title gets its number."""
    kept = [c for c in chapters if 0 <= c.start < 10_000_000 and (c.end is None or c.end >= c.start)]
    first = sorted(kept, key=lambda chapter: chapter.start)[:MOST_CHAPTERS]
    return tuple(replace(c, title=c.title or f"Chapter {number}") for number, c in enumerate(first, 1))
