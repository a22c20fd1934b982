"""The files that lay beside a recording: kept with the clip, as they were, for those who read them."""

import hashlib
from datetime import UTC, datetime

from radio_archive.archive.archive import Archive

SUFFIXES = (".json", ".toml", ".txt", ".html", ".vtt", ".srt")
LARGEST = 16 << 20
"""Bytes of a sidecar, at most."""


def attach(archive: Archive, uid: str, name: str, content: bytes) -> bool:
    """Keep a sidecar with a clip. Returns False if the clip has the very same one, or is gone."""
    with archive.writing():
        done = archive.db.execute(
            """INSERT OR IGNORE INTO sidecars (clip_id, name, suffix, sha256, content, added_at)
               SELECT id, ?, ?, ?, ?, ? FROM clips WHERE uid = ?""",
            [
                name,
                "." + name.rpartition(".")[2].lower(),
                hashlib.sha256(content).hexdigest(),
                content,
                datetime.now(UTC).isoformat(timespec="seconds"),
                uid,
            ],
        )
        return bool(done.rowcount > 0)


def is_kept(archive: Archive, sha256: str) -> bool:
    """Whether some clip has a sidecar with this digest."""
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
