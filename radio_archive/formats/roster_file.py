"""Reads shows and people from TOML or CSV files."""

import csv
import difflib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radio_archive.errors import UsageError
from radio_archive.formats.files import read_text
from radio_archive.models import clean_text


@dataclass(frozen=True, slots=True)
class Row:
    """One show or person: its name, other spellings, and the other values in the file."""

    name: str
    aliases: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    where: str = ""
    """Its place in the file, for messages."""


def read_rows(path: Path, kind: str, known: frozenset[str]) -> list[Row]:
    """Read a TOML file with `[[shows]]` or `[[people]]` tables, or a CSV file with a header line.

    `known`: the keys that are allowed besides name and aliases (in CSV, `;` separates aliases).
    Raises UsageError, which names the line or table.
    """
    text = read_text(path)
    raw = _toml(path, kind, text) if path.suffix.lower() == ".toml" else _csv(path, text)
    return [_row(path, where, values, known) for where, values in raw]


def _toml(path: Path, kind: str, text: str) -> list[tuple[str, Mapping[str, object]]]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: {error}", "Correct that line.") from error
    tables = document.get(kind)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path} has no [[{kind}]] tables", f"Write [[{kind}]] before each.")
    return [(f"[[{kind}]] number {number}", table) for number, table in enumerate(tables, 1)]


def _csv(path: Path, text: str) -> list[tuple[str, Mapping[str, object]]]:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows: list[tuple[str, Mapping[str, object]]] = []
        for row in reader:
            if None in row:
                raise UsageError(f"{path}, line {reader.line_num}: more values than the header has names")
            values = {str(key).strip(): value for key, value in row.items() if value}
            if values:
                rows.append((f"line {reader.line_num}", {**values, "aliases": values.get("aliases", "").split(";")}))
    except csv.Error as error:
        raise UsageError(f"{path}: {error}", "Save it as CSV, UTF-8, with commas.") from error
    return rows


def _row(path: Path, where: str, values: Mapping[str, object], known: frozenset[str]) -> Row:
    unknown = sorted(set(values) - known - {"name", "aliases"})
    if unknown:
        allowed = ["name", "aliases", *sorted(known)]
        close = difflib.get_close_matches(unknown[0], allowed, 1)
        advice = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(allowed)}."
        raise UsageError(f"{path}, {where}: {unknown[0]!r} is not known", advice)
    name, aliases = values.get("name"), values.get("aliases", [])
    if not isinstance(name, str) or not clean_text(name):
        raise UsageError(f"{path}, {where}: no name", "Every show and person needs one.")
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise UsageError(f"{path}, {where}: aliases is {aliases!r}", "It takes a list of texts.")
    facts = {
        key: clean_text(value) if isinstance(value, str) else value
        for key, value in values.items()
        if key not in {"name", "aliases"}
    }
    cleaned = tuple(clean_text(alias) for alias in aliases if clean_text(alias))
    return Row(clean_text(name), cleaned, facts, f"{path}, {where}")
