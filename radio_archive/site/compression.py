"""Sends text compressed to those who take it (RFC 9110, 8.4 and 12.5.3). Sound is compressed already."""

import re
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

SMALLEST = 1_000
"""Bytes below which compression gains nothing."""
_TEXT = re.compile(rb"text/|application/(?:json|xml|javascript)|[^;]*\+(?:json|xml)")
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<weight>[0-9.]+))?\s*(?=,|$)")
_AS_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 5


def compressed(application: Application) -> Application:
    """Return the ASGI application with text compressed by gzip for clients that accept it."""

    async def wrapped(scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            send = _Compressing(send).send if _takes_gzip(scope["headers"]) else _varying(send)
            scope = {**scope, "headers": [_without_weakness(*header) for header in scope["headers"]]}
        await application(scope, receive, send)

    return wrapped


def _takes_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    accepted = b",".join(value for name, value in headers if name == b"accept-encoding").decode("latin-1")
    found = _GZIP.search(accepted)
    return found is not None and (found["weight"] or "1").strip("0.") != ""


def _without_weakness(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header without the mark that `_Compressing` adds: If-None-Match compares as if it were not there."""
    return name, value.replace(b"W/", b"") if name == b"if-none-match" else value


def _varying(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and _TEXT.match(_value(message["headers"], b"content-type")):
            message = {**message, "headers": [*message["headers"], (b"vary", b"Accept-Encoding")]}
        await send(message)

    return sending


def _value(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return next((value for name, value in headers if name.lower() == wanted), b"")


class _Compressing:
    """Passes on the messages of one answer, its body compressed if it is text and long enough to be worth it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._packer: Any = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # What the answer's headers are is known only with the first part of its body.
            self._start = message
        elif message["type"] == "http.response.body":
            await self._send_body(message)
        else:
            await self._send(message)

    async def _send_body(self, message: Message) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(self._begin(start, body, more=more))
        if self._packer is not None:
            body = self._packer.compress(body) + (b"" if more else self._packer.flush())
        await self._send({**message, "body": body})

    def _begin(self, start: Message, body: bytes, *, more: bool) -> Message:
        headers: Headers = list(start["headers"])
        if not _TEXT.match(_value(headers, b"content-type")):
            return start
        headers.append((b"vary", b"Accept-Encoding"))
        if (
            start["status"] in {204, 206, 304}
            or _value(headers, b"content-encoding")
            or (not more and len(body) < SMALLEST)
        ):
            return {**start, "headers": headers}
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _AS_GZIP)
        kept = [_weakened(name, value) for name, value in headers if name.lower() != b"content-length"]
        return {**start, "headers": [*kept, (b"content-encoding", b"gzip")]}


def _weakened(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header; an ETag of these very bytes becomes one of the same content."""
    return name, b"W/" + value if name.lower() == b"etag" and not value.startswith(b"W/") else value
