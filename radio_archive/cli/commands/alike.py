"""`alike`: clips that may be the same piece."""

from dataclasses import asdict
from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def alike(
    call: Call,
    clips: Annotated[
        list[str] | None, typer.Argument(help="Two clips: first the one to keep, then the other.", show_default=False)
    ] = None,
    join: Annotated[
        str | None,
        typer.Option(
            "--join",
            metavar="ROLE",
            help="They are the same piece. ROLE says what the other clip is: podcast or rebroadcast.",
        ),
    ] = None,
    reject: Annotated[
        bool, typer.Option("--reject", help="They are different pieces. Do not list them again.")
    ] = False,
) -> None:
    """List clips that may be different edits of the same piece: almost the same words, different audio.

    Clips are never joined automatically: you decide for each pair.

    Examples:

      radio-archive alike

      radio-archive alike k3x9 7vbn --join rebroadcast
    """
    from radio_archive.archive.clips import near_duplicates, read

    if clips is None and not join and not reject:
        with call.open(read_only=True) as opened:
            found = near_duplicates.pairs(opened)
        if call.form:
            print_rows(map(asdict, found), call.form)
        elif found:
            columns = {"clip": "left", "other": "left", "alike": "right", "title": "left", "other title": "left"}
            print_table(columns, ([p.clip, p.other, f"{p.similarity:.0%}", p.title, p.other_title] for p in found))
        else:
            complain("No two clips have almost the same words.")
        return
    if not clips or len(clips) != 2 or bool(join) == reject:
        raise UsageError("two clips are needed, and one of --join and --reject", "See `radio-archive alike --help`.")
    with call.open() as opened:
        one, other = (read.find_uid(opened, clip) for clip in clips)
        if join:
            near_duplicates.join(opened, one, other, join)
            say(f"{other} is now another recording of {one}, its {join}. Links to {other} still work.")
        else:
            near_duplicates.reject(opened, one, other)
            say(f"{one} and {other} are different pieces.")
