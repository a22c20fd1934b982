"""What `feed pull` shows: on a terminal, bars for all items and for the current download; otherwise a line per item."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from radio_archive.cli.display.bars import new_bars
from radio_archive.cli.display.output import printable, say_above

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from radio_archive.feeds.pull import DownloadProgress


class Downloading:
    """Shows the downloads of `items` items. Use it as a context manager; pass its `listen` to the downloads."""

    def __init__(self, items: int, *, jsonl: bool = False) -> None:
        self._items, self._jsonl = items, jsonl
        self._bars: Bars | None = None
        self._overall: TaskID | None = None
        self._item: TaskID | None = None
        self._guid: str | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self._jsonl and self._items:
            self._bars = new_bars("{task.fields[state]}")
            self._overall = self._bars.add_task("all", total=self._items, state=f"0 of {self._items:,}")
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def listen(self, progress: "DownloadProgress") -> None:
        """Show how much of an item's audio is downloaded."""
        if self._bars is None:
            return
        if self._guid != progress.item.guid or self._item is None:
            self._forget()
            self._guid = progress.item.guid
            self._item = self._bars.add_task(printable(progress.item.title or "untitled"), total=None, state="")
        total = progress.total
        state = f"{progress.done / 1e6:,.1f} MB" + (f" of {total / 1e6:,.1f} MB" if total else "")
        self._bars.update(self._item, completed=progress.done, total=total, state=state)

    def ended(self, number: int) -> None:
        """Show that the first `number` items are done."""
        if self._bars and self._overall is not None:
            self._forget()
            self._bars.update(self._overall, completed=number, state=f"{number:,} of {self._items:,}")

    def tell(self, line: str, *, problem: bool = False) -> None:
        """Print a line, above the bars if there are any."""
        say_above(self._bars, line, problem=problem)

    def _forget(self) -> None:
        if self._bars and self._item is not None:
            self._bars.remove_task(self._item)
        self._item = self._guid = None
