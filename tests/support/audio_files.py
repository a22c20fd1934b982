"""Builders of small audio files, good and broken, for tests: real containers and codecs, made with PyAV.

A builder writes to `path` and returns it. The sound is a steady tone unless `samples` are given: never speech.
"""

import random
import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Sound as (channels, samples), −1…1."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def tone(seconds: float, rate: int = 44_100, channels: int = 1, hertz: float = 440.0, volume: float = 0.3) -> Samples:
    """A steady sine of peak `volume`, the same in all channels."""
    moments = np.arange(round(seconds * rate)) / rate
    wave = (volume * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)
    return np.repeat(wave[np.newaxis], channels, axis=0)


def bursts(seconds: float, rate: int = 16_000, sound: float = 1.6, pause: float = 0.4, volume: float = 0.3) -> Samples:
    """Tones of `sound` seconds with silences of `pause` seconds between them, mono: the rhythm of speech."""
    wave = tone(seconds, rate, volume=volume)
    moments = np.arange(wave.shape[1]) / rate
    wave[:, moments % (sound + pause) >= sound] = 0
    return wave


def encode(
    path: Path,
    samples: Samples,
    *,
    codec: str,
    container: str,
    rate: int,
    bit_rate: int | None = None,
    options: Mapping[str, str] | None = None,
    codec_options: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    pictures: bool = False,
) -> Path:
    """Write `samples` with `codec` into `container`; with `pictures`, with a small grey video."""
    with path.open("wb") as file, av.open(file, "w", format=container, options=dict(options or {})) as output:
        output.metadata.update(tags or {})
        video = _video_stream(output) if pictures else None
        layout = LAYOUTS[len(samples)]
        stream = output.add_stream(codec, rate=rate, layout=layout, options=dict(codec_options or {}))
        assert isinstance(stream, AudioStream)
        if bit_rate:
            stream.bit_rate = bit_rate
        if video is not None:
            _film(output, video, samples.shape[1] / rate)
        # In frames of a second: an encoder with a fixed frame size splits them itself.
        for start in range(0, samples.shape[1], rate):
            frame = av.AudioFrame.from_ndarray(samples[:, start : start + rate], format="fltp", layout=layout)
            frame.sample_rate = rate
            frame.pts = start
            frame.time_base = Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _video_stream(output: av.container.OutputContainer) -> VideoStream:
    stream = output.add_stream("mpeg4", rate=5, width=64, height=48, pix_fmt="yuv420p")
    assert isinstance(stream, VideoStream)
    return stream


def _film(output: av.container.OutputContainer, stream: VideoStream, seconds: float) -> None:
    for _ in range(round(5 * seconds)):
        grey = np.full((48, 64, 3), 128, dtype=np.uint8)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
    output.mux(stream.encode(None))


def _default(samples: Samples | None, seconds: float, rate: int, channels: int) -> Samples:
    return tone(seconds, rate, channels) if samples is None else samples


def mp3(
    path: Path,
    seconds: float = 3.0,
    *,
    rate: int = 44_100,
    channels: int = 1,
    bit_rate: int = 64_000,
    xing: bool = True,
    tags: Mapping[str, str] | None = None,
    samples: Samples | None = None,
) -> Path:
    """An MP3 of constant bit rate; without `xing` it does not store its length. `tags` become ID3v2."""
    sound = _default(samples, seconds, rate, channels)
    options = {} if xing else {"write_xing": "0", "id3v2_version": "0"}
    return encode(
        path, sound, codec="libmp3lame", container="mp3", rate=rate, bit_rate=bit_rate, options=options, tags=tags
    )


def wav(
    path: Path,
    seconds: float = 3.0,
    *,
    rate: int = 16_000,
    channels: int = 1,
    samples: Samples | None = None,
) -> Path:
    """A 16-bit WAV with any number of channels."""
    sound = _default(samples, seconds, rate, channels)
    data = (np.clip(sound.T, -1, 1) * 32_767).astype("<i2").tobytes()
    path.write_bytes(riff(len(data), rate=rate, channels=len(sound)) + data)
    return path


def riff(size: int, *, rate: int = 16_000, channels: int = 1, bits: int = 16, code: int = 1) -> bytes:
    """The header of a WAV that claims `size` bytes of sound; `code` 1 is PCM, 3 floats."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    claimed = min(size, 0xFFFFFFFF)
    return (
        b"RIFF"
        + struct.pack("<I", min(36 + size, 0xFFFFFFFF))
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + (struct.pack("<I", claimed))
    )


def wav24(path: Path, seconds: float = 3.0, *, rate: int = 44_100) -> Path:
    """A WAV of 24 bits, with the extended header of such files."""
    return encode(path, tone(seconds, rate), codec="pcm_s24le", container="wav", rate=rate)


def adpcm(path: Path, seconds: float = 3.0, *, rate: int = 44_100) -> Path:
    """A WAV that is compressed."""
    return encode(path, tone(seconds, rate), codec="adpcm_ima_wav", container="wav", rate=rate)


def rf64(path: Path, seconds: float = 3.0, *, rate: int = 16_000) -> Path:
    """A WAV in the form for more than 4 GB, which has its length in a chunk of its own."""
    content = wav(path, seconds, rate=rate).read_bytes()
    size = len(content) - 44
    lengths = struct.pack("<QQQI", size + 80, size, size // 2, 0)
    chunk = b"ds64" + struct.pack("<I", len(lengths)) + lengths
    path.write_bytes(b"RF64\xff\xff\xff\xffWAVE" + chunk + content[12:40] + b"\xff\xff\xff\xff" + content[44:])
    return path


def wrong_byte_rate(path: Path, seconds: float = 3.0, *, rate: int = 16_000) -> Path:
    """A whole WAV that claims an eighth of the bytes that a second of it has."""
    content = bytearray(wav(path, seconds, rate=rate).read_bytes())
    content[28:32] = struct.pack("<I", rate // 4)
    path.write_bytes(content)
    return path


def long_wav(path: Path, seconds: float, *, rate: int = 8_000) -> Path:
    """A WAV of silence as a sparse file: for files of hours."""
    size = round(seconds * rate) * 2
    with path.open("wb") as file:
        header = riff(size, rate=rate)
        file.write(header)
        file.truncate(len(header) + size)
    return path


def flac(
    path: Path, seconds: float = 3.0, *, rate: int = 44_100, channels: int = 1, samples: Samples | None = None
) -> Path:
    """A FLAC."""
    return encode(path, _default(samples, seconds, rate, channels), codec="flac", container="flac", rate=rate)


def m4a(
    path: Path,
    seconds: float = 3.0,
    *,
    rate: int = 44_100,
    channels: int = 1,
    index_first: bool = False,
    tags: Mapping[str, str] | None = None,
    samples: Samples | None = None,
) -> Path:
    """AAC in MP4; with `index_first`, as on the web, a truncated copy still opens."""
    sound = _default(samples, seconds, rate, channels)
    options = {"movflags": "faststart"} if index_first else {}
    return encode(path, sound, codec="aac", container="ipod", rate=rate, options=options, tags=tags)


def aac(path: Path, seconds: float = 3.0, *, rate: int = 44_100, channels: int = 1) -> Path:
    """Raw AAC, which has no header."""
    return encode(path, tone(seconds, rate, channels), codec="aac", container="adts", rate=rate)


def amr(path: Path, seconds: float = 3.0) -> Path:
    """An AMR file, as telephones record it."""
    return encode(path, tone(seconds, 8_000), codec="libopencore_amrnb", container="amr", rate=8_000)


def vorbis(path: Path, seconds: float = 3.0, *, rate: int = 44_100, channels: int = 2) -> Path:
    """Ogg Vorbis; libav's encoder knows stereo only."""
    sound = tone(seconds, rate, channels)
    return encode(path, sound, codec="vorbis", container="ogg", rate=rate, codec_options={"strict": "-2"})


def opus(path: Path, seconds: float = 3.0, *, channels: int = 1, samples: Samples | None = None) -> Path:
    """Ogg Opus, at 48 kHz as always."""
    return encode(path, _default(samples, seconds, 48_000, channels), codec="libopus", container="ogg", rate=48_000)


def aiff(path: Path, seconds: float = 3.0, *, rate: int = 44_100, channels: int = 1) -> Path:
    """A 16-bit AIFF."""
    return encode(path, tone(seconds, rate, channels), codec="pcm_s16be", container="aiff", rate=rate)


def wma(path: Path, seconds: float = 3.0, *, rate: int = 44_100, channels: int = 1) -> Path:
    """A Windows Media file."""
    return encode(path, tone(seconds, rate, channels), codec="wmav2", container="asf", rate=rate, bit_rate=64_000)


ASF_CODECS = bytes.fromhex("4052d1861d31d011a3a400a0c90348f6")


def bogus_seek(path: Path) -> Path:
    """A Windows Media file in which an object of its header claims to be 2^54 bytes long."""
    content = bytearray(wma(path).read_bytes())
    place = content.index(ASF_CODECS) + len(ASF_CODECS)
    content[place : place + 8] = (1 << 54).to_bytes(8, "little")
    path.write_bytes(content)
    return path


def video(path: Path, seconds: float = 3.0, *, container: str = "mp4", codec: str = "aac", rate: int = 48_000) -> Path:
    """A small grey video with a sound track; `container` as libav names it: mp4, mov, matroska, webm."""
    return encode(path, tone(seconds, rate), codec=codec, container=container, rate=rate, pictures=container != "webm")


def tracks(path: Path, sounds: Sequence[Samples], *, container: str = "matroska", rate: int = 16_000) -> Path:
    """A file with several tracks of uncompressed sound."""
    with path.open("wb") as file, av.open(file, "w", format=container) as output:
        streams = [output.add_stream("pcm_s16le", rate=rate, layout=LAYOUTS[len(sound)]) for sound in sounds]
        for start in range(0, max(sound.shape[1] for sound in sounds), rate):
            for stream, sound in zip(streams, sounds, strict=True):
                if start >= sound.shape[1]:
                    continue
                assert isinstance(stream, AudioStream)
                part = (np.clip(sound[:, start : start + rate], -1, 1) * 32_767).astype("<i2")
                frame = av.AudioFrame.from_ndarray(part.T.reshape(1, -1), format="s16", layout=LAYOUTS[len(sound)])
                frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
                output.mux(stream.encode(frame))
        for stream in streams:
            assert isinstance(stream, AudioStream)
            output.mux(stream.encode(None))
    return path


def silent_film(path: Path, seconds: float = 2.0, *, container: str = "mp4") -> Path:
    """A video without a sound track."""
    with path.open("wb") as file, av.open(file, "w", format=container) as output:
        _film(output, _video_stream(output), seconds)
    return path


def id3_picture(size: int, noise: random.Random | None = None) -> bytes:
    """An ID3v2.4 tag with a cover picture of about `size` bytes, to go before MP3 frames."""
    noise = noise or random.Random(0)
    body = b"\0image/jpeg\0\x03\0\xff\xd8\xff" + noise.randbytes(size)
    frame = b"APIC" + _syncsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _syncsafe(len(frame)) + frame


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def truncated(path: Path, part: float = 0.5) -> Path:
    """Truncate `path` to that part of its bytes, like an interrupted copy."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


def damaged(path: Path, *, at: float = 0.5, size: int = 20_000, seed: int = 0) -> Path:
    """Overwrite `size` bytes of `path` with noise, from that part of its length on."""
    content = bytearray(path.read_bytes())
    start = int(len(content) * at)
    noise = random.Random(seed).randbytes(min(size, len(content) - start))
    content[start : start + len(noise)] = noise
    path.write_bytes(content)
    return path
