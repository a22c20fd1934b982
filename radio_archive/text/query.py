"""Parse a search query into words, phrases, alternatives, exclusions and filters."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TypeAlias, TypeGuard

from radio_archive.errors import UsageError
from radio_archive.text.abbreviations import beside
from radio_archive.text.numbers import is_number

MAX_QUERY = 2_000
"""Characters."""

NEAR_WORDS = 10
"""Words between two terms of NEAR, if the query gives no distance."""

NUMBER_WORDS = 6
"""Words of one number typed without quotes, at most."""


class Scope(StrEnum):
    """The texts in which a term is searched for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    SAID = "said"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as typed, without operators. `prefix`: longer words match too.

    `exact`: it was quoted, so it must occur as it is; other words of a query may be stemmed, replaced or left out.
    `also`: phrases that stand for the word because of the words beside it: `WWII` for each of `World War II`.
    """

    text: str
    prefix: bool = False
    scope: Scope = Scope.ANYWHERE
    exact: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """Terms at most `distance` words apart, in any order."""

    terms: tuple[Term, ...]
    distance: int = NEAR_WORDS


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the parts."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts."""

    parts: "tuple[Node, ...]"


Node: TypeAlias = Term | Near | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `wanted` is None if it has only filters; dates are ISO 8601 and inclusive."""

    wanted: Node | None
    unwanted: tuple[Node, ...] = ()
    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None


_DASHES = r"\-−–"
_QUOTES = '"“”„‟«»＂'
_FILTERS = {"show", "reporter", "since", "until", "year", "date"}
_SCOPES = {"title": Scope.TITLE, "said": Scope.SAID, "story": Scope.STORY}
_TOKEN = re.compile(
    rf"(?P<minus>[{_DASHES}](?=[^\s{_DASHES}]))?"
    rf"(?:(?P<field>(?i:{'|'.join(sorted(_FILTERS | set(_SCOPES)))})):(?=\S))?"
    rf"(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}](?P<star>\*?)(?=[\s.,;:!?)\]]|$)|(?P<word>\S+))"
)
_OPERATORS = {"AND", "OR", "NOT"}
_NEAR = re.compile(r"NEAR(?:/(\d{1,3}))?")
_BETWEEN = re.compile(r"[\s()\[\]{}]*")
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class _QueryToken:
    """One word, phrase or field of a query. `field` is lower-case, or empty."""

    text: str
    quoted: bool
    prefix: bool
    minus: bool
    field: str

    @property
    def operator(self) -> str:
        """`AND`, `OR`, `NOT`, a `NEAR`, or empty."""
        bare = not (self.quoted or self.prefix or self.minus or self.field)
        return self.text if bare and (self.text in _OPERATORS or _NEAR.fullmatch(self.text)) else ""

    @property
    def is_term(self) -> bool:
        """Whether it is a term to search for, not a filter."""
        return not self.minus and self.field not in _FILTERS and bool(_LETTER.search(self.text))

    @property
    def term(self) -> Term:
        return Term(self.text, self.prefix, _SCOPES.get(self.field, Scope.ANYWHERE), self.quoted)


def parse(text: str) -> Query:
    """Return the query in `text`. There are no syntax errors: what is not understood is searched for as text.

    All words must occur. `"A phrase"`, `prefix*`, `-without`, `a OR b` (binds tighter than a space), `a NEAR b`,
    `a NEAR/5 b`; `title:`, `said:`, `story:` before a word or phrase; `show:`, `reporter:`, `since:`, `until:`,
    `year:`, `date:` as filters. Operators are upper-case; an operator without operands is text.

    Raises UsageError if there is nothing to search for, a filter has two values, or the query is too long.
    """
    if len(text) > MAX_QUERY:
        raise UsageError(f"the query is {len(text)} characters long", f"Use at most {MAX_QUERY}.")
    tokens = list(_tokens(text))
    filters = _filters(tokens)
    wanted, unwanted = _nodes([token for token in tokens if not _is_filter(token)])
    wanted = _with_names(_with_numbers(wanted))
    if not wanted and not filters:
        if unwanted:
            raise UsageError("the query only excludes words", "Add a word to search for.")
        raise UsageError("the query has no word in it", 'Give one or more words, or a "phrase in quotes".')
    return Query(_joined(wanted), tuple(unwanted), **filters)


def format_query(query: Query) -> str:
    """Return `query` as a person would type it: `parse(written(query)) == query`."""
    parts = [] if query.wanted is None else [_written(query.wanted)]
    parts += [f"-{_written(node)}" for node in query.unwanted]
    parts += [f'{name}:"{value}"' for name, value in (("show", query.show), ("reporter", query.reporter)) if value]
    parts += [f"{name}:{value}" for name, value in (("since", query.since), ("until", query.until)) if value]
    return " ".join(parts)


def _written(node: Node) -> str:
    match node:
        case Term(text, prefix, scope, exact):
            # A word that would be parsed as something else without quotes is quoted.
            bare = not re.search(rf"[\s()\[\]{{}}:*{_DASHES}]", text) and text not in _OPERATORS and "NEAR" not in text
            word = text if bare and not exact else f'"{text}"'
            return f"{'' if scope == Scope.ANYWHERE else f'{scope}:'}{word}{'*' if prefix else ''}"
        case Near(terms, distance):
            return f" NEAR/{distance} ".join(_written(term) for term in terms)
        case AnyOf(parts):
            return " OR ".join(_written(part) for part in parts)
        case AllOf(parts):
            return " ".join(_written(part) for part in parts)


def hints(text: str) -> Iterator[str]:
    """Yield hints about words of `text` that look like fields or dates but were searched for as text."""
    for token in _tokens(text):
        name, colon, value = token.text.partition(":")
        name = name.lstrip("-").lower()
        if token.quoted or token.field or not colon or not name.isalpha():
            continue
        if not value and name in _FILTERS | set(_SCOPES):
            yield f"{name}: was searched for as a word. Write it without a space after it: {name}:WORD"
        elif name in _FILTERS and token.text.startswith("-"):
            yield f"{token.text} was searched for as text: only words can be excluded."
        elif name in _FILTERS:
            yield f"{token.text} was searched for as text. Dates are written 2024, 2024-10 or 2024-10-22."


def _with_numbers(parts: Sequence[Node]) -> list[Node]:
    """Return `parts` with the words of each number joined into one phrase, as in `$5 million`."""
    found: list[Node] = []
    at = 0
    while at < len(parts):
        run = [part for part in parts[at : at + NUMBER_WORDS] if isinstance(part, Term)]
        length = max((n for n in range(2, len(run) + 1) if _is_number(run[:n], parts[at : at + n])), default=1)
        if length > 1:
            found.append(Term(" ".join(term.text for term in run[:length]), scope=run[0].scope))
        else:
            found.append(parts[at])
        at += length
    return found


def _with_names(parts: Sequence[Node]) -> list[Node]:
    """Return `parts`, each word with what stands for it beside its neighbours."""
    found: list[Node] = []
    for scope, run in groupby(parts, lambda part: part.scope if _is_bare(part) else None):
        nodes = list(run)
        if scope is None:
            found += nodes
            continue
        terms = [node for node in nodes if isinstance(node, Term)]
        others = beside([term.text for term in terms])
        found += (replace(term, also=also) if also else term for term, also in zip(terms, others, strict=True))
    return found


def _is_bare(part: Node) -> TypeGuard[Term]:
    return isinstance(part, Term) and not part.prefix and not part.exact


def _is_number(terms: Sequence[Term], parts: Sequence[Node]) -> bool:
    together = terms == parts and len({term.scope for term in terms}) == 1
    return (
        together
        and not any(term.prefix or " " in term.text for term in terms)
        and is_number(" ".join(term.text for term in terms))
    )


def _joined(parts: Sequence[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _clean(text: str) -> str:
    """Remove quotes, control characters and surrogates, which texts do not contain."""
    kept = "".join(" " if c in _QUOTES or unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    return " ".join(kept.split())


def _tokens(text: str) -> Iterator[_QueryToken]:
    whole = unicodedata.normalize("NFC", text)
    at = _end(_BETWEEN.match(whole))
    while at < len(whole):
        match = _TOKEN.match(whole, at)
        if match is None:  # pragma: no cover - a word is anything but space
            return
        word = match["word"]
        prefix = bool(match["star"]) if word is None else word.endswith("*")
        cleaned = _clean(match["phrase"] if word is None else word.rstrip("*"))
        token = _QueryToken(cleaned, word is None, prefix, bool(match["minus"]), (match["field"] or "").lower())
        if token.field in _FILTERS and not _is_filter(token):
            token = _QueryToken(_clean(match[0]), False, False, False, "")
        if _LETTER.search(token.text):
            yield token
        at = _end(_BETWEEN.match(whole, match.end()))


def _end(match: "re.Match[str] | None") -> int:
    assert match is not None  # noqa: S101 - what it matches may be empty
    return match.end()


def _is_filter(token: _QueryToken) -> bool:
    if token.field not in _FILTERS or token.minus:
        return False
    return token.field in {"show", "reporter"} or _period(token.field, token.text) is not None


def _nodes(tokens: Sequence[_QueryToken]) -> tuple[list[Node], list[Node]]:
    """Return the wanted and the unwanted nodes."""
    wanted: list[Node] = []
    unwanted: list[Node] = []
    at, after_term = 0, False
    while at < len(tokens):
        token = tokens[at]
        on_term = at + 1 < len(tokens) and tokens[at + 1].is_term and not tokens[at + 1].operator
        if token.operator == "NOT" and on_term:
            unwanted.append(tokens[at + 1].term)
            at, after_term = at + 2, False
        elif token.minus:
            unwanted.append(token.term)
            at, after_term = at + 1, False
        elif token.operator == "AND" and on_term and after_term:
            at, after_term = at + 1, False
        elif token.operator == "OR" and on_term and after_term:
            node, at = _unit(tokens, at + 1)
            before = wanted.pop()
            wanted.append(AnyOf((*(before.parts if isinstance(before, AnyOf) else (before,)), node)))
        else:
            node, at = _unit(tokens, at)
            wanted.append(node)
            after_term = True
    return wanted, unwanted


def _unit(tokens: Sequence[_QueryToken], at: int) -> tuple[Node, int]:
    """Return the term at `at`, with the terms that `NEAR` joins to it, and the index after them."""
    terms, distance = [tokens[at].term], 0
    at += 1
    while at + 1 < len(tokens):
        near, following = _NEAR.fullmatch(tokens[at].operator), tokens[at + 1]
        if near is None or not following.is_term or following.operator or following.term.scope != terms[0].scope:
            break
        terms.append(following.term)
        distance = max(distance, int(near[1] or NEAR_WORDS))
        at += 2
    return (terms[0] if len(terms) == 1 else Near(tuple(terms), distance)), at


def _filters(tokens: Sequence[_QueryToken]) -> dict[str, str]:
    """Return the values of the filters, by the names of `Query`'s fields."""
    found: dict[str, str] = {}
    for token in tokens:
        if not _is_filter(token):
            continue
        if token.field in {"show", "reporter"}:
            if found.setdefault(token.field, token.text) != token.text:
                raise UsageError(f"{token.field}: is given twice", "Give one, or none to search all.")
            continue
        first, last = _period(token.field, token.text) or ("", "")
        if token.field != "until":
            found["since"] = max(found.get("since", first), first)
        if token.field != "since":
            found["until"] = min(found.get("until", last), last)
    return found


def _period(field: str, text: str) -> tuple[str, str] | None:
    """Return the first and last day of a date written 2024, 2024-10 or 2024-10-22, or of a range `2019..2021`."""
    begin, dots, end = text.partition("..")
    if field == "year":
        years = re.fullmatch(r"(\d{4})(?:(?:\.\.|[-–])(\d{4}))?", text)
        if years is None:
            return None
        begin, end = years[1], years[2] or years[1]
    elif not dots:
        end = begin
    first, last = date_range(begin), date_range(end)
    return (first[0], last[1]) if first and last else None


def date_range(text: str) -> tuple[str, str] | None:
    """Return the first and last day, in ISO 8601, of a year, month or day written 2024, 2024-10 or 2024-10-22."""
    match = re.fullmatch(r"(\d{4})(?:[-/](\d\d?)(?:[-/](\d\d?))?)?", text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        # The day before the first of the next month; at the end of the calendar there is no next month.
        last = first if day else (date(first.year, month or 12, 28) + timedelta(days=4)).replace(day=1) - timedelta(1)
    except (ValueError, OverflowError):
        return None
    return first.isoformat(), last.isoformat()
