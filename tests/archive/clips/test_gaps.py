"""Speech that was not understood and sentences in another language: kept with their transcript, found by an index."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.clips import new_clip
from support.gapped import GAP, GERMAN, Gapped
from support.texts import save_transcript

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, save
from radio_archive.archive.clips.encoding import dump_words, load_words
from radio_archive.archive.filters import Filters, conditions
from radio_archive.models import Gap, Transcript, Word
from radio_archive.text.segmenting import split

WORDS = (Word(0.1, 0.5, " Sea", 0.9), Word(0.5, 1.0, " level.", None), Word(1.5, 2.0, " Meer.", 0.8, "de"))
HEARD = Transcript(WORDS, language="en", gaps=(Gap(3.0, 4.5), Gap(6.0, 7.25)))


def test_words_in_another_language_come_back() -> None:
    stored = dump_words(WORDS)
    assert stored == '[[100,500," Sea",900],[500,1000," level.",null],[1500,2000," Meer.",800,"de"]]'
    assert load_words(stored) == WORDS


def test_gaps_belong_to_their_version_of_the_transcript(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", "") as archive:
        uid = save.save_clip(archive, replace(new_clip("1"), transcript=HEARD, segments=split(WORDS))).clip
        first = read.clip(archive, uid, read.Part.TEXT)
        assert first.gaps == HEARD.gaps
        assert [(segment.text, segment.language) for segment in first.segments] == [
            ("Sea level.", None),
            ("Meer.", "de"),
        ]
        # All was understood this time.
        save_transcript(archive, uid, Transcript(WORDS[:2]))
        again = read.clip(archive, uid, read.Part.TEXT | read.Part.SOURCES)
        assert again.gaps == ()
        assert [segment.language for segment in again.segments] == [None]
        assert [(info.current, info.gaps) for info in again.transcripts] == [(True, ()), (False, HEARD.gaps)]
        assert read.count(archive, Filters(incomplete=True)) == 0
        save.remove_clip(archive, uid)
        assert archive.db.execute("SELECT count(*) FROM gaps").fetchone() == (0,)


def test_a_list_has_gaps_where_they_are_asked_for(gapped: Gapped) -> None:
    with Archive(gapped.folder, read_only=True) as archive:
        found = {clip.uid: clip.gaps for clip in read.clips(archive, parts=read.Part.GAPS)}
        assert found[gapped.cable] == (Gap(*GAP),)
        assert len(found[gapped.harbor]) == 3
        assert found[gapped.whole] == ()
        assert all(clip.gaps == () for clip in read.clips(archive))


def test_what_is_incomplete_is_found_by_indexes(gapped: Gapped) -> None:
    with Archive(gapped.folder, read_only=True) as archive:
        incomplete = Filters(incomplete=True)
        found = {clip.uid for clip in read.clips(archive, incomplete)}
        assert found == {gapped.cable, gapped.harbor, gapped.short}
        assert read.count(archive, incomplete) == 3
        assert read.count(archive, Filters(incomplete=True, show="Pacific Report")) == 1
        condition, parameters = conditions(archive, incomplete)
        query = f"EXPLAIN QUERY PLAN SELECT count(*) FROM clips WHERE {condition}"
        plan = [row[3] for row in archive.db.execute(query, parameters)]
    scanned = {step for step in plan if step.startswith("SCAN")}
    # Indexes that hold rows for what is missing only.
    assert scanned == {
        "SCAN gaps USING COVERING INDEX gaps_transcript",
        "SCAN recordings USING INDEX recordings_damaged",
    }


def test_gaps_are_plain_rows(gapped: Gapped) -> None:
    with closing(sqlite3.connect(f"file:{gapped.folder / 'archive.db'}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        query = """SELECT start, "end" FROM gaps JOIN clips ON current_transcript_id = transcript_id WHERE uid = ?"""
        assert db.execute(query, [gapped.cable]).fetchall() == [GAP]
        assert db.execute("SELECT text, language FROM segments WHERE language IS NOT NULL").fetchall() == [
            (GERMAN, "de")
        ]
