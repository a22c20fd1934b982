"""How loud a recording is: integrated loudness, loudness range and true peak, by ITU-R BS.1770-4 and EBU R 128.

libav's `ebur128` filter measures, at the file's own rate and in its own channels, as the sound streams through. A mono
file is one channel, as the standard has it: 3 dB softer than the same sound in both channels of a stereo file. The true
peak is the largest sample at 192 kHz. The filter would find the same, in doubles, which takes twice as long, and says
it in three decimals, which are too few for a quiet file.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from radio_archive.audio.container import FOREIGN
from radio_archive.audio.decode import Resampler

if TYPE_CHECKING:
    from av.filter.context import FilterContext

SHORTEST = 0.4
"""Seconds of a gating block: a shorter recording has no loudness."""
SHORTEST_RANGE = 5.0
"""Seconds, below which the range is taken from too few blocks of 3 s (EBU Tech 3342)."""
SILENCE = 1e-6
"""A peak below this, of 1, is none."""
GATE = -70.0
"""LUFS that silence is said to have."""
LOWEST_RATE = 8_000
"""Hz; below, the standard's filter has no meaning, and the sound is taken up to 48 kHz."""
PEAK_RATE = 192_000
"""Hz; at four times 48 kHz a sampled peak is close to the true one."""
_ENDED = (av.error.BlockingIOError, av.error.EOFError)


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured; None where there is nothing to measure: silence, or less than a block of sound."""

    integrated: float | None = None
    """LUFS."""
    true_peak: float | None = None
    """dBTP, of the loudest channel."""
    range: float | None = None
    """LU, by EBU Tech 3342."""


class Meter:
    """Measures sound that comes in frames, in bounded memory.

    A sound with channels that the filter does not know has no loudness; a frame that it cannot take is left out.
    """

    def __init__(self) -> None:
        self._filters: _Filters | None = None

    def hear(self, frame: av.AudioFrame) -> None:
        """Take the next frame; the longer it is, up to some seconds, the less all of them cost."""
        with suppress(*FOREIGN):
            self._filters = self._filters or _Filters(frame)
            self._filters.take(frame)

    def read(self) -> Loudness:
        """Return how loud everything was that the meter heard."""
        if self._filters is None:
            return Loudness()
        with suppress(*FOREIGN):
            self._filters.take(None)
        return self._filters.loudness()


class _Filters:
    """libav's filters, for sound in the channels and at the rate of the first frame; later ones are taken to that."""

    def __init__(self, frame: av.AudioFrame) -> None:
        self._layout = frame.layout.name
        self._rate = frame.sample_rate if frame.sample_rate >= LOWEST_RATE else 48_000
        # Most coders give planes; of eight and more, PyAV would read on into other memory.
        self._format = "fltp" if frame.layout.nb_channels < 8 else "flt"
        self._resampler = Resampler(self._format, self._layout, self._rate)
        self._samples = 0
        self._peak = 0.0
        self._said: Mapping[str, str] = {}
        graph = av.filter.Graph()
        self._graph = graph  # or it would be gone with its filters
        self._source = graph.add_abuffer(
            sample_rate=self._rate, format=self._format, layout=self._layout, time_base=Fraction(1, self._rate)
        )
        split, self._metered, self._upsampled = (graph.add(name) for name in ("asplit", "abuffersink", "abuffersink"))
        graph.link_nodes(self._source, split, graph.add("ebur128", "metadata=1"), self._metered)
        upsampler = graph.add("aresample", f"{PEAK_RATE}:out_sample_fmt={self._format}")
        split.link_to(upsampler, 1)
        upsampler.link_to(self._upsampled)
        graph.configure()

    def take(self, frame: av.AudioFrame | None) -> None:
        for part in self._resampler.resample(frame):
            whole = self._finite(part)
            whole.pts, whole.time_base = self._samples, Fraction(1, self._rate)
            self._samples += whole.samples
            self._source.push(whole)
            for upsampled in _pulled(self._upsampled):
                self._peak = max(self._peak, _loudest(upsampled))
            if metered := list(_pulled(self._metered)):
                self._said = metered[-1].metadata

    def _finite(self, frame: av.AudioFrame) -> av.AudioFrame:
        """`frame`, without what is no number in it or absurdly loud: it would stay in the filter for ever."""
        if _loudest(frame) <= 16:
            return frame
        samples = frame.to_ndarray()
        mended = av.AudioFrame.from_ndarray(np.where(np.abs(samples) <= 16, samples, 0), self._format, self._layout)
        mended.sample_rate = self._rate
        return mended

    def loudness(self) -> Loudness:
        seconds = self._samples / self._rate
        integrated = self._number("I")
        if seconds < SHORTEST:
            return Loudness()
        has_loudness = integrated is not None and integrated > GATE
        return Loudness(
            integrated if has_loudness else None,
            round(20 * math.log10(self._peak), 2) if self._peak >= SILENCE else None,
            self._number("LRA") if has_loudness and seconds >= SHORTEST_RANGE else None,
        )

    def _number(self, key: str) -> float | None:
        number = float(self._said.get(f"lavfi.r128.{key}", "nan"))
        return number if math.isfinite(number) else None


def _loudest(frame: av.AudioFrame) -> float:
    """Return the largest sample of a frame of floats, which are looked at where they lie; no number if one is none."""
    count = frame.samples * frame.layout.nb_channels // len(frame.planes)
    planes = [np.frombuffer(memoryview(plane), np.float32, count) for plane in frame.planes]
    return float(np.max([(plane.max(), -plane.min()) for plane in planes]))


def _pulled(sink: "FilterContext") -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except _ENDED:
            return
        assert isinstance(frame, av.AudioFrame)  # noqa: S101 - of a filter of sound
        yield frame
