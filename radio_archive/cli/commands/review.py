"""`review`: what waits for a person's ear, one after the other, at a terminal."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.author import author
from radio_archive.cli.display.output import complain, count, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.review import Item
    from radio_archive.archive.filters import Filters

SHOW = ("show",)
PAGE = 20
"""Items that are read together."""
COLUMNS = {**dict.fromkeys(("proposals", "words", "skipped", "accepted", "rejected", "kept"), "right"), "show": "left"}

app = commands()


@app.command(cls=taking(SHOW, ARCHIVE, FORMS))
def review(
    call: Call,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many.")] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only say for each show how much waits and what was decided.")
    ] = False,
    skipped: Annotated[bool, typer.Option("--skipped", help="Only what was skipped before.")] = False,
    silent: Annotated[bool, typer.Option("--silent", help="Play nothing until you press p.")] = False,
) -> None:
    """Walk through what is likely wrong in the transcripts: proposals, and names, numbers and negations worth a listen.

    What is likeliest wrong comes first. Each is shown with what is said around it, and played where a player is
    installed. Keys: a or 1 to 3 take one of the texts that are offered, r keeps what is there, e edits it, s skips it,
    p plays it, u undoes the last one, q ends. What was decided is kept; the next review goes on from there.

    Without a terminal, --json lists the queue. The author is the name in the environment variable RADIO_ARCHIVE_AUTHOR,
    or else your name on this machine.

    Examples:

      radio-archive review --show "Asia Minute"

      radio-archive review --status

      radio-archive review --json --limit 100
    """
    from radio_archive.cli.display import reviewing

    if status:
        _print_status(call)
        return
    if call.form:
        with call.open(read_only=True) as opened:
            print_rows((_row(one) for one in queue(opened, _filters(call), limit, skipped=skipped)), call.form)
        return
    with call.open() as opened:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "a review asks at a terminal, and this is none",
                "List the queue with --json. `radio-archive fix` replaces a text everywhere, `serve --edit` has pages.",
            )
        opened.require_writable()
        session = reviewing.Session(opened, author(), silent=silent)
        items = queue(opened, _filters(call), limit, skipped=skipped)
        session.walk(items)
        left = next(queue(opened, _filters(call), 1, skipped=skipped), None)
    complain(session.summary)
    if left is None and not skipped:
        complain("Nothing more waits. `radio-archive review --skipped` shows what was skipped.")


def _filters(call: Call) -> "Filters":
    from radio_archive.archive.filters import Filters

    return Filters(show=call.shared.show)


def queue(archive: "Archive", filters: "Filters", limit: int | None, *, skipped: bool) -> "Iterator[Item]":
    """Yield the items of the queue, a page at a time, so that they may be decided meanwhile."""
    from radio_archive.archive.clips import review as reviews

    after, left = reviews.FIRST, limit
    while left is None or left > 0:
        page = reviews.page(archive, filters, PAGE if left is None else min(PAGE, left), after, skipped=skipped)
        yield from page
        if not page:
            return
        after = reviews.Place(page[-1].worth, page[-1].id)
        left = None if left is None else left - len(page)


def _print_status(call: Call) -> None:
    from radio_archive.archive.clips import review as reviews

    with call.open(read_only=True) as opened:
        shows = reviews.status(opened, _filters(call))
    if call.form:
        print_rows(map(asdict, shows), call.form)
    elif shows:
        rows = (
            (one.proposals, one.words, one.skipped, one.accepted, one.rejected, one.right, one.show or "(no show)")
            for one in shows
        )
        print_table(COLUMNS, (list(map(str, row)) for row in rows))
        waiting = sum(one.proposals + one.words for one in shows)
        complain(f"{count(waiting, 'place')} to review: `radio-archive review`." if waiting else "Nothing waits.")
    else:
        say("Nothing was proposed, and no word is in doubt.")


def _row(one: "Item") -> dict[str, object]:
    return {
        "id": one.id,
        "clip": one.clip.uid,
        "title": one.clip.title,
        "show": one.clip.show,
        "date": one.clip.date,
        "kind": one.kind,
        "doubt": one.doubt,
        "version": one.version,
        "first_word": one.first_word,
        "last_word": one.last_word,
        "start": one.start,
        "end": one.end,
        "text": one.text,
        "before": one.before,
        "after": one.after,
        "offers": list(map(asdict, one.offers)),
        "correction": one.correction,
    }
