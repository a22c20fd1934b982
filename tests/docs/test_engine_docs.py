"""What docs/engine.md says of sizes, guards, verdicts and recorded transcripts is so."""

import hashlib
import json
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from support.pages import CODE, DOCS, fenced, read
from support.program import CLIPS, ok, run

from radio_archive.audio.decode import RATE
from radio_archive.config.reader import read_settings
from radio_archive.models import Verdict
from radio_archive.speech import assembly, guards, windows
from radio_archive.speech.whisper import FRAMES_PER_SECOND, SHORT_STEP, SIZES

PAGE = read(DOCS / "engine.md")
TEXT = " ".join(PAGE.split())


def guard_names() -> set[str]:
    source = read(Path(guards.__file__)) + read(Path(assembly.__file__))
    return set(re.findall(r'Flag\(\s*"(\w+)"', source))


def test_every_guard_is_listed_and_no_other() -> None:
    rows = re.findall(r"^\| (`\w+`.*?) \| ", PAGE, re.MULTILINE)
    assert sorted(name for row in rows for name in CODE.findall(row)) == sorted(guard_names())


def test_every_verdict_is_explained() -> None:
    section = PAGE.partition("## Guards")[2].partition("\n## ")[0]
    assert {name for name in CODE.findall(section) if name in set(Verdict)} == set(Verdict)


def test_sizes_on_the_page() -> None:
    cpu, gpu = SIZES["cpu"], SIZES["cuda"]
    assert f"({cpu.encode} and {cpu.decode}; on a GPU {gpu.encode} and {gpu.decode})" in TEXT
    assert f"hears {windows.LIMIT // RATE} seconds at a time" in TEXT
    assert SHORT_STEP / FRAMES_PER_SECOND == 5
    assert "in steps of five seconds" in TEXT


def test_the_number_of_known_phrases() -> None:
    known = tomllib.loads(resources.files("radio_archive.speech").joinpath("phantoms.toml").read_text("utf-8"))
    phrases = sum(len(listed) for kinds in known.values() for listed in kinds.values())
    assert f"{phrases} known phrases in {len(known)} languages" in TEXT


@pytest.mark.parametrize("text", fenced(DOCS / "engine.md", "toml"))
def test_the_settings_on_the_page_can_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    settings = read_settings(path)
    assert settings.engine.hotwords
    assert settings.shows["Asia Minute"].language == "en"


def test_a_transcript_from_elsewhere_is_taken_as_described(empty_archive: Path, tmp_path: Path) -> None:
    """The example with the digest of a real clip, and a clip that it does not know."""
    (example,) = fenced(DOCS / "engine.md", "json")
    ((digest, said),) = json.loads(example).items()
    whales, other = CLIPS / "whales_final_mix.mp3", CLIPS / "20241105_HarborWatch.mp3"
    replay = tmp_path / "replay.json"
    known = hashlib.sha256(whales.read_bytes()).hexdigest()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    replay.write_text(json.dumps({known: said}), encoding="utf-8")
    ran = run("add", whales, other, "--model", f"replay:{replay}", "--archive", empty_archive, "--json")
    assert ran.code == 1
    assert {row["outcome"]: row["path"] for row in ran.json} == {"archived": str(whales), "failed": str(other)}
    (clip,) = [row["clip"] for row in ran.json if row["clip"]]
    exported = ok("export", clip, "--format", "json", "--archive", empty_archive).json
    assert [[w["start"], w["end"], w["text"], w["probability"]] for w in exported["words"]] == said["words"]
    assert (exported["language"], exported["transcript"]["model"]) == (said["language"], said["model"])


def test_a_better_model_later_goes_on_where_it_stopped(own_heard_archive: Path, tmp_path: Path) -> None:
    """By the model's name: what has it is left out, unless it is named or --force is given."""
    replay = tmp_path / "replay.json"
    replay.write_text("{}", encoding="utf-8")
    where = ("--archive", own_heard_archive, "--json")
    assert ok("retranscribe", "--all", "--model", "demo", *where).json == []
    # Nothing is recorded for these clips: each was asked for.
    assert len(run("retranscribe", "--all", "--model", f"replay:{replay}", *where).json) == 14
    (clip, *_) = ok("list", *where).json
    shown = ok("show", clip["clip"], *where).json["transcripts"][0]
    assert {"model", "revision", "engine_version", "speed"} <= set(shown)
    assert {"device", "weights_sha256", "ctranslate2", "beam_size", "prompt", "hotwords"} <= set(shown["options"])
