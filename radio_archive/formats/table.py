"""A table of texts as a file: CSV for spreadsheets, HTML for printing."""

import csv
import html
import io
from collections.abc import Iterable, Iterator, Sequence

_STYLE = (
    "body{font:11pt/1.4 sans-serif;margin:2em}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}"
    "caption{font-weight:bold;text-align:left;padding-bottom:.6em}@media print{tr{break-inside:avoid}}"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a CSV file. A cell that a spreadsheet would take for a formula gets an apostrophe."""
    yield _csv_row(columns)
    for row in rows:
        # A number may begin with a minus sign; a spreadsheet takes anything else that does for a formula.
        yield _csv_row([f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell for cell in row])


def _csv_row(cells: Sequence[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    return file.getvalue()


def as_html(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a page with only a table: no script, no other files."""

    def cells(tag: str, texts: Sequence[str]) -> str:
        return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><table><caption>{html.escape(title)}</caption>\n"
        f"<thead><tr>{cells('th', columns)}</tr></thead>\n<tbody>\n{body}\n</tbody></table></body></html>\n"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
