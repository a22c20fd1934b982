"""For other programs: sitemap, robots.txt, a search description, oEmbed."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from urllib.parse import SplitResult, unquote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.names import addresses
from radio_archive.archive.public import browse, pages
from radio_archive.site import urls
from radio_archive.site.answers import Context, view
from radio_archive.text.times import seconds_of

PER_SITEMAP = addresses.RANGE
"""Addresses in one sitemap; the protocol allows 50,000."""
XML = "application/xml; charset=utf-8"
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_CHANGED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
Paths = list[tuple[str, str]]


@view
async def sitemap(ctx: Context) -> Response:
    """List every page; a large archive has several sitemaps, each of a range, and an index of them."""
    files = await _files(ctx)
    kind, number = ctx.part("kind"), ctx.part("number")
    if not number and len(files) > len(_KINDS):
        places = (ctx.absolute(f"/sitemap-{f'{kind}-' if kind else ''}{part}.xml") for kind, part in files)
        entries = "".join(f"<sitemap><loc>{escape(place)}</loc></sitemap>\n" for place in places)
        return ctx.text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<sitemapindex {_SITEMAP}>\n{entries}</sitemapindex>\n', XML
        )
    wanted = [file for file in files if file == (kind, int(number))] if number else files
    if not wanted:
        return await ctx.missing()
    paths = [path for kind, part in wanted for path in await _KINDS[kind](ctx, part)]
    entries = "".join(
        f"<url><loc>{escape(ctx.absolute(path))}</loc>{_last_change(changed)}</url>\n" for path, changed in paths
    )
    return ctx.text(f'<?xml version="1.0" encoding="utf-8"?>\n<urlset {_SITEMAP}>\n{entries}</urlset>\n', XML)


async def _files(ctx: Context) -> list[tuple[str, int]]:
    """Return the kind and the number of each sitemap; one of each kind if all of it fits into these."""
    clips, people, subjects = await asyncio.gather(
        ctx.site.cached(addresses.ranges, is_worth=_is_long),
        ctx.site.cached(addresses.ranges, "people", is_worth=_is_long),
        ctx.site.cached(_subject_starts, is_worth=_is_long),
    )
    names = range(-(-len(await _names(ctx)) // PER_SITEMAP))
    numbers = {
        "names": [part + 1 for part in names],
        "people": people,
        "subjects": [part + 1 for part in range(len(subjects))],
        "": clips,
    }
    return [(kind, part) for kind, parts in numbers.items() for part in parts]


def _is_long(parts: Sequence[object]) -> bool:
    return len(parts) > 1


async def _names(ctx: Context) -> list[str]:
    """Return the paths of all lists of clips but those of people and subjects, of which there may be many."""
    years, days, shows, collections = await asyncio.gather(
        ctx.site.cached(pages.years), ctx.site.cached(browse.days), ctx.site.cached(pages.shows),
        ctx.site.cached(browse.collections),
    )  # fmt: skip
    return [
        *("/", "/about", "/people", "/browse", "/all", "/on"),
        *(urls.year(year) for year, _ in years),
        *map(urls.day, days),
        *(urls.collection(one.address) for one in collections),
        *(urls.at(show.address) for show in shows),
    ]


def _subject_starts(archive: Archive) -> list[str]:
    """Return the folded names of the subjects with which sitemaps begin."""
    return list(islice(addresses.subject_keys(archive, ""), 0, None, PER_SITEMAP))


async def _of_names(ctx: Context, part: int) -> Paths:
    return [(path, "") for path in (await _names(ctx))[(part - 1) * PER_SITEMAP : part * PER_SITEMAP]]


async def _of_people(ctx: Context, part: int) -> Paths:
    return await ctx.site.read(
        lambda archive: [(urls.person(name), "") for name in addresses.people_of_range(archive, part)]
    )


async def _of_subjects(ctx: Context, part: int) -> Paths:
    start = (await ctx.site.cached(_subject_starts, is_worth=_is_long))[part - 1]
    return await ctx.site.read(
        lambda archive: [(urls.subject(key), "") for key in addresses.subject_keys(archive, start, PER_SITEMAP)]
    )


async def _of_clips(ctx: Context, part: int) -> Paths:
    return await ctx.site.read(
        lambda archive: [(urls.at(where), changed) for where, changed in addresses.of_range(archive, part)]
    )


_KINDS: Mapping[str, Callable[[Context, int], Awaitable[Paths]]] = {
    "names": _of_names,
    "people": _of_people,
    "subjects": _of_subjects,
    "": _of_clips,
}
"""What gives the paths in the sitemaps of each kind, by their number, and when each last changed."""


def _last_change(changed: str) -> str:
    """Return the element for when a page last changed; empty if that is not known."""
    return f"<lastmod>{changed}</lastmod>" if _CHANGED.fullmatch(changed) else ""


@view
async def robots(ctx: Context) -> Response:
    """Tell search engines whether they may index the site."""
    welcome = ctx.site.settings.robots and not ctx.site.settings.private
    rules = ["Disallow: /search", "Disallow: /embed/"] if welcome else ["Disallow: /"]
    lines = ["User-agent: *", *rules, *([f"Sitemap: {ctx.absolute('/sitemap.xml')}"] if welcome else [])]
    return ctx.text("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@view
async def opensearch(ctx: Context) -> Response:
    """Describe the search, so that a browser can add it."""
    title = await ctx.title()
    page, podcast, feed = (f"{ctx.absolute(f'/search{form}')}?q={{searchTerms}}" for form in ("", ".rss", ".atom"))
    return ctx.text(
        f"""<?xml version="1.0" encoding="utf-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>{escape(title[:16])}</ShortName>
<Description>{escape(f"What was said: {title}")}</Description>
<Url type="text/html" template={quoteattr(page)}/>
<Url type="application/rss+xml" template={quoteattr(podcast)}/>
<Url type="application/atom+xml" template={quoteattr(feed)}/>
<InputEncoding>UTF-8</InputEncoding>
</OpenSearchDescription>
""",
        "application/opensearchdescription+xml; charset=utf-8",
    )


@view
async def oembed(ctx: Context) -> Response:
    """Tell another site how to embed the clip at the address `url`, from the moment that it names (https://oembed.com)."""
    if ctx.argument("format") not in {"", "json"}:
        return await ctx.problem(501, "Not offered", "Only JSON is offered here.")
    where, fragment = _place_here(ctx, ctx.argument("url"))
    uid = None
    if where.count("/") == 2:
        uid = await ctx.site.read(lambda archive: addresses.find(archive, where))
    if uid is None:
        return await ctx.missing()
    found = await ctx.site.read(lambda archive: read.clip(archive, uid))
    start, end = passage(fragment.removeprefix("t="))
    frame = ctx.absolute(urls.query(f"/embed/{uid}", start=start, end=end))
    return ctx.json(
        {
            "version": "1.0",
            "type": "rich",
            "title": found.title,
            "author_name": found.reporter or found.show,
            "provider_name": await ctx.title(),
            "provider_url": ctx.absolute("/"),
            "width": 600,
            "height": 260,
            "html": f'<iframe src={quoteattr(frame)} title={quoteattr(found.title)} width="600" height="260" '
            'style="border:0;max-width:100%" loading="lazy"></iframe>',
        }
    )


def _place_here(ctx: Context, address: str) -> tuple[str, str]:
    """Return the path of a page of this site, without the site's own, and the fragment; empty for any other address."""
    try:
        given = urlsplit(address)
        for base in filter(None, (ctx.absolute("/"), ctx.site.settings.url)):
            own = urlsplit(base)
            if _host(given) == _host(own) and given.path.startswith(own.path):
                return unquote(given.path[len(own.path) :], errors="replace").rstrip("/"), given.fragment
    except ValueError:
        # Half of an IPv6 address, or a port that is none.
        pass
    return "", ""


def _host(address: SplitResult) -> tuple[str | None, int | None]:
    """Return the host and port of a web address. A server behind another may not know that it is reached by https."""
    if address.scheme not in {"http", "https"}:
        raise ValueError(address.scheme)
    return address.hostname, None if address.port in {80, 443} else address.port


def passage(text: str) -> tuple[float | None, float | None]:
    """Parse the start and end of a media fragment such as `12.3,15` or `1:05`; return seconds. Raises UsageError.

    https://www.w3.org/TR/media-frags/#npttimedef
    """
    start, _, end = text.removeprefix("npt:").partition(",")
    return _seconds(start), _seconds(end)


def _seconds(text: str) -> float | None:
    return seconds_of(text) if text else None
