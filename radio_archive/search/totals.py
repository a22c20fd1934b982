"""Counts clips by show, reporter, year and month, from values that are read once for many searches."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from radio_archive.archive.archive import Archive

FacetCounts = tuple[int, dict[str, list[tuple[str, int]]], list[tuple[str, int]]]
"""The number of clips; the numbers for each show, reporter and year; and for each month."""


@dataclass(frozen=True, slots=True, eq=False)
class FacetCache:
    """The facets of all clips of an archive."""

    clips: Mapping[int, tuple[str, str, tuple[str, ...]]]
    """By id: YYYY-MM and the show's name, each empty if there is none, and the reporters."""

    def count(self, found: Iterable[int]) -> FacetCounts:
        """Count the found clips that are known."""
        known = self.clips
        clips = [known[clip] for clip in found if clip in known]
        months = Counter([month for month, _, _ in clips])
        shows = Counter([show for _, show, _ in clips])
        people: defaultdict[str, int] = defaultdict(int)
        for names, number in Counter([names for _, _, names in clips]).items():
            for name in set(names):
                people[name] += number
        years: defaultdict[str, int] = defaultdict(int)
        for month, number in months.items():
            years[month[:4]] += number
        by_month = sorted((month, number) for month, number in months.items() if month)
        by_year = sorted(((year, number) for year, number in years.items() if year), reverse=True)
        return len(clips), {"show": most_first(shows), "reporter": most_first(people), "year": by_year}, by_month


def read_facet_cache(archive: Archive) -> FacetCache:
    """Read the facets of all clips that are visible on the archive's connection."""
    db = archive.db
    rows = db.execute("SELECT id, coalesce(substr(air_date, 1, 7), ''), show_id FROM clips").fetchall()
    shows = dict(db.execute("SELECT id, name FROM shows").fetchall())
    people = dict(db.execute("SELECT id, name FROM people").fetchall())
    credited = db.execute("SELECT clip_id, person_id FROM credits WHERE role = 'reporter' ORDER BY clip_id").fetchall()
    reporters: dict[int, tuple[str, ...]] = {}
    for clip, person in credited:
        if person in people:
            reporters[clip] = (*reporters.get(clip, ()), people[person])
    # Interned, because there are many more clips than months.
    return FacetCache(
        {clip: (sys.intern(month), shows.get(show, ""), reporters.get(clip, ())) for clip, month, show in rows}
    )


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the counts with a name, the largest first."""
    named: Iterable[tuple[str, int]] = ((name, number) for name, number in counts.items() if name)
    return sorted(named, key=lambda item: (-item[1], item[0]))
