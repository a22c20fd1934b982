"""All hits of a search: the same as page by page, read as they are printed, and no text for names alone."""

import tracemalloc
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.bounds import statements
from support.program import ok, run
from support.spoken_archive import say, spoken_archive

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.cli.display import results
from radio_archive.search import search as module
from radio_archive.search.concordance import concordance
from radio_archive.search.results import ClipHit, Match, Sort
from radio_archive.search.search import search, search_every

CLIPS = 40
SENTENCES = 50


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with spoken_archive(tmp_path_factory.mktemp("every") / "a") as made:
        for number in range(CLIPS):
            said = [f"Sentence {place} of the ferry to harbor {number}." for place in range(SENTENCES)]
            show = "Island Morning" if number % 2 else "Reef Notes"
            say(made, *said, title=f"Ferry {number}", show=show, date=f"2024-{number % 12 + 1:02}-03")
        yield made


@pytest.mark.parametrize("query", ["ferry", "harbor 7", "ferry -island", "show:reef", "fery harbour", "ferry cannery"])
@pytest.mark.parametrize("sort", ["relevance", "oldest"])
@pytest.mark.parametrize("match", ["best", "all", "any"])
def test_the_same_clips_as_in_one_list(
    archive: Archive, query: str, sort: Sort, match: Match, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 7)
    for filters in (Filters(), Filters(since="2024-05-01")):
        whole = search(archive, query, filters, sort=sort, match=match, limit=1_000)
        every = search_every(archive, query, filters, sort=sort, match=match)
        assert tuple(every.hits) == whole.clips
        assert every.number == len(whole.clips)
        assert every.partial == sum(bool(hit.missing) for hit in whole.clips)
        assert every.replaced == whole.replaced
        again = search_every(archive, query, filters, sort=sort, match=match)
        assert list(again.uids) == [hit.clip.uid for hit in whole.clips]


def test_names_of_many_clips_cost_no_statement_each(archive: Archive) -> None:
    read = statements(archive.db.conn, lambda: list(search_every(archive, "ferry", match="all").uids))
    assert len(read) < CLIPS / 2
    assert not [text for text in read if "people" in text or "recordings" in text]


def test_mentions_are_not_held_in_memory(archive: Archive) -> None:
    tracemalloc.start()
    try:
        (last,) = deque(concordance(archive, "ferry"), maxlen=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert last.match == "ferry"
    assert peak < 400_000


@pytest.mark.parametrize("form", ["--ids", "--jsonl", "--csv"])
def test_the_command_prints_them_all(archive: Archive, form: str) -> None:
    printed = ok("search", "harbor", "3", "--all", form, "--archive", archive.folder).out
    for hit in search(archive, "harbor 3", match="all" if form == "--ids" else "best", limit=1_000).clips:
        assert hit.clip.uid in printed
    nothing = run("search", "zzzz", "--all", form, "--archive", archive.folder)
    assert nothing.code == 1
    assert "Nothing found." in nothing.err


@pytest.mark.parametrize("query", ["harbor 3", "fery harbour", 'ferry -"clips": -null', "show:reef"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_all_are_printed_as_one_page_of_them_would_be(archive: Archive, query: str, form: tuple[str, ...]) -> None:
    every = ok("search", query, "--all", *form, "--archive", archive.folder)
    page = ok("search", query, "--limit", "1000", *form, "--archive", archive.folder)
    assert (every.out, every.err) == (page.out, page.err)
    assert len(every.out.splitlines()) >= CLIPS / 2


@pytest.mark.parametrize("form", ["", "--json"])
def test_what_is_read_first_is_printed_before_the_last_is_read(
    archive: Archive, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = search_every(archive, "ferry")
    printed: list[str] = []

    def watched() -> Iterator[ClipHit]:
        for hit in whole.hits:
            printed.append(capsys.readouterr().out)
            yield hit

    again = replace(whole, hits=watched())
    results.print_json_of_every("ferry", again) if form else results.print_hits(again.hits)
    assert len(printed) == CLIPS
    assert any("Ferry" in before for before in printed)


def test_csv_has_a_line_for_each_mention_and_one_of_headings(archive: Archive) -> None:
    lines = ok("concordance", "ferry", "--csv", "--archive", archive.folder).out
    assert len(lines.splitlines()) == CLIPS * SENTENCES + 1
