"""What a person asks of the search, as a value: words, phrases, alternatives, exclusions, filters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from radio_archive.errors import UsageError

MAX_QUERY = 2_000
"""Characters."""


class Scope(StrEnum):
    """Where a term is looked for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    SAID = "said"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or a phrase, as typed, without operators. `prefix`: longer words match too."""

    text: str
    prefix: bool = False
    scope: Scope = Scope.ANYWHERE


@dataclass(frozen=True, slots=True)
class Near:
    """Terms at most `distance` words apart, in any order."""

    terms: tuple[Term, ...]
    distance: int = 10


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
    """A whole query. `wanted` is None where it holds filters only; dates are ISO 8601 and inclusive."""

    wanted: Node | None
    unwanted: tuple[Node, ...] = ()
    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None


def parse(text: str) -> Query:
    """Return what `text` asks for. Nothing is a syntax error.

    Raises UsageError where there is nothing to look for, and for a query that is too long.
    """
    if len(text) > MAX_QUERY:
        raise UsageError(f"the query is {len(text)} characters long", f"Use at most {MAX_QUERY}.")
    terms = tuple(_terms(text))
    if not terms:
        raise UsageError("the query has no word in it", 'Give one or more words, or a "phrase in quotes".')
    return Query(terms[0] if len(terms) == 1 else AllOf(terms))


def _terms(query: str) -> Iterator[Term]:
    for phrase, word in re.findall(r'["“”]([^"“”]*)["“”]?|([^\s"“”]+)', query):
        text = phrase or word
        if re.search(r"[^\W_]", text):
            yield Term(text.rstrip("*"), prefix=word.endswith("*"))
