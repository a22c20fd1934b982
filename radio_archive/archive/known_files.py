"""Files that were read and are archived: another run over them does not read those that are as they were.

A file counts as unchanged while its size, inode and both times are the same. The time of the last change of its status
cannot be set by a program, and so shows other bytes under an old date.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.media import relative_path
from radio_archive.archive.rows import pages

FRESH = 2.0
"""Seconds. A file that changed so shortly before it was read may change again within the same tick of its clock."""
_LARGEST = 0x7FFF_FFFF_FFFF_FFFF
"""SQLite's largest integer; inodes can be larger."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What shows that a file is as it was; times are in nanoseconds."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileState":
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _LARGEST)

    @property
    def is_fresh(self) -> bool:
        """Whether the file has just changed."""
        return time.time() - max(self.mtime_ns, self.ctime_ns) / 1e9 < FRESH


def remember(archive: Archive, read: Mapping[Path, tuple[FileState, str]]) -> None:
    """Store the state in which files were read, each with its SHA-256."""
    rows = []
    for path, (state, sha256) in read.items():
        key = _key(archive, path)
        if key is not None and not state.is_fresh:
            rows.append((key, *astuple(state), sha256))
    if rows:
        with archive.writing():
            archive.db.conn.executemany("INSERT OR REPLACE INTO known_files VALUES (?, ?, ?, ?, ?, ?)", rows)


def clips(archive: Archive, paths: Sequence[Path]) -> dict[Path, str]:
    """Return the uid of the clip of each file that is archived and unchanged since it was read."""
    found: dict[Path, str] = {}
    for page in pages(paths):
        there = {key: path for path in page if (key := _key(archive, path)) is not None}
        for key, *state, uid in _rows(archive, there):
            path = there[key]
            try:
                unchanged = FileState.of(path.stat()) == FileState(*state)
            except OSError:
                continue
            if unchanged:
                found[path] = uid
    return found


def _rows(archive: Archive, keys: Iterable[str]) -> list[tuple[str, int, int, int, int, str]]:
    with archive.reading():
        return archive.db.execute(
            """SELECT known_files.path, size, mtime_ns, ctime_ns, inode, min(clips.uid) FROM json_each(?) AS asked
               CROSS JOIN known_files ON known_files.path = asked.value
               CROSS JOIN recordings ON recordings.sha256 = known_files.sha256
               CROSS JOIN clip_recordings ON recording_id = recordings.id
               CROSS JOIN clips ON clips.id = clip_id
               GROUP BY known_files.path""",
            [json.dumps(list(keys))],
        ).fetchall()


def _key(archive: Archive, path: Path) -> str | None:
    """Return a path as it is stored; None for one that is not UTF-8, which is read each time."""
    key = relative_path(path, archive.folder)
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return key
