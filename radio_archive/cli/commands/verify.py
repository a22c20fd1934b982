"""`verify`: check the texts and the search indexes, and make again what is wrong and can be made again."""

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_json, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking

if TYPE_CHECKING:
    from radio_archive.archive.index.check import TableReport

_WHAT = {
    "missing": "the index, or a trigger that updates it, was missing",
    "disagrees": "the index did not match the table",
    "spellings": "{stale} without the right spellings",
    "facets": "{misfiled} indexed under the wrong show, date or reporter",
    "differs": "{differing} whose rows did not follow from words and corrections",
    "damaged": "{damaged} not as stored",
}


app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def verify(
    call: Call,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; repair nothing.")] = False,
) -> None:
    """Check the texts by their digests, what is derived from them, and the search indexes.

    What is derived can become wrong when another program changes a row: then search finds too few or too many clips. It
    is made again, which loses nothing. Words, corrections, stories and sidecars that a disk or a program damaged are
    named; they need a backup. Exit code 1 if a problem was not repaired.

    Examples:

      radio-archive verify

      radio-archive verify --dry-run --json
    """
    from radio_archive.archive.clips import fixity
    from radio_archive.archive.database import RESTORING
    from radio_archive.archive.index import check

    with call.open() as opened, bars() as bar:
        named = cache(bar)
        verdicts = check.verify(opened, mend=not dry_run, progress=lambda table, *done: named(table)(*done))
        progress = named("texts")
        verdicts = fixity.verify(opened, verdicts, mend=not dry_run, progress=lambda _, *done: progress(*done))
    if call.form:
        print_json([{**asdict(verdict), "sound": verdict.is_sound} for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(_line(verdict))
    wrong = [verdict for verdict in verdicts if not verdict.is_sound]
    if any(verdict.damaged for verdict in wrong):
        complain(f"Something is damaged and cannot be made again. {RESTORING}")
    if any(set(verdict.problems) != {check.Problem.DAMAGED} for verdict in wrong):
        complain("Something is wrong that can be made again. `radio-archive verify` without --dry-run repairs it.")
    if wrong:
        raise typer.Exit(1)


def _line(verdict: "TableReport") -> str:
    about = f"{verdict.table}: {count(verdict.rows, 'row')}"
    if not verdict.problems:
        return f"{about}, correct"
    rows = {name: count(getattr(verdict, name), "row") for name in ("stale", "damaged")}
    clips = {name: count(getattr(verdict, name), "clip") for name in ("misfiled", "differing")}
    what = ", ".join(_WHAT[problem].format(**rows, **clips) for problem in verdict.problems)
    where = f" ({', '.join(verdict.clips)})" if verdict.clips else ""
    return f"{about}; {what}{where}{'; repaired' if verdict.mended else ''}"
