"""A transcript to paste into a content management system: paragraphs of plain HTML, speakers in bold."""

import html

from radio_archive.formats.paragraphs import paragraphs_and_gaps
from radio_archive.models import Clip, Gap, clean_text
from radio_archive.text.doubts import gap_note
from radio_archive.text.versions import text_note


def write(clip: Clip) -> str:
    """Return the transcript as HTML paragraphs only. A speaker is named where somebody else begins to speak.

    A gap is a paragraph too, which an editor fills or removes: left out here, it would be left out for good. That the
    text is corrected is said in a comment, which readers of the page do not see.
    """
    note = text_note(clip)
    lines = [f"<!-- {note} -->\n"] if note else []
    for paragraph in paragraphs_and_gaps(clip):
        if isinstance(paragraph, Gap):
            lines.append(f"<p>{gap_note(paragraph)}</p>\n")
            continue
        text = html.escape(paragraph.text, quote=False)
        if paragraph.is_turn:
            name = clean_text(paragraph.speaker or "Unidentified")
            text = f"<strong>{html.escape(name, quote=False)}:</strong> {text}"
        language = f' lang="{html.escape(clean_text(paragraph.language))}"' if paragraph.language else ""
        lines.append(f"<p{language}>{text}</p>\n")
    return "".join(lines)
