"""Plain text for reading or printing: a header, then the text in paragraphs with times."""

from radio_archive.formats.paragraphs import paragraphs
from radio_archive.models import Clip, clean_text
from radio_archive.text.times import clock


def write(clip: Clip) -> str:
    """Return what is known of the clip, one line each, then its paragraphs, each with its start: `[01:21]`."""
    facts = {
        "Show": clip.show,
        "Reporter": clip.reporter,
        "Date": clip.date,
        "Language": clip.language,
        "Length": f"{clock(clip.duration):0>5}",
        "Clip": clip.uid,
    }
    header = [clean_text(clip.title), *(f"{name}: {clean_text(fact)}" for name, fact in facts.items() if fact)]
    spoken = [f"[{clock(paragraph.start):0>5}] {paragraph.text}" for paragraph in paragraphs(clip.segments)]
    return "\n\n".join(["\n".join(header), *spoken]) + "\n"
