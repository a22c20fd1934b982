"""`retranscribe` skips what the same weights transcribed with the same options, wherever the weights are."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest
from support.program import CLIPS, FIXTURES, Ran, ok

from radio_archive.config.settings import EngineOptions, ShowHints
from radio_archive.speech.identity import DECODING, OTHER_MODEL, EngineIdentity

DEMO = FIXTURES / "demo-model"
WEIGHTS, OTHER_WEIGHTS = "d" * 64, "e" * 64
ENGINE = EngineIdentity("mine", WEIGHTS, EngineOptions())
HINTS = ShowHints("en", "A prompt.", ("Hilo",))
MADE = {
    "weights_sha256": WEIGHTS,
    "compute_type": "int8",
    "beam_size": 5,
    "guards": True,
    "short_windows": False,
    "language": "en",
    "prompt": "A prompt.",
    "hotwords": ["Hilo"],
    "device": "cpu",
    "threads": 4,
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with two copies of the demo model, `one` and `two`."""
    for name in ("one", "two"):
        shutil.copytree(DEMO, tmp_path / "models" / name, ignore=shutil.ignore_patterns("train"))
    return tmp_path / "models"


@pytest.fixture
def archive(empty_archive: Path, models: Path) -> Path:
    """An archive of one clip, which the model `one` transcribed."""
    ok("add", CLIPS / "whales_final_mix.mp3", "-a", empty_archive, "--model", models / "one")
    return empty_archive


@pytest.fixture
def again(archive: Path, models: Path) -> Callable[..., Ran]:
    """Runs `retranscribe --all` in the folder of models."""

    def retranscribe(model: object, *options: object) -> Ran:
        return ok("retranscribe", "--all", "-a", archive, "--model", model, "--jsonl", *options, cwd=models)

    return retranscribe


def test_the_same_weights_are_the_same_wherever_they_are_and_changed_ones_are_not(
    again: Callable[..., Ran], models: Path
) -> None:
    for model in ("one", "./one", "one/", models / "one", "two", models / "two", "demo"):
        ran = again(model)
        assert ran.rows == []
        assert "1 clip skipped: already transcribed by the model" in ran.err
        assert "with the same weights and options" in ran.err
    weights = bytearray((models / "one" / "model.bin").read_bytes())
    # In the last of the tensors, far from the end: what follows are names.
    weights[len(weights) * 9 // 10] ^= 1
    (models / "one" / "model.bin").write_bytes(weights)
    changed = again("one")
    assert len(changed.rows) == 1
    assert "skipped" not in changed.err
    assert again("one").rows == []
    assert len(again("two").rows) == 1


def test_other_options_transcribe_again_and_the_user_is_told(again: Callable[..., Ran]) -> None:
    assert again("one", "--threads", 1, "--batch-size", 2, "--device", "cpu").rows == []
    ran = again("one", "--beam-size", 1)
    assert len(ran.rows) == 1
    assert "1 clip of the same model again, because of other options: beam_size." in ran.err
    assert again("one", "--beam-size", 1).rows == []
    assert len(again("one", "--beam-size", 1, "--force").rows) == 1


def test_what_a_person_and_the_settings_say_of_a_clip_is_compared(again: Callable[..., Ran], archive: Path) -> None:
    (shown,) = ok("list", "-a", archive, "--json").json
    ok("tag", shown["clip"], "language=en", "show=Whale Notes", "-a", archive)
    assert "other options: language." in again("one").err
    assert again("one").rows == []
    settings = (archive / "radio-archive.toml").read_text(encoding="utf-8")
    (archive / "radio-archive.toml").write_text(f'{settings}\n[shows."whale notes"]\nhotwords = ["Lahaina"]\n')
    assert "other options: hotwords." in again("one").err
    assert again("one").rows == []


def test_transcripts_without_a_digest_are_known_by_the_name_of_the_model(
    again: Callable[..., Ran], archive: Path
) -> None:
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE transcripts SET options = json_remove(options, '$.weights_sha256')")
    ran = again("one", "--beam-size", 1)
    assert ran.rows == []
    assert "skipped: already transcribed by the model 'one', by its name." in ran.err
    assert len(again("two").rows) == 1


@pytest.mark.parametrize(
    ("model", "change", "expected"),
    [
        ("mine", {}, ()),
        ("an older name", {}, ()),
        ("mine", {"weights_sha256": OTHER_WEIGHTS}, OTHER_MODEL),
        ("mine", {"weights_sha256": None, "beam_size": 1}, ()),
        ("other", {"weights_sha256": None}, OTHER_MODEL),
        ("mine", {"compute_type": "float32", "device": "cuda", "threads": 1}, ()),
        ("mine", {"beam_size": 1}, ("beam_size",)),
        ("mine", {"guards": False, "short_windows": True}, ("guards", "short_windows")),
        ("mine", {"language": None}, ("language",)),
        ("mine", {"prompt": "Another."}, ("prompt",)),
        ("mine", {"hotwords": []}, ("hotwords",)),
    ],
)
def test_what_differs(model: str, change: dict[str, object], expected: tuple[str, ...]) -> None:
    assert ENGINE.differences(model, {**MADE, **change}, HINTS) == expected


def test_what_is_not_recorded_or_left_to_the_machine_is_not_compared() -> None:
    assert ENGINE.differences("mine", {"weights_sha256": WEIGHTS}, HINTS) == ()
    exact = replace(ENGINE, options=EngineOptions(compute_type="float32"))
    assert exact.differences("mine", MADE, HINTS) == ("compute_type",)
    unknown = replace(ENGINE, sha256=None)
    assert unknown.differences("mine", MADE, HINTS) == ()
    assert unknown.differences("other", MADE, HINTS) == OTHER_MODEL


def test_a_model_that_is_not_on_this_machine_is_known_by_its_published_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    from radio_archive.speech.catalog import PINS

    monkeypatch.setattr("radio_archive.speech.weights.cached", lambda _: None)
    assert EngineIdentity.of(EngineOptions(model="tiny")).sha256 == PINS["tiny"].sha256
    assert EngineIdentity.of(EngineOptions(model="large-v2")).sha256 is None


def test_every_option_of_the_engine_is_compared_or_known_to_change_no_text() -> None:
    """A new option has to be put into one of these."""
    hints = {"language", "prompt", "hotwords"}
    only_speed = {"device", "batch_size", "encode_batch_size", "threads", "workers"}
    # What an endpoint's model is called is compared, and not where it is: a server may move.
    picking = {"model", "url"}
    assert {option.name for option in fields(EngineOptions)} == {*DECODING, *hints, *only_speed, *picking}
