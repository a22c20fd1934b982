"""Progress bars for long work that reports how much is done, and of how much."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PERCENT = "{task.percentage:>3.0f}%"


@contextmanager
def bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Yield a function that makes a bar with a name. The bar is a function of what is done and of the total.

    A bar appears at its first call, so quick work shows none and imports nothing. Without a terminal there is none.
    """
    if not sys.stderr.isatty():
        yield lambda name: lambda done, total: None
        return
    with ExitStack() as stack:
        shown: list[Progress] = []

        def bar(name: str) -> Callable[[int, int], None]:
            tasks: list[TaskID] = []

            def update(done: int, total: int) -> None:
                if not shown:
                    shown.append(stack.enter_context(new_bars(PERCENT)))
                if not tasks:
                    tasks.append(shown[0].add_task(name, total=None))
                shown[0].update(tasks[0], completed=done, total=total)

            return update

        yield bar


def new_bars(*columns: str) -> "Progress":
    """Return bars on stderr: a name of at most 40 letters, the bar, text in these columns, and the time left.

    In `columns`, `{task.percentage}` and other fields stand for what rich knows about a task.
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
