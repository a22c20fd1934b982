"""`collection` and `alike`: clips that belong together, and clips that may be one."""

from dataclasses import asdict
from typing import Annotated

import typer

from radio_archive.cli.display.output import clock, complain, count, print_rows, print_table, say
from radio_archive.cli.options import ArchiveOption, JsonlOption, JsonOption, one_format, open_archive
from radio_archive.errors import UsageError

NameArgument = Annotated[str, typer.Argument(help="The collection's name.", show_default=False)]
ClipsArgument = Annotated[list[str] | None, typer.Argument(help="Clips, by name or its beginning.", show_default=False)]

app = typer.Typer(help="Named, ordered lists of clips.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_all(archive: ArchiveOption = None, json: JsonOption = False, jsonl: JsonlOption = False) -> None:
    """List all collections.

    Example:

      radio-archive collection list
    """
    from radio_archive.archive.clips import decisions

    one_format(json, jsonl)
    with open_archive(archive, read_only=True) as opened:
        found = decisions.collections(opened)
    if json or jsonl:
        print_rows((asdict(collection) for collection in found), as_json=json, as_jsonl=jsonl)
    elif found:
        print_table(
            {"name": "left", "clips": "right", "note": "left"}, ([c.name, str(c.clips), c.note or ""] for c in found)
        )
    else:
        complain("No collections. `radio-archive collection add NAME CLIP…` makes one.")


@app.command()
def show(
    name: NameArgument, archive: ArchiveOption = None, json: JsonOption = False, jsonl: JsonlOption = False
) -> None:
    """List the clips of a collection, in its order.

    Example:

      radio-archive collection show "Best of 2024"
    """
    from radio_archive.archive.clips import decisions
    from radio_archive.formats.json import summary

    one_format(json, jsonl)
    with open_archive(archive, read_only=True) as opened:
        clips = decisions.clips_in(opened, name)
    if json or jsonl:
        print_rows(map(summary, clips), as_json=json, as_jsonl=jsonl)
    else:
        columns = {"clip": "left", "date": "left", "show": "left", "length": "right", "title": "left"}
        print_table(columns, ([c.uid, c.date or "", c.show or "", clock(round(c.duration)), c.title] for c in clips))


@app.command()
def add(
    name: NameArgument,
    clips: ClipsArgument = None,
    note: Annotated[str | None, typer.Option("--note", help="What it is for, when it is made.")] = None,
    archive: ArchiveOption = None,
) -> None:
    """Put clips at the end of a collection, which is made if there is none of that name.

    Example:

      radio-archive collection add "Best of 2024" k3x9 7vbn
    """
    from radio_archive.archive.clips import decisions, read
    from radio_archive.models import clean_text

    if not clean_text(name):
        raise UsageError("the name is empty", "Give one.")
    with open_archive(archive) as opened:
        uids = [read.find_uid(opened, clip) for clip in clips or []]
        if not decisions.has_collection(opened, clean_text(name)):
            decisions.make_collection(opened, clean_text(name), note)
        decisions.add_clips(opened, name, uids)
    say(f"{count(len(uids), 'clip')} put into {name!r}.")


@app.command()
def remove(name: NameArgument, clips: ClipsArgument = None, archive: ArchiveOption = None) -> None:
    """Take clips out of a collection; without clips, remove the collection. The clips themselves stay.

    Example:

      radio-archive collection remove "Best of 2024" k3x9
    """
    from radio_archive.archive.clips import decisions, read

    with open_archive(archive) as opened:
        uids = [read.find_uid(opened, clip) for clip in clips or []]
        decisions.remove_clips(opened, name, uids)
    say(f"{count(len(uids), 'clip')} taken out of {name!r}." if uids else f"Removed the collection {name!r}.")


def alike(
    clips: Annotated[
        list[str] | None, typer.Argument(help="Two clips: the one that stays, and the other.", show_default=False)
    ] = None,
    join: Annotated[
        str | None,
        typer.Option("--join", metavar="ROLE", help="They are one piece; the other is its podcast or rebroadcast."),
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="They are two pieces; do not propose them again.")] = False,
    archive: ArchiveOption = None,
    json: JsonOption = False,
    jsonl: JsonlOption = False,
) -> None:
    """List clips that may be the same piece in another edit: nearly the same words, other audio.

    Nothing is ever merged by itself: say of each pair what it is.

    Examples:

      radio-archive alike

      radio-archive alike k3x9 7vbn --join rebroadcast
    """
    from radio_archive.archive.clips import near_duplicates, read

    one_format(json, jsonl)
    if clips is None and not join and not reject:
        with open_archive(archive, read_only=True) as opened:
            found = near_duplicates.pairs(opened)
        if json or jsonl:
            print_rows((asdict(pair) for pair in found), as_json=json, as_jsonl=jsonl)
        elif found:
            columns = {"clip": "left", "other": "left", "alike": "right", "title": "left", "other title": "left"}
            print_table(columns, ([p.clip, p.other, f"{p.similarity:.0%}", p.title, p.other_title] for p in found))
        else:
            complain("No two clips say nearly the same.")
        return
    if not clips or len(clips) != 2 or bool(join) == reject:
        raise UsageError("two clips are needed, and one of --join and --reject", "See `radio-archive alike --help`.")
    with open_archive(archive) as opened:
        one, other = (read.find_uid(opened, clip) for clip in clips)
        if join:
            near_duplicates.join(opened, one, other, join)
            say(f"{other} is another recording of {one} now, its {join}; {other} goes on leading there.")
        else:
            near_duplicates.reject(opened, one, other)
            say(f"{one} and {other} are two pieces.")
