"""Reads what the site lists to browse by: the days of the calendar, subjects, and public collections.

On a connection that was prepared with `views.hide`, all of it is public.
"""

from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import addresses
from radio_archive.text.spelling import fold

MOST_SUBJECTS = 300
"""Subjects that are listed, those of the most clips."""


@dataclass(frozen=True, slots=True)
class SubjectCount:
    """A subject, in one of its spellings, and the number of clips about it."""

    name: str
    clips: int


@dataclass(frozen=True, slots=True)
class PublicCollection:
    """A collection that everybody may see, and the number of its public clips."""

    key: int
    name: str
    address: str
    note: str | None
    clips: int


def days(archive: Archive) -> dict[str, int]:
    """Return the days of the calendar (MM-DD) on which clips aired in any year, with their numbers, in order."""
    rows = archive.db.execute(
        """SELECT substr(air_date, 6, 5) AS day, count(*) FROM clips
           WHERE length(air_date) = 10 GROUP BY day ORDER BY day"""
    )
    return dict(rows.fetchall())


def subjects(archive: Archive) -> list[SubjectCount]:
    """Return the subjects of the most clips, by name."""
    rows = archive.db.execute(
        "SELECT max(subject), count(*) FROM subjects GROUP BY folded ORDER BY 2 DESC, folded LIMIT ?", [MOST_SUBJECTS]
    )
    return sorted((SubjectCount(*row) for row in rows), key=lambda subject: fold(subject.name))


def subject(archive: Archive, wanted: str) -> SubjectCount | None:
    """Return the subject at the address `wanted`; None if no clip is about it."""
    key = addresses.subject_key(archive, wanted)
    query = "SELECT max(subject), count(*) FROM subjects WHERE folded = ?"
    return None if key is None else SubjectCount(*archive.db.execute(query, [key]).fetchone())


def collections(archive: Archive) -> list[PublicCollection]:
    """Return the public collections that have public clips, by name."""
    rows = archive.db.execute(
        """SELECT collections.id, name, note, count(*) FROM collections
           JOIN collection_clips ON collection_id = collections.id JOIN clips ON clips.id = clip_id
           WHERE public = 1 GROUP BY collections.id ORDER BY folded"""
    )
    return [PublicCollection(key, name, addresses.name_slug(name), note, clips) for key, name, note, clips in rows]
