"""The tags of broadcast carts, Windows Media, AIFF, Matroska, 3GP, QuickTime, APEv2, and ID3 at the end of a file."""

# mypy: allow-untyped-calls

import io
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import id3
from mutagen.apev2 import APEv2
from support.audio_files import encode, mp3, riff, tone
from support.tag_readers import read_tags

from radio_archive.metadata.resolve import resolve
from radio_archive.models import Field

TAGS = {
    "title": "The tide at Kāneʻohe",
    "artist": "Ann Lee",
    "album": "Harbor Watch",
    "date": "2024-11-05",
    "comment": "How it came in.",
}
SAID = {"title": "The tide at Kāneʻohe", "reporter": "Ann Lee", "show": "Harbor Watch", "date": "2024-11-05"}


def said(path: Path) -> dict[str, str]:
    """The winner of each field."""
    return {field.value: found.value for field, found in resolve(read_tags(path)).items()}


def evidence(path: Path) -> set[str]:
    return {claim.evidence for claim in read_tags(path)}


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(content)) + content + bytes(len(content) % 2)


def wave(path: Path, *chunks: bytes) -> Path:
    content = b"WAVE" + riff(0)[12:36] + b"".join(chunks) + chunk(b"data", bytes(3200))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    return path


def cart(title: bytes = b"", artist: bytes = b"", start: bytes = b"", version: bytes = b"0101") -> bytes:
    """A `cart` chunk of AES46."""
    fixed = struct.pack("<4s64s64s64s64s64s64s64s10s8s", version, title, artist, b"C1", b"", b"", b"", b"", start, b"")
    return chunk(b"cart", fixed + bytes(2048 - len(fixed)))


def bext(date: bytes, description: bytes = b"") -> bytes:
    fixed = struct.pack("<256s32s32s10s8sQH", description, b"", b"", date, b"", 0, 1)
    return chunk(b"bext", fixed + bytes(254))


def test_a_cart_airs_on_its_start_date(tmp_path: Path) -> None:
    path = wave(tmp_path / "a.wav", bext(b"2024-10-20"), cart(b"The tide", b"Ann Lee", b"2024/10/22"))
    assert said(path) == {"title": "The tide", "reporter": "Ann Lee", "date": "2024-10-22"}
    assert "cart StartDate" in evidence(path)


@pytest.mark.parametrize("version", [b"0101", b"0715", b"0000"])
def test_a_cart_of_any_version(tmp_path: Path, version: bytes) -> None:
    path = wave(tmp_path / "a.wav", cart("Kāneʻohe".encode(), b"KHPR", b"1900/01/01", version))
    assert said(path) == {"title": "Kāneʻohe"}


def test_a_cart_that_is_cut_short(tmp_path: Path) -> None:
    assert said(wave(tmp_path / "a.wav", chunk(b"cart", b"0101" + b"The tide".ljust(40, b"\0")))) == {
        "title": "The tide"
    }
    assert said(wave(tmp_path / "a.wav", chunk(b"cart", b"01"))) == {}


RDXL = """<?xml version="1.0" encoding="utf-8"?>
<cart><number>10001</number><title>The tide &amp; K&#257;ne</title><artist>Ann Lee</artist><album>Harbor Watch</album>
<cutList><cut><description>Cut 001</description><title>not it</title>
<startDatetime>2024-10-22T00:00:00-10:00</startDatetime></cut></cutList></cart>"""


def test_rivendell(tmp_path: Path) -> None:
    path = wave(tmp_path / "a.wav", chunk(b"rdxl", RDXL.encode()))
    assert said(path) == {
        "title": "The tide & Kāne", "reporter": "Ann Lee", "show": "Harbor Watch", "date": "2024-10-22"
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"<cart><title>x</cart>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><cart><title>&a;</title></cart>',
        b"<cart>" * 50_000,
        b"",
        b'<?xml version="1.0" encoding="wrong"?><cart><title>x</title></cart>',
    ],
)
def test_rivendell_that_is_damaged_or_hostile(tmp_path: Path, content: bytes) -> None:
    assert said(wave(tmp_path / "a.wav", chunk(b"rdxl", content), cart(b"The tide"))) == {"title": "The tide"}


@pytest.mark.parametrize(
    ("suffix", "container", "codec"),
    [("wma", "asf", "wmav2"), ("webm", "webm", "libopus"), ("mka", "matroska", "aac"), ("mkv", "matroska", "libopus")],
)
def test_containers(tmp_path: Path, suffix: str, container: str, codec: str) -> None:
    sound = tone(0.5, 48_000)
    path = encode(
        tmp_path / f"a.{suffix}", sound, codec=codec, container=container, rate=48_000, bit_rate=64_000, tags=TAGS
    )
    expected = dict(SAID) if suffix != "wma" else {key: SAID[key] for key in ("title", "reporter", "show")}
    found = said(path)
    assert {key: found.get(key) for key in expected} == expected
    assert found["summary"] == "How it came in."


@pytest.mark.parametrize(("container", "kind"), [("3gp", "3GP"), ("mov", "QuickTime")])
def test_3gp_and_quicktime(tmp_path: Path, container: str, kind: str) -> None:
    path = encode(tmp_path / f"a.{container}", tone(0.5), codec="aac", container=container, rate=44_100, tags=TAGS)
    found = said(path)
    assert found["title"] == TAGS["title"]
    assert found["reporter"] == TAGS["artist"]
    assert found["show"] == TAGS["album"]
    assert {name.split()[0] for name in evidence(path)} == {kind}


def test_an_aiff(tmp_path: Path) -> None:
    texts = [(b"NAME", "The tide at Kāneʻohe".encode()), (b"AUTH", b"Ann Lee\0junk"), (b"ANNO", b"How it came in.")]
    content = b"AIFF" + b"".join(chunk(name, text, ">") for name, text in texts)
    path = tmp_path / "a.aiff"
    path.write_bytes(b"FORM" + struct.pack(">I", len(content)) + content)
    assert said(path) == {
        "title": "The tide at Kāneʻohe", "reporter": "Ann Lee", "summary": "How it came in."
    }  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An MP3 without tags."""
    return mp3(tmp_path / "bare.mp3", 0.5, xing=False)


@pytest.mark.parametrize("version_1", [False, True])
def test_apev2(bare: Path, version_1: bool) -> None:
    tags = APEv2()
    tags.update(
        {"Title": TAGS["title"], "artist": ["Ann Lee", "Bill Carter"], "Album": "Harbor Watch", "Year": "2024-11-05"}
    )
    tags.save(bare)
    if version_1:
        bare.write_bytes(bare.read_bytes() + b"TAG" + b"The tide at K".ljust(125, b"\0"))
    assert said(bare) == SAID | ({"title": "The tide at Kāneʻohe"} if not version_1 else {"title": said(bare)["title"]})
    assert [claim.value for claim in read_tags(bare) if claim.field == Field.REPORTER] == ["Ann Lee", "Bill Carter"]


def test_apev2_without_a_header(bare: Path) -> None:
    sound = bare.read_bytes()
    item = struct.pack("<II", 8, 0) + b"Title\0The tide"
    footer = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0) + bytes(8)
    bare.write_bytes(sound + item + footer)
    assert said(bare) == {"title": "The tide"}


@pytest.mark.parametrize("version_1", [False, True])
def test_id3_at_the_end(bare: Path, version_1: bool) -> None:
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text=TAGS["title"]))
    tags.add(id3.TPE1(encoding=3, text=["Ann Lee", "Bill Carter"]))
    written = io.BytesIO()
    tags.save(written, v1=0, v2_version=4, padding=lambda _: 0)
    tag = bytearray(written.getvalue())
    tag[5] |= 0x10
    bare.write_bytes(
        bare.read_bytes() + bytes(tag) + b"3DI" + tag[3:10] + (b"TAG".ljust(128, b"\0") if version_1 else b"")
    )
    assert said(bare)["title"] == TAGS["title"]
    assert [claim.value for claim in read_tags(bare) if claim.field == Field.REPORTER] == ["Ann Lee", "Bill Carter"]


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_utf_16_without_its_mark(bare: Path, version: int, order: str) -> None:
    body = b"\1" + "Kāneʻohe reef".encode(order)
    frame = b"TIT2" + struct.pack(">I", len(body)) + b"\0\0" + body
    bare.write_bytes(b"ID3" + bytes([version, 0, 0, 0, 0, 0, len(frame)]) + frame + bare.read_bytes())
    assert said(bare) == {"title": "Kāneʻohe reef"}


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024/10/22", "2024-10-22"),
        ("2024/10/22 08:30", "2024-10-22"),
        ("22/10/2024", "2024-10-22"),
        ("10/22/2024", "2024-10-22"),
        ("22.10.2024", "2024-10-22"),
        ("03/04/2025", None),
        ("2024/13/01", None),
        ("31/31/2024", None),
        ("22/10/24", None),
    ],
)
def test_dates_with_slashes(tmp_path: Path, text: str, date: str | None) -> None:
    path = encode(tmp_path / "a.flac", tone(0.3), codec="flac", container="flac", rate=44_100, tags={"date": text})
    assert said(path).get("date") == date


@pytest.mark.parametrize(
    "text", ["Unknown", "Unknown Album", "Unknown Artist", "Various Artists", "Podcast", "Podcasts", "Untitled",
             "untitled 3", "Track 01", "New Recording 12", "Neue Aufnahme 4", "Unbekannter Interpret", "N/A"]
)  # fmt: skip
def test_what_programs_fill_in_is_no_value(tmp_path: Path, text: str) -> None:
    tags = {"title": text, "album": text, "artist": text}
    path = encode(tmp_path / "x.flac", tone(0.3), codec="flac", container="flac", rate=44_100, tags=tags)
    assert said(path) == {}


@pytest.mark.parametrize("text", ["Podcast Patrol", "The Unknown Album", "Track meet", "No", "Noah Album"])
def test_what_only_begins_like_that_is_a_value(tmp_path: Path, text: str) -> None:
    path = encode(tmp_path / "x.flac", tone(0.3), codec="flac", container="flac", rate=44_100, tags={"album": text})
    assert said(path) == {"show": text}


@pytest.mark.parametrize(
    ("name", "title", "kept"),
    [
        ("AM102224.mp3", "AM102224", False),
        ("AM102224.mp3", "am102224", False),
        ("AM102224.mp3", "AM102224.wav", False),
        ("x.mp3", "final mix.WAV", False),
        ("asia_minute 1022.mp3", "asia_minute 1022", False),
        ("Undersea cable.mp3", "Undersea cable", True),
        ("x.mp3", "AM102224", True),
        ("x.mp3", "The U.S. and Fiji", True),
    ],
)
def test_the_name_of_a_file_is_no_title(tmp_path: Path, name: str, title: str, kept: bool) -> None:
    path = mp3(tmp_path / name, 0.3, tags={"title": title})
    assert said(path) == ({"title": title} if kept else {})


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("tagged")
    paths = [
        encode(
            folder / f"a.{container}",
            tone(0.2, 48_000),
            codec=codec,
            container=container,
            rate=48_000,
            bit_rate=64_000,
            tags=TAGS,
        )
        for container, codec in [("asf", "wmav2"), ("webm", "libopus"), ("3gp", "aac"), ("aiff", "pcm_s16be")]
    ]
    ape = mp3(folder / "a.mp3", 0.2)
    tags = APEv2()
    tags["Title"] = "Tide"
    tags.save(ape)
    return [*paths, ape, wave(folder / "a.wav", cart(b"Tide"), chunk(b"rdxl", RDXL.encode()))]


DAMAGE = st.lists(
    st.tuples(
        st.integers(-700, 900), st.integers(0, 8), st.sampled_from([b"", b"\0", b"\xff" * 4, b"\x7f" * 4, b"\1"])
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=DAMAGE, kind=st.integers(0, 5))
def test_damaged_tags_never_raise(tagged: list[Path], damage: list[tuple[int, int, bytes]], kind: int) -> None:
    content = tagged[kind].read_bytes()
    for place, length, new in damage:
        start = place if place >= 0 else max(0, len(content) + place)
        content = content[:start] + new + content[start + length :]
    path = tagged[kind].with_stem("damaged")
    path.write_bytes(content)
    for claim in read_tags(path):
        assert 0 < len(claim.value) <= 5000


def test_an_ape_tag_that_claims_far_too_much(bare: Path) -> None:
    for size, items in ((0xFFFFFFF0, 1), (64, 0xFFFFFFFF), (8, 1)):
        footer = b"APETAGEX" + struct.pack("<IIII", 2000, size, items, 0) + bytes(8)
        bare.write_bytes(bare.read_bytes() + footer)
        assert said(bare) == {}
