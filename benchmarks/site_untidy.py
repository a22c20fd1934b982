"""How quick the site of an archive as untidy as a station's is, and what publishing it again costs; `site.py` runs it.

Each page is asked of our site and of the two Datasettes of `site.py`, over one published copy. Theirs are what has
the same in it: a row for a clip, its sentences for an hour, the table of clips for lists. Publishing is measured in
seconds of a processor, against the first time in the same round: again with nothing changed, and after one more clip.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import untidy_archive
from rounds import median
from site_asking import Row, ask, row_of, servers

Measured = dict[str, Any]
Paths = Mapping[str, tuple[Sequence[str], Sequence[str]]]
"""The paths of each kind of page: ours, and Datasette's."""

SHORT = 8
"""Clips whose pages are asked for in a round."""
TIMES = 8
"""How often each other page is asked for in a round."""
PUBLISHED = 3
"""Rounds of publishing, at most: each takes minutes."""
ADDRESS = "https://archive.example.org/"
"""Where the static site would stand: without one, it has no feeds."""


def measure(folder: Path, clips: int, rounds: int) -> Measured:
    """Return all that is measured with so many clips; the archive is made in `folder` unless it is there."""
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.public.copy import copy_published

    made, copy = folder / "archive", folder / f"published-{clips}" / "archive.db"
    if not copy.exists():
        shutil.rmtree(made, ignore_errors=True)
        untidy_archive.build(made, clips)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with Archive(made, read_only=True) as archive:
            copy_published(archive, copy, audio=False)
    rows = _pages(copy, rounds)
    took = {(row.page, row.contender): row.median for row in rows}
    return {
        "clips": clips,
        "pages": [asdict(row) for row in rows],
        "ratios": {
            f"{row.page}, {row.contender} / site": round(row.median / took[row.page, "site"], 2)
            for row in rows
            if row.contender != "site"
        },
        "publishing": _publishing(made, clips, min(rounds, PUBLISHED)),
    }


def _paths(copy: Path) -> Paths:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips import read

    with closing(sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)) as db:
        ids = dict(db.execute("SELECT uid, id FROM clips ORDER BY id DESC LIMIT ?", [SHORT]).fetchall())
        ((longest, number),) = db.execute(
            "SELECT uid, id FROM clip_list JOIN clips ON uid = clip ORDER BY duration DESC LIMIT 1"
        ).fetchall()
        ((year,),) = db.execute(
            "SELECT substr(air_date, 1, 4) FROM clips WHERE air_date > '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
    with Archive(copy.parent, read_only=True) as archive:
        found = read.by_uid(archive, [*ids, longest], read.Part.ADDRESS)
    clips = [uid for uid in ids if uid != longest]
    table = "/archive/clips"
    return {
        "clip": ([f"/{found[uid].address}" for uid in clips], [f"{table}/{ids[uid]}" for uid in clips]),
        "clip of an hour": (
            [f"/{found[longest].address}"] * TIMES,
            [f"/archive/segments?clip_id={number}&_size=max"] * TIMES,
        ),
        "home": (["/"] * TIMES, ["/archive"] * TIMES),
        "all clips": (["/all"] * TIMES, [table] * TIMES),
        "a year": ([f"/all/{year}"] * TIMES, [f"{table}?air_date__startswith={year}"] * TIMES),
    }


def _pages(copy: Path, rounds: int) -> list[Row]:
    paths = _paths(copy)
    took: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    with servers(copy) as addresses:
        served = list(zip(("site", "plain", "tuned"), addresses, strict=True))
        for number in range(-1, rounds):
            turn = number % len(served)
            for name, address in [*served[turn:], *served[:turn]]:
                for page, (ours, theirs) in paths.items():
                    answers = asyncio.run(ask(address, ours if name == "site" else theirs, 1))
                    # The first round only warms them up.
                    if number >= 0:
                        took.setdefault((page, name), []).extend(answers)
            print(f"  untidy, round {number + 1}", file=sys.stderr)
    return [row_of(page, name, 1, answers) for (page, name), answers in took.items()]


def _publishing(made: Path, clips: int, rounds: int) -> Mapping[str, float]:
    """Return shares of the first time's processor seconds, and how many files changed: medians of all rounds."""
    from radio_archive.archive.archive import Archive

    found: dict[str, list[float]] = {}
    for number in range(rounds):
        with TemporaryDirectory() as home:
            folder, site = Path(home) / "archive", Path(home) / "site"
            shutil.copytree(made, folder)
            seconds, before = _published(folder, site)
            again, unchanged = _published(folder, site)
            with Archive(folder) as archive, archive.writing():
                *_, last = untidy_archive.plan(clips + 1)
                untidy_archive.add(archive, last)
            more, after = _published(folder, site)
        new = {
            "first time, seconds of a processor": seconds,
            "nothing changed, of the first time": again / seconds,
            "one more clip, of the first time": more / seconds,
            "files": len(after),
            "files that differ though nothing changed": len(dict(unchanged.items() ^ before.items())),
            "files that differ after one more clip": len(dict(after.items() ^ unchanged.items())),
        }
        for name, value in new.items():
            found.setdefault(name, []).append(value)
        print(f"  untidy, published, round {number + 1}", file=sys.stderr)
    return {name: round(median(sorted(some)), 2) for name, some in found.items()}


def _published(folder: Path, site: Path) -> tuple[float, dict[str, int]]:
    """Publish, and return the seconds of a processor that this took, and when each file of the site was written."""
    command = [sys.executable, "-m", "radio_archive", "publish", "static", str(site), "--archive", str(folder)]
    before = os.times()
    subprocess.run([*command, "--url", ADDRESS, "--without-audio"], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    files = {str(path.relative_to(site)): path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    return seconds, files
