"""`feed`: podcast feeds. Their new items are downloaded into the inbox."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.downloads import Downloading
from radio_archive.cli.display.output import complain, count, print_jsonl, print_rows, print_table, printable, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import FeedError, UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.feeds import FollowedFeed
    from radio_archive.feeds.client import FetchOptions
    from radio_archive.feeds.pull import PulledItem

COLUMNS = {"show": "left", "address": "left", "items": "right", "failed": "right", "checked": "left"}

app = commands("Follow podcast feeds and download their new items into the inbox.")

PrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Also connect to this machine and the local network.")
]


@app.command(cls=taking(ARCHIVE))
def add(
    call: Call,
    url: Annotated[str, typer.Argument(help="The feed's address.", show_default=False)],
    show: Annotated[str | None, typer.Option("--show", help="The show, if the feed uses another name.")] = None,
) -> None:
    """Follow a feed. `feed pull` downloads its new items.

    Example:

      radio-archive feed add https://example.org/asia-minute.rss
    """
    from radio_archive.archive import feeds

    if not url.startswith(("https://", "http://")):
        raise UsageError(f"{url!r} is not the address of a feed", "It begins with https:// or http://.")
    with call.open() as opened:
        if not feeds.follow(opened, url, show):
            say("You already follow this feed.")
            return
    say("Followed. `radio-archive feed pull` downloads its new items.")


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_all(call: Call) -> None:
    """List the feeds that you follow.

    Example:

      radio-archive feed list
    """
    from radio_archive.archive import feeds

    with call.open(read_only=True) as opened:
        found = feeds.all_feeds(opened)
    if call.form:
        print_rows(map(asdict, found), call.form)
    elif found:
        print_table(COLUMNS, ([f.show or "", f.url, str(f.items), str(f.failed), f.checked_at or ""] for f in found))
    else:
        complain("No feed is followed. `radio-archive feed add URL` follows one.")


@app.command(cls=taking(ARCHIVE))
def remove(
    call: Call,
    feed: Annotated[str, typer.Argument(help="The feed's address, part of it, or its show.", show_default=False)],
) -> None:
    """Stop following a feed. Clips that came from it stay.

    Example:

      radio-archive feed remove asia-minute
    """
    from radio_archive.archive import feeds

    with call.open() as opened:
        found = feeds.find(opened, feed)
        feeds.unfollow(opened, found.url)
    say(f"{found.url} is no longer followed.")


@app.command(cls=taking(ARCHIVE, ("jsonl",)))
def pull(
    call: Call,
    feed: Annotated[
        str | None, typer.Argument(help="Only this feed: its address, part of it, or its show.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many items of each feed.")] = None,
    allow_private: PrivateOption = False,
) -> None:
    """Download the new items of one feed, or of all feeds, into the inbox, each with a sidecar of what the feed says.

    `radio-archive watch` archives them from there. Nothing is downloaded twice. If the command is stopped, run it
    again: it continues.

    Examples:

      radio-archive feed pull

      radio-archive feed pull asia-minute --limit 10
    """
    from radio_archive.archive import feeds
    from radio_archive.feeds.client import FetchOptions, safe_url

    failed = 0
    with call.open() as opened:
        chosen = [feeds.find(opened, feed)] if feed else feeds.all_feeds(opened)
        if not chosen:
            raise UsageError("no feed is followed", "`radio-archive feed add URL` follows one.")
        for followed in chosen:
            try:
                failed += _pull(
                    opened, followed, FetchOptions(allow_private=allow_private), limit, jsonl=bool(call.form)
                )
            except FeedError as error:
                complain(f"{safe_url(followed.url)}: {error}")
                failed += 1
    if failed:
        raise typer.Exit(1)


def _pull(
    archive: "Archive", followed: "FollowedFeed", options: "FetchOptions", limit: int | None, *, jsonl: bool
) -> int:
    """Download the new items of one feed; return how many failed."""
    from radio_archive.archive import feeds
    from radio_archive.archive.clips import recordings
    from radio_archive.feeds.client import safe_url
    from radio_archive.feeds.pull import Downloads, ItemOutcome, folder_of
    from radio_archive.roots import Root

    name = safe_url(followed.url)
    fates: list[ItemOutcome] = []
    shown: list[Downloading] = []
    with Downloads(
        options,
        known_guid=lambda guid: feeds.is_known(archive, followed.url, guid),
        known_content=lambda sha256: recordings.clip_with(archive, sha256) is not None,
        listen=lambda progress: shown[0].listen(progress),
        show=followed.show,
    ) as downloads:
        fetched = downloads.fetch(followed.url, etag=followed.etag, last_modified=followed.last_modified)
        if fetched.feed is None:
            complain(f"{name}: nothing new.")
            return 0
        root = Root(archive.folder / "inbox")
        inbox = root.path / folder_of(followed.show or "")
        # An item without audio may get its audio later.
        new = [i for i in fetched.feed.items if i.enclosure and not feeds.is_known(archive, followed.url, i.guid)]
        chosen = new[:limit]
        with Downloading(len(chosen), jsonl=jsonl) as bars:
            shown.append(bars)
            for number, pulled in enumerate(downloads.pull(fetched.feed, inbox, chosen, root), 1):
                fates.append(pulled.fate)
                _note(archive, followed, pulled)
                _tell(pulled, bars, jsonl=jsonl)
                bars.ended(number)
    failed = fates.count(ItemOutcome.FAILED)
    whole = not failed and len(fates) == len(new)
    feeds.note_check(archive, followed.url, *((fetched.etag, fetched.last_modified) if whole else (None, None)))
    if fetched.moved_to and feeds.move(archive, followed.url, fetched.moved_to):
        complain(f"{name} has moved permanently. Its new address is {safe_url(fetched.moved_to)}.")
    came = count(fates.count(ItemOutcome.DOWNLOADED), "item")
    rest = f", {len(new) - len(fates):,} left for the next pull" if len(new) > len(fates) else ""
    result = f"{came} fetched{f', {failed} failed' if failed else ''}{rest}" if new else "nothing new"
    complain(f"{name}: {result}.")
    return failed


def _note(archive: "Archive", followed: "FollowedFeed", pulled: "PulledItem") -> None:
    from radio_archive.archive import feeds

    enclosure = pulled.item.enclosure.url if pulled.item.enclosure else None
    error = str(pulled.cause) if pulled.cause else None
    feeds.note_item(archive, followed.url, pulled.item.guid, enclosure, sha256=pulled.sha256, error=error)


def _tell(pulled: "PulledItem", bars: Downloading, *, jsonl: bool) -> None:
    if jsonl:
        print_jsonl(
            {
                "guid": pulled.item.guid,
                "title": pulled.item.title,
                "fate": pulled.fate.value,
                "path": printable(pulled.path) if pulled.path else None,
                "error": pulled.cause and str(pulled.cause),
                "warnings": list(pulled.warnings),
            }
        )
        return
    name = printable(Path(pulled.path).name) if pulled.path else pulled.item.title or pulled.item.guid
    bars.tell(
        f"{pulled.fate.value:<10} {name}{f': {pulled.cause}' if pulled.cause else ''}", problem=bool(pulled.cause)
    )
    for warning in pulled.warnings:
        bars.tell(f"warning    {name}: {warning}", problem=True)
