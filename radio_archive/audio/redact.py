"""Recordings with a tone over stretches that must not be heard. They are encoded anew, without tags and pictures."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from radio_archive.audio.container import LIBAV_ERRORS, open_audio, open_container
from radio_archive.audio.cut import ENCODED_RATES, ENCODERS, encoded_bit_rate
from radio_archive.audio.decode import Decoder, Samples
from radio_archive.errors import NotAudioError

TONE = 1_000.0
"""Hertz, as in broadcasting."""
LEVEL = 0.1
"""Of full scale: −20 dBFS, the usual level of speech."""
Spans = Sequence[tuple[float, float]]
"""Stretches of a recording, from and to, in seconds."""


def redacted_suffix(suffix: str) -> str:
    """Return the suffix of the redacted version of a recording with this suffix: the same where it can be written."""
    return suffix.lower() if suffix.lower() in ENCODERS else ".mp3"


def write_redacted(path: Path, spans: Spans, target: Path) -> None:
    """Write the sound of `path` to the new file `target`, with a tone in place of `spans`, in bounded memory.

    The suffix of `target` decides the format. Raises NotAudioError and UnreadableFileError if the recording cannot be
    read or encoded, and OSError if `target` cannot be written.
    """
    form, codec = ENCODERS[target.suffix]
    with open_audio(path) as source, open_container(source) as container, target.open("xb") as file:
        decoder = Decoder(source, container)
        channels = 1 if decoder.stream.codec_context.channels == 1 else 2
        rate = decoder.stream.codec_context.sample_rate
        rate = rate if rate in ENCODED_RATES and codec != "libopus" else ENCODED_RATES[0]
        layout = "mono" if channels == 1 else "stereo"
        try:
            with av.open(file, "w", format=form) as output:
                stream = output.add_stream(codec, rate=rate, layout=layout)
                assert isinstance(stream, AudioStream)  # noqa: S101 - of an audio codec
                if bit_rate := encoded_bit_rate(codec, channels):
                    stream.bit_rate = bit_rate
                at = 0
                for block in with_tone(decoder.blocks(rate, layout), spans, rate, channels):
                    whole = (block * 32_767).astype("<i2").reshape(1, -1)
                    frame = av.AudioFrame.from_ndarray(whole, "s16", layout)
                    frame.sample_rate, frame.pts = rate, at
                    at += len(block) // channels
                    output.mux(stream.encode(frame))
                output.mux(stream.encode(None))
        except LIBAV_ERRORS as error:
            raise NotAudioError(path, "its sound could not be encoded again", "Check the recording.") from error


def with_tone(blocks: Iterator[Samples], spans: Spans, rate: int, channels: int) -> Iterator[Samples]:
    """Yield blocks of sound, −1…1 with interleaved channels, with a tone in place of `spans`."""
    at = 0
    for block in blocks:
        length = len(block) // channels
        kept = block
        for start, end in spans:
            # A sample that is partly in the stretch is in it.
            first = max(0, int(start * rate) - at)
            last = min(length, int(end * rate) + 1 - at)
            if first < last:
                kept = kept.copy() if kept is block else kept
                moments = np.arange(at + first, at + last, dtype=np.float64) / rate
                tone = (LEVEL * np.sin(2 * np.pi * TONE * moments)).astype(np.float32)
                kept[first * channels : last * channels] = np.repeat(tone, channels)
        at += length
        yield kept
