"""Reads what the site shows besides clips: shows, people, and the archive as a whole.

On a connection that was prepared with `views.hide`, all of it is public.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.names import addresses
from radio_archive.archive.names.addresses import name_slug, show_slug
from radio_archive.errors import NoSuchClipError
from radio_archive.models import Clip
from radio_archive.text.spelling import fold


@dataclass(frozen=True, slots=True)
class SubjectSummary:
    """A show or a person in a list, with the number of clips and the first and last year."""

    name: str
    address: str
    clips: int
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class SubjectDetail:
    """A show or a person in detail. `others` are the people of a show, or the shows of a person."""

    kind: str
    name: str
    address: str
    about: str | None
    url: str | None
    station: str | None
    rights: str | None
    roles: tuple[str, ...]
    clips: int
    years: tuple[tuple[str, int], ...]
    others: tuple[SubjectSummary, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The archive in numbers; `hours` of audio, `unchecked` transcripts."""

    clips: int
    shows: int
    people: int
    hours: float
    first: str | None
    last: str | None
    unchecked: int
    models: tuple[tuple[str, int], ...]
    station: str | None
    """If all shows belong to one."""


@dataclass(frozen=True, slots=True)
class YearPage:
    """Some of the clips of a year, as they aired. `preceding` and `following` are uids: the clips after which the pages
    before and after this one begin; None if there is no such page, and empty for the first page of the year."""

    clips: tuple[Clip, ...]
    preceding: str | None
    following: str | None


_OF = {
    "show": "clips.show_id = :subject",
    "person": "clips.id IN (SELECT clip_id FROM credits WHERE person_id = :subject)",
}


def shows(archive: Archive) -> list[SubjectSummary]:
    """Return the shows that have clips, by name."""
    rows = archive.db.execute(
        """SELECT shows.name, count(*), min(air_date), max(air_date) FROM shows JOIN clips ON show_id = shows.id
           WHERE merged_into IS NULL GROUP BY shows.id"""
    )
    found = [SubjectSummary(name, show_slug(name), *numbers) for name, *numbers in rows]
    return sorted(found, key=lambda show: (fold(show.name), show.name))


def years(archive: Archive) -> list[tuple[str | None, int]]:
    """Return the years in which clips aired, the newest first, with their numbers of clips; None: without a date."""
    rows = archive.db.execute(
        "SELECT substr(air_date, 1, 4) AS year, count(*) FROM clips GROUP BY year ORDER BY year DESC"
    )
    return [(year, number) for year, number in rows]


def of_year(archive: Archive, year: str | None, after: str | None, size: int) -> YearPage:
    """Return a page of the clips of a year, of at most `size`; it begins after the clip `after`, given by uid.

    `year` has four digits, or is None for clips without a date. Costs the same for each page of any archive. Raises
    NoSuchClipError if there is no clip `after` in that year.
    """
    if after is None:
        whole = "air_date BETWEEN :year AND :year || '-99'" if year else "air_date IS NULL"
        found = _in_order(archive, (whole,), "ASC", {"year": year, "limit": size + 1})
        return _year_page(archive, found, size, None)
    key, date = archive.db.execute(
        """SELECT id, air_date FROM clips
           WHERE uid = :uid AND (air_date BETWEEN :year AND :year || '-99' OR coalesce(air_date, :year) IS NULL)""",
        {"uid": after, "year": year},
    ).fetchone() or (None, None)
    if key is None:
        raise NoSuchClipError(f"no clip {after!r} in that year", "Begin at the first page of the year.")
    parameters = {"year": year, "date": date, "id": key, "limit": size + 1}
    # Two queries, because one with both conditions would read all clips of the day from its beginning.
    later = ("air_date IS :date AND id > :id", "air_date > :date AND air_date <= :year || '-99'")
    earlier = ("air_date IS :date AND id <= :id", "air_date < :date AND air_date >= :year")
    found = _in_order(archive, later, "ASC", parameters)
    before = _in_order(archive, earlier, "DESC", parameters)
    return _year_page(archive, found, size, before[size][1] if len(before) > size else "")


def _in_order(
    archive: Archive, conditions: Sequence[str], direction: str, parameters: dict[str, object]
) -> list[tuple[int, str]]:
    """Return id and uid of the clips of the first condition, then of the next, up to the parameter `limit`."""
    found: list[tuple[int, str]] = []
    for condition in conditions:
        found += archive.db.execute(
            f"""SELECT id, uid FROM clips WHERE {condition}
                ORDER BY air_date {direction}, id {direction} LIMIT :limit""",  # noqa: S608 - fixed
            parameters,
        )
    return found[: cast("int", parameters["limit"])]


def _year_page(archive: Archive, found: Sequence[tuple[int, str]], size: int, preceding: str | None) -> YearPage:
    keys = [key for key, _ in found[:size]]
    clips = read.by_id(archive, keys, read.Part.ADDRESS)
    following = found[size - 1][1] if len(found) > size else None
    return YearPage(tuple(clips[key] for key in keys if key in clips), preceding, following)


def subject(archive: Archive, kind: str, wanted: str) -> tuple[int, SubjectDetail] | None:
    """Return the id and the detail of the show or person that has, or had, the address `wanted`; None if none has."""
    key = addresses.subject(archive, kind, wanted)
    if key is None:
        return None
    db = archive.db
    if kind == "show":
        row = db.execute(
            """SELECT shows.name, NULL, shows.url, stations.name, rights FROM shows
               LEFT JOIN stations ON stations.id = station_id WHERE shows.id = ?""",
            [key],
        ).fetchone()
        roles: list[str] = []
        others = db.execute(
            """SELECT people.name, count(DISTINCT clips.id), min(air_date), max(air_date) FROM clips
               JOIN credits ON clip_id = clips.id JOIN people ON people.id = person_id
               WHERE show_id = ? GROUP BY people.id ORDER BY 2 DESC, 1 LIMIT 50""",
            [key],
        ).fetchall()
    else:
        row = db.execute("SELECT name, biography, NULL, NULL, NULL FROM people WHERE id = ?", [key]).fetchone()
        roles = [
            role
            for (role,) in db.execute(
                "SELECT role FROM credits WHERE person_id = ? GROUP BY role ORDER BY count(*) DESC", [key]
            )
        ]
        others = db.execute(
            """SELECT shows.name, count(DISTINCT clips.id), min(air_date), max(air_date) FROM credits
               JOIN clips ON clips.id = clip_id JOIN shows ON shows.id = show_id
               WHERE person_id = ? GROUP BY shows.id ORDER BY 2 DESC, 1 LIMIT 50""",
            [key],
        ).fetchall()
    years = db.execute(
        f"""SELECT substr(air_date, 1, 4) AS year, count(*) FROM clips WHERE {_OF[kind]}
            GROUP BY year ORDER BY year DESC""",  # noqa: S608 - fixed
        {"subject": key},
    ).fetchall()
    name, about, url, station, rights = row
    total = sum(number for _, number in years)
    address_of, address_of_other = (show_slug, name_slug) if kind == "show" else (name_slug, show_slug)
    return key, SubjectDetail(
        kind=kind,
        name=name,
        address=address_of(name),
        about=about,
        url=url,
        station=station,
        rights=rights,
        roles=tuple(roles),
        clips=total,
        years=tuple((year, number) for year, number in years if year),
        others=tuple(SubjectSummary(other, address_of_other(other), *numbers) for other, *numbers in others),
    )


def totals(archive: Archive) -> Totals:
    """Return the archive in numbers."""
    db = archive.db
    clips, first, last, unchecked = db.execute(
        "SELECT count(*), min(air_date), max(air_date), sum(review_status <> 'approved') FROM clips"
    ).fetchone()
    seconds = db.execute("SELECT sum(duration) FROM recordings").fetchone()[0]
    number_of_shows = db.execute("SELECT count(DISTINCT show_id) FROM clips").fetchone()[0]
    number_of_people = db.execute("SELECT count(DISTINCT person_id) FROM credits").fetchone()[0]
    models = db.execute(
        """SELECT CASE origin WHEN 'engine' THEN coalesce(model, engine) END, count(*) FROM transcripts
           WHERE id IN (SELECT current_transcript_id FROM clips) GROUP BY 1 ORDER BY 2 DESC"""
    ).fetchall()
    stations = db.execute(
        "SELECT DISTINCT stations.name FROM stations JOIN shows ON station_id = stations.id LIMIT 2"
    ).fetchall()
    return Totals(
        clips,
        number_of_shows,
        number_of_people,
        (seconds or 0) / 3600,
        first,
        last,
        unchecked or 0,
        tuple((name, number) for name, number in models if name),
        stations[0][0] if len(stations) == 1 else None,
    )
