"""What templates show and Python makes: timed words, which are too many for a template, marks, and small charts.

Everything from the archive is escaped here, as templates do elsewhere.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from radio_archive.formats.paragraphs import Paragraph, gap
from radio_archive.models import Gap, Segment, Word, clean_text
from radio_archive.text.doubts import NOT_UNDERSTOOD, UNSURE
from radio_archive.text.highlight import MARK_END, MARK_START

BARS = 400
"""The largest number of bars in a waveform."""
_MATCH = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")


@dataclass(frozen=True, slots=True)
class TimedText:
    """A paragraph or a gap as the page shows it, with the times of its words for the player's script.

    `times` has for each word `WAIT+LENGTH` in hundredths of a second, the wait counted from the end of the word before
    it, and `!` after it if the word may be wrong: `1230+40 0+38!`. `sizes` has the lengths of the words in UTF-16
    units, where they are not simply what stands between spaces. A segment whose words are not known is one such word.

    A page with a span around each word would be four times as long.
    """

    part: Paragraph | Gap
    text: str
    times: str | None = None
    sizes: str | None = None


@dataclass(frozen=True, slots=True)
class _TimedWord:
    text: str
    start: float
    end: float
    unsure: bool = False


def transcript(parts: Iterable[Paragraph | Gap], words: Sequence[Word]) -> list[TimedText]:
    """Return paragraphs and gaps as text, in which each of `words` has its time."""
    return [TimedText(part, NOT_UNDERSTOOD) if isinstance(part, Gap) else _timed(part, words) for part in parts]


def _timed(paragraph: Paragraph, words: Sequence[Word]) -> TimedText:
    text, before = "", ""
    timed: list[_TimedWord] = []
    for segment in paragraph.segments:
        text += gap(before, segment.text)
        before = segment.text
        for number, word in enumerate(_words_of(segment, words)):
            # A word brings its own leading space.
            text += (" " if number and word.text[:1].isspace() else "") + word.text.strip()
            timed += [replace(word, text=word.text.strip())] if word.text.strip() else []
    plain = [word.text for word in timed] == text.split(" ")
    sizes = None if plain else " ".join(str(len(word.text.encode("utf-16-le")) // 2) for word in timed)
    return TimedText(paragraph, text, " ".join(_times(timed)), sizes)


def _words_of(segment: Segment, words: Sequence[Word]) -> Iterator[_TimedWord]:
    if segment.first_word < 0:
        yield _TimedWord(clean_text(segment.text), segment.start, segment.end)
        return
    for word in words[segment.first_word : segment.last_word + 1]:
        unsure = word.probability is not None and word.probability < UNSURE
        space = " " if word.text[:1].isspace() else ""
        yield _TimedWord(space + clean_text(word.text), word.start, word.end, unsure)


def _times(timed: Iterable[_TimedWord]) -> Iterator[str]:
    before = 0
    for word in timed:
        start = round(100 * word.start)
        end = max(start, round(100 * word.end))
        yield f"{start - before}+{end - start}{'!' if word.unsure else ''}"
        before = end


def marked(text: str) -> Markup:
    """Return text as HTML, with `<mark>` around what is between MARK_START and MARK_END."""
    html = _MATCH.sub(r"<mark>\1</mark>", str(escape(text)))
    return Markup(html.replace(MARK_START, "").replace(MARK_END, ""))  # noqa: S704 - escaped


def waveform(peaks: bytes | None) -> str | None:
    """Return the SVG path of a waveform in a box BARS wide and 100 high; None without peaks.

    `peaks` holds the loudest sample of each stretch, 0 to 255.
    """
    if not peaks:
        return None
    loudest = max(peaks) or 1
    step = max(1, len(peaks) / BARS)
    bars = [
        max(peaks[int(i * step) : max(int(i * step) + 1, int((i + 1) * step))]) for i in range(int(len(peaks) / step))
    ]
    width = BARS / len(bars)
    heights = [max(2, round(96 * bar / loudest)) for bar in bars]
    return "".join(f"M{(i + 0.5) * width:.4g} {50 - height / 2:g}v{height}" for i, height in enumerate(heights))


def sparkline(counts: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
    """Return a bar for each year, gaps included: the year, and the SVG path of its bar in a box of 100 by 24."""
    by_year = {int(year): number for year, number in counts if year.isdigit()}
    if not by_year:
        return []
    years = range(min(by_year), max(by_year) + 1)
    # More than a century means wrong dates.
    if len(years) > 100:
        return []
    most, width = max(by_year.values()), 100 / len(years)
    bars = []
    for place, year in enumerate(years):
        number = by_year.get(year, 0)
        height = 24 * number / most if number else 0
        bars.append((str(year), f"M{place * width:.2f} 24v{-height:.2f}h{width * 0.8:.2f}v{height:.2f}z"))
    return bars
