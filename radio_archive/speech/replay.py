"""An engine that replays recorded transcripts: for tests, and to import what was transcribed elsewhere."""

import json
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

from radio_archive.errors import ModelNotFoundError, TranscriptionError
from radio_archive.models import Gap, Transcript, Word
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip


class ReplayTranscriber:
    """Answers each clip with the transcript recorded under its key, the SHA-256 of its recording."""

    def __init__(self, transcripts: Mapping[str, Transcript]) -> None:
        self._transcripts = transcripts

    @classmethod
    def load(cls, path: Path) -> "ReplayTranscriber":
        """Read a file that `record` wrote. Raises ModelNotFoundError if it cannot be read."""
        try:
            recorded = json.loads(path.read_text(encoding="utf-8"))
            return cls({key: _transcript(value) for key, value in recorded.items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelNotFoundError(
                f"cannot replay {path}: {error}", "Give a JSON file of transcripts by the SHA-256 of their recordings."
            ) from error

    @property
    def name(self) -> str:
        return f"replay of {len(self._transcripts)} transcripts"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        """Yield one result for each clip; see `Transcriber`."""
        for clip in clips:
            transcript = self._transcripts.get(clip.key)
            if transcript is None:
                yield ClipFailure(
                    clip.key, TranscriptionError("nothing is recorded for this clip", "Use a real model.")
                )
            else:
                yield ClipProgress(clip.key, clip.duration)
                yield ClipResult(clip.key, transcript)


def record(transcripts: Mapping[str, Transcript], path: Path) -> None:
    """Write transcripts, by the SHA-256 of their recordings, as a file that `ReplayTranscriber.load` reads."""
    document = {
        key: {
            "model": transcript.model,
            "language": transcript.language,
            "words": [
                [word.start, word.end, word.text, word.probability, *([word.language] if word.language else [])]
                for word in transcript.words
            ],
            **({"gaps": [[gap.start, gap.end] for gap in transcript.gaps]} if transcript.gaps else {}),
        }
        for key, transcript in transcripts.items()
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _transcript(value: Mapping[str, Any]) -> Transcript:
    words = tuple(Word(*word) for word in value["words"])
    gaps = tuple(Gap(*gap) for gap in value.get("gaps", ()))
    return Transcript(words, language=value.get("language"), engine="replay", model=value.get("model"), gaps=gaps)
