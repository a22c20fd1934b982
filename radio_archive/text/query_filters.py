"""The filters of a query: names, times, and the text in which all its words are searched for."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from radio_archive.errors import UsageError
from radio_archive.text.periods import MONTHS, SEASONS, date_range
from radio_archive.text.query_tokens import DATES, NAMES, SCOPES, QueryToken
from radio_archive.text.query_tree import Node, Scope, Term

TIME_WORDS = 4
"""Words of a time, at most: `1st of March 2025`."""

_YEARS = re.compile(r"([0-9]{4})(?:(?:\.\.|[-–])([0-9]{4}))?")
_OPEN = re.compile(rf"({'|'.join((*DATES, 'in'))}):(.+)")
_BEGINS = re.compile(rf"(?:{'|'.join((*MONTHS, *SEASONS))}|this|last|past|[0-9]{{1,2}}(?:st|nd|rd|th)?)[.,]*")


class QueryFilters:
    """Collects the filters of one query. `values` are by the names of the fields of `Query`."""

    def __init__(self, today: date | None) -> None:
        self.values: dict[str, str] = {}
        self.scope: Scope | None = None
        self._today = today

    def taken_from(self, tokens: Sequence[QueryToken]) -> list[QueryToken]:
        """Return the other tokens. Raises UsageError if a filter has two values."""
        return [kept for token in tokens if (kept := self._rest(token))]

    def _rest(self, token: QueryToken) -> QueryToken | None:
        name, text = token.field, token.text
        if not name or name in SCOPES:
            return token
        if name in NAMES:
            self._set(name, text)
            return None
        if name == "in" and not token.quoted and text.lower() in SCOPES:
            scope, self.scope = self.scope, SCOPES[text.lower()]
            if scope not in {None, self.scope}:
                raise _twice("in")
            return None
        if self._takes_time(name, text):
            return None
        if name == "in" and (token.quoted or not _BEGINS.fullmatch(text.lower())):
            self._set("show", text)
            return None
        return QueryToken(f"{name}:{text}", token.quoted, token.prefix, token.sign)

    def _set(self, name: str, text: str) -> None:
        if self.values.setdefault(name, text) != text:
            raise _twice(name)

    def joined(self, parts: Sequence[Node]) -> list[Node]:
        """Return the parts of a query that are left if times such as `since:March 2025` are read without quotes."""
        left = list(parts)
        at = 0
        while at < len(left):
            length = self._words_of_time(left, at)
            if length:
                del left[at : at + length]
                # Without these words, an earlier field may have found its own.
                at = 0
            else:
                at += 1
        return left

    def _words_of_time(self, parts: Sequence[Node], at: int) -> int:
        first = parts[at]
        match = _OPEN.fullmatch(first.text) if isinstance(first, Term) and is_plain(first) else None
        if match is None or match[1] == "year":
            return 0
        others = plain_terms(parts[at + 1 : at + TIME_WORDS])
        for length in range(len(others), 0, -1):
            text = " ".join([match[2], *(term.text for term in others[:length])])
            if self._takes_time(match[1], text):
                return length + 1
        return 0

    def _takes_time(self, name: str, text: str) -> bool:
        span = _span(name, text, self._today)
        if span is None:
            return False
        since, until = span
        if since:
            self.values["since"] = max(self.values.get("since", since), since)
        if until:
            self.values["until"] = min(self.values.get("until", until), until)
        return True


def is_plain(term: Term) -> bool:
    """Whether it is one word without any mark."""
    return not (term.prefix or term.exact or " " in term.text) and term.scope == Scope.ANYWHERE


def plain_terms(parts: Sequence[Node]) -> list[Term]:
    """Return the plain words with which `parts` begins."""
    found: list[Term] = []
    for part in parts:
        if not isinstance(part, Term) or not is_plain(part):
            break
        found.append(part)
    return found


def _span(name: str, text: str, today: date | None) -> tuple[str | None, str | None] | None:
    """Return the first and last day that a field asks for. A range is written `2019..2021`."""
    begin, dots, end = text.partition("..")
    if name == "year":
        years = _YEARS.fullmatch(text)
        if years is None:
            return None
        begin, end = years[1], years[2] or years[1]
    elif not dots:
        end = begin
    first, last = date_range(begin, today), date_range(end, today)
    if first is None or last is None:
        return None
    try:
        match name:
            case "since":
                return first[0], None
            case "until":
                return None, last[1]
            case "after":
                return (date.fromisoformat(last[1]) + timedelta(1)).isoformat(), None
            case "before":
                return None, (date.fromisoformat(first[0]) - timedelta(1)).isoformat()
    except OverflowError:
        return None
    return first[0], last[1]


def _twice(name: str) -> UsageError:
    return UsageError(f"{name}: is given twice", "Give one, or none to search all.")
