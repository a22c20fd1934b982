"""Vectors follow the text of their clip: made once, gone with it, and never in what is published."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.search_rows import Rows
from support.texts import save_transcript
from support.topics import Topics

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips.save import remove_clip
from radio_archive.archive.index import embeddings
from radio_archive.archive.public.copy import copy_published
from radio_archive.archive.public.views import hide
from radio_archive.config.settings import TEMPLATE
from radio_archive.models import Transcript, Word

REEF = ["The reef is white.", "Coral is bleaching.", "Polyps die.", "The ferry was late."]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        yield archive


def stored(archive: Archive) -> dict[str, int]:
    """Return the number of vectors of each clip that has any."""
    rows = archive.db.execute(
        """SELECT clips.uid, length(vectors) / length(whole) FROM embeddings JOIN clips ON clips.id = clip_id"""
    )
    return dict(rows.fetchall())


def test_a_title_and_every_three_segments_have_a_vector(archive: Archive) -> None:
    clip = Rows(archive).clip(REEF, title="White reef")
    topics = Topics()
    seen: list[tuple[int, int]] = []
    assert embeddings.update(archive, topics, lambda done, of: seen.append((done, of))) == 1
    assert topics.asked == ["White reef", "The reef is white. Coral is bleaching. Polyps die.", "The ferry was late."]
    assert stored(archive) == {clip: 3}
    assert seen == [(0, 1), (1, 1)]


def test_what_is_up_to_date_is_not_made_again(archive: Archive) -> None:
    rows, topics = Rows(archive), Topics()
    for n in range(embeddings.SHARE + 3):
        rows.clip(REEF, title=f"Clip {n}")
    assert embeddings.update(archive, topics) == embeddings.SHARE + 3
    topics.asked.clear()
    assert embeddings.update(archive, topics) == 0
    assert topics.asked == []
    rows.clip(REEF, title="New")
    assert embeddings.update(archive, topics) == 1
    assert topics.asked[0] == "New"


def test_a_killed_run_keeps_what_it_has_stored(archive: Archive) -> None:
    rows = Rows(archive)
    for _ in range(embeddings.SHARE + 3):
        rows.clip(REEF)

    class Breaks(Topics):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            if self.asked:
                raise KeyboardInterrupt
            return super().embed(texts)

    with pytest.raises(KeyboardInterrupt):
        embeddings.update(archive, Breaks())
    assert embeddings.count(archive, "topics") == (embeddings.SHARE, embeddings.SHARE + 3)
    assert embeddings.update(archive, Topics()) == 3


def test_a_new_transcript_a_title_or_a_changed_segment_makes_them_stale(archive: Archive) -> None:
    clip, other = (Rows(archive).clip(REEF, title=title) for title in ("One", "Two"))
    changes = (
        lambda: save_transcript(archive, clip, Transcript((Word(0.0, 4.0, " Veterans"),), origin="import")),
        lambda: archive.db.execute("UPDATE segments SET text = 'A volcano.' WHERE clip_id = 1"),
        lambda: archive.db.execute("UPDATE clips SET title = 'Three' WHERE uid = ?", [clip]),
    )
    for change in changes:
        embeddings.update(archive, Topics())
        assert set(stored(archive)) == {clip, other}
        change()
        archive.db.conn.commit()
        assert set(stored(archive)) == {other}
        assert embeddings.count(archive, "topics") == (1, 2)
    embeddings.update(archive, Topics())
    archive.db.execute("UPDATE segments SET facets = facets")
    archive.db.execute("UPDATE clips SET title = title, visibility = 'private'")
    assert set(stored(archive)) == {clip, other}, "nothing that was embedded has changed"


def test_vectors_of_a_transcript_that_is_not_current_do_not_count(archive: Archive) -> None:
    Rows(archive).clip(REEF)
    embeddings.update(archive, Topics())
    archive.db.execute(
        """INSERT INTO transcripts (clip_id, recording_id, origin, words, created_at, digest)
           SELECT clip_id, recording_id, origin, words, created_at, digest FROM transcripts"""
    )
    archive.db.execute("UPDATE clips SET current_transcript_id = (SELECT max(id) FROM transcripts)")
    archive.db.conn.commit()
    assert not embeddings.has_any(archive, "topics")
    assert embeddings.update(archive, Topics()) == 1


def test_another_model_makes_its_own(archive: Archive) -> None:
    Rows(archive).clip(REEF)
    embeddings.update(archive, Topics())
    newer = Topics()
    newer.name = "newer"
    assert not embeddings.has_any(archive, "newer")
    assert embeddings.update(archive, newer) == 1
    assert embeddings.has_any(archive, "newer")
    assert embeddings.clear(archive) == 1
    assert stored(archive) == {}


def test_a_removed_clip_leaves_none(archive: Archive) -> None:
    clip = Rows(archive).clip(REEF)
    embeddings.update(archive, Topics())
    remove_clip(archive, clip)
    assert stored(archive) == {}
    assert archive.db.execute("SELECT count(*) FROM embeddings").fetchone() == (0,)


def test_a_text_that_changes_meanwhile_gets_no_vectors_of_the_old_one(archive: Archive) -> None:
    clip = Rows(archive).clip(REEF)

    class Slow(Topics):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            archive.db.execute("UPDATE segments SET text = 'A volcano.' WHERE position = 0")
            archive.db.conn.commit()
            return super().embed(texts)

    embeddings.update_clip(archive, clip, Slow())
    assert stored(archive) == {}
    embeddings.update_clip(archive, clip, Topics())
    assert stored(archive) == {clip: 3}


def test_only_the_language_of_the_model_is_embedded(archive: Archive) -> None:
    rows = Rows(archive)
    clips = {language: rows.clip(REEF) for language in ("en", "en-US", "haw", "ja")}
    for language, clip in clips.items():
        archive.db.execute("UPDATE clips SET language = ? WHERE uid = ?", [language, clip])
    archive.db.conn.commit()
    assert embeddings.update(archive, Topics()) == 2
    embeddings.update_clip(archive, clips["ja"], Topics())
    assert set(stored(archive)) == {clips["en"], clips["en-US"]}
    assert embeddings.count(archive, "topics") == (2, 2)


def test_a_clip_in_which_nothing_is_said_has_its_title_alone(archive: Archive) -> None:
    clip = Rows(archive).clip([], title="Silence")
    embeddings.update(archive, Topics())
    assert stored(archive) == {clip: 1}
    assert embeddings.update(archive, Topics()) == 0


def test_segments_with_gaps_in_their_numbers_keep_their_passages(archive: Archive) -> None:
    Rows(archive).clip(REEF * 2)
    archive.db.execute("DELETE FROM segments WHERE position BETWEEN 2 AND 6")
    archive.db.conn.commit()
    topics = Topics()
    embeddings.update(archive, topics)
    assert topics.asked[1:] == ["The reef is white. Coral is bleaching.", "", "The ferry was late."]


def test_nothing_of_it_is_published_and_hidden_clips_are_not_seen(archive: Archive, tmp_path: Path) -> None:
    rows = Rows(archive)
    shown, hidden = rows.clip(REEF), rows.clip(REEF)
    archive.db.execute("UPDATE clips SET visibility = 'private' WHERE uid = ?", [hidden])
    archive.db.conn.commit()
    embeddings.update(archive, Topics())
    assert set(stored(archive)) == {shown, hidden}
    copy_published(archive, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copied:
        assert copied.execute("SELECT count(*) FROM clips").fetchone() == (1,)
        assert copied.execute("SELECT count(*) FROM embeddings").fetchone() == (0,)
    for but in (None, "segments"):
        with closing(sqlite3.connect(archive.database_path)) as seen:
            hide(seen, but)
            assert seen.execute("SELECT count(*), min(clip_id) FROM embeddings").fetchone() == (1, 1)
