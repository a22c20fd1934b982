"""Put the tables made of benchmarks/results/*.json between the markers of a Markdown page.

    python benchmarks/report.py docs/performance.md
    python benchmarks/report.py docs/scale.md

The page holds pairs of lines: `<!-- throughput -->` and `<!-- /throughput -->`; what lies between them is replaced.
A page has those of some of the SECTIONS.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import accuracy_report
import names_report
import scale_report
import search_report
import site_tables
from rounds import median

RESULTS = Path(__file__).parent / "results"
EXPECTED = {
    "cpu": [("demo", False), ("demo", True), ("tiny", False), ("base", False), ("small", False)],
    "cuda": [("small", False), ("large-v3-turbo", False)],
}
NAMES = {"cpu": "CPU", "cuda": "GPU"}
NOT_MEASURED = "not measured"
HEAD = (
    "model",
    "(a) `transcribe`",
    "(b) batched",
    "(c) radio_archive",
    "(d) limit",
    "c against a",
    "c against b",
    "c against d",
)
Row = Mapping[str, Any]


def tables(documents: list[dict[str, Any]]) -> str:
    """Return the tables: one for each machine and device, and one for memory."""
    parts = []
    for device in EXPECTED:
        found = [(document, rows) for document in documents if (rows := _rows(document, device))]
        for document, rows in found or [({}, [])]:
            parts += [_described(device, document), "", *_table(device, rows), ""]
    parts += ["### Memory", "", *_memory(documents)]
    return "\n".join(parts)


def _rows(document: Row, device: str) -> list[Row]:
    return [row for row in document.get("throughput", []) if row["device"] == device]


def _described(device: str, document: Row) -> str:
    machine = document.get("machine")
    if not machine:
        return f"### {NAMES[device]}: {NOT_MEASURED}"
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    gpu = f"{machine['gpu']}, " if machine["gpu"] else ""
    where = f"{gpu}{machine['processor']}, {machine['cores']} cores"
    return f"### {NAMES[device]}: {where}\n\nPython {machine['python']}, {versions}."


def _table(device: str, rows: list[Row]) -> Iterator[str]:
    yield f"| {' | '.join(HEAD)} |"
    yield "|---" * len(HEAD) + "|"
    measured = {(row["model"], row["guards"]): row for row in rows}
    for key in [*EXPECTED[device], *(key for key in measured if key not in EXPECTED[device])]:
        cells = _cells(measured[key]) if key in measured else [NOT_MEASURED] * (len(HEAD) - 1)
        yield f"| {' | '.join([_model(key, measured.get(key)), *cells])} |"


def _model(key: tuple[str, bool], row: Row | None) -> str:
    name, guards = key
    label = f"{name}, guards {'on' if guards else 'off'}" if name == "demo" else name
    if not row:
        return label
    forced = f", {row['tokens_per_window']} tokens a window" if row["random"] else ""
    return f"{label} ({row['compute_type']}{forced}; {row['clips']} clips, {row['audio_seconds'] / 60:.0f} min)"


def _cells(row: Row) -> list[str]:
    taken = row["contenders"]
    cells = [_cell(row, taken[name]) if name in taken else NOT_MEASURED for name in "abcd"]
    return cells + [_ratio(taken, other) for other in "abd"]


def _cell(row: Row, taken: Row) -> str:
    wall, spread = median(taken["wall"]), f"{min(taken['wall']):.1f}–{max(taken['wall']):.1f}"
    speed = f"**{row['audio_seconds'] / wall:.1f}×**"
    return f"{speed}; {wall:.1f} s ({spread}), CPU {median(taken['cpu']):.1f} s; {taken['decoded']} windows"


def _ratio(taken: Row, other: str) -> str:
    if "c" not in taken or other not in taken:
        return NOT_MEASURED
    wall = median(taken[other]["wall"]) / median(taken["c"]["wall"])
    cpu = median(taken[other]["cpu"]) / median(taken["c"]["cpu"])
    return f"{wall:.2f}× (CPU {cpu:.2f}×)"


def _memory(documents: list[dict[str, Any]]) -> Iterator[str]:
    rows = [row for document in documents for row in document.get("memory", [])]
    yield "| model | device | peak | many against few |"
    yield "|---|---|---|---|"
    for row in rows:
        peaks = "; ".join(f"{number} clips: {peak:.0f} MB" for number, peak in row["peak_megabytes"].items())
        yield f"| {row['model']} ({row['compute_type']}) | {row['device']} | {peaks} | {row['ratio']:.2f}× |"
    if not rows:
        yield f"| {' | '.join([NOT_MEASURED] * 4)} |"


def rewrite(page: Path, name: str, tables: str) -> None:
    """Replace what lies between the markers of `page` that have this name."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = page.read_text(encoding="utf-8")
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{page} lacks the lines {start} and {end}")
    page.write_text(f"{before}{start}\n\n{tables}\n\n{end}{after}", encoding="utf-8")


SECTIONS = {
    "throughput": tables,
    "accuracy": accuracy_report.tables,
    "search": search_report.tables,
    "saving": search_report.saving,
    "site": site_tables.tables,
    "scale": scale_report.tables,
    "sizing": scale_report.sizing,
    "names": names_report.tables,
}


def main(arguments: list[str]) -> None:
    """Rewrite one page."""
    parser = argparse.ArgumentParser(description="Put the tables of measurements into a Markdown page.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(options.results.glob("*.json"))]
    named = [name for name in SECTIONS if f"<!-- {name} -->" in options.page.read_text(encoding="utf-8")]
    if not named:
        sys.exit(f"{options.page} has none of the lines {', '.join(f'<!-- {name} -->' for name in SECTIONS)}")
    for name in named:
        made = SECTIONS[name]
        rewrite(options.page, name, made(documents))


if __name__ == "__main__":
    main(sys.argv[1:])
