"""The chapters in an audio file: ID3, Vorbis comments, MP4 and Matroska."""

from collections.abc import Iterable, Iterator
from typing import Any

from radio_archive.audio.container import LIBAV_ERRORS, AudioFile, open_container
from radio_archive.errors import AudioError
from radio_archive.metadata.tags.mojibake import readable
from radio_archive.metadata.tags.raw import AudioTag, ordered
from radio_archive.models import Chapter

INDEXED = (b"ftyp", b"\x1a\x45\xdf\xa3")
"""How an MP4 (from its fifth byte) and a Matroska file begin. libav reads their chapters, which may be in a track."""


def read_chapters(source: AudioFile, tags: Iterable[AudioTag]) -> tuple[Chapter, ...]:
    """Return the chapters of a file with these tags, by start; none if it has none or is damaged.

    Leaves out an end that only repeats the start of the next chapter or the end of the recording.
    """
    try:
        chapters = tuple(_of_container(source))
    except (AudioError, OSError, ArithmeticError, LookupError, TypeError, *LIBAV_ERRORS):
        return ()
    if not chapters:
        chapters = next((found.chapters for found in tags if found.chapters), ())
    return tuple(_without_redundant_ends(ordered(chapters)))


def _of_container(source: AudioFile) -> Iterator[Chapter]:
    head = source.read_at(0, 8)
    if head[4:] != INDEXED[0] and not head.startswith(INDEXED[1]):
        return
    with open_container(source) as container:
        length = (container.duration or 0) / 1_000_000
        for chapter in container.chapters():
            title = readable(chapter["metadata"].get("title", "")[:1000])
            start, end = _seconds(chapter, "start"), _seconds(chapter, "end")
            # If the file gives no end, libav gives the start of the next chapter, or the end of the file.
            yield Chapter(start, title, end if start < end and abs(end - length) > 1 else None)


def _seconds(chapter: Any, key: str) -> float:
    return round(float(chapter[key] * chapter["time_base"]), 3)


def _without_redundant_ends(chapters: tuple[Chapter, ...]) -> Iterator[Chapter]:
    for chapter, following in zip(chapters, (*chapters[1:], None), strict=False):
        redundant = following is not None and chapter.end is not None and abs(chapter.end - following.start) < 0.002
        yield Chapter(chapter.start, chapter.title) if redundant else chapter
