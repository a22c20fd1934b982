"""What the query language finds in an archive: brackets, exclusions, times, people, languages."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.config.settings import TEMPLATE
from radio_archive.errors import UsageError
from radio_archive.search import saved
from radio_archive.search.concordance import concordance
from radio_archive.search.search import search
from radio_archive.search.totals import read_facet_cache


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as made:
        yield made


def titles(archive: Archive, query: str, **options: object) -> set[str]:
    """Return the clips with all of a query; every order, count and page must agree on them."""
    options = {"match": "all", **options}
    found = {hit.clip.title for hit in search(archive, query, limit=100, **options).clips}  # type: ignore[arg-type]
    for sort in ("newest", "oldest"):
        assert {hit.clip.title for hit in search(archive, query, sort=sort, **options).clips} == found  # type: ignore[arg-type]
    assert search(archive, query, count=True, **options).total == len(found)  # type: ignore[arg-type]
    assert {hit.clip.title for hit in search(archive, query, cap=1, limit=100, **options).clips} == found  # type: ignore[arg-type]
    return found


@pytest.fixture
def weather(archive: Archive) -> Archive:
    rows = Rows(archive)
    rows.clip(["A typhoon hit Guam", "Nobody was hurt"], title="Guam", date="2023-05-24")
    rows.clip(["A typhoon hit Saipan", "Volunteers came from Guam"], title="Saipan", date="2018-10-24")
    rows.clip(["A typhoon hit Manila"], title="Manila", date="2022-11-03")
    rows.clip(["There is no storm", "In November 2022 there was a typhoon"], title="Looking back", date="2025-01-01")
    rows.clip(["Measles in Samoa"], title="Measles", date="2019-11-20")
    rows.clip(["Dengue fever"], title="Dengue", date="2022-11-30", story="It came from Samoa")
    return archive


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("typhoon (Guam OR Saipan)", {"Guam", "Saipan"}),
        # A mark is no word that a clip could have.
        ("manila ʻ", {"Manila"}),
        ("(measles OR dengue) -Samoa", set()),
        ("(measles OR dengue) -fever", {"Measles"}),
        ("(typhoon Guam) OR fever", {"Guam", "Saipan", "Dengue"}),
        ("typhoon AND NOT Guam", {"Manila", "Looking back"}),
        ("typhoon AND -Guam", {"Manila", "Looking back"}),
        ("typhoon NOT (Guam Saipan)", {"Guam", "Manila", "Looking back"}),
        ("(typhoon -Guam) OR measles", {"Manila", "Looking back", "Measles"}),
        ("(typhoon -Guam) OR (dengue -Samoa)", {"Manila", "Looking back"}),
        ("((typhoon -Guam) OR measles) -2022", {"Measles", "Manila"}),
        ("typhoon -(Guam -Saipan)", {"Saipan", "Manila", "Looking back"}),
        ("(hurt -Manila) OR (volunteers -Guam)", {"Guam"}),
        ("title:(Guam OR Saipan)", {"Guam", "Saipan"}),
        ("in:title Guam", {"Guam"}),
        ("in:said Guam", {"Guam", "Saipan"}),
        ("in:story Samoa", {"Dengue"}),
        ("typhoon in:2023", {"Guam"}),
        ("typhoon before:2022", {"Saipan"}),
        ("typhoon after:2022", {"Guam", "Looking back"}),
        ("typhoon November 2022", {"Manila", "Looking back"}),
        ("typhoon 2018 OR 2023", {"Guam", "Saipan"}),
        ("typhoon 2022 -manila", {"Looking back"}),
        ("november 2022", {"Looking back"}),
        ("november 2022 before:2025", {"Manila", "Dengue"}),
        ('typhoon "November 2022"', {"Looking back"}),
    ],
)
def test_what_is_found(weather: Archive, query: str, found: set[str]) -> None:
    assert titles(weather, query) == found


def test_a_clip_that_says_what_a_bracket_excludes_elsewhere_is_not_found(weather: Archive) -> None:
    """Its sentence about Saipan has no Guam, but the clip has."""
    assert "Saipan" not in titles(weather, "(Saipan -Guam) OR measles")


def test_a_time_is_looked_for_in_large_archives_too(weather: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    from radio_archive.search import fts

    monkeypatch.setattr(fts, "MANY", 0)
    assert titles(weather, "typhoon November 2022") == {"Manila", "Looking back"}


def test_a_saved_search_asks_for_last_week_anew_each_time(archive: Archive) -> None:
    rows = Rows(archive)
    saved.save(archive, "new", "typhoon since:yesterday", Filters(language="en"))
    (kept,) = saved.all_searches(archive)
    assert (kept.query, kept.filters) == ("typhoon since:yesterday", Filters(language="en"))
    rows.clip(["A typhoon"], title="Old", date="2020-01-01", language="en")
    rows.clip(["A typhoon"], title="New", date=date.today().isoformat(), language="en")  # noqa: DTZ011
    rows.clip(["A typhoon"], title="Other", date=date.today().isoformat(), language="haw")  # noqa: DTZ011
    assert [hit.clip.title for hit in saved.news(archive, kept).clips] == ["New"]


@pytest.fixture
def people(archive: Archive) -> Archive:
    rows = Rows(archive)
    for title, reporter, host, language in (
        ("Reef", "Noa Ito", "Pua Kea", "en"), ("Taro", "Pua Kea", None, "haw"), ("Surf", None, "Pua Kea", "en-US"),
        ("Rain", None, None, None),
    ):  # fmt: skip
        rows.clip(["The sea is calm"], title=title, reporter=reporter, show="Sea News", host=host, language=language)
    return archive


@pytest.mark.parametrize(
    ("query", "filters", "found"),
    [
        ("sea host:Kea", Filters(), {"Reef", "Surf"}),
        ("sea", Filters(host="pua kea"), {"Reef", "Surf"}),
        ("sea reporter:Kea", Filters(), {"Taro"}),
        ("sea speaker:Kea", Filters(), {"Reef", "Taro", "Surf"}),
        ("sea speaker:ito host:kea", Filters(), {"Reef"}),
        ("sea language:haw", Filters(), {"Taro"}),
        ("sea language:Hawaiian", Filters(), {"Taro"}),
        ("sea language:en", Filters(), {"Reef", "Surf"}),
        ("sea", Filters(language="English"), {"Reef", "Surf"}),
        ("sea", Filters(language="EN-us"), {"Reef", "Surf"}),
        ('sea show:"Sea News" host:kea', Filters(), {"Reef", "Surf"}),
        ('sea show:"Sea News" language:fr', Filters(), set()),
        ("host:kea language:en", Filters(), {"Reef", "Surf"}),
    ],
)
def test_people_and_languages(people: Archive, query: str, filters: Filters, found: set[str]) -> None:
    assert titles(people, query, filters=filters) == found
    assert search(people, query, filters, count=True, known=read_facet_cache(people)).total == len(found)
    if "sea" in query:
        assert {line.title for line in concordance(people, query, filters)} == found


@pytest.mark.parametrize(
    ("query", "message", "advice"),
    [
        ("sea host:Keaa", "no host called 'Keaa'", "Pua Kea"),
        ("sea speaker:Itoo", "no speaker called 'Itoo'", "Noa Ito"),
        ("sea language:Hawaian", "no language called 'Hawaian'", "Hawaiian"),
        ("sea language:qqqq", "no language called 'qqqq'", "haw"),
        ("sea in:Nowhere", "no show called 'Nowhere'", "Sea News"),
    ],
)
def test_an_unknown_name_is_answered_with_known_ones(people: Archive, query: str, message: str, advice: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        search(people, query)
    assert advice in str(raised.value)
