"""Facets follow their clips, filters lose nothing, and no ordinary query finds them."""

import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.program import run
from support.search_rows import Rows
from support.spoken_archive import say_again

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.archive.filters import Filters
from radio_archive.archive.index import facets
from radio_archive.archive.index.check import Problem, verify
from radio_archive.archive.names import roster
from radio_archive.archive.public.copy import copy_published
from radio_archive.config.settings import TEMPLATE
from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.search.search import search
from radio_archive.search.vocabulary import Vocabulary


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as made:
        rows = Rows(made)
        rows.clip(["A whale", "Another whale"], show="Reef Notes", reporter="Ana Kealoha", date="2024-02-29")
        rows.clip(["A whale again"], show="Harbor Watch", reporter="Bo Diaz", date="2024-03-01")
        rows.clip(["Whales without a date"], show="Harbor Watch")
        yield made


def told(archive: Archive) -> list[str | None]:
    return [row[0] for row in archive.db.execute("SELECT facets FROM segments ORDER BY id")]


def resolved(**values: str) -> dict[Field, Resolved]:
    made = {Field(name): value for name, value in values.items()}
    return {field: Resolved(field, value, Claim(field, value, Source.HUMAN, "a test")) for field, value in made.items()}


def merge(archive: Archive, kind: str, one: str, into: str) -> None:
    roster.merge(archive, kind, roster.find(archive, kind, one), roster.find(archive, kind, into))


def retag(archive: Archive) -> None:
    with archive.writing():
        claims.apply(archive.db, 1, resolved(title="Whales", show="Harbor Watch", date="2023-01-02", host="Bo Diaz"))


def by_hand(archive: Archive) -> None:
    with sqlite3.connect(archive.database_path) as other:
        other.execute("UPDATE clips SET air_date = '2020-05' WHERE id = 2")
        other.execute("INSERT INTO credits (clip_id, person_id, role) VALUES (2, 1, 'reporter')")
        other.execute("UPDATE credits SET role = 'guest' WHERE clip_id = 1")
    other.close()


def transcribe_again(archive: Archive) -> None:
    say_again(archive, archive.db.execute("SELECT uid FROM clips WHERE id = 1").fetchone()[0], "A dolphin")


CHANGES: dict[str, tuple[Callable[[Archive], object], list[str]]] = {
    "merged shows": (
        lambda archive: merge(archive, "show", "Harbor Watch", "Reef Notes"),
        ["ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow1 ǀy2024 ǀm202403 ǀr2", "ǀshow1"],
    ),
    "merged people": (
        lambda archive: merge(archive, "person", "Bo Diaz", "Ana Kealoha"),
        ["ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow2 ǀy2024 ǀm202403 ǀr1", "ǀshow2"],
    ),
    "told otherwise": (
        retag,
        ["ǀshow2 ǀy2023 ǀm202301", "ǀshow2 ǀy2023 ǀm202301", "ǀshow2 ǀy2024 ǀm202403 ǀr2", "ǀshow2"],
    ),
    "by hand": (
        by_hand,
        ["ǀshow1 ǀy2024 ǀm202402", "ǀshow1 ǀy2024 ǀm202402", "ǀshow2 ǀodd ǀr1 ǀr2", "ǀshow2"],
    ),
    "transcribed again": (
        transcribe_again,
        ["ǀshow2 ǀy2024 ǀm202403 ǀr2", "ǀshow2", "ǀshow1 ǀy2024 ǀm202402 ǀr1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_facets_follow_the_clip(name: str, archive: Archive) -> None:
    change, after = CHANGES[name]
    before = told(archive)
    assert before == [
        "ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow2 ǀy2024 ǀm202403 ǀr2", "ǀshow2",
    ]  # fmt: skip
    change(archive)
    assert told(archive) == after
    assert all(not verdict.problems for verdict in verify(archive, mend=False))
    if name.startswith("merged"):
        roster.undo(archive, "show" if "show" in name else "person")
        assert told(archive) == before


def test_a_credit_that_stays_rewrites_nothing(archive: Archive) -> None:
    changes = archive.db.conn.total_changes
    with archive.writing():
        claims.credit(archive.db, 1, resolved(reporter="Ana Kealoha"))
    assert archive.db.conn.total_changes - changes <= 1
    assert told(archive)[0] == "ǀshow1 ǀy2024 ǀm202402 ǀr1"


@pytest.mark.parametrize("cap", [1, 20_000])
def test_filters_lose_nothing_and_let_nothing_through(cap: int, tmp_path: Path) -> None:
    choose = random.Random(3)
    days = ["2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01", "2024", "2024-03", None]
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        rows = Rows(archive)
        for day in (*days, *choose.choices(days, k=9)):
            rows.clip(["A whale"], show=choose.choice(["One", "Two"]), reporter=choose.choice(["Ana", "Bo"]), date=day)
        ends = [None, "2023-12-31", "2024-01-01", "2024-02-15", "2024-02-29", "2024-03-31", "2024-12-31", "9999-12-31"]
        for since, until in itertools.product(ends, ends):
            filters = Filters(choose.choice([None, "One"]), choose.choice([None, "Ana"]), since, until)
            wanted = {
                row[0]
                for row in archive.db.execute(
                    """SELECT clip FROM clip_list WHERE (:show IS NULL OR show = :show)
                       AND (:since IS NULL OR date >= :since) AND (:until IS NULL OR date <= :until)
                       AND (:reporter IS NULL OR reporter = :reporter)""",
                    {
                        "show": filters.show,
                        "reporter": filters.reporter,
                        # A clip of which only the year or month is known aired since its first day.
                        "since": since and since.removesuffix("-01").removesuffix("-01"),
                        "until": until,
                    },
                )
            }
            found = search(archive, "whale", filters, limit=50, count=True, cap=cap)
            assert {hit.clip.uid for hit in found.clips} == wanted, filters
            assert (found.total, found.passages) == (len(wanted), len(wanted)), filters


def test_filters_change_no_order(archive: Archive) -> None:
    Rows(archive).clip(["Whale whale whale, and nothing but a whale"], show="Harbor Watch", date="2024-03-02")
    everything = [hit.clip.uid for hit in search(archive, '"whale"').clips]
    show = [hit.clip.uid for hit in search(archive, '"whale"', Filters(show="Harbor Watch")).clips]
    assert show == [clip for clip in everything if clip in show]
    assert len(show) == 2


def test_no_search_box_finds_facets(archive: Archive) -> None:
    for word in ("show1", "show*", "y2024", "r1", "m202402", "2024", "202402", "odd"):
        rows = archive.db.execute("SELECT rowid FROM segments_fts WHERE segments_fts MATCH ?", [word]).fetchall()
        assert rows == [], word
        assert search(archive, word).clips == (), word
    assert search(archive, "ǀshow1").clips == ()
    vocabulary = Vocabulary(archive)
    assert vocabulary.knows("whale")
    assert not vocabulary.knows("ǀshow1")
    assert search(archive, "shoal1").suggestions == ()


def test_wrong_facets_are_found_and_mended(archive: Archive) -> None:
    with archive.writing():
        archive.db.execute("UPDATE segments SET facets = 'ǀshow9' WHERE id = 1")
    assert search(archive, "said:whale", Filters(show="Reef Notes", until="2024-02-29"), count=True).passages == 1
    (segments, *_) = verify(archive, mend=False)
    assert (segments.problems, segments.misfiled) == ((Problem.FACETS,), 1)
    folder = archive.folder
    assert (
        "segments: 4 rows; 1 clip indexed under the wrong show, date or reporter\n"
        in run("verify", "--no-audio", "--archive", folder).out
    )
    assert verify(archive)[0].mended
    assert search(archive, "said:whale", Filters(show="Reef Notes"), count=True).passages == 2


def test_a_trigger_that_is_gone_is_made_anew(archive: Archive) -> None:
    with archive.writing():
        archive.db.execute("DROP TRIGGER clips_facets")
        archive.db.execute("UPDATE clips SET air_date = '2021-01-01' WHERE id = 1")
    assert verify(archive)[0].problems == (Problem.MISSING, Problem.FACETS)
    assert search(archive, "whale year:2021").clips
    with archive.writing():
        archive.db.execute("UPDATE clips SET air_date = '2022-01-01' WHERE id = 1")
    assert search(archive, "whale year:2022").clips


def test_a_published_copy_has_facets_of_its_own_clips(archive: Archive, tmp_path: Path) -> None:
    with archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE id = 2")
    copy_published(archive, tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(tmp_path / "archive.db")
    (tmp_path / "radio-archive.toml").touch()
    with Archive(tmp_path) as copy:
        assert told(copy) == ["ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow1 ǀy2024 ǀm202402 ǀr1", "ǀshow2"]
        assert facets.misfiled(copy.db) == []
        words = "SELECT count(*) FROM segments_fts WHERE segments_fts MATCH ?"
        assert copy.db.execute(words, ['facets : "ǀr2"']).fetchone() == (0,)
        assert len(search(copy, "whale", Filters(reporter="Ana Kealoha")).clips) == 1
