"""Reads what was said in a clip from a file that a person made: a script, captions, or a transcript of ours.

WebVTT, SubRip and JSON are read as captions are. A plain text may have labels of speakers (`HOST:`) and be what `export
--format txt` wrote; its header and times are left out. What stands in square brackets stays: whoever compares texts
leaves it out.
"""

import re
import unicodedata
from pathlib import PurePath
from typing import NamedTuple

from radio_archive.formats.captions import MAX_WORDS, decoded, examine_captions

SUFFIXES = (".txt", ".srt", ".vtt", ".json")
"""Of files that are read; of several with one name, the first of these is taken."""
_HEADER_ENDS = re.compile(r"^Length: [\d:]+\nClip: \w+$", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ0-9 .'’()-]{0,40}:[ \t]", re.MULTILINE)
_LINE_ENDS = re.compile(r"\r\n?")


class SpokenText(NamedTuple):
    """What was said, in NFC, and if it cannot be read, the problem, worded for a person."""

    text: str
    problem: str | None = None


def read_spoken_text(name: str, content: bytes) -> SpokenText:
    """Return what was said by the file called `name`. Never raises."""
    if PurePath(name).suffix.lower() == ".txt":
        text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", decoded(content)[0]))
        if "\0" in text:
            return SpokenText("", "it is no text")
        if text.count(" ") > MAX_WORDS:
            return SpokenText("", f"it has more than {MAX_WORDS:,} words")
        header, _, rest = text.partition("\n\n")
        said = _LABEL.sub("", rest if _HEADER_ENDS.search(header) else text).strip()
        return SpokenText(said, None if said else "it is empty")
    found = examine_captions(content, origin="import", name=name)
    if found.transcript is None:
        return SpokenText("", found.problems[0])
    return SpokenText(found.transcript.text)
