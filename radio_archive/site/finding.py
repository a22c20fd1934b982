"""The one place where the site asks for hits, grouped by clip."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from radio_archive.archive import pages
from radio_archive.archive.archive import Archive
from radio_archive.archive.catalogue import Filters
from radio_archive.archive.search import search

PER_PAGE = 20
PASSAGES = 3
"""Shown of each clip."""
FACETS = ("show", "reporter", "year")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that matches, with its matches between search.MARK_START and MARK_END. `start` in seconds."""

    where: str
    start: float
    marked: str


@dataclass(frozen=True, slots=True)
class Found:
    """A clip with what matches in it, best first; `more` passages are not shown."""

    entry: pages.Entry
    marked_title: str | None
    passages: tuple[Passage, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of results: all that was found is counted in `total`, `facets` and `months`."""

    clips: tuple[Found, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
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

    @property
    def filters(self) -> Filters:
        since, until = (f"{self.year}-01-01", f"{self.year}-12-31") if self.year else (None, None)
        return Filters(self.show, self.reporter, since, until)


def find(archive: Archive, wanted: Wanted) -> Findings:
    """Return one page of what matches. Raises UsageError for a query without a word in it, or an unknown name."""
    hits = search(archive, wanted.query, wanted.filters, limit=2_000)
    grouped: dict[str, list[Passage]] = {}
    for hit in hits:
        grouped.setdefault(hit.clip, []).append(Passage(hit.matched, hit.start, hit.marked))
    everything = pages.by_uid(archive, list(grouped))
    order = [uid for uid in grouped if uid in everything]
    if wanted.sort != "relevance":
        order.sort(key=lambda uid: everything[uid].date or "", reverse=wanted.sort == "newest")
    first = (wanted.page - 1) * PER_PAGE
    clips = tuple(
        Found(
            everything[uid],
            next((passage.marked for passage in grouped[uid] if passage.where == "title"), None),
            tuple(passage for passage in grouped[uid] if passage.where != "title")[:PASSAGES],
            max(0, sum(passage.where != "title" for passage in grouped[uid]) - PASSAGES),
        )
        for uid in order[first : first + PER_PAGE]
    )
    found = [everything[uid] for uid in order]
    facets = {
        "show": _counted(entry.show for entry in found),
        "reporter": _counted(entry.reporter for entry in found),
        "year": tuple(sorted(_counted((entry.date or "")[:4] for entry in found))),
    }
    return Findings(clips, len(order), facets)


def _counted(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(value for value in values if value).most_common())
