"""The tables of what benchmarks/search.py measured."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]
COLUMNS = ("words", "looked for", "hits", "yardstick", "ours", "95th percentile", "ratio", "more", "the same in SQL")


def tables(documents: list[dict[str, Any]]) -> str:
    """Return the tables of every machine that measured the search, one after the other."""
    found = [document for document in documents if document.get("search")]
    return "\n\n".join("\n".join(_tables(document)) for document in found) or "Not measured."


def _tables(document: Row) -> Iterator[str]:
    machine, found = document["machine"], document["search"]
    yield f"### {machine['processor']}, {machine['cores']} cores, SQLite {machine['versions']['SQLite']}"
    yield ""
    yield (
        f"{found['segments']:,} sentences in {found['segments'] // found['sentences_in_a_clip']:,} clips; "
        f"{found['share_of_words_with_an_okina']:.1%} of the words have an ʻokina somewhere and "
        f"{found['share_of_sentences_with_a_number']:.0%} of the sentences a number, as in the fixture clips. "
        f"Milliseconds of CPU time, {found['rounds']} rounds, medians."
    )
    yield ""
    yield from _table(COLUMNS, (_cells(row) for row in found["queries"]))
    yield ""
    size, rate, other, line = (found[key] for key in ("bytes", "clips_a_second", "others", "command_line_seconds"))
    started = ", ".join(f"{seconds:.2f} s ({name})" for name, seconds in line.items() if name != "version")
    yield from _table(
        ("what", "measured"),
        [
            ("index over the text alone", f"{size['plain'] / 1e6:.1f} MB"),
            (
                "with other spellings of words",
                f"{size['words'] / 1e6:.1f} MB, {size['words'] / size['plain'] - 1:+.1%}",
            ),
            (
                "with other forms of numbers too",
                f"{size['numbers'] / 1e6:.1f} MB, {size['numbers'] / size['plain'] - 1:+.1%}",
            ),
            (
                "with show, year, month and reporter too",
                f"{size['ours'] / 1e6:.1f} MB, {(size['ours'] - size['numbers']) / found['segments']:.0f} bytes each",
            ),
            ("clips saved in a second, without an index", f"{rate['none']:.0f}"),
            ("with an index over the text alone", f"{rate['plain']:.0f}"),
            ("with ours", f"{rate['ours']:.0f}, {rate['ours'] / rate['plain']:.0%} of that"),
            ("a word by `grep -r`, all clips as files", f"{other['grep_ms']:.0f} ms"),
            ("by `LIKE`", f"{other['like_ms']:.0f} ms"),
            ("by our search", f"{other['ours_ms']:.0f} ms"),
            ("`radio-archive search`, start to end", f"{started}; `--version` takes {line['version']:.2f} s"),
        ],
    )


def _table(head: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row["hits"]
    sql = f"{row['sql_ms']:.1f}, {row['sql_ratio']:.2f}×" if "sql_ms" in row else ""
    times = (f"{row[name]:.1f}" for name in ("raw_ms", "ms", "p95_ms"))
    return (row["kind"], row["way"], f"{low:,}–{high:,}", *times, f"{row['ratio']:.2f}×", f"{row['more_ms']:+.1f}", sql)
