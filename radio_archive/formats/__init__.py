"""One writer per file format. Each takes a `Clip` with its text and all that a page shows of it.

A whole file is text, for UTF-8, but for DOCX; CSV and JSON Lines hold any number of clips and come in pieces.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from radio_archive.formats import (
    aapb,
    cms,
    docx,
    json,
    markdown,
    ohms,
    pbcore,
    podcast_json,
    segments,
    srt,
    text,
    ttml,
    vtt,
)
from radio_archive.formats.cues import CaptionWriter
from radio_archive.hooks import Registered, hookimpl, registered
from radio_archive.models import Clip

_SUFFIX = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of files, with exactly one of the writers `text`, `binary`, `captions` and `table`."""

    name: str
    """`export --format NAME` writes it."""
    text: Callable[[Clip], str] | None = None
    """Returns the file of a clip, which has its text and all that a page shows of it."""
    binary: Callable[[Clip], bytes] | None = None
    captions: CaptionWriter | None = None
    """Like `text`, with captions that are cut and timed as it is told."""
    table: Callable[[Iterable[Clip]], Iterator[str]] | None = None
    """Yields the pieces of a file with any number of clips, as they are read."""
    suffix: str = ""
    """The end of names of files, if it is not the format's own name: `ohms.xml`."""
    joined: bool = False
    """Texts of several clips may follow each other on standard output."""

    def __post_init__(self) -> None:
        writers = [writer for writer in (self.text, self.binary, self.captions, self.table) if writer is not None]
        if len(writers) != 1 or not callable(writers[0]):
            raise ValueError(f"the format {self.name!r} needs one of text, binary, captions and table")
        if self.suffix and not _SUFFIX.fullmatch(self.suffix):
            raise ValueError(f"{self.suffix[:40]!r} is no end of a file's name")

    @property
    def ending(self) -> str:
        return self.suffix or self.name


_OWN = (
    ExportFormat("vtt", captions=vtt.write),
    ExportFormat("srt", captions=srt.write),
    ExportFormat("ttml", captions=ttml.write),
    ExportFormat("txt", text.write, joined=True),
    ExportFormat("md", markdown.write, joined=True),
    ExportFormat("html", cms.write, joined=True),
    ExportFormat("json", json.write, joined=True),
    ExportFormat("podcast", podcast_json.write, suffix="podcast.json"),
    ExportFormat("aapb", aapb.write, suffix="aapb.json"),
    ExportFormat("pbcore", pbcore.write, suffix="pbcore.xml"),
    ExportFormat("ohms", ohms.write, suffix="ohms.xml"),
    ExportFormat("ohms-vtt", ohms.write_vtt, suffix="ohms-vtt.xml"),
    ExportFormat("docx", binary=docx.write),
    ExportFormat("csv", table=segments.write_csv),
    ExportFormat("jsonl", table=segments.write_jsonl),
)
WRITERS: Mapping[str, Callable[[Clip], str]] = {
    one.name: write for one in _OWN if (write := one.text or one.captions) is not None
}
"""Those of our own that write a clip as text."""
MEDIA_TYPES: Mapping[str, str] = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
"""The formats that the site offers."""


@hookimpl
def export_formats() -> Iterable[ExportFormat]:
    """Register our own formats."""
    return _OWN


def formats() -> Mapping[str, Registered[ExportFormat]]:
    """Return all formats by name, ours first."""
    return registered("export_formats", ExportFormat, __name__)
