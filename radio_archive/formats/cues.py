"""Cuts segments into caption cues that fit on a screen, timed by their words; gaps get a cue of their own.

The rules of broadcasters are those of Netflix: two lines of 42 columns, 20 characters a second, 5/6 to 7 seconds, two
frames between captions (https://partnerhelp.netflixstudios.com/hc/en-us/articles/215758617). Those of the BBC have
shorter lines (https://www.bbc.co.uk/accessibility/forproducts/guides/subtitles/).
"""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, zip_longest
from typing import NamedTuple, Protocol

from radio_archive.models import Clip, Gap, Segment, Word, clean_text
from radio_archive.text import redacted
from radio_archive.text.doubts import MARK, UNSURE
from radio_archive.text.segmenting import breakable

_MAX_TOKENS = 256
_PAUSE = 0.3
"""Seconds. Pauses that differ by less are alike."""
_BREAK_AFTER = ".!?…。！？,;:—、，；："


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """How captions are cut and timed. Times are in seconds; by default a caption is shown while its words are said."""

    line_length: int = 42
    """Columns. A Chinese, Japanese or Korean letter takes two."""
    lines: int = 2
    min_duration: float = 0.0
    """A shorter caption stays for so long, if the next one does not come before."""
    max_duration: float = math.inf
    """A longer one is cut where the longest pause is, and is taken away after so long."""
    reading_speed: float = math.inf
    """Characters a second. A caption with more of them stays longer, as far as there is time."""
    gap: float = 0.0
    """Between two captions, at least."""
    classes: bool = False
    """WebVTT: whether doubtful and corrected words are marked."""


WORDS_OWN_TIMES = CaptionStyle()
BROADCAST = CaptionStyle(min_duration=5 / 6, max_duration=7.0, reading_speed=20.0, gap=0.08)


class CaptionWriter(Protocol):
    """Returns the captions of a clip as the text of a file."""

    def __call__(self, clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES, /) -> str: ...


class Token(NamedTuple):
    """Text that is not split between lines, with its leading space; `start` and `end` are in seconds."""

    text: str
    start: float
    end: float
    mark: str = ""
    """`uncertain` or `corrected`, if a word of it is."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its lines, and its start and end in milliseconds. It ends after its start, before the next one."""

    start: int
    end: int
    lines: tuple[str, ...]
    language: str | None = None
    """An ISO 639-1 code where it is not the clip's language."""
    speaker: str | None = None
    tokens: tuple[Sequence[Token], ...] = ()
    """What each of the lines is made of; empty for a gap."""


def cues(clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES) -> list[Cue]:
    """Return the captions of `clip`, which keep to the rules of `style` as far as its words allow."""
    made: list[Cue] = []
    for segment in clip.segments:
        for tokens in _runs(tokens_of(clip, segment), style):
            # Engines' word times may lie outside the segment or overlap: clamp them.
            start = round(1000 * min(max(tokens[0].start, segment.start), segment.end))
            end = round(1000 * min(max(tokens[-1].end, segment.start), segment.end))
            start = max(start, made[-1].end if made else 0)
            lines = _lines(tokens, style)
            texts = tuple(map(shown, lines))
            made.append(Cue(start, max(end, start + 1), texts, segment.language, segment.speaker, tuple(lines)))
    return _timed(sorted((*made, *_gap_cues(clip.gaps, made)), key=lambda cue: cue.start), style)


def _timed(cues: list[Cue], style: CaptionStyle) -> list[Cue]:
    """Return captions that are shown for as long as `style` says, none of them after the next one begins."""
    if (style.min_duration, style.max_duration, style.reading_speed, style.gap) == (0, math.inf, math.inf, 0):
        return cues
    made = []
    for cue, following in zip_longest(cues, cues[1:]):
        needed = max(style.min_duration, sum(map(len, cue.lines)) / style.reading_speed)
        wanted = max(cue.end, cue.start + math.ceil(1000 * min(needed, style.max_duration)))
        until = following.start - 1000 * style.gap if following else math.inf
        end = min(wanted, until, cue.start + 1000 * style.max_duration)
        made.append(replace(cue, end=max(int(end), cue.start + 1)))
    return made


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


def tokens_of(clip: Clip, segment: Segment) -> list[Token]:
    """Return the text of a segment in timed pieces between which a line may end."""
    words = clip.words[segment.first_word : segment.last_word + 1]
    if clean_text("".join(word.text for word in words)) == segment.text:
        # Words that were put in by a correction have no probability; those of some transcripts have none at all.
        mended = clip.corrected > 0 and any(word.probability is not None for word in clip.words)
        timed = [Token(word.text, word.start, word.end, _mark(word, mended=mended)) for word in words]
    else:
        timed = _estimated(segment)
    tokens: list[Token] = []
    for token in timed:
        if tokens and not breakable(tokens[-1].text, token.text):
            last = tokens[-1]
            tokens[-1] = Token(last.text + token.text, last.start, token.end, last.mark or token.mark)
        else:
            tokens.append(token)
    return [token for token in tokens if clean_text(token.text)]


def _mark(word: Word, *, mended: bool) -> str:
    if word.probability is not None:
        return "uncertain" if word.probability < UNSURE else ""
    return "corrected" if mended and word.text.strip() != redacted.MARK else ""


def _estimated(segment: Segment) -> list[Token]:
    """Return the text of a segment in timed pieces at an even pace, for text that differs from its words."""
    parts: list[str] = []
    for chunk in re.findall(r"\s?\S+", segment.text):
        letter = 2 if chunk[0].isspace() else 1
        starts = [0, *(i for i in range(letter, len(chunk)) if breakable(chunk[i - 1], chunk[i])), len(chunk)]
        parts += [chunk[first:last] for first, last in pairwise(starts)]
    ends = list(accumulate(map(len, parts)))
    pace = (segment.end - segment.start) / max(len(segment.text), 1)
    return [
        Token(part, segment.start + (end - len(part)) * pace, segment.start + end * pace)
        for part, end in zip(parts, ends, strict=True)
    ]


def _runs(tokens: Sequence[Token], style: CaptionStyle) -> list[Sequence[Token]]:
    # Only imported segments have this many tokens: the best cuts of all together would take minutes.
    parts = [tokens[i : i + _MAX_TOKENS] for i in range(0, len(tokens), _MAX_TOKENS)]
    return [run for part in parts for short in _short(part, style) for run in _cut(short, style)]


def _short(tokens: Sequence[Token], style: CaptionStyle) -> list[Sequence[Token]]:
    """Cut tokens at their longest pauses, of these near the middle, until each part is short enough."""
    if len(tokens) < 2 or tokens[-1].end - tokens[0].start <= style.max_duration:
        return [tokens]
    pauses = (max(0.0, after.start - before.end) for before, after in pairwise(tokens))
    at = max((pause // _PAUSE, -abs(i - len(tokens) / 2), i) for i, pause in enumerate(pauses, 1))[-1]
    return [*_short(tokens[:at], style), *_short(tokens[at:], style)]


def _cut(tokens: Sequence[Token], style: CaptionStyle) -> list[Sequence[Token]]:
    """Cut tokens into the fewest even runs that fit on the screen, preferably after punctuation."""
    widths = list(accumulate(_width(token.text) for token in tokens))
    for count in range(max(1, -(-widths[-1] // (style.lines * style.line_length + 2))), len(tokens)):
        runs = _even_runs(tokens, widths, count)
        if all(len(_lines(run, style)) <= style.lines for run in runs):
            return runs
    return [[token] for token in tokens]


def _even_runs(tokens: Sequence[Token], widths: Sequence[int], count: int) -> list[Sequence[Token]]:
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


def _lines(tokens: Sequence[Token], style: CaptionStyle) -> list[Sequence[Token]]:
    """Return the tokens of each line: two of about the same length, or else as many as needed."""
    width = _width(shown(tokens))
    if width <= style.line_length:
        return [tokens]
    if style.lines < 2 or width > 2 * style.line_length + 1:
        return filled(tokens, style.line_length)
    halves = [[tokens[:i], tokens[i:]] for i in range(1, len(tokens))]
    longest = [max(_width(shown(half)) for half in pair) for pair in halves]
    best = min(range(len(halves)), key=longest.__getitem__, default=-1)
    return halves[best] if best >= 0 and longest[best] <= style.line_length else filled(tokens, style.line_length)


def filled(tokens: Sequence[Token], line_length: int) -> list[Sequence[Token]]:
    """Return the tokens of each of as many lines as needed. A token longer than a line is not split."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if lines[-1] and _width(shown([*lines[-1], token])) > line_length:
            lines.append([])
        lines[-1].append(token)
    return [*lines]


def shown(tokens: Sequence[Token]) -> str:
    """Return the text of a line."""
    return clean_text("".join(token.text for token in tokens))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
