"""What is purged is in no byte of any file of the archive, and what is only removed is not taken again."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.clips import new_clip
from support.program import CLIPS, ok, run
from support.texts import change, said, save_said, text_of

from radio_archive.archive import purge
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import fixity, proposals, redactions, save, sidecars, stories
from radio_archive.archive.index import check
from radio_archive.archive.names import addresses
from radio_archive.models import Proposal, ProposalSource, Story
from radio_archive.search.search import search
from radio_archive.text.segmenting import split

SECRET = b"wyxenfort"
"""In every word that only the purged clip has; it is looked for in any case."""
NAME = "Qwyxenforth Akana"
SOURCE = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"


@pytest.fixture
def secret(archive: Archive) -> str:
    """A clip that has SECRET wherever a clip can have it, between two others, and its uid."""
    save_said(archive, "1", said("A ferry came to the harbor at Qwyxen."), "Other Notes")
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    new = new_clip(digest, reporter=NAME)
    heard = said("Qwyxenforth?? came to Kāwyxenfort and to-wyxenfort in nineteen.")
    recording = replace(new.recording, original_name=f"{NAME}.mp3", duration=60.0, bytes=SOURCE.stat().st_size)
    path = archive.media.put(SOURCE, digest, ".mp3")
    new = replace(new, recording=recording, path=path, transcript=heard, segments=split(heard.words))
    uid = save.save_clip(archive, new).clip
    proposals.propose(
        archive, uid, [Proposal(0, 0, "Qwyxenforth", NAME, ProposalSource.STORY, f"{NAME} in it", 0.4)], 0.9
    )
    change(archive, uid, 3, 3, "Lā-wyxenfort")
    sidecars.attach(archive, uid, f"{NAME}.txt", NAME.encode())
    stories.save(archive, uid, Story(NAME, (f"{NAME} said so.",), url="https://wyxenfort.example/"), f"{NAME}.txt")
    redactions.add(archive, uid, 0.0, 0.5, author=NAME, reason=NAME)
    with archive.writing():
        (key,) = archive.db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()
        addresses.add_old(archive.db, "clip", key, "old-wyxenfort")
        archive.db.execute("INSERT INTO notes (clip_id, text, created_at) VALUES (?, ?, '2026')", [key, NAME])
        archive.db.execute("INSERT INTO known_files VALUES (?, 1, 1, 1, 1, ?)", [f"inbox/{NAME}.mp3", digest])
        archive.db.execute(
            """INSERT INTO intake (path, size, mtime_ns, state, sha256, clip_id, first_seen_at, changed_at, root)
               VALUES (?, 1, 1, 'archived', ?, ?, '2026', '2026', 'inbox')""",
            [f"inbox/{NAME}.mp3", digest, key],
        )
    save_said(archive, "3", said("Nothing of that came to the harbor."), "Other Notes")
    folder = archive.folder
    for place in ("failed", "duplicates"):
        (folder / place).mkdir(exist_ok=True)
        shutil.copy(SOURCE, folder / place / "copy.mp3")
        (folder / place / "copy.mp3.txt").write_text(NAME)
    with closing(sqlite3.connect(folder / "archive.db.before-0023_row_digests-20261129T000000Z")) as copy:
        archive.db.conn.backup(copy)
    return uid


def traces(folder: Path) -> list[str]:
    """Return the files in whose name or bytes the clip still is."""
    audio = SOURCE.read_bytes()[4000:4200]
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if SECRET in path.name.lower().encode()
        or (path.is_file() and (SECRET in (content := path.read_bytes()).lower() or audio in content))
    ]


def test_no_byte_of_a_purged_clip_is_left(archive: Archive, secret: str) -> None:
    folder = archive.folder
    others = [text_of(archive, hit.clip.uid) for hit in search(archive, "harbor").clips]
    archive.close()
    assert len(traces(folder)) >= 7
    ran = ok("remove", secret, "--purge", "--yes", "--reason", "court order", "--archive", folder)
    assert traces(folder) == []
    assert "duplicates/copy.mp3: deleted\n" in ran.err
    assert "archive.db.before-0023_row_digests-20261129T000000Z: deleted\n" in ran.err
    assert f"No other clip names {NAME}" in ran.err
    assert "publish" in ran.err
    with Archive(folder) as again:
        assert [text_of(again, hit.clip.uid) for hit in search(again, "harbor").clips] == others
        assert search(again, "qwyxen").clips, "a word that another clip has stays"
        reports = fixity.verify(again, check.verify(again, mend=False), mend=False)
        assert [report for report in reports if report.problems] == []
        query = "SELECT clip_uid, reason FROM tombstones"
        assert again.db.execute(query).fetchall() == [(secret, "court order")]


def test_free_pages_and_the_log_are_written_again(archive: Archive, secret: str) -> None:
    # SQLite of some systems overwrites what is deleted, and that of others does not.
    archive.db.execute("PRAGMA secure_delete = OFF").fetchall()
    save.remove_clip(archive, secret, purge=True)
    assert "archive.db-wal" in traces(archive.folder)
    purge.erase(archive, [secret])
    assert traces(archive.folder) == []


def test_what_was_only_removed_can_be_purged_later(archive: Archive, secret: str) -> None:
    folder = archive.folder
    archive.close()
    ok("remove", secret, "--yes", "--archive", folder)
    assert "archive.db" in traces(folder)
    ran = ok("remove", secret, "--purge", "--yes", "--archive", folder)
    assert f"No other clip names {NAME}, Reef Notes: erased, too." in ran.err
    assert traces(folder) == []
    assert ok("shows", "list", "--jsonl", "--archive", folder).rows[0]["name"] == "Other Notes"


@pytest.mark.parametrize("known", [["add", NAME], ["set", NAME, "role=reporter"], ["alias", NAME, "Q. Akana"]])
def test_who_was_entered_by_hand_stays(archive: Archive, secret: str, known: list[str]) -> None:
    archive.close()
    folder = archive.folder
    ok("people", *known, "--archive", folder)
    ok("remove", secret, "--yes", "--archive", folder)
    assert NAME not in ok("remove", secret, "--purge", "--yes", "--archive", folder).err
    assert traces(folder) == ["archive.db"]
    ran = ok("people", "remove", NAME, "--json", "--archive", folder)
    assert ran.json["name"] == NAME
    assert run("people", "show", NAME, "--archive", folder).code == 1


def test_backups_that_still_have_it_are_named(archive: Archive, secret: str, tmp_path: Path) -> None:
    folder = archive.folder
    archive.close()
    for path in folder.glob("archive.db.before-*"):
        path.unlink()
    here, gone = tmp_path / "here", tmp_path / "gone"
    for place in (here, gone):
        run("backup", place, "--archive", folder)
    shutil.rmtree(gone)
    aside = folder / "aside"
    aside.mkdir()
    shutil.copy(folder / "archive.db", aside / "archive.db")
    ran = ok("remove", secret, "--purge", "--yes", "--archive", folder)
    assert f"The backup in {here}, of 20" in ran.err
    assert "still has it: `radio-archive backup " in ran.err
    assert f"The backup in {gone}, of 20" in ran.err
    assert "aside/archive.db: deleted\n" in ran.err
    run("backup", here, "--prune", "--archive", folder)
    assert traces(here) == traces(folder) == []
    assert f"The backup in {here}" not in ok("remove", secret, "--purge", "--yes", "--archive", folder).err


def test_who_is_on_another_clip_stays(archive: Archive, secret: str) -> None:
    other = save.save_clip(archive, new_clip("9", reporter=NAME)).clip
    folder = archive.folder
    archive.close()
    ran = ok("remove", secret, "--purge", "--yes", "--archive", folder)
    assert NAME not in ran.err
    assert NAME in ok("show", other, "--archive", folder).out


def test_a_reader_keeps_the_log_and_it_is_said(archive: Archive, secret: str) -> None:
    folder = archive.folder
    archive.close()
    with closing(sqlite3.connect(folder / "archive.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM clips").fetchone()
        ran = run("remove", secret, "--purge", "--yes", "--archive", folder)
        assert ran.code == 1
        assert "is being read" in ran.err
        assert "run the same command again" in ran.err
    ok("remove", secret, "--purge", "--yes", "--archive", folder)
    assert traces(folder) == []


def test_an_old_address_of_a_removed_clip_leads_to_no_other(archive: Archive) -> None:
    save_said(archive, "1", said("A ferry came."))
    uid = save_said(archive, "2", said("A tanker came."))
    with archive.writing():
        addresses.add_old(archive.db, "clip", 2, "oldname1")
    save.remove_clip(archive, uid)
    other = save_said(archive, "3", said("A boat came."))
    assert other != uid
    assert run("show", "oldname1", "--archive", archive.folder).code == 1
