"""`backup` and `restore`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.commands.verify import describe_fault, describe_tables
from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_json, say, tell_of_opening
from radio_archive.cli.options import ARCHIVE, Call, commands, taking

if TYPE_CHECKING:
    from radio_archive.archive.originals import Fault

app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def backup(
    call: Call,
    place: Annotated[
        Path, typer.Argument(metavar="DEST", help="The folder of the backup, best on another disk.", show_default=False)
    ],
    reread: Annotated[bool, typer.Option("--reread", help="Also read again what is in the backup already.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Afterwards delete recordings that the archive no longer has.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Begin a new backup in a place where an earlier one is gone.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be copied.")] = False,
) -> None:
    """Back up the archive into a folder: its database, its recordings and its settings.

    It may run while the archive is in use. The next time, only new recordings are copied. Each is read back and
    compared before it counts. Interrupted at any moment, the folder has the earlier backup or the new one, whole.

    A recording that is damaged in the archive is named, and never copied over a good copy. The rest goes on. Files that
    were archived with --reference are not copied, nor are those in inbox/, failed/ and duplicates/.

    Exit code 1 if something could not be backed up.

    Examples:

      radio-archive backup /media/backup

      radio-archive backup /media/backup --reread --prune --json
    """
    from radio_archive.archive.backup import make

    with call.open(read_only=True) as opened, bars() as bar:
        named = cache(bar)
        done = make(
            opened,
            place,
            reread=reread,
            prune=prune,
            new=new,
            dry_run=dry_run,
            progress=lambda what, *of: named(what)(*of),
        )
    if call.form:
        print_json({**asdict(done), "dry_run": dry_run})
    else:
        would = "would be " if dry_run else ""
        say(
            f"{count(done.clips, 'clip')}, {count(done.files, 'file')} of sound; {done.copied:,} {would}copied "
            f"({done.bytes / 1e6:,.1f} MB)"
        )
        if done.replaced:
            say(f"{count(done.replaced, 'copy').replace('copys', 'copies')} in the backup had been damaged; replaced")
        if done.pruned:
            say(f"{count(done.pruned, 'recording')} that the archive no longer has deleted from the backup")
        if done.referenced:
            say(f"{count(done.referenced, 'recording')} archived with --reference not copied: back up their own folder")
        for line in _faults(done.faults, done.faulty):
            say(line)
    if not (done.noted or dry_run):
        complain("The archive cannot remember this backup: nothing may be written in its folder.")
    if done.faulty:
        complain(
            f"{count(done.faulty, 'recording')} could not be backed up. Good copies that the backup has of them were "
            f"kept: `radio-archive verify --repair --look-in {place}` puts them back."
        )
        raise typer.Exit(1)


@app.command(cls=taking(ARCHIVE, ("json",)))
def restore(
    call: Call,
    place: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of the backup.", show_default=False)],
) -> None:
    """Put a backup back into the archive's folder, or make an archive of it in a new folder, and check it.

    Stop everything that uses the archive first. The present database is set aside, in a folder whose name begins with
    replaced-. Settings, inbox and recordings that are there stay; recordings that are missing or damaged are copied.
    Interrupted at any moment, the same command goes on.

    Exit code 1 if not all could be restored, or if the restored database is damaged.

    Examples:

      radio-archive restore /media/backup

      radio-archive restore /media/backup --archive /srv/new-archive
    """
    from radio_archive.archive.restore import restore

    with bars() as bar:
        named = cache(bar)
        done = restore(place, call.folder, listener=tell_of_opening, progress=lambda what, *of: named(what)(*of))
    if call.form:
        tables = [{**asdict(table), "sound": table.is_sound} for table in done.tables]
        print_json({**asdict(done), "tables": tables, "sound": done.is_whole})
    else:
        say(
            f"restored the backup of {done.made_at[:16]}: {count(done.clips, 'clip')}, {count(done.files, 'file')} of "
            f"sound, of which {done.copied:,} were copied ({done.bytes / 1e6:,.1f} MB)"
        )
        if done.aside:
            say(f"the database that was there is in {done.aside}")
        for line in (*describe_tables(done.tables), *_faults(done.faults, done.faulty)):
            say(line)
    if not done.is_whole:
        complain(
            "Not all is as it was archived. `radio-archive verify --repair --look-in FOLDER` looks elsewhere for it."
        )
        raise typer.Exit(1)


def _faults(faults: "Sequence[Fault]", number: int) -> Iterator[str]:
    yield from map(describe_fault, faults)
    if number > len(faults):
        yield f"and {number - len(faults):,} more"
