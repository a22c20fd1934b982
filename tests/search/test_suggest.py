"""Suggestions if nothing is found: typing errors, misheard words, and queries that are too strict."""

from collections.abc import Iterator

import pytest
from support.spoken_archive import say, spoken_archive

from radio_archive.archive.archive import Archive
from radio_archive.errors import UsageError
from radio_archive.models import Story
from radio_archive.search.search import search
from radio_archive.search.suggest import suggest
from radio_archive.text.query import Query, parse
from radio_archive.text.similar import closest, heard_as


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with spoken_archive(tmp_path_factory.mktemp("suggest") / "archive") as archive:
        say(archive, "An undersea cable reached the harbor.", "The government announced it on Monday.")
        say(archive, "They sailed to Kahola way at dawn.", "The volcano was quiet.", show="Reef Notes")
        say(archive, "Coral reefs need clean water.", title="Counting reefs", reporter="Ruth Alapai", date="2025-03-01")
        say(archive, "Nobody spoke of it.", story=Story(headline="Moorings", body=("The anchorage was full.",)))
        yield archive


def suggested(archive: Archive, text: str) -> tuple[str, ...]:
    def finds(query: Query) -> bool:
        try:
            return bool(search(archive, query, limit=1).clips)
        except UsageError:
            return False

    return suggest(archive, parse(text), finds)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("undersea cabel", "undersea cable"),
        ("goverment anounced", "government announced"),
        ("volkano", "volcano"),
        ("gouverment cable", "government cable"),
        ("Ruth Alapay", "ruth alapai"),
        ("anchoridge", "anchorage"),
        ("under seacable", "undersea"),
        ("unter sea cable", "undersea cable"),
        ('"undersea cabel"', '"undersea cable"'),
        ("kahoolawe", '"kahola way"'),
        ("Kahoʻolawe", '"kahola way"'),
        ("undersea zebra", "undersea"),
        ('"cable undersea"', "cable undersea"),
        ("cable volcano", "cable OR volcano"),
        ("volcan", "volcan*"),
        ('cable show:"Reef Notes"', "cable"),
        ("cable year:1999", "cable"),
        ("title:cable", "cable"),
    ],
)
def test_what_may_have_been_meant(archive: Archive, text: str, wanted: str) -> None:
    found = suggested(archive, text)
    assert any(other.lower() == wanted.lower() or wanted in other.split() for other in found), found


def test_every_suggestion_finds_something_and_is_said_once(archive: Archive) -> None:
    for text in ("undersea cabel", "kahoolawe", "goverment cable volcano", 'title:"coral refs"', "anchoridge"):
        found = suggested(archive, text)
        assert len(found) == len(set(found)) <= 5
        assert found, text
        for other in found:
            assert search(archive, other).clips, other


def test_nothing_like_it_gets_no_suggestion(archive: Archive) -> None:
    assert suggested(archive, "qqqqqq") == ()
    assert suggested(archive, "海底") == ()


def test_a_search_that_finds_nothing_brings_its_suggestions(archive: Archive) -> None:
    assert search(archive, "undersea cabel", match="all").suggestions[0] == "undersea cable"
    assert search(archive, "cable").suggestions == ()
    # Stop words are nothing to look for.
    assert not any(" OR " in text for text in search(archive, '"at was the of"').suggestions)


def test_sounds_count_more_than_letters() -> None:
    known = {"farmacy": 1, "primacy": 50, "pharmacist": 9}
    assert next(iter(closest("pharmacy", known, 3))) == "farmacy"
    assert closest("cat", {"dog": 5}, 3) == {}


def test_words_heard_apart() -> None:
    assert [words for words, _ in heard_as("kahoolawe", "kahola", "to Kahola way, they")] == ["kahola way"]
    assert list(heard_as("kahoolawe", "kahola", "Kahola is far")) == []
