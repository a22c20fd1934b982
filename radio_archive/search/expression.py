"""Turns a query into FTS5 expressions, one for each place where text is searched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product

from radio_archive.archive.filters import Filters
from radio_archive.search.results import Where
from radio_archive.text.abbreviations import COUNTRY
from radio_archive.text.highlight import term_spellings, terms
from radio_archive.text.query import Aired, AllOf, AnyOf, Near, Node, Query, Scope, Term, Without

PLACES = (Where.SPEECH, Where.TITLE, Where.STORY, Where.NAME, Where.VERSION)
_PLACES_OF: Mapping[Scope, frozenset[Where]] = {
    Scope.ANYWHERE: frozenset(PLACES) - {Where.VERSION},
    Scope.TITLE: frozenset({Where.TITLE}),
    Scope.SAID: frozenset({Where.SPEECH}),
    Scope.STORY: frozenset({Where.STORY}),
    Scope.HEARD: frozenset({Where.SPEECH, Where.VERSION}),
}
_COLUMNS: Mapping[Where, tuple[str, ...]] = {
    Where.SPEECH: ("text", "heard", "variants"),
    Where.TITLE: ("title", "summary", "variants"),
    Where.STORY: ("headline", "body", "caption", "variants"),
    Where.VERSION: ("text",),
}
"""The columns of each place's index, beside `forms` and what is no text; names have no other columns."""
_NEARNESSES = 64
"""The most combinations of spellings for terms that must be near each other."""


def expression(node: Node, where: Where, *, forms: bool = True, heard: bool = True) -> str | None:
    """Return the FTS5 expression for `node` in one place, with its columns; None if no text there can match.

    All text that a person typed is quoted, so that none of it is an operator. With `forms`, stems, abbreviations and
    other forms of words are asked for too. Without `heard`, words that were corrected since are not. Of `Aired`, it has
    only the words; and a text without the unwanted words of a `Without` may belong to a clip that has them elsewhere.
    """
    # Names have no other forms: nobody is called by a stem.
    forms = forms and where in _COLUMNS and where != Where.VERSION
    found = _expression(node, where, forms=forms)
    if found is None or where not in _COLUMNS:
        return found
    columns = " ".join(name for name in (*_COLUMNS[where], *["forms"] * forms) if heard or name != "heard")
    # Column filters intersect, so that none may stand around another.
    return f"({{{columns}}} : {found})"


def _expression(node: Node, where: Where, *, forms: bool) -> str | None:
    match node:
        case Term():
            if where not in _PLACES_OF[node.scope]:
                return None
            if node.scope == Scope.HEARD:
                # What was heard is asked for as it was written.
                return _where_corrected(_name(node), where)
            # Only the column `forms` tells US from *us*, and names have none.
            return _term(node, forms=forms) if where in _COLUMNS else _name(node)
        case Near(terms, distance):
            if not all(where in _PLACES_OF[term.scope] for term in terms):
                return None
            near = _near(terms, distance)
            return _where_corrected(near, where) if terms[0].scope == Scope.HEARD else near
        case AllOf(parts):
            found = [_expression(part, where, forms=forms) for part in parts if says_something(part)]
            return _joined(" AND ", found) if found and None not in found else None
        case AnyOf(parts):
            return _joined(" OR ", [_expression(part, where, forms=forms) for part in parts])
        case Without(wanted, unwanted):
            found = [_expression(part, where, forms=forms) for part in (wanted, *unwanted)]
            return _except(found[0], found[1:])
        case Aired():
            return _expression(AllOf(node.words), where, forms=forms)


def _where_corrected(found: str | None, where: Where) -> str | None:
    """Return what asks for words that were heard: in what is said only where they were corrected."""
    return f"(heard : {found})" if found and where == Where.SPEECH else found


def terms_in(node: Node | None, where: Where) -> list[Term]:
    """Return the terms of a query that are searched for in one place."""
    return [term for term in terms(node) if where in _PLACES_OF[term.scope]]


def within(query: Query, filters: Filters) -> Filters:
    """Combine `filters` with those in the query: its names take precedence, the narrower dates count."""
    return replace(
        filters,
        show=query.show or filters.show,
        reporter=query.reporter or filters.reporter,
        host=query.host or filters.host,
        speaker=query.speaker or filters.speaker,
        language=query.language or filters.language,
        since=max((day for day in (query.since, filters.since) if day), default=None),
        until=min((day for day in (query.until, filters.until) if day), default=None),
    )


def _term(term: Term, *, forms: bool) -> str | None:
    spelled = term_spellings(term)
    phrases = [_quoted(phrase, prefix=term.prefix) for phrase in spelled.phrases]
    if forms:
        phrases += [_quoted(phrase, prefix=False) for phrase in spelled.forms]
        phrases += [_quoted(phrase, prefix=True) for phrase in spelled.beginnings]
    return _joined(" OR ", phrases)


def _name(term: Term) -> str | None:
    return _joined(" OR ", [_quoted(phrase, prefix=term.prefix) for phrase in _in_text(term)])


def _in_text(term: Term) -> Sequence[str]:
    """Return the phrases for what is written in a text: `US`, which only the column `forms` tells from *us*."""
    phrases = term_spellings(term).phrases
    return (*phrases, "us") if COUNTRY[0] in phrases and term.text.isupper() and "." not in term.text else phrases


def _near(terms: Iterable[Term], distance: int) -> str | None:
    choices = [[_quoted(phrase, prefix=term.prefix) for phrase in _in_text(term)] for term in terms]
    nears = (f"NEAR({' '.join(chosen)}, {distance})" for chosen in product(*choices))
    return _joined(" OR ", list(islice(nears, _NEARNESSES)))


def _quoted(phrase: str, *, prefix: bool) -> str:
    return f'"{phrase}"{"*" if prefix else ""}'


def _joined(operator: str, parts: Iterable[str | None]) -> str | None:
    found = [part for part in parts if part]
    return found[0] if len(found) == 1 else f"({operator.join(found)})" if found else None


def _except(wanted: str | None, unwanted: Iterable[str | None]) -> str | None:
    without = _joined(" OR ", unwanted)
    return f"({wanted} NOT {without})" if wanted and without else wanted


def says_something(node: Node) -> bool:
    """Whether it contains a word; a term of punctuation only is ignored."""
    match node:
        case Term():
            return bool(term_spellings(node).phrases)
        case Near(terms):
            return all(map(says_something, terms))
        case AllOf(parts) | AnyOf(parts):
            return any(map(says_something, parts))
        case Without(wanted):
            return says_something(wanted)
        case Aired():
            return True
