"""What a webhook is to be told: a durable queue, a row for each clip that a watcher archived."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.rows import insert, now

_COLUMNS = """deliveries.uid, clips.uid, deliveries.state, attempts, next_attempt, error, deliveries.created_at,
    deliveries.changed_at FROM deliveries JOIN clips ON clips.id = clip_id"""
_UNDELIVERED = """(SELECT id FROM deliveries WHERE state = 'pending'
    UNION ALL SELECT id FROM deliveries WHERE state = 'failed')"""
"""By an index each. Asked for both at once, SQLite reads all that was ever delivered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message; `uid` is that of the message, by which a receiver knows it when it comes again."""

    uid: str
    clip: str
    state: str
    """`pending`, `delivered`, or `failed`: it is not tried again by itself."""
    attempts: int
    next_attempt: str
    error: str | None
    """Why the last attempt failed."""
    created_at: str
    changed_at: str


def add(archive: Archive, clip_id: int) -> None:
    """Queue a message about a clip, in the transaction that saves it."""
    moment = now()
    row = {"uid": f"msg_{secrets.token_hex(12)}", "clip_id": clip_id, "next_attempt": moment}
    insert(archive.db, "deliveries", {**row, "created_at": moment, "changed_at": moment})


def due(archive: Archive) -> Delivery | None:
    """Return the message that is to be sent next; None if none is to be sent now."""
    with archive.reading():
        row = archive.db.execute(
            f"SELECT {_COLUMNS} WHERE state = 'pending' AND next_attempt <= ? ORDER BY next_attempt LIMIT 1",
            [now()],
        ).fetchone()
    return Delivery(*row) if row else None


def undelivered(archive: Archive) -> Iterator[Delivery]:
    """Yield the messages that wait or failed, oldest first."""
    with archive.reading():
        rows = archive.db.execute(f"SELECT {_COLUMNS} WHERE deliveries.id IN {_UNDELIVERED} ORDER BY deliveries.id")
        yield from (Delivery(*row) for row in rows)


def set_delivered(archive: Archive, uid: str) -> None:
    """Record that a message arrived."""
    with archive.writing():
        archive.db.execute(
            """UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, error = NULL, changed_at = ?
               WHERE uid = ?""",
            [now(), uid],
        )


def set_failed(archive: Archive, uid: str, error: str, wait: float | None) -> None:
    """Record that an attempt failed; `wait` is in seconds until the next one, or None for no further one."""
    with archive.writing():
        archive.db.execute(
            """UPDATE deliveries SET state = ?, attempts = attempts + 1, error = ?, next_attempt = ?, changed_at = ?
               WHERE uid = ?""",
            ["failed" if wait is None else "pending", error, now(wait or 0.0), now(), uid],
        )


def retry(archive: Archive) -> int:
    """Make all that waits or failed due now, as if it had not been tried. Return how many messages that are."""
    with archive.writing():
        return int(
            archive.db.execute(
                f"""UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt = :now, changed_at = :now
                    WHERE id IN {_UNDELIVERED}""",  # noqa: S608 - our own
                {"now": now()},
            ).rowcount
        )
