"""The state of the watcher: which process watches which folders, and its last sign of life."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.intake import key_of
from radio_archive.archive.rows import now


@dataclass(frozen=True, slots=True)
class WatcherStatus:
    """The current or last watcher. `beat_at` is its last sign of life, `progress_at` its last progress."""

    host: str | None
    pid: int | None
    folders: tuple[str, ...]
    started_at: str | None
    beat_at: str | None
    progress_at: str | None
    ended_at: str | None
    paused_at: str | None


def start(archive: Archive, host: str, pid: int, folders: Sequence[Path]) -> None:
    """Record which process watches which folders."""
    with archive.writing():
        archive.db.execute(
            """UPDATE watcher SET host = :host, pid = :pid, folders = :folders, started_at = :now, beat_at = :now,
                   progress_at = :now, ended_at = NULL""",
            {
                "host": host,
                "pid": pid,
                "folders": json.dumps([key_of(archive, folder) for folder in folders], ensure_ascii=False),
                "now": now(),
            },
        )


def beat(archive: Archive, *, progress: bool) -> None:
    """Record a sign of life of the watcher, and whether it made progress since the last one."""
    with archive.writing():
        archive.db.execute("UPDATE watcher SET beat_at = :now", {"now": now()})
        if progress:
            archive.db.execute("UPDATE watcher SET progress_at = :now", {"now": now()})


def stop(archive: Archive) -> None:
    """Record that the watcher ended normally."""
    with archive.writing():
        archive.db.execute("UPDATE watcher SET ended_at = ?", [now()])


def pause(archive: Archive, *, paused: bool) -> None:
    """Pause the watcher's transcribing, or resume it."""
    with archive.writing():
        archive.db.execute("UPDATE watcher SET paused_at = ?", [now() if paused else None])


def status(archive: Archive) -> WatcherStatus:
    """Return the current or last watcher."""
    with archive.reading():
        host, pid, folders, *times = archive.db.execute(
            "SELECT host, pid, folders, started_at, beat_at, progress_at, ended_at, paused_at FROM watcher"
        ).fetchone()
    return WatcherStatus(host, pid, tuple(json.loads(folders or "[]")), *times)
