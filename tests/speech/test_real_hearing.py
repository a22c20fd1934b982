"""What Whisper's own weights hear with our engine: nothing is lost without a word, nothing unsaid is written."""

import json
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from support.program import FIXTURES

from radio_archive.audio.decode import RATE, Chunk, Samples
from radio_archive.audio.examine import examine
from radio_archive.config.settings import EngineOptions
from radio_archive.models import Transcript, Verdict
from radio_archive.speech.engine import ClipResult, PreparedClip
from radio_archive.speech.whisper import WhisperTranscriber
from radio_archive.text.spelling import fold

SPOKEN = FIXTURES / "spoken" / "clips"
HONEY = SPOKEN / "2025-08-14_island-morning_honey.mp3"
SEA_WALL = SPOKEN / "harbor-watch_2025-09-03_sea-wall.mp3"


@pytest.fixture(scope="module")
def engine(real_base: Path) -> WhisperTranscriber:
    return WhisperTranscriber(EngineOptions(str(real_base), "cpu"))


def samples(path: Path) -> Samples:
    found = examine(path).samples
    assert found is not None
    return found


def prepared(key: str, sound: Samples, language: str | None = None) -> PreparedClip:
    return PreparedClip(key, len(sound) / RATE, lambda: iter([Chunk(0.0, sound)]), language=language)


def heard(engine: WhisperTranscriber, *clips: PreparedClip) -> dict[str, Transcript]:
    return {one.key: one.transcript for one in engine.transcribe(clips) if isinstance(one, ClipResult)}


def one(engine: WhisperTranscriber, sound: Samples, language: str | None = None) -> Transcript:
    return heard(engine, prepared("clip", sound, language))["clip"]


def folded(text: str) -> list[str]:
    return ["".join(filter(str.isalnum, word)) for word in fold(text).split()]


def share_of(expected: Sequence[str], found: Sequence[str]) -> float:
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / len(expected)


@pytest.mark.parametrize(
    ("name", "ending"), [("lost-signoff.mp3", "Island News, Accra."), ("lost-tail.mp3", "For Island Morning, I'm")]
)
def test_the_signoff_is_not_lost(engine: WhisperTranscriber, shared: Path, name: str, ending: str) -> None:
    said = one(engine, samples(shared / "cases" / name), "en")
    assert ending.lower() in said.text[-60:].lower()


@pytest.mark.parametrize("name", ["m2", "m6"])
def test_a_montage_keeps_its_sentences_or_names_what_is_missing(
    engine: WhisperTranscriber, shared: Path, name: str
) -> None:
    """Sentences of several voices, cut together: of the 200 words of m2, 96 were lost in windows called trusted."""
    lines = (shared / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    [reference] = (entry["reference"] for entry in map(json.loads, lines) if entry["path"] == f"{name}.mp3")
    said = one(engine, samples(shared / "speech" / f"{name}.mp3"))
    assert share_of(folded(reference), folded(said.text)) > 0.8 or said.gaps
    assert any(window.verdict is not Verdict.TRUSTED for window in said.windows)


def telephone(sound: Samples) -> Samples:
    spectrum = np.fft.rfft(sound)
    pitches = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(pitches < 300) | (pitches > 3400)] = 0
    band: Samples = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
    return band


def quiet(sound: Samples) -> Samples:
    steps = sound / np.abs(sound).max() * 10 ** (-60 / 20) * 2**15
    rounded: Samples = (np.round(steps) / 2**15).astype(np.float32)
    return rounded


def clipped(sound: Samples) -> Samples:
    cut: Samples = np.clip(sound / np.abs(sound).max() * 10, -1, 1).astype(np.float32)
    return cut


@pytest.mark.parametrize("damage", [telephone, quiet, clipped])
def test_a_voice_is_heard_at_any_level_and_on_the_telephone(
    engine: WhisperTranscriber, damage: Callable[[Samples], Samples]
) -> None:
    plain, damaged = (one(engine, sound, "en") for sound in (samples(HONEY), damage(samples(HONEY))))
    assert len(plain.words) > 90
    assert share_of(folded(plain.text), folded(damaged.text)) > 0.85


def test_a_stretch_in_another_language_is_written_in_it(engine: WhisperTranscriber, shared: Path) -> None:
    sound = np.concatenate([samples(HONEY), samples(shared / "speech" / "aeneas-de.mp3")[: 25 * RATE]])
    found = heard(engine, prepared("free", sound), prepared("given", sound, "en"))
    free, given = found["free"], found["given"]
    german = [word for word in free.words if word.language == "de"]
    assert free.language == "en"
    assert len(german) > 20
    assert min(word.start for word in german) > 40
    assert "und" in folded("".join(word.text for word in german))
    assert {word.language for word in given.words} == {None}


@pytest.mark.parametrize("name", ["non-laugh", "non-noise4", "non-hiss", "non-machine-wars", "non-paradroid"])
def test_where_nobody_speaks_nothing_is_written_and_no_language_named(
    engine: WhisperTranscriber, shared: Path, name: str
) -> None:
    said = one(engine, samples(shared / "speech" / f"{name}.mp3"))
    assert (said.text, said.language, said.gaps) == ("", None, ())


def test_a_clip_is_the_same_alone_in_any_batch_and_after_a_restart(engine: WhisperTranscriber, real_base: Path) -> None:
    """To the last digit: integers add up alike in every order, and what is a float is computed for each window alone.

    It is so on processors with AVX2 and AVX-512. Another instruction set may hear other words, in every batch alike.
    """
    clips = [prepared(path.name, samples(path)) for path in (HONEY, SEA_WALL)]
    clips.append(prepared("hard", telephone(samples(HONEY))))
    together = heard(engine, *clips)
    restarted = WhisperTranscriber(EngineOptions(str(real_base), "cpu", batch_size=3))
    backwards = heard(restarted, *reversed(clips))
    alone = heard(WhisperTranscriber(EngineOptions(str(real_base), "cpu", batch_size=1)), clips[0])
    for key, transcript in together.items():
        assert transcript.words == backwards[key].words
        assert transcript.gaps == backwards[key].gaps
    assert together[HONEY.name].words == alone[HONEY.name].words
