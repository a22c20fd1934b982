"""Make the table of docs/names.md from what benchmarks/names.py has kept."""

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = ("model", "with", "pieces", "wrong", "repaired by itself", "in the first three", "right of what is applied",
        "right words touched", "traps taken")  # fmt: skip
Row = Mapping[str, Any]


def tables(documents: list[dict[str, Any]]) -> str:
    """Return the table of repairs."""
    rows = [row for document in documents for row in document.get("names", {}).get("rows", [])]
    return "\n".join([f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|", *_lines(rows)])


def _lines(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        words = "" if row["words known"] else ", no word list"
        cells = [
            row["model"], row["mode"] + words, row["pieces"], str(row["wrong"]), _share(row, "repaired", "wrong"),
            _share(row, "in three", "wrong"), _share(row, "applied right", "applied", 1),
            f"{row['touched']} of {row['right words']}", f"{row['traps taken']} of {row['traps']}",
        ]  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _share(row: Row, part: str, whole: str, digits: int = 0) -> str:
    return f"{row[part]} ({row[part] / row[whole]:.{digits}%})" if row[whole] else "–"
