"""The chapters and the cover picture inside audio files."""

# mypy: allow-untyped-calls

import base64
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.audio.stream import AudioStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import id3
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE
from support.audio_files import encode, mp3, tone, wav
from support.tag_readers import read_chapters, read_cover

from radio_archive.models import Chapter, Cover

JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0" + b"j" * 500, b"\x89PNG\r\n\x1a\n" + b"p" * 500, b"RIFF\x10\0\0\0WEBPVP8 "
Make = Callable[..., Path]


def chap(number: int, start: int, end: int, title: str | None) -> id3.CHAP:
    inside = [id3.TIT2(encoding=3, text=title)] if title is not None else []
    picture = id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=PNG)
    return id3.CHAP(element_id=f"chp{number}", start_time=start, end_time=end, sub_frames=[*inside, picture])


@pytest.fixture
def tagged(tmp_path: Path) -> Make:
    """A function that makes an MP3 or a WAV with the given ID3 frames."""

    def make(*frames: id3.Frame, kind: str = "mp3") -> Path:
        path = tmp_path / f"a.{kind}"
        if kind == "wav":
            file: Any = WAVE(wav(path, 0.3))
            file.add_tags()
            tags = file.tags
        else:
            mp3(path, 0.3)
            file = tags = id3.ID3()
        for frame in frames:
            tags.add(frame)
        file.save(path)
        return path

    return make


@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_id3_chapters(tagged: Make, kind: str) -> None:
    path = tagged(
        chap(2, 60_500, 90_000, "Ka hoʻi ʻana"),
        chap(1, 0, 60_500, "The tide"),
        chap(3, 100_000, 100_000, None),
        chap(4, 0xFFFFFFFF, 0xFFFFFFFF, "In bytes"),
        kind=kind,
    )
    assert read_chapters(path) == (
        Chapter(0.0, "The tide"),
        Chapter(60.5, "Ka hoʻi ʻana", 90.0),
        Chapter(100.0, "Chapter 3"),
    )


@pytest.mark.parametrize(("suffix", "codec", "container"), [("flac", "flac", "flac"), ("opus", "libopus", "ogg")])
def test_vorbis_chapters(tmp_path: Path, suffix: str, codec: str, container: str) -> None:
    path = encode(tmp_path / f"a.{suffix}", tone(0.3, 48_000), codec=codec, container=container, rate=48_000)
    file = FLAC(path) if suffix == "flac" else OggOpus(path)
    file.update(
        {
            "chapter001": "00:01:02.500",
            "CHAPTER001NAME": "The second",
            "CHAPTER000": "00:00:00.000",
            "CHAPTER000NAME": "K\u00c4\u0081ne",
            "CHAPTER002": "01:00:00",
            "CHAPTER003": "soon",
            "CHAPTER003NAME": "Nobody knows when",
            "CHAPTER004": "00:99:00",
        }
    )
    file.save()
    assert read_chapters(path) == (Chapter(0.0, "Kāne"), Chapter(62.5, "The second"), Chapter(3600.0, "Chapter 3"))


def with_chapters(path: Path, container: str, codec: str) -> Path:
    """A file of 9 s with two chapters, as libav writes them: in their own box and in a track."""
    with path.open("wb") as file, av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, AudioStream)
        marks = [("The tide", 0, 3000), ("Kāneʻohe", 4000, 8000), ("", 8000, 9000)]
        output.set_chapters(
            [
                {"id": n, "start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": title}}
                for n, (title, start, end) in enumerate(marks, 1)
            ]
        )
        frame = av.AudioFrame.from_ndarray(tone(9, 48_000), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        output.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def test_matroska_chapters(tmp_path: Path) -> None:
    path = with_chapters(tmp_path / "a.mka", "matroska", "libopus")
    assert read_chapters(path) == (
        Chapter(0.0, "The tide", 3.0),
        Chapter(4.0, "Kāneʻohe"),
        Chapter(8.0, "Chapter 3"),
    )


def test_mp4_chapters(tmp_path: Path) -> None:
    """MP4 has no ends: a chapter lasts until the next one."""
    path = with_chapters(tmp_path / "a.m4b", "mp4", "aac")
    found = read_chapters(path)
    assert [(round(chapter.start, 1), chapter.title) for chapter in found[:2]] == [(0.0, "The tide"), (4.0, "Kāneʻohe")]
    assert all(chapter.end is None or chapter.end < 10 for chapter in found)


def test_no_chapters(tmp_path: Path, tagged: Make) -> None:
    assert read_chapters(tagged()) == ()
    (tmp_path / "a.mp3").write_bytes(b"no sound")
    assert read_chapters(tmp_path / "a.mp3") == ()
    assert read_cover(tmp_path / "a.mp3") is None


def picture(content: bytes, kind: int = 3, mime: str = "image/x-odd", desc: str = "") -> id3.APIC:
    return id3.APIC(encoding=0, mime=mime, type=kind, desc=desc, data=content)


@pytest.mark.parametrize(("content", "kind"), [(JPEG, "jpeg"), (PNG, "png"), (WEBP, "webp")])
def test_a_picture_is_what_its_bytes_say(tagged: Make, content: bytes, kind: str) -> None:
    assert read_cover(tagged(picture(content))) == Cover(f"image/{kind}", content)


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg onload=x>", b"MZ", b"RIFF\0\0\0\0WAVE", b"http://x.test/a.png"]
)
def test_what_is_no_picture(tagged: Make, content: bytes) -> None:
    assert read_cover(tagged(picture(content))) is None
    assert read_cover(tagged(picture(content), picture(PNG, 4, desc="back"))) == Cover("image/png", PNG)


def test_the_front_cover_comes_first(tagged: Make) -> None:
    path = tagged(picture(PNG, 4, desc="back"), picture(JPEG, 3, desc="front"))
    assert read_cover(path) == Cover("image/jpeg", JPEG)


@pytest.mark.parametrize(("size", "is_read"), [(9_999_000, True), (10_000_001, False)])
def test_a_picture_of_more_than_10_mb_is_left_alone(tagged: Make, size: int, is_read: bool) -> None:
    assert (read_cover(tagged(picture(PNG + bytes(size - len(PNG))))) is not None) == is_read


def test_covers_of_other_kinds(tmp_path: Path) -> None:
    block = Picture()
    block.type, block.mime, block.data = 3, "image/png", PNG
    flac = FLAC(encode(tmp_path / "a.flac", tone(0.3), codec="flac", container="flac", rate=44_100))
    flac.add_picture(block)
    flac.save()
    opus = OggOpus(encode(tmp_path / "a.opus", tone(0.3, 48_000), codec="libopus", container="ogg", rate=48_000))
    opus["metadata_block_picture"] = [base64.b64encode(block.write()).decode()]
    opus.save()
    mp4 = MP4(encode(tmp_path / "a.m4a", tone(0.3), codec="aac", container="ipod", rate=44_100))
    mp4["covr"] = [MP4Cover(PNG, MP4Cover.FORMAT_JPEG)]
    mp4.save()
    for suffix in ("flac", "opus", "m4a"):
        assert read_cover(tmp_path / f"a.{suffix}") == Cover("image/png", PNG)


@pytest.mark.parametrize("text", ["", "!!!", "AAAA", base64.b64encode(b"\0\0\0\3\xff\xff\xff\xff").decode()])
def test_a_picture_in_comments_that_makes_no_sense(tmp_path: Path, text: str) -> None:
    opus = OggOpus(encode(tmp_path / "a.opus", tone(0.3, 48_000), codec="libopus", container="ogg", rate=48_000))
    opus["metadata_block_picture"] = [text]
    opus.save()
    assert read_cover(tmp_path / "a.opus") is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("whole")
    paths = [with_chapters(folder / "a.mka", "matroska", "libopus"), with_chapters(folder / "a.m4b", "mp4", "aac")]
    ogg = OggOpus(encode(folder / "a.opus", tone(0.3, 48_000), codec="libopus", container="ogg", rate=48_000))
    ogg.update({"CHAPTER001": "00:00:01", "CHAPTER001NAME": "x"})
    ogg.save()
    tags = id3.ID3()
    tags.add(chap(1, 0, 1000, "x"))
    tags.save(mp3(folder / "a.mp3", 0.3))
    return [*paths, folder / "a.opus", folder / "a.mp3"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.integers(0, 3),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=6)), min_size=1, max_size=8),
)
def test_damaged_chapters_never_raise(whole: list[Path], kind: int, damage: list[tuple[float, int, bytes]]) -> None:
    content = whole[kind].read_bytes()
    for place, length, new in damage:
        # MP4 has its boxes at the end, the others at the start.
        at = len(content) - 1 - int(place * 3000) if kind == 1 else int(place * 1000)
        content = content[: max(at, 0)] + new + content[max(at, 0) + length :]
    path = whole[kind].with_stem("damaged")
    path.write_bytes(content)
    found = read_chapters(path)
    assert list(found) == sorted(found, key=lambda chapter: chapter.start)
    assert all(chapter.title and chapter.start >= 0 for chapter in found)
    read_cover(path)
