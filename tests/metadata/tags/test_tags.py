"""The claims of tags in real files, and that damaged tags cause no failure."""

# mypy: allow-untyped-calls

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import id3
from mutagen.flac import FLAC
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE
from support.audio_files import encode, tone
from support.tag_readers import read_chapters, read_cover, read_tags

from radio_archive.metadata.tags.mojibake import repaired
from radio_archive.models import Field, Source

Make = Callable[..., Path]


@pytest.fixture
def mp3(tmp_path: Path) -> Make:
    """A function that makes an MP3 with the given ID3 frames."""
    sound = encode(
        tmp_path / "bare.mp3", tone(0.3), rate=44_100, codec="mp3", container="mp3", options={"id3v2_version": "0"}
    )

    def make(*frames: id3.Frame, version: int = 4, v1: int = 0) -> Path:
        path = tmp_path / "tagged.mp3"
        path.write_bytes(sound.read_bytes())
        tags = id3.ID3()
        for frame in frames:
            tags.add(frame)
        if version == 3:
            tags.update_to_v23()
        tags.save(path, v1=v1, v2_version=version)
        return path

    return make


def said(path: Path) -> dict[str, tuple[str, float]]:
    """The claims: value and confidence, by evidence."""
    claims = read_tags(path)
    assert all(claim.source == Source.TAGS and claim.evidence.endswith(claim.source_key) for claim in claims)
    return {f"{claim.field}: {claim.evidence}": (claim.value, claim.confidence) for claim in claims}


def test_id3(mp3: Make) -> None:
    path = mp3(
        id3.TIT2(encoding=3, text="The tide at Kāneʻohe"),
        id3.TALB(encoding=1, text="Harbor Watch"),
        id3.TPE1(encoding=0, text="Ann Lee"),
        id3.TDRC(text="2024-11-05T08:30:00"),
        id3.TDRL(text="2024-11-06"),
        id3.TLAN(text="haw"),
        id3.COMM(encoding=3, lang="eng", desc="", text="How the\ntide came in."),
    )
    assert said(path) == {
        "title: ID3 TIT2": ("The tide at Kāneʻohe", 0.9),
        "show: ID3 TALB": ("Harbor Watch", 0.8),
        "reporter: ID3 TPE1": ("Ann Lee", 0.6),
        "date: ID3 TDRC": ("2024-11-05", 0.8),
        "date: ID3 TDRL": ("2024-11-06", 0.9),
        "language: ID3 TLAN": ("haw", 0.5),
        "summary: ID3 COMM": ("How the tide came in.", 0.5),
    }


def test_id3_of_our_own_words(mp3: Make) -> None:
    path = mp3(id3.TXXX(desc="show", text="Harbor Watch"), id3.TXXX(desc="Reporter", text="Ann Lee"))
    assert said(path) == {
        "show: ID3 TXXX:SHOW": ("Harbor Watch", 0.95),
        "reporter: ID3 TXXX:REPORTER": ("Ann Lee", 0.95),
    }


def test_id3_version_2_3_has_its_date_in_two_frames(mp3: Make) -> None:
    assert said(mp3(id3.TDRC(text="2024-11-05"), version=3)) == {"date: ID3 TDRC": ("2024-11-05", 0.8)}


def test_id3_version_2_2(mp3: Make, tmp_path: Path) -> None:
    def frame(name: bytes, text: bytes) -> bytes:
        return name + (len(text) + 1).to_bytes(3, "big") + b"\0" + text

    frames = frame(b"TT2", b"Tide") + frame(b"TAL", b"Harbor") + frame(b"TYE", b"2024") + frame(b"TDA", b"0511")
    path = tmp_path / "old.mp3"
    sound = (tmp_path / "bare.mp3").read_bytes()
    path.write_bytes(b"ID3\2\0\0" + bytes([0, 0, 0, len(frames)]) + frames + sound)
    assert said(path) == {
        "title: ID3 TIT2": ("Tide", 0.9),
        "show: ID3 TALB": ("Harbor", 0.8),
        "date: ID3 TDRC": ("2024-11-05", 0.8),
    }


def test_id3_version_1_says_so(mp3: Make) -> None:
    path = mp3(id3.TIT2(text="Tide"), id3.TALB(text="Harbor Watch"), id3.TDRC(text="2024"), version=3, v1=2)
    id3.delete(path, delete_v1=False, delete_v2=True)
    assert said(path) == {"title: ID3v1 TIT2": ("Tide", 0.9), "show: ID3v1 TALB": ("Harbor Watch", 0.8)}


@pytest.mark.parametrize(("suffix", "codec", "container"), [("flac", "flac", "flac"), ("opus", "libopus", "ogg")])
def test_vorbis_comments(tmp_path: Path, suffix: str, codec: str, container: str) -> None:
    path = encode(tmp_path / f"a.{suffix}", tone(0.3, 48_000), codec=codec, container=container, rate=48_000)
    file = FLAC(path) if suffix == "flac" else OggOpus(path)
    file.update(
        {
            "Title": ["", "The tide"],
            "ALBUM": "Harbor Watch",
            "artist": "Ann Lee",
            "show": "Harbor Watch Daily",
            "reporter": "Ann K. Lee",
            "date": "20241105",
            "language": "en-US",
            "description": "How it came in.",
        }
    )
    file.save()
    assert said(path) == {
        "title: Vorbis TITLE": ("The tide", 0.9),
        "show: Vorbis ALBUM": ("Harbor Watch", 0.8),
        "show: Vorbis SHOW": ("Harbor Watch Daily", 0.95),
        "reporter: Vorbis ARTIST": ("Ann Lee", 0.6),
        "reporter: Vorbis REPORTER": ("Ann K. Lee", 0.95),
        "date: Vorbis DATE": ("2024-11-05", 0.8),
        "language: Vorbis LANGUAGE": ("en", 0.5),
        "summary: Vorbis DESCRIPTION": ("How it came in.", 0.5),
    }


def test_mp4(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", tone(0.3), rate=44_100, codec="aac", container="mp4")
    file = MP4(path)
    file.update(
        {
            "©nam": "The tide",
            "©alb": "Harbor Watch",
            "©ART": "Ann Lee",
            "©day": "2024-11-05T07:00:00Z",
            "©cmt": "How it came in.",
            "tvsh": "Harbor Watch Daily",
            "----:com.apple.iTunes:reporter": MP4FreeForm("Ana Nuñez".encode()),
        }
    )
    file.save()
    assert said(path) == {
        "title: MP4 ©nam": ("The tide", 0.9),
        "show: MP4 ©alb": ("Harbor Watch", 0.8),
        "show: MP4 tvsh": ("Harbor Watch Daily", 0.95),
        "reporter: MP4 ©ART": ("Ann Lee", 0.6),
        "reporter: MP4 REPORTER": ("Ana Nuñez", 0.95),
        "date: MP4 ©day": ("2024-11-05", 0.8),
        "summary: MP4 ©cmt": ("How it came in.", 0.5),
    }


def add_id3(path: Path, title: str) -> None:
    file: Any = WAVE(path)
    file.add_tags()
    file.tags.add(id3.TIT2(encoding=3, text=title))
    file.save()


def test_wav_with_id3(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", tone(0.3), rate=44_100, codec="pcm_s16le", container="wav")
    add_id3(path, "The tide")
    assert said(path) == {"title: ID3 TIT2": ("The tide", 0.9)}


@pytest.mark.parametrize(
    "artist",
    ["Harbor Watch", "HARBOR-WATCH", "Hawaiʻi Harbor Radio", "Harbor News", "KHBR", "WHBR-FM", "The Tide Podcast", ""],
)
def test_a_show_or_a_station_is_no_reporter(mp3: Make, artist: str) -> None:
    path = mp3(id3.TALB(text="Harbor Watch"), id3.TPE1(encoding=3, text=artist))
    assert said(path).keys() == {"show: ID3 TALB"}


@pytest.mark.parametrize("artist", ["Ann Lee", "Newson Fmara", "Kim", "Wong"])
def test_a_person_is_a_reporter(mp3: Make, artist: str) -> None:
    assert said(mp3(id3.TPE1(text=artist))) == {"reporter: ID3 TPE1": (artist, 0.6)}


@pytest.mark.parametrize(
    "date", ["2024", "2024-11", "2024-13-05", "2024-02-30", "1066-10-14", "0000-00-00", "soon", ""]
)
def test_no_date_from_a_year_alone_or_one_that_never_was(mp3: Make, date: str) -> None:
    assert said(mp3(id3.TDRC(text=date), id3.TDRL(text=date))) == {}


@pytest.mark.parametrize(
    ("code", "expected"),
    [("eng", "en"), ("ENG", "en"), ("en", "en"), ("fre", "fr"), ("fra", "fr"), ("en-US", "en"), ("jpn", "ja")],
)
def test_languages(mp3: Make, code: str, expected: str) -> None:
    assert said(mp3(id3.TLAN(text=code))) == {"language: ID3 TLAN": (expected, 0.5)}


@pytest.mark.parametrize("code", ["und", "xxx", "English spoken", "zz", "mul"])
def test_unknown_languages(mp3: Make, code: str) -> None:
    assert said(mp3(id3.TLAN(text=code))) == {}


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("iTunNORM", "just text"),
        ("iTunSMPB", " 00000000 00000210"),
        ("", " 00000A2B 00000A2B 00003C8E 00003C8E 00024CA8 00024CA8"),
        ("", "Lavf61.7.100"),
        ("", "LAME 3.100"),
        ("", "Encoded with Tide Encoder"),
        ("", "x" * 5001),
    ],
)
def test_what_a_program_notes_is_no_summary(mp3: Make, description: str, text: str) -> None:
    noted = id3.COMM(encoding=0, lang="eng", desc=description, text=text)
    assert said(mp3(noted)) == {}
    told = id3.COMM(encoding=0, lang="haw", desc="", text="How it came in.")
    assert said(mp3(noted, told)) == {"summary: ID3 COMM": ("How it came in.", 0.5)}


def test_absurd_values_make_no_claim(mp3: Make) -> None:
    assert (
        said(mp3(id3.TIT2(text="x" * 1001), id3.TALB(text="\0\x07  "), id3.TPE1(encoding=3, text="y" * 3_000_000)))
        == {}
    )
    assert len(read_tags(mp3(id3.TIT2(text="x" * 1000)))) == 1


def test_control_characters_are_taken_out(mp3: Make) -> None:
    assert said(mp3(id3.TIT2(encoding=3, text="The \x1b[31mtide\u202e"))) == {"title: ID3 TIT2": ("The [31mtide", 0.9)}


def test_a_large_picture_does_not_matter(mp3: Make) -> None:
    picture = id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=b"\x89PNG" * 2_500_000)
    assert said(mp3(picture, id3.TIT2(text="Tide"))) == {"title: ID3 TIT2": ("Tide", 0.9)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("K\u00c4\u0081ne\u00ca\u00bbohe", "Kāneʻohe"),
        ("Hawai\u00ca\u00bbi", "Hawaiʻi"),
        ("The mayor\u00e2\u20ac\u2122s tide", "The mayor’s tide"),
        ("Ana Nu\u00c3\u00b1ez na\u00c3\u00afve", "Ana Nuñez naïve"),
        ("Ka\u0304ne\u02bbohe", "Kāneʻohe"),
        ("Kāneʻohe", "Kāneʻohe"),
        ("Hawai‘i — O’ahu “tide”", "Hawai‘i — O’ahu “tide”"),
        ("São Paulo, ÇA VA, Łódź, MÃE", "São Paulo, ÇA VA, Łódź, MÃE"),
        ("ﬁne ｗｉｄｅ &amp; ½", "ﬁne ｗｉｄｅ &amp; ½"),
        ("Ê », Ä, Ÿ", "Ê », Ä, Ÿ"),
        ("潮 — 港の声", "潮 — 港の声"),
    ],
)
def test_only_broken_encodings_are_repaired(mp3: Make, text: str, expected: str) -> None:
    assert said(mp3(id3.TIT2(encoding=3, text=text))) == {"title: ID3 TIT2": (expected, 0.9)}


@given(st.text(st.sampled_from("aeiou āēīōū ĀĒĪŌŪ ʻʻ hklmnpw HKLMNPW ’ - é ñ"), max_size=60))
def test_hawaiian_text_is_never_repaired(text: str) -> None:
    assert repaired(text) == text


@given(st.text(st.sampled_from("aeiou āēīōū ʻ hklmnpw"), min_size=1, max_size=30))
def test_a_repair_never_makes_another_text(text: str) -> None:
    """Text that was read in the wrong encoding is repaired, or stays the same."""
    broken = text.encode().decode("latin-1")
    assert repaired(broken) in {text, broken}


def test_a_file_is_what_its_bytes_say_and_not_its_name(tmp_path: Path, mp3: Make) -> None:
    path = mp3(id3.TIT2(text="Tide"))
    assert said(path.rename(tmp_path / "tide.m4a")) == {"title: ID3 TIT2": ("Tide", 0.9)}


def test_vorbis_comments_that_are_not_utf_8(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", tone(0.3, 48_000), codec="flac", container="flac", rate=48_000)
    file = FLAC(path)
    file["title"] = "Nunez"
    file.save()
    path.write_bytes(path.read_bytes().replace(b"Nunez", b"Nu\xf1ez"))
    assert said(path) == {"title: Vorbis TITLE": ("Nuñez", 0.9)}


@pytest.mark.parametrize(
    "content", [b"", b"ID3", b"not audio", b"ID3\4\0\0\x7f\x7f\x7f\x7f", b"RIFF\0\0\0\0WAVE", b"OggS"]
)
@pytest.mark.parametrize("suffix", ["mp3", "flac", "opus", "m4a", "wav"])
def test_what_is_no_audio_has_no_tags(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    assert read_tags(path) == []
    assert read_tags(tmp_path / f"gone.{suffix}") == []


# A few bytes overwritten (mostly with values that make lengths absurd), removed or inserted, near the start.
DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 700), st.integers(0, 8), st.sampled_from([b"", b"\0", b"\xff", b"\xff" * 4, b"\x7f" * 4, b"\1"])
    ),
    min_size=1,
    max_size=8,
)


def damaged(content: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, new in damage:
        content = content[:place] + new + content[place + length :]
    return content


def check_claims(path: Path) -> None:
    for claim in read_tags(path):
        assert claim.field in Field
        assert 0 < len(claim.value) <= 5000
        claim.value.encode()
    read_chapters(path)
    read_cover(path)


fuzz = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzz
@given(damage=DAMAGE, version=st.sampled_from([3, 4]))
def test_damaged_id3_never_raises(mp3: Make, damage: list[tuple[int, int, bytes]], version: int) -> None:
    path = mp3(
        id3.TIT2(encoding=1, text="Tide ʻā"),
        id3.TALB(encoding=3, text="Harbor"),
        id3.TDRC(text="2024-11-05"),
        id3.TXXX(encoding=2, desc="show", text="Harbor"),
        id3.COMM(encoding=1, lang="eng", desc="x", text="y"),
        id3.APIC(encoding=3, mime="image/png", type=3, desc="", data=b"x" * 100),
        version=version,
        v1=2,
    )
    path.write_bytes(damaged(path.read_bytes(), damage))
    check_claims(path)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A tagged file of each other kind."""
    folder = tmp_path_factory.mktemp("others")
    kinds = [("flac", "flac", "flac"), ("opus", "libopus", "ogg"), ("m4a", "aac", "mp4"), ("wav", "pcm_s16le", "wav")]
    paths = []
    for suffix, codec, container in kinds:
        path = encode(folder / f"a.{suffix}", tone(0.1, 48_000), codec=codec, container=container, rate=48_000)
        if suffix == "wav":
            add_id3(path, "Tide")
        else:
            file = mutagen.File(path)
            file["©nam" if suffix == "m4a" else "title"] = "Tide"
            file.save()
        assert len(read_tags(path)) == 1
        paths.append(path)
    return paths


@fuzz
@given(damage=DAMAGE, kind=st.integers(0, 3))
def test_other_damaged_files_never_raise(others: list[Path], damage: list[tuple[int, int, bytes]], kind: int) -> None:
    whole = others[kind]
    path = whole.with_stem("damaged")
    path.write_bytes(damaged(whole.read_bytes(), damage))
    check_claims(path)


def test_an_opus_file_whose_first_page_holds_nothing(others: list[Path], tmp_path: Path) -> None:
    content = bytearray(others[1].read_bytes())
    content[26] = 0  # the number of the page's parts
    path = tmp_path / "a.opus"
    path.write_bytes(content)
    with pytest.raises(IndexError):
        mutagen.File(path)
    assert read_tags(path) == []
