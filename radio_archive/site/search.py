"""The one place where the site asks for hits, grouped by clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import LISTED, Part
from radio_archive.archive.filters import Filters
from radio_archive.models import Clip
from radio_archive.search.search import ClipHit, Passage, Sort, Where, search
from radio_archive.search.totals import FacetCache
from radio_archive.site.site import PATIENCE

PER_PAGE = 20
PASSAGES = 3
"""Shown of each clip."""
COMMON = 1_000
"""Hits from which on they are counted after the page is there: nobody waits for numbers to see the best."""
RANKED = 2_000
"""Sentences that are ranked at most, the newest: fewer than at the command line, where nobody else waits."""
FACETS = ("show", "reporter", "year")
SAID = frozenset({Where.SPEECH, Where.HEARD})
"""Where a passage has a moment to lead to."""


@dataclass(frozen=True, slots=True)
class Result:
    """A clip with what matches in it, best first; `more` passages are not shown."""

    clip: Clip
    marked_title: str | None
    passages: tuple[Passage, ...]
    more: int

    @property
    def start(self) -> float | None:
        """Where its best passage is said."""
        return next((passage.start for passage in self.passages if passage.where in SAID), None)


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of results. All that was found is counted in `total` and `facets`, unless that was put off."""

    clips: tuple[Result, ...]
    total: int | None
    facets: Mapping[str, Sequence[tuple[str, int]]]
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as the address of the search page says it."""

    query: str
    show: str | None = None
    reporter: str | None = None
    year: str | None = None
    sort: str = "relevance"
    page: int = 1
    count: bool = False
    """Count all that is found, however long it takes."""

    @property
    def filters(self) -> Filters:
        since, until = (f"{self.year}-01-01", f"{self.year}-12-31") if self.year else (None, None)
        return Filters(self.show, self.reporter, since, until)


def find(archive: Archive, wanted: Wanted, aired: FacetCache, *, public: bool, brief: bool) -> Findings:
    """Return one page of what matches; `public`: of what everybody may see. `aired` may be a little old.

    Clips come with how they begin unless `brief`; their passages say more.

    Raises UsageError for a query without a word in it, or an unknown name.
    """
    results = search(
        archive,
        wanted.query,
        replace(wanted.filters, public=public),
        sort=cast("Sort", wanted.sort),
        limit=PER_PAGE,
        page=wanted.page,
        count=True,
        facets=True,
        count_at_most=None if wanted.count else COMMON,
        cap=RANKED,
        seconds=PATIENCE,
        known=aired,
        parts=Part.ADDRESS if brief else LISTED,
    )
    clips = tuple(map(_result, results.clips))
    if results.total is None:
        return Findings(clips, None, {})
    # What has come in meanwhile is not counted yet, and is there nevertheless.
    total = max(results.total, (wanted.page - 1) * PER_PAGE + len(clips) if clips else 0)
    return Findings(clips, total, results.facets, results.suggestions)


def _result(hit: ClipHit) -> Result:
    passages = [passage for passage in hit.passages if passage.where != Where.TITLE]
    return Result(hit.clip, hit.marked_title, tuple(passages[:PASSAGES]), max(0, len(passages) - PASSAGES))
