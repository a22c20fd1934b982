"""A transcript to paste into a content management system: paragraphs of plain HTML, speakers in bold."""

import html

from radio_archive.formats.paragraphs import paragraphs
from radio_archive.models import Clip, clean_text


def write(clip: Clip) -> str:
    """Return the transcript as HTML paragraphs only. A speaker is named at each change of speaker."""
    lines = []
    before = None
    for paragraph in paragraphs(clip.segments, clip.speakers):
        text = html.escape(paragraph.text, quote=False)
        if paragraph.speaker and paragraph.speaker != before:
            text = f"<strong>{html.escape(clean_text(paragraph.speaker), quote=False)}:</strong> {text}"
        before = paragraph.speaker
        lines.append(f"<p>{text}</p>\n")
    return "".join(lines)
