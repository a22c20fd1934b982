"""Full-text search over what was said, titles, stories and names, however they are spelled."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Literal, TypeAlias

from radio_archive.archive.archive import Archive
from radio_archive.archive.catalogue import EVERYTHING, Filters, conditions
from radio_archive.archive.results import (
    MARK_END,
    MARK_START,
    ClipHit,
    Passage,
    Results,
    Weights,
    Where,
)
from radio_archive.text.query import AllOf, AnyOf, Near, Node, Query, Term, parse

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

Sort: TypeAlias = Literal["relevance", "newest", "oldest"]
DEFAULT = Weights()

SPEECH = """
    SELECT clip_list.clip, clip_list.title, clip_list.show, clip_list.reporter, clip_list.date,
        segments.position, segments.start, segments."end", segments.text,
        highlight(segments_fts, 0, :mark_start, :mark_end)
    FROM segments_fts
    JOIN segments ON segments.id = segments_fts.rowid
    JOIN clips ON clips.id = segments.clip_id
    JOIN clip_list ON clip_list.clip = clips.uid
    WHERE segments_fts MATCH :match AND {conditions}
    ORDER BY bm25(segments_fts, 1.0, 0.8, 0.8, 0.0), clips.air_date DESC LIMIT :limit"""


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
) -> Results:
    """Return the clips in which `query` is found, each with its best passages.

    `limit` is of clips, `page` counts from 1, `context` is how many segments around a passage come with it.
    Raises UsageError where there is nothing to look for, and for a show or reporter that the archive does not know.
    """
    asked = parse(query) if isinstance(query, str) else query
    condition, parameters = conditions(archive, filters)
    parameters |= {"match": _match(asked.wanted), "mark_start": MARK_START, "mark_end": MARK_END, "limit": limit * page}
    with archive.reading():
        rows = archive.db.execute(SPEECH.format(conditions=condition), parameters).fetchall()
    clips = tuple(_clips(rows))[limit * (page - 1) :]
    return Results(clips, total=len(clips) if count else None)


def _clips(rows: list[tuple[Any, ...]]) -> Iterator[ClipHit]:
    for (clip, title, show, reporter, date), found in groupby(rows, key=lambda row: row[:5]):
        passages = tuple(Passage(Where.SPEECH, *row[5:]) for row in found)
        yield ClipHit(clip, title, show, reporter, date, passages)


def _match(node: Node | None) -> str:
    match node:
        case Term(text, prefix):
            return '"' + text.replace('"', " ").replace("\0", " ") + '"' + ("*" if prefix else "")
        case AllOf(parts):
            return " AND ".join(f"({_match(part)})" for part in parts)
        case AnyOf(parts):
            return " OR ".join(f"({_match(part)})" for part in parts)
        case Near(terms, distance):
            return f"NEAR({' '.join(_match(term) for term in terms)}, {distance})"
    return '""'
