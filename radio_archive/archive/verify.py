"""Is the archive whole? What `doctor` asks of it."""

from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive.archive import Archive


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found. `missing` and `stray` are paths relative to the archive."""

    clips: int
    hours: float
    damage: str
    """What SQLite says is wrong with the database; empty if nothing."""
    missing: tuple[str, ...]
    """Recordings whose file is gone."""
    stray: tuple[str, ...]
    """Files in media/ that no recording names."""


def check(archive: Archive) -> Health:
    """Check the database's structure and whether every recording's file is there. Reads no audio."""
    with archive.reading():
        rows = [row[0] for row in archive.db.execute("PRAGMA quick_check(5)")]
        broken = archive.db.execute("PRAGMA foreign_key_check").fetchmany(5)
        clips, seconds = archive.db.execute("SELECT count(*), coalesce(sum(duration), 0) FROM clip_list").fetchone()
        paths = [row[0] for row in archive.db.execute("SELECT path FROM recordings ORDER BY path")]
    damage = [] if rows == ["ok"] else rows
    damage += [f"a row of {row[0]} points to a missing row of {row[2]}" for row in broken]
    known = set(paths)
    files = (path for path in archive.media.root.glob("??/*") if path.is_file())
    stray = sorted(path.relative_to(archive.folder).as_posix() for path in files)
    return Health(
        clips=clips,
        hours=seconds / 3600,
        damage="; ".join(damage),
        missing=tuple(path for path in paths if not (archive.folder / Path(path)).is_file()),
        stray=tuple(path for path in stray if path not in known),
    )
