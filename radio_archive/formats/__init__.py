"""One writer per file format. Each takes a `Clip` with its text and all that a page shows of it.

A whole file is text, for UTF-8, but for DOCX; CSV and JSON Lines hold any number of clips and come in pieces.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

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
from radio_archive.models import Clip

CAPTION_WRITERS: Mapping[str, CaptionWriter] = {"vtt": vtt.write, "srt": srt.write, "ttml": ttml.write}

WRITERS: Mapping[str, Callable[[Clip], str]] = {
    **CAPTION_WRITERS,
    "txt": text.write,
    "md": markdown.write,
    "html": cms.write,
    "json": json.write,
    "podcast": podcast_json.write,
    "aapb": aapb.write,
    "pbcore": pbcore.write,
    "ohms": ohms.write,
    "ohms-vtt": ohms.write_vtt,
}
BINARY_WRITERS: Mapping[str, Callable[[Clip], bytes]] = {"docx": docx.write}
TABLE_WRITERS: Mapping[str, Callable[[Iterable[Clip]], Iterator[str]]] = {
    "csv": segments.write_csv,
    "jsonl": segments.write_jsonl,
}
NAMES = (*WRITERS, *BINARY_WRITERS, *TABLE_WRITERS)
SUFFIXES: Mapping[str, str] = {
    "podcast": "podcast.json",
    "aapb": "aapb.json",
    "pbcore": "pbcore.xml",
    "ohms": "ohms.xml",
    "ohms-vtt": "ohms-vtt.xml",
}
"""Ends of names of files, where they are not the format's own name."""
JOINED = frozenset({"txt", "md", "html", "json"})
"""Formats that may follow each other on standard output."""

MEDIA_TYPES: Mapping[str, str] = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
"""The formats that the site offers."""
