"""Queries as plain data, in the form in which `publish/assets/query.js` gives them too, and strategies for queries."""

from datetime import date

from hypothesis import strategies as st

from radio_archive.errors import UsageError
from radio_archive.text.query import Aired, AllOf, AnyOf, Near, Node, Scope, Term, Without, parse

TODAY = date(2026, 11, 28)
"""A Saturday."""
FILTERS = ("show", "reporter", "since", "until", "host", "speaker", "language")

PIECES = st.sampled_from(
    'a cable OR AND NOT NEAR NEAR/3 ( ) (( - + -( " “ ” ‘ ’ ‚ title: in: in:title since: since:1 date: show:x show: '
    "speakr:z march 2025 2023 november 1 of last week five million * , [x] -show:y − -- ʻ Hawai‘i ‘Aiea schools’ "
    '501(c)(3) f(x host:"a 12:30 year:x \0 \ufeff e\u0301 \u0338 in:last *) OR( NOT(a) 3/1/2025 spring 2019..2021 '
    "after:2024 before:yesterday $3 twenty-one hundred percent half".split(" ")
)
QUERIES = (
    st.text('ab"“‘’*-+(): ORANDNEAR/3title:year:2024show', max_size=60)
    | st.lists(PIECES, max_size=14).map(" ".join)
    | st.lists(PIECES, max_size=14).map("".join)
)
"""Text with everything that the language knows, in any order."""


def tree(text: str) -> dict[str, object]:
    """Return the query in `text`, or its error; what is empty is left out."""
    try:
        query = parse(text, TODAY)
    except UsageError as error:
        return {"error": error.problem}
    wanted = None if query.wanted is None else plain(query.wanted)
    found = {"wanted": wanted, "unwanted": [plain(node) for node in query.unwanted]}
    return {name: value for name, value in (found | {name: getattr(query, name) for name in FILTERS}).items() if value}


def plain(node: Node) -> dict[str, object]:
    """Return a node as plain data."""
    match node:
        case Term(text, prefix, scope, exact):
            marks = {"prefix": prefix, "scope": scope != Scope.ANYWHERE and str(scope), "exact": exact}
            return {"term": text} | {name: value for name, value in marks.items() if value}
        case Near(terms, distance):
            return {"near": [plain(term) for term in terms], "distance": distance}
        case AllOf(parts):
            return {"all": [plain(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [plain(part) for part in parts]}
        case Without(wanted, unwanted):
            return {"without": plain(wanted), "unwanted": [plain(part) for part in unwanted]}
        case Aired(text, since, until):
            return {"aired": text, "since": since, "until": until}
