"""Text is sent compressed to those who take it, and what clients are told of it is true."""

import asyncio
import gzip
from collections.abc import Mapping
from typing import Any

import pytest

from radio_archive.site.compression import compressed

PAGE = b"<p>" + b"An undersea cable. " * 200


def ask(
    parts: list[bytes], headers: Mapping[str, str], *, method: str = "GET", status: int = 200, **asked: str
) -> tuple[dict[str, str], bytes, dict[bytes, bytes]]:
    """Return the headers and the body of an answer through `compressed`, and the headers that the application saw."""
    sent: list[dict[str, Any]] = []
    seen: dict[bytes, bytes] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope["headers"])
        told = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        for number, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number + 1 < len(parts)})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in asked.items()]
    asyncio.run(compressed(application)({"type": "http", "method": method, "headers": given}, None, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return told, b"".join(message["body"] for message in sent[1:]), seen


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "application/json", "application/rss+xml"])
@pytest.mark.parametrize("size", [len(PAGE), 1000])
def test_text_is_compressed(media_type: str, size: int) -> None:
    parts = [PAGE[at : at + size] for at in range(0, len(PAGE), size)]
    told, body, _ = ask(
        parts, {"content-type": media_type, "content-length": str(len(PAGE)), "etag": '"a"'}, accept_encoding="br, gzip"
    )
    assert gzip.decompress(body) == PAGE
    assert len(body) < len(PAGE) / 10
    assert told == {"content-type": media_type, "etag": 'W/"a"', "vary": "Accept-Encoding", "content-encoding": "gzip"}


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br, gzip; q=0.000", "agzip"])
def test_who_does_not_take_it_gets_text(accepted: str) -> None:
    told, body, _ = ask([PAGE], {"content-type": "text/html", "etag": '"a"'}, accept_encoding=accepted)
    assert body == PAGE
    assert told == {"content-type": "text/html", "etag": '"a"', "vary": "Accept-Encoding"}


@pytest.mark.parametrize(
    ("headers", "status", "method"),
    [
        ({"content-type": "audio/mpeg", "accept-ranges": "bytes", "content-length": str(len(PAGE))}, 200, "GET"),
        ({"content-type": "audio/mpeg", "content-range": "bytes 0-9/99"}, 206, "GET"),
        ({"content-type": "image/png"}, 200, "GET"),
        ({}, 304, "GET"),
        ({"content-type": "text/html", "content-length": "9"}, 200, "HEAD"),
    ],
)
def test_what_is_no_text_is_left_alone(headers: dict[str, str], status: int, method: str) -> None:
    told, body, _ = ask([PAGE], headers, status=status, method=method, accept_encoding="gzip")
    assert (told, body) == (headers, PAGE)


def test_short_text_is_not_worth_it() -> None:
    told, body, _ = ask([b"Not found"], {"content-type": "text/plain"}, accept_encoding="gzip")
    assert (told.get("content-encoding"), body) == (None, b"Not found")


def test_an_etag_of_compressed_text_is_known_again() -> None:
    _, _, seen = ask([b""], {}, accept_encoding="gzip", if_none_match='W/"a", "b"')
    assert seen[b"if-none-match"] == b'"a", "b"'
