"""`collection`: clips that belong together."""

from dataclasses import asdict
from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, SomeClipsArgument, commands, taking
from radio_archive.errors import UsageError
from radio_archive.text.times import clock

NameArgument = Annotated[str, typer.Argument(help="The collection's name.", show_default=False)]

app = commands("Named, ordered lists of clips.")


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_all(call: Call) -> None:
    """List all collections.

    Example:

      radio-archive collection list
    """
    from radio_archive.archive.clips import decisions

    with call.open(read_only=True) as opened:
        found = decisions.collections(opened)
    if call.form:
        print_rows(map(asdict, found), call.form)
    elif found:
        print_table(
            {"name": "left", "clips": "right", "public": "left", "note": "left"},
            ([c.name, str(c.clips), "yes" if c.public else "", c.note or ""] for c in found),
        )
    else:
        complain("No collections. `radio-archive collection add NAME CLIP…` makes one.")


@app.command(cls=taking(ARCHIVE, FORMS))
def show(call: Call, name: NameArgument) -> None:
    """List the clips of a collection, in its order.

    Example:

      radio-archive collection show "Best of 2024"
    """
    from radio_archive.archive.clips import decisions
    from radio_archive.formats.json import summary

    with call.open(read_only=True) as opened:
        clips = decisions.clips_in(opened, name)
        if call.form:
            print_rows(map(summary, clips), call.form)
            return
        columns = {"clip": "left", "date": "left", "show": "left", "length": "right", "title": "left"}
        print_table(columns, ([c.uid, c.date or "", c.show or "", clock(round(c.duration)), c.title] for c in clips))


@app.command(cls=taking(ARCHIVE))
def add(
    call: Call,
    name: NameArgument,
    clips: SomeClipsArgument = None,
    note: Annotated[str | None, typer.Option("--note", help="What a new collection is for.")] = None,
) -> None:
    """Add clips at the end of a collection. A collection that does not exist yet is created.

    Example:

      radio-archive collection add "Best of 2024" k3x9 7vbn
    """
    from radio_archive.archive.clips import decisions, read
    from radio_archive.models import clean_text

    if not clean_text(name):
        raise UsageError("the name is empty", "Give one.")
    with call.open() as opened:
        uids = [read.find_uid(opened, clip) for clip in clips or []]
        with opened.writing():
            if not decisions.has_collection(opened, clean_text(name)):
                decisions.make_collection(opened, clean_text(name), note)
            decisions.add_clips(opened, name, uids)
    say(f"{count(len(uids), 'clip')} added to {name!r}.")


@app.command(cls=taking(ARCHIVE))
def publish(
    call: Call,
    name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Take it off the site again.")] = False,
) -> None:
    """Show a collection on the site: a page with its note and its clips, and a feed. Private clips stay private.

    Example:

      radio-archive collection publish "Best of 2024"
    """
    from radio_archive.archive.clips import decisions

    with call.open() as opened:
        decisions.show_collection(opened, name, public=not undo)
    say(f"{name!r} is {'no longer ' if undo else ''}on the site.")


@app.command(cls=taking(ARCHIVE))
def remove(call: Call, name: NameArgument, clips: SomeClipsArgument = None) -> None:
    """Remove clips from a collection. Without clips, remove the whole collection. The clips themselves stay archived.

    Example:

      radio-archive collection remove "Best of 2024" k3x9
    """
    from radio_archive.archive.clips import decisions, read

    with call.open() as opened:
        uids = [read.find_uid(opened, clip) for clip in clips or []]
        decisions.remove_clips(opened, name, uids)
    say(f"{count(len(uids), 'clip')} removed from {name!r}." if uids else f"Removed the collection {name!r}.")
