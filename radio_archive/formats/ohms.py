"""Records of the Oral History Metadata Synchronizer, for its viewer and for Aviary (https://www.oralhistoryonline.org/).

Version 5.4 has a transcript in lines, and where in it each minute ends; version 6.0 has WebVTT.
"""

import xml.etree.ElementTree as ET
from binascii import crc32
from collections.abc import Iterator, Mapping, Sequence

from radio_archive.formats.cues import Token, clock, filled, shown, tokens_of
from radio_archive.formats.paragraphs import Paragraph, gap, paragraphs_and_gaps, segments_and_gaps, turn
from radio_archive.formats.vtt import escape, voice
from radio_archive.formats.xml import add, clean, document
from radio_archive.models import Clip, Gap
from radio_archive.text.doubts import gap_note
from radio_archive.text.languages import language_name
from radio_archive.text.versions import provenance

NAMESPACE = "https://www.weareavp.com/nunncenter/ohms"
_LINE_LENGTH = 80
_ORDER = (
    "version date title accession duration series_name repository subject interviewee interviewer format file_name "
    "sync translate mediafile language user_notes index description transcript vtt_transcript rights fmt "
    "userestrict"
).split()
"""The schema fixes the order of what is in a record."""


def write(clip: Clip) -> str:
    """Return a record of version 5.4. Chapters of the recording are its index."""
    lines, sync = _synchronized(clip)
    return _record(clip, "5.4", {"transcript": "\n".join(lines), "sync": sync})


def write_vtt(clip: Clip) -> str:
    """Return a record of version 6.0, whose transcript has the exact times of segments, and their speakers."""
    blocks = ["WEBVTT", "NOTE\nTRANSCRIPTION BEGIN"]
    for part in segments_and_gaps(clip):
        start, end = round(1000 * part.start), round(1000 * part.end)
        said = voice(part.speaker) + escape(part.text)
        blocks.append(f"{clock(start, '.')} --> {clock(max(end, start + 1), '.')}\n{said}")
    return _record(clip, "6.0", {"vtt_transcript": "\n\n".join([*blocks, "NOTE\nTRANSCRIPTION END", ""])})


def _record(clip: Clip, version: str, text: Mapping[str, str]) -> str:
    root = ET.Element("ROOT", {"xmlns": NAMESPACE})
    # The application numbers its records; a number that follows from the clip's name is not made up each time.
    number, added = str(crc32(clip.uid.encode()) >> 1), clip.added_at[:10] or "1970-01-01"
    record = ET.SubElement(root, "record", {"id": number, "dt": added})
    roles = {"interviewee": ("guest",), "interviewer": ("reporter", "host")}
    known: dict[str, Sequence[str | None]] = {
        "version": [version],
        "title": [clip.title if clean(clip.title) else clip.uid],
        "accession": [clip.uid],
        "duration": [clock(round(1000 * clip.duration), ".")[:-4]],
        "series_name": [clip.show],
        "repository": [clip.station],
        "subject": clip.subjects,
        **{name: [one.name for one in clip.credits if one.role in wanted] for name, wanted in roles.items()},
        "format": ["audio"],
        "file_name": [clip.recording.original_name],
        "translate": ["0"],
        "language": [language_name(clip.language) if clip.language else None],
        "user_notes": [provenance(clip)],
        "description": [clip.summary],
        "rights": [clip.rights],
        "fmt": ["audio"],
        "userestrict": ["0"],
    }
    for name in _ORDER:
        if name == "date":
            ET.SubElement(record, name, {"value": clip.date or "", "format": "yyyy-mm-dd"})
        elif name == "mediafile":
            media = ET.SubElement(record, name)
            add(media, "host", "Other")
            add(media, "clip_format", "audio")
        elif name == "index":
            _add_index(record, clip)
        elif name in text:
            ET.SubElement(record, name).text = "\n".join(map(clean, text[name].split("\n")))
        for value in known.get(name, ()):
            add(record, name, value)
    return document(root)


def _add_index(record: ET.Element, clip: Clip) -> None:
    index = ET.SubElement(record, "index")
    for chapter in clip.recording.chapters:
        point = ET.SubElement(index, "point")
        add(point, "time", str(int(chapter.start)))
        add(point, "title", chapter.title)


def _synchronized(clip: Clip) -> tuple[list[str], str]:
    """Return the lines of the text, and after which line and word in it each minute ends: `1:|13(3)|19(14)`."""
    lines: list[str] = []
    ends: list[tuple[float, int, int]] = []
    for part in paragraphs_and_gaps(clip):
        lines += [""] if lines else []
        if isinstance(part, Gap):
            lines.append(gap_note(part))
            continue
        for line in filled([*_spaced(clip, part)], _LINE_LENGTH):
            lines.append(clean(shown(line)))
            words = (max(1, len(clean(shown(line[: number + 1])).split())) for number in range(len(line)))
            ends += [(token.start, len(lines), word) for token, word in zip(line, words, strict=True)]
    marks = []
    at = 0
    for minute in range(1, int(clip.duration // 60) + 1):
        while at < len(ends) and ends[at][0] < 60 * minute:
            at += 1
        _, line_number, word = ends[at - 1] if at else (0.0, 1, 1)
        marks.append(f"|{line_number}({word})")
    return lines, f"1:{''.join(marks)}"


def _spaced(clip: Clip, paragraph: Paragraph) -> Iterator[Token]:
    """Yield the text of a paragraph, after the name of who begins to speak, in timed pieces with their spaces."""
    said, name = "", turn(paragraph)
    for segment in paragraph.segments:
        for number, token in enumerate(tokens_of(clip, segment)):
            lead = f"{name} " if name else gap(said, segment.text)
            yield token if number else token._replace(text=lead + token.text.lstrip())
            name = ""
        said = segment.text
