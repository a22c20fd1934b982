"""HTTP connections that do not stay open for ever: a client that sends nothing, or a byte at a time, is let go."""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from radio_archive.site.clients import PEER
from radio_archive.site.compression import Application

if TYPE_CHECKING:
    Protocol: Any = asyncio.Protocol
else:
    Protocol = AutoHTTPProtocol

HEAD_SECONDS = 20.0
"""How long the head of a request may take, from the first byte that is waited for to the last."""
IDLE_SECONDS = 5
"""How long a connection without a request is kept."""
MOST = 400
"""Connections at once; a process may usually have 1,024 files open, and each connection may need one more to send."""

TRUSTED = "127.0.0.1,::1"
"""Whose headers tell whether a visitor came by HTTPS, unless FORWARDED_ALLOW_IPS names others, as for uvicorn."""


def options() -> dict[str, Any]:
    """Return uvicorn's options for a server of the site, whose application is one `with_peer`."""
    return {
        "http": ImpatientProtocol,
        "timeout_keep_alive": IDLE_SECONDS,
        "limit_concurrency": MOST,
        "proxy_headers": False,
    }


def with_peer(application: Application) -> Application:
    """Return an application that also knows who opened the connection, whatever a header says.

    For the rest, it believes a proxy on this machine, as uvicorn does: by default nobody else's headers count.
    """
    trusted = os.environ.get("FORWARDED_ALLOW_IPS", TRUSTED)
    believing: Any = ProxyHeadersMiddleware(application, trusted_hosts=trusted)

    async def wrapped(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        await believing({**scope, PEER: scope.get("client")}, receive, send)

    return wrapped


class ImpatientProtocol(Protocol):  # type: ignore[misc] # of whichever parser is installed
    """Uvicorn's protocol, which by itself waits for a request for ever."""

    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_came()
        # Data while no request is being answered is the beginning of the next one.
        elif self._overdue is None and (before is None or before.response_complete):
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._overdue = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_came(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
