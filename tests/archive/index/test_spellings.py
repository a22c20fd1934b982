"""Every spelling finds every spelling: in our search, in a stock Datasette, and in SQLite itself."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import spellings
from radio_archive.config.settings import TEMPLATE
from radio_archive.search.search import search
from radio_archive.text import variants as variants_module

OURS: Mapping[str, Sequence[str]] = {
    "Hawaiʻi": ("Hawaiʻi", "Hawaii", "Hawai'i", "Hawai‘i", "Hawai’i", "Hawai`i", "Hawaiʼi", "HAWAII", "hawaiʻi"),
    "Oʻahu": ("Oʻahu", "Oahu", "O'ahu", "O’ahu", "O‘ahu", "O`ahu"),
    "Lānaʻi": ("Lānaʻi", "Lanai", "Lana'i", "Lānai", "Lāna‘i", "La\u0304na\u02bbi"),
    "Kāneʻohe": ("Kāneʻohe", "Kaneohe", "Kane'ohe", "Kāne’ohe", "KANEOHE"),
    "Molokaʻi": ("Molokaʻi", "Molokai", "Moloka'i", "Moloka’i"),
    "Kaʻaʻawa": ("Kaʻaʻawa", "Kaaawa", "Ka'a'awa", "Ka’a’awa"),
    "Liliʻuokalani": ("Liliʻuokalani", "Liliuokalani", "Lili'uokalani", "Lili’uokalani"),
    "ʻIolani": ("ʻIolani", "Iolani", "'Iolani", "‘Iolani"),
    "Nukuʻalofa": ("Nukuʻalofa", "Nukualofa", "Nuku'alofa", "Nuku’alofa"),
    "faʻafetai": ("faʻafetai", "faafetai", "fa'afetai", "fa’afetai"),
    "Māori": ("Māori", "Maori", "MĀORI", "Ma\u0304ori"),
    "Qurʾan": ("Qurʾan", "Qurʼan", "Quran"),
    "Søren": ("Søren", "Soren", "SØREN"),
    "Zoë": ("Zoë", "Zoe"),
    "e-mail": ("e-mail", "email", "e‑mail"),
    "12,000": ("12,000", "12000", "twelve thousand"),
    "$5 million": ("$5 million", "five million dollars"),
    "45 percent": ("45 percent", "forty-five percent", "45 per cent"),
}
"""Words, and spellings that have to find one another everywhere."""

APART = [
    ("we'll", "well"), ("its", "it's"), ("were", "we're"), ("shell", "she'll"), ("hell", "he'll"), ("wed", "we'd"),
    ("cant", "can't"), ("wont", "won't"), ("ill", "I'll"), ("id", "I'd"), ("lets", "let's"), ("weʻll", "well"),
    ("whore", "who're"),
]  # fmt: skip
"""A query, and a text that it must not find."""


@pytest.fixture(scope="module")
def spelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which each spelling of each word is said once, in a clip of its own."""
    folder = tmp_path_factory.mktemp("spelled") / "archive"
    with Archive.create(folder, TEMPLATE) as archive:
        rows = Rows(archive)
        for number, ways in enumerate(OURS.values()):
            for way in ways:
                rows.clip([f"They spoke of {way} again today"], title=f"About {number} {way}")
        rows.clip([text for _, text in APART], title="Apart")
    return folder


@pytest.mark.parametrize("word", OURS)
def test_our_search_finds_every_spelling_and_marks_it(word: str, spelled: Path) -> None:
    ways = OURS[word]
    with Archive(spelled, read_only=True) as archive:
        for way in ways:
            for query in (way, f'"of {way} again"', f'"{way}"'):
                found = search(archive, query, limit=100).clips
                assert {hit.clip.title.split(" ", 2)[2] for hit in found} == set(ways), query
                for hit in found:
                    if query == way:
                        assert hit.marked_title
                    said = next(passage for passage in hit.passages if passage.where == "speech")
                    assert said.marked != said.text, query


@pytest.mark.parametrize("word", OURS)
def test_sqlite_finds_every_spelling(word: str, spelled: Path) -> None:
    ways = OURS[word]
    with sqlite3.connect(spelled / "archive.db") as db:
        for way in ways:
            assert texts(quoted(db, "segments", "text", way)) == set(ways), way
            assert texts(quoted(db, "segments", "text", f"spoke of {way}")) >= {way}
            assert {title.split(" ", 2)[2] for title in quoted(db, "clips", "title", way)} == set(ways), way


def test_a_stock_datasette_finds_every_spelling(spelled: Path) -> None:
    from datasette.app import Datasette

    async def ask() -> dict[str, set[str]]:
        # As if our plugin was not there: it keeps the tables of a live archive to its own people.
        ours = {"plugins": {"radio-archive": {"private": True, "tables": True}}}
        site = Datasette([str(spelled / "archive.db")], metadata=ours)
        found = {}
        for ways in OURS.values():
            for way in ways:
                asked = {"_search": way, "_shape": "array", "_size": "100"}
                answer = await site.client.get("/archive/segments.json", params=asked)
                found[way] = texts(row["text"] for row in answer.json())
        return found

    found = asyncio.run(ask())
    assert found == {way: set(ways) for ways in OURS.values() for way in ways}


@pytest.mark.parametrize("way", ["Hawai'i", "Hawaii", "Hawaiʻi"])
def test_sqlite_utils_finds_every_spelling(way: str, spelled: Path) -> None:
    command = [sys.executable, "-m", "sqlite_utils", "search", str(spelled / "archive.db"), "segments", way, "--quote"]
    done = subprocess.run([*command, "-c", "text"], capture_output=True, encoding="utf-8", check=True)
    said = {row["text"] for row in json.loads(done.stdout)}
    assert all(f"They spoke of {spelling} again today" in said for spelling in ("Hawaiʻi", "Hawaii", "Hawai’i"))


@pytest.mark.parametrize(("query", "text"), APART)
def test_words_that_must_stay_apart(query: str, text: str, spelled: Path) -> None:
    with Archive(spelled, read_only=True) as archive:
        clips = search(archive, f'"{query}"', limit=100).clips
        assert not any(passage.text == text for hit in clips for passage in hit.passages)
    with sqlite3.connect(spelled / "archive.db") as db:
        assert text not in quoted(db, "segments", "text", query)


def test_full_width_letters_are_the_same_to_our_search(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        Rows(archive).clip(["Ｈａｗａｉｉ is written wide"])
        Rows(archive).clip(["Hawaiʻi is not"])
        for way in ("Ｈａｗａｉｉ", "Hawaii", "Hawai'i"):
            assert len(search(archive, way).clips) == 2


def test_a_possessive_is_found_by_the_word_and_by_every_spelling_of_itself(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        for way in ("Hawaiʻi's", "Hawaii's", "Hawai’i’s", "Hawaiʻiʻs"):
            Rows(archive).clip([f"One of {way} harbors"])
        for query in ("Hawaii", "Hawai'i", "Hawaiʻi's", "hawaii's", '"of Hawai‘i’s harbors"'):
            assert len(search(archive, query).clips) == 4, query
        for query in ("Hawaii", "Hawai'i's", "of Hawaii's harbors"):
            assert len(quoted(archive.db.conn, "segments", "text", query)) == 4, query


def test_without_the_list_the_archive_teaches_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radio_archive.archive.index.spellings.seed", frozenset)
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        rows = Rows(archive)
        rows.clip(["Nobody had heard of Paaniau"], title="Paaniau")
        rows.clip(["A storyteller knows Paaniau"], story="The road to Paaniau")
        assert quoted(archive.db.conn, "segments", "text", "Pa'aniau") == []
        assert len(search(archive, "Paʻaniau").clips) == 2
        rows.clip(["Then they went to Paʻaniau"])
        assert len(quoted(archive.db.conn, "segments", "text", "Pa'aniau")) == 3
        assert quoted(archive.db.conn, "clips", "title", "Pa'aniau") == ["Paaniau"]
        assert quoted(archive.db.conn, "stories", "headline", "Pa'aniau") == ["The road to Paaniau"]
        for query, text in APART:
            rows.clip([text])
            assert text not in quoted(archive.db.conn, "segments", "text", query), query


def test_older_rows_catch_up_in_later_transactions_by_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        for number in range(30):
            Rows(archive).clip([f"Paaniau, part {number}"])
        monkeypatch.setattr(spellings.backfill, "__defaults__", (10,))
        Rows(archive).clip(["Paʻaniau"])
        assert len(quoted(archive.db.conn, "segments", "text", "Pa'aniau")) == 11
    with Archive(tmp_path / "a") as other:
        for _ in range(3):
            Rows(other).clip(["Something else"])
        assert len(quoted(other.db.conn, "segments", "text", "Pa'aniau")) == 31
        assert other.db.execute("SELECT count(*) FROM spellings WHERE pending_below IS NOT NULL").fetchone() == (0,)


def test_a_hyphen_seen_once_does_not_touch_a_common_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spellings, "COMMON", 3)
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        for _ in range(5):
            Rows(archive).clip(["It rained today"])
        Rows(archive).clip(["It rains to-day"])
        assert archive.db.execute("SELECT count(*) FROM spellings WHERE plain = 'today'").fetchone() == (0,)


def test_the_list_teaches_what_it_lists() -> None:
    forms = {form.plain: form.written for form in variants_module.seed()}
    assert forms["hawaii"] == "hawai i"
    assert forms["nukualofa"] == "nuku alofa"
    assert len(forms) > 100
    assert "koa" not in forms


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Nothing to see here", None),
        ("we'll say it's theirs", None),
        ("Oʻahu", "oahu"),
        ("in Oahu", "in o ahu"),
        ("two of them", None),
    ],
)
def test_variants(text: str, others: str | None) -> None:
    assert variants_module.variants(text, {"oahu": ["o ahu"]}) == others


def test_no_phrase_is_found_across_two_spellings(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        Rows(archive).clip(["In Hawaii today"])
        Rows(archive).clip(["In Hawaiʻi, twelve thousand of 45 percent today"])
        assert quoted(archive.db.conn, "segments", "text", "today in") == []


def quoted(db: sqlite3.Connection, table: str, column: str, query: str) -> list[str]:
    """Search as a person would with `sqlite3`: the words quoted, as FTS5 demands of an apostrophe."""
    phrase = '"' + query.replace('"', '""') + '"'
    sql = f"SELECT {column} FROM {table}_fts WHERE {table}_fts MATCH ?"
    return [row[0] for row in db.execute(sql, [phrase])]


def texts(found: Iterable[Any]) -> set[str]:
    return {text.removeprefix("They spoke of ").removesuffix(" again today") for text in found}
