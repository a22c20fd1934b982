"""The site's search: one page of matching clips with their best passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.read import LISTED, Part
from radio_archive.archive.filters import Filters
from radio_archive.errors import UsageError
from radio_archive.models import Clip
from radio_archive.search.results import Match, Replacement
from radio_archive.search.search import ClipHit, Passage, Sort, Where, search
from radio_archive.search.totals import FacetCache
from radio_archive.site.site import READ_SECONDS

if TYPE_CHECKING:
    from radio_archive.archive.index.embeddings import Embedder

PER_PAGE = 20
PASSAGES = 3
"""The largest number shown for each clip."""
COMMON = 1_000
"""With more hits than this, the page is sent first and the counts are loaded later."""
RANKED = 2_000
"""The largest number of sentences that are ranked, the newest first; fewer than on the command line, because a site
serves many."""
LONGEST = 500
"""Characters of a query, at most; the search box takes no more."""
MOST_WORDS = 40
"""Words of a query, at most: the site looks up each of them, for any visitor."""
SPOKEN = frozenset({Where.SPEECH, Where.HEARD, Where.VERSION, Where.MEANING})
"""Kinds of passages that have a moment in the recording."""


@dataclass(frozen=True, slots=True)
class FoundClip:
    """A clip with its matching passages, best first; `more` is the number of those not shown."""

    clip: Clip
    marked_title: str | None
    passages: tuple[Passage, ...]
    more: int
    missing: tuple[str, ...] = ()

    @property
    def start(self) -> float | None:
        """The second at which its best spoken passage starts, if it has one."""
        return next((passage.start for passage in self.passages if passage.where in SPOKEN), None)


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results; `total` (clips) and `facets` count all results, unless counting was put off."""

    clips: tuple[FoundClip, ...]
    total: int | None
    facets: Mapping[str, Sequence[tuple[str, int]]]
    suggestions: tuple[str, ...] = ()
    replaced: tuple[Replacement, ...] = ()
    close: tuple[FoundClip, ...] = ()
    """Other clips that are close to the query in meaning."""

    @property
    def partly(self) -> int | None:
        """The index of the first clip that does not have all words; None if all have them."""
        return next((i for i, hit in enumerate(self.clips) if hit.missing), None)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query, filters, order and page, as in the address of the search page."""

    query: str
    show: str | None = None
    reporter: str | None = None
    host: str | None = None
    language: str | None = None
    year: str | None = None
    sort: str = "relevance"
    page: int = 1
    match: Match = "best"
    count: bool = False
    """Count all results, however long it takes."""

    @property
    def filters(self) -> Filters:
        since, until = (f"{self.year}-01-01", f"{self.year}-12-31") if self.year else (None, None)
        return Filters(self.show, self.reporter, since, until, host=self.host, language=self.language)


def check_length(query: str) -> None:
    """Raise UsageError for a query that costs more to answer than one visitor should cost."""
    words = len(query.split())
    if len(query) > LONGEST or words > MOST_WORDS:
        size = f"{len(query):,} characters" if len(query) > LONGEST else f"{words:,} words"
        raise UsageError(
            f"the query is {size} long, and this site takes {LONGEST} characters and {MOST_WORDS} words at most",
            "Leave out all but the words that matter most.",
        )


def search_page(
    archive: Archive,
    wanted: PageQuery,
    totals: FacetCache | None,
    *,
    public: bool,
    brief: bool,
    meaning: "Embedder | None" = None,
) -> ResultPage:
    """Return one page of results; with `public`, only of what everybody may see. `totals` may be old.

    Clips include their first words, unless `brief`. Raises UsageError for a query without a word, or an unknown name.
    """
    results = search(
        archive,
        wanted.query,
        replace(wanted.filters, public=public),
        sort=cast("Sort", wanted.sort),
        match=wanted.match,
        limit=PER_PAGE,
        page=wanted.page,
        count=True,
        facets=True,
        count_at_most=None if wanted.count else COMMON,
        cap=RANKED,
        seconds=READ_SECONDS,
        known=totals,
        parts=Part.ADDRESS | Part.AUDIBLE if brief else LISTED,
        meaning=meaning,
    )
    clips, close = tuple(map(_found_clip, results.clips)), tuple(map(_found_clip, results.close))
    if results.total is None:
        return ResultPage(clips, None, {}, replaced=results.replaced, close=close)
    # `totals` may be older than a clip on this page.
    total = max(results.total, (wanted.page - 1) * PER_PAGE + len(clips) if clips else 0)
    return ResultPage(clips, total, results.facets, results.suggestions, results.replaced, close)


def _found_clip(hit: ClipHit) -> FoundClip:
    passages = [passage for passage in hit.passages if passage.where != Where.TITLE]
    return FoundClip(
        hit.clip, hit.marked_title, tuple(passages[:PASSAGES]), max(0, len(passages) - PASSAGES), hit.missing
    )
