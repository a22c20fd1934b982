"""Reads WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip, also where they are written loosely."""

import html
import re

from radio_archive.formats.captions.document import Document
from radio_archive.models import clean_text

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
# A minus would make a time before the beginning, and a digit more a longer one.
_TIMES = re.compile(rf"(?<![\d:.,−-]){_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


def read(text: str, name: str) -> Document:
    """Return the cues of subtitles called `name`, in the order of the file."""
    found = Document("WebVTT" if name.lower().endswith(".vtt") else "SubRip")
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for number, line in enumerate(lines[:3]):
            times = _TIMES.search(line)
            if times:
                start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
                found.add(start, end, clean_text(html.unescape(_TAG.sub("", " ".join(lines[number + 1 :])))))
                break
    found.unread += sum("-->" in line and not _TIMES.search(line) for line in text.split("\n"))
    return found


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000
