"""The watch folder's durable queue, with one row for each file.

    settling → ready → working → archived | duplicate | failed      vanished: gone before its turn

`quiet_since` and `next_attempt` are only hints after a restart, because the clock may have been set back; within a
process, a monotonic clock measures time. An ended row without `left_at` has a source file that is still to be handled.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radio_archive.archive import deliveries
from radio_archive.archive.archive import Archive
from radio_archive.archive.media import relative_path
from radio_archive.archive.rows import now, pages
from radio_archive.models import IntakeState as State

SOON = 10.0
"""An attempt that is due within this many seconds is worth waiting for."""
LONGEST_WAIT = 900.0
"""The most seconds between two attempts."""


WAITING = (State.SETTLING, State.READY)
ENDED = (State.ARCHIVED, State.FAILED, State.DUPLICATE)


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """A file seen in a watched folder. The same size and modification time mean the same content."""

    path: Path
    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path, status: os.stat_result) -> "FileSnapshot":
        return cls(path, status.st_size, status.st_mtime_ns, status.st_ino)

    def same_content(self, other: "FileSnapshot | QueuedFile") -> bool:
        # Not the inode: some network shares renumber their files at each mount.
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


@dataclass(frozen=True, slots=True)
class QueuedFile:
    """A row of the queue."""

    path: Path
    root: Path
    """The watched folder that contains it."""
    size: int
    mtime_ns: int
    state: State
    sha256: str | None
    attempts: int
    next_attempt: str | None
    error: str | None
    waits_for: str | None
    """Why a settling file is not ready."""
    clip: str | None
    left_at: str | None
    """When the ended file was moved or deleted."""
    moved_to: Path | None
    command: str | None
    """The result of the command that runs after the clip: `pending`, `ok`, or its error."""
    first_seen_at: str
    quiet_since: str | None
    changed_at: str


_COLUMNS = """intake.path, root, size, mtime_ns, state, sha256, attempts, next_attempt, error, waits_for,
    clips.uid, left_at, moved_to, command, first_seen_at, quiet_since, changed_at"""
_FROM = "FROM intake LEFT JOIN clips ON clips.id = intake.clip_id"


def observe(archive: Archive, root: Path, found: Iterable[FileSnapshot]) -> list[FileSnapshot]:
    """Record which files are in `root` and which vanished; return the new and changed ones.

    A file that has ended is ignored unless it changed or was put there again.
    """
    there = _by_key(archive, found)
    folder = key_of(archive, root)
    noted: list[FileSnapshot] = []
    for page in pages(list(there)):
        new = _unknown(archive, {key: there[key] for key in page})
        # It may have been archived and removed since it was seen.
        new = {key: seen for key, seen in new.items() if os.path.lexists(seen.path)}
        if new:
            with archive.writing():
                new = _unknown(archive, new)
                _settle(archive, folder, new)
            noted += new.values()
    with archive.reading():
        waiting = "SELECT path FROM intake WHERE state IN ('settling', 'ready') AND root = ?"
        gone = [key for (key,) in archive.db.execute(waiting, [folder]) if key not in there]
    for page in pages(gone):
        with archive.writing():
            archive.db.execute(
                """UPDATE intake SET state = 'vanished', waits_for = NULL, next_attempt = NULL, changed_at = ?
                   WHERE path IN (SELECT value FROM json_each(?)) AND state IN ('settling', 'ready')""",
                [now(), json.dumps(page)],
            )
    return noted


def _unknown(archive: Archive, found: Mapping[str, FileSnapshot]) -> dict[str, FileSnapshot]:
    """Return the files, by their keys, that the queue does not know as they are: new, changed, or put there again."""
    with archive.reading():
        known = archive.db.execute(
            # The plus: by their paths, not through all that have ever been archived.
            """SELECT path, size, mtime_ns FROM intake WHERE path IN (SELECT value FROM json_each(?))
               AND (+state IN ('settling', 'ready', 'working')
                    OR (+state IN ('archived', 'failed', 'duplicate') AND (left_at IS NULL OR moved_to = path)))""",
            [json.dumps(list(found))],
        ).fetchall()
    same = {key for key, *content in known if content == [found[key].size, found[key].mtime_ns]}
    return {key: seen for key, seen in found.items() if key not in same}


def _settle(archive: Archive, root: str, found: Mapping[str, FileSnapshot]) -> None:
    """Start the settling of files, by their keys."""
    archive.db.conn.executemany(
        """INSERT INTO intake
               (path, root, size, mtime_ns, inode, state, first_seen_at, quiet_since, changed_at)
           VALUES (:path, :root, :size, :mtime_ns, :inode, 'settling', :now, :now, :now)
           ON CONFLICT (path) DO UPDATE SET
               root = :root, size = :size, mtime_ns = :mtime_ns, inode = :inode, state = 'settling',
               attempts = 0, next_attempt = NULL, error = NULL, waits_for = NULL, left_at = NULL,
               -- A file that stays in its folder may turn out to be the same one with another time.
               (clip_id, sha256) = (SELECT clip_id, sha256 WHERE state IN ('settling', 'ready', 'working')
                                        OR (state = 'archived' AND moved_to = path)),
               moved_to = NULL, command = NULL, quiet_since = :now, changed_at = :now,
               first_seen_at = iif(state IN ('settling', 'ready', 'working'), first_seen_at, :now)""",
        [
            {
                "path": key,
                "root": root,
                "size": seen.size,
                # SQLite's integers end at 2⁶³; so do the times of real file systems, but not all inode numbers.
                "mtime_ns": seen.mtime_ns,
                "inode": seen.inode & 0x7FFF_FFFF_FFFF_FFFF,
                "now": now(),
            }
            for key, seen in found.items()
        ],
    )


def recover(archive: Archive) -> None:
    """Requeue the files of a process that ended; whether waiting files are complete is measured again."""
    with archive.writing():
        archive.db.execute("UPDATE intake SET state = 'settling' WHERE state IN ('working', 'ready')")


def settling(archive: Archive) -> Iterator[QueuedFile]:
    """Yield the settling files, oldest first."""
    yield from files(archive, [State.SETTLING])


def set_settling(archive: Archive, root: Path, found: Iterable[FileSnapshot]) -> None:
    """Start the settling of files again: they are still being written."""
    with archive.writing():
        _settle(archive, key_of(archive, root), {key_of(archive, seen.path): seen for seen in found})


def set_ready(archive: Archive, paths: Iterable[Path]) -> None:
    """Make files ready to be archived, if they are still settling."""
    with archive.writing():
        archive.db.conn.executemany(
            """UPDATE intake SET state = 'ready', waits_for = NULL, changed_at = ?
               WHERE path = ? AND state = 'settling'""",
            [(now(), key_of(archive, path)) for path in paths],
        )


def set_waiting(archive: Archive, path: Path, why: str) -> None:
    """Record why a settling file is not ready."""
    with archive.writing():
        _set(archive, key_of(archive, path), waits_for=why)


def take(archive: Archive) -> QueuedFile | None:
    """Set the ready file that has waited longest to `working` and return it; None if none is due."""
    # An attempt further in the future than any we plan is from before the clock was set back.
    moment, never = now(), now(2 * LONGEST_WAIT)
    with archive.writing():
        row = archive.db.execute(
            """SELECT path FROM intake WHERE state = 'ready'
               AND (next_attempt IS NULL OR next_attempt <= ? OR next_attempt > ?) ORDER BY id LIMIT 1""",
            [moment, never],
        ).fetchone()
        if row is None:
            return None
        _set(archive, row[0], state=State.WORKING, error=None)
        archive.db.execute("UPDATE watcher SET progress_at = ?", [now()])
        return next(_entries(archive, "intake.path = ?", [row[0]]))


def give_back(archive: Archive, path: Path) -> None:
    """Put a taken file back into the queue, unchanged."""
    with archive.writing():
        archive.db.execute(
            "UPDATE intake SET state = 'ready', changed_at = ? WHERE path = ? AND state = 'working'",
            [now(), key_of(archive, path)],
        )


def postpone(archive: Archive, entry: QueuedFile, error: str, seconds: float, *, counts: bool) -> None:
    """Try a file again after `seconds`; `counts`: the file itself is at fault, and this was one of its attempts."""
    with archive.writing():
        archive.db.execute(
            """UPDATE intake SET state = 'ready', attempts = attempts + ?, next_attempt = ?, error = ?, changed_at = ?
               WHERE path = ? AND state = 'working'""",
            [int(counts), now(seconds), error, now(), key_of(archive, entry.path)],
        )


def set_ended(
    archive: Archive, entry: QueuedFile, state: State, *, clip: str | None = None, error: str | None = None
) -> None:
    """Record how a file ended, unless another file has replaced it since."""
    with archive.writing():
        archive.db.execute(
            """UPDATE intake SET state = :state, error = :error, next_attempt = NULL, changed_at = :now,
                   clip_id = (SELECT id FROM clips WHERE uid = :clip), sha256 = iif(:state = 'archived', sha256, NULL)
               WHERE path = :path AND size = :size AND mtime_ns = :mtime_ns
                   AND state IN ('working', 'settling', 'ready')""",
            {
                "state": state,
                "error": error,
                "clip": clip,
                "now": now(),
                "path": key_of(archive, entry.path),
                "size": entry.size,
                "mtime_ns": entry.mtime_ns,
            },
        )


def set_archived(
    archive: Archive, path: Path, clip_id: int, sha256: str, *, command: bool, webhook: bool = False
) -> None:
    """Record that a taken file is archived, and what is to come after it, in the transaction that saves its clip."""
    if webhook:
        deliveries.add(archive, clip_id)
    archive.db.execute(
        """UPDATE intake SET state = 'archived', clip_id = ?, sha256 = ?, error = NULL, next_attempt = NULL,
               command = ?, changed_at = ?
           WHERE path = ? AND state = 'working'""",
        [clip_id, sha256, "pending" if command else None, now(), key_of(archive, path)],
    )


def set_moving(archive: Archive, path: Path, to: Path) -> None:
    """Record where an ended file is about to be moved."""
    with archive.writing():
        _set(archive, key_of(archive, path), moved_to=key_of(archive, to))


def set_left(archive: Archive, path: Path, moved_to: Path | None = None) -> None:
    """Record that an ended file was deleted, or where it was moved."""
    with archive.writing():
        where = None if moved_to is None else key_of(archive, moved_to)
        _set(archive, key_of(archive, path), left_at=now(), moved_to=where)


def note_error(archive: Archive, path: Path, error: str) -> None:
    """Record an error that happened after a file ended."""
    with archive.writing():
        _set(archive, key_of(archive, path), error=error)


def note_command(archive: Archive, path: Path, outcome: str) -> None:
    """Record the result of the command that ran after a clip."""
    with archive.writing():
        _set(archive, key_of(archive, path), command=outcome)


def unfinished(archive: Archive) -> list[QueuedFile]:
    """Return the ended files that are still to be moved or deleted, or whose command has not run."""
    # Left to itself, SQLite reads all that ever ended.
    return list(
        _entries(
            archive,
            """intake.id IN (SELECT id FROM intake INDEXED BY intake_unfinished
               WHERE state IN ('archived', 'failed', 'duplicate') AND (left_at IS NULL OR command = 'pending'))""",
        )
    )


def find(archive: Archive, path: Path) -> QueuedFile | None:
    """Return a file's row, or None."""
    return next(_entries(archive, "intake.path = ?", [key_of(archive, path)]), None)


def files(archive: Archive, states: Sequence[State] = tuple(State), limit: int = -1) -> Iterator[QueuedFile]:
    """Yield the files in these states, oldest first; `limit` -1 means all."""
    with archive.reading():
        ids = [
            key
            for (key,) in archive.db.execute(
                "SELECT id FROM intake WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
                [json.dumps(list(states)), limit],
            )
        ]
    for page in pages(ids):
        yield from _entries(archive, "intake.id IN (SELECT value FROM json_each(?))", [json.dumps(page)])


def counts(archive: Archive) -> dict[State, int]:
    """Return how many files are in each state."""
    with archive.reading():
        found = dict(archive.db.execute("SELECT state, number FROM intake_counts").fetchall())
    return {state: found.get(state, 0) for state in State}


def has_pending(archive: Archive) -> bool:
    """Whether a file will end soon: it waits for nothing, and its next attempt is near."""
    with archive.reading():
        row = archive.db.execute(
            """SELECT EXISTS (SELECT 1 FROM intake WHERE state = 'working')
               OR EXISTS (SELECT 1 FROM intake WHERE state = 'settling' AND waits_for IS NULL)
               OR EXISTS (SELECT 1 FROM intake
                          WHERE state = 'ready' AND (next_attempt IS NULL OR next_attempt <= ?))""",
            [now(SOON)],
        ).fetchone()
    return bool(row[0])


def with_stem(archive: Archive, path: Path) -> list[QueuedFile]:
    """Return the files that are called like `path` without their suffix, the last changed one last."""
    stem = key_of(archive, path)
    # In ASCII, a slash follows the dot.
    found = _entries(archive, "intake.path > ? AND intake.path < ?", [stem + ".", stem + "/"])
    return sorted((entry for entry in found if entry.path.stem == path.name), key=lambda entry: entry.changed_at)


def retry(archive: Archive, path: Path) -> None:
    """Start again with the file at `path`."""
    with archive.writing():
        archive.db.execute(
            """UPDATE intake SET state = 'settling', attempts = 0, next_attempt = NULL, error = NULL, waits_for = NULL,
                   clip_id = NULL, left_at = NULL, moved_to = NULL, quiet_since = :now, changed_at = :now
               WHERE path = :path AND state IN ('failed', 'ready', 'settling', 'vanished', 'duplicate')""",
            {"now": now(), "path": key_of(archive, path)},
        )


def forget(archive: Archive, path: Path) -> None:
    """Delete a file's row but not the file, which counts as new if it is in a watched folder."""
    with archive.writing():
        archive.db.execute("DELETE FROM intake WHERE path = ?", [key_of(archive, path)])


def _entries(
    archive: Archive, condition: str, parameters: Sequence[object] = (), tail: str = ""
) -> Iterator[QueuedFile]:
    with archive.reading():
        rows = archive.db.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE {condition} ORDER BY intake.id {tail}",
            list(parameters),
        ).fetchall()
    for path, root, size, mtime_ns, state, sha256, *rest in rows:
        attempts, next_attempt, error, waits_for, clip, left_at, moved_to, command, *times = rest
        yield QueuedFile(
            path_of(archive, path),
            path_of(archive, root or "inbox"),
            size,
            mtime_ns,
            State(state),
            sha256,
            attempts,
            next_attempt,
            error,
            waits_for,
            clip,
            left_at,
            None if moved_to is None else path_of(archive, moved_to),
            command,
            *times,
        )


def _set(archive: Archive, key: str, **values: object) -> None:
    columns: Mapping[str, object] = {**values, "changed_at": now()}
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    archive.db.execute(f"UPDATE intake SET {assignments} WHERE path = :path", {**columns, "path": key})  # noqa: S608


def key_of(archive: Archive, path: Path) -> str:
    """Return a path as it is stored: relative to the archive, in UTF-8; other bytes are written as `\\xff`."""
    return _escaped(relative_path(path, archive.folder))


def _by_key(archive: Archive, found: Iterable[FileSnapshot]) -> dict[str, FileSnapshot]:
    """Return files by their keys. What is before the last part is made once for each folder."""
    before: dict[Path, str] = {}
    there: dict[str, FileSnapshot] = {}
    for seen in found:
        folder = seen.path.parent
        if folder not in before:
            before[folder] = key_of(archive, folder / "x")[:-1]
        there[before[folder] + _escaped(seen.path.name)] = seen
    return there


def _escaped(text: str) -> str:
    return os.fsencode(text.replace("\\", "\\\\")).decode("utf-8", "backslashreplace")


def path_of(archive: Archive, key: str) -> Path:
    """Return the path that `key_of` stored."""
    raw = key.encode("utf-8").split(b"\\\\")
    whole = b"\\".join(_unescaped(part) for part in raw)
    return Path(os.path.normpath(archive.folder / os.fsdecode(whole)))


def _unescaped(part: bytes) -> bytes:
    pieces = part.split(b"\\x")
    return pieces[0] + b"".join(bytes([int(piece[:2], 16)]) + piece[2:] for piece in pieces[1:])
