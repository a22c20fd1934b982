"""`verify`: whether what was archived is still what it should be, and mending what can be made again."""

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
    "missing": "the index, or what keeps it true, was gone",
    "disagrees": "the index disagreed with the table",
    "spellings": "{stale} without the right spellings",
    "facets": "{misfiled} filed under another show, date or reporter",
}


app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def verify(
    call: Call,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; mend nothing.")] = False,
) -> None:
    """Check the full-text indexes against the tables they are made from, and rebuild those that disagree.

    Nothing is lost by that: an index is derived. Search finds too little or too much while one is wrong, for example
    after a row was changed by another program. Exit code 1 if something is wrong that was not mended.

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
        complain("Something is wrong with the index. `radio-archive verify` without --dry-run mends it.")
        raise typer.Exit(1)


def _line(verdict: "IndexReport") -> str:
    about = f"{verdict.table}: {count(verdict.rows, 'row')}"
    if not verdict.problems:
        return f"{about}, in order"
    numbers = {"stale": count(verdict.stale, "row"), "misfiled": count(verdict.misfiled, "clip")}
    what = ", ".join(_WHAT[problem].format(**numbers) for problem in verdict.problems)
    return f"{about}; {what}{'; mended' if verdict.mended else ''}"
