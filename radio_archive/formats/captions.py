"""Reads published captions: WebVTT, SubRip, and JSON as of Podcasting 2.0 or of Whisper.

A cue's time is divided evenly among its words.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

from radio_archive.models import Gap, Transcript, Word, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.times import clock

LONGEST = 360_000.0
"""Seconds. A cue after a hundred hours is invalid."""
LATEST = 5.0
"""Seconds after the end of the recording at which captions may still end: jingles are cut off, players round."""
MAX_WORDS = 1_000_000
"""Words after these are left out."""
_TIMES = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


@dataclass(frozen=True, slots=True)
class CaptionsResult:
    """The transcript in a file of captions, if there is one, and the problems with it, worded for a person."""

    transcript: Transcript | None = None
    problems: tuple[str, ...] = ()


def read_captions(content: bytes, *, origin: str, name: str) -> Transcript | None:
    """Return the transcript in `content`, which is JSON if `name` ends with .json; None without cues. Never raises."""
    return examine_captions(content, origin=origin, name=name).transcript


def examine_captions(content: bytes, *, origin: str, name: str, duration: float | None = None) -> CaptionsResult:
    """Return what `read_captions` does, and what is wrong with it for a recording of `duration` seconds."""
    text, declared = decoded(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    words: list[Word] = []
    gaps: list[Gap] = []
    is_json = name.lower().endswith(".json")
    for start, end, said in _segments(text) if is_json else _cues(text):
        if said == MARK:
            gaps.append(Gap(start, end))
            continue
        pieces = said.split()
        step = (end - start) / max(1, len(pieces))
        for number, piece in enumerate(pieces):
            words.append(Word(start + number * step, start + (number + 1) * step, f" {piece}"))
        if len(words) > MAX_WORDS:
            break
    del words[MAX_WORDS:]
    if not words:
        return CaptionsResult(None, ("no captions can be read in it",))
    problems = [] if declared else ["it is not UTF-8, and was read as Windows-1252"]
    problems += _problems(words, duration, 0 if is_json else _unread(text))
    made = Transcript(tuple(words), origin=origin, engine="captions", model=name, gaps=tuple(gaps))
    return CaptionsResult(made, tuple(problems))


def decoded(content: bytes) -> tuple[str, bool]:
    """Return the text in `content`, and whether it says its encoding or is UTF-8; else it is read as Windows-1252."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding), True
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), False


def _unread(text: str) -> int:
    """How many lines are meant as the times of a cue and cannot be read."""
    return sum("-->" in line and not _TIMES.search(line) for line in text.split("\n"))


def _problems(words: Sequence[Word], duration: float | None, unread: int) -> Iterator[str]:
    if unread:
        yield f"the times of {unread} {'cue' if unread == 1 else 'cues'} cannot be read"
    if any(after.start < before.start for before, after in pairwise(words)):
        yield "its cues are not in the order of time"
    end = max(word.end for word in words)
    if duration is not None and end > duration + LATEST:
        yield f"it goes on until {clock(end)}, but the recording ends at {clock(duration)}: it may be another clip's"


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
        start = one.get("startTime", one.get("start"))
        # A segment may be a single word without an end.
        end = one.get("endTime", one.get("end", start))
        body = one.get("body", one.get("text"))
        if _is_number(start) and _is_number(end) and isinstance(body, str):
            said = clean_text(body)
            if said and 0 <= start <= end < LONGEST:
                yield float(start), float(end), said


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000
