"""The sound of audio files, as 16 kHz mono, and what is odd about it.

What libav makes of broken bytes ends as one of our errors or as a warning on the recording.
"""

import hashlib
import math
import warnings
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from numpy.typing import NDArray

from radio_archive.audio.container import (
    ELSEWHERE,
    FOREIGN,
    RATES,
    Header,
    Source,
    best_stream,
    open_container,
    opened,
    read_header,
    shorter,
)
from radio_archive.audio.peaks import Peaks
from radio_archive.errors import AudioError, NotAudioError, UsageError
from radio_archive.models import Recording, clean_text

with warnings.catch_warnings():
    # pydub warns that it found no ffmpeg program: it is never asked to decode here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_silence
    from pydub.utils import ratio_to_db

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


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A file that was read and decoded once, from start to end."""

    path: Path
    recording: Recording
    header: Header
    samples: Samples | None
    """The whole sound, where it fits in one chunk."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the sound: what was kept, or decoded anew."""
        return chunks(self.path) if self.samples is None else iter((Chunk(0.0, self.samples),))


def chunks(path: Path, seconds: float = PIECE) -> Iterator[Chunk]:
    """Decode the file into consecutive chunks of at most `seconds`, cut where it is quiet, in bounded memory."""
    with opened(path) as source, open_container(source) as container:
        yield from _pieces(_Decoding(source, container).blocks(), seconds)


def examine(path: Path) -> Examined:
    """Read and decode the whole file once: hash, true duration, level, oddities, and the sound if it is short."""
    examined = examine_new(path, frozenset())[1]
    assert examined is not None  # noqa: S101 - nothing is known
    return examined


def examine_new(path: Path, known: Container[str]) -> tuple[str, Examined | None]:
    """Return the file's SHA-256, and what `examine` says of it unless that is among the `known` ones."""
    with opened(path) as source:
        sha256 = hashlib.file_digest(source.file, "sha256").hexdigest()
        if sha256 in known:
            return sha256, None
        try:
            examined = _examined(source, sha256)
        except AudioError:
            source.require_unchanged()
            raise
        source.require_unchanged()
        return sha256, examined


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
        for block in _Decoding(source, container, rate, "mono" if channels == 1 else "stereo").blocks():
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


def _examined(source: "Source", sha256: str) -> Examined:
    kept: Samples | None = None
    power, length, peaks = 0.0, 0, Peaks()
    with open_container(source) as container:
        decoding = _Decoding(source, container)
        header = read_header(source, container, decoding.stream)
        for chunk in _pieces(decoding.blocks(), PIECE):
            kept = None if length else chunk.samples
            length += len(chunk.samples)
            power += _power(chunk.samples)
            peaks.add(chunk.samples)
    recording = Recording(
        sha256=sha256,
        bytes=source.size,
        media_type=header.media_type,
        duration=length / RATE,
        sample_rate=header.sample_rate,
        channels=header.channels,
        original_name=clean_text(source.path.name),
        level=round(ratio_to_db(math.sqrt(power / length)), 1) if power else None,
        peaks=peaks.drawn(),
        warnings=tuple(_oddities(header.duration, length / RATE, decoding.stretches)),
    )
    return Examined(source.path, recording, header, kept)


def _oddities(claimed: float | None, duration: float, stretches: int) -> Iterator[str]:
    if stretches:
        yield f"{stretches} {'stretch' if stretches == 1 else 'stretches'} could not be decoded"
    missing = None if claimed is None else shorter(claimed, duration)
    if missing:
        yield f"{'incomplete' if stretches else 'cut short'}: {missing}"


def _sound(samples: Samples, rate: int = RATE, channels: int = 1) -> AudioSegment:
    whole = (samples * 32_767).astype("<i2").tobytes()
    return AudioSegment(whole, sample_width=2, frame_rate=rate, channels=channels)


def _power(samples: Samples) -> float:
    """Return the sum of the squares, a minute at a time: a copy of the whole would double the memory."""
    sounds = (_sound(samples[start : start + 60 * RATE]) for start in range(0, len(samples), 60 * RATE))
    return float(sum((sound.rms / sound.max_possible_amplitude) ** 2 * sound.frame_count() for sound in sounds))


def _pieces(blocks: Iterable[Samples], seconds: float) -> Iterator[Chunk]:
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


class _Decoding:
    """One pass over the sound of an open file; afterwards it knows what was lost on the way."""

    def __init__(self, source: Source, container: InputContainer, rate: int = RATE, layout: str = "mono") -> None:
        self.source, self.container = source, container
        self._rate, self._layout = rate, layout
        self.stream = best_stream(source, container)
        self.stretches = 0
        self._lost = 0  # packets in a row
        self._last_loss = -math.inf  # in seconds decoded
        self._decoded = 0.0
        self._sounded = False
        self._expected: float | None = None  # time of the next frame
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    def blocks(self) -> Iterator[Samples]:
        """Yield the sound in blocks of about a second; the samples of two channels take turns."""
        for packet in self._packets():
            try:
                frames = self.stream.decode(packet)
            except FOREIGN:
                self._lost += 1
                continue
            for frame in frames:
                yield from self._taken(frame)
        yield from self._resampled(None)
        # The last packet of a file that was cut off is broken as well: its length tells that better.
        self._note_loss(self._lost > 2)
        if self.source.error is not None:
            raise self.source.error
        if not self._sounded:
            raise NotAudioError(self.source.path, "nothing in this file could be decoded as sound", ELSEWHERE)

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

    def _taken(self, frame: av.AudioFrame) -> list[Samples]:
        try:
            if frame.sample_rate not in RATES:
                raise ValueError(frame.sample_rate)
            blocks = self._resampled(frame)
        except FOREIGN:
            self._lost += 1
            return []
        begins = self._expected if frame.time is None else frame.time
        # Ogg and FLAC skip damaged pages without a word: only the clock jumps.
        jumped = begins is not None and self._expected is not None and begins - self._expected > 0.5
        self._note_loss(jumped or self._lost > (0 if self._decoded else 2))
        seconds = frame.samples / frame.sample_rate
        self._decoded += seconds
        self._expected = None if begins is None else begins + seconds
        return blocks

    def _note_loss(self, lost: bool) -> None:
        self._lost = 0
        if lost:
            # In a damaged place, a frame here and there may pass: it is one stretch all the same.
            self.stretches += self._decoded - self._last_loss > 0.5
            self._last_loss = self._decoded

    def _resampled(self, frame: av.AudioFrame | None) -> list[Samples]:
        """Return what the resampler gives for `frame`; None empties it. Frames may change shape in mid-stream."""
        shape = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        ready: list[av.AudioFrame] = []
        if shape != self._shape:
            old, self._resampler, self._shape = self._resampler, None, shape
            try:
                ready += old.resample(None) if old is not None else []
            except FOREIGN:
                self._lost += 1
        if frame is not None:
            if self._resampler is None:
                # Without the option, two equal channels come out 3 dB louder as floats, and clip.
                options = {"rematrix_maxval": "1.0"}
                rate = self._rate
                self._resampler = av.AudioResampler("flt", self._layout, rate, frame_size=rate, options=options)
            ready += self._resampler.resample(frame)
        self._sounded |= bool(ready)
        return [np.clip(np.nan_to_num(block.to_ndarray()[0]), -1, 1) for block in ready]
