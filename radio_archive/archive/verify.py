"""Checks an archive for damage, for `doctor`."""

from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import integrity_problems

SHOWN = 5
"""The most problems of one kind that are reported."""


@dataclass(frozen=True, slots=True)
class Health:
    """The result of a check. `missing` and `stray` are paths relative to the archive."""

    clips: int
    hours: float
    damage: str
    """Problems that SQLite finds in the database; empty if none."""
    index_damage: str
    """The same in the full-text indexes, which can be rebuilt from the tables. SQLite checks them since 3.44."""
    missing: tuple[str, ...]
    """Recordings whose file is missing."""
    stray: tuple[str, ...]
    """Files in media/ that belong to no recording."""


def damage(archive: Archive) -> tuple[list[str], list[str]]:
    """Return the problems that SQLite finds in the tables, and those in the full-text indexes."""
    with archive.reading():
        said = integrity_problems(archive.db)
    index = [line for line in said if "fts5" in line.casefold()]
    return [line for line in said if line not in index], index


def check(archive: Archive) -> Health:
    """Check the database's structure and whether every recording's file is there. Reads no audio."""
    tables, index = damage(archive)
    with archive.reading():
        broken = archive.db.execute("PRAGMA foreign_key_check").fetchmany(SHOWN)
        clips, seconds = archive.db.execute("SELECT count(*), coalesce(sum(duration), 0) FROM clip_list").fetchone()
        paths = [row[0] for row in archive.db.execute("SELECT path FROM recordings ORDER BY path")]
    lost = [f"a row of {row[0]} points to a missing row of {row[2]}" for row in broken]
    known = set(paths)
    files = (path for path in archive.media.root.glob("??/*") if path.is_file())
    stray = sorted(path.relative_to(archive.folder).as_posix() for path in files)
    return Health(
        clips=clips,
        hours=seconds / 3600,
        damage="; ".join(tables[:SHOWN] + lost),
        index_damage="; ".join(index[:SHOWN]),
        missing=tuple(path for path in paths if not (archive.folder / Path(path)).is_file()),
        stray=tuple(path for path in stray if path not in known),
    )
