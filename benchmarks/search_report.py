"""The tables of what benchmarks/search.py measured."""

from collections.abc import Iterator, Mapping
from typing import Any

from rounds import median

Row = Mapping[str, Any]
QUESTION_COLUMNS = ("questions of eight words", "number", "yardstick", "ours", "slowest")
PAIR_COLUMNS = ("two words", "number", "earlier version", "ours", "slowest", "ratio")
COLUMNS = ("words", "looked for", "hits", "yardstick", "ours", "95th percentile", "ratio", "more", "the same in SQL")


def tables(documents: list[dict[str, Any]]) -> str:
    """Return the tables of every machine that measured the search, one after the other."""
    found = [document for document in documents if document.get("search")]
    return "\n\n".join("\n".join(_tables(document)) for document in found) or "Not measured."


def bars(found: Row) -> Iterator[str]:
    """Yield, as a Markdown table, what is measured of what the search must keep, and which bars are missed."""
    yield from _table(("what", "measured", "bar", ""), (_bar(*row) for row in _measured(found)))


def _measured(found: Row) -> Iterator[tuple[str, float, str, float, str]]:
    """Yield what it is, the value, `≤` or `≥`, the bar, and the unit."""
    rows = {(row["kind"], row["way"]): row for row in found["queries"]}
    every = [value for row in found["questions"] for value in row["ms"]]
    yield "questions of eight words, median", median(every), "≤", 60, " ms"
    yield "the slowest of them", max(every), "≤", 250, " ms"
    yield "beginnings such as `a*`, the slowest", rows["beginnings", "best first"]["worst_ms"], "≤", 1000, " ms"
    largest = "of the largest show"
    yield "middling words within the largest show, yardstick = 1", rows["middling", largest]["ratio"], "≤", 1.3, "×"
    rare = max(row["more_ms"] for (kind, way), row in rows.items() if kind == "rare" and way.startswith("of "))
    yield "rare words with a filter, more than the yardstick", rare, "≤", 1.5, " ms"
    seconds = max(
        value for name, value in found["command_line_seconds"].items() if name in {"question", "middling", "rare"}
    )
    yield "`radio-archive search`, start to end", seconds, "≤", 0.45, " s"
    if "base" not in found:
        return
    base = found["base"]
    earlier = f"version {base['commit']} = 1"
    yield (
        f"two words, the median of all kinds, {earlier}",
        median([row["ratio"] for row in base["two_words"]]),
        "≤",
        1.5,
        "×",
    )
    yield f"two words, the slowest kind, {earlier}", max(row["ratio"] for row in base["two_words"]), "≤", 1.5, "×"
    saving = base["saving_ms"]
    yield f"clips saved in a second, {earlier}", saving["base"] / saving["now"], "≥", 0.85, "×"
    size = {name: row["index"] / row["segments"] for name, row in base["bytes"].items()}
    yield f"bytes of the index a segment, {earlier}", size["now"] / size["base"], "≤", 1.25, "×"


def _bar(what: str, value: float, sign: str, bar: float, unit: str) -> tuple[str, ...]:
    kept = value <= bar if sign == "≤" else value >= bar
    digits = 0 if value >= 100 else 2
    return what, f"{value:,.{digits}f}{unit}", f"{sign} {bar:g}{unit}", "" if kept else "missed"


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
    yield from _table(QUESTION_COLUMNS, (_question(row) for row in found["questions"]))
    yield ""
    if "base" in found:
        yield from _table(PAIR_COLUMNS, (_pair(row) for row in found["base"]["two_words"]))
        yield ""
    yield from bars(found)
    yield ""
    size, rate, other, line = (found[key] for key in ("bytes", "clips_a_second", "others", "command_line_seconds"))
    more = {
        (one, less): (size[one] - size[less]) / found["segments"]
        for one, less in (("facets", "numbers"), ("ours", "facets"))
    }
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
                f"{size['facets'] / 1e6:.1f} MB, {more['facets', 'numbers']:.0f} bytes each",
            ),
            (
                "with other forms of words too",
                f"{size['ours'] / 1e6:.1f} MB, {more['ours', 'facets']:.0f} bytes each",
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


def _question(row: Row) -> tuple[str, ...]:
    times = (row["raw_ms"], median(row["ms"]), max(row["ms"]))
    return (row["kind"], f"{row['queries']}", *(f"{value:.1f}" for value in times))


def _pair(row: Row) -> tuple[str, ...]:
    times = (f"{row[name]:.1f}" for name in ("base_ms", "ms", "worst_ms"))
    return (row["kind"], f"{row['queries']}", *times, f"{row['ratio']:.2f}×")


def saving(documents: list[dict[str, Any]]) -> str:
    """Return the tables of every machine that measured what saving a clip costs."""
    found = [document for document in documents if document.get("saving")]
    return "\n\n".join("\n".join(_saving(document)) for document in found) or "Not measured."


def _saving(document: Row) -> Iterator[str]:
    machine, found = document["machine"], document["saving"]
    yield f"### {machine['processor']}, {machine['cores']} cores, SQLite {machine['versions']['SQLite']}"
    yield ""
    yield f"{found['clips']:,} clips in {found['rounds']} rounds, medians of CPU time."
    yield ""
    times = [
        (f"{int(size):,}", f"{ms:.1f} ms", f"{found['ratio'][size]:.2f}×") for size, ms in found["milliseconds"].items()
    ]
    yield from _table(("sentences in the archive", "a clip", "against the smallest"), times)
