"""Tells a web address about each clip, by a message that is signed as Standard Webhooks asks for.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from radio_archive.archive.deliveries import Delivery
from radio_archive.errors import ConfigError, FeedError
from radio_archive.feeds.client import post, safe_url
from radio_archive.formats.json import summary
from radio_archive.models import Clip

SECRET = "RADIO_ARCHIVE_WEBHOOK_SECRET"  # noqa: S105 - its name
"""The environment variable with the secret that messages are signed with."""
PREFIX = "whsec_"
"""How a secret begins that is written in base 64."""
SECONDS = 10.0
"""Within which an attempt ends."""
WAITS = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
"""Seconds before each further attempt; after the last one, the message failed."""
GONE = 410
"""The receiver wants no more of these."""


def secret_key(address: str) -> bytes:
    """Return the key for signing. Raises ConfigError if there is an address, but no usable secret."""
    given = os.environ.get(SECRET, "")
    coded = given.removeprefix(PREFIX)
    try:
        key = os.fsencode(given) if coded == given else base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if address and not key:
        advice = f"Set {SECRET} to the receiver's secret: {PREFIX} and base 64, or any text."
        raise ConfigError("watch.webhook is set, but there is no secret to sign with", advice)
    return key


def signature(key: bytes, uid: str, timestamp: int, body: bytes) -> str:
    """Return the header `webhook-signature` of a message; `timestamp` is in seconds since 1970."""
    signed = f"{uid}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def message(clip: Clip) -> bytes:
    """Return the body of the message about a clip that was archived."""
    content = {"type": "clip.archived", "timestamp": clip.added_at, "data": summary(clip)}
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def wait_after(attempts: int) -> float | None:
    """Return the seconds before the next attempt, after so many; None for no further one."""
    return float(WAITS[attempts - 1]) if attempts <= len(WAITS) else None


class WebhookSender:
    """Sends one message at a time, on a thread. A context manager."""

    def __init__(self, address: str, *, allow_private: bool) -> None:
        """Raises ConfigError if there is an address but no secret."""
        self._address, self._key = address, secret_key(address)
        self._allow_private = allow_private
        self._pool = ThreadPoolExecutor(1, "webhook")
        self._sending: tuple[Delivery, Future[tuple[str, bool]]] | None = None

    @property
    def wanted(self) -> bool:
        return bool(self._address)

    @property
    def busy(self) -> bool:
        return self._sending is not None

    def send(self, delivery: Delivery, clip: Clip) -> None:
        """Begin to send a message."""
        self._sending = delivery, self._pool.submit(self._post, delivery.uid, message(clip))

    def done(self) -> Iterator[tuple[Delivery, str, bool]]:
        """Yield the message whose attempt has ended, with the problem, if any, and whether it may be tried again."""
        if self._sending and self._sending[1].done():
            delivery, future = self._sending
            self._sending = None
            yield delivery, *future.result()

    def __enter__(self) -> "WebhookSender":
        return self

    def __exit__(self, *_: object) -> None:
        # What is under way is not waited for: it is sent again at the next start.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _post(self, uid: str, body: bytes) -> tuple[str, bool]:
        """Post a message; return the problem, if any, and whether another attempt may succeed."""
        timestamp = int(datetime.now(UTC).timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": uid,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, uid, timestamp, body),
        }
        try:
            status = post(self._address, body, headers, SECONDS, allow_private=self._allow_private)
        except FeedError as error:
            return error.problem, True
        return ("", True) if 200 <= status < 300 else (f"{safe_url(self._address)} answers {status}", status != GONE)
