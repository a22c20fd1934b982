"""Checks an archive for damage, for `doctor`."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import integrity_problems
from radio_archive.archive.rows import PAGE, pages

SHOWN = 5
"""The most problems of one kind that are reported."""
FILES_SHOWN = 10
"""The most files of one kind that are named."""

Progress = Callable[[str, int, int], None]
"""Called with what is checked, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Files:
    """Some files: how many, and the paths of the first FILES_SHOWN, relative to the archive."""

    number: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The result of a check."""

    clips: int
    hours: float
    damage: str
    """Problems that SQLite finds in the database; empty if none."""
    index_damage: str
    """The same in the full-text indexes, which can be rebuilt from the tables. SQLite checks them since 3.44."""
    missing: Files
    """Recordings whose file is missing."""
    stray: Files
    """Files in media/ that belong to no recording."""


def damage(archive: Archive) -> tuple[list[str], list[str]]:
    """Return the problems that SQLite finds in the tables, and those in the full-text indexes."""
    with archive.reading():
        said = integrity_problems(archive.db)
        broken = archive.db.execute("PRAGMA foreign_key_check").fetchmany(SHOWN)
    index = [line for line in said if "fts5" in line.casefold()]
    lost = [f"a row of {row[0]} points to a missing row of {row[2]}" for row in broken]
    return [*(line for line in said if line not in index), *lost], index


def check(archive: Archive, progress: Progress = lambda *_: None) -> Health:
    """Check the database's structure and whether every recording's file is there. Reads no audio.

    Holds a page of paths at a time, however many there are.
    """
    tables, index = damage(archive)
    with archive.reading():
        clips, seconds = archive.db.execute("SELECT count(*), coalesce(sum(duration), 0) FROM clip_list").fetchone()
        (recordings,) = archive.db.execute("SELECT count(*) FROM recordings").fetchone()
        missing = _counted(_missing(archive, recordings, progress))
        stray = strays(archive, progress)
    return Health(
        clips=clips,
        hours=seconds / 3600,
        damage="; ".join(tables[: 2 * SHOWN]),
        index_damage="; ".join(index[:SHOWN]),
        missing=missing,
        stray=stray,
    )


def strays(archive: Archive, progress: Progress = lambda *_: None) -> Files:
    """Return the files in media/ that belong to no recording. They may be the only copies of audio: keep them."""
    with archive.reading():
        return _counted(unnamed(archive, progress))


def _counted(paths: Iterable[str]) -> Files:
    rest = iter(paths)
    first = tuple(islice(rest, FILES_SHOWN))
    return Files(len(first) + sum(1 for _ in rest), first)


def _missing(archive: Archive, number: int, progress: Progress) -> Iterator[str]:
    """Yield the paths of the recordings whose file is not there."""
    rows = archive.db.execute("SELECT path FROM recordings ORDER BY id")
    for done, (path,) in enumerate(rows, 1):
        if done % PAGE == 0 or done == number:
            progress("recordings", min(done, number), number)
        # Not by pathlib, which interns the name of each file: that takes memory for good.
        if not os.path.isfile(os.path.join(archive.folder, path)):  # noqa: PTH113, PTH118
            yield path


def unnamed(archive: Archive, progress: Progress = lambda *_: None) -> Iterator[str]:
    """Yield the paths of the files in media/ that belong to no recording, folder by folder."""
    (number,) = archive.db.execute("SELECT count(*) FROM recordings").fetchone()
    folders = sorted(path for path in archive.media.root.glob("??") if path.is_dir())
    files = chain.from_iterable(_files_in(folder) for folder in folders)
    looked = 0
    for page in pages(files):
        looked += len(page)
        progress("files", min(looked, number), max(number, 1))
        # By the digests that files are named after, which have an index; the path must be the same too.
        digests = json.dumps([os.path.basename(path).partition(".")[0] for path in page])  # noqa: PTH119
        query = """SELECT path FROM recordings WHERE sha256 IN (SELECT value FROM json_each(:digests))
            UNION ALL SELECT path FROM redacted_recordings WHERE sha256 IN (SELECT value FROM json_each(:digests))"""
        known = {path for (path,) in archive.db.execute(query, {"digests": digests})}
        yield from (path for path in page if path not in known)


def _files_in(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    return (f"{folder.parent.name}/{folder.name}/{name}" for name in names)
