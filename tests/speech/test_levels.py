"""Recordings reach the voice detector and Whisper at a level they know; usual ones as they are."""

import numpy as np
import pytest

from radio_archive.audio.decode import RATE, Samples
from radio_archive.speech.levels import SPEECH_LEVEL, levels, normalized


def tone(decibels: float, seconds: float = 3.0) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    wave: Samples = (np.sqrt(2) * 10 ** (decibels / 20) * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    return wave


@pytest.mark.parametrize("decibels", [-83.0, -60.0, -40.0, -3.5])
def test_a_recording_far_from_the_usual_level_is_brought_to_it(decibels: float) -> None:
    sound = tone(decibels)
    assert levels(normalized(sound, levels(sound))).max() == pytest.approx(SPEECH_LEVEL, abs=0.2)


@pytest.mark.parametrize("decibels", [-34.0, -23.0, -12.0])
def test_a_usual_recording_is_left_as_it_is(decibels: float) -> None:
    sound = tone(decibels)
    assert normalized(sound, levels(sound)) is sound
    assert levels(normalized(sound, levels(sound), tolerated=0.0)).max() == pytest.approx(SPEECH_LEVEL, abs=0.2)


@pytest.mark.parametrize("sound", [tone(-100.0), np.zeros(RATE, np.float32), np.zeros(10, np.float32)])
def test_silence_stays_silence(sound: Samples) -> None:
    assert normalized(sound, levels(sound)) is sound


def test_a_loud_moment_does_not_hide_a_quiet_voice() -> None:
    sound = tone(-60.0, 30.0)
    sound[:RATE] = tone(-6.0, 1.0)
    assert np.median(levels(normalized(sound, levels(sound)))) == pytest.approx(SPEECH_LEVEL, abs=0.2)
