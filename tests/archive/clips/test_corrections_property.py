"""Whatever is proposed, decided, edited, fixed and transcribed again: nothing heard is lost, all can be undone."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clips import new_clip
from support.texts import save_transcript

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, corrections, current, fixity, proposals, read, save, versions
from radio_archive.archive.index import check
from radio_archive.errors import UsageError
from radio_archive.models import CorrectionStatus, Proposal, ProposalSource, Transcript, Word
from radio_archive.pipeline.fix import Fix
from radio_archive.text.replacing import WholeWords
from radio_archive.text.segmenting import split

WORDS = ["Hilo", "hawaii", "a", "ferry.", "Kona", "says", "so.", "U", ".S.", "Hawaiʻi,", "no"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14)
AFTER = st.lists(st.sampled_from([*WORDS, "Hīnālea", "end."]), max_size=3).map(" ".join)
NUMBER = st.integers(0, 40)
OPERATIONS = st.one_of(
    st.tuples(st.just("propose"), st.lists(st.tuples(NUMBER, NUMBER, AFTER, st.floats(0, 1)), max_size=4)),
    st.tuples(st.just("decide"), NUMBER, st.booleans()),
    st.tuples(st.just("edit"), NUMBER, NUMBER, AFTER, st.booleans()),
    st.tuples(st.just("fix"), st.sampled_from(WORDS), AFTER),
    st.tuples(st.just("undo"), NUMBER),
    st.tuples(st.just("transcribe"), TEXTS),
    st.tuples(st.just("choose"), NUMBER),
)
_numbers = count()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.create(tmp_path_factory.mktemp("any") / "a", "") as opened:
        yield opened


def transcript(words: list[str]) -> Transcript:
    spaced = [word if word.startswith(".") else f" {word}" for word in words]
    return Transcript(tuple(Word(n * 0.5, n * 0.5 + 0.4, text, 0.9) for n, text in enumerate(spaced)))


class Run:
    """A new clip, and what is done to it."""

    def __init__(self, archive: Archive, words: list[str]) -> None:
        self.archive, said = archive, transcript(words)
        new = replace(new_clip(f"{next(_numbers)}"), transcript=said, segments=split(said.words))
        self.uid = save.save_clip(archive, new).clip
        self.heard = {1: said.words}
        (self.key,) = archive.db.execute("SELECT id FROM clips WHERE uid = ?", [self.uid]).fetchone()

    def rows(self) -> list[tuple[Any, ...]]:
        columns = 'position, transcript_id, start, "end", text, heard, variants, forms, facets'
        query = f"SELECT {columns} FROM segments WHERE clip_id = ? ORDER BY position"
        return self.archive.db.execute(query, [self.key]).fetchall()

    def filed(self) -> tuple[corrections.FiledCorrection, ...]:
        return corrections.of_clip(self.archive, self.uid)

    def batches(self) -> list[int]:
        return batches.of_clip(self.archive.db, self.key)

    def do(self, what: str, *how: Any) -> int | None:
        """Do one thing; return the number of the new batch, if it makes one."""
        now = corrections.now_of(self.archive, self.uid)
        before, words = max(self.batches(), default=0), len(now.corrected.words)
        if what == "propose":
            proposals.propose(self.archive, self.uid, self._proposals(now.version, how[0]), 0.7)
        elif what == "decide" and self.filed():
            one = self.filed()[how[0] % len(self.filed())]
            corrections.decide(self.archive, [one.id], "Lani", accepted=how[1])
        elif what == "edit" and words:
            first, last = sorted(number % words for number in how[:2])
            edit = now.corrected.edit(first, last, how[2])
            corrections.edit(self.archive, self.uid, [edit], "Kai", version=now.version, forgets=how[3])
        elif what == "fix":
            work = Fix(self.archive, WholeWords(how[0], how[1]))
            if work.look():
                work.apply("Pua")
        elif what == "undo" and self.batches():
            # It may be undone already.
            with suppress(UsageError):
                corrections.undo(self.archive, self.batches()[how[0] % len(self.batches())])
        elif what == "transcribe":
            save_transcript(self.archive, self.uid, transcript(how[0]))
            self.heard[len(self.heard) + 1] = transcript(how[0]).words
        elif what == "choose":
            versions.choose(self.archive, self.uid, how[0] % len(self.heard) + 1)
        made = max(self.batches(), default=0)
        return made if made > before and what in {"decide", "edit", "fix"} else None

    def _proposals(self, version: int, wanted: list[tuple[int, int, str, float]]) -> list[Proposal]:
        words, taken, found = self.heard[version], set[int](), []
        for one, other, after, confidence in wanted:
            first = one % len(words)
            last = min(first + other % 3, len(words) - 1)
            if taken.isdisjoint(range(first, last + 1)):
                taken |= set(range(first, last + 1))
                before = "".join(word.text for word in words[first : last + 1]).strip()
                found.append(Proposal(first, last, before, after, ProposalSource.STORY, "a test", confidence))
        return found

    def must_hold(self) -> None:
        """All that is derived is what it must be, whatever was done."""
        now = corrections.now_of(self.archive, self.uid)
        text = "".join(word.text for word in now.corrected.words)
        clip = read.clip(self.archive, self.uid, read.Part.TEXT)
        assert "".join(word.text for word in clip.words) == text
        assert [segment.first_word for segment in clip.segments[1:]] == [s.last_word + 1 for s in clip.segments[:-1]]
        assert sum(s.last_word + 1 - s.first_word for s in clip.segments) == len(clip.words), "all words are in one"
        original = read.clip(self.archive, self.uid, read.Part.WORDS | read.Part.ORIGINAL).words
        assert [w.text for w in original] == [w.text for w in self.heard[now.version]], "what was heard stays"
        assert clip.corrected == len(now.corrected.applied)
        self._statuses_follow_from_decisions()
        rows = self.rows()
        with self.archive.writing():
            self.archive.db.execute("DELETE FROM segments WHERE clip_id = ?", [self.key])
            current.derive(self.archive.db, self.key)
        assert self.rows() == rows, "what is changed is as what is made again"

    def _statuses_follow_from_decisions(self) -> None:
        db = self.archive.db
        undone = {batch for (batch,) in db.execute("SELECT id FROM correction_batches WHERE undone_at IS NOT NULL")}
        newest: dict[int, tuple[int, int]] = {}
        query = "SELECT id, batch_id, correction_id, accepted FROM correction_decisions ORDER BY id"
        for decision, batch, correction, accepted in db.execute(query):
            if batch not in undone:
                newest[correction] = (decision, accepted)
        for key, batch, status, decision in db.execute("SELECT id, batch_id, status, decision_id FROM corrections"):
            if key in newest:
                assert (decision, status) == (newest[key][0], "accepted" if newest[key][1] else "rejected")
            else:
                assert (decision, status) == (None, "withdrawn" if batch in undone else "proposed")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.lists(st.tuples(OPERATIONS, st.booleans()), max_size=8))
def test_any_sequence(archive: Archive, words: list[str], steps: list[tuple[tuple[Any, ...], bool]]) -> None:
    run = Run(archive, words)
    for operation, take_back in steps:
        before = run.rows()
        batch = run.do(*operation)
        if take_back and batch is not None:
            corrections.undo(archive, batch)
            assert run.rows() == before, "undone is as it was"
        run.must_hold()
    proposals.propose(archive, run.uid, [], 1.0)
    for batch in run.batches():
        with suppress(UsageError):
            corrections.undo(archive, batch)
    assert not [one for one in run.filed() if one.status == CorrectionStatus.ACCEPTED]
    for number, heard in run.heard.items():
        assert [word.text for word in versions.words(archive, run.uid, number)] == [word.text for word in heard]
    run.must_hold()


def test_all_that_is_derived_is_as_if_made_again(archive: Archive) -> None:
    reports = fixity.verify(archive, check.verify(archive, mend=False), mend=False)
    assert [report for report in reports if report.problems] == []
    assert archive.db.execute("SELECT count(*) FROM corrections").fetchone()[0] > 20, "the sequences do something"
