"""What the benchmarks of large archives have in common: their options, taking turns, and where results are kept."""

import argparse
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from machine import this_machine

CACHE = Path(tempfile.gettempdir()) / "radio-archive-bench"
RESULTS = Path(__file__).parent / "results"


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the options that all of these benchmarks have."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--segments", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--cache", type=Path, default=CACHE, help="where archives are built, once")
    options.add_argument("--quick", action="store_true", help="one round; print the result and keep nothing")
    return options


def parse(options: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Return the options; `--quick` is one round."""
    found = options.parse_args(arguments)
    found.rounds = 1 if found.quick else found.rounds
    return found


def keep(name: str, found: Mapping[str, object], *, quick: bool) -> None:
    """Write a result to `results/NAME-MACHINE.json` for report.py, or print it if it was a quick one."""
    machine = this_machine("cpu")
    document = {"machine": {**asdict(machine), "versions": {"SQLite": sqlite3.sqlite_version}}, name: found}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if quick:
        print(text)
        return
    path = RESULTS / f"{name}-{machine.slug}.json"
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {os.path.relpath(path)}")


def milliseconds(run: Callable[[], object]) -> float:
    """Return the CPU milliseconds that `run` takes in this process."""
    begun = time.process_time()
    run()
    return (time.process_time() - begun) * 1000


def in_turns(runs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Call each once in each round, after one to warm up, in an order that turns; return what they returned."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(rounds + 1):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found = runs[name]()
            if number:
                taken[name].append(found)
    return taken
