"""Reads and writes glossaries: CSV for spreadsheets, JSON for programs."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from radio_archive.errors import UsageError
from radio_archive.formats.files import read_text
from radio_archive.models import Term, TermKind, clean_text

COLUMNS = ("term", "kind", "heard", "show", "note")
"""The columns in CSV, of which only the first is needed, and the keys in JSON. In CSV, `;` separates what is heard."""
_GUARDED = ("'=", "'+", "'-", "'@")
"""How a cell begins that was guarded from being taken for a formula."""


def read_terms(path: Path) -> list[Term]:
    """Read a .csv file with a header, or a .json file with a list of objects. Raises UsageError, with the place."""
    text = read_text(path)
    rows = _json(path, text) if path.suffix.lower() == ".json" else _csv(path, text)
    terms = [_term(f"{path}, {where}", row) for where, row in rows]
    if not terms:
        raise UsageError(f"there is no term in {path}", "Write a line with the names of the columns, then the terms.")
    return terms


def csv_row(term: Term) -> list[str]:
    """Return the cells of a term in CSV."""
    return [term.term, term.kind.value, "; ".join(term.heard), term.show or "", term.note or ""]


def term_row(term: Term) -> dict[str, object]:
    """Return a term as data for JSON."""
    return {"term": term.term, "kind": term.kind.value, "heard": term.heard, "show": term.show, "note": term.note}


def _csv(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip().casefold() for name in reader.fieldnames or ()]
        if twice := [name for name in names if name and names.count(name) > 1]:
            raise UsageError(f"{path}, line 1: the column {twice[0]!r} is there twice", "Rename or delete one of them.")
        for row in reader:
            if None in row:
                problem = f"{path}, line {reader.line_num}: more values than the header has names"
                raise UsageError(problem, "Put values with commas between quotation marks.")
            values = {
                str(key).strip().casefold(): _plain(value) for key, value in row.items() if value and value.strip()
            }
            if values:
                heard = [part for part in str(values.get("heard", "")).split(";") if clean_text(part)]
                yield f"line {reader.line_num}", {**values, "heard": heard}
    except csv.Error as error:
        raise UsageError(f"{path}: {error}", "Save it as CSV, UTF-8, with commas.") from error


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith(_GUARDED) else cell


def _json(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}", "Correct that line.") from error
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UsageError(f"{path} is no list of objects", 'Write [{"term": "Hawaiʻi", "heard": ["Hawaii"]}].')
    for number, row in enumerate(found, 1):
        yield f"number {number}", row


def _term(where: str, row: Mapping[str, object]) -> Term:
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise UsageError(f"{where}: {unknown[0]!r} is not known", f"Known: {', '.join(COLUMNS)}.")
    heard = row.get("heard") or []
    texts = [row.get(key) for key in ("term", "kind", "show", "note")]
    if not all(text is None or isinstance(text, str) for text in texts) or not isinstance(heard, list):
        raise UsageError(f"{where}: a value has the wrong type", "All are texts, `heard` is a list of texts.")
    term, kind, show, note = (clean_text(str(text or "")) for text in texts)
    if not term:
        raise UsageError(f"{where}: no term", "Each needs one.")
    if not all(isinstance(text, str) for text in heard):
        raise UsageError(f"{where}: `heard` is no list of texts", "Give a list of texts.")
    if kind.casefold() not in {"", *TermKind}:
        raise UsageError(f"{where}: there is no kind {kind!r}", f"Kinds are {', '.join(TermKind)}.")
    forms = tuple(dict.fromkeys(clean_text(text) for text in heard if clean_text(text)))
    return Term(term, TermKind(kind.casefold() or "other"), forms, show or None, note or None)
