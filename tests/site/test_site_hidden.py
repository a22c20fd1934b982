"""A connection that hides what is not for everybody: every table, whoever asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from support.furnish import UNHEARD, Furnished, furnish
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.index import words
from radio_archive.archive.names import roster
from radio_archive.archive.public import pages
from radio_archive.archive.public import people as public
from radio_archive.archive.public.copy import copy_published
from radio_archive.archive.public.views import hide, holds_hidden_clips
from radio_archive.errors import UsageError
from radio_archive.search import totals
from radio_archive.search.search import search


@pytest.fixture(scope="module")
def furnished(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    import shutil

    folder = tmp_path_factory.mktemp("hidden") / "archive"
    shutil.copytree(demo_archive, folder, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))
    found = furnish(folder)
    with Archive(folder) as archive, archive.writing():
        words.add(archive.db, [UNHEARD])
    return found


@pytest.fixture
def seen(furnished: Furnished) -> Iterator[sqlite3.Connection]:
    uri = f"{(furnished.folder / 'archive.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        hide(connection)
        yield connection


def test_no_table_or_view_shows_anything_of_a_hidden_clip(seen: sqlite3.Connection, furnished: Furnished) -> None:
    names = [
        name
        for name, sql in seen.execute("SELECT name, sql FROM main.sqlite_master WHERE type IN ('table', 'view')")
        if "_fts" not in name and not name.startswith("sqlite_")
    ]
    assert len(names) > 30
    for name in names:
        for row in seen.execute(f'SELECT * FROM "{name}"'):
            said = " ".join(map(str, row)).lower()
            assert UNHEARD.lower() not in said, name
            assert not [uid for uid in furnished.hidden_uids if uid in said], name
            assert not [digest for digest in furnished.hidden_digests if digest in said], name


def test_a_table_that_nobody_decided_on_is_empty(own_archive: Path) -> None:
    path = own_archive / "archive.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE secrets AS SELECT 'x' AS secret")
    with closing(sqlite3.connect(path)) as connection:
        hide(connection)
        assert connection.execute("SELECT count(*) FROM secrets").fetchone()[0] == 0
        for name in ("intake", "sidecars", "notes", "feeds", "tombstones", "watcher"):
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0
        assert connection.execute("SELECT count(*) FROM clips").fetchone()[0] == 14


def test_the_archives_own_queries_see_public_clips_alone(seen: sqlite3.Connection, furnished: Furnished) -> None:
    archive = Archive.over(seen, furnished.folder)
    assert len(list(read.clips(archive))) == 12
    assert len(list(read.clips(archive, order=read.LATEST, parts=read.LISTED))) == pages.totals(archive).clips == 12
    index = public.people_index(archive)
    credited = public.people(archive, index, range(len(index.ids)))
    assert credited
    assert not [one for one in pages.shows(archive) + credited if UNHEARD in one.name]
    assert not [one for one in roster.entries(archive, "person") if UNHEARD in one.name]
    # Not even a suggestion gives a name away.
    with pytest.raises(UsageError) as caught:
        list(read.clips(archive, Filters(reporter=f"{UNHEARD} Jone")))
    assert UNHEARD not in str(caught.value).replace(f"{UNHEARD} Jone'", "")


def test_a_recording_that_a_hidden_clip_shares_is_not_given_out(furnished: Furnished, own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE id = 1")
        recording = archive.db.execute("SELECT recording_id FROM clip_recordings WHERE clip_id = 2").fetchone()[0]
        archive.db.execute(
            "INSERT INTO clip_recordings (clip_id, recording_id, start, role) VALUES (1, ?, 30, 'rebroadcast')",
            [recording],
        )
    visitor = Visitor(own_archive)
    with Archive(own_archive, read_only=True) as archive:
        shared = read.by_id(archive, [2], read.LISTED)
    (entry,) = shared.values()
    assert visitor.get(f"/audio/{entry.recording.sha256}").status_code == 404
    assert "The sound of this clip is not here" in visitor.get(f"/{entry.address}").text
    # Nor do lists offer to play it, as they do with others.
    for path in ("/", f"/{entry.show_address}", f"/search?q=title:({quote(entry.title)})"):
        listed = visitor.get(path).text
        assert entry.title in listed
        assert f"/audio/{entry.recording.sha256}" not in listed
    assert 'data-sound="/audio/' in visitor.get("/").text
    assert Visitor(own_archive, private=True).get(f"/audio/{entry.recording.sha256}").status_code == 200


def test_a_database_is_known_by_what_it_hides(furnished: Furnished, demo_archive: Path) -> None:
    assert holds_hidden_clips(furnished.folder / "archive.db")
    assert not holds_hidden_clips(demo_archive / "archive.db")


def test_an_embargo_ends_by_itself(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    entry = visitor.entry("undersea cable")

    def status(until: str | None) -> int:
        with Archive(own_archive) as archive, archive.writing():
            archive.db.execute("UPDATE clips SET embargo_until = ? WHERE uid = ?", [until, entry.uid])
        return int(visitor.get(f"/{entry.address}").status_code)

    assert [status(until) for until in ("2999-01-01", "2001-01-01", "when it airs", None)] == [404, 200, 404, 200]


def test_numbers_that_were_read_before_are_the_same_as_those_of_a_search(
    seen: sqlite3.Connection, furnished: Furnished
) -> None:
    archive = Archive.over(seen, furnished.folder)
    known = totals.read_facet_cache(archive)
    with Archive(furnished.folder, read_only=True) as live:
        for query in ("the", "cable OR reef", "zzzz"):
            filters = Filters(public=True)
            slow = search(live, query, filters, count=True, facets=True, months=True)
            quick = search(live, query, filters, count=True, facets=True, months=True, known=known)
            assert (quick.total, quick.facets, quick.months) == (slow.total, slow.facets, slow.months)
            assert not [name for name, _ in quick.facets["show"] if UNHEARD in name]


@pytest.mark.parametrize(
    ("query", "by"), [("undersee cable", "undersea"), ("undersea cabel", "cable"), ("goverment reefs", "government")]
)
def test_an_unknown_word_is_replaced_on_a_site_that_hides_clips(
    furnished: Furnished, own_archive: Path, query: str, by: str
) -> None:
    for folder in (furnished.folder, own_archive):
        found = Visitor(folder).get(f"/search.json?q={query}").json()
        assert by in [word for one in found["replaced"] for word in one["by"]]
        assert found["clips"]


@pytest.mark.parametrize("path", ["/search", "/search.json", "/search.rss", "/search.atom"])
@pytest.mark.parametrize(
    "asked",
    [
        "q=xylographr", "q=xylographr cable", "q=zylographer reef", "q=xylo graphr", "q=+xylographr",
        "q=xylographr jones",        "q=reporter:xylographr cable",
        "q=host:xylo", "q=speaker:jones", "q=show:hour cable", "q=show:nothing",
        "q=cable&show=xylographr", "q=cable&reporter=jon", "q=cable&host=jones", "q=in:xylographr cable",
        "q=title:xylographr", "q=cable year:2020", "q=the&count=all", "q=-xylographr cable", "q=xylogra* OR cable",
    ],
)  # fmt: skip
def test_no_answer_of_the_search_tells_of_a_hidden_clip(furnished: Furnished, path: str, asked: str) -> None:
    answer = Visitor(furnished.folder).get(f"{path}?{asked.replace(' ', '%20').replace('+', '%2B')}")
    assert answer.status_code in {200, 400}
    assert UNHEARD.lower() not in answer.text.lower()
    assert not [uid for uid in furnished.hidden_uids if uid in answer.text]


def test_the_site_answers_whatever_is_asked(furnished: Furnished) -> None:
    visitor = Visitor(furnished.folder)
    for query in (
        "(" * 900, "AND OR NOT", "a" * 2500, "cable\0", "\u202ecable", "🌋", "a* b* c*",
        " ".join(f"w{i}" for i in range(300)),
        "'; DROP TABLE clips; --", "<script>alert(1)</script>", "show:<b>x</b> cable", '+"', "%ff", "-x",
        "cabel " * 300,
    ):  # fmt: skip
        for form in ("", ".json", ".rss", ".atom"):
            answer = visitor.get(f"/search{form}?q={quote(query)}")
            assert answer.status_code in {200, 400}, (query, form)
            assert "<script>alert" not in answer.text or form == ".json"
    for raw in ("%ED%A0%80", "%00", "%FF%FE", "q=%", "cable&page=99999999&year=abcd&sort=x&show=%00"):
        assert visitor.get(f"/search?q={raw}").status_code in {200, 400}


def test_what_is_published_has_no_word_of_a_hidden_clip(furnished: Furnished, tmp_path: Path) -> None:
    with Archive(furnished.folder, read_only=True) as archive:
        copy_published(archive, tmp_path / "copy.db")
    content = (tmp_path / "copy.db").read_bytes().lower()
    assert UNHEARD.lower().encode() not in content
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        assert db.execute("SELECT count(*) FROM words WHERE word = 'cable'").fetchone()[0] == 1
        assert db.execute("SELECT count(*) FROM embeddings").fetchone()[0] == 0
