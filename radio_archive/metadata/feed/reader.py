"""Read podcast feeds: RSS and Atom, with the elements of iTunes and Podcasting 2.0.

Feeds are untrusted: nothing in them makes this module fetch, open or run anything.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from radio_archive.errors import FeedError
from radio_archive.metadata.feed import xml
from radio_archive.metadata.feed.values import (
    LONGEST_TIME,
    absolute_url,
    page_url,
    parse_day,
    parse_duration,
    plain_line,
    plain_text,
    public_url,
)
from radio_archive.metadata.feed.xml import ADVICE, RawElements
from radio_archive.models import Chapter, clean_text

LONGEST_GUID = 500
"""Characters; a longer guid is replaced by its digest."""
SUFFIXES: Mapping[str, str] = {
    "audio/mpeg": ".mp3", "audio/mp3": ".mp3", "audio/mpeg3": ".mp3", "audio/x-mpeg": ".mp3", "audio/mpg": ".mp3",
    "audio/x-mp3": ".mp3", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/m4a": ".m4a", "audio/aac": ".aac",
    "audio/aacp": ".aac", "audio/x-aac": ".aac", "audio/x-m4b": ".m4b", "audio/ogg": ".ogg", "audio/vorbis": ".ogg",
    "application/ogg": ".ogg", "audio/opus": ".opus", "audio/flac": ".flac", "audio/x-flac": ".flac",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/wave": ".wav", "audio/vnd.wave": ".wav", "audio/aiff": ".aiff",
    "audio/x-aiff": ".aiff", "audio/x-ms-wma": ".wma", "audio/webm": ".webm", "audio/3gpp": ".3gp",
    "audio/3gpp2": ".3g2", "audio/amr": ".amr", "audio/amr-wb": ".awb", "audio/x-caf": ".caf", "audio/ac3": ".ac3",
    "video/mp4": ".mp4", "video/x-m4v": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "video/3gpp": ".3gp",
}  # fmt: skip
"""File suffixes by media type, for audio and also for video, which has sound."""
# feedparser compares each keyword of an item with all earlier ones: a hundred thousand of them take minutes.
_KEYWORDS = re.compile(r"(?i)(</?(?:[\w.-]{1,40}:)?)(?=(?:category|keywords|subject|tags)[\s/>])")
AUDIO = frozenset({*SUFFIXES.values(), ".oga", ".aif", ".mka", ".mkv"})
"""The possible suffixes of an item's file."""


class Author(NamedTuple):
    """An author of a feed or item, and the element that names them: `itunes:author`."""

    name: str
    element: str


class Person(NamedTuple):
    """A podcast:person and their role, in lower case: `host`, `guest`, `reporter`."""

    name: str
    role: str


class Enclosure(NamedTuple):
    """The audio file of an item. Length (bytes) and media type are the feed's, and may be wrong."""

    url: str
    length: int | None
    media_type: str


class TranscriptLink(NamedTuple):
    """A podcast:transcript."""

    url: str
    media_type: str
    language: str


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed. Texts are plain and clean; `guid` is unique within the feed."""

    guid: str
    title: str | None = None
    date: str | None = None
    """YYYY-MM-DD, the day as written in the feed, in its own time zone."""
    date_written: str = ""
    """The element and its text: `pubDate Tue, 22 Oct 2024 23:30:00 -1000`."""
    description: str | None = None
    """A line for each paragraph."""
    authors: tuple[Author, ...] = ()
    people: tuple[Person, ...] = ()
    enclosure: Enclosure | None = None
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str | None = None
    chapters: tuple[Chapter, ...] = ()
    """The chapters in the feed itself."""
    duration: float | None = None
    """Seconds."""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: a show, and its items in the order of the feed."""

    url: str
    """Where it was read from."""
    title: str | None = None
    """The show."""
    author: str | None = None
    """The author of the whole feed, usually the station."""
    language: str | None = None
    """As written: `en-us`."""
    link: str | None = None
    people: tuple[Person, ...] = ()
    """The people of every item that does not name its own."""
    items: tuple[FeedItem, ...] = ()


def read_feed(content: bytes, url: str) -> Feed:
    """Return the feed that was fetched from `url`. Raises FeedError if it cannot be read."""
    text = xml.prepare(content)
    notes = xml.read_elements(text)
    version, info, entries = _parsed(text)
    if not version and not entries:
        advice = "Give the address of the feed itself, not of a web page about the show."
        raise FeedError(f"what is at {public_url(url) or 'this address'} is not an RSS or Atom feed", advice)
    page = public_url(url)
    channel = notes.channel if notes else RawElements()
    beside = notes.items if notes and len(notes.items) == len(entries) else [RawElements() for _ in entries]
    is_atom = version.startswith("atom")
    items = (_item(entry, note, url, is_atom=is_atom) for entry, note in zip(entries, beside, strict=True))
    return Feed(
        url,
        plain_line(channel.texts.get("title", "")) or plain_line(_text(info, "title")) or None,
        next((author.name for author in _authors(channel, info)), None),
        plain_line(_text(info, "language"), 40) or None,
        page_url(channel.texts.get("link", ""), page) or page_url(_text(info, "link"), page),
        _people(channel),
        tuple(_distinct(items)),
    )


def _parsed(text: str) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Parse a feed with feedparser: its version (empty if it is not a feed), its own values, and its items."""
    import feedparser

    content = _KEYWORDS.sub(r"\1unread-", text).encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # A stream, as feedparser may take bytes for an address or a file name.
        parsed = feedparser.parse(
            io.BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        entries = [dict(entry) for entry in parsed["entries"][: xml.MOST_ITEMS]]
        return str(parsed.get("version") or ""), dict(parsed["feed"]), entries
    except Exception as error:
        # Its parser for broken XML lets any exception through.
        raise FeedError(f"the feed cannot be read: {type(error).__name__}", ADVICE) from error


def _item(entry: dict[str, Any], elements: RawElements, base: str, *, is_atom: bool) -> FeedItem:
    title = plain_line(elements.texts.get("title", "")) or plain_line(_text(entry, "title"))
    enclosure = _enclosure(entry, base)
    # A public link must not contain the feed's password.
    page = public_url(base)
    # A guid counts as a link by default, but need not be one.
    named = _text(entry, "link")
    link = None if named == _text(entry, "id") and not page_url(named, "") else page_url(named, page)
    date, written = _date(entry, is_atom=is_atom)
    return FeedItem(
        _guid(_text(entry, "id"), enclosure, link, f"{title} {written}"),
        title or None,
        date,
        written,
        _description(entry),
        _authors(elements, entry),
        _people(elements),
        enclosure,
        tuple(_transcripts(elements, base)),
        page_url(elements.chapters_url, page),
        tuple(_chapters(elements)),
        parse_duration(_text(entry, "itunes_duration")) or None,
        link,
    )


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _guid(text: str, enclosure: Enclosure | None, link: str | None, last: str) -> str:
    """The item's own guid, or else its audio or page address without the query, which may change each time."""
    guid = clean_text(text[:10_000])
    if not guid and enclosure:
        guid = public_url(enclosure.url) if suffix_of_url(enclosure.url) else enclosure.url
    guid = guid or link or clean_text(last)
    return guid if len(guid) <= LONGEST_GUID else f"sha256:{hashlib.sha256(guid.encode()).hexdigest()}"


def _distinct(items: Iterable[FeedItem]) -> Iterator[FeedItem]:
    """Yield items without duplicates. Items that share a guid, as all do in some feeds, get one from their audio's URL.

    This applies to all of them, not only to later ones, as new items come first in a feed.
    """
    listed = {(item.guid, item.enclosure and item.enclosure.url): item for item in items}
    shared = Counter(guid for guid, _ in listed)
    for item in listed.values():
        if shared[item.guid] == 1 or item.enclosure is None:
            yield item
        else:
            yield replace(item, guid=_guid(f"{item.guid} {public_url(item.enclosure.url)}", None, None, ""))


def suffix_of_url(url: str) -> str:
    """Return the suffix of an address if it is one of an audio file, else an empty text."""
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return suffix if suffix in AUDIO else ""


def suffix_of(url: str, *media_types: str) -> str:
    """Return the suffix for an audio file, from its address or else from the first known media type."""
    named = suffix_of_url(url)
    return named or next((SUFFIXES[kind] for kind in media_types if kind in SUFFIXES), "")


def _enclosure(entry: Mapping[str, Any], base: str) -> Enclosure | None:
    """The first file that is audio, by its media type or its name."""
    linked = [link for link in entry.get("links", []) if link.get("rel") == "enclosure"]
    for link in [*linked, *({**media, "href": media.get("url")} for media in entry.get("media_content", []))]:
        url = absolute_url(_text(link, "href"), base)
        media_type = clean_text(_text(link, "type")[:100]).lower().partition(";")[0].strip()
        is_audio = url is not None and (media_type in SUFFIXES or suffix_of_url(url) != "")
        if url and (is_audio or media_type.startswith("audio/")):
            length = _text(link, "length").strip()
            known = length.isdecimal() and len(length) < 16 and int(length) > 0
            return Enclosure(url, int(length) if known else None, media_type)
    return None


def _date(entry: Mapping[str, Any], *, is_atom: bool) -> tuple[str | None, str]:
    for key, element in (("published", "published" if is_atom else "pubDate"), ("updated", "updated")):
        written = clean_text(_text(entry, key)[:100])
        if written and (day := parse_day(written)):
            return day, f"{element} {written}"
    return None, ""


def _description(entry: Mapping[str, Any]) -> str | None:
    contents = [content.get("value") for content in entry.get("content", [])]
    for text in (_text(entry, "summary"), *contents, _text(entry, "subtitle")):
        if isinstance(text, str) and (plain := plain_text(text)):
            return plain
    return None


def _authors(elements: RawElements, entry: Mapping[str, Any]) -> tuple[Author, ...]:
    """The authors, those in the most specific element first; in a broken feed, those that feedparser found."""
    order = ("itunes:author", "dc:creator", "author")
    found = sorted(elements.authors, key=lambda author: order.index(author[0]))
    if not found and isinstance(entry.get("authors"), list):
        found = [("author", _text(author, "name")) for author in entry["authors"] if isinstance(author, dict)]
    named = [Author(_name(text), element) for element, text in found]
    return tuple({author.name.casefold(): author for author in reversed(named) if author.name}.values())[::-1]


def _name(text: str) -> str:
    """The name in `somebody@example.org (Ann Lee)`, `Ann Lee <…>` or `By Ann Lee`; empty for an address alone."""
    line = plain_line(text, 200)
    if match := re.fullmatch(r"\S+@\S+\s*\(([^()]+)\)", line):
        line = match[1].strip()
    line = re.sub(r"(?i)^by:?\s+", "", line)
    line = re.sub(r"\s*[(<]?\S+@\S+$", "", line)
    return "" if "@" in line else line


def _people(elements: RawElements) -> tuple[Person, ...]:
    # `host` is the standard's default role.
    found = (Person(plain_line(name, 200), plain_line(role, 60).casefold() or "host") for name, role in elements.people)
    return tuple(dict.fromkeys(person for person in found if person.name))


def _transcripts(elements: RawElements, base: str) -> Iterator[TranscriptLink]:
    for url, media_type, language in elements.transcripts:
        if whole := absolute_url(url, base):
            kind = clean_text(media_type[:100]).lower().partition(";")[0].strip()
            yield TranscriptLink(whole, kind, plain_line(language, 40))


def _chapters(elements: RawElements) -> Iterator[Chapter]:
    found = [(parse_duration(start), plain_line(title)) for start, title in elements.chapters]
    for start, title in sorted((start, title) for start, title in found if start is not None and title):
        yield Chapter(min(start, LONGEST_TIME), title)
