"""Editing on the site, only where `serve --edit` asks for it: the review as pages, and a clip's text while listening.

    /-/sign-in                      the form for a name and the password            POST to sign in
    /-/sign-out                     POST
    /-/review?show=&page=           the queue
    /-/review/ID                    POST what is decided about an item
    /-/review/undo                  POST undoes the last change of this session
    /-/edit/UID                     POST a correction of a clip's words, as JSON
    /-/edit/static/NAME             editor.js and editor.css

A published copy has none of this, nor the files: `publish.wheel` leaves out every folder called `editing`. Nothing is
written through Datasette: each change opens the archive, as a command does, on a thread of its own.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette import Response

from radio_archive.errors import UsageError
from radio_archive.site.answers import Context, acting, view
from radio_archive.site.editing import clips, queue
from radio_archive.site.editing.access import Editing, body, changing, local, of
from radio_archive.site.editing.sessions import Session, Sessions, is_from_here
from radio_archive.site.site import site_of

if TYPE_CHECKING:
    from datasette.app import Datasette

STATIC = Path(__file__).parent / "static"
MEDIA_TYPES: Mapping[str, str] = {
    "editor.js": "text/javascript; charset=utf-8",
    "editor.css": "text/css; charset=utf-8",
}
"""The files that only editors load."""


def enable(served: "Datasette", password: str) -> None:
    """Let those who know `password` edit the archive that a Datasette shows. Raises UsageError for a copy."""
    site = site_of(served)
    if site is None or site.is_copy:
        raise UsageError("a published copy cannot be edited", "Serve the archive that it was made from.")
    site.editing = Editing(Sessions(password), ROUTES, _dress)


async def _dress(ctx: Context, template: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    session = of(ctx).sessions.of(ctx.request)
    values = {**values, "session": session, "editor": _asset}
    if template != "clip" or session is None:
        return template, values
    return "editing/clip", {**values, "editable": await clips.editable(ctx, session, values["page"])}


def _asset(name: str) -> str:
    return f"/-/edit/static/{name}"


async def _sign_in(ctx: Context) -> Response | None:
    wanted = local(ctx.argument("next"))
    if ctx.request.method != "POST":
        return await ctx.page("editing/sign-in", next=wanted, name="", password=ctx.argument("token"), wrong=False)
    sent = await body(ctx)
    wanted = local(sent.get("next", ""))
    name, key = sent.get("name", ""), None
    if is_from_here(ctx.request):
        key = await of(ctx).sessions.sign_in(name, sent.get("password", ""), ctx.client)
    if key is None:
        return await ctx.page("editing/sign-in", 403, next=wanted, name=name, password="", wrong=True)
    answer = ctx.see_other(wanted)
    answer.set_cookie(
        Sessions.cookie(ctx.request), key, httponly=True, samesite="strict", secure=ctx.request.scheme == "https"
    )
    return answer


sign_in = acting(_sign_in, also_reading=True)


@changing
async def sign_out(ctx: Context, session: Session, sent: Mapping[str, str]) -> Response | None:
    """End the session."""
    of(ctx).sessions.sign_out(ctx.request)
    return ctx.see_other("/")


@view
async def static(ctx: Context) -> Response:
    """Send the script or the style sheet of the editors."""
    name = ctx.part("name")
    content = await asyncio.to_thread((STATIC / name).read_bytes)
    return Response(content, headers=ctx.headers(), content_type=MEDIA_TYPES[name])


ROUTES = (
    (r"/-/sign-in$", sign_in),
    (r"/-/sign-out$", sign_out),
    (r"/-/review$", queue.page),
    (r"/-/review/undo$", queue.undo),
    (r"/-/review/(?P<item>[0-9]{1,18})$", queue.decide),
    (r"/-/edit/static/(?P<name>editor\.(?:js|css))$", static),
    (r"/-/edit/(?P<uid>[0-9a-z]{1,32})$", clips.save),
)
