"""Reads what was said in a clip from a file that a person made: a script, captions, or a transcript of ours."""

import re
from pathlib import PurePath
from typing import NamedTuple

from radio_archive.formats.captions import examine_captions, examine_script

SUFFIXES = (".txt", ".srt", ".vtt", ".json")
"""Of files that are read; of several with one name, the first of these is taken."""
_HEADER = re.compile(rb"\A(?:[^\r\n]+\r?\n)+?Length: [\d:]+\r?\nClip: \w+\r?\n(?:Text: [^\r\n]*\r?\n)?\r?\n")
"""What `export --format txt` writes above the text."""


class SpokenText(NamedTuple):
    """What was said, in NFC, empty if it cannot be read, and what is wrong with it, worded for a person."""

    text: str
    problem: str | None = None


def read_spoken_text(name: str, content: bytes) -> SpokenText:
    """Return what was said by the file called `name`, without its stage directions. Never raises."""
    if PurePath(name).suffix.lower() == ".txt":
        found = examine_script(_HEADER.sub(b"", content, count=1), origin="import", name=name)
    else:
        found = examine_captions(content, origin="import", name=name)
    return SpokenText(found.transcript.text if found.transcript else "", next(iter(found.problems), None))
