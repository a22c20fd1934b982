"""How fast short clips are read: faster-whisper alone, radio_archive whole, and the limit of the model's own work.

    python benchmarks/throughput.py --models demo,base

README.md beside this file says who the contenders are and how they are given equal work.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import contenders
import memory
from boundary import Forced
from contenders import Limit, Setup
from faster_whisper import WhisperModel
from machine import this_machine
from random_model import END_OF_TEXT, SHAPES, specials, write_model
from recut import make_clips
from rounds import Contender, Times, fastest, median, race, timed

from radio_archive.speech import weights

RESULTS = Path(__file__).parent / "results"
LABELS = {
    "a": "faster-whisper, transcribe",
    "b": "faster-whisper, batched",
    "c": "radio_archive, whole pipeline",
    "d": "limit: the model's work alone",
}
ENCODE, DECODE, JOINT, PER_FILE = (1, 2, 4), (8, 16, 24), (8, 16, 24, 48), (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Job:
    """One row of results: a model, and the files it is to read."""

    model: str
    setup: Setup
    forced: Forced | None
    clips: list[Path]
    names: str
    rounds: int


def setups(name: str, options: argparse.Namespace) -> tuple[list[Setup], Forced | None]:
    """Return the ways to measure a model: one with random weights has nothing to guard, and no end of text."""
    if name not in SHAPES:
        folder = str(weights.find(name).folder)
        return [Setup(folder, options.device, options.compute_type, guards) for guards in (False, True)], None
    folder = str(write_model(name, options.random_models / name))
    vocabulary = END_OF_TEXT + len(specials(SHAPES[name].languages))
    return [Setup(folder, options.device, options.compute_type)], Forced(options.tokens, END_OF_TEXT, vocabulary)


def compete(job: Job) -> tuple[dict[str, Contender], dict[str, Times]]:
    """Load the engines, choose the batch sizes, and race."""
    model = contenders.load(job.setup, random=job.forced is not None)
    entered: dict[str, Contender] = {}
    for name in job.names:
        entered[name] = _contender(name, job, model)
        say(f"  {LABELS[name]}{entered[name].batch and ': ' + entered[name].batch}")
    return entered, race(entered, job.rounds, job.forced, say)


def _contender(name: str, job: Job, model: WhisperModel) -> Contender:
    setup, clips, label = job.setup, job.clips, LABELS[name]
    if name == "a":
        return Contender(
            label,
            lambda: contenders.sequential(setup, model, clips),
            lambda: contenders.sequential(setup, model, clips[:1]),
        )
    if name == "b":
        batch = _batch_per_file(job, model)
        return Contender(
            label,
            lambda: contenders.batched(setup, model, batch, clips),
            lambda: contenders.batched(setup, model, batch, clips[:1]),
            f"batches of {batch}",
        )
    if name == "c":
        engine = contenders.load_ours(setup)
        return Contender(label, lambda: contenders.ours(engine, clips), lambda: contenders.ours(engine, clips[:1]))
    limit = Limit(model, contenders.windows(model, clips))
    encode, decode = _batches(job, limit)
    return Contender(
        label,
        lambda: limit.run(encode, decode),
        lambda: Limit(model, limit.features[:1]).run(1, 1),
        f"encode {encode}, decode {decode}",
    )


def _batch_per_file(job: Job, model: WhisperModel) -> int:
    def seconds(size: int) -> float:
        return timed(lambda: contenders.batched(job.setup, model, size, job.clips[:4]), job.forced)[0]

    seconds(PER_FILE[0])
    return fastest(PER_FILE, seconds)


def _batches(job: Job, limit: Limit) -> tuple[int, int]:
    """Return the batch sizes of the encoder and of the decoder that take the least time for a window."""
    features = limit.features

    def joint(size: int) -> float:
        return timed(lambda: Limit(limit.model, features[:size]).run(size, size), job.forced)[0] / size

    def encoding(size: int) -> float:
        return timed(lambda: void(limit.encode(features[:8], size)), job.forced)[0]

    def decoding(size: int) -> float:
        encoded = limit.encode(features[:size], encode)
        return timed(lambda: limit.decode(encoded), job.forced)[0] / size

    if job.setup.device == "cuda":
        joint(1)
        size = fastest([size for size in JOINT if size <= len(features)] or [len(features)], joint)
        return size, size
    encoding(1)
    encode = fastest(ENCODE, encoding)
    return encode, fastest([size for size in DECODE if size <= len(features)] or [len(features)], decoding)


def void(_: object) -> None:
    """Drop a value."""


def row(job: Job, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one row."""
    entered, times = compete(job)
    return {
        "model": job.model,
        "random": job.forced is not None,
        "guards": job.setup.guards,
        "device": job.setup.device,
        "compute_type": job.setup.compute_type,
        "beam": contenders.BEAM,
        "clips": len(job.clips),
        "audio_seconds": len(job.clips) * options.seconds,
        "tokens_per_window": job.forced.tokens if job.forced else None,
        "contenders": {
            name: {
                "label": entered[name].label,
                "batch": entered[name].batch,
                "wall": taken.wall,
                "cpu": taken.cpu,
                **asdict(taken.tally),
            }
            for name, taken in times.items()
        },
    }


def show(measured: Mapping[str, Any]) -> None:
    """Print a row as a table."""
    guards = "" if measured["random"] else f", guards {'on' if measured['guards'] else 'off'}"
    size = f"{measured['clips']} clips, {measured['audio_seconds'] / 60:.1f} minutes"
    say(f"\n{measured['model']}{guards} on {measured['device']} ({measured['compute_type']}), {size}")
    say(f"{'':36}{'wall s':>8}{'min–max':>16}{'CPU s':>9}{'× real time':>13}{'speed':>8}{'windows':>9}{'tokens':>8}")
    first: float | None = None
    for name, taken in measured["contenders"].items():
        wall = median(taken["wall"])
        first = first or wall
        spread = f"{min(taken['wall']):.1f}–{max(taken['wall']):.1f}"
        say(
            f"({name}) {taken['label']:32}{wall:8.1f}{spread:>16}{median(taken['cpu']):9.1f}"
            f"{measured['audio_seconds'] / wall:13.1f}{first / wall:7.2f}×{taken['decoded']:9}{taken['tokens']:8}"
        )
    say("")


def keep(path: Path, machine: Mapping[str, Any], rows: list[dict[str, Any]], key: str) -> None:
    """Write `rows` to a file of results; those for the same model and settings that it holds are replaced."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def settings(measured: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(measured.get(name) for name in ("model", "guards", "device", "compute_type"))

    fresh = {settings(measured) for measured in rows}
    kept = [measured for measured in document.get(key, []) if settings(measured) not in fresh]
    document |= {"machine": dict(machine), key: [*kept, *rows]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def say(text: str) -> None:
    """Print at once, so that a long run shows where it is."""
    print(text, flush=True)


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure how fast short clips are read.")
    parser.add_argument(
        "--models", default="demo,tiny,base,small", help="demo, a folder, or random: " + ", ".join(SHAPES)
    )
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--contenders", default="a,b,c,d", help="who competes; the first is what ratios compare with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=90.0, help="the length of a clip")
    parser.add_argument("--tokens", type=int, default=100, help="tokens per window where weights are random")
    parser.add_argument(
        "--plain", action="store_true", help="random weights: cut clips without a pause each half minute"
    )
    parser.add_argument(
        "--quick", action="store_true", help="2 rounds of 4 clips, to see that all works; nothing is kept"
    )
    parser.add_argument(
        "--memory", action="store_true", help="measure the peak memory of (c) for few and many clips instead"
    )
    parser.add_argument("--memory-clips", default="50,500", help="how many are few and many")
    parser.add_argument("--memory-seconds", type=float, default=20.0, help="the length of a clip with --memory")
    parser.add_argument(
        "--random-models", type=Path, default=Path(tempfile.gettempdir()) / "radio-archive-random-models"
    )
    parser.add_argument("--output", type=Path, help="default: results/throughput-MACHINE.json beside this file")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.clips = 2, 4
    return options


def measure(options: argparse.Namespace, name: str, folder: Path) -> list[dict[str, Any]]:
    """Measure a model in every way there is, and show it."""
    ways, forced = setups(name, options)
    say(f"{name}: preparing the clips")
    if options.memory:
        numbers = [int(number) for number in options.memory_clips.split(",")]
        clips = make_clips(folder / "memory", max(numbers), options.memory_seconds)
        return [memory.measure(name, ways[-1], forced, clips, numbers, say)]
    paced = forced is not None and not options.plain
    clips = make_clips(folder / ("paced" if paced else "plain"), options.clips, options.seconds, paced=paced)
    names = options.contenders.replace(",", "")
    rows = [row(Job(name, setup, forced, clips, names, options.rounds), options) for setup in ways]
    for measured in rows:
        show(measured)
    return rows


def main(arguments: list[str]) -> None:
    """Measure every model; each is kept as soon as it is measured."""
    options = read_options(arguments)
    machine = this_machine(options.device)
    path = options.output or (None if options.quick else RESULTS / f"throughput-{machine.slug}.json")
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        for name in options.models.split(","):
            rows = measure(options, name, Path(folder))
            if path:
                keep(path, asdict(machine), rows, "memory" if options.memory else "throughput")
    if path:
        say(f"kept in {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
