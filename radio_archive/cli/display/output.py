"""Printing: formatted on a terminal, plain in a pipe, JSON on request. Results go to stdout, messages to stderr."""

import json
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table
    from rich.text import Text

    from radio_archive.events import Event

Row = Mapping[str, object]
ItemT = TypeVar("ItemT")
BATCH = 200
"""Lines that are written together."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""
BLOCK = 1_000
"""Rows of a table on a terminal that are laid out together: there may be more than fit in memory."""
WORD = 8
"""Columns of a terminal that a word takes."""


def stdout_console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def is_terminal() -> bool:
    """Whether standard output is a terminal, or should be treated as one."""
    # Rich is slow to import, and a pipe does not need it.
    forced = any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return (forced or sys.stdout.isatty()) and stdout_console().is_terminal


def complain(line: str) -> None:
    """Print one line on stderr."""
    _write(sys.stderr, line)


def say(line: str) -> None:
    """Print one line on stdout."""
    _write(sys.stdout, line)


def say_each(lines: Iterable[str]) -> None:
    """Print lines on stdout, some hundred at a time: flushing each takes as long as finding it."""
    for page in batches(lines):
        say("\n".join(page))


def batches(items: Iterable[ItemT]) -> Iterator[list[ItemT]]:
    """Yield `items` in lists of at most BATCH; the first one has only one, so that a long list begins at once."""
    rest = iter(items)
    page = list(islice(rest, 1))
    while page:
        yield page
        page = list(islice(rest, BATCH))


def _write(stream: object, line: str, end: str = "\n") -> None:
    # A character that the terminal cannot show is replaced; it must not cause a traceback.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    # One write with the line's end: otherwise two threads could print on the same line.
    whole = f"{line}{end}".encode(encoding, "replace").decode(encoding)
    print(whole, end="", file=stream, flush=True)  # type: ignore[call-overload]


def show_progress(what: str, done: int, total: int | None) -> None:
    """Show on a terminal how much is done, of `total` if that is known, on a line that disappears at the end."""
    if sys.stderr.isatty():
        of = "" if total is None else f" of {total:,}"
        _write(sys.stderr, "\r\x1b[K" if done == total else f"\r\x1b[K{what}: {done:,}{of}", end="")


def shown(items: Iterable[ItemT], total: int, what: str) -> Iterator[ItemT]:
    """Yield `items`, of which there are `total`, and show on a terminal how many are done."""
    for done, item in enumerate(items):
        show_progress(what, min(done, total - 1), total)
        yield item
    show_progress(what, total, total)


def tell_of_opening(event: "Event") -> None:
    """Print what opening an archive reports."""
    from radio_archive.events import Notice, Rebuilding

    match event:
        case Notice(text):
            complain(text)
        case Rebuilding(what, done, total):
            show_progress(f"rebuilding {what}", done, total)


def printable(path: object) -> str:
    """Return a path on one line, without control characters, for any bytes."""
    from radio_archive.models import clean_text

    return clean_text(str(path)) or repr(str(path))


def print_json(value: object) -> None:
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_jsonl(row: Row) -> None:
    say(json.dumps(row, ensure_ascii=False, default=str))


def print_document(value: Row, form: str) -> None:
    """Print one object in the form of `--json` or `--jsonl`."""
    if form == "--json":
        print_json(value)
    else:
        print_jsonl(value)


class JsonList:
    """Prints a list as `print_json` would, each row as it comes; `before` and `after` are what it stands in."""

    def __init__(self, before: str = "", indent: str = "") -> None:
        self._held, self._indent, self._comma = f"{before}[", indent, ""

    def add(self, row: Row) -> None:
        say(f"{self._held}{self._comma}")
        self._held = textwrap.indent(json.dumps(row, ensure_ascii=False, indent=2, default=str), f"{self._indent}  ")
        self._comma = ","

    def end(self, after: str = "") -> None:
        line = f"\n{self._indent}]" if self._comma else "]"
        say(f"{self._held}{line}{after}")


def print_rows(rows: Iterable[Row], form: str) -> None:
    """Print rows in the form of `--json` or `--jsonl`, each as it comes."""
    if form == "--json":
        whole = JsonList()
        for row in rows:
            whole.add(row)
        whole.end()
    else:
        for row in rows:
            print_jsonl(row)


def print_json_with(document: Row, key: str, rows: Iterable[Row]) -> None:
    """Print what `print_json` would, with a list of `rows` as the value of `key`; each row is printed as it comes."""
    text = json.dumps({**document, key: None}, ensure_ascii=False, indent=2, default=str)
    # Within a value there is no line break, and more indentation.
    before, after = text.split(f'\n  "{key}": null')
    whole = JsonList(f'{before}\n  "{key}": ', "  ")
    for row in rows:
        whole.add(row)
    whole.end(after)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from radio_archive.formats.table import csv_rows

    say_as_it_is(csv_rows(columns, rows))


def say_as_it_is(lines: Iterable[str]) -> None:
    """Print lines that have their ends, some hundred at a time; the first one at once."""
    for page in batches(lines):
        _write(sys.stdout, "".join(page), end="")


def print_table(columns: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; `columns` maps headings to `left` or `right`. In a pipe, it has tabs and no headings.

    A pipe gets each row at once, a terminal so many at a time as have the same widths of columns. On one that is too
    narrow for them, each cell of a row has a line of its own.
    """
    rows = iter(rows)
    if not is_terminal():
        for row in rows:
            say("\t".join(row))
        return
    console, first = stdout_console(), True
    while block := list(islice(rows, BLOCK)):
        if _fits(columns, block, console.width):
            console.print(_table(columns, block, headings=first))
        else:
            console.print(*_stacked(columns, block), sep="\n")
        first = False


def _fits(columns: Mapping[str, str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table needs no more than `width`, if its last column has the room for a word."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    return sum(widths[:-1]) + min(widths[-1], WORD) + 2 * (len(widths) - 1) <= width


def _stacked(columns: Mapping[str, str], rows: Iterable[Sequence[str]]) -> Iterator["Text"]:
    from rich.text import Text

    for row in rows:
        for heading, cell in zip(columns, row, strict=True):
            if cell:
                yield Text.assemble((f"{heading}: ", "bold"), cell)
        yield Text()


def _table(columns: Mapping[str, str], rows: Iterable[Sequence[str]], *, headings: bool) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", show_header=headings)
    for heading, justify in columns.items():
        # Users copy names and numbers, so only the last column, prose, may wrap.
        prose = heading == list(columns)[-1]
        table.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=not prose, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def span(seconds: float) -> str:
    """Return a duration in words: 45 s, 9 min, 2.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def count(number: int, noun: str) -> str:
    """Return `1 clip`, `2 clips`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def say_above(bars: "Progress | None", line: str, *, problem: bool = False) -> None:
    """Print a line, above the progress bars if there are any."""
    if bars:
        from rich.text import Text

        bars.console.print(Text(line, style="red" if problem else ""))
    elif problem:
        complain(line)
    else:
        say(line)
