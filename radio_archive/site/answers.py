"""What the site answers with: pages under a strict policy, data, redirects, and errors in plain words."""

import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from datasette import Response
from datasette.utils.asgi import Request
from markupsafe import Markup

from radio_archive.archive.public import pages
from radio_archive.errors import NoSuchClipError, SearchTimeoutError, UsageError
from radio_archive.site import assets, compat, urls
from radio_archive.site.site import Site, site_of
from radio_archive.text.times import clock, long_date

if TYPE_CHECKING:
    from datasette.app import Datasette

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
FRESH = 60
"""Seconds for which a page may come out of a cache: that long, what was just made private may still be seen."""

logger = logging.getLogger(__name__)

View = Callable[["Ask"], Awaitable[Response | None]]


class Ask:
    """One request to the site: what was asked for, and of which archive."""

    def __init__(self, site: Site, request: Request, send: Any) -> None:
        self.site, self.request, self.send = site, request, send

    @property
    def served(self) -> "Datasette":
        return self.site.served

    def part(self, name: str) -> str:
        """Return a part of the path, decoded; empty where it is left out."""
        return unquote(self.request.url_vars.get(name) or "", errors="replace")

    def argument(self, name: str) -> str:
        """Return a value of the query string; empty where it is left out."""
        return str(self.request.args.get(name) or "").strip()

    @property
    def number(self) -> int:
        """The number of the page of a long list, from 1."""
        text = self.argument("page")
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def absolute(self, path: str) -> str:
        """Return the whole address of a path on the site."""
        return str(self.served.absolute_url(self.request, str(self.served.urls.path(path))))

    def headers(self, *, ancestors: str = "'none'") -> dict[str, str]:
        """Return the headers that everything from the site has."""
        private = self.site.settings.private
        # Other sites may read what everybody may, and never what a browser on this machine alone may.
        open_to_all = {"Cache-Control": f"public, max-age={FRESH}", "Access-Control-Allow-Origin": "*"}
        return {
            "Content-Security-Policy": POLICY.format(ancestors=ancestors),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            **({"Cache-Control": "private, no-store"} if private else open_to_all),
        }

    async def page(self, template: str, status: int = 200, *, ancestors: str = "'none'", **values: Any) -> Response:
        """Return a page. Templates find helpers beside `values`: see `_helpers`."""
        known = {"totals": await self.site.recall(pages.totals), "site_title": await self.title()}
        context = {**values, **_helpers(self), **known}
        body = (
            compat.templates(self.served, self.request).get_template(f"radio_archive/{template}.html").render(context)
        )
        return Response.html(body, status=status, headers=self.headers(ancestors=ancestors))

    async def title(self) -> str:
        """Return what the site is called."""
        station = (await self.site.recall(pages.totals)).station
        return self.site.settings.title or (f"{station} archive" if station else "Radio archive")

    def json(self, value: object, status: int = 200) -> Response:
        """Return data, for any page of any site to read."""
        return self.text(json.dumps(value, ensure_ascii=False, indent=1), "application/json; charset=utf-8", status)

    def text(self, body: str, media_type: str, status: int = 200, *, name: str | None = None) -> Response:
        """Return a file; with a `name` it is one to be saved."""
        headers = self.headers()
        if name:
            headers["Content-Disposition"] = attachment(name)
        # A lone surrogate cannot be sent.
        return Response(body.encode("utf-8", "replace"), status=status, headers=headers, content_type=media_type)

    def moved(self, path: str) -> Response:
        """Lead to where a thing is now, with the same query string."""
        query = self.request.query_string
        target = str(self.served.urls.path(path)) + (f"?{query}" if query else "")
        return Response.redirect(target, status=301, headers=self.headers())

    async def problem(self, status: int, title: str, message: str) -> Response:
        """Say what went wrong, as data where data was asked for."""
        if self.request.path.endswith(".json"):
            return self.json({"ok": False, "error": message, "status": status}, status)
        return await self.page("problem", status, title=title, message=message)

    async def missing(self) -> Response:
        """Say that there is nothing here. What is hidden is answered in the same words."""
        return await self.problem(404, "Not found", "There is nothing at this address, or it is not public.")


def view(answer: View) -> Callable[..., Awaitable[Response | None]]:
    """Make a view for Datasette of a function of one `Ask`; what goes wrong becomes a page that says so."""

    @functools.wraps(answer)
    async def wrapped(request: Request, send: Any, datasette: "Datasette") -> Response | None:
        site = site_of(datasette)
        if site is None or not await compat.may_view(datasette, request.actor, site.database):
            return Response.text("This archive is not open to you.", status=403)
        ask = Ask(site, request, send)
        if request.method not in {"GET", "HEAD"}:
            return Response.text("Only GET and HEAD", status=405, headers=ask.headers() | {"Allow": "GET, HEAD"})
        try:
            return await answer(ask)
        except NoSuchClipError:
            return await ask.missing()
        except SearchTimeoutError as error:
            return await ask.problem(503, "Too slow", str(error))
        except UsageError as error:
            return await ask.problem(400, "That makes no sense to the archive", str(error))
        except Exception:
            # What an error says of folders and SQL is for the operator, not for the public.
            logger.exception("%s could not be answered", request.path)
            return Response.text("Something is wrong with this archive. Please try again later.", status=500)

    # Through this, Datasette would see the arguments of `answer`, which are not those of the view.
    del wrapped.__wrapped__
    return wrapped


def refused(request: Request) -> Response:
    """Answer for what is closed to everybody: as if it were not there."""
    message = "There is nothing at this address, or it is not public."
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": message, "status": 404}, status=404)
    return Response.text(message, status=404)


def attachment(name: str) -> str:
    """Return the header that lets a file be saved as `name`, whatever letters it has (RFC 6266)."""
    plain = "".join(character if " " <= character <= "~" and character not in '"\\%' else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def spoken_clock(seconds: float) -> str:
    """Return a length for the `datetime` attribute, in ISO 8601: `PT1M21S`."""
    minutes, whole = divmod(round(seconds), 60)
    return f"PT{minutes}M{whole}S"


def json_script(value: Mapping[str, object]) -> Markup:
    """Return data to stand in a script element, which nothing in it can end."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped


def _helpers(ask: Ask) -> dict[str, Any]:
    served, site = ask.served, ask.site

    # A page has hundreds of links, and Datasette looks the prefix up for each.
    root = str(served.urls.path("/")).rstrip("/")

    def href(path: str) -> str:
        return f"{root}{path}"

    return {
        "href": href,
        "absolute": ask.absolute,
        "to": urls,
        "asset": lambda name: href(assets.path(name)),
        "clock": clock,
        "length": spoken_clock,
        "long_date": long_date,
        "json_script": json_script,
        "settings": site.settings,
        "tables": f"/{site.database}" if site.shows_tables else None,
    }
