"""What a full-text index and a search cost beside their time: bytes, slower saving, the start of the program."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from rounds import median
from runs import in_turns, milliseconds
from search_questions import questions
from synthetic_archive import SHOWS, new_clip
from synthetic_text import Corpus

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import NewClip, save_clip
from radio_archive.archive.index import facets, forms, spellings
from radio_archive.archive.index.fts import COLUMNS, TOKENIZE
from radio_archive.config.settings import TEMPLATE
from radio_archive.search.search import search
from radio_archive.text import variants as variants_module

GREP_FILES = 4_000
"""Clips that are written to files for `grep`; its time is scaled up to all of them."""
INGEST_CLIPS = 400


def sizes(archive: Archive, folder: Path) -> dict[str, float]:
    """Return bytes of indexes over the same rows, each optimized: of the text alone, with more, and ours."""
    path, columns = folder / "plain.db", COLUMNS["segments"]
    with sqlite3.connect(path) as db:
        db.execute("ATTACH ? AS ours", [str(archive.database_path)])
        db.execute(f"CREATE TABLE rows (id INTEGER PRIMARY KEY, {', '.join(columns)}, spelled)")
        known: dict[str, list[str]] = {}
        for word, written in db.execute("SELECT plain, written FROM ours.spellings ORDER BY id"):
            known.setdefault(word, []).append(written)
        with mock.patch.object(variants_module, "number_forms", return_value=()):
            rows = db.execute(f"SELECT id, {', '.join(columns)} FROM ours.segments").fetchall()  # noqa: S608
            spelled = ((*row, variants_module.variants(row[1], known)) for row in rows)
            db.executemany(f"INSERT INTO rows VALUES (?{', ?' * (len(columns) + 1)})", spelled)  # noqa: S608
        indexes = {
            "plain": "text",
            "words": "text, spelled",
            "numbers": "text, heard, variants",
            "facets": "text, heard, variants, facets",
            "ours": ", ".join(columns),
        }
        for name, indexed in indexes.items():
            options = f"content='rows', content_rowid='id', tokenize=\"{TOKENIZE}\""
            db.execute(f"CREATE VIRTUAL TABLE {name}_index USING fts5({indexed}, {options})")
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
            patches.enter_context(mock.patch.object(forms, "of_row", return_value=None))
        return milliseconds(lambda: [save_clip(archive, clip) for clip in clips]) / 1000


def others(archive: Archive, folder: Path, words: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
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
    sql = "SELECT id FROM segments WHERE text LIKE ?"
    like = lambda: db.execute(sql, [f"%{word}%"]).fetchall()  # noqa: E731
    runs: dict[str, Callable[[], object]] = {"like": like, "ours": partial(search, archive, word)}
    taken = in_turns({name: partial(milliseconds, run) for name, run in runs.items()}, rounds)
    return {"grep_ms": median(grep), **{f"{name}_ms": median(found) for name, found in taken.items()}}


def _cpu_of(command: list[str]) -> tuple[float, int]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode


def command_line(archive: Archive, words: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Return the CPU seconds of `radio-archive search`, from its start to its last line, and of `--version`.

    The program has been started before, so that its byte code is there, as it is where pip has installed it.
    """
    program = [sys.executable, "-m", "radio_archive"]
    asked = {**{kind: found[0] for kind, found in words.items()}, "question": questions()["two rare words"][0]}
    seconds: dict[str, list[float]] = {"version": [], **{kind: [] for kind in asked}}
    for number in range(rounds + 1):
        for kind, query in {"version": "", **asked}.items():
            what = ["search", *query.split(), "--archive", str(archive.folder)] if query else ["--version"]
            used, code = _cpu_of([*program, *what])
            assert code in {0, 1}  # 1: it finds nothing
            seconds[kind] += [used] if number else []
    return {name: median(values) for name, values in seconds.items()}
