"""`evaluate` and `retranscribe --worst`: how good transcripts are, and which clips are worth the most work."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import pytest
from conftest import copied
from support.bounds import statements
from support.program import REPLAY, ok, run, truths

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, stories
from radio_archive.archive.filters import EVERYTHING
from radio_archive.models import Story, Transcript, Word
from radio_archive.pipeline import evaluation
from radio_archive.speech.replay import record
from radio_archive.text.accuracy import tokens

TRUTHS = {truth["file"]: truth for truth in truths()}
CABLE = "pacific-report_2024-10-22_undersea-cable"
COFFEE = "2025-06-10 Pacific Report - Coffee growers"
GIVEN = ("model", "clips", "words", "substituted", "deleted", "inserted")


def said(name: str) -> str:
    """Return what is said in a clip, by the name of its recording."""
    return " ".join(sentence["text"] for sentence in TRUTHS[f"{name}.mp3"]["sentences"])


@dataclass(frozen=True)
class Judged:
    """An archive of two models, to be read only, and references beside it."""

    folder: Path
    references: Path
    uids: Mapping[str, str]

    def evaluate(self, *options: object) -> Any:
        return ok("evaluate", *options, "--json", "--archive", self.folder).json


@pytest.fixture(scope="module")
def judged(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    home = tmp_path_factory.mktemp("judged")
    folder = copied(demo_archive, home / "archive")
    with Archive(folder) as archive:
        uids = {Path(clip.recording.original_name).stem: clip.uid for clip in read.clips(archive)}
        # The other model loses ten words of one clip, and invents one.
        heard = ["what", *tokens(said(CABLE))[10:]]
        words = tuple(Word(n / 4, n / 4 + 0.2, f" {word}", 0.9) for n, word in enumerate(heard))
        sha256 = read.clip(archive, uids[CABLE]).recording.sha256
        record({sha256: Transcript(words, "en", model="other")}, home / "other.json")
        tales = {
            CABLE: "Ships of Tui Cable left Suva. Then Tui Cable paid Hawaiʻi.",
            COFFEE: "In Vietnam, they met Karen Oshiro, and nobody else.",
        }
        for name, body in tales.items():
            stories.save(archive, uids[name], Story(body=(body,)), None)
    ok("retranscribe", uids[CABLE], "--model", f"replay:{home / 'other.json'}", "--archive", folder)
    references = home / "references"
    (references / "more").mkdir(parents=True)
    (references / f"{CABLE}.txt").write_text(said(CABLE), encoding="utf-8")
    (references / "more" / f"{uids[COFFEE]}.json").write_text(
        json.dumps({"segments": [{"start": 0, "end": 9, "text": said(COFFEE)}]}), encoding="utf-8"
    )
    return Judged(folder, references, uids)


def test_each_model_is_judged_by_what_was_said(judged: Judged) -> None:
    made = judged.evaluate("--reference", judged.references)
    rates = {}
    for name in (CABLE, COFFEE):
        first = ok("show", judged.uids[name], "--json", "--archive", judged.folder).json
        assert first["transcripts"][-1]["model"] == "demo"
        with Archive(judged.folder, read_only=True) as archive:
            (words,) = archive.db.execute(
                "SELECT words FROM transcripts WHERE model = 'demo' AND clip_id = (SELECT id FROM clips WHERE uid = ?)",
                [judged.uids[name]],
            ).fetchone()
        heard = tokens("".join(word[2] for word in json.loads(words)))
        rates[name] = jiwer.process_words(" ".join(tokens(said(name))), " ".join(heard))
    demo, other = made["models"]
    assert (demo["model"], demo["clips"], other["model"], other["clips"]) == ("demo", 2, "other", 1)
    assert demo["words"] == sum(len(tokens(said(name))) for name in (CABLE, COFFEE))
    for kind, errors in (("substituted", "substitutions"), ("deleted", "deletions"), ("inserted", "insertions")):
        assert demo[kind] == sum(getattr(rate, errors) for rate in rates.values())
    assert (other["substituted"] + other["inserted"], other["deleted"]) == (1, 9)
    # Both models heard the one clip, and are compared by it.
    shared = {row["model"]: row for row in made["shared"]}
    assert shared["demo"]["clips"] == shared["other"]["clips"] == 1
    assert shared["demo"]["words"] == shared["other"]["words"] == other["words"]
    # The current version of a clip counts for the list of the worst.
    assert made["worst"][0]["clip"] == judged.uids[CABLE]
    assert made["worst"][0]["model"] == "other"
    assert made["unmatched"] == made["problems"] == []


def test_tables_for_people(judged: Judged) -> None:
    ran = ok("evaluate", "--reference", judged.references, "--archive", judged.folder)
    lines = ran.out.splitlines()
    assert [line.split("\t")[0] for line in lines[:2]] == ["demo", "other"]
    assert "# the 1 clip that all models heard" in lines
    assert lines[lines.index("# the worst clips") + 1].startswith(judged.uids[CABLE])
    assert lines[1].split("\t")[3] == f"{10 / len(tokens(said(CABLE))):.1%}"


def test_one_clip_with_a_file_of_any_name(judged: Judged, tmp_path: Path) -> None:
    script = tmp_path / "script.srt"
    script.write_text(f"1\n00:00:00,000 --> 00:00:09,000\n{said(COFFEE)}\n", encoding="utf-8")
    made = judged.evaluate(judged.uids[COFFEE][:6], "--reference", script)
    assert (made["clips"], [row["model"] for row in made["models"]]) == (1, ["demo"])
    # Of a folder, its own is taken.
    assert judged.evaluate("--reference", judged.references)["clips"] == 2
    made = judged.evaluate(judged.uids[COFFEE][:6], "--reference", judged.references)
    assert (made["clips"], [row["month"] for row in made["months"]], made["unmatched"]) == (1, ["2025-06"], [])


def test_a_reference_that_is_read_with_a_doubt_is_told_of(judged: Judged, tmp_path: Path) -> None:
    (tmp_path / f"{COFFEE}.txt").write_bytes(said(COFFEE).encode() + b" Caf\xe9.")
    made = judged.evaluate("--reference", tmp_path)
    assert (made["clips"], made["problems"]) == (1, [f"{COFFEE}.txt: it is not UTF-8, and was read as Windows-1252"])
    (tmp_path / f"{COFFEE}.txt").write_bytes(b"\xff\x00\x01 no text")
    assert "no words can be read in it" in run("evaluate", "--reference", tmp_path, "-a", judged.folder).err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_file_is_not_waited_for(judged: Judged, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{COFFEE}.txt")
    assert "there is no reference in" in run("evaluate", "--reference", tmp_path, "-a", judged.folder).err


def test_references_that_are_not_used_are_named(judged: Judged, tmp_path: Path) -> None:
    for name in (f"{COFFEE}.txt", f"{COFFEE}.srt", "nobody.txt", ".hidden.txt"):
        (tmp_path / name).write_text(said(COFFEE), encoding="utf-8")
    (tmp_path / f"{CABLE}.srt").write_text("no captions", encoding="utf-8")
    ran = ok("evaluate", "--reference", tmp_path, "--archive", judged.folder)
    assert f"{COFFEE}.txt is taken" in ran.err
    assert f"{CABLE}.srt: no captions can be read in it" in ran.err
    assert "No clip has the name of 1 reference: nobody." in ran.err
    made = judged.evaluate("--reference", tmp_path)
    assert (made["unmatched"], len(made["problems"])) == (["nobody"], 2)


def test_filters_choose_the_clips(judged: Judged) -> None:
    made = judged.evaluate("--reference", judged.references, "--since", "2025")
    assert (made["clips"], made["unmatched"]) == (1, [CABLE])


def test_names_of_stories_that_were_not_heard(judged: Judged) -> None:
    made = judged.evaluate("--by-story")
    assert made["clips"] == 2
    assert {(row["model"], row["names"]) for row in made["models"]} == {("demo", 5), ("other", 3)}
    assert [row["month"] for row in made["months"]] == ["2024-10", "2024-10", "2025-06"]
    assert {row["show"] for row in made["shows"]} == {"Pacific Report"}
    assert {row["clip"]: row["wrong"] for row in made["worst"]}[judged.uids[CABLE]][:2] == ["Tui Cable", "Suva"]
    lines = ok("evaluate", "--by-story", "--worst", 0, "--archive", judged.folder).out.splitlines()
    assert "# by show" in lines
    assert "# by month" in lines
    assert "# the worst clips" not in lines


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "name one of --reference and --by-story"),
        (("--reference", "{here}", "--by-story"), "name one of --reference and --by-story"),
        (("--reference", "{here}/none.txt"), "is no reference"),
        (("--reference", "{here}/a.docx"), "is no reference"),
        (("--reference", "{here}/empty"), "there is no reference in"),
        (("--reference", "{here}/bad.srt"), "No clip has the name"),
        (("{clip}", "--reference", "{here}/bad.srt"), "cannot be compared with: it is empty"),
        (("{clip}", "--by-story"), "--by-story is about many clips"),
        (("--by-story", "--until", "1999"), "No clip with a story"),
    ],
)
def test_what_cannot_be_judged(judged: Judged, tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("a.docx", "bad.srt"):
        (tmp_path / name).touch()
    words = [option.format(here=tmp_path, clip=judged.uids[CABLE]) for option in options]
    ran = run("evaluate", *words, "--archive", judged.folder)
    assert ran.code != 0
    assert problem in ran.err


def test_two_clips_of_one_name_ask_for_the_clips_name(own_archive: Path, tmp_path: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE recordings SET original_name = 'news.mp3' WHERE id <= 2")
    (tmp_path / "news.txt").write_text("Good evening.", encoding="utf-8")
    ran = run("evaluate", "--reference", tmp_path, "--archive", own_archive)
    assert ran.code == 1
    assert "news.txt: 2 clips have this name" in ran.err


def test_it_tells_how_much_is_compared(judged: Judged) -> None:
    told: list[float] = []
    with Archive(judged.folder, read_only=True) as archive:
        evaluation.by_reference(
            archive, judged.references, EVERYTHING, worst=1, progress=lambda done, total: told.append(done / total)
        )
    assert (told[0], told[-1]) == (0, 1)
    assert told == sorted(told)


def test_a_page_of_clips_takes_a_few_queries(judged: Judged) -> None:
    with Archive(judged.folder, read_only=True) as archive:
        clips = list(read.clips(archive))
        ran = statements(archive.db.conn, lambda: evaluation.worst_clips(archive, clips, 3))
        assert len(ran) == 2, ran
        ran = statements(
            archive.db.conn, lambda: evaluation.by_story(archive, EVERYTHING, worst=3, progress=lambda *_: None)
        )
        assert len(ran) <= 5, ran


def test_the_worst_clips_are_transcribed_again(judged: Judged, tmp_path: Path) -> None:
    own = copied(judged.folder, tmp_path / "archive")
    with Archive(own, read_only=True) as archive:
        worst = evaluation.worst_clips(archive, read.clips(archive), 14)
    assert len(worst) == 14
    assert worst[0] == judged.uids[CABLE]
    done = ok("retranscribe", "--worst", 2, "--force", "--model", REPLAY, "--jsonl", "--archive", own)
    assert [row["clip"] for row in done.rows] == worst[:2]
    chosen = ok(
        "retranscribe", "--show", "Reef Notes", "--worst", 1, "--force", "--model", REPLAY, "--jsonl", "-a", own
    )
    assert [row["clip"] for row in chosen.rows] == [
        clip
        for clip in worst
        if clip in {row["clip"] for row in ok("list", "--show", "Reef Notes", "--json", "-a", own).json}
    ][:1]


def test_no_clip_is_worst_where_the_model_would_say_the_same(own_archive: Path) -> None:
    done = ok("retranscribe", "--worst", 2, "--model", "demo", "--archive", own_archive)
    assert "No clip would be transcribed otherwise by the model 'demo'." in done.err
