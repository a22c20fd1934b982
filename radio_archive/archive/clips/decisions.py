"""What people decide about a clip: rights, visibility, review, subjects, notes, collections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.rows import clip_id_of, insert, now, random_uid
from radio_archive.errors import UsageError
from radio_archive.models import Clip
from radio_archive.text.spelling import fold

_COLUMN_OF = {"visibility": "visibility", "embargo": "embargo_until", "rights": "rights", "review": "review_status"}
_DEFAULT_OF = {"visibility": "public", "review": "unreviewed"}


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions about a clip."""

    visibility: str
    embargo_until: str | None
    rights: str | None
    review: str
    subjects: tuple[str, ...]
    notes: tuple[str, ...]
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A named, ordered list of clips."""

    uid: str
    name: str
    note: str | None
    clips: int
    public: bool = False
    """Everybody may see it: it has a page and a feed on the site, of those of its clips that are public."""


def of_clip(archive: Archive, uid: str) -> Decisions:
    """Return the decisions about a clip."""
    db = archive.db
    with archive.reading():
        clip_id, *columns = db.execute(
            "SELECT id, visibility, embargo_until, rights, review_status FROM clips WHERE uid = ?", [uid]
        ).fetchone()
        subjects = db.execute("SELECT subject FROM subjects WHERE clip_id = ? ORDER BY folded", [clip_id]).fetchall()
        notes = db.execute("SELECT text FROM notes WHERE clip_id = ? ORDER BY id", [clip_id]).fetchall()
        names = db.execute(
            """SELECT name FROM collections JOIN collection_clips ON collection_id = id
               WHERE clip_id = ? ORDER BY folded""",
            [clip_id],
        ).fetchall()
    lists = (tuple(value for (value,) in rows) for rows in (subjects, notes, names))
    return Decisions(*columns, *lists)


def set_decision(archive: Archive, uid: str, key: str, value: str | None, *, remove: bool = False) -> str | None:
    """Set visibility, embargo, rights or review; add a subject or a note, or `remove` it.

    Returns the value as it is stored. Raises UsageError for an embargo that is no day or time.
    """
    if key == "embargo" and value and not remove:
        value = visibility.embargo(archive, value)
    stored = value
    with archive.writing():
        clip_id = clip_id_of(archive.db, uid)
        if key in _COLUMN_OF:
            value = None if remove else value or _DEFAULT_OF.get(key)
            archive.db.table("clips").update(clip_id, {_COLUMN_OF[key]: value or _DEFAULT_OF.get(key)})
        elif key == "subject" and value:
            if remove:
                archive.db.execute("DELETE FROM subjects WHERE clip_id = ? AND folded = ?", [clip_id, fold(value)])
            else:
                row = {"clip_id": clip_id, "subject": value, "folded": fold(value)}
                archive.db.table("subjects").insert(row, ignore=True)
        elif key == "note" and value:
            if remove:
                archive.db.execute("DELETE FROM notes WHERE clip_id = ? AND text = ?", [clip_id, value])
            else:
                insert(archive.db, "notes", {"clip_id": clip_id, "text": value, "created_at": now()})
    return stored


def collections(archive: Archive) -> list[Collection]:
    """Return all collections, by name."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT uid, name, note, (SELECT count(*) FROM collection_clips WHERE collection_id = id), public
               FROM collections ORDER BY folded"""
        ).fetchall()
    return [Collection(uid, name, note, clips, bool(public)) for uid, name, note, clips, public in rows]


def has_collection(archive: Archive, name: str) -> bool:
    """Whether there is a collection of this name, in any spelling."""
    return _collection(archive.db, name) is not None


def make_collection(archive: Archive, name: str, note: str | None = None) -> None:
    """Create a collection. Raises UsageError if the name is taken."""
    with archive.writing():
        if _collection(archive.db, name) is not None:
            raise UsageError(f"there is a collection called {name!r} already", "Use it, or choose another name.")
        row = {"uid": random_uid(), "name": name, "folded": fold(name), "note": note, "created_at": now()}
        insert(archive.db, "collections", row)


def show_collection(archive: Archive, name: str, *, public: bool) -> None:
    """Show a collection to everybody, with its note, or no longer. Its hidden clips stay hidden. Raises UsageError."""
    with archive.writing():
        archive.db.table("collections").update(_require(archive.db, name), {"public": int(public)})


def add_clips(archive: Archive, name: str, uids: Sequence[str]) -> None:
    """Add clips to the end of a collection; clips that are in it move to the end. Raises UsageError."""
    with archive.writing():
        key = _require(archive.db, name)
        for uid in uids:
            archive.db.execute(
                """INSERT INTO collection_clips (collection_id, clip_id, position)
                   SELECT :key, id, (SELECT coalesce(max(position), 0) + 1 FROM collection_clips
                                     WHERE collection_id = :key) FROM clips WHERE uid = :uid
                   ON CONFLICT (collection_id, clip_id) DO UPDATE SET position = excluded.position""",
                {"key": key, "uid": uid},
            )


def remove_clips(archive: Archive, name: str, uids: Sequence[str]) -> None:
    """Remove clips from a collection, or the collection itself if `uids` is empty. The clips stay."""
    with archive.writing():
        key = _require(archive.db, name)
        for uid in uids:
            archive.db.execute(
                """DELETE FROM collection_clips
                   WHERE collection_id = ? AND clip_id = (SELECT id FROM clips WHERE uid = ?)""",
                [key, uid],
            )
        if not uids:
            archive.db.execute("DELETE FROM collections WHERE id = ?", [key])


def clips_in(archive: Archive, name: str) -> Iterator[Clip]:
    """Return the clips of a collection, in its order, read page by page. Raises UsageError."""
    key = _require(archive.db, name)
    rows = archive.db.execute(
        """SELECT clips.uid FROM collection_clips JOIN clips ON clips.id = clip_id
           WHERE collection_id = ? ORDER BY position""",
        [key],
    ).fetchall()
    return read.in_order(archive, [uid for (uid,) in rows])


def _collection(db: Database, name: str) -> int | None:
    row = db.execute("SELECT id FROM collections WHERE folded = ? OR uid = ?", [fold(name), name]).fetchone()
    return None if row is None else int(row[0])


def _require(db: Database, name: str) -> int:
    key = _collection(db, name)
    if key is None:
        raise UsageError(f"no collection is called {name!r}", "`radio-archive collection list` shows all.")
    return key
