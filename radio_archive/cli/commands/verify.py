"""`verify`: check recordings, texts and search indexes, and make right again what can be."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_json, say, tell_of_opening
from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.errors import ArchiveReadOnlyError, UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.index.check import TableReport
    from radio_archive.archive.originals import Fault, Run
    from radio_archive.archive.verify import Files

_WHAT = {
    "missing": "the index, or a trigger that updates it, was missing",
    "disagrees": "the index did not match the table",
    "spellings": "{stale} without the right spellings",
    "facets": "{misfiled} indexed under the wrong show, date or reporter",
    "differs": "{differing} whose rows did not follow from words and corrections",
    "damaged": "{damaged} not as stored, or gone",
}
_FAULT = {
    "changed": "changed: its bytes have the SHA-256 {found}",
    "missing": "missing",
    "unreadable": "cannot be read: {found}",
}
SHOWN = 100
"""Files, at most, of which the report tells each."""


def _share(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text)
    if not found or not 0 < float(found[1]) <= 100:
        raise typer.BadParameter(f"{text!r} is not a share. Write it in percent, for example 5%.")
    return float(found[1]) / 100


def _days(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}d?", text):
        raise typer.BadParameter(f"{text!r} is not a number of days. Write it like 30d.")
    return float(text.removesuffix("d"))


app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def verify(
    call: Call,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Make derived rows and indexes again, and put moved files back in their places."),
    ] = False,
    look_in: Annotated[
        list[Path] | None,
        typer.Option(help="With --repair: where moved files may be, besides the archive's folder."),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(parser=_share, metavar="SHARE", help="Read only this share of the recordings, for example 5%."),
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(
            parser=_days, metavar="DAYS", help="Read only recordings that were not read for so many days: 30d."
        ),
    ] = None,
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="Whether recordings are read.")] = True,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Take rows as they are now for right, after an edit with another program."),
    ] = False,
    bag: Annotated[
        Path | None,
        typer.Option("--bag", metavar="FOLDER", help="Check a BagIt bag, as `export --bag` writes, and no archive."),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Only list the checks of recordings so far.")] = False,
) -> None:
    """Check that nothing has changed since it was archived: recordings, texts, rows and search indexes.

    Each recording is read and its SHA-256 compared, those that were read longest ago first. Each check is entered into
    a ledger, and one that was interrupted goes on where it stopped. Rows of the database have digests, too: what
    another program than radio-archive wrote is not as stored, until --accept. What is derived from them is made once
    more and compared.

    Nothing is changed without --repair, which loses nothing. What is damaged needs a backup. Files in media/ that
    belong to no clip are named, and never deleted: they may be the only copies. An archive that may not be written is
    checked in the same way, but no ledger is kept.

    Exit code 1 if something is wrong and was not repaired.

    Examples:

      radio-archive verify --sample 5%

      radio-archive verify --older-than 30d --json

      radio-archive verify --repair --look-in /media/old-disk
    """
    from radio_archive.archive import originals
    from radio_archive.archive.clips import fixity
    from radio_archive.archive.database import RESTORING
    from radio_archive.archive.index import check
    from radio_archive.archive.verify import strays

    if bag is not None:
        _verify_bag(call, bag)
        return
    run, stray = None, None
    moved: list[tuple[str, Path]] = []
    if history:
        with call.open(read_only=True) as opened:
            _tell_history(call, originals.runs(opened))
        return
    with _opened(call, changing=repair or accept) as opened, bars() as bar:
        for folder in look_in or ():
            if not folder.is_dir():
                raise UsageError(f"--look-in {folder} is no folder", "Name the folder of a backup or a mounted disk.")
        named = cache(bar)

        def progress(what: str, done: int, total: int) -> None:
            named(what)(done, total)

        indexes = check.verify(opened, mend=repair, progress=progress)
        verdicts = fixity.verify(opened, indexes, mend=repair, accept=accept, progress=progress)
        if audio:
            run = originals.check(opened, sample=sample, older_than=older_than, progress=progress)
            moved = list(originals.reattach(opened, look_in or ())) if repair else []
            stray = strays(opened, progress)
        faults = [*(run.redacted if run else ()), *islice(originals.faults(opened), SHOWN)]
    wrong = [verdict for verdict in verdicts if not verdict.is_sound]
    if call.form:
        tables = [{**asdict(verdict), "sound": verdict.is_sound} for verdict in verdicts]
        recordings = {
            **(_of_run(run) if run else {}),
            "faults": list(map(asdict, faults)),
            "put_back": [{"path": path, "found": str(source)} for path, source in moved],
            "stray": asdict(stray) if stray else None,
        }
        print_json({"tables": tables, "recordings": recordings, "sound": not (wrong or faults)})
    else:
        for line in (*describe_tables(verdicts), *_lines(run, faults, moved, stray)):
            say(line)
    if faults:
        complain(
            "Recordings are not as they were archived. `radio-archive verify --repair --look-in FOLDER` looks for them"
            " in a backup, and puts back only what has the right bytes."
        )
    if any(verdict.damaged for verdict in wrong):
        complain(f"Something is damaged and cannot be made again. {RESTORING}")
        complain("If another program changed it on purpose, `radio-archive verify --accept` takes it as it is.")
    if any(set(verdict.problems) != {check.Problem.DAMAGED} for verdict in wrong):
        complain("Something is wrong that can be made again: `radio-archive verify --repair` does it.")
    if wrong or faults:
        raise typer.Exit(1)


@contextmanager
def _opened(call: Call, *, changing: bool) -> "Iterator[Archive]":
    """Open the archive; where it may not be written, a copy, unless something is to be changed in it."""
    from radio_archive.archive.archive import Archive

    if changing or _may_write(call):
        with call.open() as opened:
            yield opened
        return
    with (
        TemporaryDirectory(prefix="radio-archive-") as place,
        Archive.copied(call.folder, Path(place), tell_of_opening) as opened,
    ):
        complain(f"{call.folder} may not be written: a copy of its database is checked, and no ledger is kept.")
        yield opened


def _may_write(call: Call) -> bool:
    try:
        with call.open() as opened:
            opened.require_writable()
    except ArchiveReadOnlyError:
        return False
    return True


def _verify_bag(call: Call, folder: Path) -> None:
    from radio_archive.publish.bag import check

    faults = check(folder)
    if call.form:
        print_json({"bag": str(folder), "faults": list(map(asdict, faults)), "sound": not faults})
    else:
        for fault in faults[:SHOWN]:
            digests = f": its digest is {fault.found}, not {fault.expected}" if fault.found and fault.expected else ""
            say(f"{fault.path} {fault.problem}{digests}")
        told = f"{count(len(faults), 'file')} not as it should be" if faults else "all files are as its lists say"
        say(f"{folder}: {told}")
    if faults:
        raise typer.Exit(1)


def describe_tables(verdicts: "Sequence[TableReport]") -> Iterator[str]:
    """Yield a line about all tables that are correct, and one about each other."""
    correct = [verdict for verdict in verdicts if not verdict.problems]
    if correct:
        yield f"{count(len(correct), 'table')} with {count(sum(one.rows for one in correct), 'row')}: correct"
    for verdict in verdicts:
        if verdict.problems:
            rows = {name: count(getattr(verdict, name), "row") for name in ("stale", "damaged")}
            clips = {name: count(getattr(verdict, name), "clip") for name in ("misfiled", "differing")}
            what = ", ".join(_WHAT[problem].format(**rows, **clips) for problem in verdict.problems)
            named = verdict.clips or [f"row {row}" for row in verdict.damaged_rows]
            where = f" ({', '.join(named)})" if named else ""
            repaired = "; repaired" if verdict.mended else ""
            yield f"{verdict.table}: {count(verdict.rows, 'row')}; {what}{where}{repaired}"


def _lines(
    run: "Run | None", faults: "Sequence[Fault]", moved: Sequence[tuple[str, Path]], stray: "Files | None"
) -> Iterator[str]:
    if run:
        rest = ", with those of the run that was interrupted" if run.continued else ""
        yield f"recordings: {run.checked:,} read ({run.bytes / 1e6:,.0f} MB{rest}), {run.faults or 'none'} faulty"
    yield from map(describe_fault, faults)
    for path, source in moved:
        yield f"{path}: put back from {source}"
    if stray and stray.number:
        more = ", …" if stray.number > len(stray.first) else ""
        yield (
            f"media/ has {count(stray.number, 'file')} of no clip: {', '.join(stray.first)}{more}. Keep them; "
            "`radio-archive add FILE` archives one that is audio."
        )


def describe_fault(fault: "Fault") -> str:
    """Return a line about a recording that is not as it was archived."""
    of = f" of clip {fault.clip}" if fault.clip else ""
    return f"{fault.path}{of}: {_FAULT[fault.outcome].format(found=fault.found)}"


def _of_run(run: "Run") -> dict[str, Any]:
    keys = ("started_at", "finished_at", "checked", "bytes")
    return {**{key: getattr(run, key) for key in keys}, "faulty": run.faults, **json.loads(run.asked)}


def _tell_history(call: Call, runs: "Iterator[Run]") -> None:
    if call.form:
        print_json(list(map(_of_run, runs)))
        return
    for run in runs:
        asked = json.loads(run.asked)
        which = [f"a sample of {asked['sample']:.0%}"] if asked["sample"] else []
        which += [f"not read for {asked['older_than']:.0f} days"] if asked["older_than"] else []
        ended = "" if run.finished_at else "; not finished"
        say(
            f"{run.started_at[:16]}  {', '.join(which) or 'all'}: {run.checked:,} read, {run.bytes / 1e6:,.0f} MB, "
            f"{run.faults or 'none'} faulty{ended}"
        )
