"""Measure the search on a synthetic archive of a million sentences.

    python benchmarks/search.py                           # builds the archive once, into a temporary folder
    python benchmarks/search.py --segments 20000 --quick  # does it all work? Nothing is kept

The yardstick is the plainest full-text search that SQLite can do over the same index: the ids of the twenty best
sentences. Ours also finds titles, stories and names, groups by clip, reads the text and marks it. Both run in turns, in
one process, so that ratios hold on a busy machine; CPU time is what is compared.
"""

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from machine import this_machine
from rounds import median
from search_corpus import A_CLIP, SHOWS, Corpus, build, new_clip

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.filters import EVERYTHING, Filters, conditions
from radio_archive.archive.index import facets, spellings
from radio_archive.archive.index.fts import TOKENIZE
from radio_archive.config.settings import TEMPLATE
from radio_archive.search.search import search
from radio_archive.text import variants as variants_module

CACHE = Path(tempfile.gettempdir()) / "radio-archive-bench"
RESULTS = Path(__file__).parent / "results"
RAW = "SELECT rowid FROM segments_fts WHERE segments_fts MATCH ? ORDER BY rank LIMIT 20"
FILTERED = """
    SELECT segments_fts.rowid FROM segments_fts CROSS JOIN segments ON segments.id = segments_fts.rowid
    CROSS JOIN clips ON clips.id = segments.clip_id
    WHERE segments_fts MATCH :match AND {conditions} ORDER BY rank LIMIT 20"""
"""The yardstick with a filter in it. Without CROSS, SQLite looks up every clip of the filter for each hit."""
GREP_FILES = 4_000
"""Clips that are written to files for `grep`; its time is scaled up to all of them."""
INGEST_CLIPS = 400

Words = Mapping[str, list[str]]


def words_of(archive: Archive) -> Words:
    """Return words of each kind: the commonest, some of middling frequency, rare ones, and pairs of common ones."""
    db = archive.db
    db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, segments_fts, row)")
    total = db.execute("SELECT count(*) FROM segments").fetchone()[0]
    counted = [(w, n) for w, n in db.execute("SELECT term, doc FROM temp.words ORDER BY doc DESC") if w.isalpha()]
    choose = random.Random(4)  # noqa: S311
    common = [word for word, count in counted if count < total * 0.9 and len(word) > 2][:5]
    middling = [word for word, count in counted if total / 500 < count < total / 50]
    rare = [word for word, count in counted if 5 < count <= 50]
    pairs = [f"{one} {other}" for one, other in pairwise(common)]
    some = choose.sample(middling, min(8, len(middling)))
    return {"commonest": common, "middling": some, "rare": choose.sample(rare, 8), "pairs": pairs}


def ways_of(archive: Archive) -> dict[str, tuple[Filters, dict[str, Any]]]:
    """Return the ways in which each word is looked for."""
    shows = [row[0] for row in archive.db.execute("SELECT name FROM shows ORDER BY id")]
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
            match = " ".join(f'"{part}"' for part in word.split())
            counted = archive.db.execute("SELECT count(*) FROM segments_fts WHERE segments_fts MATCH ?", [match])
            hits.append(counted.fetchone()[0])
            runs: dict[str, Callable[[], object]] = {"raw": partial(_fetched, archive, RAW, [match])}
            runs |= {
                _in_sql(name): _filtered(archive, match, way[0]) for name, way in ways.items() if way[0] != EVERYTHING
            }
            runs |= {name: _search(archive, word, *way) for name, way in ways.items()}
            for name, times in _in_turns(runs, rounds).items():
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
                **_against(medians, [median(times) for times in taken.get(_in_sql(name), [])]),
            }
        print(f"measured {kind}", file=sys.stderr)


def _in_sql(way: str) -> str:
    return f"{way}, in SQL"


def _against(ours: list[float], sql: list[float]) -> dict[str, float]:
    """Return what there is to say of the same filter in plain SQL; nothing where there is none."""
    if not sql:
        return {}
    ratios = [mine / theirs for mine, theirs in zip(ours, sql, strict=True)]
    return {"sql_ms": round(median(sql), 2), "sql_ratio": round(median(ratios), 3)}


def _filtered(archive: Archive, match: str, filters: Filters) -> Callable[[], object]:
    condition, parameters = conditions(archive, filters)
    return partial(_fetched, archive, FILTERED.format(conditions=condition), {**parameters, "match": match})


def _search(archive: Archive, word: str, filters: Filters, options: dict[str, Any]) -> Callable[[], object]:
    return lambda: search(archive, word, filters, **options)


def _in_turns(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run each once in each round; return the CPU milliseconds of each."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            begun = time.process_time()
            runs[name]()
            if number:
                times[name].append((time.process_time() - begun) * 1000)
    return times


def _p95(times: list[list[float]]) -> float:
    every = sorted(value for row in times for value in row)
    return every[min(len(every) - 1, int(len(every) * 0.95))]


def sizes(archive: Archive, folder: Path) -> dict[str, float]:
    """Return bytes of indexes over the same rows, each optimized: of the text alone, with more, and ours."""
    path = folder / "plain.db"
    with sqlite3.connect(path) as db:
        db.execute("ATTACH ? AS ours", [str(archive.database_path)])
        db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text, heard, variants, facets, spelled)")
        known: dict[str, list[str]] = {}
        for word, written in db.execute("SELECT plain, written FROM ours.spellings ORDER BY id"):
            known.setdefault(word, []).append(written)
        with mock.patch.object(variants_module, "number_forms", return_value=()):
            rows = db.execute("SELECT id, text, heard, variants, facets FROM ours.segments").fetchall()
            spelled = ((*row, variants_module.variants(row[1], known)) for row in rows)
            db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", spelled)
        indexes = {
            "plain": "text",
            "words": "text, spelled",
            "numbers": "text, heard, variants",
            "ours": "text, heard, variants, facets",
        }
        for name, columns in indexes.items():
            options = f"content='rows', content_rowid='id', tokenize=\"{TOKENIZE}\""
            db.execute(f"CREATE VIRTUAL TABLE {name}_index USING fts5({columns}, {options})")
            for command in ("rebuild", "optimize"):
                db.execute(f"INSERT INTO {name}_index ({name}_index) VALUES (?)", [command])  # noqa: S608
        db.commit()
        sql = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE ?"
        return {name: db.execute(sql, [f"{name}_index_%"]).fetchone()[0] for name in indexes}


def ingest(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return the clips that are saved in a CPU second: without any index, with a plain one over the text, with ours."""
    rates: dict[str, list[float]] = {"none": [], "plain": [], "ours": []}
    corpus = Corpus()
    clips = [new_clip(corpus, f"{number:064x}", number % SHOWS + 1, "Somebody") for number in range(INGEST_CLIPS)]
    names = list(rates)
    for number in range(rounds):
        for name in names[number % 3 :] + names[: number % 3]:
            with Archive.create(folder / f"{name}-{number}", TEMPLATE) as archive:
                rates[name].append(INGEST_CLIPS / _saving(archive, name, clips))
    return rates


def _saving(archive: Archive, name: str, clips: list[NewClip]) -> float:
    """Return the CPU seconds that saving takes."""
    if name != "ours":
        for table in ("segments", "clips", "stories", "aliases"):
            archive.db.table(table).disable_fts()
    if name == "plain":
        archive.db.table("segments").enable_fts(["text"], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE)
    with ExitStack() as patches:
        if name != "ours":
            nothing: dict[str, Any] = {
                "variants_of": lambda _, texts: [None] * len(texts),
                "backfill": lambda _: 0,
            }
            patches.enter_context(mock.patch.multiple(spellings, **nothing))
            patches.enter_context(mock.patch.object(facets, "for_clip", return_value=None))
        begun = time.process_time()
        for clip in clips:
            save_clip(archive, clip)
        return time.process_time() - begun


def others(archive: Archive, folder: Path, words: Words, rounds: int) -> dict[str, float]:
    """Return the CPU milliseconds that a word of middling frequency takes `LIKE`, `grep -r` over all clips, and us."""
    db, word = archive.db, words["middling"][0]
    files = folder / "files"
    files.mkdir()
    sql = "SELECT clip_id, group_concat(text, char(10)) FROM segments WHERE clip_id <= ? GROUP BY clip_id"
    clips = db.execute(sql, [GREP_FILES]).fetchall()
    for clip, text in clips:
        (files / f"{clip}.txt").write_text(text, encoding="utf-8")
    times = 1000 * db.execute("SELECT count(*) FROM clips").fetchone()[0] / len(clips)
    grep = [_cpu_of(["grep", "-r", "-i", "-w", "-l", word, str(files)])[0] * times for _ in range(rounds)]
    like = partial(_fetched, archive, "SELECT id FROM segments WHERE text LIKE ?", [f"%{word}%"])
    taken = _in_turns({"like": like, "ours": _search(archive, word, EVERYTHING, {})}, rounds)
    return {"grep_ms": median(grep), **{f"{name}_ms": median(found) for name, found in taken.items()}}


def _fetched(archive: Archive, sql: str, parameters: list[str] | dict[str, object]) -> object:
    return archive.db.execute(sql, parameters).fetchall()


def _cpu_of(command: list[str]) -> tuple[float, int]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, code


def command_line(archive: Archive, words: Words, rounds: int) -> dict[str, float]:
    """Return the CPU seconds of `radio-archive search`, from its start to its last line, and of `--version`."""
    program = [str(Path(sys.executable).with_name("radio-archive"))]
    seconds: dict[str, list[float]] = {"version": [], **{kind: [] for kind in words}}
    for _ in range(rounds):
        seconds["version"].append(_cpu_of([*program, "--version"])[0])
        for kind, found in words.items():
            used, code = _cpu_of([*program, "search", *found[0].split(), "--archive", str(archive.folder)])
            assert code == 0
            seconds[kind].append(used)
    return {name: median(values) for name, values in seconds.items()}


def measure(segments: int, rounds: int, cache: Path) -> dict[str, Any]:
    """Measure everything."""
    build(cache / str(segments), segments).close()
    with Archive(cache / str(segments), read_only=True) as archive, tempfile.TemporaryDirectory() as temporary:
        folder, corpus = Path(temporary), Corpus()
        words = words_of(archive)
        archive.db.execute("DROP TABLE temp.words")
        return {
            "segments": segments, "sentences_in_a_clip": A_CLIP, "rounds": rounds,
            "share_of_words_with_an_okina": corpus.island_share,
            "share_of_sentences_with_a_number": corpus.number_share,
            "queries": list(queries(archive, rounds)),
            "bytes": sizes(archive, folder),
            "clips_a_second": {name: median(values) for name, values in ingest(folder, rounds).items()},
            "others": others(archive, folder, words, rounds),
            "command_line_seconds": command_line(archive, words, rounds),
        }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure, and keep the result for report.py."""
    parser = argparse.ArgumentParser(description="Measure the search.")
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the archive is built, once")
    parser.add_argument("--quick", action="store_true", help="one round; print the result and keep nothing")
    options = parser.parse_args(arguments)
    machine = this_machine("cpu")
    versions = {"SQLite": sqlite3.sqlite_version}
    found = measure(options.segments, 1 if options.quick else options.rounds, options.cache)
    document = {"machine": {**asdict(machine), "versions": versions}, "search": found}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if options.quick:
        print(text)
        return
    path = RESULTS / f"search-{machine.slug}.json"
    path.write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {os.path.relpath(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
