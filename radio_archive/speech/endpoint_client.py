"""Requests to a server that transcribes, by the protocol of OpenAI's `/v1/audio/transcriptions`.

The key comes from the environment alone. It is sent to the configured host and nowhere else: no redirect is followed.
What a server answers is bounded in time and size, and no part of an answer that is shown or kept has the key in it.
"""

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

import httpx

from radio_archive.config.settings import ENDPOINT, EngineOptions
from radio_archive.errors import (
    EndpointError,
    EndpointFailedError,
    EndpointUnreachableError,
    RadioArchiveError,
    TranscriptionError,
    UsageError,
)
from radio_archive.models import clean_text
from radio_archive.text.times import retry_after

KEY = "RADIO_ARCHIVE_API_KEY"
"""The environment variable with the key."""
SHORTEST_KEY = 8
"""Characters from which a key is taken out of what a server answers: a shorter one may be a word."""
MASK = "***"
BUSY = frozenset({408, 425, 429, 502, 503, 504})
"""Status codes that say nothing of the clip: the same request may succeed later."""
REFUSED = frozenset({401, 402, 403, 407})
"""Status codes for a key that is missing, wrong or used up."""
FORM = ("response_format", "verbose_json", "timestamp_granularities", "without_timestamps")
"""What a server names that cannot give the times of words, or does not know how Whisper marks sentences."""
URL_LIKE = 'Write it like "http://127.0.0.1:8000/v1".'
PAGE = "Is engine.url the address of its API, also its http or https? It mostly ends in /v1."
SLOW = "takes too long for one answer"
LOGS = "Look at what the server logs."
MODELS = "models"
"""Where a server lists its models, if it does."""
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError)


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits on requests. Times are in seconds, sizes in bytes."""

    attempts: int = 4
    backoff: float = 1.0
    """Before the second attempt; doubled before each further one."""
    longest_wait: float = 60.0
    """Of what a server asks for in Retry-After; if it asks for more, it counts as unreachable at once."""
    connect: float = 15.0
    silence: float = 300.0
    """Without a byte. A busy server may need minutes until it begins with a window."""
    whole: float = 600.0
    """For one attempt, from its beginning to the end of the answer."""
    largest: int = 4_000_000
    """Of an answer. One for 30 seconds of speech has some ten thousand."""


class UnknownFormError(TranscriptionError):
    """The endpoint cannot answer in the form that has times, with this model."""


class _RetryError(Exception):
    """An attempt failed in a way that may pass; if not, `last` is raised. `wait` is of Retry-After, in seconds."""

    def __init__(self, last: RadioArchiveError, wait: float | None = None) -> None:
        super().__init__(last)
        self.last, self.wait = last, wait


def base_url(options: EngineOptions) -> httpx.URL:
    """Return the address of the endpoint in the settings. Raises UsageError where there is none."""
    if not options.url:
        problem = f"the model {options.model!r} is one of an endpoint, and there is no engine.url"
        raise UsageError(problem, 'Set it in radio-archive.toml, under [engine]: url = "http://127.0.0.1:8000/v1".')
    try:
        return httpx.URL(options.url.rstrip("/") + "/")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError(f"engine.url is no address: {error}", URL_LIKE) from error


def api_key() -> str | None:
    """Return the key from the environment; None without one. Raises UsageError for what cannot be sent."""
    key = os.environ.get(KEY, "").strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(f"what is in {KEY} is no key", "A key has neither spaces nor line breaks, only ASCII.")
    return key or None


class EndpointClient:
    """One endpoint and one of its models. Used from several threads."""

    def __init__(self, options: EngineOptions, patience: Patience | None = None) -> None:
        """Connects to nothing yet. Raises UsageError for no address, and for a key that cannot be sent."""
        self.url, self._key = base_url(options), api_key()
        self.model = options.model.removeprefix(ENDPOINT)
        if not self.model:
            raise UsageError("endpoint: names no model", 'Name one that it has: "endpoint:whisper-1".')
        self._patience = patience or Patience()
        self._stopped = Event()
        self._http = httpx.Client(
            timeout=httpx.Timeout(self._patience.silence, connect=self._patience.connect),
            headers={
                "User-Agent": f"radio-archive/{version('radio-archive')}",
                "Accept-Encoding": "identity",
                **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            },
            limits=httpx.Limits(max_connections=None),
        )

    @property
    def host(self) -> str:
        """Where it is, for people and for provenance: `http://127.0.0.1:8000`."""
        return f"{self.url.scheme}://{self.url.netloc.decode('ascii', 'replace')}"

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def close(self) -> None:
        """Give up: requests that wait for another attempt fail at once."""
        self._stopped.set()
        self._http.close()

    def transcribe(self, sound: bytes, fields: Sequence[tuple[str, str]]) -> object:
        """Return what the endpoint answers for the FLAC file `sound`: parsed JSON, or text.

        Raises EndpointError for what it refuses whatever it gets, and TranscriptionError where it fails on this sound.
        """
        files = {"file": ("window.flac", sound, "audio/flac")}
        data: dict[str, Any] = {"model": self.model}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self._answer(self._with_retries("POST", "audio/transcriptions", data=data, files=files))

    def models(self) -> list[str] | None:
        """Return the names of its models; None where it does not list them. Raises EndpointError."""
        try:
            found = self._answer(self._with_retries("GET", MODELS))
        except TranscriptionError:
            return None
        listed = found.get("data") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            return None
        return [one["id"] for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)]

    def _with_retries(self, method: str, path: str, **content: Any) -> httpx.Response:
        for attempt in range(1, self._patience.attempts + 1):
            try:
                return self._checked(self._send(method, path, **content), path)
            except _RetryError as error:
                wait = self._patience.backoff * 2 ** (attempt - 1) if error.wait is None else error.wait
                if attempt == self._patience.attempts or wait > self._patience.longest_wait:
                    raise error.last from None
                if self._stopped.wait(wait):
                    raise EndpointUnreachableError(f"{self.host} was not asked again", "The run was stopped.") from None
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send a request and return the answer, with its body read as far as is allowed.

        It has a thread of its own, which is left behind if that takes too long: headers that come a byte now and then
        would hold it for hours.
        """
        done: SimpleQueue[httpx.Response | Exception] = SimpleQueue()

        def receive() -> None:
            try:
                done.put(self._received(method, path, **content))
            except Exception as error:
                done.put(error)

        Thread(target=receive, name="endpoint", daemon=True).start()
        try:
            found = done.get(timeout=self._patience.whole)
        except Empty:
            raise self._no_answer(SLOW) from None
        if isinstance(found, Exception):
            raise found
        return found

    def _received(self, method: str, path: str, **content: Any) -> httpx.Response:
        until = time.monotonic() + self._patience.whole
        try:
            with self._http.stream(method, self.url.join(path), **content) as response:
                body = bytearray()
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > self._patience.largest:
                        problem = f"{self.host} answers with more than {self._patience.largest:,} bytes"
                        raise TranscriptionError(problem, "No 30 seconds of speech have so many: look at the server.")
                    if time.monotonic() > until:
                        raise self._no_answer(SLOW)
                return httpx.Response(response.status_code, headers=_kept(response.headers), content=self._safe(body))
        except FOREIGN as error:
            raise self._failure(error) from None
        except RuntimeError:
            # The client was closed meanwhile.
            raise EndpointUnreachableError(f"{self.host} was not asked", "The run was stopped.") from None

    def _safe(self, body: bytes | bytearray) -> bytes:
        """Return an answer without the key, which some servers repeat."""
        key = self._key if self._key and len(self._key) >= SHORTEST_KEY else None
        return bytes(body).replace(key.encode(), MASK.encode()) if key else bytes(body)

    def _failure(self, error: Exception) -> Exception:
        """Return why there is no answer: something that may pass, or not."""
        reason = self._safe((clean_text(str(error))[:160] or type(error).__name__).encode()).decode()
        if isinstance(error, httpx.TimeoutException):
            return self._no_answer("does not answer in time")
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
            return EndpointError(f"engine.url is no address: {reason}", URL_LIKE)
        if isinstance(error, httpx.ConnectError) and "[SSL" in reason and "EOF" not in reason:
            advice = "Is engine.url right, also its https? SSL_CERT_FILE can name the certificate to trust."
            return EndpointError(f"no safe connection to {self.host}: {reason}", advice)
        return self._no_answer(f"does not answer: {reason}")

    def _no_answer(self, what: str) -> _RetryError:
        advice = "Is it running, and is engine.url right, also its http or https?"
        return _RetryError(EndpointUnreachableError(f"{self.host} {what}", advice))

    def _checked(self, response: httpx.Response, path: str) -> httpx.Response:
        """Return an answer that is one. Raises _RetryError, EndpointError or TranscriptionError for any other."""
        status = response.status_code
        if status == 200:
            return response
        said = _message(response)
        problem = f"{self.host} answers {status}{f': {said}' if said else ''}"
        if status in BUSY:
            wait = retry_after(response.headers.get("retry-after", ""))
            raise _RetryError(EndpointUnreachableError(problem, "It is busy, or allows no more for now."), wait)
        if status >= 500:
            raise _RetryError(EndpointFailedError(problem, LOGS))
        if status in REFUSED:
            advice = f"It does not take the key in {KEY}." if self._key else f"Put its key into {KEY}."
            raise EndpointError(problem, f"{advice} No key belongs into radio-archive.toml.")
        if 300 <= status < 400:
            raise EndpointError(f"{problem}, which leads elsewhere", "Set engine.url to where it leads.")
        if status in {404, 405, 501} and path != MODELS:
            advice = f"Has it a model {self.model!r}, and does engine.url end as it should, mostly in /v1?"
            raise EndpointError(f"{problem} for {path}", advice)
        if status == 413:
            advice = "A window has at most 1 MB: let the server, or the proxy before it, take so much."
            raise EndpointError(problem, advice)
        if any(name in said for name in FORM):
            raise UnknownFormError(problem)
        if self.model in said:
            raise EndpointError(problem, "Name a model that it has: --model endpoint:NAME.")
        if path != MODELS and _is_page(response):
            # That of a proxy, mostly, which says nothing of the sound.
            raise EndpointError(f"{problem} and a web page", PAGE)
        raise TranscriptionError(problem, LOGS)

    def _answer(self, response: httpx.Response) -> object:
        """Return the parsed JSON of an answer, or its text. Raises EndpointError for a web page."""
        if _is_page(response):
            raise EndpointError(f"{self.host} answers with a web page", PAGE)
        text = response.content.decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if _kind(response) == "text/plain":
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise TranscriptionError(
                f"{self.host} answers with what is no JSON", "Is it a server for transcriptions as OpenAI's?"
            ) from None


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that are looked at: a body that is read already must not be unpacked again."""
    return {name: headers[name] for name in ("content-type", "retry-after") if name in headers}


def _kind(response: httpx.Response) -> str:
    kind: str = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind


def _is_page(response: httpx.Response) -> bool:
    begins = re.match(rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|html)", response.content)
    return begins is not None or _kind(response) == "text/html"


def _message(response: httpx.Response) -> str:
    """Return what an error answer says, short and in one line; empty for a web page."""
    text = response.content[:100_000].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "" if "<" in text else clean_text(text)[:200]
    for name in ("error", "message", "detail"):
        if isinstance(found, dict):
            found = found.get(name, found)
    return clean_text(found if isinstance(found, str) else json.dumps(found))[:200]
