"""How loud the sound is, and the low cut and the gain that bring a recording to what the models were trained on."""

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Samples

FRAME = 0.01
"""Seconds in a frame."""
SPEECH_LEVEL = -23.0
"""dBFS of the loud tenth of a recording that the voice detector and Whisper know best."""
TOLERATED = 12.0
"""dB. A recording that is no further from it is left as it is: most are, and are heard no better for a gain."""
MOST_GAIN, LEAST_GAIN = 80.0, -20.0
"""dB."""
RUMBLE = 80.0
"""Hz. No voice is lower; wind, traffic, mains hum and a constant offset are."""
RUMBLING = 3.0
"""dB. Rumble that adds more to the loud tenth of a recording hides voices from voice detection."""
SILENCE = -105.0
"""dBFS. A recording that is nowhere louder is left as it is: it holds nobody's voice."""
Levels = NDArray[np.float32]


def levels(samples: Samples) -> Levels:
    """Return the level of each whole frame of `samples`, in dBFS, at least -120."""
    frames = _frames(samples)
    return _decibels(np.einsum("ij,ij->i", frames, frames) / frames.shape[1])


def without_rumble(samples: Samples, level: Levels) -> Samples:
    """Return `samples` without what is lower than RUMBLE, if there is much of it; else as they are.

    `level` is `levels(samples)`.
    """
    # What hardly changes within a frame of 10 ms is rumble. This is a tenth of the work of the filter.
    if _loud(level) - _loud(_decibels(_frames(samples).var(axis=1))) <= RUMBLING:
        return samples
    spectrum = np.fft.rfft(samples)
    spectrum *= np.clip(np.fft.rfftfreq(len(samples), 1 / RATE) / (0.4 * RUMBLE) - 2, 0, 1)
    cut: Samples = np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    return cut


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


def _frames(samples: Samples) -> Samples:
    size = round(RATE * FRAME)
    return samples[: len(samples) // size * size].reshape(-1, size)


def _decibels(power: NDArray[np.float32]) -> Levels:
    level: Levels = (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
    return level


def _loud(level: Levels) -> float:
    """Return the level that a tenth of all tenths of a second reach, in dBFS."""
    tenths = level[: len(level) // 10 * 10].reshape(-1, 10)
    power = np.power(10.0, tenths / 10).mean(axis=1)
    return float(np.percentile(10 * np.log10(power), 90)) if len(tenths) else -120.0
