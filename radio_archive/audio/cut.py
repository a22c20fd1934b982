"""Passages cut out of audio files: copied packet by packet, or decoded and encoded again.

Copying loses nothing and is cheap enough for a public server, but only as exact as the format's packets.
Encoding is exact to the sample and writes any format in `ENCODERS`.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from radio_archive.audio.container import LIBAV_ERRORS, open_audio, open_container
from radio_archive.audio.decode import Decoder, Samples, to_segment
from radio_archive.audio.header import read_header
from radio_archive.audio.streams import best_stream
from radio_archive.errors import NotAudioError, UsageError

if TYPE_CHECKING:
    from pydub import AudioSegment

# By the suffix for the file's real format: libav's name of the format to write, then its suffix and media type.
_COPIED = {
    ".mp3": ("mp3", ".mp3", "audio/mpeg"),
    ".wav": ("wav", ".wav", "audio/wav"),
    ".flac": ("flac", ".flac", "audio/flac"),
    ".aac": ("adts", ".aac", "audio/aac"),
    ".aiff": ("aiff", ".aiff", "audio/aiff"),
    ".ogg": ("ogg", ".ogg", "audio/ogg"),
    ".opus": ("ogg", ".opus", "audio/ogg"),
    ".m4a": ("ipod", ".m4a", "audio/mp4"),
    ".m4b": ("ipod", ".m4a", "audio/mp4"),
    ".mp4": ("ipod", ".m4a", "audio/mp4"),
    ".webm": ("webm", ".webm", "audio/webm"),
}
_LEAD = 1.0
"""Seconds before a passage at which reading begins: in a file without an index, seeking is inexact."""
ENCODERS = {
    ".mp3": ("mp3", "libmp3lame"), ".wav": ("wav", "pcm_s16le"), ".flac": ("flac", "flac"), ".m4a": ("ipod", "aac"),
    ".ogg": ("ogg", "libopus"), ".opus": ("ogg", "libopus"),
}  # fmt: skip
"""What `encode_passage` can write: suffix, container and codec."""
ENCODED_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000)
"""Samples per second that all of them can have, the first where a recording has another rate."""
_FADE_IN, _FADE_OUT = 10, 30
"""Milliseconds, so that a passage does not click."""


def copy_passage(path: Path, start: float, end: float) -> tuple[bytes, str, str]:
    """Return the passage from `start` to `end` (seconds) as the bytes of a file, with its suffix and media type.

    It begins and ends at packet borders, some hundredths of a second off, and is held in memory.
    Raises NotAudioError for a format that cannot be cut, and for a passage without sound.
    """
    with open_audio(path) as source, open_container(source) as container:
        stream = best_stream(source, container)
        suffix = read_header(source, container, stream).suffix
        written = _COPIED.get(suffix)
        if written is None or stream.time_base is None:
            raise NotAudioError(path, f"no passage can be cut from a {suffix} file", "Cut it in an audio editor.")
        file = io.BytesIO()
        taken = 0
        try:
            container.seek(int(max(0.0, start - _LEAD) / stream.time_base), stream=stream)
            with av.open(file, "w", format=written[0]) as output:
                target = output.add_stream_from_template(stream)
                origin = None
                for packet in container.demux(stream):
                    if packet.pts is None or packet.dts is None or packet.size == 0:
                        continue
                    begins = float(packet.pts * stream.time_base)
                    if begins >= end:
                        break
                    if begins + float((packet.duration or 0) * stream.time_base) <= start:
                        continue
                    origin = packet.dts if origin is None else origin
                    packet.pts -= origin
                    packet.dts -= origin
                    packet.stream = target
                    output.mux(packet)
                    taken += 1
        except LIBAV_ERRORS as error:
            raise NotAudioError(path, "the passage could not be cut", "Cut it in an audio editor.") from error
    if not taken:
        raise NotAudioError(path, "there is no sound at that place", "The recording ends before it.")
    return file.getvalue(), written[1], written[2]


def encode_passage(path: Path, start: float, end: float, target: Path, tags: Mapping[str, str] | None = None) -> float:
    """Write the sound of `path` from `start` to `end` seconds to the new file `target`; return its length in seconds.

    The suffix of `target` decides the format. Rate and channels stay where the format has them. `tags` have libav's
    keys: title, artist, album, date, comment. Raises UsageError if `target` exists or cannot be written.
    """
    kind = ENCODERS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"{target.name!r} is no kind of audio file", f"It may end in {', '.join(ENCODERS)}.")
    sound = _decode_passage(path, start, end, opus=kind[1] == "libopus")
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
    except (OSError, *LIBAV_ERRORS) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot write {target}: {reason}", "Name another file.") from error
    return float(sound.duration_seconds)


def encoded_bit_rate(codec: str, channels: int) -> int | None:
    """Return the bits per second with which sound is encoded; None if that is left to the codec."""
    return 96_000 * channels if codec in {"libmp3lame", "aac"} else None


def _decode_passage(path: Path, start: float, end: float, *, opus: bool) -> "AudioSegment":
    """Return the sound between two times, counted in samples from the start of the file, as words are timed."""
    parts: list[Samples] = []
    with open_audio(path) as source, open_container(source) as container:
        stream = best_stream(source, container)
        channels = 1 if stream.codec_context.channels == 1 else 2
        rate = stream.codec_context.sample_rate
        rate = rate if rate in ENCODED_RATES and not opus else ENCODED_RATES[0]
        first, last = (round(max(0.0, second) * rate) * channels for second in (start, end))
        at = 0
        for block in Decoder(source, container).blocks(rate, "mono" if channels == 1 else "stereo"):
            parts.append(block[max(0, first - at) : max(0, last - at)])
            at += len(block)
            if at >= last:
                break
    return to_segment(np.concatenate(parts) if parts else np.zeros(0, np.float32), rate, channels)


def _encode(output: OutputContainer, codec: str, sound: "AudioSegment") -> None:
    layout = "mono" if sound.channels == 1 else "stereo"
    stream = output.add_stream(codec, rate=sound.frame_rate, layout=layout)
    assert isinstance(stream, AudioStream)  # noqa: S101 - of an audio codec
    if bit_rate := encoded_bit_rate(codec, sound.channels):
        stream.bit_rate = bit_rate
    samples = np.frombuffer(sound.raw_data, "<i2").reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, "s16", layout)
    frame.sample_rate, frame.pts = sound.frame_rate, 0
    output.mux([*stream.encode(frame), *stream.encode(None)])
