"""What lists have in common: their pages, and what their JSON says of a clip, a show and a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette import Response

from radio_archive.archive.clips.episodes import ClipPages
from radio_archive.archive.clips.read import LISTED
from radio_archive.archive.public import pages
from radio_archive.errors import UsageError
from radio_archive.models import Clip
from radio_archive.site import urls
from radio_archive.site.answers import Context

PER_PAGE = 24
LARGE = 1_000
"""Clips of a show, a person or a subject that are not counted for each visitor."""


def last_page(clips: int, size: int = PER_PAGE) -> int:
    """Return the number of the last page of a list, which has a first one if it is empty."""
    return max(1, -(-clips // size))


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list of clips: the paths of those before and after it, with what they begin with."""

    clips: Sequence[Clip]
    number: int
    last: int
    previous: str | None
    following: str | None

    def as_data(self, ctx: Context) -> dict[str, Any]:
        """Return the page for JSON."""
        return {
            "page": self.number,
            "pages": self.last,
            "next": ctx.absolute(self.following) if self.following else None,
            "entries": [described(ctx, clip) for clip in self.clips],
        }


async def list_page(
    ctx: Context,
    here: str,
    clips: ClipPages,
    total: int,
    year: str | None = None,
    years: Sequence[tuple[str, int]] = (),
) -> ListPage | Response:
    """Return the page that is asked for of the list at the path `here`, of `total` clips, or an answer that is none.

    A page is found by what it begins with, which the links say. By its number alone only the first pages of a list are
    found, for which LARGE clips may be skipped; others lead to one of the `years` of the list, or to its beginning.
    """
    number, start, form = ctx.number, ctx.argument("from"), ctx.part("format") or None
    skip = 0 if start else (number - 1) * PER_PAGE
    if skip > LARGE:
        return _too_deep(ctx, here, form, skip, () if year else years, year)
    found = await ctx.site.read(lambda archive: clips.page(archive, start, PER_PAGE, LISTED, skip))
    if not found.clips and number > 1:
        return await ctx.missing()
    path = here + (f".{form}" if form else "")

    def link(page: int, start: str | None) -> str | None:
        begins = {} if page <= 1 else {"page": page, "from": start}
        return urls.query(path, year=year, **begins) if start else None

    previous, following = link(number - 1, found.previous), link(number + 1, found.next)
    return ListPage(found.clips, number, last_page(total), previous, following)


def _too_deep(
    ctx: Context, here: str, form: str | None, skip: int, years: Sequence[tuple[str, int]], year: str | None
) -> Response:
    if form:
        raise UsageError(
            f"page {ctx.number} of a long list is not found by its number",
            "Begin with the first page, and follow `next`.",
        )
    for name, clips in years:
        if skip < clips:
            return ctx.elsewhere(urls.query(here, year=name))
        skip -= clips
    return ctx.elsewhere(urls.query(here, year=year))


def described(ctx: Context, clip: Clip) -> dict[str, Any]:
    """Return a clip of a list for JSON."""
    return {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "reporter": clip.reporter,
        "date": clip.date,
        "duration": round(clip.duration, 3),
        "summary": clip.summary,
        "review": clip.review,
        "url": ctx.absolute(urls.clip(clip)),
        "audio": ctx.absolute(urls.audio(clip)),
    }


def named(ctx: Context, one: pages.SubjectSummary, path: str) -> dict[str, Any]:
    """Return a show or a person of a list for JSON."""
    return {
        "name": one.name,
        "clips": one.clips,
        "first": one.first,
        "last": one.last,
        "url": ctx.absolute(path),
    }
