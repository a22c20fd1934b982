"""The published copy contains what is public, and not a byte of anything else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.gapped import GAP, GERMAN, Gapped
from support.program import ok

from radio_archive.archive.archive import Archive
from radio_archive.archive.public import columns
from radio_archive.archive.public.copy import CopySummary, copy_published

HIDDEN = "Xylographer"
"""A word in everything that must not be published, and in nothing else."""
SOON = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - not tomorrow: tests outlast midnight
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011


def tables(database: Path) -> dict[str, set[str]]:
    """Return the tables of a database, without those of the full-text indexes, with their columns."""
    with closing(sqlite3.connect(database)) as db:
        names = db.execute(
            """SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlite_migrations'"""
        ).fetchall()
        return {name: {row[1] for row in db.execute(f'PRAGMA table_info("{name}")')} for (name,) in names}


def rows(database: Path, query: str, *parameters: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        return db.execute(query, parameters).fetchall()


def publish(folder: Path, target: Path, **options: object) -> CopySummary:
    with Archive(folder, read_only=True) as archive:
        return copy_published(archive, target, **options)  # type: ignore[arg-type]


def test_every_table_and_column_was_decided_on(demo_archive: Path) -> None:
    """A new one fails here until it is decided whether it is public."""
    there = tables(demo_archive / "archive.db")
    assert set(columns.TABLES) | columns.WITHHELD == set(there)
    assert not set(columns.TABLES) & columns.WITHHELD
    for name, table in columns.TABLES.items():
        assert set(table.columns) | set(table.withheld) == there[name], name
        assert not set(table.columns) & set(table.withheld), name


def test_all_of_an_archive_that_hides_nothing(demo_archive: Path, tmp_path: Path) -> None:
    copied = publish(demo_archive, tmp_path / "copy.db")
    assert (copied.clips, copied.left_out, copied.unreviewed) == (14, 0, 14)
    for query in (
        "SELECT * FROM clip_list ORDER BY clip",
        "SELECT * FROM transcript_lines ORDER BY clip, position",
        "SELECT rowid FROM segments_fts WHERE segments_fts MATCH 'undersea cable' ORDER BY rowid",
        "SELECT words FROM transcripts ORDER BY id",
    ):
        assert rows(tmp_path / "copy.db", query) == rows(demo_archive / "archive.db", query) != []
    assert sorted(medium.path for medium in copied.media) == sorted(
        str(path) for (path,) in rows(demo_archive / "archive.db", "SELECT path FROM recordings")
    )
    assert all(medium.source.is_file() for medium in copied.media)


def test_it_is_a_sound_database_in_one_file(demo_archive: Path, tmp_path: Path) -> None:
    publish(demo_archive, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
    assert rows(tmp_path / "copy.db", "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path / "copy.db", "PRAGMA foreign_key_check") == []
    assert rows(tmp_path / "copy.db", "PRAGMA journal_mode") == [("delete",)]
    assert rows(tmp_path / "copy.db", "PRAGMA freelist_count") == [(0,)]
    with closing(sqlite3.connect(f"{(tmp_path / 'copy.db').as_uri()}?immutable=1", uri=True)) as db:
        for name in ("segments_fts", "clips_fts", "stories_fts"):
            db.execute(f"SELECT count(*) FROM {name} WHERE {name} MATCH 'cable'").fetchone()


@pytest.fixture
def guarded(own_archive: Path) -> tuple[Path, list[str]]:
    """An archive with secrets everywhere; and the uids of its clips, of which the first three must not get out."""
    with closing(sqlite3.connect(own_archive / "archive.db", isolation_level=None)) as db:
        uids = [uid for (uid,) in db.execute("SELECT uid FROM clips ORDER BY id")]
        hidden = "(SELECT id FROM clips ORDER BY id LIMIT 3)"
        db.execute("UPDATE clips SET visibility = 'private' WHERE uid = ?", [uids[0]])
        db.execute("UPDATE clips SET embargo_until = ? WHERE uid = ?", [SOON, uids[1]])
        db.execute("UPDATE clips SET embargo_until = 'when we say so' WHERE uid = ?", [uids[2]])
        db.execute("UPDATE clips SET embargo_until = ? WHERE uid = ?", [YESTERDAY, uids[3]])
        for statement in _secrets(hidden):
            db.execute(statement, {"secret": HIDDEN} if ":secret" in statement else {})
    return own_archive, uids


def _secrets(hidden: str) -> Iterator[str]:
    """Yield statements that put the secret into hidden clips, and into withheld columns of the others."""
    yield f"UPDATE clips SET title = :secret, summary = :secret, rights = :secret WHERE id IN {hidden}"
    yield f"UPDATE segments SET text = :secret || text, variants = :secret, heard = :secret WHERE clip_id IN {hidden}"
    yield f"""UPDATE transcripts SET model = :secret, words = '[[0, 1, "' || :secret || '", null]]'
              WHERE clip_id IN {hidden}"""
    yield f"""INSERT INTO stories (clip_id, headline, body, digest) SELECT id, :secret, :secret, '' FROM clips
              WHERE id IN {hidden}"""
    yield f"INSERT INTO subjects (clip_id, subject, folded) SELECT id, :secret, :secret FROM clips WHERE id IN {hidden}"
    yield f"""INSERT INTO slugs (old, subject_type, subject_id) SELECT :secret || id, 'clip', id FROM clips
              WHERE id IN {hidden}"""
    yield "INSERT INTO people (id, uid, name, biography) VALUES (900, 'secret00', :secret, :secret)"
    yield f"INSERT INTO credits (clip_id, person_id, role) SELECT id, 900, 'guest' FROM clips WHERE id IN {hidden}"
    yield "INSERT INTO aliases (subject_type, subject_id, name, folded) VALUES ('person', 900, :secret, :secret)"
    yield "INSERT INTO aliases (subject_type, subject_id, name, folded) VALUES ('show', 1, :secret, 'former')"
    yield "INSERT INTO shows (uid, name) VALUES ('secret00', :secret)"
    yield "INSERT INTO stations (uid, name) VALUES ('secret00', :secret)"
    yield "UPDATE shows SET code = :secret, ranks = json_array(:secret), url = 'file:///' || :secret"
    yield "UPDATE recordings SET original_name = :secret, warnings = :secret"
    yield "UPDATE transcripts SET options = json_object('prompt', :secret), windows = json_array(:secret)"
    yield "UPDATE transcripts SET model = '/srv/' || :secret || '/small' WHERE model NOT LIKE '%' || :secret || '%'"
    yield """INSERT INTO transcripts (clip_id, recording_id, origin, model, words, created_at, digest)
             SELECT clip_id, recording_id, 'engine', 'tiny', json_array(:secret), created_at, '' FROM transcripts"""
    yield "UPDATE claims SET source_key = :secret, evidence = evidence || :secret WHERE source <> 'signoff'"
    yield """INSERT INTO claims
             (subject_type, subject_id, field, value, source, evidence, confidence, denies, created_at)
             SELECT 'clip', id, 'reporter', :secret, 'human', :secret, 1, 1, '' FROM clips"""
    yield """INSERT INTO claims (subject_type, subject_id, field, value, source, evidence, confidence, created_at)
             SELECT 'clip', id, 'title', :secret, 'tags', :secret, 1, '' FROM clips"""
    yield "INSERT INTO notes (clip_id, text, created_at) SELECT id, :secret, '' FROM clips"
    yield "INSERT INTO collections (id, uid, name, folded, note, created_at) VALUES (1, 'c', :secret, 'c', :secret, '')"
    yield "INSERT INTO collection_clips (collection_id, clip_id, position) SELECT 1, id, id FROM clips"
    yield "INSERT INTO feeds (id, url) VALUES (1, 'https://user:' || :secret || '@reef.example/feed')"
    yield "INSERT INTO feed_items (feed_id, guid, state, seen_at) VALUES (1, :secret, 'new', '')"
    yield f"""INSERT INTO feed_items (feed_id, guid, clip_id, enclosure_url, state, seen_at, sha256, error)
              SELECT 1, iif(id IN {hidden}, :secret, 'ep') || id, id, :secret, 'downloaded', '', :secret, :secret
              FROM clips"""
    yield """INSERT INTO feed_items (feed_id, guid, clip_id, state, seen_at)
             SELECT 1, 'https://u:' || :secret || '@reef.example/' || id, id, 'downloaded', '' FROM clips"""
    yield """INSERT INTO sidecars (clip_id, name, suffix, sha256, content, added_at)
             SELECT id, :secret || '.txt', '.txt', id, :secret, '' FROM clips"""
    yield """INSERT INTO intake (path, size, mtime_ns, state, first_seen_at, changed_at)
             VALUES (:secret, 1, 1, 'waiting', '', '')"""
    yield "INSERT INTO saved_searches (name, query, created_at) VALUES (:secret, :secret, '')"
    yield "INSERT INTO tombstones (sha256, clip_uid, reason, at) VALUES ('0', '0', :secret, '')"
    yield "INSERT INTO glossary (term) VALUES (:secret)"
    yield "UPDATE watcher SET host = :secret, folders = :secret"


def test_nothing_of_what_is_hidden_is_in_any_byte_of_it(guarded: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, uids = guarded
    copied = publish(folder, tmp_path / "copy.db")
    assert copied.clips == len(uids) - 3
    assert copied.left_out == 3
    content = (tmp_path / "copy.db").read_bytes()
    # In UTF-16 too, and however the full-text index folds and cuts it.
    for form in (HIDDEN.encode(), HIDDEN.lower().encode(), HIDDEN.encode("utf-16-le"), b"ylographer"):
        assert form not in content
    assert [uid for uid in uids if uid.encode() in content] == uids[3:]
    assert not any(b"/srv/" in part for part in (content, str(copied.media).encode()))


def test_the_secret_would_be_seen(guarded: tuple[Path, list[str]]) -> None:
    """The test above proves something only if the secret is in every such place of the archive."""
    folder, _ = guarded
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (folder / "archive.db").read_bytes().count(HIDDEN.encode()) > 100


def test_only_media_of_published_clips_go_out(guarded: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, uids = guarded
    copied = publish(folder, tmp_path / "copy.db")
    wanted = rows(folder / "archive.db", "SELECT sha256 FROM clip_list WHERE clip NOT IN (?, ?, ?)", *uids[:3])
    assert {Path(medium.path).stem for medium in copied.media} == {sha256 for (sha256,) in wanted}


def test_what_waits_behind_an_embargo_comes_out_on_its_day(own_archive: Path, tmp_path: Path) -> None:
    today = date.today().isoformat()  # noqa: DTZ011
    for number, (embargo, visible) in enumerate(
        [
            (today, True),
            (SOON, False),
            ("", False),
            ("9999-12-31", False),
            (f"{SOON}T18:00", False),
            ("1 Dec 2020", False),
        ]
    ):
        with sqlite3.connect(own_archive / "archive.db") as db:
            db.execute("UPDATE clips SET embargo_until = ? WHERE id = 1", [embargo])
        copied = publish(own_archive, tmp_path / f"{number}.db")
        assert copied.left_out == (0 if visible else 1), embargo


def test_gaps_are_published_with_their_clips(own_gapped: Gapped, tmp_path: Path) -> None:
    folder = own_gapped.folder
    ok("retranscribe", own_gapped.cable, "--model", own_gapped.replay, "-a", folder)
    with sqlite3.connect(folder / "archive.db") as db:
        db.execute("UPDATE clips SET visibility = 'private' WHERE uid = ?", [own_gapped.harbor])
    publish(folder, tmp_path / "copy.db")
    # Of the current transcript only, and none of the hidden clip.
    assert rows(tmp_path / "copy.db", 'SELECT start, "end" FROM gaps') == [GAP]
    assert rows(tmp_path / "copy.db", "SELECT text FROM segments WHERE language = 'de'") == [(GERMAN,)]
    assert rows(folder / "archive.db", "SELECT count(*) FROM gaps") == [(5,)]


def test_a_private_show_hides_its_clips(own_archive: Path, tmp_path: Path) -> None:
    with sqlite3.connect(own_archive / "archive.db") as db:
        db.execute("UPDATE shows SET visibility = 'private' WHERE name = 'Harbor Watch'")
    publish(own_archive, tmp_path / "copy.db")
    shows = {show for (show,) in rows(tmp_path / "copy.db", "SELECT name FROM shows")}
    assert "Harbor Watch" not in shows
    assert "Pacific Report" in shows
    assert b"Harbor Watch" not in (tmp_path / "copy.db").read_bytes().replace(b"for Harbor Watch", b"")


def test_a_recording_that_holds_a_hidden_clip_too_is_not_heard(own_archive: Path, tmp_path: Path) -> None:
    """An air-check: one file, two clips, one of them private."""
    with sqlite3.connect(own_archive / "archive.db") as db:
        db.execute("UPDATE clips SET visibility = 'private' WHERE id = 2")
        db.execute("INSERT INTO clip_recordings (clip_id, recording_id, start) VALUES (2, 1, 60)")
        db.execute("UPDATE recordings SET peaks = x'5555555555', chapters = '[\"Chapter of the other\"]'")
    copied = publish(own_archive, tmp_path / "copy.db")
    assert copied.left_out == 1
    assert rows(tmp_path / "copy.db", "SELECT path, peaks, chapters FROM recordings WHERE id = 1") == [("", None, None)]
    assert len(copied.media) == copied.clips - 1


def test_without_audio_there_is_none(demo_archive: Path, tmp_path: Path) -> None:
    copied = publish(demo_archive, tmp_path / "copy.db", audio=False)
    assert copied.media == ()
    assert copied.clips == 14
    assert set(rows(tmp_path / "copy.db", "SELECT path, peaks FROM recordings")) == {("", None)}
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM clip_list") == [(14,)]


def test_only_the_shows_that_were_asked_for(demo_archive: Path, tmp_path: Path) -> None:
    ((uid,),) = rows(demo_archive / "archive.db", "SELECT uid FROM shows WHERE name = 'Reef Notes'")
    copied = publish(demo_archive, tmp_path / "copy.db", shows=[str(uid)])
    assert rows(tmp_path / "copy.db", "SELECT DISTINCT show FROM clip_list") == [("Reef Notes",)]
    assert rows(tmp_path / "copy.db", "SELECT name FROM shows") == [("Reef Notes",)]
    assert len(copied.media) == copied.clips < 14


def test_the_archive_is_as_it_was_and_may_be_written_to_meanwhile(own_archive: Path, tmp_path: Path) -> None:
    """The copy is consistent: what a watcher commits meanwhile is not partly in it."""
    others = "SELECT id, text, variants, forms, facets FROM segments WHERE id > 1"
    before = rows(own_archive / "archive.db", others)

    def commit(done: int, total: int) -> None:
        with closing(sqlite3.connect(own_archive / "archive.db")) as db, db:
            db.execute("UPDATE segments SET text = 'late' WHERE id = 1")

    with Archive(own_archive, read_only=True) as archive:
        copy_published(archive, tmp_path / "copy.db", progress=commit)
    assert rows(tmp_path / "copy.db", "SELECT text FROM segments WHERE id = 1") != [("late",)]
    assert rows(own_archive / "archive.db", "SELECT text FROM segments WHERE id = 1") == [("late",)]
    assert rows(own_archive / "archive.db", others) == before
