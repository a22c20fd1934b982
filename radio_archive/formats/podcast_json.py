"""Transcripts in JSON, as podcast apps read them.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
"""

import json

from radio_archive.models import Clip, Gap, Segment
from radio_archive.text.doubts import MARK


def write(clip: Clip) -> str:
    """Return what is said in a clip, and where nothing was understood, as segments with times in seconds."""
    speakers = clip.speakers or (None,) * len(clip.segments)
    parts: list[tuple[Segment | Gap, str | None]] = [*zip(clip.segments, speakers, strict=True)]
    parts += [(gap, None) for gap in clip.gaps]
    segments = [
        {
            **({"speaker": speaker} if speaker else {}),
            "startTime": round(part.start, 3),
            "endTime": round(part.end, 3),
            "body": MARK if isinstance(part, Gap) else part.text,
        }
        for part, speaker in sorted(parts, key=lambda pair: pair[0].start)
    ]
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False, indent=1) + "\n"
