"""The story that a newsroom published with a clip, as a saved web page or pasted text, and its claims.

Nothing is fetched. A page gives its metadata (JSON-LD, OpenGraph), its body (found by trafilatura) and its visible
lines; a text gives only its lines. All values are cleaned text without markup.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Literal

from radio_archive.metadata.encoding import decode_marked
from radio_archive.metadata.story.html import read_html
from radio_archive.metadata.story.sanitize import LARGEST_MARKUP
from radio_archive.metadata.story.text import SourcedValue, StoryParts, read_text, reporters_of
from radio_archive.models import Claim, Field, Source, Story
from radio_archive.text.spelling import fold

StoryFormat = Literal["html", "text"]

_PARTS = (
    "headline", "station", "show", "reporter", "biography", "date", "language", "url", "caption", "picture_credit",
)  # fmt: skip
_CLAIMED = {
    Field.SHOW: "show",
    Field.STATION: "station",
    Field.REPORTER: "reporter",
    Field.TITLE: "headline",
    Field.DATE: "date",
    Field.LANGUAGE: "language",
}
_DEFAULT_CONFIDENCE = 0.6
"""The confidence in a part of a story whose place is unknown."""
_SUMMARY = 0.5
_LONGEST_SUMMARY = 1_000

_MARKUP = re.compile(
    r"<(!doctype\s+html|html|head|body|meta|title|article|main|section|header|div|p|h[1-6]|script|table)\b[^<>]*>", re.I
)
_WHOLE_PAGE = re.compile(r"<(!doctype\s+html|html|head|body)\b", re.I)
_CHARSET = re.compile(rb"""<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_LEGACY = re.compile(
    r"(windows|cp)-?(125\d|874)|iso-?8859-\d+|koi8-[ru]|euc-(jp|kr)|shift_?jis|gbk?|gb2312|gb18030|big5"
)


class FoundStory(Story):
    """A story that knows where each part was found, as evidence for claims. It equals the plain Story.

    `lines` are all that the page or text says, line by line: bylines and datelines of every kind, too.
    """

    __slots__ = ("lines", "places")
    places: Mapping[str, SourcedValue]
    lines: tuple[str, ...]

    __hash__ = Story.__hash__

    def __eq__(self, other: object) -> bool:
        names = [field.name for field in fields(Story)]
        return isinstance(other, Story) and all(getattr(self, name) == getattr(other, name) for name in names)


def read_story(content: bytes | str, *, kind: StoryFormat | None = None) -> Story | None:
    """Return the story in a saved page or a pasted text; None if there is none.

    Only the beginning of very large content is read. The date is the station's local day, as written on the page.
    Pasted text has a date only if a line is clearly about publication.
    """
    text = content[:LARGEST_MARKUP] if isinstance(content, str) else _decoded(content[:LARGEST_MARKUP])
    if kind is None:
        kind = "html" if _is_markup(text) else "text"
    parts = read_html(text) if kind == "html" else read_text(text)
    enough = parts.body or (kind == "html" and "headline" in parts.found and len(parts.found) > 2)
    return _story(parts) if enough else None


def claims_of(story: Story, evidence: str) -> list[Claim]:
    """Return the claims of a story about its clip; `evidence` is the name of the story's file."""
    places: Mapping[str, SourcedValue] = getattr(story, "places", {})
    claims = []
    for field, name in _CLAIMED.items():
        value = getattr(story, name)
        found = places.get(name, SourcedValue(value or "", name, _DEFAULT_CONFIDENCE))
        values = reporters_of(value) if field == Field.REPORTER else [value] if value else []
        for number, one in enumerate(values, 1):
            key = name if len(values) == 1 else f"{name} {number:02}"
            claims.append(Claim(field, one, Source.STORY, f"{evidence} {found.place}", found.confidence, key))
    if story.body and len(story.body[0]) <= _LONGEST_SUMMARY:
        where = f"{evidence} first paragraph"
        claims.append(Claim(Field.SUMMARY, story.body[0], Source.STORY, where, _SUMMARY, "first paragraph"))
    return claims


def _story(parts: StoryParts) -> FoundStory:
    show, station = parts.value("show"), parts.value("station")
    if show and station and fold(show) == fold(station):
        del parts.found["show"]
    story = FoundStory(body=parts.body, **{name: parts.value(name) for name in _PARTS})
    object.__setattr__(story, "places", parts.found)
    object.__setattr__(story, "lines", parts.lines)
    return story


def _is_markup(text: str) -> bool:
    start = text[:4096].lstrip("\ufeff \t\r\n\0")
    return bool(_WHOLE_PAGE.search(start) or (start.startswith("<") and _MARKUP.search(start)))


def _decoded(content: bytes) -> str:
    """Decode bytes by the encoding that they really have, even if they declare another one."""
    text = decode_marked(content)
    if text is not None:
        return text
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(content[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if _LEGACY.fullmatch(name) and not re.fullmatch(r"iso-?8859-1", name):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            pass
    text = content.decode("utf-8", "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    # A cut or a few bad bytes do not mean another encoding.
    if damaged * 4 <= sum(character > "\x7f" for character in text):
        return text
    return content.decode("cp1252", "replace")
