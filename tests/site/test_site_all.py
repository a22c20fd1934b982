"""The lists of all clips by year: every public clip is in one of them, and no hidden one."""

import html
import re
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pytest
from support.visitor import Visitor, links
from untidy_archive import HIDDEN

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.filters import Filters
from radio_archive.archive.names import addresses
from radio_archive.site import lists


@pytest.fixture(scope="module")
def visitor(untidy_archive: Path) -> Visitor:
    return Visitor(untidy_archive)


@pytest.fixture(scope="module")
def public(untidy_archive: Path) -> dict[str, str]:
    """The addresses of all public clips by their uids."""
    with Archive(untidy_archive, read_only=True) as archive:
        found = read.clips(archive, Filters(public=True), parts=read.Part.ADDRESS)
        return {clip.uid: clip.address for clip in found}


def test_every_public_clip_is_found_by_following_links(
    visitor: Visitor, public: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ALL_PER_PAGE", 7)
    assert 'href="/all"' in visitor.get("/").text
    waiting, listed = ["/all"], list[str]()
    for path in waiting:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        main = html.unescape(answer.text.partition("<main")[2].partition("</main>")[0])
        shown = re.findall(r'<h3><a href="/([^"]*)"', main)
        assert len(shown) <= 7
        listed += shown
        waiting += [link for link in links(main) if link.startswith("/all/") and link not in waiting]
    assert sorted(listed) == sorted(map(quote, public.values()))
    assert any("after=" in path for path in waiting)


def test_programs_get_the_same_list(visitor: Visitor, public: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "ALL_PER_PAGE", 7)
    years = visitor.get("/all.json").json()["years"]
    found = []
    for year in years:
        following, number = year["url"].replace("http://localhost", "") + ".json", 0
        while following:
            data = visitor.get(following).json()
            assert data["year"] == year["year"]
            dates = [entry["date"] for entry in data["entries"]]
            assert dates == sorted(dates, key=str)
            found += [entry["clip"] for entry in data["entries"]]
            number += len(dates)
            following = (data["next"] or "").replace("http://localhost", "")
        assert number == year["clips"]
    assert sorted(found) == sorted(public)
    assert years[-1]["year"] is None


def test_a_page_leads_back_to_the_one_before(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "ALL_PER_PAGE", 3)
    seen = ["/all/undated"]
    while following := re.search(r'rel="next" href="([^"]*)"', visitor.get(seen[-1]).text):
        seen.append(html.unescape(following[1]))
    assert len(seen) > 4
    back = [re.findall(r'rel="prev" href="([^"]*)"', visitor.get(path).text) for path in seen]
    assert back == [[], *([path] for path in seen[:-1])]


def test_a_name_that_all_clips_share_finds_none_by_itself(visitor: Visitor, untidy_archive: Path) -> None:
    """The station is called Reef Radio. Where few clips have all words, those with some of them follow."""
    said = "SELECT 1 FROM segments WHERE segments.clip_id = clips.id AND text LIKE '%coral%'"
    sql = f"""SELECT uid, substr(air_date, 1, 4) FROM clips
        WHERE {visibility.PUBLIC} AND (title LIKE '%coral%' OR EXISTS ({said}))"""
    with Archive(untidy_archive, read_only=True) as archive:
        coral = dict(archive.db.execute(sql, visibility.clock(archive)).fetchall())
        assert len(coral) < read.count(archive, Filters(public=True)) / 2
    years = Counter(coral.values())
    some = next(year for year, clips in years.items() if year and 1 < clips < 10)
    for narrowed, having in (("", {*coral}), (f"&year={some}", {uid for uid, year in coral.items() if year == some})):
        first = visitor.get(f"/search.json?q=coral+reef{narrowed}").json()
        ways = [f"/search.json?q=coral+reef{narrowed}&page={page}" for page in range(1, first["pages"] + 1)]
        found = [clip["clip"] for way in ways for clip in visitor.get(way).json()["clips"]]
        assert (first["total"], sorted(found)) == (len(having), sorted(having))
        assert f"{len(having):,} clips" in visitor.get(f"/search?q=coral+reef{narrowed}&count=1").text
        feeds = "".join(visitor.get(way.replace("json", "rss")).text for way in ways)
        assert sorted(re.findall(r"<guid[^>]*>([^<]*)<", feeds)) == sorted(having)


@pytest.mark.parametrize("after", ["nothing", "'", "%00", "x" * 4_000])
def test_what_is_not_there_is_not_found(visitor: Visitor, after: str) -> None:
    assert visitor.get(f"/all/undated?after={after}").status_code == 404


def test_hidden_clips_are_in_no_list_and_open_none(visitor: Visitor, untidy_archive: Path) -> None:
    with Archive(untidy_archive, read_only=True) as archive:
        rows = archive.db.execute(
            "SELECT uid, substr(air_date, 1, 4) FROM clips WHERE visibility = 'private' AND air_date IS NOT NULL"
        ).fetchall()
    assert rows
    for uid, year in rows:
        page = visitor.get(f"/all/{year}")
        assert HIDDEN not in page.text
        assert visitor.get(f"/all/{year}?after={uid}").status_code == 404
    for path in ("/all/0000", "/all/1871", "/all/19", "/all/year"):
        assert visitor.get(path).status_code == 404, path


def test_a_show_called_all_has_another_address(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE shows SET name = 'All' WHERE name = 'Reef Notes'")
        archive.db.execute("UPDATE aliases SET name = 'All', folded = 'all' WHERE folded = 'reef notes'")
    visitor = Visitor(own_archive)
    clip = next(entry for entry in visitor.entries() if entry.show == "All")
    assert (addresses.show_slug("All"), clip.address.partition("/")[0]) == ("all-show", "all-show")
    assert visitor.get("/all-show").status_code == visitor.get(f"/{clip.address}").status_code == 200
    moved = visitor.get(f"/{clip.address.replace('all-show', 'all')}")
    assert (moved.status_code, moved.headers["location"]) == (301, f"/{clip.address}")


def test_more_clips_of_a_day_than_are_compared_have_addresses_of_their_own() -> None:
    import json

    rivals = json.dumps([f"Clip {number}" for number in range(addresses.RIVALS)])
    found = {addresses.address(uid, "The tide", "1998", None, rivals) for uid in ("k3x9", "m7y2")}
    assert found == {"clips/1998/the-tide-k3x9", "clips/1998/the-tide-m7y2"}


def test_a_search_offers_the_latest_years(visitor: Visitor) -> None:
    years = sorted(visitor.get("/search.json?q=the").json()["facets"]["year"])
    assert len(years) > lists.VALUES
    narrower = re.findall(r"year=(\d{4})\"", visitor.get("/search?q=the&count=all").text)
    assert narrower == years[-lists.VALUES :]
