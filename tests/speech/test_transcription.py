"""Accuracy of the whole pipeline: the demo model on the fixture clips, against their true text.

Nothing was tuned on the held-out clips. The bounds for each kind of sound are stated here.
"""

import json
import re
import sqlite3
from pathlib import Path

import jiwer
import pytest
from faster_whisper import WhisperModel
from support.program import CLIPS, FIXTURES, Ran, ok, run, truths

TRUTH = truths()
BOUNDS = {"clean": 0.06, "bed": 0.12, "jingle": 0.06, "noise": 0.08, "silence": 0.06}
"""The highest allowed word error rate, pooled over the clips with one kind of sound."""


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9$]+", re.sub(r"(?<=\d),(?=\d)", "", text.lower().replace("'", ""))))


@pytest.fixture(scope="module")
def heard(heard_archive: Path) -> dict[str, dict[str, object]]:
    """What was heard, by the clip's file name."""
    clips = [row["clip"] for row in ok("list", "--archive", heard_archive, "--jsonl").rows]
    details = [ok("show", clip, "--archive", heard_archive, "--json").json for clip in clips]
    return {detail["original_name"]: detail for detail in details}


def spoken(truth: dict[str, object]) -> str:
    return words(" ".join(sentence["text"] for sentence in truth["sentences"]))  # type: ignore[attr-defined]


def written(detail: dict[str, object]) -> str:
    return words(" ".join(segment["text"] for segment in detail["segments"]))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("split", "sound"), sorted({(truth["split"], truth["sound"]) for truth in TRUTH}), ids=lambda value: str(value)
)
def test_word_error_rate(heard: dict[str, dict[str, object]], split: str, sound: str) -> None:
    chosen = [truth for truth in TRUTH if (truth["split"], truth["sound"]) == (split, sound)]
    references = [spoken(truth) for truth in chosen]
    hypotheses = [written(heard[Path(truth["file"]).name]) for truth in chosen]
    rate = jiwer.wer(references, hypotheses)
    print(f"{split} {sound}: word error rate {rate:.1%} over {len(chosen)} clips")
    assert rate <= BOUNDS[sound]


@pytest.mark.parametrize("split", ["tuning", "held-out"])
def test_sentences_begin_when_they_do(heard: dict[str, dict[str, object]], split: str) -> None:
    """Half of the true sentence starts have a segment start within 0.15 s. A start in a dropped clause has none."""
    errors = sorted(
        min(abs(segment["start"] - sentence["start"]) for segment in heard[Path(truth["file"]).name]["segments"])  # type: ignore[attr-defined]
        for truth in TRUTH
        if truth["split"] == split
        for sentence in truth["sentences"]
    )
    print(f"{split}: median {errors[len(errors) // 2]:.3f} s, 90 % {errors[len(errors) * 9 // 10]:.3f} s")
    assert errors[len(errors) // 2] <= 0.15


def test_no_worse_than_faster_whisper_file_by_file(heard: dict[str, dict[str, object]]) -> None:
    model = WhisperModel(str(FIXTURES / "demo-model"), device="cpu", compute_type="int8")
    theirs, ours, references = [], [], []
    for truth in TRUTH[::3]:
        segments, _ = model.transcribe(
            str(CLIPS / truth["file"]), language="en", condition_on_previous_text=False, vad_filter=True
        )
        theirs.append(words(" ".join(segment.text for segment in segments)))
        ours.append(written(heard[Path(truth["file"]).name]))
        references.append(spoken(truth))
    rates = jiwer.wer(references, ours), jiwer.wer(references, theirs)
    print(f"word error rate {rates[0]:.2%}, file by file {rates[1]:.2%}")
    assert rates[0] <= rates[1]


def test_nothing_is_written_where_nobody_speaks(heard: dict[str, dict[str, object]]) -> None:
    truth = next(truth for truth in TRUTH if truth["sound"] == "silence")
    (start, end) = truth["quiet"][0]
    for segment in heard[Path(truth["file"]).name]["segments"]:  # type: ignore[attr-defined]
        middle = (segment["start"] + segment["end"]) / 2
        assert not start + 1 < middle < end - 1, segment


def test_every_clip_has_its_true_show_date_and_length(heard_archive: Path) -> None:
    listed = {row["sha256"]: row for row in ok("list", "--archive", heard_archive, "--jsonl").rows}
    assert len(listed) == len(TRUTH)
    from radio_archive.audio.container import sha256_of

    for truth in TRUTH:
        row = listed[sha256_of(CLIPS / truth["file"])]
        assert (row["show"], row["date"]) == (truth["show"], truth["air_date"]), truth["file"]
        assert row["duration"] == pytest.approx(truth["duration"], abs=0.05)
        assert row["transcript"] == "demo"


def test_tagged_clips_have_their_reporter_and_title(heard_archive: Path) -> None:
    import mutagen

    listed = {row["sha256"]: row for row in ok("list", "--archive", heard_archive, "--jsonl").rows}
    from radio_archive.audio.container import sha256_of

    tagged = [(truth, tags) for truth in TRUTH if (tags := mutagen.File(CLIPS / truth["file"]).tags)]
    assert len(tagged) >= 5
    for truth, tags in tagged:
        row = listed[sha256_of(CLIPS / truth["file"])]
        assert row["title"] == str(tags["TIT2"]), truth["file"]
        assert row["reporter"] == (truth["reporter"] if "TPE1" in tags else None), truth["file"]


def test_segments_are_timed_in_order_within_the_clip(heard: dict[str, dict[str, object]]) -> None:
    for detail in heard.values():
        times = [time for segment in detail["segments"] for time in (segment["start"], segment["end"])]  # type: ignore[attr-defined]
        assert times == sorted(times)
        assert times[0] >= 0
        assert times[-1] <= detail["duration"] + 0.5  # type: ignore[operator]


def test_show_says_how_the_transcript_was_made(heard_archive: Path) -> None:
    clip = ok("list", "--archive", heard_archive, "--jsonl").rows[0]["clip"]
    transcript = ok("show", clip, "--archive", heard_archive, "--json").json["transcripts"][0]
    assert (transcript["engine"], transcript["model"], transcript["current"]) == ("faster-whisper", "demo", True)
    assert transcript["engine_version"] >= "1.2.1"
    assert re.fullmatch(r"[0-9a-f]{64}", transcript["options"]["weights_sha256"])
    assert transcript["options"]["device"] in {"cpu", "cuda"}
    assert transcript["speed"] > 0
    assert transcript["words"] > 100


def test_the_first_add_reports_each_file(first_hearing: tuple[Path, Ran]) -> None:
    rows = first_hearing[1].json
    assert {row["outcome"] for row in rows} == {"archived"}
    assert len(rows) == len(TRUTH)
    assert re.search(r"14 clips, 16 min of audio, about \d+ (s|min)", first_hearing[1].err)
    assert re.search(r"14 clips archived: 16 min of audio in .* real time", first_hearing[1].err)


def test_a_second_add_of_the_same_bytes_says_so_and_does_nothing(own_archive: Path) -> None:
    """It needs no model: the one named here does not exist."""
    before = ok("list", "--archive", own_archive, "--json").out
    ran = ok("add", CLIPS, "--archive", own_archive, "--model", "no-such-model", "--json")
    assert {row["outcome"] for row in ran.json} == {"duplicate"}
    assert {row["clip"] for row in ran.json} == {row["clip"] for row in ok("list", "-a", own_archive, "--jsonl").rows}
    assert "14 already there" in ran.err
    assert ok("list", "--archive", own_archive, "--json").out == before


def test_retranscribe_keeps_the_older_version(own_heard_archive: Path) -> None:
    clip = ok("list", "--archive", own_heard_archive, "--jsonl").rows[0]["clip"]
    other = ("--model", "demo", "--compute-type", "float32")
    ran = ok("retranscribe", clip, "--archive", own_heard_archive, *other, "--json")
    assert [(row["outcome"], row["clip"]) for row in ran.json] == [("archived", clip)]
    detail = ok("show", clip, "--archive", own_heard_archive, "--json").json
    kinds = [(t["options"]["compute_type"], t["current"]) for t in detail["transcripts"]]
    assert kinds == [("float32", True), ("int8", False)]
    assert len(ok("list", "--archive", own_heard_archive, "--jsonl").rows) == len(TRUTH)


def test_an_upgrade_of_the_whole_archive_passes_over_what_is_done(own_archive: Path) -> None:
    """As after an upgrade that was stopped half-way: two shows remain."""
    for show in ("Reef Notes", "Harbor Watch"):
        for row in ok("list", "--show", show, "-a", own_archive, "--jsonl").rows:
            with sqlite3.connect(own_archive / "archive.db") as db:
                db.execute(
                    """UPDATE transcripts SET model = 'tiny', options = json_set(options, '$.weights_sha256', 'of tiny')
                       WHERE clip_id = (SELECT id FROM clips WHERE uid = ?)""",
                    [row["clip"]],
                )
    ran = ok("retranscribe", "--all", "-a", own_archive, "--model", "demo", "--jsonl")
    assert "skipped: already transcribed" in ran.err
    again = {row["clip"] for row in ran.rows}
    listed = ok("list", "-a", own_archive, "--jsonl").rows
    assert again == {row["clip"] for row in listed if row["show"] in {"Reef Notes", "Harbor Watch"}}
    assert {row["transcript"] for row in listed} == {"demo"}
    nothing = ok("retranscribe", "--all", "-a", own_archive, "--model", "demo", "--jsonl")
    assert nothing.rows == []


def test_show_tells_what_the_guards_found(own_heard_archive: Path) -> None:
    clip = ok("list", "-a", own_heard_archive, "--jsonl").rows[0]["clip"]
    windows = ok("show", clip, "-a", own_heard_archive, "--json").json["transcripts"][0]["windows"]
    assert windows[0]["start"] < windows[0]["end"] <= windows[-1]["end"]
    assert {"log_probability", "no_speech", "compression"} <= set(windows[0]["scores"])
    for verdict, flags, said in (
        ("trusted", [], "without a sign of invented text"),
        ("suspect", ["compression_ratio 3.1 (limit 2.4)"], "suspect: compression_ratio 3.1 (limit 2.4)"),
    ):
        with sqlite3.connect(own_heard_archive / "archive.db") as db:
            db.execute(
                "UPDATE transcripts SET windows = ? WHERE clip_id = (SELECT id FROM clips WHERE uid = ?)",
                [json.dumps([{**windows[0], "verdict": verdict, "flags": flags}]), clip],
            )
        assert said in ok("show", clip, "-a", own_heard_archive).out


def test_force_transcribes_again_as_a_new_version(own_archive: Path) -> None:
    source = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
    row = ok("add", source, "--archive", own_archive, "--model", "demo", "--force", "--jsonl").rows[0]
    assert row["outcome"] == "archived"
    assert len(ok("show", row["clip"], "--archive", own_archive, "--json").json["transcripts"]) == 2
    assert len(ok("list", "--archive", own_archive, "--jsonl").rows) == len(TRUTH)


def test_what_no_model_is_here_for_names_the_ways_out(empty_archive: Path) -> None:
    from support.program import environment

    # For the hub's client: no network, and an empty cache.
    env = environment(HF_HUB_OFFLINE="1", HF_HOME=str(empty_archive / "no-cache"))
    ran = run("add", CLIPS / "20241105_HarborWatch.mp3", "--archive", empty_archive, "--model", "tiny", env=env)
    assert ran.code == 1
    problem = ran.err.splitlines()[-1]
    assert "radio-archive models download tiny" in problem
    assert "--model FOLDER" in problem
    assert "--model demo" in problem


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--model", "gigantic", "Known names: tiny"),
        ("--device", "cuda", "no CUDA device"),
        ("--device", "abacus", "auto, cpu or cuda"),
        ("--compute-type", "int3", "int8"),
    ],
)
def test_an_engine_that_cannot_be_had_is_one_clear_line(
    empty_archive: Path, option: str, value: str, expected: str
) -> None:
    ran = run("add", CLIPS / "20241105_HarborWatch.mp3", "--archive", empty_archive, option, value)
    assert ran.code == 1
    assert expected in ran.err.splitlines()[-1]
    assert ok("list", "--archive", empty_archive).out == ""


def test_a_folder_that_holds_no_model_is_named(empty_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    ran = run("add", CLIPS / "20241105_HarborWatch.mp3", "-a", empty_archive, "--model", tmp_path / "model")
    assert "holds no model.bin" in ran.err
    (tmp_path / "model" / "model.bin").write_bytes(b"not weights")
    ran = run("add", CLIPS / "20241105_HarborWatch.mp3", "-a", empty_archive, "--model", tmp_path / "model")
    assert "cannot load the model" in ran.err
    assert ran.code == 1
