"""Who speaks, as a transcript says: kept with its words, shown with the current text, and hidden with it."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stored import store
from support.texts import change, replaced, said, save_said, save_transcript

from radio_archive.archive import merge as merging
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, fixity, read, redactions, save, versions
from radio_archive.archive.clips.encoding import dump_words, load_words
from radio_archive.archive.index import check
from radio_archive.archive.public.copy import copy_published
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.models import Correction, Transcript, Word
from radio_archive.text.corrected import correct
from radio_archive.text.segmenting import split

TEXT = "The tide came in today. It was cold. It was wet. We left. Nobody says who said this."
SPOKEN = [
    ("Ann Lee", "The tide came in today."),
    ("SPEAKER_01", "It was cold. It was wet."),
    ("Ann Lee", "We left."),
    (None, "Nobody says who said this."),
]


def with_speakers(spoken: Sequence[tuple[str | None, str]] = SPOKEN) -> Transcript:
    voices = [name for name, text in spoken for _ in text.split()]
    whole = said(" ".join(text for _, text in spoken), "import")
    words = (replace(word, speaker=name) for word, name in zip(whole.words, voices, strict=True))
    return replace(whole, words=tuple(words))


@pytest.fixture
def clip(archive: Archive) -> str:
    return save_said(archive, "1", with_speakers())


def spoken(archive: Archive, uid: str) -> list[tuple[str | None, str]]:
    """Return who says what, on which words, segments and rows must agree."""
    found = read.clip(archive, uid, read.Part.TEXT)
    for segment in found.segments:
        words = found.words[segment.first_word : segment.last_word + 1]
        assert {word.speaker for word in words} == {segment.speaker}, "a segment is one speaker's"
    runs: list[tuple[str | None, str]] = []
    for segment in found.segments:
        if runs and runs[-1][0] == segment.speaker:
            runs[-1] = (segment.speaker, f"{runs[-1][1]} {segment.text}")
        else:
            runs.append((segment.speaker, segment.text))
    rows = archive.db.execute("SELECT label FROM speakers JOIN clips ON clips.id = clip_id WHERE uid = ?", [uid])
    assert sorted(label for (label,) in rows) == sorted({name for name, _ in runs if name}), "none too many"
    reports = fixity.verify(archive, check.verify(archive, mend=False), mend=False)
    assert [report for report in reports if report.problems] == []
    return runs


def tampered(archive: Archive, statement: str) -> None:
    archive.db.conn.commit()
    with closing(sqlite3.connect(archive.database_path)) as other, other:
        assert other.execute(statement).rowcount > 0, "it changes something"


WORDS = st.lists(
    st.builds(
        Word, st.integers(0, 9).map(float), st.integers(10, 19).map(float), st.sampled_from([" a", " b"]),
        st.sampled_from([None, 0.5]), st.sampled_from([None, "de"]), st.sampled_from([None, "Ann", "Bo"]),
    )
).map(tuple)  # fmt: skip


@given(WORDS)
def test_words_come_back_with_their_speakers(words: tuple[Word, ...]) -> None:
    assert load_words(dump_words(words)) == words


def test_a_speaker_is_stored_where_another_one_was_before() -> None:
    words = [Word(0, 1, " a", None, None, "Ann"), Word(1, 2, " b", 0.5, "de", "Ann"), Word(2, 3, " c", 0.5)]
    stored = '[[0,1000," a",null,null,"Ann"],[1000,2000," b",500,"de"],[2000,3000," c",500,null,null]]'
    assert dump_words(words) == stored
    # Transcripts from before have the same bytes, and the same digests.
    assert dump_words([replace(word, speaker=None) for word in words]) == re.sub(',null,(null|"Ann")]', "]", stored)


def test_who_speaks_is_kept_and_is_nobody_in_particular(archive: Archive, clip: str) -> None:
    people = archive.db.execute("SELECT name FROM people").fetchall()
    assert spoken(archive, clip) == SPOKEN
    assert people == [("Malia Santos",)], "a label is no person"
    assert archive.db.execute("SELECT count(*) FROM credits").fetchone() == (1,)
    as_it_came = read.clip(archive, clip, read.Part.TEXT | read.Part.ORIGINAL)
    assert [one.speaker for one in as_it_came.segments] == [
        "Ann Lee", "SPEAKER_01", "SPEAKER_01", "Ann Lee", None,
    ]  # fmt: skip


def test_corrections_keep_it(archive: Archive, clip: str) -> None:
    replaced(archive, clip, "tide", "high water")
    change(archive, clip, 0, 0, "")
    batch = replaced(archive, clip, "wet. We left.", "dry. Ann fled.")
    assert spoken(archive, clip) == [
        ("Ann Lee", "high water came in today."),
        ("SPEAKER_01", "It was cold. It was dry."),
        ("Ann Lee", "Ann fled."),
        SPOKEN[3],
    ]
    corrections.undo(archive, batch)
    assert spoken(archive, clip)[1:] == SPOKEN[1:]


@given(st.lists(st.sampled_from(["Ann", "Bo", None]), min_size=1, max_size=8), st.data())
def test_what_is_corrected_has_no_new_speaker(voices: list[str | None], data: st.DataObject) -> None:
    words = [Word(n, n + 1, f" {n}", None, None, voice) for n, voice in enumerate(voices)]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    after = data.draw(st.sampled_from(["", "x", "x y", "x y z", "[redacted]"]))
    now = correct(words, [Correction(first, last, "", after, "human")]).words
    kept = len(words) - (last - first + 1)
    made = now[first : len(now) - kept + first]
    assert (now[:first], list(now[len(now) - (kept - first) :])) == (tuple(words[:first]), words[last + 1 :])
    if after == "[redacted]":
        beside = [*voices[max(0, first - 1) : first], *voices[last + 1 : last + 2]]
        assert [one.speaker for one in made] == [beside[0] if len(beside) == 2 and len(set(beside)) == 1 else None]
    else:
        assert {one.speaker for one in made} <= set(voices[first : last + 1])
        if len(made) == last - first + 1:
            assert [one.speaker for one in made] == voices[first : last + 1]


def test_another_version_says_it_or_does_not(archive: Archive, clip: str) -> None:
    assert save_transcript(archive, clip, said(TEXT)) == ("transcript 1 says who speaks, and the new text does not",)
    assert spoken(archive, clip) == [(None, TEXT)]
    assert versions.choose(archive, clip, 1) == ()
    assert spoken(archive, clip) == SPOKEN
    other = with_speakers([("Bo", "The tide came in today."), ("Ann Lee", "It was cold.")])
    assert save_transcript(archive, clip, other) == ()
    assert spoken(archive, clip) == [("Bo", "The tide came in today."), ("Ann Lee", "It was cold.")]


def test_what_is_not_the_current_text_is_not_published(archive: Archive, clip: str, tmp_path: Path) -> None:
    copy_published(archive, tmp_path / "with.db")
    assert b"SPEAKER_01" in (tmp_path / "with.db").read_bytes()
    save_transcript(archive, clip, said(TEXT))
    copy_published(archive, tmp_path / "without.db")
    assert b"SPEAKER_01" not in (tmp_path / "without.db").read_bytes()
    versions.choose(archive, clip, 1)
    archive.db.execute("UPDATE clips SET visibility = 'private'")
    copy_published(archive, tmp_path / "private.db")
    assert b"SPEAKER_01" not in (tmp_path / "private.db").read_bytes()


def test_who_said_what_is_redacted_is_not_told(archive: Archive, clip: str, tmp_path: Path) -> None:
    rows = archive.db.execute("SELECT * FROM segments").fetchall()
    start, end = (with_speakers().words[at] for at in (5, 10))
    made = redactions.add(archive, clip, start.start, end.end, author="Lani")
    assert spoken(archive, clip) == [
        ("Ann Lee", "The tide came in today. [redacted] We left."),
        (None, "Nobody says who said this."),
    ]
    copy_published(archive, tmp_path / "copy.db")
    assert b"SPEAKER_01" not in (tmp_path / "copy.db").read_bytes()
    assert redactions.still_told(archive, clip, made.number) == []
    redactions.undo(archive, clip)
    assert spoken(archive, clip) == SPOKEN
    assert [row[3:] for row in archive.db.execute("SELECT * FROM segments")] == [row[3:] for row in rows]


def test_a_name_that_was_redacted_and_still_stands_before_words_is_told_of(archive: Archive) -> None:
    uid = save_said(archive, "1", with_speakers([("Ann Leilani", "I am Leilani today."), ("Bo", "Good morning.")]))
    made = redactions.add(archive, uid, 0.8, 1.1, author="Lani")
    assert redactions.still_told(archive, uid, made.number) == [("names of speakers", ["Leilani"])]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE segments SET speaker_id = NULL WHERE position = 0",
        "UPDATE segments SET speaker_id = 2 WHERE position = 0",
        "UPDATE speakers SET label = 'Bo Ray' WHERE id = 2",
    ],
)
def test_what_does_not_follow_from_the_words_is_made_again(archive: Archive, clip: str, statement: str) -> None:
    tampered(archive, statement)
    reports = fixity.verify(archive, check.verify(archive))
    assert [(one.table, list(one.problems), one.is_sound) for one in reports if one.problems] == [
        ("segments", ["differs"], True)
    ]
    assert spoken(archive, clip) == SPOKEN


def test_a_changed_speaker_of_a_transcript_is_found(archive: Archive, clip: str) -> None:
    tampered(archive, "UPDATE transcripts SET words = replace(words, 'SPEAKER_01', 'SPEAKER_02')")
    reports = fixity.verify(archive, check.verify(archive))
    assert [(one.table, list(one.problems)) for one in reports if one.problems] == [("transcripts", ["damaged"])]


def test_a_merge_takes_them_and_a_removal_leaves_none(archive: Archive, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "other", "") as other:
        [theirs] = store(other, "theirs")
        save_transcript(other, theirs, with_speakers())
        assert spoken(other, theirs) == SPOKEN
        other.db.conn.commit()
        [uid] = [one.clip for one in merging.merge(archive, other.folder, resolve_for_show) if one.clip]
    assert spoken(archive, uid) == SPOKEN
    save.remove_clip(archive, uid)
    for table in ("speakers", "segments"):
        assert archive.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_segment_ends_where_somebody_else_speaks_and_has_a_clean_name() -> None:
    """Words that are merged from another archive may have any."""
    voices = [(" U", "Ann"), (".S.", "Bo"), (" yes", "Bo"), (" no", "\x1b[2JEve\n"), (" so", "\x00")]
    words = [Word(n, n + 1, text, speaker=name) for n, (text, name) in enumerate(voices)]
    assert [(one.text, one.speaker) for one in split(words)] == [
        ("U", "Ann"), (".S. yes", "Bo"), ("no", "[2JEve"), ("so", None),
    ]  # fmt: skip
