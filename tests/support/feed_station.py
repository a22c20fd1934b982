"""A real server of feeds and files on this machine, which can misbehave as a test needs."""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from radio_archive.feeds.client import FetchOptions

AUDIO = bytes(range(256)) * 400
QUICK = FetchOptions(delay=0, backoff=0.01, stall=60, connect_time=60, feed_time=300, file_time=600, allow_private=True)
"""No waiting between requests, and no limit that strikes a server which is slow because its machine is busy."""


class Clock:
    """Stands in for the module `time`: it goes on where somebody sleeps, or where a test says so, and nowhere else."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


class Request(BaseHTTPRequestHandler):
    """One request to the station, answered by the route of its path."""

    server: "Station"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.append((path, {key.lower(): value for key, value in self.headers.items()}))
        route = self.server.routes.get(path)
        if route is None:
            self.answer(404)
        else:
            route(self)

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        """Send a whole answer; `content_type` is the header Content-Type, and so on."""
        self.head(status, **{"content_length": str(len(content)), **headers})
        self.wfile.write(content)

    def head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is that of the standard library
        pass


Route = Callable[[Request], None]


class Station(ThreadingHTTPServer):
    """A server of feeds and files, on this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.routes: dict[str, Route] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.ended = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that stop reading."""

    def url(self, path: str = "/feed.rss") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def asked(self, path: str) -> list[dict[str, str]]:
        return [headers for seen, headers in self.seen if seen == path]


@contextmanager
def running() -> Iterator[Station]:
    """Run a server on a thread until the end of the block."""
    with Station() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


def serve(
    content: bytes = AUDIO,
    *,
    etag: str | None = '"one"',
    modified: str | None = None,
    cuts: Sequence[int] = (),
    ranges: bool = True,
    strict: bool = True,
    media_type: str = "audio/mpeg",
) -> Route:
    """Serve a file. Each of `cuts` breaks one connection after so many bytes.

    If not `strict`, If-Range is ignored.
    """
    left = list(cuts)

    def route(request: Request) -> None:
        headers = {"content_type": media_type}
        headers |= {"etag": etag} if etag else {}
        headers |= {"last_modified": modified} if modified else {}
        place = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        same = not strict or request.headers.get("If-Range") in {etag, modified}
        begin = int(place[1]) if place and ranges and same else 0
        if begin > len(content):
            request.answer(416, content_range=f"bytes */{len(content)}")
            return
        if begin:
            headers["content_range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        request.head(206 if begin else 200, content_length=str(len(content) - begin), **headers)
        if left:
            request.wfile.write(content[begin:][: left.pop(0)])
            request.hang_up()
        else:
            request.wfile.write(content[begin:])

    return route
