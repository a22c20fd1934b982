"""Feeds in Atom, for the readers and programs that prefer it to RSS.

https://www.rfc-editor.org/rfc/rfc4287
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime

from radio_archive.formats.feed import Channel, Item, add, add_empty, clean, document, moment

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_CLIPS = uuid.UUID("51abd8e1-d22e-4b90-9b6f-a9eec31a75a6")
"""The namespace of the ids of entries, which are made of their guid alone: no move to another host changes them."""
_AUTHORS = ("reporter", "host")
"""Roles of those who made a piece; others have contributed to it."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed changed in which there has never been anything: Atom asks every feed for a moment."""


def write(channel: Channel, items: Sequence[Item]) -> str:
    """Return the feed as XML."""
    language = {"{http://www.w3.org/XML/1998/namespace}lang": channel.language} if channel.language else {}
    root = ET.Element("feed", {"xmlns": NAMESPACE, **language})
    add(root, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, channel.known_as)}")
    _demanded(root, "title", channel.title, channel.known_as)
    add(root, "subtitle", channel.description)
    add(root, "updated", _written(max(map(_updated, items), default=_NEVER)))
    # An entry that names no author of its own has that of its feed.
    author = ET.SubElement(root, "author")
    _demanded(author, "name", channel.author or channel.title, channel.known_as)
    add_empty(root, "link", {"rel": "self", "type": MEDIA_TYPE.partition(";")[0], "href": channel.feed_url})
    add_empty(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.url})
    add(root, "rights", channel.rights)
    add(root, "logo", channel.image)
    add(root, "generator", "radio_archive")
    for item in items:
        _entry(root, item)
    return document(root)


def _entry(root: ET.Element, item: Item) -> None:
    entry = ET.SubElement(root, "entry")
    add(entry, "id", f"urn:uuid:{uuid.uuid5(_CLIPS, clean(item.guid))}")
    _demanded(entry, "title", item.title, item.guid)
    add_empty(entry, "link", {"rel": "alternate", "type": "text/html", "href": item.url})
    published = moment(item.date)
    add(entry, "published", _written(published) if published else None)
    add(entry, "updated", _written(_updated(item)))
    add(entry, "summary", item.summary)
    for role, name, uri in item.people:
        if clean(name):
            person = ET.SubElement(entry, "author" if role in _AUTHORS else "contributor")
            add(person, "name", name)
            add(person, "uri", uri)
    sound = item.enclosure
    if sound:
        attributes = {"rel": "enclosure", "type": sound.media_type, "length": str(item.bytes), "href": sound.url}
        add_empty(entry, "link", attributes)
    for link in (*item.transcripts, *([item.chapters] if item.chapters else [])):
        attributes = {"rel": "related", "type": link.media_type, "href": link.url}
        add_empty(entry, "link", {**attributes, "hreflang": link.language or None})


def _demanded(parent: ET.Element, name: str, text: str, otherwise: str) -> None:
    """Add an element that has to be there, with something else where nothing can be read in `text`."""
    add(parent, name, text if clean(text) else otherwise)


def _updated(item: Item) -> datetime:
    return moment(item.updated) or moment(item.date) or _NEVER


def _written(when: datetime) -> str:
    """Return a moment as Atom writes it (RFC 3339), to the second."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
