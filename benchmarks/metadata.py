"""Count how many shows, reporters, titles, dates and stations are read right from names, tags and pages.

    python benchmarks/metadata.py                       # every shape, and what went wrong in those for tuning
    python benchmarks/metadata.py docs/performance.md   # write the table

The shapes are in metadata/cases.toml, with pages/ beside it; all are invented. What is read goes the way of every clip:
claims, what confirms them, and the winner of each field. A value is right (in any spelling), wrong (another one, or one
where there is none) or missing. Titles count only where a case names one, because every clip has a title.
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from report import rewrite

from radio_archive.metadata import gather
from radio_archive.metadata.resolve import resolve
from radio_archive.metadata.tags.claims import claims_from_tags
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.models import Field
from radio_archive.text.spelling import fold

FOLDER = Path(__file__).parent / "metadata"
PARTS = ("tuning", "held-out")
FIELDS = {
    Field.SHOW: "show",
    Field.REPORTER: "reporters",
    Field.TITLE: "title",
    Field.DATE: "date",
    Field.STATION: "station",
}
RIGHT, WRONG, MISSING = "right", "wrong", "missing"


class Value(NamedTuple):
    """One value of a case: how it was read, what was expected and what was found; empty where there is none."""

    case: str
    part: str
    field: Field
    outcome: str
    expected: str = ""
    found: str = ""


def cases() -> Mapping[str, Mapping[str, Any]]:
    """Return the cases by name."""
    return tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))


def values_read(case: Mapping[str, Any]) -> dict[Field, list[str]]:
    """Return the values that win for a case, by field."""
    path = PurePath(case["file"])
    tags = [AudioTag(kind, tuple((key, text) for key, text in texts)) for kind, texts in case.get("tags", {}).items()]
    pages = [(f"a.{kind}", FOLDER / "pages" / f"{case[kind]}.{kind}") for kind in ("html", "txt") if kind in case]
    said = gather.parse_sidecars([(name, page.read_bytes()) for name, page in pages])
    named = gather.claims_from_name(path, path.parts[:-1], "", gather.Naming())
    claims = [*claims_from_tags(tags), *named, *said.claims]
    known = frozenset(map(fold, case.get("shows", ())))
    resolved = resolve(gather.confirmed(claims, lambda _: False, known))
    return {field: [claim.value for claim in found.accepted] for field, found in resolved.items()}


def scored(name: str, case: Mapping[str, Any]) -> Iterator[Value]:
    """Yield the values of a case, each with its outcome."""
    read, expected = values_read(case), case["expect"]
    for field, key in FIELDS.items():
        given = expected.get(key, [])
        wanted = [given] if isinstance(given, str) else list(given)
        if field == Field.TITLE and not wanted:
            continue
        found = {fold(value): value for value in read.get(field, [])}
        left = [value for value in wanted if found.pop(fold(value), None) is None]
        for _ in range(len(wanted) - len(left)):
            yield Value(name, case["part"], field, RIGHT)
        others = list(found.values())
        for value in others:
            yield Value(name, case["part"], field, WRONG, left.pop(0) if left else "", value)
        for value in left:
            yield Value(name, case["part"], field, MISSING, value)


def everything() -> list[Value]:
    """Return all values of all cases."""
    return [value for name, case in cases().items() for value in scored(name, case)]


def table(values: list[Value]) -> str:
    """Return the table of the page."""
    rows = [("part", *(key for key in FIELDS.values()), "all"), ("---",) * (len(FIELDS) + 2)]
    for part in PARTS:
        shapes = sum(case["part"] == part for case in cases().values())
        here = [value for value in values if value.part == part]
        counts = [Counter(v.outcome for v in here if v.field == field) for field in FIELDS]
        counts.append(Counter(value.outcome for value in here))
        rows.append((f"{part}: {shapes} shapes", *(f"{c[RIGHT]} / {c[WRONG]} / {c[MISSING]}" for c in counts)))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: list[str]) -> None:
    """Print the table and the faults, or write the table into a page."""
    parser = argparse.ArgumentParser(description="Count values that are read right from names, tags and pages.")
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--held-out", action="store_true", help="Also list the faults in the shapes that only judge.")
    options = parser.parse_args(arguments)
    values = everything()
    if options.page:
        rewrite(options.page, "metadata", table(values))
        return
    print(table(values))
    for value in values:
        if value.outcome != RIGHT and (value.part == "tuning" or options.held_out):
            print(f"{value.case}: {value.field} {value.outcome}: {value.found!r} for {value.expected!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
