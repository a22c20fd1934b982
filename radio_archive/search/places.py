"""Which clips may have a text that is to be replaced."""

import sys
from collections.abc import Iterator
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import EVERYTHING, Filters, Way, conditions
from radio_archive.archive.rows import paged
from radio_archive.search.expression import expression
from radio_archive.search.results import Where
from radio_archive.text.query import Scope, Term
from radio_archive.text.words import groups

LOOSELY = 2
"""How much longer a sentence may be, with its punctuation, than the words of it that are looked for."""

_WITH = """
    SELECT DISTINCT clips.id FROM segments_fts
    JOIN segments ON segments.id = segments_fts.rowid JOIN clips ON clips.id = segments.clip_id
    WHERE segments_fts MATCH :match AND {conditions} ORDER BY clips.id"""
_ACROSS = """
    SELECT DISTINCT clips.id FROM segments_fts AS found
    CROSS JOIN segments ON segments.id = found.rowid
    CROSS JOIN segments AS beside ON beside.clip_id = segments.clip_id AND beside.position = segments.position + :step
    CROSS JOIN clips ON clips.id = segments.clip_id
    WHERE found.segments_fts MATCH :rare AND {conditions}
        AND length(CASE :step WHEN 1 THEN beside.text ELSE segments.text END) <= :longest AND EXISTS
        (SELECT 1 FROM segments_fts WHERE segments_fts MATCH :other AND segments_fts.rowid = beside.id)"""
_FREQUENCY = "SELECT count(*) FROM (SELECT 1 FROM segments_fts WHERE segments_fts MATCH ? LIMIT 1000)"
_ALL = "SELECT clips.id FROM clips WHERE clips.id > :last AND {conditions} ORDER BY clips.id LIMIT :page"


def clips_with(archive: Archive, text: str, filters: Filters = EVERYTHING, *, across: bool = True) -> list[int]:
    """Return the ids of the clips in which a sentence may have `text`, by the full-text index.

    With `across`, also of those in which sentences may have it together. Raises UsageError for an unknown show or
    reporter.
    """
    match = _match(text)
    if match is None:
        return []
    condition, parameters = conditions(archive, filters)
    with archive.reading():
        rows = archive.db.execute(_WITH.format(conditions=condition), {**parameters, "match": match})
        found = {clip for (clip,) in rows}
        for sides in _across(archive, text) if across else ():
            found.update(
                clip for (clip,) in archive.db.execute(_ACROSS.format(conditions=condition), parameters | sides)
            )
    return sorted(found)


def _match(text: str) -> str | None:
    return expression(Term(text, scope=Scope.SAID, exact=True), Where.SPEECH, forms=False, heard=False)


def _across(archive: Archive, text: str) -> Iterator[dict[str, Any]]:
    """Yield the parameters of queries for each place in `text` at which its first sentence may end.

    The second one has the rest; or, where others follow, the next word, and it is about as short as the rest. It goes
    by the rarer side: there may be millions of sentences that have a *the*.
    """
    words = list(groups(text))
    for following in words[1:]:
        after = text[following.start :]
        nexts = [(after, sys.maxsize)]
        if following is not words[-1]:
            nexts.append((text[following.start : following.end], LOOSELY * len(after)))
        for beside, longest in nexts:
            sides = [_match(text[: following.start]), _match(beside)]
            if None not in sides:
                often = [archive.db.execute(_FREQUENCY, [side]).fetchone()[0] for side in sides]
                rare = int(often[1] < often[0])
                step = -1 if rare else 1
                yield {"rare": sides[rare], "other": sides[1 - rare], "step": step, "longest": longest}


def every_clip(archive: Archive, filters: Filters = EVERYTHING) -> Iterator[int]:
    """Yield the ids of all clips that match. Raises UsageError as `clips_with` does."""
    condition, parameters = conditions(archive, filters, Way.ALL)
    yield from (clip for (clip,) in paged(archive, _ALL.format(conditions=condition), **parameters))
