"""Values that a person sets always win. The claims of the sources are listed, read again, and never lost."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.bounds import statements
from support.program import CLIPS, REPLAY, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, sidecars
from radio_archive.cli.commands.tag import _claims as claims_about

STORY = b"""<html><body><article><h1>Cable lands at last</h1><p class="byline">By Ana Keo</p>
<p>The undersea cable from Fiji has landed on a beach in the west of the island after a journey of two years.</p>
<p>Engineers will bury the last mile of it this week, and then the first light goes through.</p></article></body></html>
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three clips: one with a sidecar, one with a story, and one with only a sign-off."""
    folder = tmp_path_factory.mktemp("tag")
    ok("init", folder / "archive")
    people = folder / "people.csv"
    people.write_text("name,aliases\nKaren Oshiro,K. Oshiro\nDana Kealoha,\n", encoding="utf-8")
    ok("people", "import", people, "--archive", folder / "archive")
    ok("shows", "add", "Pacific Report", "code=PR", "rights=© Coast Radio", "--archive", folder / "archive")
    incoming = folder / "in" / "clips"
    incoming.mkdir(parents=True)
    shutil.copy(CLIPS / "2025-06-10 Pacific Report - Coffee growers.mp3", incoming / "PR061325.mp3")
    shutil.copy(next(CLIPS.rglob("pacific-report_2024-10-22*.mp3")), incoming / "cable.mp3")
    sidecar = {"title": "The cable", "reporter": "Somebody Else", "date": "2024-10-23", "guest": ["Ann Lee", "Bo Li"]}
    (incoming / "cable.json").write_text(json.dumps(sidecar), encoding="utf-8")
    shutil.copy(CLIPS / "whales_final_mix.mp3", incoming / "whales.mp3")
    (incoming / "whales.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nGood morning.\n", encoding="utf-8")
    ok("add", incoming, "--archive", folder / "archive", "--model", REPLAY)
    return folder / "archive"


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "archive", ignore=shutil.ignore_patterns("*.db-*"))
    return tmp_path / "archive"


def listed(archive: Path) -> dict[str, dict[str, str]]:
    rows = {row["clip"]: row for row in ok("list", "--archive", archive, "--json").json}
    names = {uid: ok("show", uid, "--archive", archive, "--json").json["original_name"] for uid in rows}
    return {names[uid]: row for uid, row in rows.items()}


def test_code_sign_off_sidecar_and_tags_each_have_their_say(archive: Path) -> None:
    clips = listed(archive)
    coffee, cable = clips["PR061325.mp3"], clips["cable.mp3"]
    assert (coffee["show"], coffee["date"], coffee["reporter"]) == ("Pacific Report", "2025-06-13", "Karen Oshiro")
    assert (cable["title"], cable["date"], cable["reporter"]) == ("The cable", "2024-10-23", "Somebody Else")
    shown = ok("show", coffee["clip"], "--archive", archive).out
    assert "Karen Oshiro  ← signoff: heard at 1:0" in shown
    assert "© Coast Radio" in shown, "the show's own default"
    assert "no person has approved the transcript" in shown


def test_captions_beside_a_recording_are_another_transcript(archive: Path) -> None:
    uid = listed(archive)["whales.mp3"]["clip"]
    document = ok("show", uid, "--archive", archive, "--json").json
    assert [(t["model"], t["current"]) for t in document["transcripts"]] == [("whales.vtt", False), ("demo", True)]
    assert document["sidecars"] == ["whales.vtt"]


def test_a_person_wins_and_survives_a_retag(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    told = ok("tag", uid, "reporter=Dana Kealoha", "title!=The cable", "review=approved", "--archive", archive)
    assert "reporter: Somebody Else → Dana Kealoha" in told.out
    ok("retag", "--all", "--archive", archive)
    clip = listed(archive)["cable.mp3"]
    assert (clip["reporter"], clip["title"]) == ("Dana Kealoha", "An undersea cable from Fiji to Hawaiʻi")
    assert "no person has approved" not in ok("show", uid, "--archive", archive).out
    ok("tag", uid, "reporter=", "title=", "--archive", archive)
    clip = listed(archive)["cable.mp3"]
    assert (clip["reporter"], clip["title"]) == ("Somebody Else", "The cable")


def test_guests_are_all_credited_and_in_no_conflict(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    shown = ok("show", uid, "--archive", archive).out.splitlines()
    assert [line for line in shown if "Ann Lee" in line or "Bo Li" in line] == [
        "guest      Ann Lee  ← sidecar: sidecar cable.json: guest",
        "guest      Bo Li  ← sidecar: sidecar cable.json: guest",
    ]
    conflicts = ok("claims", uid, "--conflicts", "--archive", archive, "--jsonl").rows
    assert {row["field"] for row in conflicts} == {"title", "date", "reporter"}


def test_what_a_person_has_settled_is_no_conflict(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    ok("tag", uid, "reporter=Dana Kealoha", "title=The cable", "--archive", archive)
    conflicts = ok("claims", uid, "--conflicts", "--archive", archive, "--jsonl").rows
    assert {row["field"] for row in conflicts} == {"date"}


def test_conflicts_and_proposals_are_listed(archive: Path) -> None:
    conflicts = ok("claims", "--conflicts", "--archive", archive, "--jsonl").rows
    assert {row["value"] for row in conflicts if row["field"] == "reporter"} == {"Somebody Else", "Dana Kealoha"}
    proposals = ok("claims", "--proposals", "--archive", archive, "--jsonl").rows
    assert {row["source"] for row in proposals} == {"signoff"}
    known = {person["name"] for person in ok("people", "list", "--archive", archive, "--json").json}
    assert {"Bill Carter", "Tom Fujimoto"} <= {row["value"] for row in proposals}
    assert not known & {"Bill Carter", "Tom Fujimoto"}, "nobody becomes a person by being heard"


def test_the_claims_of_all_clips_are_read_together(archive: Path) -> None:
    with Archive(archive, read_only=True) as opened:
        uids = [clip.uid for clip in read.clips(opened)]
        assert claims.of_clips(opened, uids) == {uid: claims.of_clip(opened, uid) for uid in uids}
        every = list(read.clips(opened))
        ran = statements(opened.db.conn, lambda: list(claims_about(opened, every, conflicts=True, proposals=False)))
    assert len(every) == 3
    assert sum("claims" in statement for statement in ran) == 1, ran


def test_retag_reads_a_new_rank_and_a_dry_run_changes_nothing(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    ok("shows", "set", "Pacific Report", "ranks=tags,signoff", "--archive", archive)
    before = listed(archive)
    would = ok("retag", uid, "--dry-run", "--archive", archive, "--jsonl").rows
    assert listed(archive) == before
    ok("retag", uid, "--archive", archive)
    assert listed(archive)["cable.mp3"]["reporter"] == "Dana Kealoha"
    assert [(row["field"], row["after"]) for row in would if row["field"] == "reporter"] == [
        ("reporter", "Dana Kealoha")
    ]


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ("reporter", "is not a known field with a value"),
        ("reprter=x", "Did you mean reporter="),
        ("date=31/02/2024", "is not a date"),
        ("visibility=secret", "It is public or private"),
        ("review=maybe", "It is unreviewed, approved or rejected"),
    ],
)
def test_what_makes_no_sense_is_said(archive: Path, fact: str, problem: str) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    ran = run("tag", uid, fact, "--archive", archive)
    assert ran.code == 1
    assert problem in ran.err


def test_a_rundown_is_what_a_control_room_expects(archive: Path) -> None:
    [row] = ok("rundown", "--date", "2025-06-13", "--archive", archive, "--json").json
    assert row["in_cue"].startswith("Good evening")
    assert row["out_cue"].endswith("Karen Oshiro.")
    assert -40 < row["loudness"] < 0
    assert row["trt"] == pytest.approx(65.2, abs=0.5)
    ok("tag", row["clip"], "title=<script>late</script>", "--archive", archive)
    page = ok("rundown", "--html", "--archive", archive).out
    assert page.count("<tr>") == 4
    assert "&lt;script&gt;late&lt;/script&gt;" in page
    assert "<script" not in page
    assert len(ok("rundown", "--csv", "--archive", archive).out.splitlines()) == 4


def test_a_rundown_reads_the_first_and_last_sentences_and_not_all_words(archive: Path) -> None:
    said = {
        row["clip"]: "".join(
            word["text"] for word in ok("export", row["clip"], "-f", "json", "-a", archive).json["words"]
        )
        for row in listed(archive).values()
    }
    expected = {uid: (" ".join(text.split()[:6]), " ".join(text.split()[-6:])) for uid, text in said.items()}
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE transcripts SET words = 'not read'")
    rows = ok("rundown", "--archive", archive, "--jsonl").rows
    assert {row["clip"]: (row["in_cue"], row["out_cue"]) for row in rows} == expected
    table = ok("rundown", "--archive", archive)
    assert len(table.out.splitlines()) == 3
    assert "3 clips, 3 min." in table.err
    assert run("rundown", "--since", "2030", "--archive", archive).err.startswith("No clip matches.")


def test_collections_keep_their_order(archive: Path) -> None:
    uids = [row["clip"] for row in listed(archive).values()]
    ok("collection", "add", "Best of", *uids, "--archive", archive)
    ok("collection", "add", "best-of", uids[0], "--archive", archive)
    shown = [row["clip"] for row in ok("collection", "show", "Best of", "--archive", archive, "--json").json]
    assert shown == [*uids[1:], uids[0]]
    ok("collection", "remove", "Best of", uids[1], "--archive", archive)
    assert ok("collection", "list", "--archive", archive, "--json").json[0]["clips"] == 2
    ok("collection", "remove", "Best of", "--archive", archive)
    assert ok("collection", "list", "--archive", archive, "--json").json == []


def test_settings_are_checked(archive: Path) -> None:
    assert "is fine" in ok("config", "check", "--archive", archive).out
    (archive / "radio-archive.toml").write_text('[filename]\npattern = ["{code}"]\n', encoding="utf-8")
    ran = run("config", "check", "--archive", archive)
    assert ran.code == 1
    assert "Did you mean 'patterns'" in ran.err


def test_the_database_stays_sound(archive: Path) -> None:
    with sqlite3.connect(archive / "archive.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def fill_up(archive: Path, table: str) -> None:
    """Make inserts into a table fail, as if the disk were full."""
    with sqlite3.connect(archive / "archive.db") as database:
        database.execute(f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")


def all_of(archive: Path) -> list[str]:
    with sqlite3.connect(archive / "archive.db") as database:
        return list(database.iterdump())


def test_of_several_fields_all_are_tagged_or_none(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    fill_up(archive, "notes")
    before = all_of(archive)
    ran = run("tag", uid, "reporter=Dana Kealoha", "rights=Coast Radio", "note=Checked", "--archive", archive)
    assert ran.code == 1
    assert all_of(archive) == before


def test_what_a_sidecar_and_its_story_say_is_read_again_as_a_whole(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    with Archive(archive) as opened:
        sidecars.attach(opened, uid, "cable.html", STORY)
    fill_up(archive, "stories")
    before = all_of(archive)
    assert run("retag", uid, "--archive", archive).code == 1
    assert all_of(archive) == before


def test_a_collection_is_not_left_behind_empty(archive: Path) -> None:
    uid = listed(archive)["cable.mp3"]["clip"]
    fill_up(archive, "collection_clips")
    before = all_of(archive)
    assert run("collection", "add", "Best of 2024", uid, "--archive", archive).code == 1
    assert all_of(archive) == before


def test_a_file_of_shows_is_read_whole_or_not_at_all(archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "shows.csv"
    file.write_text("name,visibility\nSea Change,public\nReef Notes,secret\n", encoding="utf-8")
    before = all_of(archive)
    ran = run("shows", "import", file, "--archive", archive)
    assert ran.code == 1
    assert "secret" in ran.err
    assert all_of(archive) == before


UNTAGGED = ("20241105_HarborWatch.mp3", "reef-notes/2025-03-04 sea turtles.mp3", "pacific-report_2024-12-03_*.mp3")


def test_a_proposed_show_is_none_until_it_is_accepted_or_recurs(tmp_path: Path) -> None:
    archive, incoming = tmp_path / "archive", tmp_path / "in" / "clips"
    ok("init", archive)
    incoming.mkdir(parents=True)
    for day, name in enumerate(UNTAGGED, 21):
        path = incoming / f"Ferry Notes 2024-10-{day}.mp3"
        shutil.copy(next(CLIPS.glob(name)), path)
        ok("add", path, "--archive", archive, "--model", REPLAY)
    clips = listed(archive)
    first, second, third = (clips[name] for name in sorted(clips))
    # Two files called the same may be about the same; three days of them are a show.
    assert [first["show"], second["show"], third["show"]] == [None, None, "Ferry Notes"]
    shown = ok("show", first["clip"], "--archive", archive).out
    assert "show?      Ferry Notes  ← only proposed by filename: file name Ferry Notes 2024-10-21" in shown
    proposed = ok("claims", "--proposals", "--archive", archive, "--jsonl").rows
    named = {row["clip"] for row in proposed if row["value"] == "Ferry Notes"}
    assert named == {first["clip"], second["clip"]}
    ok("tag", first["clip"], "show!=Ferry Notes", "--archive", archive)
    ok("retag", "--all", "--archive", archive)
    assert [clips["show"] for clips in listed(archive).values()].count("Ferry Notes") == 2
    assert "Ferry Notes  ← only proposed" not in ok("show", second["clip"], "--archive", archive).out
