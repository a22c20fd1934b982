"""How loud a recording is: integrated loudness, loudness range and true peak, by ITU-R BS.1770-4 and EBU R 128.

libav's `ebur128` filter measures at the file's own rate and in its own channels. By the standard, a mono file is one
channel: 3 dB softer than the same sound in both channels of a stereo file. The true peak is the largest sample at
192 kHz. The filter could find it too, but works in doubles, which takes twice as long, and prints three decimals, which
are too few for a quiet file.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from radio_archive.audio.container import LIBAV_ERRORS
from radio_archive.audio.decode import Resampler

if TYPE_CHECKING:
    from av.filter.context import FilterContext

SHORTEST = 0.4
"""Seconds; a shorter recording has no loudness, because a gating block is that long."""
SHORTEST_RANGE = 5.0
"""Seconds; a shorter recording has too few blocks of 3 s for a loudness range (EBU Tech 3342)."""
SILENCE = 1e-6
"""A peak below this (full scale is 1) counts as silence."""
GATE = -70.0
"""LUFS that the filter reports for silence."""
LOWEST_RATE = 8_000
"""Hz; the standard's filter has no meaning below, so such sound is resampled to 48 kHz."""
PEAK_RATE = 192_000
"""Hz; at four times 48 kHz a sampled peak is close to the true one."""
_ENDED = (av.error.BlockingIOError, av.error.EOFError)


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured; None for silence, and for a recording that is too short."""

    integrated: float | None = None
    """LUFS."""
    true_peak: float | None = None
    """dBTP, of the loudest channel."""
    range: float | None = None
    """LU, by EBU Tech 3342."""


class Meter:
    """Measures the loudness of frames, in bounded memory.

    Sound in channels that the filter does not know has no loudness. A frame that it cannot take is left out.
    """

    def __init__(self) -> None:
        self._filters: _Filters | None = None

    def add(self, frame: av.AudioFrame) -> None:
        """Measure the next frame. Longer frames, up to some seconds, cost less in all."""
        with suppress(*LIBAV_ERRORS):
            self._filters = self._filters or _Filters(frame)
            self._filters.push(frame)

    def loudness(self) -> Loudness:
        """Return the loudness of all frames so far."""
        if self._filters is None:
            return Loudness()
        with suppress(*LIBAV_ERRORS):
            self._filters.push(None)
        return self._filters.loudness()


class _Filters:
    """libav's filters, in the channels and at the rate of the first frame; later frames are converted to these."""

    def __init__(self, frame: av.AudioFrame) -> None:
        self._layout = frame.layout.name
        self._rate = frame.sample_rate if frame.sample_rate >= LOWEST_RATE else 48_000
        # Most coders give planes; of eight and more, PyAV would read on into other memory.
        self._format = "fltp" if frame.layout.nb_channels < 8 else "flt"
        self._resampler = Resampler(self._format, self._layout, self._rate)
        self._samples = 0
        self._peak = 0.0
        self._metadata: Mapping[str, str] = {}
        graph = av.filter.Graph()
        self._graph = graph  # keeps its filters alive
        self._source = graph.add_abuffer(
            sample_rate=self._rate, format=self._format, layout=self._layout, time_base=Fraction(1, self._rate)
        )
        split, self._metered, self._upsampled = (graph.add(name) for name in ("asplit", "abuffersink", "abuffersink"))
        graph.link_nodes(self._source, split, graph.add("ebur128", "metadata=1"), self._metered)
        upsampler = graph.add("aresample", f"{PEAK_RATE}:out_sample_fmt={self._format}")
        split.link_to(upsampler, 1)
        upsampler.link_to(self._upsampled)
        graph.configure()

    def push(self, frame: av.AudioFrame | None) -> None:
        for part in self._resampler.resample(frame):
            whole = self._finite(part)
            whole.pts, whole.time_base = self._samples, Fraction(1, self._rate)
            self._samples += whole.samples
            self._source.push(whole)
            for upsampled in _pull_all(self._upsampled):
                self._peak = max(self._peak, _peak_of(upsampled))
            if metered := list(_pull_all(self._metered)):
                self._metadata = metered[-1].metadata

    def _finite(self, frame: av.AudioFrame) -> av.AudioFrame:
        """Replace samples that are no number, or absurdly loud, by silence: they would stay in the filter for ever."""
        if _peak_of(frame) <= 16:
            return frame
        samples = frame.to_ndarray()
        cleaned = av.AudioFrame.from_ndarray(np.where(np.abs(samples) <= 16, samples, 0), self._format, self._layout)
        cleaned.sample_rate = self._rate
        return cleaned

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
        number = float(self._metadata.get(f"lavfi.r128.{key}", "nan"))
        return number if math.isfinite(number) else None


def _peak_of(frame: av.AudioFrame) -> float:
    """Return the largest absolute sample of a frame of floats; NaN if one of them is."""
    count = frame.samples * frame.layout.nb_channels // len(frame.planes)
    planes = [np.frombuffer(memoryview(plane), np.float32, count) for plane in frame.planes]
    return float(np.max([(plane.max(), -plane.min()) for plane in planes]))


def _pull_all(sink: "FilterContext") -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except _ENDED:
            return
        assert isinstance(frame, av.AudioFrame)  # noqa: S101 - of an audio filter
        yield frame
