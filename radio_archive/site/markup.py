"""HTML and SVG paths made in Python: timed words, which are too many for a template, and small charts.

Everything from the archive is escaped here, as templates do elsewhere.
"""

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from radio_archive.formats.paragraphs import Paragraph, gap
from radio_archive.models import Gap, Word, clean_text
from radio_archive.text.doubts import NOT_UNDERSTOOD
from radio_archive.text.highlight import MARK_END, MARK_START

UNSURE = 0.5
"""Words with a lower probability are marked on request."""
BARS = 400
"""The largest number of bars in a waveform."""
_MATCH = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")


def transcript(parts: Iterable[Paragraph | Gap], words: Sequence[Word]) -> list[tuple[Paragraph | Gap, Markup]]:
    """Return paragraphs and gaps with their text as HTML, in which each word has its time in seconds.

    `<span data-start="12.3" data-end="12.7">word</span>`; a segment whose words are not known is one such span. Words
    that may be wrong have the class `unsure`.
    """
    made = list[tuple[Paragraph | Gap, Markup]]()
    for part in parts:
        if isinstance(part, Gap):
            made.append((part, escape(NOT_UNDERSTOOD)))
            continue
        html, before = [], ""
        for segment in part.segments:
            html.append(gap(before, segment.text))
            before = segment.text
            if segment.first_word < 0:
                html.append(_timed(clean_text(segment.text), segment.start, segment.end))
                continue
            for number, word in enumerate(words[segment.first_word : segment.last_word + 1]):
                text = word.text.strip()
                # A word brings its own leading space.
                html.append(" " if number and word.text[:1].isspace() else "")
                unsure = word.probability is not None and word.probability < UNSURE
                html.append(_timed(clean_text(text), word.start, word.end, unsure=unsure) if text else "")
        made.append((part, Markup("".join(html))))  # noqa: S704 - escaped
    return made


def _timed(text: str, start: float, end: float, *, unsure: bool = False) -> str:
    mark = ' class="unsure"' if unsure else ""
    return f'<span data-start="{start:.2f}" data-end="{max(start, end):.2f}"{mark}>{escape(text)}</span>'


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
