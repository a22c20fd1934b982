"""The script of a static site parses as Python does: a shared table of cases, and queries that hypothesis makes."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from support.query_trees import QUERIES, TODAY, tree

from radio_archive.publish.static import SCRIPTS

CASES = Path(__file__).parents[1] / "text" / "query_cases.json"
PROGRAM = """
global.window = global;
process.argv.slice(1).forEach(require);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [query, today] = JSON.parse(line);
  let found;
  try {
    found = radioArchiveQuery.parse(query, today);
  } catch (error) {
    if (!(error instanceof radioArchiveQuery.QueryError)) throw error;
    found = { error: error.message };
  }
  console.log(JSON.stringify([found, found.error ? [] : radioArchiveQuery.hints(found)]));
});
"""

Parse = Callable[[str], tuple[dict[str, object], list[str]]]


@pytest.fixture(scope="module")
def parse() -> Iterator[Parse]:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    command = ["node", "-e", PROGRAM, *map(str, SCRIPTS[:2])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as node:
        assert node.stdin is not None
        assert node.stdout is not None
        sent, received = node.stdin, node.stdout

        def ask(query: str) -> tuple[dict[str, object], list[str]]:
            sent.write(json.dumps([query, TODAY.isoformat()]) + "\n")
            sent.flush()
            found, hints = json.loads(received.readline())
            return found, hints

        yield ask
        sent.close()


@pytest.mark.parametrize(("query", "expected"), json.loads(CASES.read_text(encoding="utf-8")))
def test_the_shared_table_of_cases(parse: Parse, query: str, expected: dict[str, object]) -> None:
    assert parse(query)[0] == expected


@settings(max_examples=500, deadline=None)
@given(query=QUERIES)
def test_any_query_is_the_same_to_both(parse: Parse, query: str) -> None:
    assert parse(query)[0] == tree(query)


@pytest.mark.parametrize(
    "time",
    [
        "today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year",
        "past year", "last spring", "this winter", "last winter", "this autumn", "last 3 weeks", "past 2 months",
        "last 9999 years", "last 2025 years", "winter 1", "winter 2", "spring 9999", "winter 9999", "9999",
        "9999-12", "0000", "0001-01-01",
        "29 february 2023", "29 february 2024", "feb 29th, 2024", "12/31/2024", "31/12/2024", "1/2024", "2024-1-5",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["since", "after", "before", "date"])
def test_times_are_the_same_to_both(parse: Parse, field: str, time: str) -> None:
    query = f'{field}:"{time}" x'
    assert parse(query)[0] == tree(query)


def test_advice_names_the_fields_that_work_there(parse: Parse) -> None:
    (hint,) = parse("cable speakr:bob")[1]
    assert hint.startswith("There is no field speakr: (there are show:, reporter:, since:,")
    assert "host:" not in hint
    assert parse("title: cable -show:x since:someday")[1] == [
        "title: was searched for as a word. Write it without a space after it: title:WORD",
        "-show:x was searched for as text: only words can be excluded.",
        "since:someday was searched for as text. Times are written: 2024, 2024-10, 2024-10-22, 10/22/2024, March 2025, "
        "last week.",
    ]
    assert parse(r"cable 12:30 https://x.org C:\x re: budget")[1] == []
