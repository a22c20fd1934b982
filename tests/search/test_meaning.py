"""Clips that are close in meaning: to the words of a query, below what has the words, and to another clip."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.search_rows import Rows
from support.topics import Topics

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import EVERYTHING, Filters
from radio_archive.archive.index import embeddings
from radio_archive.config.settings import TEMPLATE
from radio_archive.search import meaning
from radio_archive.search.results import ClipHit, Where
from radio_archive.search.search import search
from radio_archive.text.query import parse

INTRO = ["Good morning.", "This is the news.", "Here is more."]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Clips of three topics, with vectors; one is private and one has none."""
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        rows = Rows(archive)
        rows.clip([*INTRO, "Coral is bleaching.", "Polyps die."], title="White", show="Reef Notes", date="2024-05-01")
        rows.clip(["The reef lives.", "Coral grows."], title="Green", show="Reef Notes", date="2025-05-01")
        rows.clip(
            ["Welcome back.", "We begin at noon.", "Stay with us.", "Soldiers of the battalion met."],
            title="Reunion",
            show="Harbor Watch",
            date="2024-06-01",
        )
        rows.clip(["Lava."], title="Crater")
        rows.clip(["Polyps and coral."], title="Secret")
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE title = 'Secret'")
        archive.db.conn.commit()
        embeddings.update(archive, Topics())
        rows.clip(["Coral, not prepared yet."], title="New")
        yield archive


def titles(hits: tuple[ClipHit, ...]) -> list[str]:
    return [hit.clip.title for hit in hits]


def close(archive: Archive, query: str, filters: Filters = EVERYTHING) -> list[str]:
    return titles(search(archive, query, filters, meaning=Topics()).close)


def of(archive: Archive, title: str) -> str:
    return str(archive.db.execute("SELECT uid FROM clips WHERE title = ?", [title]).fetchone()[0])


def test_clips_without_the_words_follow_apart_from_those_that_have_them(archive: Archive) -> None:
    found = search(archive, "bleaching", meaning=Topics())
    assert titles(found.clips) == ["White"]
    assert set(titles(found.close)) == {"Green", "Secret"}
    assert search(archive, "bleaching").close == ()


def test_the_closest_passage_is_shown_with_its_time(archive: Archive) -> None:
    (reunion,) = search(archive, "veterans", meaning=Topics()).close
    (passage,) = reunion.passages
    assert (passage.where, passage.position, passage.start, passage.end) == (Where.MEANING, 3, 12.0, 16.0)
    assert passage.text == passage.snippet == "Soldiers of the battalion met."


def test_a_title_counts_and_the_passage_is_what_is_said(archive: Archive) -> None:
    (crater,) = search(archive, "eruption", meaning=Topics()).close
    assert crater.clip.title == "Crater"
    assert [passage.text for passage in crater.passages] == ["Lava."]


def test_what_means_nothing_known_finds_nothing(archive: Archive) -> None:
    assert close(archive, "asdf qwer") == []


def test_filters_and_visibility_hold(archive: Archive) -> None:
    assert set(close(archive, "polyp coral reef", Filters(public=True))) <= {"White", "Green"}
    assert "Secret" not in close(archive, "bleaching", Filters(public=True))
    assert close(archive, "veteran", Filters(show="Reef Notes")) == []
    assert close(archive, "veteran show:harbor") == ["Reunion"]
    assert close(archive, "bleaching since:2025") == ["Green"]
    assert close(archive, "veteran until:2023") == []


@pytest.mark.parametrize(
    "query",
    [
        '"bleaching"',
        "bleaching OR lava",
        "bleaching -lava",
        "title:bleaching",
        "bleach*",
        "a NEAR bleaching",
        "show:reef",
    ],
)
def test_who_asks_for_exact_words_gets_words_alone(archive: Archive, query: str) -> None:
    assert meaning.bare_words(parse(query)) == ""
    assert close(archive, query) == []


def test_bare_words_are_all_words_in_their_order() -> None:
    assert meaning.bare_words(parse("old soldiers' reunion since:2020 show:Harbor")) == "old soldiers' reunion"


def test_only_the_first_page_has_them(archive: Archive) -> None:
    assert search(archive, "bleaching", meaning=Topics(), page=2).close == ()


def test_at_most_a_few_are_shown_and_those_that_have_the_words_take_no_place(archive: Archive) -> None:
    rows = Rows(archive)
    for n in range(12):
        rows.clip(["The reef is white."], title=f"Reef {n}")
    embeddings.update(archive, Topics())
    found = search(archive, "reef", limit=10, meaning=Topics())
    assert len(found.clips) == 10
    assert len(found.close) == meaning.MOST
    assert not {hit.clip.uid for hit in found.clips} & {hit.clip.uid for hit in found.close}


def test_vectors_in_many_blocks_are_the_same_vectors(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    once = [close(archive, query) for query in ("veterans", "bleaching", "eruption")]
    related = meaning.like(archive, of(archive, "White"), "topics")
    monkeypatch.setattr(meaning, "BLOCK", 7)
    assert [close(archive, query) for query in ("veterans", "bleaching", "eruption")] == once != [[], [], []]
    assert meaning.like(archive, of(archive, "White"), "topics") == related != ()


def test_a_clip_finds_clips_about_the_same(archive: Archive) -> None:
    white = of(archive, "White")
    assert set(titles(meaning.like(archive, white, "topics"))) == {"Green", "Secret"}
    assert titles(meaning.like(archive, white, "topics", Filters(public=True))) == ["Green"]
    assert titles(meaning.like(archive, white, "topics", Filters(since="2026-01-01"))) == []
    pages = [meaning.like(archive, white, "topics", limit=1, page=page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [1, 1, 0]
    assert meaning.like(archive, of(archive, "Reunion"), "topics") == ()


def test_a_clip_without_vectors_is_not_prepared(archive: Archive) -> None:
    assert meaning.is_prepared(archive, of(archive, "White"), "topics")
    for uid, model in ((of(archive, "New"), "topics"), (of(archive, "White"), "another")):
        assert not meaning.is_prepared(archive, uid, model)
        assert meaning.like(archive, uid, model) == ()


def test_what_another_program_stored_does_no_harm(archive: Archive) -> None:
    white, green = (of(archive, title) for title in ("White", "Green"))
    for content in (b"", b"x", bytes(1_000)):
        archive.db.execute("UPDATE embeddings SET whole = :c, vectors = :c WHERE clip_id = 2", {"c": content})
        archive.db.conn.commit()
        assert titles(search(archive, "bleaching", meaning=Topics()).close) == ["Secret"]
        assert titles(meaning.like(archive, white, "topics")) == ["Secret"]
        assert meaning.like(archive, green, "topics") == ()


def test_an_archive_without_vectors_finds_nothing_and_asks_for_none(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "empty", TEMPLATE) as empty:
        topics = Topics()
        assert search(empty, "bleaching", meaning=topics).close == ()
        assert topics.asked == []
        assert meaning.Wholes.of(empty, "topics").nearest(1, 5) == []
