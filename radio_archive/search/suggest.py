"""Suggests other queries when nothing was found: words of the archive that may have been meant or misheard."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise

from radio_archive.archive.archive import Archive
from radio_archive.search.places import clips_with
from radio_archive.search.results import Results
from radio_archive.search.vocabulary import Vocabulary
from radio_archive.text.highlight import terms
from radio_archive.text.query import AllOf, AnyOf, Node, Query, Scope, Term, format_query
from radio_archive.text.query_parser import changed
from radio_archive.text.similar import misheard_as
from radio_archive.text.spelling import fold
from radio_archive.text.stop_words import is_stop_word

MOST = 5
TRIED = 24
"""The most queries that are tried."""


def suggest(archive: Archive, query: Query, finds: Callable[[Query], bool], *, public: bool = False) -> tuple[str, ...]:
    """Return queries that find something, the most likely first; empty if there are none.

    `query` has found nothing; `finds` says whether another one does. With `public`, only words that everybody may see
    are known.
    """
    if query.wanted is None:
        return ()
    found: dict[str, str] = {}
    with archive.reading():
        vocabulary = Vocabulary(archive, public=public)
        for other in islice(_others(vocabulary, query), TRIED):
            text = format_query(other)
            # `"leilani wong"` and `leilani wong` are almost the same.
            if len(found) < MOST and other != query and fold(text) not in found and finds(other):
                found[fold(text)] = text
    return tuple(found.values())


def misheard_in(archive: Archive, query: str, found: Results) -> tuple[str, str] | None:
    """Return what was probably said wrongly in the archive, and the name in the query that it may stand for.

    For a search that found nothing, or something else in place of an unknown word; else there is None.
    """
    asked = [(one.typed, one.by) for one in found.replaced] or [(query, found.suggestions)]
    for name, others in asked:
        for said in misheard_as(name, others):
            # What only a title or a story has was not heard.
            if clips_with(archive, said, across=False):
                return said, name
    return None


def _others(vocabulary: Vocabulary, query: Query) -> Iterator[Query]:
    """Yield other queries, the most likely first."""
    assert query.wanted is not None  # noqa: S101 - filters alone have no words
    corrected = list(_corrected(vocabulary, query.wanted, list(terms(query.wanted))))
    yield from (replace(query, wanted=wanted) for wanted in corrected)
    # The words may exist, but not with these filters.
    yield Query(query.wanted)
    for wanted in (query.wanted, *corrected[:1]):
        for loose in _loosened(vocabulary, wanted, list(terms(wanted))):
            yield replace(query, wanted=loose)


def _corrected(vocabulary: Vocabulary, wanted: Node, asked: list[Term]) -> Iterator[Node]:
    """Yield `wanted` with its unknown words replaced: first by the best for each, then by others."""
    better = {term: options for term in asked if (options := _options(vocabulary, term)) is not None}
    if better and all(better.values()):
        yield _replaced(wanted, {term: options[0] for term, options in better.items()})
    for term, options in better.items():
        for option in options[1:]:
            others = {other: best[0] for other, best in better.items() if best}
            yield _replaced(wanted, {**others, term: option})
    for one, two in _neighbours(wanted):
        if one in better or two in better:
            for text in vocabulary.close(fold(one.text) + fold(two.text), MOST):
                yield _joined(wanted, one, Term(text, exact=" " in text))
    kept = [term for term in asked if term not in better]
    if better and kept:
        yield kept[0] if len(kept) == 1 else AllOf(tuple(kept))


def _options(vocabulary: Vocabulary, term: Term) -> list[Term] | None:
    """Return what a term may mean; None if all its words are known."""
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
    return [Term(text, scope=term.scope, exact=term.exact or " " in text) for text in texts]


def _neighbours(wanted: Node) -> Iterator[tuple[Term, Term]]:
    """Yield pairs of terms that are next to each other."""
    parts = wanted.parts if isinstance(wanted, AllOf) else ()
    for one, two in pairwise(parts):
        if isinstance(one, Term) and isinstance(two, Term):
            yield one, two


def _joined(wanted: Node, one: Term, term: Term) -> Node:
    """Return `wanted` with `term` in place of `one` and the term after it."""
    assert isinstance(wanted, AllOf)  # noqa: S101 - only there do words stand next to each other
    at = wanted.parts.index(one)
    parts = (*wanted.parts[:at], term, *wanted.parts[at + 2 :])
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _replaced(node: Node, by: Mapping[Term, Term]) -> Node:
    return changed(node, lambda term: by.get(term, term))


def _loosened(vocabulary: Vocabulary, wanted: Node, asked: list[Term]) -> Iterator[Node]:
    """Yield less strict queries: a phrase as words, words anywhere, unknown words as prefixes, any of some words."""
    words = tuple(Term(word, scope=term.scope) for term in asked for word in term.text.split())
    if len(words) > len(asked):
        yield AllOf(words)
    if any(term.scope != Scope.ANYWHERE for term in asked):
        yield _replaced(wanted, {term: replace(term, scope=Scope.ANYWHERE) for term in asked})
    unknown = {word for word in words if not all(map(vocabulary.knows, fold(word.text).split()))}
    longer = {term: replace(term, prefix=True) for term in unknown if len(term.text) > 3}
    if longer:
        yield _replaced(wanted, longer)
    known = tuple(word for word in words if word not in unknown and not is_stop_word(word))
    if len(known) > 1:
        yield AnyOf(known[:8])
