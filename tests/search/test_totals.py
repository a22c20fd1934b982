"""Clips are counted by show, people, language and year, the same from what was read before as from the database."""

import json
from pathlib import Path

import pytest
from support.search_rows import Rows
from typer.testing import CliRunner, Result

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.cli.app import app
from radio_archive.errors import UsageError
from radio_archive.search.search import search
from radio_archive.search.totals import FACETS, read_facet_cache


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive.create(tmp_path / "archive", "")
    rows = Rows(archive)
    rows.clip(["A whale"], show="Reef Notes", host="Ana Silva", reporter="Bo Diaz", language="en", date="2024-02-01")
    rows.clip(["The whale"], show="Reef Notes", host="Ana Silva", language="en-US", date="2024-03-01")
    rows.clip(["Ein Wal, a whale"], host="Cy Ito", reporter="Ana Silva", language="de", date="2023-03-01")
    rows.clip(["He koholā, a whale"], language="haw")
    rows.clip(["A whale of a tale"], language="brx")
    rows.clip(["A ferry"], host="Ana Silva", language="ja")
    return archive


def test_hosts_and_languages_are_counted(archive: Archive) -> None:
    facets = search(archive, "whale", facets=True).facets
    assert tuple(facets) == FACETS == ("show", "reporter", "host", "language", "year")
    assert facets["host"] == [("Ana Silva", 2), ("Cy Ito", 1)]
    assert facets["reporter"] == [("Ana Silva", 1), ("Bo Diaz", 1)]
    # Variants of a language are one, and one without an English name is called by its code.
    assert facets["language"] == [("English", 2), ("German", 1), ("Hawaiian", 1), ("brx", 1)]
    assert facets["year"] == [("2024", 2), ("2023", 1)]


def test_what_was_read_before_counts_the_same(archive: Archive) -> None:
    known = read_facet_cache(archive)
    for query in ("whale", "whale OR ferry", "ferry", "walrus"):
        slow = search(archive, query, count=True, facets=True, months=True)
        quick = search(archive, query, count=True, facets=True, months=True, known=known)
        assert (quick.total, quick.facets, quick.months) == (slow.total, slow.facets, slow.months)


def test_facets_on_the_command_line(archive: Archive) -> None:
    archive.close()

    def printed(word: str, names: str, *more: str) -> Result:
        return CliRunner().invoke(app, ["search", word, "--facets", names, *more, "-a", str(archive.folder)])

    assert printed("whale", "host,language").stdout.splitlines()[:3] == [
        "host\tAna Silva\t2", "host\tCy Ito\t1", "language\tEnglish\t2",
    ]  # fmt: skip
    assert json.loads(printed("whale", "host", "--json").stdout)["facets"]["host"][1] == {"value": "Cy Ito", "clips": 1}
    assert printed("ferry", "reporter").stderr == "No reporter is known of these clips.\n"
    assert "known" not in printed("walrus", "reporter").stderr
    refused = printed("whale", "station").exception
    assert isinstance(refused, UsageError)
    assert "host,language" in str(refused)


@pytest.mark.parametrize("name", ["host", "language"])
def test_each_counted_value_is_a_filter_that_finds_as_many(archive: Archive, name: str) -> None:
    for value, number in search(archive, "whale", facets=True).facets[name]:
        filters = Filters(host=value) if name == "host" else Filters(language=value)
        narrowed = search(archive, "whale", filters, count=True, facets=True)
        assert (value, narrowed.total) == (value, number)
        assert narrowed.facets[name] == [(value, number)]
