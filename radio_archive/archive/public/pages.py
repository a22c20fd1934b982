"""What the published site shows: the home page, shows, people, clips, and the archive as a whole.

All of it reads through one `Archive`; on a connection that was made with `hiding.hide`, only what everybody may see.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import stories
from radio_archive.archive.clips.encoding import load_chapters, load_words
from radio_archive.archive.names import addresses
from radio_archive.archive.names.addresses import person_slug, show_slug
from radio_archive.models import Chapter, Segment, Story, Word


@dataclass(frozen=True, slots=True)
class Entry:
    """A clip in a list. `address` is its place on the site, `teaser` how it begins, `duration` in seconds."""

    uid: str
    address: str
    title: str
    show: str | None
    show_address: str
    reporter: str | None
    date: str | None
    duration: float
    summary: str | None
    teaser: str | None
    language: str | None
    review: str
    sha256: str
    media_type: str
    bytes: int
    added_at: str
    has_cover: bool
    has_chapters: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A show or a person in a list, with the number of clips and the first and last year."""

    name: str
    address: str
    clips: int
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A show or a person, and what the archive says of it. `others`: people of a show, shows of a person."""

    kind: str
    name: str
    address: str
    about: str | None
    url: str | None
    station: str | None
    roles: tuple[str, ...]
    clips: int
    years: tuple[tuple[str, int], ...]
    others: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what on a clip, and how that is known: `source` is one of models.Source, `at` in seconds."""

    role: str
    name: str
    address: str
    source: str | None
    at: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page of one clip shows. `audio`: whether there is something to be heard."""

    entry: Entry
    rights: str | None
    station: str | None
    credits: tuple[Credit, ...]
    subjects: tuple[str, ...]
    story: Story | None
    segments: tuple[Segment, ...]
    speakers: tuple[str | None, ...]
    """Who speaks each segment, where that is known."""
    words: tuple[Word, ...]
    transcript: Mapping[str, object]
    """How the current transcript came to be: origin, engine, engine_version, model, revision, created_at."""
    chapters: tuple[Chapter, ...]
    peaks: bytes | None
    audio: bool
    earlier: Entry | None
    later: Entry | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The archive in numbers; `hours` of sound, `unchecked` transcripts."""

    clips: int
    shows: int
    people: int
    hours: float
    first: str | None
    last: str | None
    unchecked: int
    models: tuple[tuple[str, int], ...]
    station: str | None
    """Where all shows are of one."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording's file: where it is, and what it is."""

    path: Path
    media_type: str
    bytes: int
    duration: float
    uid: str


_COLUMNS = f"""SELECT {addresses.ADDRESS_COLUMNS},
    (SELECT group_concat(people.name, ', ') FROM credits JOIN people ON people.id = credits.person_id
     WHERE credits.clip_id = clips.id AND credits.role = 'reporter') AS reporter,
    coalesce(clip_recordings."end", recordings.duration) - clip_recordings.start AS duration, clips.summary,
    {{teaser}} AS teaser,
    clips.language, clips.review_status, recordings.sha256, recordings.media_type, recordings.bytes, clips.added_at,
    EXISTS (SELECT 1 FROM covers WHERE covers.recording_id = recordings.id), recordings.chapters IS NOT NULL
    FROM clips
    JOIN clip_recordings ON clip_recordings.clip_id = clips.id AND clip_recordings.role = 'original'
    JOIN recordings ON recordings.id = clip_recordings.recording_id"""  # noqa: S608 - fixed
_TEASER = """(SELECT group_concat(text, ' ') FROM (SELECT text FROM segments WHERE segments.clip_id = clips.id
    AND position < 4 ORDER BY position))"""
_ENTRY, _BRIEF_ENTRY = _COLUMNS.format(teaser=_TEASER), _COLUMNS.format(teaser="NULL")
_NEWEST = "ORDER BY clips.air_date DESC, clips.id DESC"
_OF = {
    "show": "clips.show_id = :subject",
    "person": "clips.id IN (SELECT clip_id FROM credits WHERE person_id = :subject)",
    None: "1",
}


def entries(
    archive: Archive,
    kind: str | None = None,
    subject_id: int = 0,
    year: str | None = None,
    limit: int = 20,
    skip: int = 0,
) -> list[Entry]:
    """Return clips, newest air date first: of a show or a person, or all."""
    condition = _OF[kind] + (" AND clips.air_date BETWEEN :year AND :year || '-99'" if year else "")
    # The few that are wanted first: all else would be read for every clip, and then sorted.
    wanted = f"SELECT id FROM clips WHERE {condition} {_NEWEST} LIMIT :limit OFFSET :skip"  # noqa: S608 - fixed
    rows = archive.db.execute(
        f"{_ENTRY} WHERE clips.id IN ({wanted}) {_NEWEST}",
        {"subject": subject_id, "year": year, "limit": limit, "skip": skip},
    )
    return [_entry(row) for row in rows]


def by_uid(archive: Archive, uids: Sequence[str], *, brief: bool = False) -> dict[str, Entry]:
    """Return the clips with these uids, as far as they exist; `brief` ones without how they begin."""
    entry = _BRIEF_ENTRY if brief else _ENTRY
    rows = archive.db.execute(f"{entry} WHERE clips.uid IN (SELECT value FROM json_each(?))", [json.dumps(uids)])  # noqa: S608 - fixed
    return {entry.uid: entry for entry in map(_entry, rows)}


def shows(archive: Archive) -> list[Named]:
    """Return the shows that have clips, by name."""
    rows = archive.db.execute(
        """SELECT shows.name, count(*), min(air_date), max(air_date) FROM shows JOIN clips ON show_id = shows.id
           WHERE merged_into IS NULL GROUP BY shows.id ORDER BY shows.name COLLATE NOCASE"""
    )
    return [Named(name, show_slug(name), *numbers) for name, *numbers in rows]


def people(archive: Archive) -> list[Named]:
    """Return the people who are credited with clips, by name."""
    rows = archive.db.execute(
        """SELECT people.name, count(DISTINCT clips.id), min(air_date), max(air_date) FROM people
           JOIN credits ON person_id = people.id JOIN clips ON clips.id = clip_id
           WHERE merged_into IS NULL GROUP BY people.id ORDER BY people.name COLLATE NOCASE"""
    )
    return [Named(name, person_slug(name), *numbers) for name, *numbers in rows]


def subject(archive: Archive, kind: str, wanted: str) -> tuple[int, Subject] | None:
    """Return the show or person with the address `wanted`, or that had it once; its id comes first."""
    key = addresses.subject(archive, kind, wanted)
    if key is None:
        return None
    db = archive.db
    if kind == "show":
        row = db.execute(
            """SELECT shows.name, NULL, shows.url, stations.name FROM shows
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
        row = db.execute("SELECT name, biography, NULL, NULL FROM people WHERE id = ?", [key]).fetchone()
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
    name, about, url, station = row
    total = sum(number for _, number in years)
    address_of, address_of_other = (show_slug, person_slug) if kind == "show" else (person_slug, show_slug)
    return key, Subject(
        kind=kind,
        name=name,
        address=address_of(name),
        about=about,
        url=url,
        station=station,
        roles=tuple(roles),
        clips=total,
        years=tuple((year, number) for year, number in years if year),
        others=tuple(Named(other, address_of_other(other), *numbers) for other, *numbers in others),
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
        """SELECT coalesce(model, engine, origin), count(*) FROM transcripts
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
        tuple((name, number) for name, number in models),
        stations[0][0] if len(stations) == 1 else None,
    )


def page(archive: Archive, uid: str) -> Page | None:
    """Return the clip `uid` with all that its page shows, or None where there is none."""
    db = archive.db
    row = db.execute(f"{_ENTRY} WHERE clips.uid = ?", [uid]).fetchone()
    if row is None:
        return None
    entry, clip_id = _entry(row), row[0]
    facts = db.execute(
        """SELECT clips.rights, stations.name, chapters, peaks, recordings.path, clips.show_id
           FROM clips JOIN clip_recordings ON clip_recordings.clip_id = clips.id AND role = 'original'
           JOIN recordings ON recordings.id = clip_recordings.recording_id
           LEFT JOIN shows ON shows.id = clips.show_id LEFT JOIN stations ON stations.id = station_id
           WHERE clips.id = ?""",
        [clip_id],
    ).fetchone()
    rights, station, chapters, peaks, path, show_id = facts
    spoken = db.execute(
        """SELECT start, "end", text, coalesce(people.name, speakers.label) FROM segments
           LEFT JOIN speakers ON speakers.id = speaker_id LEFT JOIN people ON people.id = speakers.person_id
           WHERE segments.clip_id = ? ORDER BY position""",
        [clip_id],
    ).fetchall()
    transcript = _transcript(archive, clip_id)
    return Page(
        entry=entry,
        rights=rights,
        station=station,
        credits=_credits(archive, clip_id),
        subjects=tuple(
            text for (text,) in db.execute("SELECT subject FROM subjects WHERE clip_id = ? ORDER BY folded", [clip_id])
        ),
        story=stories.of(archive, uid),
        segments=tuple(Segment(start, end, text, -1, -1) for start, end, text, _ in spoken),
        speakers=tuple(speaker for *_, speaker in spoken),
        words=load_words(transcript.pop("words", "[]")),
        transcript=transcript,
        chapters=load_chapters(chapters),
        peaks=peaks,
        audio=bool(path) and sound(archive, entry.sha256) is not None,
        earlier=_beside(archive, entry, clip_id, show_id, later=False),
        later=_beside(archive, entry, clip_id, show_id, later=True),
    )


def sound(archive: Archive, sha256: str) -> Sound | None:
    """Return the recording with this digest: where its file is, which may be gone; None if it may not be heard.

    A recording that also holds a clip that is hidden is hidden as a whole: nobody can give out half a file.
    """
    row = archive.db.execute(
        """SELECT path, media_type, bytes, duration,
                  (SELECT uid FROM clips JOIN clip_recordings ON clip_id = clips.id
                   WHERE recording_id = recordings.id ORDER BY clips.id LIMIT 1) AS uid
           FROM recordings WHERE sha256 = ? AND path <> ''
               AND (SELECT count(*) FROM clip_recordings WHERE recording_id = recordings.id)
                 = (SELECT count(*) FROM main.clip_recordings AS every WHERE every.recording_id = recordings.id)""",
        [sha256],
    ).fetchone()
    if row is None or row[4] is None:
        return None
    return Sound(archive.media.path(row[0]), row[1], row[2], row[3], row[4])


def cover(archive: Archive, sha256: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture inside a recording."""
    row = archive.db.execute(
        "SELECT covers.media_type, content FROM covers JOIN recordings ON id = recording_id WHERE sha256 = ?", [sha256]
    ).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))


def credited(archive: Archive, uids: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return role and name of everybody credited on the clips with these uids."""
    rows = archive.db.execute(
        """SELECT clips.uid, credits.role, people.name FROM clips JOIN credits ON clip_id = clips.id
           JOIN people ON people.id = person_id WHERE clips.uid IN (SELECT value FROM json_each(?))
           ORDER BY credits.role DESC, people.name""",
        [json.dumps(list(uids))],
    )
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for uid, role, name in rows:
        found[uid] = (*found.get(uid, ()), (role, name))
    return found


def every_address(archive: Archive, limit: int, skip: int = 0) -> Iterator[tuple[str, str | None, str]]:
    """Yield the address, the air date and the time of addition of every clip."""
    rows = archive.db.execute(
        f"SELECT {addresses.ADDRESS_COLUMNS}, clips.added_at FROM clips ORDER BY clips.id LIMIT ? OFFSET ?",  # noqa: S608
        [limit, skip],
    )
    for _, uid, title, date, show, rivals, added_at in rows:
        yield addresses.address(uid, title, date, show, rivals), date, added_at


def _entry(row: Sequence[Any]) -> Entry:
    _, uid, title, date, show, rivals, reporter, duration, summary, teaser, *rest = row
    language, review, sha256, media_type, size, added_at, has_cover, has_chapters = rest
    where = addresses.address(uid, title, date, show, rivals)
    return Entry(
        uid=uid,
        address=where,
        title=title,
        show=show,
        show_address=where.partition("/")[0],
        reporter=reporter,
        date=date,
        duration=duration,
        summary=summary,
        teaser=teaser,
        language=language,
        review=review,
        sha256=sha256,
        media_type=media_type,
        bytes=size,
        added_at=added_at,
        has_cover=bool(has_cover),
        has_chapters=bool(has_chapters),
    )


def _credits(archive: Archive, clip_id: int) -> tuple[Credit, ...]:
    rows = archive.db.execute(
        """SELECT credits.role, people.name, claims.source, claims.at FROM credits
           JOIN people ON people.id = credits.person_id LEFT JOIN claims ON claims.id = credits.claim_id
           WHERE credits.clip_id = ?
           ORDER BY CASE credits.role WHEN 'reporter' THEN 0 WHEN 'host' THEN 1 ELSE 2 END, people.name""",
        [clip_id],
    )
    return tuple(Credit(role, name, person_slug(name), source, at) for role, name, source, at in rows)


def _transcript(archive: Archive, clip_id: int) -> dict[str, str]:
    return next(
        archive.db.query(
            """SELECT origin, engine, engine_version, model, revision, created_at, words FROM transcripts
               WHERE id = (SELECT current_transcript_id FROM clips WHERE id = ?)""",
            [clip_id],
        ),
        {},
    )


def _beside(archive: Archive, entry: Entry, clip_id: int, show_id: int | None, *, later: bool) -> Entry | None:
    if show_id is None or entry.date is None:
        return None
    comparison, order = (">", "ASC") if later else ("<", "DESC")
    row = archive.db.execute(
        f"""{_ENTRY} WHERE clips.show_id = :show AND (clips.air_date, clips.id) {comparison} (:date, :id)
            ORDER BY clips.air_date {order}, clips.id {order} LIMIT 1""",
        {"show": show_id, "date": entry.date, "id": clip_id},
    ).fetchone()
    return None if row is None else _entry(row)
