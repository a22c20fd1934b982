"""JSON for programs: what is known of a clip, its segments and its words, with times in seconds."""

import json
from dataclasses import asdict

from radio_archive.models import Clip, Segment, TranscriptInfo
from radio_archive.text.versions import describe


def write(clip: Clip) -> str:
    """Return the clip as one indented JSON object with stable keys. Times are rounded to milliseconds."""
    value: dict[str, object] = {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "language": clip.language,
        "duration": round(clip.duration, 3),
        "transcript": _made(clip.transcript),
        "corrected": clip.corrected,
        "segments": [{**_segment(s), "start": round(s.start, 3), "end": round(s.end, 3)} for s in clip.segments],
        "gaps": [{"start": round(gap.start, 3), "end": round(gap.end, 3)} for gap in clip.gaps],
        "words": [
            {
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "text": word.text,
                "probability": word.probability,
                "speaker": word.speaker,
            }
            for word in clip.words
        ],
    }
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
    # A lone surrogate in a word cannot be stored as UTF-8; it becomes a question mark.
    return text.encode("utf-8", "replace").decode("utf-8")


def summary(clip: Clip) -> dict[str, object]:
    """Return a clip of a list as data. Its keys are a promise."""
    return {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "duration": clip.duration,
        "sha256": clip.recording.sha256,
        "transcript": clip.model,
    }


def document(clip: Clip) -> dict[str, object]:
    """Return all that is known of a clip that was read with its text and its sources. Its keys are a promise."""
    recording = clip.recording
    return {
        **summary(clip),
        "language": clip.language,
        "description": clip.summary,
        "added_at": clip.added_at,
        "file": clip.file,
        "storage": clip.storage,
        "original_name": recording.original_name,
        "media_type": recording.media_type,
        "bytes": recording.bytes,
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "bit_rate": recording.bit_rate,
        "level": recording.level,
        "loudness": recording.loudness,
        "true_peak": recording.true_peak,
        "chapters": [asdict(chapter) for chapter in recording.chapters],
        "editions": clip.editions,
        "warnings": recording.warnings,
        "claims": [asdict(claim) for claim in clip.claims],
        "ranks": clip.ranks,
        "sidecars": clip.sidecars,
        "corrected": clip.corrected,
        "segments": [*map(_segment, clip.segments)],
        "gaps": [asdict(gap) for gap in clip.gaps],
        "transcripts": [asdict(info) for info in clip.transcripts],
    }


def _segment(one: Segment) -> dict[str, object]:
    return {"start": one.start, "end": one.end, "text": one.text, "language": one.language, "speaker": one.speaker}


def _made(info: TranscriptInfo | None) -> dict[str, object]:
    if info is None:
        return {}
    return {
        "origin": describe(info, names=False),
        "engine": info.engine,
        "engine_version": info.engine_version,
        "model": info.model if info.origin == "engine" else None,
        "revision": info.revision,
        "created_at": info.created_at,
    }
