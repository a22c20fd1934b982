"""One writer per file format: each takes a `Clip` with its text and returns the whole file as text, for UTF-8."""

from collections.abc import Callable, Mapping

from radio_archive.formats import cms, json, srt, text, vtt
from radio_archive.models import Clip

WRITERS: Mapping[str, Callable[[Clip], str]] = {
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
