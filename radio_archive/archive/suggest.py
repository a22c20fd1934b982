"""What to look for instead, when nothing was found: words of the archive that may have been meant or misheard."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from radio_archive.archive.archive import Archive
from radio_archive.archive.vocabulary import Vocabulary
from radio_archive.text.query import AllOf, AnyOf, Near, Node, Query, Scope, Term, written
from radio_archive.text.spelling import fold

MOST = 5
SECONDS = 0.4
"""How long is looked for better words, at most; what was found until then is told."""


def suggest(
    archive: Archive, query: Query, finds: Callable[[Query], bool], seconds: float = SECONDS
) -> tuple[str, ...]:
    """Return queries that find something, the likeliest first; empty where nothing comes to mind.

    `query` has found nothing; `finds` says whether another one does. The time that is spent on finding words is
    bounded, on archives of any size.
    """
    if query.wanted is None:
        return ()
    with archive.reading():
        vocabulary = Vocabulary(archive, seconds)
        terms = list(_terms(query.wanted))
        found: dict[str, None] = {}
        others = [replace(query, wanted=wanted) for wanted in _corrected(vocabulary, query.wanted, terms)]
        # The words may be there, and the filters leave nothing.
        others += [Query(query.wanted)]
        for asked in (query, *others[:1]):
            if asked.wanted is not None:
                loose = _loosened(asked.wanted, list(_terms(asked.wanted)))
                others += [replace(query, wanted=wanted) for wanted in loose]
        for other in others:
            text = written(other)
            if len(found) < MOST and other != query and text not in found and finds(other):
                found[text] = None
    return tuple(found)


def _terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case Near(terms):
            yield from terms
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _terms(part)


def _corrected(vocabulary: Vocabulary, wanted: Node, terms: list[Term]) -> Iterator[Node]:
    """Yield `wanted` with its unknown words replaced: first the best for each of them, then others."""
    better = {term: options for term in terms if (options := _options(vocabulary, term)) is not None}
    if better and all(better.values()):
        yield _replaced(wanted, {term: options[0] for term, options in better.items()})
    for one, two in _neighbours(wanted):
        if one in better or two in better:
            for text in vocabulary.close(fold(one.text) + fold(two.text), MOST):
                yield _joined(wanted, one, Term(text))
    for term, options in better.items():
        for option in options[1:]:
            others = {other: best[0] for other, best in better.items() if best}
            yield _replaced(wanted, {**others, term: option})
    kept = [term for term in terms if term not in better]
    if better and kept:
        yield kept[0] if len(kept) == 1 else AllOf(tuple(kept))


def _options(vocabulary: Vocabulary, term: Term) -> list[Term] | None:
    """Return what may be meant by a term; None where all of its words are known."""
    words = fold(term.text).split()
    unknown = [word for word in dict.fromkeys(words) if not vocabulary.knows(word)]
    if not unknown or term.prefix:
        return None
    close = {word: vocabulary.close(word, MOST) for word in unknown}
    if not all(close.values()):
        return []
    best = {word: options[0] for word, options in close.items()}
    choices = [best, *(best | {unknown[0]: option} for option in close[unknown[0]][1:])]
    texts = [" ".join(chosen.get(word, word) for word in words) for chosen in choices]
    return [Term(text, scope=term.scope) for text in texts]


def _neighbours(wanted: Node) -> Iterator[tuple[Term, Term]]:
    """Yield the plain words that stand next to each other."""
    parts = wanted.parts if isinstance(wanted, AllOf) else ()
    for one, two in pairwise(parts):
        if isinstance(one, Term) and isinstance(two, Term):
            yield one, two


def _joined(wanted: Node, one: Term, term: Term) -> Node:
    """Return `wanted` with `term` in place of `one` and of what follows it."""
    assert isinstance(wanted, AllOf)  # noqa: S101 - only there do words stand next to each other
    at = wanted.parts.index(one)
    parts = (*wanted.parts[:at], term, *wanted.parts[at + 2 :])
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _replaced(node: Node, by: Mapping[Term, Term]) -> Node:
    match node:
        case Term():
            return by.get(node, node)
        case Near(terms, distance):
            return Near(tuple(by.get(term, term) for term in terms), distance)
        case AllOf(parts):
            return AllOf(tuple(_replaced(part, by) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_replaced(part, by) for part in parts))


def _loosened(wanted: Node, terms: list[Term]) -> Iterator[Node]:
    """Yield what asks for less: a phrase as words, words anywhere, the beginnings of words, either of them."""
    words = tuple(Term(word, scope=term.scope) for term in terms for word in term.text.split())
    if len(words) > len(terms):
        yield AllOf(words)
    if any(term.scope != Scope.ANYWHERE for term in terms):
        yield _replaced(wanted, {term: replace(term, scope=Scope.ANYWHERE) for term in terms})
    longer = {term: replace(term, prefix=True) for term in terms if len(term.text) > 3 and " " not in term.text}
    if longer:
        yield _replaced(wanted, longer)
    if len(words) > 1:
        yield AnyOf(words[:8])
