"""The clips that accuracy is measured on: where they lie, what is said in them, and in which part they are.

Real people and pieces full of names come from a shared folder outside the repository, made clips from `fixtures/`. From
some of them damaged copies and montages are made here, the same ones on every run.
"""

import hashlib
import json
import tomllib
import wave
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radio_archive.audio.decode import RATE
from radio_archive.audio.examine import examine

ROOT = Path(__file__).resolve().parent.parent
SETS = Path(__file__).with_name("accuracy_sets.toml")
PARTS = ("tuning", "held-out")
Sound = NDArray[np.float32]
Timed = tuple[float, str]
"""Where a word or sentence truly starts, in seconds, and its text."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A file of sound, and what is truly said in it; a clip without speech has an empty reference."""

    name: str
    path: Path
    part: str
    kind: str
    """speech, names, made, montage, degraded or nonspeech."""
    seconds: float
    digest: str
    language: str = "en"
    reference: str = ""
    words: tuple[Timed, ...] = ()
    sentences: tuple[Timed, ...] = ()


def find_clips(shared: Path, made: Path) -> list[Clip]:
    """Return all clips; the damaged ones and the montages are written into the folder `made`, unless they are there.

    Empty that folder after a change of how they are made.
    """
    sets = tomllib.loads(SETS.read_text(encoding="utf-8"))
    found = [*_people(shared, sets), *_names(shared, sets["rules"]["names_held_out_every"]), *_fixtures()]
    by_name = {clip.name: clip for clip in found}
    made.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        found += [
            _damaged(by_name[name], kind, damage, made)
            for name in sets[part]["degraded"]
            for kind, damage in DAMAGES.items()
        ]
        found.append(_montage([by_name[name] for name in sets[part]["montage"]], made))
    return found


def _people(shared: Path, sets: Mapping[str, Any]) -> Iterator[Clip]:
    lines = (shared / "speech" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = {Path(entry["path"]).stem: entry for entry in map(json.loads, lines)}
    for part in PARTS:
        for name in [*sets[part]["speech"], *sets[part]["nonspeech"]]:
            entry = entries[name]
            path = shared / "speech" / entry["path"]
            yield Clip(
                name=name,
                path=path,
                part=part,
                kind=entry["kind"],
                seconds=entry["seconds"],
                digest=_digest(path),
                language=entry["language"] or "",
                reference=entry.get("reference") or "",
                words=_first_tier(entry.get("words") or ()),
                sentences=tuple((start, text) for start, _, text in entry.get("sentences") or ()),
            )


def _first_tier(labels: Sequence[Sequence[Any]]) -> tuple[Timed, ...]:
    """Return the labels of words: in some files those of single sounds follow, from the start again."""
    kept: list[Timed] = []
    for start, _, text in labels:
        if kept and start < kept[-1][0] - 1:
            break
        kept.append((start, text))
    return tuple(kept)


def _names(shared: Path, every: int) -> Iterator[Clip]:
    for folder in sorted(path.parent for path in (shared / "names").glob("*/piece.mp3")):
        number = folder.name[:2]
        yield Clip(
            name=f"names-{number}",
            path=folder / "piece.mp3",
            part="tuning" if int(number) % every else "held-out",
            kind="names",
            seconds=json.loads((folder / "names.json").read_text(encoding="utf-8"))["duration"],
            digest=_digest(folder / "piece.mp3"),
            reference=(folder / "script.txt").read_text(encoding="utf-8"),
        )


def _fixtures() -> Iterator[Clip]:
    files = {path.name: path for path in (ROOT / "fixtures" / "clips").rglob("*.mp3")}
    for page in sorted((ROOT / "fixtures" / "truth").glob("*.json")):
        truth = json.loads(page.read_text(encoding="utf-8"))
        path = files[Path(truth["file"]).name]
        yield Clip(
            name=f"made-{page.stem}",
            path=path,
            part="held-out" if truth.get("split") == "held-out" else "tuning",
            kind="made",
            seconds=truth["duration"],
            digest=_digest(path),
            reference=" ".join(sentence["text"] for sentence in truth["sentences"]),
            sentences=tuple((sentence["start"], sentence["text"]) for sentence in truth["sentences"]),
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _telephone(sound: Sound, _: np.random.Generator) -> tuple[Sound, int]:
    return _band(sound, 300, 3400)[::2], RATE // 2


def _quiet(sound: Sound, _: np.random.Generator) -> tuple[Sound, int]:
    return _normal(sound) * np.float32(10 ** (-60 / 20)), RATE


def _hiss(sound: Sound, random: np.random.Generator) -> tuple[Sound, int]:
    noise = random.standard_normal(len(sound)) * _level(sound) * 10 ** (-5 / 20)
    return _normal(sound + noise.astype(np.float32)) * np.float32(0.5), RATE


def _clipped(sound: Sound, _: np.random.Generator) -> tuple[Sound, int]:
    return np.clip(_normal(sound) * np.float32(10), np.float32(-1), np.float32(1)), RATE


def _narrow(sound: Sound, _: np.random.Generator) -> tuple[Sound, int]:
    return _band(sound, 0, 3900)[::2], RATE // 2


def _one_sided(sound: Sound, _: np.random.Generator) -> tuple[Sound, int]:
    return np.stack([sound, np.zeros_like(sound)], axis=1), RATE


Damage = Callable[[Sound, np.random.Generator], tuple[Sound, int]]
DAMAGES: dict[str, Damage] = {
    "telephone": _telephone,
    "quiet60": _quiet,
    "hiss5": _hiss,
    "clipped20": _clipped,
    "8khz": _narrow,
    "one-side": _one_sided,
}
"""300 to 3,400 Hz at 8 kHz; peaks at −60 dBFS; noise 5 dB below the speech; 20 dB too loud; 8 kHz; a silent channel."""


def _band(sound: Sound, low: float, high: float) -> Sound:
    spectrum = np.fft.rfft(sound)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def _normal(sound: Sound) -> Sound:
    normal: Sound = sound / np.max(np.abs(sound))
    return normal


def _level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def _damaged(clip: Clip, kind: str, damage: Damage, folder: Path) -> Clip:
    path = folder / f"{clip.name}-{kind}.wav"
    # A seed from the name: the same noise on every run, another one in each clip.
    random = np.random.default_rng(zlib.crc32(path.stem.encode()))
    if not path.exists():
        _write(path, *damage(_samples(clip), random))
    return replace(clip, name=path.stem, path=path, kind="degraded", digest=_digest(path), words=(), sentences=())


PAUSE = 0.3
LEVELS = (-20.0, -38.0, -26.0, -32.0)
"""Mean level of the pieces of a montage, in dBFS: sound bites are rarely equally loud."""


def _montage(clips: Sequence[Clip], folder: Path) -> Clip:
    pieces, length = [], 0
    for clip, level in zip(clips, LEVELS, strict=True):
        sound = _samples(clip)
        # A loud piece must not clip: that would be another damage.
        gain = min(10 ** (level / 20) / _level(sound), 1 / float(np.max(np.abs(sound))))
        pieces += [sound * np.float32(gain), np.zeros(round(PAUSE * RATE), np.float32)]
        length += len(pieces[-1]) + len(pieces[-2])
    path = folder / f"montage-{clips[0].part}.wav"
    if not path.exists():
        _write(path, np.concatenate(pieces), RATE)
    return Clip(
        name=path.stem,
        path=path,
        part=clips[0].part,
        kind="montage",
        seconds=length / RATE,
        digest=_digest(path),
        reference="\n".join(clip.reference for clip in clips),
    )


def _samples(clip: Clip) -> Sound:
    samples = examine(clip.path).samples
    assert samples is not None, f"{clip.path} is too long to be damaged at once"
    return samples


def _write(path: Path, sound: Sound, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1] if sound.ndim > 1 else 1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
