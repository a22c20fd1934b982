"""The pages that list things: home, search, shows, people, and what the archive is."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.read import of_subject
from radio_archive.archive.public import pages
from radio_archive.errors import UsageError
from radio_archive.models import Clip
from radio_archive.search.totals import read_facet_cache
from radio_archive.site import feeds, markup, urls
from radio_archive.site import search as finding
from radio_archive.site.answers import Ask, view
from radio_archive.site.search import Wanted

LATEST = 12
PER_PAGE = 24
SORTS = ("relevance", "newest", "oldest")


def _latest(archive: Archive) -> list[Clip]:
    return list(read.clips(archive, limit=LATEST, order=read.LATEST, parts=read.LISTED))


@view
async def home(ask: Ask) -> Response:
    """Show the way in: search, the latest clips, the shows."""
    latest, shows = await asyncio.gather(ask.site.read(_latest), ask.site.recall(pages.shows))
    form = ask.part("format")
    if form in feeds.FORMATS:
        return await feeds.answer(ask, "/", None, latest)
    if form == "json":
        totals = await ask.site.recall(pages.totals)
        return ask.json(
            {
                "clips": totals.clips,
                "hours": round(totals.hours, 2),
                "latest": [described(ask, clip) for clip in latest],
                "shows": [named(ask, show, urls.at(show.address)) for show in shows],
            }
        )
    return await ask.page("home", latest=latest, shows=shows)


@view
async def search(ask: Ask) -> Response:
    """Show what was said where."""
    wanted = asked(ask)
    form = ask.part("format")
    found = None
    problem = None
    if wanted.query:
        try:
            aired = await ask.site.recall(read_facet_cache)
            brief = form not in feeds.FORMATS
            found = await ask.site.search(
                lambda archive: finding.find(archive, wanted, aired, public=ask.site.hides, brief=brief)
            )
        except UsageError as error:
            if form:
                raise
            problem = str(error)
    if form in feeds.FORMATS:
        clips = [result.clip for result in found.clips] if found else []
        return await feeds.answer(ask, "/search", f"“{wanted.query}”", clips)
    if form == "json":
        return ask.json(_findings(ask, wanted, found))
    bars = markup.sparkline(found.facets.get("year", ())) if found else []
    last = _last_page(found, wanted) if found else 1
    return await ask.page(
        "search",
        status=400 if problem else 200,
        wanted=wanted,
        found=found,
        problem=problem,
        bars=bars,
        last=last,
        marked=markup.marked,
        link=_search_links(wanted),
        sorts=SORTS,
        facet_names=finding.FACETS,
    )


@view
async def show(ask: Ask) -> Response:
    """Show a show and its clips."""
    return await _subject(ask, "show", ask.part("show"), urls.at)


@view
async def person(ask: Ask) -> Response:
    """Show a person and the clips that credit them."""
    return await _subject(ask, "person", ask.part("person"), urls.person)


@view
async def people(ask: Ask) -> Response:
    """List everybody who is credited."""
    found = await ask.site.recall(pages.people)
    if ask.part("format") == "json":
        return ask.json({"people": [named(ask, one, urls.person(one.address)) for one in found]})
    return await ask.page("people", people=found)


@view
async def about(ask: Ask) -> Response:
    """Say what this archive is, how it was made, and how far to trust it."""
    totals = await ask.site.recall(pages.totals)
    settings = ask.site.settings
    if ask.part("format") == "json":
        return ask.json(
            {name: getattr(settings, name) or None for name in ("title", "about", "contact")} | asdict(totals)
        )
    paragraphs = [text for text in re.split(r"\n\s*\n", settings.about) if text.strip()]
    contact = settings.contact if re.match(r"(?i)(https?|mailto):", settings.contact) else None
    return await ask.page("about", paragraphs=paragraphs, contact=contact)


@view
async def nothing(ask: Ask) -> Response:
    """Say on a page of ours that there is none at this address."""
    return await ask.missing()


def asked(ask: Ask) -> Wanted:
    """Return what the query string asks the search for."""
    year, sort = ask.argument("year"), ask.argument("sort")
    return Wanted(
        ask.argument("q"),
        ask.argument("show") or None,
        ask.argument("reporter") or None,
        year if re.fullmatch(r"[0-9]{4}", year) else None,
        sort if sort in SORTS else SORTS[0],
        ask.number,
        # Programs do not look at one thing after the other.
        count=ask.part("format") == "json" or bool(ask.argument("count")),
    )


def described(ask: Ask, clip: Clip) -> dict[str, Any]:
    """Return a clip of a list as data."""
    return {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "duration": round(clip.duration, 3),
        "summary": clip.summary,
        "review": clip.review,
        "url": ask.absolute(urls.clip(clip)),
        "audio": ask.absolute(urls.audio(clip)),
    }


def named(ask: Ask, one: pages.SubjectSummary, path: str) -> dict[str, Any]:
    """Return a show or a person of a list as data."""
    return {
        "name": one.name,
        "clips": one.clips,
        "first": one.first,
        "last": one.last,
        "url": ask.absolute(path),
    }


async def _subject(ask: Ask, kind: str, wanted: str, path: Any) -> Response:
    year = ask.argument("year") if re.fullmatch(r"[0-9]{4}", ask.argument("year")) else None
    number, form = ask.number, ask.part("format") or None

    def read(archive: Archive) -> tuple[pages.SubjectDetail, Sequence[Clip]] | None:
        found = pages.subject(archive, kind, wanted)
        if found is None:
            return None
        key, subject = found
        clips = of_subject(archive, kind, key, year, PER_PAGE, (number - 1) * PER_PAGE)
        return (subject, clips) if subject.clips else None

    read_ = await ask.site.read(read)
    if read_ is None:
        return await ask.missing()
    subject, clips = read_
    if subject.address != wanted or ask.request.path.endswith("/"):
        return ask.moved(path(subject.address, form))
    here = path(subject.address)
    if form in feeds.FORMATS:
        return await feeds.answer(ask, here, subject.name, clips, subject)
    total = dict(subject.years).get(year, 0) if year else subject.clips
    if form == "json":
        return ask.json(
            {
                kind: subject.name,
                "about": subject.about,
                "station": subject.station,
                "url": ask.absolute(here),
                "clips": subject.clips,
                "years": dict(subject.years),
                "page": number,
                "pages": max(1, -(-total // PER_PAGE)),
                "entries": [described(ask, clip) for clip in clips],
            }
        )
    return await ask.page(
        "subject",
        subject=subject,
        clips=clips,
        here=here,
        year=year,
        page=number,
        last=max(1, -(-total // PER_PAGE)),
        bars=markup.sparkline(subject.years),
        other=(urls.person if kind == "show" else urls.at),
    )


def _last_page(found: finding.Findings, wanted: Wanted) -> int:
    """Return the number of the last page; where nobody counted, that of the next one, if this is full."""
    if found.total is None:
        return wanted.page + (len(found.clips) == finding.PER_PAGE)
    return max(1, -(-found.total // finding.PER_PAGE))


def _search_links(wanted: Wanted) -> Callable[..., str]:
    """Return what makes the path of this search with something changed.

    That leads to its first page unless `page` is given; `form` is another form than its page. A page has many of them,
    so that what stays is put into words once.
    """
    values = {"q": wanted.query, "show": wanted.show, "reporter": wanted.reporter, "year": wanted.year}
    values["sort"] = None if wanted.sort == SORTS[0] else wanted.sort
    said = {key: urls.pair(key, value) for key, value in values.items()}

    def link(form: str | None = None, **changes: object) -> str:
        pairs = said | {key: urls.pair(key, value) for key, value in changes.items()}
        return urls.with_pairs(urls.at("search", form), pairs.values())

    return link


def _findings(ask: Ask, wanted: Wanted, found: finding.Findings | None) -> dict[str, Any]:
    if found is None:
        return {"query": wanted.query, "total": 0, "clips": []}
    return {
        "query": wanted.query,
        "total": found.total,
        "page": wanted.page,
        "pages": _last_page(found, wanted),
        "facets": {name: dict(values) for name, values in found.facets.items()},
        "suggestions": found.suggestions,
        "clips": [
            {
                **described(ask, result.clip),
                "passages": [
                    {
                        "where": passage.where,
                        "start": round(passage.start, 3),
                        "html": str(markup.marked(passage.marked)),
                        "url": ask.absolute(urls.clip(result.clip, start=passage.start)),
                    }
                    for passage in result.passages
                ],
            }
            for result in found.clips
        ],
    }
