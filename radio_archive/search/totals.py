"""Counts clips by show, people, language, year and month, from values that are read once for many searches."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.search.fts import ClipFacts, FtsReader, credited, names

FACETS: Final = ("show", "reporter", "host", "language", "year")
ROLES: Final = ("reporter", "host")

FacetCounts = tuple[int, dict[str, list[tuple[str, int]]], list[tuple[str, int]]]
"""The number of clips; the numbers for each value of each of FACETS; and for each month."""


class ClipFacets(NamedTuple):
    """What a clip is counted by, apart from its month. Names are empty where there is none."""

    show: str
    language: str
    reporter: tuple[str, ...]
    host: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FacetCache:
    """The facets of many clips, of which many have the same."""

    clips: Mapping[int, tuple[str, int]]
    """By id: YYYY-MM, empty if there is no air date, and the place in `different`."""
    different: Sequence[ClipFacets]

    def count(self, found: Iterable[int]) -> FacetCounts:
        """Count the found clips that are known."""
        known = self.clips
        clips = [known[clip] for clip in found if clip in known]
        months = Counter([month for month, _ in clips if month])
        counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
        for place, number in Counter([place for _, place in clips]).items():
            facets = self.different[place]
            counts["show"][facets.show] += number
            counts["language"][facets.language] += number
            for role in ROLES:
                for person in set(getattr(facets, role)):
                    counts[role][person] += number
        for month, number in months.items():
            counts["year"][month[:4]] += number
        by_value = {name: most_first(values) for name, values in counts.items()}
        return len(clips), by_value | {"year": sorted(counts["year"].items(), reverse=True)}, sorted(months.items())


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
            by_role[role][clip] = (*by_role[role].get(clip, ()), people[person])
    places: dict[ClipFacets, int] = {}
    found: dict[int, tuple[str, int]] = {}
    for clip, date, show, language in clips:
        spoken = language_name(language) if language else ""
        facets = ClipFacets(shows.get(show or 0, ""), spoken, *(by_role[role].get(clip, ()) for role in ROLES))
        # Interned, because there are many more clips than months.
        found[clip] = sys.intern((date or "")[:7]), places.setdefault(facets, len(places))
    return FacetCache(found, list(places))


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the counts with a name, the largest first."""
    named: Iterable[tuple[str, int]] = ((name, number) for name, number in counts.items() if name)
    return sorted(named, key=lambda item: (-item[1], item[0]))
