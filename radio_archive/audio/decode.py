"""Decode audio files to samples: 16 kHz mono unless asked otherwise, in bounded memory.

Broken bytes end as one of our errors, or as a damaged place that becomes a warning on the recording.
"""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from radio_archive.audio.container import (
    EXPORT_ADVICE,
    LIBAV_ERRORS,
    RATES,
    AudioFile,
    open_audio,
    open_container,
)
from radio_archive.audio.mix import Mix
from radio_archive.audio.streams import best_stream, is_usual
from radio_archive.errors import NotAudioError
from radio_archive.roots import Root

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

with warnings.catch_warnings():
    # pydub warns that it found no ffmpeg program. It never decodes here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_silence

RATE = 16_000
CHUNK_SECONDS = 600.0
"""The longest chunk, in seconds."""
MOST_FAILURES = 100
"""Failures in a row to find a packet, after which the rest of a file is given up."""
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A part of a recording's sound: `samples` are mono, 16 kHz, −1…1; `offset` is in seconds from its start."""

    offset: float
    samples: Samples


def decode_chunks(path: Path, seconds: float = CHUNK_SECONDS, root: Root | None = None) -> Iterator[Chunk]:
    """Decode a file into consecutive chunks of at most `seconds`, cut where it is quiet.

    Raises NotAudioError and UnreadableFileError.
    """
    with open_audio(path, root) as source, open_container(source) as container:
        yield from split_chunks(Decoder(source, container).blocks(), seconds)


def to_segment(samples: Samples, rate: int = RATE, channels: int = 1) -> AudioSegment:
    """Return samples (−1…1, channels interleaved) as 16-bit sound for pydub."""
    whole = (samples * 32_767).astype("<i2").tobytes()
    return AudioSegment(whole, sample_width=2, frame_rate=rate, channels=channels)


def energy_of(samples: Samples) -> float:
    """Return the sum of the squared samples. Works a minute at a time: a copy of the whole would double the memory."""
    sounds = (to_segment(samples[start : start + 60 * RATE]) for start in range(0, len(samples), 60 * RATE))
    return float(sum((sound.rms / sound.max_possible_amplitude) ** 2 * sound.frame_count() for sound in sounds))


def split_chunks(blocks: Iterable[Samples], seconds: float = CHUNK_SECONDS) -> Iterator[Chunk]:
    """Join blocks of sound into chunks of at most `seconds`, cut where it is quiet."""
    limit = max(1, round(seconds * RATE))
    held: list[Samples] = []
    length = start = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        while length > limit:
            whole = np.concatenate(held)
            end = _quiet_spot(whole[:limit])
            yield Chunk(start / RATE, whole[:end])
            start, length = start + end, length - end
            held = [whole[end:].copy()]
    if length:
        yield Chunk(start / RATE, np.concatenate(held))


def _quiet_spot(samples: Samples) -> int:
    """Return the sample at which to cut: in the longest silence of the last 30 s, else at the quietest 0.1 s."""
    searched, window = min(len(samples) // 2, 30 * RATE), RATE // 10
    if searched < window:
        return len(samples)
    tail = samples[-searched:]
    sound = to_segment(tail)
    silences = detect_silence(sound, min_silence_len=200, silence_thresh=sound.dBFS - 16, seek_step=10)
    if silences:
        begin, end = max(silences, key=lambda silence: silence[1] - silence[0])
        middle = int(begin + end) * RATE // 2000
    else:
        windows = tail[: searched // window * window].reshape(-1, window)
        middle = int(np.argmin(np.square(windows).sum(axis=1))) * window + window // 2
    return len(samples) - searched + middle


class Decoder:
    """One pass over the sound of an open file.

    Afterwards `damaged_places` counts what could not be decoded, and `cancelled` the seconds in which two channels
    cancel each other out.
    """

    def __init__(self, source: AudioFile, container: InputContainer) -> None:
        self.source, self.container = source, container
        self.stream = best_stream(source, container)
        # Asked now, since libav would have another favourite after it has read on.
        self.is_usual = is_usual(container, self.stream)
        self.damaged_places = 0
        self.cancelled = 0.0
        self._lost = 0  # packets in a row
        self._last_loss = -math.inf  # in seconds decoded
        self._decoded = 0.0
        self._expected: float | None = None  # time of the next frame

    def blocks(
        self, rate: int = RATE, layout: str = "mono", on_frame: Callable[[av.AudioFrame], None] | None = None
    ) -> Iterator[Samples]:
        """Yield the sound in blocks of about a second: 1-D arrays, −1…1, the samples of two channels interleaved.

        In mono, where two channels cancel each other out, the louder one is yielded instead of their mix. `on_frame`
        gets each frame first, as `frames` yields it. Raises NotAudioError if nothing could be decoded.
        """
        # Two channels are mixed here, not by libav.
        resampler = Resampler("flt", layout, rate, keeps_stereo=layout == "mono")
        mix, sounded = Mix(), False
        for frame in chain(self.frames(), (None,)):
            if on_frame and frame:
                on_frame(frame)
            try:
                blocks = resampler.resample(frame)
            except LIBAV_ERRORS:
                self._note_loss(True)
                continue
            sounded |= bool(blocks)
            for block in blocks:
                samples = np.clip(np.nan_to_num(block.to_ndarray()[0]), -1, 1)
                yield mix.add(samples) if layout == "mono" and block.layout.nb_channels == 2 else samples
        self.cancelled = mix.cancelled / rate
        if not sounded:
            raise NotAudioError(self.source.path, "nothing in this file could be decoded as sound", EXPORT_ADVICE)

    def frames(self) -> Iterator[av.AudioFrame]:
        """Yield the sound at the file's own rate, a second at a time: fewer, longer frames cost less to process."""
        fifo, shape = av.AudioFifo(), None
        for frame in self._decoded_frames():
            if shape != (shape := _shape_of(frame)):
                if rest := fifo.read():
                    yield rest
                fifo = av.AudioFifo()
            # In a damaged file the clock jumps, and the queue refuses such frames.
            frame.pts = None
            try:
                fifo.write(frame)
            except (RuntimeError, *LIBAV_ERRORS):
                self._lost += 1
            yield from fifo.read_many(frame.sample_rate)
        if rest := fifo.read():
            yield rest
        # The last packet of a cut-off file is broken too, but `describe_shortfall` reports that better.
        self._note_loss(self._lost > 2)
        if self.source.error is not None:
            raise self.source.error

    def _decoded_frames(self) -> Iterator[av.AudioFrame]:
        for packet in self._packets():
            try:
                frames = self.stream.decode(packet)
            except LIBAV_ERRORS:
                self._lost += 1
                continue
            for frame in frames:
                if frame.sample_rate in RATES:
                    self._follow_clock(frame)
                    yield frame
                else:
                    self._lost += 1

    def _packets(self) -> Iterator["av.Packet[AudioStream]"]:
        failures = 0
        packets = self.container.demux(self.stream)
        while failures < MOST_FAILURES:
            try:
                yield next(packets)
                failures = 0
            except StopIteration:
                return
            except LIBAV_ERRORS:
                failures += 1
                self._lost += 1
                packets = self.container.demux(self.stream)

    def _follow_clock(self, frame: av.AudioFrame) -> None:
        begins = self._expected if frame.time is None else frame.time
        # Ogg and FLAC skip damaged pages silently: only the clock jumps.
        jumped = begins is not None and self._expected is not None and begins - self._expected > 0.5
        self._note_loss(jumped or self._lost > (0 if self._decoded else 2))
        seconds = frame.samples / frame.sample_rate
        self._decoded += seconds
        self._expected = None if begins is None else begins + seconds

    def _note_loss(self, lost: bool) -> None:
        self._lost = 0
        if lost:
            # A few good frames inside a damaged place do not make it two.
            self.damaged_places += self._decoded - self._last_loss > 0.5
            self._last_loss = self._decoded


class Resampler:
    """Converts frames to one format, layout and rate (libav's names), even if their own change in mid-stream.

    With `keeps_stereo`, two channels remain two.
    """

    def __init__(self, form: str, layout: str, rate: int, *, keeps_stereo: bool = False) -> None:
        self._form, self._layout, self._rate, self._keeps_stereo = form, layout, rate, keeps_stereo
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    def resample(self, frame: av.AudioFrame | None) -> list[av.AudioFrame]:
        """Return what is ready after `frame`; None flushes. Raises LIBAV_ERRORS for a frame that it cannot take."""
        ready: list[av.AudioFrame] = []
        shape = None if frame is None else _shape_of(frame)
        if shape != self._shape:
            old, self._resampler, self._shape = self._resampler, None, shape
            with suppress(*LIBAV_ERRORS):
                ready += old.resample(None) if old is not None else []
        if frame is not None:
            if self._resampler is None:
                # Without the option, two equal channels come out 3 dB louder as floats, and clip.
                layout = "stereo" if self._keeps_stereo and frame.layout.nb_channels == 2 else self._layout
                options = {"rematrix_maxval": "1.0"}
                self._resampler = av.AudioResampler(self._form, layout, self._rate, options=options)
            ready += self._resampler.resample(frame)
        # Where there is nothing to convert, libav returns None as well.
        return [frame for frame in ready if frame is not None]


def _shape_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
