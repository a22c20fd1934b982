"""Loudness and true peak, against signals whose values are known: those of EBU Tech 3341, made here."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import audio_files
from support.audio_files import Samples, encode, flac, long_wav, m4a, mp3, riff, tone, truncated, wav
from support.program import PEAK_MEMORY

from radio_archive.audio.container import open_audio, open_container
from radio_archive.audio.decode import Decoder
from radio_archive.audio.loudness import Loudness, Meter
from radio_archive.errors import NotAudioError, RadioArchiveError, UnreadableFileError

RATE = 48_000


def measure(path: Path) -> Loudness:
    meter = Meter()
    with open_audio(path) as source, open_container(source) as container:
        for frame in Decoder(source, container).frames():
            meter.add(frame)
    return meter.loudness()


def floats(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """A WAV of 32-bit floats: exactly these samples, above full scale too."""
    data = samples.T.astype("<f4").tobytes()
    path.write_bytes(riff(len(data), rate=rate, channels=len(samples), bits=32, code=3) + data)
    return path


def sine(seconds: float, decibels: float, *, channels: int = 2, hertz: float = 1000.0, rate: int = RATE) -> Samples:
    return tone(seconds, rate, channels, hertz, 10 ** (decibels / 20))


def parts(*pieces: Samples) -> Samples:
    return np.concatenate(pieces, axis=1)


def faded(samples: Samples, seconds: float = 0.2) -> Samples:
    """Without the overshoot that a sudden start has."""
    ramp = np.linspace(0, 1, round(seconds * RATE), dtype=np.float32)
    samples = samples.copy()
    samples[:, : len(ramp)] *= ramp
    samples[:, -len(ramp) :] *= ramp[::-1]
    return samples


TECH_3341: dict[str, tuple[list[tuple[float, float]], int, float]] = {
    "1: stereo, -23": ([(20, -23)], 2, -23.0),
    "2: stereo, -33": ([(20, -33)], 2, -33.0),
    "3: gated": ([(10, -36), (60, -23), (10, -36)], 2, -23.0),
    "4: gated twice": ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], 2, -23.0),
    "5: near the gate": ([(20, -26), (20.1, -20), (20, -26)], 2, -23.0),
    "one channel": ([(20, -23)], 1, -26.01),
}
"""Seconds and levels of the parts, how many channels, and what is to be measured."""


@pytest.mark.parametrize("case", TECH_3341)
def test_integrated_loudness(tmp_path: Path, case: str) -> None:
    levels, channels, expected = TECH_3341[case]
    samples = parts(*(sine(seconds, decibels, channels=channels) for seconds, decibels in levels))
    assert measure(floats(tmp_path / "a.wav", samples)).integrated == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_at_every_rate(tmp_path: Path, rate: int) -> None:
    found = measure(floats(tmp_path / "a.wav", sine(5, -23, rate=rate), rate))
    assert found.integrated == pytest.approx(-23, abs=0.1)
    assert found.true_peak == pytest.approx(-23, abs=0.3)


def test_the_channels_behind_count_more_and_the_lowest_not_at_all(tmp_path: Path) -> None:
    """Tech 3341, 6: front -28, centre -24, behind -30 dBFS; nothing changes with the channel for effects."""
    levels = {"FL": -28, "FR": -28, "FC": -24, "LFE": -6, "BL": -30, "BR": -30}
    samples = parts(np.concatenate([sine(20, level, channels=1) for level in levels.values()]))
    path = encode(tmp_path / "a.flac", samples, codec="flac", container="flac", rate=RATE)
    assert measure(path).integrated == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("quiet", "loud", "expected"),
    [(-30, -20, 10), (-20, -15, 5), (-40, -20, 20)],
)
def test_the_range(tmp_path: Path, quiet: float, loud: float, expected: float) -> None:
    """EBU Tech 3342, 1 to 3."""
    found = measure(floats(tmp_path / "a.wav", parts(sine(20, quiet), sine(20, loud))))
    assert found.range == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("hertz", "phase", "peak", "expected"),
    [
        (RATE / 4, 0, 0.5, -6.02),
        (RATE / 4, 45, 0.5, -6.02),
        (RATE / 6, 60, 0.5, -6.02),
        (RATE / 8, 67.5, 0.5, -6.02),
        (RATE / 4, 45, 1.41, 2.98),
    ],
)
def test_true_peak_between_the_samples(
    tmp_path: Path, hertz: float, phase: float, peak: float, expected: float
) -> None:
    """EBU Tech 3341, 15 to 19, with its tolerance."""
    moments = np.arange(2 * RATE) / RATE
    wave = (peak * np.sin(2 * np.pi * hertz * moments + math.radians(phase))).astype(np.float32)
    samples = faded(np.stack([wave, wave]))
    highest = 20 * math.log10(float(np.abs(samples).max()))
    found = measure(floats(tmp_path / "a.wav", samples)).true_peak
    assert found is not None
    assert expected - 0.4 <= found <= expected + 0.2
    if phase == 45:
        assert highest < expected - 2.9


@pytest.mark.parametrize("level", [-20, -40, -60, -65])
def test_quiet_recordings(tmp_path: Path, level: float) -> None:
    found = measure(floats(tmp_path / "a.wav", sine(3, level)))
    assert found.true_peak == pytest.approx(level, abs=0.05)
    assert found.integrated == pytest.approx(level, abs=0.1)


def test_silence_has_none(tmp_path: Path) -> None:
    assert measure(long_wav(tmp_path / "a.wav", 5)) == Loudness()
    assert measure(flac(tmp_path / "a.flac", samples=np.zeros((1, RATE), dtype=np.float32))) == Loudness()
    assert measure(floats(tmp_path / "b.wav", sine(3, -80))).integrated is None


@pytest.mark.parametrize(("seconds", "has"), [(0.05, False), (0.39, False), (0.4, True), (0.5, True)])
def test_less_than_a_block_has_none(tmp_path: Path, seconds: float, has: bool) -> None:
    found = measure(floats(tmp_path / "a.wav", sine(seconds, -20)))
    assert (found != Loudness()) == has
    assert found.range is None


MAKERS = [mp3, m4a, flac, wav, audio_files.opus, audio_files.vorbis, audio_files.aac, audio_files.aiff]


@pytest.mark.parametrize("make", MAKERS)
def test_every_format(tmp_path: Path, make: Callable[..., Path]) -> None:
    """The builders' tone has a peak of 0.3: -10.5 dBFS; 440 Hz, a little softened, and by LAME more."""
    found = measure(make(tmp_path / "a", 3.0))
    stereo = 3 if make is audio_files.vorbis else 0
    assert found.integrated == pytest.approx(-14.1 + stereo, abs=0.6)
    assert found.true_peak == pytest.approx(-10.46, abs=0.6)


def test_what_is_no_number_spoils_nothing(tmp_path: Path) -> None:
    samples = sine(5, -23)
    samples[0, 1000:1010], samples[1, 2000], samples[1, 3000] = np.nan, np.inf, 1e30
    found = measure(floats(tmp_path / "a.wav", samples))
    assert found.integrated == pytest.approx(-23, abs=0.2)
    assert measure(floats(tmp_path / "b.wav", np.full((2, RATE), np.nan, dtype=np.float32))) == Loudness()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 16, 64])
def test_any_number_of_channels(tmp_path: Path, channels: int) -> None:
    found = measure(wav(tmp_path / "a.wav", 1.0, rate=RATE, channels=channels))
    assert found.integrated is not None
    assert found.true_peak == pytest.approx(-10.46, abs=0.2)


@pytest.mark.parametrize("rate", [1000, 4000, 384_000, 768_000])
def test_odd_rates(tmp_path: Path, rate: int) -> None:
    assert measure(wav(tmp_path / "a.wav", 1.0, rate=rate)).integrated is not None


def test_a_stream_that_changes_its_shape(tmp_path: Path) -> None:
    """Mono, then stereo, at another rate: measured in the shape of the first."""
    first = mp3(tmp_path / "a.mp3", 3.0, xing=False, samples=sine(3, -23, channels=1, rate=44_100))
    second = mp3(tmp_path / "b.mp3", 3.0, xing=False, rate=48_000, samples=sine(3, -23))
    path = tmp_path / "c.mp3"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert measure(path).integrated == pytest.approx(-26, abs=1.5)


def test_a_damaged_file_is_measured_as_far_as_it_goes(tmp_path: Path) -> None:
    found = measure(audio_files.damaged(mp3(tmp_path / "a.mp3", 10.0), size=3000))
    assert found.integrated is not None
    assert measure(truncated(flac(tmp_path / "a.flac", 10.0))).integrated == pytest.approx(-14.1, abs=0.4)


def test_what_cannot_be_measured(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"no sound" * 100)
    with pytest.raises(NotAudioError):
        measure(tmp_path / "a.mp3")
    with pytest.raises(UnreadableFileError):
        measure(tmp_path / "gone.mp3")
    with pytest.raises(NotAudioError):
        measure(audio_files.silent_film(tmp_path / "a.mp4"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("whole")
    makers: list[Callable[..., Path]] = [mp3, flac, m4a, wav]
    return [make(folder / f"a{number}", 0.6) for number, make in enumerate(makers)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.integers(0, 3),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=8),
)
def test_damage_raises_our_errors_only(whole: list[Path], kind: int, damage: list[tuple[float, int, bytes]]) -> None:
    content = whole[kind].read_bytes()
    for place, length, new in damage:
        at = int(place**3 * len(content))
        content = content[:at] + new + content[at + length :]
    path = whole[kind].with_stem("damaged")
    path.write_bytes(content)
    try:
        found = measure(path)
    except RadioArchiveError:
        return
    for value in (found.integrated, found.true_peak, found.range):
        assert value is None or math.isfinite(value)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory a program had")
def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    program = f"""{PEAK_MEMORY}
import sys
from pathlib import Path
from audio.test_loudness import measure
short, long = map(Path, sys.argv[1:])
measure(short)
before = peak_memory()
measure(long)
print(peak_memory() - before)
"""
    short, long = long_wav(tmp_path / "a.wav", 10), long_wav(tmp_path / "b.wav", 900)
    ran = subprocess.run(
        [sys.executable, "-c", program, short, long],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(ran.stdout) < 10_000
