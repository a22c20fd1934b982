"""A small picture of a recording's sound: its loudest sample in each of some hundred stretches."""

import numpy as np
from numpy.typing import NDArray

STRETCH = 800
"""Samples that are looked at together at first; what comes of an hour is still small."""
MOST = 800
"""Stretches in a picture, at most."""


class Peaks:
    """A picture in the making, of sound that comes in pieces; `samples` are mono, −1…1."""

    def __init__(self) -> None:
        self._loudest: list[NDArray[np.float32]] = []
        self._rest = np.empty(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next piece."""
        # Of a long piece only the end is copied.
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
            # Not np.abs, which would hold the sound once more.
            self._loudest.append(np.maximum(stretches.max(axis=1), -stretches.min(axis=1)))
        self._rest = samples[whole:].copy()

    def drawn(self) -> bytes | None:
        """Return at most MOST bytes, 0 for silence to 255 for full scale; None where there was no sound at all."""
        loudest = [*self._loudest, *([np.abs(self._rest).max(keepdims=True)] if len(self._rest) else [])]
        if not loudest:
            return None
        fine = np.concatenate(loudest)
        edges = np.linspace(0, len(fine), min(MOST, len(fine)) + 1).astype(int)[:-1]
        coarse = np.maximum.reduceat(fine, edges)
        return bytes(np.rint(255 * np.clip(coarse, 0, 1)).astype(np.uint8))
