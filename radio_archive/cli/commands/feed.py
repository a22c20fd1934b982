"""`feed`: podcast feeds. Their new items are downloaded into the inbox."""

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.downloads import Downloading
from radio_archive.cli.display.output import complain, count, print_jsonl, print_rows, print_table, printable, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import FeedError, UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.feeds import Downloaded, FollowedFeed
    from radio_archive.feeds.client import FetchOptions
    from radio_archive.feeds.pull import PulledItem
    from radio_archive.metadata.feed.reader import FeedItem

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
    allow_private: PrivateOption = False,
) -> None:
    """Follow a feed, which is read once to see that it is one. `feed pull` downloads its new items.

    Example:

      radio-archive feed add https://example.org/asia-minute.rss
    """
    from radio_archive.archive import feeds
    from radio_archive.feeds.client import FetchOptions

    if not url.startswith(("https://", "http://")):
        raise UsageError(f"{url!r} is not the address of a feed", "It begins with https:// or http://.")
    with call.open() as opened:
        if any(url == followed.url for followed in feeds.all_feeds(opened)):
            say("You already follow this feed.")
            return
        _require_feed(url, FetchOptions(allow_private=allow_private))
        feeds.follow(opened, url, show)
    say("Followed. `radio-archive feed pull` downloads its new items.")


def _require_feed(url: str, options: "FetchOptions") -> None:
    """Raise FeedError for an address at which there is no feed of audio."""
    from radio_archive.feeds.client import safe_url
    from radio_archive.feeds.pull import Downloads

    with Downloads(options) as downloads:
        found = downloads.fetch(url).feed
    if found and found.items and not any(item.enclosure for item in found.items):
        problem = f"{safe_url(url)} is a feed of {count(len(found.items), 'item')}, none of which has audio"
        raise FeedError(problem, "Look for the address of the podcast's feed on its page.")


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_all(call: Call) -> None:
    """List the feeds that you follow.

    Example:

      radio-archive feed list
    """
    from radio_archive.archive import feeds
    from radio_archive.feeds.client import masked_url

    with call.open(read_only=True) as opened:
        found = [replace(feed, url=masked_url(feed.url)) for feed in feeds.all_feeds(opened)]
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
    from radio_archive.feeds.client import masked_url

    with call.open() as opened:
        found = _find(opened, feed)
        feeds.unfollow(opened, found.url)
    say(f"{masked_url(found.url)} is no longer followed.")


def _find(archive: "Archive", text: str) -> "FollowedFeed":
    """Return the feed that is listed as `text`, or that it names in another way."""
    from radio_archive.archive import feeds
    from radio_archive.feeds.client import masked_url

    listed = [feed for feed in feeds.all_feeds(archive) if masked_url(feed.url) == text]
    return listed[0] if len(listed) == 1 else feeds.find(archive, text)


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
        chosen = [_find(opened, feed)] if feed else feeds.all_feeds(opened)
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

    name, before = safe_url(followed.url), feeds.downloaded(archive, followed.url)
    fates: list[ItemOutcome] = []
    shown: list[Downloading] = []
    with Downloads(
        options,
        known_content=lambda sha: sha in before.digests or recordings.clip_with(archive, sha) is not None,
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
        new = [item for item in fetched.feed.items if item.enclosure and not _is_known(item, before)]
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


def _is_known(item: "FeedItem", before: "Downloaded") -> bool:
    """Whether an item was downloaded, also under another guid.

    Some feeds have one address for each new bulletin: the file is another one if the item is newer than it.
    """
    from radio_archive.metadata.feed.values import moment_of

    fetched = before.addresses.get(item.enclosure.url) if item.enclosure else None
    if item.guid in before.guids or fetched is None:
        return item.guid in before.guids
    aired = moment_of(item.date_written.partition(" ")[2])
    return aired is not None and aired < datetime.fromisoformat(fetched)


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
