"""What audio files say about themselves, without decoding them: their real format and their length."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from radio_archive.audio.container import LIBAV_ERRORS, AudioFile, leading_tags, open_audio, open_container
from radio_archive.audio.streams import best_stream, has_pictures
from radio_archive.roots import Root

# fmt: off
# By format or brand: the second half of the media type, the suffix of a sound file, and that of a video.
KINDS = {
    # Before MP3: of one media type, the last suffix is that of most of its files.
    "mp2": ("mpeg", ".mp2", ".mp2"),
    "mp3": ("mpeg", ".mp3", ".mp3"), "wav": ("wav", ".wav", ".wav"), "flac": ("flac", ".flac", ".flac"),
    "aac": ("aac", ".aac", ".aac"), "aiff": ("aiff", ".aiff", ".aiff"), "asf": ("x-ms-asf", ".wma", ".wmv"),
    "ogg": ("ogg", ".ogg", ".ogg"), "mov": ("mp4", ".m4a", ".mp4"), "M4B ": ("mp4", ".m4b", ".mp4"),
    "qt  ": ("quicktime", ".mov", ".mov"), "3gp": ("3gpp", ".3gp", ".3gp"), "webm": ("webm", ".webm", ".webm"),
    "matroska": ("matroska", ".mka", ".mkv"), "w64": ("x-w64", ".w64", ".w64"),
    "caf": ("x-caf", ".caf", ".caf"), "au": ("basic", ".au", ".au"), "ac3": ("ac3", ".ac3", ".ac3"),
    "eac3": ("eac3", ".ac3", ".ac3"), "amr": ("amr", ".amr", ".amr"), "avi": ("vnd.avi", ".avi", ".avi"),
    "mpegts": ("mp2t", ".ts", ".ts"), "3g2": ("3gpp2", ".3g2", ".3g2"),
}
# fmt: on
XING = re.compile(rb"(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f](....)|VBRI.{10}(....)", re.DOTALL)
UNSAID = frozenset({"aac", "ac3", "eac3", "amr", "mpegts"})
"""Formats whose files do not say how long they are; libav finds out, or guesses."""
LONGEST = 10_000_000
"""Seconds; a header that claims months is broken."""
UNCOMPRESSED = frozenset({1, 3, 6, 7})
"""Codes in a WAV of sound whose samples all have the same size."""
UNKNOWN_SIZE = 0x7FFFF000
"""Bytes; streaming recorders, and files of more than 4 GB, have 0 or the largest number that fits."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself; nothing is decoded for it."""

    duration: float | None
    """Seconds; None where the file does not say (raw AAC, an MP3 without a Xing or VBRI header, a live stream)."""
    media_type: str
    suffix: str
    """The usual suffix of the file's real format, with its dot: `.mp3` for an MP3 that is named `.wav`."""
    sample_rate: int
    channels: int
    estimate: float
    """Seconds: its duration, or else a guess from its size; 0 if there is none. For plans only."""


def probe(path: Path) -> Header:
    """Return the header of a file without decoding it. Raises NotAudioError and UnreadableFileError."""
    with open_audio(path) as source, open_container(source) as container:
        return read_header(source, container, best_stream(source, container))


def shortfall(path: Path, root: Root | None = None) -> str | None:
    """Return in words how much is missing of what the header claims; None if nothing is, or it claims nothing.

    Reads the file through without decoding it. Raises NotAudioError and UnreadableFileError.
    """
    with open_audio(path, root) as source, open_container(source) as container:
        stream = best_stream(source, container)
        claimed = read_header(source, container, stream).duration
        if claimed is None or stream.time_base is None:
            return None
        end = 0.0
        with suppress(*LIBAV_ERRORS):
            first = None
            for packet in container.demux(stream):
                if packet.pts is not None:
                    first = packet.pts if first is None else first
                    end = max(end, float((packet.pts - first + (packet.duration or 0)) * stream.time_base))
        if source.error is not None:
            raise source.error
        return describe_shortfall(claimed, end)


def describe_shortfall(claimed: float, found: float) -> str | None:
    """Return in words how far `found` seconds fall short of the `claimed` ones; None if they do not."""
    # Padding and rounding make even a complete file differ by some hundredths of a second.
    if claimed - found > 0.5 + 0.002 * claimed:
        return f"{found:.1f} s of the {claimed:.1f} s that its header claims"
    return None


def read_header(source: AudioFile, container: InputContainer, stream: AudioStream) -> Header:
    """Return what an open file says about itself."""
    kind = container.format.name.split(",")[0]
    brand = container.metadata.get("major_brand", "")
    if kind == "mov":
        kind = brand[:3] if brand.startswith(("3g2", "3gp")) else brand if brand in KINDS else kind
    elif kind == "mp3" and stream.codec_context.name.startswith(("mp1", "mp2")):
        kind = "mp2"
    elif kind == "matroska" and b"webm" in source.read_at(0, 64):
        kind = "webm"
    subtype, suffix, video_suffix = KINDS[kind]
    if kind == "ogg" and stream.codec_context.name == "opus":
        suffix = ".opus"
    media_type, suffix = (f"video/{subtype}", video_suffix) if has_pictures(container) else (f"audio/{subtype}", suffix)
    seconds = _claimed_seconds(source, container, stream)
    duration = seconds if 0 < seconds < LONGEST else None
    guess = (container.duration or 0) / av.time_base
    estimate = duration or (guess if 0 < guess < LONGEST else 0.0)
    return Header(duration, media_type, suffix, stream.sample_rate, stream.channels, estimate)


def _claimed_seconds(source: AudioFile, container: InputContainer, stream: AudioStream) -> float:
    """Return the length that the header claims, else 0; libav would estimate it from the size of the file."""
    if container.format.name == "mp3":
        return _xing_frames(source) * (1152 if stream.sample_rate >= 32_000 else 576) / (stream.sample_rate or 1)
    if container.format.name == "wav":
        return _riff_seconds(source)
    if container.format.name in UNSAID:
        return 0.0
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if tag := re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", "")):
        return int(tag[1]) * 3600 + int(tag[2]) * 60 + float(tag[3])
    return (container.duration or 0) / av.time_base if len(container.streams) == 1 else 0.0


def _xing_frames(source: AudioFile) -> int:
    _, start = leading_tags(source)
    found = XING.search(source.read_at(start, 4096))
    return int.from_bytes(found[1] or found[2]) if found else 0


def _riff_seconds(source: AudioFile) -> float:
    """Return the length that the header of a WAV claims; libav only reports what is really there."""
    offset, rate, large = 12, 0, 0
    for _ in range(64):
        head = source.read_at(offset, 34)
        if len(head) < 8:
            break
        name, size = head[:4], int.from_bytes(head[4:8], "little")
        if name == b"fmt ":
            rate = _byte_rate(head[8:])
        elif name == b"ds64":
            # Of RF64, the form for files of more than 4 GB.
            large = int.from_bytes(head[16:24], "little")
        elif name == b"data":
            size = size if 0 < size < UNKNOWN_SIZE else large
            return size / rate if rate and size < 1 << 62 else 0.0
        offset += 8 + size + size % 2
    return 0.0


def _byte_rate(form: bytes) -> int:
    """Return the bytes of a second of sound, by the contents of a `fmt ` chunk."""
    places = ((0, 2), (4, 8), (8, 12), (12, 14), (24, 26))
    code, samples, claimed, block, extended = (int.from_bytes(form[start:end], "little") for start, end in places)
    code = extended if code == 0xFFFE else code
    # Some programs write a wrong byte rate, which players ignore where it follows from the rest.
    return samples * block or claimed if code in UNCOMPRESSED else claimed
