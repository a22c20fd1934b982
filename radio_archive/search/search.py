"""Full-text search over what was said, titles, stories and names, however they are spelled.

with Archive(Path("my-archive"), read_only=True) as archive:
    for hit in search(archive, '"undersea cable" show:"Pacific Report"').clips:
        print(hit.clip.title, hit.passages[0].start, hit.passages[0].text)
"""

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import Part
from radio_archive.archive.database import time_limit
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.search.expression import within
from radio_archive.search.fts import CAP, FtsReader
from radio_archive.search.passages import Passages
from radio_archive.search.ranking import Finder
from radio_archive.search.results import ClipHit, Passage, Results, Sort, Weights, Where
from radio_archive.search.totals import FacetCache
from radio_archive.text.highlight import MARK_END, MARK_START
from radio_archive.text.query import Query, parse

__all__ = [
    "DEFAULT",
    "MARK_END",
    "MARK_START",
    "ClipHit",
    "Passage",
    "Results",
    "Sort",
    "Weights",
    "Where",
    "search",
]

DEFAULT = Weights()
SECONDS = 20.0
"""After which a search is stopped."""


def search(
    archive: Archive,
    query: str | Query,
    filters: Filters = EVERYTHING,
    *,
    sort: Sort = "relevance",
    limit: int = 20,
    page: int = 1,
    context: int = 0,
    count: bool = False,
    facets: bool = False,
    months: bool = False,
    weights: Weights = DEFAULT,
    cap: int = CAP,
    seconds: float = SECONDS,
    aired: FacetCache | None = None,
    count_at_most: int | None = None,
    parts: Part = Part.NOTHING,
) -> Results:
    """Return the clips in which `query` is found, each with its best passages.

    `limit` is of clips, `page` counts from 1, `context` is how many segments around a passage come with it. `count`,
    `facets` and `months` ask for numbers, which take time where much is found. By relevance, at most `cap` segments
    are ranked, the last to arrive; clips beyond them follow, the newest first, so that none is lost. With `aired`,
    which may be a little old, numbers of clips cost next to nothing, and passages are not counted. With `count_at_most`
    there are no numbers where to count means to read more hits than that: it is quicker to look at the best.
    `parts` says what to read of each clip besides its facts.

    Raises UsageError where there is nothing to look for, and for a show or reporter that the archive does not know;
    SearchTimeoutError after `seconds`.
    """
    asked = parse(query) if isinstance(query, str) else query
    hits = _hits(archive, asked, filters, cap)
    finder = Finder(hits, asked, weights)
    with archive.reading(), time_limit(archive.db, seconds):
        found = finder.page(sort, limit * (page - 1), limit)
        clips = Passages(archive, hits, asked.wanted, context, parts).of(found)
        if count_at_most is not None and (count or facets or months) and finder.is_common(count_at_most):
            count = facets = months = False
        total, by_value, by_month = finder.totals(aired) if count or facets or months else (0, {}, [])
        passages = finder.passages() if count and aired is None else None
        suggestions = _suggestions(archive, asked, filters) if not clips and page == 1 else ()
    return Results(
        clips,
        total if count else None,
        passages,
        by_value if facets else {},
        tuple(by_month) if months else (),
        suggestions,
    )


def _hits(archive: Archive, asked: Query, filters: Filters, cap: int) -> FtsReader:
    condition, parameters = conditions(archive, within(asked, filters))
    return FtsReader(archive.db, condition, parameters, cap)


def _suggestions(archive: Archive, asked: Query, filters: Filters) -> tuple[str, ...]:
    from radio_archive.search.suggest import suggest

    return suggest(archive, asked, lambda other: _finds(archive, other, filters))


def _finds(archive: Archive, asked: Query, filters: Filters) -> bool:
    return bool(Finder(_hits(archive, asked, filters, CAP), asked, DEFAULT).page("relevance", 0, 1))
