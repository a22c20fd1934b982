"""The queue is worked through as `add` does, and every result is recorded."""

import json
import shutil
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from filelock import FileLock
from support.program import CLIPS, REPLAY, ok, run
from support.tiny_clips import TinyClips, tiny_clips

from radio_archive.archive import backfill, known_files
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import EntryState, ListedFile
from radio_archive.backfill import drain
from radio_archive.backfill.drain import Drain
from radio_archive.errors import UnreadableFileError
from radio_archive.events import Ended, Event
from radio_archive.models import Outcome
from radio_archive.pipeline import ingest
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import EngineReport, PreparedClip
from radio_archive.speech.replay import ReplayTranscriber


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ok("init", tmp_path / "a")
    return tmp_path / "a"


@pytest.fixture
def tiny(tmp_path: Path) -> TinyClips:
    return tiny_clips(tmp_path / "clips", 6, tmp_path / "replay.json")


def what_is_known(folder: Path) -> list[dict[str, object]]:
    """Return what an archive says of its clips, without what differs in each archive."""
    left_out = {"clip", "added_at", "address", "path"}
    rows = ok("list", "--json", "--archive", folder).json
    return sorted(
        ({key: value for key, value in row.items() if key not in left_out} for row in rows),
        key=lambda r: str(r["sha256"]),
    )


def test_it_finds_out_what_add_finds_out(home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(CLIPS, tmp_path / "clips")
    ok("init", tmp_path / "b")
    ok("add", folder, "--model", REPLAY, "--archive", tmp_path / "b")
    ok("backfill", folder, "--model", REPLAY, "--archive", home)
    assert what_is_known(home) == what_is_known(tmp_path / "b")
    assert ok("backfill", "--status", "--json", "--archive", home).json["archived"] == 14


def test_a_manifest_gives_claims_that_stay(home: Path, tmp_path: Path) -> None:
    shutil.copy(CLIPS / "whales_final_mix.mp3", tmp_path)
    (tmp_path / "catalogue.csv").write_text(
        "File Name,Title,Air Date,Reporter,Show\n"
        "whales_final_mix.mp3,=The whales,2024-05-06,Ann Lee and Bo Li,Reef Notes\n"
    )
    (tmp_path / "whales_final_mix.json").write_text('{"headline": "Beside it", "host": "Kim Oh"}')
    said = ok("backfill", tmp_path / "catalogue.csv", "--model", REPLAY, "--archive", home, "--jsonl")
    [row] = said.rows
    shown = ok("show", row["clip"], "--json", "--archive", home).json
    assert (shown["title"], shown["date"], shown["show"]) == ("=The whales", "2024-05-06", "Reef Notes")
    assert shown["reporter"] == "Ann Lee, Bo Li"
    [claim] = [claim for claim in shown["claims"] if (claim["field"], claim["source"]) == ("date", "sidecar")]
    assert claim["evidence"] == "sidecar catalogue.csv, line 2.json: Air Date"
    assert {"Beside it", "=The whales"} <= {claim["value"] for claim in shown["claims"]}
    assert set(shown["sidecars"]) == {"catalogue.csv, line 2.json", "whales_final_mix.json"}
    ok("retag", row["clip"], "--archive", home)
    assert ok("show", row["clip"], "--json", "--archive", home).json["title"] == "=The whales"


def test_every_result_is_told_and_recorded(home: Path, tiny: TinyClips, tmp_path: Path) -> None:
    shutil.copy(tiny.paths[0], tiny.folder / "twin.mp3")
    (tiny.folder / "bad.mp3").write_text("no audio")
    (tmp_path / "list.csv").write_text(f"path\nclips/gone.mp3\nclips/{tiny.paths[1].name}\n")
    said = run("backfill", tiny.folder, tmp_path / "list.csv", "--model", tiny.model, "--archive", home, "--json")
    assert said.code == 1
    outcomes = {Path(row["path"]).name: row["outcome"] for row in said.json}
    assert outcomes.pop("bad.mp3") == outcomes.pop("gone.mp3") == "failed"
    assert outcomes.pop("twin.mp3") == "duplicate"
    assert set(outcomes.values()) == {"archived"}
    assert len(outcomes) == 6
    status = ok("backfill", "--status", "--json", "--archive", home).json
    assert status == {
        "waiting": 0, "archived": 6, "duplicate": 1, "failed": 2, "audio_seconds": pytest.approx(6.2, abs=0.3),
        "failures": {"NotAudioError": 1, "UnreadableFileError": 1},
    }  # fmt: skip
    failed = ok("backfill", "--failed", "--jsonl", "--archive", home).rows
    assert [(Path(row["path"]).name, row["problem"]) for row in failed] == [
        ("bad.mp3", "NotAudioError"), ("gone.mp3", "UnreadableFileError"),
    ]  # fmt: skip
    assert "moved or removed" in failed[1]["error"]


def test_what_failed_is_tried_again_only_when_asked(home: Path, tiny: TinyClips) -> None:
    sound = tiny.paths[0].read_bytes()
    tiny.paths[0].write_bytes(b"")
    assert run("backfill", tiny.folder, "--model", tiny.model, "--archive", home).code == 1
    tiny.paths[0].write_bytes(sound)
    again = ok("backfill", tiny.folder, "--model", tiny.model, "--archive", home)
    assert "Listed 6 files, 0 of them new." in again.err
    assert ok("backfill", "--status", "--json", "--archive", home).json["failed"] == 1
    ok("backfill", tiny.folder, "--retry-failed", "--model", tiny.model, "--archive", home)
    assert ok("backfill", "--status", "--json", "--archive", home).json["failed"] == 0
    assert len(what_is_known(home)) == 6


def test_the_plan_and_its_price_are_told_before_anything_is_listed(home: Path, tiny: TinyClips) -> None:
    options = ("--price-per-hour", "3600", "--workers", "2", "--model", tiny.model, "--archive", home)
    said = ok("backfill", tiny.folder, "--dry-run", *options)
    assert "6 files, 6 of them not listed yet." in said.out
    # Six seconds of audio, heard by two at the speed of the audio, each paid for three seconds.
    assert "2.0 audio hours per hour; about 3 s left; about 6." in said.out
    row = ok("backfill", tiny.folder, "--dry-run", "--json", *options).json
    assert (row["files"], row["new"], row["workers"]) == (6, 6, 2)
    assert row["cost"] == pytest.approx(6.2, abs=0.3)
    assert "Nothing was listed yet" in ok("backfill", "--status", "--archive", home).out


def test_audio_can_stay_where_it_is(home: Path, tiny: TinyClips) -> None:
    ok("backfill", tiny.folder, "--reference", "--model", tiny.model, "--archive", home)
    assert not list((home / "media").rglob("*.mp3"))
    with Archive(home, read_only=True) as archive:
        stored = archive.db.execute("SELECT DISTINCT storage FROM recordings").fetchall()
    assert stored == [("referenced",)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dry-run"], "no source was named"),
        (["x", "--status"], "Leave the sources out"),
        (["--status", "--failed"], "cannot be used together"),
        (["no-such"], "there is no no-such"),
    ],
)
def test_what_cannot_be_asked(home: Path, options: list[str], said: str) -> None:
    refused = run("backfill", *options, "--archive", home)
    assert refused.code != 0
    assert said in refused.err


def test_two_at_once(home: Path, tiny: TinyClips) -> None:
    with FileLock(home / drain.LOCK):
        refused = run("backfill", tiny.folder, "--model", tiny.model, "--archive", home)
    assert refused.code == 1
    assert "another backfill of this archive is running" in refused.err
    assert ok("backfill", "--status", "--json", "--archive", home).json["waiting"] == 6, "but they are listed"


class CountingEngine(ReplayTranscriber):
    """Replays, and counts its runs: clips of one run may share windows."""

    runs = 0

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        self.runs += 1
        return super().transcribe(clips)


def engine_of(tiny: TinyClips) -> CountingEngine:
    loaded = ReplayTranscriber.load(Path(tiny.model.removeprefix("replay:")))
    return CountingEngine(loaded._transcripts)


def work(archive: Archive, engine: ReplayTranscriber) -> tuple[Drain, list[Event]]:
    heard: list[Event] = []
    one = Drain(archive, engine, Request(), {})
    one.run(heard.append)
    return one, heard


def test_all_pages_are_one_batch(home: Path, tiny: TinyClips, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE", 2)
    monkeypatch.setattr(backfill.page, "__defaults__", (0, 2))
    with Archive(home) as archive:
        backfill.add(archive, [ListedFile.at(archive, path) for path in tiny.paths])
        engine = engine_of(tiny)
        _, heard = work(archive, engine)
        assert engine.runs == 1
        assert sum(isinstance(event, Ended) for event in heard) == 6
        assert [(c.state, c.number) for c in backfill.counts(archive)] == [(EntryState.ARCHIVED, 6)]


def test_a_twin_of_a_file_that_fails_is_tried_itself(home: Path, tiny: TinyClips) -> None:
    silent = tiny_clips(tiny.folder / "unknown", 1, tiny.folder.parent / "other.json").paths[0]
    silent.write_bytes(silent.read_bytes() + b"\0")
    shutil.copy(silent, tiny.folder / "zz.mp3")
    shutil.copy(silent, tiny.folder / "zzz.mp3")
    with Archive(home) as archive:
        backfill.add(archive, [ListedFile.at(archive, path) for path in tiny.paths])
        one, heard = work(archive, engine_of(tiny))
        assert {c.state: c.number for c in backfill.counts(archive)} == {EntryState.ARCHIVED: 6, EntryState.FAILED: 3}
        assert one.left == 0
    results = [event.result for event in heard if isinstance(event, Ended)]
    assert len(results) == 9, "each file ends once"
    assert {r.path.name for r in results if r.outcome is Outcome.FAILED} == {"000.mp3", "zz.mp3", "zzz.mp3"}


def test_files_of_a_folder_that_is_gone_wait_until_it_is_back(
    home: Path, tiny: TinyClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "MOST_LOST", 4)
    with Archive(home) as archive:
        backfill.add(archive, [ListedFile.at(archive, path, tiny.folder) for path in tiny.paths])
        tiny.folder.rename(tmp_path / "unmounted")
        with pytest.raises(UnreadableFileError, match=r"gives none of 4 files in a row.*still wait"):
            work(archive, engine_of(tiny))
        assert [(c.state, c.number) for c in backfill.counts(archive)] == [(EntryState.WAITING, 6)]
        (tmp_path / "unmounted").rename(tiny.folder)
        work(archive, engine_of(tiny))
        assert [(c.state, c.number) for c in backfill.counts(archive)] == [(EntryState.ARCHIVED, 6)]


def test_a_model_that_cannot_be_loaded_leaves_all_waiting(home: Path, tiny: TinyClips) -> None:
    refused = run("backfill", tiny.folder, "--model", "replay:/none.json", "--archive", home)
    assert refused.code == 1
    assert "cannot replay" in refused.err
    assert ok("backfill", "--status", "--json", "--archive", home).json["waiting"] == 6


def test_clips_that_were_added_before_are_not_read_again(
    home: Path, tiny: TinyClips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_files, "FRESH", -1e9)
    with Archive(home) as archive:
        Ingest(archive, engine_of(tiny)).run([InputFile(path) for path in tiny.paths])
        backfill.add(archive, [ListedFile.at(archive, path) for path in tiny.paths])
        monkeypatch.setattr(ingest, "read_file", None)
        work(archive, engine_of(tiny))
        assert [(c.state, c.number) for c in backfill.counts(archive)] == [(EntryState.DUPLICATE, 6)]


def test_names_that_recur_name_a_show(home: Path, tiny: TinyClips) -> None:
    for number, path in enumerate(tiny.paths, 1):
        path.rename(path.with_name(f"Tide Table 2025-03-0{number}.mp3"))
    ok("backfill", tiny.folder, "--model", tiny.model, "--archive", home)
    assert {clip["show"] for clip in ok("list", "--json", "--archive", home).json} == {"Tide Table"}


def test_the_live_plan_tells_what_failed(home: Path, tiny: TinyClips) -> None:
    from radio_archive.cli.display.backlog import Backlog, LivePlan

    plan = LivePlan(Backlog(9, 60.0, 30.0, workers=2, price=3.0))
    assert plan.line() == "9 clips left · 30 audio hours per hour · about 18 s left · about 0.03 to pay"
    with Archive(home) as archive:
        (tiny.folder / "bad.mp3").write_bytes(b"")
        backfill.add(archive, [ListedFile.at(archive, path) for path in tiny.paths])
        _, heard = work(archive, engine_of(tiny))
    for event in heard:
        plan.listen(event)
    assert plan.line().startswith("2 clips left")
    assert plan.line().endswith("failed: 1 NotAudioError")
    assert plan.short().startswith("2 left · ")
    assert plan.short().endswith(" to pay · 1 failed")


def test_the_status_in_words_and_for_programs(home: Path, tiny: TinyClips) -> None:
    ok("backfill", tiny.folder, "--model", tiny.model, "--archive", home)
    assert json.loads(ok("backfill", "--status", "--jsonl", "--archive", home).out)["archived"] == 6
    shown = ok("backfill", "--status", "--archive", home).out
    assert "0 waiting, 6 archived, 0 duplicate, 0 failed" in shown
