"""Web addresses: `asia-minute/2024-10-22/undersea-cable`, readable and permanent.

A clip's address is computed from its present show, date and title, and is not stored. Earlier addresses of a clip, show
or person are stored in `slugs`, so that they still lead to it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.names.lookup import TABLE_OF
from radio_archive.text.spelling import SLUG_LENGTH, fold, slug

NO_SHOW = "clips"
NO_DATE = "undated"
UNTITLED = "Untitled"
"""What a clip is called whose title some other program has emptied: a page, a link and a feed need a name."""
RESERVED = frozenset(
    (
        NO_SHOW,
        *"about all archive audio browse clip collections concordance cover embed index oembed on opensearch".split(),
        *"people picture robots search sitemap subjects trends".split(),
    )
)
"""First parts of addresses that are not shows."""
_WITH_DIGEST = re.compile(r"-[0-9a-f]{6}$")
_SIGNS, _MOST_SIGNS = "signs-", 30
"""How the address of a subject without a letter or digit begins, before its bytes, and of how many signs."""
RANGE = 5_000
"""Row ids of clips that are listed together."""
RIVALS = 200
"""At most this many clips of one show and day are compared by title; the address of any more of them has its uid."""

RIVAL_TITLES = f"""CASE WHEN clips.air_date IS NULL THEN '[]' ELSE
    (SELECT json_group_array(title) FROM (SELECT rival.title FROM clips AS rival
        WHERE rival.show_id IS clips.show_id AND rival.air_date = clips.air_date AND rival.id < clips.id
        LIMIT {RIVALS})) END"""  # noqa: S608 - a number of our own
"""SQL for the titles of older clips of the same show and day as the row of `clips`, as JSON."""
_COLUMNS = f"""clips.uid, clips.title, clips.air_date,
    (SELECT name FROM shows WHERE shows.id = clips.show_id) AS show, {RIVAL_TITLES} AS rivals"""  # noqa: S608 - ours


def address(uid: str, title: str, date: str | None, show: str | None, rivals: str) -> str:
    """Return a clip's address; `rivals` is JSON, the titles of older clips of the same show and day.

    If one of these has the same slug, or there is no date or too many clips of that day, the uid makes the address
    unique.
    """
    name, others = _title_slug(title), json.loads(rivals)
    if date is None or len(others) >= RIVALS or name in map(_title_slug, others):
        name = f"{name}-{uid}"
    return f"{show_slug(show)}/{date or NO_DATE}/{name}"


def _title_slug(title: str) -> str:
    return slug(title.strip() or UNTITLED)


@lru_cache(maxsize=4096)
def show_slug(name: str | None) -> str:
    """Return the first part of the address of a show and of its clips."""
    if name is None:
        return NO_SHOW
    found = name_slug(name)
    return f"{found}-show" if found in RESERVED else found


@lru_cache(maxsize=4096)
def name_slug(name: str) -> str:
    """Return the last part of the address of what has a name: a person, a collection, a subject.

    A digest keeps apart names that a slug cannot spell out, because they are long or consist of signs.
    """
    found, key = slug(name), fold(name)
    if fold(found) == key:
        return found
    return f"{found}-{hashlib.blake2b(key.encode('utf-8', 'replace'), digest_size=3).hexdigest()}"


def subject_slug(name: str) -> str:
    """Return the last part of the address of a subject, from which its folded name is found by an index."""
    key = fold(name)
    if any(map(str.isalnum, key)) or len(key) > _MOST_SIGNS:
        return name_slug(name)
    return f"{_SIGNS}{key.encode('utf-8', 'replace').hex()}"


def subject_key(archive: Archive, wanted: str) -> str | None:
    """Return the folded name of the subject at the address `wanted`; None if no clip is about it."""
    keys = [fold(wanted)]
    if wanted.startswith(_SIGNS) and re.fullmatch(r"(?:[0-9a-f]{2})+", wanted[len(_SIGNS) :]):
        keys.append(bytes.fromhex(wanted[len(_SIGNS) :]).decode("utf-8", "replace"))
    beginning = fold(_WITH_DIGEST.sub("", wanted))
    if len(beginning) >= SLUG_LENGTH // 2 and _WITH_DIGEST.search(wanted):
        found = takewhile(lambda key: key.startswith(beginning), subject_keys(archive, beginning, RIVALS))
        keys += [key for key in found if name_slug(key) == wanted]
    known = "SELECT 1 FROM subjects WHERE folded = ? LIMIT 1"
    return next((key for key in keys if archive.db.execute(known, [key]).fetchone()), None)


def subject_keys(archive: Archive, start: str, limit: int = -1) -> Iterator[str]:
    """Yield the folded names of subjects in their order from `start` on, so many at most.

    Costs the same for each, however many clips are about it.
    """
    rows = archive.db.execute(
        """WITH RECURSIVE known (key) AS (
               SELECT (SELECT folded FROM subjects WHERE folded >= :start ORDER BY folded LIMIT 1)
               UNION ALL
               SELECT (SELECT folded FROM subjects WHERE folded > key ORDER BY folded LIMIT 1)
               FROM known WHERE key IS NOT NULL LIMIT :limit)
           SELECT key FROM known WHERE key IS NOT NULL""",
        {"start": start, "limit": limit},
    )
    return (key for (key,) in rows)


def of_clip(db: Database, clip_id: int) -> str:
    """Return a clip's present address."""
    return address(*db.execute(f"SELECT {_COLUMNS} FROM clips WHERE clips.id = ?", [clip_id]).fetchone())  # noqa: S608


def ranges(archive: Archive, table: str = "clips") -> list[int]:
    """Return the numbers, from 1, of the ranges of RANGE clips (or people) in the order of addition that have any."""
    rows = archive.db.execute(
        f"""WITH RECURSIVE
               ends (last) AS (SELECT (SELECT id FROM {table} ORDER BY id DESC LIMIT 1)),
               ranges (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM ranges, ends WHERE number * :size < last)
           SELECT number FROM ranges
           WHERE EXISTS (SELECT 1 FROM {table} WHERE id > (number - 1) * :size AND id <= number * :size)""",  # noqa: S608 - one of two tables
        {"size": RANGE},
    )
    return [number for (number,) in rows]


def people_of_range(archive: Archive, number: int) -> Iterator[str]:
    """Yield the last parts of the addresses of those people in a range who are credited. Costs as `of_range` does."""
    rows = archive.db.execute(
        """SELECT name FROM people WHERE id > ? AND id <= ? AND merged_into IS NULL
               AND EXISTS (SELECT 1 FROM credits JOIN clips ON clips.id = clip_id WHERE person_id = people.id)
           ORDER BY id""",
        [(number - 1) * RANGE, number * RANGE],
    )
    return (name_slug(name) for (name,) in rows)


def of_range(archive: Archive, number: int) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the clips in a range, by its number, and when each got its text (ISO 8601).

    Costs the same for each range of any archive.
    """
    rows = archive.db.execute(
        f"""SELECT {_COLUMNS}, max(clips.added_at, coalesce((SELECT created_at FROM transcripts
                WHERE transcripts.id = clips.current_transcript_id), ''))
            FROM clips WHERE clips.id > ? AND clips.id <= ? ORDER BY clips.id""",  # noqa: S608 - ours
        [(number - 1) * RANGE, number * RANGE],
    )
    for *parts, changed in rows:
        yield address(*parts), changed


def find(archive: Archive, wanted: str) -> str | None:
    """Return the uid of the clip that has, or had, the address `wanted`; None if there is none."""
    db = archive.db
    show, date, name = wanted.split("/")
    show_id = None if show == NO_SHOW else subject(archive, "show", show)
    if date != NO_DATE and (show == NO_SHOW or show_id is not None):
        rows = db.execute(
            "SELECT uid, title FROM clips WHERE show_id IS ? AND air_date = ? ORDER BY id LIMIT ?",
            [show_id, date, RIVALS],
        ).fetchall()
        for uid, title in rows:
            if _title_slug(title) == name:
                return str(uid)
    return uid_of(db, name.rpartition("-")[2], wanted)


def uid_of(db: Database, uid: str, old: str) -> str | None:
    """Return `uid` if a clip has it, or else that of the clip that once had the uid or address `old`."""
    query = """SELECT uid FROM clips WHERE uid = ? UNION ALL
        SELECT uid FROM slugs JOIN clips ON clips.id = subject_id WHERE subject_type = 'clip' AND old = ? LIMIT 1"""
    row = db.execute(query, [uid, old]).fetchone()
    return None if row is None else str(row[0])


def subject(archive: Archive, kind: str, wanted: str) -> int | None:
    """Return the id of the show or person that has, or had, the address `wanted`; None if there is none."""
    db, table = archive.db, TABLE_OF[kind]
    if kind == "show" and wanted.removesuffix("-show") in RESERVED:
        wanted = wanted.removesuffix("-show")
    row = (
        db.execute(
            # Only if it wants them in this order, SQLite uses the index of the names.
            f"""SELECT {table}.id FROM aliases JOIN {table} ON {table}.id = subject_id AND merged_into IS NULL
            WHERE subject_type = ? AND folded = ? ORDER BY aliases.id LIMIT 1""",  # noqa: S608 - one of three tables
            [kind, fold(wanted)],
        ).fetchone()
        or db.execute(
            f"""SELECT {table}.id FROM slugs JOIN {table} ON {table}.id = subject_id
            WHERE subject_type = ? AND old = ?""",  # noqa: S608 - one of three tables
            [kind, wanted],
        ).fetchone()
    )
    if row:
        return int(row[0])
    if kind == "person" and not _WITH_DIGEST.search(wanted):
        # There may be many people, and anybody may ask for anything.
        return None
    # An address with a digest is not the folded form of a name, nor is that of a show that was renamed by hand.
    names = db.execute(f"SELECT id, name FROM {table} WHERE merged_into IS NULL ORDER BY id").fetchall()  # noqa: S608
    return next((int(key) for key, name in names if name_slug(name) == wanted), None)


def add_old(db: Database, kind: str, subject_id: int, old: str) -> None:
    """Store an earlier address of a clip, show or person."""
    db.execute("INSERT OR REPLACE INTO slugs (old, subject_type, subject_id) VALUES (?, ?, ?)", [old, kind, subject_id])


def add_old_names(db: Database, kind: str, subject_id: int, names: Iterable[str]) -> None:
    """Store the addresses of earlier names of a show or person."""
    for name in names:
        add_old(db, kind, subject_id, show_slug(name) if kind == "show" else name_slug(name))
