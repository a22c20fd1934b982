"""Clips to measure with: the fixture clips, joined and cut again into files of one length."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from radio_archive.audio.decode import RATE, Samples
from radio_archive.audio.examine import examine

FIXTURES = Path(__file__).parent.parent / "fixtures" / "clips"
WINDOW, PAUSE = 30.0, 1.5


def joined() -> Samples:
    """Return the sound of every fixture clip, one after the other."""
    sounds = (examine(path).samples for path in sorted(FIXTURES.rglob("*.mp3")))
    return np.concatenate([sound for sound in sounds if sound is not None])


def make_clips(folder: Path, number: int, seconds: float, *, paced: bool = False) -> list[Path]:
    """Write `number` MP3 files of `seconds` each into `folder`, no two of them alike; what is there is left.

    Paced clips pause before every half minute, so that whoever cuts them into windows cuts at the same places.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"clip-{position:04}.mp3" for position in range(number)]
    missing = [position for position, path in enumerate(paths) if not path.exists()]
    sound, length = joined() if missing else np.zeros(1, np.float32), round(seconds * RATE)
    for position in missing:
        piece = np.take(sound, np.arange(position * length, (position + 1) * length), mode="wrap")
        _write(paths[position], _paced(piece) if paced else piece, f"Clip {position}")
    return paths


def _paced(piece: Samples) -> Samples:
    for start in range(0, len(piece), round(WINDOW * RATE)):
        end = start + round(WINDOW * RATE)
        piece[end - round(PAUSE * RATE) : end] = 0.0
    return piece


def _write(path: Path, samples: Samples, title: str) -> None:
    with av.open(str(path), "w") as container:
        container.metadata["title"] = title
        stream = container.add_stream("mp3", rate=RATE, layout="mono", bit_rate=64_000)
        for start in range(0, len(samples), RATE):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + RATE], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
