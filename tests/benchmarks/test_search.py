"""benchmarks/search.py: what is asked has the words that people use, and a bar that is missed is named."""

import copy
import json
from typing import Any

import pytest
from search_questions import PAIRS, SHAPES, pairs, questions
from search_report import bars
from support.pages import ROOT, read
from synthetic_text import FUNCTION_WORDS, Corpus


@pytest.fixture
def measured() -> Any:
    (path,) = (ROOT / "benchmarks" / "results").glob("search-*.json")
    return json.loads(read(path))["search"]


def missed(found: Any) -> list[str]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in bars(found)]
    return [what for what, _, _, verdict in rows if verdict == "missed"]


def test_a_bar_that_is_missed_is_named(measured: Any) -> None:
    slow = copy.deepcopy(measured)
    slow["questions"][0]["ms"][0] = 9_999.0
    slow["command_line_seconds"]["rare"] = 0.1
    assert "the slowest of them" in missed(slow)
    quick = copy.deepcopy(measured)
    for row in quick["questions"]:
        row["ms"] = [1.0]
    assert {"the slowest of them", "questions of eight words, median"}.isdisjoint(missed(quick))


def test_an_earlier_version_is_compared_where_there_is_one(measured: Any) -> None:
    base = {
        "commit": "1234567",
        "two_words": [{"ratio": 1.0}, {"ratio": 2.0}, {"ratio": 1.2}],
        "saving_ms": {"base": 6.0, "now": 8.0},
        "bytes": {"base": {"index": 100, "segments": 10}, "now": {"index": 240, "segments": 20}},
    }
    found = [what for what in missed({**measured, "base": base}) if "1234567" in what]
    assert found == ["two words, the slowest kind, version 1234567 = 1", "clips saved in a second, version 1234567 = 1"]


def test_questions_have_eight_words_of_the_corpus_and_unknown_ones() -> None:
    words = {*Corpus().words}
    asked = questions()
    assert len(asked) == len(SHAPES)
    assert len([text for texts in asked.values() for text in texts]) >= 40
    for name, texts in asked.items():
        assert {len(text.split()) for text in texts} == {8}
        unknown = [word for text in texts for word in text.split() if word not in words]
        assert len(unknown) == (len(texts) if "unknown" in name else 0)
    assert {word for text in asked["only stop words"] for word in text.split()} <= {*FUNCTION_WORDS, "now", "about"}
    assert len(pairs()) == len(PAIRS)
    assert asked == questions()


def test_a_sentence_is_of_function_words_and_of_words_with_endings() -> None:
    corpus = Corpus(3)
    said = [word.lower().rstrip(".") for _ in range(400) for word in corpus.sentence().split()]
    share = sum(word in FUNCTION_WORDS for word in said) / len(said)
    assert 0.35 < share < 0.6
    stems = {*corpus.words}
    assert sum(word.endswith("ing") and word[:-3] in stems for word in said) > 20
