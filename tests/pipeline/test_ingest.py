"""What a batch takes, what it says first, and how clips come by their values."""

import gc
import shutil
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from support import audio_files as make
from support.program import CLIPS, REPLAY, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions, save
from radio_archive.audio.container import sha256_of
from radio_archive.audio.examine import Examined
from radio_archive.errors import NoSuchClipError
from radio_archive.metadata import gather
from radio_archive.metadata.resolve import proposals, resolve
from radio_archive.models import Claim, Field, Transcript, Verdict, WindowReport, Word
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile, find_inputs, read_sidecars
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.replay import ReplayTranscriber

GOOD = CLIPS / "reef-notes" / "2025-03-04 sea turtles.mp3"


def describe(source: InputFile) -> list[Claim]:
    named = gather.claims_from_name(source.path, source.folders, source.folder_hint, gather.Naming())
    return [*gather.tag_claims(gather.tags_of(source.path), source.path.name, gather.Naming(), None), *named]


@pytest.mark.parametrize(
    ("named", "sure"),
    [
        ("in", True),
        ("in/Harbor Watch", False),
        ("in/Harbor Watch/a.mp3", False),
    ],
)
def test_a_folder_names_the_show_and_the_one_that_was_named_itself_proposes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, sure: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in" / "Harbor Watch"
    folder.mkdir(parents=True)
    make.mp3(folder / "a.mp3", 0.5)
    inputs, failed = find_inputs([Path(named)], tmp_path / "archive")
    assert failed == []
    for source in inputs:
        claims = describe(source)
        stated = [found.value for field, found in resolve(claims).items() if field == Field.SHOW]
        assert (stated or [claim.value for claim in proposals(claims)], bool(stated)) == (["Harbor Watch"], sure)


def test_the_folder_that_was_named_is_only_a_guess(tmp_path: Path) -> None:
    (tmp_path / "Rough Cuts").mkdir()
    shutil.copy(CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3", tmp_path / "Rough Cuts")
    [source], _ = find_inputs([tmp_path / "Rough Cuts"], tmp_path / "archive")
    claims = describe(source)
    assert resolve(claims)[Field.SHOW].value == "Pacific Report"
    assert "Rough Cuts" in {claim.value for claim in proposals(claims)}


def test_a_home_folder_names_no_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "kim"))
    (tmp_path / "kim").mkdir()
    make.mp3(tmp_path / "kim" / "a.mp3", 0.5)
    [source], _ = find_inputs([tmp_path / "kim"], tmp_path / "archive")
    assert Field.SHOW not in resolve(describe(source))


def test_what_is_passed_over_in_folders(tmp_path: Path) -> None:
    for name in (".hidden.mp3", "notes.txt", "cover.jpg", ".git/a.mp3", "media/ab/x.mp3", "sub/B.MP3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path)
    inputs, failed = find_inputs([tmp_path, tmp_path / "sub" / "B.MP3"], tmp_path)
    assert [source.path.name for source in inputs] == ["B.MP3"]
    assert failed == []


def test_what_was_passed_over_is_told(own_archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(GOOD, folder / "a.mp3")
    for name in ("a.txt", "a.JSON", ".hidden.ape"):
        (folder / name).write_text("{}")
    for number in range(1_200):
        (folder / f"{number}.ape").write_text("")
    for name in ("lost.txt", "README", "b.jpg", "c.\x1b[31m", *(f"x.k{number}" for number in range(4))):
        (folder / name).write_text("")
    told = ok("add", folder, "-a", own_archive, "--model", REPLAY).err.splitlines()[0]
    assert told.startswith("Passed over 1,208 files: .ape, ")
    assert told.endswith(", others.")
    assert "\x1b" not in told
    (folder / "a.mp3").unlink()
    empty = run("add", folder, "-a", own_archive)
    assert empty.code == 1
    assert "no audio files in this folder, only 1,210 files: .ape, .txt, " in empty.err


def test_what_a_person_says_wins_and_the_others_are_kept(empty_archive: Path) -> None:
    said = ("--show", "Ocean Hour", "--reporter", "Kēhau Pua", "--title", "Turtles", "--date", "2025-03-05")
    clip = ok("add", GOOD, "-a", empty_archive, "--model", REPLAY, *said, "--jsonl").rows[0]["clip"]
    row = ok("list", "-a", empty_archive, "--jsonl").rows[0]
    assert (row["show"], row["reporter"], row["title"], row["date"]) == (
        "Ocean Hour",
        "Kēhau Pua",
        "Turtles",
        "2025-03-05",
    )
    shown = ok("show", clip, "-a", empty_archive).out
    assert "Ocean Hour  ← human: --show on the command line" in shown
    assert "not 2025-03-04  ← filename" in shown


def test_what_is_said_of_an_archived_clip_is_not_dropped_in_silence(own_archive: Path) -> None:
    ran = ok("add", GOOD, "-a", own_archive, "--title", "Another", "--jsonl")
    assert ran.rows[0]["outcome"] == "duplicate"
    assert "were left as they are" in ran.rows[0]["warnings"][0]


def test_it_says_first_what_it_will_take(own_archive: Path, tmp_path: Path) -> None:
    again = run("add", CLIPS, "-a", own_archive)
    assert again.err.splitlines()[0] == "14 clips already archived, judging by name and size; checking."
    new = make.mp3(tmp_path / "new.mp3", 130)
    mixed = run("add", GOOD, new, "-a", own_archive, "--model", REPLAY)
    assert mixed.err.startswith("1 clip, 2 min of audio, about ")
    assert "1 clip already archived" in mixed.err.splitlines()[0]
    unsaid = make.mp3(tmp_path / "unsaid.mp3", 130, xing=False)
    assert run("add", unsaid, "-a", own_archive, "--model", REPLAY).err.startswith("1 clip, 2 min of audio, about ")


def test_a_title_is_for_one_clip(empty_archive: Path) -> None:
    ran = run("add", CLIPS, "-a", empty_archive, "--title", "All of them")
    assert ran.code == 1
    assert "14 files were given" in ran.err


def test_retranscribe_refuses_a_recording_that_changed(empty_archive: Path, tmp_path: Path) -> None:
    source = Path(shutil.copy(GOOD, tmp_path / "own.mp3"))
    clip = ok("add", source, "-a", empty_archive, "--model", REPLAY, "--reference", "--jsonl").rows[0]["clip"]
    make.mp3(source, 2.0)
    ran = run("retranscribe", clip, "-a", empty_archive, "--model", REPLAY, "--jsonl")
    assert ran.code == 1
    assert "no longer the file that was archived" in ran.rows[0]["error"]
    source.unlink()
    gone = run("retranscribe", clip, "-a", empty_archive, "--model", REPLAY, "--jsonl")
    assert "is gone" in gone.rows[0]["error"]
    assert len(ok("list", "-a", empty_archive, "--jsonl").rows) == 1


def test_retranscribe_names_clips_by_their_titles(own_archive: Path) -> None:
    row = ok("list", "-a", own_archive, "--jsonl").rows[0]
    out = ok("retranscribe", row["clip"], "-a", own_archive, "--model", REPLAY).out
    assert row["title"] in out
    assert "media/" not in out


def test_a_show_s_hints_reach_its_clips_and_no_others(empty_archive: Path) -> None:
    settings = """
[engine]
model = "demo"
hotwords = ["Honolulu"]
[shows."reef notes"]
hotwords = ["Grace Tanaka", "Honolulu"]
prompt = "This is Reef Notes."
language = "en"
"""
    (empty_archive / "radio-archive.toml").write_text(settings, encoding="utf-8")
    other = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
    ok("add", GOOD, other, "-a", empty_archive, "--beam-size", "2", "--batch-size", "4")
    options = {}
    for row in ok("list", "-a", empty_archive, "--jsonl").rows:
        transcript = ok("show", row["clip"], "-a", empty_archive, "--json").json["transcripts"][0]
        options[row["show"]] = transcript["options"]
    assert options["Reef Notes"]["hotwords"] == ["Grace Tanaka", "Honolulu"]
    assert options["Reef Notes"]["prompt"] == "This is Reef Notes."
    assert options["Pacific Report"]["hotwords"] == ["Honolulu"]
    assert options["Pacific Report"]["prompt"] is None
    assert {(o["beam_size"], o["batch_size"]) for o in options.values()} == {(2, 4)}


def test_an_empty_list_says_why(own_archive: Path) -> None:
    ran = ok("list", "--since", "2099-01-01", "-a", own_archive)
    assert ran.out == ""
    assert "No clip matches" in ran.err


def test_sidecars_are_found_with_suffixes_in_capitals_too(tmp_path: Path) -> None:
    recording = make.mp3(tmp_path / "a.mp3", 0.5)
    for name in ("a.JSON", "a.txt", "a.TXT", "b.json", "a.mp3.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "a.toml").mkdir()
    (tmp_path / "a.vtt").symlink_to(tmp_path / "b.json")
    assert read_sidecars(recording)[0] == (("a.txt", b"a.txt"), ("a.JSON", b"a.JSON"), ("a.TXT", b"a.TXT"))


def test_a_clip_that_is_gone_is_said_to_be(empty_archive: Path) -> None:
    """Somebody may have removed it while a command was at work on it."""
    with Archive(empty_archive) as archive:
        with pytest.raises(NoSuchClipError, match="no clip 'gone'"):
            decisions.set_decision(archive, "gone", "rights", "x")
        with pytest.raises(NoSuchClipError, match="no clip 'gone'"):
            save.remove_clip(archive, "gone")


def test_doubtful_words_are_a_warning_of_their_clip(tmp_path: Path) -> None:
    suspect = WindowReport(0.0, 29.5, Verdict.SUSPECT, flags=("no_speech 0.97 (limit 0.95)",))
    heard = Transcript((Word(0.5, 0.9, " Sea."),), windows=(suspect,))
    with Archive.create(tmp_path / "a", "") as archive:
        ingest = Ingest(archive, ReplayTranscriber({sha256_of(GOOD): heard}))
        (done,) = ingest.run([InputFile(GOOD)])
        assert done.warnings == ("0:00–0:30 the words are doubtful (there may be no speech)",)
        assert done.clip is not None
        again = Ingest(archive, ReplayTranscriber({sha256_of(GOOD): heard}), Request(force=True))
        assert [result.warnings for result in again.run(again.recordings([done.clip]))] == [done.warnings]


class Hoarder:
    """Takes all clips, keeps none of their sound, and then reports them; counts the samples that others keep."""

    name = "hoarder"
    kept = -1

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        keys = [clip.key for clip in clips]
        gc.collect()
        self.kept = sum(isinstance(one, Examined) and one.samples is not None for one in gc.get_objects())
        for key in keys:
            yield ClipResult(key, Transcript(()))


def test_the_sound_of_clips_that_an_engine_has_is_the_engine_s_alone(tmp_path: Path) -> None:
    """One clip of ten minutes has 38 MB of samples, and as many clips may be out as a cluster hears at once."""
    paths = [make.wav(tmp_path / f"{n}.wav", samples=make.tone(0.5, 16_000, hertz=300.0 + 20 * n)) for n in range(12)]
    engine = Hoarder()
    with Archive.create(tmp_path / "archive", "") as archive:
        assert len(Ingest(archive, engine).run(map(InputFile, paths))) == 12
    # The last is still in the hands of the thread that read it.
    assert 0 <= engine.kept <= 2
