"""Shows the pipeline's progress: bars on a terminal, otherwise a line per clip, or JSON lines on request."""

import sys
import time
from collections import ChainMap, Counter
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from radio_archive.cli.display.bars import PERCENT, new_bars
from radio_archive.cli.display.output import count, print_jsonl, printable, say_above, span
from radio_archive.events import Ended, Event, Progressed, Started
from radio_archive.models import Ingested, Outcome
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def as_row(result: Ingested, source: str | None = None) -> dict[str, object]:
    """Return what `add --json` prints for one input; `source` is where it came from, if it has no path of its own."""
    return {
        "path": source or printable(result.path),
        "outcome": result.outcome.value,
        "clip": result.clip,
        "error": result.error,
        "warnings": list(result.warnings),
    }


class Reporter:
    """Shows the work on `total` seconds of audio. Use it as a context manager; pass its `listen` to the pipeline."""

    def __init__(
        self,
        total: float,
        names: dict[Path, str] | None = None,
        *,
        sources: MutableMapping[Path, str] | None = None,
        form: str = "",
        status: Callable[[], str] | None = None,
    ) -> None:
        """`names` say what to call some files, and `sources` where those came from that have no path of their own.

        `status` returns the text beside the bar of all, instead of the speed.
        """
        self._sources = {} if sources is None else sources
        self._names = ChainMap({} if names is None else names, self._sources)
        self._total, self._form, self._status = total, form, status
        self._started = time.monotonic()
        self._bars: Progress | None = None
        self._overall: TaskID | None = None
        self._tasks: dict[str, tuple[TaskID, float, float]] = {}
        self.done = 0.0

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self._form:
            self._bars = new_bars(PERCENT, "{task.fields[speed]}")
            self._overall = self._bars.add_task("all", total=self._total, speed="")
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    @property
    def speed(self) -> float:
        """Seconds of audio done per second of work so far."""
        return self.done / max(0.001, time.monotonic() - self._started)

    def listen(self, event: Event) -> None:
        match event:
            case Started(path, duration):
                if self._bars:
                    task = self._bars.add_task(printable(self._names.get(path, path.name)), total=duration, speed="")
                    self._tasks[str(path)] = (task, 0.0, duration)
            case Progressed(path, seconds):
                self._advance(str(path), seconds)
            case Ended(result):
                self._end(result)

    def _advance(self, path: str, seconds: float) -> None:
        if self._bars and self._overall is not None and path in self._tasks:
            task, before, duration = self._tasks[path]
            now = max(before, min(seconds, duration))
            self._tasks[path] = (task, now, duration)
            self.done += now - before
            self._bars.update(task, completed=now)
            status = self._status() if self._status else f"{self.speed:.0f}× real time"
            self._bars.update(self._overall, advance=now - before, speed=status)

    def _end(self, result: Ingested) -> None:
        if self._bars:
            self._advance(str(result.path), result.duration)
            task = self._tasks.pop(str(result.path), None)
            if task:
                self._bars.remove_task(task[0])
        else:
            self.done += result.duration
        if self._form == "--jsonl":
            print_jsonl(as_row(result, self._sources.get(result.path)))
        elif not self._form:
            self._line(result)
        # A run of days keeps no names of what is done.
        self._names.pop(result.path, None)

    def _line(self, result: Ingested) -> None:
        line, *warnings = result_lines(result, printable(self._names.get(result.path, result.path)))
        self._print(line, problem=result.outcome is Outcome.FAILED)
        for warning in warnings:
            self._print(warning, problem=True)

    def _print(self, line: str, *, problem: bool = False) -> None:
        say_above(self._bars, line, problem=problem)


def result_lines(result: Ingested, name: str | None = None) -> list[str]:
    """Return the lines about a finished file; `name` is what to call it."""
    name = name or printable(result.path)
    match result.outcome:
        case Outcome.ARCHIVED:
            line = f"archived   {result.clip}  {clock(round(result.duration)):>7}  {name}"
        case Outcome.ADDED:
            line = f"added to   {result.clip}           {name}"
        case Outcome.DUPLICATE:
            line = f"already in {result.clip or 'this batch'}  {name}"
        case Outcome.FAILED:
            line = f"failed     {name}: {result.error}"
    return [line, *(f"warning    {name}: {warning}" for warning in result.warnings)]


@dataclass(slots=True)
class Tally:
    """How many files ended in which way, and the seconds of audio that were archived, without the files themselves."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    """Failures by the kind of the error: the name of its class."""
    seconds: float = 0.0

    def add(self, result: Ingested) -> None:
        self.outcomes[result.outcome] += 1
        if result.outcome is Outcome.ARCHIVED:
            self.seconds += result.duration
        elif result.outcome is Outcome.FAILED:
            self.problems[type(result.cause).__name__] += 1

    def summary(self, took: float) -> str:
        """Return one line about a batch that took so many seconds."""
        parts = [f"{count(self.outcomes[Outcome.ARCHIVED], 'clip')} archived"]
        if self.outcomes[Outcome.ADDED]:
            parts.append(f"{count(self.outcomes[Outcome.ADDED], 'transcript')} added to others")
        if self.outcomes[Outcome.DUPLICATE]:
            parts.append(f"{self.outcomes[Outcome.DUPLICATE]:,} already there")
        if self.outcomes[Outcome.FAILED]:
            parts.append(f"{self.outcomes[Outcome.FAILED]:,} failed")
        line = ", ".join(parts)
        if self.seconds:
            line += (
                f": {span(self.seconds)} of audio in {span(took)} ({self.seconds / max(took, 0.001):.0f}× real time)"
            )
        return line + "."
