"""A static site of an untidy archive: a page for every public clip, and no link to what is not there."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from support.static_search import need_node, searching
from untidy_archive import HIDDEN, build

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import PublishError
from radio_archive.publish import static
from radio_archive.publish.links import StaticLinks
from radio_archive.search.search import search

CLIPS = 300
"""Every occasion of `benchmarks/untidy_archive.py` comes, and most come together; to publish 2,000 takes minutes."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untidy-few") / "archive"
    build(folder, CLIPS)
    return folder


@pytest.fixture(scope="module")
def site(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untidy-site") / "site"
    with Archive(archive, read_only=True) as opened:
        made = static.publish(opened, folder, SiteOptions())
    assert made.dead == ()
    return folder


@pytest.fixture(scope="module")
def uids(archive: Path) -> set[str]:
    with Archive(archive, read_only=True) as opened:
        return {clip.uid for clip in read.clips(opened, Filters(public=True))}


def test_every_public_clip_has_a_page(site: Path, uids: set[str]) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("index.html")]
    assert sorted(uid for page in pages for uid in re.findall(r'<article data-clip="([^"]*)"', page)) == sorted(uids)


def test_the_search_knows_every_clip_and_links_to_its_page(site: Path, uids: set[str]) -> None:
    entries = [entry for path in (site / "search").rglob("c/*.js") for entry in passed(path)]
    assert len(entries) == len(uids)
    for page, title, *_ in entries:
        assert f">{title}</h1>" in unescape((site / page).read_text(encoding="utf-8")), page


def passed(script: Path) -> list[list[str]]:
    """Return what a script of the index passes to `assets/index.js`."""
    return list(json.loads(script.read_text(encoding="utf-8").partition("(")[2].removesuffix(");\n")))


def test_every_link_leads_to_a_file(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r'\s(?:href|src|action)="([^"#]+)"', text):
            address = unescape(link).partition("#")[0].partition("?")[0]
            if not re.match(r"https?:|mailto:", address):
                assert (page.parent / unquote(address)).is_file(), f"{link} on {page}"


def test_the_lists_of_all_clips_lead_to_every_page(site: Path, uids: set[str]) -> None:
    listed = set()
    for page in (site / "all").rglob("index.html"):
        for link in re.findall(r'<h3><a href="([^"]*)"', page.read_text(encoding="utf-8")):
            listed.add((page.parent / unquote(unescape(link))).resolve())
    assert len(listed) == len(uids)


NUMBERS_AND_NEIGHBOURS = [
    "12,000 nests year:2012-2014", "12000 nests since:2016", "twelve thousand nests since:2016", "½", "½ off",
    '"3,500 dollars" since:2016', "thirty-five hundred volunteers since:2016", "1990 dollars year:2012-2014",
    "12 volunteers year:2008", "volunteers NEAR/3 12,000",
    'volunteers NEAR/3 "12,000 nests"', "12 NEAR/1 volunteers since:2016", "ferry NEAR/0 near",
    "three thousand five hundred volunteers since:2016", "thirty five hundred dollars year:2012-2014",
    "nineteen ninety dollars since:2019", "volunteers since:2018 -(three thousand five hundred)",
    '"three thousand five hundred dollars" since:2016', "2 divers Llandudno year:2016-2018",
    "divers NEAR ferry since:2012", '"two divers" NEAR/3 Llandudno since:2016', "two NEAR/2 divers year:2012-2014",
]  # fmt: skip


def test_numbers_and_neighbours_are_found_as_on_a_server(site: Path, archive: Path) -> None:
    need_node()
    with Archive(archive, read_only=True) as opened, searching(site) as ask:
        links = StaticLinks({}, {})
        pages = {
            links.file(f"/{clip.address}"): clip.uid
            for clip in read.clips(opened, Filters(public=True), parts=read.Part.ADDRESS)
        }
        for query in NUMBERS_AND_NEIGHBOURS:
            answer = ask(query)
            here = {pages[page] for page, lack in zip(answer.pages, answer.missing, strict=True) if not lack}
            there = {hit.clip.uid for hit in search(opened, query, Filters(public=True), match="all", limit=40).clips}
            assert len(there) <= 20, f"{query}: more than Node tells of"
            assert here == there, query
            assert there, f"{query}: nothing to compare"


def test_nothing_hidden_is_in_any_file(site: Path) -> None:
    for path in site.rglob("*"):
        assert HIDDEN.lower() not in path.name.lower()
        assert path.is_dir() or HIDDEN.encode() not in path.read_bytes(), path


def test_a_clip_without_a_page_stops_the_publication(own_archive: Path, tmp_path: Path) -> None:
    with Archive(own_archive) as archive:
        archive.db.execute("DELETE FROM clip_recordings WHERE clip_id = 14")
        with pytest.raises(PublishError, match=r"the page /.* cannot be made \(404\)"):
            static.publish(archive, tmp_path / "site", SiteOptions())
    assert not (tmp_path / "site").exists()
