"""A saved web page made safe to parse: no scripts, no styles, few attributes, and no more tags than a page has.

A parser of HTML must take whatever comes, and some of that costs it time that grows with the square of the input (a
tag with a million attributes, for one). So the page is first written anew, in one pass: tags that are known to be
tags, with the attributes that we read; text with every stray bracket escaped; and nothing else.
"""

import re
from dataclasses import dataclass, field

LARGEST_MARKUP = 8 << 20
"""Characters of a page that are looked at; what follows is cut off."""
MOST_TAGS = 30_000
"""Elements, at most; a crowded news page has five thousand. What follows is cut off."""
_MOST_TOKENS = 4 * MOST_TAGS
_MOST_TEXT = 1_000_000
_MOST_ATTRIBUTES = 100
_LONGEST_VALUE = 2_000
_MOST_DATA, _LONGEST_DATA = 30, 500_000

_NO_CHARACTER = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""What XML has no room for, and so no tree of lxml."""
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,30})(?=[\s/>])")
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
_REST_OF_TAG = re.compile(r"[\s/=]*>|[^>]*>")
_KEPT = frozenset(
    "class id href rel property name content itemprop itemscope itemtype datetime lang role http-equiv".split()
)
_SKIPPED = frozenset(
    "script style noscript template iframe svg math object embed textarea xmp noembed noframes".split()
)
_JSON = re.compile(r"(?i)\s*application/ld\+json\s*(;|$)")
_CLOSING = {name: re.compile(rf"(?i)</{name}(?=[\s/>])") for name in _SKIPPED}


@dataclass(slots=True)
class Markup:
    """A page without what is not for readers, and the data that it holds for machines."""

    html: str = ""
    data: list[str] = field(default_factory=list)
    """The texts of its JSON-LD scripts."""


def sanitized(markup: str) -> Markup:
    """Return `markup` written anew, as said above, in time that grows with its length alone."""
    markup = _NO_CHARACTER.sub("", markup[:LARGEST_MARKUP])
    found = Markup()
    pieces: list[str] = []
    place = tags = length = 0
    for _ in range(_MOST_TOKENS):
        bracket = markup.find("<", place)
        text = markup[place : bracket if bracket >= 0 else len(markup)][: _MOST_TEXT - length]
        pieces.append(text.replace(">", "&gt;"))
        length += len(text)
        if bracket < 0 or tags >= MOST_TAGS or length >= _MOST_TEXT:
            break
        name = _NAME.match(markup, bracket)
        if name is None:
            place = _past_no_tag(markup, bracket, pieces)
        elif markup[bracket + 1] == "/":
            place = _past(markup, ">", name.end())
            pieces.append(f"</{name[1].lower()}>")
        else:
            tags += 1
            place = _open_tag(markup, name, pieces, found)
    found.html = _REFERENCE.sub(_reference, "".join(pieces))
    return found


def _reference(match: re.Match[str]) -> str:
    """A numeric reference, unless it is to what no tree can hold."""
    digits = (match[1] or match[2]).lstrip("0")
    number = int(digits, 16 if match[1] else 10) if 0 < len(digits) <= 7 else 0
    known = number <= 0x10FFFF and not _NO_CHARACTER.match(chr(number))
    return match[0] if number and known else "\N{REPLACEMENT CHARACTER}"


def _past(markup: str, what: str, start: int) -> int:
    place = markup.find(what, start)
    return len(markup) if place < 0 else place + len(what)


def _past_no_tag(markup: str, bracket: int, pieces: list[str]) -> int:
    """The place after a comment, a declaration, or a bracket that is only a bracket."""
    if markup.startswith("<!--", bracket):
        return _past(markup, "-->", bracket + 4)
    if markup.startswith(("<!", "<?", "</"), bracket):
        return _past(markup, ">", bracket + 2)
    pieces.append("&lt;")
    return bracket + 1


def _open_tag(markup: str, name: re.Match[str], pieces: list[str], found: Markup) -> int:
    """Write an opening tag anew and return the place after it; for a script, the place after the script."""
    tag = name[1].lower()
    attributes, place = _attributes(markup, name.end())
    if tag not in _SKIPPED:
        kept = "".join(f' {key}="{value}"' for key, value in attributes.items() if key in _KEPT)
        pieces.append(f"<{tag}{kept}>")
        return place
    if markup[place - 2 : place] == "/>" and tag in {"svg", "math", "embed", "object"}:
        return place
    if tag == "embed":
        return place
    closing = _CLOSING[tag].search(markup, place)
    end = closing.start() if closing else len(markup)
    is_data = tag == "script" and bool(_JSON.match(attributes.get("type", "")))
    if is_data and len(found.data) < _MOST_DATA and end - place <= _LONGEST_DATA:
        found.data.append(markup[place:end])
    return _past(markup, ">", end) if closing else end


def _attributes(markup: str, place: int) -> tuple[dict[str, str], int]:
    """The attributes of the tag whose name ends at `place`, their values escaped, and the place after the tag."""
    attributes: dict[str, str] = {}
    for _ in range(_MOST_ATTRIBUTES):
        match = _ATTRIBUTE.match(markup, place)
        if match is None:
            break
        place = match.end()
        value = match[2] or match[3] or match[4] or ""
        if len(value) <= _LONGEST_VALUE:
            escaped = value.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
            attributes.setdefault(match[1].lower(), escaped)
    rest = _REST_OF_TAG.match(markup, place)
    return attributes, rest.end() if rest else len(markup)
