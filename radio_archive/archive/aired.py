"""When each clip aired, in which show, and by whom: read once, and counted from in many searches."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from radio_archive.archive.archive import Archive

Totals = tuple[int, dict[str, list[tuple[str, int]]], list[tuple[str, int]]]
"""The number of clips; those of each show, reporter and year, most first; and of each month."""


@dataclass(frozen=True, slots=True, eq=False)
class Aired:
    """All clips of an archive, by their ids."""

    months: Mapping[int, str]
    """YYYY-MM, or nothing for a clip without a date."""
    shows: Mapping[int, str]
    """Names; nothing for a clip without a show."""
    reporters: Mapping[int, tuple[str, ...]]
    """Of clips that have one."""

    def counted(self, found: Set[int]) -> Totals:
        """Count the clips that were found, as far as they are known."""
        clips = found & self.months.keys()
        months = Counter(map(self.months.__getitem__, clips))
        shows = Counter(map(self.shows.__getitem__, clips))
        people: defaultdict[str, int] = defaultdict(int)
        for names, number in Counter(map(self.reporters.__getitem__, clips & self.reporters.keys())).items():
            for name in set(names):
                people[name] += number
        years: defaultdict[str, int] = defaultdict(int)
        for month, number in months.items():
            years[month[:4]] += number
        by_month = sorted((month, number) for month, number in months.items() if month)
        by_year = sorted(((year, number) for year, number in years.items() if year), reverse=True)
        return len(clips), {"show": _most_first(shows), "reporter": _most_first(people), "year": by_year}, by_month


def read(archive: Archive) -> Aired:
    """Return the clips that the archive's connection shows."""
    db = archive.db
    rows = db.execute("SELECT id, coalesce(substr(air_date, 1, 7), ''), show_id FROM clips").fetchall()
    shows = dict(db.execute("SELECT id, name FROM shows").fetchall())
    people = dict(db.execute("SELECT id, name FROM people").fetchall())
    credited = db.execute("SELECT clip_id, person_id FROM credits WHERE role = 'reporter' ORDER BY clip_id").fetchall()
    reporters: dict[int, tuple[str, ...]] = {}
    for clip, person in credited:
        if person in people:
            reporters[clip] = (*reporters.get(clip, ()), people[person])
    return Aired(
        {clip: month for clip, month, _ in rows}, {clip: shows.get(show, "") for clip, _, show in rows}, reporters
    )


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    named: Iterable[tuple[str, int]] = ((name, number) for name, number in counts.items() if name)
    return sorted(named, key=lambda item: (-item[1], item[0]))
