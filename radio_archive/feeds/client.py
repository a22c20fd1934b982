"""An HTTP client for untrusted servers: with retries, pauses between requests, and limits on time and size."""

import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urljoin

import httpcore
import httpx

from radio_archive.errors import FeedError, FeedUnreachableError
from radio_archive.feeds.transport import PublicBackend, Transport
from radio_archive.models import clean_text
from radio_archive.text.times import retry_after

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
RETRY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status codes after which the same request may succeed later."""
MAX_FAILURES = 3
"""Failures in a row after which a server is not asked again for a while."""
COOL_DOWN = 600.0
"""Seconds for which such a server is not asked."""
FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    UnicodeError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.UnsupportedProtocol,
)
GONE = "It may be gone, or need a password: look at the address in a browser."
LATER = "The download continues where it stopped when it is tried again."
MASK = "***"
SECRET = re.compile(r"(?i)((?:^|[&;])[^=&;]*(?:auth|code|hash|key|pass|pwd|secret|sig|token|user)[^=&;]*=)[^&;#]*")
"""A value in a query whose name says that it is a secret."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """Limits on requests and on what is downloaded. Times are in seconds, sizes in bytes."""

    largest_file: int = 2_000_000_000
    largest_feed: int = 20_000_000
    largest_transcript: int = 8_000_000
    file_time: float = 6 * 3600.0
    """For one attempt to get a file."""
    feed_time: float = 180.0
    """For one attempt to get a feed or a transcript."""
    connect_time: float = 15.0
    stall: float = 30.0
    """Longest time without a byte; also the period over which `slowest` is measured."""
    slowest: int = 1000
    """Lowest speed, in bytes per second."""
    attempts: int = 4
    backoff: float = 2.0
    """Before the second attempt; doubled before each further one."""
    longest_wait: float = 120.0
    """Longest wait before an attempt; if a server asks for more, the next run tries again."""
    delay: float = 1.0
    """Between two requests to the same server."""
    redirects: int = 5
    allow_private: bool = False
    """Also connect to addresses of this machine and of the local network."""


class RetryError(FeedUnreachableError):
    """A failure that may succeed after `wait` seconds, or after a usual backoff if that is None."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem, LATER)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class WebResponse:
    """A whole response that was small enough to keep; `url` is its address after redirects."""

    status: int
    content: bytes
    url: str
    media_type: str
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    """The new address, if its server says it moved for good."""


class WebClient:
    """The client for all requests of a run."""

    def __init__(self, options: FetchOptions) -> None:
        self._options = options
        self._wire = PublicBackend(options.allow_private)
        timeout = httpx.Timeout(options.stall, connect=options.connect_time)
        self._client = httpx.Client(
            transport=Transport(self._wire),
            timeout=timeout,
            headers={"User-Agent": _user_agent(), "Accept-Encoding": "identity"},
            trust_env=False,
        )
        self._asked: dict[str, float] = {}
        self._failures: dict[str, list[float]] = {}
        """The times of each server's failures since its last success."""

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def with_retries(self, url: str, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, which requests `url`; repeat it after a RetryError, with growing waits.

        Raises FeedUnreachableError after the last attempt, and at once for a server that has failed too often.
        """
        host = _host(url)
        failures = [moment for moment in self._failures.pop(host, []) if time.monotonic() - moment < COOL_DOWN]
        if len(failures) >= MAX_FAILURES:
            self._failures[host] = failures
            raise FeedUnreachableError(f"{host} has failed {MAX_FAILURES} times and is not asked for a while", LATER)
        for attempt in range(1, self._options.attempts + 1):
            try:
                result = work()
            except RetryError as error:
                wait = self._options.backoff * 2 ** (attempt - 1) if error.wait is None else error.wait
                if attempt == self._options.attempts or wait > self._options.longest_wait:
                    self._failures[host] = [*failures, time.monotonic()]
                    raise
                time.sleep(wait)
            else:
                return result
        raise AssertionError("the last attempt returns or raises")

    def read(self, url: str, largest: int, headers: Mapping[str, str]) -> WebResponse:
        """Return the whole response to a request. Raises FeedError, also for more than `largest` bytes."""
        return self.with_retries(url, lambda: self._read(url, largest, headers))

    def _read(self, url: str, largest: int, headers: Mapping[str, str]) -> WebResponse:
        with self.stream(url, {"Accept-Encoding": "gzip", **headers}, self._options.feed_time) as (response, moved_to):
            if response.status_code not in {200, 304}:
                raise FeedError(f"{safe_url(url)} answers {response.status_code}, which is unexpected", GONE)
            content = bytearray()
            body = self.body(response) if response.status_code == 200 else iter(())
            for chunk in _unpacked(body, response, largest):
                content += chunk
                if len(content) > largest:
                    raise FeedError(f"{safe_url(url)} is larger than {largest:,} bytes", "That is the limit.")
            return WebResponse(
                response.status_code,
                bytes(content),
                str(response.url),
                media_type_of(response),
                header_value(response, "etag"),
                header_value(response, "last-modified"),
                moved_to,
            )

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], limit: float) -> Iterator[tuple[httpx.Response, str | None]]:
        """Send a request, follow redirects, and yield the response with its body unread, and the permanent new address.

        `limit` is in seconds, until the end of the body. Raises FeedError for an error status.
        """
        permanent, moved_to = True, None
        for _ in range(self._options.redirects + 1):
            response = self._send(url, headers, limit)
            try:
                if response.status_code in REDIRECTS and "location" in response.headers:
                    permanent = permanent and response.status_code in PERMANENT
                    url = _joined(url, response.headers["location"])
                    moved_to = url if permanent else moved_to
                    continue
                _check_status(response, url)
                yield response, moved_to
                return
            finally:
                response.close()
        raise FeedError(f"{safe_url(url)} redirects too many times", "Look where it leads in a browser.")

    def _send(self, url: str, headers: Mapping[str, str], limit: float) -> httpx.Response:
        if not url.lower().startswith(("http://", "https://")):
            raise FeedError(f"{safe_url(url)} is not a web address", "Only http:// and https:// are fetched.")
        self._wait_for(_host(url))
        # Cookies of one server must not be sent to the next.
        self._client.cookies.clear()
        self._wire.deadline = time.monotonic() + limit
        with mapped_errors(url):
            return self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)

    def _wait_for(self, host: str) -> None:
        since = time.monotonic() - self._asked.get(host, float("-inf"))
        if since < self._options.delay:
            time.sleep(self._options.delay - since)
        if len(self._asked) > 10_000:
            self._asked.clear()
        self._asked[host] = time.monotonic()

    def body(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield the raw body in chunks. Raises RetryError if it breaks off or is too slow."""
        stretch, got = time.monotonic(), 0
        chunks = response.iter_raw()
        while True:
            with mapped_errors(str(response.url)):
                chunk = next(chunks, None)
            if chunk is None:
                return
            got += len(chunk)
            elapsed = time.monotonic() - stretch
            if elapsed > self._options.stall:
                if got < self._options.slowest * elapsed:
                    raise RetryError(f"{safe_url(str(response.url))} is too slow: {got / elapsed:,.0f} bytes a second")
                stretch, got = time.monotonic(), 0
            yield chunk


def post(url: str, content: bytes, headers: Mapping[str, str], seconds: float, *, allow_private: bool) -> int:
    """Send content within so many seconds, and return the status of the answer, which is not read or followed.

    Raises FeedError.
    """
    wire = PublicBackend(allow_private)
    wire.deadline = time.monotonic() + seconds
    named = {"User-Agent": _user_agent(), **headers}
    with (
        mapped_errors(url),
        httpx.Client(transport=Transport(wire), timeout=seconds, trust_env=False) as client,
        client.stream("POST", url, content=content, headers=named) as response,
    ):
        return response.status_code


def _unpacked(chunks: Iterable[bytes], response: httpx.Response, largest: int) -> Iterator[bytes]:
    """Decompress a body in limited pieces: a few bytes of gzip can expand to gigabytes."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"} or response.status_code == 304:
        yield from chunks
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise FeedError(f"{safe_url(str(response.url))} is compressed as {encoding[:40]!r}, which is not supported")
    unpacker = zlib.decompressobj(wbits=47)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, largest + 1)
    except zlib.error as error:
        raise RetryError(f"{safe_url(str(response.url))} cannot be decompressed: {error}") from error
    if not unpacker.eof:
        raise RetryError(f"{safe_url(str(response.url))} broke off")


def _check_status(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in {200, 206, 304, 416}:
        return
    problem = f"{safe_url(url)} answers {status} {clean_text(response.reason_phrase)[:60]}".rstrip()
    if status in RETRY_STATUSES:
        raise RetryError(problem, retry_after(response.headers.get("retry-after", "")))
    raise FeedError(problem, GONE)


@contextmanager
def mapped_errors(url: str) -> Iterator[None]:
    """Convert exceptions of the HTTP libraries into FeedError."""
    try:
        yield
    except FOREIGN as error:
        reason = clean_text(str(error))[:160] or type(error).__name__
        if isinstance(error, httpx.RemoteProtocolError):
            # httpx itself raises this only for the target of a redirect; the rest comes from httpcore.
            raise _invalid_redirect(url) from error
        # The latter comes from host names that cannot be, such as `xn--`.
        if isinstance(
            error, UnicodeError | httpx.InvalidURL | httpx.UnsupportedProtocol | httpcore.UnsupportedProtocol
        ):
            raise FeedError(f"{safe_url(url)} is not a web address: {reason}", "Check it in the feed.") from error
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            raise FeedError(f"{safe_url(url)} has no valid certificate: {reason}", "Check the address.") from error
        raise RetryError(f"{safe_url(url)} does not answer correctly: {reason}") from error


def media_type_of(response: httpx.Response) -> str:
    """Return the media type of a response, in lower case, without parameters."""
    return clean_text(response.headers.get("content-type", "")[:200]).partition(";")[0].strip().lower()


def header_value(response: httpx.Response, name: str) -> str | None:
    """Return a header that a later request sends back (such as ETag), if it is safe to send."""
    value = response.headers.get(name, "").strip()
    return value if 0 < len(value) <= 1000 and value.isascii() and value.isprintable() else None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise _invalid_redirect(url) from error


def _invalid_redirect(url: str) -> FeedError:
    return FeedError(f"{safe_url(url)} redirects to an invalid address", "Look where it leads in a browser.")


def safe_url(url: str) -> str:
    """Return an address for messages: without password and query, which may be secret."""
    text = clean_text(url[:2000])
    return re.sub(r"(?<=//)[^/?#]*@", "", text).partition("?")[0][:200]


def masked_url(url: str) -> str:
    """Return an address to list: whole, except for its password and what a query calls a secret."""
    text = re.sub(r"(?<=//)[^/?#]*@", f"{MASK}@", clean_text(url[:2000]))
    place, mark, query = text.partition("?")
    return place + mark + SECRET.sub(rf"\1{MASK}", query)


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        return ""


def _user_agent() -> str:
    try:
        return f"radio-archive/{version('radio-archive')} (keeps podcast feeds in a local archive)"
    except PackageNotFoundError:
        return "radio-archive (keeps podcast feeds in a local archive)"
