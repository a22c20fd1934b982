"""Groups segments into readable paragraphs, with the gaps between them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from radio_archive.models import Clip, Gap, Segment, clean_text
from radio_archive.text.segmenting import breakable

PAUSE = 1.0
"""Seconds of silence that begin a new paragraph."""
LENGTH = 500
"""Characters after which the next sentence begins a new paragraph."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Consecutive segments in one language, of one speaker if speakers are known, without a gap between them."""

    segments: tuple[Segment, ...]
    speaker: str | None = None

    @property
    def start(self) -> float:
        return self.segments[0].start

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


def segments_and_gaps(clip: Clip) -> list[tuple[Segment | Gap, str | None]]:
    """Return the segments of a clip, each with its speaker if that is known, and its gaps, in the order of time."""
    speakers = clip.speakers or (None,) * len(clip.segments)
    parts: list[tuple[Segment | Gap, str | None]] = [*zip(clip.segments, speakers, strict=True)]
    return sorted([*parts, *((gap, None) for gap in clip.gaps)], key=lambda pair: pair[0].start)


def paragraphs_and_gaps(clip: Clip) -> list[Paragraph | Gap]:
    """Return the current text of a clip in paragraphs, and its gaps, in the order of time."""
    made = paragraphs(clip.segments, clip.speakers, clip.gaps)
    return sorted((*made, *clip.gaps), key=lambda one: one.start)


def paragraphs(
    segments: Sequence[Segment], speakers: Sequence[str | None] = (), gaps: Sequence[Gap] = ()
) -> list[Paragraph]:
    """Return segments in paragraphs, which end at `gaps`. `speakers` has the speaker of each segment, or is empty."""
    made: list[Paragraph] = []
    end, length = 0.0, 0
    gap_starts, gaps_before = sorted(gap.start for gap in gaps), 0
    for number, segment in enumerate(segments):
        if not clean_text(segment.text):
            continue
        speaker = speakers[number] if speakers else None
        earlier, gaps_before = gaps_before, bisect_left(gap_starts, segment.start)
        goes_on = made and segment.start - end < PAUSE and length < LENGTH and gaps_before == earlier
        if goes_on and (made[-1].speaker, made[-1].language) == (speaker, segment.language):
            made[-1] = Paragraph((*made[-1].segments, segment), speaker)
            length += 1 + len(segment.text)
        else:
            made.append(Paragraph((segment,), speaker))
            length = len(segment.text)
        end = segment.end
    return made
