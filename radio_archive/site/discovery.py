"""For other programs: sitemap, robots.txt, a search description, oEmbed."""

import re
from urllib.parse import SplitResult, unquote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.names import addresses
from radio_archive.archive.public import pages
from radio_archive.site import urls
from radio_archive.site.answers import Context, view
from radio_archive.text.times import seconds_of

PER_SITEMAP = addresses.RANGE
"""Addresses in one sitemap; the protocol allows 50,000."""
XML = "application/xml; charset=utf-8"
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_CHANGED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)


@view
async def sitemap(ctx: Context) -> Response:
    """List every page; a large archive has several sitemaps, of ranges of clips and of names, and an index of them."""
    number = ctx.part("number")
    ranges = await ctx.site.cached(addresses.ranges, is_worth=lambda found: len(found) > 1)
    names = await ctx.site.cached(_names)
    parts = range(1, max(1, -(-len(names) // PER_SITEMAP)) + 1)
    if not number and (len(ranges) > 1 or len(parts) > 1):
        files = [*(f"names-{part}" for part in parts), *map(str, ranges)]
        places = (ctx.absolute(f"/sitemap-{file}.xml") for file in files)
        entries = "".join(f"<sitemap><loc>{escape(place)}</loc></sitemap>\n" for place in places)
        return ctx.text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<sitemapindex {_SITEMAP}>\n{entries}</sitemapindex>\n', XML
        )
    paths: list[tuple[str, str]] = []
    if not number or ctx.part("names"):
        part = int(number or 1)
        paths += [(path, "") for path in names[(part - 1) * PER_SITEMAP : part * PER_SITEMAP] if part in parts]
    if not ctx.part("names"):
        part = int(number or 1)
        paths += await ctx.site.read(
            lambda archive: [(urls.at(where), changed) for where, changed in addresses.of_range(archive, part)]
        )
    if not paths:
        return await ctx.missing()
    entries = "".join(
        f"<url><loc>{escape(ctx.absolute(path))}</loc>{_last_change(changed)}</url>\n" for path, changed in paths
    )
    return ctx.text(f'<?xml version="1.0" encoding="utf-8"?>\n<urlset {_SITEMAP}>\n{entries}</urlset>\n', XML)


def _last_change(changed: str) -> str:
    """Return the element for when a page last changed; empty if that is not known."""
    return f"<lastmod>{changed}</lastmod>" if _CHANGED.fullmatch(changed) else ""


def _names(archive: Archive) -> list[str]:
    """Return the paths of all pages that are not about one clip."""
    shows = [urls.at(show.address) for show in pages.shows(archive)]
    return ["/", "/about", "/people", *shows, *(urls.person(person.address) for person in pages.people(archive))]


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
