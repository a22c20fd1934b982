"""Pages to browse by: the calendar, subjects and collections."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from datasette import Response

from radio_archive.archive.clips.episodes import ClipPages, Collected, Episodes
from radio_archive.archive.names.addresses import subject_slug
from radio_archive.archive.public import browse, pages
from radio_archive.errors import UsageError
from radio_archive.site import feeds, podcasts, urls
from radio_archive.site.answers import Context, view
from radio_archive.site.data import LARGE, list_page
from radio_archive.site.search import check_length
from radio_archive.text.spelling import fold
from radio_archive.text.times import MONTHS

_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class _ClipList:
    """A list of clips with a name, as its page shows it. `kicker` says what it is."""

    kind: str
    kicker: str
    name: str
    path: str
    clips: int
    about: str | None = None
    has_feed: bool = True
    earlier: tuple[str, str] | None = None
    """Path and name of the list before this one."""
    later: tuple[str, str] | None = None
    search: str | None = None
    """Path of a search for the same."""


@view
async def overview(ctx: Context) -> Response:
    """Show the ways to browse: years, the calendar, subjects, collections, shows."""
    years, subjects = await ctx.site.cached(pages.years), await ctx.site.cached(browse.subjects)
    collections, shows = await ctx.site.cached(browse.collections), await ctx.site.cached(pages.shows)
    if ctx.part("format") == "json":
        return ctx.json(
            {
                "years": {year or "undated": number for year, number in years},
                "subjects": [{"name": one.name, "clips": one.clips} for one in subjects],
                "collections": [collection_data(ctx, one) for one in collections],
            }
        )
    return await ctx.page(
        "browse", years=years, subjects=subjects, collections=collections, shows=shows, day=podcasts.today(ctx)[5:],
        day_name=day_name,
    )  # fmt: skip


@view
async def calendar(ctx: Context) -> Response:
    """Show the days of the calendar, with links to those on which clips aired."""
    days = await ctx.site.cached(browse.days)
    if ctx.part("format") == "json":
        return ctx.json({"days": days})
    months = [(name, _days_of(number, days)) for number, name in enumerate(MONTHS, 1)]
    return await ctx.page("calendar", months=months, day_name=day_name)


@view
async def day(ctx: Context) -> Response:
    """Show what aired on a day of the calendar, in all years."""
    wanted = ctx.part("day")
    if not _exists(wanted):
        return await ctx.missing()
    days = await ctx.site.cached(browse.days)
    earlier = max((one for one in days if one < wanted), default=None)
    later = min((one for one in days if one > wanted), default=None)
    name = day_name(wanted)
    found = _ClipList(
        "day", "On this day", name, urls.day(wanted), days.get(wanted, 0), None, False, _day_link(earlier),
        _day_link(later),
    )  # fmt: skip
    return await _list(ctx, found, Episodes(podcasts.today(ctx), "day", wanted))


@view
async def subject(ctx: Context) -> Response:
    """Show what is about a subject."""
    wanted = ctx.part("subject")
    known = await ctx.site.cached(browse.subject, wanted, is_worth=_is_large)
    if known is None:
        return await ctx.missing()
    if subject_slug(known.name) != wanted:
        return ctx.moved(urls.subject(known.name, ctx.part("format") or None))
    path = urls.subject(known.name)
    found = _ClipList("subject", "Subject", known.name, path, known.clips, search=_search_for(known.name))
    return await _list(ctx, found, Episodes(podcasts.today(ctx), "subject", fold(known.name)))


@view
async def collection(ctx: Context) -> Response:
    """Show a public collection."""
    wanted = ctx.part("collection")
    known = next((one for one in await ctx.site.cached(browse.collections) if one.address == wanted), None)
    if known is None:
        return await ctx.missing()
    found = _ClipList("collection", "Collection", known.name, urls.collection(wanted), known.clips, known.note)
    return await _list(ctx, found, Collected(known.key))


def _search_for(subject: str) -> str | None:
    """Return the path of the search for a subject; None if it has no word, or more than a search may have."""
    query = urls.words_of(subject)
    if not any(map(str.isalnum, query)):
        return None
    try:
        check_length(query)
    except UsageError:
        return None
    return urls.query("/search", q=query)


async def _list(ctx: Context, found: _ClipList, clips: ClipPages) -> Response:
    form = ctx.part("format")
    if form in feeds.FORMATS:
        return await feeds.of_list(ctx, found.path, found.name, clips)
    page = await list_page(ctx, found.path, clips, found.clips)
    if isinstance(page, Response):
        return page
    if form == "json":
        facts = {found.kind: found.name, "about": found.about, "url": ctx.absolute(found.path), "clips": found.clips}
        return ctx.json({**facts, **page.as_data(ctx)})
    return await ctx.page("cliplist", found=found, page=page)


def collection_data(ctx: Context, one: browse.PublicCollection) -> dict[str, Any]:
    """Return a collection of a list for JSON."""
    return {"name": one.name, "clips": one.clips, "url": ctx.absolute(urls.collection(one.address))}


def day_name(month_and_day: str) -> str:
    """Return a day of the calendar in words: `22 October`."""
    month, number = map(int, month_and_day.split("-"))
    return f"{number} {MONTHS[month - 1]}"


def _days_of(month: int, known: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return each day of a month (MM-DD) with the number of clips that aired on it."""
    days = [f"{month:02}-{number:02}" for number in range(1, 32)]
    return [(day, known.get(day, 0)) for day in days if _exists(day)]


def _exists(month_and_day: str) -> bool:
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", month_and_day):
        return False
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{month_and_day}")
    except ValueError:
        return False
    return True


def _day_link(day: str | None) -> tuple[str, str] | None:
    return None if day is None else (urls.day(day), day_name(day))


def _is_large(found: browse.SubjectCount | None) -> bool:
    return found is not None and found.clips > LARGE
