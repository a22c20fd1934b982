"""The backfill's queue: listed twice is listed once, counted by triggers, and paged at any length."""

from functools import partial
from pathlib import Path

import pytest
from support.bounds import sqlite_steps, statements
from support.clips import new_clip

from radio_archive.archive import backfill, intake
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import EntryCount, EntryState, ListedFile
from radio_archive.archive.clips import save
from radio_archive.archive.clips.save import remove_clip


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "a", "")


def listed(archive: Archive, numbers: range) -> list[ListedFile]:
    folder = archive.folder.parent / "clips"
    return [ListedFile.at(archive, folder / f"{number:05}.mp3", folder) for number in numbers]


def counted(archive: Archive) -> list[EntryCount]:
    """Count the entries without the counters."""
    rows = archive.db.execute(
        "SELECT state, problem, count(*), sum(seconds) FROM backfill GROUP BY state, problem ORDER BY state, problem"
    )
    return [EntryCount(EntryState(state), *row) for state, *row in rows]


def test_listed_twice_is_there_once(archive: Archive) -> None:
    assert backfill.add(archive, listed(archive, range(30))) == 30
    assert backfill.add(archive, listed(archive, range(20, 50))) == 20
    assert backfill.known(archive, listed(archive, range(40, 60))) == 10
    entries = list(backfill.entries(archive, EntryState.WAITING))
    assert len({entry.path for entry in entries}) == 50
    assert entries[0].path == archive.folder.parent / "clips" / "00000.mp3"
    assert entries[0].root == archive.folder.parent / "clips"


def test_a_path_that_is_no_text_comes_back_as_it_was(archive: Archive) -> None:
    odd = archive.folder.parent / b"caf\xe9 \\x41.mp3".decode("utf-8", "surrogateescape")
    backfill.add(archive, [ListedFile.at(archive, odd)])
    [entry] = backfill.page(archive, EntryState.WAITING)
    assert (entry.path, entry.root) == (odd, None)


def test_what_failed_waits_again_only_when_that_is_asked_for(archive: Archive) -> None:
    files = listed(archive, range(4))
    backfill.add(archive, files)
    first, second, third, _ = backfill.page(archive, EntryState.WAITING)
    backfill.set_ended(archive, first.id, EntryState.FAILED, problem="NotAudioError", error="empty")
    backfill.set_ended(archive, second.id, EntryState.FAILED, problem="FeedError", error="gone")
    backfill.set_ended(archive, third.id, EntryState.DUPLICATE)
    assert backfill.add(archive, files) == 0
    [failed, other] = backfill.entries(archive, EntryState.FAILED)
    assert (failed.problem, failed.error, other.problem) == ("NotAudioError", "empty", "FeedError")
    assert backfill.add(archive, files[:1], retry_failed=True) == 0
    assert [entry.id for entry in backfill.entries(archive, EntryState.WAITING)] == [1, 4]
    assert backfill.revive(archive) == 1
    assert [entry.id for entry in backfill.entries(archive, EntryState.WAITING)] == [1, 2, 4]
    assert [entry.error for entry in backfill.entries(archive, EntryState.WAITING)] == [None] * 3


def test_what_a_manifest_says_reaches_what_still_waits_and_nothing_else(archive: Archive) -> None:
    files = listed(archive, range(2))
    backfill.add(archive, files)
    backfill.set_ended(archive, 2, EntryState.DUPLICATE)
    told = [ListedFile.at(archive, archive.folder.parent / "clips" / f"{n:05}.mp3", None, ("m.json", b"{}"))
            for n in range(2)]  # fmt: skip
    assert backfill.add(archive, told) == 0
    assert backfill.add(archive, files) == 0, "a listing without a sidecar takes none away"
    [entry] = backfill.entries(archive, EntryState.WAITING)
    assert entry.listed.sidecar == ("m.json", b"{}")
    assert entry.root == archive.folder.parent / "clips"
    [ended] = backfill.entries(archive, EntryState.DUPLICATE)
    assert ended.listed.sidecar is None


def test_an_entry_and_its_clip_are_saved_together_or_not_at_all(archive: Archive) -> None:
    backfill.add(archive, listed(archive, range(2)))
    saved = save.save_clip(archive, _of_entry("aa", 1))
    assert saved.fresh
    assert backfill.counts(archive) == [
        EntryCount(EntryState.ARCHIVED, "", 1, 2.0), EntryCount(EntryState.WAITING, "", 1, 0.0),
    ]  # fmt: skip
    archive.db.execute("CREATE TRIGGER no BEFORE UPDATE ON backfill BEGIN SELECT raise(ABORT, 'killed'); END")
    with pytest.raises(Exception, match="killed"):
        save.save_clip(archive, _of_entry("bb", 2))
    archive.db.execute("DROP TRIGGER no")
    assert archive.db.execute("SELECT count(*) FROM clips").fetchone() == (1,)
    [archived] = backfill.entries(archive, EntryState.ARCHIVED)
    assert archived.clip == saved.clip


def _of_entry(sha256: str, entry: int) -> save.NewClip:
    new = new_clip(sha256)
    return save.NewClip(
        new.recording, new.path, new.storage, new.transcript, new.segments, new.claims, new.resolved, entry=entry
    )


def test_the_counters_are_right_whatever_happens(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    backfill.add(archive, listed(archive, range(40)))
    for number, entry in enumerate(backfill.page(archive, EntryState.WAITING, size=20)):
        if number < 5:
            save.save_clip(archive, _of_entry(f"{number:02}", entry.id))
        else:
            state = EntryState.DUPLICATE if number % 3 else EntryState.FAILED
            backfill.set_ended(archive, entry.id, state, problem="" if number % 3 else f"Kind{number % 2}")
    uid = archive.db.execute("SELECT uid FROM clips LIMIT 1").fetchone()[0]
    monkeypatch.setattr(archive.media, "discard", lambda _: None)  # there are no files in this archive
    remove_clip(archive, uid)
    archive.db.execute("BEGIN")
    backfill.add(archive, listed(archive, range(100)))
    archive.db.rollback()
    with archive.writing():
        archive.db.execute("DELETE FROM backfill WHERE id % 7 = 0")
    backfill.revive(archive)
    assert backfill.counts(archive) == counted(archive)
    assert sum(count.number for count in counted(archive)) < 40


def test_pages_and_counts_cost_the_same_with_much_more_in_the_queue(tmp_path: Path) -> None:
    steps: dict[int, list[int]] = {}
    for size in (50, 5_000):
        with Archive.create(tmp_path / str(size), "") as archive:
            backfill.add(archive, listed(archive, range(size)))
            archive.db.execute("UPDATE backfill SET state = 'archived' WHERE id <= ?", [size * 9 // 10])
            archive.db.conn.commit()
            works = (
                partial(backfill.page, archive, EntryState.WAITING, size=5),
                partial(backfill.counts, archive),
                partial(backfill.sample, archive, 5),
                partial(backfill.add, archive, listed(archive, range(10))),
                partial(backfill.set_ended, archive, size, EntryState.DUPLICATE),
            )
            steps[size] = [sqlite_steps(archive.db.conn, work) for work in works]
    assert [many <= 2 * few + 200 for few, many in zip(steps[50], steps[5_000], strict=True)] == [True] * 5, steps


def test_a_page_is_one_transaction_and_a_few_statements(archive: Archive) -> None:
    heard = statements(archive.db.conn, lambda: backfill.add(archive, listed(archive, range(1_000))))
    assert len([text for text in heard if not text.startswith("INSERT INTO backfill (")]) <= 5
    assert backfill.counts(archive) == [EntryCount(EntryState.WAITING, "", 1_000, 0.0)]


def test_the_watcher_does_not_see_it(archive: Archive) -> None:
    backfill.add(archive, listed(archive, range(3)))
    intake.observe(archive, archive.folder.parent / "clips", [])
    intake.recover(archive)
    assert intake.take(archive) is None
    assert set(intake.counts(archive).values()) == {0}
    assert len(backfill.page(archive, EntryState.WAITING)) == 3
