"""What a source names: a folder, a pattern, a file, a manifest, remote storage, or a feed."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from urllib.parse import urljoin

from radio_archive.archive import backfill
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import EntryKind, ListedFile
from radio_archive.archive.rows import PAGE, pages
from radio_archive.audio.container import SUFFIXES
from radio_archive.backfill import storage
from radio_archive.errors import RadioArchiveError, UnreadableFileError, UsageError, file_errors
from radio_archive.feeds.client import FetchOptions, safe_url
from radio_archive.feeds.pull import Downloads
from radio_archive.formats import manifest
from radio_archive.formats.manifest import ManifestRow, read_manifest
from radio_archive.metadata.feed.claims import sidecar_of
from radio_archive.metadata.feed.reader import Feed, read_feed, suffix_of_url
from radio_archive.metadata.feed.xml import LARGEST as LARGEST_FEED
from radio_archive.metadata.sidecar import examine_sidecar
from radio_archive.models import clean_text
from radio_archive.pipeline.inputs import walk

FEEDS = frozenset({".xml", ".rss", ".atom"})
"""Suffixes of files that are feeds."""
PATTERN = frozenset("*?[")
LARGEST_ITEM = 1 << 18
"""Bytes of what a feed says about one item, at most."""
LONGEST_NAME = 120
"""Characters of a manifest's name in the name of a sidecar."""


def ignored(_: int) -> None:
    """The default progress listener, which does nothing."""


@dataclass(slots=True)
class Lister:
    """Lists sources for an archive. `told` gets a line about each problem; what has none is listed all the same."""

    archive: Archive
    told: Callable[[str], None]
    options: FetchOptions = field(default_factory=FetchOptions)
    zone: tzinfo | None = None
    """The station's, for times in manifests."""
    passed: Counter[str] = field(default_factory=Counter)
    """Files in folders that are neither audio nor belong to it, by suffix."""
    problems: int = 0
    """Lines that were told."""

    def check(self, source: str) -> None:
        """Raise UsageError for a source that cannot be one, before anything is listed."""
        if storage.is_remote(source):
            storage.check_scheme(source)
        elif not Path(source).exists() and not PATTERN & set(source):
            advice = "Name a folder, a file, a pattern, a CSV manifest, a feed, or an address such as s3://…"
            raise UsageError(f"there is no {clean_text(source)}", advice)

    def files(self, source: str) -> Iterator[ListedFile]:
        """Yield the files of a source. An error about the source as a whole is told, and ends it."""
        try:
            yield from self._files(source)
        except RadioArchiveError as error:
            # A command that lists ten sources does not stop at the second.
            self._tell(str(error))

    def _files(self, source: str) -> Iterator[ListedFile]:
        path = Path(source)
        if storage.is_web(source):
            yield from self._of_web(source)
        elif storage.is_remote(source):
            for address in storage.walk(source):
                yield ListedFile(address, EntryKind.REMOTE, root=source)
        elif path.is_dir():
            yield from self._of_folder(path)
        elif not path.exists():
            yield from self._of_pattern(path)
        elif path.suffix.lower() in manifest.SUFFIXES:
            yield from self._of_manifest(path)
        elif path.suffix.lower() in FEEDS:
            with file_errors(path), path.open("rb") as file:
                content = file.read(LARGEST_FEED + 1)
            yield from self._of_feed(read_feed(content, path.absolute().as_uri()))
        else:
            yield ListedFile.at(self.archive, path)

    def _of_folder(self, root: Path) -> Iterator[ListedFile]:
        unread: list[OSError] = []
        for found in walk(root, self.archive.folder, unread, self.passed):
            yield ListedFile.at(self.archive, found.path, root)
            while unread:
                self._tell_unread(unread.pop(), root)
        for error in unread:
            self._tell_unread(error, root)

    def _tell_unread(self, error: OSError, root: Path) -> None:
        folder = Path(error.filename or root)
        problem = f"{folder}: cannot read the folder: {error.strerror}"
        self._tell(str(UnreadableFileError(folder, problem, "Check it, then list it again.")))

    def _of_pattern(self, pattern: Path) -> Iterator[ListedFile]:
        parts = pattern.parts
        plain = next(number for number, part in enumerate(parts) if PATTERN & set(part))
        root, rest = Path(*parts[:plain]), str(Path(*parts[plain:]))
        found = False
        # Path.glob follows no links to folders.
        for path in root.glob(rest):
            hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
            if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
                found = True
                yield ListedFile.at(self.archive, path, root)
        if not found:
            raise UsageError(f"no audio file matches {clean_text(str(pattern))}", "Check the pattern.")

    def _of_manifest(self, path: Path) -> Iterator[ListedFile]:
        name = clean_text(path.name)[:LONGEST_NAME]
        for row in read_manifest(path):
            if not isinstance(row, ManifestRow):
                self._tell(f"{name}, line {row.line}: {row.text}")
                continue
            sidecar = None
            if row.values:
                content = json.dumps(dict(row.values), ensure_ascii=False).encode("utf-8", "replace")
                sidecar = (f"{name}, line {row.line}.json", content)
                problem = examine_sidecar(*sidecar, self.zone).problem
                if problem:
                    self._tell(problem.replace(".json: ", ": ", 1))
            try:
                yield self._placed(row.location, path, sidecar)
            except UsageError as error:
                self._tell(f"{name}, line {row.line}: {error}")

    def _placed(self, location: str, beside: Path, sidecar: tuple[str, bytes] | None) -> ListedFile:
        """Return the file at a path, from a manifest's folder, or at an address."""
        if not storage.is_remote(location):
            return ListedFile.at(self.archive, beside.absolute().parent / location, None, sidecar)
        storage.check_scheme(location)
        return ListedFile(location, EntryKind.REMOTE, sidecar=sidecar)

    def _of_web(self, url: str) -> Iterator[ListedFile]:
        if suffix_of_url(url):
            yield ListedFile(url, EntryKind.REMOTE)
            return
        with Downloads(self.options) as downloads:
            feed = downloads.fetch(url).feed
        if feed:
            yield from self._of_feed(feed)

    def _of_feed(self, feed: Feed) -> Iterator[ListedFile]:
        without = 0
        for item in feed.items:
            if item.enclosure is None:
                without += 1
                continue
            content = sidecar_of(feed, item, private=True)
            if len(content) > LARGEST_ITEM:
                self._tell(f"{safe_url(feed.url)}: what it says of {item.guid[:60]!r} is too long to keep")
                continue
            address = urljoin(feed.url, item.enclosure.url)
            yield ListedFile(address, EntryKind.FEED, f"{feed.url} {item.guid}", sidecar=("feed item.json", content))
        if without == len(feed.items):
            raise UsageError(f"{safe_url(feed.url)} is a feed without audio", "Look for the podcast's own feed.")

    def _tell(self, line: str) -> None:
        self.problems += 1
        self.told(line)


@dataclass(frozen=True, slots=True)
class Listed:
    """How many files sources have, and how many of them the queue did not know."""

    found: int
    new: int


def list_into_queue(
    lister: Lister, sources: Iterable[str], *, retry_failed: bool = False, progress: Callable[[int], None] = ignored
) -> Listed:
    """List `sources` into the queue of the archive, a page in each transaction.

    It may be stopped at any instant: the same sources listed again add what is missing. `progress` is called with the
    number of files so far.
    """
    found = new = 0
    for page in pages(chain.from_iterable(map(lister.files, sources)), PAGE):
        new += backfill.add(lister.archive, page, retry_failed=retry_failed)
        found += len(page)
        progress(found)
    return Listed(found, new)
