"""archive/clips/versions.py: which transcript of a clip is current, and what becomes of people's corrections."""

import pytest
from support.texts import replaced, said, save_said, save_transcript, text_of

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, corrections, near_duplicates, proposals, read, save, versions
from radio_archive.archive.index import check
from radio_archive.errors import UsageError
from radio_archive.models import Claim, CorrectionStatus, Field, Proposal, ProposalSource, Source

FIRST = "The Jung on daily says so. A ferry was late. In Hilo it rained."
BETTER = "Good morning. The Jung on daily says so. A very late ferry. In Hilo it rained."
RIGHT = "The JoongAng Daily says so. A ferry was late. In Hilo it poured."


@pytest.fixture
def clip(archive: Archive) -> str:
    return save_said(archive, "1", said(FIRST))


def others(archive: Archive) -> list[tuple[int, str]]:
    """Return what other transcripts say otherwise, each with the number of the transcript."""
    rows = archive.db.execute(
        """SELECT (SELECT count(*) FROM transcripts AS earlier WHERE earlier.clip_id = other_texts.clip_id
               AND earlier.id <= transcript_id), text FROM other_texts ORDER BY 1, start"""
    ).fetchall()
    assert not [one for report in check.verify(archive, mend=False) for one in report.problems]
    return rows


def test_versions_are_numbered_by_age_and_each_has_its_words(archive: Archive, clip: str) -> None:
    assert save.add_transcript(archive, clip, said(RIGHT, "import")) == 2
    assert (text_of(archive, clip), versions.count(archive, clip)) == (FIRST, 2)
    assert "".join(word.text for word in versions.words(archive, clip, 2)).strip() == RIGHT
    assert versions.choose(archive, clip, 2) == ()
    assert text_of(archive, clip) == RIGHT
    newest = versions.heard(archive, clip)
    assert newest
    assert newest.number == 1
    assert versions.choose(archive, clip, 1) == ()
    assert text_of(archive, clip) == FIRST
    transcripts = read.clip(archive, clip, read.Part.SOURCES).transcripts
    assert [(one.number, one.origin, one.current) for one in transcripts] == [(2, "import", False), (1, "engine", True)]


@pytest.mark.parametrize("number", [0, 2, -1, 2**70])
def test_a_version_that_is_not_there_is_told_of(archive: Archive, clip: str, number: int) -> None:
    for attempt in (versions.choose, versions.words):
        with pytest.raises(UsageError, match="only number 1"):
            attempt(archive, clip, number)


def test_what_people_corrected_is_kept_where_the_words_are_the_same(archive: Archive, clip: str) -> None:
    replaced(archive, clip, "Jung on daily", "JoongAng Daily")
    replaced(archive, clip, "was late.", "never came.")
    lost = save_transcript(archive, clip, said(BETTER))
    assert text_of(archive, clip) == "Good morning. The JoongAng Daily says so. A very late ferry. In Hilo it rained."
    assert len(lost) == 1
    assert "'was late.' → 'never came.' at 3 s no longer fits" in lost[0]
    versions.choose(archive, clip, 1)
    assert text_of(archive, clip) == "The JoongAng Daily says so. A ferry never came. In Hilo it rained."
    versions.choose(archive, clip, 2)
    assert len(corrections.of_clip(archive, clip)) == 1, "what it has it does not get twice"


def test_what_another_version_says_right_needs_no_correction(archive: Archive, clip: str) -> None:
    replaced(archive, clip, "Jung on daily", "JoongAng Daily")
    assert save_transcript(archive, clip, said(RIGHT)) == ()
    assert text_of(archive, clip) == RIGHT


def test_what_a_later_correction_hides_is_there_again_in_every_version_when_that_is_undone(
    archive: Archive, clip: str
) -> None:
    replaced(archive, clip, "Jung on daily", "JoongAng Daily")
    later = replaced(archive, clip, "The JoongAng", "A paper, the")
    save_transcript(archive, clip, said(BETTER))
    assert text_of(archive, clip) == BETTER.replace("The Jung on daily", "A paper, the Daily")
    corrections.undo(archive, later)
    assert text_of(archive, clip) == BETTER.replace("Jung on daily", "JoongAng Daily")


def test_undoing_a_batch_undoes_it_in_every_version(archive: Archive, clip: str) -> None:
    batch = replaced(archive, clip, "Jung on daily", "JoongAng Daily")
    save_transcript(archive, clip, said(BETTER))
    corrections.undo(archive, batch)
    assert text_of(archive, clip) == BETTER
    versions.choose(archive, clip, 1)
    assert text_of(archive, clip) == FIRST


def test_what_a_person_rejected_stays_rejected(archive: Archive, clip: str) -> None:
    batch = replaced(archive, clip, "rained.", "poured.")
    (one,) = corrections.of_clip(archive, clip)
    corrections.decide(archive, [one.id], "Ann", accepted=False)
    save_transcript(archive, clip, said(BETTER))
    assert [(one.status, one.batch) for one in corrections.of_clip(archive, clip)] == [("rejected", batch)]


def test_the_rest_is_indexed_where_it_says_something_else(archive: Archive, clip: str) -> None:
    assert others(archive) == []
    save.add_transcript(archive, clip, said(RIGHT, "import"))
    assert others(archive) == [(2, "The JoongAng Daily says so."), (2, "In Hilo it poured.")]
    versions.choose(archive, clip, 2)
    assert others(archive) == [(1, "The Jung on daily says so."), (1, "In Hilo it rained.")]
    save_transcript(archive, clip, said(FIRST))
    assert others(archive) == [(2, "The JoongAng Daily says so."), (2, "In Hilo it poured.")]
    save.remove_clip(archive, clip)
    assert others(archive) == []


def test_what_is_forgotten_is_in_no_version(archive: Archive, clip: str) -> None:
    save_transcript(archive, clip, said(f"Today {FIRST}"))
    batch = replaced(archive, clip, "Jung on daily", "JoongAng Daily", forgets=True)
    assert others(archive) == []
    save_transcript(archive, clip, said(RIGHT))
    assert [row[1] for row in others(archive)] == ["Today The JoongAng Daily says so.", "In Hilo it rained."]
    corrections.undo(archive, batch)
    assert "Today The Jung on daily says so." in [row[1] for row in others(archive)]


def test_a_clip_that_another_is_joined_to_keeps_its_text(archive: Archive, clip: str) -> None:
    other = save_said(archive, "2", said(BETTER))
    save_transcript(archive, clip, said(RIGHT, "import"))
    save.add_transcript(archive, other, said("Something else was said there."))
    chosen = Claim(Field.TRANSCRIPT, "2", Source.HUMAN, "a test")
    with archive.writing():
        claims.exchange(archive.db, clip, (), [chosen])
    near_duplicates.join(archive, clip, other, "podcast")
    transcripts = read.clip(archive, clip, read.Part.SOURCES).transcripts
    assert [(one.number, one.edition, one.current) for one in transcripts] == [
        (4, True, False), (3, False, True), (2, True, False), (1, False, False)
    ]  # fmt: skip
    (claim,) = [one for one in claims.of_clip(archive, clip) if one.field == Field.TRANSCRIPT]
    assert claim.value == "3", "it names the same one"
    newest = versions.heard(archive, clip)
    assert newest
    assert newest.number == 1, "the podcast's has other times"
    assert [text for number, text in others(archive) if number == 4] == ["Something else was said there."]


def test_only_the_newest_of_many_versions_are_indexed(archive: Archive, clip: str) -> None:
    for number in range(8):
        save_transcript(archive, clip, said(f"Nobody said take {number}. {FIRST}"))
    assert [row[1] for row in others(archive)] == [f"Nobody said take {number}." for number in range(2, 7)]


def test_what_people_decided_last_holds_in_each_version(archive: Archive, clip: str) -> None:
    first = replaced(archive, clip, "rained.", "poured.")
    save_transcript(archive, clip, said(BETTER))
    versions.choose(archive, clip, 1)
    later = replaced(archive, clip, "poured.", "snowed.")
    versions.choose(archive, clip, 2)
    assert text_of(archive, clip) == BETTER.replace("rained", "snowed")
    corrections.undo(archive, later)
    assert text_of(archive, clip) == BETTER.replace("rained", "poured")
    corrections.undo(archive, first)
    assert text_of(archive, clip) == BETTER
    versions.choose(archive, clip, 1)
    again = replaced(archive, clip, "rained.", "poured.")
    versions.choose(archive, clip, 2)
    assert text_of(archive, clip) == BETTER.replace("rained", "poured"), "also what was undone once, and written again"
    versions.choose(archive, clip, 1)
    versions.choose(archive, clip, 2)
    assert sum(one.batch == again for one in corrections.of_clip(archive, clip)) == 1


def hilo(confidence: float, at: int) -> list[Proposal]:
    return [Proposal(at, at, "Hilo", "Hawaiʻi", ProposalSource.GLOSSARY, "", confidence)]


def test_what_the_rules_did_and_a_person_undid_is_not_done_in_another_version(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, hilo(0.95, 11), 0.9)
    (one,) = corrections.of_clip(archive, clip)
    corrections.undo(archive, one.batch)
    save_transcript(archive, clip, said(BETTER))
    assert proposals.propose(archive, clip, hilo(0.95, 13), 0.9).changed is False
    assert text_of(archive, clip) == BETTER


def test_a_proposal_that_waits_in_two_versions_is_decided_about_in_both(archive: Archive, clip: str) -> None:
    proposals.propose(archive, clip, hilo(0.5, 11), 0.9)
    save_transcript(archive, clip, said(BETTER))
    proposals.propose(archive, clip, hilo(0.5, 13), 0.9)
    (one,) = corrections.of_clip(archive, clip)
    batch, _ = corrections.decide(archive, [one.id], "Ann", accepted=False)
    versions.choose(archive, clip, 1)
    assert [one.status for one in corrections.of_clip(archive, clip)] == ["rejected"]
    corrections.undo(archive, batch)
    assert [one.status for one in corrections.of_clip(archive, clip)] == ["proposed"]
    replaced(archive, clip, "Hilo it", "Kona it")
    versions.choose(archive, clip, 2)
    assert corrections.of_clip(archive, clip, CorrectionStatus.PROPOSED) == ()
    assert text_of(archive, clip) == BETTER.replace("Hilo", "Kona")
