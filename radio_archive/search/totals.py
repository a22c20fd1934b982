"""Counts clips by show, people, language, year and month, from values that are read once for many searches."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.search.fts import ClipFacts, FtsReader, credited, names

FACETS: Final = ("show", "reporter", "host", "language", "year")
ROLES: Final = ("reporter", "host")

FacetCounts = tuple[int, dict[str, list[tuple[str, int]]], list[tuple[str, int]]]
"""The number of clips; the numbers for each value of each of FACETS; and for each month."""


class ClipFacets(NamedTuple):
    """What a clip is counted by, apart from its month. Names are empty where there is none, and none is there twice."""

    show: str
    language: str
    reporter: tuple[str, ...]
    host: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FacetCache:
    """The facets of many clips."""

    clips: Mapping[int, tuple[str, ClipFacets]]
    """By id: YYYY-MM, empty if there is no air date, and the rest, which is one object for all that have the same."""

    def count(self, found: Iterable[int]) -> FacetCounts:
        """Count the found clips that are known."""
        clips = list(filter(None, map(self.clips.get, found)))
        facets = [facets for _, facets in clips]
        months = Counter([month for month, _ in clips if month])
        years: Counter[str] = Counter()
        for month, number in months.items():
            years[month[:4]] += number
        by_value = {
            "show": most_first(Counter([one.show for one in facets])),
            "language": most_first(Counter([one.language for one in facets])),
            "year": sorted(years.items(), reverse=True),
        }
        for role in ROLES:
            by_value[role] = most_first(Counter(chain.from_iterable(map(attrgetter(role), facets))))
        return len(clips), {name: by_value[name] for name in FACETS}, sorted(months.items())


def count_found(reader: FtsReader, clips: Collection[int], known: FacetCache | None = None) -> FacetCounts:
    """Count those of the clips that pass the reader's filters; `known` is used if none but visibility is set."""
    if known is None or not reader.is_unfiltered:
        known = _read(reader.db, reader.facts(clips), some=True)
    return known.count(clips)


def read_facet_cache(archive: Archive) -> FacetCache:
    """Read the facets of all clips that are visible on the archive's connection."""
    clips = archive.db.execute("SELECT id, air_date, show_id, language FROM clips").fetchall()
    return _read(archive.db, clips, some=False)


def _read(db: Database, clips: Sequence[ClipFacts], *, some: bool) -> FacetCache:
    """Read the facets of clips, which are `some` or all of those that the connection sees."""
    # A search that counts nothing does not need it.
    from radio_archive.text.languages import language_name

    credits_there = credited(db, ROLES, [clip for clip, *_ in clips] if some else None)
    shows = names(db, "show", list({show for _, _, show, _ in clips if show is not None}))
    people = names(db, "person", list({person for _, person, _ in credits_there}))
    by_role: dict[str, dict[int, tuple[str, ...]]] = {role: {} for role in ROLES}
    for clip, person, role in credits_there:
        if person in people:
            by_role[role][clip] = tuple(dict.fromkeys((*by_role[role].get(clip, ()), people[person])))
    different: dict[ClipFacets, ClipFacets] = {}
    found: dict[int, tuple[str, ClipFacets]] = {}
    for clip, date, show, language in clips:
        spoken = language_name(language) if language else ""
        facets = ClipFacets(shows.get(show or 0, ""), spoken, *(by_role[role].get(clip, ()) for role in ROLES))
        # Interned, because there are many more clips than months.
        found[clip] = sys.intern((date or "")[:7]), different.setdefault(facets, facets)
    return FacetCache(found)


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the counts with a name, the largest first."""
    named: Iterable[tuple[str, int]] = ((name, number) for name, number in counts.items() if name)
    return sorted(named, key=lambda item: (-item[1], item[0]))
