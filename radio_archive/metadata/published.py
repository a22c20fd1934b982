"""The JSON of other programs, with the plain keys of a sidecar: WordPress, NPR's CDS, schema.org, AzuraCast, LibreTime.

The `info.json` of yt-dlp has plain keys already.
"""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from radio_archive.models import clean_text

Document = Mapping[str, Any]
Value = tuple[str, str, object]
"""The place in the document, the plain key that it stands for, and the value."""

MOST = 20
"""Items of a list that are looked at."""
LONGEST = 20_000
"""Characters of a text with markup; a longer one is left out."""
_TAG = re.compile(r"<[^<>]{0,300}>")
_SERIES = {"partOfSeries", "isPartOf", "partOfSeason"}


def translated(document: Document, zone: tzinfo | None) -> Iterator[Value]:
    """Yield what a document of these programs says; `zone` is the station's, for times in Universal Time."""
    if isinstance(document.get("title"), dict):
        yield from _wordpress(document)
    elif isinstance(document.get("resources"), list):
        for resource in _objects(document["resources"][:1]):
            yield from _cds(resource, "resources.")
    elif isinstance(document.get("assets"), dict) and isinstance(document.get("profiles"), list):
        yield from _cds(document, "")
    elif "@type" in document or "@graph" in document:
        yield from _schema_org(document)
    else:
        yield from _automation(document, zone)


def _wordpress(post: Document) -> Iterator[Value]:
    """A post, as the REST API gives it."""
    for key, plain in (("title", "title"), ("excerpt", "description")):
        yield f"{key}.rendered", plain, _text(_object(post.get(key)).get("rendered"))
    embedded = _object(post.get("_embedded"))
    yield "_embedded.author", "author", [author.get("name") for author in _objects(embedded.get("author"))]
    for terms in _list(embedded.get("wp:term")):
        for term in _objects(terms):
            if term.get("taxonomy") in {"series", "podcast_series", "show", "program"}:
                yield "_embedded.wp:term", "series", _text(term.get("name"))


def _cds(story: Document, path: str) -> Iterator[Value]:
    """A document of NPR's Content Distribution Service."""
    yield f"{path}title", "title", story.get("title")
    yield f"{path}teaser", "description", _text(story.get("teaser"))
    yield f"{path}publishDateTime", "published", story.get("publishDateTime")
    assets = _object(story.get("assets"))
    linked = (_asset(assets, link) for link in _objects(story.get("bylines")))
    yield f"{path}bylines.name", "bylines", [name for byline in linked for name in _names(byline)]
    for key, plain in (("collections", "program"), ("brandings", "station")):
        for thing in _objects(story.get(key)):
            of_program = "program" in _list(thing.get("rels"))
            if key == "brandings" or of_program:
                yield f"{path}{key}", plain, _embedded(thing).get("title") or _embedded(thing).get("displayName")


def _asset(assets: Document, link: Document) -> Document:
    """The asset that a link such as `#/assets/123` names, or the link itself."""
    return _object(assets.get(str(link.get("href", "")).rpartition("/")[2])) or link


def _names(byline: Document) -> Iterator[object]:
    named = _object(byline.get("bylineDocuments"))
    yield byline.get("name") or named.get("title") or _embedded(byline).get("title")


def _embedded(link: Document) -> Document:
    return _object(link.get("embed"))


def _schema_org(document: Document) -> Iterator[Value]:
    graph = list(_objects(document.get("@graph"))) or [document]
    story = next((node for node in graph if "headline" in node or "datePublished" in node), graph[0])
    by_id = {node["@id"]: node for node in graph if isinstance(node.get("@id"), str)}
    for key in ("headline", "name"):
        if isinstance(story.get(key), str):
            yield key, "title", _text(story[key])
            break
    authors = (by_id.get(str(one.get("@id")), one) for one in _objects(story.get("author")))
    people = [author.get("name") for author in authors if "Organization" not in str(author.get("@type"))]
    yield "@graph.author", "author", people if "@graph" in document else None
    for key in ("datePublished", "description"):
        yield f"@graph.{key}", key.lower(), _text(story.get(key)) if "@graph" in document else None
    yield "inLanguage", "language", story.get("inLanguage")
    for key, plain in (("publisher", "broadcaster"), *((key, "series") for key in sorted(_SERIES))):
        for thing in _objects(story.get(key)):
            yield key, plain, by_id.get(str(thing.get("@id")), thing).get("name")
    for event in _objects(story.get("publication")):
        yield "publication.startDate", "airdate", event.get("startDate")
        for service in _objects(event.get("publishedOn")):
            yield "publication.publishedOn", "broadcaster", service.get("name")


def _automation(document: Document, zone: tzinfo | None) -> Iterator[Value]:
    """A file, an episode of a podcast or what is playing now, in AzuraCast; a file or a show in LibreTime."""
    song = _object(_object(document.get("now_playing")).get("song")) or _object(document.get("song"))
    for path, table in (("", document), ("song.", song), ("metadata.", _object(document.get("metadata")))):
        for key, plain in (("title", "title"), ("track_title", "title"), ("album", "album"), ("album_title", "album")):
            # What stands at the top is read anyway.
            if path or key not in {"title", "album"}:
                yield path + key, plain, table.get(key)
        for key in ("artist", "artist_name"):
            # The name of an artist is the station's or the show's as often as a person's.
            shows = {table.get("album"), table.get("album_title")}
            yield path + key, "artist", table.get(key) if _text(table.get(key)) not in shows else None
    if isinstance(document.get("publish_at"), int) and not isinstance(document["publish_at"], bool):
        yield "publish_at", "published", _day(document["publish_at"], zone)


def _day(seconds: int, zone: tzinfo | None) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, zone or UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str:
    """A text without its markup."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return ""
    return clean_text(html.unescape(_TAG.sub(" ", value)))


def _object(value: object) -> Document:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value[:MOST] if isinstance(value, list) else []


def _objects(value: object) -> Iterator[Document]:
    """The objects of a list, or the only one."""
    yield from (one for one in (_list(value) or [value]) if isinstance(one, dict))
