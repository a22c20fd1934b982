"""The pages with lists of clips: home, search, a show, a person, a year; and the page about the archive."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.episodes import Episodes
from radio_archive.archive.names import addresses
from radio_archive.archive.public import browse as public
from radio_archive.archive.public import pages
from radio_archive.errors import UsageError
from radio_archive.models import Clip
from radio_archive.search.totals import FACETS, read_facet_cache
from radio_archive.site import answers, browse, feeds, markup, podcasts, urls
from radio_archive.site import search as site_search
from radio_archive.site.answers import Context, view
from radio_archive.site.clip import contact
from radio_archive.site.data import LARGE, described, last_page, list_page, named
from radio_archive.site.search import PageQuery
from radio_archive.text.query_format import exactly
from radio_archive.text.query_hints import hints

LATEST = 12
ON_DAY = 3
"""Clips of this day of the calendar on the home page."""
FACES = 12
"""Shows on the home page."""
ALL_PER_PAGE = 100
VALUES = 12
"""Values of each filter beside the results of a search."""
SORTS = ("relevance", "newest", "oldest")


def _latest(archive: Archive, today: str) -> tuple[Sequence[Clip], bytes | None, Sequence[Clip]]:
    """Return the latest clips, the peaks of the first, and what aired on this day of the calendar."""
    latest = Episodes(today).page(archive, "", LATEST, read.LISTED).clips
    peaks = read.clip(archive, latest[0].uid, read.Part.PEAKS).recording.peaks if latest else None
    on_day = Episodes(today, "day", today[5:]).page(archive, "", ON_DAY, read.LISTED).clips
    return latest, peaks, on_day


@view
async def home(ctx: Context) -> Response:
    """Show the home page: search, the latest clips, the shows."""
    form = ctx.part("format")
    if form in feeds.FORMATS:
        return await feeds.of_list(ctx, "/", None, Episodes(podcasts.today(ctx)))
    today = podcasts.today(ctx)
    # A page does not wait for what is counted; data must be complete.
    counted = ctx.site.cached if form == "json" else ctx.site.kept
    (latest, wave, on_day), shows, collections = await asyncio.gather(
        ctx.site.read(lambda archive: _latest(archive, today)), counted(pages.shows), counted(public.collections)
    )
    shows, collections = shows or [], collections or []
    if form == "json":
        totals = await ctx.site.cached(pages.totals)
        return ctx.json(
            {
                "clips": totals.clips,
                "hours": round(totals.hours, 2),
                "latest": [described(ctx, clip) for clip in latest],
                "shows": [named(ctx, show, urls.at(show.address)) for show in shows],
                "collections": [browse.collection_data(ctx, one) for one in collections],
            }
        )
    picture = await podcasts.image_of(ctx, None)
    pictures = {show.name: await podcasts.image_of(ctx, show.name) for show in shows[:FACES]}
    return await ctx.page(
        "home",
        latest=latest,
        shows=shows,
        # A show without a picture of its own would get the site's.
        faces={name: image for name, image in pictures.items() if image != picture},
        collections=collections,
        day=today[5:],
        day_name=browse.day_name,
        on_day=on_day,
        wave=markup.waveform(wave),
        bars=markup.BARS,
        picture=picture,
    )


@view
async def search(ctx: Context) -> Response:
    """Show the results of a search."""
    wanted = query_of(ctx)
    form = ctx.part("format")
    found = None
    problem = None
    if wanted.query:
        try:
            await _require_short(wanted.query)
            totals = await ctx.site.kept(read_facet_cache)
            brief = form not in feeds.FORMATS
            found = await ctx.search(
                lambda archive: site_search.search_page(
                    archive, wanted, totals, public=ctx.site.hides, brief=brief, meaning=ctx.site.embedder
                )
            )
        except UsageError as error:
            if form:
                raise
            problem = str(error)
    if form in feeds.FORMATS:
        clips = [result.clip for result in found.clips] if found else []
        return await feeds.answer(ctx, "/search", f"“{wanted.query}”", clips, links=_feed_pages(form, wanted, found))
    if form == "json":
        return ctx.json(_as_data(ctx, wanted, found))
    bars = markup.sparkline(found.facets.get("year", ())) if found else []
    last = _last_page(found, wanted) if found else 1
    link = _search_links(wanted)
    return await ctx.page(
        "search",
        hints=() if problem else tuple(hints(wanted.query, public=ctx.site.hides or ctx.site.is_copy)),
        status=400 if problem else 200,
        wanted=wanted,
        found=found,
        problem=problem,
        bars=bars,
        last=last,
        marked=markup.marked,
        link=link,
        page_of=_with_query(wanted.query),
        exactly=exactly,
        sorts=SORTS,
        chosen=[(name, value) for name in FACETS if (value := getattr(wanted, name))],
        narrower=_narrower(found, wanted, link) if found else [],
    )


async def _require_short(query: str) -> None:
    try:
        site_search.check_length(query)
    except UsageError:
        await asyncio.sleep(answers.REFUSAL_SECONDS)
        raise


@view
async def show(ctx: Context) -> Response:
    """Show a show and its clips."""
    return await _subject(ctx, "show", ctx.part("show"), urls.at)


@view
async def person(ctx: Context) -> Response:
    """Show a person and the clips that credit them."""
    return await _subject(ctx, "person", ctx.part("person"), urls.person)


@view
async def years(ctx: Context) -> Response:
    """List the years in which clips aired: from here, every clip is found by following links."""
    found = await ctx.site.cached(pages.years)
    if ctx.part("format") == "json":
        return ctx.json(
            {"years": [{"year": year, "clips": number, "url": ctx.absolute(urls.year(year))} for year, number in found]}
        )
    return await ctx.page("all", years=found, clips=())


@view
async def of_year(ctx: Context) -> Response:
    """List all clips of a year, or those without a date, in the order in which they aired."""
    year = None if ctx.part("year") == addresses.NO_DATE else ctx.part("year")
    after = ctx.argument("after") or None
    found = await ctx.site.read(lambda archive: pages.of_year(archive, year, after, ALL_PER_PAGE))
    if not found.clips:
        return await ctx.missing()
    here, data = urls.year(year), urls.year(year, "json")
    if ctx.part("format") == "json":
        following = ctx.absolute(urls.query(data, after=found.following)) if found.following else None
        entries = [described(ctx, clip) for clip in found.clips]
        return ctx.json({"year": year, "next": following, "entries": entries})
    return await ctx.page(
        "all",
        years=await ctx.site.cached(pages.years),
        year=ctx.part("year"),
        clips=found.clips,
        data=urls.query(data, after=after),
        following=urls.query(here, after=found.following) if found.following else None,
        preceding=None if found.preceding is None else urls.query(here, after=found.preceding),
    )


@view
async def about(ctx: Context) -> Response:
    """Explain what this archive is, how it was made, and how far to trust it."""
    totals = await ctx.site.cached(pages.totals)
    settings = ctx.site.settings
    if ctx.part("format") == "json":
        return ctx.json(
            {name: getattr(settings, name) or None for name in ("title", "about", "contact")} | asdict(totals)
        )
    paragraphs = [text for text in re.split(r"\n\s*\n", settings.about) if text.strip()]
    picture = await podcasts.image_of(ctx, None)
    return await ctx.page("about", paragraphs=paragraphs, contact=contact(settings.contact), picture=picture)


@view
async def nothing(ctx: Context) -> Response:
    """Say that there is no page at this address."""
    return await ctx.missing()


def query_of(ctx: Context) -> PageQuery:
    """Return the search that the query string describes."""
    year, sort = ctx.argument("year"), ctx.argument("sort")
    return PageQuery(
        ctx.argument("q"),
        ctx.argument("show") or None,
        ctx.argument("reporter") or None,
        ctx.argument("host") or None,
        ctx.argument("language") or None,
        year if re.fullmatch(r"[0-9]{4}", year) else None,
        sort if sort in SORTS else SORTS[0],
        ctx.number,
        # A feed has what is surely meant.
        match="all" if ctx.part("format") in feeds.FORMATS else "best",
        # A program needs the counts at once; a browser loads them later.
        count=ctx.part("format") == "json" or bool(ctx.argument("count")),
    )


async def _subject(ctx: Context, kind: str, wanted: str, path: Any) -> Response:
    year = ctx.argument("year") if re.fullmatch(r"[0-9]{4}", ctx.argument("year")) else None
    form = ctx.part("format") or None

    found = await ctx.site.cached(pages.subject, kind, wanted, is_worth=_is_large)
    if found is None or not found[1].clips:
        return await ctx.missing()
    key, subject = found
    if subject.address != wanted or ctx.request.path.endswith("/"):
        return ctx.moved(path(subject.address, form))
    here = path(subject.address)
    clips = Episodes(podcasts.today(ctx), kind, key, year)
    if form in feeds.FORMATS:
        return await feeds.of_list(ctx, here, subject.name, clips, subject, year)
    total = dict(subject.years).get(year, 0) if year else subject.clips
    page = await list_page(ctx, here, clips, total, year, subject.years)
    if isinstance(page, Response):
        return page
    if form == "json":
        return ctx.json(
            {
                kind: subject.name,
                "about": subject.about,
                "station": subject.station,
                "url": ctx.absolute(here),
                "clips": subject.clips,
                "years": dict(subject.years),
                **page.as_data(ctx),
            }
        )
    return await ctx.page(
        "subject",
        subject=subject,
        picture=await podcasts.image_of(ctx, subject.name if kind == "show" else None),
        page=page,
        here=here,
        year=year,
        bars=markup.sparkline(subject.years),
        other=(urls.person if kind == "show" else urls.at),
    )


def _is_large(found: tuple[int, pages.SubjectDetail] | None) -> bool:
    return found is not None and found[1].clips > LARGE


def _last_page(found: site_search.ResultPage, wanted: PageQuery) -> int:
    """Return the number of the last page; without a count, that of the next page if this one is full."""
    if found.total is None:
        return wanted.page + (len(found.clips) == site_search.PER_PAGE)
    return last_page(found.total, site_search.PER_PAGE)


def _search_links(wanted: PageQuery) -> Callable[..., str]:
    """Return a function that makes the path of this search with some values changed.

    The path leads to the first page unless `page` is given; `form` is another format than HTML. A page has many such
    links, so the unchanged values are encoded once.
    """
    values = {"q": wanted.query, **{name: getattr(wanted, name) for name in FACETS}}
    values["sort"] = None if wanted.sort == SORTS[0] else wanted.sort
    said = {key: urls.pair(key, value) for key, value in values.items()}

    def link(form: str | None = None, **changes: object) -> str:
        pairs = said | {key: urls.pair(key, value) for key, value in changes.items()}
        return urls.with_pairs(urls.at("search", form), pairs.values())

    return link


def _with_query(query: str) -> Callable[[Clip], str]:
    """Return a function that makes the path of a clip's page, on which the words of `query` are marked."""
    said = [urls.pair("q", query)]
    return lambda clip: urls.with_pairs(urls.clip(clip), said)


def _narrower(
    found: site_search.ResultPage, wanted: PageQuery, link: Callable[..., str]
) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """Return what narrows a search: the most frequent values of each filter, of years the last, with counts and paths.

    They are prepared here because a template takes several times as long to call a function.
    """
    narrower = []
    for name in FACETS:
        values = found.facets.get(name, ())
        if values and not getattr(wanted, name) and (name != "language" or len(values) > 1):
            most = sorted(values)[-VALUES:] if name == "year" else values[:VALUES]
            narrower.append((name, [(value, number, link(**{name: value})) for value, number in most]))
    return narrower


def _feed_pages(form: str, wanted: PageQuery, found: site_search.ResultPage | None) -> dict[str, str]:
    """Return the paths of the other pages of a search's feed, by RFC 5005's names."""
    last = _last_page(found, wanted) if found else 1
    if last == 1:
        return {}
    link, page = _search_links(wanted), wanted.page
    pages_there = {"first": 1, "previous": page - 1, "next": page + 1, "last": last}
    if found is None or found.total is None:
        del pages_there["last"]
    return {rel: link(form, page=number) for rel, number in pages_there.items() if 1 <= number <= last}


def _as_data(ctx: Context, wanted: PageQuery, found: site_search.ResultPage | None) -> dict[str, Any]:
    if found is None:
        return {"query": wanted.query, "total": 0, "clips": []}
    return {
        "query": wanted.query,
        "total": found.total,
        "page": wanted.page,
        "pages": _last_page(found, wanted),
        "facets": {name: dict(values) for name, values in found.facets.items()},
        "suggestions": found.suggestions,
        "replaced": [{"typed": one.typed, "by": one.by} for one in found.replaced],
        "hints": list(hints(wanted.query, public=ctx.site.hides or ctx.site.is_copy)),
        "clips": [_with_passages(ctx, result) for result in found.clips],
        **({"close_in_meaning": [_with_passages(ctx, result) for result in found.close]} if found.close else {}),
    }


def _with_passages(ctx: Context, result: site_search.FoundClip) -> dict[str, Any]:
    return {
        **described(ctx, result.clip),
        "missing": result.missing,
        "passages": [
            {
                "where": passage.where,
                "start": round(passage.start, 3),
                "html": str(markup.marked(passage.marked)),
                "url": ctx.absolute(urls.clip(result.clip, start=passage.start)),
                "current": passage.current,
            }
            for passage in result.passages
        ],
    }
