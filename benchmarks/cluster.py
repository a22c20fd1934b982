"""What it costs to transcribe elsewhere: in processes of this machine, against the same in this process.

python benchmarks/cluster.py                     # 24 clips of 30 seconds, five rounds: minutes
python benchmarks/cluster.py --clips 6 --quick   # does it work? Nothing is kept

All hear the same samples, which are decoded before, by the same weights with the same threads. Models are loaded by a
first clip, which is not counted. CPU seconds of the workers are told apart from those of the process that feeds them.
"""

import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import runs
from recut import make_clips

from radio_archive.audio.examine import examine
from radio_archive.config.settings import EngineOptions
from radio_archive.speech.engine import ClipResult, Engine, PreparedClip
from radio_archive.speech.load import LazyEngine, load_engine
from radio_archive.speech.pool import WorkerPool
from radio_archive.speech.processes import ProcessBackend
from radio_archive.speech.worker import Worker

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine, and how to ask for the CPU seconds that its workers have used so far."""

    engine: Engine
    workers_cpu: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one round, in seconds: by the clock, and of the CPU."""

    wall: float
    driver_cpu: float
    workers_cpu: float

    @property
    def cpu(self) -> float:
        return self.driver_cpu + self.workers_cpu


def contenders(options: EngineOptions) -> dict[str, Contender]:
    """Return who takes part. The engine in this process runs on a thread, as the pipeline has it."""

    def pool(size: int) -> Contender:
        return Contender(WorkerPool(ProcessBackend(partial(load_engine, options)), size), _children_cpu)

    return {"in process": Contender(LazyEngine(options), lambda: 0.0), "1 process": pool(1), "2 processes": pool(2)}


def _children_cpu() -> float:
    """Return the CPU seconds of the processes of all pools that live; Linux only."""
    ticks = 0
    for child in multiprocessing.active_children():
        # After the name, which may hold anything: the 12th and 13th are the ticks in user and system mode.
        fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def prepared(paths: Sequence[Path]) -> Iterator[PreparedClip]:
    for path in paths:
        found = examine(path)
        yield PreparedClip(
            path.name, found.recording.duration, found.chunks, "en", path=path, at_hand=found.samples is not None
        )


def hear(contender: Contender, clips: Sequence[PreparedClip]) -> Cost:
    """Transcribe the clips once."""
    engine = contender.engine
    before, wall, cpu = contender.workers_cpu(), time.perf_counter(), time.process_time()
    source = engine if isinstance(engine, WorkerPool) else Worker(engine, patience=5.0)
    heard = sum(isinstance(report, ClipResult) for report in source.transcribe(iter(clips)))
    cost = Cost(time.perf_counter() - wall, time.process_time() - cpu, contender.workers_cpu() - before)
    if heard != len(clips):
        sys.exit(f"{len(clips)} clips were given and {heard} were heard")
    return cost


def race(taking_part: Mapping[str, Contender], clips: Sequence[PreparedClip], rounds: int) -> dict[str, list[Cost]]:
    """Let all hear the clips in each round, in an order that turns."""
    names = list(taking_part)
    for contender in taking_part.values():
        # As many clips as it has workers, at least, so that each loads its model.
        hear(contender, clips[:2])
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            costs[name].append(hear(taking_part[name], clips))
            print(f"  round {number + 1}, {name}: {costs[name][-1].wall:.1f} s", file=sys.stderr)
    return costs


def summary(costs: Mapping[str, Sequence[Cost]]) -> dict[str, Any]:
    """Return the medians of each, and their ratios to those of this process."""

    def medians(of: Sequence[Cost]) -> dict[str, float]:
        shown = ("wall", "driver_cpu", "workers_cpu", "cpu")
        return {name: round(statistics.median(getattr(cost, name) for cost in of), 3) for name in shown}

    found = {name: medians(of) for name, of in costs.items()}
    base = found["in process"]
    return {
        name: {**of, "wall_ratio": round(of["wall"] / base["wall"], 3), "cpu_ratio": round(of["cpu"] / base["cpu"], 3)}
        for name, of in found.items()
    }


def main(arguments: list[str]) -> None:
    options = runs.parser(__doc__ or "")
    options.add_argument("--clips", type=int, default=24)
    options.add_argument("--model", default="demo")
    asked = runs.parse(options, arguments)
    clips = list(prepared(make_clips(asked.cache / "cluster", asked.clips, SECONDS)))
    engine = EngineOptions(asked.model, "cpu", threads=1)
    taking_part = contenders(engine)
    with ExitStack() as stack:
        for contender in taking_part.values():
            stack.enter_context(closing(contender.engine))
        costs = race(taking_part, clips, asked.rounds)
    described = {"model": asked.model, "clips": asked.clips, "seconds": SECONDS, "threads": 1, "rounds": asked.rounds}
    runs.keep("cluster", {**described, "contenders": summary(costs)}, quick=asked.quick)


if __name__ == "__main__":
    main(sys.argv[1:])
