"""Where nobody speaks, nothing is written, or it is flagged: the real model on recorded and synthetic sounds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE, Chunk
from radio_archive.audio.examine import examine
from radio_archive.config.settings import EngineOptions
from radio_archive.models import Transcript, Verdict
from radio_archive.speech import whisper
from radio_archive.speech.engine import ClipResult, PreparedClip
from radio_archive.speech.whisper import WhisperTranscriber

pytestmark = pytest.mark.hears

Sound = NDArray[np.float32]
SECONDS = 20


def level(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def hiss(decibels: float) -> Sound:
    return (level(decibels) * np.random.default_rng(1).standard_normal(SECONDS * RATE)).astype(np.float32)


def tones(*pitches: float, decibels: float = -15) -> Sound:
    time = np.arange(SECONDS * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in pitches) / len(pitches)
    return (level(decibels) * chord * (0.8 + 0.2 * np.sin(np.pi * time))).astype(np.float32)


SOUNDS: dict[str, Callable[[], Sound]] = {
    "silence": lambda: np.zeros(SECONDS * RATE, np.float32),
    "faint hiss": lambda: hiss(-50),
    "loud hiss": lambda: hiss(-30),
    "very loud hiss": lambda: hiss(-15),
    "a tone": lambda: tones(440.0),
    "a chord": lambda: tones(220.0, 261.6, 329.6),
    "a low bed": lambda: tones(110.0, 146.8, 174.6, decibels=-30),
}


@pytest.fixture(scope="module")
def engine() -> WhisperTranscriber:
    return WhisperTranscriber(EngineOptions("demo", "cpu"))


def transcript(engine: WhisperTranscriber, sound: Sound, hotwords: tuple[str, ...] = ()) -> Transcript:
    clip = PreparedClip("clip", len(sound) / RATE, lambda: iter([Chunk(0.0, sound)]), hotwords=hotwords)
    [heard] = [report for report in engine.transcribe([clip]) if isinstance(report, ClipResult)]
    return heard.transcript


@pytest.mark.parametrize("name", SOUNDS)
def test_nothing_is_written_where_nobody_speaks(engine: WhisperTranscriber, name: str) -> None:
    heard = transcript(engine, SOUNDS[name]())
    assert heard.words == ()
    assert heard.language is None


@pytest.mark.parametrize("phrases", [True, False], ids=["with the phrase list", "without it"])
@pytest.mark.parametrize("hotwords", [(), ("Kāneʻohe", "Pacific Report")], ids=["no hotwords", "hotwords"])
@pytest.mark.parametrize("name", [name for name in SOUNDS if name != "very loud hiss"])
def test_what_a_deaf_voice_detector_lets_through_is_flagged(
    engine: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch, name: str, hotwords: tuple[str, ...], phrases: bool
) -> None:
    """The model invents sentences on loud hiss and chords, as Whisper's own weights do, where no VAD prevents it.

    What it invents on very loud hiss is so long and fluent that its scores lie at the guards' limits, where the order
    in which a processor adds numbers decides whether it is flagged.
    """
    monkeypatch.setattr(whisper, "detect_speech", lambda samples, threshold: [{"start": 0, "end": len(samples)}])
    if not phrases:
        monkeypatch.setattr("radio_archive.speech.guards.PHANTOMS._folded", ((), frozenset()), raising=False)
    heard = transcript(engine, SOUNDS[name](), hotwords)
    for window in heard.windows:
        written = [word for word in heard.words if window.start <= word.start < window.end]
        assert not written or window.verdict not in {Verdict.TRUSTED, Verdict.REPAIRED}, heard.text


@pytest.mark.parametrize("name", ["jfk.flac", "multilingual.mp3", "hotwords.mp3", "stereo_diarization.wav"])
def test_on_human_voices_words_stand_where_there_is_speech(engine: WhisperTranscriber, shared: Path, name: str) -> None:
    """The demo model does not understand human voices, but text outside speech must be flagged."""
    sound = examine(shared / "audio" / name).samples
    assert sound is not None
    speech = [(s["start"] / RATE - 0.4, s["end"] / RATE + 0.4) for s in whisper.detect_speech(sound)]
    heard = transcript(engine, sound)
    assert heard.words
    for window in heard.windows:
        within = [word for word in heard.words if window.start <= word.start < window.end]
        beside = [w for w in within if not any(start <= (w.start + w.end) / 2 <= end for start, end in speech)]
        assert not beside or window.verdict is Verdict.SUSPECT, beside


def test_silence_stays_empty_without_guards() -> None:
    unguarded = WhisperTranscriber(EngineOptions("demo", "cpu", guards=False))
    spoken = transcript(unguarded, SOUNDS["silence"]())
    assert (spoken.words, spoken.windows) == ((), ())
