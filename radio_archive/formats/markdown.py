"""A transcript in Markdown, for wikis, note programs and static sites (https://spec.commonmark.org/0.31.2/)."""

import re

from radio_archive.formats.paragraphs import Paragraph, paragraphs_and_gaps
from radio_archive.formats.text import facts
from radio_archive.models import Clip, Gap, clean_text
from radio_archive.text.doubts import gap_note
from radio_archive.text.times import clock

_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&]")


def write(clip: Clip) -> str:
    """Return the title as a heading, what is known of the clip as a list, and its paragraphs, each with its start."""
    known = "\n".join(f"- **{name}:** {_escape(fact)}" for name, fact in facts(clip).items())
    return "\n\n".join([f"# {_escape(clean_text(clip.title))}", known, *map(_line, paragraphs_and_gaps(clip))]) + "\n"


def _line(part: Paragraph | Gap) -> str:
    if isinstance(part, Gap):
        return f"*{_escape(gap_note(part))}*"
    speaker = clean_text(part.speaker or "")
    language = f"{_escape(f'[{clean_text(part.language)}]')} " if part.language else ""
    said = f"**{_escape(speaker)}:** {language}" if speaker else language
    return f"**\\[{clock(part.start):0>5}\\]** {said}{_escape(part.text)}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
