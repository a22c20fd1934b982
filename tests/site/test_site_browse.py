"""The pages to browse by: years, the calendar, subjects, collections, and words over the years."""

import html
import re
import shutil
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from support.furnish import UNHEARD, Furnished, furnish
from support.program import ok, run
from support.visitor import Visitor, links

CABLE = "/pacific-report/2024-10-22/an-undersea-cable-from-fiji-to-hawaii"


@pytest.fixture(scope="module")
def furnished(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """An archive with hidden clips, which are in a collection that is public, and in one that is not."""
    folder = tmp_path_factory.mktemp("browse") / "archive"
    made = furnish(Path(shutil.copytree(demo_archive, folder, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))))
    cable, reef = uid_of(made, "An undersea cable"), uid_of(made, "Counting coral reefs")
    ok("collection", "add", "Best of 2024", reef, *made.hidden_uids, cable, "--note", "What we liked.", "-a", folder)
    ok("collection", "publish", "best of 2024", "-a", folder)
    ok("collection", "add", f"{UNHEARD} ones", *made.hidden_uids, "-a", folder)
    ok("collection", "publish", f"{UNHEARD} ones", "-a", folder)
    ok("collection", "add", "Not for all", cable, "-a", folder)
    ok("tag", cable, "subject=Sea floor", "subject=cable OR reef", "-a", folder)
    ok("tag", reef, "subject=sea floor", "-a", folder)
    return made


def uid_of(furnished: Furnished, title: str) -> str:
    return Visitor(furnished.folder).entry(title).uid


@pytest.fixture(scope="module")
def visitor(furnished: Furnished) -> Visitor:
    return Visitor(furnished.folder)


def test_a_public_collection_has_a_page_and_a_feed_in_its_order(visitor: Visitor) -> None:
    here = "/collections/best-of-2024"
    assert f'href="{here}"' in visitor.home()
    assert f'href="{here}"' in visitor.get("/browse").text
    page = visitor.get(here).text
    assert '<h1 dir="auto">Best of 2024</h1>' in page
    assert "What we liked." in page
    data = visitor.get(f"{here}.json").json()
    assert data["clips"] == 2
    assert [clip["title"] for clip in data["entries"]] == [
        "Counting coral reefs off Molokaʻi", "An undersea cable from Fiji to Hawaiʻi",
    ]  # fmt: skip
    for form in ("rss", "atom"):
        feed = visitor.get(f"{here}.{form}").text
        assert feed.index("counting-coral-reefs") < feed.index(CABLE)


def test_no_list_tells_of_what_is_hidden(visitor: Visitor) -> None:
    places = ["/", "/browse", "/browse.json", "/on", "/on.json", "/index.json", f"/subjects/{UNHEARD.lower()}"]
    places += [f"/collections/best-of-2024{form}" for form in ("", ".json", ".rss", ".atom")]
    places += ["/on/11-05", "/on/11-05.json", "/trends.json?q=xylographer", "/concordance.json?q=xylographer"]
    for place in places:
        said = visitor.get(place).text
        assert UNHEARD.lower() not in said.lower().replace('"query": "xylographer"', "").replace(
            '"term": "xylographer"', ""
        ), place
        assert "Not for all" not in said, place
    assert "11-05" not in visitor.get("/on.json").json()["days"]
    assert {one["clips"] for one in visitor.get("/trends.json?q=xylographer").json()["counts"]} == {0}
    for closed in (f"{UNHEARD.lower()}-ones", "not-for-all", "nothing"):
        assert visitor.get(f"/collections/{closed}").status_code == 404
    private = Visitor(visitor.folder, private=True)
    assert private.get(f"/collections/{UNHEARD.lower()}-ones").status_code == 200


def test_a_collection_can_be_taken_off_the_site(own_archive: Path) -> None:
    uid = Visitor(own_archive).entries()[0].uid
    ok("collection", "add", "Picks", uid, "-a", own_archive)
    assert Visitor(own_archive).get("/collections/picks").status_code == 404
    ok("collection", "publish", "Picks", "-a", own_archive)
    assert "yes" in ok("collection", "list", "-a", own_archive).out
    assert Visitor(own_archive).get("/collections/picks").status_code == 200
    ok("collection", "publish", "picks", "--undo", "-a", own_archive)
    assert Visitor(own_archive).get("/collections/picks").status_code == 404
    refused = run("collection", "publish", "Picksy", "-a", own_archive)
    assert (refused.code, "no collection is called 'Picksy'" in refused.err) == (1, True)


def test_what_is_published_has_its_public_collections_alone(furnished: Furnished, tmp_path: Path) -> None:
    site = tmp_path / "site"
    ok("publish", "static", site, "-a", furnished.folder)
    page = (site / "collections" / "best-of-2024" / "index.html").read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert [path.name for path in (site / "collections").iterdir() if path.is_dir()] == ["best-of-2024"]
    # A link to what needs a server would lead nowhere.
    assert "trends" not in (site / "browse" / "index.html").read_text(encoding="utf-8")
    assert (site / "on" / "10-22" / "index.html").is_file()
    assert (site / "subjects" / "sea-floor" / "index.html").is_file()


def test_a_subject_has_a_page(visitor: Visitor) -> None:
    page = visitor.get("/subjects/sea-floor").text
    assert page.count("<article") == 2
    assert 'href="/search?q=' in page
    assert "/subjects/sea-floor" in visitor.get("/browse").text
    assert visitor.get("/subjects/Sea%20Floor").headers["location"] == "/subjects/sea-floor"
    assert visitor.get("/subjects/sea-floor.rss").text.count("<item>") == 2
    assert visitor.get("/subjects/nothing").status_code == 404


def test_a_day_of_the_calendar_has_what_aired_on_it_in_any_year(visitor: Visitor) -> None:
    page = visitor.get("/on/10-22").text
    assert '<h1 dir="auto">22 October</h1>' in page
    assert f'href="{CABLE}"' in page
    assert 'rel="next" href="/on/11-19"' in page
    assert 'aria-label="22 October, 1 clip">22</a>' in visitor.get("/on").text
    assert "Nothing in the archive aired on this day." in visitor.get("/on/02-29").text
    for wrong in ("02-30", "13-01", "00-00", "1-022"):
        assert visitor.get(f"/on/{wrong}").status_code == 404


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_home_page_shows_what_aired_on_this_day_at_the_station(own_archive: Path, zone: str) -> None:
    """Between these zones there is always a midnight."""
    settings = own_archive / "radio-archive.toml"
    settings.write_text(f'[station]\ntimezone = "{zone}"\n', encoding="utf-8")
    titles = {"Pacific/Kiritimati": "Ahead", "Etc/GMT+12": "Behind"}
    import sqlite3

    with sqlite3.connect(own_archive / "archive.db") as db:
        for key, (name, title) in enumerate(titles.items(), 4):
            there = datetime.now(ZoneInfo(name))
            db.execute("UPDATE clips SET title = ?, air_date = ? WHERE id = ?", [title, f"1998-{there:%m-%d}", key])
    page = Visitor(own_archive).get("/").text.partition('id="on-this-day"')[2].partition("</section>")[0]
    assert f">{titles[zone]}</a>" in page
    assert f">{next(title for name, title in titles.items() if name != zone)}</a>" not in page


def test_words_are_counted_by_year_and_each_number_leads_to_its_passages(visitor: Visitor) -> None:
    page = visitor.get('/trends?q=cable,"coral reefs"').text
    table = page.partition('<table class="counts">')[2]
    assert re.findall(r'<th scope="row">(\d+)</th>', table) == ["2025", "2024"]
    assert page.count("<circle") == 4
    leads = [html.unescape(link) for link in links(table.partition("</table>")[0])]
    assert [parse_qs(urlsplit(link).query) for link in leads] == [
        {"q": ['"coral reefs"'], "year": ["2025"]}, {"q": ["cable"], "year": ["2024"]},
    ]  # fmt: skip
    for lead in leads:
        assert visitor.get(lead.replace("/search?", "/search.json?")).json()["total"] == 1
    counts = {(one["term"], one["year"]): one["clips"] for one in visitor.get("/trends.json?q=cable").json()["counts"]}
    assert counts == {("cable", "2024"): 1, ("cable", "2025"): 0}


def test_every_sentence_with_a_word_leads_to_its_moment(visitor: Visitor) -> None:
    page = visitor.get("/concordance?q=undersea").text.partition('<ol class="lines">')[2]
    leads = [html.unescape(link) for link in links(page) if "#t=" in link]
    assert len(leads) > 2
    assert all(lead.startswith(f"{CABLE}?q=undersea#t=") for lead in leads)
    assert page.count("<mark>undersea</mark>") == len(leads)
    assert "Nobody says that" in visitor.get("/concordance?q=undersea&year=2025").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/trends?q=a,b,c,d,e,f", "these are 6 words"), ("/trends?q=,,", "there is no word to count"),
        ("/trends?q=" + "x" * 501, "longer than 500"), ("/concordance?q=" + "x" * 501, "longer than 500"),
        ("/concordance?q=%22", "has no word"), ("/trends?q=-cable", "only excludes words"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_said(visitor: Visitor, path: str, said: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, said in answer.text) == (400, True)


def test_texts_cannot_bring_markup(visitor: Visitor) -> None:
    script = "%3Cscript%3Ewindow.fired%3C/script%3E"
    for path in ("/trends?q=", "/concordance?q=", "/concordance?year=2025&q="):
        assert "<script>window" not in visitor.get(path + script).text
    assert "<script>window" not in visitor.get("/browse").text
