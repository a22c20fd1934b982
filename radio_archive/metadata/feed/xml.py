"""Make the XML of a feed safe to read, and read what feedparser mixes up or keeps only once: authors by element,
people, transcripts and chapters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.entities import html5
from typing import NoReturn, TypeVar
from xml.parsers import expat

from radio_archive.errors import FeedError
from radio_archive.metadata.encoding import decode_marked

LARGEST = 20_000_000
"""Bytes of a feed, at most."""
LARGEST_BROKEN = 4_000_000
"""Characters of a feed that is not well-formed, at most: it takes far more work to read."""
MOST_ITEMS = 20_000
MOST_ELEMENTS = 500_000
MOST_ATTRIBUTES = 100
"""Attributes of one element, at most: for thousands, a parser needs a time that grows with their square."""
DEEPEST = 200
"""Nested elements, at most."""
MOST_NOTES = 200
"""Authors, people, transcripts or chapters of one item, each."""

ADVICE = "Ask its publisher for the address of a plain RSS or Atom feed."
_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
# The encodings that may be used; Python has others (punycode, unicode_escape) that are not for feeds.
_ENCODINGS = re.compile(
    r"(?i)utf-?8|utf-?(16|32)(-?[lb]e)?|(us-)?ascii|iso-?8859-\d+|latin-?\d+|windows-\d+|cp\d+|koi8-[rtu]|shift[-_]jis"
    r"|euc-(jp|kr)|gb(k|2312|18030)|big5(-hkscs)?|mac-?roman|tis-620"
)
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,300}\?>")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
_ITEM = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_SPACES = {
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "https://podcastindex.org/namespace/1.0": "podcast:",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast:",
    "http://podlove.org/simple-chapters": "psc:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/rss/1.0/": "",
}
_OWNERS = frozenset({"channel", "feed", "item", "entry"})
_ITEMS = frozenset({"item", "entry"})
_KEPT = frozenset({"title", "link", "author", "itunes:author", "dc:creator", "podcast:person"})

Note = TypeVar("Note")


@dataclass(slots=True)
class RawElements:
    """The raw contents of a channel or an item."""

    texts: dict[str, str] = field(default_factory=dict)
    """`title` and `link`, by the element's name."""
    authors: list[tuple[str, str]] = field(default_factory=list)
    """The element's name and its text."""
    people: list[tuple[str, str]] = field(default_factory=list)
    """Name and role of each podcast:person; the role may be empty."""
    transcripts: list[tuple[str, str, str]] = field(default_factory=list)
    """Address, media type and language of each podcast:transcript."""
    chapters_url: str = ""
    chapters: list[tuple[str, str]] = field(default_factory=list)
    """Start and title of each psc:chapter."""


@dataclass(slots=True)
class RawFeed:
    """The raw contents of a feed, with the items in its order."""

    channel: RawElements = field(default_factory=RawElements)
    items: list[RawElements] = field(default_factory=list)


def prepare(content: bytes) -> str:
    """Return a feed's text ready for a parser: decoded as declared, without characters that XML forbids.

    Named characters of HTML, unknown in XML, are replaced. Raises FeedError for a feed that is too large.
    """
    if len(content) > LARGEST:
        raise FeedError(f"the feed is too large: {len(content):,} bytes, and {LARGEST:,} is the most", ADVICE)
    text = _NEVER.sub("", _decoded(content)).lstrip("\ufeff \t\r\n")
    text = _DECLARATION.sub("", text, count=1) if _DECLARATION.match(text) else text
    if sum(1 for _ in _ITEM.finditer(text)) > MOST_ITEMS:
        raise FeedError(f"the feed lists more than {MOST_ITEMS:,} items", ADVICE)
    return _NAMED.sub(_spelled, text)


def _decoded(content: bytes) -> str:
    text = decode_marked(content)
    if text is not None:
        return text
    declared = _ENCODING.match(content)
    named = declared[1].decode("ascii") if declared else "utf-8"
    for encoding in (named if _ENCODINGS.fullmatch(named) else "utf-8", "utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return content.decode("latin-1")


def _spelled(match: re.Match[str]) -> str:
    """The character of an HTML name, except one that XML would read as markup."""
    characters = html5.get(match[1], "")
    return match[0] if not characters or set(characters) & set("<>&\"'") else characters


def read_elements(text: str) -> RawFeed | None:
    """Return the raw contents of a prepared feed; None if it is not well-formed.

    Raises FeedError for a feed that declares entities, which can make a parser fetch or expand other content, and for
    one that takes too much work.
    """
    reader = _ElementReader()
    try:
        reader.read(text)
    except expat.ExpatError:
        if _ENTITY.search(text):
            _refuse()
        if len(text) > LARGEST_BROKEN:
            problem = f"the feed is not well-formed XML, and larger than {LARGEST_BROKEN:,} characters"
            raise FeedError(problem, ADVICE) from None
        return None
    return reader.notes


def _refuse(*_: object) -> NoReturn:
    raise FeedError("the feed declares its own XML entities, which is refused: no feed needs them", ADVICE)


class _ElementReader:
    """Reads a feed in one pass, without building a tree. Prefixes are known even if they are not declared."""

    def __init__(self) -> None:
        self.notes = RawFeed()
        self._names: list[str] = []
        self._owners = [self.notes.channel]
        self._prefixes: dict[str, str] = {}
        self._elements = 0
        self._attributes = 0
        self._skipping = 0
        self._text: list[str] | None = None
        self._taken: tuple[str, int, Mapping[str, str]] = ("", 0, {})

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = _refuse
        parser.UnparsedEntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        parser.Parse(text.encode("utf-8", "replace"), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._names) >= DEEPEST:
            raise FeedError("the feed's XML has too many or too deeply nested elements", ADVICE)
        self._attributes += len(attributes)
        if self._attributes > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise FeedError("the feed's XML has too many attributes", ADVICE)
        for key, value in attributes.items():
            if key.startswith("xmlns") and value.casefold() in _SPACES:
                self._prefixes[key[6:]] = _SPACES[value.casefold()]
        name = self._called(name)
        parent = self._names[-1] if self._names else ""
        self._names.append(name)
        if self._skipping or name == "podcast:liveitem":
            # It has its own title and links, but has not been aired.
            self._skipping += 1
        elif name in _ITEMS and (not parent or parent in {"channel", "feed", "rdf:rdf"}):
            self.notes.items.append(RawElements())
            self._owners.append(self.notes.items[-1])
        elif parent in _OWNERS:
            self._begin(name, attributes)
        elif name == "name" and self._taken[0] == "author" and self._text is not None:
            self._text.clear()
        elif name == "psc:chapter" and parent == "psc:chapters":
            _add(self._owners[-1].chapters, (attributes.get("start", ""), attributes.get("title", "")))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        here, get = self._owners[-1], attributes.get
        if name in _KEPT and self._text is None:
            self._text, self._taken = [], (name, len(self._names), attributes)
        elif name == "podcast:transcript":
            _add(here.transcripts, (get("url", ""), get("type", ""), get("language", "")))
        elif name == "podcast:chapters":
            here.chapters_url = here.chapters_url or get("url", "")

    def _data(self, data: str) -> None:
        # Of an Atom author only the name inside, of other elements only their own text.
        within = len(self._names) - self._taken[1]
        if self._text is not None and (within == 0 or (within == 1 and self._names[-1] == "name")):
            self._text.append(data)

    def _end(self, _: str) -> None:
        name = self._names[-1]
        taken, depth, attributes = self._taken
        if self._text is not None and depth == len(self._names):
            self._finish(taken, "".join(self._text), attributes)
            self._text, self._taken = None, ("", 0, {})
        self._names.pop()
        if self._skipping:
            self._skipping -= 1
        elif name in _ITEMS and len(self._owners) > 1 and self._is_outer():
            self._owners.pop()

    def _is_outer(self) -> bool:
        return not any(name in _ITEMS for name in self._names)

    def _finish(self, name: str, text: str, attributes: Mapping[str, str]) -> None:
        here = self._owners[-1]
        if name in {"title", "link"}:
            here.texts.setdefault(name, text)
        elif name == "podcast:person":
            _add(here.people, (text, attributes.get("role", "")))
        else:
            _add(here.authors, (name, text))

    def _called(self, name: str) -> str:
        prefix, colon, local = name.rpartition(":")
        known = self._prefixes.get(prefix, f"{prefix}{colon}")
        return f"{known}{local}".lower()


def _add(notes: list[Note], note: Note) -> None:
    if len(notes) < MOST_NOTES:
        notes.append(note)
