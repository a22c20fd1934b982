"""Recordings reach the voice detector and Whisper at a level they know; usual ones as they are."""

import numpy as np
import pytest

from radio_archive.audio.decode import RATE, Samples
from radio_archive.speech.levels import SPEECH_LEVEL, levels, normalized, without_rumble


def tone(decibels: float, seconds: float = 3.0, *, pitch: float = 200) -> Samples:
    time = np.arange(int(seconds * RATE)) / RATE
    wave: Samples = (np.sqrt(2) * 10 ** (decibels / 20) * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
    return wave


@pytest.mark.parametrize("decibels", [-98.0, -60.0, -40.0, -3.5])
def test_a_recording_far_from_the_usual_level_is_brought_to_it(decibels: float) -> None:
    sound = tone(decibels)
    assert levels(normalized(sound, levels(sound))).max() == pytest.approx(SPEECH_LEVEL, abs=0.2)


@pytest.mark.parametrize("decibels", [-34.0, -23.0, -12.0])
def test_a_usual_recording_is_left_as_it_is(decibels: float) -> None:
    sound = tone(decibels)
    assert normalized(sound, levels(sound)) is sound
    assert levels(normalized(sound, levels(sound), tolerated=0.0)).max() == pytest.approx(SPEECH_LEVEL, abs=0.2)


@pytest.mark.parametrize("sound", [tone(-110.0), np.zeros(RATE, np.float32), np.zeros(10, np.float32)])
def test_silence_stays_silence(sound: Samples) -> None:
    assert normalized(sound, levels(sound)) is sound


def test_a_loud_moment_does_not_hide_a_quiet_voice() -> None:
    sound = tone(-60.0, 30.0)
    sound[:RATE] = tone(-6.0, 1.0)
    assert np.median(levels(normalized(sound, levels(sound)))) == pytest.approx(SPEECH_LEVEL, abs=0.2)


def test_rumble_is_taken_out_where_it_drowns_a_voice_and_nothing_else() -> None:
    voice = tone(-37.0)
    rumble = tone(-28.0, pitch=25)
    cut = without_rumble(voice + rumble, levels(voice + rumble))
    assert np.abs(cut - voice)[RATE // 2 : -RATE // 2].max() < 0.001
    assert without_rumble(voice, levels(voice)) is voice


def test_a_constant_offset_is_taken_out() -> None:
    shifted = tone(-37.0) + np.float32(0.05)
    assert np.median(levels(without_rumble(shifted, levels(shifted)))) == pytest.approx(-37.0, abs=0.1)


@pytest.mark.parametrize("samples", [0, 100, RATE])
def test_no_sound_has_no_rumble(samples: int) -> None:
    silence = np.zeros(samples, np.float32)
    assert without_rumble(silence, levels(silence)) is silence
