"""benchmarks/names.py: what it counts, its table in docs/names.md, and the bars on real transcripts where they are."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import names
import pytest
from support.pages import DOCS, ROOT, read
from support.program import environment

from radio_archive.models import Proposal, ProposalSource, Word

SAID = "Captain Ana Lima sails to Suva".split()


def piece(heard: str, blocks: list[tuple[int, int, bool]], mention: tuple[int, int]) -> names.Piece:
    """Return a piece of SAID; `blocks` are the script's word and the transcript's, and whether they are the same."""
    facts: dict[str, Any] = {
        "script_words": SAID,
        "names": [
            {"text": "Ana Lima", "mentions": [{"said": "Ana Lima", "script": [1, 3], "base": {"words": list(mention)}}]}
        ],
        "engines": {
            "base": {
                "alignment": [{"script": [a, a + 1], "words": [b, b + 1], "same": same} for a, b, same in blocks],
            }
        },
    }
    words = tuple(Word(at, at + 1, f" {text}", 0.5) for at, text in enumerate(heard.split()))
    return names.Piece("piece", facts, "base", words, Path())


MISHEARD = piece(
    "Captain anal ema sails to Suva", [(0, 0, True), (1, 1, False), (2, 2, False), (3, 3, True), (4, 4, True)], (1, 3)
)


def proposal(first: int, last: int, after: str) -> Proposal:
    return Proposal(first, last, "", after, ProposalSource.STORY, "", 0.9)


@pytest.mark.parametrize(
    ("change", "right", "lost"),
    [
        (proposal(1, 2, "Ana Lima"), True, 0),
        (proposal(0, 2, "Captain Ana Lima"), True, 0),
        (proposal(0, 2, "Ana Lima"), False, 1),
        (proposal(1, 3, "Ana Lima"), False, 1),
        (proposal(1, 2, "Ana Limo"), False, 0),
    ],
)
def test_a_repair_is_right_where_the_script_has_it_and_no_right_word_is_lost(
    change: Proposal, right: bool, lost: int
) -> None:
    assert names.is_right(MISHEARD, change) == right
    assert names.touched(MISHEARD, change) == lost


@pytest.mark.parametrize(
    ("changes", "repaired"),
    [
        ([proposal(1, 2, "Ana Lima")], True),
        ([proposal(1, 1, "Ana"), proposal(2, 2, "Lima")], True),
        ([proposal(1, 1, "Ana Lima")], False),
        ([proposal(4, 4, "Ana Lima")], False),
    ],
)
def test_a_name_is_repaired_if_it_stands_there_and_little_is_left_of_what_was_misheard(
    changes: list[Proposal], repaired: bool
) -> None:
    assert names.is_repaired(MISHEARD, "Ana Lima", {"words": [1, 3], "heard": "anal ema"}, changes) == repaired


def test_a_bar_that_is_missed_is_named() -> None:
    document = json.loads(read(ROOT / "benchmarks" / "results" / "names.json"))["names"]
    assert {row["pieces"] for row in document["rows"]} == {names.LEARNED, names.UNSEEN}
    for row in document["rows"]:
        if row["words known"] or row["pieces"] == names.LEARNED:
            assert names.failures(row) == []
    worse = next(row for row in document["rows"] if row["model"] == "base") | {
        "repaired": 10, "applied right": 10, "touched": 9, "traps taken": 1,
    }  # fmt: skip
    assert len(names.failures(worse)) == 4


def test_the_table_is_made_from_the_results(tmp_path: Path) -> None:
    copy = Path(shutil.copy(DOCS / "names.md", tmp_path / "names.md"))
    copy.write_text(re.sub(r"\d+%", "1%", read(copy)), encoding="utf-8")
    subprocess.run(
        [sys.executable, "benchmarks/report.py", copy], check=True, timeout=120, cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    assert read(copy) == read(DOCS / "names.md")


@pytest.mark.parametrize("model", names.MODELS)
def test_the_bars_are_held_on_real_transcripts(shared: Path, model: str) -> None:
    pieces = names.load(shared / "names", model)
    for mode in names.BARS:
        counts = names.measure(pieces, pieces, mode)
        row = {"model": names.MODELS[model], "mode": mode, "words known": True, **counts}
        assert counts["wrong"] > 100
        assert names.failures(row) == [], counts["misses"]
