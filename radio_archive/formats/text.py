"""Plain text for reading or printing: a header, then the text in paragraphs with times."""

from radio_archive.formats.paragraphs import Paragraph, paragraphs_and_gaps, turn
from radio_archive.models import Clip, Gap, clean_text
from radio_archive.text.doubts import gap_note
from radio_archive.text.times import clock
from radio_archive.text.versions import text_note


def facts(clip: Clip) -> dict[str, str]:
    """Return what is known of the clip besides its title, by what it is called; what is not known is left out."""
    known = {
        "Show": clip.show,
        "Reporter": clip.reporter,
        "Date": clip.date,
        "Language": clip.language,
        "Length": f"{clock(clip.duration):0>5}",
        "Clip": clip.uid,
        "Text": text_note(clip),
    }
    return {name: clean_text(fact) for name, fact in known.items() if fact}


def write(clip: Clip) -> str:
    """Return what is known of the clip, one line each, then its paragraphs, each with its start: `[01:21]`.

    Where somebody else speaks, the line begins with `ANN LEE:`, or with `>>` if nobody says who.
    Where speech was not understood, a line says so: whoever quotes the text must know that something is missing.
    """
    header = [clean_text(clip.title), *(f"{name}: {fact}" for name, fact in facts(clip).items())]
    return "\n\n".join(["\n".join(header), *map(line, paragraphs_and_gaps(clip))]) + "\n"


def line(part: Paragraph | Gap) -> str:
    """Return a paragraph with its start and language, or what stands for a gap."""
    if isinstance(part, Gap):
        return gap_note(part)
    language = f"[{clean_text(part.language)}] " if part.language else ""
    name = turn(part)
    return f"[{clock(part.start):0>5}] {language}{f'{name} ' if name else ''}{part.text}"
