"""Cuts segments into caption cues that fit on a screen, timed by their words; gaps get a cue of their own."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from radio_archive.models import Clip, Gap, Segment, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.segmenting import breakable

LINE_WIDTH = 42
"""Columns. A Chinese, Japanese or Korean letter takes two."""
LINES = 2
_MAX_TOKENS = 256
_BREAK_AFTER = ".!?…。！？,;:—、，；："


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its lines, and its start and end in milliseconds. It ends after its start, before the next one."""

    start: int
    end: int
    lines: tuple[str, ...]
    language: str | None = None
    """An ISO 639-1 code where it is not the clip's language."""


class _TimedText(NamedTuple):
    """Text that is not split between lines, with its leading space; `start` and `end` are in seconds."""

    text: str
    start: float
    end: float


def cues(clip: Clip) -> list[Cue]:
    """Return the captions of `clip`: at most two lines of 42 columns each, as far as its words allow."""
    made: list[Cue] = []
    for segment in clip.segments:
        for tokens in _runs(_tokens(clip, segment)):
            # Engines' word times may lie outside the segment or overlap: clamp them.
            start = round(1000 * min(max(tokens[0].start, segment.start), segment.end))
            end = round(1000 * min(max(tokens[-1].end, segment.start), segment.end))
            start = max(start, made[-1].end if made else 0)
            lines = _lines([token.text for token in tokens])
            made.append(Cue(start, max(end, start + 1), lines, segment.language))
    return sorted((*made, *_gap_cues(clip.gaps, made)), key=lambda cue: cue.start)


def _gap_cues(gaps: Sequence[Gap], spoken: Sequence[Cue]) -> list[Cue]:
    """Return a cue for each of `gaps`, which are in order, as far as no other cue is shown at the time."""
    starts, made = [cue.start for cue in spoken], list[Cue]()
    for gap in gaps:
        start, end = round(1000 * gap.start), round(1000 * gap.end)
        following = bisect_right(starts, start)
        start = max(start, spoken[following - 1].end if following else 0, made[-1].end if made else 0)
        end = min(end, starts[following] if following < len(starts) else end)
        if start < end:
            made.append(Cue(start, end, (MARK,)))
    return made


def defuse(text: str) -> str:
    """Return `text` without the arrow `-->`, which marks the times of captions."""
    return re.sub("-{2,}>", "->", text)


def clock(milliseconds: int, point: str) -> str:
    """Return a time as HH:MM:SS, then `point` and thousandths."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{thousandths:03}"


def _tokens(clip: Clip, segment: Segment) -> list[_TimedText]:
    words = clip.words[segment.first_word : segment.last_word + 1]
    if clean_text("".join(word.text for word in words)) == segment.text:
        timed = [_TimedText(word.text, word.start, word.end) for word in words]
    else:
        timed = _estimated(segment)
    tokens: list[_TimedText] = []
    for token in timed:
        if tokens and not breakable(tokens[-1].text, token.text):
            tokens[-1] = _TimedText(tokens[-1].text + token.text, tokens[-1].start, token.end)
        else:
            tokens.append(token)
    return [token for token in tokens if clean_text(token.text)]


def _estimated(segment: Segment) -> list[_TimedText]:
    """Return the text of a segment in timed pieces at an even pace, for text that differs from its words."""
    parts: list[str] = []
    for chunk in re.findall(r"\s?\S+", segment.text):
        letter = 2 if chunk[0].isspace() else 1
        starts = [0, *(i for i in range(letter, len(chunk)) if breakable(chunk[i - 1], chunk[i])), len(chunk)]
        parts += [chunk[first:last] for first, last in pairwise(starts)]
    ends = list(accumulate(map(len, parts)))
    pace = (segment.end - segment.start) / max(len(segment.text), 1)
    return [
        _TimedText(part, segment.start + (end - len(part)) * pace, segment.start + end * pace)
        for part, end in zip(parts, ends, strict=True)
    ]


def _runs(tokens: list[_TimedText]) -> list[list[_TimedText]]:
    # Only imported segments have this many tokens: the best cuts of all together would take minutes.
    parts = [tokens[i : i + _MAX_TOKENS] for i in range(0, len(tokens), _MAX_TOKENS)]
    return [run for part in parts for run in _cut(part)]


def _cut(tokens: list[_TimedText]) -> list[list[_TimedText]]:
    """Cut tokens into the fewest even runs that fit on the screen, preferably after punctuation."""
    widths = list(accumulate(_width(token.text) for token in tokens))
    for count in range(max(1, -(-widths[-1] // (LINES * LINE_WIDTH + 2))), len(tokens)):
        runs = _even_runs(tokens, widths, count)
        if all(len(_lines([token.text for token in run])) <= LINES for run in runs):
            return runs
    return [[token] for token in tokens]


def _even_runs(tokens: list[_TimedText], widths: Sequence[int], count: int) -> list[list[_TimedText]]:
    runs = []
    first = 0
    for run in range(1, count):
        ideal = widths[-1] * run / count
        # Leave at least one token for each later run.
        last = min(
            range(first, len(tokens) - (count - run)),
            key=lambda i: abs(widths[i] - ideal) - (15 if tokens[i].text[-1] in _BREAK_AFTER else 0),
        )
        runs.append(tokens[first : last + 1])
        first = last + 1
    return [*runs, tokens[first:]]


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    whole = clean_text("".join(texts))
    if _width(whole) <= LINE_WIDTH:
        return (whole,)
    if _width(whole) > LINES * LINE_WIDTH + 1:
        return _filled(texts)
    halves = [(clean_text("".join(texts[:i])), clean_text("".join(texts[i:]))) for i in range(1, len(texts))]
    fitting = [pair for pair in halves if max(map(_width, pair)) <= LINE_WIDTH]
    return min(fitting, key=lambda pair: max(map(_width, pair))) if fitting else _filled(texts)


def _filled(texts: Sequence[str]) -> tuple[str, ...]:
    """Return as many lines as needed. A piece of text longer than a line is not split."""
    lines = [""]
    for text in texts:
        if lines[-1] and _width(clean_text(lines[-1] + text)) > LINE_WIDTH:
            lines.append("")
        lines[-1] += text
    return tuple(clean_text(line) for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
