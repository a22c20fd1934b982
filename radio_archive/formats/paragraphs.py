"""Groups segments into readable paragraphs."""

from collections.abc import Sequence
from dataclasses import dataclass

from radio_archive.models import Segment, clean_text
from radio_archive.text.segmenting import breakable

PAUSE = 1.0
"""Seconds of silence that begin a new paragraph."""
LENGTH = 500
"""Characters after which the next sentence begins a new paragraph."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Consecutive segments, of one speaker if speakers are known."""

    segments: tuple[Segment, ...]
    speaker: str | None = None

    @property
    def start(self) -> float:
        return self.segments[0].start

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


def paragraphs(segments: Sequence[Segment], speakers: Sequence[str | None] = ()) -> list[Paragraph]:
    """Return segments in paragraphs. `speakers` has the speaker of each segment, or is empty."""
    made: list[Paragraph] = []
    end, length = 0.0, 0
    for number, segment in enumerate(segments):
        if not clean_text(segment.text):
            continue
        speaker = speakers[number] if speakers else None
        goes_on = made and segment.start - end < PAUSE and length < LENGTH and made[-1].speaker == speaker
        if goes_on:
            made[-1] = Paragraph((*made[-1].segments, segment), speaker)
            length += 1 + len(segment.text)
        else:
            made.append(Paragraph((segment,), speaker))
            length = len(segment.text)
        end = segment.end
    return made
