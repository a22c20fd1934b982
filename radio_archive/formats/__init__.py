"""One writer per file format: each takes an `ExportClip` and returns the whole file as text, to be stored as UTF-8."""

from collections.abc import Callable, Mapping

from radio_archive.formats import cms, json, srt, text, vtt
from radio_archive.formats.clip import ExportClip

__all__ = ["MEDIA_TYPES", "WRITERS", "ExportClip"]

WRITERS: Mapping[str, Callable[[ExportClip], str]] = {
    "vtt": vtt.write,
    "srt": srt.write,
    "txt": text.write,
    "json": json.write,
    "html": cms.write,
}

MEDIA_TYPES: Mapping[str, str] = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
