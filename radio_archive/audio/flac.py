"""Sound as FLAC, to be sent: half of what it takes as it is, and nothing lost."""

import io

import av
import numpy as np

from radio_archive.audio.decode import RATE, Samples

FULL_SCALE = 32_768
"""Steps of 16 bits."""


def to_flac(samples: Samples) -> bytes:
    """Return mono sound of 16 kHz as a FLAC file of 16 bits; softer as a whole if some is louder than full scale."""
    peak = float(np.abs(samples).max(initial=0.0))
    scaled = np.round(samples * (FULL_SCALE / max(1.0, peak)))
    whole = np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype("<i2").reshape(1, -1)
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(whole, "s16", "mono")
        frame.sample_rate, frame.pts = RATE, 0
        output.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()
