"""Download one file completely or not at all; an interrupted download continues where it stopped.

A note beside the unfinished file says which file it is part of. The download continues only with the same file: if the
server has another one by now, or cannot tell, it starts again.
"""

import io
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from errno import ENOSPC
from pathlib import Path
from re import fullmatch
from typing import Any

import httpx

from radio_archive.errors import FULL, FeedError, disk_full
from radio_archive.feeds.client import (
    GONE,
    FetchOptions,
    RetryError,
    WebClient,
    header_value,
    media_type_of,
    safe_url,
)
from radio_archive.roots import Root

LARGEST_NOTE = 10_000
"""Bytes of the note, at most."""
REPORT_INTERVAL = 0.1
"""Seconds between two progress reports, at least."""
_PAGES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "application/json"})

Report = Callable[[int, int | None], None]
"""Called with the number of bytes so far, and the total if it is known."""


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    """The file that is being downloaded, as its server describes it."""

    url: str
    etag: str | None
    last_modified: str | None
    total: int | None
    media_type: str

    @classmethod
    def of(cls, url: str, response: httpx.Response) -> "_RemoteFile":
        length = response.headers.get("content-length", "")
        return cls(
            url,
            header_value(response, "etag"),
            header_value(response, "last-modified"),
            int(length) if fullmatch(r"\d{1,15}", length) else None,
            media_type_of(response),
        )

    @classmethod
    def noted(cls, note: dict[str, Any]) -> "_RemoteFile":
        """Read a note. Raises TypeError or KeyError if it is invalid."""
        texts = [note["url"], note["media_type"], note["etag"] or "", note["last_modified"] or ""]
        if not all(isinstance(text, str) for text in texts) or not isinstance(note["total"], int | None):
            raise TypeError
        return cls(**note)

    @property
    def validator(self) -> str | None:
        """The value by which a server recognises the same file; a weak tag is not enough."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


class Transfer:
    """Downloads one file to `part`, in `root`; the note beside it has the same name plus `.json`."""

    def __init__(self, web: WebClient, options: FetchOptions, url: str, root: Root, part: Path, report: Report) -> None:
        self._root = root
        self._web, self._options, self._url, self._part, self._report = web, options, url, part, report
        self._note = part.with_name(f"{part.name}.json")
        self._reported = 0.0

    def run(self) -> str:
        """Download the file, flush it to the disk, and return the server's media type.

        Raises FeedUnreachableError (the part so far is kept), any other FeedError (nothing is kept), or DiskFullError.
        """
        try:
            return self._web.with_retries(self._url, self._attempt)
        except OSError as error:
            if error.errno in FULL:
                raise disk_full(error) from error
            problem = f"cannot write {self._part}: {error.strerror or error}"
            raise FeedError(problem, "Check the folder and its permissions, then try again.") from error
        except FeedError as error:
            if not error.transient:
                self.discard()
            raise

    def discard(self) -> None:
        """Delete the unfinished file and its note."""
        for path in (self._part, self._note):
            with suppress(OSError):
                self._root.unlink(path)

    def _attempt(self) -> str:
        whole, have = self._partial()
        if whole and whole.total == have:
            return whole.media_type
        headers = {"Accept": "audio/*, video/*;q=0.9, */*;q=0.5"}
        if whole and whole.validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": whole.validator}
        with self._web.stream(self._url, headers, self._options.file_time) as (response, _):
            if response.status_code == 200:
                whole, have = self._start(response), 0
            elif whole and (same := _continued(response, whole, have)):
                whole = same
            else:
                self.discard()
                raise RetryError(f"{safe_url(self._url)} has changed", 0.0)
            self._check(response, whole, have)
            self._receive(response, whole, have)
        return whole.media_type

    def _partial(self) -> tuple[_RemoteFile | None, int]:
        """The noted file and the number of bytes already there, if they can be used."""
        try:
            with self._root.reader(self._note) as file:
                whole = _RemoteFile.noted(json.loads(file.read(LARGEST_NOTE)))
            have = self._root.lstat(self._part).st_size
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None, 0
        is_ours = whole.url.partition("?")[0] == self._url.partition("?")[0]
        is_possible = have > 0 and (whole.total is None or have <= whole.total)
        return (whole, have) if is_ours and is_possible and whole.validator else (None, 0)

    def _start(self, response: httpx.Response) -> _RemoteFile:
        """Write the note for a new download, before its first byte."""
        self.discard()
        whole = _RemoteFile.of(self._url, response)
        half = self._note.with_name(f"{self._note.name}~")
        write_new(self._root, half, json.dumps(asdict(whole)).encode())
        self._root.replace(half, self._note)
        return whole

    def _check(self, response: httpx.Response, whole: _RemoteFile, have: int) -> None:
        if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise FeedError(f"{safe_url(self._url)} is compressed, which is not supported", GONE)
        if whole.media_type in _PAGES:
            raise FeedError(f"{safe_url(self._url)} is not audio but {whole.media_type}", GONE)
        if whole.total is None:
            return
        if whole.total > self._options.largest_file:
            raise self._too_large()
        if whole.total - have > shutil.disk_usage(self._part.parent).free:
            raise OSError(ENOSPC, "No space left on device", str(self._part))

    def _too_large(self) -> FeedError:
        return FeedError(
            f"{safe_url(self._url)} is larger than {self._options.largest_file:,} bytes", "That is the limit."
        )

    def _receive(self, response: httpx.Response, whole: _RemoteFile, have: int) -> None:
        with self._open(have) as file:
            for chunk in self._web.body(response):
                have += len(chunk)
                if have > self._options.largest_file:
                    raise self._too_large()
                file.write(chunk)
                self._progressed(have, whole.total)
            file.flush()
            os.fsync(file.fileno())
        if whole.total is not None and have != whole.total:
            raise RetryError(f"{safe_url(self._url)} broke off: {have:,} of {whole.total:,} bytes came")
        if not have:
            raise FeedError(f"{safe_url(self._url)} is empty", GONE)
        self._report(have, have)

    def _open(self, have: int) -> io.BufferedWriter:
        if not have:
            return self._root.writer(self._part)
        return os.fdopen(self._root.open(self._part, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)), "ab")

    def _progressed(self, have: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_INTERVAL:
            self._reported = now
            self._report(have, total)


def write_new(root: Root, path: Path, content: bytes) -> None:
    """Write a file to the disk in place of what has its name: of a link too, never what that leads to."""
    with suppress(FileNotFoundError):
        root.unlink(path)
    with root.writer(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _continued(response: httpx.Response, whole: _RemoteFile, have: int) -> _RemoteFile | None:
    """Return the file if the response is the rest of it, by its range, length and tag; else None."""
    place = fullmatch(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)", response.headers.get("content-range", "").strip())
    if response.status_code != 206 or place is None or int(place[1]) != have:
        return None
    total = int(place[2]) + 1 if place[3] == "*" else int(place[3])
    tag, changed = header_value(response, "etag"), header_value(response, "last-modified")
    is_same = (
        (whole.total is None or place[3] == "*" or total == whole.total)
        and (not tag or not whole.etag or tag == whole.etag)
        and (not changed or not whole.last_modified or changed == whole.last_modified)
    )
    return replace(whole, total=whole.total or total) if is_same else None
