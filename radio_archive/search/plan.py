"""How a query is searched for: which words count, what stands in for an unknown one, which parts a clip must have."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

from radio_archive.search.results import Match, Replacement
from radio_archive.text.highlight import terms
from radio_archive.text.query import AllOf, AnyOf, Node, Query, Scope, Term
from radio_archive.text.query_parser import all_of
from radio_archive.text.spelling import fold
from radio_archive.text.stop_words import STOP_WORDS, without_stop_words

if TYPE_CHECKING:
    from radio_archive.search.vocabulary import Vocabulary

_MARKS = ".,;:!?¿¡…"
REPLACED = (0.8, 0.6)
"""How much a match counts with the closest and the second closest word in place of an unknown one."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a query that a clip has or lacks: a word, a number, a phrase, a group.

    `meant` is what is searched for, with how much a match of each counts; it differs from `asked` for an unknown word.
    A clip without a `hard` unit is not found.
    """

    asked: Node
    meant: tuple[tuple[Node, float], ...]
    hard: bool
    is_name: bool = False
    """Whether it was typed with a capital, and other words of the query were not."""

    @property
    def node(self) -> Node:
        nodes = [node for node, _ in self.meant]
        return nodes[0] if len(nodes) == 1 else AnyOf(tuple(nodes))

    @property
    def text(self) -> str:
        """The words as typed, for a message."""
        return " ".join(term.text.strip(_MARKS) for term in terms(self.asked))


@dataclass(frozen=True, slots=True)
class Plan:
    """A query without its stop words, and with unknown words replaced."""

    query: Query
    units: tuple[Unit, ...]
    replaced: tuple[Replacement, ...] = ()

    def exact_where(self, is_frequent: Callable[[Node], bool]) -> Query | None:
        """Return the query with its frequent words as they are, without other forms; None if there are none."""
        nodes = [unit.node for unit in self.units]
        exact = [replace(node, exact=True) if is_soft(node) and is_frequent(node) else node for node in nodes]
        return replace(self.query, wanted=all_of(exact)) if exact != nodes else None


def strict(query: Query) -> Query:
    """Return what clips with all words of a query must match: it without its stop words."""
    parts = parts_of(query)
    return replace(query, wanted=all_of(parts)) if parts else query


def narrowed(query: Query, match: Match) -> Query:
    """Return what every clip that is found must match, where those with only some words are not listed separately."""
    return any_word(query) if match == "any" else strict(query)


def any_word(query: Query) -> Query:
    """Return what clips with any word of a query must match; what was quoted, grouped or given a field is required."""
    parts = parts_of(query)
    soft = tuple(part for part in parts if is_soft(part))
    if len(soft) < 2:
        return strict(query)
    return replace(query, wanted=all_of((*(part for part in parts if not is_soft(part)), AnyOf(soft))))


def parts_of(query: Query) -> tuple[Node, ...]:
    """Return the parts of a query that a clip should have, without stop words."""
    if query.wanted is None:
        return ()
    return without_stop_words(query.wanted.parts if isinstance(query.wanted, AllOf) else (query.wanted,))


def is_soft(node: Node) -> TypeGuard[Term]:
    """Whether a clip may lack a part of a query: a bare word or number."""
    return isinstance(node, Term) and not node.exact and not node.prefix and node.scope == Scope.ANYWHERE


def plan(
    query: Query, knows: Callable[[Node], bool], finds: Callable[[Node], bool], vocabulary: "Callable[[], Vocabulary]"
) -> Plan:
    """Plan a search; `knows` says whether a part of the query occurs in any clip that may be seen.

    Only what `finds` finds under the filters takes the place of a word: no word of a hidden clip is shown.
    """
    units: list[Unit] = []
    replaced: list[Replacement] = []
    parts = parts_of(query)
    unknown = {part for part in parts if is_soft(part) and not knows(part)}
    names = {part for part in parts if _is_capitalized(part)}
    if all(part in names for part in parts if is_soft(part)):
        names = set()
    at = 0
    while at < len(parts):
        part, pair = parts[at], parts[at : at + 2]
        options = [] if unknown.isdisjoint(pair) else _joined(pair, vocabulary())
        taken = 2 if options else 1
        if not options and is_soft(part) and part in unknown:
            options = list(_options(part, vocabulary()))
        options = [option for option in options if finds(option)]
        asked = all_of(parts[at : at + taken])
        assert asked is not None  # noqa: S101 - at least one part
        meant = tuple(zip(options, REPLACED, strict=False)) or ((asked, 1.0),)
        units.append(Unit(asked, meant, hard=not is_soft(part), is_name=part in names))
        if options:
            by = tuple(" ".join(term.text for term in terms(option)) for option, _ in meant)
            replaced.append(Replacement(units[-1].text, by))
        at += taken
    return Plan(replace(query, wanted=all_of([unit.node for unit in units])), tuple(units), tuple(replaced))


def _is_capitalized(node: Node) -> bool:
    return is_soft(node) and any(term.text[:1].isupper() for term in terms(node))


def _joined(pair: Sequence[Node], vocabulary: "Vocabulary") -> list[Term]:
    """Return the word that two neighbours are if they are written as one."""
    if len(pair) < 2 or not all(is_soft(part) for part in pair):
        return []
    together = "".join(fold(term.text) for part in pair for term in terms(part)).replace(" ", "")
    return [Term(together)] if vocabulary.knows(together) else []


def _options(term: Term, vocabulary: "Vocabulary") -> Iterator[Term]:
    words = fold(term.text).split()
    unknown = [word for word in dict.fromkeys(words) if not vocabulary.knows(word)]
    if any(word.upper() in term.text for word in unknown):
        return  # an abbreviation
    close = {word: _surely(word, vocabulary) for word in unknown}
    if not unknown or not all(close.values()):
        return
    for turn in range(len(REPLACED)):
        if turn and len(close[unknown[0]]) <= turn:
            return
        chosen = {word: options[turn if word == unknown[0] else 0] for word, options in close.items()}
        yield Term(" ".join(chosen.get(word, word) for word in words))


def _surely(word: str, vocabulary: "Vocabulary") -> list[str]:
    """Return the words that are surely meant by an unknown one, or else the two that it was taken for."""
    # Most queries have no unknown word.
    from radio_archive.text import similar

    for apart in (False, True):
        close = vocabulary.close(word, len(REPLACED), apart=apart)
        if found := [other for other in close if similar.is_surely(word, other) and _names(other)]:
            return found
    return []


def _names(words: str) -> bool:
    """Whether none of two words that stand for one is a stop word: a *therapist* is not *the rapist*."""
    return " " not in words or STOP_WORDS.isdisjoint(words.split())
