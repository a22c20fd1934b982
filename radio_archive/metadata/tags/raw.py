"""Raw tags, as the readers of each format return them, and the limits for all readers.

The limits keep a hostile file from filling the memory: no reader holds more than a few times `LARGEST_TAG`, whatever
lengths and counts the file claims.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    """`ID3`, `ID3v1`, `Vorbis`, `MP4`, `INFO` or `bext`."""
    texts: tuple[tuple[str, str], ...] = ()
    """Keys and values; a key may repeat."""
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[Picture, ...] = ()


def decoded(content: bytes) -> str:
    """Decode text: UTF-8, else Windows-1252, which older programs wrote."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def ordered(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Sort chapters by start, without impossible ones; a chapter without a title gets its number."""
    kept = [c for c in chapters if 0 <= c.start < 10_000_000 and (c.end is None or c.end >= c.start)]
    first = sorted(kept, key=lambda chapter: chapter.start)[:MOST_CHAPTERS]
    return tuple(replace(c, title=c.title or f"Chapter {number}") for number, c in enumerate(first, 1))
