"""The README files of fixtures/ say what is there: clips, stories, feeds, archives, and the demo model's measures."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.pages import CODE, FENCE, LINK, read
from support.program import FIXTURES

from radio_archive.archive.migrations import NAMES

README = read(FIXTURES / "README.md")
MODEL = FIXTURES / "demo-model"


def rows(text: str, columns: int) -> list[list[str]]:
    """Return the cells of the rows of `columns` cells that begin with code."""
    cells = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")]
    return [row for row in cells if len(row) == columns]


SETS = {"demo": FIXTURES, "spoken": FIXTURES / "spoken"}
CLIP_ROWS = {name: {row[0].strip("`"): row for row in rows(read(home / "README.md"), 8)} for name, home in SETS.items()}
SCRIPTS = [(name, path.stem) for name, home in SETS.items() for path in sorted((home / "scripts").glob("*.toml"))]


@pytest.mark.parametrize(("name", "script"), SCRIPTS)
def test_a_clip_is_what_the_table_says(name: str, script: str) -> None:
    home = SETS[name]
    said: dict[str, Any] = tomllib.loads(read(home / "scripts" / f"{script}.toml"))
    truth = json.loads(read(home / "truth" / f"{script}.json"))
    _, file, show, voices, sound, split, seconds, tags = CLIP_ROWS[name][script]
    assert (home / "clips" / file.strip("`")).is_file()
    expected = (said["file"], said["show"], said.get("sound", "clean"), said["split"], f"{truth['duration']:.0f} s")
    assert (file.strip("`"), show, sound, split, seconds) == expected
    assert set(voices.split(", ")) == {role["voice"] for role in said["roles"].values()}
    assert tags == (f"ID3v2.{said['tags'].get('version', 4)}" if "tags" in said else "none")


@pytest.mark.parametrize("name", SETS)
def test_every_clip_is_in_the_table(name: str) -> None:
    listed, home = CLIP_ROWS[name], SETS[name]
    scripts = {path.stem for path in (home / "scripts").glob("*.toml")}
    assert set(listed) == scripts == {path.stem for path in (home / "truth").glob("*.json")}
    assert len(list((home / "clips").rglob("*.mp3"))) == len(listed)
    assert sum(row[-1] == "none" for row in listed.values()) == len(listed) / 2


def test_what_lies_in_the_folder_is_listed() -> None:
    listed = {row[0].strip("`/") for row in rows(README, 2)}
    assert listed == {path.name for path in FIXTURES.iterdir()} - {
        "README.md",
        "make_clips.py",
        "record_transcripts.py",
        "__pycache__",
    }


def test_there_is_an_archive_of_every_version() -> None:
    assert {path.stem for path in (FIXTURES / "archives").glob("*.db")} == set(NAMES)


@pytest.mark.parametrize("kind", ["feeds", "stories"])
def test_every_feed_and_story_is_described(kind: str) -> None:
    folder = FIXTURES / kind
    listed = {row[0].strip("`") for columns in (2, 3) for row in rows(read(folder / "README.md"), columns)}
    there = {path.name for path in folder.iterdir()} - {"README.md", "truth.toml"}
    assert listed == (there if kind == "feeds" else {name.partition(".")[0] for name in there})


def test_a_story_is_tuned_on_or_held_out_as_its_truth_says() -> None:
    truth = tomllib.loads(read(FIXTURES / "stories" / "truth.toml"))
    listed = {name.strip("`"): split for name, split, _ in rows(read(FIXTURES / "stories" / "README.md"), 3)}
    assert listed == {name: story["split"] for name, story in truth.items() if "." not in name}


def test_the_demo_model_has_the_measures_that_are_told() -> None:
    page = read(MODEL / "README.md")
    size = sum(path.stat().st_size for path in MODEL.iterdir() if path.suffix in {".bin", ".json"})
    assert f"({size / 1e6:.1f} MB, int8)" in page
    vocabulary = json.loads(read(MODEL / "vocabulary.json"))
    times = sum(bool(re.fullmatch(r"<\|\d+\.\d\d\|>", token)) for token in vocabulary)
    assert f"vocabulary of {len(vocabulary):,}: 900 pieces" in page
    assert f"{times:,} timestamps" in page
    heads = json.loads(read(MODEL / "config.json"))["alignment_heads"]
    assert heads == [[layer, head] for layer in (0, 1) for head in (0, 1)]
    (voices,) = re.findall(r"^\| voices \| (.*) \|$", page, re.MULTILINE)
    spoken = {voice for row in CLIP_ROWS["demo"].values() for voice in row[3].split(", ")}
    assert spoken <= set(CODE.findall(voices))
    # The two programs, and seven voices.
    assert len(CODE.findall(voices)) == 9


@pytest.mark.parametrize("page", sorted(FIXTURES.rglob("README.md")), ids=lambda page: page.parent.name)
def test_files_and_links_that_are_named_are_there(page: Path) -> None:
    text = read(page)
    links = [target for target in LINK.findall(FENCE.sub("", text)) if "://" not in target]
    paths = [name for name in CODE.findall(FENCE.sub("", text)) if re.fullmatch(r"[\w./-]+/[\w.-]*", name)]
    scripts = re.findall(r"^python (\S+\.py)", "\n".join(block for _, block in FENCE.findall(text)), re.MULTILINE)
    places = (page.parent, page.parent.parent, page.parent.parent.parent, page.parent / "train")
    missing = [name for name in (*links, *paths, *scripts) if not any((place / name).exists() for place in places)]
    assert missing == []
