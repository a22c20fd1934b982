"""`redact`: takes a span of a clip out of what the public reads and hears."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, print_document, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, ClipArgument, commands, one_of, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.redactions import Redaction

MOST = 8
"""Words, or runs of them, that are named of a text."""
app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def redact(
    call: Call,
    clip: ClipArgument,
    number: Annotated[
        int | None, typer.Argument(help="With --undo, the number of a redaction.", show_default=False)
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Where it begins: 65.2, or 1:05.2.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Where it ends.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why. It is never published.")] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Bring back the clip's newest redaction, or the one with this number.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the clip's redactions.")] = False,
) -> None:
    """Take a span of a clip out of what the public reads and hears.

    In the text, "[redacted]" stands in place of the words of which a part was said in the span; search, exports,
    captions and feeds have them no more. A recording that is published or served has a tone there, and is encoded
    again. The original, its transcripts, and who redacted what and why stay in the archive, and --undo brings the span
    back. Titles, summaries and published stories are not changed: what they have of these words is named. Read what is
    left, too: a word may be timed wrongly.

    What was published before still has it: publish again, and remove the old files. Without --from and --to, sound is
    made that could not be made before.

    Examples:

      radio-archive redact k3x9 --from 1:05 --to 1:12.5 --reason "home address"

      radio-archive redact k3x9 --undo
    """
    one_of({"--from": start is not None or end is not None, "--undo": undo, "--list": listing})
    if (start is None) != (end is None):
        raise UsageError("a redaction has a beginning and an end", "Give --from and --to.")
    if number is not None and not undo:
        raise UsageError(f"what is {number} for?", "Give the number of a redaction with --undo.")
    from radio_archive.archive.clips import redactions
    from radio_archive.archive.clips.read import find_uid
    from radio_archive.cli.author import author
    from radio_archive.text.times import seconds_of

    with call.open() as opened:
        uid = find_uid(opened, clip)
        if listing:
            _print_list(redactions.of_clip(opened, uid), call.form)
            return
        done: Redaction | None = None
        if undo:
            done = redactions.undo(opened, uid, number)
        elif start is not None and end is not None:
            span = seconds_of(start), seconds_of(end)
            done = redactions.add(opened, uid, *span, author=author(), reason=reason)
        withheld = _make_sound(opened, uid)
        if done and call.form:
            print_document(asdict(done), call.form)
        elif call.form:
            print_rows((), call.form)
        elif done:
            say(f"{'undone' if undo else 'redacted'}  {_span(done)}  of {uid}, redaction {done.number}")
        if done and not undo:
            _warn(opened, uid, done.number)
            for other in redactions.others_with_sound(opened, uid):
                complain(f"Its recording is also that of {other}: look whether that clip's text says the same.")
    if withheld:
        raise typer.Exit(1)


def _warn(archive: "Archive", uid: str, number: int) -> None:
    """Name the words of a redaction that are still published in other texts of the clip."""
    from radio_archive.archive.clips import redactions

    told = redactions.still_told(archive, uid, number)
    for place, runs in told:
        more = f" and {len(runs) - MOST:,} more" if len(runs) > MOST else ""
        complain(f"Its {place} still has “{'”, “'.join(runs[:MOST])}”{more}.")
    if told:
        complain(f"Change them: `radio-archive tag {uid} title=… summary=…`; or hide the clip: `visibility=private`.")


def _make_sound(archive: "Archive", uid: str) -> bool:
    """Make the sound that may be heard. Returns whether some is still withheld, after saying why."""
    from radio_archive.pipeline.redact import make_sound

    problems = make_sound(archive, uid)
    for problem in problems:
        complain(problem)
    return bool(problems)


def _print_list(found: "tuple[Redaction, ...]", form: str) -> None:
    if form:
        print_rows(map(asdict, found), form)
        return
    columns = {"number": "right", "span": "left", "by": "left", "when": "left", "undone": "left", "reason": "left"}
    print_table(
        columns,
        (
            [str(one.number), _span(one), one.author, one.created_at, one.undone_at or "", one.reason or ""]
            for one in found
        ),
    )


def _span(redaction: "Redaction") -> str:
    from radio_archive.text.times import clock

    tenths = (round(10 * time) for time in (redaction.start, redaction.end))
    return "–".join(f"{clock(time // 10)}.{time % 10}" for time in tenths)
