"""Groups segments into readable paragraphs, with the gaps between them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from radio_archive.formats.captions.document import Spoken, spoken
from radio_archive.models import Clip, Gap, Segment, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.segmenting import breakable

PAUSE = 1.0
"""Seconds of silence that begin a new paragraph."""
LENGTH = 500
"""Characters after which the next sentence begins a new paragraph."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Consecutive segments in one language, of one speaker if speakers are known, without a gap between them."""

    segments: tuple[Segment, ...]
    is_turn: bool = False
    """Whether somebody else speaks than in the paragraph before."""

    @property
    def start(self) -> float:
        return self.segments[0].start

    @property
    def speaker(self) -> str | None:
        return self.segments[0].speaker

    @property
    def language(self) -> str | None:
        """An ISO 639-1 code where it is not the transcript's language."""
        return self.segments[0].language

    @property
    def text(self) -> str:
        """The whole text. Japanese sentences follow each other without a space."""
        whole = ""
        for segment in self.segments:
            whole += gap(whole, segment.text) + clean_text(segment.text)
        return whole


def gap(before: str, after: str) -> str:
    """Return the space between two segments of a paragraph, or nothing."""
    return "" if not before or breakable(before, clean_text(after)) else " "


def turn(paragraph: Paragraph) -> str:
    """Return what stands before a paragraph where somebody else speaks, in a text that has no other place for names.

    `ANN LEE:`, or `>>` if it is not known who, or the name would be taken for what is said. Otherwise nothing.
    """
    name = f"{clean_text(paragraph.speaker or '').upper()}:"
    return "" if not paragraph.is_turn else name if spoken(f"{name} A") == Spoken("A", name[:-1], True) else ">>"


def segments_and_gaps(clip: Clip) -> list[Segment]:
    """Return the segments of a clip, their texts clean, in the order of time. A gap is one that says so."""
    said = (
        replace(one, text=clean_text(one.text), speaker=clean_text(one.speaker or "") or None) for one in clip.segments
    )
    gaps = (Segment(gap.start, gap.end, MARK, -1, -1) for gap in clip.gaps)
    return sorted((*said, *gaps), key=lambda one: one.start)


def paragraphs_and_gaps(clip: Clip) -> list[Paragraph | Gap]:
    """Return the current text of a clip in paragraphs, and its gaps, in the order of time."""
    made = paragraphs(clip.segments, clip.gaps)
    return sorted((*made, *clip.gaps), key=lambda one: one.start)


def paragraphs(segments: Sequence[Segment], gaps: Sequence[Gap] = ()) -> list[Paragraph]:
    """Return segments in paragraphs, which end at `gaps`."""
    made: list[Paragraph] = []
    end, length = 0.0, 0
    gap_starts, gaps_before = sorted(gap.start for gap in gaps), 0
    for segment in segments:
        if not clean_text(segment.text):
            continue
        earlier, gaps_before = gaps_before, bisect_left(gap_starts, segment.start)
        goes_on = made and segment.start - end < PAUSE and length < LENGTH and gaps_before == earlier
        if goes_on and (made[-1].speaker, made[-1].language) == (segment.speaker, segment.language):
            made[-1] = replace(made[-1], segments=(*made[-1].segments, segment))
            length += 1 + len(segment.text)
        else:
            made.append(Paragraph((segment,), segment.speaker != (made[-1].speaker if made else None)))
            length = len(segment.text)
        end = segment.end
    return made
