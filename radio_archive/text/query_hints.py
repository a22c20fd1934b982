"""Says which words of a query look like fields or times but were searched for as text."""

import difflib
import re
from collections.abc import Iterator
from datetime import date

from radio_archive.errors import UsageError
from radio_archive.text.highlight import terms
from radio_archive.text.periods import FORMS
from radio_archive.text.query import Scope, Term, parse
from radio_archive.text.query_tokens import DATES, FIELDS

_LOOKS_LIKE_FIELD = re.compile(r"([-−–]?)([A-Za-z]{3,12}|in):(.*)")
_SCHEMES = {"http", "https", "ftp", "file", "mailto", "urn"}
_OTHER_WORDS = {
    "author": "reporter", "byline": "reporter", "guest": "speaker", "person": "speaker", "people": "speaker",
    "lang": "language", "from": "since", "to": "until", "headline": "title", "text": "said", "program": "show",
    "programme": "show", "month": "date", "day": "date",
}  # fmt: skip
"""Names of fields elsewhere, and ours."""


def hints(text: str, today: date | None = None, *, public: bool = False) -> Iterator[str]:
    """Yield hints about words of the query `text` that look like fields but were searched for as text.

    Also, where only what is `public` is found, about what is not.
    """
    try:
        query = parse(text, today)
    except UsageError:
        return
    asked = [*terms(query.wanted), *(term for node in query.unwanted for term in terms(node))]
    if public and any(term.scope == Scope.HEARD for term in asked):
        yield "heard: finds only what was corrected: other transcripts are not public."
    yield from filter(None, map(_hint, dict.fromkeys(asked)))


def _hint(term: Term) -> str | None:
    match = _LOOKS_LIKE_FIELD.fullmatch(term.text)
    if match is None:
        return None
    minus, name, value = match[1], match[2].lower(), match[3]
    if not value:
        advice = f"Write it without a space after it: {name}:WORD"
        return f"{name}: was searched for as a word. {advice}" if name in FIELDS else None
    if minus and name in FIELDS:
        return f"{term.text} was searched for as text: only words can be excluded."
    if name in (*DATES, "in"):
        advice = "A year is written 2024, or 2019-2021." if name == "year" else f"Times are written: {FORMS}."
        return f"{term.text} was searched for as text. {advice}"
    # Text in quotes is meant as it is; web addresses, paths, times and ports are no fields.
    if term.exact or name in FIELDS or name in _SCHEMES or re.match(r"[/\\0-9]", value):
        return None
    close = [_OTHER_WORDS[name]] if name in _OTHER_WORDS else difflib.get_close_matches(name, FIELDS, 1, 0.7)
    meant = f"did you mean {close[0]}:?" if close else f"there are {', '.join(f'{field}:' for field in FIELDS)}"
    return f"There is no field {name}: ({meant}). {term.text} was searched for as text."
