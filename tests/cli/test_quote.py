"""A passage as audio: the right seconds, in every format, and nothing overwritten."""

import wave
from pathlib import Path

import numpy as np
import pytest
from support.program import CLIPS

from radio_archive.audio.cut import ENCODERS, encode_passage
from radio_archive.audio.decode import RATE
from radio_archive.audio.examine import examine
from radio_archive.audio.header import probe
from radio_archive.errors import UsageError

CLIP = CLIPS / "whales_final_mix.mp3"


@pytest.mark.parametrize("suffix", ENCODERS)
def test_a_cut_holds_the_seconds_that_were_asked_for(suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"quote{suffix}"
    assert encode_passage(CLIP, 10, 15.5, target, {"title": "Whāles"}) == pytest.approx(5.5, abs=0.01)
    whole, cut = examine(CLIP).samples, examine(target).samples
    assert whole is not None
    assert cut is not None
    assert len(cut) / RATE == pytest.approx(5.5, abs=0.05)
    wanted, got = whole[11 * RATE : 15 * RATE], cut[RATE : 5 * RATE]
    assert np.corrcoef(wanted, got)[0, 1] > 0.95


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (8_000, 1), (96_000, 6)])
def test_channels_and_rate_stay_where_the_format_has_them(rate: int, channels: int, tmp_path: Path) -> None:
    source, target = tmp_path / "source.wav", tmp_path / "quote.mp3"
    tone = np.sin(2 * np.pi * 300 * np.arange(3 * rate) / rate) * 8_000
    with wave.open(str(source), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(tone.astype("<i2"), channels).tobytes())
    assert encode_passage(source, 1, 2, target) == pytest.approx(1, abs=0.01)
    header = probe(target)
    assert header.channels == min(channels, 2)
    assert header.sample_rate == (44_100 if rate == 44_100 else 48_000)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "quote.mp3"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="there already"):
        encode_passage(CLIP, 1, 2, target)
    assert target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "start", "message"),
    [
        ("quote.txt", 1, r"may end in \.mp3"),
        ("quote", 1, r"may end in \.mp3"),
        ("none/quote.mp3", 1, "cannot write"),
        ("quote.mp3", 9_000, "no sound at 9000"),
    ],
)
def test_a_cut_that_cannot_be_made_leaves_nothing(name: str, start: float, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        encode_passage(CLIP, start, start + 1, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
