"""Mentions of words with their context, and their number over time."""

import csv
import io
import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.program import environment, run
from support.spoken_archive import say, spoken_archive
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.cli.app import app
from radio_archive.errors import RadioArchiveError, UsageError
from radio_archive.models import Story
from radio_archive.search import concordance
from radio_archive.text.highlight import Marker, terms
from radio_archive.text.query import parse


def often(archive: Archive, *words: str) -> int:
    return sum(count.mentions or 0 for count in concordance.mentions(archive, words))


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
        lines = list(concordance.concordance(archive, "reef"))
        assert [line.date for line in lines] == ["2024-11-05"] * 3 + ["2025-02-01", None]
        assert [line.before + line.match + line.after for line in lines][1:3] == [
            "A reef is a city; a reef is old."
        ] * 2
        assert [(line.before, line.start) for line in lines][1:3] == [("A ", 5.0), ("A reef is a city; a ", 5.0)]
        newest = list(concordance.concordance(archive, "reef", newest=True, limit=1))
        assert [line.date for line in newest] == ["2025-02-01"]


@pytest.mark.parametrize("word", ["Lānaʻi", "lanai", "LANAI", "Lana'i"])
def test_spelling_makes_no_difference(folder: Path, word: str) -> None:
    with Archive(folder, read_only=True) as archive:
        assert [line.match for line in concordance.concordance(archive, word)] == ["Lānaʻi", "Lanai"]
        assert often(archive, word) == 2


def test_filters_and_words_left_out(folder: Path) -> None:
    with Archive(folder, read_only=True) as archive:
        assert len(list(concordance.concordance(archive, "reef", Filters(show="Reef Notes")))) == 1
        assert len(list(concordance.concordance(archive, 'reef show:"Reef Notes"'))) == 1
        assert len(list(concordance.concordance(archive, "reef year:2025"))) == 1
        assert len(list(concordance.concordance(archive, "reef -city"))) == 3
        assert list(concordance.concordance(archive, "title:reef")) == []
        with pytest.raises(UsageError, match="no word to count"):
            list(concordance.concordance(archive, "year:2025"))


def test_mentions_by_month_have_no_gaps(folder: Path) -> None:
    with Archive(folder, read_only=True) as archive:
        found = concordance.mentions(archive, ["reef"])
        assert [(c.period, c.mentions, c.sentences, c.clips, c.aired) for c in found] == [
            ("2024-11", 3, 2, 1, 1), ("2024-12", 0, 0, 0, 0), ("2025-01", 0, 0, 0, 0), ("2025-02", 1, 1, 1, 3),
        ]  # fmt: skip
        assert [count.share for count in found] == [1.0, 0.0, 0.0, pytest.approx(1 / 3)]
        years = concordance.mentions(archive, ["reef", "ferry"], by="year")
        assert [(count.term, count.period, count.mentions) for count in years] == [
            ("reef", "2024", 3), ("reef", "2025", 1), ("ferry", "2024", 0), ("ferry", "2025", 3),
        ]  # fmt: skip
        quick = concordance.mentions(archive, ["reef", "ferry"], by="year", sentences_only=True)
        assert [(count.mentions, count.sentences) for count in quick] == [(None, 2), (None, 1), (None, 0), (None, 2)]


CLASSES = {
    "Hawaii": ("Hawaiʻi", "Hawai'i", "Hawaii", "HAWAI‘I", "Hawai’i"),
    "reef": ("reef", "Reef", "REEF"),
    '"power outage"': ("power outage", "Power Outage", "power-outage"),
    "e-mail": ("e-mail", "email"),
    "12,000": ("12,000", "12000", "twelve thousand"),
    "12%": ("12%", "twelve percent", "12 per cent"),
    '"25 boats"': ("25 boats", "twenty-five boats"),
    "José": ("José", "Jose", "Jose\u0301"),
    "fish*": ("fish", "fishing", "fishermen"),
}
"""What is asked for, and the ways of saying it."""
FILLERS = "said Gary boats powers outage and Hawaiian reefers twelve percent mail who's".split()


def test_every_mention_is_counted_however_it_is_spelled(tmp_path: Path) -> None:
    chance = random.Random(7)
    expected: Counter[str] = Counter()
    with spoken_archive(tmp_path / "archive") as archive:
        for _ in range(12):
            sentences = []
            for _ in range(6):
                parts = []
                for name in chance.choices(list(CLASSES), k=chance.randint(1, 6)):
                    # Something always stands between two of them: two numbers in a row may be another number.
                    parts += [chance.choice(CLASSES[name]), f"{chance.choice(',;')} {chance.choice(FILLERS)}:"]
                    expected[name] += 1
                sentences.append(" ".join(parts))
            say(archive, *sentences)
        for name, ways in CLASSES.items():
            queries = {name} if "*" in name else {name, *(f'"{way}"' for way in ways)}
            for query in queries:
                assert often(archive, query) == expected[name], query
                assert len(list(concordance.concordance(archive, query))) == expected[name], query


@pytest.mark.parametrize(
    ("query", "text", "number"),
    [
        ("reef", "Reef, reef; the reef. A reefer?", 3),
        ('"reef reef"', "Reef, reef. Then reef reef reef.", 2),
        ("reef", "A reef-reef and a coral-reef.", 3),
        ("reef* -turtle", "Reefs reef; a reefer.", 3),
        ("12%", "12% of 12,000 and 12 boats", 1),
        ("12 percent", "12% and 12 % of 12", 2),
        ('"$5"', "$5, not 5 and not 5.5", 1),
        # Everything that `search` marks: both words of what has to be in one sentence.
        ('"reef" "ferry"', "A reef, a ferry, a ferry.", 3),
        ('"reef" OR title:ferry', "A reef and a ferry.", 1),
        # The index knows that a million is said, and not where.
        ("million", "It cost 1,000,000 dollars.", 1),
    ],
)
def test_what_is_a_mention(tmp_path: Path, query: str, text: str, number: int) -> None:
    with spoken_archive(tmp_path / "archive") as archive:
        say(archive, text, "Nothing else.")
        assert often(archive, query) == number
        lines = list(concordance.concordance(archive, query))
        assert len(lines) == number
        assert {line.before + line.match + line.after for line in lines} == {text}


WORDS = (
    "reef Reefs reef_x reef, reef/reef 12 12% $5 5 $ twelve percent 25 boats twenty five 1998 X9 U.S. 12,000 million a"
).split()
QUERIES = (
    "reef", "ree*", '"reef reef"', "12%", "$5", "12", "twelve percent", '"25 boats"', "1998", "reef OR a OR re*",
    '"reef ree*"', "12,000", "u.s.", "million", "x9",
)  # fmt: skip


@settings(max_examples=150)
@given(st.sampled_from(QUERIES), st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from([" ", "  ", "; "]))
def test_plain_english_is_marked_as_any_other_text(query: str, words: list[str], between: str) -> None:
    """It has a way of its own, which is quicker; any letter or sign that is not English keeps a text from it."""
    text = between.join(words)
    marker = Marker(terms(parse(query).wanted))
    assert marker.places(text) == marker.places(f"{text} …")
    assert marker.strength(text) == marker.strength(f"{text} …")


def test_long_counting_says_how_far_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concordance, "STEP", 2)
    heard: list[tuple[int, int]] = []
    with Archive(folder, read_only=True) as archive:
        concordance.mentions(archive, ["a", "reef"], progress=lambda done, total: heard.append((done, total)))
        assert heard == [(2, 3), (2, 3)]
        heard.clear()
        concordance.mentions(archive, ["a"], sentences_only=True, progress=lambda *told: heard.append(told))
        assert heard == []


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
    assert (code, out) == (0, "2024\t3\t0\t1\n2025\t1\t3\t3\n")
    assert inside("trends", "reef", "--by", "year", "--share", "-a", folder)[1] == "2024\t100.0%\t1\n2025\t33.3%\t3\n"
    rows = list(csv.DictReader(io.StringIO(inside("trends", "reef", "--csv", "-a", folder)[1])))
    assert list(rows[0]) == ["term", "period", "mentions", "sentences", "clips", "aired", "share"]
    assert rows[-1]["share"] == "0.3333"
    (first, *_) = json.loads(inside("trends", "reef", "--json", "-a", folder)[1])
    told = {"term": "reef", "period": "2024-11", "mentions": 3, "sentences": 2, "clips": 1, "aired": 1, "share": 1.0}
    assert first == told
    (first, *_) = json.loads(inside("trends", "reef", "--sentences", "--json", "-a", folder)[1])
    assert first == told | {"mentions": None}
    quick = inside("trends", "reef", "ferry", "--by", "year", "--sentences", "-a", folder)
    assert quick[1] == "2024\t2\t0\t1\n2025\t1\t2\t3\n"
    rows = list(csv.DictReader(io.StringIO(inside("trends", "reef", "--csv", "--sentences", "-a", folder)[1])))
    assert (rows[0]["mentions"], rows[0]["sentences"]) == ("", "2")
    assert inside("trends", "reef", "ferry", "--by", "year", "--plot", "-a", folder)[1].splitlines() == [
        "# reef", "2024\t3", "2025\t1", "# ferry", "2024\t0", "2025\t3",
    ]  # fmt: skip


def test_an_argument_with_a_space_is_a_phrase(folder: Path) -> None:
    (row, *_) = json.loads(inside("trends", "a reef", "--by", "year", "--json", "-a", folder)[1])
    assert (row["term"], row["mentions"]) == ('"a reef"', 2)


@pytest.mark.parametrize("command", ["concordance", "trends"])
def test_what_nobody_said_is_exit_code_1(folder: Path, command: str) -> None:
    code, _, err = inside(command, "zebra", "-a", folder)
    assert code == 1
    assert "Nobody says that" in err


@pytest.mark.parametrize("command", ["concordance", "trends"])
@pytest.mark.parametrize(
    "query", ['"', "NEAR(", "-reef", "x" * 5_000, "a\0b", "'; DROP TABLE clips; --", "year:2025", "%"]
)
def test_any_text_can_be_counted(folder: Path, command: str, query: str) -> None:
    code, out, err = inside(command, "-a", folder, "--", query)
    assert code == 1
    assert err
    assert command == "trends" or not out
