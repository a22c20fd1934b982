"""The search finds a word in its other forms, in both directions, and nothing that only looks like one."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.archive.index.check import Problem, verify
from radio_archive.config.settings import TEMPLATE
from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.search import concordance
from radio_archive.search.expression import expression
from radio_archive.search.results import Where
from radio_archive.search.search import search
from radio_archive.text.query import parse

GROUPS: Mapping[str, Sequence[str]] = {
    "stem": ("nest", "nests", "nesting"),
    "stem in y": ("community", "communities"),
    "stem in e": ("vote", "votes", "voting", "voted"),
    "possessive": ("Hawaiʻi's", "Hawaiʻi", "Hawaii", "Hawai’i’s"),
    "country": ("US", "U.S.", "USA", "U.S.A.", "United States"),
    "initials": ("NATO", "N.A.T.O."),
    "agency": ("EPA", "Environmental Protection Agency"),
    "ministry": ("NOAA", "National Oceanic and Atmospheric Administration"),
    "officer": ("CEO", "C.E.O."),
    "morning": ("7:55 am", "7:55 a.m."),
    "evening": ("7:50 pm", "7:50 p.m."),
    "route": ("H-1", "H1", "H 1"),
    "bomber": ("B-52", "B52"),
    "governor": ("Gov. Lee", "Governor Lee"),
    "doctor": ("Dr. Kim", "Doctor Kim"),
    "mount": ("Mt. Kea", "Mount Kea"),
    "saint": ("St. Clair", "Saint Clair"),
    "street": ("Queen St.", "Queen Street"),
    "senator": ("Sen. Lum", "Senator Lum"),
    "member": ("Rep. Ono", "Representative Ono"),
    "lieutenant": ("Lt. Ho", "Lieutenant Ho"),
    "general": ("Gen. Au", "General Au"),
    "professor": ("Prof. Chun", "Professor Chun"),
    "avenue": ("King Ave.", "King Avenue"),
    "department": ("Dept. of Fish", "Department of Fish"),
    "second war": ("WWII", "World War II", "World War Two", "Second World War"),
    "first war": ("WWI", "World War One", "First World War"),
    "that day": ("9/11", "September 11", "nine eleven", "September 11th"),
    "king": ("Kamehameha III", "Kamehameha the Third"),
    "not": ("didn't", "didnt", "didn’t"),
    "name": ("O'Brien", "OBrien", "O’Brien"),
    "closed": ("healthcare", "health care"),
    "greek": ("Αθήνα", "Αθηνα", "ΑΘΗΝΑ"),
    "final sigma": ("οδός", "ΟΔΟΣ", "οδοσ"),
    "cyrillic": ("Ещё", "Еще", "ещё"),
    "arabic": ("كِتَاب", "كتاب", "كـتاب"),
    "alef": ("أحمد", "احمد"),
    "hebrew": ("שָׁלוֹם", "שלום"),
    "umlaut": ("München", "Muenchen"),
    "o umlaut": ("Köln", "Koeln"),
    "slash": ("Tromsø", "Tromsoe"),
    "ring": ("Ålesund", "Aalesund"),
    "long o": ("Ōsaka", "Oosaka"),
    "long a": ("whānau", "whaanau"),
}
"""Ways to say the same, each of which finds all."""

APART = [
    ("US", "They told us"),
    ("U.S.", "They told us"),
    ("USA", "They told us"),
    ("it", "The I.T. crowd"),
    ("who", "The W.H.O. met"),
    ("us", "The U.S. Navy"),
    ("united", "One unit"),
    ("unit", "United in grief"),
    ("cant", "He can't"),
    ("WWI", "World War II"),
    ("WWII", "World War One"),
    ("мой", "мои"),
    ("news", "A new one"),
    ('"nests"', "A nest"),
    ('"nest"', "Two nests"),
    ('"cable"', "Two cables"),
    ("nest*", "A bird"),
    ("市場", "市で場を"),
    ("長野市", "長野、市"),
    ("therapist", "The rapist"),
]
"""A query, and a text that it must not find."""

INSIDE = [
    ("長野市", "昔、長野市で会った"), ("りんご", "赤いりんごを食べる"), ("猫", "その猫は"), ("서울", "서울에서 왔다"),
    ("ไทย", "ประเทศไทยมี"), ("長野*", "昔、長野市で会った"), ("NHK", "NHKの朝"), ("2023年", "西暦2023年に"),
    ("阿里山 茶園", "在阿里山的茶園裡"),
]  # fmt: skip
"""What is said inside a sentence without spaces."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which each way to say something is said once, in a clip of its own."""
    folder = tmp_path_factory.mktemp("forms") / "archive"
    with Archive.create(folder, TEMPLATE) as archive:
        rows = Rows(archive)
        for ways in GROUPS.values():
            for way in ways:
                rows.clip([sentence(way)], title=f"Of {way}", story=f"All about {way}")
        for _, text in [*APART, *INSIDE]:
            rows.clip([text], title="Another")
    return folder


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    with Archive(folder, read_only=True) as opened:
        yield opened


def sentence(way: str) -> str:
    return f"They spoke, then: {way}, and again"


def said(archive: Archive, query: str) -> set[str]:
    return {
        passage.text for hit in search(archive, query, limit=100).clips for passage in hit.passages
        if passage.where == "speech"
    }  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_every_way_finds_every_way(group: str, archive: Archive) -> None:
    for query in GROUPS[group]:
        for scope in ("said", "title", "story"):
            clips = search(archive, " ".join(f"{scope}:{word}" for word in query.split()), limit=100).clips
            found = {hit.clip.title for hit in clips}
            assert {f"Of {way}" for way in GROUPS[group]} <= found, (query, scope)


@pytest.mark.parametrize("group", GROUPS)
def test_every_way_is_marked(group: str, archive: Archive) -> None:
    ways = GROUPS[group]
    for query in ways:
        for hit in search(archive, query, limit=100).clips:
            if hit.clip.title in {f"Of {way}" for way in ways}:
                assert hit.marked_title, query
                assert all(passage.marked != passage.text for passage in hit.passages), query


@pytest.mark.parametrize(("query", "text"), APART)
def test_what_must_not_be_found(query: str, text: str, archive: Archive) -> None:
    assert text not in said(archive, query)


@pytest.mark.parametrize(("query", "text"), INSIDE)
def test_words_inside_a_sentence_without_spaces(query: str, text: str, archive: Archive) -> None:
    assert text in said(archive, query)


def test_quoted_words_keep_their_abbreviations(archive: Archive) -> None:
    for query in ('"US"', '"U.S."', '"NATO"', '"H-1"', '"didnt"', '"Еще"', '"muenchen"', '"長野市"'):
        assert len(said(archive, query)) > 1 or query == '"長野市"', query
        assert said(archive, query), query
    assert sentence("United States") not in said(archive, '"US"')
    assert sentence("Governor Lee") not in said(archive, '"Gov. Lee"')


def test_words_near_each_other_are_not_stemmed(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        for text in ("The turtle has a nest", "Turtles have nests", "The US has an army"):
            Rows(archive).clip([text])
        assert said(archive, "turtle NEAR nest") == {"The turtle has a nest"}
        assert said(archive, "US NEAR army") == {"The US has an army"}


def test_names_of_shows_have_no_stems_and_keep_their_capitals(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        Rows(archive).clip(["Hello"], title="One", show="This Is US")
        Rows(archive).clip(["Hello"], title="Two", reporter="Ann Waters")
        assert [hit.clip.title for hit in search(archive, "US").clips] == ["One"]
        assert search(archive, "water", match="all").clips == ()
        assert [hit.clip.title for hit in search(archive, "waters").clips] == ["Two"]


def test_an_expression_without_forms_asks_for_the_word_alone() -> None:
    wanted = parse("nests WWII").wanted
    assert wanted is not None
    plain = expression(wanted, Where.SPEECH, forms=False)
    assert plain == '({text heard variants} : ("nests" AND "WWII"))'
    assert "forms" in str(expression(wanted, Where.TITLE))


def test_mentions_are_counted_in_every_form(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        Rows(archive).clip(["A nest, two nests"], date="2024-01-01")
        Rows(archive).clip(["昔、長野市でした。長野市"], date="2024-01-02")
        for query, number in (("nesting", 2), ('"nest"', 1), ("長野市", 2)):
            assert len(list(concordance.concordance(archive, query))) == number, query
            assert [count.mentions for count in concordance.mentions(archive, [query])] == [number], query


def test_the_language_of_a_clip_decides(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        uid = Rows(archive).clip(["Viele boats"], title="Boats", story="The houses")

        def forms() -> list[tuple[str | None]]:
            sql = "SELECT forms FROM segments UNION ALL SELECT forms FROM clips UNION ALL SELECT forms FROM stories"
            return archive.db.execute(sql).fetchall()

        def tell(language: str) -> None:
            claim = Claim(Field.LANGUAGE, language, Source.HUMAN, "a test")
            title = Claim(Field.TITLE, "Boats", Source.HUMAN, "a test")
            both = {one.field: Resolved(one.field, one.value, one) for one in (claim, title)}
            claims.replace(archive, uid, [], [claim], both)

        before = [("ǀboat",), ("ǀboat",), ("ǀhous",)]
        assert forms() == before
        tell("de")
        assert forms() == [(None,)] * 3
        tell("en")
        assert forms() == before
        assert all(not report.problems for report in verify(archive, mend=False))


@pytest.mark.parametrize("change", [
    "UPDATE segments SET forms = NULL", "UPDATE clips SET forms = 'wrong'", "UPDATE stories SET forms = 'wrong'",
    "UPDATE clips SET language = 'de'", "UPDATE segments SET text = 'The cables'",
])  # fmt: skip
def test_wrong_forms_are_found_and_mended(change: str, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", TEMPLATE) as archive:
        Rows(archive).clip(["The turtles"], title="Turtles", story="The turtles")
        with sqlite3.connect(archive.database_path) as other:
            other.execute(change)
        other.close()
        assert {problem for report in verify(archive, mend=False) for problem in report.problems} == {Problem.SPELLINGS}
        assert all(report.is_sound for report in verify(archive))
        assert all(not report.problems for report in verify(archive, mend=False))


STOCK = [
    ("NATO", "N.A.T.O."), ("CEO", "C.E.O."), ("H1", "H-1"), ("H-1", "H1"), ("B52", "B-52"), ("didnt", "didn't"),
    ("OBrien", "O'Brien"), ("healthcare", "health care"), ("U.S.", "US"), ("U.S.", "USA"), ("Αθηνα", "Αθήνα"),
    ("Еще", "Ещё"), ("كتاب", "كِتَاب"), ("שלום", "שָׁלוֹם"), ("Muenchen", "München"), ("Oosaka", "Ōsaka"),
    ("whaanau", "whānau"), ("H 1", "H-1"), ("7:55 am", "7:55 a.m."),
]  # fmt: skip
"""What a stock search box is asked for, and what it finds by the index alone."""


@pytest.mark.parametrize(("query", "way"), [pair for pair in STOCK if " " not in pair[0]])
def test_sqlite_alone_finds_what_the_index_holds(query: str, way: str, folder: Path) -> None:
    with sqlite3.connect(folder / "archive.db") as db:
        sql = "SELECT text FROM segments_fts WHERE segments_fts MATCH ?"
        assert (sentence(way),) in db.execute(sql, [f'"{query}"']).fetchall()
        assert ("They told us",) not in db.execute(sql, ['"U.S."']).fetchall()


def test_a_stock_datasette_finds_what_the_index_holds(folder: Path) -> None:
    from datasette.app import Datasette

    async def ask() -> dict[str, set[str]]:
        ours = {"plugins": {"radio-archive": {"private": True, "tables": True}}}
        site = Datasette([str(folder / "archive.db")], metadata=ours)
        found = {}
        for query, _ in STOCK:
            asked = {"_search": query, "_shape": "array", "_size": "100"}
            answer = await site.client.get("/archive/segments.json", params=asked)
            found[query] = {row["text"] for row in answer.json()}
        return found

    found = asyncio.run(ask())
    for query, way in STOCK:
        assert sentence(way) in found[query], query


@pytest.mark.parametrize("query", ["NATO", "Muenchen", "healthcare"])
def test_sqlite_utils_finds_what_the_index_holds(query: str, folder: Path) -> None:
    command = [sys.executable, "-m", "sqlite_utils", "search", str(folder / "archive.db"), "segments", query, "--quote"]
    done = subprocess.run([*command, "-c", "text"], capture_output=True, encoding="utf-8", check=True)
    texts = {row["text"] for row in json.loads(done.stdout)}
    assert {sentence(way) for asked, way in STOCK if asked == query} <= texts


def test_stems_are_no_words_of_the_vocabulary(folder: Path) -> None:
    with sqlite3.connect(folder / "archive.db") as db:
        found: Iterable[tuple[int]] = db.execute("SELECT 1 FROM segments_fts WHERE segments_fts MATCH 'communiti'")
        assert list(found) == []
