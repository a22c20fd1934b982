"""Download the new items of a feed into a folder: the audio, its transcripts and the feed's metadata.

During a download, files have hidden names ending in `.part`, which no watcher takes. The sidecars are written before
the audio gets its name, so a watcher always finds an item complete.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from radio_archive.archive.archive import locked
from radio_archive.errors import FULL, FeedError, UsageError, disk_full
from radio_archive.feeds.client import FetchOptions, WebClient, safe_url
from radio_archive.feeds.transfer import Transfer, write_new
from radio_archive.metadata.feed.chapters import read_chapters_file
from radio_archive.metadata.feed.claims import LARGEST, sidecar_of
from radio_archive.metadata.feed.reader import AUDIO, Enclosure, Feed, FeedItem, read_feed, suffix_of
from radio_archive.models import clean_text
from radio_archive.roots import Root, rename

LOCK = ".radio-archive-feeds.lock"
PART = ".part"
LONGEST_STEM = 170
"""Bytes: with its dot, its suffixes and what a watcher adds, a name stays below 200."""
STALE_AFTER = 30 * 86_400.0
"""Seconds after which an unfinished file is deleted if its download was not continued."""
MOST_TRANSCRIPTS = 8
"""Transcripts of one item that are tried, at most."""

_TRANSCRIPTS = {
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "application/srt": ".srt",
    "text/srt": ".srt",
    "application/json": ".json",
    "text/plain": ".txt",
    "text/html": ".html",
}
_UNTIMED = frozenset({".txt", ".html"})
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_OURS = re.compile(r"\..*[0-9a-f]{8}(?:\.\w+)?\.part(?:\.json~?)?")


class ItemOutcome(StrEnum):
    """The outcome of an item."""

    DOWNLOADED = "downloaded"
    KNOWN = "known"
    """Already there, by its guid or by its audio."""
    WITHOUT_AUDIO = "without audio"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PulledItem:
    """The result for one item."""

    item: FeedItem
    fate: ItemOutcome
    path: Path | None = None
    """The path of its audio."""
    sha256: str | None = None
    """The digest of its audio, if it was fetched."""
    cause: FeedError | None = None
    """Why it failed; `cause.transient`: the next pull may succeed."""
    warnings: tuple[str, ...] = ()
    """What is missing besides the audio."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How many bytes of an item's audio have come, and the total if it is known."""

    item: FeedItem
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed, or None if it has not changed, and the validators for the next request.

    Store `etag` and `last_modified` only after all items have come: an unchanged feed is not read again.
    """

    feed: Feed | None
    etag: str | None
    last_modified: str | None
    moved_to: str | None = None
    """Its new address, if its server says it moved for good."""


def never_known(_: str) -> bool:
    """The default lookup: every item is new."""
    return False


def ignore_progress(progress: DownloadProgress) -> None:
    """The default progress listener, which does nothing."""


class Downloads:
    """Fetches feeds and their items. Handles one item at a time, and can be interrupted at any moment.

    `known_guid` is called before an item is fetched, `known_content` (with a SHA-256) before it is kept. `show` is the
    show's name, if the feed uses another one.
    """

    def __init__(
        self,
        options: FetchOptions | None = None,
        *,
        known_guid: Callable[[str], bool] = never_known,
        known_content: Callable[[str], bool] = never_known,
        listen: Callable[[DownloadProgress], None] = ignore_progress,
        show: str | None = None,
    ) -> None:
        self._options = options or FetchOptions()
        self._web = WebClient(self._options)
        self._known_guid, self._known_content, self._listen = known_guid, known_content, listen
        self._show = show

    def close(self) -> None:
        self._web.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchedFeed:
        """Return the feed at `url`. Raises FeedError."""
        headers = {"Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        answer = self._web.read(url, self._options.largest_feed, headers)
        if answer.status == 304:
            return FetchedFeed(None, etag, last_modified, answer.moved_to)
        feed = replace(read_feed(answer.content, answer.url), url=url)
        return FetchedFeed(feed, answer.etag, answer.last_modified, answer.moved_to)

    def pull(
        self, feed: Feed, folder: Path, items: Iterable[FeedItem] | None = None, root: Root | None = None
    ) -> Iterator[PulledItem]:
        """Fetch the new items of a feed, or those of `items`, into `folder`, and yield the result of each.

        Below `root`, which is `folder` unless another is given, no link is followed.

        Raises UsageError if the folder cannot be used or another pull is using it, and DiskFullError.
        An interrupted download continues where it stopped when the same item is pulled again.
        """
        root = root or Root(folder)
        folder = folder.absolute()
        with _locked(root, folder):
            _delete_stale(root, folder)
            for item in feed.items if items is None else items:
                yield self._pulled(feed, item, root, folder)

    def _pulled(self, feed: Feed, item: FeedItem, root: Root, folder: Path) -> PulledItem:
        if item.enclosure is None:
            return PulledItem(item, ItemOutcome.WITHOUT_AUDIO)
        if self._known_guid(item.guid):
            return PulledItem(item, ItemOutcome.KNOWN)
        try:
            return self._item(feed, item, item.enclosure, root, folder / stem_of(feed, item))
        except FeedError as error:
            return PulledItem(item, ItemOutcome.FAILED, cause=error)
        except OSError as error:
            if error.errno in FULL:
                raise disk_full(error) from error
            problem = f"cannot write to {folder}: {error.strerror or error}"
            cause = FeedError(problem, "Check the folder and its permissions.")
            return PulledItem(item, ItemOutcome.FAILED, cause=cause)

    def _item(self, feed: Feed, item: FeedItem, enclosure: Enclosure, root: Root, place: Path) -> PulledItem:
        def report(done: int, total: int | None) -> None:
            self._listen(DownloadProgress(item, done, total))

        part = place.with_name(f".{place.name}{PART}")
        transfer = Transfer(self._web, self._options, enclosure.url, root, part, report)
        here = next((path for path in _with_suffixes(place) if root.exists(path)), None)
        if here:
            # An earlier pull was stopped just after renaming the file.
            transfer.discard()
            return PulledItem(item, ItemOutcome.DOWNLOADED, here, _sha256_of(root, here))
        media_type = transfer.run()
        suffix = suffix_of(enclosure.url, enclosure.media_type, media_type)
        if not suffix:
            transfer.discard()
            raise FeedError(f"{safe_url(enclosure.url)} is not a known kind of audio: {media_type[:60]!r}")
        sha256 = _sha256_of(root, part)
        if self._known_content(sha256):
            transfer.discard()
            return PulledItem(item, ItemOutcome.KNOWN, sha256=sha256)
        warnings = self._write_sidecars(feed, item, root, place)
        path = place.with_name(f"{place.name}{suffix}")
        rename(root, part, root, path)
        transfer.discard()
        return PulledItem(item, ItemOutcome.DOWNLOADED, path, sha256, warnings=tuple(warnings))

    def _write_sidecars(self, feed: Feed, item: FeedItem, root: Root, place: Path) -> list[str]:
        """Write the sidecars of an item. Return warnings about what could not be fetched."""
        suffixes: list[str] = []
        warnings: list[str] = []
        parsed: object = None
        for suffix, url in _transcripts(item):
            if suffix in _UNTIMED and (suffixes or parsed is not None):
                continue
            try:
                content = self._transcript(suffix, url)
            except FeedError as error:
                warnings.append(f"no transcript from {safe_url(url)}: {error.problem}")
                continue
            if suffix == ".json":
                # The feed's metadata already uses the .json file of this stem.
                parsed = json.loads(content)
            else:
                _write(root, place.with_name(f"{place.name}{suffix}"), content)
                suffixes.append(suffix)
        try:
            item = self._with_chapters(item)
        except FeedError as error:
            warnings.append(f"no chapters from {safe_url(item.chapters_url or '')}: {error.problem}")
        document = self._document(feed, item, suffixes, parsed)
        if document is None:
            warnings.append("its JSON transcript is too large to keep")
            document = sidecar_of(feed, item, transcript_suffixes=suffixes, show=self._show)
        _write(root, place.with_name(f"{place.name}.json"), document)
        return warnings

    def _document(self, feed: Feed, item: FeedItem, suffixes: Sequence[str], transcript: object) -> bytes | None:
        try:
            document = sidecar_of(feed, item, transcript_suffixes=suffixes, transcript=transcript, show=self._show)
        except RecursionError:
            return None
        return document if len(document) <= LARGEST else None

    def _with_chapters(self, item: FeedItem) -> FeedItem:
        """The item with the chapters from the linked file, unless the feed itself has chapters."""
        if not item.chapters_url or item.chapters:
            return item
        answer = self._web.read(
            item.chapters_url, self._options.largest_transcript, {"Accept": "application/json, */*;q=0.5"}
        )
        chapters = read_chapters_file(answer.content)
        if chapters is None:
            raise FeedError("it is not a chapters file")
        return replace(item, chapters=chapters)

    def _transcript(self, suffix: str, url: str) -> bytes:
        answer = self._web.read(
            url, self._options.largest_transcript, {"Accept": "text/*, application/json, */*;q=0.5"}
        )
        content = answer.content.removeprefix(b"\xef\xbb\xbf")
        if suffix == ".json":
            try:
                parsed = json.loads(content)
                is_one = isinstance(parsed, dict) and isinstance(parsed.get("segments"), list)
            except (ValueError, RecursionError):
                is_one = False
        elif suffix in _UNTIMED:
            is_one = bool(content.strip())
        else:
            is_one = b"-->" in content and (suffix != ".vtt" or content.startswith(b"WEBVTT"))
        if not is_one:
            raise FeedError(f"it is not a {suffix} transcript")
        return content


def stem_of(feed: Feed, item: FeedItem) -> str:
    """Return the name, without suffix, of an item's files: from its date and title, and unique to the item.

    It is always the same for an item and is never reused for another one, as a watcher may remember it.
    """
    digest = hashlib.sha256(f"{feed.url}\0{item.guid}".encode("utf-8", "replace")).hexdigest()[:8]
    words = clean_text(_UNFIT.sub(" ", f"{item.date or ''} {item.title or feed.title or ''}")).lstrip(".~$- ")
    words = words.encode("utf-8", "replace")[:LONGEST_STEM].decode("utf-8", "ignore").strip(". ")
    return f"{words} {digest}".strip()


def folder_of(show: str) -> str:
    """Return the folder name for a show's items; always a single, valid name, or empty for an empty show name."""
    words = clean_text(_UNFIT.sub(" ", show)).lstrip(".~$- ")
    return words.encode("utf-8", "replace")[:LONGEST_STEM].decode("utf-8", "ignore").strip(". ")


def _with_suffixes(place: Path) -> Iterator[Path]:
    return (place.with_name(f"{place.name}{suffix}") for suffix in sorted(AUDIO))


def _transcripts(item: FeedItem) -> list[tuple[str, str]]:
    """One transcript of each known kind, those with times first."""
    found: dict[str, str] = {}
    for link in item.transcripts:
        path = link.url.partition("?")[0].lower()
        named = next((suffix for suffix in (".vtt", ".srt", ".json", ".txt", ".html") if path.endswith(suffix)), "")
        suffix = _TRANSCRIPTS.get(link.media_type, named)
        # Some servers give text/plain for all unknown types.
        suffix = named if suffix == ".txt" and named else suffix
        if suffix:
            found.setdefault(suffix, link.url)
    order = list(dict.fromkeys(_TRANSCRIPTS.values()))
    return sorted(found.items(), key=lambda pair: order.index(pair[0]))[:MOST_TRANSCRIPTS]


def _sha256_of(root: Root, path: Path) -> str:
    with root.reader(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(root: Root, path: Path, content: bytes) -> None:
    """Write a file atomically."""
    half = path.with_name(f".{path.name}{PART}")
    write_new(root, half, content)
    root.replace(half, path)


@contextmanager
def _locked(root: Root, folder: Path) -> Iterator[None]:
    """Lock a folder, so that two pulls never write the same file."""
    try:
        if folder == root.path:
            folder.mkdir(exist_ok=True)
        root.make_folder(folder)
        busy = UsageError(f"another pull is writing to {folder}", "Wait for it, or stop it.")
        lock = locked(folder / LOCK, busy)
    except OSError as error:
        problem = f"cannot use the folder {folder}: {error.strerror or error}"
        raise UsageError(problem, "Create it, or give another one.") from error
    with lock:
        yield


def _delete_stale(root: Root, folder: Path) -> None:
    """Delete old unfinished files of items that their feeds no longer list."""
    before = time.time() - STALE_AFTER
    with suppress(OSError), root.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < before:
                root.unlink(folder / entry.name)
