"""Writes a query as a person would type it."""

import re

from radio_archive.text.query_tokens import DATES, QueryToken, tokens
from radio_archive.text.query_tree import Aired, AllOf, AnyOf, Near, Node, Query, Scope, Term, Without

_NO_SIGN = re.compile(rf"[-−–+]|(?i:{'|'.join((*DATES, 'in'))}):")


def format_query(query: Query) -> str:
    """Return `query` as a person would type it: `parse(format_query(query)) == query`."""
    parts = [] if query.wanted is None else [_written(query.wanted)]
    parts += map(_excluded, query.unwanted)
    for name in ("show", "reporter", "host", "speaker", "language"):
        if value := getattr(query, name):
            parts.append(f'{name}:"{value}"')
    parts += [f"{name}:{value}" for name, value in (("since", query.since), ("until", query.until)) if value]
    return " ".join(parts)


def _written(node: Node) -> str:
    match node:
        case Term():
            return _term(node)
        case Aired(text):
            return text
        case Near(terms, distance):
            return f" NEAR/{distance} ".join(_term(term) for term in terms)
        case AnyOf(parts):
            return " OR ".join(map(_unit, parts))
        case AllOf(parts):
            inside = (AnyOf, Without)
            return " ".join(f"({_written(part)})" if isinstance(part, inside) else _written(part) for part in parts)
        case Without(wanted, unwanted):
            return " ".join([_written(wanted), *map(_excluded, unwanted)])


def _unit(node: Node) -> str:
    """Return what an operator takes as one: a word, a phrase, words that NEAR joins, or brackets."""
    text = _written(node)
    several = isinstance(node, AllOf | AnyOf | Without | Term | Aired) and len(tokens(text)) > 1
    return f"({text})" if several else text


def _excluded(node: Node) -> str:
    text = f"({_written(node)})" if isinstance(node, Near) else _unit(node)
    return f"NOT {text}" if _NO_SIGN.match(text) else f"-{text}"


def _as_text(token: QueryToken) -> tuple[str, bool, str] | None:
    """Return the word, prefix and scope of a token that is text; a time that is none is text, too."""
    if token.quoted or token.sign or token.bracket or token.operator:
        return None
    if token.field in (*DATES, "in"):
        return f"{token.field}:{token.text}", token.prefix, ""
    return token.text, token.prefix, token.field


def _term(term: Term) -> str:
    """Return a term; one that would be read as something else is quoted."""
    scope = "" if term.scope == Scope.ANYWHERE else str(term.scope)
    field, star = f"{scope}:" if scope else "", "*" if term.prefix else ""
    if not term.exact:
        # The words of a number are one term, although they were typed without quotes.
        words = term.text.split(" ")
        written = [f"{field}{word}{star}" for word in words]
        if [_as_text(token) for token in tokens(" ".join(written))] == [(word, term.prefix, scope) for word in words]:
            return " ".join(written)
    return f'{field}"{term.text}"{star}'


def exactly(text: str, words: str) -> str:
    """Return a query with some of its words in quotes, so that they are searched for as they are.

    Spaces may differ; what is in quotes, excluded or in a field stays.
    """
    wanted = r"\s+".join(map(re.escape, words.split()))
    found = rf"""(["“„][^"“”]*["“”])|(?<![\w:+−–-]){wanted}(?![\w*-])"""
    return re.sub(found, lambda match: match[0] if match[1] else f'"{match[0]}"', text)
