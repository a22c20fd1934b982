"""Writes a site of static files, by fetching every page from the site itself. Any web host or disk can show it."""

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from radio_archive.archive.archive import DATABASE, SETTINGS, Archive
from radio_archive.archive.names import addresses
from radio_archive.archive.public import copy, texts
from radio_archive.archive.public.copy import CopySummary
from radio_archive.config.podcasts import Podcasts
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import PublishError
from radio_archive.publish.folder import ProgressCallback, copy_clock, copy_media, publishing
from radio_archive.publish.links import (
    ABSOLUTE,
    FEEDS,
    LINK,
    ORIGIN,
    PAGE,
    STATIC,
    StaticLinks,
    redirect_page,
    with_policy,
)
from radio_archive.publish.pictures import copy_pictures
from radio_archive.publish.wordindex import WordIndex
from radio_archive.site import server, urls

if TYPE_CHECKING:
    from datasette.app import Datasette

SEARCHABLE = 50_000
"""Most segments for which the search in the browser is quick everywhere."""
AT_ONCE = 8
"""Pages fetched at the same time."""
SCRIPTS = [
    Path(__file__).parent / "assets" / f"{name}.js" for name in ("numbers", "query", "index", "forms", "plan", "search")
]
"""The search in the browser, in the order in which they run."""

SEARCH = """\
<noscript><p class="problem">The search needs JavaScript.
<a href="../all/index.html">The list of all clips</a> does not.</p></noscript>
<div data-static-search data-index="INDEX" hidden>
<div class="bar"><h2><span role="status"></span></h2>
<p class="sorts knobs"><label>Show <select name="show"><option value="">all</option></select></label>
<label>Year <select name="year"><option value="">all</option></select></label></p></div>
<ol class="hits"></ol>
<nav class="pager" aria-label="Pages" hidden></nav>
</div>
SCRIPTS<table class="syntax">"""
"""Replaces the beginning of the help of the search page, which comes after what is found."""
SERVED = re.compile(r"<tr data-served>.*?</tr>\n?", re.DOTALL)
"""What the search page's help says of the search on a server only."""
GZIPPED = frozenset(".html .json .js .css .svg .xml .rss .atom .vtt .srt .txt".split())
"""The suffixes of files that are worth packing."""

_TEXT = (
    "text/",
    "application/json",
    "application/rss+xml",
    "application/atom+xml",
    "application/xml",
    "application/json+",
)


@dataclass(frozen=True, slots=True)
class StaticSite:
    """What was written, and the number of files."""

    copied: CopySummary
    files: int
    dead: tuple[str, ...] = ()
    """Broken links, each with its page: none, unless something is wrong."""


def publish(
    archive: Archive,
    target: Path,
    options: SiteOptions,
    *,
    podcasts: Podcasts = server.NO_PODCASTS,
    shows: Sequence[str] = (),
    audio: bool = True,
    gzipped: bool = False,
    copying_media: ProgressCallback = lambda done, total: None,
    writing: ProgressCallback = lambda done, total: None,
) -> StaticSite:
    """Write the site of everything that is public into `target`, in place of an earlier publication.

    With `gzipped`, a packed copy is written beside each file of text. `copying_media` is called with bytes, `writing`
    with pages: the number done, and the total known so far.
    """
    archive.require_outside(target)
    with publishing(target, "static") as folder:
        database = folder / DATABASE
        copied = copy.copy_published(archive, database, shows=shows, audio=audio)
        copy_media(copied.media, folder, target, copying_media)
        media = {Path(medium.path).stem: medium.path for medium in copied.media}
        covers = {sha256: mimetypes.guess_extension(kind) or "" for sha256, kind in copied.covers}
        links = StaticLinks(media, covers, options.url or None)
        with Archive(folder, read_only=True) as published:
            search = write_search(published, links, folder / "search")
            clips = _clip_pages(published, links)
        copy_clock(archive, folder)
        podcasts = copy_pictures(archive, podcasts, folder)
        site = server.site(database, options, immutable=True, podcasts=podcasts)
        crawl = _Crawler(site, links, folder, writing, clips, search)
        asyncio.run(crawl.run(["/", "/search", "/all", "/about", *_unlinked(links), *clips.values(), *copied.moved]))
        database.unlink()
        (folder / SETTINGS).unlink(missing_ok=True)
        if gzipped:
            _gzip(folder)
        files = sum(path.is_file() for path in folder.rglob("*"))
        return StaticSite(copied, files, tuple(crawl.dead))


def _gzip(folder: Path) -> None:
    """Write a packed copy beside each file of text, the same each time, unless it would be larger."""
    for path in [path for path in folder.rglob("*") if path.suffix in GZIPPED]:
        content = path.read_bytes()
        packed = gzip.compress(content, mtime=0)
        if len(packed) < len(content):
            path.with_name(f"{path.name}.gz").write_bytes(packed)


def _unlinked(links: StaticLinks) -> Iterable[str]:
    """Return addresses that no page links to."""
    return () if links.url is None else ("/sitemap.xml", "/robots.txt")


def _clip_pages(archive: Archive, links: StaticLinks) -> dict[str, str]:
    """Return the address of every clip by the file of its page. Raises PublishError if two have the same."""
    found: dict[str, str] = {}
    for number in addresses.ranges(archive):
        for where, _ in addresses.of_range(archive, number):
            address = f"/{quote(where)}"
            place = links.file(address) or ""
            if place in found:
                raise PublishError(f"two clips have the address {address}", "Give one of them another title or date.")
            found[place] = address
    return found


def write_search(archive: Archive, links: StaticLinks, folder: Path) -> str:
    """Write the search in the browser into `folder`: the index of an archive, and the scripts that read it.

    Return the HTML that starts it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = WordIndex()
    for clip, found in texts.clips(archive):
        sound = links.file(urls.audio(clip)) if clip.audible else None
        index.add(clip, links.file(f"/{clip.address}") or "", found, sound)
    scripts = ""
    for script in SCRIPTS:
        content = script.read_bytes()
        (folder / script.name).write_bytes(content)
        # With the digest, because a browser may have an older one.
        scripts += f'<script src="{script.name}?{hashlib.sha256(content).hexdigest()[:10]}" defer></script>\n'
    return SEARCH.replace("INDEX", index.write(folder)).replace("SCRIPTS", scripts)


@dataclass
class _Crawler:
    """Fetches all pages that can be reached, and writes each to its file."""

    site: "Datasette"
    links: StaticLinks
    folder: Path
    progress: ProgressCallback
    clips: Mapping[str, str]
    """The address of every clip by its file: each must have a page."""
    search: str
    """The HTML that starts the search, for its page."""
    pages: int = 0
    dead: list[str] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    async def run(self, starts: Iterable[str]) -> None:
        """Write everything that can be reached from `starts`. Raises PublishError if a page cannot be made."""
        waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        for address in starts:
            self._found(waiting, address, "the start")
        await self.site.invoke_startup()
        # Every page has what is counted, and none waits long for it.
        for address in ("/about.json", "/index.json"):
            await self.site.client.get(address)
        workers = [asyncio.create_task(self._work(waiting)) for _ in range(AT_ONCE)]
        finished = asyncio.create_task(waiting.join())
        try:
            await asyncio.wait([finished, *workers], return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                if worker.done():
                    worker.result()
        finally:
            for task in (finished, *workers):
                task.cancel()

    def _found(self, waiting: "asyncio.Queue[tuple[str, str]]", address: str, where: str) -> None:
        place = self.links.file(address)
        if place is None or place in self._seen or place.startswith("media/"):
            return
        self._seen[place] = where
        waiting.put_nowait((address.partition("#")[0], place))

    async def _work(self, waiting: "asyncio.Queue[tuple[str, str]]") -> None:
        while True:
            address, place = await waiting.get()
            await self._fetch(waiting, address, place)
            self.pages += 1
            self.progress(self.pages, len(self._seen))
            waiting.task_done()

    async def _fetch(self, waiting: "asyncio.Queue[tuple[str, str]]", address: str, place: str) -> None:
        response = await self.site.client.get(address, headers={"host": ORIGIN.partition("//")[2]})
        if response.status_code in (301, 302) and place not in self.clips:
            now = response.headers["location"].removeprefix(ORIGIN)
            self._found(waiting, now, address)
            self._write(place, redirect_page(self.links.link(now, place) or PAGE).encode())
        elif response.status_code == 404 and place not in self.clips:
            self.dead.append(f"{address} (on {self._seen[place]})")
        elif response.status_code != 200:
            raise PublishError(f"the page {address} cannot be made ({response.status_code})", "Please report this.")
        else:
            self._keep(waiting, address, place, response)

    def _keep(self, waiting: "asyncio.Queue[tuple[str, str]]", address: str, place: str, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html") and place.endswith(PAGE):
            for _, link in LINK.findall(response.text):
                self._found(waiting, unescape(link), address)
            page = self.links.page(response.text, place)
            if place == f"search/{PAGE}":
                page = SERVED.sub("", page).replace('<table class="syntax">', self.search)
            self._write(place, with_policy(page, response.headers["content-security-policy"]).encode())
        elif kind.startswith(_TEXT) and not address.startswith(STATIC):
            # Other pages of a feed, and the forms of a transcript that only podcast apps read, are in no page.
            if place.startswith("sitemap") or place.endswith(FEEDS):
                for link in ABSOLUTE.findall(response.text):
                    self._found(waiting, unescape(link), address)
            self._write(place, self.links.data(response.text, place, escape="xml" in kind).encode())
        else:
            self._write(place, response.content)

    def _write(self, place: str, content: bytes) -> None:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
