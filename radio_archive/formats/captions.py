"""Reads published transcripts: WebVTT, SubRip, JSON as of Podcasting 2.0 or of Whisper, and scripts without times.

A cue's time is divided evenly among its words; `text.fitting` takes better ones from what was heard. What is not said
is left out: `[applause]`, `>>`, `MARY MEYER:` before what she says, and lines in brackets.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import PurePath
from typing import TypeGuard

from radio_archive.models import Gap, Transcript, Word, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.fitting import Times
from radio_archive.text.times import clock

LONGEST = 360_000.0
"""Seconds. A cue after a hundred hours is invalid."""
LATEST = 5.0
"""Seconds after the end of the recording at which captions may still end: jingles are cut off, players round."""
MAX_WORDS = 1_000_000
"""Words after these are left out."""
FASTEST, SPARE = 10, 1_000
"""Words a second, and besides, that a text of a recording may have: nobody speaks so fast."""
_NO_UTF8 = "it is not UTF-8, and was read as Windows-1252"
_PAGES = (".html", ".htm")
_TIMES = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")
_NOT_SAID = re.compile(r"\[[^\[\]]{0,200}\]|[♪♫]|>>+|\((?=[^()a-z]*[A-Z])[^()a-z]{0,200}\)|^\([^()]{0,200}\)$")
_NAME = r"[^\W\d_a-z][^\s:,a-z]{0,40}"
_SPEAKER = re.compile(rf"^[-–— ]*(?:{_NAME},? ){{0,4}}{_NAME}: +")
"""`MARY MEYER, HOST:`; in small letters it might be what is said."""
_SHORT_CUES = 0.8
"""Where so many cues are of one word, each word has its own time."""
_MARKUP = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})?[^<>]{0,500}>")
_NO_TEXT = frozenset(("head", "script", "style", "cite", "time"))
"""Elements of a page whose content is not said; a podcast's transcript has the speaker in `cite`."""
_INLINE = frozenset(("a", "abbr", "b", "em", "i", "q", "s", "small", "span", "strong", "sub", "sup", "u"))


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
    text, declared = _decoded(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    words: list[Word] = []
    gaps: list[Gap] = []
    is_json = name.lower().endswith(".json")
    most = _most(duration)
    cues = short = 0
    for start, end, said in _segments(text) if is_json else _cues(text):
        if said == MARK:
            gaps.append(Gap(start, end))
            continue
        pieces = _said(said).split()
        cues, short = cues + 1, short + (len(pieces) < 2)
        step = (end - start) / max(1, len(pieces))
        for number, piece in enumerate(pieces):
            words.append(Word(start + number * step, start + (number + 1) * step, f" {piece}"))
        if len(words) > most:
            break
    if duration is not None and len(words) > most:
        return CaptionsResult(None, (_too_many(duration),))
    del words[MAX_WORDS:]
    if not words:
        return CaptionsResult(None, ("no captions can be read in it",))
    problems = [] if declared else [_NO_UTF8]
    problems += _problems(words, duration, 0 if is_json else _unread(text))
    times = Times.WORDS if short >= _SHORT_CUES * cues else Times.LINES
    # What goes back in time would not be in the order in which it was heard.
    words.sort(key=lambda word: word.start)
    made = _made(words, name, origin, "captions", times)
    return CaptionsResult(replace(made, gaps=tuple(gaps)), tuple(problems))


def examine_script(content: bytes, *, origin: str, name: str, duration: float | None = None) -> CaptionsResult:
    """Return the words of a script or another transcript without times, in HTML if `name` ends so. Never raises.

    The times of its words mean nothing. For a recording of `duration` seconds it may not be too long.
    """
    text, declared = _decoded(content)
    if PurePath(name).suffix.lower() in _PAGES:
        text = html.unescape(_without_markup(text))
    lines = (_said(clean_text(line)) for line in re.split(r"[\n\r\v\f\u2028\u2029]+", text))
    pieces = (piece for line in lines for piece in line.split())
    words = [Word(0.0, 0.0, f" {piece}") for piece in islice(pieces, _most(duration) + 1)]
    if duration is not None and len(words) > _most(duration):
        return CaptionsResult(None, (_too_many(duration),))
    if not words:
        return CaptionsResult(None, ("no words can be read in it",))
    problems = () if declared else (_NO_UTF8,)
    return CaptionsResult(_made(words[:MAX_WORDS], name, origin, "script", Times.NONE), problems)


def _most(duration: float | None) -> int:
    return MAX_WORDS if duration is None else min(MAX_WORDS, SPARE + round(FASTEST * duration))


def _too_many(duration: float) -> str:
    return f"it has more words than can be said in {clock(duration)}, and was not read: it may be another clip's"


def _without_markup(page: str) -> str:
    """Return the text of a page, a line for each of its blocks."""
    kept: list[str] = []
    at, inside = 0, ""
    for match in _MARKUP.finditer(page):
        kept += [] if inside else [page[at : match.start()]]
        at, name = match.end(), (match[2] or "").lower()
        if name in _NO_TEXT:
            inside = ("" if match[1] else name) if inside in {"", name} else inside
        kept += [] if name in _INLINE else ["\n"]
    return "".join(kept if inside else [*kept, page[at:]])


def _made(words: Sequence[Word], name: str, origin: str, engine: str, times: Times) -> Transcript:
    return Transcript(tuple(words), origin=origin, engine=engine, model=name, options={"times": str(times)})


def _said(text: str) -> str:
    """Return a line without what is not said in it."""
    return _SPEAKER.sub("", _NOT_SAID.sub(" ", text).strip(), count=1).strip()


def _decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether it says its encoding or is UTF-8."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding), True
    except UnicodeDecodeError:
        # A zero byte is in no text of one byte a letter, but in pictures, sound and programs.
        return "" if b"\0" in content else content.decode("cp1252", "replace"), False


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
