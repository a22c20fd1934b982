"""JSON for programs: what is known of a clip, its segments and its words, with times in seconds."""

import json

from radio_archive.formats.clip import ExportClip


def write(clip: ExportClip) -> str:
    """Return the clip as one indented JSON object with stable keys. Times are rounded to milliseconds."""
    value: dict[str, object] = {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "language": clip.language,
        "duration": round(clip.duration, 3),
        "transcript": dict(clip.transcript),
        "segments": [
            {"start": round(segment.start, 3), "end": round(segment.end, 3), "text": segment.text}
            for segment in clip.segments
        ],
        "words": [
            {
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "text": word.text,
                "probability": word.probability,
            }
            for word in clip.words
        ],
    }
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
    # A lone surrogate in a word cannot be stored as UTF-8; it becomes a question mark.
    return text.encode("utf-8", "replace").decode("utf-8")
