"""Measure the search on a synthetic archive of a million sentences.

    python benchmarks/search.py                           # builds the archive once, into a temporary folder
    python benchmarks/search.py --base CHECKOUT           # compares with an earlier version of the code, too
    python benchmarks/search.py --segments 20000 --quick  # does it all work? Nothing is kept

The yardstick is the plainest full-text search that SQLite can do over the same index: the ids of the twenty best
sentences. Ours also finds titles, stories and names, groups by clip, reads the text and marks it. Both run in turns, in
one process, so that ratios hold on a busy machine; CPU time is what is compared.
"""

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from rounds import median
from runs import in_turns, keep, milliseconds, parse, parser
from search_base import against
from search_costs import command_line, ingest, others, sizes
from search_questions import questions
from search_report import bars
from synthetic_archive import build
from synthetic_text import A_CLIP, FUNCTION_WORDS, Corpus

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.search.search import search
from radio_archive.text.forms import INITIAL, STEM

RAW = "SELECT rowid FROM segments_fts WHERE segments_fts MATCH ? ORDER BY rank LIMIT 20"
FILTERED = """
    SELECT segments_fts.rowid FROM segments_fts CROSS JOIN segments ON segments.id = segments_fts.rowid
    CROSS JOIN clips ON clips.id = segments.clip_id
    WHERE segments_fts MATCH :match AND {conditions} ORDER BY rank LIMIT 20"""
"""The yardstick with a filter in it. Without CROSS, SQLite looks up every clip of the filter for each hit."""
Words = Mapping[str, list[str]]


def words_of(archive: Archive) -> Words:
    """Return what is looked for, by kind: words of each frequency, pairs of common ones, beginnings of words."""
    db = archive.db
    db.execute("CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, segments_fts, row)")
    total = db.execute("SELECT count(*) FROM segments").fetchone()[0]
    counted = db.execute("SELECT term, doc FROM temp.counted ORDER BY doc DESC").fetchall()
    # Not the stems and initials, which nobody types.
    counted = [(word, count) for word, count in counted if word.isalpha() and not word.startswith((STEM, INITIAL))]
    db.execute("DROP TABLE temp.counted")
    choose = random.Random(4)  # noqa: S311
    common = [word for word, count in counted if count < total * 0.9 and len(word) > 2][:5]
    middling = [word for word, count in counted if total / 500 < count < total / 50]
    rare = [word for word, count in counted if 5 < count <= 50]
    pairs = [f"{one} {other}" for one, other in pairwise(common)]
    some = choose.sample(middling, min(8, len(middling)))
    chosen = {"commonest": common, "middling": some, "rare": choose.sample(rare, 8), "pairs": pairs}
    return {**chosen, "beginnings": ["a*", "s*"]}


def ways_of(archive: Archive) -> dict[str, tuple[Filters, dict[str, Any]]]:
    """Return the ways in which each word is looked for."""
    by_size = """SELECT shows.name FROM shows JOIN clips ON clips.show_id = shows.id
        GROUP BY shows.id HAVING count(*) > 1 ORDER BY count(*) DESC"""
    shows = [row[0] for row in archive.db.execute(by_size)]
    person = archive.db.execute("SELECT name FROM people ORDER BY id LIMIT 1").fetchone()[0]
    return {
        "best first": (EVERYTHING, {}),
        "of the largest show": (Filters(show=shows[0]), {}),
        "of a small show": (Filters(show=shows[-1]), {}),
        "of a reporter": (Filters(reporter=person), {}),
        "of one year": (Filters(since="2012-01-01", until="2012-12-31"), {}),
        "newest first": (EVERYTHING, {"sort": "newest"}),
        "with count and facets": (EVERYTHING, {"count": True, "facets": True}),
    }


def queries(archive: Archive, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield, for each kind of word and way of looking, the ratio to the yardstick and the milliseconds of both."""
    ways = ways_of(archive)
    for kind, words in words_of(archive).items():
        taken: dict[str, list[list[float]]] = defaultdict(list)
        hits = []
        for word in words:
            match = " ".join(f'"{part.rstrip("*")}"{"*" if part.endswith("*") else ""}' for part in word.split())
            counted = archive.db.execute("SELECT count(*) FROM segments_fts WHERE segments_fts MATCH ?", [match])
            hits.append(counted.fetchone()[0])
            runs: dict[str, Callable[[], object]] = {"raw": partial(_fetched, archive, RAW, [match])}
            runs |= {
                _in_sql(name): _filtered(archive, match, way[0]) for name, way in ways.items() if way[0] != EVERYTHING
            }
            runs |= {name: _search(archive, word, *way) for name, way in ways.items()}
            timed = {name: partial(milliseconds, run) for name, run in runs.items()}
            for name, times in in_turns(timed, rounds).items():
                taken[name].append(times)
        raw = [median(times) for times in taken["raw"]]
        for name in ways:
            medians = [median(times) for times in taken[name]]
            ratios = [ours / theirs for ours, theirs in zip(medians, raw, strict=True)]
            yield {
                "kind": kind,
                "way": name,
                "words": len(words),
                "hits": [min(hits), max(hits)],
                "raw_ms": round(median(raw), 2),
                "raw_p95_ms": round(_p95(taken["raw"]), 2),
                "ms": round(median(medians), 2),
                "p95_ms": round(_p95(taken[name]), 2),
                "worst_ms": round(max(medians), 2),
                "ratio": round(median(ratios), 3),
                "more_ms": round(median([ours - theirs for ours, theirs in zip(medians, raw, strict=True)]), 2),
                **_in_plain_sql(medians, [median(times) for times in taken.get(_in_sql(name), [])]),
            }
        print(f"measured {kind}", file=sys.stderr)


def _in_sql(way: str) -> str:
    return f"{way}, in SQL"


def _in_plain_sql(ours: list[float], sql: list[float]) -> dict[str, float]:
    """Return what there is to say of the same filter in plain SQL; nothing where there is none."""
    if not sql:
        return {}
    ratios = [mine / theirs for mine, theirs in zip(ours, sql, strict=True)]
    return {"sql_ms": round(median(sql), 2), "sql_ratio": round(median(ratios), 3)}


def _filtered(archive: Archive, match: str, filters: Filters) -> Callable[[], object]:
    condition, parameters = conditions(archive, filters)
    return partial(_fetched, archive, FILTERED.format(conditions=condition), {**parameters, "match": match})


def _fetched(archive: Archive, sql: str, parameters: list[str] | dict[str, object]) -> object:
    return archive.db.execute(sql, parameters).fetchall()


def _search(archive: Archive, word: str, filters: Filters, options: dict[str, Any]) -> Callable[[], object]:
    return lambda: search(archive, word, filters, **options)


def _p95(times: list[list[float]]) -> float:
    every = sorted(value for row in times for value in row)
    return every[min(len(every) - 1, int(len(every) * 0.95))]


def asked(archive: Archive, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield, for each shape of a question of eight words, the milliseconds, and those of the plainest search.

    That is for any of the words that are no function words, as in the yardstick.
    """
    for kind, texts in questions().items():
        taken: dict[str, list[float]] = {"raw": [], "ours": []}
        slowest = ("", 0.0)
        for text in texts:
            match = " OR ".join(f'"{word}"' for word in text.split() if word not in FUNCTION_WORDS) or '"nothing"'
            runs: dict[str, Callable[[], object]] = {
                "raw": partial(_fetched, archive, RAW, [match]),
                "ours": partial(search, archive, text),
            }
            timed = {name: partial(milliseconds, run) for name, run in runs.items()}
            for name, times in in_turns(timed, rounds).items():
                taken[name].append(median(times))
            slowest = max(slowest, (text, taken["ours"][-1]), key=lambda one: one[1])
        yield {
            "kind": kind,
            "queries": len(texts),
            "raw_ms": round(median(taken["raw"]), 2),
            "ms": [round(value, 2) for value in taken["ours"]],
            "slowest": slowest[0],
        }
    print("measured questions", file=sys.stderr)


def measure(segments: int, rounds: int, cache: Path, base: Path | None) -> dict[str, Any]:
    """Measure everything; `base` is a checkout of an earlier version of the code."""
    build(cache / str(segments), segments).close()
    with Archive(cache / str(segments), read_only=True) as archive, tempfile.TemporaryDirectory() as temporary:
        folder, corpus = Path(temporary), Corpus()
        words = words_of(archive)
        found = {
            "segments": segments, "sentences_in_a_clip": A_CLIP, "rounds": rounds,
            "share_of_words_with_an_okina": corpus.island_share,
            "share_of_sentences_with_a_number": corpus.number_share,
            "questions": list(asked(archive, rounds)),
            "queries": list(queries(archive, rounds)),
            "bytes": sizes(archive, folder),
            "clips_a_second": {name: median(values) for name, values in ingest(folder, rounds).items()},
            "others": others(archive, folder, words, rounds),
            "command_line_seconds": command_line(archive, words, rounds),
        }  # fmt: skip
    return found | ({"base": against(base, cache, segments, rounds)} if base else {})


def main(arguments: list[str]) -> None:
    """Measure, and keep the result for report.py."""
    known = parser("Measure the search.")
    known.add_argument("--base", type=Path, help="a checkout of an earlier version, to compare with")
    options = parse(known, arguments)
    found = measure(options.segments, options.rounds, options.cache, options.base)
    keep("search", found, quick=options.quick)
    print("\n".join(bars(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
