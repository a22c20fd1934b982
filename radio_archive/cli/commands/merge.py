"""`merge`: take the clips of another archive into this one."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_rows, say, tell_of_opening
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.cli.signals import stop_on_signals

if TYPE_CHECKING:
    from radio_archive.archive.merge import Merged

app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def merge(
    call: Call,
    other: Annotated[Path, typer.Argument(metavar="OTHER-ARCHIVE", help="Its folder.", show_default=False)],
    also_removed: Annotated[
        bool, typer.Option("--also-removed", help="Also take clips that were removed here on purpose.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Take the clips of another archive into this one, and what it knows of clips that are here.

    Clips are the same if their recordings have the same SHA-256. New ones are copied, with all their transcripts,
    claims, corrections and sidecars; to others is added what they lack. Shows and people are matched by their names and
    aliases. Feeds come with what was downloaded of them, and so do saved searches and what is known not to be alike.
    The other archive is only read. Merging twice changes nothing, and an interrupted merge goes on.

    Nothing here is changed to something else. Where both archives have decided differently, ours stays, and the
    conflict is told.

    A dry run does the same to a copy of this archive's database, for which there must be space. It looks for the
    recordings that are to be copied, but does not read them.

    Not taken are the settings, the inbox and what waits in queues, and the other archive's list of checks and backups.

    Exit code 1 if a clip could not be taken.

    Examples:

      radio-archive merge /srv/other-archive --dry-run

      radio-archive merge /srv/other-archive --jsonl
    """
    from radio_archive.archive.merge import merge
    from radio_archive.metadata.resolve import resolve_for_show

    # So that no copy stays behind.
    stop_on_signals()
    counts: Counter[str] = Counter()
    with call.open() as opened, bars() as bar:
        named = cache(bar)

        def told() -> "Iterator[Merged]":
            for one in merge(
                opened,
                other,
                resolve_for_show,
                also_removed=also_removed,
                dry_run=dry_run,
                listener=tell_of_opening,
                progress=lambda what, *of: named(what)(*of),
            ):
                if (one.title and one.clip) or one.outcome in {"removed", "failed"}:
                    counts[one.outcome] += 1
                counts["conflicts"] += len(one.conflicts)
                if one.outcome != "same" or one.conflicts:
                    yield one

        if call.form:
            print_rows(map(asdict, told()), call.form)
        else:
            for one in told():
                for line in _lines(one):
                    say(line)
    would = "would be " if dry_run else ""
    if not call.form:
        same, conflicts = f"{counts['same']:,} the same", count(counts["conflicts"], "conflict")
        say(f"{count(counts['new'], 'clip')} {would}added, {counts['changed']:,} {would}changed, {same}; {conflicts}")
        if counts["removed"]:
            left = count(counts["removed"], "clip")
            say(f"{left} that {'was' if counts['removed'] == 1 else 'were'} removed here left out; see --also-removed")
    if counts["failed"]:
        complain(f"{count(counts['failed'], 'clip')} could not be taken. `radio-archive verify` there says more.")
        raise typer.Exit(1)


def _lines(one: "Merged") -> Iterator[str]:
    about = one.clip or one.theirs or ""
    added = ", ".join(f"{number:,} {kind if number > 1 else _one(kind)}" for kind, number in one.added.items())
    if one.outcome != "same":
        yield ": ".join(filter(None, (f"{one.outcome:<9}  {about}  {one.title}", added, one.error)))
    for conflict in one.conflicts:
        ours = f"here {conflict.ours}; " if conflict.ours else ""
        yield f"conflict   {about}  {conflict.about}: {ours}there {conflict.theirs}"


def _one(kind: str) -> str:
    if kind == "people":
        return "person"
    return re.sub("(?<=ch|ss)es$|s$", "", re.sub("ies$", "y", kind))
