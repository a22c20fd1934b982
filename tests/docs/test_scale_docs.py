"""docs/scale.md: its tables are those of the results, and what the text says of them is so."""

import asyncio
import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from scale_report import bytes_of_a_clip, grown, sizing
from support.bounds import PATIENCE
from support.pages import DOCS, FENCE, ROOT, read
from support.program import environment, ok

from radio_archive.site.site import READ_SECONDS

PAGE = DOCS / "scale.md"
TEXT = " ".join(re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", read(PAGE), flags=re.DOTALL).split())


MEASURED: list[Any] = [
    json.loads(read(path))["scale"] for path in sorted((ROOT / "benchmarks" / "results").glob("scale-*.json"))
]
"""What each machine measured, by the size of the archive."""
SIZES = max(MEASURED, key=lambda sizes: max(map(int, sizes)))
LARGEST = SIZES[max(SIZES, key=int)]


def test_the_tables_are_made_from_the_results(tmp_path: Path) -> None:
    page = Path(shutil.copy(PAGE, tmp_path / "scale.md"))
    page.write_text(re.sub(r"\d+ \|", "0 |", read(page)), encoding="utf-8")
    assert read(page) != read(PAGE)
    command = [sys.executable, "benchmarks/report.py", str(page)]
    subprocess.run(command, check=True, env=environment(PYTHONPATH=str(ROOT)), cwd=ROOT, timeout=PATIENCE)
    assert read(page) == read(PAGE)


def test_the_size_in_the_text_is_that_of_the_largest_archive() -> None:
    hours = 40_000 * LARGEST["hours"] / LARGEST["clips"]
    assert LARGEST["segments"] / LARGEST["clips"] == 1_000_000 / 40_000
    assert 900 <= hours <= 1_150
    assert "a million sentences (40,000 clips, a thousand hours)" in TEXT
    assert 40_000 * bytes_of_a_clip(SIZES) < 1e9
    assert "less than a gigabyte" in TEXT


def test_what_the_site_counts_takes_as_long_as_the_text_says() -> None:
    slowest = max(row["cpu_seconds"] for name, row in LARGEST["costs"].items() if name.endswith("counting"))
    assert f"The slowest takes {slowest:.1f} s in the largest archive" in TEXT
    assert "four seconds of a processor" in TEXT
    assert READ_SECONDS == 4


def test_the_sizing_says_that_it_is_extrapolated() -> None:
    table = sizing([{"scale": SIZES}])
    assert table.startswith(f"Extrapolated from {LARGEST['clips']:,} clips")
    assert f"{400_000 * bytes_of_a_clip(SIZES) / 1e9:,.1f} GB" in table
    assert "assumed" in table


def test_what_is_said_to_cost_the_same_does() -> None:
    assert "**Saving** a clip, finding a rare word, a clip's page, and the first page of a list cost the same" in TEXT
    named = " ".join(grown(SIZES))
    for name in ("save a clip", "GET /{address}", "show {clip}", "list --limit 20"):
        assert name in LARGEST["costs"]
        assert f"`{name}`" not in named
    # In the largest, no word is so rare.
    assert "not in six" in TEXT
    for sizes in MEASURED:
        assert grown({size: one for size, one in sizes.items() if int(size) <= 1_000_000}) == []


def test_what_grows_only_seems_to() -> None:
    """All that is named looks for what the largest archive has more of."""
    assert all(
        re.match(r"`(GET /)?(search|concordance|rundown)\S*.*\{(other_)?(rare|day)\}", line) for line in grown(SIZES)
    )


def test_the_numbers_of_names_are_those_of_the_largest_archive() -> None:
    assert f"{LARGEST['names']:,} in the largest archive" in TEXT


def test_what_grows_and_may_not_is_named() -> None:
    small, large = copy.deepcopy(SIZES[min(SIZES, key=int)]), copy.deepcopy(LARGEST)
    large["costs"]["show {clip}"]["steps"] = 2_500_000
    large["costs"]["list"] = small["costs"]["list"] | {"steps": 2_500_000}
    said = grown({"10000": small, "1000000": large})
    assert any(line.startswith("`show {clip}`") and line.endswith("→ 2.5M steps)") for line in said)
    assert not any(line.startswith("`list`") for line in said)


@pytest.fixture(scope="module")
def copies(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two published archives, under names of their own in one folder."""
    home = tmp_path_factory.mktemp("several")
    found = []
    for name, show in (("2023", "Reef Notes"), ("2024", "Harbor Watch")):
        ok("publish", "bundle", home / name, "--show", show, "--without-audio", "--archive", demo_archive)
        found.append(Path(shutil.copy(home / name / "archive.db", home / f"{name}.db")))
    return found


def test_several_archives_in_one_datasette_are_as_the_page_says(copies: list[Path]) -> None:
    (settings,) = [json.loads(text) for kind, text in FENCE.findall(read(PAGE)) if kind == "json"]
    (query,) = [text for kind, text in FENCE.findall(read(PAGE)) if kind == "text"]
    datasette = Datasette(immutables=[str(path) for path in copies], metadata=settings, crossdb=True)

    async def ask(path: str, **asked: str) -> Any:
        await datasette.invoke_startup()
        return await datasette.client.get(path, params=asked)

    def get(path: str, **asked: str) -> Any:
        return asyncio.run(ask(path, **asked))

    assert [show["name"] for show in get("/index.json").json()["shows"]] == ["Harbor Watch"]
    for name in ("2023", "2024"):
        assert get(f"/{name}/clips").status_code == 200
    every = query.replace("%-11-05", "%").rstrip().rstrip(";")
    rows = get("/_memory.json", sql=every, _shape="arrays").json()["rows"]
    assert {row[0] for row in rows} == {"2023", "2024"}


def test_an_archive_has_its_site_below_a_path(copies: list[Path]) -> None:
    assert "--setting base_url /2023/" in read(PAGE)
    datasette = Datasette(immutables=[str(copies[0])], settings={"base_url": "/2023/"})

    async def ask(path: str) -> Any:
        await datasette.invoke_startup()
        # The client puts the base before each path.
        return await datasette.client.get(path)

    home = asyncio.run(ask("/")).text
    (first, *_) = re.findall(r'href="(/2023/[a-z-]+/\d{4}-[^"]+)"', home)
    assert asyncio.run(ask(first.removeprefix("/2023"))).status_code == 200
    assert re.findall(r'(?:href|src|action)="/(?!2023/)[^"]*"', home) == []
