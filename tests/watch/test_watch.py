"""The watcher in daily use: dropped files are archived and removed, problems are reported, a person controls it."""

import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from support import audio_files as make
from support.bounds import PATIENCE, until
from support.nobody import give_to_nobody
from support.program import CLIPS, COMMAND, Ran, environment, ok, run
from support.watching import SUFFIXES, Station, files

from radio_archive.audio.container import sha256_of

NEVER = "2099-01-01T00:00:00+00:00"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Station, Ran]:
    """A station that received one of each kind of file, and the output of `watch --once`."""
    station = Station(tmp_path_factory.mktemp("morning"))
    ferries, taro = station.make("ferries.wav", "taro.wav")
    station.drop(ferries, "Harbor Watch/ferries.wav")
    for suffix in SUFFIXES:
        (station.inbox / "Harbor Watch" / f"ferries{suffix}").write_text(f"what {suffix} says", encoding="utf-8")
    station.drop(taro)
    station.drop(taro, "taro again.wav")
    (station.inbox / "rubbish.mp3").write_text("Dear listeners, this is no sound.", encoding="utf-8")
    (station.inbox / "rubbish.json").write_text("{}", encoding="utf-8")
    return station, station.once()


def test_what_is_archived_leaves_the_inbox(morning: tuple[Station, Ran]) -> None:
    station, ran = morning
    station.holds(station.desk / "ferries.wav", station.desk / "taro.wav")
    assert station.left() == []
    assert len([line for line in ran.out.splitlines() if " archived " in line]) == 2


def test_the_exit_code_says_that_something_failed(morning: tuple[Station, Ran]) -> None:
    _, ran = morning
    assert ran.code == 1
    assert "1 file failed" in ran.err
    assert [
        line.split(": ")[0].rpartition("/")[2]
        for line in ran.err.splitlines()
        if " failed " in line and "rubbish" in line
    ] == ["rubbish.mp3"]


def test_a_subfolder_names_the_show(morning: tuple[Station, Ran]) -> None:
    rows = ok("list", "--archive", morning[0].archive, "--jsonl").rows
    assert {row["show"] for row in rows} == {"Harbor Watch", None}


def test_all_sidecars_are_kept_with_the_clip(morning: tuple[Station, Ran]) -> None:
    kept = morning[0].sidecars("ferries.wav")
    assert kept == {f"ferries{suffix}": f"what {suffix} says".encode() for suffix in SUFFIXES}


def test_what_failed_is_set_aside_with_the_reason_and_its_sidecar(morning: tuple[Station, Ran]) -> None:
    failed = morning[0].archive / "failed"
    assert files(failed) == ["rubbish.json", "rubbish.mp3", "rubbish.mp3.txt"]
    why = (failed / "rubbish.mp3.txt").read_text(encoding="utf-8")
    assert why.startswith("rubbish.mp3 could not be archived: ")
    assert "not an audio file" in why
    assert "radio-archive intake retry rubbish.mp3" in why
    assert (failed / "rubbish.mp3").read_text(encoding="utf-8").startswith("Dear listeners")


def test_the_same_bytes_again_are_set_aside_with_the_clip_they_are(morning: tuple[Station, Ran]) -> None:
    station, _ = morning
    [aside, why] = files(station.archive / "duplicates")
    assert {aside, why} < {f"taro{again}.wav{txt}" for again in ("", " again") for txt in ("", ".txt")}
    said = (station.archive / "duplicates" / why).read_text(encoding="utf-8")
    rows = ok("list", "--archive", station.archive, "--jsonl").rows
    [clip] = [row["clip"] for row in rows if row["sha256"] == sha256_of(station.desk / "taro.wav")]
    assert f"{aside} is archived already: it has the same bytes as the clip {clip}." in said


def test_the_queue_lists_what_failed(morning: tuple[Station, Ran]) -> None:
    listed = morning[0].intake()
    [line] = listed.out.splitlines()
    state, name, _, _, note = line.split("\t")
    assert (state, name) == ("failed", "rubbish.mp3")
    assert "not an audio file" in note
    assert note.endswith("failed/rubbish.mp3")
    assert "2 archived" in listed.err
    assert "1 duplicate" in listed.err


def test_the_queue_as_json(morning: tuple[Station, Ran]) -> None:
    station, _ = morning
    [row] = station.intake("--json").json
    assert (row["state"], Path(row["path"]).name) == ("failed", "rubbish.mp3")
    assert station.intake("--jsonl").rows == [row]
    archived = station.intake("--state", "archived", "--state", "duplicate", "--jsonl").rows
    assert sorted(row["state"] for row in archived) == ["archived", "archived", "duplicate"]
    assert all(row["clip"] for row in archived)
    assert {row["sha256"] for row in archived if row["state"] == "archived"} == set(station.digests())


LATER = '{"title": "Later", "date": "soon"}'


@pytest.mark.parametrize("arguments", [(), ("--poll", "0.3")], ids=["events", "polling"])
def test_a_running_watcher_takes_what_comes(station: Station, arguments: tuple[str, ...]) -> None:
    first, second, third = station.make("first.wav", "second.wav", "third.wav")
    station.drop(first)
    with station.watching(*arguments) as watcher:
        station.until(first="archived")
        station.drop(second, "Harbor Watch/second.wav")
        station.until(second="archived")
        # At once, as a whole: this test does not wait longer than what writes a file may take.
        (station.inbox.parent / "second.txt").write_text("It came late.", encoding="utf-8")
        (station.inbox.parent / "second.txt").rename(station.inbox / "Harbor Watch" / "second.txt")
        until("the late sidecar is kept", lambda: station.sidecars("second.wav"))
        (station.inbox / "Harbor Watch" / "second.info.json").write_text(LATER, encoding="utf-8")
        until("the second one is kept", lambda: len(station.sidecars("second.wav")) == 2)
        until("it leaves the inbox", lambda: station.left() == [])
        watcher.says("second.info.json: date is 'soon': write a date as YYYY-MM-DD")
        station.drop(third)
        station.until(third="archived")
        assert watcher.stop() == 0
    assert station.sidecars("second.wav") == {"second.txt": b"It came late.", "second.info.json": LATER.encode()}
    station.holds(first, second, third)


def test_a_late_sidecar_that_is_still_empty_is_waited_for(station: Station) -> None:
    station.set(sidecar_wait=1e6)
    first, second = station.make("first.wav", "second.wav")
    for clip in (first, second):
        (station.inbox / f"{clip.stem}.txt").write_text("It was there.", encoding="utf-8")
        station.drop(clip)
    with station.watching():
        station.until(first="archived", second="archived")
        empty = station.inbox / "first.vtt"
        empty.touch()
        (station.inbox / "second.info.json").write_text(LATER, encoding="utf-8")
        until("another late one is kept", lambda: len(station.sidecars("second.wav")) == 2)
        assert empty.exists(), "it may just have been made"
        assert set(station.sidecars("first.wav")) == {"first.txt"}
        empty.write_text("WEBVTT", encoding="utf-8")
        until("it is kept as a whole", lambda: station.sidecars("first.wav").get("first.vtt") == b"WEBVTT")


def test_a_sidecar_that_comes_within_its_wait_is_waited_for(station: Station) -> None:
    station.set(sidecar_wait=1e6)
    [clip] = station.make("clip.wav")
    with station.watching() as watcher:
        watcher.says("watching")
        station.drop(clip)
        station.until(clip="settling")
        (station.inbox / "clip.json").write_text("{}", encoding="utf-8")
        # There is nothing left to wait for.
        station.until(clip="archived")
    assert station.sidecars("clip.wav") == {"clip.json": b"{}"}


def test_a_file_that_grows_at_start_up_is_waited_for(station: Station) -> None:
    """Its old modification time suggests that it is complete; only watching it shows that it is not."""
    station.set(settle=1e6)
    [whole] = station.make("growing.mp3")
    content = whole.read_bytes()
    target = station.inbox / whole.name
    target.write_bytes(content[:200])
    os.utime(target, (1_700_000_000, 1_700_000_000))
    with station.watching() as watcher:
        watcher.says("watching")
        for end in range(200, len(content) + 200, 200):
            target.write_bytes(content[:end])
            os.utime(target, (1_700_000_000, 1_700_000_000))
            station.saw(target)
            assert station.states() == {"growing.mp3": "settling"}
    station.set()
    with station.watching():
        station.until(growing="archived")
    station.holds(whole)


def test_originals_are_moved_to_a_folder(station: Station) -> None:
    station.set(originals="aired")
    clip, twin = station.make("clip.wav", "other.wav")
    station.drop(clip, "Harbor Watch/clip.wav")
    (station.inbox / "Harbor Watch" / "clip.txt").write_text("beside", encoding="utf-8")
    assert station.once().code == 0
    assert files(station.archive / "aired") == ["Harbor Watch/clip.txt", "Harbor Watch/clip.wav"]
    assert station.sidecars("clip.wav") == {"clip.txt": b"beside"}
    station.drop(twin, "Harbor Watch/clip.wav")
    assert station.once().code == 0
    assert "Harbor Watch/clip (2).wav" in files(station.archive / "aired"), "nothing is overwritten"
    station.holds(clip, twin)
    assert station.left() == []


def test_originals_are_moved_to_another_disk(station: Station) -> None:
    disk = Path("/dev/shm")  # noqa: S108 - the one other file system that every Linux has
    if not disk.is_dir() or disk.stat().st_dev == station.folder.stat().st_dev:
        pytest.skip("there is no other file system here")
    target = disk / f"radio-archive-{os.getpid()}"
    station.set(originals=str(target))
    [clip] = station.make("clip.wav")
    station.drop(clip)
    try:
        assert station.once().code == 0
        assert files(target) == ["clip.wav"]
        assert (target / "clip.wav").read_bytes() == clip.read_bytes()
    finally:
        shutil.rmtree(target, ignore_errors=True)
    assert station.left() == []


def test_originals_that_stay_are_archived_once(station: Station) -> None:
    station.set(originals="keep")
    [clip] = station.make("clip.wav")
    station.drop(clip)
    station.drop(clip, "again.wav")
    (station.inbox / "clip.txt").write_text("beside", encoding="utf-8")
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    assert station.once().code == 1
    before = station.query("SELECT * FROM intake")
    ran = station.once()
    assert ran.code == 0
    assert ran.out.count("\n") == 1, "it says that it watches, and nothing else"
    assert station.left() == ["again.wav", "clip.txt", "clip.wav", "rubbish.mp3"]
    assert station.query("SELECT * FROM intake") == before
    assert station.sidecars("clip.wav") | station.sidecars("again.wav") == {"clip.txt": b"beside"}
    station.holds(clip)


def test_originals_that_stay_and_get_another_time_are_no_duplicates(station: Station) -> None:
    """After the clock was changed on a FAT disk, or after a backup was restored."""
    station.set(originals="keep")
    clip, other = station.make("clip.wav", "other.wav")
    station.drop(clip)
    station.drop(other)
    assert station.once().code == 0
    station.drop(clip, "again.wav")
    assert station.once().code == 0
    before = station.states()
    assert before == {"clip.wav": "archived", "other.wav": "archived", "again.wav": "duplicate"}
    for _ in range(2):
        for path in station.inbox.iterdir():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 3600))
        ran = station.once()
        assert ran.code == 0
        assert "clip.wav" not in ran.out
        assert "other.wav" not in ran.out
        assert station.states() == before
    rows = station.intake("--state", "archived", "--jsonl").rows
    assert all(row["clip"] and row["sha256"] for row in rows)
    station.drop(other, "clip.wav")
    assert station.once().code == 0
    assert station.states() == {**before, "clip.wav": "duplicate"}
    station.holds(clip, other)


def test_a_twin_of_what_is_being_transcribed_is_told_once(station: Station) -> None:
    known = CLIPS / "pacific-report_2024-12-03_security-pact.mp3"
    station.drop(known, "one.mp3")
    station.drop(known, "two.mp3")
    ran = station.once(model="demo")
    assert ran.code == 0
    assert len([line for line in ran.out.splitlines() if " archived " in line]) == 1
    assert len([line for line in ran.out.splitlines() if " already in " in line]) == 1
    assert "this batch" not in ran.out


def test_a_watched_folder_elsewhere_has_what_failed_beside_it(station: Station) -> None:
    share = station.folder / "share" / "aired"
    [clip] = station.make("clip.wav")
    station.drop(clip, "Harbor Watch/clip.wav", share)
    station.drop(clip, "again.wav", share)
    (share / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    assert station.once(share).code == 1
    beside = files(share.parent)
    assert {"failed/rubbish.mp3", "failed/rubbish.mp3.txt"} < set(beside)
    assert len([name for name in beside if name.startswith("duplicates/")]) == 2
    assert files(share) == []
    assert not (station.archive / "failed").exists()
    station.holds(clip)


def test_two_inboxes_with_the_same_file(station: Station) -> None:
    here, there = station.folder / "here", station.folder / "there"
    station.set(folders=[str(here), str(there)])
    same, other = station.make("same.wav", "other.wav")
    for folder in (here, there):
        station.drop(same, folder=folder)
    station.drop(other, "same.wav", there / "another show")
    assert station.once().code == 0
    station.holds(same, other)
    assert files(here) + files(there) == []
    assert len(files(station.folder / "duplicates")) == 2


def test_an_unreadable_file_is_tried_again(station: Station) -> None:
    private, other = station.make("private.wav", "other.wav")
    station.drop(private).chmod(0)
    station.drop(other)
    give_to_nobody(station.archive)
    with station.watching(nobody=True):
        station.until(other="archived")
        until("it is put off", lambda: station.query("SELECT 1 FROM intake WHERE state = 'ready' AND attempts = 1"))
        [row] = station.intake("--jsonl").rows
        assert "Permission denied" in row["error"]
        assert row["next_attempt"]
        later = (datetime.now(UTC) + timedelta(minutes=25)).isoformat(timespec="seconds")
        station.change("UPDATE intake SET next_attempt = ? WHERE next_attempt IS NOT NULL", later)
        (station.inbox / "private.wav").chmod(0o644)
        station.intake("retry", "private.wav")
        station.until(private="archived")
    station.holds(private, other)


def put_off(station: Station, attempts: int) -> None:
    """Let a file have failed that many times, and be due again."""
    station.intake("pause")
    station.once()
    station.change("UPDATE intake SET attempts = ?", attempts)
    station.intake("resume")


@pytest.mark.parametrize("attempts", [100, 1_023, 10_000])
def test_a_file_that_was_unreadable_for_a_day_is_given_up(station: Station, attempts: int) -> None:
    private, other = station.make("private.wav", "other.wav")
    station.drop(private).chmod(0)
    put_off(station, attempts)
    station.drop(other)
    give_to_nobody(station.archive)
    with station.watching(nobody=True) as watcher:
        station.until(other="archived")
        if attempts == 100:
            until("it is put off", lambda: station.query("SELECT 1 FROM intake WHERE attempts = 101"))
            station.change("UPDATE intake SET next_attempt = NULL WHERE attempts = 101")
        station.until(private="failed")
        until("it leaves", lambda: station.left() == [])
        assert watcher.process.poll() is None
    why = (station.archive / "failed" / "private.wav.txt").read_text(encoding="utf-8")
    assert "private.wav could not be archived: cannot read the file: Permission denied" in why


def test_what_is_no_fault_of_a_file_does_not_count_against_it(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    put_off(station, 10_000)
    (station.archive / "media").rename(station.folder / "away")
    ran = station.once()
    assert ran.code == 1
    assert "Trying again in 15 s" in ran.err
    assert station.query("SELECT attempts FROM intake") == [(10_000,)]
    (station.folder / "away").rename(station.archive / "media")
    station.intake("retry", "--all")
    assert station.once().code == 0
    station.holds(clip)


def test_weights_that_are_missing_are_no_fault_of_a_file(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    ran = station.once(model="no-such-model")
    assert ran.code == 1
    assert "no-such-model" in ran.err
    assert station.left() == ["clip.wav"]
    assert station.once().code == 0
    station.holds(clip)


def test_once_says_by_its_exit_code_that_a_file_has_to_be_tried_again(station: Station) -> None:
    private, other = station.make("private.wav", "other.wav")
    station.drop(private).chmod(0)
    station.drop(other)
    give_to_nobody(station.archive)
    with station.watching("--once", nobody=True) as watcher:
        assert watcher.process.wait(PATIENCE) == 1
        assert "1 file will be tried again: see `radio-archive intake`." in watcher.err


def test_every_line_of_the_log_has_its_time_and_the_first_what_runs(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    station.drop(clip, "again.wav")
    ran = station.once()
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert all(datetime.fromisoformat(line.split()[0]).tzinfo for line in lines)
    assert f"watching {station.inbox}; version {version('radio-archive')}; model {station.model}" in lines[0]


def test_no_space_for_the_audio(station: Station) -> None:
    """A limit on file sizes simulates a full disk: the audio does not fit, the database does."""
    large = make.long_wav(station.desk / "large.wav", 300)
    station.know(large)
    station.drop(large)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))

    done = subprocess.run(
        [*COMMAND, "watch", "--once", "--archive", station.archive, "--model", station.model],
        capture_output=True, text=True, env=environment(), preexec_fn=limit, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "no space left" in done.stderr
    assert "Trying again in 15 s" in done.stderr
    assert station.left() == ["large.wav"]
    station.holds()
    assert station.intake("retry", "--all").out.startswith("1 file will be tried again")
    assert station.once().code == 0
    station.holds(large)


def test_the_media_folder_is_gone_for_a_while(station: Station) -> None:
    station.set(settle=0.1, sidecar_wait=0)
    clips = station.make("one.wav", "two.wav", "three.wav")
    media, away = station.archive / "media", station.folder / "away"
    with station.watching() as watcher:
        watcher.says("watching")
        media.rename(away)
        for clip in clips:
            station.drop(clip)
        watcher.says("Trying again in 15 s")
        assert "media" in watcher.err
        away.rename(media)
        assert len(station.left()) == 3
        station.until(one="archived", two="archived", three="archived")
        assert watcher.err.count("Trying again") == 1
    station.holds(*clips)
    assert not (station.archive / "failed").exists()


@pytest.mark.long
def test_a_disk_that_is_full_for_a_while(tmp_path: Path) -> None:
    """Then the queue cannot be written either, but the files in progress must be taken up again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        station = Station(disk)
        station.folder = tmp_path  # where the logs go
        clips = station.make(*(f"{number}.wav" for number in range(20)))
        station.intake("pause")
        with station.watching() as watcher:
            watcher.says("paused")
            for clip in clips:
                station.drop(clip)
            until("all are ready", lambda: set(station.states().values()) == {"ready"} and len(station.states()) == 20)
            fill(disk / "filler", 40_000)
            station.intake("resume")
            watcher.says("Trying again in 15 s")
            assert "no space left" in watcher.err
            (disk / "filler").unlink()
            until("all are archived", lambda: set(station.states().values()) == {"archived"})
        station.holds(*clips)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(path: Path, spared: int) -> None:
    """Fill a disk with a file and leave some bytes free."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    with suppress(OSError):
        while True:
            os.write(descriptor, b"x" * 4096)
    os.close(descriptor)
    os.truncate(path, path.stat().st_size - spared)


def test_retry_puts_a_file_that_failed_back_with_its_sidecars(station: Station) -> None:
    clip, other = station.make("clip.wav", "other.wav")
    for path, name in ((clip, "clip.mp3"), (other, "other.mp3")):
        (station.inbox / "Reef Notes").mkdir(exist_ok=True)
        (station.inbox / "Reef Notes" / name).write_text(f"not {path.name} yet", encoding="utf-8")
    (station.inbox / "Reef Notes" / "clip.txt").write_text("beside", encoding="utf-8")
    assert station.once().code == 1
    failed = station.archive / "failed" / "Reef Notes"
    assert station.intake("retry", "clip.mp3").out.startswith("1 file will be tried again")
    assert station.left() == ["Reef Notes/clip.mp3", "Reef Notes/clip.txt"]
    assert files(failed) == ["other.mp3", "other.mp3.txt"]
    shutil.copy(clip, station.inbox / "Reef Notes" / "clip.mp3")
    shutil.copy(other, failed / "other.mp3")
    assert station.intake("retry", "--all").out.startswith("1 file will be tried again")
    assert station.once().code == 0
    station.holds(clip, other)
    assert station.sidecars("clip.mp3") == {"clip.txt": b"beside"}
    assert files(failed) == []


def test_retry_does_not_put_a_file_over_another(station: Station) -> None:
    [clip] = station.make("clip.wav")
    (station.inbox / "clip.wav").write_text("no sound", encoding="utf-8")
    assert station.once().code == 1
    station.drop(clip)
    ran = run("intake", "retry", "clip.wav", "--archive", station.archive)
    assert ran.code == 1
    assert "another file has taken its place" in ran.err
    assert (station.inbox / "clip.wav").read_bytes() == clip.read_bytes()
    assert (station.archive / "failed" / "clip.wav").read_text(encoding="utf-8") == "no sound"


def test_a_name_that_is_not_in_the_queue(station: Station) -> None:
    ran = run("intake", "retry", "nothing.mp3", "--archive", station.archive)
    assert ran.code == 1
    assert "no file in the queue is called 'nothing.mp3'" in ran.err
    assert "no files were named" in run("intake", "forget", "--archive", station.archive).err


def test_forget_strikes_a_file_which_is_then_new(station: Station) -> None:
    station.set(originals="keep")
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    assert station.once().code == 1
    assert station.intake("forget", "rubbish.mp3").out == "Forgot 1 file.\n"
    assert station.intake("--json").json == []
    assert station.left() == ["rubbish.mp3"]
    assert station.once().code == 1


def test_pause_and_resume(station: Station) -> None:
    [clip] = station.make("clip.wav")
    with station.watching() as watcher:
        watcher.says("watching")
        station.intake("pause")
        watcher.says("paused")
        station.drop(clip)
        station.until(clip="ready")
        assert ", paused at " in station.intake().err
        assert station.left() == ["clip.wav"]
        station.intake("resume")
        station.until(clip="archived")
        watcher.says("going on")
    station.holds(clip)


def test_quiet_hours(station: Station) -> None:
    now = datetime.now()  # noqa: DTZ005 - quiet hours are local
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    station.set(quiet_hours=hours)
    [clip] = station.make("clip.wav")
    station.drop(clip)
    with station.watching() as watcher:
        watcher.says(f"quiet hours, {hours}")
        station.until(clip="ready")
        assert station.left() == ["clip.wav"]
    station.holds()
    station.set(quiet_hours=f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}")
    assert station.once().code == 0
    station.holds(clip)


def check(station: Station) -> tuple[int, str]:
    ran = run("intake", "--check", "--archive", station.archive)
    return ran.code, ran.out + ran.err


def test_check_tells_the_living_from_the_dead(station: Station) -> None:
    assert check(station) == (1, "No watcher has run yet: `radio-archive watch` starts one.\n")
    with station.watching() as watcher:
        watcher.says("watching")
        until("it is alive", lambda: check(station)[0] == 0)
        assert f"process {watcher.process.pid}" in check(station)[1]
        assert watcher.stop() == 0
    code, said = check(station)
    assert (code, "the last one ended at" in said) == (1, True)


def test_check_finds_the_killed_and_the_stuck(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    station.change("UPDATE watcher SET paused_at = ?", ago(0))
    station.once()
    station.change("UPDATE watcher SET ended_at = NULL, beat_at = ?", ago(600))
    code, said = check(station)
    assert (code, "has given no sign of life for 60" in said) == (1, True)
    station.change("UPDATE watcher SET beat_at = ?, progress_at = ?", ago(0), ago(7200))
    assert check(station)[0] == 0, "there is nothing to get on with"
    station.change("UPDATE intake SET state = 'working'")
    code, said = check(station)
    assert (code, "working on 1 file, but made no progress for 720" in said) == (1, True)


def ago(seconds: float) -> str:
    return (datetime.now().astimezone() - timedelta(seconds=seconds)).isoformat(timespec="seconds")


def test_the_clock_was_set_back(station: Station) -> None:
    """Then every time stored in the queue is in the future."""
    [clip] = station.make("clip.wav")
    station.drop(clip)
    station.change("UPDATE watcher SET paused_at = ?", ago(0))
    station.once()
    station.change("UPDATE intake SET state = 'ready', attempts = 1, next_attempt = ?, quiet_since = ?", NEVER, NEVER)
    station.change("UPDATE watcher SET beat_at = ?, progress_at = ?, ended_at = NULL", NEVER, NEVER)
    assert check(station)[0] == 1, "a sign of life that is still to come is none"
    station.change("UPDATE watcher SET paused_at = NULL")
    with station.watching():
        station.until(clip="archived")
        assert check(station)[0] == 0
    station.holds(clip)


NOTE = "import json, sys; open(sys.argv[1], 'a').write(json.dumps(sys.argv[2:]) + '\\n')"
PLACEHOLDERS = ["{clip}", "{title}", "{show}", "{reporter}", "{date}", "{media}", "{file}", "{archive}"]


def test_a_command_after_each_clip(station: Station) -> None:
    name = '2025-03-04 $(touch pwned) `id`; rm -rf . {archive} "it\'s" & > x.wav'
    noted = station.folder / "noted"
    station.set(command=[sys.executable, "-c", NOTE, str(noted), *PLACEHOLDERS, "<{clip}>", "$HOME"])
    clip, other = station.make(name, "other.wav")
    station.drop(clip, f"Harbor Watch/{name}")
    station.drop(other)
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    assert station.once().code == 1
    told = [json.loads(line) for line in noted.read_text(encoding="utf-8").splitlines()]
    assert len(told) == 2, "nothing is run after what failed"
    [uid, title, show, reporter, date, media, file, archive, within, home] = next(row for row in told if row[6] == name)
    shown = ok("show", uid, "--archive", station.archive, "--json").json
    assert (title, show, reporter) == (shown["title"], "Harbor Watch", "")
    assert (date, file, archive) == ("2025-03-04", name, str(station.archive))
    assert (within, home) == (f"<{uid}>", "$HOME")
    assert Path(media).read_bytes() == clip.read_bytes()
    assert not list(station.folder.rglob("pwned"))
    assert {row["command"] for row in station.intake("--state", "archived", "--jsonl").rows} == {"ok"}


MISCHIEF = """
case $1 in
  fails*) echo no reef today >&2; exit 3;;
  hangs*) sleep 1200; true;;
  leaves*) sleep 1200 & exit 0;;
esac
"""
"""A command that does what the name of the recording says."""


def test_what_becomes_of_a_command_undoes_nothing(station: Station) -> None:
    station.set(command=["sh", "-c", MISCHIEF, "-", "{file}"], command_timeout=5)
    clips = station.make("fails.wav", "hangs in a child.wav", "leaves a child behind.wav", "works.wav")
    for clip in clips:
        station.drop(clip)
    ran = station.once()
    assert ran.code == 0
    station.holds(*clips)
    rows = station.intake("--state", "archived", "--jsonl").rows
    assert {Path(row["path"]).stem: row["command"] for row in rows} == {
        "fails": "exit code 3: no reef today",
        "hangs in a child": "stopped after 5 s",
        "leaves a child behind": "ok",
        "works": "ok",
    }
    assert "fails.wav: the command after it failed: exit code 3: no reef today" in ran.err
    assert ran.err.count("the command after it failed") == 2
    assert "command: stopped after 5 s" in station.intake("--state", "archived").out


def test_a_command_that_is_missing(station: Station) -> None:
    station.set(command=["/nowhere/notify", "{clip}"])
    [clip] = station.make("clip.wav")
    station.drop(clip)
    ran = station.once()
    assert ran.code == 0
    assert "clip.wav: the command after it failed: cannot run /nowhere/notify: " in ran.err
    station.holds(clip)


def test_commands_that_had_not_run_are_run_by_the_next_watcher(station: Station) -> None:
    first, second = station.make("first.wav", "second.wav")
    station.set(command=["sleep", "1200"])
    station.drop(first)
    station.drop(second)
    with station.watching() as watcher:
        station.until(first="archived", second="archived")
        until("it leaves", lambda: station.left() == [])
        assert watcher.stop() == 0, "it does not wait for them"
    noted = station.folder / "noted"
    station.set(command=[sys.executable, "-c", NOTE, str(noted), "{file}"])
    assert station.once().code == 0
    assert sorted(noted.read_text(encoding="utf-8").splitlines()) == ['["first.wav"]', '["second.wav"]']
    assert station.once().code == 0
    assert noted.read_text(encoding="utf-8").count("\n") == 2


def test_the_log_as_json(station: Station) -> None:
    clips = station.make("one.wav", "two.wav")
    for clip in clips:
        station.drop(clip)
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    with station.watching("--log-json") as watcher:
        station.until(one="archived", two="archived", rubbish="failed")
        until("all is logged", lambda: len([event for event in watcher.events if "outcome" in event]) == 3)
        assert watcher.stop() == 0
    for event in watcher.events:
        assert datetime.fromisoformat(event["time"]).tzinfo
    ends = {Path(e["path"]).name: e for e in watcher.events if e["event"] in {"archived", "failed"}}
    assert {name: e["event"] for name, e in ends.items()} == {
        "one.wav": "archived", "two.wav": "archived", "rubbish.mp3": "failed"
    }  # fmt: skip
    assert sorted(e["clip"] for e in ends.values() if e["clip"]) == sorted(
        row["clip"] for row in ok("list", "--archive", station.archive, "--jsonl").rows
    )
    assert "not an audio file" in ends["rubbish.mp3"]["error"]
    assert {Path(e["path"]).name for e in watcher.events if e["event"] == "started"} == {"one.wav", "two.wav"}
    assert [e["text"].split()[0].rstrip(";") for e in watcher.events if e["event"] == "watcher"] == [
        "watching",
        "stopped",
    ]
    assert watcher.err == ""


def test_lines_of_two_threads_are_not_mixed() -> None:
    """The watcher reports archived files on one thread, and incomplete ones on another."""
    script = """
import threading
from radio_archive.cli.display.output import print_jsonl
def tell():
    for number in range(2000): print_jsonl({"number": number, "text": "x" * 50})
threads = [threading.Thread(target=tell) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(PYTHONUNBUFFERED="1"),
        check=True,
    )
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 4000


def test_the_display_on_a_terminal(station: Station) -> None:
    story = CLIPS / "pacific-report_2024-12-03_security-pact.mp3"
    station.drop(story)
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, "watch", "--archive", station.archive, "--model", "demo"],
        stdin=slave, stdout=slave, stderr=slave, env=environment(TERM="xterm-256color", COLUMNS="150"),
    )  # fmt: skip
    os.close(slave)
    drawn = bytearray()

    def read() -> None:
        try:
            while block := os.read(master, 4096):
                drawn.extend(block)
        except OSError:
            return

    def screen() -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode("utf-8", "replace"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        until("the queue is shown", lambda: "files waiting" in screen())
        until("the clip in work is shown", lambda: re.search(rf"{story.name}\s+\S*━", screen()))
        until("its result is shown", lambda: re.search(rf"archived.*{story.name}", screen()))
        until("the failure is shown", lambda: re.search(r"failed.*rubbish\.mp3", screen()))
        until("the queue is empty", lambda: "0 files waiting, 1 archived, 1 failed." in screen())
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        reader.join(PATIENCE)
        assert "Traceback" not in screen()
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_stops_the_real_engine_and_loses_nothing(station: Station, number: signal.Signals, code: int) -> None:
    clips = sorted(CLIPS.glob("*.mp3"))
    station.know(*clips)
    for clip in clips:
        station.drop(clip)
    with station.watching("--log-json", model="demo") as watcher:
        until("a clip is in work", lambda: any(event["event"] == "started" for event in watcher.events))
        assert watcher.stop(number) == code
    done = station.digests()
    assert len(done) < len(clips), "it did not finish first"
    assert sorted([*done, *(sha256_of(station.inbox / name) for name in station.left())]) == sorted(
        map(sha256_of, clips)
    )
    assert "working" not in station.states().values()
    assert station.once().code == 0
    station.holds(*clips)
    assert station.left() == []


@pytest.mark.parametrize(
    ("settings", "arguments", "expected"),
    [
        ("", ["--model", "no-such-model"], "no-such-model"),
        ("[watch]\nsettel = 1\n", [], "Did you mean 'settle'?"),
        ("[watch]\nfolders = []\n", [], "there is no folder to watch"),
        ("", ["{archive}/nowhere"], "there is no folder"),
        ("", ["{archive}/inbox", "{archive}/media"], "media is the archive's own"),
        ('[watch]\nfolders = ["inbox", "inbox/Harbor Watch"]\n', [], "lies in"),
        ('[watch]\noriginals = "inbox/aired"\n', [], "lies in the watched"),
        ('[watch]\nquiet_hours = "at night"\n', [], "two times of day"),
        ('[watch]\ncommand = ["notify", "{titel}"]\n', [], "line 2: watch.command has {titel}. Did you mean {title}?"),
    ],
)
def test_what_cannot_be_watched_is_said_in_one_line(
    station: Station, settings: str, arguments: list[str], expected: str
) -> None:
    (station.inbox / "Harbor Watch").mkdir()
    (station.archive / "radio-archive.toml").write_text(settings, encoding="utf-8")
    given = [argument.replace("{archive}", str(station.archive)) for argument in arguments]
    model = [] if "--model" in given else ["--model", station.model]
    ran = run("watch", *given, "--archive", station.archive, *model)
    assert ran.code == 1
    assert expected in ran.err
    assert ran.err.count("\n") == 1


def test_one_watcher_is_enough(station: Station) -> None:
    with station.watching() as watcher:
        watcher.says("watching")
        until("it is noted", lambda: check(station)[0] == 0)
        ran = station.once()
        assert ran.code == 1
        assert f"another watcher has this archive already (process {watcher.process.pid}" in ran.err
        assert ran.err.count("\n") == 1
        assert watcher.process.poll() is None
