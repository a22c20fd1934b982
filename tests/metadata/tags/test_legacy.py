"""Tags in encodings that nothing declares: read by the setting, or as the spoken language tells."""

# mypy: allow-untyped-calls

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from mutagen import id3
from support.audio_files import mp3, riff
from support.listening import Listening
from support.program import run
from support.tag_readers import NAMING, read_tags

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import clips
from radio_archive.config.settings import Settings, StationOptions
from radio_archive.metadata.resolve import resolve
from radio_archive.models import Field
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request
from radio_archive.pipeline.retag import reread

RUSSIAN = "Подводный кабель на Фиджи"


def tagged(path: Path, content: bytes) -> Path:
    """An MP3 whose title is these bytes, declared as Latin-1."""
    mp3(path, 0.5, xing=False)
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=0, text=content.decode("latin-1")))
    tags.add(id3.TALB(encoding=3, text="Ñandú à l’Été"))
    tags.save(path, v1=0, v2_version=3)
    return path


def title(path: Path, encoding: str = "", language: str | None = None) -> str | None:
    found = resolve(read_tags(path, replace(NAMING, tag_encoding=encoding), language)).get(Field.TITLE)
    return found.value if found else None


@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [
        ("ru", "cp1251", RUSSIAN),
        ("ru", "koi8-r", RUSSIAN),
        ("ru", "cp866", RUSSIAN),
        ("ru", "cp1251", "ПОДВОДНЫЙ КАБЕЛЬ НА ФИДЖИ"),
        ("uk", "cp1251", "Її кабель їде в Київ"),
        ("bg", "cp1251", "Радио България"),
        ("el", "cp1253", "Το καλώδιο προς τα Φίτζι"),
        ("he", "cp1255", "הכבל לפיג'י"),
        ("ar", "cp1256", "الكابل إلى فيجي"),
        ("th", "cp874", "สายเคเบิลไปฟิจิ"),
        ("ja", "cp932", "フィジーへの海底ケーブル"),
        ("ja", "euc_jp", "フィジーへの海底ケーブル"),
        ("zh", "gb18030", "通往斐济的海底电缆"),
        ("yue", "big5hkscs", "通往斐濟的海底電纜"),
        ("ko", "cp949", "피지로 가는 해저 케이블"),
    ],
)
def test_the_spoken_language_or_the_setting_tells(tmp_path: Path, language: str, encoding: str, text: str) -> None:
    path = tagged(tmp_path / "a.mp3", text.encode(encoding))
    assert title(path, language=language) == text
    assert title(path, encoding=encoding) == text
    assert title(path, encoding=encoding, language="en") == text
    assert title(path) != text
    assert title(path, language="en") == title(path)
    # What declares its encoding is never touched.
    assert resolve(read_tags(path, NAMING, language))[Field.SHOW].value == "Ñandú à l’Été"


@pytest.mark.parametrize("language", ["ru", "ja", "zh", "ko", "el", "th", "he"])
@pytest.mark.parametrize(
    "text", ["Où est l’été, señor Ibáñez?", "Straße über Öl", "Tide", "São Tomé e Príncipe", "Café"]
)
def test_latin_script_stays_whatever_is_spoken(tmp_path: Path, language: str, text: str) -> None:
    assert title(tagged(tmp_path / "a.mp3", text.encode("cp1252")), language=language) == title(
        tagged(tmp_path / "b.mp3", text.encode("cp1252"))
    )


def test_utf_8_that_calls_itself_latin_1_is_utf_8(tmp_path: Path) -> None:
    path = tagged(tmp_path / "a.mp3", RUSSIAN.encode())
    assert title(path, encoding="cp1251", language="ru") == title(path, language="ru") == RUSSIAN


def test_the_setting_is_no_help_where_it_does_not_fit(tmp_path: Path) -> None:
    path = tagged(tmp_path / "a.mp3", "Ana Nuñez".encode("latin-1"))
    assert title(path, encoding="shift_jis") == "Ana Nuñez"


def test_a_wave_file(tmp_path: Path) -> None:
    text = RUSSIAN.encode("cp1251")
    fixed = struct.pack("<4s64s", b"0101", text.ljust(64, b"\0"))
    cart = b"cart" + struct.pack("<I", 2048) + fixed.ljust(2048, b"\0")
    content = b"WAVE" + riff(0)[12:36] + cart + b"data" + struct.pack("<I", 3200) + bytes(3200)
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    assert title(path, language="ru") == RUSSIAN


def test_a_letter_that_is_cut_in_two(tmp_path: Path) -> None:
    path = mp3(tmp_path / "a.mp3", 0.5, xing=False)
    path.write_bytes(
        path.read_bytes() + b"TAG" + "xフィジーへの海底ケーブルの海底ケーブル".encode("cp932")[:30] + bytes(95)
    )
    assert title(path, language="ja") == "xフィジーへの海底ケーブルの海"


@pytest.mark.parametrize("how", ["heard", "set", "set later"])
def test_from_the_file_to_the_clip(tmp_path: Path, how: str) -> None:
    path = tagged(tmp_path / "a.mp3", RUSSIAN.encode("cp1251"))
    settings = Settings(station=StationOptions(tag_encoding="cp1251" if how == "set" else ""))
    with Archive.create(tmp_path / "archive", "") as archive:
        engine = Listening("ru" if how == "heard" else "en")
        Ingest(archive, engine, Request.of(archive, settings)).run([InputFile(path)])
        [clip] = clips(archive)
        assert (clip.title == RUSSIAN) == (how != "set later")
        later = Request.of(archive, Settings(station=StationOptions(tag_encoding="cp1251" if how != "heard" else "")))
        changes = reread(archive, clip.uid, later.naming)
        assert [(change.field, change.after) for change in changes] == (
            [(Field.TITLE, RUSSIAN)] if how == "set later" else []
        )


def test_an_encoding_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    run("init", tmp_path)
    (tmp_path / "radio-archive.toml").write_text('[station]\ntag_encoding = "cp9999"\n', encoding="utf-8")
    done = run("config", "check", "--archive", tmp_path)
    assert done.code != 0
    assert "station.tag_encoding is 'cp9999'" in done.err
    assert "line 2" in done.err
    assert "Traceback" not in done.err
