"""What `backfill` has listed and still has to archive: a durable queue, in a table of its own.

    waiting → archived | duplicate | failed → waiting, when it is asked for

The table `intake` is of files in watched folders: its rows are requeued, counted as vanished and moved by the watcher,
which must do nothing of that to files that lie where somebody keeps them. There is no state for an entry in work: what
a killed run did not end is still waiting, and one run at a time takes from the queue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.intake import key_of, path_of
from radio_archive.archive.rows import PAGE, now


class EntryKind(StrEnum):
    """Where the audio of an entry is."""

    FILE = "file"
    """On this machine, at a path."""
    REMOTE = "remote"
    """At an address; it is downloaded first."""
    FEED = "feed"
    """At an address that an item of a feed names."""


class EntryState(StrEnum):
    """The state of an entry."""

    WAITING = "waiting"
    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    """Its bytes were archived before."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that was listed, and what was said of it there."""

    source: str
    """Its path as `key_of` stores it, or its address."""
    kind: EntryKind = EntryKind.FILE
    item: str = ""
    """What tells items of feeds apart that have one address."""
    root: str | None = None
    """The folder that was named, as `key_of` stores it: the folders between it and the file may name a show."""
    sidecar: tuple[str, bytes] | None = None
    """Name and content of a sidecar for it: what the manifest or the feed says."""

    @classmethod
    def at(
        cls, archive: Archive, path: Path, root: Path | None = None, sidecar: tuple[str, bytes] | None = None
    ) -> "ListedFile":
        """Return the entry for a file on this machine."""
        above = None if root is None else key_of(archive, root)
        return cls(key_of(archive, path), root=above, sidecar=sidecar)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the queue."""

    id: int
    listed: ListedFile
    state: EntryState
    problem: str
    """The kind of problem: the name of a class in `errors`; empty unless it failed."""
    error: str | None
    clip: str | None
    """Uid of the clip that it became."""
    path: Path | None
    """Where a file on this machine is."""
    root: Path | None


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How many entries have a state and a kind of problem, and the seconds of audio archived from them."""

    state: EntryState
    problem: str
    number: int
    seconds: float


_COLUMNS = "backfill.id, source, kind, item, root, sidecar_name, sidecar, state, problem, error, clips.uid"


def add(archive: Archive, listed: Sequence[ListedFile], *, retry_failed: bool = False) -> int:
    """Add files to the queue in one transaction, and return how many are new.

    What is there already stays as it is, but gets the sidecar that is given now if it still waits or failed. With
    `retry_failed`, what failed waits again.
    """
    moment = now()
    rows = [
        (f.source, f.item, f.kind.value, f.root, *(f.sidecar or (None, None)), moment, retry_failed) for f in listed
    ]
    with archive.writing():
        before = _total(archive)
        archive.db.conn.executemany(
            """INSERT INTO backfill (source, item, kind, root, sidecar_name, sidecar, listed_at, changed_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
               ON CONFLICT (source, item) DO UPDATE SET
                   sidecar_name = coalesce(excluded.sidecar_name, sidecar_name),
                   sidecar = coalesce(excluded.sidecar, sidecar),
                   state = iif(?8, 'waiting', state), problem = iif(?8, '', problem), error = iif(?8, NULL, error),
                   changed_at = excluded.changed_at
               WHERE (state = 'waiting' AND excluded.sidecar IS NOT NULL AND sidecar IS NOT excluded.sidecar)
                   OR (state = 'failed' AND (?8 OR excluded.sidecar IS NOT NULL))""",
            rows,
        )
        return _total(archive) - before


def known(archive: Archive, listed: Sequence[ListedFile]) -> int:
    """Return how many of these files the queue has already."""
    with archive.reading():
        found = archive.db.execute(
            f"""WITH asked (source, item) AS (VALUES {", ".join(["(?, ?)"] * len(listed))})
                SELECT count(*) FROM asked CROSS JOIN backfill USING (source, item)""",  # noqa: S608 - placeholders
            [value for file in listed for value in (file.source, file.item)],
        ).fetchone()
    return int(found[0])


def revive(archive: Archive) -> int:
    """Let all that failed wait again, and return how many that are."""
    revived = 0
    while True:
        with archive.writing():
            done = archive.db.execute(
                """UPDATE backfill SET state = 'waiting', problem = '', error = NULL, changed_at = ?
                   WHERE id IN (SELECT id FROM backfill WHERE state = 'failed' ORDER BY id LIMIT ?)""",
                [now(), PAGE],
            ).rowcount
        revived += done
        if done < PAGE:
            return revived


def set_archived(archive: Archive, entry: int, clip_id: int, seconds: float) -> None:
    """Record that an entry is archived, in the transaction that saves its clip of `seconds`."""
    archive.db.execute(
        """UPDATE backfill SET state = 'archived', problem = '', error = NULL, clip_id = ?, seconds = ?, changed_at = ?
           WHERE id = ?""",
        [clip_id, seconds, now(), entry],
    )


def set_ended(
    archive: Archive, entry: int, state: EntryState, *, clip: str | None = None, problem: str = "", error: str = ""
) -> None:
    """Record how a waiting entry ended without a new clip."""
    with archive.writing():
        archive.db.execute(
            """UPDATE backfill SET state = ?, problem = ?, error = ?, changed_at = ?,
                   clip_id = (SELECT id FROM clips WHERE uid = ?)
               WHERE id = ? AND state = 'waiting'""",
            [state.value, problem, error or None, now(), clip, entry],
        )


def page(archive: Archive, state: EntryState, after: int = 0, size: int = PAGE) -> list[Entry]:
    """Return the next entries in a state, the oldest first, whose id is above `after`."""
    with archive.reading():
        rows = archive.db.execute(
            f"""SELECT {_COLUMNS} FROM backfill LEFT JOIN clips ON clips.id = clip_id
                WHERE state = ? AND backfill.id > ? ORDER BY backfill.id LIMIT ?""",  # noqa: S608 - our own constant
            [state.value, after, size],
        ).fetchall()
    return [_entry(archive, row) for row in rows]


def entries(archive: Archive, state: EntryState) -> Iterator[Entry]:
    """Yield all entries in a state, the oldest first."""
    after = 0
    while found := page(archive, state, after):
        yield from found
        after = found[-1].id


def waiting(archive: Archive, entry: int) -> bool:
    """Whether an entry still waits."""
    with archive.reading():
        row = archive.db.execute("SELECT state FROM backfill WHERE id = ?", [entry]).fetchone()
    return row is not None and row[0] == EntryState.WAITING


def counts(archive: Archive) -> list[EntryCount]:
    """Return how many entries are in each state, by the kind of problem, without looking at any of them."""
    with archive.reading():
        rows = archive.db.execute(
            "SELECT state, problem, number, seconds FROM backfill_counts WHERE number > 0 ORDER BY state, problem"
        ).fetchall()
    return [EntryCount(EntryState(state), *row) for state, *row in rows]


def sample(archive: Archive, number: int) -> list[Entry]:
    """Return waiting entries that are spread over the queue, at most `number` of them."""
    with archive.reading():
        first, last = archive.db.execute(
            """SELECT (SELECT id FROM backfill WHERE state = 'waiting' ORDER BY id LIMIT 1),
                      (SELECT id FROM backfill WHERE state = 'waiting' ORDER BY id DESC LIMIT 1)"""
        ).fetchone()
    if first is None:
        return []
    found: dict[int, Entry] = {}
    for position in range(number):
        after = first + (last - first) * position // number - 1
        found |= {entry.id: entry for entry in page(archive, EntryState.WAITING, after, 1)}
    return list(found.values())


def _entry(archive: Archive, row: tuple[object, ...]) -> Entry:
    key, source, kind, item, root, name, content, state, problem, error, clip = row
    sidecar = (str(name), bytes(content)) if isinstance(content, bytes) else None
    above = None if root is None else str(root)
    listed = ListedFile(str(source), EntryKind(str(kind)), str(item), above, sidecar)
    is_here = listed.kind is EntryKind.FILE
    return Entry(
        int(str(key)),
        listed,
        EntryState(str(state)),
        str(problem),
        None if error is None else str(error),
        None if clip is None else str(clip),
        path_of(archive, listed.source) if is_here else None,
        path_of(archive, above) if is_here and above is not None else None,
    )


def _total(archive: Archive) -> int:
    return int(archive.db.execute("SELECT coalesce(sum(number), 0) FROM backfill_counts").fetchone()[0])
