"""Downloads what is not on this machine, a few files ahead of the engine, into folders that are deleted afterwards.

Each entry has a folder of its own in the media folder's incoming area. What is there when a run is killed is used by
the next one, which begins by deleting what no entry waits for.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from radio_archive.archive.backfill import Entry, EntryKind
from radio_archive.archive.media import INCOMING
from radio_archive.backfill import storage
from radio_archive.errors import FeedError, RadioArchiveError, file_errors
from radio_archive.feeds.client import FetchOptions, WebClient, safe_url
from radio_archive.feeds.pull import Downloads, ItemOutcome, folder_of
from radio_archive.feeds.transfer import Transfer
from radio_archive.metadata.feed.claims import carried_by
from radio_archive.metadata.feed.reader import suffix_of
from radio_archive.roots import Root, rename

FOLDER = "backfill"
AHEAD = 4
"""Files that are downloaded before the engine has room for them, at most: they take space."""
PART = ".part"


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A downloaded file, and the root in which it is."""

    path: Path
    root: Root


Fetched = tuple[Entry, "FetchedFile | RadioArchiveError | None"]
"""An entry with its downloaded file, or why that did not come; None for a file that is here anyway."""


class Fetcher:
    """Downloads entries on one thread. A context manager: at its end, a download is left as it is, for the next run."""

    def __init__(self, media: Path, options: FetchOptions) -> None:
        """`media` is the archive's media folder."""
        self._root = Root(media / INCOMING / FOLDER)
        self._options = options
        # One thread: it is polite to servers, and one is much faster than any engine.
        self._pool = ThreadPoolExecutor(1, "fetcher")
        self._web, self._downloads = WebClient(options), Downloads(options)

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        with suppress(OSError):
            self._root.real.rmdir()

    def sweep(self, is_waiting: Callable[[int], bool]) -> None:
        """Delete the folders of entries that wait no more."""
        with suppress(OSError), self._root.scandir(self._root.path) as entries:
            for name in [entry.name for entry in entries]:
                if not (name.isdecimal() and is_waiting(int(name))):
                    shutil.rmtree(self._root.real / name, ignore_errors=True)

    def ahead(self, entries: Iterable[Entry]) -> Iterator[Fetched]:
        """Yield entries in their order, each with its file; the next few are downloaded meanwhile."""
        waiting: deque[tuple[Entry, Future[FetchedFile] | None]] = deque()
        for entry in entries:
            is_here = entry.listed.kind is EntryKind.FILE
            waiting.append((entry, None if is_here else self._pool.submit(self._fetch, entry)))
            if len(waiting) > AHEAD or (is_here and len(waiting) == 1):
                yield _result(*waiting.popleft())
        for entry, fetching in waiting:
            yield _result(entry, fetching)

    def discard(self, entry: Entry) -> None:
        """Delete what was downloaded for an entry."""
        if entry.listed.kind is not EntryKind.FILE:
            shutil.rmtree(self._root.real / str(entry.id), ignore_errors=True)

    def _fetch(self, entry: Entry) -> FetchedFile:
        folder = self._root.path / str(entry.id)
        with file_errors(folder):
            self._root.make_folder(folder)
        root = Root(folder)
        path = self._item(entry, root) if entry.listed.kind is EntryKind.FEED else self._file(entry.listed.source, root)
        return FetchedFile(path, root)

    def _item(self, entry: Entry, root: Root) -> Path:
        """Download an item of a feed, with its transcripts and a sidecar of what the feed says."""
        carried = carried_by(entry.listed.sidecar[1]) if entry.listed.sidecar else None
        if carried is None:
            raise FeedError("what the feed said of this item cannot be read any more", "List the feed again.")
        [pulled] = self._downloads.pull(carried.feed, root.path, [carried.item], root)
        if pulled.cause:
            raise pulled.cause
        if pulled.fate is not ItemOutcome.DOWNLOADED or pulled.path is None:
            raise FeedError("this item has no audio", "Look at it in the feed.")
        return pulled.path

    def _file(self, source: str, root: Root) -> Path:
        name = folder_of(unquote(urlsplit(source).path.rpartition("/")[2])) or "audio"
        target = root.path / name
        if root.exists(target):
            # A run was killed just after renaming it.
            return target
        with file_errors(target):
            if storage.is_web(source):
                return self._from_web(source, root, target)
            storage.download(source, root, target, self._options.largest_file)
        return target

    def _from_web(self, source: str, root: Root, target: Path) -> Path:
        part = target.with_name(f".{target.name}{PART}")
        transfer = Transfer(self._web, self._options, source, root, part, lambda done, total: None)
        media_type = transfer.run()
        suffix = suffix_of(source, media_type)
        if not suffix:
            transfer.discard()
            raise FeedError(f"{safe_url(source)} is not a known kind of audio: {media_type[:60]!r}")
        if target.suffix.lower() != suffix:
            target = target.with_name(f"{target.name}{suffix}")
        with suppress(FileExistsError):
            rename(root, part, root, target)
        transfer.discard()
        return target


def _result(entry: Entry, fetching: "Future[FetchedFile] | None") -> Fetched:
    if fetching is None:
        return entry, None
    try:
        return entry, fetching.result()
    except RadioArchiveError as error:
        return entry, error
