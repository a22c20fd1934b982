"""Which clips may have a text that is to be replaced."""

from collections.abc import Iterator

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import EVERYTHING, Filters, Way, conditions
from radio_archive.archive.rows import PAGE
from radio_archive.search.expression import expression
from radio_archive.search.results import Where
from radio_archive.text.query import Scope, Term

_WITH = """
    SELECT DISTINCT clips.id FROM segments_fts
    JOIN segments ON segments.id = segments_fts.rowid JOIN clips ON clips.id = segments.clip_id
    WHERE segments_fts MATCH :match AND {conditions} ORDER BY clips.id"""
_ALL = "SELECT clips.id FROM clips WHERE clips.id > :after AND {conditions} ORDER BY clips.id LIMIT :page"


def clips_with(archive: Archive, text: str, filters: Filters = EVERYTHING) -> list[int]:
    """Return the ids of the clips in which a sentence may have `text`, by the full-text index.

    Raises UsageError for an unknown show or reporter.
    """
    match = expression(Term(text, scope=Scope.SAID, exact=True), Where.SPEECH, forms=False, heard=False)
    if match is None:
        return []
    condition, parameters = conditions(archive, filters)
    with archive.reading():
        rows = archive.db.execute(_WITH.format(conditions=condition), {**parameters, "match": match})
        return [clip for (clip,) in rows]


def every_clip(archive: Archive, filters: Filters = EVERYTHING) -> Iterator[list[int]]:
    """Yield the ids of all clips that match, a page at a time. Raises UsageError as `clips_with` does."""
    condition, parameters = conditions(archive, filters, Way.ALL)
    after = 0
    while True:
        with archive.reading():
            query = _ALL.format(conditions=condition)
            rows = archive.db.execute(query, {**parameters, "after": after, "page": PAGE}).fetchall()
        if not rows:
            return
        yield [clip for (clip,) in rows]
        after = rows[-1][0]
