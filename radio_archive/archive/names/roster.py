"""Shows, people and stations: listed, found, changed, and merged if two are the same."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import addresses, lookup, unused
from radio_archive.archive.names.lookup import TABLE_OF, find_or_create
from radio_archive.archive.names.unused import POINTERS
from radio_archive.archive.rows import grouped, insert, now, pages
from radio_archive.errors import NoSuchSubjectError, UsageError
from radio_archive.models import Known, Roster
from radio_archive.text.spelling import fold

COLUMNS: Mapping[str, Sequence[str]] = {
    "show": ("url", "code", "rights", "visibility", "loudness_target"),
    "person": ("biography", "role"),
    "station": ("url",),
}
"""The columns that can be set for each kind, besides name and aliases; a show also has `station` and `ranks`."""

_ASKED = "(SELECT value FROM json_each(:ids))"
_ALIASES = f"""SELECT subject_id, name FROM aliases WHERE subject_type = :kind AND subject_id IN {_ASKED}
    ORDER BY id"""  # noqa: S608 - our own fragment, as in those that follow
_STATIONS = f"""SELECT shows.id, stations.name FROM shows JOIN stations ON stations.id = station_id
    WHERE shows.id IN {_ASKED}"""  # noqa: S608
_CLIPS_OF: Mapping[str, str] = {
    "show": f"SELECT show_id, count(*) FROM clips WHERE show_id IN {_ASKED} GROUP BY show_id",  # noqa: S608
    "person": f"""SELECT person_id, count(*), role FROM credits WHERE person_id IN {_ASKED}
        GROUP BY person_id, role ORDER BY count(*) DESC""",  # noqa: S608
    "station": f"""SELECT station_id, count(*) FROM shows CROSS JOIN clips ON clips.show_id = shows.id
        WHERE station_id IN {_ASKED} GROUP BY station_id""",  # noqa: S608
}
"""The number of clips of each subject; a person's for each role."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A show, person or station. `facts` has the COLUMNS that are set, and a show's station and ranks."""

    kind: str
    uid: str
    name: str
    aliases: tuple[str, ...]
    clips: int
    roles: tuple[str, ...]
    """A person's roles on clips, the most frequent first."""
    facts: Mapping[str, object]


def entries(archive: Archive, kind: str) -> list[RosterEntry]:
    """Return all shows, people or stations by name, without those merged into others."""
    with archive.reading():
        rows = archive.db.table(TABLE_OF[kind]).rows_where("merged_into IS NULL")
        found = list(_subjects(archive.db, kind, rows))
    return sorted(found, key=lambda subject: fold(subject.name))


def find(archive: Archive, kind: str, text: str) -> RosterEntry:
    """Return the entry for `text`: a uid or its beginning, or a name or alias, in any spelling or in part.

    Raises NoSuchSubjectError, with suggestions, if none or several match.
    """
    return _subject(archive.db, kind, _row(archive.db, kind, _find_id(archive.db, kind, text)))


def facts(db: Database, kind: str, subject_id: int) -> tuple[str, dict[str, object]]:
    """Return the name of a show, person or station by its row id, and what else is known of it."""
    row = _row(db, kind, subject_id)
    station = db.execute("SELECT name FROM stations WHERE id = ?", [row.get("station_id")]).fetchone()
    return str(row["name"]), _facts(kind, row, station)


def add(archive: Archive, kind: str, name: str, aliases: Sequence[str], facts: Mapping[str, object]) -> RosterEntry:
    """Create a show, person or station, or change the one that has the name already. Raises UsageError."""
    return _subject(archive.db, kind, _row(archive.db, kind, enter(archive, kind, name, aliases, facts)))


def enter(
    archive: Archive,
    kind: str,
    name: str,
    aliases: Sequence[str],
    facts: Mapping[str, object],
    *,
    by_hand: bool = True,
) -> int:
    """Do the same, and return its row id: its clips are not counted.

    What was entered `by_hand` stays when the last clip that names it is purged.
    """
    with archive.writing():
        subject_id = find_or_create(archive.db, kind, name)
        if by_hand:
            unused.keep(archive.db, kind, subject_id, name)
        for alias in aliases:
            _alias(archive.db, kind, subject_id, alias)
        _set(archive.db, kind, subject_id, facts)
    return subject_id


def change(
    archive: Archive, subject: RosterEntry, facts: Mapping[str, object], aliases: Sequence[str] = ()
) -> RosterEntry:
    """Set facts and add aliases. A new `name` keeps the old one as an alias. Raises UsageError."""
    with archive.writing():
        subject_id = _find_id(archive.db, subject.kind, subject.uid)
        for alias in aliases:
            _alias(archive.db, subject.kind, subject_id, alias)
        _set(archive.db, subject.kind, subject_id, facts)
    return find(archive, subject.kind, subject.uid)


def remove(archive: Archive, subject: RosterEntry) -> None:
    """Delete a show, person or station to which nothing refers. Raises UsageError."""
    with archive.writing():
        key = _find_id(archive.db, subject.kind, subject.uid)
        if used := unused.uses(archive.db, subject.kind, key):
            where = ", ".join(f"{table}: {number:,}" for table, number in used.items())
            advice = f"`radio-archive {TABLE_OF[subject.kind]} merge` makes it one with another."
            raise UsageError(f"{subject.name} is in use ({where})", advice)
        unused.delete(archive.db, subject.kind, [key])


def merge(archive: Archive, kind: str, one: RosterEntry, into: RosterEntry) -> int:
    """Merge `one` into `into`, with all that refers to it. Returns the merge's number, for `undo`."""
    if one.uid == into.uid:
        raise UsageError(f"{one.name} is {into.name} already", "Name two of them.")
    db = archive.db
    with archive.writing():
        from_id, into_id = _find_id(db, kind, one.uid), _find_id(db, kind, into.uid)
        moved: dict[str, list[object]] = {}
        for table, column in POINTERS[kind]:
            ids = [row[0] for row in db.execute(f"SELECT id FROM {table} WHERE {column} = ?", [from_id])]  # noqa: S608
            db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [into_id, from_id])  # noqa: S608
            moved[table] = ids
        if kind == "person":
            moved["credits"] = _move_credits(db, from_id, into_id)
        moved["aliases"] = _move_aliases(db, kind, from_id, into_id)
        addresses.add_old_names(db, kind, into_id, [one.name])
        db.execute(f"UPDATE {TABLE_OF[kind]} SET merged_into = ? WHERE id = ?", [into_id, from_id])  # noqa: S608
        return insert(
            db,
            "merges",
            {
                "subject_type": kind,
                "from_id": from_id,
                "into_id": into_id,
                "moved": json.dumps(moved),
                "merged_at": now(),
            },
        )


def undo(archive: Archive, kind: str, number: int | None = None) -> tuple[RosterEntry, RosterEntry]:
    """Undo a merge, by default the last one of this kind; return the two entries. Raises NoSuchSubjectError."""
    db = archive.db
    with archive.writing():
        row = db.execute(
            """SELECT id, from_id, into_id, moved FROM merges
               WHERE subject_type = ? AND undone_at IS NULL AND (? IS NULL OR id = ?) ORDER BY id DESC LIMIT 1""",
            [kind, number, number],
        ).fetchone()
        if row is None:
            raise NoSuchSubjectError("there is no such merge to take back", "`merge` prints the number of each.")
        merge_id, from_id, into_id, moved = row[0], row[1], row[2], json.loads(row[3])
        for table, column in POINTERS[kind]:
            for key in moved.get(table, []):
                query = f"UPDATE {table} SET {column} = ? WHERE id = ? AND {column} = ?"  # noqa: S608
                db.execute(query, [from_id, key, into_id])
        for clip_id, role, was_shared in moved.get("credits", []):
            _return_credit(db, (clip_id, role), from_id, into_id, shared=was_shared)
        for key in moved["aliases"]:
            db.execute("UPDATE aliases SET subject_id = ? WHERE id = ?", [from_id, key])
        db.execute(f"UPDATE {TABLE_OF[kind]} SET merged_into = NULL WHERE id = ?", [from_id])  # noqa: S608
        db.execute("UPDATE merges SET undone_at = ? WHERE id = ?", [now(), merge_id])
        first, second = _row(db, kind, from_id), _row(db, kind, into_id)
    return _subject(db, kind, first), _subject(db, kind, second)


class RosterReader:
    """Reads all people, shows and stations, for matching spoken names, and after that only what was added.

    Asking whether there is anything new costs the same with any number of names.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._edits, self._last = -1, 0

    def news(self) -> tuple[Roster, bool]:
        """Return who and what was added since the last call; or, with True, all, as something else has changed too."""
        db = self._archive.db
        with self._archive.reading():
            state = "SELECT number, (SELECT coalesce(max(id), 0) FROM aliases) FROM roster_edits"
            edits, last = db.execute(state).fetchone()
            whole = edits != self._edits
            after = 0 if whole else self._last
            self._edits, self._last = edits, last
            if after == last:
                return Roster(), whole
            return Roster(*(_known(db, kind, after, last) for kind in ("person", "show", "station"))), whole


def _known(db: Database, kind: str, after: int, last: int) -> tuple[Known, ...]:
    """Return those people, shows or stations whose names have ids above `after` and up to `last`."""
    rows = db.execute(
        f"""SELECT subject_id, {TABLE_OF[kind]}.name, aliases.name FROM aliases
            CROSS JOIN {TABLE_OF[kind]} ON {TABLE_OF[kind]}.id = subject_id
            WHERE aliases.id > ? AND aliases.id <= ? AND +subject_type = ? AND merged_into IS NULL
            ORDER BY aliases.id""",  # noqa: S608 - one of three tables
        [after, last, kind],
    )
    names: dict[int, tuple[str, list[str]]] = {}
    for key, name, alias in rows:
        others = names.setdefault(key, (name, []))[1]
        if alias != name:
            others.append(alias)
    return tuple(Known(name, tuple(aliases)) for name, aliases in names.values())


def codes(archive: Archive) -> dict[str, str]:
    """Return the shows by their codes."""
    with archive.reading():
        return dict(
            archive.db.execute("SELECT code, name FROM shows WHERE code IS NOT NULL AND merged_into IS NULL").fetchall()
        )


def _move_credits(db: Database, from_id: int, into_id: int) -> list[object]:
    """Return [clip, role, whether the other had the same credit]; such a duplicate is deleted."""
    moved: list[object] = []
    for clip_id, role in db.execute("SELECT clip_id, role FROM credits WHERE person_id = ?", [from_id]).fetchall():
        key = [clip_id, into_id, role]
        shared = db.execute("SELECT 1 FROM credits WHERE clip_id = ? AND person_id = ? AND role = ?", key).fetchone()
        if shared:
            db.execute("DELETE FROM credits WHERE clip_id = ? AND person_id = ? AND role = ?", [clip_id, from_id, role])
        else:
            query = "UPDATE credits SET person_id = ? WHERE clip_id = ? AND person_id = ? AND role = ?"
            db.execute(query, [into_id, clip_id, from_id, role])
        moved.append([clip_id, role, bool(shared)])
    return moved


def _return_credit(db: Database, credit: tuple[int, str], from_id: int, into_id: int, *, shared: bool) -> None:
    clip_id, role = credit
    if shared:
        row = {"clip_id": clip_id, "person_id": from_id, "role": role}
        db.table("credits").insert(row, ignore=True)
    else:
        query = "UPDATE OR IGNORE credits SET person_id = ? WHERE clip_id = ? AND person_id = ? AND role = ?"
        db.execute(query, [from_id, clip_id, into_id, role])


def _move_aliases(db: Database, kind: str, from_id: int, into_id: int) -> list[object]:
    rows = db.execute(
        """SELECT id FROM aliases WHERE subject_type = ? AND subject_id = ? AND folded NOT IN
               (SELECT folded FROM aliases WHERE subject_type = ? AND subject_id = ?)""",
        [kind, from_id, kind, into_id],
    ).fetchall()
    moved = [row[0] for row in rows]
    for key in moved:
        db.execute("UPDATE aliases SET subject_id = ? WHERE id = ?", [into_id, key])
    return moved


def _alias(db: Database, kind: str, subject_id: int, name: str) -> None:
    # Left to itself, SQLite reads all names of the kind.
    other = db.execute(
        """SELECT subject_id FROM aliases INDEXED BY aliases_folded
           WHERE subject_type = ? AND folded = ? AND subject_id <> ?""",
        [kind, fold(name), subject_id],
    ).fetchone()
    if other:
        whose = _row(db, kind, other[0])["name"]
        raise UsageError(f"{name!r} is a name of {whose} already", f"If they are one, merge them: `merge {name!r} …`.")
    row = {"subject_type": kind, "subject_id": subject_id, "name": name, "folded": fold(name)}
    db.table("aliases").insert(row, ignore=True)


def _set(db: Database, kind: str, subject_id: int, facts: Mapping[str, object]) -> None:
    values = {key: value for key, value in facts.items() if key in {*COLUMNS[kind], "name"}}
    if "name" in values:
        addresses.add_old_names(db, kind, subject_id, [str(_row(db, kind, subject_id)["name"])])
        _alias(db, kind, subject_id, str(values["name"]))
    if kind == "show" and "station" in facts:
        station = facts["station"]
        values["station_id"] = find_or_create(db, "station", str(station)) if station else None
    if kind == "show" and "ranks" in facts:
        values["ranks"] = json.dumps(facts["ranks"]) if facts["ranks"] else None
    if kind == "show" and values.get("code"):
        _require_own_code(db, subject_id, str(values["code"]))
    if values:
        db.table(TABLE_OF[kind]).update(subject_id, values)


def _require_own_code(db: Database, show_id: int, code: str) -> None:
    rows = db.execute(
        "SELECT name, code FROM shows WHERE code IS NOT NULL AND merged_into IS NULL AND id <> ?", [show_id]
    )
    for name, other in rows.fetchall():
        if other.casefold() == code.casefold():
            problem = f"{code!r} is the code of {name} already"
            raise UsageError(problem, "File names must tell the shows apart: give each show its own code.")


def _find_id(db: Database, kind: str, text: str) -> int:
    found = lookup.find_ids(db, kind, text, uids=True)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted("{name} ({uid})".format(**_row(db, kind, key)) for key in found[:6]))
        problem = f"more than one {kind} is called {text!r}: {names}"
        raise NoSuchSubjectError(problem, "Give more of the name, or the id.")
    close = lookup.close_names(lookup.names(db, kind).values(), text)
    hint = (
        f"Did you mean {' or '.join(map(repr, close))}?"
        if close
        else f"`radio-archive {TABLE_OF[kind]} list` shows all."
    )
    raise NoSuchSubjectError(f"no {kind} is called {text!r}", hint)


def _row(db: Database, kind: str, subject_id: int) -> Mapping[str, Any]:
    return next(db.table(TABLE_OF[kind]).rows_where("id = ?", [subject_id]))


def _subject(db: Database, kind: str, row: Mapping[str, Any]) -> RosterEntry:
    (found,) = _subjects(db, kind, [row])
    return found


def _subjects(db: Database, kind: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[RosterEntry]:
    """Yield the entries of rows of the table of shows, people or stations; each query asks for a page of them."""
    for page in pages(rows):
        asked = {"kind": kind, "ids": json.dumps([row["id"] for row in page])}
        aliases, counted, stations = (
            _grouped(db, query, asked) for query in (_ALIASES, _CLIPS_OF[kind], _STATIONS if kind == "show" else "")
        )
        for row in page:
            key = row["id"]
            facts = _facts(kind, row, *stations.get(key, [None]))
            others = tuple(name for (name,) in aliases.get(key, ()) if name != row["name"])
            clips = sum(number for number, *_ in counted.get(key, ()))
            roles = tuple(role for _, *roles in counted.get(key, ()) for role in roles)
            yield RosterEntry(kind, str(row["uid"]), str(row["name"]), others, clips, roles, facts)


def _facts(kind: str, row: Mapping[str, Any], station: Sequence[str] | None) -> dict[str, object]:
    found = {name: row[name] for name in COLUMNS[kind] if row[name] is not None}
    if station:
        found["station"] = station[0]
    if row.get("ranks"):
        found["ranks"] = json.loads(row["ranks"])
    return found


def _grouped(db: Database, query: str, asked: dict[str, str]) -> dict[int, list[tuple[Any, ...]]]:
    """Return the rows of a query by their first column."""
    return grouped((key, tuple(values)) for key, *values in db.execute(query, asked)) if query else {}
