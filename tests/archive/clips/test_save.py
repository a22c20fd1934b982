"""What is written, removed and shared with other processes."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from support.clips import new_clip
from support.program import CLIPS, REPLAY, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, save
from radio_archive.archive.clips.encoding import digest, dump_words, load_words
from radio_archive.archive.filters import Filters
from radio_archive.errors import ArchiveBusyError, NoSuchClipError, UnreadableFileError
from radio_archive.models import Word


def test_spellings_of_a_name_are_one_show_and_one_person(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", "") as archive:
        for sha256, show, reporter in [
            ("1", "Hawaiʻi Notes", "Kēhau Pua"),
            ("2", "Hawai'i notes", "Kehau Pua"),
            ("3", "HAWAII-NOTES", "KEHAU PUA"),
        ]:
            save.save_clip(archive, new_clip(sha256, show, reporter))
        assert {(clip.show, clip.reporter) for clip in read.clips(archive)} == {("Hawaiʻi Notes", "Kēhau Pua")}
        assert len(list(read.clips(archive, Filters(show="hawaii notes")))) == 3


def test_the_same_recording_is_saved_once(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", "") as archive:
        first = save.save_clip(archive, new_clip("1"))
        second = save.save_clip(archive, new_clip("1"))
        assert (first.fresh, second.fresh) == (True, False)
        assert first.clip == second.clip


def test_words_come_back_to_the_millisecond() -> None:
    words = (Word(0.1234, 1.9999, " Kauaʻi,", 0.98765), Word(7200.5, 7200.75, "海", None))
    stored = dump_words(words)
    assert load_words(stored) == (Word(0.123, 2.0, " Kauaʻi,", 0.988), Word(7200.5, 7200.75, "海", None))
    assert digest(stored) != digest(stored.replace("Kaua", "Maui"))


def test_clips_answer_to_any_unique_beginning(demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive:
        uids = [clip.uid for clip in read.clips(archive)]
        assert read.find_uid(archive, uids[0].upper()) == uids[0]
        shortest = next(n for n in range(1, 9) if sum(uid.startswith(uids[0][:n]) for uid in uids) == 1)
        assert read.find_uid(archive, uids[0][:shortest]) == uids[0]
        for wrong in ("", "zzzzzzzz", "%", "_", "' OR 1=1"):
            with pytest.raises(NoSuchClipError):
                read.find_uid(archive, wrong)


def test_remove_takes_the_clip_and_its_audio_out_and_remembers(own_archive: Path) -> None:
    clip = ok("search", "undersea", "-a", own_archive, "--jsonl").rows[0]["clip"]
    detail = ok("show", clip, "-a", own_archive, "--json").json
    assert run("remove", clip, "-a", own_archive).code == 1, "nobody is there to answer the question"
    ok("remove", clip, "--yes", "--reason", "aired by mistake", "-a", own_archive)
    assert not (own_archive / detail["file"]).exists()
    assert run("show", clip, "-a", own_archive).code == 1
    assert run("search", '"undersea cable from Fiji"', "-a", own_archive).code == 1
    with sqlite3.connect(own_archive / "archive.db") as db:
        assert db.execute("SELECT sha256, clip_uid, reason FROM tombstones").fetchall() == [
            (detail["sha256"], clip, "aired by mistake")
        ]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO segments_fts (segments_fts, rank) VALUES ('integrity-check', 1)")


def test_remove_changes_nothing_while_the_disk_of_the_originals_is_away(own_archive: Path) -> None:
    clip = ok("search", "undersea", "-a", own_archive, "--jsonl").rows[0]["clip"]
    detail = ok("show", clip, "-a", own_archive, "--json").json
    (own_archive / "media").rename(own_archive / "away")
    ran = run("remove", clip, "--yes", "-a", own_archive)
    assert ran.code == 1
    assert f"the media folder {own_archive / 'media'} is gone" in ran.err
    assert ok("show", clip, "-a", own_archive, "--json").json == detail
    (own_archive / "away").rename(own_archive / "media")
    (own_archive / detail["file"]).unlink()
    if not any((own_archive / detail["file"]).parent.iterdir()):
        (own_archive / detail["file"]).parent.rmdir()
    ok("remove", clip, "--yes", "-a", own_archive)
    assert run("show", clip, "-a", own_archive).code == 1


def test_a_removed_recording_comes_back_only_by_force(own_archive: Path) -> None:
    source = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
    clip = ok("add", source, "-a", own_archive, "--jsonl").rows[0]["clip"]
    ok("remove", clip, "--yes", "-a", own_archive)
    refused = run("add", source, "-a", own_archive, "--model", REPLAY, "--jsonl")
    assert refused.code == 1
    assert "was removed" in refused.rows[0]["error"]
    assert "--force" in refused.rows[0]["error"]
    again = ok("add", source, "-a", own_archive, "--model", REPLAY, "--force", "--jsonl").rows[0]
    assert again["outcome"] == "archived"
    assert again["clip"] != clip, "a name is never given out twice"


def test_reference_leaves_the_file_where_it_is(empty_archive: Path, tmp_path: Path) -> None:
    source = tmp_path / "own" / "clip.mp3"
    source.parent.mkdir()
    source.write_bytes((CLIPS / "20241105_HarborWatch.mp3").read_bytes())
    row = ok("add", source, "-a", empty_archive, "--model", REPLAY, "--reference", "--jsonl").rows[0]
    detail = ok("show", row["clip"], "-a", empty_archive, "--json").json
    assert (empty_archive / detail["file"]).resolve() == source.resolve()
    assert not list((empty_archive / "media").glob("??/*"))
    ok("remove", row["clip"], "--yes", "-a", empty_archive)
    assert source.exists()


def test_copies_lie_under_their_digest_and_sources_are_untouched(demo_archive: Path) -> None:
    from radio_archive.audio.container import sha256_of

    stored = sorted((demo_archive / "media").glob("??/*"))
    assert len(stored) == 14
    for path in stored:
        assert sha256_of(path) == path.stem
        assert path.parent.name == path.stem[:2]
    assert {sha256_of(path) for path in CLIPS.rglob("*.mp3")} == {path.stem for path in stored}
    assert not list((demo_archive / "media" / ".incoming").iterdir())


def test_a_file_that_changed_while_it_was_read_is_not_archived(tmp_path: Path) -> None:
    (tmp_path / "clip.mp3").write_bytes(b"later bytes")
    with Archive.create(tmp_path / "a", "") as archive, pytest.raises(UnreadableFileError, match="changed"):
        archive.media.put(tmp_path / "clip.mp3", "0" * 64, ".mp3")
    assert [path for path in (tmp_path / "a" / "media").rglob("*") if path.is_file()] == []


def test_a_damaged_copy_is_replaced(tmp_path: Path) -> None:
    from radio_archive.audio.container import sha256_of

    source = tmp_path / "clip.mp3"
    source.write_bytes(b"good bytes")
    with Archive.create(tmp_path / "a", "") as archive:
        stored = archive.media.path(archive.media.put(source, sha256_of(source), ".mp3"))
        stored.write_bytes(b"bad bytes")
        archive.media.put(source, sha256_of(source), ".mp3")
        assert stored.read_bytes() == b"good bytes"


def write_many(folder: Path, numbers: range) -> None:
    with Archive(folder) as archive:
        for number in numbers:
            save.save_clip(archive, new_clip(str(number)))


def test_two_processes_write_at_the_same_time(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a", "").close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(tmp_path / "a", range(40))) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with Archive(tmp_path / "a", read_only=True) as archive:
        assert len(list(read.clips(archive))) == 40


def test_a_lock_that_is_never_given_back_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radio_archive.archive.database.BUSY_SECONDS", 0.2)
    with Archive.create(tmp_path / "a", "") as archive:
        other = sqlite3.connect(tmp_path / "a" / "archive.db")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveBusyError, match="another process"):
            save.save_clip(archive, new_clip("1"))
        assert list(read.clips(archive)) == [], "reading goes on"
        other.rollback()
        assert save.save_clip(archive, new_clip("1")).fresh
