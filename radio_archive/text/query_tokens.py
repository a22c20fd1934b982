"""Reads a query as tokens: words, phrases, brackets, each with its sign and field."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radio_archive.text.query_tree import Scope, Term

DEPTH = 20
"""Brackets that are nested deeper are text."""
NAMES = ("show", "reporter", "host", "speaker", "language")
"""Fields whose value is a name."""
DATES = ("since", "until", "after", "before", "date", "year")
"""Fields whose value is a time."""
SCOPES = {"title": Scope.TITLE, "said": Scope.SAID, "story": Scope.STORY, "heard": Scope.HEARD}
FIELDS = (*NAMES, *DATES, "in", *SCOPES)

_DASHES = r"\-−–"
_QUOTES = re.escape('"“”„‟«»‹›＂「」『』')
_VOWELS = "aeiouāēīōūAEIOUĀĒĪŌŪ"
_BEFORE = r"(?<![^\W_])"
_END = r"(?=[\s.,;:!?()\[\]]|$)"
_SIGN = rf"(?P<sign>[+{_DASHES}](?=[^\s+{_DASHES}]))?"
_NAMES = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in name) for name in FIELDS)
_FIELD = rf"(?:(?P<field>{_NAMES}):(?=[^\s)]))?"
# In `five" by six"` they are inches.
_DOUBLE = rf"{_BEFORE}[{_QUOTES}](?P<double>[^{_QUOTES}]*)[{_QUOTES}]"
# Inside a word, a single quote is an apostrophe or an ʻokina. Before a vowel it may be one too: `‘Aiea schools’ fair`.
_INSIDE = rf"(?:[^‘’‚{_QUOTES}]|[‘’](?=[^\W_]))*"
_OPENS = rf"(?:‚|{_BEFORE}‘(?![{_VOWELS}]))"
_MAY_OPEN = rf"{_BEFORE}‘(?={_INSIDE}(?<![sS])[‘’]\*?{_END})"
_SINGLE = rf"(?:{_OPENS}|{_MAY_OPEN})(?P<single>{_INSIDE})[‘’]"
_PHRASE = rf"(?:{_DOUBLE}|{_SINGLE})(?P<star>\*?){_END}"
# Brackets that are closed in the same word belong to it: 501(c)(3).
_PLAIN = rf"(?!{_OPENS})[^\s(){_QUOTES}]"
_WORD = rf"(?P<word>(?:AND|OR|NOT)(?=\()|(?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*\))*\))+)"
_NO_BRACKET = r"(?![\[\]{}])"
_TOKEN = re.compile(rf"{_NO_BRACKET}{_SIGN}{_FIELD}{_NO_BRACKET}(?:(?P<open>\()|{_PHRASE}|{_WORD})")
_OKINA = re.compile(rf"{_BEFORE}‘")
_NEAR = re.compile(r"NEAR(?:/([0-9]{1,3}))?")
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class QueryToken:
    """One word, phrase or bracket of a query. `sign` is `+`, `-` or empty; `field` is lower-case, or empty."""

    text: str
    quoted: bool = False
    prefix: bool = False
    sign: str = ""
    field: str = ""
    bracket: str = ""

    @property
    def is_bare(self) -> bool:
        return not (self.quoted or self.prefix or self.sign or self.field or self.bracket)

    @property
    def is_word(self) -> bool:
        """Whether it is one word without any mark, and no operator."""
        return self.is_bare and not _operator(self.text)

    @property
    def operator(self) -> str:
        """`AND`, `OR`, `NOT`, `NEAR`, or empty."""
        return _operator(self.text) if self.is_bare else ""

    @property
    def distance(self) -> int | None:
        """The words of a NEAR with a number."""
        match = _NEAR.fullmatch(self.text)
        return int(match[1]) if match and match[1] else None

    @property
    def term(self) -> Term:
        is_exact = self.quoted or self.sign == "+"
        # An operator without operands is a word. In small letters it is one wherever it is written.
        text = self.text.lower() if not is_exact and _operator(self.text) else self.text
        return Term(text, self.prefix, SCOPES.get(self.field, Scope.ANYWHERE), is_exact)


def _operator(text: str) -> str:
    return text if text in {"AND", "OR", "NOT"} else "NEAR" if _NEAR.fullmatch(text) else ""


def tokens(text: str) -> list[QueryToken]:
    """Return the tokens of a query; brackets are in pairs, and none is nested deeper than DEPTH."""
    return _shallow(_paired(list(_read(_cleaned(text)))))


def _cleaned(text: str) -> str:
    """Replace control characters and surrogates, which texts do not contain."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(" " if c == "\ufeff" or unicodedata.category(c) in {"Cc", "Cs"} else c for c in whole)


def _read(whole: str) -> Iterator[QueryToken]:
    at = 0
    while at < len(whole):
        match = _TOKEN.match(whole, at)
        if match is not None:
            yield from _token(match)
        elif whole[at] == ")":
            yield QueryToken("", bracket=")")
        # Else space, or a quote that opens no phrase.
        at = at + 1 if match is None else match.end()


def _token(match: "re.Match[str]") -> Iterator[QueryToken]:
    sign, field = match["sign"] or "", (match["field"] or "").lower()
    sign = "-" if sign and sign != "+" else sign
    if match["open"]:
        if field and field not in SCOPES:
            yield QueryToken(f"{field}:")
            sign = field = ""
        yield QueryToken("", sign=sign, field=field, bracket="(")
        return
    phrase = match["single"] if match["double"] is None else match["double"]
    text = " ".join(phrase.split()) if phrase is not None else _OKINA.sub("ʻ", match["word"].rstrip("*"))
    prefix = bool(match["star"]) if phrase is not None else match["word"].endswith("*")
    if not _LETTER.search(text):
        return
    if sign == "-" and field and field not in SCOPES:
        # Only words can be excluded.
        yield QueryToken(f"-{field}:{text}", quoted=phrase is not None)
    else:
        yield QueryToken(text, phrase is not None, prefix, sign, field)


def _paired(found: Sequence[QueryToken]) -> list[QueryToken]:
    """Return the tokens without brackets that have no partner."""
    opened: list[int] = []
    alone: set[int] = set()
    for at, token in enumerate(found):
        if token.bracket == "(":
            opened.append(at)
        elif token.bracket == ")" and not opened:
            alone.add(at)
        elif token.bracket:
            opened.pop()
    alone.update(opened)
    return [token for at, token in enumerate(found) if at not in alone]


def _shallow(found: Sequence[QueryToken]) -> list[QueryToken]:
    """Return the tokens without the brackets that are nested too deep."""
    kept: list[QueryToken] = []
    depth = 0
    for token in found:
        if token.bracket == "(":
            depth += 1
        if not token.bracket or depth <= DEPTH:
            kept.append(token)
        if token.bracket == ")":
            depth -= 1
    return kept
