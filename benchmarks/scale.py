"""Measure what everything costs in archives of several sizes: each command, each page of the site, saving a clip.

    python benchmarks/scale.py                        # 10⁴, 10⁵ and 10⁶ segments: builds them once; half an hour
    python benchmarks/scale.py --segments 10000000    # one more size; a stopped run goes on
    python benchmarks/scale.py --check                # 10⁴ against 10⁵: does anything grow faster than it may? Minutes

`--check` judges by the steps of SQLite and the pages that are read, which are the same on every machine, and exits with
1 if a cost grows faster than `scale_commands.py` allows. Commands that change something work on a copy.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from runs import CACHE, keep
from scale_commands import EVERYTHING, Growth, Measured, Target, load
from scale_meter import Cost, measured
from synthetic_archive import build

from radio_archive.archive.archive import Archive

SIZES = (10_000, 100_000, 1_000_000)
CHECKED = (10_000, 100_000)
SLACK = {"steps": 4_000, "pages": 100}
"""What a cost may grow by in any case in an archive ten times as large: trees get deeper, indexes get layers."""
A_NAME = {"steps": 25.0, "pages": 0.05}
"""What reading one more name may cost, where all of them are read."""
FASTER: Mapping[tuple[str, Growth], float] = {
    ("steps", Growth.PAGE): 1.5,
    ("steps", Growth.NAMES): 1.5,
    ("steps", Growth.ALL): 1.3,
    ("pages", Growth.PAGE): 2.0,
    ("pages", Growth.NAMES): 2.0,
    # A large archive does not fit into a connection's cache, and some of it is read again.
    ("pages", Growth.ALL): 3.0,
}
"""How many times its due a cost may be."""
KNOWN: Mapping[str, str] = {}
"""What grows faster than it may, and why it is left so for now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one cost grew: `measure` from `small` to `large`, of which `most` is allowed."""

    name: str
    measure: str
    small: int
    large: int
    most: int

    def __str__(self) -> str:
        return f"{self.name}: {self.small:,} {self.measure}, then {self.large:,}; {self.most:,} would be allowed"


def chosen(only: Sequence[str]) -> list[Measured]:
    """Return the lines with one of these texts in their name, or with one of these growths."""
    return [line for line in EVERYTHING if any(text in line.name or text == line.growth for text in only)]


def judged(line: Measured, small: Cost, large: Cost, factor: float, names: int = 0) -> list[Verdict]:
    """Return what grew too fast between two archives, of which one is `factor` times as large and has `names` more."""
    due = factor if line.growth == Growth.ALL else 1.0
    found = []
    for measure, slack in SLACK.items():
        before, after = getattr(small, measure), getattr(large, measure)
        most = round(before * due * FASTER[measure, line.growth] + slack * max(1.0, math.log10(factor)))
        most += line.capped if measure == "steps" else 0
        most += round(A_NAME[measure] * names) if line.growth == Growth.NAMES else 0
        if after > most:
            found.append(Verdict(line.name, measure, before, after, most))
    return found


def costs(folder: Path, lines: Sequence[Measured], *, counting: bool, tell: bool = True) -> Iterator[tuple[str, Cost]]:
    """Yield the cost of each line in the archive in `folder`; what changes something works on a copy."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="scale-") as temporary:
        home = Path(temporary)
        target = _target(folder, home)
        for line in lines:
            if line.changes and target.folder == folder:
                target = _target(_copied(folder, home / "copy"), home)
            cost = measured(line.run(target), counting=counting)
            if tell:
                print(f"  {line.name}: {cost.cpu_seconds:.2f} s", file=sys.stderr)
            yield line.name, cost


def _target(folder: Path, home: Path) -> Target:
    (home / "piece.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nA line of captions.\n", encoding="utf-8")
    (home / "shows.csv").write_text("name\nImported\n", encoding="utf-8")
    (home / "terms.csv").write_text("term\nHilo\n", encoding="utf-8")
    return Target.of(folder, home)


def _copied(folder: Path, to: Path) -> Path:
    """Copy an archive; its media are linked."""
    with Archive(folder) as archive:
        archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    to.mkdir()
    for part in folder.iterdir():
        if part.name == "media":
            shutil.copytree(part, to / "media", copy_function=os.link)
        elif part.is_file() and not part.name.endswith(("-wal", "-shm")):
            shutil.copy2(part, to)
    (to / "inbox").mkdir()
    return to


def check(cache: Path, lines: Sequence[Measured], sizes: tuple[int, int]) -> list[Verdict]:
    """Print what each line costs in two archives, and return what grew too fast."""
    found: list[Mapping[str, Cost]] = []
    lines = [line for line in lines if not line.most or line.most >= max(sizes)]
    for size in sizes:
        build(cache / str(size), size).close()
        found.append(dict(costs(cache / str(size), lines, counting=True, tell=False)))
    small, large = found
    before, after = (names_in(cache / str(size)) for size in sizes)
    verdicts: list[Verdict] = []
    print(f"{'steps':>21} {'pages':>15} {'CPU s':>11}")
    for line in lines:
        one, other = small[line.name], large[line.name]
        print(
            f"{one.steps:>9,} → {other.steps:>9,} {one.pages:>6,} → {other.pages:>6,} "
            f"{one.cpu_seconds:>4.1f} → {other.cpu_seconds:>4.1f}  {line.growth:<4}  {line.name}"
        )
        verdicts += judged(line, one, other, sizes[1] / sizes[0], after - before)
    cpu = sum(cost.cpu_seconds for costs in found for cost in costs.values())
    print(f"{cpu:.0f} CPU seconds beside the making of the archives")
    return verdicts


def complaints(verdicts: Sequence[Verdict], known: Mapping[str, str]) -> list[str]:
    """Return a line for each cost that grows too fast and is not known to, and for each that is known and does not."""
    names = {verdict.name for verdict in verdicts}
    grown = [f"grows too fast: {verdict}" for verdict in verdicts if verdict.name not in known]
    return grown + [f"no longer grows too fast; take it out of KNOWN: {name}" for name in known if name not in names]


def sizes_of(folder: Path) -> dict[str, int]:
    """Return the bytes of each table and index, those of a full-text index together, and of the whole file."""
    sql = """SELECT iif(instr(name, '_fts_'), substr(name, 1, instr(name, '_fts_') + 3), name) AS part, sum(pgsize)
        FROM dbstat WHERE aggregate = 1 GROUP BY part ORDER BY 2 DESC"""
    with Archive(folder, read_only=True) as archive:
        parts = {str(name): int(size) for name, size in archive.db.execute(sql)}
        whole = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        return {"database": archive.db.execute(whole).fetchone()[0], **parts}


def measure(cache: Path, size: int, version: str, only: Sequence[str] = ("",)) -> dict[str, Any]:
    """Return what everything costs in an archive of this size; what was measured before the stop is kept.

    Each line is measured twice: its time and memory, and then, on other clips, its steps and pages.
    """
    folder, kept = cache / str(size), cache / f"scale-{size}-{version}.json"
    build(folder, size).close()
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    # What changes something builds on what was changed before it.
    lines = [line for line in chosen(only) if size <= (line.most or size) and (line.changes or line.name not in found)]
    if all(line.name in found for line in lines):
        lines = []
    plain = costs(folder, lines, counting=False)
    counted = costs(folder, lines, counting=True, tell=False)
    for line, (_, time), (_, steps) in zip(lines, plain, counted, strict=True):
        whole = Cost(steps.steps, steps.pages, time.cpu_seconds, time.megabytes)
        found[line.name] = {"growth": line.growth.value, **asdict(whole)}
        kept.write_text(json.dumps(found), encoding="utf-8")
    with Archive(folder, read_only=True) as archive:
        sql = "SELECT count(*), sum(duration), (SELECT count(*) FROM segments) FROM recordings"
        clips, seconds, segments = archive.db.execute(sql).fetchone()
    held = {"segments": segments, "clips": clips, "hours": round(seconds / 3600, 1), "names": names_in(folder)}
    return {**held, "bytes": sizes_of(folder), "costs": found}


def names_in(folder: Path) -> int:
    """Return how many names and other spellings of people, shows and stations an archive has."""
    with Archive(folder, read_only=True) as archive:
        return int(archive.db.execute("SELECT count(*) FROM aliases").fetchone()[0])


def _version() -> str:
    """Return a name of the package as it is: what was measured of another one is measured again."""
    git = ["git", "-C", str(Path(__file__).parent.parent)]
    ask = partial(subprocess.run, capture_output=True, text=True, check=True)
    tree = ask([*git, "rev-parse", "--short", "HEAD:radio_archive"]).stdout.strip()
    changed = ask([*git, "status", "--porcelain", "radio_archive"]).stdout
    return f"{tree}{'-changed' if changed else ''}"


def main(arguments: Sequence[str]) -> None:
    """Measure, and keep the result for report.py; or check."""
    options = argparse.ArgumentParser(description="Measure what everything costs in archives of several sizes.")
    options.add_argument("--segments", type=int, nargs="+", default=list(SIZES))
    options.add_argument("--cache", type=Path, default=CACHE, help="where archives are built, once")
    options.add_argument("--check", action="store_true", help="10⁴ against 10⁵ segments; exit with 1 if anything grows")
    only = "only lines with one of these texts, or that may grow like this: page, names, all"
    options.add_argument("--only", nargs="+", default=[""], help=only)
    given = options.parse_args(arguments)
    load()
    given.cache.mkdir(parents=True, exist_ok=True)
    if given.check:
        lines = chosen(given.only)
        known = {line.name: KNOWN[line.name] for line in lines if line.name in KNOWN}
        wrong = complaints(check(given.cache, lines, CHECKED), known)
        print("\n".join([*(f"known: {name}: {why}" for name, why in known.items()), *wrong]))
        sys.exit(1 if wrong else 0)
    version = _version()
    keep("scale", {str(size): measure(given.cache, size, version, given.only) for size in given.segments}, quick=False)


if __name__ == "__main__":
    main(sys.argv[1:])
