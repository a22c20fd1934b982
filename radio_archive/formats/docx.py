"""A transcript for word processors: Office Open XML, ISO/IEC 29500."""

import io
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from radio_archive.formats.paragraphs import Paragraph, paragraphs_and_gaps
from radio_archive.formats.text import facts
from radio_archive.formats.xml import clean
from radio_archive.models import Clip, Gap
from radio_archive.text.doubts import gap_note
from radio_archive.text.times import clock

_LONGEST = 255
"""Characters of a property of a document."""


def write(clip: Clip) -> bytes:
    """Return a document: title, what is known of the clip in a table, and paragraphs, each with its start.

    The same clip always gives the same bytes.
    """
    import docx

    document = docx.Document()
    _describe(document.core_properties, clip)
    _set_language(document.styles["Normal"], clip.language)
    document.add_heading(clean(clip.title), 0)
    known = facts(clip)
    table = document.add_table(len(known), 2, style="Table Grid")
    for cell, text in zip(table._cells, (one for fact in known.items() for one in fact), strict=True):
        cell.text = clean(text)
    document.add_paragraph()
    for part in paragraphs_and_gaps(clip):
        _add(document.add_paragraph(), part)
    made = io.BytesIO()
    document.save(made)
    return _without_dates(made)


def _describe(properties: Any, clip: Clip) -> None:
    """Fill in the properties, which otherwise tell of the library's template."""
    values = {"title": clip.title, "author": clip.reporter, "subject": clip.show, "identifier": clip.uid}
    for name, value in {**values, "language": clip.language, "comments": facts(clip).get("Text")}.items():
        setattr(properties, name, clean(value or "")[:_LONGEST])
    try:
        properties.created = properties.modified = datetime.fromisoformat(clip.added_at)
    except ValueError:
        properties.created = properties.modified = datetime(1980, 1, 1)  # noqa: DTZ001 - the format's earliest


def _add(paragraph: Any, part: Paragraph | Gap) -> None:
    if isinstance(part, Gap):
        paragraph.add_run(gap_note(part)).italic = True
        return
    paragraph.add_run(f"[{clock(part.start):0>5}] ").italic = True
    if speaker := clean(part.speaker or ""):
        paragraph.add_run(f"{speaker}: ").bold = True
    _set_language(paragraph.add_run(clean(part.text)), part.language)


def _set_language(styled: Any, language: str | None) -> None:
    """Say in which language the text of a run or style is, for spelling and for being read aloud."""
    from docx.oxml.ns import qn

    if language:
        properties = styled._element.get_or_add_rPr()
        properties.append(properties.makeelement(qn("w:lang"), {qn("w:val"): clean(language)}))


def _without_dates(package: io.BytesIO) -> bytes:
    """Return the package without the time at which it was written."""
    made = io.BytesIO()
    with ZipFile(package) as old, ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name), old.read(name), ZIP_DEFLATED)
    return made.getvalue()
