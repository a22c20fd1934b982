"""Podcast feeds: RSS 2.0 with the iTunes, Podcasting 2.0 and Dublin Core elements that apps read.

https://www.rssboard.org/rss-specification, https://podcastindex.org/namespace/1.0
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from email.utils import format_datetime

from radio_archive.formats import feed, xml
from radio_archive.formats.feed import Channel, Item

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
}
MEDIA_TYPE = "application/rss+xml; charset=utf-8"
_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of feed guids in Podcasting 2.0; they are made from the feed's address without the scheme."""
# Our role: (role, group) in the Podcast Taxonomy.
_ROLES = {"reporter": ("reporter", "cast"), "host": ("host", "cast"), "guest": ("guest", "cast")}


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
    for rel, href in {"self": channel.feed_url, **channel.pages}.items():
        _add_empty(top, "atom:link", href=href, rel=rel, type=MEDIA_TYPE.partition(";")[0])
    _add(top, "itunes:author", channel.author)
    _add_owner(top, channel)
    _add_category(top, channel.category)
    explicit = str(channel.explicit).lower()
    _add(top, "itunes:explicit", explicit)
    _add(top, "itunes:type", "episodic")
    if channel.image:
        _add_empty(top, "itunes:image", href=channel.image)
    _add(top, "podcast:guid", str(uuid.uuid5(_PODCASTS, channel.stable_id)))
    _add(top, "podcast:locked", "no")
    _add(top, "podcast:medium", "podcast")
    for item in items:
        _item(top, item, explicit)
    return xml.document(root)


def _add_owner(top: ET.Element, channel: Channel) -> None:
    if channel.email:
        owner = ET.SubElement(top, _name("itunes:owner"))
        _add(owner, "itunes:name", channel.owner or channel.author)
        _add(owner, "itunes:email", channel.email)


def _add_category(parent: ET.Element, names: Sequence[str]) -> None:
    for name in names:
        parent = ET.SubElement(parent, _name("itunes:category"), {"text": name})


def _item(top: ET.Element, item: Item, explicit: str) -> None:
    element = ET.SubElement(top, "item")
    _add(element, "title", item.title)
    _add(element, "link", item.url)
    xml.add(element, "guid", item.guid, {"isPermaLink": "false"})
    published = feed.moment(item.date)
    _add(element, "pubDate", format_datetime(published) if published else None)
    _add(element, "description", item.summary)
    # Only a channel has a copyright in RSS: https://www.rssboard.org/rss-profile#namespace-elements-dublin
    _add(element, "dc:rights", item.rights)
    if item.enclosure:
        kind = item.enclosure.media_type
        _add_empty(element, "enclosure", url=item.enclosure.url, length=str(item.bytes), type=kind)
    _add(element, "itunes:duration", str(round(item.duration)))
    _add(element, "itunes:explicit", explicit)
    if item.image:
        _add_empty(element, "itunes:image", href=item.image)
    for link in item.transcripts:
        _add_empty(element, "podcast:transcript", url=link.url, type=link.media_type, language=link.language or None)
    if item.chapters:
        _add_empty(element, "podcast:chapters", url=item.chapters.url, type=item.chapters.media_type)
    for role, name, href in item.people:
        taxonomy, group = _ROLES.get(role, (role, "cast"))
        known = {"role": taxonomy, "group": group, **({"href": href} if href else {})}
        xml.add(element, _name("podcast:person"), name, known)


def _add(parent: ET.Element, name: str, text: str | None) -> None:
    xml.add(parent, _name(name), text)


def _add_empty(parent: ET.Element, name: str, **attributes: str | None) -> None:
    xml.add_empty(parent, _name(name), attributes)


def _name(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name
