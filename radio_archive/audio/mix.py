"""One channel from two, also where they cancel each other out because one of them has its polarity inverted."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
LOST = 0.1
"""The mix of two channels is not used where it keeps less than this part of the louder one's energy (−10 dB)."""
AUDIBLE = 1e-6
"""The mean square below which a channel counts as silent (−60 dBFS)."""


class Mix:
    """Mixes blocks of two channels. Afterwards `cancelled` says for how many samples the louder one was used alone."""

    def __init__(self) -> None:
        self.cancelled = 0
        self._used = 0

    def add(self, interleaved: Samples) -> Samples:
        """Return one block as one channel."""
        channels = np.ascontiguousarray(interleaved.reshape(-1, 2).T)
        mixed: Samples = (channels[0] + channels[1]) * np.float32(0.5)
        energies = [float(np.dot(channel, channel)) for channel in channels]
        loudest = max(energies)
        if loudest < AUDIBLE * len(mixed) or float(np.dot(mixed, mixed)) >= LOST * loudest:
            return mixed
        # Of two that are about as loud, the same one in every block: a change would click.
        if energies[self._used] < loudest / 2:
            self._used = 1 - self._used
        self.cancelled += len(mixed)
        louder: Samples = channels[self._used]
        return louder
