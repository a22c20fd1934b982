"""Saved searches: the clips they have reported are stored, so that each clip is reported once.

A clip is new if the search has not reported it: it was archived since, or its text matches only since a change. Reports
are stored after they are delivered: an interrupted run is repeated, and nothing is lost.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters, conditions
from radio_archive.archive.rows import insert, now
from radio_archive.errors import UsageError
from radio_archive.models import clean_text
from radio_archive.search.expression import within
from radio_archive.search.fts import FtsReader
from radio_archive.search.passages import Passages
from radio_archive.search.plan import narrowed
from radio_archive.search.ranking import Finder, RankedClip
from radio_archive.search.results import Results, Weights
from radio_archive.text.query import parse

ALL = 1_000_000_000
"""More clips than an archive has."""
_ANY = "any"
"""The key beside the filters of a search that finds clips with any of its words."""
LOCK = ".saved.lock"
"""The lock file in the archive's folder, held by the process that runs saved searches."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search with a name. `ran_at` is the time of its last report; `told` counts the clips that are not new."""

    name: str
    query: str
    filters: Filters
    created_at: str
    ran_at: str | None
    told: int
    any_word: bool = False
    """Whether it finds clips with any of the words; else they have all."""


def save(archive: Archive, name: str, query: str, filters: Filters, *, any_word: bool = False) -> None:
    """Save a search; the clips it finds now are not new. Raises UsageError if the name is empty or taken."""
    name = clean_text(name)
    if not name:
        raise UsageError("the name of the search is empty", "Give one.")
    with archive.reading():
        found = _Matching(archive, query, filters, any_word).clips()
    with archive.writing():
        if archive.db.execute("SELECT 1 FROM saved_searches WHERE name = ?", [name]).fetchone():
            advice = f"Take another name, or `radio-archive saved remove {name!r}` first."
            raise UsageError(f"there is a saved search {name!r} already", advice)
        given = {key: value for key, value in (asdict(filters) | {_ANY: any_word}).items() if value}
        row = {"name": name, "query": query, "filters": json.dumps(given, ensure_ascii=False), "created_at": now()}
        _remember(archive, insert(archive.db, "saved_searches", row), found)


def all_searches(archive: Archive) -> list[SavedSearch]:
    """Return all saved searches, by name."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT name, query, filters, created_at, ran_at,
                      (SELECT count(*) FROM saved_finds WHERE saved_id = saved_searches.id)
               FROM saved_searches ORDER BY name"""
        ).fetchall()
    found: list[SavedSearch] = []
    for name, query, filters, created, ran, told in rows:
        given = json.loads(filters)
        any_word = bool(given.pop(_ANY, False))
        found.append(SavedSearch(name, query, Filters(**given), created, ran, told, any_word))
    return found


def find(archive: Archive, names: Sequence[str]) -> list[SavedSearch]:
    """Return the saved searches with these names, or all. Raises UsageError for an unknown name."""
    known = {saved.name: saved for saved in all_searches(archive)}
    for name in names:
        if name not in known:
            there = f"There are: {', '.join(known)}." if known else "`radio-archive search … --save NAME` makes one."
            raise UsageError(f"there is no saved search {name!r}", there)
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def remove(archive: Archive, name: str) -> None:
    """Delete a saved search. Raises UsageError for an unknown name."""
    find(archive, [name])
    with archive.writing():
        archive.db.execute("DELETE FROM saved_searches WHERE name = ?", [name])


def news(archive: Archive, saved: SavedSearch) -> Results:
    """Return the clips that a saved search has not reported, the newest first."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT clip_id FROM saved_finds JOIN saved_searches ON saved_searches.id = saved_finds.saved_id
               WHERE saved_searches.name = ?""",
            [saved.name],
        )
        known = {clip for (clip,) in rows}
        matching = _Matching(archive, saved.query, saved.filters, saved.any_word)
        return matching.results([clip for clip in matching.clips() if clip not in known])


class _Matching:
    """All that a search finds now, without a limit."""

    def __init__(self, archive: Archive, query: str, filters: Filters, any_word: bool) -> None:
        self._archive, self._asked = archive, narrowed(parse(query), "any" if any_word else "all")
        self._reader = FtsReader(archive.db, *conditions(archive, within(self._asked, filters)))

    def clips(self) -> list[int]:
        """Return the ids of the clips, the newest first."""
        return [one.clip for one in Finder(self._reader, self._asked, Weights()).page("newest", 0, ALL)]

    def results(self, clips: Sequence[int]) -> Results:
        return Results(
            Passages(self._archive, self._reader, self._asked.wanted).of([RankedClip(clip) for clip in clips])
        )


def mark_reported(archive: Archive, saved: SavedSearch, clips: Sequence[str]) -> None:
    """Store that the clips with these uids were reported."""
    with archive.writing():
        row = archive.db.execute("SELECT id FROM saved_searches WHERE name = ?", [saved.name]).fetchone()
        if row:
            archive.db.execute("UPDATE saved_searches SET ran_at = ? WHERE id = ?", [now(), row[0]])
            # A clip may have been removed since.
            query = "SELECT clips.id FROM json_each(?) AS asked CROSS JOIN clips ON clips.uid = asked.value"
            ids = archive.db.execute(query, [json.dumps(list(clips))]).fetchall()
            _remember(archive, row[0], [key for (key,) in ids])


def _remember(archive: Archive, saved_id: int, clips: Sequence[int]) -> None:
    archive.db.conn.executemany(
        "INSERT OR IGNORE INTO saved_finds (saved_id, clip_id, found_at) VALUES (?, ?, ?)",
        [(saved_id, clip, now()) for clip in clips],
    )
