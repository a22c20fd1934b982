"""Reads who is credited, by family name, for lists of them by letter.

On a connection that was prepared with `views.hide`, all of it is public.
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby

from radio_archive.archive.archive import Archive
from radio_archive.archive.names.addresses import name_slug
from radio_archive.archive.public.pages import SubjectSummary
from radio_archive.text.spelling import surname_key

OTHER = "other"
"""Stands for the first letter of names that begin with none from A to Z."""
MOST = 40
"""So many of those with the most clips are known."""


@dataclass(frozen=True, slots=True)
class PeopleIndex:
    """Everybody who is credited, in the order of a list, without their names: there may be many people."""

    ids: Sequence[int]
    clips: Sequence[int]
    """The number of clips of each."""
    dates: Sequence[tuple[str | None, str | None]]
    """The first and the last air date of each."""
    letters: Mapping[str, range]
    """The places of those whose family name begins with a letter, or with OTHER."""
    most: Sequence[int]
    """The places of those with the most clips."""


def people_index(archive: Archive) -> PeopleIndex:
    """Read everybody who is credited with clips, by family name."""
    rows = archive.db.execute(
        """SELECT people.name, people.id, count(DISTINCT clips.id), min(air_date), max(air_date) FROM people
           JOIN credits ON person_id = people.id JOIN clips ON clips.id = clip_id
           WHERE merged_into IS NULL GROUP BY people.id"""
    )
    # Many of them have the same dates: each is kept once.
    dates: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
    found = sorted(
        (_listed_at(name), name, key, clips, dates.setdefault((first, last), (first, last)))
        for name, key, clips, first, last in rows
    )
    letters: dict[str, range] = {}
    for letter, group in groupby(range(len(found)), lambda place: letter_of(found[place][1])):
        places = list(group)
        letters[letter] = range(places[0], places[-1] + 1)
    clips = array("q", (row[3] for row in found))
    most = nlargest(MOST, range(len(found)), key=clips.__getitem__)
    return PeopleIndex(array("q", (row[2] for row in found)), clips, [row[4] for row in found], letters, most)


def people(archive: Archive, index: PeopleIndex, places: Sequence[int]) -> list[SubjectSummary]:
    """Return those at these places of the index who are still to be seen."""
    keys = [index.ids[place] for place in places]
    names = dict(
        archive.db.execute(
            "SELECT id, name FROM people WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(keys)]
        )
    )
    return [
        SubjectSummary(names[key], name_slug(names[key]), index.clips[place], *index.dates[place])
        for key, place in zip(keys, places, strict=True)
        if key in names
    ]


def letter_of(name: str) -> str:
    """Return the letter that a person is listed at: that of the family name, or OTHER."""
    first = surname_key(name)[0][:1].upper()
    return first if "A" <= first <= "Z" else OTHER


def _listed_at(name: str) -> tuple[bool, tuple[str, str]]:
    return letter_of(name) == OTHER, surname_key(name)
