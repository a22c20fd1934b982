"""Checks that recordings are, byte for byte, what was archived, keeps a ledger of it, and re-attaches moved files."""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from pathlib import Path

from radio_archive import roots
from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import insert, paged, pages
from radio_archive.archive.verify import Progress

AT_ONCE = 50
"""Recordings that one transaction enters into the ledger: what an interrupted run reads twice, at most."""
LOCK = ".verify.lock"
CONTINUED = timedelta(days=7)
"""How old an interrupted run may be that the next one continues."""


class Outcome(StrEnum):
    """What a recording's file was found to be."""

    INTACT = "intact"
    CHANGED = "changed"
    """Its bytes have another digest."""
    MISSING = "missing"
    UNREADABLE = "unreadable"
    """It is there and cannot be read: the disk, or the permissions."""
    REPAIRED = "repaired"
    """A file with the right bytes was found elsewhere and put in its place."""


_FAULTY = "('changed', 'missing', 'unreadable')"
_CLIP = """(SELECT uid FROM clips JOIN clip_recordings AS its ON clip_id = clips.id
    WHERE its.recording_id = recordings.id ORDER BY clips.id LIMIT 1)"""
_LAST = "(SELECT max(id) FROM fixity_checks AS its WHERE its.recording_id = recordings.id)"
_FAULTS = f"""SELECT recordings.id, sha256, path, {_CLIP}, outcome, found, bytes, storage
    FROM (SELECT DISTINCT recording_id AS once FROM fixity_checks WHERE outcome IN {_FAULTY})
    JOIN recordings ON recordings.id = once JOIN fixity_checks ON fixity_checks.id = {_LAST}
    WHERE path <> '' AND outcome IN {_FAULTY}"""  # noqa: S608 - our own conditions
"""Recordings that were not as they were archived when they were read last."""
_RUNS = "SELECT id, started_at, asked, checked, bytes, faults, finished_at FROM fixity_runs ORDER BY id DESC"
_DUE = "path <> '' AND (checked_at IS NULL OR checked_at < :started) AND coalesce(checked_at, added_at) <= :before"


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not as it was archived. `found` is its digest, or why it cannot be read."""

    clip: str | None
    path: str
    outcome: Outcome
    sha256: str
    found: str | None = None


@dataclass(slots=True)
class Run:
    """A check of recordings: when, which (as options), how many were read, how many bytes, and how many were faulty.

    `continued`: an earlier process, which was interrupted, read some of them. `redacted` are faults of what the public
    hears in place of recordings.
    """

    id: int
    started_at: str
    asked: str
    checked: int = 0
    bytes: int = 0
    faults: int = 0
    finished_at: str | None = None
    redacted: list[Fault] = field(default_factory=list)
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A recording's row: the digest that its file must have. `clip` is the oldest clip of it."""

    id: int
    sha256: str
    path: str
    clip: str | None


def check(
    archive: Archive,
    *,
    sample: float | None = None,
    older_than: float | None = None,
    progress: Progress = lambda *_: None,
) -> Run:
    """Read recordings again, those that were read longest ago first, and enter each into the ledger.

    `sample` is the share, 0 to 1, of all recordings that is read; `older_than` a number of days: what was read since is
    left out. Without both, all are. Those that were faulty are always read again, and so is what the public hears of
    redacted clips. A run that was interrupted in the last CONTINUED is continued by the next one that asks for the
    same. Raises MediaGoneError if the media folder is not there, and ArchiveBusyError while another process does it.
    """
    archive.media.require()
    with archive.alone(LOCK, "check"):
        return _check(archive, sample, older_than, progress)


def _check(archive: Archive, sample: float | None, older_than: float | None, progress: Progress) -> Run:
    run = _begin(archive, json.dumps({"sample": sample, "older_than": older_than}))
    which = {"started": run.started_at, "before": _now(timedelta(days=older_than or 0))}
    last = 0
    while rows := _faulty(archive, last):
        _enter(archive, run, rows)
        last = rows[-1].id
    with archive.reading():
        due, every = archive.db.execute(
            f"SELECT (SELECT count(*) FROM recordings WHERE {_DUE}), count(*) FROM recordings WHERE path <> ''",  # noqa: S608
            which,
        ).fetchone()
    if sample is not None:
        due = min(due, max(0, math.ceil(every * sample) - run.checked))
    done = 0
    while done < due and (rows := _oldest(archive, which, min(AT_ONCE, due - done))):
        _enter(archive, run, rows)
        done += len(rows)
        progress("recordings", done, due)
    for row in _redacted(archive):
        outcome, found, _ = read_again(archive, row)
        if outcome != Outcome.INTACT:
            run.redacted.append(Fault(row.clip, row.path, outcome, row.sha256, found))
    run.faults += len(run.redacted)
    run.finished_at = _now()
    with archive.writing():
        _save(archive, run)
    return run


def faults(archive: Archive) -> Iterator[Fault]:
    """Yield the recordings that were not as they were archived when they were read last."""
    with archive.reading():
        for _, sha256, path, clip, outcome, found, *_ in archive.db.execute(f"{_FAULTS} ORDER BY once"):
            yield Fault(clip, path, Outcome(outcome), sha256, found)


def runs(archive: Archive) -> Iterator[Run]:
    """Yield the runs in the ledger, the latest first."""
    with archive.reading():
        yield from (Run(*row) for row in archive.db.execute(_RUNS))


def read_since(archive: Archive) -> str | None:
    """Return when the recording that was read longest ago was read, or archived; None without recordings."""
    query = "SELECT coalesce(checked_at, added_at) FROM recordings WHERE path <> '' ORDER BY 1 LIMIT 1"
    row = archive.db.execute(query).fetchone()
    return None if row is None else str(row[0])


def reattach(archive: Archive, folders: Iterable[Path] = ()) -> Iterator[tuple[str, Path]]:
    """Put files in the places of recordings that were missing, changed or unreadable when they were read last.

    They are looked for in the archive's folder and in `folders`, by size and then by digest. One in media/ is moved,
    any other is copied, or is referred to where the archive only refers to its file. Yields the path of each recording
    that was put right, and where its file was. Raises MediaGoneError, ArchiveReadOnlyError and DiskFullError.
    """
    if next(faults(archive), None) is None:
        return
    for page in pages(chain.from_iterable(map(_files_below, (archive.folder, *folders)))):
        sizes = {path: size for path in page if (size := _size(path)) is not None}
        with archive.reading():
            sized = f"{_FAULTS} AND bytes IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own conditions
            rows = archive.db.execute(sized, [json.dumps(sorted(set(sizes.values())))]).fetchall()
        wanted = {row[1]: row for row in rows}
        lengths = {row[6] for row in rows}
        for source in [path for path, size in sizes.items() if size in lengths]:
            if row := wanted.pop(digest_of(source), None):
                _put_back(archive, Stored(*row[:4]), row[7], source)
                yield row[2], source


def _begin(archive: Archive, asked: str) -> Run:
    with archive.writing():
        row = archive.db.execute(f"{_RUNS} LIMIT 1").fetchone()
        if row:
            last = replace(Run(*row), continued=True)
            young = datetime.now(UTC) - datetime.fromisoformat(last.started_at) < CONTINUED
            if young and last.asked == asked and last.finished_at is None:
                return last
        started = _now()
        return Run(insert(archive.db, "fixity_runs", {"started_at": started, "asked": asked}), started, asked)


def _now(earlier: timedelta = timedelta()) -> str:
    # To the microsecond: what was read just before a run begins is read again.
    return (datetime.now(UTC) - earlier).isoformat(timespec="microseconds")


def _faulty(archive: Archive, after: int) -> list[Stored]:
    with archive.reading():
        rows = archive.db.execute(f"{_FAULTS} AND once > ? ORDER BY once LIMIT ?", [after, AT_ONCE]).fetchall()
    return [Stored(*row[:4]) for row in rows]


def _oldest(archive: Archive, which: Mapping[str, str], number: int) -> list[Stored]:
    with archive.reading():
        rows = archive.db.execute(
            f"""SELECT id, sha256, path, {_CLIP} FROM recordings WHERE {_DUE}
                ORDER BY coalesce(checked_at, added_at) LIMIT :number""",  # noqa: S608 - our own conditions
            {**which, "number": number},
        ).fetchall()
    return [Stored(*row) for row in rows]


def _redacted(archive: Archive) -> Iterator[Stored]:
    query = f"""SELECT id, redacted.sha256, redacted.path, {_CLIP} FROM redacted_recordings AS redacted
        JOIN recordings ON id = redacted.recording_id
        WHERE redacted.path <> '' AND id > :last ORDER BY id LIMIT :page"""  # noqa: S608 - our own expression
    yield from (Stored(*row) for row in paged(archive, query))


def read_again(archive: Archive, row: Stored) -> tuple[Outcome, str | None, int]:
    """Return what a file is, its digest if that is wrong or why it cannot be read, and how many bytes were read."""
    try:
        with archive.media.open(row.path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except roots.GONE:
        return Outcome.MISSING, None, 0
    except OSError as error:
        return Outcome.UNREADABLE, error.strerror, 0
    return (Outcome.INTACT, None, size) if digest == row.sha256 else (Outcome.CHANGED, digest, size)


def _enter(archive: Archive, run: Run, rows: Sequence[Stored]) -> None:
    """Read recordings, and enter each into the ledger, but for those that are removed meanwhile."""
    read = [(row, *read_again(archive, row)) for row in rows]
    with archive.writing():
        for row, outcome, found, size in read:
            if _log(archive, run.started_at, row, outcome, found):
                run.checked, run.bytes = run.checked + 1, run.bytes + size
                run.faults += outcome != Outcome.INTACT
        _save(archive, run)


def _log(archive: Archive, since: str, row: Stored, outcome: Outcome, found: str | None) -> bool:
    # Time never goes back within a run, or it would find the same recordings again.
    at = max(_now(), since)
    changed = archive.db.execute("UPDATE recordings SET checked_at = ? WHERE id = ?", [at, row.id])
    if changed.rowcount:
        entry = {"recording_id": row.id, "checked_at": at, "outcome": outcome, "found": found}
        insert(archive.db, "fixity_checks", entry)
    return bool(changed.rowcount)


def _save(archive: Archive, run: Run) -> None:
    archive.db.execute(
        "UPDATE fixity_runs SET checked = ?, bytes = ?, faults = ?, finished_at = ? WHERE id = ?",
        [run.checked, run.bytes, run.faults, run.finished_at, run.id],
    )


def _put_back(archive: Archive, row: Stored, storage: str, source: Path) -> None:
    media = archive.media
    if storage == "copied":
        path = media.put(source, row.sha256, Path(row.path).suffix)
        if source.is_relative_to(media.root) and source != media.path(path):
            media.discard(source.relative_to(archive.folder).as_posix())
    else:
        path = media.reference(source)
    with archive.writing():
        archive.db.execute("UPDATE recordings SET path = ? WHERE id = ?", [path, row.id])
        _log(archive, "", row, Outcome.REPAIRED, None)


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in names)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() and not path.is_symlink() else None


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if it cannot be read, is a link, or is no file."""
    with suppress(OSError):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return None
