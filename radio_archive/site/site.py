"""The site of one Datasette: which archive it shows, to whom, and the threads that read it."""

import asyncio
import logging
import math
import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import database_errors, is_archive
from radio_archive.archive.public.views import hide, holds_hidden_clips
from radio_archive.config.podcasts import Podcasts, fitting
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import ArchiveBusyError, ModelNotFoundError, RadioArchiveError
from radio_archive.site.database import ATTEMPTS, ArchiveDatabase
from radio_archive.site.pools import Pool
from radio_archive.site.server import PLUGIN

if TYPE_CHECKING:
    from concurrent.futures import Future

    from datasette.app import Datasette
    from datasette.database import Database

    from radio_archive.archive.index.embeddings import Embedder

logger = logging.getLogger(__name__)

THREADS = 4
"""Our own threads, so that slow SQL on Datasette's threads does not stop our pages."""
WAITING = 256
"""Pages that may wait for one of them."""
SEARCHERS = max(1, min(THREADS, (os.cpu_count() or 1) - 1))
"""Threads for searches, which give way to those for pages: one processor is left for these."""
SEARCHES_WAITING = 96
"""Searches that may wait for one of them."""
SHARE = 24
"""Searches that one client may have waiting and running: enough for a crowd behind one address, and it takes several to
fill the queue. Whoever else asks waits for one search of each."""
READ_SECONDS = 4.0
"""The most that reading for one page, or one search, may take, in seconds of a processor."""
PATIENCE = 0.5
"""How many seconds a page waits for totals, before it goes without, or with old ones."""
LOOK_SECONDS = 0.01
"""Between looks at whether they are counted."""
CACHE_SECONDS = 60.0
"""How long totals of a live archive are kept; after that, they are read again while visitors still get the old ones."""
STALE_SECONDS = 2 * CACHE_SECONDS
"""How old names may be: older ones, on a site that nobody visited meanwhile, are not shown."""
MOST_CACHED = 1_000
"""Results that are kept."""

TABLES_STAY_CLOSED = (
    "Tables are open only in a published copy without hidden clips: see `radio-archive publish bundle`."
)
"""What an operator is told who asked for more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SiteSettings(SiteOptions):
    """What an operator may set under `plugins`, `radio-archive`: the options of the site, and who may see what."""

    private: bool = False
    """Show private and embargoed clips too: for the archive's own people, on their own machine only."""
    tables: bool = False
    """Open Datasette's own pages: works with `private`, or on an immutable copy without hidden clips."""
    meaning: bool = False
    """Also search by meaning, and show related clips, where they are prepared for it."""
    database: str = ""
    """The database to show, where Datasette serves several archives."""
    podcasts: Podcasts = field(default_factory=Podcasts)
    """What feeds tell directories."""

    @classmethod
    def of(cls, served: "Datasette") -> "SiteSettings":
        """Return the settings of a Datasette. A value of the wrong type is ignored."""
        given: Mapping[str, Any] = served.plugin_config(PLUGIN) or {}
        return cls(**{**fitting(cls, given), "podcasts": Podcasts.of(given.get("podcasts"))})


class ForEditors(Protocol):
    """What a site has for those who may edit it. A published copy has none."""

    @property
    def routes(self) -> Sequence[tuple[str, Any]]: ...

    @property
    def dress(self) -> Callable[..., Awaitable[tuple[str, dict[str, Any]]]]: ...


@dataclass(eq=False)
class Site:
    """One archive as a web site."""

    served: "Datasette"
    database: str
    settings: SiteSettings
    editing: ForEditors | None = None
    """Set by `editing.enable`, never by settings."""
    _pages: Pool = field(default_factory=lambda: Pool("site", THREADS, WAITING, first=True))
    _searches: Pool = field(default_factory=lambda: Pool("search", SEARCHERS, SEARCHES_WAITING, share=SHARE))
    _counts: Pool = field(default_factory=lambda: Pool("counts", 1, MOST_CACHED))
    _own: threading.local = field(default_factory=threading.local)
    _cache: dict[tuple[Any, ...], tuple[float, Any]] = field(default_factory=dict)
    _renewed: "dict[tuple[Any, ...], Future[Any]]" = field(default_factory=dict)
    """What is being counted."""

    @property
    def folder(self) -> Path:
        """The archive's folder, which holds its media."""
        return Path(self._db.path).absolute().parent

    @property
    def is_copy(self) -> bool:
        """Whether this was published: a copy, to which nothing is ever written."""
        return not self._db.is_mutable

    @property
    def shows_tables(self) -> bool:
        """Whether Datasette's own pages about the archive are open."""
        return not is_closed(self.served, self.database)

    @property
    def _db(self) -> "Database":
        return self.served.databases[self.database]

    @cached_property
    def hides(self) -> bool:
        """Whether hidden clips must be filtered out: not on a private site, nor in a copy without any."""
        return not (self.settings.private or (not self._db.is_mutable and not holds_hidden_clips(Path(self._db.path))))

    @cached_property
    def embedder(self) -> "Embedder | None":
        """The model for search by meaning; None if that is off, or the model is not on this machine."""
        if not self.settings.meaning:
            return None
        try:
            from radio_archive.speech.sentences import loaded

            return loaded(1)
        except ModelNotFoundError as error:
            logger.warning("Not searched by meaning: %s", error)
            return None

    async def read(self, reader: Callable[[Archive], T]) -> T:
        """Run `reader` on a thread for pages and return its result. Raises SearchTimeoutError or SiteBusyError."""
        return await self._pages.run(lambda: self._read(reader, None))

    async def search(self, reader: Callable[[Archive], T], client: str = "") -> T:
        """Run a search of a client likewise, on a thread for searches. Raises ClientBusyError, too.

        `reader` also sees the sentences of hidden clips and must leave them out itself.
        """
        return await self._searches.run(lambda: self._read(reader, "segments"), client)

    async def cached(self, reader: Callable[..., T], *key: str, is_worth: Callable[[T], bool] = lambda _: True) -> T:
        """Return the result of `reader`, a module's function, of the archive and `key`, which may be STALE_SECONDS old.

        Only results that are worth it are kept. What is about all of the archive (without a `key`) is read in the
        background, however long it takes.
        """
        name = (reader, *key)
        known = self._cache.get(name)
        age = self._age(name)
        if known is None or age > STALE_SECONDS:
            if not key:
                return cast("T", (await _settled(self._renewing(name, is_worth), math.inf)).result())
            found = await self.read(lambda archive: reader(archive, *key))
            if is_worth(found):
                self._keep(name, found)
            return found
        if age > CACHE_SECONDS:
            self._renewing(name, is_worth)
        return cast("T", known[1])

    async def kept(self, reader: Callable[[Archive], T]) -> T | None:
        """Return the same for a page that must not wait: what is known, however old, or None.

        What is too old is counted anew, for which the page waits no longer than PATIENCE.
        """
        name = (reader,)
        age = self._age(name)
        if age > CACHE_SECONDS:
            counting = self._renewing(name, lambda _: True)
            if age > STALE_SECONDS:
                await _settled(counting, PATIENCE)
        return self.known(reader)

    def known(self, reader: Callable[[Archive], T]) -> T | None:
        """Return what was counted before, however old, or None. Nothing is read."""
        known = self._cache.get((reader,))
        return None if known is None else cast("T", known[1])

    def _age(self, name: tuple[Any, ...]) -> float:
        """Return how many seconds ago something was read; endless if it never was."""
        known = self._cache.get(name)
        if known is None:
            return math.inf
        return time.monotonic() - known[0] if self._db.is_mutable else 0.0

    def _keep(self, name: tuple[Any, ...], found: object) -> None:
        while len(self._cache) >= MOST_CACHED and name not in self._cache:
            self._cache.pop(next(iter(self._cache)), None)
        self._cache[name] = (time.monotonic(), found)

    def _renewing(self, name: tuple[Any, ...], is_worth: Callable[[Any], bool]) -> "Future[Any]":
        """Return the future result of reading something in the background, once for all who wait for it."""
        counting = self._renewed.get(name)
        if counting is None:
            counting = self._renewed[name] = self._counts.submit(lambda: self._renew(name, is_worth))
            counting.add_done_callback(lambda _: self._renewed.pop(name, None))
        return counting

    def _renew(self, name: tuple[Any, ...], is_worth: Callable[[Any], bool]) -> Any:
        reader, *key = name
        try:
            found = self._read(lambda archive: reader(archive, *key), None, math.inf)
        except RadioArchiveError as error:
            logger.warning("Not counted: %s", error)
            raise
        if is_worth(found):
            self._keep(name, found)
        return found

    def _read(self, reader: Callable[[Archive], T], unhidden: str | None, seconds: float | None = None) -> T:
        # Where a file cannot be locked, what is read while somebody writes may be half of each, so it is read again.
        for _ in range(ATTEMPTS):
            before = self._state()
            archive = self._archive(unhidden, before)
            with archive.reading_within(READ_SECONDS if seconds is None else seconds):
                found = reader(archive)
            if self._state() == before:
                return found
        raise ArchiveBusyError(f"{self._db.path} changes all the time", "Give the site permission to write beside it.")

    def _state(self) -> object:
        return self._db.state() if isinstance(self._db, ArchiveDatabase) else None

    def _archive(self, unhidden: str | None, state: object) -> Archive:
        """Return this thread's own connection to the archive, which is in this `state`."""
        db = self._db
        if not self.hides:
            unhidden = None
        opened: dict[str | None, Archive] = self._own.__dict__.setdefault("opened", {})
        if self._own.__dict__.get("of") != (db, state):
            while opened:
                opened.popitem()[1].close()
            self._own.of = (db, state)
        if unhidden not in opened:
            with database_errors(Path(db.path)):
                connection = db.connect()
                if self.hides:
                    hide(connection, unhidden)
            opened[unhidden] = Archive.over(connection, self.folder)
        return opened[unhidden]


async def _settled(work: "Future[Any]", seconds: float) -> "Future[Any]":
    """Wait until `work`, which others wait for too, is done, or for so many seconds."""
    until = time.monotonic() + seconds
    while not work.done() and time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
    return work


_sites: "WeakKeyDictionary[Datasette, Site | None]" = WeakKeyDictionary()
_closed: "WeakKeyDictionary[Database, bool]" = WeakKeyDictionary()


def site_of(served: "Datasette") -> Site | None:
    """Return the site of a Datasette; None if none of its databases is an archive."""
    if served not in _sites:
        settings = SiteSettings.of(served)
        names = [name for name, db in served.databases.items() if db.path and is_archive(Path(db.path))]
        wanted = [name for name in names if settings.database in ("", name)]
        _sites[served] = Site(served, wanted[0], settings) if wanted else None
    return _sites[served]


def known_site_of(served: "Datasette") -> Site | None:
    """Return the site that `site_of` found before; for hooks that run while Datasette reads its settings."""
    return _sites.get(served)


def is_closed(served: "Datasette", name: str) -> bool:
    """Whether Datasette's own pages about a database are closed, as an archive's are unless all of it is public."""
    db = served.databases.get(name)
    if db is None or not db.path:
        return False
    if db not in _closed:
        _closed[db] = is_archive(Path(db.path)) and not _may_be_open(SiteSettings.of(served), db)
    return _closed[db]


def _may_be_open(settings: SiteSettings, db: "Database") -> bool:
    if not settings.tables or settings.private:
        return settings.tables
    # A live archive may get a private clip at any moment, and also holds paths and notes.
    if db.is_mutable or holds_hidden_clips(Path(db.path)):
        logger.warning("The setting `tables` has no effect on %s. %s", db.path, TABLES_STAY_CLOSED)
        return False
    return True
