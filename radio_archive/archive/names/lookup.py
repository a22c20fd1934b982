"""From a name, however it is spelled, to the row of the show, person or station that has it."""

import json

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import insert, random_uid
from radio_archive.text.spelling import fold

TABLE_OF = {"show": "shows", "person": "people", "station": "stations"}


def named(db: Database, subject_type: str, name: str) -> int:
    """Return the id of the show, person or station that `name` is an alias of, however spelled; make one if none is."""
    table = db.table(TABLE_OF[subject_type])
    row = db.execute(
        "SELECT subject_id FROM aliases WHERE subject_type = ? AND folded = ? ORDER BY id LIMIT 1",
        [subject_type, fold(name)],
    ).fetchone()
    if row is None:
        subject_id = insert(db, table.name, {"uid": random_uid(), "name": name})
        alias = {"subject_type": subject_type, "subject_id": subject_id, "name": name, "folded": fold(name)}
        insert(db, "aliases", alias)
        return subject_id
    subject: int = row[0]
    while (into := next(table.rows_where("id = ?", [subject]))["merged_into"]) is not None:
        subject = into
    return subject


def shown(archive: Archive, subject_type: str, name: str) -> str:
    """Return what the show, person or station that `name` is an alias of is called; `name` itself, if none is."""
    row = archive.db.execute(
        "SELECT subject_id FROM aliases WHERE subject_type = ? AND folded = ? ORDER BY id LIMIT 1",
        [subject_type, fold(name)],
    ).fetchone()
    while row is not None:
        found = next(archive.db.table(TABLE_OF[subject_type]).rows_where("id = ?", [row[0]]))
        if found["merged_into"] is None:
            return str(found["name"])
        row = (found["merged_into"],)
    return name


def ranks(archive: Archive, show: str | None) -> tuple[str, ...]:
    """Return the sources that a show trusts most, best first; empty where it has no wishes of its own."""
    if show is None:
        return ()
    row = archive.db.execute(
        """SELECT ranks FROM shows WHERE merged_into IS NULL AND id IN
               (SELECT subject_id FROM aliases WHERE subject_type = 'show' AND folded = ?)""",
        [fold(show)],
    ).fetchone()
    return tuple(json.loads(row[0])) if row and row[0] else ()
