"""How loud a recording is: integrated loudness, loudness range and true peak, by ITU-R BS.1770-4 and EBU R 128.

libav's `ebur128` filter measures, at the file's own rate and in its own channels, as the sound streams through. A mono
file is one channel, as the standard has it: 3 dB softer than the same sound in both channels of a stereo file.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from radio_archive.audio.container import FOREIGN, RATES, best_stream, open_container, opened

if TYPE_CHECKING:
    from av.filter.context import FilterContext

PATIENCE = 100
"""Failures to find a packet, one after the other, until the rest of a file is given up."""
SHORTEST = 0.4
"""Seconds of a gating block: a shorter recording has no loudness."""
SHORTEST_RANGE = 5.0
"""Seconds, below which the range is taken from too few blocks of 3 s (EBU Tech 3342)."""
QUIET = 0.1
"""Below this peak, of 1, the filter's three decimals are too few."""
GAIN = 1000.0
"""For a second look at a quiet file."""
GATE = -70.0
"""LUFS that silence is said to have."""
LOWEST_RATE = 8_000
"""Hz; below, the standard's filter has no meaning, and the sound is taken up to 48 kHz."""
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


def measure(path: Path) -> Loudness:
    """Decode the whole file and return how loud it is, in bounded memory.

    What cannot be decoded is left out; a file with channels that the filter does not know has no loudness. Raises
    UnreadableFileError and NotAudioError.
    """
    measured = _measured(path, 1.0)
    peak = measured.peak
    if 0 < peak < QUIET or (peak == 0 and measured.is_heard):
        peak = _measured(path, GAIN).peak / GAIN
    has_loudness = measured.seconds >= SHORTEST and measured.integrated is not None
    return Loudness(
        measured.integrated if has_loudness else None,
        round(20 * math.log10(peak), 2) if peak and measured.seconds >= SHORTEST else None,
        measured.range if has_loudness and measured.seconds >= SHORTEST_RANGE else None,
    )


@dataclass(slots=True)
class _Measured:
    """The filter's last word, and how many seconds it heard."""

    seconds: float = 0.0
    peak: float = 0.0
    """1 is full scale."""
    integrated: float | None = None
    range: float | None = None
    is_heard: bool = False
    """Not all samples were zero."""

    def take(self, said: Mapping[str, str]) -> None:
        # What is left over at the end of a file, less than a tenth of a second, comes without a word.
        if "lavfi.r128.I" not in said:
            return
        self.peak = _number(said, "true_peak") or 0.0
        integrated = _number(said, "I")
        self.integrated = integrated if integrated is not None and integrated > GATE else None
        self.range = _number(said, "LRA")


def _number(said: Mapping[str, str], key: str) -> float | None:
    try:
        number = float(said.get(f"lavfi.r128.{key}", "nan"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _measured(path: Path, gain: float) -> _Measured:
    measured = _Measured()
    with opened(path) as source, open_container(source) as container:
        meter: _Meter | None = None
        for frame in _frames(container, best_stream(source, container)):
            try:
                meter = meter or _Meter(frame, gain)
                meter.hear(frame, measured)
            except FOREIGN:
                if meter is None:
                    return measured
        if meter is not None:
            meter.end(measured)
        if source.error is not None:
            raise source.error
    return measured


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Yield what can be decoded."""
    failures = 0
    packets = container.demux(stream)
    while failures < PATIENCE:
        try:
            packet = next(packets)
            failures = 0
        except StopIteration:
            return
        except FOREIGN:
            failures += 1
            packets = container.demux(stream)
            continue
        try:
            frames = stream.decode(packet)
        except FOREIGN:
            continue
        yield from (frame for frame in frames if frame.sample_rate in RATES and frame.samples)


class _Meter:
    """The filter, for sound in the shape of the first frame; a later one of another shape is taken to that."""

    def __init__(self, frame: av.AudioFrame, gain: float) -> None:
        self._shape = _shape_of(frame)
        self._layout = frame.layout.name
        self._rate = frame.sample_rate if frame.sample_rate >= LOWEST_RATE else 48_000
        self._resampler: av.AudioResampler | None = None
        self._taken = 0
        graph = av.filter.Graph()
        self._graph = graph  # or it would be gone with its filters
        self._source = graph.add_abuffer(
            sample_rate=self._rate, format="dbl", layout=self._layout, time_base=Fraction(1, self._rate)
        )
        volume = graph.add("volume", f"{gain}:precision=double")
        meter = graph.add("ebur128", "metadata=1:peak=true")
        self._sink: FilterContext = graph.add("abuffersink")
        graph.link_nodes(self._source, volume, meter, self._sink).configure()

    def hear(self, frame: av.AudioFrame, measured: _Measured) -> None:
        if self._resampler is None or _shape_of(frame) != self._shape:
            old, self._shape = self._resampler, _shape_of(frame)
            self._pass(old.resample(None) if old else [], measured)
            # A second at once: handing over each of a coder's small frames takes as long as measuring them.
            self._resampler = av.AudioResampler("dbl", self._layout, self._rate, frame_size=self._rate)
        self._pass(self._resampler.resample(frame), measured)

    def end(self, measured: _Measured) -> None:
        """Empty the filter."""
        try:
            self._pass(self._resampler.resample(None) if self._resampler else [], measured)
            self._source.push(None)
            self._drain(measured)
        except FOREIGN:
            return

    def _pass(self, frames: list[av.AudioFrame], measured: _Measured) -> None:
        for frame in frames:
            whole = self._finite(frame, measured)
            whole.pts, whole.time_base = self._taken, Fraction(1, self._rate)
            self._taken += whole.samples
            measured.seconds = self._taken / self._rate
            self._source.push(whole)
            self._drain(measured)

    def _finite(self, frame: av.AudioFrame, measured: _Measured) -> av.AudioFrame:
        """`frame`, without what is no number in it or absurdly loud: it would stay in the filter for ever."""
        samples = frame.to_ndarray()
        loudest = float(np.abs(samples).max(initial=0.0))
        measured.is_heard |= loudest != 0
        if loudest <= 16:
            return frame
        mended = av.AudioFrame.from_ndarray(np.where(np.abs(samples) <= 16, samples, 0.0), "dbl", self._layout)
        mended.sample_rate = self._rate
        return mended

    def _drain(self, measured: _Measured) -> None:
        while True:
            try:
                frame = self._sink.pull()
            except _ENDED:
                return
            measured.take(frame.metadata)


def _shape_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
