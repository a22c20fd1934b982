"""Claims of a podcast feed about an item, and the small file beside the audio that carries them to the archive.

The file is a JSON object in UTF-8 with these keys; unknown values are left out or null:

    format       "radio-archive-feed-item"
    version      1
    feed         url (without a query), title, author, language, link, people
    item         guid, title, date, date_written, description, authors, people, enclosure, transcripts, chapters_url,
                 chapters, duration, link
    show         the show, if the user follows the feed under another name
    transcripts  suffixes of the files of the same stem that are transcripts, not stories: [".txt"]
    transcript   a JSON transcript, as it was fetched

`authors` hold lists of a name and an element, `people` of a name and a role, an item's `transcripts` of an address, a
media type and a language; `enclosure` is an address (without a query), a length in bytes and a media type.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from typing import Any

from radio_archive.metadata.feed.reader import Author, Enclosure, Feed, FeedItem, Person, TranscriptLink
from radio_archive.metadata.feed.values import LONGEST_TIME, day_in_zone, is_utc, page_url, parse_day, public_url
from radio_archive.metadata.people import is_station, people_in
from radio_archive.models import Chapter, Claim, Field, Source, clean_text
from radio_archive.text.languages import language_code
from radio_archive.text.spelling import fold

FORMAT, VERSION = "radio-archive-feed-item", 1
LARGEST = 16 << 20
"""Bytes of the file, at most."""
LONGEST_SUMMARY = 5000
MOST = 200
"""Entries of each list that is read back, at most."""

_ROLES = {
    "host": Field.HOST, "co-host": Field.HOST, "cohost": Field.HOST, "guest host": Field.HOST, "anchor": Field.HOST,
    "guest": Field.GUEST, "reporter": Field.REPORTER, "correspondent": Field.REPORTER, "journalist": Field.REPORTER,
}  # fmt: skip
_ORGANISATION = re.compile(
    r"\b(the|media|studios?|company|inc|llc|ltd|university|college|museum|institute|foundation|society|magazine|times"
    r"|post|press|public|team|staff|desk|church|club|channel|group|house|works|npr|bbc|pbs|cnn|abc|nbc|cbs|iheart\w*)\b"
)


@dataclass(frozen=True, slots=True)
class Carried:
    """The content of the file beside the audio."""

    feed: Feed
    """Without items."""
    item: FeedItem
    transcript_suffixes: tuple[str, ...] = ()
    """Suffixes of the files of the same stem that are transcripts: `.txt`."""
    transcript: object = None
    """A parsed transcript in Podcasting 2.0 JSON."""
    show: str | None = None
    """The name under which the user follows the feed."""


def claims_of(feed: Feed, item: FeedItem, show: str | None = None, zone: tzinfo | None = None) -> list[Claim]:
    """Return the claims of a feed about an item; `show`: the user's name for the feed, `zone`: the station's time zone.

    The author of the whole feed is only a guess for the reporter, used where nothing else is known.
    """
    said = _ClaimBuilder(feed, item)
    claims = [
        *said.claim(Field.SHOW, show, "followed as this show", 0.95, key="show", of_feed=True),
        *said.claim(Field.SHOW, feed.title, "title", 0.9, of_feed=True),
        *said.claim(Field.TITLE, item.title, "title", 0.9),
        *said.claim(Field.LANGUAGE, language_code(feed.language or ""), "language", 0.5, of_feed=True),
        *said.claim(Field.SUMMARY, _summary(item.description), "description", 0.7),
    ]
    if item.date:
        # An evening in the Pacific is the next day in Universal Time.
        there = day_in_zone(item.date_written, zone) if zone else None
        confidence = 0.9 if there or not is_utc(item.date_written) else 0.7
        where = f", which is {there} in {zone}" if there and there != item.date else ""
        element = f"{item.date_written or 'date'}{where}"
        claims += said.claim(Field.DATE, there or item.date, element, confidence, key="date")
    if feed.author and _is_organisation(feed.author) and fold(feed.author) != fold(feed.title or ""):
        claims += said.claim(Field.STATION, feed.author, "author", 0.6, of_feed=True)
    return [*claims, *said.people()]


@dataclass(frozen=True, slots=True)
class _ClaimBuilder:
    """Builds claims with evidence that a person can check."""

    feed: Feed
    item: FeedItem

    def claim(
        self, field: Field, value: str | None, element: str, confidence: float, *, key: str = "", of_feed: bool = False
    ) -> Iterator[Claim]:
        if value:
            guid = self.item.guid
            of_item = (public_url(guid) if "://" in guid else guid)[:100]
            where = f"feed {public_url(self.feed.url)[:200]}" if of_feed else f"feed item {of_item}"
            yield Claim(field, value, Source.FEED, f"{where}: {element}", confidence, key or element)

    def people(self) -> Iterator[Claim]:
        """Yield claims about people: by name and role, or else from the item's authors."""
        has: set[Field] = set()
        for people, confidence, of_feed in ((self.item.people, 0.95, False), (self.feed.people, 0.6, True)):
            fields = [(person, _ROLES[person.role]) for person in people if person.role in _ROLES]
            for number, (person, field) in enumerate((p, f) for p, f in fields if f not in has):
                element = f"podcast:person {person.role}"
                key = f"podcast:person {number}"
                yield from self.claim(field, person.name, element, confidence, key=key, of_feed=of_feed)
            has |= {field for _, field in fields}
        if Field.REPORTER not in has:
            yield from self._authors()

    def _authors(self) -> Iterator[Claim]:
        whole = {fold(name) for name in (self.feed.author, self.feed.title) if name}
        number = 0
        for author in self.item.authors:
            for name in people_in(author.name) or [author.name]:
                if _is_organisation(name) or fold(name) == fold(self.feed.title or ""):
                    continue
                confidence = 0.7 if fold(author.name) not in whole else 0.2
                key, number = f"{author.element} {number}", number + 1
                yield from self.claim(Field.REPORTER, name, author.element, confidence, key=key)


def _is_organisation(name: str) -> bool:
    return is_station(name) or bool(_ORGANISATION.search(fold(name)))


def _summary(description: str | None) -> str:
    """As many whole paragraphs as fit into a summary, on one line."""
    kept: list[str] = []
    for line in (description or "").splitlines():
        if sum(map(len, kept)) + len(kept) + len(line) > LONGEST_SUMMARY:
            break
        kept.append(line)
    return clean_text(" ".join(kept))


def sidecar_of(
    feed: Feed,
    item: FeedItem,
    *,
    transcript_suffixes: Sequence[str] = (),
    transcript: object = None,
    show: str | None = None,
    private: bool = False,
) -> bytes:
    """Return the file for an item, as described above. `transcript` is a parsed JSON transcript.

    `private`: with whole addresses, which may hold passwords, by which the item can still be downloaded.
    """
    if not private:
        feed, item = replace(feed, url=public_url(feed.url)), _without_queries(item)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "feed": {key: value for key, value in asdict(replace(feed, items=())).items() if key != "items"},
        "item": asdict(item),
        "transcripts": list(transcript_suffixes),
    }
    if show:
        document["show"] = show
    if transcript is not None:
        document["transcript"] = transcript
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode("utf-8", "replace")


def _without_queries(item: FeedItem) -> FeedItem:
    links = tuple(link._replace(url=public_url(link.url)) for link in item.transcripts)
    enclosure = item.enclosure and item.enclosure._replace(url=public_url(item.enclosure.url))
    return replace(item, transcripts=links, enclosure=enclosure)


def carried_by(content: bytes) -> Carried | None:
    """Return the content of such a file; None if it is another file. Never raises: anyone may have edited it."""
    if len(content) > LARGEST or FORMAT.encode() not in content:
        return None
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        return None
    suffixes = [s for s in _list(document.get("transcripts")) if isinstance(s, str) and re.fullmatch(r"\.\w{1,5}", s)]
    feed, item = _JsonObject(document.get("feed")), _JsonObject(document.get("item"))
    show = _JsonObject(document).line("show")
    return Carried(_feed(feed), _item(item), tuple(suffixes), document.get("transcript"), show)


class _JsonObject:
    """An untrusted JSON object; each value is checked as it is read."""

    def __init__(self, values: object) -> None:
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}

    def line(self, key: str, longest: int = 1000) -> str | None:
        return _line(self._values.get(key), longest) or None

    def page(self, key: str) -> str | None:
        return page_url(_line(self._values.get(key), 4000), "")

    def number(self, key: str) -> float | None:
        value = self._values.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return float(value) if 0 <= value <= LONGEST_TIME else None

    def lines(self, key: str) -> str | None:
        value = self._values.get(key)
        lines = (clean_text(line) for line in value[:50_000].splitlines()) if isinstance(value, str) else ()
        return "\n".join(line for line in lines if line) or None

    def rows(self, key: str, width: int) -> Iterator[list[str]]:
        for row in _list(self._values.get(key)):
            if isinstance(row, list) and len(row) == width and (cells := [_line(cell, 4000) for cell in row])[0]:
                yield cells

    def objects(self, key: str) -> list["_JsonObject"]:
        return [_JsonObject(value) for value in _list(self._values.get(key))]

    def enclosure(self) -> Enclosure | None:
        match self._values.get("enclosure"):
            case [str(url), int() | None as length, str(media_type)]:
                return Enclosure(_line(url, 4000), length, _line(media_type, 100))
        return None


def _line(value: object, longest: int) -> str:
    line = clean_text(value[: longest + 1]) if isinstance(value, str) else ""
    return line if len(line) <= longest else ""


def _list(value: object) -> list[Any]:
    return value[:MOST] if isinstance(value, list) else []


def _people(values: _JsonObject) -> tuple[Person, ...]:
    return tuple(Person(name, role) for name, role in values.rows("people", 2))


def _feed(values: _JsonObject) -> Feed:
    line = values.line
    people = _people(values)
    return Feed(line("url", 4000) or "", line("title"), line("author"), line("language"), values.page("link"), people)


def _item(values: _JsonObject) -> FeedItem:
    chapters = [(c.number("start"), c.line("title"), c.number("end")) for c in values.objects("chapters")]
    return FeedItem(
        values.line("guid") or "",
        values.line("title"),
        parse_day(values.line("date", 10) or ""),
        values.line("date_written") or "",
        values.lines("description"),
        tuple(Author(name, element) for name, element in values.rows("authors", 2)),
        _people(values),
        values.enclosure(),
        tuple(TranscriptLink(*row) for row in values.rows("transcripts", 3)),
        values.page("chapters_url"),
        tuple(Chapter(start, title, end) for start, title, end in chapters if start is not None and title),
        values.number("duration"),
        values.page("link"),
    )
