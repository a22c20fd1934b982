"""`verify`: check the search indexes, and rebuild those that are wrong."""

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_json, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking

if TYPE_CHECKING:
    from radio_archive.archive.index.check import IndexReport

_WHAT = {
    "missing": "the index, or a trigger that updates it, was missing",
    "disagrees": "the index did not match the table",
    "spellings": "{stale} without the right spellings",
    "facets": "{misfiled} indexed under the wrong show, date or reporter",
}


app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def verify(
    call: Call,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; repair nothing.")] = False,
) -> None:
    """Check the search indexes against their tables, and rebuild those that are wrong.

    An index can become wrong when another program changes a row: then search finds too few or too many clips. An index
    is made from the tables, so rebuilding loses nothing. Exit code 1 if a problem was not repaired.

    Examples:

      radio-archive verify

      radio-archive verify --dry-run --json
    """
    from radio_archive.archive.index import check

    with call.open() as opened, bars() as bar:
        of_tables = cache(bar)
        verdicts = check.verify(opened, mend=not dry_run, progress=lambda table, *done: of_tables(table)(*done))
    if call.form:
        print_json([{**asdict(verdict), "sound": verdict.is_sound} for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(_line(verdict))
    if not all(verdict.is_sound for verdict in verdicts):
        complain("Something is wrong with the index. `radio-archive verify` without --dry-run repairs it.")
        raise typer.Exit(1)


def _line(verdict: "IndexReport") -> str:
    about = f"{verdict.table}: {count(verdict.rows, 'row')}"
    if not verdict.problems:
        return f"{about}, correct"
    numbers = {"stale": count(verdict.stale, "row"), "misfiled": count(verdict.misfiled, "clip")}
    what = ", ".join(_WHAT[problem].format(**numbers) for problem in verdict.problems)
    return f"{about}; {what}{'; repaired' if verdict.mended else ''}"
