"""Reads transcripts by others: WebVTT, SubRip, JSON of several programs, OHMS, and scripts without times.

A line's time is divided evenly among its words, unless the file has theirs; `text.fitting` takes better ones from what
was heard. What is not said is left out: `[applause]`, `>>`, `MARY MEYER:` before what she says, and lines in brackets.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, zip_longest
from pathlib import PurePath

from radio_archive.formats.captions import json_files, ohms, subtitles
from radio_archive.formats.captions.document import Cue, Document, Spoken, Turns, label, spoken, timed_words
from radio_archive.models import Gap, Transcript, Word, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.fitting import Times
from radio_archive.text.times import clock

LATEST = 5.0
"""Seconds after the end of the recording at which captions may still end: jingles are cut off, players round."""
MAX_WORDS = 1_000_000
"""Words after these are left out."""
FASTEST, SPARE = 10, 1_000
"""Words a second, and besides, that a text of a recording may have: nobody speaks so fast."""
_NO_UTF8 = "it is not UTF-8, and was read as Windows-1252"
_PAGES = (".html", ".htm")
_TIMED = 0.8
"""Where so many words are alone in their cue or have times of their own, those times count."""
_MARKUP = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})?[^<>]{0,500}>")
_NO_TEXT = frozenset(("head", "script", "style", "time"))
"""Elements of a page whose content is not said."""
_CITED = "\x1d"
"""Begins a line that was a `cite` of a page, in which a podcast's transcript has the speaker."""
_INLINE = frozenset(("a", "abbr", "b", "em", "i", "q", "s", "small", "span", "strong", "sub", "sup", "u"))


@dataclass(frozen=True, slots=True)
class CaptionsResult:
    """The transcript in a file of captions, if there is one, and the problems with it, worded for a person."""

    transcript: Transcript | None = None
    problems: tuple[str, ...] = ()


def read_captions(content: bytes, *, origin: str, name: str) -> Transcript | None:
    """Return the transcript in `content`, whose kind its name tells; None without cues. Never raises."""
    return examine_captions(content, origin=origin, name=name).transcript


def examine_captions(content: bytes, *, origin: str, name: str, duration: float | None = None) -> CaptionsResult:
    """Return what `read_captions` does, and what is wrong with it for a recording of `duration` seconds."""
    found, declared = _read(content, name, duration)
    gaps = tuple(Gap(cue.start, cue.end) for cue in found.cues if cue.text == MARK)
    # What goes back in time would not be in the order in which it was heard.
    cues = sorted((cue for cue in found.cues if cue.text != MARK), key=lambda cue: cue.start)
    most = _most(duration)
    words, timed = _words(cues, most, Turns(lasting=found.turns))
    if duration is not None and len(words) > most:
        return CaptionsResult(None, (_too_many(duration),))
    if not words:
        return CaptionsResult(None, (found.problem or "no captions can be read in it",))
    problems = [*_cut(words), *([] if declared else [_NO_UTF8])]
    problems += _problems(found, words, duration)
    times = Times.NONE if not found.timed else Times.WORDS if timed >= _TIMED * len(words) else Times.LINES
    made = _made(words[:MAX_WORDS], name, origin, "captions", times)
    says = {"format": found.format, "tool": found.tool, "model": found.model}
    options = {**made.options, **{key: value for key, value in says.items() if value}}
    return CaptionsResult(replace(made, gaps=gaps, options=options, language=found.language), tuple(problems))


def _read(content: bytes, name: str, duration: float | None) -> tuple[Document, bool]:
    """Return what is in a file, and whether it says its encoding or is UTF-8."""
    suffix = PurePath(name).suffix.lower()
    if suffix == ".xml":
        return ohms.read(content, duration), True
    text, declared = _decoded(content)
    if not declared and suffix == ".json" and b'"transcription"' in content:
        # Tokens of whisper.cpp may be parts of letters; put together, they are UTF-8.
        text, declared = content.decode("utf-8", "surrogateescape"), True
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = json_files.read(text) if suffix == ".json" else subtitles.read(text, name)
    found.problem = found.problem or (None if content.strip() else "it is empty")
    return found, declared


def _words(cues: Sequence[Cue], most: int, turns: Turns) -> tuple[list[Word], int]:
    """Return the words of cues in order of time, a few more than `most` of them at most, and how many are timed.

    A cue that the next one overlaps ends where that begins: otherwise the words of the two would be mixed.
    """
    words: list[Word] = []
    timed, earliest = 0, 0.0
    for cue, following in zip_longest(cues, cues[1:]):
        voices = [*islice(_voices(cue, turns), most + 1)]
        text = " ".join(piece for piece, _ in voices) if cue.voices else cue.text
        end = following.start if following and cue.start < following.start < cue.end else cue.end
        own = timed_words(cue.words, text) if cue.words and text != cue.text else cue.words
        # A cue with words has one voice, and each of them may have its own.
        own = [replace(word, speaker=word.speaker or voices[0][1]) for word in own] if voices else own
        pieces = own or _shared_out(voices, cue.start, end)
        timed += len(pieces) if own or len(pieces) == 1 else 0
        for word in pieces:
            earliest = max(earliest, word.start)
            words.append(word if word.start == earliest else replace(word, start=earliest, end=max(earliest, word.end)))
        if len(words) > most:
            break
    return words, timed


def _voices(cue: Cue, turns: Turns) -> Iterator[tuple[str, str | None]]:
    """Yield the words of a cue, and who says each."""
    for name, line in cue.voices:
        one = spoken(line)
        found = turns.speaker(one)
        yield from ((piece, name or found) for piece in one.text.split())


def _shared_out(pieces: Sequence[tuple[str, str | None]], start: float, end: float) -> list[Word]:
    step = (end - start) / max(1, len(pieces))
    return [
        Word(start + at * step, start + (at + 1) * step, f" {piece}", None, None, speaker)
        for at, (piece, speaker) in enumerate(pieces)
    ]


def examine_script(content: bytes, *, origin: str, name: str, duration: float | None = None) -> CaptionsResult:
    """Return the words of a script or another transcript without times, in HTML if `name` ends so. Never raises.

    The times of its words mean nothing. For a recording of `duration` seconds it may not be too long.
    """
    text, declared = _decoded(content)
    if PurePath(name).suffix.lower() in _PAGES:
        text = html.unescape(_without_markup(text))
    turns = Turns(lasting=True)
    lines = (_cited(line) for line in re.split(r"[\n\r\v\f\u2028\u2029]+", text))
    voices = ((piece, speaker) for line in lines for speaker in [turns.speaker(line)] for piece in line.text.split())
    words = [Word(0.0, 0.0, f" {one}", None, None, who) for one, who in islice(voices, _most(duration) + 1)]
    if duration is not None and len(words) > _most(duration):
        return CaptionsResult(None, (_too_many(duration),))
    if not words:
        return CaptionsResult(None, ("no words can be read in it",))
    problems = (*_cut(words), *(() if declared else (_NO_UTF8,)))
    return CaptionsResult(_made(words[:MAX_WORDS], name, origin, "script", Times.NONE), problems)


def _most(duration: float | None) -> int:
    return MAX_WORDS if duration is None else min(MAX_WORDS, SPARE + round(FASTEST * duration))


def _cut(words: Sequence[Word]) -> list[str]:
    return [f"only its first {MAX_WORDS:,} words were read"] if len(words) > MAX_WORDS else []


def _too_many(duration: float) -> str:
    return f"it has more words than can be said in {clock(duration)}, and was not read: it may be another clip's"


def _cited(line: str) -> Spoken:
    """Return what is said in a line of a script, or who says the next ones, as a page tells."""
    if not line.startswith(_CITED):
        return spoken(clean_text(line))
    name = clean_text(line)
    return Spoken("", label(name.removesuffix(":")), name.endswith(":"))


def _without_markup(page: str) -> str:
    """Return the text of a page, a line for each of its blocks."""
    kept: list[str] = []
    at, inside, cite = 0, "", -1
    for match in _MARKUP.finditer(page):
        kept += [] if inside else [page[at : match.start()]]
        at, name = match.end(), (match[2] or "").lower()
        if name in _NO_TEXT:
            inside = ("" if match[1] else name) if inside in {"", name} else inside
        kept += [] if name in _INLINE else ["\n"]
        if name == "cite":
            if match[1] and cite >= 0:
                kept[cite:] = [f"\n{_CITED}{' '.join(''.join(kept[cite:]).split())}\n"]
            cite = -1 if match[1] else len(kept)
    return "".join(kept if inside else [*kept, page[at:]])


def _made(words: Sequence[Word], name: str, origin: str, engine: str, times: Times) -> Transcript:
    return Transcript(tuple(words), origin=origin, engine=engine, model=name, options={"times": str(times)})


def _decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether it says its encoding or is UTF-8."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding), True
    except UnicodeDecodeError:
        # A zero byte is in no text of one byte a letter, but in pictures, sound and programs.
        return "" if b"\0" in content else content.decode("cp1252", "replace"), False


def _problems(found: Document, words: Sequence[Word], duration: float | None) -> Iterator[str]:
    if found.unread:
        yield f"the times of {found.unread:,} {'cue' if found.unread == 1 else 'cues'} cannot be read"
    lines = [cue for cue in found.cues if cue.text != MARK]
    if any(after.start < before.start for before, after in pairwise(lines)):
        yield "its cues are not in the order of time"
    end = max(word.end for word in words)
    if duration is not None and end > duration + LATEST:
        yield f"it goes on until {clock(end)}, but the recording ends at {clock(duration)}: it may be another clip's"
