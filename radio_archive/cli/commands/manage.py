"""`init`, `remove` and `waveforms`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_document, print_rows, say, tell_of_opening
from radio_archive.cli.options import ARCHIVE, FORMS, Call, ClipsArgument, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radio_archive.archive.purge import Purged
    from radio_archive.models import Clip

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
    purge: Annotated[
        bool,
        typer.Option("--purge", help="Erase every trace that the archive has, also of clips that were removed before."),
    ] = False,
) -> None:
    """Remove clips permanently. Asks first.

    This also removes their transcripts and the archive's copy of their audio. A file that was archived with
    --reference stays where it is. The digest of the audio is kept, with the time and the reason, so that `add` and
    `watch` do not take the same file again.

    Removed rows leave their bytes in the database until others take their place. With --purge, indexes and database are
    written again without them, and copies in the archive's folder are deleted: for a court's order, for example. It
    says which backups still have the clip.

    Examples:

      radio-archive remove k3x9 --reason "aired by mistake"

      radio-archive remove k3x9 --purge --reason "court order 12/2026"
    """
    from radio_archive.archive.clips import read, save
    from radio_archive.archive.purge import erase, removed, require_room
    from radio_archive.formats.json import summary

    with call.open() as opened:
        asked = list(dict.fromkeys(clips))
        before = [clip for clip in asked if purge and removed(opened, clip)]
        found = [read.clip(opened, read.find_uid(opened, clip)) for clip in asked if clip not in before]
        unique = {clip.uid: clip for clip in found}
        for clip in () if call.form else unique.values():
            say(f"{clip.uid}  {clip.date or ''}  {clip.show or ''}  {clip.title}")
        for uid in () if call.form else before:
            say(f"{uid}  removed before")
        if not yes:
            if call.form or not sys.stdin.isatty():
                raise UsageError("remove asks first, on a terminal and without --json", "Add --yes.")
            which = count(len(unique) + len(before), "clip")
            typer.confirm(f"{'Erase' if purge else 'Remove'} {which} permanently?", abort=True)
        if purge:
            require_room(opened)
        for uid in unique:
            save.remove_clip(opened, uid, reason, purge=purge)
        if purge:
            _tell(erase(opened, [*unique, *before], tell_of_opening), found)
    if call.form:
        print_rows(map(summary, unique.values()), call.form)
    else:
        say(f"{'Erased' if purge else 'Removed'} {count(len(unique) + len(before), 'clip')}.")


def _tell(purged: "Purged", clips: "Sequence[Clip]") -> None:
    for path in purged.files:
        complain(f"{path}: deleted")
    if purged.names:
        complain(f"No other clip names {', '.join(purged.names)}: erased, too.")
    for backup in purged.backups:
        when = f"{backup.place}, of {backup.made_at[:10]},"
        if backup.is_there:
            complain(
                f"The backup in {when} still has it: `radio-archive backup {backup.place} --prune` makes it again."
            )
        else:
            complain(f"The backup in {when} may still have it, and is not there now: look at it, or destroy it.")
    for clip in clips:
        if clip.storage != "copied":
            complain(f"{clip.file} is not the archive's, and stays. Delete it yourself.")
    complain("What was published stays there until `radio-archive publish` writes it again.")


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
