"""A feed as values, and what every format of feeds has in common as XML: `rss` and `atom` write it."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from radio_archive.models import clean_text


@dataclass(frozen=True, slots=True)
class Link:
    """A file that goes with an item: its address and media type."""

    url: str
    media_type: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One episode. `date` and `updated` are YYYY-MM-DD or a moment in ISO 8601, `duration` in seconds.

    `guid` never changes and is never another's. `bytes` is the sound's size; `updated`, when the item last changed.
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
    """Role, name, and the address of a page about the person."""
    transcripts: tuple[Link, ...] = ()
    chapters: Link | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed; `url` is the page it stands for, `feed_url` where it is itself.

    `identity` is the address that readers know it by for good, wherever it is fetched from; left out, `feed_url`.
    """

    title: str
    url: str
    feed_url: str
    description: str
    language: str | None = None
    author: str | None = None
    rights: str | None = None
    image: str | None = None
    identity: str | None = None

    @property
    def known_as(self) -> str:
        """Its identity without what may change: the scheme, and slashes at the end."""
        return clean((self.identity or self.feed_url).partition("://")[2].rstrip("/"))


def add(parent: ET.Element, name: str, text: str | None, attributes: Mapping[str, str] | None = None) -> None:
    """Add an element with text; none where there is no text."""
    cleaned = clean(text or "")
    if cleaned:
        ET.SubElement(parent, name, dict(attributes or {})).text = cleaned


def add_empty(parent: ET.Element, name: str, attributes: Mapping[str, str | None]) -> None:
    """Add an element that is nothing but its attributes, of which those that are None are left out."""
    ET.SubElement(parent, name, {key: clean(value) for key, value in attributes.items() if value is not None})


def clean(text: str) -> str:
    """Return text without what XML cannot hold."""
    return clean_text(text).replace("\ufffe", "").replace("\uffff", "")


def moment(text: str | None) -> datetime | None:
    """Return the moment, in UTC, that ISO 8601 means; a date alone is its midnight, and no zone is UTC."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def document(root: ET.Element) -> str:
    """Return a feed as a file."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
