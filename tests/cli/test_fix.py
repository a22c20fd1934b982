"""`fix`, `propose` and `glossary`: a name that was misheard is corrected everywhere, and that can be taken back."""

import json
import re
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from support.clips import new_clip
from support.nobody import as_nobody, give_to_nobody
from support.program import environment, ok, run
from support.terminal import terminal
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import save
from radio_archive.archive.index import check
from radio_archive.cli.app import app
from radio_archive.cli.cpu_limit import cpu_limit
from radio_archive.config.settings import TEMPLATE, CorrectionOptions
from radio_archive.errors import UsageError
from radio_archive.metadata.repair.propose import SURE
from radio_archive.models import Story, Transcript, Word
from radio_archive.pipeline import retag
from radio_archive.text.segmenting import split

SAID = {
    "1": "The Jung-on Daily says so. A ferry was late.",
    "2": "Says the jung on daily. In Hawaii it rained.",
    "3": "Nothing of the kind in Hannalay. The governor of Hawaii spoke in Kuching. For Reef Notes, I'm Malia Santos.",
}
STORY = Story("Rain", ("The governor spoke to the people of Kuching, and to those of Hīnālea beach, on Monday.",))


def words_of(text: str) -> tuple[Word, ...]:
    return tuple(Word(n * 0.4, n * 0.4 + 0.3, f" {word}", 0.9) for n, word in enumerate(text.split()))


def archived(folder: Path) -> Path:
    """Return an archive of three clips of two shows."""
    with Archive.create(folder, TEMPLATE) as archive:
        for digest, text in SAID.items():
            words = words_of(text)
            new = new_clip(digest, "Reef Notes" if digest == "3" else "Asia Minute")
            story = STORY if digest == "3" else None
            save.save_clip(archive, replace(new, transcript=Transcript(words), segments=split(words), story=story))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archived(tmp_path_factory.mktemp("fix") / "archive")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "archive")
    return tmp_path / "archive"


def texts(folder: Path) -> dict[str, str]:
    """Return the text of each clip, by its recording's digest."""
    with Archive(folder, read_only=True) as archive:
        rows = archive.db.execute(
            """SELECT sha256, group_concat(text, ' ') FROM (SELECT * FROM segments ORDER BY clip_id, position)
               JOIN clip_recordings USING (clip_id) JOIN recordings ON recordings.id = recording_id GROUP BY sha256"""
        )
        return dict(rows.fetchall())


def fix(folder: Path, *arguments: object) -> dict[str, object]:
    return ok("fix", *arguments, "--archive", folder, "--yes", "--json").json  # type: ignore[no-any-return]


def test_places_are_shown_before_anything_is_changed(folder: Path) -> None:
    shown = run("fix", "jung on daily", "JoongAng Daily", "--archive", folder)
    assert shown.code == 1
    assert "fix asks first, but there is no terminal" in shown.err
    lines = shown.out.splitlines()
    assert lines[0] == "2 places in 2 clips."
    assert "The [Jung-on → JoongAng] Daily says so. A ferry was" in lines[2]
    # The comma and the full stop stay, and so does the small letter inside a sentence.
    assert "Says the [jung on daily. → JoongAng Daily.] In Hawaii it rained." in lines[4]
    rows = ok("fix", "jung on daily", "JoongAng Daily", "--json", "--archive", folder).json
    assert (rows["places"], [row["text"] for row in rows["changes"]]) == (2, ["JoongAng", "JoongAng Daily."])
    # Where a sentence begins with what was typed in small letters, so does the new text.
    assert "The [Jung-on Daily → X] says" in ok("fix", "jung on daily", "x", "--dry-run", "--archive", folder).out
    assert texts(folder) == SAID


def test_one_batch_changes_all_and_is_taken_back(folder: Path) -> None:
    done = fix(folder, "jung on daily", "JoongAng Daily", "--reason", "the paper's name")
    assert (done["places"], len(done["clips"])) == (2, 2)  # type: ignore[arg-type]
    assert texts(folder)["1"] == "The JoongAng Daily says so. A ferry was late."
    assert len(ok("search", "joongang", "--archive", folder, "--json").json["clips"]) == 2
    assert len(ok("search", "jung on", "--archive", folder, "--json").json["clips"]) == 2
    [batch] = ok("fix", "--list", "--json", "--archive", folder).json
    assert (batch["corrections"], batch["clips"], batch["reason"], batch["kind"]) == (2, 2, "the paper's name", "fix")
    assert "the paper's name" in ok("fix", "--list", "--archive", folder).out
    undone = ok("fix", "--undo", done["batch"], "--archive", folder)
    assert undone.out == f"Took back batch {done['batch']}, in 2 clips.\n"
    assert texts(folder) == SAID
    again = run("fix", "--undo", done["batch"], "--archive", folder)
    assert (again.code, "undone already" in again.err) == (1, True)
    with Archive(folder) as archive:
        assert all(not report.problems for report in check.verify(archive, mend=False))


def test_filters_exact_words_patterns_and_what_is_forgotten(folder: Path) -> None:
    assert fix(folder, "hawaii", "Hawaiʻi", "--show", "Reef Notes")["places"] == 1
    assert "In Hawaii it" in texts(folder)["2"]
    nothing = run("fix", "hawaii", "x", "--exact", "--archive", folder, "--yes", "--json")
    assert (nothing.code, nothing.json) == (1, {"batch": None, "places": 0, "clips": []})
    assert fix(folder, r"(?i)jung[- ]on", "Joong", "--regex", "--forget-heard")["places"] == 2
    assert "Nothing found" in run("search", '"jung on"', "--archive", folder).err
    author = environment(RADIO_ARCHIVE_AUTHOR="Lani")
    assert run("fix", "ferry", "boat", "--yes", "--archive", folder, env=author).code == 0
    assert ok("fix", "--list", "--json", "--archive", folder).json[0]["author"] == "Lani"


@pytest.mark.parametrize("old", ["daily in", "daily In Hawaii", "Says the jung on daily. In Hawaii it rained."])
def test_a_text_is_found_where_a_sentence_ends_inside_it(folder: Path, old: str) -> None:
    done = fix(folder, old, "X")
    assert done["places"] == 1
    assert "X" in texts(folder)["2"]
    ok("fix", "--undo", done["batch"], "--archive", folder)
    assert texts(folder) == SAID


@pytest.mark.parametrize(
    ("old", "places"),
    [
        ("Aloha kakou welcome", 1),
        ("morning aloha kakou welcome to Hilo", 1),
        ("Good morning. Aloha! Kakou. Welcome to Hilo.", 1),
        ("morning-aloha kakou", 1),
        ("Aloha welcome", 0),
    ],
)
def test_a_text_is_found_in_several_sentences(tmp_path: Path, old: str, places: int) -> None:
    said = ("Good morning.", "Aloha!", "Kakou.", "Welcome to Hilo.")
    words = [Word(n * 1.5, n * 1.5 + 1.2, f" {word}") for n, word in enumerate(" ".join(said).split())]
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        new = replace(new_clip("1", "Reef Notes"), transcript=Transcript(tuple(words)), segments=split(words))
        assert tuple(segment.text for segment in new.segments) == said
        save.save_clip(archive, new)
    done = run("fix", old, "X", "--archive", tmp_path / "archive", "--yes", "--json")
    assert done.json["places"] == places


def test_a_pattern_that_python_may_read_otherwise_one_day_is_not_warned_of(folder: Path) -> None:
    done = ok("fix", "[[K]uching", "X", "--regex", "--dry-run", "--archive", folder)
    assert (done.out.splitlines()[0], done.err) == ("1 place in 1 clip.", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_nothing_is_changed_before_a_person_says_yes(folder: Path) -> None:
    for answer, code in (("n\n", 1), ("\n", 1), ("y\n", 0)):
        with terminal("fix", "ferry", "boat", "--archive", folder, env=environment()) as screen:
            shown = screen.expect("Change 1 place in 1 clip? [y/N]: ")
            assert "ferry boat was late" in shown
            assert texts(folder) == SAID
            screen.press(answer)
            assert screen.end() == code, screen.seen
    assert texts(folder)["1"] == "The Jung-on Daily says so. A boat was late."
    assert "fix --undo 1" in screen.seen


def test_a_fix_that_cannot_be_written_shows_no_places(folder: Path) -> None:
    give_to_nobody(folder)
    (folder / "archive.db").chmod(0o444)
    folder.chmod(0o555)
    done = as_nobody("fix", "Hawaii", "Hawaiʻi", "--yes", "--archive", folder)
    assert (done.returncode, done.stdout, "for writing" in done.stderr) == (1, "", True), done.stderr


def test_a_fix_that_is_stopped_while_clips_are_read_again_says_how_it_is_taken_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(retag, "listen_to_each", stopped)
    done = CliRunner().invoke(app, ["fix", "Hawaii", "Hawaiʻi", "--yes", "--archive", str(folder)])
    assert done.exit_code != 0
    assert "Not all was done. `radio-archive fix --undo 1`" in done.output


def test_what_was_heard_is_shown_beside_what_is_there(folder: Path) -> None:
    clips: Any = fix(folder, "Kuching", "Kuching town", "--reason", "why")["clips"]
    (uid,) = clips
    assert "spoke in Kuching town." in ok("show", uid, "--archive", folder).out
    assert "spoke in Kuching." in ok("show", uid, "--original", "--archive", folder).out
    assert "spoke in [Kuching. → Kuching town.] For Reef Notes," in ok("show", uid, "--diff", "--archive", folder).out
    [row] = ok("show", uid, "--diff", "--json", "--archive", folder).json
    assert (row["heard"], row["text"], row["source"]) == ("Kuching.", "Kuching town.", "human")
    assert ok("show", uid, "--json", "--archive", folder).json["corrected"] == 1
    assert "corrected in 1 place" in ok("export", uid, "--format", "vtt", "--archive", folder).out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["fix"], "nothing was named"),
        (["fix", "a"], "what should 'a' be? Give that too"),
        (["fix", "Hawaii", " Hawaii ", "--yes"], "is to be what it is already"),
        (["fix", "a", "b", "--list"], "cannot be used together"),
        (["fix", "a", "b", "--exact", "--regex"], "cannot be used together"),
        (["fix", "…", "b"], "no word in"),
        (["fix", r"\w(", "b", "--regex"], r"“\w(” or “b” is no regular expression"),
        (["fix", "a", "b", "--show", "Nobody's"], "no show called"),
        (["fix", "--undo", "7"], "no batch 7"),
        (["fix", "--undo", str(2**63)], "too large a number"),
        (["fix", "--undo", "1", "--show", "Asia Minute"], "whole batches"),
        (["fix", "--list", "--since", "2024"], "whole batches"),
        (["fix", "kumquat", "b", "--yes"], "Nothing found"),
        (["fix", "Hawaii", "\u202e", "--yes"], "can be seen"),
        (["fix", "Hawaii", "x" * 1_001, "--yes"], "more than 1,000 characters"),
        (["glossary", "add", "…"], "is no term"),
        (["glossary", "add", "x", "--kind", "animal"], "no kind"),
        (["glossary", "add", "x", "y", "--heard", "z"], "--heard is of one term"),
        (["glossary", "add", "x", "--show", "Nobody's"], "no show is called"),
        (["glossary", "remove", "x"], "no term 'x'"),
        (["glossary", "export", "--format", "toml"], "no format"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(folder: Path, arguments: list[str], problem: str) -> None:
    done = run(*arguments, "--archive", folder)
    assert done.code == 1
    assert problem in done.err
    assert done.err.count("\n") == 1


def test_a_glossary_is_kept_and_goes_through_files(folder: Path, tmp_path: Path) -> None:
    at = ("--archive", folder)
    ok("glossary", "add", "Hawaii", "Kāneʻohe", "--kind", "place", *at)
    ok("glossary", "add", "JoongAng Daily", "--heard", "Jung-on Daily", "--show", "asia minute", "--note", "=1", *at)
    # The right spelling takes the place of the other, and what it was heard as stays.
    assert ok("glossary", "add", "Hawaiʻi", "--heard", "Hawaii; Havaii", *at).out.startswith(
        "0 terms added, 1 changed."
    )
    listed = ok("glossary", "list", "--json", *at).json
    assert [(row["term"], row["kind"], row["heard"], row["show"]) for row in listed] == [
        ("Hawaiʻi", "place", ["Hawaii", "Havaii"], None),
        ("JoongAng Daily", "other", ["Jung-on Daily"], "Asia Minute"),
        ("Kāneʻohe", "place", [], None),
    ]
    for name in ("csv", "json"):
        file = tmp_path / f"glossary.{name}"
        file.write_text(ok("glossary", "export", "--format", name, *at).out, encoding="utf-8")
        assert ok("glossary", "import", file, *at).out.startswith("0 terms added, 0 changed.")
    assert ok("glossary", "remove", "hawaii", "--json", *at).json == {"term": "Hawaiʻi", "show": None}
    assert ok("glossary", "import", file, *at).out.startswith("1 term added, 0 changed.")
    assert ok("glossary", "list", "--show", "Asia Minute", "--json", *at).json == [listed[1]]
    assert run("glossary", "export", "--show", "Nobody's", *at).out == ""


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="it needs a file without an end")
@pytest.mark.parametrize("command", [["glossary", "import"], ["people", "import"]])
def test_no_more_of_a_file_is_read_than_is_allowed(folder: Path, command: list[str]) -> None:
    done = run(*command, "/dev/zero", "--archive", folder)
    assert (done.code, "is larger than 20,000,000 bytes" in done.err) == (1, True), done.err


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "term,colour\nx,red\n", "line 2: 'colour' is not known"),
        ("a.csv", "term,kind\nx,animal\n", "no kind 'animal'"),
        ("a.csv", "term,heard,Heard \nx,y,z\n", "line 1: the column 'heard' is there twice"),
        ("a.csv", f"term,heard\ngood,\nx,{';'.join(f'y{n}' for n in range(51))}\n", "'x' would be heard as 51 forms"),
        ("a.csv", "kind\nplace\n", "line 2: no term"),
        ("a.csv", "term\na,b\n", "more values than the header"),
        ("a.json", '{"term": "x"}', "no list of objects"),
        ("a.json", '[{"term": "x", "heard": "y"}]', "wrong type"),
        ("a.json", '[{"term": "good"}, {"term": 1}]', "number 2: a value has the wrong type"),
        ("a.json", "[", "Expecting value"),
        ("a.csv", "", "there is no term in"),
        ("a.csv", "term,kind\n , \n,\n", "there is no term in"),
        ("a.json", "[]", "there is no term in"),
        ("a.csv", "term\nM\udcfcnchen\n", "is not UTF-8 text"),
    ],
)
def test_a_wrong_file_adds_nothing(folder: Path, tmp_path: Path, name: str, content: str, problem: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    done = run("glossary", "import", tmp_path / name, "--archive", folder)
    assert (done.code, problem in done.err) == (1, True), done.err
    assert ok("glossary", "list", "--json", "--archive", folder).json == []


def test_names_are_proposed_by_the_glossary(folder: Path) -> None:
    at = ("--archive", folder)
    ok("glossary", "add", "Hawaiʻi", "--kind", "place", *at)
    ok("glossary", "add", "JoongAng Daily", "--heard", "Jung-on Daily", "--heard", "jung on daily", *at)
    assert ok("propose", "--show", "Asia Minute", *at).out.startswith("2 clips: 3 names corrected, ")
    assert texts(folder)["2"] == "Says the JoongAng Daily. In Hawaiʻi it rained."
    assert texts(folder)["3"] == SAID["3"]
    assert "3 names corrected" in ok("propose", "--show", "Asia Minute", *at).out, "they stay as they are"
    ok("glossary", "remove", "Hawaii", *at)
    rows = ok("propose", "--all", "--json", *at).json
    assert [row["accepted"] for row in rows][:2] == [1, 1]
    assert "In Hawaii it rained" in texts(folder)["2"], "what the glossary no longer says is no longer there"


def test_terms_are_suggested_by_what_stories_say_and_transcripts_lack(folder: Path) -> None:
    found = ok("glossary", "suggest", "--json", "--archive", folder).json
    terms = {row["term"]: row for row in found}
    assert "Hīnālea" in " ".join(terms)
    assert "Kuching" not in terms, "it was heard right"
    assert terms[next(term for term in terms if "Hīnālea" in term)]["missed"] == 1
    ok("glossary", "add", *terms, "--archive", folder)
    assert ok("glossary", "suggest", "--json", "--archive", folder).json == []


def test_show_says_how_much_of_what_was_said_is_in_the_story(made: Path) -> None:
    (row,) = ok("list", "--show", "Reef Notes", "--json", "--archive", made).json
    shown = ok("show", row["clip"], "--archive", made).out.splitlines()
    assert "story      Rain (16 words; 21% of what was said is in it)" in shown


def test_who_signs_off_is_credited_when_the_name_is_corrected(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        words = words_of("It rained. For Reef Notes, I'm Molly Answers.")
        new = replace(new_clip("1", "Reef Notes"), transcript=Transcript(tuple(words)), segments=split(words))
        claims = [claim for claim in new.claims if claim.field != "reporter"]
        uid = save.save_clip(archive, replace(new, claims=claims, resolved={})).clip
    ok("shows", "add", "Reef Notes", "--archive", tmp_path / "a")
    ok("people", "add", "Malia Santos", "--archive", tmp_path / "a")
    done = ok("fix", "Molly Answers", "Malia Santos", "--yes", "--archive", tmp_path / "a")
    assert f"{uid}: reporter is now Malia Santos" in done.err
    assert ok("list", "--json", "--archive", tmp_path / "a").json[0]["reporter"] == "Malia Santos"
    assert "reporter is now not known" in ok("fix", "--undo", "1", "--archive", tmp_path / "a").err


def test_a_search_for_a_name_that_was_misheard_offers_to_correct_it(folder: Path) -> None:
    done = run("search", "Hanalei", "--archive", folder)
    assert 'If it was misheard: radio-archive fix "' in done.err
    offered = done.err.partition("radio-archive ")[2].splitlines()[0]
    ok(*shlex.split(offered), "--yes", "--archive", folder)
    assert len(ok("search", "+Hanalei", "--json", "--archive", folder).json["clips"]) == 1
    assert "misheard" not in run("search", "ferries nowhere", "--archive", folder).err


def test_a_pattern_that_never_ends_is_ended() -> None:
    with pytest.raises(UsageError, match="too long"), cpu_limit(0.05, UsageError("too long")):
        re.search(r"(a+)+$", "a" * 60 + "!")
    with cpu_limit(0.05, UsageError("too long")):
        assert not re.search("x", SAID["1"])


def test_the_settings_have_the_threshold_that_was_measured() -> None:
    assert CorrectionOptions().accept == SURE
    assert f"# accept = {SURE}" in TEMPLATE
    assert json.dumps(SURE) in TEMPLATE
