"""docs/settings.md lists every setting with its default, and what it says of them is so."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from support.pages import DOCS, read
from support.program import ok, run

from radio_archive.config.podcasts import PodcastOptions
from radio_archive.config.reader import CHOICES, SECTIONS, read_settings
from radio_archive.config.settings import TEMPLATE, ShowHints, WatchOptions
from radio_archive.speech.whisper import SIZES

PAGE = read(DOCS / "settings.md")
SHOW = 'shows."NAME"'
KINDS: Mapping[str, Any] = {**SECTIONS, SHOW: ShowHints}


def defaults_of(section: str) -> dict[str, object]:
    """Return the settings of a section with their defaults."""
    kind = KINDS[section]
    # What a show does not say for its feed is what all say.
    inherited = dict.fromkeys((field.name for field in fields(PodcastOptions)), None) if section == SHOW else {}
    return {field.name: getattr(kind(), field.name) for field in fields(kind)} | inherited


def table(section: str) -> dict[str, str]:
    """Return the settings of a section as the page lists them, each with its default as written."""
    text = re.split(r"^## ", PAGE.partition(f"\n## [{section}]\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    listed = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| `")]
    assert len({key for key, _ in listed}) == len(listed)
    return {key.strip("`"): default.strip("`") for key, default in listed}


def default_of(written: str) -> object:
    if not written:
        return None
    value = tomllib.loads(f"it = {written}")["it"]
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("section", [name for name in KINDS if KINDS[name] is not WatchOptions])
def test_every_setting_is_listed_with_its_default(section: str) -> None:
    assert {key: default_of(written) for key, written in table(section).items()} == defaults_of(section)


def test_every_section_has_a_place() -> None:
    assert {*re.findall(r"^## \[(.+)\]$", PAGE, re.MULTILINE), "watch"} == {*KINDS}


def test_the_file_that_init_writes_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    """Of those that have no default it shows an example."""
    document = tomllib.loads(re.sub(r"^# (\w+ = |\[)", r"\1", TEMPLATE, flags=re.MULTILINE))
    shown = {**document, SHOW: document.pop("shows")["Asia Minute"]}
    for section in KINDS:
        defaults = defaults_of(section)
        assert set(shown[section]) == set(defaults), section
        for key, value in shown[section].items():
            default = defaults[key]
            assert not default or default == (tuple(value) if isinstance(value, list) else value), (section, key)
    ok("init", tmp_path)
    assert read(tmp_path / "radio-archive.toml") == TEMPLATE
    assert "All settings have their default values" in ok("config", "check", "--archive", tmp_path).out


def test_the_words_that_a_setting_takes_are_all_there() -> None:
    for key, words in CHOICES.items():
        (row,) = re.findall(rf"^\| `{key}` \| (.*)$", PAGE, re.MULTILINE)
        assert set(re.findall(r'"(\w+)"', row)) == set(words), key


def test_sizes_that_the_device_chooses() -> None:
    for key, sizes in (("batch_size", "decode"), ("encode_batch_size", "encode")):
        (row,) = re.findall(rf"^\| `{key}` \| (.*)$", PAGE, re.MULTILINE)
        assert f"0: {getattr(SIZES['cpu'], sizes)} on a CPU, {getattr(SIZES['cuda'], sizes)} on a GPU" in row


@pytest.mark.parametrize("command", [["list"], ["search", "x"], ["retag", "--all"], ["config", "check"]])
def test_what_is_wrong_stops_what_needs_the_settings(command: list[str], empty_archive: Path) -> None:
    (empty_archive / "radio-archive.toml").write_text("[search]\n\ntitel = 3.0\n", encoding="utf-8")
    ran = run(*command, "--archive", empty_archive)
    if command == ["list"]:
        assert ran.code == 0
        return
    assert ran.code == 1
    assert "line 3" in ran.out + ran.err
    assert "Did you mean 'title'?" in ran.out + ran.err


def test_what_counts_in_a_search_can_be_set(own_archive: Path) -> None:
    """A title counts twice as much as a sentence by default; where it counts for nothing, others come first."""
    query = ("search", "Hawaii", "--ids", "--archive", own_archive)
    before = ok(*query).out.split()
    path = own_archive / "radio-archive.toml"
    path.write_text("[search]\ntitle = 0.0\nheard = 9.0\n", encoding="utf-8")
    after = ok(*query).out.split()
    assert sorted(before) == sorted(after)
    assert before != after
    path.write_text("[search]\ntitle = 0.0\n", encoding="utf-8")
    assert ok(*query).out.split() == after
    assert read_settings(path).search.heard == 0.5
