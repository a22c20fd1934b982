"""`init`, `remove` and `waveforms`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import count, print_document, print_rows, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, ClipsArgument, commands, taking
from radio_archive.errors import UsageError

app = commands()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The archive's folder. It is created if it does not exist.")] = Path(),
) -> None:
    """Create an archive in a folder.

    The folder gets archive.db, radio-archive.toml (settings), media/ (audio) and inbox/ (the watch folder).

    Example:

      radio-archive init ~/asia-minute
    """
    from radio_archive.archive.archive import Archive
    from radio_archive.config.settings import TEMPLATE

    Archive.create(folder, TEMPLATE).close()
    say(f"Created an archive in {folder.absolute()}.")
    say("Next: `radio-archive watch` there, and drop files into inbox/; or `radio-archive add FILE…`.")


@app.command(cls=taking(ARCHIVE, FORMS))
def remove(
    call: Call,
    clips: ClipsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why. The archive keeps the reason.")] = None,
) -> None:
    """Remove clips permanently. Asks first.

    This also removes their transcripts and the archive's copy of their audio. A file that was archived with
    --reference stays where it is.

    Example:

      radio-archive remove k3x9 --reason "aired by mistake"
    """
    from radio_archive.archive.clips import read, save
    from radio_archive.formats.json import summary

    with call.open() as opened:
        found = [read.clip(opened, read.find_uid(opened, clip)) for clip in dict.fromkeys(clips)]
        unique = {clip.uid: clip for clip in found}
        for clip in () if call.form else unique.values():
            say(f"{clip.uid}  {clip.date or ''}  {clip.show or ''}  {clip.title}")
        if not yes:
            if call.form or not sys.stdin.isatty():
                raise UsageError("remove asks first, on a terminal and without --json", "Add --yes.")
            typer.confirm(f"Remove {count(len(unique), 'clip')} permanently?", abort=True)
        for uid in unique:
            save.remove_clip(opened, uid, reason)
    if call.form:
        print_rows(map(summary, unique.values()), call.form)
    else:
        say(f"Removed {count(len(unique), 'clip')}.")


@app.command(cls=taking(ARCHIVE, FORMS))
def waveforms(call: Call) -> None:
    """Draw the waveforms that are missing.

    `add` and `watch` already draw one for each new recording. This command is for recordings that an older version
    archived. It decodes each of them once, which takes about a second per hour of audio. You can stop it and run it
    again.

    Example:

      radio-archive waveforms
    """
    from radio_archive.pipeline.waveforms import draw_missing

    with call.open() as opened, bars() as bar:
        drawn = draw_missing(opened, bar("drawing"))
    if call.form:
        print_document({"drawn": drawn}, call.form)
    else:
        say(f"Drew {count(drawn, 'recording')}.")
