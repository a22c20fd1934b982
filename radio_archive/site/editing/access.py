"""What every page for editors needs: who is signed in, what they sent, and the thread that writes it."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, quote

from radio_archive.archive.archive import Archive
from radio_archive.errors import (
    ArchiveError,
    NoSuchBatchError,
    NoSuchClipError,
    SiteBusyError,
    StaleTextError,
    UsageError,
)
from radio_archive.site.answers import Context, acting, view
from radio_archive.site.editing.sessions import Session, Sessions, is_from_here, is_theirs
from radio_archive.site.pools import Pool
from radio_archive.site.site import READ_SECONDS

if TYPE_CHECKING:
    from datasette import Response

logger = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_BODY = 65_536
"""Bytes of a request that changes something."""
WAITING = 32
"""Changes that may wait for the one that is being written."""
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")
"""A path of this site: browsers take a backslash for a slash, and leave out tabs and ends of lines."""
Dress = Callable[[Context, str, dict[str, Any]], Awaitable[tuple[str, dict[str, Any]]]]
Editors = Callable[[Context, Session], Awaitable["Response | None"]]
Change = Callable[[Context, Session, Mapping[str, str]], Awaitable["Response | None"]]


@dataclass(eq=False)
class Editing:
    """Who may edit the archive of a site, and the thread that writes what they change."""

    sessions: Sessions
    routes: Sequence[tuple[str, Any]]
    """The addresses of their pages."""
    dress: Dress
    """Returns the template of a page, and its values, as who asks for it sees it."""
    _reads: Pool = field(default_factory=lambda: Pool("editors", 2, WAITING))
    _writes: Pool = field(default_factory=lambda: Pool("edits", 1, WAITING))

    async def read(self, ctx: Context, reader: Callable[[Archive], T]) -> T:
        """Run `reader` on the whole archive, of which the site's own connections show only what is public.

        It must leave out hidden clips itself. Raises SiteBusyError and ArchiveErrors.
        """
        folder = ctx.site.folder

        def work() -> T:
            with Archive(folder, read_only=True) as archive, archive.reading_within(READ_SECONDS):
                return reader(archive)

        return await self._reads.run(work)

    async def write(self, ctx: Context, change: Callable[[Archive], T]) -> T:
        """Make a change, after those that wait, and return its result. Raises SiteBusyError and ArchiveErrors."""
        folder = ctx.site.folder

        def work() -> T:
            with Archive(folder) as archive:
                return change(archive)

        return await self._writes.run(work)


def of(ctx: Context) -> Editing:
    """Return what a site has for its editors."""
    editing = ctx.site.editing
    assert isinstance(editing, Editing)  # noqa: S101 - else there are no such routes
    return editing


def editors_only(answer: Editors) -> Any:
    """Turn a function into a view for those who are signed in; others are asked to."""

    @view
    async def wrapped(ctx: Context) -> "Response | None":
        session = of(ctx).sessions.of(ctx.request)
        if session is None:
            asked = ctx.request.path + (f"?{ctx.request.query_string}" if ctx.request.query_string else "")
            return ctx.see_other(f"/-/sign-in?next={quote(asked, safe='')}")
        return await answer(ctx, session)

    return wrapped


def changing(change: Change) -> Any:
    """Turn a function into a view that changes something: for those who are signed in, from their own pages."""

    @acting
    async def wrapped(ctx: Context) -> "Response | None":
        session = of(ctx).sessions.of(ctx.request)
        try:
            sent = await body(ctx)
            if session is None:
                return await refused(ctx, 401, "You are no longer signed in. What you wrote was not saved.")
            token = ctx.request.headers.get("x-editor-token") or sent.get("token", "")
            if not is_from_here(ctx.request) or not is_theirs(session, token):
                return await refused(ctx, 403, "This did not come from a page of yours. Load the page again.")
            return await change(ctx, session, sent)
        except StaleTextError as error:
            return await refused(ctx, 409, f"Somebody else was quicker: {error.problem}.", now=error.now)
        except (NoSuchClipError, NoSuchBatchError):
            return await refused(ctx, 404, "Not saved: what this is about is not here any more.")
        except UsageError as error:
            return await refused(ctx, 400, f"Not saved: {error}")
        except (ArchiveError, SiteBusyError) as error:
            # Its text may show folders, which only the operator should see.
            logger.warning("%s was not saved: %s", ctx.request.path, error)
            return await refused(ctx, 503, "Not saved: the archive cannot be written at the moment. Try again.")

    return wrapped


async def refused(ctx: Context, status: int, message: str, **more: object) -> "Response":
    """Say why nothing was changed: as JSON to a script, else as a page."""
    if "json" in ctx.request.headers.get("content-type", ""):
        return ctx.json({"ok": False, "error": message, **more}, status)
    return await ctx.problem(status, "Not saved", message)


async def body(ctx: Context) -> dict[str, str]:
    """Return the fields of a form, or of a JSON object, that was sent. Raises UsageError."""
    sent, more = b"", True
    while more:
        message = await ctx.request.receive()
        if message["type"] != "http.request":
            break
        sent += message.get("body", b"")
        more = message.get("more_body", False)
        if len(sent) > LONGEST_BODY:
            raise UsageError("that is too long", "Send less at once.")
    try:
        text = sent.decode("utf-8")
        if "json" in ctx.request.headers.get("content-type", ""):
            # Half a surrogate pair, which JSON can name, is no text.
            return {
                str(key): str(value).encode("utf-8", "replace").decode()
                for key, value in dict(json.loads(text)).items()
            }
        return {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError("that is no form", "Load the page again.") from error


def local(path: str) -> str:
    """Return a path of this site that was asked for; the queue's for anything else."""
    return path if _LOCAL.fullmatch(path) else "/-/review"
