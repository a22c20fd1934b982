"""The structure of tags: every form that ID3, MP4 and FLAC allow, and those that would fill the memory."""

# mypy: allow-untyped-calls

import functools
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
from mutagen.flac import FLAC
from mutagen.mp4 import MP4, MP4Cover
from support.audio_files import encode, mp3, tone
from support.bounds import cpu_seconds
from support.program import PEAK_MEMORY
from support.tag_readers import read_cover, read_tags

Make = Callable[[bytes], Path]


def said(path: Path) -> dict[str, tuple[str, float]]:
    """The claims: value and confidence, by evidence."""
    return {f"{claim.field}: {claim.evidence}": (claim.value, claim.confidence) for claim in read_tags(path)}


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def id3_frame(name: bytes, body: bytes, *, version: int = 4, flags: int = 0) -> bytes:
    size = synchsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return name + size + struct.pack(">H", flags) + body


def id3_tag(frames: bytes, *, version: int = 4, flags: int = 0) -> bytes:
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(frames)) + frames


def packed(body: bytes, version: int) -> bytes:
    length = synchsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return length + zlib.compress(body)


@pytest.fixture
def raw(tmp_path: Path) -> Callable[[bytes], Path]:
    """A function that makes an MP3 with the given bytes before its sound."""
    sound = mp3(tmp_path / "bare.mp3", 0.3, xing=False).read_bytes()

    def make(tag: bytes) -> Path:
        path = tmp_path / "raw.mp3"
        path.write_bytes(tag + sound)
        return path

    return make


PACKED = {3: 0x80, 4: 0x09}


@pytest.mark.parametrize("version", [3, 4])
def test_a_packed_frame_is_read(raw: Make, version: int) -> None:
    body = packed("\3The tide at Kāneʻohe".encode(), version)
    path = raw(id3_tag(id3_frame(b"TIT2", body, version=version, flags=PACKED[version]), version=version))
    assert said(path) == {"title: ID3 TIT2": ("The tide at Kāneʻohe", 0.9)}


@functools.cache
def bomb(size: int, version: int, name: bytes = b"TIT2") -> bytes:
    """A frame that unpacks to `size` times 1 MB, made in little memory."""
    packer, parts = zlib.compressobj(9), []
    for _ in range(size):
        parts.append(packer.compress(b"A" * (1 << 20)))
    content = b"".join([*parts, packer.flush()])
    length = synchsafe(1000) if version == 4 else struct.pack(">I", 1000)
    return id3_frame(name, length + content, version=version, flags=PACKED[version])


def chapter_of(frames: bytes) -> bytes:
    return b"c\0" + struct.pack(">4I", 0, 1000, 0xFFFFFFFF, 0xFFFFFFFF) + frames


MEASURED = f"""{PEAK_MEMORY}
import sys
from pathlib import Path

from mutagen.id3 import ID3

from support.tag_readers import read_chapters, read_cover, read_tags

whole, bomb = map(Path, sys.argv[1:])
read_tags(whole), read_chapters(whole), read_cover(whole)
before = peak_memory()
values = [claim.value for claim in read_tags(bomb)]
assert values == ["Harbor Watch"], values
read_chapters(bomb)
assert read_cover(bomb) is None
print(peak_memory() - before)
"""
"""Prints how many KB more the second file takes than the first one took."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory a program had")
@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("kind", ["text", "chapter", "picture", "many", "packed chapter"])
def test_a_tag_that_unpacks_without_end_takes_no_memory(raw: Make, version: int, kind: str) -> None:
    small = id3_frame(b"TALB", b"\3Harbor Watch", version=version)
    if kind == "packed chapter":
        inner = packed(chapter_of(bomb(300, version)), version)
        frames = id3_frame(b"CHAP", inner, version=version, flags=PACKED[version])
    elif kind == "chapter":
        frames = id3_frame(b"CHAP", chapter_of(bomb(300, version)), version=version)
    elif kind == "many":
        frames = b"".join(id3_frame(b"TXXX", b"\3%d" % n, version=version) + bomb(3, version) for n in range(300))
    else:
        frames = bomb(300, version, b"APIC" if kind == "picture" else b"TIT2")
    path = raw(id3_tag(small + frames, version=version))
    assert path.stat().st_size < 3_000_000
    whole = path.with_name("bare.mp3")
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, whole, path],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(ran.stdout) < 80_000


def test_a_tag_of_a_million_frames_takes_no_time(raw: Make) -> None:
    path = raw(id3_tag(id3_frame(b"TIT2", b"\3Tide") + 1_000_000 * id3_frame(b"PRIV", b"")))
    with cpu_seconds(20):
        assert said(path) == {"title: ID3 TIT2": ("Tide", 0.9)}


def test_id3_of_which_the_whole_was_unsynchronised(raw: Make) -> None:
    text = "\xff\xfe".encode("latin-1") + "Tide ÿ à".encode("utf-16-le")
    frames = id3_frame(b"TIT2", b"\1" + text, version=3) + id3_frame(b"TALB", b"\0Harbor", version=3)
    content = frames.replace(b"\xff", b"\xff\0")
    path = raw(b"ID3\3\0\x80" + synchsafe(len(content)) + content)
    assert said(path) == {"title: ID3 TIT2": ("Tide ÿ à", 0.9), "show: ID3 TALB": ("Harbor", 0.8)}


def test_id3_frames_that_were_unsynchronised_one_by_one(raw: Make) -> None:
    text = b"\1" + "\ufeffTide ÿ".encode("utf-16-le").replace(b"\xff", b"\xff\0")
    path = raw(id3_tag(id3_frame(b"TIT2", text, flags=2) + id3_frame(b"TALB", b"\3Harbor")))
    assert said(path) == {"title: ID3 TIT2": ("Tide ÿ", 0.9), "show: ID3 TALB": ("Harbor", 0.8)}


def test_id3_version_2_4_with_the_numbers_of_2_3(raw: Make) -> None:
    """A tag as old versions of iTunes wrote it."""
    long = b"\3" + b"x" * 300
    frames = id3_frame(b"PRIV", long, version=3) + id3_frame(b"TIT2", b"\3" + b"Tide " * 60, version=3)
    assert said(raw(id3_tag(frames)))["title: ID3 TIT2"][0].startswith("Tide Tide")


@pytest.mark.parametrize("version", [3, 4])
def test_id3_with_an_extended_header_and_a_group(raw: Make, version: int) -> None:
    extended = synchsafe(6) + b"\1\0" if version == 4 else struct.pack(">I", 6) + bytes(6)
    grouped = id3_frame(b"TIT2", b"\7\3Tide", version=version, flags=0x40 if version == 4 else 0x20)
    locked = id3_frame(b"TALB", b"\7\3Nope", version=version, flags=0x04 if version == 4 else 0x40)
    path = raw(id3_tag(extended + locked + grouped, version=version, flags=0x40))
    assert said(path) == {"title: ID3 TIT2": ("Tide", 0.9)}


@pytest.mark.parametrize("version", [3, 4])
def test_pictures_of_any_size_hide_no_title(raw: Make, version: int) -> None:
    """All that a tag may unpack is used up by its pictures, which are read along with the texts."""
    picture = packed(b"\0image/png\0\3\0" + bytes(9_500_000), version)
    frames = id3_frame(b"APIC", picture, version=version, flags=PACKED[version]) * 3
    path = raw(id3_tag(frames + id3_frame(b"TIT2", b"\3Tide", version=version), version=version))
    assert said(path) == {"title: ID3 TIT2": ("Tide", 0.9)}


def test_many_covers_hide_no_title(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", tone(0.3, 48_000), codec="aac", container="ipod", rate=48_000)
    file = MP4(path)
    file["covr"], file["\xa9nam"] = [MP4Cover(b"cover")] * 9, ["Tide"]
    file.save()
    # The covers stand first, as some programs have them.
    content = path.read_bytes()
    start = content.index(b"ilst") + 4
    covers = content.index(b"covr") - 4
    end = covers + int.from_bytes(content[covers : covers + 4])
    path.write_bytes(content[:start] + content[covers:end] + content[start:covers] + content[end:])
    assert said(path)["title: MP4 ©nam"] == ("Tide", 0.9)


def test_chapters_within_chapters_without_end(raw: Make) -> None:
    frames = b""
    for _ in range(1000):
        frames = id3_frame(b"CHAP", b"c\0" + bytes(16) + frames)
    path = raw(id3_tag(frames))
    with pytest.raises(RecursionError):
        mutagen.File(path)
    assert read_tags(path) == []


def test_a_flac_file_behind_an_id3_tag(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", tone(0.3, 48_000), codec="flac", container="flac", rate=48_000)
    file = FLAC(path)
    file["title"] = "Tide"
    file.save()
    path.write_bytes(id3_tag(id3_frame(b"TIT2", b"\3Not the tide")) + path.read_bytes())
    assert said(path) == {"title: Vorbis TITLE": ("Tide", 0.9), "title: ID3 TIT2": ("Not the tide", 0.9)}


def test_several_tags_before_the_sound(raw: Make, tmp_path: Path) -> None:
    first = id3_tag(id3_frame(b"TIT2", b"\3Tide") + bytes(50))
    second = id3_tag(id3_frame(b"TIT2", b"\3Ebb", version=3) + id3_frame(b"TALB", b"\3Harbor", version=3), version=3)
    assert said(raw(first + second)) == {"title: ID3 TIT2": ("Tide", 0.9), "show: ID3 TALB": ("Harbor", 0.8)}
    flac = encode(tmp_path / "a.flac", tone(0.3, 48_000), codec="flac", container="flac", rate=48_000)
    flac.write_bytes(first + second + flac.read_bytes())
    assert said(flac) == {"title: ID3 TIT2": ("Tide", 0.9), "show: ID3 TALB": ("Harbor", 0.8)}


def box(name: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", len(content) + 8, name) + content


def mp4_of(*items: bytes) -> bytes:
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", box(b"udta", box(b"meta", bytes(4), box(b"ilst", *items))))


@pytest.mark.parametrize(
    "content",
    [
        mp4_of(box(b"covr", struct.pack(">I4sI", 0, b"name", 0), bytes(16))),
        mp4_of(box(b"covr", struct.pack(">I4sI", 0, b"data", 0), bytes(16))),
        mp4_of(struct.pack(">I4s", 0xFFFFFFFF, b"\xa9nam")),
        mp4_of(struct.pack(">I4sQ", 1, b"\xa9nam", (1 << 64) - 1)),
        mp4_of(struct.pack(">I4sQ", 1, b"\xa9nam", 0)),
        mp4_of(bytes(800_000)),
        box(b"ftyp", b"M4A ") + box(b"free") * 200_000,
        box(b"ftyp", b"M4A ") + b"".join(struct.pack(">I4s", 8 * n, b"moov") for n in range(50_000, 0, -1)),
    ],
    ids="loop zero large larger small-64 zeros many nested".split(),
)
def test_mp4_boxes_that_make_no_sense(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(content)
    with cpu_seconds(20):
        assert read_tags(path) == []
        assert read_cover(path) is None


def test_mp4_values_of_each_kind(tmp_path: Path) -> None:
    def item(name: bytes, kind: int, value: bytes) -> bytes:
        return box(name, box(b"data", struct.pack(">II", kind, 0), value))

    path = tmp_path / "a.m4a"
    name = box(b"name", bytes(4), b"show")
    free = box(b"----", box(b"mean", bytes(4), b"x"), name, box(b"data", struct.pack(">II", 1, 0), b"Harbor"))
    album = item(b"\xa9alb", 2, "Kāne".encode("utf-16-be"))
    path.write_bytes(mp4_of(item(b"\xa9nam", 0, b"Tide"), album, item(b"\xa9ART", 13, b"\xff"), free))
    assert said(path) == {
        "title: MP4 ©nam": ("Tide", 0.9),
        "show: MP4 ©alb": ("Kāne", 0.8),
        "show: MP4 SHOW": ("Harbor", 0.95),
    }


def test_vorbis_comments_with_counts_and_lengths_that_make_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    for comments in (
        struct.pack("<II", 0, 0xFFFFFFFF) + struct.pack("<I", 0) * 2_000_000,
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<III", 0, 1, 0xFFFFFFFF) + b"title=x",
    ):
        path.write_bytes(b"fLaC\0\0\0\x22" + bytes(34) + b"\x84" + len(comments).to_bytes(3) + comments)
        with cpu_seconds(10):
            assert read_tags(path) == []
