"""Atom feeds, for the readers and programs that prefer them to RSS.

https://www.rfc-editor.org/rfc/rfc4287
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime

from radio_archive.formats.feed import Channel, Item, moment
from radio_archive.formats.xml import add, add_empty, clean, document

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_CLIPS = uuid.UUID("51abd8e1-d22e-4b90-9b6f-a9eec31a75a6")
"""The namespace of entry ids. They depend only on the guid, so a move to another host does not change them."""
_AUTHORS = ("reporter", "host")
"""Roles that are authors; all others are contributors."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of change of an empty feed: Atom requires one."""


def write(channel: Channel, items: Sequence[Item]) -> str:
    """Return the feed as XML."""
    language = {"{http://www.w3.org/XML/1998/namespace}lang": channel.language} if channel.language else {}
    root = ET.Element("feed", {"xmlns": NAMESPACE, **language})
    add(root, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, channel.stable_id)}")
    _add_required(root, "title", channel.title, channel.stable_id)
    add(root, "subtitle", channel.description)
    add(root, "updated", _rfc3339(max(map(_updated, items), default=_EPOCH)))
    # An entry without an author has that of its feed.
    author = ET.SubElement(root, "author")
    _add_required(author, "name", channel.author or channel.title, channel.stable_id)
    add_empty(root, "link", {"rel": "self", "type": MEDIA_TYPE.partition(";")[0], "href": channel.feed_url})
    add_empty(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.url})
    for rel, href in channel.pages.items():
        add_empty(root, "link", {"rel": rel, "type": MEDIA_TYPE.partition(";")[0], "href": href})
    add(root, "rights", channel.rights)
    add(root, "logo", channel.image)
    add(root, "generator", "radio_archive")
    for item in items:
        _entry(root, item)
    return document(root)


def _entry(root: ET.Element, item: Item) -> None:
    entry = ET.SubElement(root, "entry")
    add(entry, "id", f"urn:uuid:{uuid.uuid5(_CLIPS, clean(item.guid))}")
    _add_required(entry, "title", item.title, item.guid)
    add_empty(entry, "link", {"rel": "alternate", "type": "text/html", "href": item.url})
    published = moment(item.date)
    add(entry, "published", _rfc3339(published) if published else None)
    add(entry, "updated", _rfc3339(_updated(item)))
    add(entry, "summary", item.summary)
    add(entry, "rights", item.rights)
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


def _add_required(parent: ET.Element, name: str, text: str, otherwise: str) -> None:
    """Add a required element, with the text `otherwise` if `text` is empty."""
    add(parent, name, text if clean(text) else otherwise)


def _updated(item: Item) -> datetime:
    return moment(item.updated) or moment(item.date) or _EPOCH


def _rfc3339(when: datetime) -> str:
    """Return a time as in Atom (RFC 3339), to the second."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
