"""Parakeet through onnx-asr: a model of its shape, made by hand, is loaded and heard as the real one would be."""

import math
import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support import parakeet_model
from support.hub import Hub, Machine, flip, served
from support.parakeet_model import NUMBERS
from support.program import CLIPS, ok, run

from radio_archive.audio.decode import RATE, Chunk, decode_chunks
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import ModelDamagedError, ModelNotFoundError, TranscriptionError, UsageError
from radio_archive.models import Transcript
from radio_archive.speech import weights
from radio_archive.speech.catalog import PARAKEET_FILES, PINS, PUBLISHED
from radio_archive.speech.engine import ClipResult, PreparedClip
from radio_archive.speech.engines import picked
from radio_archive.speech.load import engine_for, load_engine
from radio_archive.speech.parakeet import LANGUAGES, ParakeetTranscriber, _aligned

CLIP = CLIPS / "20241105_HarborWatch.mp3"
V3 = "parakeet-tdt-0.6b-v3"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return parakeet_model.make(tmp_path_factory.mktemp("parakeet") / "counts")


def heard(engine: ParakeetTranscriber, *clips: PreparedClip) -> list[Transcript]:
    return [one.transcript for one in engine.transcribe(clips) if isinstance(one, ClipResult)]


def loaded(model: Path, **more: object) -> ParakeetTranscriber:
    engine = load_engine(EngineOptions(model=str(model), **more))  # type: ignore[arg-type]
    assert isinstance(engine, ParakeetTranscriber)
    return engine


def clip(seconds: float = 25.0, key: str = "clip", **more: object) -> PreparedClip:
    samples = next(decode_chunks(CLIP)).samples[: int(seconds * RATE)]
    return PreparedClip(key, seconds, lambda: iter([Chunk(0.0, samples)]), **more)  # type: ignore[arg-type]


def test_tokens_become_words_with_times_and_probabilities(model: Path) -> None:
    engine = loaded(model)
    (transcript,) = heard(engine, clip())
    assert engine.name == "counts on cpu (int8)"
    said = [word.text.strip() for word in transcript.words]
    assert len(said) > 20
    assert set(said) <= set(NUMBERS)
    assert all(0 <= word.start < word.end <= 25 for word in transcript.words)
    assert all(one.end <= other.start for one, other in pairwise(transcript.words))
    assert all(word.probability is not None and 0 < word.probability <= 1 for word in transcript.words)
    assert (transcript.engine, transcript.model, transcript.language) == ("onnx-asr", "counts", None)
    assert {"weights_sha256", "onnxruntime", "device", "compute_type", "guards"} <= set(transcript.options)
    assert transcript.windows


def test_windows_of_several_clips_are_heard_together_and_belong_to_their_own(model: Path) -> None:
    clips = [clip(seconds, key=str(seconds)) for seconds in (5.0, 8.0)]
    alone = [heard(loaded(model), one)[0].words for one in clips]
    by_length = {transcript.words for transcript in heard(loaded(model, batch_size=4), *clips)}
    assert by_length == set(alone)


def test_silence_stays_empty(model: Path) -> None:
    quiet = Chunk(0.0, np.zeros(10 * RATE, np.float32))
    (transcript,) = heard(loaded(model), PreparedClip("quiet", 10.0, lambda: iter([quiet])))
    assert transcript.words == ()


def test_what_it_cannot_use_is_said_once(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    hints = {"prompt": "In the style of news.", "hotwords": ("Hilo",)}
    heard(loaded(model), clip(6.0, "a", **hints), clip(6.0, "b", **hints))
    assert caplog.text.count("takes no prompt") == 1
    assert caplog.text.count("takes no hotwords") == 1


def test_a_language_that_it_does_not_hear_is_said(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = loaded(model)
    engine.weights = weights.ModelWeights(V3, model, None, None, file=PARAKEET_FILES[2])
    heard(engine, clip(6.0, "a", language="haw"), clip(6.0, "b", language="de"))
    assert "does not hear the language 'haw'" in caplog.text
    assert "'de'" not in caplog.text
    assert len(LANGUAGES[V3]) == 25


ALIGNED = [
    pytest.param([" He", "llo", "."], [0.0, 0.08, 0.4], [(" Hello.", 0.0, 0.72)], id="pieces and punctuation"),
    pytest.param([" a", " b"], [0.0, 0.08], [(" a", 0.0, 0.08), (" b", 0.08, 0.4)], id="close together"),
    pytest.param([" a", " b"], [1.0, 5.0], [(" a", 1.0, 1.32), (" b", 5.0, 5.32)], id="a pause"),
    pytest.param(["<|en|>", " a", "<unk>"], [0.0, 0.1, 0.2], [(" a", 0.1, 0.42)], id="marks are no text"),
    pytest.param(["la", " b"], [0.0, 0.4], [(" la", 0.0, 0.32), (" b", 0.4, 0.72)], id="no space at the start"),
    pytest.param([" ", " a"], [0.0, 0.4], [(" a", 0.4, 0.72)], id="a space alone"),
    pytest.param([" end"], [9.9], [(" end", 9.9, 10.0)], id="at the end"),
    pytest.param([], [], [], id="nothing"),
]


@pytest.mark.parametrize(("tokens", "times", "words"), ALIGNED)
def test_tokens_are_joined(tokens: list[str], times: list[float], words: list[tuple[str, float, float]]) -> None:
    found = _aligned(tokens, times, [math.log(0.5)] * len(tokens), 10.0, "en")
    assert [(word.text, round(word.start, 2), round(word.end, 2)) for word in found.words] == words
    assert found.text == "".join(text for text, _, _ in words).strip()
    if words:
        assert found.average_log_probability == pytest.approx(math.log(0.5))
        assert found.words[0].probability == pytest.approx(0.5)


def test_tokens_without_times_are_an_error() -> None:
    with pytest.raises(TranscriptionError, match="differ in number"):
        _aligned([" a"], [], [], 10.0, None)


def test_from_a_file_to_a_transcript_in_two_processes(model: Path, empty_archive: Path) -> None:
    where = ("-a", empty_archive)
    added = ok("add", CLIPS / "whales_final_mix.mp3", "--model", model, "--workers", 2, "--json", *where)
    assert [row["outcome"] for row in added.json] == ["archived"]
    made = ok("show", added.json[0]["clip"], "--json", *where).json["transcripts"][0]
    assert (made["engine"], made["model"]) == ("onnx-asr", "counts")
    again = ok("retranscribe", "--all", "--model", model, *where)
    assert "already transcribed by the model 'counts'" in again.err


def test_the_weights_are_pinned_whole(tmp_path: Path) -> None:
    """A hub that has other bytes under the same names is refused, however well they are named there."""
    machine = Machine(tmp_path)
    for name in ("parakeet-tdt-0.6b-v2", V3):
        assert PINS[name].revision
        assert set(PUBLISHED[name].others) | {PUBLISHED[name].weights, "config.json"} == set(PARAKEET_FILES)
        assert picked(name).value.name == "parakeet"
    folder = parakeet_model.make(tmp_path / "other")

    with served(Hub, folder) as (address, sent):
        ran = run("models", "download", V3, env=machine.environment(address))
    assert ran.code == 1
    assert f"the weights of {V3} on this machine are damaged" in ran.err.splitlines()[-1]
    assert any("encoder-model.int8.onnx" in one and str(PINS[V3].revision) in one for one in sent)


def test_a_small_file_that_is_another_is_noticed_too(model: Path) -> None:
    """Another vocabulary makes other words of the same weights."""
    found = weights.ModelWeights(V3, model, None, None, file=PUBLISHED[V3].weights)
    with pytest.raises(ModelDamagedError, match=r"decoder_joint-model\.int8\.onnx has the digest"):
        weights.verify(found)


def test_without_a_network_it_is_one_clear_line(tmp_path: Path, empty_archive: Path) -> None:
    class AsksForLogin(Hub):
        """The Wi-Fi of a hotel answers everything with its own page."""

        def answer(self) -> None:
            self.reply(b"<html>Room number?</html>")

    with served(AsksForLogin) as (address, _):
        ran = run("add", CLIP, "-a", empty_archive, "--model", V3, env=Machine(tmp_path).environment(address))
    assert ran.code == 1
    assert f"no weights for the model '{V3}'" in ran.err.splitlines()[-1]
    assert f"radio-archive models download {V3}" in ran.err.splitlines()[-1]
    assert "tiny.en" not in ran.err


def test_a_model_that_lacks_a_file_or_is_broken_is_a_clear_line(model: Path, tmp_path: Path) -> None:
    for name in PARAKEET_FILES:
        folder = Path(shutil.copytree(model, tmp_path / name))
        (folder / name).unlink()
        with pytest.raises(ModelNotFoundError, match="holds no" if name.startswith("encoder") else re.escape(name)):
            load_engine(EngineOptions(model=str(folder)))
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    flip(broken / "decoder_joint-model.int8.onnx")
    with pytest.raises(ModelNotFoundError, match="cannot load the model"):
        loaded(broken)


@pytest.mark.parametrize("more", [{"device": "cuda"}, {"device": "tpu"}, {"compute_type": "float16"}])
def test_what_this_machine_or_model_has_not_is_said(model: Path, more: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        loaded(model, **more)


def test_without_its_package_it_says_how_to_get_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radio_archive.speech.parakeet.find_spec", lambda _: None)
    monkeypatch.setattr("radio_archive.speech.engines.find_spec", lambda _: None)
    with pytest.raises(ModelNotFoundError, match=r"pip install 'radio-archive\[parakeet\]'"):
        loaded(model)
    assert all("radio-archive[parakeet]" in one.note for one in picked(V3).value.listed())
    engine = engine_for(EngineOptions(model=str(model)), ClusterOptions())
    with pytest.raises(ModelNotFoundError):
        engine.check()
