"""Finds the show, person or station that a name means: any spelling, aliases, renames and merges."""

import difflib
import json
from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import insert, random_uid
from radio_archive.text.spelling import fold

TABLE_OF = {"show": "shows", "person": "people", "station": "stations"}


def find_id(db: Database, kind: str, name: str) -> int | None:
    """Return the id of the show, person or station that `name` is an alias of; None if there is none.

    Its present and earlier names are aliases too. Merges are followed.
    """
    row = db.execute(
        f"""WITH RECURSIVE meant (id) AS (
                SELECT * FROM (SELECT subject_id FROM aliases WHERE subject_type = ? AND folded = ? ORDER BY id LIMIT 1)
                UNION SELECT merged_into FROM {TABLE_OF[kind]} JOIN meant USING (id) WHERE merged_into IS NOT NULL)
            SELECT id FROM {TABLE_OF[kind]} JOIN meant USING (id) WHERE merged_into IS NULL""",  # noqa: S608 - ours
        [kind, fold(name)],
    ).fetchone()
    return None if row is None else int(row[0])


def find_ids(db: Database, kind: str, text: str, *, uids: bool = False) -> list[int]:
    """Return the ids of the subjects that have `text` as a name or, if none has, as part of one.

    With `uids`, `text` may also be a uid or its beginning.
    """
    table, exact = TABLE_OF[kind], find_id(db, kind, text)
    asked = {"kind": kind, "folded": fold(text), "uid": text.strip().lower() if uids else None}
    rows = [] if exact is None else [(exact,)]
    rows = rows or db.execute(f"SELECT id FROM {table} WHERE merged_into IS NULL AND uid = :uid", asked).fetchall()  # noqa: S608 - one of three
    if not rows and fold(text):
        rows = db.execute(
            f"""SELECT id FROM {table} WHERE merged_into IS NULL AND (substr(uid, 1, length(:uid)) = :uid OR id IN
                (SELECT subject_id FROM aliases WHERE subject_type = :kind AND instr(folded, :folded)))""",  # noqa: S608 - one of three
            asked,
        ).fetchall()
    return [int(key) for (key,) in rows]


def find_or_create(db: Database, kind: str, name: str) -> int:
    """Return the id of the show, person or station that `name` is an alias of; create it if there is none."""
    found = find_id(db, kind, name)
    if found is None:
        found = insert(db, TABLE_OF[kind], {"uid": random_uid(), "name": name})
        insert(db, "aliases", {"subject_type": kind, "subject_id": found, "name": name, "folded": fold(name)})
    return found


def names(db: Database, kind: str) -> dict[int, str]:
    """Return the names of all shows, people or stations by their ids, in alphabetical order."""
    return dict(db.execute(f"SELECT id, name FROM {TABLE_OF[kind]} WHERE merged_into IS NULL ORDER BY name").fetchall())  # noqa: S608 - ours


def close_names(known: Iterable[str], text: str) -> list[str]:
    """Return up to three of the `known` names that are spelled almost like `text`, the closest first."""
    by_folded = {fold(name): name for name in known}
    return [by_folded[match] for match in difflib.get_close_matches(fold(text), by_folded, 3, 0.5)]


def display_name(archive: Archive, kind: str, name: str) -> str:
    """Return the present name of what `name` is an alias of; `name` itself if it is not known."""
    found = find_id(archive.db, kind, name)
    if found is None:
        return name
    return str(archive.db.execute(f"SELECT name FROM {TABLE_OF[kind]} WHERE id = ?", [found]).fetchone()[0])  # noqa: S608 - ours


def folded_names(archive: Archive, kind: str, name: str) -> frozenset[str]:
    """Return all names, folded, of what `name` is an alias of, including `name`."""
    found = find_id(archive.db, kind, name)
    rows = archive.db.execute("SELECT folded FROM aliases WHERE subject_type = ? AND subject_id = ?", [kind, found])
    return frozenset((fold(name), *(folded for (folded,) in rows)))


def ranks(archive: Archive, show: str | None) -> tuple[str, ...]:
    """Return the sources that a show trusts most, best first; empty where the default order holds."""
    found = None if show is None else find_id(archive.db, "show", show)
    row = archive.db.execute("SELECT ranks FROM shows WHERE id = ?", [found]).fetchone()
    return tuple(json.loads(row[0])) if row and row[0] else ()


def every_name(archive: Archive) -> Iterator[str]:
    """Yield the names of all people, shows and stations, in every known spelling, and the terms of the glossary."""
    for (name,) in archive.db.execute("SELECT name FROM aliases UNION SELECT term FROM glossary"):
        yield name
