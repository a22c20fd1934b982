"""Counting what is said: words in their surroundings, and how often over time."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from program import environment, run
from spoken_archive import say, spoken_archive
from typer.testing import CliRunner

from radio_archive.archive import counts
from radio_archive.archive.archive import Archive
from radio_archive.archive.catalogue import Filters
from radio_archive.cli.app import app
from radio_archive.errors import RadioArchiveError, UsageError
from radio_archive.models import Story


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counting") / "archive"
    with spoken_archive(folder) as archive:
        say(archive, "The reef off Lānaʻi is alive.", "A reef is a city; a reef is old.", date="2024-11-05")
        say(archive, "Divers on Lanai saw no reef.", "A ferry came.", date="2025-02-01", show="Reef Notes")
        say(archive, "A ferry came, and another ferry.", date="2025-02-10", title="The reef ferry")
        say(archive, "Silence.", date="2025-02-11", story=Story(headline="Reef", body=("A reef of stories.",)))
        say(archive, "The reef has no date.", date=None)
    return folder


def inside(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, RadioArchiveError):
        return 1, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_every_place_is_a_line_by_air_date(folder: Path) -> None:
    with Archive(folder, read_only=True) as archive:
        lines = list(counts.concordance(archive, "reef"))
        assert [line.date for line in lines] == ["2024-11-05"] * 3 + ["2025-02-01", None]
        assert [line.before + line.match + line.after for line in lines][1:3] == [
            "A reef is a city; a reef is old."
        ] * 2
        assert [(line.before, line.start) for line in lines][1:3] == [("A ", 5.0), ("A reef is a city; a ", 5.0)]
        newest = list(counts.concordance(archive, "reef", newest=True, limit=1))
        assert [line.date for line in newest] == ["2025-02-01"]


@pytest.mark.parametrize("word", ["Lānaʻi", "lanai", "LANAI", "Lana'i"])
def test_spelling_makes_no_difference(folder: Path, word: str) -> None:
    with Archive(folder, read_only=True) as archive:
        assert [line.match for line in counts.concordance(archive, word)] == ["Lānaʻi", "Lanai"]
        assert sum(count.mentions for count in counts.mentions(archive, [word])) == 2


def test_filters_and_words_left_out(folder: Path) -> None:
    with Archive(folder, read_only=True) as archive:
        assert len(list(counts.concordance(archive, "reef", Filters(show="Reef Notes")))) == 1
        assert len(list(counts.concordance(archive, 'reef show:"Reef Notes"'))) == 1
        assert len(list(counts.concordance(archive, "reef year:2025"))) == 1
        assert len(list(counts.concordance(archive, "reef -city"))) == 3
        assert list(counts.concordance(archive, "title:reef")) == []
        with pytest.raises(UsageError, match="no word to count"):
            list(counts.concordance(archive, "year:2025"))


def test_mentions_by_month_have_no_gaps(folder: Path) -> None:
    with Archive(folder, read_only=True) as archive:
        found = counts.mentions(archive, ["reef"])
        assert [(count.period, count.mentions, count.clips, count.aired) for count in found] == [
            ("2024-11", 2, 1, 1), ("2024-12", 0, 0, 0), ("2025-01", 0, 0, 0), ("2025-02", 1, 1, 3),
        ]  # fmt: skip
        assert [count.share for count in found] == [1.0, 0.0, 0.0, pytest.approx(1 / 3)]
        years = counts.mentions(archive, ["reef", "ferry"], by="year")
        assert [(count.term, count.period, count.mentions) for count in years] == [
            ("reef", "2024", 2), ("reef", "2025", 1), ("ferry", "2024", 0), ("ferry", "2025", 2),
        ]  # fmt: skip


def test_the_concordance_is_printed_for_people_and_programs(folder: Path) -> None:
    code, out, _ = inside("concordance", "ferry", "-a", folder)
    assert code == 0
    assert [line.split("\t")[3:] for line in out.splitlines()] == [
        ["A", "ferry", "came."], ["A", "ferry", "came, and another ferry."],
        ["A ferry came, and another", "ferry", "."],
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(inside("concordance", "ferry", "--csv", "-a", folder)[1])))
    assert [row["match"] for row in rows] == ["ferry"] * 3
    assert rows[0]["start"] == "5.00"
    first, *_ = json.loads(inside("concordance", "ferry", "--json", "-a", folder)[1])
    assert (first["show"], first["match"]) == ("Reef Notes", "ferry")


def test_on_a_terminal_the_words_stand_under_each_other(folder: Path) -> None:
    ran = run("concordance", "ferry", "-a", folder, env=environment(FORCE_COLOR="1", COLUMNS="90"))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in ran.out.splitlines()]
    marked = [re.sub(r"\x1b\[(?!1;30;43m)[0-9;]*m", "", line).index("\x1b[1;30;43m") for line in ran.out.splitlines()]
    assert len(lines) == 3
    assert len(set(marked)) == 1
    assert max(map(len, lines)) <= 90


def test_trends_in_all_their_forms(folder: Path) -> None:
    code, out, _ = inside("trends", "reef", "ferry", "--by", "year", "-a", folder)
    assert (code, out) == (0, "2024\t2\t0\t1\n2025\t1\t2\t3\n")
    assert inside("trends", "reef", "--by", "year", "--share", "-a", folder)[1] == "2024\t100.0%\t1\n2025\t33.3%\t3\n"
    rows = list(csv.DictReader(io.StringIO(inside("trends", "reef", "--csv", "-a", folder)[1])))
    assert list(rows[0]) == ["term", "period", "mentions", "clips", "aired", "share"]
    assert rows[-1]["share"] == "0.3333"
    (first, *_) = json.loads(inside("trends", "reef", "--json", "-a", folder)[1])
    assert first == {"term": "reef", "period": "2024-11", "mentions": 2, "clips": 1, "aired": 1, "share": 1.0}
    assert inside("trends", "reef", "ferry", "--by", "year", "--plot", "-a", folder)[1].splitlines() == [
        "# reef", "2024\t2", "2025\t1", "# ferry", "2024\t0", "2025\t2",
    ]  # fmt: skip


def test_an_argument_with_a_space_is_a_phrase(folder: Path) -> None:
    (row, *_) = json.loads(inside("trends", "a reef", "--by", "year", "--json", "-a", folder)[1])
    assert (row["term"], row["mentions"]) == ('"a reef"', 1)


@pytest.mark.parametrize("command", ["concordance", "trends"])
def test_what_nobody_said_is_exit_code_1(folder: Path, command: str) -> None:
    code, _, err = inside(command, "zebra", "-a", folder)
    assert code == 1
    assert "Nobody is heard" in err


@pytest.mark.parametrize("command", ["concordance", "trends"])
@pytest.mark.parametrize(
    "query", ['"', "NEAR(", "-reef", "x" * 5_000, "a\0b", "'; DROP TABLE clips; --", "year:2025", "%"]
)
def test_any_text_can_be_counted(folder: Path, command: str, query: str) -> None:
    code, out, err = inside(command, "-a", folder, "--", query)
    assert code == 1
    assert err
    assert command == "trends" or not out
