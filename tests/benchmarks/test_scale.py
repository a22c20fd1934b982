"""benchmarks/scale.py: what grows faster than it may is named, and nothing is left out."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import scale
import typer
from scale import CHECKED, KNOWN, Verdict, complaints, judged
from scale_commands import EVERYTHING, NOT_MEASURED, PAGES, Growth, Measured, Target
from scale_meter import Cost, MeasuredWorkError, begin, measured
from synthetic_archive import build

from radio_archive.archive.archive import Archive
from radio_archive.cli.app import app

SIZES = (2_500, 12_500)
linux = pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux counts")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def asking(sql: str) -> Callable[[Target], Callable[[], object]]:
    def prepared(target: Target) -> Callable[[], object]:
        def ask() -> None:
            with Archive(target.folder, read_only=True) as archive:
                archive.db.execute(sql).fetchall()

        return ask

    return prepared


PLANTED = (
    Measured("by its id", Growth.PAGE, asking("SELECT title FROM clips WHERE id = 7")),
    Measured("a scan", Growth.PAGE, asking("SELECT count(*) FROM segments WHERE text LIKE '%nowhere%'")),
    Measured("much in few steps", Growth.PAGE, asking("SELECT sum(instr(words, 'nowhere')) FROM transcripts")),
    Measured("all, once", Growth.ALL, asking("SELECT sum(length(text)) FROM segments")),
    Measured("all for each", Growth.ALL, asking("SELECT count(*) FROM clips AS a, clips AS b WHERE a.title < b.title")),
)


@linux
def test_a_command_that_scans_is_named_and_the_check_fails(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scale, "EVERYTHING", PLANTED)
    monkeypatch.setattr(scale, "CHECKED", SIZES)
    monkeypatch.setattr(scale, "KNOWN", {})
    with pytest.raises(SystemExit) as ended:
        scale.main(["--check", "--cache", str(cache)])
    assert ended.value.code == 1
    said = capsys.readouterr().out.splitlines()
    named = dict.fromkeys(line.split(":")[1].strip() for line in said if line.startswith("grows"))
    assert list(named) == ["a scan", "much in few steps", "all for each"]


@linux
def test_the_check_passes_where_nothing_grows(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "EVERYTHING", [line for line in PLANTED if line.name in {"by its id", "all, once"}])
    monkeypatch.setattr(scale, "CHECKED", SIZES)
    monkeypatch.setattr(scale, "KNOWN", {})
    with pytest.raises(SystemExit) as ended:
        scale.main(["--check", "--cache", str(cache)])
    assert ended.value.code == 0


@linux
def test_what_is_measured_does_not_change_the_archive(cache: Path) -> None:
    target = cache / "2500"
    build(target, 2_500).close()
    lines = [
        line for line in EVERYTHING if line.name in {"save a clip", "tag {clip} note=Heard", "remove {clip} --yes"}
    ]
    assert len(lines) == 3
    sql = "SELECT (SELECT count(*) FROM clips), (SELECT count(*) FROM notes)"
    with Archive(target, read_only=True) as archive:
        before = archive.db.execute(sql).fetchone()
        files = sorted(archive.media.root.rglob("*.mp3"))
    costs = dict(scale.costs(target, lines, counting=True, tell=False))
    assert min(cost.steps for cost in costs.values()) > 1_000
    with Archive(target, read_only=True) as archive:
        assert archive.db.execute(sql).fetchone() == before
        assert sorted(archive.media.root.rglob("*.mp3")) == files
    assert [path.name for path in cache.iterdir() if path.name.startswith("scale-")] == []


def test_the_parts_of_a_database_are_all_of_it(cache: Path) -> None:
    with build(cache / "2500", 2_500) as archive:
        size = archive.database_path.stat().st_size
        sql = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
        (free,) = archive.db.execute(sql).fetchone()
    parts = scale.sizes_of(cache / "2500")
    assert parts.pop("database") == sum(parts.values()) + free == size
    assert {"transcripts", "segments", "segments_fts", "sketches"} <= parts.keys()
    assert [name for name in parts if "_fts_" in name] == []


@linux
def test_a_stopped_measurement_goes_on_and_a_part_is_enough(cache: Path) -> None:
    found = scale.measure(cache, 2_500, "one", ["saved list"])
    assert found["costs"].keys() == {"saved list"}
    again = scale.measure(cache, 2_500, "one", ["list"])
    assert again["costs"]["saved list"] == found["costs"]["saved list"]
    assert "shows list" in again["costs"]
    assert (again["clips"], again["segments"]) == (100, 2_500)


@linux
def test_a_cost_is_the_same_twice_and_of_its_own_work(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_bytes(bytes(4_096 * 50))

    def work() -> None:
        data.read_bytes()
        begin()
        data.read_bytes()

    costs = [measured(work) for _ in range(2)]
    assert [cost.pages for cost in costs] == [50, 50]

    def fail() -> None:
        raise ValueError("no such thing")

    with pytest.raises(MeasuredWorkError, match="no such thing"):
        measured(fail)


def test_a_little_more_is_no_growth() -> None:
    line = PLANTED[0]
    assert judged(line, Cost(10_000, 300, 0, 0), Cost(15_000, 600, 9, 900), 10) == []
    (found,) = judged(line, Cost(10_000, 300, 0, 0), Cost(100_000, 300, 0, 0), 10)
    assert str(found) == "by its id: 10,000 steps, then 100,000; 19,000 would be allowed"


def test_what_reads_all_names_may_grow_with_them_and_with_nothing_else() -> None:
    line = replace(PLANTED[0], growth=Growth.NAMES)
    assert judged(line, Cost(10_000, 300, 0, 0), Cost(40_000, 300, 0, 0), 10, 1_000) == []
    assert judged(line, Cost(10_000, 300, 0, 0), Cost(40_000, 300, 0, 0), 10, 100) != []
    assert judged(PLANTED[0], Cost(10_000, 300, 0, 0), Cost(40_000, 300, 0, 0), 10, 1_000) != []


def test_what_is_known_is_let_pass_until_it_is_mended() -> None:
    grown = [Verdict("one", "steps", 1, 90, 10), Verdict("other", "pages", 1, 90, 10)]
    (line,) = complaints(grown, {"other": "it waits"})
    assert "one: 1 steps" in line
    (line,) = complaints(grown, {"one": "", "other": "", "mended": ""})
    assert "take it out of KNOWN: mended" in line


def commands(group: object, above: str = "") -> Iterator[str]:
    """Yield every command, as it is typed."""
    found = getattr(group, "commands", None)
    if found is None:
        yield above.strip()
        return
    if above and getattr(group, "invoke_without_command", False):
        yield above.strip()
    for name in group.list_commands(None):  # type: ignore[attr-defined]
        yield from commands(group.get_command(None, name), f"{above} {name}")  # type: ignore[attr-defined]


def test_every_command_is_measured_or_it_is_said_why_not() -> None:
    lines = [line.name for line in EVERYTHING]
    assert len(lines) == len(set(lines))
    every = set(commands(typer.main.get_command(app)))
    missing = [name for name in sorted(every) if not any(f"{line} ".startswith(f"{name} ") for line in lines)]
    assert [name for name in missing if name not in NOT_MEASURED] == []
    assert "list" in every
    assert "shows merge" in every


def test_every_kind_of_page_is_measured() -> None:
    """All that `radio_archive/site/__init__.py` lists."""
    import radio_archive.site

    listed = [line.split()[0] for line in (radio_archive.site.__doc__ or "").splitlines() if line.startswith("    /")]
    measured_ = {path.strip("/").partition("?")[0].partition("/")[0].partition(".")[0] for path in PAGES}
    first = {path.strip("/").partition("?")[0].partition("/")[0].partition(".")[0] for path in listed}
    assert first - {"asia-minute", "-", "cover", "picture", "about"} <= measured_
    assert {"{show_slug}", "{address}"} <= measured_
    assert "GET /about, counting" in {line.name for line in EVERYTHING}


def test_what_is_known_is_measured() -> None:
    assert KNOWN.keys() <= {line.name for line in EVERYTHING if not line.most or line.most >= max(CHECKED)}
