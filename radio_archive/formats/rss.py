"""Podcast feeds: RSS 2.0 with the iTunes and the Podcasting 2.0 elements that apps read.

https://www.rssboard.org/rss-specification, https://podcastindex.org/namespace/1.0
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from radio_archive.models import clean_text

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
}
MEDIA_TYPE = "application/rss+xml; charset=utf-8"
_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace that Podcasting 2.0 makes feeds' guids in, of their address without the scheme."""
# By role in a clip: the role in the Podcast Taxonomy, and its group.
_ROLES = {"reporter": ("reporter", "cast"), "host": ("host", "cast"), "guest": ("guest", "cast")}


@dataclass(frozen=True, slots=True)
class Link:
    """A file that goes with an item: its address and media type."""

    url: str
    media_type: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One episode. `date` is YYYY-MM-DD or a moment in ISO 8601, `duration` in seconds, `bytes` the sound's size."""

    guid: str
    title: str
    url: str
    enclosure: Link | None
    bytes: int
    duration: float
    date: str | None = None
    summary: str | None = None
    people: tuple[tuple[str, str, str | None], ...] = ()
    """Role, name, and the address of a page about the person."""
    transcripts: tuple[Link, ...] = ()
    chapters: Link | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed; `url` is the page it stands for, `feed_url` where it is itself."""

    title: str
    url: str
    feed_url: str
    description: str
    language: str | None = None
    author: str | None = None
    rights: str | None = None
    image: str | None = None


def write(channel: Channel, items: Iterable[Item]) -> str:
    """Return the feed as XML."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    root = ET.Element("rss", {"version": "2.0"})
    top = ET.SubElement(root, "channel")
    _add(top, "title", channel.title)
    _add(top, "link", channel.url)
    _add(top, "description", channel.description or channel.title)
    _add(top, "language", channel.language)
    _add(top, "copyright", channel.rights)
    _add(top, "generator", "radio_archive")
    ET.SubElement(
        top, _name("atom:link"), {"href": channel.feed_url, "rel": "self", "type": MEDIA_TYPE.partition(";")[0]}
    )
    _add(top, "itunes:author", channel.author)
    _add(top, "itunes:explicit", "false")
    if channel.image:
        ET.SubElement(top, _name("itunes:image"), {"href": channel.image})
    _add(top, "podcast:guid", str(uuid.uuid5(_PODCASTS, channel.feed_url.partition("://")[2].rstrip("/"))))
    _add(top, "podcast:locked", "no")
    _add(top, "podcast:medium", "podcast")
    for item in items:
        _item(top, item)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _item(top: ET.Element, item: Item) -> None:
    element = ET.SubElement(top, "item")
    _add(element, "title", item.title)
    _add(element, "link", item.url)
    guid = ET.SubElement(element, "guid", {"isPermaLink": "false"})
    guid.text = _text(item.guid)
    _add(element, "pubDate", _moment(item.date))
    _add(element, "description", item.summary)
    if item.enclosure:
        kind = {"url": item.enclosure.url, "length": str(item.bytes), "type": item.enclosure.media_type}
        ET.SubElement(element, "enclosure", kind)
    _add(element, "itunes:duration", str(round(item.duration)))
    _add(element, "itunes:explicit", "false")
    if item.image:
        ET.SubElement(element, _name("itunes:image"), {"href": item.image})
    for link in item.transcripts:
        values = {"url": link.url, "type": link.media_type, **({"language": link.language} if link.language else {})}
        ET.SubElement(element, _name("podcast:transcript"), values)
    if item.chapters:
        values = {"url": item.chapters.url, "type": item.chapters.media_type}
        ET.SubElement(element, _name("podcast:chapters"), values)
    for role, name, href in item.people:
        taxonomy, group = _ROLES.get(role, (role, "cast"))
        values = {"role": taxonomy, "group": group, **({"href": href} if href else {})}
        ET.SubElement(element, _name("podcast:person"), values).text = _text(name)


def _add(parent: ET.Element, name: str, text: str | None) -> None:
    """Add an element with text; none where there is no text."""
    cleaned = _text(text or "")
    if cleaned:
        ET.SubElement(parent, _name(name)).text = cleaned


def _text(text: str) -> str:
    """Return text without what XML cannot hold."""
    return clean_text(text).replace("\ufffe", "").replace("\uffff", "")


def _name(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def _moment(text: str | None) -> str | None:
    """Return a date as RSS writes it (RFC 5322)."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return format_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
