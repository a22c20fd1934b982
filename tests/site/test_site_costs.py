"""What a page costs does not grow with the archive: sitemaps in ranges, totals that are kept, addresses by an index."""

import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.bounds import sqlite_steps, until
from support.spoken_archive import say, spoken_archive
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions
from radio_archive.archive.names import addresses, roster
from radio_archive.archive.public import pages, people
from radio_archive.site import discovery, lists, site

CLIPS = 23


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with spoken_archive(tmp_path / "a") as made:
        for number in range(CLIPS):
            reporter = f"Reporter {'ABCDEFGHIJ'[number % 10]}"
            uid = say(made, "The ferry is late.", title=f"Ferry {number}", reporter=reporter, date="2024-05-03")
            if number < 12:
                decisions.set_decision(made, uid, "subject", f"Subject {'ABCDEFGHIJKL'[number]}")
                decisions.set_decision(made, uid, "subject", "Subject A")
        decisions.make_collection(made, "The best")
        decisions.add_clips(made, "The best", [uid])
        made.db.execute("UPDATE collections SET public = 1")
        yield made


def locations(visitor: Visitor, path: str) -> list[str]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    tree = ET.fromstring(answer.content)  # noqa: S314 - our own
    return [(place.text or "").removeprefix("http://localhost") for place in tree.iter() if place.tag.endswith("loc")]


def test_a_large_archive_has_sitemaps_of_ranges(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = locations(Visitor(archive.folder), "/sitemap.xml")
    assert len(whole) == CLIPS + 6 + 4 + 10 + 12, "clips; pages; year, day, show, collection; who reports; subjects"
    monkeypatch.setattr(addresses, "RANGE", 5)
    monkeypatch.setattr(discovery, "PER_SITEMAP", 5)
    with archive.writing():
        archive.db.execute("DELETE FROM segments WHERE clip_id BETWEEN 6 AND 10")
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE id BETWEEN 6 AND 10")
    visitor = Visitor(archive.folder)
    parts = locations(visitor, "/sitemap.xml")
    names = ("names-1", "names-2", "people-1", "people-2", "subjects-1", "subjects-2")
    assert parts == [f"/sitemap-{part}.xml" for part in (*names, "1", "3", "4", "5")]
    places = [place for part in parts for place in locations(visitor, part)]
    assert all(len(locations(visitor, part)) <= 5 for part in parts)
    assert len(places) == len(set(places)) == len(whole) - 5 - 5, "hidden clips, and their subjects"
    assert set(places) < set(whole)
    for nothing in ("2", "99", "0", "names-9", "names-0", "people-3", "subjects-3", "subjects-0"):
        nothing = f"/sitemap-{nothing}.xml"
        assert visitor.get(nothing).status_code == 404


def grown(archive: Archive, clips: int, named: int) -> None:
    """Add clips and people, as plain rows."""
    with closing(sqlite3.connect(archive.database_path)) as db, db:
        # Half of them on one day, before the others of that year; some without a date.
        dates = [None, "2024", "2024", *(f"20{at:02}-0{at % 9 + 1}-11" for at in range(2))]
        rows = ((f"u{at:07}", f"Clip {at}", dates[at % 5]) for at in range(clips))
        db.executemany("INSERT INTO clips (uid, title, air_date, added_at) VALUES (?, ?, ?, '2024')", rows)
        db.executemany(
            "INSERT INTO people (uid, name) VALUES (?, ?)", ((f"p{at}", f"Many {at}") for at in range(named))
        )
        # Most are about the same.
        db.execute("INSERT INTO subjects SELECT id, 'Subject D', 'subject d' FROM clips WHERE uid LIKE 'u%'")
        db.execute("INSERT INTO subjects SELECT id, uid, 'z ' || uid FROM clips WHERE uid LIKE 'u%'")


def test_a_range_and_an_unknown_address_cost_the_same_in_any_archive(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "RANGE", 10)
    middle = archive.db.execute("SELECT uid FROM clips WHERE id = 12").fetchone()[0]
    index = people.people_index(archive)
    undated = [say(archive, "When?", title=f"Undated {number}", date=None) for number in range(CLIPS)][12]

    def steps() -> list[int]:
        connection = archive.db.conn
        return [
            sqlite_steps(connection, lambda: list(addresses.of_range(archive, 2))),
            sqlite_steps(connection, lambda: addresses.subject(archive, "person", "nobody-at-all")),
            sqlite_steps(connection, lambda: pages.of_year(archive, "2024", None, 5)),
            sqlite_steps(connection, lambda: pages.of_year(archive, "2024", middle, 5)),
            sqlite_steps(connection, lambda: pages.of_year(archive, None, undated, 5)),
            sqlite_steps(connection, lambda: people.people(archive, index, range(5))),
            sqlite_steps(connection, lambda: list(addresses.people_of_range(archive, 1))),
            sqlite_steps(connection, lambda: list(addresses.subject_keys(archive, "subject c", 5))),
            sqlite_steps(connection, lambda: addresses.subject_key(archive, "no-such-subject-" * 4 + "abcdef")),
        ]

    few = steps()
    grown(archive, 3_000, 3_000)
    assert addresses.ranges(archive)[-1] == -(-(3_000 + 2 * CLIPS) // 10)
    grew = [(before, many) for before, many in zip(few, steps(), strict=True) if many > 1.3 * before + 50]
    assert grew == []


def test_a_person_whose_name_is_no_address_is_found_by_its_digest(archive: Archive) -> None:
    roster.add(archive, "person", "Ferry Reporter " * 12, [], {})
    (long,) = (name for name in roster.entries(archive, "person") if name.name.startswith("Ferry"))
    assert addresses.subject(archive, "person", addresses.name_slug(long.name)) is not None


def number_of_clips(visitor: Visitor) -> int:
    return int(visitor.get("/about.json").json()["clips"])


def test_totals_are_read_again_while_visitors_get_the_old_ones(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(archive.folder)
    assert number_of_clips(visitor) == CLIPS
    say(archive, "One more.")
    assert number_of_clips(visitor) == CLIPS
    monkeypatch.setattr(site, "CACHE_SECONDS", 0.0)
    assert number_of_clips(visitor) == CLIPS, "nobody waits"
    until("the new number", lambda: number_of_clips(visitor) == CLIPS + 1)
    counting = site.site_of(visitor.datasette)
    until("nobody counts", lambda: counting is not None and not counting._renewed)
    say(archive, "And one more.")
    monkeypatch.setattr(site, "STALE_SECONDS", 0.0)
    assert number_of_clips(visitor) == CLIPS + 2, "nor gets what is too old"


def test_a_large_show_is_not_counted_for_each_visitor(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LARGE", CLIPS - 1)
    visitor = Visitor(archive.folder)
    page = "/island-morning.json"
    assert visitor.get(page).json()["clips"] == CLIPS
    say(archive, "One more.", title="The last ferry", date="2025-01-01")
    after = visitor.get(page).json()
    assert after["clips"] == CLIPS
    assert after["entries"][0]["title"] == "The last ferry", "its clips are always the latest"
    assert visitor.get("/people/reporter-a.json").json()["clips"] == 3
    say(archive, "Another.", reporter="Reporter A")
    assert visitor.get("/people/reporter-a.json").json()["clips"] == 4, "small ones are counted"
