"""`verify` reads recordings again: a changed byte is found and named, a moved file put back, and nothing is lost."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support.nobody import as_nobody, give_to_nobody
from support.program import CLIPS, REPLAY, environment, ok, run

from radio_archive.archive import originals
from radio_archive.archive.archive import Archive

NEVER = "1999-01-01T00:00:00+00:00"


@pytest.fixture
def folder(demo_archive: Path, tmp_path: Path) -> Path:
    """An archive of the fixture clips, of which none was read since long ago."""
    ignored = shutil.ignore_patterns("*.db-wal", "*.db-shm")
    folder = Path(shutil.copytree(demo_archive, tmp_path / "archive", ignore=ignored))
    execute(folder, "UPDATE recordings SET added_at = ?", NEVER)
    return folder


def execute(folder: Path, statement: str, *values: object) -> list[Any]:
    """Run a statement as the program does, which keeps the digests of rows."""
    with Archive(folder) as archive, archive.writing():
        return archive.db.execute(statement, values).fetchall()


def files(folder: Path) -> list[Path]:
    return [folder / path for (path,) in execute(folder, "SELECT path FROM recordings ORDER BY id")]


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def verified(folder: Path, *options: object, code: int = 0) -> dict[str, Any]:
    ran = run("verify", "--json", *options, "--archive", folder)
    assert ran.code == code, ran.err
    assert ran.json["sound"] == (code == 0)
    return dict(ran.json["recordings"])


def ledger(folder: Path) -> list[tuple[int, str]]:
    return execute(folder, "SELECT recording_id, outcome FROM fixity_checks ORDER BY id")


def test_all_is_read_and_entered(folder: Path) -> None:
    every = files(folder)
    found = verified(folder)
    assert (found["checked"], found["bytes"]) == (len(every), sum(path.stat().st_size for path in every))
    assert (found["faulty"], found["faults"], found["stray"]["number"]) == (0, [], 0)
    assert ledger(folder) == [(number, "intact") for number in range(1, len(every) + 1)]
    said = run("verify", "--archive", folder)
    assert f"recordings: {len(every)} read" in said.out
    assert "none faulty" in said.out


@pytest.mark.parametrize("place", [0, 10_000, -1], ids=["first byte", "in between", "last byte"])
def test_a_flipped_bit_is_found_and_named(folder: Path, place: int) -> None:
    path = files(folder)[1]
    flip(path, place % path.stat().st_size)
    (fault,) = verified(folder, code=1)["faults"]
    assert fault["path"] == path.relative_to(folder).as_posix()
    assert fault["outcome"] == "changed"
    assert fault["sha256"] == path.stem != fault["found"]
    said = run("verify", "--archive", folder)
    assert said.code == 1
    assert f"{fault['path']} of clip {fault['clip']}: changed" in said.out
    assert "--repair --look-in" in said.err
    flip(path, place % path.stat().st_size)
    # It is read again, though it was read just now.
    assert verified(folder, "--older-than", "30d")["faults"] == []


def test_what_is_missing_or_unreadable_is_named(folder: Path) -> None:
    gone, in_the_way = files(folder)[:2]
    gone.unlink()
    in_the_way.unlink()
    in_the_way.symlink_to(CLIPS)
    found = verified(folder, code=1)
    assert sorted(fault["outcome"] for fault in found["faults"]) == ["missing", "unreadable"]


def test_a_second_check_waits_for_the_first(folder: Path) -> None:
    with FileLock(folder / originals.LOCK):
        ran = run("verify", "--archive", folder)
    assert ran.code == 1
    assert ran.err == "another check of this archive is running. Wait until it ends.\n"
    assert ledger(folder) == []


def test_moved_and_lost_files_are_put_back(folder: Path, tmp_path: Path) -> None:
    moved, changed, lost, *_ = every = files(folder)
    backup = tmp_path / "backup" / "deep"
    backup.mkdir(parents=True)
    shutil.copy(changed, backup / "an odd name.bin")
    whole = changed.read_bytes()
    moved.rename(folder / "media" / "moved.mp3")
    lost.rename(folder / "inbox" / "take me.part")
    flip(changed, 500)
    assert len(verified(folder, code=1)["faults"]) == 3
    found = verified(folder, "--repair", "--look-in", tmp_path / "backup", "--sample", "1%")
    assert {one["path"] for one in found["put_back"]} == {path.relative_to(folder).as_posix() for path in every[:3]}
    assert changed.read_bytes() == whole
    assert not (folder / "media" / "moved.mp3").exists()
    assert (folder / "inbox" / "take me.part").exists()
    assert verified(folder)["faulty"] == 0
    assert [outcome for _, outcome in ledger(folder)].count("repaired") == 3


def test_without_repair_nothing_is_put_back_and_a_wrong_backup_does_no_harm(folder: Path, tmp_path: Path) -> None:
    path = files(folder)[0]
    path.rename(folder / "moved.mp3")
    verified(folder, code=1)
    assert not path.exists()
    (tmp_path / "backup").mkdir()
    wrong = Path(shutil.copy(folder / "moved.mp3", tmp_path / "backup" / path.name))
    (folder / "moved.mp3").unlink()
    flip(wrong, 900)
    assert verified(folder, "--repair", "--look-in", wrong.parent, code=1)["put_back"] == []
    assert not path.exists()


def test_a_reference_follows_its_file(folder: Path, tmp_path: Path) -> None:
    source = files(folder)[0].rename(tmp_path / "there.mp3")
    execute(folder, "UPDATE recordings SET storage = 'referenced', path = '../there.mp3' WHERE id = 1")
    (tmp_path / "elsewhere").mkdir()
    source.rename(tmp_path / "elsewhere" / "here.mp3")
    files(folder)[1].rename(folder / "moved.mp3")
    verified(folder, code=1)
    verified(folder, "--repair", "--look-in", tmp_path / "elsewhere", code=0)
    assert execute(folder, "SELECT path FROM recordings WHERE id = 1") == [("../elsewhere/here.mp3",)]


def test_a_file_of_no_clip_is_offered_and_can_be_archived(folder: Path) -> None:
    (clip,) = execute(folder, "SELECT uid FROM clips WHERE id = 1")[0]
    path = files(folder)[0]
    aside = shutil.copy(path, folder / "aside")
    ok("remove", clip, "--yes", "--archive", folder)
    path.parent.mkdir(exist_ok=True)
    shutil.move(aside, path)
    assert verified(folder)["stray"] == {"number": 1, "first": [path.relative_to(folder).as_posix()]}
    said = run("verify", "--repair", "--archive", folder)
    assert "radio-archive add" in said.out
    assert path.exists()
    ok("add", path, "--force", "--archive", folder, "--model", REPLAY)
    assert verified(folder)["stray"]["number"] == 0


def test_a_sample_takes_those_that_were_read_longest_ago(folder: Path) -> None:
    number = len(files(folder))
    for _ in range(2):
        assert verified(folder, "--sample", "50%")["checked"] == -(-number // 2)
    assert {key for key, _ in ledger(folder)} == set(range(1, number + 1))
    execute(folder, "UPDATE recordings SET checked_at = '2020-01-01T00:00:00.000000+00:00' WHERE id = 3")
    assert verified(folder, "--older-than", "30d")["checked"] == 1
    assert ledger(folder)[-1] == (3, "intact")
    history = ok("verify", "--history", "--json", "--archive", folder).json
    assert [(run["checked"], run["sample"], run["older_than"]) for run in history][:2] == [
        (1, None, 30), (-(-number // 2), 0.5, None),
    ]  # fmt: skip
    assert "not read for 30 days: 1 read" in ok("verify", "--history", "--archive", folder).out


@pytest.mark.parametrize("option", [("--sample", "0%"), ("--sample", "5"), ("--older-than", "soon")])
def test_what_is_no_share_or_time_is_refused(option: tuple[str, str], folder: Path) -> None:
    ran = run("verify", *option, "--archive", folder)
    assert ran.code == 2
    assert option[1] in ran.err
    assert ledger(folder) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from radio_archive.archive import originals
from radio_archive.archive.archive import Archive

originals.AT_ONCE = 2
with Archive(Path(sys.argv[1])) as archive:
    originals.check(archive, progress=lambda what, done, total: done >= 4 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_backup_that_is_not_there_is_told_at_once(folder: Path) -> None:
    ran = run("verify", "--repair", "--look-in", folder / "nowhere", "--archive", folder)
    assert ran.code != 0
    assert ran.err.count("\n") == 1
    assert "nowhere is no folder" in ran.err
    assert ledger(folder) == []


def test_a_killed_run_goes_on_where_it_stopped(folder: Path) -> None:
    number = len(files(folder))
    killed = subprocess.run([sys.executable, "-c", KILLED, folder], env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(ledger(folder)) == 4
    assert [run["finished_at"] for run in ok("verify", "--history", "--json", "--archive", folder).json] == [None]
    assert verified(folder)["checked"] == number
    assert sorted(key for key, _ in ledger(folder)) == list(range(1, number + 1)), "each once"
    assert verified(folder)["checked"] == number
    assert len(ledger(folder)) == 2 * number


def test_a_media_folder_that_is_gone_is_no_loss_of_all_files(folder: Path) -> None:
    (folder / "media").rename(folder / "elsewhere")
    ran = run("verify", "--archive", folder)
    assert ran.code == 1
    assert "media" in ran.err
    assert ran.err.count("\n") == 1
    assert ledger(folder) == []


def test_the_sound_that_the_public_hears_is_read_too(folder: Path) -> None:
    (clip,) = execute(folder, "SELECT uid FROM clips WHERE id = 1")[0]
    ok("redact", clip, "--from", "1", "--to", "2", "--archive", folder)
    ((path,),) = execute(folder, "SELECT path FROM redacted_recordings")
    verified(folder)
    flip(folder / path, 2_000)
    (fault,) = verified(folder, "--sample", "1%", code=1)["faults"]
    assert (fault["path"], fault["clip"]) == (path, clip)


def test_a_run_holds_a_page_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originals, "AT_ONCE", 3)
    seen: list[tuple[object, ...]] = []
    with Archive(folder) as archive:
        number = len(files(folder))
        run = originals.check(archive, progress=lambda *done: seen.append(done))
        assert run.checked == number
        assert originals.read_since(archive) != NEVER
    assert [done for _, done, _ in seen] == [*range(3, number, 3), number]


def test_what_may_not_be_written_is_checked_without_a_ledger(folder: Path) -> None:
    damaged = files(folder)[1]
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for log in folder.glob("archive.db-*"):
        log.unlink()
    give_to_nobody(folder)
    every = (folder, *folder.rglob("*"))
    for path in every:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.read_bytes() for path in every if path.is_file()}
    ran = as_nobody("verify", "--archive", folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == f"{folder} may not be written: a copy of its database is checked, and no ledger is kept.\n"
    assert f"recordings: {len(files(folder))} read" in ran.stdout
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    flip(damaged, 500)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE clips SET rights = 'Mine' WHERE id = 3")
    ran = as_nobody("verify", "--json", "--archive", folder)
    assert ran.returncode == 1
    found = json.loads(ran.stdout)
    assert [fault["path"] for fault in found["recordings"]["faults"]] == [damaged.relative_to(folder).as_posix()]
    assert [table["table"] for table in found["tables"] if table["damaged"]] == ["clips"]
    assert ledger(folder) == []
    ran = as_nobody("verify", "--repair", "--archive", folder)
    assert ran.returncode == 1
    assert "cannot open" in ran.stderr
    assert as_nobody("verify", "--history", "--archive", folder).returncode == 0
