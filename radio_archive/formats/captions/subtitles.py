"""Reads WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip, also where they are written loosely."""

import html
import re
from collections.abc import Iterator

from radio_archive.formats.captions.document import Document, label
from radio_archive.models import clean_text

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
# A minus would make a time before the beginning, and a digit more a longer one.
_TIMES = re.compile(rf"(?<![\d:.,−-]){_TIME}\s*-->\s*{_TIME}")
_VOICE = re.compile(r"<(/?)v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>")
_TURN = re.compile(r"(?=(?<!>)>>)|\n(?=[-–—])")
"""Where somebody else begins to speak in the same cue."""
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


def read(text: str, name: str) -> Document:
    """Return the cues of subtitles called `name`, in the order of the file. A name counts until the next one."""
    found = Document("WebVTT" if name.lower().endswith(".vtt") else "SubRip")
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for number, line in enumerate(lines[:3]):
            times = _TIMES.search(line)
            if times:
                start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
                voices = tuple(_voices("\n".join(lines[number + 1 :])))
                found.add(start, end, " ".join(said for _, said in voices), voices=voices)
                break
    found.turns = not any(name for cue in found.cues for name, _ in cue.voices)
    found.unread += sum("-->" in line and not _TIMES.search(line) for line in text.split("\n"))
    return found


def _voices(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield who says which part of a cue, as the spans of WebVTT tell: `<v Ann Lee>Hello.</v>`."""
    name, at = None, 0
    for voice in (*_VOICE.finditer(text), None):
        for part in _TURN.split(html.unescape(_TAG.sub("", text[at : voice.start() if voice else len(text)]))):
            if said := clean_text(part):
                yield name, said
        if voice:
            name, at = None if voice[1] else label(html.unescape(voice[2] or "")), voice.end()


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000
