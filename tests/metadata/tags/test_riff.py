"""The metadata chunks of WAV files: LIST INFO, bext, ID3, in RIFF, RF64 and BW64."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.audio_files import riff
from support.bounds import cpu_seconds
from support.tag_readers import read_tags

from radio_archive.audio.container import open_audio
from radio_archive.metadata.resolve import GUESS, resolve
from radio_archive.metadata.tags.riff import chunks, read_bext
from radio_archive.models import Claim, Field, Source

Make = Callable[..., Path]
SOUND = bytes(3200)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def info(**values: bytes) -> bytes:
    return chunk(b"LIST", b"INFO" + b"".join(chunk(name.encode(), value + b"\0") for name, value in values.items()))


def bext(
    description: bytes = b"", originator: bytes = b"", date: bytes = b"", time: bytes = b"", reference: int = 0
) -> bytes:
    """A chunk of version 1, with a coding history."""
    fixed = struct.pack("<256s32s32s10s8sQH", description, originator, b"HIHPR123", date, time, reference, 1)
    return chunk(b"bext", fixed + bytes(254) + b"A=PCM,F=48000,W=16,M=mono\r\n")


@pytest.fixture
def wave(tmp_path: Path) -> Make:
    """A function that makes a WAV with the given chunks before and after its sound."""

    def make(*before: bytes, after: bytes = b"", kind: bytes = b"RIFF") -> Path:
        form = riff(0)[12:36]
        content = b"WAVE" + form + b"".join(before) + chunk(b"data", SOUND) + after
        path = tmp_path / "a.wav"
        path.write_bytes(kind + struct.pack("<I", len(content)) + content)
        return path

    return make


def said(path: Path) -> dict[str, tuple[str, float]]:
    claims = read_tags(path)
    assert all(claim.source == Source.TAGS and claim.evidence.endswith(claim.source_key) for claim in claims)
    return {f"{claim.field}: {claim.evidence}": (claim.value, claim.confidence) for claim in claims}


INFO = {
    "INAM": "The tide at Kāneʻohe".encode(),
    "IPRD": b"Harbor Watch",
    "IART": b"Ann Lee",
    "ICRD": b"2024-11-05",
    "ICMT": b"How the\r\ntide came in.",
    "IGNR": b"Speech",
    "ILNG": b"eng",
    "ISFT": b"Lavf61.7.100",
}


@pytest.mark.parametrize("is_after", [False, True])
def test_list_info(wave: Make, is_after: bool) -> None:
    tags = info(**INFO)
    assert said(wave(after=tags) if is_after else wave(tags)) == {
        "title: INFO INAM": ("The tide at Kāneʻohe", 0.9),
        "show: INFO IPRD": ("Harbor Watch", 0.8),
        "reporter: INFO IART": ("Ann Lee", 0.6),
        "date: INFO ICRD": ("2024-11-05", 0.6),
        "summary: INFO ICMT": ("How the tide came in.", 0.5),
        "language: INFO ILNG": ("en", 0.5),
    }


def test_list_info_that_is_not_utf_8(wave: Make) -> None:
    path = wave(info(INAM="Ana Nuñez’s tide".encode("cp1252"), IPRD=b"\x81\x8d\xff"))
    assert said(path) == {"title: INFO INAM": ("Ana Nuñez’s tide", 0.9), "show: INFO IPRD": ("ÿ", 0.8)}


@pytest.mark.parametrize("date", [b"2024", b"11/05/2024", b"2024-02-30", b"", b"05.11.24"])
def test_list_info_with_what_is_no_date(wave: Make, date: bytes) -> None:
    assert said(wave(info(ICRD=date))) == {}


def test_bext(wave: Make) -> None:
    path = wave(bext(b"How the tide came in.", "Hawaiʻi Public Radio".encode(), b"2024-11-05", b"08:30:00", 48_000))
    assert said(path) == {
        "summary: bext Description": ("How the tide came in.", 0.4),
        "station: bext Originator": ("Hawaiʻi Public Radio", 0.5),
        "date: bext OriginationDate": ("2024-11-05", GUESS - 0.05),
    }


def test_the_fields_of_bext() -> None:
    found = read_bext(bext(b"x", b"y", b"2024:11:05", b"08:30:00", (1 << 32) + 5)[8:])
    assert found is not None
    assert (found.reference, found.date, found.time) == ("HIHPR123", "2024:11:05", "08:30:00")
    assert found.time_reference == (1 << 32) + 5
    assert read_bext(bytes(300)) is None


@pytest.mark.parametrize("date", [b"2024-11-05", b"2024_11_05", b"2024.11.05", b"2024:11:05", b"2024 11 05"])
def test_the_separators_of_a_date_in_bext(wave: Make, date: bytes) -> None:
    assert {claim.value for claim in read_tags(wave(bext(date=date)))} == {"2024-11-05"}


def test_the_date_of_a_recording_is_only_a_guess_at_when_it_aired(wave: Make) -> None:
    named = Claim(Field.DATE, "2024-11-07", Source.FILENAME, "file name x", 0.7)
    recorded = read_tags(wave(bext(date=b"2024-11-05")))
    assert resolve([*recorded, named])[Field.DATE].value == "2024-11-07"
    assert resolve(recorded)[Field.DATE].value == "2024-11-05"


@pytest.mark.parametrize("originator", [b"KHPR", b"KHPR-FM", b"Harbor News", b"Public Radio Tide"])
def test_an_originator_that_is_a_station(wave: Make, originator: bytes) -> None:
    assert said(wave(bext(originator=originator))) == {"station: bext Originator": (originator.decode(), 0.5)}


@pytest.mark.parametrize("originator", ["Ann Lee", "Keʻala K. Nuñez", "Ann de la Cruz", "J. O’Brien-Lee"])
def test_an_originator_that_is_a_person_is_a_guess(wave: Make, originator: str) -> None:
    expected = {"reporter: bext Originator": (originator, GUESS - 0.05)}
    assert said(wave(bext(originator=originator.encode()))) == expected


@pytest.mark.parametrize(
    "originator",
    [b"Pro Tools", b"Sound Devices", b"ZOOM Handy Recorder", b"Zoom H5", b"Adobe Audition", b"REAPER", b"Lee",
     b"ann lee", b"Pro Tools 2023.6", b"Steinberg Nuendo", b"Ann Lee and Kim Wong Production", b"\xff\xfe",
     b"Sequoia V15"],
)  # fmt: skip
def test_an_originator_that_is_neither(wave: Make, originator: bytes) -> None:
    claims = said(wave(bext(originator=originator)))
    assert not any(key.startswith("reporter") for key in claims)


def test_a_text_that_was_cut_off_amid_a_letter(wave: Make) -> None:
    name = "Hawaiʻi Public Radio, HonoluluʻO".encode()[:32]
    with pytest.raises(UnicodeDecodeError):
        name.decode()
    assert said(wave(bext(originator=name))) == {
        "station: bext Originator": (name.decode(errors="ignore"), 0.5),
    }


@pytest.mark.parametrize("description", [b"sSPEED=024.000-ND\r\nsTAKE=01", b"zUBITS=$00000000", b"ARTIST=x", b""])
def test_what_a_recorder_notes_is_no_summary(wave: Make, description: bytes) -> None:
    assert said(wave(bext(description))) == {}


def test_ixml_says_nothing(wave: Make) -> None:
    assert said(wave(chunk(b"iXML", b"<BWFXML><PROJECT>Tide</PROJECT></BWFXML>"))) == {}


@pytest.mark.parametrize("kind", [b"RF64", b"BW64"])
def test_the_larger_forms(tmp_path: Path, kind: bytes) -> None:
    """Sizes too large for 32 bits, and tags after the sound."""
    sizes = struct.pack("<QQQI", 0, len(SOUND), len(SOUND) // 2, 0)
    path = tmp_path / "a.wav"
    path.write_bytes(
        kind
        + struct.pack("<I", 0xFFFFFFFF)
        + b"WAVE"
        + chunk(b"ds64", sizes)
        + riff(0)[12:36]
        + bext(b"Tide")
        + b"data"
        + struct.pack("<I", 0xFFFFFFFF)
        + SOUND
        + info(INAM=b"Tide")
    )
    assert said(path).keys() == {"summary: bext Description", "title: INFO INAM"}
    with open_audio(path) as source:
        assert [found.name for found in chunks(source)] == [b"ds64", b"fmt ", b"bext", b"data", b"LIST"]


@pytest.mark.parametrize("name", [b"id3 ", b"ID3 "])
@pytest.mark.parametrize("kind", ["wav", "aiff"])
def test_an_id3_tag_in_a_chunk(wave: Make, tmp_path: Path, name: bytes, kind: str) -> None:
    tag = b"ID3\3\0\0\0\0\0\x0f" + b"TIT2" + struct.pack(">IH", 5, 0) + b"\3Tide"
    path = wave(chunk(name, tag))
    if kind == "aiff":
        content = b"AIFF" + name + struct.pack(">I", len(tag)) + tag
        path.write_bytes(b"FORM" + struct.pack(">I", len(content)) + content)
    assert said(path) == {"title: ID3 TIT2": ("Tide", 0.9)}


def test_a_tag_with_rank_comes_first_and_nothing_is_said_twice(wave: Make) -> None:
    path = wave(info(INAM=b"Tide"), info(INAM=b"Other", IPRD=b"Harbor"), bext(b"x" * 5), bext(b"y"))
    assert said(path) == {
        "title: INFO INAM": ("Tide", 0.9),
        "show: INFO IPRD": ("Harbor", 0.8),
        "summary: bext Description": ("xxxxx", 0.4),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"LIST\xff\xff\xff\xffINFOINAM\xff\xff\xff\xff",
        b"LIST\x04\0\0\0INFO" * 100_000,
        b"LIST\0\0\0\0",
        b"bext\xff\xff\xff\xff" + bytes(700),
        b"\0" * 2_000_000,
        b"LIST" + struct.pack("<I", 4_000_004) + b"INFO" + b"ICMT\0\0\0\0" * 500_000,
    ],
    ids="endless many empty long zeros parts".split(),
)
def test_chunks_that_make_no_sense(wave: Make, content: bytes) -> None:
    path = wave(content)
    with cpu_seconds(5):
        assert read_tags(path) == []


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 8), st.binary(max_size=6)), max_size=8))
def test_damaged_chunks_never_raise(wave: Make, damage: list[tuple[int, int, bytes]]) -> None:
    path = wave(info(**INFO), bext(b"How", b"Ann Lee", b"2024-11-05"), chunk(b"id3 ", b"ID3\3\0\0\0\0\0\0"))
    content = path.read_bytes()
    for place, length, new in damage:
        content = content[:place] + new + content[place + length :]
    path.write_bytes(content)
    for claim in read_tags(path):
        assert 0 < len(claim.value) <= 5000
        claim.value.encode()
