"""Reads published captions: WebVTT, SubRip and Podcasting 2.0 JSON. A cue's time is divided evenly among its words."""

import html
import json
import re
from collections.abc import Iterator
from typing import TypeGuard

from radio_archive.models import Gap, Transcript, Word, clean_text
from radio_archive.text.doubts import MARK

LONGEST = 360_000.0
"""Seconds. A cue after a hundred hours is invalid."""
MAX_WORDS = 1_000_000
"""Words after these are left out."""
_TIMES = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


def read_captions(content: bytes, *, origin: str, name: str) -> Transcript | None:
    """Return the transcript in `content`, which is JSON if `name` ends with .json; None without cues. Never raises."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    words: list[Word] = []
    gaps: list[Gap] = []
    for start, end, said in _segments(text) if name.lower().endswith(".json") else _cues(text):
        if said == MARK:
            gaps.append(Gap(start, end))
            continue
        pieces = said.split()
        step = (end - start) / max(1, len(pieces))
        for number, piece in enumerate(pieces):
            words.append(Word(start + number * step, start + (number + 1) * step, f" {piece}"))
        if len(words) > MAX_WORDS:
            break
    if not words:
        return None
    return Transcript(tuple(words[:MAX_WORDS]), origin=origin, engine="captions", model=name, gaps=tuple(gaps))


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for number, line in enumerate(lines[:3]):
            times = _TIMES.search(line)
            if times:
                start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
                said = clean_text(html.unescape(_TAG.sub("", " ".join(lines[number + 1 :]))))
                if said and 0 <= start <= end < LONGEST:
                    yield start, end, said
                break


def _segments(text: str) -> Iterator[tuple[float, float, str]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    listed = document.get("segments") if isinstance(document, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        start = one.get("startTime")
        # A segment may be a single word without an end.
        end = one.get("endTime", start)
        if _is_number(start) and _is_number(end) and isinstance(one.get("body"), str):
            said = clean_text(one["body"])
            if said and 0 <= start <= end < LONGEST:
                yield float(start), float(end), said


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000
