"""`merge`: the clips of both archives, with what both know of them; ours stays, and a second time changes nothing."""

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.program import CLIPS, FIXTURES, ok, run
from support.stored import media, store
from support.texts import change, replaced, text_of

from radio_archive.archive import feeds
from radio_archive.archive import merge as merging
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import (
    corrections,
    decisions,
    fixity,
    near_duplicates,
    read,
    redactions,
    save,
    sidecars,
    stories,
)
from radio_archive.archive.filters import Filters
from radio_archive.archive.index import check
from radio_archive.archive.merge import Merged
from radio_archive.archive.names import addresses, glossary, roster
from radio_archive.audio.container import sha256_of
from radio_archive.errors import RadioArchiveError
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.models import Claim, Field, Source, Story, Term, Transcript, Word
from radio_archive.pipeline.retag import apply_claims
from radio_archive.search import saved


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "other", "") as opened:
        yield opened


def merged(archive: Archive, other: Archive, **options: Any) -> dict[str, Merged]:
    """Merge; return what became of each clip, by its title."""
    other.db.conn.commit()
    return {one.title: one for one in merging.merge(archive, other.folder, resolve_for_show, **options)}


def told(archive: Archive, other: Archive, *, dry_run: bool) -> list[tuple[object, ...]]:
    """Merge; return all that is said about it, but for the new names of clips whose own are taken."""
    other.db.conn.commit()
    found = merging.merge(archive, other.folder, resolve_for_show, dry_run=dry_run)
    return [
        (one.theirs, one.title, one.outcome, one.added, [each.about for each in one.conflicts], one.error is None)
        for one in found
    ]


def state(archive: Archive) -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    names = [name for (name,) in archive.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: archive.db.execute(f"SELECT * FROM {name}").fetchall() for name in names if "_fts" not in name}


def assert_sound(archive: Archive) -> None:
    tables = fixity.verify(archive, check.verify(archive, mend=False), mend=False)
    assert [table for table in tables if not table.is_sound] == []
    assert archive.db.execute("PRAGMA foreign_key_check").fetchall() == []
    for path, content in media(archive.folder).items():
        assert (archive.folder / path).stem == Path(path).stem
        assert content


def assert_again_changes_nothing(archive: Archive, other: Archive) -> None:
    before, files = state(archive), media(archive.folder)
    again = merged(archive, other)
    assert {one.outcome for one in again.values()} <= {"same", "removed"}
    assert state(archive) == before
    assert media(archive.folder) == files


def say(archive: Archive, uid: str, **said: str) -> None:
    apply_claims(
        archive, uid, [Claim(Field(name), value, Source.HUMAN, f"tag {name}=") for name, value in said.items()]
    )


def test_a_new_clip_comes_with_all_that_is_known_of_it(archive: Archive, other: Archive) -> None:
    store(archive, "mine")
    uid, second = store(other, "theirs", "another")
    say(other, uid, title="Their title", show="Harbor Watch", reporter="Kim Lee")
    change(other, uid, 0, 0, "The sea")
    save.add_transcript(other, uid, Transcript((Word(0.0, 0.5, " A better one.", 0.9),), model="large"))
    sidecars.attach(other, uid, "theirs.json", b"{}")
    stories.save(other, uid, Story(headline="A story", body=("Of the sea.",)), "story.txt")
    decisions.set_decision(other, uid, "subject", "Reefs")
    decisions.set_decision(other, uid, "note", "Heard twice")
    decisions.set_decision(other, uid, "rights", "CC BY")
    decisions.set_decision(other, uid, "visibility", "private")
    decisions.make_collection(other, "Best")
    decisions.add_clips(other, "Best", [uid, second])
    redactions.add(other, uid, 0.6, 0.9, author="editor", reason="an address")
    public = _public_sound(other, uid)
    roster.add(other, "person", "Kim Lee", ["K. Lee"], {"biography": "Reports."})
    glossary.add(other, [Term("Hīnālea"), Term("Hilo", show="Harbor Watch")])
    found = merged(archive, other)
    assert (found["Their title"].outcome, found["Their title"].clip, found["Their title"].conflicts) == ("new", uid, [])
    parts = read.Part.PAGE | read.Part.WORDS | read.Part.SOURCES
    assert read.clip(archive, uid, parts) == read.clip(other, uid, parts)
    assert decisions.of_clip(archive, uid) == decisions.of_clip(other, uid)
    assert text_of(archive, uid) == text_of(other, uid)
    assert [one.after for one in corrections.of_clip(archive, uid)] == ["The sea"]
    assert sidecars.contents(archive, uid) == sidecars.contents(other, uid)
    assert roster.find(archive, "person", "K. Lee").facts["biography"] == "Reports."
    assert {term.term for term in glossary.every(archive)} == {"Hīnālea", "Hilo"}
    assert media(archive.folder).items() >= media(other.folder).items()
    assert redactions.public_path(archive, uid) == archive.media.path(public)
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def _public_sound(archive: Archive, uid: str) -> str:
    """Let the public hear something in place of a redacted clip, and return its path."""
    with_tone = archive.folder / "inbox" / "tone.mp3"
    with_tone.write_bytes(b"with a tone")
    path = archive.media.put(with_tone, sha256_of(with_tone), ".mp3")
    archive.db.execute("UPDATE redacted_recordings SET sha256 = ?, path = ?, bytes = 11", [sha256_of(with_tone), path])
    assert redactions.public_path(archive, uid)
    return path


def test_what_is_missing_is_added_and_ours_stays(archive: Archive, other: Archive) -> None:
    for one in (archive, other):
        (uid,) = store(one, "both")
    (mine,) = read.uids(archive)
    say(archive, mine, reporter="Ana Keo")
    say(other, uid, title="Theirs", reporter="Kim Lee", date="2024-10-22")
    decisions.set_decision(other, uid, "rights", "CC BY")
    change(archive, mine, 0, 0, "The ocean")
    change(other, uid, 0, 0, "The sea")
    replaced(other, uid, "both.", "two.")
    save.add_transcript(other, uid, Transcript((Word(0.0, 0.5, " A better one.", 0.9),), model="large"))
    redactions.add(other, uid, 1.5, 1.9, author="editor")
    found = merged(archive, other)["Clip both"]
    clip = read.clip(archive, mine, read.Part.PAGE)
    assert (found.outcome, found.clip, found.theirs) == ("changed", mine, uid)
    assert (clip.title, clip.date, clip.reporter) == ("Clip both", "2024-10-22", "Ana Keo")
    assert decisions.of_clip(archive, mine).rights == "CC BY"
    assert text_of(archive, mine) == "The ocean two."
    about = {one.about: (one.ours, one.theirs) for one in found.conflicts}
    assert about["title"] == ("Clip both", "Theirs")
    assert about["reporter"] == ("Ana Keo", "Kim Lee")
    assert about["correction of 'Sea'"] == ("The ocean", "The sea")
    assert "redaction" in about
    assert corrections.now_of(archive, mine).version == 1
    assert archive.db.execute("SELECT count(*) FROM transcripts").fetchone() == (2,)
    waiting = [one.after for one in corrections.of_clip(archive, mine) if one.status == "proposed"]
    assert waiting == ["The sea"], "theirs waits for a person"
    kept = archive.db.execute("SELECT superseded_at FROM claims WHERE value = 'Kim Lee'").fetchall()
    assert [at is not None for (at,) in kept] == [True]
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def test_a_uid_that_is_taken_becomes_another_one(archive: Archive, other: Archive) -> None:
    (mine,) = store(archive, "mine")
    (theirs,) = store(other, "theirs")
    other.db.execute("UPDATE clips SET uid = ?", [mine])
    found = merged(archive, other)["Clip theirs"]
    assert found.clip not in {None, mine, theirs}
    assert [one.about for one in found.conflicts] == ["uid"]
    assert found.clip
    assert any(mine in note for note in decisions.of_clip(archive, found.clip).notes)
    assert_again_changes_nothing(archive, other)


def test_what_was_removed_stays_away(archive: Archive, other: Archive) -> None:
    here, _ = store(archive, "removed here", "removed there")
    _, there, gone = store(other, "removed here", "removed there", "never seen")
    save.remove_clip(archive, here, "rights")
    save.remove_clip(other, there, "a mistake")
    save.remove_clip(other, gone)
    found = merged(archive, other)
    assert found["Clip removed here"].outcome == "removed"
    assert [clip.title for clip in read.clips(archive)] == ["Clip removed there"]
    assert archive.db.execute("SELECT count(*) FROM tombstones").fetchone() == (2,)
    assert_again_changes_nothing(archive, other)
    assert merged(archive, other, also_removed=True)["Clip removed here"].outcome == "new"
    assert_sound(archive)


def test_names_are_matched_by_every_spelling_and_a_name_of_two_is_told(archive: Archive, other: Archive) -> None:
    store(other, "one")
    roster.add(archive, "person", "Malia Santos-Keo", ["Malia Santos"], {})
    roster.add(archive, "person", "Another Lee", ["K. Lee"], {})
    roster.add(other, "person", "Malia Santos", ["M. Santos", "K. Lee"], {})
    found = merged(archive, other)
    (clip,) = read.clips(archive)
    assert clip.reporter == "Malia Santos-Keo"
    assert "M. Santos" in roster.find(archive, "person", "Malia Santos").aliases
    assert [one.theirs for one in found["names"].conflicts] == ["K. Lee is Malia Santos"]


def test_a_clip_of_a_private_show_stays_hidden(archive: Archive, other: Archive) -> None:
    store(archive, "mine")
    (uid,) = store(other, "theirs")
    roster.add(other, "show", "Reef Notes", [], {"visibility": "private"})
    assert [one.about for one in merged(archive, other)["Clip theirs"].conflicts] == ["visibility"]
    assert decisions.of_clip(archive, uid).visibility == "private"


def test_a_damaged_recording_is_told_and_the_rest_goes_on(archive: Archive, other: Archive) -> None:
    store(other, "rotten", "gone", "good")
    rotten, gone = (path for (path,) in other.db.execute("SELECT path FROM recordings ORDER BY id LIMIT 2"))
    (other.folder / rotten).write_bytes(b"x")
    (other.folder / gone).unlink()
    ran = run("merge", other.folder, "--archive", archive.folder, "--jsonl")
    assert ran.code == 1
    assert [row["title"] for row in ran.rows if row["outcome"] == "failed"] == ["Clip rotten", "Clip gone"]
    assert [clip.title for clip in read.clips(archive)] == ["Clip good"]
    assert "could not be taken" in ran.err


@pytest.mark.parametrize("words", ["[1", "[[0, 1]]", '[["a", "b", "c", "d"]]', "null"])
def test_words_that_make_no_sense_stop_nothing(archive: Archive, other: Archive, words: str) -> None:
    store(other, "odd", "good")
    query = "UPDATE transcripts SET words = ?, digest = ? WHERE clip_id = 1"
    other.db.execute(query, [words, hashlib.sha256(words.encode()).hexdigest()])
    found = merged(archive, other)
    assert found["Clip good"].outcome == "new"
    taken = [clip.title for clip in read.clips(archive)]
    assert ("Clip odd" in taken) == (found["Clip odd"].outcome == "new")
    assert_sound(archive)


def test_a_dry_run_changes_nothing(archive: Archive, other: Archive) -> None:
    store(other, "one", "two")
    glossary.add(other, [Term("Hilo")])
    before = state(archive)
    (archive.folder / ".merging-killed").mkdir()
    ran = ok("merge", other.folder, "--archive", archive.folder, "--dry-run")
    assert "2 clips would be added" in ran.out
    assert state(archive) == before
    assert list(archive.folder.glob(".merging-*")) == [], "no copy stays, also not that of one that was killed"
    assert media(archive.folder) == {}


def test_a_dry_run_counts_what_a_merge_adds(archive: Archive, other: Archive) -> None:
    """Also where one thing that is added leads to another: a clip to the items of a feed, a show to its clips."""
    for one in (archive, other):
        store(one, "both", "joined")
    uid, second, gone, *_ = store(other, *"abcdef")
    both, joined = _uid(other, "both"), _uid(other, "joined")
    near_duplicates.join(archive, _uid(archive, "both"), _uid(archive, "joined"), "podcast")
    for each in (both, joined):
        # Of one clip here, there are two there: what they share is added once.
        decisions.set_decision(other, each, "subject", "Tides")
    say(other, uid, title="Their title", show="Harbor Watch", reporter="Kim Lee")
    roster.add(other, "show", "Harbor Watch", ["HW"], {"visibility": "private", "station": "HPR"})
    glossary.add(other, [Term("Hīnālea")])
    for each in (both, uid):
        change(other, each, 0, 0, "The sea")
        save.add_transcript(other, each, Transcript((Word(0.0, 0.5, " A better one.", 0.9),), model="large"))
        sidecars.attach(other, each, "theirs.json", b"{}")
        stories.save(other, each, Story(headline="A story", body=("Of the sea.",)), "story.txt")
        decisions.set_decision(other, each, "note", "Heard twice")
        decisions.set_decision(other, each, "rights", "CC BY")
        redactions.add(other, each, 1.6, 1.9, author="editor", reason="an address")
    decisions.make_collection(other, "Best")
    decisions.add_clips(other, "Best", [uid, second])
    right = """INSERT INTO review_items
            (clip_id, transcript_id, first_word, last_word, kind, doubt, worth, state, author)
        SELECT clip_id, min(id), 1, 1, 'word', 1, 1, 'right', 'Lani' FROM transcripts GROUP BY clip_id"""
    with other.writing():
        other.db.execute(right)
    feeds.follow(other, "https://example.org/feed.xml", "Harbor Watch")
    for name in ("a", "c"):
        feeds.note_item(other, "https://example.org/feed.xml", name, "", sha256=_digest(other, name), error=None)
    near_duplicates.reject(other, uid, second)
    saved.save(other, "reef", "sea", Filters())
    save.remove_clip(other, gone)
    tombstone = "INSERT INTO tombstones (clip_uid, sha256, at) VALUES ('long-ago', ?, '2026-01-01')"
    with other.writing():
        # It was removed once, and archived again.
        other.db.execute(tombstone, [_digest(other, "d")])
    (other.media.root / _digest(other, "e")[:2] / f"{_digest(other, 'e')}.mp3").write_bytes(b"x")
    (other.media.root / _digest(other, "f")[:2] / f"{_digest(other, 'f')}.mp3").unlink()
    before = state(archive)
    tried = told(archive, other, dry_run=True)
    assert state(archive) == before
    assert tried == told(archive, other, dry_run=False)
    added = {kind for _, _, _, kinds, *_ in tried for kind in kinds}  # type: ignore[attr-defined]
    assert added == {
        "shows", "people", "stations", "terms", "recordings", "transcripts", "claims", "corrections", "reviewed",
        "sidecars", "stories", "subjects", "notes", "collections", "redactions", "addresses", "decisions", "tombstones",
        "feeds", "items", "searches", "pairs",
    }  # fmt: skip
    assert {outcome for _, _, outcome, *_ in tried} == {"new", "changed", "same", "failed"}
    assert [kinds for _, _, _, kinds, *_ in told(archive, other, dry_run=True) if kinds] == []


def test_an_interrupted_merge_goes_on(archive: Archive, other: Archive, tmp_path: Path) -> None:
    uids = store(other, "one", "two", "three")
    for uid in uids:
        change(other, uid, 0, 0, "The sea")
    begun = merging.merge(archive, other.folder, resolve_for_show)
    next(begun)
    next(begun)
    del begun
    assert len(list(read.clips(archive))) == 1
    merged(archive, other)
    with Archive.create(tmp_path / "at once", "") as at_once:
        merged(at_once, other)
        for table in ("clips", "transcripts", "segments", "corrections", "correction_decisions", "correction_batches"):
            query = f"SELECT count(*) FROM {table}"
            assert archive.db.execute(query).fetchone() == at_once.db.execute(query).fetchone()
    assert_sound(archive)


def test_an_older_archive_is_only_read(archive: Archive, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    shutil.copy(FIXTURES / "archives" / "0009_forms.db", old / "archive.db")
    with closing(sqlite3.connect(f"file:{old / 'archive.db'}?immutable=1", uri=True)) as db:
        wanted = dict(db.execute("SELECT sha256, path FROM recordings"))
    for clip in CLIPS.rglob("*.mp3"):
        if path := wanted.get(sha256_of(clip)):
            (old / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(clip, old / path)
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    ran = run("merge", old, "--archive", archive.folder, "--jsonl")
    taken = [row for row in ran.rows if row["outcome"] == "new"]
    assert len(taken) == len(media(old)) > 0
    assert {path: path.read_bytes() for path in before} == before
    assert not list(archive.folder.glob(".merging*"))
    assert_sound(archive)


@pytest.mark.parametrize("where", ["itself", "nothing", "no archive"])
def test_what_is_no_other_archive_is_refused(archive: Archive, tmp_path: Path, where: str) -> None:
    folder = archive.folder if where == "itself" else tmp_path / where
    if where == "no archive":
        folder.mkdir()
        (folder / "archive.db").write_bytes(b"nothing of a database" * 100)
    ran = run("merge", folder, "--archive", archive.folder)
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("seed", range(2))
def test_both_have_all_afterwards(archive: Archive, other: Archive, seed: int) -> None:
    """Any two archives: the clips of both, the human claims and corrections of both, and nothing the second time."""
    chance = random.Random(seed)
    names = [f"clip {number}" for number in range(6)]
    said: set[tuple[str, str, str]] = set()
    for one in (archive, other):
        for name in chance.sample(names, 4):
            (uid,) = store(one, name)
            for field in chance.sample(["title", "reporter", "date"], chance.randrange(3)):
                value = "2024-01-0{}" if field == "date" else f"A {field} {{}}"
                value = value.format(chance.randrange(1, 4))
                say(one, uid, **{field: value})
                said.add((name, field, value))
            if chance.random() < 0.7:
                place = chance.randrange(2)
                change(one, uid, place, place, chance.choice(["Reef", "Tide"]))
                said.add(
                    (
                        name,
                        "correction",
                        one.db.execute('SELECT "after" FROM corrections ORDER BY id DESC').fetchone()[0],
                    )
                )
    both = {sha for one in (archive, other) for _, sha in _clips(one)}
    merged(archive, other)
    assert {sha for _, sha in _clips(archive)} == both
    known = """SELECT original_name, field, value FROM claims JOIN clip_recordings ON clip_id = subject_id
        JOIN recordings ON recordings.id = recording_id WHERE source = 'human'
        UNION SELECT original_name, 'correction', "after" FROM corrections
        JOIN transcripts ON transcripts.id = transcript_id JOIN recordings ON recordings.id = recording_id"""
    assert {(f"{name}.mp3", *rest) for name, *rest in said} <= set(archive.db.execute(known))
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def _clips(archive: Archive) -> list[tuple[str, str]]:
    query = """SELECT uid, sha256 FROM clips JOIN clip_recordings ON clip_id = clips.id
        JOIN recordings ON recordings.id = recording_id"""
    return archive.db.execute(query).fetchall()


def test_errors_are_ours(archive: Archive, other: Archive) -> None:
    other.db.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('radio_archive', '9999_later')")
    with pytest.raises(RadioArchiveError, match="newer version"):
        merged(archive, other)


def test_feeds_come_with_what_was_downloaded_of_them(archive: Archive, other: Archive) -> None:
    store(archive, "mine")
    store(other, "theirs", "removed", "rotten")
    removed, rotten = (_digest(other, name) for name in ("removed", "rotten"))
    for one in (archive, other):
        feeds.follow(one, "https://example.org/both.xml", "Reef Notes" if one is archive else "Harbor Watch")
    feeds.follow(other, "https://example.org/feed.xml", "Harbor Watch")
    feeds.note_check(other, "https://example.org/feed.xml", '"abc"', None)
    for guid, digest in (("1", _digest(other, "theirs")), ("2", removed), ("3", rotten), ("4", "00" * 32)):
        feeds.note_item(other, "https://example.org/feed.xml", guid, f"{guid}.mp3", sha256=digest, error=None)
    feeds.note_item(other, "https://example.org/feed.xml", "5", "5.mp3", sha256=None, error="503")
    save.remove_clip(other, _uid(other, "removed"))
    (other.media.root / rotten[:2] / f"{rotten}.mp3").write_bytes(b"x")
    found = merged(archive, other)["feeds, searches and pairs"]
    assert [one.about for one in found.conflicts] == ["show of the feed https://example.org/both.xml"]
    feed = feeds.find(archive, "feed.xml")
    assert (feed.show, feed.etag, feed.items, feed.failed) == ("Harbor Watch", None, 2, 0)
    # What is not here is downloaded again.
    assert feeds.downloaded(archive, feed.url).guids == {"1", "2"}
    assert feeds.guids(archive, [_uid(archive, "theirs")]) == {_uid(archive, "theirs"): "1"}
    assert merged(archive, other)["feeds, searches and pairs"].added == {}


def test_a_saved_search_tells_only_what_it_has_not_told_there(archive: Archive, other: Archive) -> None:
    store(archive, "mine", "both")
    store(other, "both", "theirs")
    for name, query in (("reef", "sea"), ("same", "sea"), ("other", "sea")):
        saved.save(other, name, query, Filters(show="Reef Notes"))
    saved.save(archive, "same", "sea", Filters(show="Reef Notes"))
    saved.save(archive, "other", "tide", Filters())
    (conflict,) = merged(archive, other)["feeds, searches and pairs"].conflicts
    assert (conflict.about, conflict.ours[:4], conflict.theirs[:3]) == ("saved search other", "tide", "sea")
    by_name = {one.name: one for one in saved.all_searches(archive)}
    told = {name: [hit.clip.title for hit in saved.news(archive, one).clips] for name, one in by_name.items()}
    assert told == {"reef": ["Clip mine"], "same": ["Clip theirs"], "other": []}
    assert by_name["reef"].filters == Filters(show="Reef Notes")
    assert_again_changes_nothing(archive, other)


@pytest.mark.parametrize("filters", ["[1", "[]", "null", "7", '"show"', '{"show": 7}', '{"shoe": "x"}', '{"show": []}'])
def test_a_saved_search_that_makes_no_sense_is_not_taken(archive: Archive, other: Archive, filters: str) -> None:
    saved.save(other, "reef", "sea", Filters())
    other.db.execute("UPDATE saved_searches SET filters = ?", [filters])
    (conflict,) = merged(archive, other)["feeds, searches and pairs"].conflicts
    assert "makes no sense" in conflict.theirs
    assert saved.all_searches(archive) == []


def test_clips_that_a_person_found_different_are_not_proposed_again(archive: Archive, other: Archive) -> None:
    store(archive, "c", "a")
    store(other, "a", "b", "c")
    near_duplicates.reject(other, _uid(other, "a"), _uid(other, "b"))
    near_duplicates.reject(other, _uid(other, "a"), _uid(other, "c"))
    proposed = "INSERT INTO likenesses (clip_id, other_id, similarity, found_at) VALUES (1, 2, 0.9, '2026')"
    with archive.writing():
        archive.db.execute(proposed)
    merged(archive, other)
    found = {frozenset((pair.title, pair.other_title)) for pair in near_duplicates.pairs(archive, "rejected")}
    assert found == {frozenset(("Clip a", "Clip b")), frozenset(("Clip a", "Clip c"))}
    assert near_duplicates.pairs(archive) == []
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def test_what_was_joined_here_does_not_come_apart(archive: Archive, other: Archive) -> None:
    mine, podcast = store(archive, "aired", "podcast")
    near_duplicates.join(archive, mine, podcast, "podcast")
    (theirs,) = store(other, "podcast")
    change(other, theirs, 0, 0, "The sea")
    found = merged(archive, other)["Clip aired"]
    assert (found.outcome, found.clip, found.theirs) == ("changed", mine, theirs)
    assert [(one.ours, one.theirs) for one in found.conflicts] == [("the podcast of this one", "a clip of its own")]
    assert [clip.title for clip in read.clips(archive)] == ["Clip aired"]
    query = 'SELECT "after" FROM corrections JOIN transcripts ON transcripts.id = transcript_id'
    assert archive.db.execute(query).fetchall() == [("The sea",)]
    assert read.find_uid(archive, theirs) == mine
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


@pytest.mark.parametrize("is_here", [True, False], ids=["the clip is here", "the clip is new"])
def test_what_was_joined_there_stays_a_clip_here(archive: Archive, other: Archive, is_here: bool) -> None:
    *_, mine = store(archive, *(["aired"] if is_here else []), "podcast")
    aired, podcast = store(other, "aired", "podcast")
    near_duplicates.join(other, aired, podcast, "podcast")
    found = merged(archive, other)["Clip aired"]
    about = {one.about: (one.ours, one.theirs) for one in found.conflicts}
    assert about["podcast podcast.mp3"] == (f"a clip of its own, {mine}", "of this clip")
    query = "SELECT count(*), count(DISTINCT recording_id) FROM clip_recordings"
    assert archive.db.execute(query).fetchone() == (2, 2)
    assert {text_of(archive, uid) for uid in read.uids(archive)} == {"Sea aired.", "Sea podcast."}
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def test_a_persons_choice_of_a_transcript_counts_where_nobody_chose(archive: Archive, other: Archive) -> None:
    for one in (archive, other):
        store(one, "chosen", "contested")
    for name in ("chosen", "contested"):
        mine, theirs = _uid(archive, name), _uid(other, name)
        large = Transcript((Word(0.0, 0.5, " A better one.", 0.9),), model="large")
        save.add_transcript(other, theirs, large)
        save.add_transcript(archive, mine, Transcript((Word(0.0, 0.5, " Mine.", 0.9),), model="tiny"))
        say(other, theirs, transcript="2")
    change(archive, _uid(archive, "chosen"), 0, 0, "The sea")
    say(archive, _uid(archive, "contested"), transcript="2")
    found = merged(archive, other)
    assert text_of(archive, _uid(archive, "chosen")) == "A better one."
    (conflict,) = found["Clip chosen"].conflicts
    assert (conflict.about, "'Sea' → 'The sea'" in conflict.ours) == ("correction", True)
    said = [claim.value for claim in read.clip(archive, _uid(archive, "chosen"), read.Part.SOURCES).claims]
    assert "3" in said, "it is the third one here"
    assert text_of(archive, _uid(archive, "contested")) == "Mine."
    about = {one.about: (one.ours, one.theirs) for one in found["Clip contested"].conflicts}
    assert about == {"current transcript": ("tiny", "large")}
    assert_sound(archive)
    assert_again_changes_nothing(archive, other)


def test_names_keep_their_ids_and_addresses(archive: Archive, other: Archive) -> None:
    (mine,), (theirs, second) = store(archive, "both"), store(other, "both", "theirs")
    roster.add(archive, "show", "Reef Notes", [], {"url": "https://example.org/mine"})
    show = roster.change(other, roster.find(other, "show", "Reef Notes"), {"name": "Reef Stories", "code": "RS"})
    roster.change(other, show, {"url": "https://example.org/theirs", "station": "HPR", "ranks": ["tags"]})
    kim = roster.add(other, "person", "Kim Lee", [], {})
    found = merged(archive, other)
    assert roster.find(archive, "person", kim.uid).name == "Kim Lee"
    facts = roster.find(archive, "show", "Reef Stories").facts
    assert facts == {"url": "https://example.org/mine", "code": "RS", "station": "HPR"}
    about = {one.about: (one.ours, one.theirs) for one in found["names"].conflicts}
    assert about == {
        "url of Reef Stories": ("https://example.org/mine", "https://example.org/theirs"),
        "ranks of Reef Stories": ("as usual", "['tags']"),
    }
    # Both names of the clip that both have, and the address that the other one had before its show was renamed.
    assert read.find_uid(archive, theirs) == read.find_uid(archive, mine) == mine
    assert addresses.find(archive, addresses.of_clip(other.db, 2)) == second
    assert_again_changes_nothing(archive, other)


def test_terms_are_added_with_what_they_are_heard_as(archive: Archive, other: Archive) -> None:
    store(archive, "mine")
    store(other, "theirs")
    glossary.add(archive, [Term("Hawaiʻi", heard=("how why",), note="ours"), Term("Reef", show="Reef Notes")])
    roster.change(other, roster.find(other, "show", "Reef Notes"), {"name": "Reef Stories"})
    glossary.add(other, [Term("Hawaii", heard=("ha why",)), Term("Reef", show="Reef Stories"), Term("Hilo")])
    other.db.execute("INSERT INTO glossary (term, kind) VALUES (?, 'word')", ["x" * 1_000])
    found = merged(archive, other)["names"]
    assert [one.theirs for one in found.conflicts if one.about == "term"] == ["Hawaii"]
    assert any(one.about.startswith("term xxx") for one in found.conflicts)
    terms = {one.term: one for one in glossary.every(archive)}
    assert terms.keys() == {"Hawaiʻi", "Reef", "Hilo"}
    assert (terms["Hawaiʻi"].heard, terms["Hawaiʻi"].note) == (("how why", "ha why"), "ours")
    assert_again_changes_nothing(archive, other)


def _digest(archive: Archive, name: str) -> str:
    query = "SELECT sha256 FROM recordings WHERE original_name = ?"
    return str(archive.db.execute(query, [f"{name}.mp3"]).fetchone()[0])


def _uid(archive: Archive, name: str) -> str:
    return str(archive.db.execute("SELECT uid FROM clips WHERE title = ?", [f"Clip {name}"]).fetchone()[0])
