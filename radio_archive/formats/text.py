"""Plain text to read or to print: who and what, then the words in paragraphs with times."""

from radio_archive.formats.clip import ExportClip
from radio_archive.models import Segment, clean_text
from radio_archive.text.segmenting import breakable

PARAGRAPH_PAUSE = 1.0
"""Seconds of silence that begin a new paragraph."""
PARAGRAPH_LENGTH = 500
"""Characters after which the next sentence begins a new paragraph."""


def write(clip: ExportClip) -> str:
    """Return the clip's facts, one a line, and its text in paragraphs, each after the time it begins at: `[01:21]`."""
    facts = {
        "Show": clip.show,
        "Reporter": clip.reporter,
        "Date": clip.date,
        "Language": clip.language,
        "Length": _stamp(clip.duration),
        "Clip": clip.uid,
    }
    header = [clean_text(clip.title), *(f"{name}: {clean_text(fact)}" for name, fact in facts.items() if fact)]
    paragraphs = [f"[{_stamp(start)}] {text}" for start, text in _paragraphs(clip.segments)]
    return "\n\n".join(["\n".join(header), *paragraphs]) + "\n"


def _paragraphs(segments: tuple[Segment, ...]) -> list[tuple[float, str]]:
    paragraphs: list[tuple[float, str]] = []
    end = 0.0
    for segment in segments:
        text = clean_text(segment.text)
        if not text:
            continue
        begun = paragraphs[-1][1] if paragraphs else ""
        if begun and segment.start - end < PARAGRAPH_PAUSE and len(begun) < PARAGRAPH_LENGTH:
            # Japanese sentences follow each other without a space.
            space = "" if breakable(begun, text) else " "
            paragraphs[-1] = (paragraphs[-1][0], begun + space + text)
        else:
            paragraphs.append((segment.start, text))
        end = segment.end
    return paragraphs


def _stamp(seconds: float) -> str:
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes:02}:{whole:02}"
