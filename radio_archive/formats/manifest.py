"""Reads CSV manifests: a line for each recording, with its path or address and what is known of it.

The form is that of RFC 4180, with commas, semicolons or tabs, in UTF-8, or in UTF-16 with a byte order mark. The first
line names the columns. One of them, called `path`, `url` or the like, says where the recording is. A manifest of any
length is read line by line, and what is wrong in one line keeps nobody from the others.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import TextIO

from radio_archive.errors import UsageError, file_errors
from radio_archive.models import clean_text

SUFFIXES = frozenset({".csv", ".tsv"})
LOCATIONS = (
    *("path", "file", "filepath", "filename", "audio", "audiofile", "audiopath", "recording", "location"),
    *("url", "audiourl", "fileurl", "downloadurl", "mediaurl", "enclosure", "enclosureurl", "uri", "href"),
)
"""Names of the column with the place, in lower case without `-`, `_` and spaces; the first that a line fills counts."""
LONGEST_LINE = 1 << 20
"""Characters of a line, at most."""
LONGEST_VALUES = 1 << 16
"""Characters of all values of a row together, at most."""
LONGEST_LOCATION = 4096
"""Characters of a path or address, at most."""
MOST_COLUMNS = 500
_DELIMITERS = ",;\t|"
_FORCED_TEXT = re.compile(r'="([^"]*)"')
_ESCAPED = re.compile(r"'(?=[-=+@\t\r])")
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
_WRONG = re.compile(r"[\ud800-\udfff\ufffd]")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A recording: the line where its row begins, its path or address as written, and the other values by column."""

    line: int
    location: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ManifestProblem:
    """What is wrong in a line."""

    line: int
    text: str


def read_manifest(path: Path) -> Iterator[ManifestRow | ManifestProblem]:
    """Yield the rows of a manifest, and what is wrong with others.

    Raises UsageError for a file without a header that says where recordings are, and UnreadableFileError.
    """
    with file_errors(path), path.open("rb") as raw:
        marked = raw.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        encoding, errors = ("utf-16", "replace") if marked else ("utf-8-sig", "surrogateescape")
        raw.seek(0)
        yield from _rows(path, io.TextIOWrapper(raw, encoding, errors, newline=""))


def _rows(path: Path, file: TextIO) -> Iterator[ManifestRow | ManifestProblem]:
    lines = _lines(file)
    blank, first = 0, ""
    for line in lines:
        if line.strip():
            first = line
            break
        blank += 1
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(chain(repeat("\n", blank), [first], lines), delimiter=delimiter)
    columns: list[str] | None = None
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            yield ManifestProblem(before + 1, "a value or the line is too long; is a quotation mark missing?")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _columns(path, cells)
            named = dict.fromkeys(name for name in columns if name and columns.count(name) > 1)
            yield from (
                ManifestProblem(before + 1, f"the column {name!r} is there twice; the first counts") for name in named
            )
        else:
            yield _row(before + 1, columns, cells)
    if columns is None:
        _columns(path, [])


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file. In place of one that is too long comes a value that csv refuses."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            line = "x" * (csv.field_size_limit() + 1) + "\n"
        yield line


def _columns(path: Path, cells: Sequence[str]) -> list[str]:
    names = [clean_text(_WRONG.sub("", cell))[:100] for cell in cells]
    if not any(_key(name) in LOCATIONS for name in names):
        known = ", ".join(LOCATIONS[:4])
        shown = ", ".join(filter(None, names[:8])) or "nothing"
        raise UsageError(
            f"{clean_text(str(path))}: no column says where the recordings are; the first line has {shown}",
            f"Call one column path or url (also read: {known} …), in the first line.",
        )
    if len(names) > MOST_COLUMNS:
        raise UsageError(f"{clean_text(str(path))} has {len(names):,} columns", f"{MOST_COLUMNS} are the most.")
    return names


def _key(name: str) -> str:
    return re.sub(r"[-_\s]", "", name).casefold()


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> ManifestRow | ManifestProblem:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return ManifestProblem(line, "more values than the first line has columns; is a comma not in quotation marks?")
    if any(_WRONG.search(cell) for cell in cells):
        return ManifestProblem(line, "it is not UTF-8, so its letters are not certain: save the file as UTF-8")
    if sum(map(len, cells)) > LONGEST_VALUES:
        return ManifestProblem(line, f"its values are longer than {LONGEST_VALUES:,} characters together")
    values: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        value = _text(cell)
        if name and value:
            values.setdefault(name, value)
    places = sorted((LOCATIONS.index(key), name) for name in values if (key := _key(name)) in LOCATIONS)
    if not places:
        return ManifestProblem(line, "no path and no address")
    location = values.pop(places[0][1])
    if location.startswith("=") or _UNFIT.search(location) or len(location) > LONGEST_LOCATION:
        return ManifestProblem(line, f"{clean_text(location[:60])!r} is no path and no address")
    return ManifestRow(line, location, values)


def _text(cell: str) -> str:
    """Return the text of a cell as its author saw it. Formulas stay text: nothing is computed."""
    text = cell.strip()
    # Spreadsheets force text by ="…"; programs that export for them, by an apostrophe before what looks like a formula.
    forced = _FORCED_TEXT.fullmatch(text)
    return forced[1].strip() if forced else _ESCAPED.sub("", text, count=1) if _ESCAPED.match(text) else text
