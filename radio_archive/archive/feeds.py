"""The feeds that an archive follows, and which of their items were downloaded."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.names.lookup import find_or_create
from radio_archive.archive.rows import insert, now
from radio_archive.errors import UsageError

PUBLISHED_UNDER = """feed_items.state = 'downloaded' AND feed_items.guid NOT LIKE 'sha256:%'
    AND feed_items.guid NOT LIKE '%://%@%'"""
"""A condition on rows of `feed_items`: that their guid is what a publisher wrote, and holds no password."""


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """A feed. `etag` and `last_modified` are from its server's last answer."""

    url: str
    show: str | None
    etag: str | None
    last_modified: str | None
    checked_at: str | None
    items: int
    failed: int


def all_feeds(archive: Archive) -> list[FollowedFeed]:
    """Return all feeds, in the order in which they were added."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT feeds.url, shows.name, etag, last_modified, checked_at,
                   (SELECT count(*) FROM feed_items WHERE feed_id = feeds.id AND state = 'downloaded'),
                   (SELECT count(*) FROM feed_items WHERE feed_id = feeds.id AND state = 'failed')
               FROM feeds LEFT JOIN shows ON shows.id = feeds.show_id ORDER BY feeds.id"""
        ).fetchall()
    return [FollowedFeed(*row) for row in rows]


def find(archive: Archive, text: str) -> FollowedFeed:
    """Return the one feed with this address, part of an address, or show. Raises UsageError for none or several."""
    known = all_feeds(archive)
    found = [feed for feed in known if text in {feed.url, feed.show}] or [
        feed for feed in known if text.casefold() in f"{feed.url} {feed.show or ''}".casefold()
    ]
    if len(found) != 1:
        problem = f"{len(found)} feeds answer to {text!r}" if found else f"no feed answers to {text!r}"
        raise UsageError(problem, "`radio-archive feed list` shows all.")
    return found[0]


def follow(archive: Archive, url: str, show: str | None) -> bool:
    """Follow a feed. Returns False if it is followed already."""
    with archive.writing():
        if archive.db.execute("SELECT 1 FROM feeds WHERE url = ?", [url]).fetchone():
            return False
        insert(archive.db, "feeds", {"url": url, "show_id": find_or_create(archive.db, "show", show) if show else None})
    return True


def move(archive: Archive, url: str, to: str) -> bool:
    """Give a feed a new address and keep its items. Returns False if that address is followed already."""
    with archive.writing():
        return bool(archive.db.execute("UPDATE OR IGNORE feeds SET url = ? WHERE url = ?", [to, url]).rowcount)


def unfollow(archive: Archive, url: str) -> None:
    """Stop following a feed; its clips stay."""
    with archive.writing():
        archive.db.execute("DELETE FROM feeds WHERE url = ?", [url])


def note_check(archive: Archive, url: str, etag: str | None, last_modified: str | None) -> None:
    """Store what the next conditional request needs."""
    with archive.writing():
        archive.db.execute(
            "UPDATE feeds SET etag = ?, last_modified = ?, checked_at = ? WHERE url = ?",
            [etag, last_modified, now(), url],
        )


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What was downloaded of a feed."""

    guids: Set[str]
    digests: Set[str]
    """SHA-256 of the files."""
    addresses: Mapping[str, str]
    """When the file at an address was last downloaded, in ISO 8601."""


def downloaded(archive: Archive, url: str) -> Downloaded:
    """Return what was downloaded of a feed."""
    with archive.reading():
        rows = archive.db.execute(
            """SELECT guid, sha256, enclosure_url, seen_at FROM feed_items JOIN feeds ON feeds.id = feed_id
               WHERE url = ? AND state = 'downloaded' ORDER BY seen_at""",
            [url],
        ).fetchall()
    return Downloaded(
        {guid for guid, *_ in rows},
        {sha256 for _, sha256, *_ in rows if sha256},
        {address: seen_at for *_, address, seen_at in rows if address},
    )


def guids(archive: Archive, uids: Sequence[str]) -> dict[str, str]:
    """Return under which guid those of the clips that came from followed feeds were published there first."""
    rows = archive.db.execute(
        f"""SELECT clips.uid, guid FROM clips JOIN feed_items ON clip_id = clips.id
            WHERE clips.uid IN (SELECT value FROM json_each(?)) AND {PUBLISHED_UNDER}
            ORDER BY feed_items.id DESC""",  # noqa: S608 - our own condition
        [json.dumps(list(uids))],
    )
    return dict(rows)


def note_item(
    archive: Archive, url: str, guid: str, enclosure: str | None, *, sha256: str | None, error: str | None
) -> None:
    """Record that an item was downloaded, or why it failed."""
    with archive.writing():
        archive.db.execute(
            """INSERT INTO feed_items (feed_id, guid, enclosure_url, state, sha256, error, seen_at, clip_id)
               SELECT id, :guid, :enclosure, :state, :sha256, :error, :now,
                   (SELECT clip_id FROM clip_recordings JOIN recordings ON recordings.id = recording_id
                    WHERE recordings.sha256 = :sha256)
               FROM feeds WHERE url = :url
               ON CONFLICT (feed_id, guid) DO UPDATE SET state = :state, sha256 = :sha256, error = :error,
                   enclosure_url = :enclosure, seen_at = :now""",
            {
                "guid": guid,
                "enclosure": enclosure,
                "state": "failed" if error else "downloaded",
                "sha256": sha256,
                "error": error,
                "now": now(),
                "url": url,
            },
        )
