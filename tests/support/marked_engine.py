"""An engine that only counts samples, for the processes of tests: what the sound says, it does to its own process."""

import os
import signal
from collections.abc import Generator, Iterable, Sequence

import numpy as np

from radio_archive.audio.decode import RATE, Chunk, Samples
from radio_archive.errors import RadioArchiveError
from radio_archive.models import Transcript, Word
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, EngineReport, PreparedClip

HELD = 3
"""Clips that it has begun before it reports the first: those that die with it."""
KILLED, BROKEN, STUCK = 0.25, 0.5, 0.75
"""What the first sample says: end by a signal, raise an error, do not go on."""


def load(options: object) -> "MarkedTranscriber":
    """Return the engine. Of options it takes none."""
    return MarkedTranscriber()


def marked(key: str, mark: float = 0.0, seconds: float = 1.0) -> PreparedClip:
    """Return a clip whose sound says what to do."""
    sound: Samples = np.full(round(seconds * RATE), 0.125, np.float32)
    sound[0] = mark
    return PreparedClip(key, seconds, lambda: iter((Chunk(0.0, sound),)), at_hand=True)


class MarkedTranscriber:
    """Hears as the words of a clip: its process, the number of samples, and the GPUs that the process sees."""

    name = "marked"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        held: list[PreparedClip] = []
        for clip in clips:
            held.append(clip)
            if len(held) == HELD:
                yield from self._report(held)
                held.clear()
        yield from self._report(held)

    def _report(self, clips: Sequence[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            try:
                chunks = list(clip.chunks())
            except RadioArchiveError as error:
                yield ClipFailure(clip.key, error)
                continue
            # A WAV has it as a whole number of 1/32,768.
            match round(float(chunks[0].samples[0]), 2):
                case mark if mark == KILLED:
                    os.kill(os.getpid(), signal.SIGKILL)
                case mark if mark == BROKEN:
                    raise ZeroDivisionError("a fault in the engine")
                case mark if mark == STUCK:
                    signal.pause()
            yield ClipProgress(clip.key, clip.duration)
            length = sum(len(chunk.samples) for chunk in chunks)
            said = (os.getpid(), length, os.environ.get("CUDA_VISIBLE_DEVICES"))
            words = tuple(Word(n / 10, n / 10 + 0.1, f" {word}", 1.0) for n, word in enumerate(said))
            yield ClipResult(clip.key, Transcript(words, "en", engine="marked", model="marked"))
