"""The tools for assistants on the site, where the plugin datasette-mcp serves them."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.utils.asgi import Request

from radio_archive.archive.archive import Archive
from radio_archive.assistants.server import register
from radio_archive.assistants.tools import Address
from radio_archive.errors import UsageError
from radio_archive.site import clients, compat
from radio_archive.site.site import site_of

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")


def add_tools(served: "Datasette", server: Any) -> None:
    """Add the tools to the server of a Datasette, unless the site shows hidden clips, which they never tell."""
    site = site_of(served)
    if site is None or site.settings.private:
        return

    async def read(context: Any, asked: Callable[[Archive, Address], T]) -> T:
        scope = getattr(context.request_context.request, "scope", {})
        if not await compat.may_view(served, scope.get("actor"), site.database):
            raise UsageError("this archive is not open to you")

        def address(path: str) -> str:
            own = site.settings.url
            if own:
                return own.rstrip("/") + path
            return str(served.absolute_url(Request(scope, None), str(served.urls.path(path))))

        client = clients.client_of(scope, site.settings.proxies)
        return await site.search(lambda archive: asked(archive, address), client)

    register(server, read)
    # It logs each start of its own into the terminal of `serve`.
    logging.getLogger("mcp").setLevel(logging.WARNING)
