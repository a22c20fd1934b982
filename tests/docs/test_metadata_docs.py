"""What docs/metadata.md lists, keys and patterns and examples, is what is read."""

import json
import re
import tomllib
from pathlib import Path, PurePath

import pytest
from support.pages import CODE, DOCS, fenced, read

from radio_archive.config.reader import read_settings
from radio_archive.metadata import sidecar
from radio_archive.metadata.filename.claims import read_name
from radio_archive.metadata.filename.patterns import FIELDS, Patterns, compile_patterns
from radio_archive.metadata.gather import CAPTIONS, STORIES, parse_sidecars
from radio_archive.models import Field, Source
from radio_archive.pipeline.inputs import SIDECARS, InputFile, find_inputs

PAGE = read(DOCS / "metadata.md")
CODES = {"AM": "Asia Minute"}


def section(heading: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


KEYS = [
    (key, field)
    for field, keys in re.findall(r"^\| (\w+) \| (`.*`) \|$", section("Sidecars"), re.MULTILINE)
    for key in CODE.findall(keys)
]
VALUES = {"date": "2024-10-22", "language": "haw"}


@pytest.mark.parametrize(("key", "field"), KEYS)
def test_a_key_of_a_sidecar_is_read(key: str, field: str) -> None:
    value = VALUES.get(field, "Kim Lee")
    for spelled in (key, key.replace("_", "-"), key.replace("_", "").upper()):
        for document in ({spelled: value}, {"clip": {spelled: value}}):
            (claim,) = sidecar.read_sidecar("a.json", json.dumps(document).encode())
            assert (claim.field, claim.value, claim.source) == (field, value, Source.SIDECAR)


def test_every_key_of_a_sidecar_is_listed() -> None:
    assert {key.replace("_", "") for key, _ in KEYS} == set(sidecar._KEYS)
    assert {field for _, field in KEYS} == set(Field) - {Field.TRANSCRIPT}, "which is current is no matter of a file"


def test_what_is_done_with_each_kind_of_sidecar_is_told() -> None:
    table = re.findall(r"^\| (`\..*?`) \| (.*) \|$", section("Sidecars"), re.MULTILINE)
    told = {suffix: what for suffixes, what in table for suffix in CODE.findall(suffixes)}
    assert set(told) == set(SIDECARS)
    assert {suffix for suffix, what in told.items() if "another transcript" in what} == set(CAPTIONS)
    assert {suffix for suffix, what in told.items() if "published story" in what} == set(STORIES)
    json_mib, toml_kib = sidecar.LARGEST[".json"] >> 20, sidecar.LARGEST[".toml"] >> 10
    text = " ".join(section("Sidecars").split())
    assert f"`.json` file of more than {json_mib} MiB and a `.toml` file of more than {toml_kib} KiB" in text


def test_of_a_page_and_a_paste_the_page_counts() -> None:
    paste = b"Paste\n\nBy Kim Lee\n\nA sentence that says something. Another sentence that says more.\n"
    page = b"<html><body><article><h1>Page</h1><p>A sentence that says something.</p></article></body></html>"
    for given in ([("a.html", page), ("a.txt", paste)], [("a.txt", paste), ("a.html", page)]):
        assert parse_sidecars(given).story_name == "a.html"


def test_every_field_of_a_pattern_is_listed() -> None:
    (table,) = re.findall(r"^\| in a pattern \|.*\n\|---\|---\|\n((?:\|.*\n)+)", section("File names"), re.MULTILINE)
    listed = re.findall(r"`{(\w+)}`", table)
    assert sorted(listed) == sorted(FIELDS)
    for part in ("YYYY", "YY", "MM", "MMM", "DD"):
        assert f"`{part}`" in table
    (refused,) = re.findall(r"`([^`]*)` is refused", section("File names"))
    with pytest.raises(Exception, match="right after"):
        compile_patterns([refused])


@pytest.mark.parametrize(
    ("name", "codes", "expected"),
    [
        ("pacific-report_2024-10-22_undersea-cable", {}, {"show": "Pacific Report", "date": "2024-10-22"}),
        ("20241022_AsiaMinute", {}, {"show": "Asia Minute", "date": "2024-10-22"}),
        ("AM102224", CODES, {"show": "Asia Minute", "date": "2024-10-22"}),
        ("AM110524", CODES, {"show": "Asia Minute"}),
        ("AM102224", {}, {}),
        ("03-04-2025", {}, {}),
        ("2024", {}, {}),
    ],
)
def test_names_on_the_page_are_read_as_it_says(name: str, codes: dict[str, str], expected: dict[str, str]) -> None:
    assert name in PAGE
    said = read_name(PurePath(f"{name}.mp3"), codes=codes)
    assert {c.field: c.value for c in said if c.field in {Field.SHOW, Field.DATE}} == expected


@pytest.mark.parametrize("folder", ["audio", "2024", "downloads", "finals", "Week 43", "Season 2"])
def test_folders_that_name_no_show(folder: str) -> None:
    assert f"`{folder}`" in PAGE
    assert [claim for claim in read_name(PurePath("a.mp3"), [folder]) if claim.source == Source.FOLDER] == []


@pytest.mark.parametrize("text", fenced(DOCS / "metadata.md", "toml"))
def test_the_settings_on_the_page_can_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    settings = read_settings(path)
    patterns = compile_patterns(settings.filename.patterns)
    if "patterns" in text:
        (claim, *_) = [c for c in read_name(PurePath("AM110524.mp3"), (), patterns, CODES) if c.field == Field.DATE]
        assert claim.value == "2024-11-05"
    else:
        assert patterns == Patterns()
        assert tomllib.loads(text)["station"]["timezone"] == settings.station.timezone


@pytest.mark.parametrize(
    ("named", "guess"), [("Harbor Watch", "Harbor Watch"), (".", ""), ("archive/inbox", ""), ("archive", "")]
)
def test_which_folder_is_a_guess_at_the_show(
    named: str, guess: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home folder is here, the archive and a folder of clips in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / named
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.mp3").touch()
    for given in (folder, folder / "a.mp3"):
        ((found,), failed) = find_inputs([given], tmp_path / "archive")
        assert isinstance(found, InputFile)
        assert (found.folder_hint, failed) == (guess, [])
