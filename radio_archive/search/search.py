"""Full-text search over what was said, titles, stories and names, in any spelling.

with Archive(Path("my-archive"), read_only=True) as archive:
    for hit in search(archive, '"undersea cable" show:"Pacific Report"').clips:
        print(hit.clip.title, hit.passages[0].start, hit.passages[0].text)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import Part, uids_of
from radio_archive.archive.database import time_limit
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.archive.rows import PAGE
from radio_archive.archive.visibility import station_time
from radio_archive.search.expression import within
from radio_archive.search.fts import CAP, FtsReader
from radio_archive.search.loosening import best_first
from radio_archive.search.passages import Passages
from radio_archive.search.plan import narrowed
from radio_archive.search.ranking import Finder, RankedClip
from radio_archive.search.results import ClipHit, Match, Passage, Replacement, Results, Sort, Weights, Where
from radio_archive.search.totals import FacetCache
from radio_archive.text.highlight import MARK_END, MARK_START
from radio_archive.text.query import Query, parse

if TYPE_CHECKING:
    from radio_archive.archive.index.embeddings import Embedder

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
    "search_every",
]

DEFAULT = Weights()
MOST = 1_000_000_000
"""More clips than an archive has."""
SECONDS = 20.0
"""A search is stopped after so much time of a processor."""


def search(
    archive: Archive,
    query: str | Query,
    filters: Filters = EVERYTHING,
    *,
    sort: Sort = "relevance",
    match: Match = "best",
    limit: int = 20,
    page: int = 1,
    context: int = 0,
    count: bool = False,
    facets: bool = False,
    months: bool = False,
    weights: Weights = DEFAULT,
    cap: int = CAP,
    seconds: float = SECONDS,
    known: FacetCache | None = None,
    count_at_most: int | None = None,
    parts: Part = Part.NOTHING,
    meaning: "Embedder | None" = None,
) -> Results:
    """Return the clips in which `query` is found, each with its best passages; `match` says how much of it they have.

    `limit` counts clips, `page` counts from 1, `context` is the number of segments before and after each passage.
    `count`, `facets` and `months` ask for numbers, which take time for frequent words. By relevance, at most `cap`
    segments are ranked, the latest added; the other clips follow, newest first. `known`, which may be slightly out of
    date, makes counting clips fast, and passages are then not counted. With `count_at_most`, there are no numbers if
    counting would read more hits than that. `parts` says what else to read of each clip. With `meaning`, the first page
    also has clips that are close in meaning; see `search.meaning`.

    Raises UsageError for an empty query or an unknown name; SearchTimeoutError after `seconds` of a
    processor.
    """
    asked = parse(query) if isinstance(query, str) else query
    reader = _reader(archive, asked, filters, cap)
    with archive.reading(), time_limit(archive.db, seconds):
        finder, found, replaced = _find(archive, reader, asked, sort, match, weights, limit * (page - 1), limit)
        clips = Passages(archive, reader, finder.query.wanted, context, parts).of(found)
        if count_at_most is not None and (count or facets or months) and finder.is_common(count_at_most):
            count = facets = months = False
        total, by_value, by_month = finder.totals(known) if count or facets or months else (0, {}, [])
        passages = finder.passages() if count and known is None else None
        suggestions = _suggestions(archive, asked, filters) if not clips and page == 1 else ()
        close = _close(archive, meaning, asked, filters, clips, parts) if meaning and page == 1 else ()
    return Results(
        clips,
        total if count else None,
        passages,
        by_value if facets else {},
        tuple(by_month) if months else (),
        suggestions,
        replaced if clips else (),
        close,
    )


@dataclass(frozen=True, slots=True)
class EveryClip:
    """All clips of a search, their texts read only when they are asked for. Iterate over one of the two, once."""

    number: int
    partial: int
    """How many of them, the last ones, have only some of the words."""
    replaced: tuple[Replacement, ...]
    hits: Iterator[ClipHit]
    uids: Iterator[str]


def search_every(
    archive: Archive,
    query: str | Query,
    filters: Filters = EVERYTHING,
    *,
    sort: Sort = "relevance",
    match: Match = "best",
    context: int = 0,
    weights: Weights = DEFAULT,
    seconds: float = SECONDS,
) -> EveryClip:
    """Return all clips that `search` would find, in its order, without holding their texts. Raises as it does.

    `seconds` is for finding them, not for reading them.
    """
    asked = parse(query) if isinstance(query, str) else query
    reader = _reader(archive, asked, filters, CAP)
    with archive.reading(), time_limit(archive.db, seconds):
        finder, found, replaced = _find(archive, reader, asked, sort, match, weights, 0, MOST)
    pages = [found[first : first + PAGE] for first in range(0, len(found), PAGE)]
    # New ones for each page, because they keep every text that they have read.
    wanted = finder.query.wanted
    hits = (hit for page in pages for hit in Passages(archive, reader, wanted, context, Part.NOTHING).of(page))
    ids = ([clip.clip for clip in page] for page in pages)
    uids = (uid for page in ids for uid in uids_of(archive, page))
    return EveryClip(len(found), sum(bool(clip.missing) for clip in found), replaced, hits, uids)


def _find(
    archive: Archive,
    reader: FtsReader,
    asked: Query,
    sort: Sort,
    match: Match,
    weights: Weights,
    first: int,
    limit: int,
) -> tuple[Finder, list[RankedClip], tuple[Replacement, ...]]:
    """Return `limit` clips from index `first`, who found them, and which words were replaced."""
    if match == "best" and sort == "relevance" and asked.wanted is not None:
        answer = best_first(archive, reader, asked, weights, first, limit)
        return answer.finder, list(answer.clips), tuple(answer.replaced)
    finder = Finder(reader, narrowed(asked, match), weights)
    return finder, finder.page(sort, first, limit), ()


def _reader(archive: Archive, asked: Query, filters: Filters, cap: int) -> FtsReader:
    condition, parameters = conditions(archive, within(asked, filters))
    return FtsReader(archive.db, condition, parameters, cap, station_time(archive.folder)[:10])


def _close(
    archive: Archive, meaning: "Embedder", asked: Query, filters: Filters, clips: Sequence[ClipHit], parts: Part
) -> tuple[ClipHit, ...]:
    from radio_archive.search.meaning import close

    return close(archive, meaning, asked, filters, shown={hit.clip.uid for hit in clips}, parts=parts)


def _suggestions(archive: Archive, asked: Query, filters: Filters) -> tuple[str, ...]:
    from radio_archive.search.suggest import suggest

    return suggest(archive, asked, lambda other: _finds(archive, other, filters), public=filters.public)


def _finds(archive: Archive, asked: Query, filters: Filters) -> bool:
    return bool(Finder(_reader(archive, asked, filters, CAP), narrowed(asked, "all"), DEFAULT).page("relevance", 0, 1))
