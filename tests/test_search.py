"""Search from the command line: found, ranked, filtered, and never a syntax error."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.search import search
from radio_archive.errors import UsageError

KEYS = {"clip", "title", "show", "reporter", "date", "start", "end", "text", "snippet"}


def test_a_hit_says_where_who_and_when(demo_archive: Path) -> None:
    hits = ok("search", "undersea", "cable", "--archive", demo_archive, "--json").json
    first = hits[0]
    assert set(first) >= KEYS
    assert first["show"] == "Pacific Report"
    assert first["date"] == "2024-10-22"
    assert "**undersea**" in first["snippet"]
    assert 0 <= first["start"] < first["end"] <= 85
    assert all("undersea" in hit["text"].lower() for hit in hits if hit["matched"] == "speech")


def test_piped_output_is_plain_and_a_line_a_hit(demo_archive: Path) -> None:
    out = ok("search", "undersea", "--archive", demo_archive).out
    assert "\x1b" not in out
    assert all(line.count("\t") == 4 for line in out.splitlines())
    assert "Pacific Report" in out


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (["--show", "pacific report"], {"2024-10-22"}),
        (["--show", "PACIFIC-REPORT", "--until", "2024-10-21"], set()),
        (["--since", "2024-10-22", "--until", "2024-10-22"], {"2024-10-22"}),
        (["--since", "2024-10-23", "--show", "Pacific Report"], set()),
    ],
)
def test_filters(demo_archive: Path, arguments: list[str], dates: set[str]) -> None:
    ran = run("search", '"undersea cable from Fiji"', *arguments, "--archive", demo_archive, "--json")
    assert {hit["date"] for hit in ran.json} == dates
    assert ran.code == (0 if dates else 1)


def test_filter_by_reporter(demo_archive: Path) -> None:
    reporter = next(row["reporter"] for row in ok("list", "-a", demo_archive, "--jsonl").rows if row["reporter"])
    hits = ok("search", "the", "--reporter", reporter.upper(), "--archive", demo_archive, "--jsonl").rows
    assert {hit["reporter"] for hit in hits} == {reporter}


def test_a_phrase_keeps_words_together(demo_archive: Path) -> None:
    assert ok("search", '"undersea cable"', "--archive", demo_archive, "--json").json
    assert run("search", '"cable undersea"', "--archive", demo_archive).code == 1


def test_a_star_matches_longer_words(demo_archive: Path) -> None:
    assert ok("search", "unders*", "--archive", demo_archive, "--json").json
    assert run("search", "unders", "--archive", demo_archive).code == 1


def test_limit(demo_archive: Path) -> None:
    assert len(ok("search", "the", "--limit", "3", "--archive", demo_archive, "--jsonl").rows) == 3


def test_titles_are_searched(demo_archive: Path) -> None:
    row = next(row for row in ok("list", "-a", demo_archive, "--jsonl").rows if row["reporter"])
    hits = ok("search", f'"{row["title"]}"', "--archive", demo_archive, "--json").json
    assert row["clip"] in {hit["clip"] for hit in hits}


def test_an_unknown_show_is_answered_with_the_known_ones(demo_archive: Path) -> None:
    ran = run("search", "cable", "--show", "Pacific Reprot", "--archive", demo_archive)
    assert ran.code == 1
    assert "Perhaps: Pacific Report" in ran.err


@pytest.mark.parametrize(
    "arguments", [["--since", "yesterday"], ["--until", "2024-13-01"], ["--limit", "0"], ["--json", "--jsonl"]]
)
def test_options_that_make_no_sense_are_refused(demo_archive: Path, arguments: list[str]) -> None:
    ran = run("search", "cable", *arguments, "--archive", demo_archive)
    assert ran.code != 0
    assert ran.out == ""


@pytest.mark.parametrize(
    "query",
    [
        '"', '"unbalanced', "AND", "OR NOT", "a AND", "NEAR(", "text:cable", "cable)", "*", "cable*sea", "-cable",
        "^cable", "'; DROP TABLE clips; --", "Hawai'i", "12,000", "$5 million", "%", "\\", "ʻ", "海底 ケーブル",
        "\x01\x02",
    ],
)  # fmt: skip
def test_nothing_typed_is_a_syntax_error(demo_archive: Path, query: str) -> None:
    assert run("search", "--archive", demo_archive, "--", query).code in {0, 1}


@settings(max_examples=300, deadline=None)
@given(query=st.text(max_size=60))
def test_any_text_is_a_query(query: str, demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive, suppress(UsageError):
        assert all(hit.clip for hit in search(archive, query).clips)


def test_a_query_of_100_kb_is_refused(demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive, pytest.raises(UsageError, match="100000 characters"):
        search(archive, "x" * 100_000)
