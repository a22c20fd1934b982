"""The waveform of a recording in at most 800 bytes: the loudest sample of each stretch."""

import numpy as np
from numpy.typing import NDArray

STRETCH = 800
"""Samples in a stretch while sound comes in; the peaks of an hour are still small."""
MOST = 800
"""The largest number of bytes in a waveform."""


class Peaks:
    """Collects the peaks of sound that comes in pieces."""

    def __init__(self) -> None:
        self._loudest: list[NDArray[np.float32]] = []
        self._rest = np.empty(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Add the next samples: mono, −1…1."""
        # Only the end of a long piece is copied.
        head = min(len(samples), -len(self._rest) % STRETCH) if len(self._rest) else 0
        rest = np.concatenate((self._rest, samples[:head]))
        if len(rest) < STRETCH and len(rest):
            self._rest = rest
            return
        if len(rest):
            self._loudest.append(np.abs(rest).max(keepdims=True))
        whole = head + (len(samples) - head) // STRETCH * STRETCH
        stretches = samples[head:whole].reshape(-1, STRETCH)
        if len(stretches):
            # np.abs would copy the sound.
            self._loudest.append(np.maximum(stretches.max(axis=1), -stretches.min(axis=1)))
        self._rest = samples[whole:].copy()

    def to_bytes(self) -> bytes | None:
        """Return at most MOST bytes, from 0 for silence to 255 for full scale; None if there was no sound at all."""
        loudest = [*self._loudest, *([np.abs(self._rest).max(keepdims=True)] if len(self._rest) else [])]
        if not loudest:
            return None
        fine = np.concatenate(loudest)
        edges = np.linspace(0, len(fine), min(MOST, len(fine)) + 1).astype(int)[:-1]
        coarse = np.maximum.reduceat(fine, edges)
        return bytes(np.rint(255 * np.clip(coarse, 0, 1)).astype(np.uint8))
