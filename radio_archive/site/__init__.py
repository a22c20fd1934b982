"""The published archive: a Datasette plugin, active where a database is one of our archives.

All routes, without Datasette's `base_url`; hidden things are answered as if they did not exist:

    /                                       home: search box, latest clips, shows        as /index.json .rss .atom
    /search?q=&show=&reporter=&year=&sort=&page=    results, grouped by clip              .json .rss .atom
    /all                                    the years in which clips aired                .json
    /all/1998?after=UID, /all/undated       all clips of a year, as they aired            .json
    /browse                                 years, the calendar, subjects, collections    .json
    /on                                     the calendar                                  .json
    /on/10-22?page=&from=KEY                what aired on a day of it, in any year        .json
    /subjects/sea-floor?page=&from=KEY      what is about a subject                       .json .rss .atom
    /collections/best-of-2024?page=&from=   a public collection                           .json .rss .atom
    /trends?q=reef,"sea level"              how often words are said, by year             .json
    /concordance?q=reef&year=               where words are said, one sentence a line     .json
    /about                                  what this is, how it was made                 .json
    /people?letter=K&page=                  who is credited; by letter, if many are       .json
    /people/ana-keo?year=&page=&from=KEY    one person                                    .json .rss .atom
    /asia-minute?year=&page=&from=KEY       one show                                      .json .rss .atom
    /asia-minute/2024-10-22/undersea-cable  one clip; `#t=12.3` and `#t=12.3,15` lead to a moment or a passage
                                            .json .vtt .srt .txt .cms.html .transcript.json (for podcast apps)
                                            .chapters.json (where it has any)
    /clip/UID                               redirects to the clip's page
    /audio/SHA256[.mp3][?download=1]        the sound, in ranges; `download` names it as people name files
    /audio/SHA256/quote?start=&end=         a passage of the sound, as a file to save, of two minutes at most
    /cover/SHA256                           the picture inside a recording
    /picture/NAME.jpg                       the picture of a show, or of the site, that the settings name
    /embed/UID?start=&end=                  a small player for other sites; with an end, a quote card
    /oembed?url=                            how to embed it
    /sitemap.xml, /sitemap-1.xml, /sitemap-{names,people,subjects}-1.xml, /robots.txt, /opensearch.xml
    /-/review, /-/edit/…                    for editors, only where `editing` is enabled: see there
    /-/mcp                                  the tools for assistants, with the plugin datasette-mcp: see `assistants`
    /-/static-plugins/radio-archive/        site.css, site.js, navigate.js, queue.js, player.js, embed.js, icon.svg

The page of a list begins with the clip that `from` names; by `page` alone, its number, the first pages are found. In
lists, the newest come first, then what has no date, then what is dated in the future; collections have their own order.

A clip without a show is under `/clips/…`, one without a date under `/…/undated/…`, and one of which only the
year or month is known under `/…/1998/…` or `/…/1998-05/…`. The old addresses of
a renamed clip, show or person redirect to the new one.

Datasette's own pages (`/archive`, `/archive/clips`, JSON, CSV, SQL) and its `/-/` pages about data stay closed for an
archive unless the setting `tables` opens them: see `site.SiteSettings`, which an operator sets under `plugins`,
`radio-archive`. The copies that `publish` makes may be open altogether. Logging in and out, and what other plugins
have, is never closed.

In pages: `#player` holds the player, `#transcript` the text, in which `data-times` has the times of the words: see
`markup.TimedText`. `article[data-sound]` is a clip of a list, which `queue.js` lets be played in place. While something
is heard, `navigate.js` puts the content of one page in place of another's and runs that page's scripts anew; those with
`data-once` run once, and what has `data-stays` stays.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from datasette.utils.asgi import Request, Response

from radio_archive.site import (
    answers,
    browse,
    clip,
    compat,
    discovery,
    embed,
    labels,
    lists,
    people,
    podcasts,
    quotes,
    server,
    sound,
    trends,
)
from radio_archive.site.site import TABLES_STAY_CLOSED, SiteSettings, is_closed, known_site_of, site_of

if TYPE_CHECKING:
    from datasette.app import Datasette

EDITORS = re.compile(r"/-/(?:sign-(?:in|out)|review|edit)(?:/|$)")
"""Where the pages for editors are: see `editing`."""
_DATA = r"(?:\.(?P<format>json))?"
_DATA_AND_FEED = r"(?:\.(?P<format>json|rss|atom))?"
_DIGEST = r"(?P<digest>[0-9a-f]{64})"
_UID = r"(?P<uid>[0-9a-z]{1,32})"


@hookimpl
def startup(datasette: "Datasette") -> Any:
    """Describe the tables, and add queries, in Datasette 1.0."""
    site = site_of(datasette)
    if site is None:
        return None
    name = site.database
    return compat.describe(datasette, name, labels.about(name), labels.TABLES, labels.QUERIES)


@hookimpl(optionalhook=True)
def get_metadata(datasette: "Datasette") -> dict[str, object]:
    """Describe the tables, in Datasette 0.65."""
    site = known_site_of(datasette)
    return {} if site is None else labels.metadata(site.database)


@hookimpl(optionalhook=True)
def canned_queries(datasette: "Datasette", database: str) -> Mapping[str, dict[str, str]]:
    """Add queries, in Datasette 0.65."""
    site = site_of(datasette)
    if site is None or site.database != database:
        return {}
    # Datasette writes into them.
    return {name: dict(query) for name, query in labels.QUERIES.items()}


@hookimpl(trylast=True)
def register_routes(datasette: "Datasette") -> list[tuple[str, Any]]:
    """Add our pages, if there is an archive to show; the last, so that other plugins keep their addresses."""
    compat.keep_errors_short()
    site = site_of(datasette)
    if site is None:
        return []
    # Other databases keep their own addresses; so does what Datasette has under "/-/".
    others = "|".join(re.escape(str(db.route)) for db in datasette.databases.values())
    show = rf"(?P<show>(?!(?:-|{others})(?:[/.]|$))[^/.]+)"
    names: tuple[str, ...] = () if site.settings.private else compat.PAGES_ABOUT_THE_MACHINE
    if is_closed_everywhere(datasette):
        names += compat.PAGES_ABOUT_THE_DATA
    closed = [(rf"/-/{re.escape(name)}(?:\.\w+)?$", closed_page) for name in names]
    return [
        *closed,
        *(site.editing.routes if site.editing else ()),
        (r"/$", lists.home),
        (r"/index\.(?P<format>json|rss|atom)$", lists.home),
        (r"/\.(?P<format>json)$", lists.home),
        (rf"/search{_DATA_AND_FEED}$", lists.search),
        (rf"/all{_DATA}$", lists.years),
        (rf"/all/(?P<year>\d{{4}}|undated){_DATA}$", lists.of_year),
        (rf"/browse{_DATA}$", browse.overview),
        (rf"/on{_DATA}$", browse.calendar),
        (rf"/on/(?P<day>[0-9-]{{5}}){_DATA}$", browse.day),
        (rf"/subjects/(?P<subject>[^/.]+){_DATA_AND_FEED}$", browse.subject),
        (rf"/collections/(?P<collection>[^/.]+){_DATA_AND_FEED}$", browse.collection),
        (rf"/trends{_DATA}$", trends.trends),
        (rf"/concordance{_DATA}$", trends.concordance),
        (rf"/about{_DATA}$", lists.about),
        (rf"/people{_DATA}$", people.people),
        (rf"/people/(?P<person>[^/.]+){_DATA_AND_FEED}/?$", lists.person),
        (rf"/clip/{_UID}$", clip.by_uid),
        (rf"/audio/{_DIGEST}(?:\.[a-z0-9]{{1,5}})?$", sound.audio),
        (rf"/audio/{_DIGEST}/quote$", quotes.quote),
        (rf"/cover/{_DIGEST}$", clip.cover),
        (r"/picture/(?P<name>[0-9a-f]{16}\.(?:jpg|png))$", podcasts.picture),
        (rf"/embed/{_UID}$", embed.embed),
        (r"/oembed$", discovery.oembed),
        (r"/sitemap(?:-(?:(?P<kind>names|people|subjects)-)?(?P<number>[0-9]{1,6}))?\.xml$", discovery.sitemap),
        (r"/robots\.txt$", discovery.robots),
        (r"/opensearch\.xml$", discovery.opensearch),
        (
            rf"/{show}/(?P<date>\d{{4}}(?:-\d{{2}}){{0,2}}|undated)/(?P<title>[^/.]+)"
            r"(?:\.(?P<format>vtt|srt|txt|json|cms\.html|chapters\.json|transcript\.json))?/?$",
            clip.clip,
        ),
        (rf"/{show}{_DATA_AND_FEED}/?$", lists.show),
        (rf"/(?!(?:-|{others})(?:[/.]|$))(?!favicon\.ico$).+$", lists.nothing),
    ]


def is_closed_everywhere(datasette: "Datasette") -> bool:
    """Whether only our pages are open, so that Datasette's pages about itself can stay closed."""
    site = site_of(datasette)
    return site is not None and is_closed(datasette, site.database)


async def closed_page(request: Request) -> Response:
    """Close Datasette's pages about itself: they show folders, settings and versions."""
    return answers.not_found(request)


@hookimpl(optionalhook=True)
def register_mcp_tools(datasette: "Datasette", mcp: Any) -> None:
    """Add our tools for assistants, where the plugin datasette-mcp is installed: at `/-/mcp`."""
    from radio_archive.site.assistants import add_tools

    add_tools(datasette, mcp)


@hookimpl(optionalhook=True)
def skip_csrf(datasette: "Datasette", scope: Mapping[str, Any]) -> bool | None:
    """Leave it to the pages for editors to make sure that a request is theirs: they do, in any Datasette."""
    site = known_site_of(datasette)
    path = scope.get("route_path", scope.get("path", ""))
    return (site is not None and site.editing is not None and bool(EDITORS.match(path))) or None


@hookimpl
def asgi_wrapper(datasette: "Datasette") -> Any:
    """Let sound be cached, even with cookies; keep a private site on this machine."""
    site = site_of(datasette)
    is_ours = site is not None and (site.settings.private or site.editing is not None)
    return server.for_this_host_only if is_ours else sound.keep_cacheable


@hookimpl(trylast=True, optionalhook=True)
def permission_allowed(datasette: "Datasette", action: str, resource: Any) -> bool | None:
    """Close an archive's tables, SQL and downloads in Datasette 0.65, where the last answer counts."""
    database = resource[0] if isinstance(resource, tuple) else resource
    closed = isinstance(database, str) and not compat.is_for_ourselves() and is_closed(datasette, database)
    return False if closed else None


@hookimpl(optionalhook=True)
def permission_resources_sql(datasette: "Datasette", action: str) -> Any:
    """Close them in Datasette 1.0."""
    if compat.is_for_ourselves() or action not in compat.DATABASE_ACTIONS:
        return None
    return compat.denials(name for name in datasette.databases if is_closed(datasette, name))


@hookimpl
def forbidden(datasette: "Datasette", request: Request) -> Any:
    """Answer for closed tables in our own words. Others answer for the operator's rules: they may let one log in."""
    others = request.scope.get(answers.DENIED) or request.scope.get("route_path", request.path).startswith("/-/")
    if others or not is_closed_everywhere(datasette):
        return None
    return answers.not_found(request, TABLES_STAY_CLOSED if SiteSettings.of(datasette).tables else None)


@hookimpl
def menu_links(datasette: "Datasette") -> list[dict[str, str]]:
    """Link from Datasette's own pages back to ours."""
    if site_of(datasette) is None:
        return []
    return [
        {"href": str(datasette.urls.path(path)), "label": label}
        for path, label in (("/", "The archive"), ("/search", "Search what was said"), ("/about", "About the archive"))
    ]


@hookimpl
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: "Datasette") -> Any:
    """Link a clip's uid in a table to its page."""
    from markupsafe import Markup, escape

    site = site_of(datasette)
    if site is None or database != site.database or not isinstance(value, str):
        return None
    is_name = (table, column) == ("clips", "uid") or (column == "clip" and table in {"clip_list", "transcript_lines"})
    if not is_name or not re.fullmatch(r"[0-9a-z]{1,32}", value):
        return None
    return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"/clip/{value}"), escape(value))
