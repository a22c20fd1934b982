"""Read the JSON-LD of a saved web page: find the node of the story, and its values."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.metadata.people import people_in
from radio_archive.metadata.story.text import SourcedValue, StoryParts
from radio_archive.models import clean_text
from radio_archive.text.spelling import fold

Node = Mapping[str, Any]

_MOST_NODES = 500
_STORIES = (
    "newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle article blogposting radioepisode "
    "podcastepisode episode radioclip clip audioobject webpage"
).split()
"""Node types that can be the story, the most likely first."""
_SERIES = frozenset("radioseries podcastseries creativeworkseries series tvseries radioprogram".split())
_HOLDERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed")
_UTC = re.compile(r"(Z|[+-]00:?00)$", re.IGNORECASE)
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}$")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})([-_].*)?")
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx", "xx", "xxx"})


def read_json_ld(scripts: Sequence[str], parts: StoryParts) -> set[str]:
    """Offer the values in a page's JSON-LD; return the names of the story's sections, folded."""
    nodes = list(_nodes(scripts))
    by_id = {node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1}
    stories = sorted((node for node in nodes if _rank(node) < len(_STORIES)), key=_rank)
    sections: set[str] = set()
    for node in stories[:1] + [node for node in stories[1:] if _same(node, stories[0])]:
        _offer(node, by_id, parts)
        sections |= {fold(name) for name in _texts(node.get("articleSection"))}
    return sections


def parse_date(written: str) -> tuple[str, float] | None:
    """Return the day as written, and the confidence that it is the station's local day: high with a local offset.

    Universal time may fall on another local day, and a time without an offset is often universal time.
    """
    text = written.strip()
    match = WRITTEN.match(text) if len(text) <= 40 else None
    date = date_of(match) if match else None
    if date is None:
        return None
    if _UTC.search(text):
        return date, 0.35
    local = len(text) == 10 or (len(text) > 16 and _OFFSET.search(text[10:]))
    return date, 0.8 if local else 0.5


def language_of(tag: str) -> str | None:
    """Return the language of a tag such as `en-US` or `es`."""
    match = _LANGUAGE.fullmatch(tag.strip()) if len(tag) <= 40 else None
    code = match[1].lower() if match else ""
    return code if code and code not in _NO_LANGUAGE else None


def _nodes(scripts: Sequence[str]) -> Iterator[Node]:
    """Yield the top-level nodes of the page's data. Nested ones, such as related articles, are not the story."""
    waiting: list[Any] = []
    for script in scripts:
        # Some pages wrap it in comment marks, as old browsers required.
        text = re.sub(r"^\s*(//)?\s*(<!--|<!\[CDATA\[)|(//)?\s*(-->|\]\]>)\s*$", "", script)
        try:
            waiting.append(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            continue
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        here = waiting.pop(0)
        if isinstance(here, list):
            waiting[:0] = here[:_MOST_NODES]
        elif isinstance(here, dict):
            yield here
            waiting += [here[key] for key in _HOLDERS if isinstance(here.get(key), dict | list)]


def _types(node: Node) -> list[str]:
    return [name.rpartition("/")[2].casefold() for name in _texts(node.get("@type"))]


def _rank(node: Node) -> int:
    """The rank of a node's type among _STORIES; len(_STORIES) for other types and for empty nodes."""
    places = [_STORIES.index(name) for name in _types(node) if name in _STORIES]
    told = any(_texts(node.get(key)) for key in ("headline", "name", "datePublished", "author"))
    return min(places, default=len(_STORIES)) if told else len(_STORIES)


def _same(node: Node, story: Node) -> bool:
    """Whether a second node describes the same story, such as its page or its audio."""
    titles = [{fold(text) for key in ("headline", "name") for text in _texts(one.get(key))} for one in (node, story)]
    return bool(titles[0] & titles[1])


def _offer(node: Node, by_id: Mapping[str, Node], parts: StoryParts) -> None:
    kind = (_types(node) or ["node"])[0]
    less = 0.2 if kind == "webpage" else 0.0
    for key, confidence in (("headline", 0.9), ("name", 0.85)):
        headline = _first(node, key)
        if headline and len(headline) <= 1000:
            parts.headlines.append(SourcedValue(headline, f"JSON-LD {key}", confidence - less))
    for key in ("author", "creator"):
        named: list[str] = []
        for who in _linked(node.get(key), by_id):
            organization = isinstance(who, dict) and "organization" in " ".join(_types(who))
            named += [] if organization else people_in(_name(who))
        parts.offer_people(named, f"JSON-LD {key}", 0.9)
    for key in ("datePublished", "uploadDate", "dateCreated"):
        for text in _texts(node.get(key)):
            dated = parse_date(text)
            if dated:
                parts.offer("date", dated[0], f"JSON-LD {key} {text[:40]}", dated[1] if key != "dateCreated" else 0.4)
    for key in ("partOfSeries", "isPartOf"):
        for series in _linked(node.get(key), by_id):
            if isinstance(series, dict) and (key == "partOfSeries" or _SERIES & set(_types(series))):
                parts.offer("show", _clean(_name(series)), f"JSON-LD {key}", 0.95)
    for key in ("publisher", "sourceOrganization", "provider", "productionCompany"):
        for station in _linked(node.get(key), by_id):
            parts.offer("station", _clean(_name(station)), f"JSON-LD {key}", 0.85, 100)
    _offer_publication(node, by_id, parts)
    for text in _texts(node.get("inLanguage")) or [_name(node.get("inLanguage"), "alternateName")]:
        parts.offer("language", language_of(text), "JSON-LD inLanguage", 0.8)
    for text in _texts(node.get("url")):
        parts.offer("url", web_address(text), "JSON-LD url", 0.6, 2000)


def _offer_publication(node: Node, by_id: Mapping[str, Node], parts: StoryParts) -> None:
    """Offer the station and the date of a broadcast event."""
    for event in _linked(node.get("publication"), by_id):
        if isinstance(event, dict):
            for service in _linked(event.get("publishedOn"), by_id):
                parts.offer("station", _clean(_name(service)), "JSON-LD publishedOn", 0.8, 100)
            for text in _texts(event.get("startDate")):
                dated = parse_date(text)
                parts.offer("date", dated and dated[0], f"JSON-LD startDate {text[:40]}", dated[1] if dated else 0.0)


def web_address(text: str) -> str | None:
    """Return a complete http(s) address that is safe to print, else None."""
    text = html.unescape(text).strip()
    return text if len(text) <= 2000 and re.fullmatch(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f]+", text) else None


def _linked(value: Any, by_id: Mapping[str, Node]) -> list[Any]:
    """The objects that a value names, resolved by their @id on the page if needed."""
    things = value[:20] if isinstance(value, list) else [value]
    return [by_id.get(thing["@id"], thing) if _is_link(thing) else thing for thing in things]


def _is_link(thing: Any) -> bool:
    return isinstance(thing, dict) and isinstance(thing.get("@id"), str) and "name" not in thing


def _name(thing: Any, key: str = "name") -> str:
    if isinstance(thing, dict):
        return (_texts(thing.get(key)) or [""])[0]
    return thing if isinstance(thing, str) else ""


def _texts(value: Any) -> list[str]:
    values = value[:20] if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def _first(node: Node, key: str) -> str | None:
    return next(iter(_clean(text) for text in _texts(node.get(key))), None)


def _clean(text: str) -> str:
    """`text` without the entities and tags that some pages put into their data."""
    return clean_text(re.sub(r"<[^<>]{0,300}>", "", html.unescape(text))) if len(text) <= 5000 else ""
