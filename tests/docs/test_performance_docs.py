"""docs/performance.md and benchmarks/README.md: tables are those of the results, and the text draws on the tables."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from support.pages import DOCS, FENCE, ROOT, read
from support.program import environment

BENCHMARKS = ROOT / "benchmarks"
PAGE = DOCS / "performance.md"
TEXT = " ".join(re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", read(PAGE), flags=re.DOTALL).split())


def results(name: str) -> Any:
    (path,) = (BENCHMARKS / "results").glob(f"{name}-*.json")
    return json.loads(read(path))


def python(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, encoding="utf-8", check=True, timeout=120,
        env=environment(PYTHONPATH=str(ROOT), COLUMNS="200"), cwd=ROOT,
    )  # fmt: skip


def test_the_tables_are_made_from_the_results(tmp_path: Path) -> None:
    copy = Path(shutil.copy(PAGE, tmp_path / "performance.md"))
    copy.write_text(read(copy).replace("EPYC", "ABACUS"), encoding="utf-8")
    python("benchmarks/report.py", copy)
    assert read(copy) == read(PAGE)


def test_the_table_of_metadata_is_what_is_read_now(tmp_path: Path) -> None:
    copy = Path(shutil.copy(PAGE, tmp_path / "performance.md"))
    copy.write_text(re.sub(r"\d+ / \d+ / \d+", "9 / 9 / 9", read(copy)), encoding="utf-8")
    python("benchmarks/metadata.py", copy)
    table = read(PAGE).partition("<!-- metadata -->")[2].partition("<!-- /metadata -->")[0]
    assert table in read(copy)
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.split("\n") if line]
    counted = {row[0].partition(":")[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(counted) == {"tuning", "held-out"}
    for row in counted.values():
        assert [row[name].split(" / ")[1] for name in ("show", "reporters")] == ["0", "0"]
    shapes = [int(re.findall(r"\d+", row[0])[0]) for row in rows]
    assert shapes[1] >= shapes[0]


SEARCH, SITE = results("search")["search"], results("site")["ratios"]
HOSTILE, PUBLISHING = results("site")["hostile"], results("site")["untidy"]["publishing"]


def ratio(kind: str, way: str = "best first", of: str = "ratio") -> float:
    (row,) = [row for row in SEARCH["queries"] if (row["kind"], row["way"]) == (kind, way)]
    return float(row[of])


def filtered(kind: str, of: str = "ratio") -> dict[str, float]:
    ways = {row["way"] for row in SEARCH["queries"] if row["way"].startswith("of ")}
    return {way: ratio(kind, way, of) for way in ways}


def site(*kinds: str, against: str) -> list[float]:
    return sorted(value for name, value in SITE.items() if name.split(", ")[1] in kinds and f"{against} /" in name)


def figures() -> list[str]:
    largest = "of the largest show"
    middling, sql = filtered("middling"), filtered("middling", "sql_ratio")
    others = [1 / value for way, value in sql.items() if way != largest]
    narrow = [value for way, value in middling.items() if way != largest]
    bytes_, rate, line = SEARCH["bytes"], SEARCH["clips_a_second"], dict(SEARCH["command_line_seconds"])
    version, beginnings = line.pop("version"), line.pop("beginnings", 0.0)
    asked = sorted(value for row in SEARCH.get("questions", ()) for value in row["ms"]) or [0.0]
    pairs = sorted(row["ratio"] for row in SEARCH["base"]["two_words"])
    common = site("common words", "less common words", against="plain")
    tuned = site("common words", "less common words", "rare words", against="tuned")
    one, few = (SITE[f"search, rare words, {clients}, plain / site"] for clients in ("1 client", "20 clients"))
    clip = sorted(value for name, value in SITE.items() if name.startswith("clip"))
    refused, answered = HOSTILE.values()
    return [
        f"**Common words** take {ratio('commonest'):.2f} times as long as the yardstick",
        f"with a filter at most {max(filtered('commonest').values()):.2f} times",
        f"Two common words take {ratio('pairs'):.2f} times as long, and {ratio('pairs', largest):.2f} times within",
        f"the yardstick takes only {ratio('rare', of='raw_ms'):.1f} ms",
        f"**Words of middling frequency** take {ratio('middling'):.2f} times as long",
        f"With a filter they take {min(narrow):.2f} to {max(narrow):.2f} times as long",
        f"there they take {middling[largest]:.2f} times as long",
        f"SQL takes {min(others):.0f} to {max(others):.0f} times as long",
        f"is {100 * bytes_['numbers'] / bytes_['plain'] - 100:.1f} % larger than a plain one",
        f"{SEARCH['share_of_sentences_with_a_number']:.0%}".replace("%", " %") + " of the sentences have a number",
        f"they take {(bytes_['ours'] - bytes_['numbers']) / SEARCH['segments']:.0f} bytes a sentence",
        f"reaches {100 * rate['ours'] / rate['plain']:.0f} % of the rate",
        f"takes {min(line.values()):.2f} to {max(line.values()):.2f} s of CPU",
        f"`--version` alone takes {version:.2f} s",
        f"such as stems, take {(bytes_['ours'] - bytes_['facets']) / SEARCH['segments']:.0f} bytes",
        f"take at most {pairs[-1]:.2f} times as long as in the version before",
        f"and {median(pairs):.2f} times in the median of the kinds",
        f"`a*`, which half of all sentences have, takes {beginnings:.2f} s",
        f"**Questions** of eight words take {median(asked):.0f} ms in the median, and {asked[-1]:.0f} ms at most",
        f"takes {common[0]:.0f} to {common[-1]:.0f} times as long on common",
        f"the tuned one {tuned[0]:.1f} to {tuned[-1]:.1f} times as long on all words",
        f"takes {one:.1f} times as long for one visitor and {few:.1f} times for twenty",
        f"the others take {clip[0]:.2f} to {clip[-1]:.2f} times as long",
        f"takes {refused:.2f} times its quiet time if they are refused, and {answered:.2f} times if they are answered",
        f"{PUBLISHING['files that differ after one more clip']:.0f} of {PUBLISHING['files']:,.0f} files",
    ]


@pytest.mark.parametrize("figure", figures())
def test_a_figure_in_the_text_is_that_of_the_table(figure: str) -> None:
    assert figure in TEXT


def test_what_is_said_without_a_figure() -> None:
    assert all(1.5 < ratio("rare", way, "more_ms") < 3.5 for way in ("best first", *filtered("rare")))
    rate = SEARCH["clips_a_second"]
    assert 1000 / rate["ours"] - 1000 / rate["plain"] < 4
    assert PUBLISHING["files that differ though nothing changed"] == 0
    contenders = [one for row in results("throughput")["throughput"] for one in row["contenders"].values()]
    assert {len(one["wall"]) for one in contenders} == {5}


def lines() -> list[tuple[str, str]]:
    shell = [line for _, text in FENCE.findall(read(BENCHMARKS / "README.md")) for line in text.splitlines()]
    inline = re.findall(r"`(python benchmarks/[^`]*)`", read(PAGE))
    return [(Path(words[1]).name, line) for line in [*shell, *inline] if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("script", sorted({script for script, _ in lines()}))
def test_every_benchmark_can_be_called_as_described(script: str) -> None:
    offered = set(re.findall(r"--[a-z][a-z-]+", python(BENCHMARKS / script, "--help").stdout))
    used = {
        word for one, line in lines() if one == script for word in shlex.split(line, comments=True) if word[:2] == "--"
    }
    assert used <= offered


def test_every_benchmark_is_described() -> None:
    """All that can be called: those that read arguments."""
    callable_ = {path.name for path in BENCHMARKS.glob("*.py") if "def main(" in read(path)}
    assert callable_ - {"recut.py"} == {script for script, _ in lines()}
