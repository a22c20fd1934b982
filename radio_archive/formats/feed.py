"""A feed as values, which `rss` and `atom` write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from radio_archive.formats.xml import clean


@dataclass(frozen=True, slots=True)
class Link:
    """A file that goes with an item: its address and media type."""

    url: str
    media_type: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One episode. `date` and `updated` (its last change) are in ISO 8601, with or without time; `duration` in seconds.

    `guid` is unique and never changes. `bytes` is the size of the audio.
    """

    guid: str
    title: str
    url: str
    enclosure: Link | None
    bytes: int
    duration: float
    date: str | None = None
    updated: str | None = None
    summary: str | None = None
    people: tuple[tuple[str, str, str | None], ...] = ()
    """(role, name, address of a page about the person or None)."""
    transcripts: tuple[Link, ...] = ()
    chapters: Link | None = None
    image: str | None = None
    rights: str | None = None
    """Who has which rights in it; None: as the feed says."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed. `url` is the page that it belongs to, `feed_url` its own address.

    `identity` is the address that identifies it permanently, independent of where it is fetched; default: `feed_url`.
    """

    title: str
    url: str
    feed_url: str
    description: str
    language: str | None = None
    author: str | None = None
    rights: str | None = None
    """Who has which rights in all of it but the items that say otherwise."""
    image: str | None = None
    identity: str | None = None
    category: tuple[str, ...] = ()
    """A category of podcast directories, and perhaps a part of it."""
    owner: str | None = None
    email: str | None = None
    explicit: bool = False
    """Whether it is for adults only."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Addresses of other pages of the feed, by RFC 5005's names for them: first, previous, next, last."""

    @property
    def stable_id(self) -> str:
        """The identity without the scheme and slashes at the end, which may change."""
        return clean((self.identity or self.feed_url).partition("://")[2].rstrip("/"))


def moment(text: str | None) -> datetime | None:
    """Return an ISO 8601 time; a date means midnight, no zone means UTC. None if it is invalid."""
    try:
        found = datetime.fromisoformat(text or "")
        # What has no time in UTC can be compared with no other time.
        return found.astimezone(UTC).astimezone(found.tzinfo) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
