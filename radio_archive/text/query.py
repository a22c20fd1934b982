"""Parse a search query into words, phrases, alternatives, exclusions, times and filters."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TypeGuard

from radio_archive.errors import UsageError
from radio_archive.text.abbreviations import beside
from radio_archive.text.numbers import is_number
from radio_archive.text.periods import written_range
from radio_archive.text.query_filters import QueryFilters, plain_terms
from radio_archive.text.query_format import format_query
from radio_archive.text.query_parser import all_of, grouped
from radio_archive.text.query_tokens import tokens
from radio_archive.text.query_tree import (
    NEAR_WORDS,
    TIME_WORDS,
    Aired,
    AllOf,
    AnyOf,
    Near,
    Node,
    Query,
    Scope,
    Term,
    Without,
)

__all__ = [
    "MAX_QUERY",
    "NEAR_WORDS",
    "Aired",
    "AllOf",
    "AnyOf",
    "Near",
    "Node",
    "Query",
    "Scope",
    "Term",
    "Without",
    "format_query",
    "parse",
]

MAX_QUERY = 2_000
"""Characters."""
NUMBER_WORDS = 6
"""Words of one number typed without quotes, at most."""


def parse(text: str, today: date | None = None) -> Query:
    """Return the query in `text`. There are no syntax errors: what is not understood is searched for as text.

    All words are wanted; a ranked list may let a clip lack some, see `search.plan`. `"A phrase"` and `+word` as typed,
    `prefix*`, `-without`, `a OR b` (binds tighter than a space), `(a b) OR c`, `a NEAR b`, `a NEAR/5 b`; `title:`,
    `said:`, `story:`, `heard:` before a word, phrase or brackets, `in:title` for all words; `show:`, `reporter:`,
    `host:`, `speaker:`, `language:`, `in:` with a name, and `since:`, `until:`, `after:`, `before:`, `date:`, `year:`,
    `in:` with a time, as filters. `November 2022` beside other words is a time, too. Operators are upper-case; an
    operator without operands is text. An exclusion holds in its brackets: `a OR NOT b` is the same as `a NOT b`.

    The words of a number become one term. `today` is for times such as `last week`; it is the present day by default.

    Raises UsageError if there is nothing to search for, a filter has two values, or the query is too long.
    """
    if len(text) > MAX_QUERY:
        raise UsageError(f"the query is {len(text)} characters long", f"Use at most {MAX_QUERY}.")
    filters = QueryFilters(today)
    whole = grouped(filters.taken_from(tokens(text)))
    whole.wanted = filters.joined(whole.wanted)
    if filters.scope is not None:
        whole = whole.within(filters.scope)
    if not whole.wanted and not filters.values:
        if whole.unwanted:
            raise UsageError("the query only excludes words", "Add a word to search for.")
        raise UsageError("the query has no word in it", 'Give one or more words, or a "phrase in quotes".')
    wanted = _with_names(_joined(whole.wanted, beside=bool(filters.values)))
    unwanted = tuple(_joined_inside(node, beside=False, times=False) for node in whole.unwanted)
    return Query(all_of(wanted), unwanted, **filters.values)


def _joined(parts: Sequence[Node], *, beside: bool, times: bool = True) -> list[Node]:
    """Return `parts` with the words of each time and number joined.

    `beside`: there are other words, or filters. Without them, what names a time is searched for as words.
    """
    runs = list(_runs(parts, times=times))
    others = [times and not _is_time(run) for run in runs]
    if times and not beside and not any(others):
        return _joined(parts, beside=False, times=False)
    return [
        _joined_inside(run, beside=beside or sum(others) > is_other, times=times)
        for run, is_other in zip(runs, others, strict=True)
    ]


def _joined_inside(node: Node, *, beside: bool, times: bool) -> Node:
    """Return `node` with the same done in its brackets."""
    match node:
        case AllOf(parts):
            return all_of(_joined(parts, beside=beside, times=times)) or node
        case AnyOf(parts):
            return AnyOf(tuple(_alternative(part, beside=beside, times=times) for part in parts))
        case Without(wanted, unwanted):
            kept = _alternative(wanted, beside=beside, times=times)
            return Without(kept, tuple(_joined_inside(part, beside=False, times=False) for part in unwanted))
    return node


def _alternative(node: Node, *, beside: bool, times: bool) -> Node:
    parts = node.parts if isinstance(node, AllOf) else (node,)
    return all_of(_joined(parts, beside=beside, times=times)) or node


def _runs(parts: Sequence[Node], *, times: bool) -> Iterator[Node]:
    at = 0
    while at < len(parts):
        aired = _time(parts, at) if times else None
        length = len(aired.words) if aired else _words_of_number(parts, at)
        some = parts[at : at + length]
        yield aired or (_together(some) if length > 1 else parts[at])
        at += length


def _is_time(node: Node) -> bool:
    match node:
        case Aired():
            return True
        case Term():
            return _time([node], 0) is not None
        case AllOf(parts):
            return all(map(_is_time, _runs(parts, times=True)))
        case AnyOf(parts):
            return all(map(_is_time, parts))
    return False


def _words_of_number(parts: Sequence[Node], at: int) -> int:
    """Return how many words the number at `at` has, as in `$5 million`; 1 if there is none."""
    run: list[Term] = []
    for part in parts[at : at + NUMBER_WORDS]:
        if not isinstance(part, Term) or part.prefix or part.exact or (run and part.scope != run[0].scope):
            break
        run.append(part)
    lengths = range(len(run), 1, -1)
    return next((n for n in lengths if is_number(" ".join(term.text for term in run[:n]))), 1)


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


def _together(parts: Sequence[Node]) -> Term:
    terms = [part for part in parts if isinstance(part, Term)]
    return Term(" ".join(term.text for term in terms), scope=terms[0].scope)


def _time(parts: Sequence[Node], at: int) -> Aired | None:
    """Return the longest time that begins at `at`."""
    words = [term.text for term in plain_terms(parts[at : at + TIME_WORDS])]
    for length in range(len(words), 0, -1):
        text = " ".join(words[:length])
        if span := written_range(text):
            return Aired(text, *span)
    return None
