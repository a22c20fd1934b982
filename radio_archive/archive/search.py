"""Full-text search over what was said and over titles."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.catalogue import EVERYTHING, Filters, conditions
from radio_archive.errors import UsageError

MARK_START, MARK_END = "\x02", "\x03"
"""What stands around a match inside `Hit.marked`; stored text holds no control characters."""

MAX_QUERY = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that matches. `marked` is the snippet with its matches between MARK_START and MARK_END."""

    clip: str
    title: str
    show: str | None
    reporter: str | None
    date: str | None
    start: float
    end: float
    text: str
    marked: str
    matched: str
    """`speech`, or `title` where only the clip's title matched: then the text is the clip's first segment."""

    @property
    def snippet(self) -> str:
        """The snippet with its matches **like this**."""
        return self.marked.replace(MARK_START, "**").replace(MARK_END, "**")


SPEECH = """
    SELECT clip_list.clip, clip_list.title, clip_list.show, clip_list.reporter, clip_list.date,
        segments.start, segments."end", segments.text,
        snippet(segments_fts, 0, :mark_start, :mark_end, '…', 32), 'speech'
    FROM segments_fts
    JOIN segments ON segments.id = segments_fts.rowid
    JOIN clips ON clips.id = segments.clip_id
    JOIN clip_list ON clip_list.clip = clips.uid
    WHERE segments_fts MATCH :match AND {conditions}
    ORDER BY bm25(segments_fts, 1.0, 0.8, 0.8, 0.0), clips.air_date DESC LIMIT :limit"""

TITLES = """
    SELECT clip_list.clip, clip_list.title, clip_list.show, clip_list.reporter, clip_list.date,
        coalesce(segments.start, 0.0), coalesce(segments."end", 0.0), coalesce(segments.text, ''),
        highlight(clips_fts, 0, :mark_start, :mark_end), 'title'
    FROM clips_fts
    JOIN clips ON clips.id = clips_fts.rowid
    JOIN clip_list ON clip_list.clip = clips.uid
    LEFT JOIN segments ON segments.clip_id = clips.id AND segments.position = 0
    WHERE clips_fts MATCH :match AND {conditions}
    ORDER BY bm25(clips_fts, 1.0, 0.5), clips.air_date DESC LIMIT :limit"""


def search(archive: Archive, query: str, filters: Filters = EVERYTHING, limit: int = 20) -> list[Hit]:
    """Return the best passages for `query`, then clips of which only the title matches.

    All words must occur; `"a phrase"` keeps words together; a word ending in `*` matches longer ones.
    Raises UsageError for a query without a word in it.
    """
    match = fts_query(query)
    condition, parameters = conditions(archive, filters)
    parameters |= {"match": match, "mark_start": MARK_START, "mark_end": MARK_END, "limit": limit}
    with archive.reading():
        spoken = [Hit(*row) for row in archive.db.execute(SPEECH.format(conditions=condition), parameters)]
        titled = [Hit(*row) for row in archive.db.execute(TITLES.format(conditions=condition), parameters)]
    heard = {hit.clip for hit in spoken}
    return [*spoken, *(hit for hit in titled if hit.clip not in heard)][:limit]


def fts_query(query: str) -> str:
    """Return `query` as an FTS5 expression in which nothing a person typed is an operator."""
    if len(query) > MAX_QUERY:
        raise UsageError(f"the query is {len(query)} characters long", f"Use at most {MAX_QUERY}.")
    terms = list(_terms(query))
    if not terms:
        raise UsageError("the query has no word in it", 'Give one or more words, or a "phrase in quotes".')
    return " ".join(terms)


def _terms(query: str) -> Iterator[str]:
    for phrase, word in re.findall(r'["“”]([^"“”]*)["“”]?|([^\s"“”]+)', query):
        text = phrase or word
        if re.search(r"\w", text):
            yield '"' + text.replace('"', " ").replace("\0", " ") + '"' + ("*" if word.endswith("*") else "")
