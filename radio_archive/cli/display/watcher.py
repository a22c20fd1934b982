"""Shows what the watcher does: a live display on a terminal, plain lines, or JSON lines."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from radio_archive.cli.display.output import complain, count, print_jsonl, printable, say
from radio_archive.cli.display.progress import as_row, result_lines
from radio_archive.events import Counted, Ended, Event, Notice, Progressed, Started
from radio_archive.models import Outcome
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

SHOWN = 8
"""How many results the live display shows."""
WAITING = ("settling", "ready", "working")


class PlainLog:
    """One line for each event, with its time; problems go to stderr."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, text: str, **facts: str) -> None:
        """Report something about the watcher itself, and facts about it by their names."""
        say(f"{_moment()} {'; '.join([text, *(f'{name} {fact}' for name, fact in facts.items())])}")

    def listen(self, event: Event) -> None:
        match event:
            case Ended(result):
                for line in result_lines(result):
                    (complain if result.outcome is Outcome.FAILED else say)(f"{_moment()} {line}")
            case Notice():
                (complain if event.problem else say)(f"{_moment()} {noted_line(event)}")


class JsonLog(PlainLog):
    """The same events as JSON, for programs that collect logs."""

    def say(self, text: str, **facts: str) -> None:
        self._print("watcher", text=text, **facts)

    def listen(self, event: Event) -> None:
        match event:
            case Started(path, duration):
                self._print("started", path=printable(path), seconds=round(duration, 1))
            case Ended(result):
                self._print(result.outcome.value, **{**as_row(result), "seconds": round(result.duration, 1)})
            case Notice(text, path, problem):
                name = None if path is None else printable(path)
                self._print("problem" if problem else "note", text=text, path=name)

    def _print(self, event: str, **more: object) -> None:
        print_jsonl({"time": _moment(), "event": event, **more})


class Display(PlainLog):
    """A live view of the queue, the current clips, the last results and the speed."""

    def __init__(self, roots: Sequence[Path]) -> None:
        super().__init__(roots)
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._current: dict[str, tuple[str, float, float]] = {}
        self._results: deque[tuple[str, bool]] = deque(maxlen=SHOWN)
        self._done: deque[tuple[float, float]] = deque(maxlen=200)
        self._state = "starting"

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False)
        self._live = Live(get_renderable=self._drawn, console=console, refresh_per_second=4, transient=True)
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        for line, problem in self._results:
            (complain if problem else say)(line)
        complain(self._queue())

    def say(self, text: str, **facts: str) -> None:
        with self._lock:
            self._state = text

    def listen(self, event: Event) -> None:
        with self._lock:
            match event:
                case Counted(counts):
                    self._counts = dict(counts)
                case Started(path, duration):
                    self._current[str(path)] = (self._name(path), 0.0, duration)
                case Progressed(path, seconds):
                    self._progress(str(path), seconds)
                case Ended(result):
                    self._progress(str(result.path), result.duration)
                    self._current.pop(str(result.path), None)
                    lines = result_lines(result, self._name(result.path))
                    self._results += [(line, result.outcome is Outcome.FAILED) for line in lines]
                case Notice():
                    self._results.append((noted_line(event), event.problem))

    def _progress(self, path: str, seconds: float) -> None:
        if path in self._current:
            name, before, duration = self._current[path]
            now = max(before, min(seconds, duration))
            self._current[path] = (name, now, duration)
            self._done.append((time.monotonic(), now - before))

    def _name(self, path: Path) -> str:
        """Return the path within its watched folder."""
        inside = next((path.relative_to(root) for root in self._roots if path.is_relative_to(root)), path)
        return printable(inside)

    def _speed(self) -> str:
        """Return the speed over the last minute."""
        now = time.monotonic()
        recent = [(when, seconds) for when, seconds in self._done if now - when < 60]
        if len(recent) < 2:
            return ""
        return f"{sum(seconds for _, seconds in recent[1:]) / max(1.0, now - recent[0][0]):.0f}× real time"

    def _queue(self) -> str:
        waiting = sum(self._counts.get(state, 0) for state in WAITING)
        ended = [f"{self._counts[s]:,} {s}" for s in ("archived", "duplicate", "failed") if self._counts.get(s)]
        return ", ".join([f"{count(waiting, 'file')} waiting", *ended]) + "."

    def _drawn(self) -> "Group":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        with self._lock:
            head = Text.assemble(("radio-archive ", "bold"), self._state, style="dim")
            parts: list[RenderableType] = [head, Text.assemble(self._queue(), "  ", (self._speed(), "green"))]
            table = Table.grid(padding=(0, 2))
            for name, done, duration in list(self._current.values())[-SHOWN:]:
                bar = ProgressBar(total=duration or 1.0, completed=done, width=30)
                table.add_row(Text(name if len(name) <= 50 else name[:49] + "…"), bar, clock(round(duration)))
            parts.append(table)
            parts += [
                Text(line, style="red" if problem else "", overflow="ellipsis") for line, problem in self._results
            ]
            return Group(*parts)


def _moment() -> str:
    """Return the local time with its offset."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def noted_line(event: Notice) -> str:
    """Return the line for a notice."""
    return f"{printable(event.path)}: {event.text}" if event.path else event.text
