"""Deletes shows, people and stations that nothing uses: by hand, and with the last clip that named them.

Claims about a subject say that somebody entered it by hand, and which clips that were removed had named it.
"""

import json
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from radio_archive.archive.names.lookup import TABLE_OF
from radio_archive.archive.rows import insert, now
from radio_archive.models import Source

POINTERS: Mapping[str, Sequence[tuple[str, str]]] = {
    "show": (("clips", "show_id"), ("feeds", "show_id"), ("glossary", "show_id")),
    "person": (("speakers", "person_id"),),
    "station": (("shows", "station_id"),),
}
"""By kind: the tables and columns that refer to a subject, besides credits. A merge of two subjects changes them."""
_FACTS: Mapping[str, str] = {
    "person": "coalesce(biography, role)",
    "show": "coalesce(url, code, rights, visibility, loudness_target, station_id, ranks)",
}
"""SQL for something that is known of a subject beside its name."""
_NAMED = "field = 'removed' AND value IN (SELECT value FROM json_each(:uids))"
_PEOPLE = """SELECT person_id FROM credits WHERE clip_id = :clip
    UNION SELECT person_id FROM speakers WHERE clip_id = :clip AND person_id IS NOT NULL"""
_SHOWS = "SELECT show_id FROM clips WHERE id = :clip AND show_id IS NOT NULL"


def keep(db: Database, kind: str, subject_id: int, name: str) -> None:
    """Note that somebody entered a subject by hand."""
    known = "SELECT 1 FROM claims WHERE subject_type = ? AND subject_id = ? AND field = 'name'"
    if not db.execute(known, [kind, subject_id]).fetchone():
        _claim(db, kind, subject_id, "name", name, Source.HUMAN)


def kept(db: Database, kind: str) -> set[str]:
    """Return the uids of subjects of a kind that somebody entered by hand."""
    query = f"""SELECT uid FROM claims JOIN {TABLE_OF[kind]} AS its ON its.id = subject_id
        WHERE subject_type = ? AND field = 'name'"""  # noqa: S608 - one of three tables
    return {uid for (uid,) in db.execute(query, [kind])}


def uses(db: Database, kind: str, subject_id: int) -> dict[str, int]:
    """Return how many rows of each table refer to a subject."""
    found = {
        table: db.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", [subject_id]).fetchone()[0]  # noqa: S608
        for table, column in _pointers(kind)
    }
    return {table: number for table, number in found.items() if number}


def delete(db: Database, kind: str, ids: Sequence[int]) -> None:
    """Delete subjects that nothing refers to, with those that were merged into them."""
    table = TABLE_OF[kind]
    for key in ids:
        query = f"""WITH RECURSIVE gone (id) AS (SELECT ? UNION SELECT its.id FROM {table} AS its JOIN gone
            ON merged_into = gone.id) SELECT id FROM gone"""  # noqa: S608 - one of three tables
        # Those that were merged into another one, before it.
        for (one,) in reversed(db.execute(query, [key]).fetchall()):
            for of in ("aliases", "slugs", "claims"):
                db.execute(f"DELETE FROM {of} WHERE subject_type = ? AND subject_id = ?", [kind, one])  # noqa: S608
            db.execute("DELETE FROM merges WHERE subject_type = ? AND ? IN (from_id, into_id)", [kind, one])
            db.execute(f"DELETE FROM {table} WHERE id = ?", [one])  # noqa: S608 - one of three tables


def note(db: Database, clip_id: int, uid: str) -> None:
    """Note whom and what a clip names that is to be removed: if it is purged, `forget` looks for them."""
    for kind, query in (("person", _PEOPLE), ("show", _SHOWS)):
        for (key,) in db.execute(query, {"clip": clip_id}).fetchall():
            _claim(db, kind, key, "removed", uid, "archive")


def forget(db: Database, uids: Sequence[str]) -> list[str]:
    """Delete the people and shows that only these clips named, which were removed; return their names.

    Those that somebody entered by hand stay, and those of which more is known.
    """
    gone: list[str] = []
    for kind, facts in _FACTS.items():
        table, asked = TABLE_OF[kind], {"kind": kind, "uids": json.dumps(list(uids))}
        used = " ".join(
            f"AND NOT EXISTS (SELECT 1 FROM {other} AS other WHERE other.{column} = its.id)"  # noqa: S608 - our own
            for other, column in (*_pointers(kind), (table, "merged_into"))
        )
        rows = db.execute(
            f"""SELECT id, name FROM {table} AS its WHERE {facts} IS NULL AND merged_into IS NULL {used}
                AND id IN (SELECT subject_id FROM claims WHERE subject_type = :kind AND {_NAMED})
                AND NOT EXISTS (SELECT 1 FROM claims
                                WHERE subject_type = :kind AND subject_id = its.id AND field = 'name')
                AND (SELECT count(*) FROM aliases WHERE subject_type = :kind AND subject_id = its.id) < 2""",  # noqa: S608
            asked,
        ).fetchall()
        delete(db, kind, [key for key, _ in rows])
        db.execute(f"DELETE FROM claims WHERE subject_type = :kind AND {_NAMED}", asked)  # noqa: S608 - our own
        gone += [name for _, name in rows]
    return gone


def _pointers(kind: str) -> Sequence[tuple[str, str]]:
    return ((("credits", "person_id"),) if kind == "person" else ()) + tuple(POINTERS[kind])


def _claim(db: Database, kind: str, subject_id: int, field: str, value: str, source: str) -> None:
    row = {"subject_type": kind, "subject_id": subject_id, "field": field, "value": value, "source": source}
    insert(db, "claims", {**row, "evidence": "", "confidence": 1.0, "created_at": now()})
