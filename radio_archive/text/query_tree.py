"""What a search query consists of: words, phrases, alternatives, exclusions, times and filters."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

NEAR_WORDS = 10
"""Words between two terms of NEAR, if the query gives no distance."""


class Scope(StrEnum):
    """The texts in which a term is searched for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    SAID = "said"
    STORY = "story"
    HEARD = "heard"
    """What was heard and is not the current text: of other transcripts, and before corrections."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as typed, without operators. `prefix`: longer words match too.

    `exact`: it was quoted or has a plus sign, so it must occur as it is; other words of a query may be stemmed,
    replaced or left out.
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


@dataclass(frozen=True, slots=True)
class Without:
    """Clips with `wanted` and with none of `unwanted`: an exclusion that holds in one pair of brackets."""

    wanted: "Node"
    unwanted: "tuple[Node, ...]"


TIME_WORDS = 4
"""Words of a time, at most: `1st of March 2025`."""


@dataclass(frozen=True, slots=True)
class Aired:
    """Words that name a time beside other words: found where they occur, or if the clip aired then.

    The days are ISO 8601 and inclusive.
    """

    text: str
    since: str
    until: str

    @property
    def words(self) -> tuple[Term, ...]:
        return tuple(map(Term, self.text.split()))


Node: TypeAlias = Term | Near | AllOf | AnyOf | Without | Aired


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `wanted` is None if it has only filters; dates are ISO 8601 and inclusive."""

    wanted: Node | None
    unwanted: tuple[Node, ...] = ()
    show: str | None = None
    reporter: str | None = None
    since: str | None = None
    until: str | None = None
    host: str | None = None
    speaker: str | None = None
    """Anybody who is credited, in any role."""
    language: str | None = None
    """A code or an English name, as typed."""
