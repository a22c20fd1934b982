"""Pages that count and list what is said: how often in each year, with a plot, and every sentence with a word."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.errors import UsageError
from radio_archive.search import concordance as counts
from radio_archive.search.concordance import MentionCount, Occurrence
from radio_archive.site import urls
from radio_archive.site.answers import Context, view

MOST_TERMS = 5
LONGEST = 500
"""Characters of a query."""
MOST_YEARS = 100
"""The last years that are shown; a span that is longer means wrong dates."""
LINES = 200
"""Sentences that the concordance shows."""
WIDTH, HEIGHT, LEFT, BELOW = 720, 260, 44, 24
"""The plot in its own units, with room for numbers at the left and years below."""
_TERM = re.compile(r'(?:"[^"]*"|“[^”]*”|[^,"“])+')
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Point:
    year: str
    x: float
    y: float
    clips: int
    aired: int
    link: str

    @property
    def share(self) -> float:
        return self.clips / self.aired if self.aired else 0.0


@dataclass(frozen=True, slots=True)
class _Line:
    term: str
    path: str
    points: Sequence[_Point]


@dataclass(frozen=True, slots=True)
class _Row:
    year: str
    aired: int
    points: Sequence[_Point]


@dataclass(frozen=True, slots=True)
class _Plot:
    """A line for each term, and the same as a table; `steps` are the marks of the scale, `years` those below."""

    lines: Sequence[_Line]
    table: Sequence[_Row]
    steps: Sequence[tuple[float, str]]
    years: Sequence[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


@view
async def trends(ctx: Context) -> Response:
    """Show in which share of each year's clips words are said."""
    query, problem, found = ctx.argument("q"), None, list[MentionCount]()
    if query:
        try:
            terms = terms_of(query)
            found = await ctx.search(lambda archive: _counted(archive, terms, public=ctx.site.hides))
        except UsageError as error:
            if ctx.part("format"):
                raise
            problem = str(error)
    if ctx.part("format") == "json":
        return ctx.json({"query": query, "counts": [_as_data(one) for one in found]})
    plot = _plot(found) if query and not problem else None
    status = 400 if problem else 200
    return await ctx.page("trends", status, query=query, problem=problem, found=plot, most=MOST_TERMS)


@view
async def concordance(ctx: Context) -> Response:
    """List every place where words are said, with the words around them."""
    query, year = ctx.argument("q"), ctx.argument("year")
    year = year if re.fullmatch(r"[0-9]{4}", year) else ""
    problem, lines, is_whole = None, list[tuple[Occurrence, str]](), True
    if query:
        try:
            _check_length(query)
            lines, is_whole = await ctx.search(lambda archive: _said(archive, query, year, public=ctx.site.hides))
        except UsageError as error:
            if ctx.part("format"):
                raise
            problem = str(error)
    if ctx.part("format") == "json":
        data = [{**asdict(line), "url": ctx.absolute(place)} for line, place in lines]
        return ctx.json({"query": query, "year": year or None, "whole": is_whole, "lines": data})
    return await ctx.page(
        "concordance", 400 if problem else 200, query=query, year=year, problem=problem, lines=lines, is_whole=is_whole
    )


def terms_of(query: str) -> list[str]:
    """Return the terms of `reef, "sea level"`. Raises UsageError if there are none, or too many."""
    _check_length(query)
    terms = list(dict.fromkeys(term.strip() for term in _TERM.findall(query) if term.strip()))
    if not terms:
        raise UsageError("there is no word to count", "Give one, or more with commas between them.")
    if len(terms) > MOST_TERMS:
        raise UsageError(f"these are {len(terms)} words, and {MOST_TERMS} are the most", "Leave some out.")
    return terms


def _check_length(query: str) -> None:
    if len(query) > LONGEST:
        raise UsageError(f"the query is longer than {LONGEST} characters", "Ask for less.")


def _counted(archive: Archive, terms: Sequence[str], *, public: bool) -> list[MentionCount]:
    return counts.mentions(archive, terms, Filters(public=public), by="year", sentences_only=True)


def _said(archive: Archive, query: str, year: str, *, public: bool) -> tuple[list[tuple[Occurrence, str]], bool]:
    """Return the newest mentions with the paths of their moments, and whether these are all."""
    since, until = (f"{year}-01-01", f"{year}-12-31") if year else (None, None)
    filters = Filters(since=since, until=until, public=public)
    found = list(islice(counts.concordance(archive, query, filters, newest=True, limit=LINES + 1), LINES + 1))
    lines = found[:LINES]
    clips = read.by_uid(archive, list({line.clip for line in lines}), read.Part.ADDRESS)
    places = {uid: urls.query(urls.clip(clip), q=query) for uid, clip in clips.items()}
    return [
        (line, places[line.clip] + urls.moment(line.start)) for line in lines if line.clip in places
    ], len(found) <= LINES  # fmt: skip


def _as_data(one: MentionCount) -> Mapping[str, Any]:
    return {
        "term": one.term,
        "year": one.period,
        "sentences": one.sentences,
        "clips": one.clips,
        "aired": one.aired,
        "share": round(one.share, 5),
    }


def _plot(found: Sequence[MentionCount]) -> _Plot:
    years = sorted({one.period for one in found})[-MOST_YEARS:]
    shown = [one for one in found if one.period in set(years)]
    most = max((one.share for one in shown), default=0.0)
    step = next(step for step in _STEPS if most <= 5 * step or step == _STEPS[-1])
    top = max(step, step * -(-most // step))
    places = {year: _across(number, len(years)) for number, year in enumerate(years)}
    by_term: dict[str, list[_Point]] = {}
    for one in shown:
        link = urls.query("/search", q=one.term, year=one.period)
        point = _Point(one.period, places[one.period], _up(one.share, top), one.clips, one.aired, link)
        by_term.setdefault(one.term, []).append(point)
    lines = [_Line(term, _path(points), points) for term, points in by_term.items()]
    rows = [_Row(points[0].year, points[0].aired, points) for points in zip(*by_term.values(), strict=True)]
    steps = [(_up(step * number, top), f"{100 * step * number:g}%") for number in range(round(top / step) + 1)]
    each = -(-len(years) // 12) if years else 1
    return _Plot(lines, rows[::-1], steps, [(places[year], year) for year in years[::each]])


def _across(number: int, count: int) -> float:
    room = WIDTH - LEFT - 40
    return round(LEFT + 20 + (room * number / (count - 1) if count > 1 else room / 2), 1)


def _up(share: float, top: float) -> float:
    room = HEIGHT - BELOW - 10
    return round(HEIGHT - BELOW - room * share / top, 1)


def _path(points: Sequence[_Point]) -> str:
    return "M" + "L".join(f"{point.x:g} {point.y:g}" for point in points)
