"""What podcast directories demand of a feed, as a table, and a check of a feed against it.

Apple: https://help.apple.com/itc/podcasts_connect/#/itcb54353390 (required tags), /artwork-requirements.
Spotify: https://support.spotify.com/creators/article/podcast-specification-doc/.
Paged feeds: RFC 5005, section 3. Feed guids and transcripts: https://podcastindex.org/namespace/1.0.
"""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from radio_archive.config.podcasts import CATEGORIES
from radio_archive.formats.rss import NAMESPACES

WEB = r"https?://[a-z0-9.-]+(:\d+)?/\S*"
SOUND = {"audio/mpeg", "audio/mp4", "audio/x-m4a"}
"""What Apple takes, besides video."""

Rule = tuple[str, str | None, Callable[[str], bool]]


def is_address(text: str) -> bool:
    return bool(re.fullmatch(WEB, text))


def is_text(text: str) -> bool:
    return 0 < len(text.strip()) <= 4_000


def is_one_of(*words: str) -> Callable[[str], bool]:
    return lambda text: text in words


def is_past(text: str) -> bool:
    return parsedate_to_datetime(text) <= datetime.now(UTC)


CHANNEL: Mapping[str, Rule] = {
    "title": ("title", None, is_text),
    "description": ("description", None, is_text),
    "link": ("link", None, is_address),
    "language": ("language", None, lambda text: bool(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", text))),
    "category": ("itunes:category", "text", lambda text: text in CATEGORIES),
    "image": ("itunes:image", "href", lambda text: is_address(text) and text.endswith((".jpg", ".png"))),
    "explicit": ("itunes:explicit", None, is_one_of("true", "false")),
    "author": ("itunes:author", None, is_text),
    "owner's name": ("itunes:owner/itunes:name", None, is_text),
    "owner's address": ("itunes:owner/itunes:email", None, lambda text: bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text))),
    "type": ("itunes:type", None, is_one_of("episodic", "serial")),
    "own address": ("atom:link[@rel='self']", "href", is_address),
    "guid": ("podcast:guid", None, lambda text: uuid.UUID(text).version == 5),
}
"""By what a directory calls it: path in the channel, attribute, and what it must be. Each is there exactly once."""
ITEM: Mapping[str, Rule] = {
    "title": ("title", None, is_text),
    "enclosure's address": ("enclosure", "url", is_address),
    "enclosure's length": ("enclosure", "length", lambda text: text.isascii() and text.isdigit() and int(text) > 0),
    "enclosure's type": ("enclosure", "type", lambda text: text in SOUND),
    "guid": ("guid", None, is_text),
    "guid is no link": ("guid", "isPermaLink", is_one_of("false")),
    "duration": ("itunes:duration", None, str.isdigit),
    "explicit": ("itunes:explicit", None, is_one_of("true", "false")),
    "link": ("link", None, is_address),
}
IF_THERE: Mapping[str, Rule] = {"date": ("pubDate", None, is_past)}
"""A clip of which no day is known has none."""


def faults(channel: ET.Element) -> list[str]:
    """Return what a directory would not accept in a feed; empty for a good one."""
    found = [f"channel: {fault}" for fault in _broken(channel, CHANNEL)]
    items = channel.findall("item")
    for item in items:
        name = item.findtext("title")
        found += [f"{name}: {fault}" for fault in (*_broken(item, ITEM), *_broken(item, IF_THERE, or_none=True))]
    guids = [item.findtext("guid") for item in items]
    found += ["guids are not unique"] if len(set(guids)) < len(guids) else []
    links = [link.get("rel") for link in channel.findall("atom:link", NAMESPACES)]
    if set(links) - {"self"} and not {"first", "last"} <= set(links) <= {"self", "first", "previous", "next", "last"}:
        found.append(f"pages are {links}")
    return found


def _broken(element: ET.Element, rules: Mapping[str, Rule], *, or_none: bool = False) -> list[str]:
    broken = []
    for name, (path, attribute, fits) in rules.items():
        there = element.findall(path, NAMESPACES)
        values = [(one.get(attribute) if attribute else one.text) or "" for one in there]
        if not (or_none and not values) and not (len(values) == 1 and fits(values[0])):
            broken.append(f"{name} is {values}")
    return broken
