"""The queue costs what there is to do, not what is in it; and its counters are right."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from support.bounds import sqlite_steps, statements
from support.program import FIXTURES, ok

from radio_archive.archive import intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.intake import FileSnapshot
from radio_archive.archive.rows import PAGE
from radio_archive.models import IntakeState as State


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "a", "")


def drop(archive: Archive, number: int) -> list[FileSnapshot]:
    """Put so many files into the inbox, and return what is seen of them."""
    paths = [archive.folder / "inbox" / f"{n:05}.wav" for n in range(number)]
    for path in paths:
        path.touch()
    return [FileSnapshot.of(path, path.lstat()) for path in paths]


def history(archive: Archive, number: int) -> None:
    """Add as many files that were archived and have left."""
    with archive.writing():
        archive.db.conn.executemany(
            """INSERT INTO intake (path, root, size, mtime_ns, state, left_at, first_seen_at, changed_at)
               VALUES (?, 'inbox', 1, 1, 'archived', '2025-01-01', '2025-01-01', '2025-01-01')""",
            [(f"inbox/old {n}.wav",) for n in range(number)],
        )


def counted(archive: Archive) -> dict[State, int]:
    """Count the files in each state without the counters."""
    return {State(s): n for s, n in archive.db.execute("SELECT state, count(*) FROM intake GROUP BY state")}


def test_a_look_at_the_inbox_asks_for_all_files_at_once(archive: Archive) -> None:
    seen = drop(archive, 3_000)
    inbox = archive.folder / "inbox"
    assert intake.observe(archive, inbox, seen) == seen
    heard = statements(archive.db.conn, lambda: intake.observe(archive, inbox, seen))
    assert len(heard) <= 3_000 / PAGE + 3
    assert intake.observe(archive, inbox, seen) == []


def test_what_changed_came_back_or_went_is_noticed_among_many(archive: Archive) -> None:
    seen = drop(archive, 2_500)
    inbox = archive.folder / "inbox"
    intake.observe(archive, inbox, seen)
    changed, gone = seen[1_500].path, seen[7].path
    changed.write_bytes(b"more")
    gone.unlink()
    now = [FileSnapshot.of(path, path.lstat()) for path in sorted(inbox.iterdir())]
    assert [one.path for one in intake.observe(archive, inbox, now)] == [changed]
    assert intake.counts(archive)[State.VANISHED] == 1
    gone.touch()
    now = [FileSnapshot.of(path, path.lstat()) for path in sorted(inbox.iterdir())]
    assert [one.path for one in intake.observe(archive, inbox, now)] == [gone]
    assert counted(archive) == {State.SETTLING: 2_500}


def test_what_is_done_for_each_file_costs_the_same_with_many_more_in_the_queue(tmp_path: Path) -> None:
    steps: dict[int, list[int]] = {}
    for size in (20, 4_000):
        with Archive.create(tmp_path / str(size), "") as archive:
            seen = drop(archive, size)
            intake.observe(archive, archive.folder / "inbox", seen)
            intake.set_ready(archive, [one.path for one in seen])
            history(archive, 10 * size)
            steps[size] = [
                sqlite_steps(archive.db.conn, partial(work, archive))
                for work in (intake.take, intake.counts, intake.has_pending, intake.unfinished)
            ]
    assert [many <= 2 * few + 200 for few, many in zip(steps[20], steps[4_000], strict=True)] == [True] * 4, steps


def test_a_new_file_in_the_inbox_costs_the_same_after_a_long_history(tmp_path: Path) -> None:
    steps = []
    for size in (100, 4_000):
        with Archive.create(tmp_path / str(size), "") as archive:
            history(archive, size)
            work = partial(intake.observe, archive, archive.folder / "inbox", drop(archive, 1))
            steps.append(sqlite_steps(archive.db.conn, work))
    assert steps[1] <= 2 * steps[0] + 200, steps


def test_the_counters_are_right_whatever_happens(archive: Archive) -> None:
    seen = drop(archive, 40)
    inbox = archive.folder / "inbox"
    intake.observe(archive, inbox, seen)
    intake.set_ready(archive, [one.path for one in seen[:30]])
    taken = [entry for entry in (intake.take(archive) for _ in range(9)) if entry]
    intake.set_ended(archive, taken[0], State.FAILED, error="no")
    intake.set_ended(archive, taken[1], State.DUPLICATE)
    intake.give_back(archive, taken[2].path)
    intake.postpone(archive, taken[3], "busy", 10, counts=True)
    intake.forget(archive, seen[39].path)
    archive.db.execute("BEGIN")
    intake.set_ready(archive, [one.path for one in seen])
    archive.db.rollback()
    with closing(sqlite3.connect(archive.database_path)) as other, other:
        other.execute("DELETE FROM intake WHERE state = 'settling' AND id % 2")
    intake.recover(archive)
    assert {state: number for state, number in intake.counts(archive).items() if number} == counted(archive)
    assert sum(counted(archive).values()) < 40


def test_an_older_queue_is_counted_when_the_archive_is_upgraded(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "archives" / "0007_gaps.db", tmp_path / "archive.db")
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db, db:
        db.execute(
            """INSERT INTO intake (path, size, mtime_ns, state, first_seen_at, changed_at)
               VALUES ('a.wav', 1, 1, 'failed', '', '')"""
        )
    with Archive(tmp_path) as upgraded:
        assert {state: number for state, number in intake.counts(upgraded).items() if number} == counted(upgraded)
        assert intake.counts(upgraded)[State.FAILED] > 0


def test_the_command_lists_a_queue_of_any_length_in_part(archive: Archive) -> None:
    seen = drop(archive, 2_100)
    intake.observe(archive, archive.folder / "inbox", seen)
    archive.close()
    listed = ok("intake", "--archive", archive.folder)
    assert len(listed.out.splitlines()) == 1_000
    assert "1,100 more are not shown" in listed.err
    assert len(ok("intake", "--limit", "7", "--archive", archive.folder).out.splitlines()) == 7
    assert len(ok("intake", "--json", "--archive", archive.folder).json) == 2_100
    assert len(ok("intake", "--jsonl", "--limit", "7", "--archive", archive.folder).out.splitlines()) == 7
    assert (
        ok("intake", "forget", "00003.wav", "inbox/00004.wav", "--archive", archive.folder).out == "Forgot 2 files.\n"
    )


def test_a_file_is_named_as_it_is_listed_or_else_by_its_name_in_any_folder(archive: Archive) -> None:
    (inbox := archive.folder / "inbox").joinpath("Show").mkdir()
    drop(archive, 2)
    files = [inbox / "00000.wav", inbox / "00001.wav", inbox / "Show" / "00000.wav", inbox / "Show" / "other.wav"]
    for file in files[2:]:
        file.write_bytes(b"x")
    intake.observe(archive, inbox, [FileSnapshot.of(file, file.lstat()) for file in files])
    archive.close()

    def forget(name: str) -> set[str]:
        ok("intake", "forget", name, "--archive", archive.folder)
        return {row["path"].rpartition("inbox/")[2] for row in ok("intake", "--json", "-a", archive.folder).json}

    assert forget("00000.wav") == {"00001.wav", "Show/00000.wav", "Show/other.wav"}
    assert forget("other.wav") == {"00001.wav", "Show/00000.wav"}
    assert forget("00000.wav") == {"00001.wav"}
