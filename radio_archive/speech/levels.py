"""How loud the sound is, and the one gain that brings a recording to the level that the models were trained on."""

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples

FRAME = 0.01
"""Seconds in a frame."""
SPEECH_LEVEL = -23.0
"""dBFS of the loud tenth of a recording that the voice detector and Whisper know best."""
TOLERATED = 12.0
"""dB. A recording that is no further from it is left as it is: most are, and are heard no better for a gain."""
MOST_GAIN, LEAST_GAIN = 65.0, -20.0
"""dB."""
SILENCE = -90.0
"""dBFS. A recording that is nowhere louder is left as it is: it holds nobody's voice."""
Levels = NDArray[np.float32]


def levels(samples: Samples) -> Levels:
    """Return the level of each whole frame of `samples`, in dBFS, at least -120."""
    size = round(RATE * FRAME)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", frames, frames) / size
    level: Levels = (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
    return level


def normalized(samples: Samples, level: Levels, *, tolerated: float = TOLERATED) -> Samples:
    """Return `samples` with one gain, so that their loud tenth is at SPEECH_LEVEL; as they are if it is near enough.

    Voice detection misses most of a quiet voice at its own level. `level` is `levels(samples)`.
    """
    loud = _loud(level)
    if loud < SILENCE or abs(SPEECH_LEVEL - loud) <= tolerated:
        return samples
    gain = min(max(SPEECH_LEVEL - loud, LEAST_GAIN), MOST_GAIN)
    louder: Samples = (samples * np.float32(10 ** (gain / 20))).astype(np.float32)
    return louder


def _loud(level: Levels) -> float:
    """Return the level that a tenth of all tenths of a second reach, in dBFS."""
    tenths = level[: len(level) // 10 * 10].reshape(-1, 10)
    power = np.power(10.0, tenths / 10).mean(axis=1)
    return float(np.percentile(10 * np.log10(power), 90)) if len(tenths) else -120.0
