"""A static site of an untidy archive: a page for every public clip, and no link to what is not there."""

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from untidy_archive import HIDDEN

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import PublishError
from radio_archive.publish import static


@pytest.fixture(scope="module")
def site(untidy_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untidy-site") / "site"
    with Archive(untidy_archive, read_only=True) as archive:
        made = static.publish(archive, folder, SiteOptions())
    assert made.dead == ()
    return folder


@pytest.fixture(scope="module")
def uids(untidy_archive: Path) -> set[str]:
    with Archive(untidy_archive, read_only=True) as archive:
        return {clip.uid for clip in read.clips(archive, Filters(public=True))}


def test_every_public_clip_has_a_page(site: Path, uids: set[str]) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("index.html")]
    assert sorted(uid for page in pages for uid in re.findall(r'<article data-clip="([^"]*)"', page)) == sorted(uids)


def test_the_search_knows_every_clip_and_links_to_its_page(site: Path, uids: set[str]) -> None:
    entries = [entry for path in (site / "search").rglob("c/*.js") for entry in passed(path)[1]]
    assert len(entries) == len(uids)
    for page, title, *_ in entries:
        assert f'<h1 dir="auto">{title}</h1>' in unescape((site / page).read_text(encoding="utf-8")), page


def passed(script: Path) -> list[list[list[str]]]:
    """Return what a script of the index passes to `assets/index.js`."""
    return list(json.loads("[" + script.read_text(encoding="utf-8").partition("(")[2].removesuffix(");\n") + "]"))


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
