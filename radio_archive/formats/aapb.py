"""Transcripts in JSON as the American Archive of Public Broadcasting keeps them: times are texts, in seconds.

https://github.com/WGBH-MLA/AAPB2 reads them; the format is that of Pop Up Archive.
"""

import json
import re
from itertools import count

from radio_archive.formats.paragraphs import segments_and_gaps
from radio_archive.models import Clip

_NUMBERED = re.compile(r"Speaker (?:0|[1-9][0-9]{0,3})")


def write(clip: Clip) -> str:
    """Return what is said in a clip in timed parts. Speakers, if they are known, have numbers from 1, but no names.

    `Speaker 2`, which is what such a number is read as, keeps it.
    """
    found = segments_and_gaps(clip)
    names = dict.fromkeys(part.speaker for part in found if part.speaker)
    numbers = {name: int(name[8:]) for name in names if _NUMBERED.fullmatch(name)}
    taken = set(numbers.values())
    free = (number for number in count(1) if number not in taken)
    numbers |= {name: next(free) for name in names if name not in numbers}
    parts = [
        {
            "start_time": str(round(part.start, 3)),
            "end_time": str(round(part.end, 3)),
            "text": part.text,
            **({"speaker_id": numbers[part.speaker]} if part.speaker else {}),
        }
        for part in found
    ]
    document = {"id": clip.uid, "language": clip.language, "parts": parts}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
