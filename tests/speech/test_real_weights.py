"""Whisper's own weights are known by their bytes, wherever they are, and are intact before anything is heard."""

import shutil
from pathlib import Path

import pytest
from support.hub import Hub, Machine, cut, flip, served
from support.program import CLIPS, ok, run

from radio_archive.speech import weights
from radio_archive.speech.catalog import PINS, PUBLISHED

CLIP = CLIPS / "20241105_HarborWatch.mp3"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    # What this process computes is remembered there, too.
    monkeypatch.setenv("XDG_CACHE_HOME", machine.environment()["XDG_CACHE_HOME"])
    return machine


def test_a_copy_of_base_in_any_folder_is_base(real_base: Path, empty_archive: Path, machine: Machine) -> None:
    ran = run("add", CLIP, "-a", empty_archive, "--model", real_base, env=machine.environment())
    assert ran.code == 0, ran.err
    assert "with the model 'base'" in ran.err
    (clip,) = ok("list", "-a", empty_archive, "--json").json
    made = ok("show", clip["clip"], "-a", empty_archive, "--json").json["transcripts"][0]
    pin = PINS["base"]
    assert (made["model"], made["revision"]) == ("base", pin.revision)
    assert made["options"]["weights_sha256"] == pin.sha256
    again = ok("retranscribe", "--all", "-a", empty_archive, "--model", "base")
    assert "already transcribed by the model 'base'" in again.err


def test_tiny_en_is_found_in_its_package(real_tiny_en: Path, machine: Machine) -> None:
    ran = run("models", "download", "tiny.en", env=machine.environment())
    assert (ran.code, Path(ran.out.strip())) == (0, real_tiny_en)
    rows = run("models", "list", "--json", env=machine.environment()).json
    row = next(row for row in rows if row["model"] == "tiny.en")
    assert (row["on_this_machine"], row["verified"], row["origin"]) == (True, True, "package")
    # In a folder, it is what it is, too.
    assert weights.find(str(real_tiny_en)).name == "tiny.en"


@pytest.mark.parametrize(("name", "fixture"), [("tiny.en", "real_tiny_en"), ("base", "real_base")])
def test_the_pins_are_those_of_the_weights(name: str, fixture: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(fixture)
    size = (folder / "model.bin").stat().st_size
    assert size == PINS[name].size
    assert round(size / 1e6) == pytest.approx(PUBLISHED[name].megabytes, abs=1)


def test_flipped_bytes_of_base_are_noticed_and_mended(real_base: Path, machine: Machine, empty_archive: Path) -> None:
    """Without this, an archive fills with transcripts of brackets."""
    with served(Hub, real_base) as (address, sent):
        ran = run("models", "download", "base", env=machine.environment(address))
        assert ran.code == 0, ran.err
        folder = Path(ran.out.strip())
        assert folder.name == PINS["base"].revision
        flip((folder / "model.bin").resolve())
        ran = run("add", CLIP, "-a", empty_archive, "--model", "base", env=machine.environment(address))
        assert ran.code == 1
        assert "the weights of base on this machine are damaged" in ran.err.splitlines()[-1]
        assert "Run `radio-archive models download base`" in ran.err.splitlines()[-1]
        assert ok("list", "-a", empty_archive).out == ""
        sent.clear()
        ran = run("models", "download", "base", env=machine.environment(address))
        assert ran.code == 0, ran.err
    assert [address.rpartition("/")[2] for address in sent] == ["model.bin"]
    assert weights.find(str(folder)).sha256 == PINS["base"].sha256


def test_half_a_file_of_weights_is_one_clear_line(real_base: Path, tmp_path: Path, empty_archive: Path) -> None:
    folder = Path(shutil.copytree(real_base, tmp_path / "half"))
    cut(folder / "model.bin")
    ran = run("add", CLIP, "-a", empty_archive, "--model", folder, env=Machine(tmp_path).environment())
    assert ran.code == 1
    assert "cannot load the model in" in ran.err.splitlines()[-1]
