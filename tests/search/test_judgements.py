"""The search answers what people ask: queries whose right answers are known, and benchmarks/judgements.py itself."""

import re
from collections.abc import Mapping

import pytest
from judgements import Answer, Judged, Scores, answers, failures, load, score, table
from support.pages import DOCS, read

NAMES = ("dev", "own")
A_QUERY = 1 / 60
"""What one query of a set counts, about: on a busy machine, the closest words may not be found in time."""


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Answer]]:
    """The answers to the queries of each set."""
    return {name: answers(load(name), tmp_path_factory.mktemp(name) / "archive") for name in NAMES}


@pytest.fixture(scope="module")
def scores(given: Mapping[str, Mapping[str, Answer]]) -> Mapping[str, Scores]:
    return {name: score(load(name).queries, given[name]) for name in NAMES}


def test_the_clip_that_is_meant_comes_first(
    scores: Mapping[str, Scores], given: Mapping[str, Mapping[str, Answer]]
) -> None:
    wrong = "\n".join(failures(load("dev").queries, given["dev"]))
    assert scores["dev"].overall.mrr >= 0.93, wrong
    assert scores["dev"].overall.success >= 0.90, wrong


def test_nothing_is_found_where_no_clip_is_an_answer(
    scores: Mapping[str, Scores], given: Mapping[str, Mapping[str, Answer]]
) -> None:
    assert scores["dev"].nothing == 8
    assert scores["dev"].silent >= 6, "\n".join(failures(load("dev").queries, given["dev"]))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_how_good_the_answers_are(name: str, scores: Mapping[str, Scores]) -> None:
    pattern = r"\| (\w+) \| queries .*?\| \*\*all\*\* \| \d+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|"
    shown = {
        one[1]: [float(value) for value in one.groups()[1:]]
        for one in re.finditer(pattern, read(DOCS / "search.md"), re.DOTALL)
    }
    one = scores[name].overall
    assert shown[name] == pytest.approx([one.mrr, one.ndcg, one.success, one.found], abs=0.005 + A_QUERY)


JUDGED = [
    Judged("a", "keyword", "reef", {"best": 3, "good": 2, "near": 1}),
    Judged("b", "keyword", "coral", {"best": 3, "other": 3}),
    Judged("c", "question", "who?", {"good": 2}),
    Judged("d", "nothing", "penguins", {}),
    Judged("e", "nothing", "ice", {}, "mice"),
]


def test_answers_are_measured_by_rank_and_grade() -> None:
    found = {
        "a": Answer(["near", "best"]), "b": Answer(["other", "far"]), "c": Answer([]), "d": Answer(["far"]),
        "e": Answer([], ["dice"]),
    }  # fmt: skip
    scored = score(JUDGED, found)
    assert (scored.silent, scored.nothing) == (1, 2)
    keyword = scored.kinds["keyword"]
    assert (keyword.queries, keyword.mrr, keyword.success, keyword.found) == (2, 0.75, 0.5, 0.5)
    # (1 + 7/log2(3)) / (7 + 3/log2(3) + 1/2), and 7 / (7 + 7/log2(3)).
    assert keyword.ndcg == pytest.approx((5.41650 / 9.39279 + 7 / 11.41650) / 2, abs=1e-4)
    assert scored.kinds["question"].mrr == 0
    assert scored.overall.mrr == pytest.approx(0.5)
    told = list(failures(JUDGED, found))
    assert [line.split()[0] for line in told] == ["a", "c", "d", "e"]
    assert "finds near, best; wanted best 3" in told[0]
    assert "| **all** | 3 | 0.50 |" in table({"dev": scored})


def test_a_clip_that_is_named_twice_counts_once() -> None:
    found = {"a": Answer(["near", "near", "best"]), "b": Answer(["best", *"cdefghijkl", "other"])}
    scored = score(JUDGED[:2], found)
    assert (scored.overall.mrr, scored.overall.found) == (0.75, 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_every_grade_is_that_of_a_clip(name: str) -> None:
    judged = load(name)
    keys = [clip["key"] for clip in judged.clips]
    every = [*judged.queries, *judged.paraphrases]
    assert len(keys) == len({*keys}) >= 40
    assert len({one.id for one in every}) == len(every)
    assert {grade for one in every for grade in one.relevant.values()} <= {1, 2, 3}
    assert {key for one in every for key in one.relevant} <= {*keys}
