"""A changed byte in a text is found by its digest; what is derived from texts is compared, and made again."""

import sqlite3
from contextlib import closing

import pytest
from support.program import run
from support.texts import change, said, save_said, save_transcript, text_of

from radio_archive.archive import migrations
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, fixity, proposals, review, sidecars, stories
from radio_archive.archive.filters import EVERYTHING
from radio_archive.archive.index import check, rebuild
from radio_archive.archive.index.check import Problem, TableReport
from radio_archive.models import Alternative, Proposal, ProposalSource, Story

HEARD = "The Jung?? on?? daily says so. Fifteen?? boats came to Molo?? today. In Hilo it rained."
OTHER = "The Jungang daily says so. Fifty boats came to Molokai today. In Hilo it poured."
PROPOSED = Proposal(
    1, 3, "Jung on daily", "JoongAng Daily", ProposalSource.STORY, "“JoongAng Daily” in the story", 0.5,
    (Alternative(1, 2, "Jungang", ProposalSource.GLOSSARY, "in the glossary", 0.4),),
)  # fmt: skip


@pytest.fixture
def clip(archive: Archive) -> str:
    """A clip with a story, a sidecar, two versions, a proposal and a correction; another clip is beside it."""
    save_said(archive, "0", said("Nothing of that."))
    uid = save_said(archive, "1", said(OTHER))
    save_transcript(archive, uid, said(HEARD))
    proposals.propose(archive, uid, [PROPOSED], 0.9)
    change(archive, uid, 12, 12, "Hīnālea")
    stories.save(archive, uid, Story("A paper says so", ("The JoongAng Daily says so.",)), None)
    sidecars.attach(archive, uid, "notes.txt", b"as it was said")
    return uid


def looked(archive: Archive, *, mend: bool = False) -> list[TableReport]:
    return fixity.verify(archive, check.verify(archive, mend=mend), mend=mend)


def wrong(archive: Archive, *, mend: bool = False) -> dict[str, list[str]]:
    return {report.table: list(report.problems) for report in looked(archive, mend=mend) if not report.is_sound}


def tampered(archive: Archive, statement: str) -> None:
    with closing(sqlite3.connect(archive.database_path)) as other, other:
        assert other.execute(statement).rowcount > 0, "it changes something"


DAMAGE = {
    "a letter of a word": ("transcripts", "UPDATE transcripts SET words = replace(words, 'boats', 'goats')"),
    "no text at all": ("transcripts", "UPDATE transcripts SET words = CAST(CAST(words AS BLOB) || x'ff' AS TEXT)"),
    "no JSON": ("transcripts", "UPDATE transcripts SET words = substr(words, 1, 40)"),
    "what a person wrote": ("corrections", """UPDATE corrections SET "after" = 'Hinalea' WHERE source = 'human'"""),
    "bytes of it": ("corrections", """UPDATE corrections SET "after" = CAST(x'48ff' AS TEXT) WHERE source = 'human'"""),
    "what it replaced": ("corrections", """UPDATE corrections SET "before" = 'Hila' WHERE source = 'human'"""),
    "its place": ("corrections", "UPDATE corrections SET first_word = 11, last_word = 11 WHERE source = 'human'"),
    "whether it is forgotten": ("corrections", "UPDATE corrections SET forgets = 1"),
    "why it is proposed": ("corrections", "UPDATE corrections SET evidence = 'nothing' WHERE evidence <> ''"),
    "what else it may be": (
        "corrections",
        "UPDATE corrections SET alternatives = replace(alternatives, 'Jungang', 'Jungung')",
    ),
    "a story": ("stories", "UPDATE stories SET body = replace(body, 'Joong', 'Joung')"),
    "a sidecar": ("sidecars", "UPDATE sidecars SET content = x'00'"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_changed_byte_is_found_and_spreads_no_further(archive: Archive, clip: str, name: str) -> None:
    assert wrong(archive) == {}
    table, statement = DAMAGE[name]
    segments = archive.db.execute("SELECT * FROM segments").fetchall()
    tampered(archive, statement)
    assert wrong(archive)[table] == ["damaged"]
    assert wrong(archive, mend=True)[table] == ["damaged"], "it cannot be made again"
    (report,) = [one for one in looked(archive) if one.damaged]
    assert clip in report.clips
    if table != "stories":
        assert archive.db.execute("SELECT * FROM segments").fetchall() == segments


DIFFERENCES = {
    "the text of a segment": ("segments", "UPDATE segments SET text = replace(text, 'Fifteen', 'Fifty')"),
    "no text at all": ("segments", "UPDATE segments SET text = CAST(x'48ff' AS TEXT) WHERE position = 1"),
    "what was heard": ("segments", "UPDATE segments SET heard = NULL"),
    "an old transcript's": ("segments", "UPDATE segments SET transcript_id = 2 WHERE transcript_id = 3"),
    "a segment that is gone": ("segments", "DELETE FROM segments WHERE position = 2"),
    "a segment too many": (
        "segments",
        """INSERT INTO segments (clip_id, transcript_id, position, start, "end", text, facets)
           SELECT clip_id, transcript_id, position + 9, start, "end", text, facets FROM segments""",
    ),
    "its time": ("segments", "UPDATE segments SET start = start + 1"),
    "a status without a decision": ("corrections", "UPDATE corrections SET status = 'rejected' WHERE source = 'human'"),
    "another version's words": ("other_texts", "DELETE FROM other_texts"),
    "an item that is gone": ("review_items", "DELETE FROM review_items WHERE kind = 'number'"),
    "a proposal that is gone": ("review_items", "DELETE FROM review_items WHERE kind = 'proposal'"),
    "a proposal in another state": (
        "review_items",
        "UPDATE review_items SET state = 'accepted' WHERE kind = 'proposal'",
    ),
    "an item of nobody's show": ("review_items", "UPDATE review_items SET show_id = NULL"),
    "an old version's proposal": (
        "review_items",
        """INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth,
               correction_id)
           SELECT 2, 1, 2, 0, 0, 'proposal', 0.9, 0.9, id FROM corrections WHERE source = 'human'""",
    ),
    "an old version's item": (
        "review_items",
        """INSERT INTO review_items (clip_id, transcript_id, first_word, last_word, kind, doubt, worth)
           VALUES (2, 2, 0, 0, 'word', 0.9, 0.9)""",
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_does_not_follow_from_the_texts_is_made_again(archive: Archive, clip: str, name: str) -> None:
    def queue() -> list[tuple[str, str]]:
        return [(one.kind, one.text) for one in review.page(archive, EVERYTHING, 50)]

    before, waiting = text_of(archive, clip), queue()
    assert wrong(archive) == {}
    table, statement = DIFFERENCES[name]
    tampered(archive, statement)
    reports = {report.table: report for report in looked(archive)}
    assert reports[table].problems[-1] == Problem.DIFFERS
    assert clip in reports[table].clips
    assert set(wrong(archive)) <= {"segments", table}, "what it was looked for in is as it was"
    mended = {report.table: report for report in looked(archive, mend=True)}
    assert mended[table].mended
    assert wrong(archive) == {}
    assert text_of(archive, clip) == before
    assert queue() == waiting


def test_a_damaged_story_keeps_nothing_from_being_made_again(archive: Archive, clip: str) -> None:
    before = text_of(archive, clip)
    tampered(archive, DAMAGE["a story"][1])
    tampered(archive, DIFFERENCES["a segment that is gone"][1])
    looked(archive, mend=True)
    assert text_of(archive, clip) == before
    assert wrong(archive) == {"stories": ["damaged"]}


def test_what_a_person_decided_about_words_stays(archive: Archive, clip: str) -> None:
    [proposal] = [one for one in review.page(archive, EVERYTHING, 50) if one.kind == "proposal"]
    number, name, *_ = [one for one in review.page(archive, EVERYTHING, 50) if one.kind != "proposal"]
    review.reject(archive, number, "Lani")
    review.skip(archive, name, "Lani")
    review.skip(archive, proposal, "Lani")
    assert wrong(archive) == {}
    tampered(archive, "UPDATE review_items SET doubt = 1 WHERE state IN ('open', 'skipped') AND kind = 'proposal'")
    assert wrong(archive) == {"review_items": ["differs"]}
    looked(archive, mend=True)
    assert {one.id for one in review.page(archive, EVERYTHING, 50, skipped=True)} == {name.id, proposal.id}
    assert review.status(archive, EVERYTHING)[0].right == 1


def test_an_undo_that_was_stopped_is_ended(archive: Archive, clip: str) -> None:
    (_, one) = corrections.of_clip(archive, clip)
    # As it is when the program is killed after its first transaction.
    with archive.writing():
        archive.db.execute("UPDATE correction_batches SET undone_at = '2026-11-29' WHERE id = ?", [one.batch])
    assert "corrections" in wrong(archive)
    looked(archive, mend=True)
    assert "Hīnālea" not in text_of(archive, clip)
    assert wrong(archive) == {}


def test_the_command_names_the_clips_and_a_backup(archive: Archive, clip: str) -> None:
    folder = archive.folder
    tampered(archive, DAMAGE["what a person wrote"][1])
    archive.close()
    ran = run("verify", "--no-audio", "--repair", "--archive", folder)
    assert ran.code == 1
    assert f"corrections: 2 rows; 1 row not as stored, or gone ({clip})\n" in ran.out
    assert "Restore a backup" in ran.err
    assert "--dry-run repairs it" not in ran.err
    rows = {row["table"]: row for row in run("verify", "--no-audio", "--json", "--archive", folder).json["tables"]}
    assert rows["corrections"] | {"clips": [clip], "damaged": 1, "sound": False} == rows["corrections"]
    assert rows["transcripts"]["sound"]


def test_pages_are_compared_to_the_end(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixity, "AT_ONCE", 2)
    for number in range(5):
        save_said(archive, str(number), said(HEARD))
    tampered(archive, "UPDATE segments SET text = 'No' WHERE position = 0 AND clip_id > 2")
    seen: list[tuple[str, int, int]] = []
    (report,) = [
        one
        for one in fixity.verify(archive, [], mend=False, progress=lambda *done: seen.append(done))
        if one.table == "segments"
    ]
    assert report.differing == len(report.clips) == 3
    assert [step for step in seen if step[0] == "texts"] == [("texts", 2, 5), ("texts", 4, 5), ("texts", 5, 5)]


def test_rows_from_before_digests_get_theirs_when_the_archive_is_opened(archive: Archive, clip: str) -> None:
    query = "SELECT * FROM row_digests ORDER BY 1, 2"
    before = archive.db.execute(query).fetchall()
    tampered(archive, "DELETE FROM row_digests")
    assert wrong(archive)["corrections"] == ["damaged"]
    with archive.writing():
        rebuild.mark(archive.db, migrations.STALE["0023_row_digests"])
    folder = archive.folder
    archive.close()
    with Archive(folder) as again:
        assert again.db.execute(query).fetchall() == before
        assert wrong(again) == {}


def test_texts_wait_for_an_index_that_is_gone(archive: Archive, clip: str) -> None:
    before = text_of(archive, clip)
    tampered(archive, DIFFERENCES["a segment that is gone"][1])
    with archive.writing():
        archive.db.execute("DROP TABLE segments_fts")
    assert wrong(archive) == {"segments": ["missing"]}
    looked(archive, mend=True)
    assert wrong(archive) == {}
    assert text_of(archive, clip) == before
