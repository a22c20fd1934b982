"""The sound of audio files, as 16 kHz mono, and what is odd about it.

What libav makes of broken bytes ends as one of our errors or as a warning on the recording.
"""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from numpy.typing import NDArray

from radio_archive.audio.container import ELSEWHERE, FOREIGN, RATES, Source, best_stream, open_container, opened
from radio_archive.errors import NotAudioError, UsageError

with warnings.catch_warnings():
    # pydub warns that it found no ffmpeg program: it is never asked to decode here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_silence

RATE = 16_000
PIECE = 600.0
"""Seconds in one chunk, at most."""
PATIENCE = 100
"""Failures to find a packet, one after the other, until the rest of a file is given up."""
Samples = NDArray[np.float32]

ENCODERS = {
    ".mp3": ("mp3", "libmp3lame"), ".wav": ("wav", "pcm_s16le"), ".flac": ("flac", "flac"), ".m4a": ("ipod", "aac"),
    ".ogg": ("ogg", "libopus"), ".opus": ("ogg", "libopus"),
}  # fmt: skip
"""What a cut can be written as: suffix, container and codec."""
_ENCODED_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000)
_FADE_IN, _FADE_OUT = 10, 30
"""Milliseconds, so that a cut does not click."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A piece of a recording's sound: `samples` are mono, 16 kHz, −1…1; `offset` is in seconds from its start."""

    offset: float
    samples: Samples


def chunks(path: Path, seconds: float = PIECE) -> Iterator[Chunk]:
    """Decode the file into consecutive chunks of at most `seconds`, cut where it is quiet, in bounded memory."""
    with opened(path) as source, open_container(source) as container:
        yield from pieces(Decoding(source, container).blocks(), seconds)


def cut(path: Path, start: float, end: float, target: Path, tags: Mapping[str, str] | None = None) -> float:
    """Write the sound of `path` from `start` to `end` seconds to the new file `target`; return its length in seconds.

    The suffix of `target` says the format, see ENCODERS; rate and channels stay, where the format has them. `tags` are
    libav's: title, artist, album, date, comment. Raises UsageError where there is a file already, or none can be made.
    """
    kind = ENCODERS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"{target.name!r} is no kind of audio file", f"It may end in {', '.join(ENCODERS)}.")
    sound = _stretch(path, start, end, opus=kind[1] == "libopus")
    if not sound.frame_count():
        raise UsageError(f"{path.name} has no sound at {start:.1f} s", "Name a time within it.")
    try:
        with target.open("xb") as file:
            try:
                with av.open(file, "w", format=kind[0]) as output:
                    output.metadata.update(tags or {})
                    _encode(output, kind[1], sound.fade_in(_FADE_IN).fade_out(_FADE_OUT))
            except BaseException:
                target.unlink()
                raise
    except FileExistsError:
        raise UsageError(f"{target} is there already", "Name another file, or remove that one.") from None
    except (OSError, *FOREIGN) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot write {target}: {reason}", "Name another file.") from error
    return float(sound.duration_seconds)


def _stretch(path: Path, start: float, end: float, *, opus: bool) -> AudioSegment:
    """Return a stretch of a file's sound. It is counted in samples from the start, as words are timed."""
    parts: list[Samples] = []
    with opened(path) as source, open_container(source) as container:
        stream = best_stream(source, container)
        channels = 1 if stream.codec_context.channels == 1 else 2
        rate = stream.codec_context.sample_rate
        rate = rate if rate in _ENCODED_RATES and not opus else _ENCODED_RATES[0]
        first, last = (round(max(0.0, second) * rate) * channels for second in (start, end))
        at = 0
        for block in Decoding(source, container).blocks(rate, "mono" if channels == 1 else "stereo"):
            parts.append(block[max(0, first - at) : max(0, last - at)])
            at += len(block)
            if at >= last:
                break
    return _sound(np.concatenate(parts) if parts else np.zeros(0, np.float32), rate, channels)


def _encode(output: OutputContainer, codec: str, sound: AudioSegment) -> None:
    layout = "mono" if sound.channels == 1 else "stereo"
    stream = output.add_stream(codec, rate=sound.frame_rate, layout=layout)
    assert isinstance(stream, AudioStream)  # noqa: S101 - of an audio codec
    if codec in {"libmp3lame", "aac"}:
        stream.bit_rate = 96_000 * sound.channels
    samples = np.frombuffer(sound.raw_data, "<i2").reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, "s16", layout)
    frame.sample_rate, frame.pts = sound.frame_rate, 0
    output.mux([*stream.encode(frame), *stream.encode(None)])


def _sound(samples: Samples, rate: int = RATE, channels: int = 1) -> AudioSegment:
    whole = (samples * 32_767).astype("<i2").tobytes()
    return AudioSegment(whole, sample_width=2, frame_rate=rate, channels=channels)


def power(samples: Samples) -> float:
    """Return the sum of the squares, a minute at a time: a copy of the whole would double the memory."""
    sounds = (_sound(samples[start : start + 60 * RATE]) for start in range(0, len(samples), 60 * RATE))
    return float(sum((sound.rms / sound.max_possible_amplitude) ** 2 * sound.frame_count() for sound in sounds))


def pieces(blocks: Iterable[Samples], seconds: float = PIECE) -> Iterator[Chunk]:
    """Yield what `chunks` does, of sound that comes in blocks."""
    limit = max(1, round(seconds * RATE))
    held: list[Samples] = []
    length = start = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        while length > limit:
            whole = np.concatenate(held)
            cut = _quiet_spot(whole[:limit])
            yield Chunk(start / RATE, whole[:cut])
            start, length = start + cut, length - cut
            held = [whole[cut:].copy()]
    if length:
        yield Chunk(start / RATE, np.concatenate(held))


def _quiet_spot(piece: Samples) -> int:
    """Return where to cut `piece`: amid the longest silence of its last 30 s, else at their quietest 0.1 s."""
    searched, window = min(len(piece) // 2, 30 * RATE), RATE // 10
    if searched < window:
        return len(piece)
    tail = piece[-searched:]
    sound = _sound(tail)
    silences = detect_silence(sound, min_silence_len=200, silence_thresh=sound.dBFS - 16, seek_step=10)
    if silences:
        begin, end = max(silences, key=lambda silence: silence[1] - silence[0])
        middle = int(begin + end) * RATE // 2000
    else:
        windows = tail[: searched // window * window].reshape(-1, window)
        middle = int(np.argmin(np.square(windows).sum(axis=1))) * window + window // 2
    return len(piece) - searched + middle


class Decoding:
    """One pass over the sound of an open file; afterwards it knows what was lost on the way."""

    def __init__(self, source: Source, container: InputContainer) -> None:
        self.source, self.container = source, container
        self.stream = best_stream(source, container)
        self.stretches = 0
        self._lost = 0  # packets in a row
        self._last_loss = -math.inf  # in seconds decoded
        self._decoded = 0.0
        self._expected: float | None = None  # time of the next frame

    def blocks(
        self, rate: int = RATE, layout: str = "mono", listen: Callable[[av.AudioFrame], None] | None = None
    ) -> Iterator[Samples]:
        """Yield the sound in blocks of about a second; the samples of two channels take turns.

        `listen` is given each frame before that, as `frames` yields it.
        """
        resampler = Resampler("flt", layout, rate)
        sounded = False
        for frame in chain(self.frames(), (None,)):
            if listen and frame:
                listen(frame)
            try:
                blocks = resampler.resample(frame)
            except FOREIGN:
                self._note_loss(True)
                continue
            sounded |= bool(blocks)
            for block in blocks:
                yield np.clip(np.nan_to_num(block.to_ndarray()[0]), -1, 1)
        if not sounded:
            raise NotAudioError(self.source.path, "nothing in this file could be decoded as sound", ELSEWHERE)

    def frames(self) -> Iterator[av.AudioFrame]:
        """Yield the sound as the file has it, a second at a time: whatever is done with a frame has its price."""
        fifo, shape = av.AudioFifo(), None
        for frame in self._decoded_frames():
            if shape != (shape := _shape_of(frame)):
                if rest := fifo.read():
                    yield rest
                fifo = av.AudioFifo()
            # In a damaged file the clock jumps, which the queue would not take.
            frame.pts = None
            try:
                fifo.write(frame)
            except (RuntimeError, *FOREIGN):
                self._lost += 1
            yield from fifo.read_many(frame.sample_rate)
        if rest := fifo.read():
            yield rest
        # The last packet of a file that was cut off is broken as well: its length tells that better.
        self._note_loss(self._lost > 2)
        if self.source.error is not None:
            raise self.source.error

    def _decoded_frames(self) -> Iterator[av.AudioFrame]:
        for packet in self._packets():
            try:
                frames = self.stream.decode(packet)
            except FOREIGN:
                self._lost += 1
                continue
            for frame in frames:
                if frame.sample_rate in RATES:
                    self._take_time(frame)
                    yield frame
                else:
                    self._lost += 1

    def _packets(self) -> "Iterator[av.Packet[AudioStream]]":
        failures = 0
        packets = self.container.demux(self.stream)
        while failures < PATIENCE:
            try:
                yield next(packets)
                failures = 0
            except StopIteration:
                return
            except FOREIGN:
                failures += 1
                self._lost += 1
                packets = self.container.demux(self.stream)

    def _take_time(self, frame: av.AudioFrame) -> None:
        begins = self._expected if frame.time is None else frame.time
        # Ogg and FLAC skip damaged pages without a word: only the clock jumps.
        jumped = begins is not None and self._expected is not None and begins - self._expected > 0.5
        self._note_loss(jumped or self._lost > (0 if self._decoded else 2))
        seconds = frame.samples / frame.sample_rate
        self._decoded += seconds
        self._expected = None if begins is None else begins + seconds

    def _note_loss(self, lost: bool) -> None:
        self._lost = 0
        if lost:
            # In a damaged place, a frame here and there may pass: it is one stretch all the same.
            self.stretches += self._decoded - self._last_loss > 0.5
            self._last_loss = self._decoded


class Resampler:
    """Takes frames, which may change their shape in mid-stream, to one format, layout and rate, as libav names them."""

    def __init__(self, form: str, layout: str, rate: int) -> None:
        self._target = (form, layout, rate)
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    def resample(self, frame: av.AudioFrame | None) -> list[av.AudioFrame]:
        """Return what there is after `frame`; None empties it. Raises one of FOREIGN where a frame cannot be taken."""
        ready: list[av.AudioFrame] = []
        shape = None if frame is None else _shape_of(frame)
        if shape != self._shape:
            old, self._resampler, self._shape = self._resampler, None, shape
            with suppress(*FOREIGN):
                ready += old.resample(None) if old is not None else []
        if frame is not None:
            if self._resampler is None:
                # Without the option, two equal channels come out 3 dB louder as floats, and clip.
                self._resampler = av.AudioResampler(*self._target, options={"rematrix_maxval": "1.0"})
            ready += self._resampler.resample(frame)
        # Where there is nothing to do, None comes back as well.
        return [frame for frame in ready if frame is not None]


def _shape_of(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
