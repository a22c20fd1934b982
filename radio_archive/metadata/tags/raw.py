"""What stands in an audio file besides its sound, as its readers hand it on, and how much of it they take at most.

The limits are what keeps a hostile file of any size from filling the memory: no reader holds more than a few times
`LARGEST_TAG`, whatever the file's own lengths and counts say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from radio_archive.models import Chapter

LARGEST_TEXT = 1 << 17
"""Bytes of one text, unpacked; a larger one is left out."""
LARGEST_PICTURE = 10_000_000
"""Bytes of one picture, unpacked; a larger one is left out."""
LARGEST_TAG = 24 << 20
"""Bytes that are read of one tag, and unpacked from it."""
MOST_PARTS = 10_000
"""Frames, comments, chunks or atoms that are looked at; real files have some dozens."""
MOST_CHAPTERS = 2_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it stands in a tag; what it is, only its first bytes tell."""

    content: bytes
    is_front: bool = False
    """The tag calls it the front cover."""


@dataclass(frozen=True, slots=True)
class Found:
    """One tag: its kind, as evidence names it, and what it holds, in the order in which it stands there."""

    kind: str
    """`ID3`, `ID3v1`, `Vorbis`, `MP4`, `INFO` or `bext`."""
    texts: tuple[tuple[str, str], ...] = ()
    """Key and value; a key may come again."""
    chapters: tuple[Chapter, ...] = ()
    pictures: tuple[Picture, ...] = ()


def decoded(content: bytes) -> str:
    """Return the text that `content` is: UTF-8, or else what older programs wrote, Windows' Latin letters."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def ordered(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Return chapters by their start, without those that nobody could play; one without a title has its number."""
    kept = [c for c in chapters if 0 <= c.start < 10_000_000 and (c.end is None or c.end >= c.start)]
    first = sorted(kept, key=lambda chapter: chapter.start)[:MOST_CHAPTERS]
    return tuple(replace(c, title=c.title or f"Chapter {number}") for number, c in enumerate(first, 1))
