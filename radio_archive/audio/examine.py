"""A file examined: what it is, how long and how loud, what is odd about it, and its sound, in one pass of decoding."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radio_archive.audio.container import Header, Source, digest, open_container, opened, read_header, shorter
from radio_archive.audio.decode import RATE, Chunk, Decoding, Samples, chunks, pieces, power
from radio_archive.audio.loudness import Loudness, Meter
from radio_archive.audio.peaks import Peaks
from radio_archive.errors import AudioError
from radio_archive.models import Recording, clean_text


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A file that was read and decoded once, from start to end."""

    path: Path
    recording: Recording
    header: Header
    samples: Samples | None
    """The whole sound, where it fits in one chunk."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the sound: what was kept, or decoded again."""
        return chunks(self.path) if self.samples is None else iter((Chunk(0.0, self.samples),))


def examine(path: Path) -> Examined:
    """Read and decode the whole file once. Raises NotAudioError and UnreadableFileError."""
    with opened(path) as source:
        return examine_open(source, digest(source))


def examine_open(source: Source, sha256: str, *, metered: bool = True) -> Examined:
    """Decode a file of which the hash is known, for half the price if it is not `metered`: it has no loudness then."""
    try:
        examined = _examined(source, sha256, Meter() if metered else None)
    except AudioError:
        source.require_unchanged()
        raise
    source.require_unchanged()
    return examined


def _examined(source: Source, sha256: str, meter: Meter | None) -> Examined:
    kept: Samples | None = None
    energy, length, peaks = 0.0, 0, Peaks()
    with open_container(source) as container:
        decoding = Decoding(source, container)
        header = read_header(source, container, decoding.stream)
        for chunk in pieces(decoding.blocks(listen=meter.hear if meter else None)):
            kept = None if length else chunk.samples
            length += len(chunk.samples)
            energy += power(chunk.samples)
            peaks.add(chunk.samples)
    loudness, duration = meter.read() if meter else Loudness(), length / RATE
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
        peaks=peaks.drawn(),
        warnings=tuple(_oddities(header.duration, duration, decoding.stretches)),
    )
    return Examined(source.path, recording, header, kept)


def _oddities(claimed: float | None, duration: float, stretches: int) -> Iterator[str]:
    if stretches:
        yield f"{stretches} {'stretch' if stretches == 1 else 'stretches'} could not be decoded"
    missing = None if claimed is None else shorter(claimed, duration)
    if missing:
        yield f"{'incomplete' if stretches else 'cut short'}: {missing}"
