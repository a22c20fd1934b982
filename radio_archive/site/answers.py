"""The site's answers: pages under a strict policy, data, redirects, and errors in plain words."""

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

from datasette import Forbidden, Response
from datasette.utils.asgi import Request
from markupsafe import Markup

from radio_archive.archive.archive import Archive
from radio_archive.archive.public import pages
from radio_archive.errors import (
    ArchiveError,
    ClientBusyError,
    NoSuchClipError,
    SearchTimeoutError,
    SiteBusyError,
    UsageError,
)
from radio_archive.site import assets, clients, compat, urls
from radio_archive.site.site import Site, site_of
from radio_archive.text.times import clock, long_date, stretch

if TYPE_CHECKING:
    from datasette.app import Datasette

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
FRESH = 60
"""Seconds that a page may be cached; a clip that was just made private may be seen for that long."""
REFUSAL_SECONDS = 1.0
"""How long somebody who asks for too much waits for that answer: else a program would ask again at once, and telling it
so would keep the site busy."""
RETRY = 5
"""Seconds after which to ask again."""

DENIED = "radio_archive_denied"
"""The key under which `view` tells our hook that the operator's own rules forbid it, and that a login may help."""

logger = logging.getLogger(__name__)

T = TypeVar("T")

READING = ("GET", "HEAD")
"""The methods of requests that change nothing."""
View = Callable[["Context"], Awaitable[Response | None]]


class Context:
    """One request to the site, and the archive it is about."""

    def __init__(self, site: Site, request: Request, send: Any, *, shared: bool = True) -> None:
        """Answer `request`. `shared`: everybody gets the same answer, without being known."""
        self.site, self.request, self.send = site, request, send
        self.is_public = shared and not site.settings.private and site.editing is None

    @property
    def served(self) -> "Datasette":
        return self.site.served

    def part(self, name: str) -> str:
        """Return a part of the path, decoded; empty if it is missing."""
        return unquote(self.request.url_vars.get(name) or "", errors="replace")

    def argument(self, name: str) -> str:
        """Return a value of the query string; empty if it is missing."""
        return str(self.request.args.get(name) or "").strip()

    @property
    def number(self) -> int:
        """The page of a long list, counted from 1."""
        text = self.argument("page")
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def absolute(self, path: str) -> str:
        """Return the whole address of a path on the site."""
        return str(self.served.absolute_url(self.request, str(self.served.urls.path(path))))

    @property
    def client(self) -> str:
        """The address from which it is asked, as far as it is known."""
        return clients.client_of(self.request.scope, self.site.settings.proxies)

    async def search(self, reader: Callable[[Archive], T]) -> T:
        """Run `Site.search` for who sent this request."""
        return await self.site.search(reader, self.client)

    def headers(self, *, ancestors: str = "'none'") -> dict[str, str]:
        """Return the headers of every answer."""
        cached = f"public, max-age={FRESH}" if self.is_public else "private, no-store"
        # Pages of other sites may read what was published, but never a newsroom's archive, through a browser there.
        others = {"Access-Control-Allow-Origin": "*"} if self.is_public and self.site.is_copy else {}
        return {
            "Content-Security-Policy": POLICY.format(ancestors=ancestors).replace(
                "img-src 'self'", " ".join(("img-src 'self'", *self.site.settings.podcasts.image_hosts))
            ),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Cache-Control": cached,
            **others,
        }

    async def page(self, template: str, status: int = 200, *, ancestors: str = "'none'", **values: Any) -> Response:
        """Return a page. Templates get `values` and the helpers of `_helpers`."""
        # A page that says what is wrong must not need what may be wrong.
        totals = await self.site.kept(pages.totals) if status < 400 else self.site.known(pages.totals)
        known = {"totals": totals, "site_title": self._titled(totals)}
        if self.site.editing:
            template, values = await self.site.editing.dress(self, template, values)
        context = {**values, **_helpers(self), **known}
        body = (
            compat.templates(self.served, self.request).get_template(f"radio_archive/{template}.html").render(context)
        )
        return Response.html(body, status=status, headers=self.headers(ancestors=ancestors))

    async def title(self) -> str:
        """Return the site's title."""
        return self._titled(await self.site.kept(pages.totals))

    def _titled(self, totals: pages.Totals | None) -> str:
        station = totals.station if totals else None
        return self.site.settings.title or (f"{station} archive" if station else "Radio archive")

    def json(self, value: object, status: int = 200) -> Response:
        """Return data as JSON."""
        return self.text(json.dumps(value, ensure_ascii=False, indent=1), "application/json; charset=utf-8", status)

    def text(self, body: str, media_type: str, status: int = 200, *, name: str | None = None) -> Response:
        """Return text; with a `name`, as a file to save."""
        headers = self.headers()
        if name:
            headers["Content-Disposition"] = attachment(name)
        # A lone surrogate cannot be sent.
        return Response(body.encode("utf-8", "replace"), status=status, headers=headers, content_type=media_type)

    def moved(self, path: str) -> Response:
        """Redirect to the new address, with the same query string."""
        query = self.request.query_string
        target = str(self.served.urls.path(path)) + (f"?{query}" if query else "")
        return Response.redirect(target, status=301, headers=self.headers())

    def elsewhere(self, path: str) -> Response:
        """Lead to what is nearest to something that is not found in this way; it may be another tomorrow."""
        return Response.redirect(str(self.served.urls.path(path)), status=302, headers=self.headers())

    def see_other(self, path: str) -> Response:
        """Send the browser to another page, after it has changed something or because it may not see this one."""
        return Response.redirect(str(self.served.urls.path(path)), status=303, headers=self.headers())

    async def problem(self, status: int, title: str, message: str) -> Response:
        """Say what went wrong, as JSON if JSON was asked for. Nothing is read for it."""
        if self.request.path.endswith(".json"):
            answer = self.json({"ok": False, "error": message, "status": status}, status)
        else:
            answer = await self.page("problem", status, title=title, message=message)
        # What is wrong for a moment is not to be kept for a minute.
        if status >= 429:
            answer.headers["Cache-Control"] = "no-store"
        return answer

    async def later(self, title: str, message: str, status: int = 503, seconds: int | None = None) -> Response:
        """Say that it cannot be answered now, and when to ask again."""
        answer = await self.problem(status, title, message)
        answer.headers["Retry-After"] = str(seconds or RETRY)
        return answer

    async def missing(self) -> Response:
        """Say that there is nothing here. Hidden things get the same answer."""
        return await self.problem(404, "Not found", "There is nothing at this address, or it is not public.")


def view(answer: View) -> Callable[..., Awaitable[Response | None]]:
    """Turn a function of one `Context` into a Datasette view. Errors become pages that explain them."""
    return _view(answer, READING)


def acting(answer: View, *, also_reading: bool = False) -> Callable[..., Awaitable[Response | None]]:
    """Turn a function into a view that changes something, and takes a POST; or that reads too."""
    return _view(answer, ("POST", *READING) if also_reading else ("POST",))


def _view(answer: View, methods: Sequence[str]) -> Callable[..., Awaitable[Response | None]]:
    @functools.wraps(answer)
    async def wrapped(request: Request, send: Any, datasette: "Datasette") -> Response | None:
        site = site_of(datasette)
        if site is None:
            return not_found(request)
        if not await compat.may_view(datasette, request.actor, site.database):
            request.scope[DENIED] = True
            raise Forbidden("This archive is not open to you.")
        shared = request.actor is None or await compat.may_view(datasette, None, site.database)
        ctx = Context(site, request, send, shared=shared)
        if request.method not in methods:
            allowed = {"Allow": ", ".join(methods)}
            return Response.text(f"Only {' and '.join(methods)}", status=405, headers=ctx.headers() | allowed)
        try:
            return await answer(ctx)
        except NoSuchClipError:
            return await ctx.missing()
        except SearchTimeoutError as error:
            return await ctx.problem(503, "Too slow", str(error))
        except SiteBusyError as error:
            await asyncio.sleep(REFUSAL_SECONDS)
            if isinstance(error, ClientBusyError):
                return await ctx.later("Busy", str(error), 429, error.seconds)
            return await ctx.later("Busy", str(error))
        except UsageError as error:
            return await ctx.problem(400, "That makes no sense to the archive", str(error))
        except ArchiveError:
            # The text of an error may show folders and SQL, which only the operator should see.
            logger.exception("%s could not be read", request.path)
            return await ctx.later("Not now", "The archive cannot be read at the moment. Please try again later.")
        except Exception:
            logger.exception("%s could not be answered", request.path)
            return await ctx.problem(500, "Our fault", "Something is wrong with this archive. Please try again later.")

    # Through this, Datasette would see the arguments of `answer`, which are not those of the view.
    del wrapped.__wrapped__
    return wrapped


def not_found(request: Request, message: str | None = None) -> Response:
    """Answer for what is closed to everybody, as if it did not exist, unless a `message` says more."""
    message = message or "There is nothing at this address, or it is not public."
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": message, "status": 404}, status=404)
    return Response.text(message, status=404)


def attachment(name: str) -> str:
    """Return the header to save a file as `name`, which may have any letters (RFC 6266)."""
    plain = "".join(character if " " <= character <= "~" and character not in '"\\%' else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def iso_duration(seconds: float) -> str:
    """Return seconds as an ISO 8601 duration, for the `datetime` attribute: `PT1M21S`."""
    minutes, whole = divmod(round(seconds), 60)
    return f"PT{minutes}M{whole}S"


def json_script(value: Mapping[str, object]) -> Markup:
    """Return JSON for a script element; nothing in it can close the element."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped


def _helpers(ctx: Context) -> dict[str, Any]:
    served, site = ctx.served, ctx.site

    # A page has hundreds of links, and Datasette would look up the prefix for each.
    root = str(served.urls.path("/")).rstrip("/")

    def href(path: str) -> str:
        return f"{root}{path}"

    return {
        # For hundreds of links: to call a function takes a template several times as long.
        "root": root,
        "href": href,
        "absolute": ctx.absolute,
        # Of a picture, which the settings may also name by its address.
        "source": lambda place: place if "://" in place else href(place),
        "whole": lambda place: place if "://" in place else ctx.absolute(place),
        "to": urls,
        "asset": lambda name: href(assets.path(name)),
        "clock": clock,
        "stretch": stretch,
        "length": iso_duration,
        "long_date": long_date,
        "json_script": json_script,
        "settings": site.settings,
        "tables": f"/{site.database}" if site.shows_tables else None,
    }
