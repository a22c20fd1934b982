"""Transcripts in JSON as the American Archive of Public Broadcasting keeps them: times are texts, in seconds.

https://github.com/WGBH-MLA/AAPB2 reads them; the format is that of Pop Up Archive.
"""

import json

from radio_archive.formats.paragraphs import segments_and_gaps
from radio_archive.models import Clip, Gap, clean_text
from radio_archive.text.doubts import MARK


def write(clip: Clip) -> str:
    """Return what is said in a clip in timed parts. Speakers, if they are known, have numbers from 1, but no names."""
    numbers: dict[str, int] = {}
    parts = [
        {
            "start_time": str(round(part.start, 3)),
            "end_time": str(round(part.end, 3)),
            "text": MARK if isinstance(part, Gap) else clean_text(part.text),
            **({"speaker_id": numbers.setdefault(speaker, len(numbers) + 1)} if speaker else {}),
        }
        for part, speaker in segments_and_gaps(clip)
    ]
    document = {"id": clip.uid, "language": clip.language, "parts": parts}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
