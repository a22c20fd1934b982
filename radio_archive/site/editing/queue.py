"""The review as pages: the queue, and what is decided about its items. Forms, which need no JavaScript."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import review
from radio_archive.archive.clips.review import Done, Item, Place, ShowStatus, State
from radio_archive.archive.filters import Filters
from radio_archive.errors import ArchiveBusyError, SiteBusyError, StaleTextError, UsageError
from radio_archive.site import urls
from radio_archive.site.answers import Context
from radio_archive.site.editing.access import changing, editors_only, local, of
from radio_archive.site.editing.sessions import Session

if TYPE_CHECKING:
    from datasette import Response

PAGE = 10
"""Items on a page."""
SAID = {
    State.ACCEPTED: "Accepted",
    State.REJECTED: "Kept as it is",
    State.RIGHT: "Kept as it is",
    State.SKIPPED: "Skipped",
    State.COVERED: "Changed",
}
"""What a page says of what was just done."""


@dataclass(frozen=True, slots=True)
class _Queue:
    items: list[Item]
    status: list[ShowStatus]


@editors_only
async def page(ctx: Context, session: Session) -> "Response | None":
    """Show the first items of the queue: of a show if one is chosen, or of those that were skipped."""
    show, skipped = ctx.argument("show"), "1" if ctx.argument("skipped") == "1" else ""
    after = _place(ctx.argument("after"))

    def read(archive: Archive) -> _Queue:
        filters = Filters(show=show or None, public=ctx.site.hides)
        everything = Filters(public=ctx.site.hides)
        found = review.page(archive, filters, PAGE + 1, after, skipped=bool(skipped))
        return _Queue(found, review.status(archive, everything))

    queue = await of(ctx).read(ctx, read)
    items = queue.items[:PAGE]
    more = f"{items[-1].worth!r}-{items[-1].id}" if len(queue.items) > PAGE else ""
    here, later = (
        urls.query("/-/review", show=show, skipped=skipped, after=at) for at in (ctx.argument("after"), more)
    )
    return await ctx.page(
        "editing/review",
        items=items,
        shows=queue.status,
        show=show,
        skipped=skipped,
        here=here,
        next=later if more else "",
    )


def _place(text: str) -> Place:
    if not text:
        return review.FIRST
    found = re.fullmatch(r"([0-9](?:\.[0-9]{1,20})?(?:e-[0-9]{1,3})?)-([0-9]{1,18})", text)
    if found is None:
        raise UsageError("that is no place in the queue", "Begin at its first page.")
    return Place(float(found[1]), int(found[2]))


@changing
async def decide(ctx: Context, session: Session, sent: Mapping[str, str]) -> "Response | None":
    """Do with an item what the form says, and show the queue again."""
    seen = Filters(public=ctx.site.hides)
    one = await of(ctx).read(ctx, lambda archive: review.item(archive, int(ctx.part("item")), seen))
    if one is None or one.seen != sent.get("seen"):
        text = sent.get("text", "")
        raise StaleTextError.of("the clip", text, one.text if one and one.text != text else None)
    done = await of(ctx).write(ctx, lambda archive: _do(archive, one, sent, session.author))
    session.note(done, f"{SAID[done.state]}: “{one.text}”")
    return ctx.see_other(local(sent.get("back", "")))


def _do(archive: Archive, one: Item, sent: Mapping[str, str], author: str) -> Done:
    wanted = sent.get("do", "")
    if wanted == "keep":
        return review.reject(archive, one, author)
    if wanted == "skip":
        return review.skip(archive, one, author)
    if wanted == "write":
        return review.write(archive, one, sent.get("after", ""), author)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 3:
        return review.accept(archive, one, author, int(wanted))
    raise UsageError("that is no decision", "Load the page again.")


@changing
async def undo(ctx: Context, session: Session, sent: Mapping[str, str]) -> "Response | None":
    """Undo what this session did last, and show the page that it was on."""
    back = local(sent.get("back", ""))
    if not session.done:
        return ctx.see_other(back)
    last = session.done.pop()
    try:
        await of(ctx).write(ctx, lambda archive: review.undo(archive, last[0]))
    except (ArchiveBusyError, SiteBusyError):
        # To be tried again.
        session.done.append(last)
        raise
    return ctx.see_other(f"{back}#item-{last[0].item}" if last[0].item else back)
