"""What libav would unpack without end, in every format and place that allows it; and that files are read as before."""

# mypy: allow-untyped-calls

import functools
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mutagen.flac import FLAC, Picture
from support.audio_files import encode, mp3, tone
from support.program import PEAK_MEMORY

from radio_archive.audio import container, header
from radio_archive.audio.examine import examine

MEGABYTES = 300
MEASURED = f"""{PEAK_MEMORY}
import sys
from pathlib import Path

from radio_archive.audio import examine, header
from radio_archive.errors import NotAudioError

def look(path):
    header.probe(path), examine.examine(path), header.shortfall(path)

folder = Path(sys.argv[1])
for path in sorted(folder.glob("bare.*")):
    look(path)
for path in sorted(folder.glob("bomb *")):
    before = peak_memory()
    try:
        look(path)
    except NotAudioError:
        assert path.suffix == ".mov"
    print(path.name, peak_memory() - before, sep="\\t")
"""
"""Prints by how many KB the memory grew with each file."""


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def packed(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(piece) for _ in range(times)), packer.flush()])


@functools.cache
def tag(flags: int = 0) -> bytes:
    """An ID3 tag of 300 KB, whose title unpacks to a thousand times that."""
    body = struct.pack(">I", MEGABYTES << 20) + packed(b"A" * (1 << 20), MEGABYTES)
    frame = b"TIT2" + synchsafe(len(body)) + struct.pack(">H", 0x09) + body
    head = bytes([4, 0, flags]) + synchsafe(len(frame))
    return b"ID3" + head + frame + (b"3DI" + head if flags & container.FOOTER_FLAG else b"")


@functools.cache
def picture() -> bytes:
    """A PNG of 8000 × 8000 points, all black."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8000, 8000, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed(bytes(1 + 4 * 8000), 8000)) + chunk(b"IEND", b"")


def chunk_of(name: bytes, content: bytes, order: str) -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + bytes(len(content) % 2)


def in_chunks(whole: bytes, name: bytes, order: str, *, last: bool = False) -> bytes:
    chunk = chunk_of(name, tag(), order)
    body = whole[12:] + chunk if last else chunk + whole[12:]
    return whole[:4] + struct.pack(order + "I", len(body) + 4) + whole[8:12] + body


def in_adts(whole: bytes) -> bytes:
    """Between two frames, as HTTP live streams have tags."""
    place = 0
    for _ in range(10):
        place += (whole[place + 3] & 3) << 11 | whole[place + 4] << 3 | whole[place + 5] >> 5
    return whole[:place] + tag() + whole[place:]


def in_asf(whole: bytes) -> bytes:
    name = "ID3\0".encode("utf-16-le")
    record = struct.pack("<HHHHHI", 1, 0, 0, len(name), 1, len(tag())) + name + tag()
    library = bytes.fromhex("941C23449894D149A1411D134E457054") + struct.pack("<Q", 24 + len(record)) + record
    return whole[:30] + library + whole[30:]


SHAPES = {
    "mp3": ("libmp3lame", "mp3"),
    "wav": ("pcm_s16le", "wav"),
    "aiff": ("pcm_s16be", "aiff"),
    "aac": ("aac", "adts"),
    "flac": ("flac", "flac"),
    "wma": ("aac", "asf"),
}
HIDDEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "before an MP3": ("mp3", lambda whole: tag() + whole),
    "behind another tag": ("mp3", lambda whole: b"ID3\3\0\0" + synchsafe(20) + bytes(20) + tag() + whole),
    "with a footer": ("flac", lambda whole: tag(container.FOOTER_FLAG) + whole),
    "before a FLAC": ("flac", lambda whole: tag() + whole),
    "first in a WAV": ("wav", lambda whole: in_chunks(whole, b"id3 ", "<")),
    "last in a WAV": ("wav", lambda whole: in_chunks(whole, b"ID3 ", "<", last=True)),
    "first in an AIFF": ("aiff", lambda whole: in_chunks(whole, b"ID3 ", ">")),
    "before raw AAC": ("aac", lambda whole: tag() + whole),
    "amid raw AAC": ("aac", in_adts),
    "in a WMA": ("wma", in_asf),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of each format without a tag, and the same files with one."""
    made = tmp_path_factory.mktemp("unpacking")
    for suffix, (codec, kind) in SHAPES.items():
        encode(made / f"bare.{suffix}", tone(2, 48_000), codec=codec, container=kind, rate=48_000)
    for place, (suffix, put) in HIDDEN.items():
        (made / f"bomb {place}.{suffix}").write_bytes(put((made / f"bare.{suffix}").read_bytes()))
    covered = made / "bomb as a cover.flac"
    covered.write_bytes((made / "bare.flac").read_bytes())
    file, cover = FLAC(covered), Picture()
    cover.data, cover.mime, cover.type = picture(), "image/png", 3
    file.add_picture(cover)
    file.save()
    (made / "bomb as a header.mov").write_bytes(quicktime())
    return made


def quicktime() -> bytes:
    def atom(name: bytes, *inside: bytes) -> bytes:
        content = b"".join(inside)
        return struct.pack(">I4s", len(content) + 8, name) + content

    header = struct.pack(">I", MEGABYTES << 20) + packed(b"A" * (1 << 20), MEGABYTES)
    moov = atom(b"moov", atom(b"cmov", atom(b"dcom", b"zlib"), atom(b"cmvd", header)))
    return atom(b"ftyp", b"qt  \0\0\0\0") + moov


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory a program had")
def test_nothing_that_unpacks_without_end_takes_memory(folder: Path) -> None:
    assert max(path.stat().st_size for path in folder.glob("bomb *")) < 2_000_000
    ran = subprocess.run([sys.executable, "-c", MEASURED, folder], capture_output=True, text=True, check=True)
    grown = {name: int(kilobytes) for name, _, kilobytes in (line.partition("\t") for line in ran.stdout.splitlines())}
    assert len(grown) == len(HIDDEN) + 2
    assert max(grown.values()) < 60_000, grown


@pytest.mark.parametrize("place", [*HIDDEN, "as a cover"])
def test_a_tag_that_unpacks_without_end_changes_nothing(folder: Path, place: str) -> None:
    tagged = next(folder.glob(f"bomb {place}.*"))
    plain = folder / f"bare{tagged.suffix}"
    found, expected = examine(tagged), examine(plain)
    assert found.samples is not None
    assert expected.samples is not None
    assert (found.samples == expected.samples).all()
    if place != "in a WMA":  # whose header says how many bytes there are before the sound
        assert found.recording.warnings == ()
        # The guess for a plan is made from the size of the file.
        assert replace(found.header, estimate=expected.header.estimate) == expected.header
        assert header.shortfall(tagged) is None


def test_frames_are_counted_behind_two_tags(tmp_path: Path) -> None:
    bare = mp3(tmp_path / "bare.mp3", 3, xing=True)
    tags = (b"ID3\3\0\0" + synchsafe(200) + bytes(200)) + (b"ID3\4\0\x10" + synchsafe(5000) + bytes(5000) + bytes(10))
    tagged = tmp_path / "tagged.mp3"
    tagged.write_bytes(tags + bare.read_bytes())
    assert header.probe(tagged) == header.probe(bare)
    assert header.probe(tagged).duration == pytest.approx(3, abs=0.1)
    tagged.write_bytes(tags + bare.read_bytes()[: bare.stat().st_size // 2])
    assert "of the 3." in (header.shortfall(tagged) or "")


def test_only_headers_of_tags_are_changed_wherever_a_read_begins(tmp_path: Path) -> None:
    content = (
        b"xID3 cmov" + b"ID3\4\0\x10" + synchsafe(300) + b"ID3\xff\0\0\0\0\0\0" + b"\0\0\0\x10cmov\0\0\0\x10dcomID3"
    )
    shown = b"xID3 cmov" + b"ID3\x7f\0\0" + synchsafe(310) + b"ID3\xff\0\0\0\0\0\0" + b"\0\0\0\x10free\0\0\0\x10dcomID3"
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with container.open_audio(path) as source:
        for start in range(len(content)):
            for count in (1, 3, 7, 100):
                view = container.SafeView(source)
                view.seek(start)
                assert view.read(count) == shown[start : start + count]
                assert view.tell() == min(len(content), start + count)
