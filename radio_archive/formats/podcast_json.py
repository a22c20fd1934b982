"""Transcripts in JSON, as podcast apps read them.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
"""

import json

from radio_archive.formats.paragraphs import segments_and_gaps
from radio_archive.models import Clip


def write(clip: Clip) -> str:
    """Return what is said in a clip, and where nothing was understood, as segments with times in seconds."""
    segments = [
        {
            **({"speaker": part.speaker} if part.speaker else {}),
            "startTime": round(part.start, 3),
            "endTime": round(part.end, 3),
            "body": part.text,
        }
        for part in segments_and_gaps(clip)
    ]
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False, indent=1) + "\n"
