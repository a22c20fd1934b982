"""An engine without a model, for workers in other processes: quick, and a clip can kill it."""

import os
import signal
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from radio_archive.config.settings import EngineOptions
from radio_archive.errors import RadioArchiveError
from radio_archive.models import Transcript, Word
from radio_archive.speech.engine import ClipFailure, ClipResult, EngineReport, PreparedClip

DEADLY = "deadly"
"""The prompt of a clip that kills its worker."""


@dataclass(frozen=True)
class ToyEngine:
    """Hears in each clip how many samples it has, and the number of its own process."""

    name: str = "toy"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            if clip.prompt == DEADLY:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                count = sum(len(chunk.samples) for chunk in clip.chunks())
            except RadioArchiveError as error:
                yield ClipFailure(clip.key, error)
                continue
            words = (Word(0.0, 0.5, f" {count}", None), Word(0.5, 1.0, f" {os.getpid()}", None))
            yield ClipResult(clip.key, Transcript(words))


def load(options: EngineOptions) -> ToyEngine:
    """Return an engine. Of the options it takes none."""
    return ToyEngine(f"toy on {options.device}")
