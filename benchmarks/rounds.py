"""Rounds of measurement: every contender in each, in an order that turns, after one warm-up."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from boundary import Forced, Tally, watched


@dataclass(slots=True)
class Times:
    """What one contender took, round by round. CPU seconds are those of all threads."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Contender:
    """`run` does all of its work; `warm_up` a little of it."""

    label: str
    run: Callable[[], None]
    warm_up: Callable[[], None]
    batch: str = ""


def race(
    contenders: Mapping[str, Contender], rounds: int, forced: Forced | None, tell: Callable[[str], None]
) -> dict[str, Times]:
    """Run every contender once in each round."""
    times = {name: Times() for name in contenders}
    with watched(forced):
        for contender in contenders.values():
            contender.warm_up()
    names = list(contenders)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            wall, cpu, times[name].tally = timed(contenders[name].run, forced)
            times[name].wall.append(round(wall, 3))
            times[name].cpu.append(round(cpu, 3))
            tell(f"  round {number + 1}, {name}: {wall:.1f} s")
    return times


def timed(run: Callable[[], None], forced: Forced | None) -> tuple[float, float, Tally]:
    """Return the wall and CPU seconds that `run` takes, and the work it sends to the engine."""
    with watched(forced) as tally:
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        return time.perf_counter() - wall, time.process_time() - cpu, tally


def fastest(sizes: Iterable[int], seconds: Callable[[int], float]) -> int:
    """Return the size that takes the fewest seconds."""
    return min(sizes, key=seconds)


def median(values: Sequence[float]) -> float:
    """Return the median; the name says what the tables show."""
    return statistics.median(values)
