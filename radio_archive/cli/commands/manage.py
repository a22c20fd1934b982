"""`init`, `remove` and `waveforms`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import count, say
from radio_archive.cli.options import ARCHIVE, Call, ClipsArgument, commands, taking
from radio_archive.errors import UsageError

app = commands()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the archive is to be. Made if it does not exist.")] = Path(),
) -> None:
    """Make an archive in a folder.

    It gets archive.db, radio-archive.toml for settings, media/ for the audio and inbox/, the watch folder.

    Example:

      radio-archive init ~/asia-minute
    """
    from radio_archive.archive.archive import Archive
    from radio_archive.config.settings import TEMPLATE

    Archive.create(folder, TEMPLATE).close()
    say(f"Made an archive in {folder.absolute()}.")
    say("Next: `radio-archive watch` there, and drop files into inbox/; or `radio-archive add FILE…`.")


@app.command(cls=taking(ARCHIVE))
def remove(
    call: Call,
    clips: ClipsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Kept with the record that the clip was removed.")
    ] = None,
) -> None:
    """Remove clips for good. Asks first.

    Their transcripts and the archive's copy of their audio go with them. A file that was archived with --reference
    stays where it is.

    Example:

      radio-archive remove k3x9 --reason "aired by mistake"
    """
    from radio_archive.archive.clips import read, save

    with call.open() as opened:
        found = [read.clip(opened, read.find_uid(opened, clip)) for clip in dict.fromkeys(clips)]
        unique = {clip.uid: clip for clip in found}
        for clip in unique.values():
            say(f"{clip.uid}  {clip.date or ''}  {clip.show or ''}  {clip.title}")
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("remove asks first, and nobody is there to answer", "Add --yes.")
            typer.confirm(f"Remove {count(len(unique), 'clip')} for good?", abort=True)
        for uid in unique:
            save.remove_clip(opened, uid, reason)
    say(f"Removed {count(len(unique), 'clip')}.")


@app.command(cls=taking(ARCHIVE))
def waveforms(call: Call) -> None:
    """Draw the sound of recordings that have no picture of it yet.

    `add` and `watch` draw it in passing; this is for what was archived before they did. It decodes each such recording
    once, about a second for an hour of sound, and can be stopped and run again.

    Example:

      radio-archive waveforms
    """
    from radio_archive.pipeline.waveforms import draw_missing

    with call.open() as opened, bars() as bar:
        drawn = draw_missing(opened, bar("drawing"))
    say(f"Drew {count(drawn, 'recording')}.")
