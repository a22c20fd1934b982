"""Make a saved web page safe to parse: no scripts or styles, few attributes, a limited number of tags.

An HTML parser accepts any input, and some input takes quadratic time, such as a tag with a million attributes. So the
page is first rewritten in one pass: only real tags, with the attributes that we read, and text with every stray
bracket escaped.
"""

import re
from dataclasses import dataclass, field

LARGEST_MARKUP = 8 << 20
"""Characters of a page that are read; the rest is cut off."""
MOST_TAGS = 30_000
"""Elements, at most; a large news page has five thousand. The rest is cut off."""
_MOST_TOKENS = 4 * MOST_TAGS
_MOST_TEXT = 1_000_000
_MOST_ATTRIBUTES = 100
_LONGEST_VALUE = 2_000
_MOST_DATA, _LONGEST_DATA = 30, 500_000

_NO_CHARACTER = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that are not allowed in XML, and so not in lxml's tree."""
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
class SanitizedPage:
    """A page reduced to what readers see, and its machine-readable data."""

    html: str = ""
    data: list[str] = field(default_factory=list)
    """The texts of its JSON-LD scripts."""


def sanitize(markup: str) -> SanitizedPage:
    """Return `markup` rewritten as described above, in linear time."""
    markup = _NO_CHARACTER.sub("", markup[:LARGEST_MARKUP])
    found = SanitizedPage()
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
            place = _skip_comment(markup, bracket, pieces)
        elif markup[bracket + 1] == "/":
            place = _after(markup, ">", name.end())
            pieces.append(f"</{name[1].lower()}>")
        else:
            tags += 1
            place = _open_tag(markup, name, pieces, found)
    found.html = _REFERENCE.sub(_reference, "".join(pieces))
    return found


def _reference(match: re.Match[str]) -> str:
    """A numeric character reference, or U+FFFD if a tree cannot hold that character."""
    digits = (match[1] or match[2]).lstrip("0")
    number = int(digits, 16 if match[1] else 10) if 0 < len(digits) <= 7 else 0
    known = number <= 0x10FFFF and not _NO_CHARACTER.match(chr(number))
    return match[0] if number and known else "\N{REPLACEMENT CHARACTER}"


def _after(markup: str, what: str, start: int) -> int:
    place = markup.find(what, start)
    return len(markup) if place < 0 else place + len(what)


def _skip_comment(markup: str, bracket: int, pieces: list[str]) -> int:
    """The place after a comment, a declaration, or a literal bracket."""
    if markup.startswith("<!--", bracket):
        return _after(markup, "-->", bracket + 4)
    if markup.startswith(("<!", "<?", "</"), bracket):
        return _after(markup, ">", bracket + 2)
    pieces.append("&lt;")
    return bracket + 1


def _open_tag(markup: str, name: re.Match[str], pieces: list[str], found: SanitizedPage) -> int:
    """Rewrite an opening tag and return the place after it; for a script, the place after the whole script."""
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
    return _after(markup, ">", end) if closing else end


def _attributes(markup: str, place: int) -> tuple[dict[str, str], int]:
    """The attributes, with escaped values, of the tag whose name ends at `place`, and the place after the tag."""
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
