"""Sidecars: the files that came with a recording, stored unchanged with its clip."""

import hashlib

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import now


def attach(archive: Archive, uid: str, name: str, content: bytes) -> bool:
    """Store a sidecar with a clip. Returns False if the clip has an identical one, or does not exist."""
    with archive.writing():
        row = archive.db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()
        return row is not None and insert(archive.db, row[0], name, content)


def insert(db: Database, clip_id: int, name: str, content: bytes) -> bool:
    """Add a sidecar within a transaction; see `attach`."""
    done = db.execute(
        "INSERT OR IGNORE INTO sidecars (clip_id, name, suffix, sha256, content, added_at) VALUES (?, ?, ?, ?, ?, ?)",
        [clip_id, name, "." + name.rpartition(".")[2].lower(), hashlib.sha256(content).hexdigest(), content, now()],
    )
    return bool(done.rowcount > 0)


def contents(archive: Archive, uid: str) -> tuple[tuple[str, bytes], ...]:
    """Return the names and contents of a clip's sidecars; of each name the latest."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT sidecars.name, content FROM sidecars JOIN clips ON clips.id = clip_id
               WHERE uid = ? ORDER BY sidecars.id""",
            [uid],
        ).fetchall()
    return tuple(dict(rows).items())


def is_kept(archive: Archive, sha256: str) -> bool:
    """Whether any clip has a sidecar with this SHA-256."""
    with archive.reading():
        return archive.db.execute("SELECT 1 FROM sidecars WHERE sha256 = ?", [sha256]).fetchone() is not None


def names(archive: Archive, uid: str) -> tuple[str, ...]:
    """Return the names of a clip's sidecars, oldest first."""
    with archive.reading():
        rows = archive.db.execute(
            "SELECT sidecars.name FROM sidecars JOIN clips ON clips.id = clip_id WHERE uid = ? ORDER BY sidecars.id",
            [uid],
        ).fetchall()
    return tuple(name for (name,) in rows)
