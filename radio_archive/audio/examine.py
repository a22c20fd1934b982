"""Examine an audio file in one pass of decoding: format, length, loudness, peaks, damage, and its samples."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radio_archive.audio.container import AudioFile, open_audio, open_container
from radio_archive.audio.decode import RATE, Chunk, Decoder, Samples, decode_chunks, energy_of, split_chunks
from radio_archive.audio.header import Header, describe_shortfall, read_header
from radio_archive.audio.loudness import Loudness, Meter
from radio_archive.audio.peaks import Peaks
from radio_archive.errors import AudioError
from radio_archive.models import Recording, clean_text
from radio_archive.roots import Root

MOST_CANCELLED = 2.0
"""Seconds in which the channels of usual music may cancel each other out; above it, a warning tells of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A file that was read and decoded once, from start to end."""

    path: Path
    recording: Recording
    header: Header
    samples: Samples | None
    """The whole sound (mono, 16 kHz, −1…1), if it fits in one chunk."""
    root: Root | None = None
    """The watched folder that the file is in."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the sound; a file that is longer than one chunk is decoded again."""
        return decode_chunks(self.path, root=self.root) if self.samples is None else iter((Chunk(0.0, self.samples),))


def examine(path: Path) -> Examined:
    """Read and decode the whole file once. Raises NotAudioError and UnreadableFileError."""
    with open_audio(path) as source:
        return examine_open(source, source.sha256())


def examine_open(source: AudioFile, sha256: str, *, metered: bool = True) -> Examined:
    """Decode an open file whose hash is known. Raises what `examine` does.

    Without `metered` it takes half the time, and the loudness stays unknown.
    """
    try:
        examined = _examined(source, sha256, Meter() if metered else None)
    except AudioError:
        source.require_unchanged()
        raise
    source.require_unchanged()
    return examined


def _examined(source: AudioFile, sha256: str, meter: Meter | None) -> Examined:
    kept: Samples | None = None
    energy, length, peaks = 0.0, 0, Peaks()
    with open_container(source) as container:
        decoder = Decoder(source, container)
        header = read_header(source, container, decoder.stream)
        for chunk in split_chunks(decoder.blocks(on_frame=meter.add if meter else None)):
            kept = None if length else chunk.samples
            length += len(chunk.samples)
            energy += energy_of(chunk.samples)
            peaks.add(chunk.samples)
    loudness, duration = meter.loudness() if meter else Loudness(), length / RATE
    recording = Recording(
        sha256=sha256,
        bytes=source.size,
        media_type=header.media_type,
        duration=duration,
        sample_rate=header.sample_rate,
        channels=header.channels,
        original_name=clean_text(source.path.name),
        level=round(10 * math.log10(energy / length), 1) if energy else None,
        loudness=loudness.integrated,
        true_peak=loudness.true_peak,
        bit_rate=round(8 * source.size / duration),
        peaks=peaks.to_bytes(),
        warnings=tuple(_warnings(decoder, header.duration, duration)),
    )
    return Examined(source.path, recording, header, kept, source.root)


def _warnings(decoder: Decoder, claimed: float | None, duration: float) -> Iterator[str]:
    if not decoder.is_usual:
        yield "its first track of sound is silent: another one was used"
    if decoder.cancelled and decoder.cancelled >= min(MOST_CANCELLED, duration / 2):
        yield f"the channels cancel each other out in {decoder.cancelled:.0f} s, where only the louder one was used"
    damaged = decoder.damaged_places
    if damaged:
        yield f"{damaged} {'stretch' if damaged == 1 else 'stretches'} could not be decoded"
    missing = None if claimed is None else describe_shortfall(claimed, duration)
    if missing:
        yield f"{'incomplete' if damaged else 'cut short'}: {missing}"
