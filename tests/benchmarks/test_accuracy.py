"""benchmarks/accuracy.py: words are counted as Whisper's authors count them, and what was lost is found and named."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from accuracy_bars import bars, shown
from accuracy_clips import PARTS, Clip, find_clips
from accuracy_hear import Heard
from accuracy_rows import losing_windows, row, scores
from accuracy_scoring import quantile, rate, score
from support.pages import ROOT
from support.program import environment

SAID = "the ferry leaves the old harbour at seven and it comes back to the island at noon"


def clip(reference: str = SAID, **known: Any) -> Clip:
    return Clip("ferry", Path("ferry.mp3"), "tuning", "speech", 20.0, "", **{"reference": reference, **known})


def heard(text: str, **known: Any) -> Heard:
    """What was heard, a word a second."""
    return Heard(text, [(float(at), f" {word}") for at, word in enumerate(text.split())], **known)


def test_wrong_lost_and_invented_words_are_counted_apart() -> None:
    found = score(clip("the ferry leaves at noon from pier six"), heard("the very leaves noon from the old pier six"))
    assert (found.words, found.substituted, found.deleted, found.invented) == (8, 1, 1, 2)
    assert rate([found]) == 50.0
    assert found.lost == {3: "at"}


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [
        ("en", "Mr. Kealoha didn't pay, uh, twenty-four dollars, honour.", "mister kealoha did not pay $24 honor"),
        ("de", "Größer, als man denkt!", "größer als man denkt"),
        ("ja", "客観的実在の判断。", "客観的 実在の判断"),
    ],
)  # fmt: skip
def test_spelling_is_no_error(language: str, said: str, written: str) -> None:
    assert score(clip(said, language=language), heard(written)).errors == 0


def test_japanese_is_counted_by_characters() -> None:
    found = score(clip("客観的実在", language="ja"), heard("客観的実際"))
    assert (found.words, found.substituted) == (5, 1)


def test_without_speech_every_word_is_invented() -> None:
    assert score(clip(""), heard("Thanks for watching!")).invented == 3
    assert score(clip(""), heard("")).invented == 0


def test_where_nothing_was_heard_all_is_lost() -> None:
    found = score(clip(), heard(""))
    assert found.deleted == found.words == 17
    assert [(run.count, run.after, run.before) for run in found.lost_runs] == [(17, None, None)]


def test_a_lost_stretch_lies_between_its_neighbours() -> None:
    words = [(0.5, " the"), (1.0, " ferry"), (2.0, " leaves"), (12.5, " the"), (13.0, " island"), (14.0, " at noon")]
    found = score(clip(), Heard("the ferry leaves the island at noon", words))
    (run,) = found.lost_runs
    assert "old harbor at 7 and it comes back to" in run.words
    # Either `the` may be the one that was heard.
    assert (run.count, run.after, run.before) == (10, 2.0, 13.0)


def test_fewer_than_four_words_are_no_stretch() -> None:
    assert score(clip(), heard(SAID.replace("and it comes ", ""))).lost_runs == []


def test_starts_are_compared_where_the_same_word_was_heard() -> None:
    true = ((1.0, "uh"), (2.0, "twenty"), (2.5, "four"), (3.0, "boats"), (4.0, "sank"), (5.0, "here"))
    ears = Heard("24 boats sang here", [(2.25, " 24"), (3.0, " boats"), (4.0, " sang"), (5.5, " here.")])
    found = score(clip("uh twenty four boats sank here", words=true), ears)
    assert found.word_errors == [0.25, 0.0, 0.5]


def test_starts_of_sentences_are_those_of_their_first_words() -> None:
    true = ((0.0, "The ferry leaves."), (6.0, "It comes back."))
    starts = [(0.1, " The"), (1.0, " ferry"), (2.0, " leaves."), (6.3, " It"), (7.0, " comes"), (8.0, " back.")]
    text = "The ferry leaves. It comes back."
    assert score(clip(text, sentences=true), Heard(text, starts)).sentence_errors == pytest.approx([0.1, 0.3])


def test_quantiles() -> None:
    assert quantile([], 0.5) is None
    assert [quantile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.9)] == [1.0, 2.0, 3.0]


REPORTS: list[Any] = [(0.0, 4.0, "trusted", []), (4.0, 13.0, "suspect", []), (13.0, 20.0, "trusted", [])]


@pytest.mark.parametrize(
    ("reports", "gaps", "expected"),
    [
        (REPORTS, [], [("suspect", False)]),
        ([(0.0, 20.0, "trusted", [])], [], [("trusted", False)]),
        ([(0.0, 20.0, "trusted", [])], [(4.0, 9.0)], [("trusted", True)]),
        ([(0.0, 20.0, "trusted", [])], [(15.0, 19.0)], [("trusted", False)]),
        ([], [], [("none", False)]),
    ],
    ids=["the window where it was said", "trusted", "named by a gap", "a gap elsewhere", "no window"],
)
def test_the_window_that_lost_words_is_found(
    reports: list[Any], gaps: list[tuple[float, float]], expected: list[tuple[str, bool]]
) -> None:
    words = [(0.5, " the"), (1.0, " ferry"), (2.0, " leaves"), (13.5, " the"), (14.0, " island"), (15.0, " at noon")]
    ears = Heard("the ferry leaves the island at noon", words, reports=reports, gaps=gaps)
    assert losing_windows(clip(), ears, score(clip(), ears)) == expected


def test_a_bar_that_is_missed_says_where() -> None:
    ears = {"a": {"ferry": heard(SAID, cpu=2.0)}, "b": {"ferry": heard(SAID, cpu=1.0)}}
    ours = replace(heard("the ferry leaves"), reports=[(0.0, 20.0, "trusted", [])])
    everybody, before = {**ears, "c": {"ferry": ours}}, {"heard": {"c": {"ferry": as_kept(heard(SAID))}}}
    costs = {"all": {"cpu": 1.0, "windows": 1}, "clean": {"cpu": 1.0, "windows": 1}}
    lines = shown(list(bars([clip()], everybody, scores([clip()], everybody), costs, before))).splitlines()
    said = "\n".join(lines)
    assert "ferry: 82.4 (S0 D14 I0) against 0.0 (S0 D0 I0)" in said
    assert "ferry: the old harbor at 7 and it comes back to the island at noon" in said
    assert "ferry (trusted)" in said
    verdicts = {line.split(" ≤ ")[1].split(maxsplit=1)[1]: line.split()[0] for line in lines if " ≤ " in line}
    assert {name for name, verdict in verdicts.items() if verdict == "held"} == {
        "tuning: words on sound without speech, against (a)",
        "tuning: guards fired on clean windows (0 of 1)",
        "CPU seconds, all clips, / (a): 1/2",
        "CPU seconds, clean clips, / (a): 1/2",
    }


def as_kept(one: Heard) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(asdict(one)))
    return written


def test_what_is_kept_of_a_measurement_holds_no_text() -> None:
    ears = {"a": {"ferry": heard(SAID, cpu=2.0)}, "c": {"ferry": heard(SAID)}}
    kept = json.dumps(row("base", [clip()], ears, scores([clip()], ears), {}))
    assert "ferry" in kept
    assert "harbo" not in kept


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def clips(shared: Path, cache: Path) -> list[Clip]:
    return find_clips(shared, cache / "clips")


def test_damaged_copies_and_montages_are_the_same_on_every_run(clips: list[Clip], shared: Path, tmp_path: Path) -> None:
    assert {one.name: one.digest for one in find_clips(shared, tmp_path)} == {one.name: one.digest for one in clips}


def test_nothing_that_is_held_out_is_heard_in_tuning(clips: list[Clip]) -> None:
    """Five words in a row that two clips share come from one source; made scripts share their greetings by intent."""
    unique = [one for one in clips if one.kind != "made"]
    runs = {part: {run for one in unique if one.part == part for run in _runs(one)} for part in PARTS}
    assert all(len(found) > 500 for found in runs.values())
    assert runs["tuning"] & runs["held-out"] == set()
    assert len({one.name for one in clips}) == len(clips)


def _runs(one: Clip) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", one.reference.lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_labels_of_words_come_in_order(clips: list[Clip]) -> None:
    """Where labels of sounds follow those of words, they begin again at the start of the clip."""
    timed = [one for one in clips if one.words]
    assert {"timit-dr1", "mfa-cold"} <= {one.name for one in timed}
    for one in timed:
        assert all(second[0] > first[0] - 1 for first, second in pairwise(one.words))
        assert len(one.words) <= len(one.reference.split()) + 3


@pytest.mark.usefixtures("clips")
def test_the_command_hears_faster_whisper_once(shared: Path, cache: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [
        sys.executable, ROOT / "benchmarks" / "accuracy.py", "--models", f"demo.en={ROOT / 'fixtures' / 'demo-model'}",
        "--shared", shared, "--clips", "made-whales", "--cache", cache, "--keep", tmp_path / "kept.json",
    ]  # fmt: skip
    said = []
    options: list[list[str | Path]] = [[], ["--contenders", "c", "--once", "--bars", tmp_path / "kept.json"]]
    for more in options:
        done = subprocess.run(
            [*command, *more], capture_output=True, encoding="utf-8", check=True, timeout=600,
            env=environment(PYTHONPATH=str(ROOT)), cwd=tmp_path,
        )  # fmt: skip
        said.append(done)
    assert "a: made-whales" in said[0].stderr
    assert "a: made-whales" not in said[1].stderr
    for contender in ("(a) `transcribe`", "(b) batched", "(c) radio_archive"):
        assert f"held-out: 1 clips, 1 min | {contender} |" in said[1].stdout
    assert "held-out: WER against (a)" in said[1].stdout
