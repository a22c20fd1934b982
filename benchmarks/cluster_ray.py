"""What it costs to transcribe on a Ray cluster: CPU against the same in this process, and memory over many clips.

python benchmarks/cluster_ray.py                     # 24 clips of 30 seconds, five rounds; 5,000 and 20,000 short clips
python benchmarks/cluster_ray.py --clips 6 --quick   # one round, and 100 and 500 short clips; nothing is kept

It needs Ray, and starts a cluster of this machine alone. CPU seconds are told apart: of the process that feeds the
workers, of the workers, and of the services of Ray, which serve all workers of a machine. For the memory, an
engine that only counts samples takes half a second of sound at a time, thousands of times, from one process. Ray's
client fills buffers of its own with the first few thousand.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import cluster
import numpy as np
import runs
from cluster import Contender, prepared
from recut import make_clips

from radio_archive.audio.decode import RATE, Chunk, Samples
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.models import Transcript
from radio_archive.speech.cluster import LOCAL, ClusterBackend
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.load import LazyEngine, load_engine
from radio_archive.speech.pool import WorkerPool

SHORT = 0.5
"""Seconds of a clip for the memory."""


class Counting:
    """An engine without a model: it decodes the sound and hears nothing."""

    name = "counting"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            for _ in clip.chunks():
                pass
            yield ClipResult(clip.key, Transcript(()))


def counting(options: EngineOptions) -> Counting:
    return Counting()


def cpu_of(*marks: str) -> float:
    """Return the CPU seconds of all processes that have one of `marks` in their command lines; Linux only."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        except OSError:
            continue
        if any(mark in line for mark in marks):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def workers_cpu() -> float:
    return cpu_of("ray::Transcribing")


def services_cpu() -> float:
    return cpu_of("/raylet", "/gcs_server", "ray/dashboard", "log_monitor.py", "monitor.py", "ray::RuntimeEnvAgent")


def on_cluster(options: EngineOptions) -> WorkerPool:
    return WorkerPool(ClusterBackend(load_engine, options, ClusterOptions(LOCAL)), 1)


def costs(paths: Sequence[Path], options: EngineOptions, rounds: int) -> dict[str, Any]:
    """Return the median seconds of each way, and the ratios to those of this process."""
    clips = list(prepared(paths))
    taking_part = {
        "in process": Contender(LazyEngine(options), lambda: 0.0),
        "1 worker of a cluster": Contender(on_cluster(options), workers_cpu),
    }
    with ExitStack() as stack:
        for contender in taking_part.values():
            stack.enter_context(closing(contender.engine))
        # The services are there from the first clip on.
        cluster.hear(taking_part["1 worker of a cluster"], clips[:1])
        before, begun = services_cpu(), time.perf_counter()
        found = cluster.race(taking_part, clips, rounds)
        services = (services_cpu() - before) / (time.perf_counter() - begun)
    return {"contenders": cluster.summary(found), "services_cpu_per_second": round(services, 3)}


def short_clips(number: int) -> Iterator[PreparedClip]:
    sound: Samples = np.zeros(round(SHORT * RATE), np.float32)
    for key in range(number):
        yield PreparedClip(str(key), SHORT, partial(iter, (Chunk(0.0, sound.copy()),)), "en", at_hand=True)


def peak_megabytes() -> float:
    """Return the most memory that this process has had, in megabytes; Linux only."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def feed(number: int) -> None:
    """Feed a worker with short clips, and print this process's peak memory and CPU milliseconds per clip."""
    pool = WorkerPool(ClusterBackend(counting, EngineOptions(threads=1), ClusterOptions(LOCAL)), 1)
    with closing(pool):
        pool.check()
        begun = time.process_time()
        heard = sum(isinstance(report, ClipResult) for report in pool.transcribe(short_clips(number)))
        cpu = time.process_time() - begun
    if heard != number:
        sys.exit(f"{number} clips were given and {heard} were heard")
    print(f"{peak_megabytes():.1f} {1000 * cpu / number:.3f}")


def memory(numbers: Sequence[int], rounds: int) -> dict[str, Any]:
    """Return the peak memory of the feeding process for each number of clips, each in a process of its own."""
    peaks: dict[int, float] = {}
    for number in numbers:
        found: list[float] = []
        for _ in range(rounds):
            command = [sys.executable, __file__, "--feed", str(number)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            peak, milliseconds = done.stdout.splitlines()[-1].split()
            print(f"  {number} clips: at most {peak} MB, {milliseconds} ms of CPU for each", file=sys.stderr)
            found.append(float(peak))
        peaks[number] = statistics.median(found)
    ratio = peaks[numbers[-1]] / peaks[numbers[0]]
    return {"peak_megabytes": {str(number): peak for number, peak in peaks.items()}, "ratio": round(ratio, 3)}


def main(arguments: list[str]) -> None:
    options = runs.parser(__doc__ or "")
    options.add_argument("--clips", type=int, default=24)
    options.add_argument("--feed", type=int, help="used by this program itself")
    asked = runs.parse(options, arguments)
    if asked.feed:
        feed(asked.feed)
        return
    paths = make_clips(asked.cache / "cluster", asked.clips, cluster.SECONDS)
    found = costs(paths, EngineOptions("demo", "cpu", threads=1), asked.rounds)
    found["memory"] = memory((100, 500) if asked.quick else (5_000, 20_000), 1)
    described = {"model": "demo", "clips": asked.clips, "seconds": cluster.SECONDS, "threads": 1}
    runs.keep("cluster-ray", {**described, "rounds": asked.rounds, **found}, quick=asked.quick)


if __name__ == "__main__":
    main(sys.argv[1:])
