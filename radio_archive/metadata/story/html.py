"""Read a published story from a saved web page: its metadata, its visible lines and its body.

Nothing is fetched, no script is run, and no markup is kept.
"""

import logging
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from radio_archive.metadata.people import people_in
from radio_archive.metadata.story.lines import LONGEST_LINE, is_credit, is_no_caption, is_paragraph, looks_like_station
from radio_archive.metadata.story.linked_data import language_of, parse_date, read_json_ld, web_address
from radio_archive.metadata.story.sanitize import sanitize
from radio_archive.metadata.story.text import (
    ABOVE,
    LONGEST_TEXT,
    MOST_LINES,
    PARAGRAPH,
    SourcedValue,
    StoryParts,
    leading_name,
    offer_headline,
    read_after_headline,
    read_lines,
    short_lines,
    split_caption,
)
from radio_archive.models import clean_text
from radio_archive.text.spelling import fold

# What parser and extractor may raise on a bad page. Fuzzing raised only lxml's ParserError, which is caught too; but
# the extractor is large, and one bad page must not stop an archive.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr img".split()
)
_WRAPPERS = frozenset({"html", "head", "body", "main", "article"})
_MOST_MARKED = 100
"""Figures and similar elements that are examined; a page with more is not a story."""
_FURNITURE = ("nav", "form", "button", "select", "aside", "dialog", "audio", "video", "canvas", "input", "map")
_FURNITURE_MARK = re.compile(
    r"(^|[-_ ])(comments?(-area|-list|-section)?|respond|disqus\S*|navigation|breadcrumbs?)($| )"
)
_CAPTION_MARK = re.compile(r"(^|[-_ ])(wp-)?caption(-?text)?($|[-_ ])")
_CREDIT_MARK = re.compile(r"credit|photographer|copyrightholder|(^|[-_ ])(source|byline|attribution)($|[-_ ])")
_BIOGRAPHY_MARK = re.compile(
    r"(author|contributor|reporter|host|writer)[-_]{0,2}(bio|about|desc|info)|about[-_]{0,2}(the[-_])?(author|reporter|host)"
    r"|biograph|(^|[-_ ])bio($|[-_ ])"
)
_LONGEST_BIOGRAPHY = 2_000
_PUBLISHED_MARK = re.compile(r"(^|[-_ ])(published|pubdate|entry-date|datepublished|date-published)($|[-_ ])")
_TOLD = ("p", "item", "quote")
"""The elements of the extractor's tree that hold story text; headings within a story are left out."""
_DOMAIN = re.compile(r"(?i)\S+\.[a-z]{2,}")
_ONLY_DIGITS = re.compile(r"[\d\s/.:-]+")
_OPENING = 12
"""Words of a paragraph with which a story begins."""
_SEPARATOR = re.compile(r"\s+(?:\||[-–—•·»]|::)\s+")


def read_html(markup: str) -> StoryParts:
    """Return the parts of a story from a saved web page."""
    page = sanitize(markup)
    parts = StoryParts()
    support = read_json_ld(page.data, parts)
    tree = _parsed(page.html)
    if tree is None:
        return parts
    support |= _read_meta(tree, parts)
    biography = _extract_biography(tree)
    _remove(tree, lambda element: element.tag in _FURNITURE or bool(_FURNITURE_MARK.search(_labels(element))))
    _offer_first_time(tree, parts)
    _extract_picture(tree, parts)
    lines = _lines(tree)
    headline = _visible_headline(tree, lines, parts)
    seen = read_lines(lines, headline)
    parts.lines = seen.lines
    for name in set(seen.found) - {"headline", "show"}:
        parts.offer(name, *seen.found[name], 5000)
    if "show" in seen.found and seen.found["show"].place in {"byline", ABOVE}:
        parts.offer("show", *seen.found["show"])
    offer_headline(parts, _without_station(parts) or seen.headlines, support | short_lines(lines, headline))
    _read_body(tree, seen, parts)
    if biography:
        parts.found["biography"] = SourcedValue(biography, "about the author", 0.8)
        parts.offer("reporter", leading_name(biography), "biography", 0.7)
    return parts


def _parsed(html: str) -> Any:
    """The tree of a page; None if it has none."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, *_BROKEN):
        return None


def _read_meta(tree: Any, parts: StoryParts) -> set[str]:
    """Offer the values in the head of a page; return the sections of the story, folded."""
    support = set()
    authors: dict[str, list[str]] = {}
    for key, text in _meta_tags(tree):
        if key in {"og:title", "twitter:title"}:
            parts.headlines.append(SourcedValue(text, f"meta {key}", 0.8))
        elif key in {"og:site_name", "application-name"}:
            parts.offer("station", None if _DOMAIN.fullmatch(text) else text, f"meta {key}", 0.75, 100)
        elif key in {"author", "article:author", "byl", "parsely-author", "dc.creator"}:
            authors.setdefault(key, []).extend(people_in(text))
        elif key in {"article:published_time", "datepublished", "pubdate", "dc.date.issued", "parsely-pub-date"}:
            _offer_date(parts, text, f"meta {key}")
        elif key in {"og:locale", "content-language", "inlanguage"}:
            parts.offer("language", language_of(text), f"meta {key}", 0.6)
        elif key == "article:section":
            support.add(fold(text))
        elif key == "og:url":
            parts.offer("url", web_address(text), "meta og:url", 0.8, 2000)
    for key, names in authors.items():
        parts.offer_people(names, f"meta {key}", 0.75)
    for link in tree.iter("link"):
        if "canonical" in link.get("rel", "").lower().split():
            parts.offer("url", web_address(link.get("href", "")), "canonical address", 0.9, 2000)
    parts.offer("language", language_of(tree.get("lang", "")), "html lang", 0.7)
    title = tree.find(".//title")
    if title is not None:
        parts.headlines.append(SourcedValue(clean_text((title.text or "")[:1000]), "title of the page", 0.5))
    return support | {fold(piece) for piece in (parts.value("url") or "").split("/")[3:]}


def _meta_tags(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield names and contents of the page's metadata, including microdata."""
    first = None
    for element in tree.iter():
        key = element.get("property") or element.get("name") or element.get("http-equiv") or element.get("itemprop")
        text = element.get("content")
        if element.tag == "meta" and key and text:
            yield key.strip().lower(), clean_text(text)
        elif element.tag == "time" and _PUBLISHED_MARK.search(_labels(element)):
            yield "pubdate", element.get("datetime", "")
        elif element.tag == "a" and "author" in element.get("rel", "").lower().split():
            around = element.getparent() if element.getparent() is None else element.getparent().getparent()
            # Other stories on the page have authors too.
            first = around if first is None else first
            if first is around:
                yield "author", clean_text(element.text_content()[:300])


def _offer_first_time(tree: Any, parts: StoryParts) -> None:
    """Offer the first time between the heading and the text: many pages give the date nowhere else."""
    below = False
    for element in tree.iter():
        below = below or element.tag == "h1"
        if not below:
            continue
        if element.tag == "p" and len(" ".join(islice(element.itertext(), _OPENING)).split()) >= _OPENING:
            return
        dated = parse_date(element.get("datetime", "")) if element.tag == "time" else None
        if dated:
            parts.offer("date", dated[0], f"time {element.get('datetime')[:40]}", min(dated[1], 0.6))
            return


def _offer_date(parts: StoryParts, text: str, place: str) -> None:
    dated = parse_date(text)
    if dated:
        parts.offer("date", dated[0], f"{place} {text[:40]}", dated[1] - 0.05)


def _labels(element: Any) -> str:
    """The class, id and itemprop of an element."""
    return " ".join(element.get(key, "") for key in ("class", "id", "itemprop")).lower()


def _remove(tree: Any, unwanted: Callable[[Any], bool]) -> None:
    """Remove elements from the tree, except those around the page's heading: some pages give all the same class."""
    for element in [element for element in tree.iter() if isinstance(element.tag, str) and unwanted(element)]:
        wraps = element.tag in _WRAPPERS or element.find(".//h1") is not None
        if not wraps and element.getparent() is not None:
            element.drop_tree()


def _lines(tree: Any) -> list[str]:
    """The visible text of the page, one line for each block."""
    from lxml import etree

    body = tree.find("body") if tree.tag == "html" else tree
    pieces: list[str] = []
    length = 0
    for event, element in etree.iterwalk(tree if body is None else body, events=("start", "end")):
        text = (element.text if event == "start" else element.tail if element is not body else "") or ""
        pieces += ["" if element.tag in _INLINE else "\n", re.sub(r"\s+", " ", text)]
        length += len(text)
        if length > LONGEST_TEXT:
            break
    lines = (clean_text(line) for line in "".join(pieces).split("\n"))
    return [line for line in lines if line and len(line) <= LONGEST_LINE][:MOST_LINES]


def _extract_picture(tree: Any, parts: StoryParts) -> None:
    """Remove all figures from the tree; the first one with a caption is the story's picture."""
    found = (e for e in tree.iter() if e.tag == "figure" or _CAPTION_MARK.search(_labels(e)))
    figures = list(islice(found, _MOST_MARKED))
    for figure in figures:
        if figure.getparent() is None or any(above in figures for above in figure.iterancestors()):
            continue
        if figure.find(".//h1") is not None or len(figure.text_content()) > 2_000:
            continue
        credited = [e for e in figure.iterdescendants() if _CREDIT_MARK.search(_labels(e))][:_MOST_MARKED]
        named = [" ".join(_lines(e)) for e in credited if not any(above in credited for above in e.iterancestors())]
        for element in credited:
            element.drop_tree()
        lines = list(dict.fromkeys(line for line in _lines(figure) if re.search(r"\w", line)))
        if len(lines) == 1 and is_no_caption(lines[0]):
            named, lines = [*named, *filter(is_credit, lines)], []
        caption, credit = (lines[0], None) if named and lines else split_caption(lines)
        parts.offer("caption", caption, "caption", 0.85, 5000)
        if parts.value("caption") == caption:
            parts.offer("picture_credit", " / ".join(filter(None, named)) or credit, "picture credit", 0.85)
        figure.drop_tree()


def _extract_biography(tree: Any) -> str | None:
    """Remove the marked biography of the author from the tree and return it."""
    marked = (element for element in tree.iter() if _BIOGRAPHY_MARK.search(_labels(element)))
    for element in islice(marked, _MOST_MARKED):
        if (
            element.tag in _WRAPPERS
            or len(element.text_content()) > 2 * _LONGEST_BIOGRAPHY
            or element.find(".//h1") is not None
        ):
            continue
        paragraphs = [line for line in _lines(element) if is_paragraph(line)]
        biography = PARAGRAPH.join(paragraphs)
        if paragraphs and len(biography) <= _LONGEST_BIOGRAPHY:
            element.drop_tree()
            return biography
    return None


def _visible_headline(tree: Any, lines: list[str], parts: StoryParts) -> str | None:
    """The headline as it appears in `lines`: the one that the metadata gives, or the page's h1."""
    headings = [" ".join(_lines(heading)) for heading in tree.iter("h1")]
    parts.headlines[:] = [_without_suffix(found, headings) for found in parts.headlines]
    told = {fold(found.value) for found in _without_station(parts)}
    for line in lines:
        if fold(line) in told and not looks_like_station(line):
            return line
    heading = next((text for text in headings if text in lines and not looks_like_station(text)), None)
    if heading:
        parts.headlines.append(SourcedValue(heading, "heading", 0.75))
    return heading


def _without_suffix(found: SourcedValue, headings: list[str]) -> SourcedValue:
    """A headline without what follows the page's heading in it, such as a section, a station and a date."""
    for heading in headings:
        if heading and found.value.startswith(heading) and _SEPARATOR.match(found.value, len(heading)):
            return found._replace(value=heading)
    return found


def _without_station(parts: StoryParts) -> list[SourcedValue]:
    """The headlines of a page without the station's name at the end."""
    cut = []
    for found in parts.headlines:
        pieces = list(_SEPARATOR.finditer(found.value))
        while pieces and _ONLY_DIGITS.fullmatch(found.value, pieces[-1].end()):
            found = found._replace(value=found.value[: pieces.pop().start()])
        last = found.value[pieces[-1].end() :] if pieces else ""
        is_station = fold(last) in parts.stations or looks_like_station(last)
        text = found.value[: pieces[-1].start()] if last and is_station else found.value
        if any(map(str.isalnum, text)):
            cut.append(found._replace(value=text))
    return cut


def _read_body(tree: Any, seen: StoryParts, parts: StoryParts) -> None:
    """Set the body: the extractor's result, or else the visible lines."""
    below = StoryParts({name: parts.found[name] for name in ("reporter", "station") if name in parts.found})
    read_after_headline(_extracted(tree), below)
    parts.body = below.body or seen.body
    if below.body:
        parts.found.pop("biography", None)
    if "biography" in below.found:
        parts.offer("biography", *below.found["biography"], 5000)
    if "reporter" in below.found:
        parts.offer("reporter", *below.found["reporter"])


def _extracted(tree: Any) -> list[str]:
    """The paragraphs of a page's main text."""
    from trafilatura import bare_extraction

    # It warns about every page without text, which our caller reports itself.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document: Any = bare_extraction(
            tree, fast=True, include_comments=False, include_tables=False, deduplicate=False
        )
    except _BROKEN:
        return []
    if document is None or document.body is None:
        return []
    paragraphs = (clean_text("".join(element.itertext())[:LONGEST_LINE]) for element in document.body.iter(*_TOLD))
    return [paragraph for paragraph in paragraphs if paragraph][:MOST_LINES]
