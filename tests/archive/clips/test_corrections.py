"""archive/clips/corrections.py and current.py: corrections change the current text, and can be undone."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.texts import change, said, save_said, save_transcript, text_of

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, corrections, proposals, read, save
from radio_archive.archive.clips.encoding import digest
from radio_archive.archive.index import check
from radio_archive.archive.public.copy import copy_published
from radio_archive.archive.public.views import hide
from radio_archive.errors import NoSuchBatchError, StaleTextError, UsageError
from radio_archive.models import Alternative, CorrectionStatus, Edit, Proposal, ProposalSource
from radio_archive.search.search import search

TEXT = "The Jung on daily says so. A ferry was late. In Hilo it rained."


JOONGANG = Proposal(
    1, 3, "Jung on daily", "JoongAng Daily", ProposalSource.STORY, "“JoongAng Daily” in the story", 0.5,
    (Alternative(1, 2, "Jungang", ProposalSource.GLOSSARY, "in the glossary", 0.4),),
)  # fmt: skip


@pytest.fixture
def clip(archive: Archive) -> str:
    return save_said(archive, "1", said(TEXT))


def proposed(archive: Archive, clip: str, wanted: list[Proposal], accept: float) -> tuple[int, int]:
    done = proposals.propose(archive, clip, wanted, accept)
    return done.accepted, done.waiting


def finds(archive: Archive, query: str) -> bool:
    return bool(search(archive, query).clips)


def test_a_correction_is_read_searched_and_undone(archive: Archive, clip: str) -> None:
    before = archive.db.execute("SELECT * FROM segments").fetchall()
    batch = change(archive, clip, 1, 3, "JoongAng Daily", reason="the paper's name")
    assert text_of(archive, clip) == TEXT.replace("Jung on daily", "JoongAng Daily")
    assert archive.db.execute("SELECT heard FROM segments ORDER BY position").fetchone() == (TEXT[:26],)
    assert finds(archive, "joongang")
    assert finds(archive, "jung"), "what was heard is found too"
    assert [(b.number, b.author, b.reason, b.corrections, b.clips) for b in batches.newest(archive)] == [
        (batch, "Lani", "the paper's name", 1, 1)
    ]
    assert batch
    assert corrections.undo(archive, batch) == (clip,)
    assert archive.db.execute("SELECT * FROM segments").fetchall() == before
    assert not finds(archive, "joongang")
    assert corrections.of_clip(archive, clip)[0].status == CorrectionStatus.WITHDRAWN
    with pytest.raises(UsageError, match="undone already"):
        corrections.undo(archive, batch)
    with pytest.raises(NoSuchBatchError):
        corrections.undo(archive, 99)
    assert all(not report.problems for report in check.verify(archive, mend=False))


def test_only_what_changes_is_written(archive: Archive, clip: str) -> None:
    ids = archive.db.execute("SELECT id, text FROM segments ORDER BY position").fetchall()
    before = archive.db.conn.total_changes
    change(archive, clip, 5, 5, "again.")
    assert archive.db.execute("SELECT id FROM segments ORDER BY position").fetchall() == [(i,) for i, _ in ids]
    proposals.propose(archive, clip, [], 0.9)
    spent = archive.db.conn.total_changes - before
    proposals.propose(archive, clip, [], 0.9)
    assert archive.db.conn.total_changes - before == spent


def test_what_is_to_be_forgotten_is_not_found(archive: Archive, clip: str) -> None:
    change(archive, clip, 2, 2, "Ang", forgets=True)
    change(archive, clip, 1, 3, "JoongAng Daily")
    assert finds(archive, "joongang")
    assert not finds(archive, '"jung on"')
    assert finds(archive, "so"), "the rest of the sentence stays"
    heard = archive.db.execute("SELECT heard FROM segments ORDER BY position").fetchone()[0]
    assert heard is None


def test_two_editors_do_not_lose_what_the_other_wrote(archive: Archive, clip: str) -> None:
    now = corrections.now_of(archive, clip)
    one, same, other = (now.corrected.edit(*place) for place in ((1, 3, "Joong"), (2, 2, "an"), (8, 8, "is")))
    corrections.edit(archive, clip, [one], "Lani", version=now.version)
    with pytest.raises(StaleTextError) as caught:
        corrections.edit(archive, clip, [other, same], "Kai", version=now.version)
    assert "'on' has another wording" in str(caught.value)
    assert caught.value.now is None
    assert "was late" in text_of(archive, clip), "nothing of it was done"
    corrections.edit(archive, clip, [other], "Kai", version=now.version)
    assert text_of(archive, clip).startswith("The Joong says so. A ferry is late.")
    with pytest.raises(StaleTextError, match="'was' is now 'is'"):
        corrections.edit(archive, clip, [replace(other, after="will be")], "Lani", version=now.version)
    save_transcript(archive, clip, said(TEXT))
    with pytest.raises(StaleTextError, match="'The' has another wording"):
        corrections.edit(archive, clip, [Edit(0, 0, "The", "A")], "Kai", version=now.version)


def test_a_proposal_waits_or_is_accepted_by_itself(archive: Archive, clip: str) -> None:
    hilo = Proposal(11, 11, "Hilo", "Hawaiʻi", ProposalSource.GLOSSARY, "", 0.95)
    assert proposed(archive, clip, [JOONGANG, hilo], 0.9) == (1, 1)
    assert text_of(archive, clip) == TEXT.replace("Hilo", "Hawaiʻi")
    waiting, accepted = corrections.of_clip(archive, clip)
    assert (waiting.status, waiting.alternatives, waiting.evidence) == (
        "proposed",
        JOONGANG.alternatives,
        JOONGANG.evidence,
    )
    assert (accepted.status, accepted.author, accepted.by_person) == ("accepted", proposals.MACHINE, False)
    # The rules think again: one as it was, with more confidence, and the other one no more.
    assert proposed(archive, clip, [replace(JOONGANG, confidence=0.99)], 0.9) == (1, 0)
    [only] = corrections.of_clip(archive, clip)
    assert (only.id, only.status) == (waiting.id, "accepted")
    assert proposed(archive, clip, [replace(JOONGANG, confidence=0.99, tied=True)], 0.9) == (0, 1)
    assert text_of(archive, clip) == TEXT


def test_what_the_rules_accept_in_place_of_something_else_becomes_the_text(archive: Archive, clip: str) -> None:
    for name in ("Hawaii", "Hawaiʻi"):
        assert proposed(archive, clip, [Proposal(11, 11, "Hilo", name, ProposalSource.GLOSSARY, "", 0.95)], 0.9) == (
            1,
            0,
        )
        assert text_of(archive, clip) == TEXT.replace("Hilo", name)
        assert all(not report.problems for report in check.verify(archive, mend=False))


def test_what_a_person_decides_stays(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    [waiting] = corrections.of_clip(archive, clip)
    batch, clips = corrections.decide(archive, [waiting.id], "Lani", accepted=False)
    assert clips == (clip,)
    assert proposed(archive, clip, [replace(JOONGANG, confidence=1.0)], 0.9) == (0, 0)
    corrections.undo(archive, batch)
    assert [one.status for one in corrections.of_clip(archive, clip)] == ["proposed"]
    corrections.decide(archive, [waiting.id], "Lani", accepted=True)
    assert proposed(archive, clip, [], 0.9) == (0, 0)
    assert "JoongAng" in text_of(archive, clip)
    with pytest.raises(UsageError):
        corrections.decide(archive, [99], "Lani", accepted=True)


def test_what_the_rules_accepted_is_there_again_when_an_edit_of_it_is_undone(archive: Archive, clip: str) -> None:
    sure = replace(JOONGANG, confidence=0.95)
    proposed(archive, clip, [sure], 0.9)
    batch = change(archive, clip, 1, 2, "Yung")
    proposed(archive, clip, [sure], 0.9)
    assert text_of(archive, clip).startswith("The Yung says")
    assert batch
    corrections.undo(archive, batch)
    assert text_of(archive, clip).startswith("The JoongAng Daily says")


def test_an_alternative_is_taken_in_place_of_a_proposal(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    [waiting] = corrections.of_clip(archive, clip)
    with pytest.raises(UsageError):
        proposals.choose(archive, waiting.id, 1, "Lani", "Jung on")
    batch = proposals.choose(archive, waiting.id, 0, "Lani", "Jung on")
    assert text_of(archive, clip) == TEXT.replace("Jung on", "Jungang")
    assert proposed(archive, clip, [JOONGANG], 0.1) == (0, 0)
    corrections.undo(archive, batch)
    assert text_of(archive, clip) == TEXT
    assert [one.after for one in corrections.of_clip(archive, clip, CorrectionStatus.PROPOSED)] == ["JoongAng Daily"]


def test_an_edit_settles_the_proposals_at_its_place(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    batch = change(archive, clip, 1, 1, "Yung")
    assert corrections.of_clip(archive, clip, CorrectionStatus.PROPOSED) == ()
    assert batch
    corrections.undo(archive, batch)
    assert [one.after for one in corrections.of_clip(archive, clip, CorrectionStatus.PROPOSED)] == ["JoongAng Daily"]


def test_a_removed_clip_leaves_nothing(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    change(archive, clip, 0, 0, "A")
    save.remove_clip(archive, clip)
    for table in ("corrections", "correction_decisions", "correction_batches"):
        assert archive.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("way", ["a copy", "a connection that hides"])
def test_outsiders_see_the_current_words_and_nothing_of_the_work_on_them(
    archive: Archive, clip: str, tmp_path: Path, way: str
) -> None:
    proposals.propose(archive, clip, [replace(JOONGANG, after="Private Paper")], 0.9)
    change(archive, clip, 5, 5, "mail.", forgets=True, reason="Private reason")
    change(archive, clip, 7, 7, "boat")
    if way == "a copy":
        copy_published(archive, tmp_path / "copy.db")
        content = (tmp_path / "copy.db").read_bytes()
        assert b"Private" not in content
        assert b"so." not in content
        connection = sqlite3.connect(tmp_path / "copy.db")
    else:
        connection = sqlite3.connect(archive.database_path)
        hide(connection, "segments")
    with closing(connection):
        found = Archive.over(connection, archive.folder)
        assert text_of(found, clip) == TEXT.replace("so.", "mail.").replace("ferry", "boat")
        assert read.clip(found, clip).corrected == 2
        stored, digested = connection.execute("SELECT words, digest FROM transcripts").fetchone()
        assert digest(stored) == digested
        for table in ("corrections", "correction_batches", "correction_decisions", "glossary"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []


def test_words_to_be_forgotten_stay_so_under_whatever_is_accepted_later(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    [waiting] = corrections.of_clip(archive, clip)
    forgetting = change(archive, clip, 2, 2, "Ang", forgets=True)
    later, _ = corrections.decide(archive, [waiting.id], "Kai", accepted=True)
    assert finds(archive, "joongang")
    assert not finds(archive, '"jung on"')
    corrections.undo(archive, forgetting)
    assert finds(archive, '"jung on"'), "nobody asks for that any more"
    corrections.undo(archive, later)
    assert text_of(archive, clip) == TEXT


def test_the_latest_of_two_changes_at_a_place_is_told_of(archive: Archive, clip: str) -> None:
    change(archive, clip, 1, 3, "Joong")
    change(archive, clip, 0, 1, "A paper")
    (one,) = corrections.changes_of(archive, clip)
    assert (one.heard, one.text, one.after) == ("The Jung on daily", "A paper", "says so. A ferry")


def test_a_decision_about_what_the_rules_take_back_leaves_no_batch(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, [JOONGANG], 0.9)
    [waiting] = corrections.of_clip(archive, clip)
    batch, _ = corrections.decide(archive, [waiting.id], "Lani", accepted=False)
    corrections.undo(archive, batch)
    proposals.propose(archive, clip, [], 0.9)
    assert corrections.of_clip(archive, clip) == ()
    assert batches.newest(archive) == []
