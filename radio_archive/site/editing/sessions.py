"""Who may edit: a password, the sessions of those who gave it, and what makes sure that a request is theirs.

A request that changes something needs the session's cookie, which no other site can have sent (`SameSite=Strict`), an
`Origin` that is this site's, and the session's token in the form or in a header. Other servers on this machine count as
the same site for a cookie, which is why the other two are needed.
"""

import asyncio
import hmac
import math
import secrets
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from radio_archive.errors import ClientBusyError
from radio_archive.models import clean_text

if TYPE_CHECKING:
    from datasette.utils.asgi import Request

    from radio_archive.archive.clips.review import Done

HOURS = 12
"""How long a session lasts after its last request."""
MOST = 200
"""Sessions that are kept; the oldest ends first."""
UNDOABLE = 100
"""Changes of a session that can be undone on its pages."""
WRONG_SECONDS = 1.0
"""How long a wrong password takes, one at a time from each address: so nobody can try many."""
WRONG_MOST = 30
"""Wrong passwords in WRONG_WITHIN seconds, from all addresses together but those from which somebody has signed in."""
WRONG_WITHIN = 60.0
WAITING = 4
"""Passwords from one address that are looked at or wait for that."""
LONGEST_NAME = 60
"""Characters of an editor's name."""


@dataclass
class Session:
    """Somebody who is signed in."""

    author: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """What each form of theirs sends back."""
    seen: float = field(default_factory=time.monotonic)
    done: "list[tuple[Done, str]]" = field(default_factory=list)
    """What they did, the newest last, each with a line that says so."""

    def note(self, done: "Done", line: str) -> None:
        """Keep what was done, so that it can be undone."""
        self.done = [*self.done, (done, line)][-UNDOABLE:]


class Sessions:
    """The sessions of one running site. None outlives it."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._open: dict[str, Session] = {}
        self._waiting: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Lock] = {}
        """By address, for those from which passwords wait."""
        self._wrong: deque[float] = deque(maxlen=WRONG_MOST)
        """When wrong passwords came from addresses that are not known."""
        self._known: dict[str, None] = {}
        """Addresses from which the right password came, the latest last."""

    @staticmethod
    def cookie(request: "Request") -> str:
        """Return the name of the cookie: another one for each port, because browsers do not tell ports apart."""
        return f"radio_archive_editor_{urlsplit(f'//{request.host}').port or 80}"

    def of(self, request: "Request") -> Session | None:
        """Return the session of a request, if it has one."""
        key = request.cookies.get(self.cookie(request), "")
        session = self._open.get(key)
        if session is None:
            return None
        now = time.monotonic()
        if now - session.seen > 3600 * HOURS:
            del self._open[key]
            return None
        session.seen = now
        return session

    async def sign_in(self, name: str, password: str, client: str) -> str | None:
        """Return the cookie of a new session; None, after a while, for a wrong password.

        Raises ClientBusyError if too many from the address `client` wait already, or too many were wrong of late. Then
        no other one is looked at, right or wrong, except from where somebody has signed in: guesses from many addresses
        keep no editor out who is known there.
        """
        async with self._turn_of(client):
            now = time.monotonic()
            if client not in self._known and len(self._wrong) == WRONG_MOST and now < self._wrong[0] + WRONG_WITHIN:
                seconds = math.ceil(self._wrong[0] + WRONG_WITHIN - now)
                raise ClientBusyError(
                    "too many wrong passwords were sent to this site", f"Try again in {seconds} seconds.", seconds
                )
            if not hmac.compare_digest(password.encode(), self._password):
                if client not in self._known:
                    self._wrong.append(now)
                await asyncio.sleep(WRONG_SECONDS)
                return None
        self._known.pop(client, None)
        self._known[client] = None
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        while len(self._open) >= MOST:
            del self._open[min(self._open, key=lambda key: self._open[key].seen)]
        key = secrets.token_urlsafe(24)
        self._open[key] = Session(clean_text(name)[:LONGEST_NAME] or "editor")
        return key

    @asynccontextmanager
    async def _turn_of(self, client: str) -> AsyncIterator[None]:
        if self._waiting[client] >= WAITING:
            raise ClientBusyError("too many passwords from your address are waiting", "Try again in a few seconds.")
        self._waiting[client] += 1
        try:
            async with self._turns.setdefault(client, asyncio.Lock()):
                yield
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client], self._turns[client]

    def sign_out(self, request: "Request") -> None:
        """End the session of a request."""
        self._open.pop(request.cookies.get(self.cookie(request), ""), None)


def is_from_here(request: "Request") -> bool:
    """Whether a request that changes something comes from a page of this site, as far as the browser says."""
    origin = request.headers.get("origin")
    if origin is not None:
        return bool(origin == f"{request.scheme}://{request.host}")
    return bool(request.headers.get("sec-fetch-site", "same-origin") == "same-origin")


def is_theirs(session: Session, token: str) -> bool:
    """Whether a form or a script of the session's own pages sent its token."""
    return hmac.compare_digest(session.token.encode(), token.encode())
