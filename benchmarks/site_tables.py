"""The tables of how quick the site is, from what `site.py` measured."""

from collections.abc import Iterator, Mapping
from typing import Any

NAMES = {
    "site": "radio_archive's pages",
    "plain": "Datasette, plain",
    "tuned": "Datasette, tuned",
}


def tables(documents: list[dict[str, Any]]) -> str:
    """Return a table for each machine that measured the site."""
    found = [document for document in documents if document.get("site")]
    return "\n\n".join("\n".join(_tables(document)) for document in found) or "Not measured."


def _tables(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _table(document)
    # Measured later than the others.
    if untidy := document.get("untidy"):
        yield ""
        yield from _untidy(untidy)


def _untidy(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"With {found['clips']:,} clips as untidy as a station's, and one visitor:"
    yield ""
    yield "| page | who answers | median | times as long as ours |"
    yield "|---|---|---|---|"
    ours = {row["page"]: row["median"] for row in found["pages"] if row["contender"] == "site"}
    for row in sorted(
        found["pages"], key=lambda row: (list(ours).index(row["page"]), list(NAMES).index(row["contender"]))
    ):
        ratio = "" if row["contender"] == "site" else f"{row['median'] / ours[row['page']]:.2f}×"
        yield f"| {row['page']} | {NAMES[row['contender']]} | {_span(row['median'])} | {ratio} |"
    yield ""
    yield "| publishing it as a static site | |"
    yield "|---|---|"
    for name, value in found["publishing"].items():
        yield f"| {name} | {f'{value:.2f}×' if name.endswith('of the first time') else f'{value:,.0f}'} |"


def _table(document: Mapping[str, Any]) -> Iterator[str]:
    machine = document["machine"]
    yield f"### {machine['processor']}, {machine['cores']} cores; {document['segments']:,} segments"
    yield ""
    yield "| page | clients | who answers | median | p95 | times as long as ours |"
    yield "|---|---|---|---|---|---|"
    ours = {(row["page"], row["clients"]): row["median"] for row in document["site"] if row["contender"] == "site"}
    for row in sorted(document["site"], key=_order):
        ratio = row["median"] / ours[row["page"], row["clients"]]
        cells = [row["page"], row["clients"], NAMES[row["contender"]], _span(row["median"]), _span(row["p95"])]
        yield f"| {' | '.join(map(str, cells))} | {'' if row['contender'] == 'site' else f'{ratio:.2f}×'} |"


def _order(row: Mapping[str, Any]) -> tuple[bool, str, int, int]:
    """Searches first, then clips."""
    return row["page"] == "clip", row["page"], row["clients"], list(NAMES).index(row["contender"])


def _span(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
