"""The clips that are found, their order and passages; no cap or filter loses any."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.search_rows import Rows
from support.texts import save_transcript

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, near_duplicates, read, stories
from radio_archive.archive.clips.save import remove_clip
from radio_archive.archive.filters import Filters
from radio_archive.archive.names import roster
from radio_archive.config.settings import TEMPLATE
from radio_archive.errors import SearchTimeoutError
from radio_archive.models import Claim, Field, Resolved, Source, Story, Transcript, Word
from radio_archive.search.results import Weights
from radio_archive.search.search import MARK_START, search
from radio_archive.text.query import AnyOf, Query, Term


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as made:
        yield made


def titles(archive: Archive, query: str, **options: object) -> list[str]:
    return [hit.clip.title for hit in search(archive, query, **options).clips]  # type: ignore[arg-type]


def test_the_cap_loses_no_rare_match_and_no_clip(archive: Archive) -> None:
    rows = Rows(archive)
    for number in range(40):
        said = ["the harbor was calm"] * 3 + (["the harbor saw an albatross"] if number == 0 else [])
        rows.clip(
            said, title=f"Clip {number}", date=f"2024-01-{number % 28 + 1:02}", show="Even" if number % 2 else "Odd"
        )
    assert titles(archive, "albatross", cap=5) == ["Clip 0"]
    assert titles(archive, "harbor albatross", cap=5) == ["Clip 0"]
    everything = {f"Clip {number}" for number in range(40)}
    for sort in ("relevance", "newest", "oldest"):
        pages = [titles(archive, "harbor", cap=5, limit=7, page=page, sort=sort) for page in range(1, 8)]
        seen = [title for page in pages for title in page]
        assert set(seen) == everything
        assert len(seen) == 40
        assert all(hit.passages for hit in search(archive, "harbor", cap=5, limit=40, sort=sort).clips)
    for options in (Filters(show="odd"), Filters(show="even", since="2024-01-10", until="2024-01-20")):
        expected = {clip.title for clip in read.clips(archive, options)}
        assert set(titles(archive, "harbor", cap=5, limit=100, filters=options)) == expected
        assert search(archive, "harbor", options, cap=5, count=True).total == len(expected)


def test_the_cap_on_titles_and_stories_loses_no_clip(archive: Archive) -> None:
    rows = Rows(archive)
    for number in range(12):
        title = f"A lighthouse by day {number}" if number % 2 else f"By night {number}"
        rows.clip(["Nothing of it here."], title=title, story=None if number % 2 else "The lighthouse is lit")
    expected = {f"A lighthouse by day {n}" for n in range(1, 12, 2)} | {f"By night {n}" for n in range(0, 12, 2)}
    for cap in (1, 5, 6, 7, 2_000):
        pages = [titles(archive, "lighthouse", cap=cap, limit=5, page=page) for page in (1, 2, 3)]
        assert [len(page) for page in pages] == [5, 5, 2]
        assert {title for page in pages for title in page} == expected
        assert search(archive, "lighthouse", cap=cap, count=True).total == 12


def test_newest_means_air_date_whatever_the_order_of_arrival(archive: Archive) -> None:
    for date in ("2024-05-01", "2022-01-01", "2999-01-01", "2025-03-03", None, "2023-12-31"):
        Rows(archive).clip(["A storm came"], title=str(date), date=date)
    aired = ["2025-03-03", "2024-05-01", "2023-12-31", "2022-01-01"]
    # What is to come is not the newest.
    assert titles(archive, "storm", sort="newest") == [*aired, "None", "2999-01-01"]
    assert titles(archive, "storm", sort="oldest") == [*aired[::-1], "2999-01-01", "None"]
    assert titles(archive, "storm", sort="newest", limit=2, page=2) == ["2023-12-31", "2022-01-01"]


def test_one_sentence_comes_before_a_clip_that_has_the_words_apart(archive: Archive) -> None:
    rows = Rows(archive)
    rows.clip(["The ferry left", "The strike began"], title="Apart", date="2025-01-01")
    rows.clip(["The ferry strike goes on"], title="Together", date="2020-01-01")
    rows.clip(["The ferry left"], title="Half")
    assert titles(archive, "ferry strike") == ["Together", "Apart"]
    apart = search(archive, "ferry strike").clips[1]
    assert {passage.text for passage in apart.passages} == {"The ferry left", "The strike began"}
    assert titles(archive, '"ferry strike"') == ["Together"]


def test_what_is_not_wanted_rules_the_whole_clip_out(archive: Archive) -> None:
    rows = Rows(archive)
    rows.clip(["Pearl was attacked", "That is Pearl Harbor"], title="Harbor")
    rows.clip(["Pearl divers"], title="Divers")
    assert titles(archive, 'pearl -"pearl harbor"') == ["Divers"]
    assert search(archive, "pearl -harbor", count=True).total == 1


def test_places_are_told_apart(archive: Archive) -> None:
    rows = Rows(archive)
    rows.clip(["The volcano is quiet"], title="Said", show="Island News", reporter="Noa Kealoha")
    rows.clip(["Nothing much"], title="A volcano wakes")
    rows.clip(["Nothing much"], title="Told", story="On the volcano")
    rows.clip(["Nothing much"], title="Named", show="Volcano Watch", reporter="Ikaika Volcano")
    by_title = {
        hit.clip.title: {passage.where.value for passage in hit.passages} for hit in search(archive, "volcano").clips
    }
    assert by_title == {"Said": {"speech"}, "A volcano wakes": {"title"}, "Told": {"story"}, "Named": {"name"}}
    assert titles(archive, "said:volcano") == ["Said"]
    assert titles(archive, "title:volcano") == ["A volcano wakes"]
    assert titles(archive, "story:volcano") == ["Told"]
    assert titles(archive, "title:said said:volcano") == ["Said"]
    assert titles(archive, "noa kealoha") == ["Said"]
    assert titles(archive, "volcano kealoha") == ["Said"]
    assert titles(archive, "volcano", weights=Weights(title=0.0, name=0.0, story=50.0))[0] == "Told"
    (told,) = [hit for hit in search(archive, "volcano").clips if hit.clip.title == "Told"]
    assert told.passages[0].start == 0.0
    assert MARK_START in told.passages[0].marked


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ('"25 boats"', ["They saw \x0225 boats\x03", "They saw \x02twenty-five boats\x03"]),
        ('"twenty five boats"', ["They saw \x0225 boats\x03", "They saw \x02twenty-five boats\x03"]),
        ('"saw 25 boats"', ["They \x02saw 25 boats\x03", "They \x02saw twenty-five boats\x03"]),
        ("12 percent", ["\x0212\x03% of 12 boats"]),
        ("12%", ["\x0212\x03% of 12 boats"]),
    ],
)
def test_a_number_in_a_phrase_is_found_with_the_words_around_it(
    archive: Archive, phrase: str, found: list[str]
) -> None:
    for said in ("They saw 25 boats", "They saw twenty-five boats", "25 whales", "Ten boats", "12% of 12 boats"):
        Rows(archive).clip([said], title="A clip")
    passages = [hit.passages[0].marked for hit in search(archive, phrase).clips]
    assert sorted(passages) == sorted(found)


def test_what_was_heard_is_found_and_said_to_be_that(archive: Archive) -> None:
    uid = Rows(archive).clip(["We sailed to Molokaʻi"])
    with archive.writing():
        archive.db.execute("UPDATE segments SET heard = 'We sailed to Molly Kai'")
    (hit,) = search(archive, "molly kai").clips
    assert hit.clip.uid == uid
    assert hit.passages[0].where == "heard"
    assert (hit.passages[0].text, hit.passages[0].current) == ("We sailed to Molly Kai", "We sailed to Molokaʻi")
    (hit,) = search(archive, "heard:sailed").clips
    assert (hit.passages[0].where, hit.passages[0].snippet) == ("heard", "We **sailed** to Molly Kai")
    (hit,) = search(archive, "sailed").clips
    assert (hit.passages[0].where, hit.passages[0].current) == ("speech", None)


def test_a_long_story_is_shown_where_it_matches(archive: Archive) -> None:
    uid = Rows(archive).clip(["Hello"])
    body = "Once upon a time. " * 200 + "The albatross came back. " + "And so it went. " * 200
    stories.save(archive, uid, Story(headline="A bird", body=(body,)), None)
    (passage,) = search(archive, "albatross").clips[0].passages
    assert "albatross" in passage.text
    assert len(passage.text) < 400


def test_context_numbers_and_facets(archive: Archive) -> None:
    rows = Rows(archive)
    rows.clip(["One", "Two", "The whale", "Four", "Five"], show="Reef Notes", reporter="Ana Silva", date="2024-02-01")
    rows.clip(["A whale", "And a whale"], show="Reef Notes", reporter="Bo Diaz", date="2024-02-09")
    rows.clip(["Whale again"], show="Harbor Watch", date="2023-11-30")
    rows.clip(["No such animal"], show="Harbor Watch", date="2023-11-30")
    found = search(archive, "whale", context=1, count=True, facets=True, months=True, sort="oldest")
    assert (found.total, found.passages) == (3, 4)
    assert found.facets == {
        "show": [("Reef Notes", 2), ("Harbor Watch", 1)],
        "reporter": [("Ana Silva", 1), ("Bo Diaz", 1)],
        "host": [],
        "language": [],
        "year": [("2024", 2), ("2023", 1)],
    }
    assert found.months == (("2023-11", 1), ("2024-02", 2))
    passage = found.clips[1].passages[0]
    assert (passage.before, passage.text, passage.after, passage.start) == (("Two",), "The whale", ("Four",), 8.0)
    filtered = search(archive, "whale", Filters(reporter="bo diaz"), count=True, facets=True)
    assert (filtered.total, filtered.passages, filtered.facets["show"]) == (1, 2, [("Reef Notes", 1)])


def test_the_index_follows_every_change(archive: Archive) -> None:
    rows = Rows(archive)
    uid = rows.clip(["The first version"], title="Kaneohe", show="Old Name", reporter="Ana Silva", date="2024-01-01")
    words = [Word(0, 1, f" {word}") for word in "The second Oʻahu version".split()]
    save_transcript(archive, uid, Transcript(tuple(words), origin="import"))
    assert titles(archive, "first") == []
    assert titles(archive, "second oahu") == ["Kaneohe"]
    claim = Claim(Field.TITLE, "Molokaʻi", Source.HUMAN, "a test")
    show = Claim(Field.SHOW, "New Name", Source.HUMAN, "a test")
    claims.replace(archive, uid, [], [claim, show], {c.field: Resolved(c.field, c.value, c) for c in (claim, show)})
    assert titles(archive, "kaneohe") == []
    assert titles(archive, "molokai") == titles(archive, "new name") == ["Molokaʻi"]
    with sqlite3.connect(archive.database_path) as db:
        assert db.execute("SELECT title FROM clips_fts WHERE clips_fts MATCH 'molokai'").fetchall() == [("Molokaʻi",)]
    assert titles(archive, "second", filters=Filters(show="new name")) == ["Molokaʻi"]
    roster.merge(archive, "show", roster.find(archive, "show", "New Name"), roster.find(archive, "show", "Old Name"))
    assert titles(archive, "second", filters=Filters(show="old name")) == ["Molokaʻi"]
    assert titles(archive, "new name") == ["Molokaʻi"]
    stories.save(archive, uid, Story(headline="An albatross", body=("Seen.",)), None)
    stories.save(archive, uid, Story(headline="A petrel", body=("Seen.",)), None)
    assert titles(archive, "albatross") == []
    assert titles(archive, "petrel") == ["Molokaʻi"]
    other = rows.clip(["Another edit"], title="Other")
    near_duplicates.join(archive, uid, other, "podcast")
    assert titles(archive, "edit") == []
    remove_clip(archive, uid)
    assert titles(archive, "second") == titles(archive, "petrel") == titles(archive, "molokai") == []
    for table in ("segments", "clips", "stories", "aliases"):
        archive.db.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")


def test_a_search_that_takes_too_long_is_stopped_with_a_word(archive: Archive) -> None:
    with archive.writing():
        for number in range(3_000):
            archive.db.execute("INSERT INTO clips (uid, title, added_at) VALUES (?, 'a b c', '')", [f"u{number}"])
    with pytest.raises(SearchTimeoutError, match="took too long"):
        search(archive, "a OR b OR c", sort="newest", count=True, seconds=-1.0)
    # The others have no recording, and cannot be read.
    Rows(archive).clip(["a"], title="Another")
    assert search(archive, "another", limit=1).clips


def test_a_thousand_alternatives(archive: Archive) -> None:
    Rows(archive).clip(["w7 and w900"])
    query = Query(AnyOf(tuple(Term(f"w{number}") for number in range(1_000))))
    assert search(archive, query).clips[0].passages[0].snippet == "**w7** and **w900**"


def test_an_archive_can_be_asked_itself(archive: Archive) -> None:
    Rows(archive).clip(["A ferry came"], show="Reef Notes")
    Rows(archive).clip(["A ferry left"], show="Harbor Watch")
    found = search(archive, "ferry", Filters(show="reef notes"), limit=5, count=True)
    assert (found.total, found.clips[0].passages[0].text) == (1, "A ferry came")
