"""Bars for long work that says how far it is: done, of how much."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PERCENT = "{task.percentage:>3.0f}%"


@contextmanager
def bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Yield what makes a bar of a name, to be told how much is done of how much; none where nobody watches.

    A bar is there from when it is first told something: what is quick shows none, and waits for no import.
    """
    if not sys.stderr.isatty():
        yield lambda name: lambda done, total: None
        return
    with ExitStack() as stack:
        shown: list[Progress] = []

        def bar(name: str) -> Callable[[int, int], None]:
            tasks: list[TaskID] = []

            def told(done: int, total: int) -> None:
                if not shown:
                    shown.append(stack.enter_context(new_bars(PERCENT)))
                if not tasks:
                    tasks.append(shown[0].add_task(name, total=None))
                shown[0].update(tasks[0], completed=done, total=total)

            return told

        yield bar


def new_bars(*columns: str) -> "Progress":
    """Return bars on stderr: a name of 40 letters at most, the bar, text in these columns, and the time that is left.

    In `columns`, `{task.percentage}` and so on stand for what rich knows of a task.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(max_width=40, no_wrap=True)),
        BarColumn(),
        *(TextColumn(column, markup=False) for column in columns),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )
