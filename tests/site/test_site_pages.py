"""The site's pages: what stands on them, where they lead, and addresses that outlive a rename."""

import html
import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from datasette.app import Datasette
from support.gapped import GAP, GERMAN, Gapped
from support.program import ok, run
from support.search_rows import Rows
from support.visitor import Visitor, links

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims
from radio_archive.archive.names import addresses, roster
from radio_archive.archive.public import people as public_people
from radio_archive.config.settings import TEMPLATE, SiteOptions
from radio_archive.formats.paragraphs import Paragraph
from radio_archive.models import Claim, Field, Gap, Resolved, Segment, Source, Word
from radio_archive.publish import static
from radio_archive.site import assets, data, markup, people, search, server

CABLE = "/pacific-report/2024-10-22/an-undersea-cable-from-fiji-to-hawaii"


@pytest.fixture(scope="module")
def visitor(demo_archive: Path) -> Visitor:
    return Visitor(demo_archive)


def rename(folder: Path, uid: str, **values: str) -> None:
    """Say by hand what a clip is called."""
    resolved = {}
    for name, value in values.items():
        field = Field(name)
        resolved[field] = Resolved(field, value, Claim(field, value, Source.HUMAN, "test"))
    with Archive(folder) as archive, archive.writing():
        key = archive.db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()[0]
        claims.apply(archive.db, key, resolved)


def test_home_shows_the_latest_clips_and_the_shows(visitor: Visitor) -> None:
    page = visitor.home()
    shown = re.findall(r"<h3><a href=\"([^\"]*)\"", page)
    assert shown == [f"/{entry.address}" for entry in visitor.entries()[:12]]
    shows = re.findall(r">(Harbor Watch|Island Morning|Pacific Report|Reef Notes)</a>", page.partition('id="shows"')[2])
    assert sorted(shows) == ["Harbor Watch", "Island Morning", "Pacific Report", "Reef Notes"]
    assert 'action="/search"' in page


def test_what_was_not_understood_is_between_what_was(gapped: Gapped) -> None:
    visitor = Visitor(gapped.folder)
    page = visitor.get(CABLE).text
    gap = '<p class="gap" lang="en" dir="ltr"><a id="t=32.3" href="#t=32.3"><span class="at">0:32–0:38</span>'
    before, _, after = page.partition(gap)
    assert "2023.</span></p>" in before[-60:]
    assert after.startswith(" somebody speaks; not understood</a></p>")
    (told,) = re.findall('<span class="text" data-times="([^"]*)" lang="de" dir="auto">', after)
    assert told.startswith("3821+")
    assert page.count('lang="de"') == 1
    data = visitor.get(f"{CABLE}.json").json()
    assert data["gaps"] == [{"start": GAP[0], "end": GAP[1]}]
    assert [one["text"] for one in data["segments"] if one["language"] == "de"] == [GERMAN]


def test_an_embedded_passage_marks_it_too(gapped: Gapped) -> None:
    frame = Visitor(gapped.folder).get(f"/embed/{gapped.cable}?start=28&end=39.6").text
    assert f"near Fiji in 2023. [not understood] {GERMAN}</blockquote>" in frame


CARDS = [
    (None, None, "Good morning. This is Pacific Report. I'm Tom Fujimoto."),
    (5.9, None, "On Monday, the government announced"),
    (5.9, 10.1, "On Monday, the government announced an undersea cable from Fiji."),
    (6.7, 7.5, "the government"),
]


@pytest.mark.parametrize(("start", "end", "expected"), CARDS)
def test_a_card_quotes_what_is_heard_and_no_more(
    visitor: Visitor, start: float | None, end: float | None, expected: str
) -> None:
    query = "&".join(f"{name}={value}" for name, value in (("start", start), ("end", end)) if value is not None)
    page = visitor.get(f"/embed/{visitor.entry('undersea cable').uid}?{query}").text
    (quoted,) = re.findall("<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)
    assert html.unescape(quoted).startswith(expected)
    assert end is None or html.unescape(quoted) == expected
    assert "A machine wrote this; no person has checked it." in page
    assert (f'#t={start},{end}"' in page) is (end is not None)


def test_gaps_are_published_too(gapped: Gapped, tmp_path: Path) -> None:
    site = tmp_path / "site"
    ok("publish", "static", site, "-a", gapped.folder)
    page = (site / CABLE.removeprefix("/") / "index.html").read_text(encoding="utf-8")
    assert "somebody speaks; not understood" in page
    assert json.loads((site / f"{CABLE.removeprefix('/')}.json").read_text(encoding="utf-8"))["gaps"]
    assert "[not understood]" in (site / f"{CABLE.removeprefix('/')}.vtt").read_text(encoding="utf-8")


def test_all_links_stay_under_a_prefix(demo_archive: Path) -> None:
    visitor = Visitor(demo_archive)
    settings = {**server.SETTINGS, "base_url": "/radio/"}
    visitor.datasette = Datasette([str(demo_archive / "archive.db")], settings=settings)
    waiting, seen = ["/", "/search?q=the", "/search?q=zzyzx"], set[str]()
    for path in waiting:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        found = links(html.unescape(answer.text)) if "html" in answer.headers["content-type"] else []
        for link in {link.partition("#")[0] for link in found} - {""}:
            if not link.startswith(("http:", "https:", "mailto:")):
                assert link.startswith("/radio/"), f"{link} on {path}"
                waiting += [link.removeprefix("/radio")] if link not in seen and len(waiting) < 60 else []
                seen.add(link)
    assert len(waiting) == 60


def test_a_search_groups_by_clip_and_leads_to_the_moment(visitor: Visitor) -> None:
    page = visitor.get("/search?q=undersea+cable").text
    assert "<mark>undersea</mark> <mark>cable</mark>" in page
    assert page.count(f'<h3 dir="auto"><a href="{CABLE}') == 1
    start = float(re.findall(rf'href="{CABLE}\?q=undersea\+cable#t=([0-9.]+)"', page)[0])
    starts = [round(begun, 1) for _, begun, _ in timed_words(visitor.get(CABLE).text)]
    assert start in starts


def test_hits_tell_the_clip_what_was_searched_for(visitor: Visitor) -> None:
    """So that its page marks the words where it is opened."""
    page = visitor.get("/search?q=%22undersea+cable%22+%26+ships").text
    hits = page.partition('class="hits"')[2].partition("</ol>")[0]
    found = [html.unescape(link) for link in links(hits) if re.search(r"/\d{4}-\d\d-\d\d/", link)]
    assert len(found) > 2
    assert {parse_qs(urlsplit(link).query)["q"][0] for link in found} == {'"undersea cable" & ships'}


def test_a_printed_page_and_a_quote_tell_the_clips_address(visitor: Visitor) -> None:
    page = visitor.get(CABLE).text
    assert f'data-url="http://localhost{CABLE}"' in page
    assert f'<link rel="canonical" href="http://localhost{CABLE}">' in page


def test_a_search_can_be_narrowed_and_says_how_many_there_are(visitor: Visitor) -> None:
    whole = visitor.get("/search.json?q=the").json()
    assert whole["total"] == len(visitor.entries())
    assert whole["facets"]["show"] == {"Pacific Report": 4, "Island Morning": 4, "Reef Notes": 3, "Harbor Watch": 3}
    page = visitor.get("/search?q=the&show=Reef+Notes").text
    assert "3 clips" in page
    assert 'aria-label="Filters that apply"' in page
    narrowed = visitor.get("/search.json?q=the&show=Reef+Notes&year=2025").json()
    assert {clip["show"] for clip in narrowed["clips"]} == {"Reef Notes"}
    assert visitor.get("/search.json?q=the&language=English&show=Reef+Notes").json()["total"] == 3
    assert visitor.get("/search.json?q=the&language=haw").json()["total"] == 0
    spoken = visitor.get("/search?q=the&language=en").text
    assert '<input type="hidden" name="language" value="en">' in spoken
    assert "Remove language: " in spoken
    assert "no host called" in visitor.get("/search?q=the&host=Nobody+Known").text
    dates = [clip["date"] for clip in visitor.get("/search.json?q=the&sort=oldest").json()["clips"]]
    assert dates == sorted(dates)


def test_a_click_on_a_host_or_a_language_narrows_the_search(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    assert 'href="/search?q=the&amp;language=' not in visitor.get("/search?q=the").text
    first, second, third = visitor.entries()[:3]
    ok("tag", first.uid, "host=Leilani Kāne", "language=de", "-a", own_archive)
    ok("tag", second.uid, "host=Leilani Kāne", "-a", own_archive)
    ok("tag", third.uid, "language=haw", "-a", own_archive)
    visitor = Visitor(own_archive)
    facets = visitor.get("/search.json?q=the").json()["facets"]
    assert (facets["host"], facets["language"]) == ({"Leilani Kāne": 2}, {"English": 12, "German": 1, "Hawaiian": 1})
    addresses = [html.unescape(link) for link in links(visitor.get("/search?q=the").text)]
    found = []
    for wanted in ("host=Leilani", "language=German", "language=Hawaiian"):
        (address,) = [link for link in addresses if wanted in link]
        page = visitor.get(address).text
        # The next search keeps it, and it can be taken back.
        assert f'<input type="hidden" name="{wanted.partition("=")[0]}"' in page
        assert 'href="/search?q=the"' in page
        data = visitor.get(address.replace("/search?", "/search.json?")).json()
        found.append({clip["clip"] for clip in data["clips"]})
    assert found == [{first.uid, second.uid}, {first.uid}, {third.uid}]
    assert visitor.get("/search?q=the&language=Klingonese").status_code == 400


def test_a_field_that_does_not_exist_is_said_to_be_unknown(visitor: Visitor) -> None:
    page = visitor.get('/search?q=cable+OR+speakr:"<b>x"').text
    assert "undersea" in page
    found = visitor.get("/search?q=cable+OR+speakr:<b>x").text
    assert "There is no field speakr: (did you mean speaker:?). speakr:&lt;b&gt;x was searched for as text." in found
    assert visitor.get("/search.json?q=cable+OR+speakr:x").json()["hints"]
    assert visitor.get("/search.json?q=cable+12:30").json()["hints"] == []


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, "What can be asked"),
        ("", 200, "<code>heard:seed</code>"),
        ("q=zzzzqqq", 200, "Nothing was found for"),
        ("q=%22", 400, "word"),
        ("q=the&show=Nothing+like+it", 400, "no show called"),
        ("q=" + "x" * 9_000, 400, "long"),
        ("q=the&page=99999999999", 200, "14 clips"),
        ("q=the&year=20%2525&sort=sideways", 200, "14 clips"),
    ],
)
def test_a_search_that_finds_nothing_says_why(visitor: Visitor, query: str, status: int, said: str) -> None:
    answer = visitor.get(f"/search?{query}")
    assert answer.status_code == status
    assert said in answer.text


def test_a_replaced_word_is_said_and_can_be_asked_for_as_it_is(visitor: Visitor) -> None:
    page = visitor.get("/search?q=goverment+%22undersea++cable%22&sort=relevance").text
    assert "No clip has <q>goverment</q>. What was found has <strong>government</strong> instead." in page
    assert "<mark>government</mark>" in page
    (link,) = [address for address in links(page) if "%22goverment%22" in address]
    undone = visitor.get(html.unescape(link)).text
    assert "Nothing was found for" in undone
    assert "<strong>government</strong>" not in undone
    data = visitor.get("/search.json?q=goverment+cable").json()
    assert data["replaced"] == [{"typed": "goverment", "by": ["government"]}]
    assert data["clips"][0]["missing"] == []


def test_a_replaced_word_cannot_bring_markup(visitor: Visitor) -> None:
    page = visitor.get("/search?q=cabel%3Cb%3E+goverment+%3Cb%3Ecabel").text
    assert "<b>" not in page


def test_clips_with_some_of_the_words_follow_apart(visitor: Visitor) -> None:
    page = visitor.get("/search?q=government+announced+undersea+cable+zebras").text
    assert "No clip has all of these words. These have some." in page
    assert "without <s>zebras</s>" in page
    assert 'class="some"' not in page
    data = visitor.get("/search.json?q=government+announced+undersea+cable+zebras").json()
    assert data["clips"][0]["missing"] == ["zebras"]
    assert data["total"] == len(data["clips"])


def test_words_are_required_in_order_of_date_and_in_feeds(visitor: Visitor) -> None:
    query = "q=government+announced+undersea+cable+zebras"
    assert visitor.get(f"/search.json?{query}").json()["clips"]
    assert visitor.get(f"/search.json?{query}&sort=newest").json()["clips"] == []
    # So no page offers an order in which there is nothing.
    for asked in (query, "q=undersee+cable"):
        assert "Sort by" not in visitor.get(f"/search?{asked}").text
    assert "Sort by" in visitor.get("/search?q=reef").text
    for form in ("rss", "atom"):
        assert CABLE in visitor.get(f"/search.{form}?q=undersea+cable").text
        assert CABLE not in visitor.get(f"/search.{form}?{query}").text
        assert CABLE not in visitor.get(f"/search.{form}?q=undersee+cable").text


def test_the_second_page_does_not_say_that_no_clip_has_all_words(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive", TEMPLATE) as archive:
        rows = Rows(archive)
        rows.clip(["The ferry met a whale in the harbor"], title="All")
        for number in range(24):
            rows.clip(["The ferry met a whale"], title=f"Some {number}")
        for number in range(60):
            rows.clip(["Nothing is in the harbor"], title=f"None {number}")
    visitor = Visitor(tmp_path / "archive")
    first, second = (visitor.get(f"/search?q=ferry+whale+harbor&page={page}").text for page in (1, 2))
    for page in (first, second):
        assert "No clip has all" not in page
        assert page.count("With only some of the words") == 1
    assert first.index("All</a>") < first.index("With only some") < first.index("without <s>harbor</s>")
    assert second.count("without <s>harbor</s>") == second.count("<article ") == 5
    code = run("search", "ferry", "whale", "harbor", "--page", "2", "-a", tmp_path / "archive")
    assert "These clips have only some of the words." in code.err


def test_headings_are_in_order(visitor: Visitor) -> None:
    for query in (
        "undersee+cable",
        "government+announced+undersea+cable+zebras",
        "the",
        "zzzzqqq",
        "reef+harbor+cable",
    ):
        levels = [
            int(level) for level in re.findall(r"<h([1-6])(?![^>]*role=)", visitor.get(f"/search?q={query}").text)
        ]
        assert levels[0] == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), query


def test_what_takes_long_to_count_is_counted_on_request(demo_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COMMON", 20)
    visitor = Visitor(demo_archive)
    page = visitor.get("/search?q=the").text
    assert "Many clips" in page
    assert page.count("<article ") == 14
    (link,) = [html.unescape(link) for link in links(page) if "count=all" in link]
    counted = visitor.get(link).text
    assert "14 clips" in counted
    assert 'href="/search?q=the&amp;show=Reef+Notes"' in counted
    assert "1 clip<" in visitor.get("/search?q=undersea+cable").text
    assert visitor.get("/search.json?q=the").json()["total"] == 14


def test_a_show_and_a_person_have_pages(visitor: Visitor) -> None:
    show = visitor.get("/pacific-report").text
    assert "<h1>Pacific Report</h1>" in show
    assert show.count("<article ") == 4
    assert visitor.get("/pacific-report?year=2025").text.count("<article ") == 1
    assert 'href="/people/dana-kealoha"' in show
    person = visitor.get("/people/dana-kealoha").text
    assert "<h1>Dana Kealoha</h1>" in person
    assert f'href="{CABLE}"' in person
    assert 'href="/people/dana-kealoha"' in visitor.get("/people").text


def test_people_and_shows_are_in_the_order_of_the_alphabet(own_archive: Path) -> None:
    people = ["Zoë Abe", "Ana Zane", "Kai ʻAʻala", "Ana Kane", "Ben Kāne", "Åsa Öst"]
    with Archive(own_archive) as archive, archive.writing():
        keys = [row[0] for row in archive.db.execute("SELECT id FROM clips ORDER BY id")]
        archive.db.execute("DELETE FROM credits")
        for key, name in zip(keys, [*people, *(f"Xi Xu{number}" for number in range(40))], strict=False):
            person = archive.db.execute("INSERT INTO people (uid, name) VALUES (?, ?) RETURNING id", [f"p{key}", name])
            archive.db.execute("INSERT INTO credits (clip_id, person_id, role) VALUES (?, ?, 'guest')",
                               [key, person.fetchone()[0]])  # fmt: skip
        archive.db.execute("UPDATE shows SET name = 'ʻIolani' WHERE name = 'Pacific Report'")
    visitor = Visitor(own_archive)
    found = [one["name"] for one in visitor.get("/people.json").json()["people"]]
    assert found[:4] == ["Kai ʻAʻala", "Zoë Abe", "Ana Kane", "Ben Kāne"]
    assert found[-1] == "Ana Zane"
    shows = [one["name"] for one in visitor.get("/index.json").json()["shows"]]
    assert shows == ["Harbor Watch", "ʻIolani", "Island Morning", "Reef Notes"]


def test_long_lists_have_pages(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        recording = archive.db.execute("SELECT id FROM recordings").fetchone()[0]
        for number in range(60):
            archive.db.execute(
                "INSERT INTO clips (uid, show_id, title, air_date, added_at) VALUES (?, 1, 'Tide', '2020-01-01', '')",
                [f"tide{number:04}"],
            )
            archive.db.execute(
                "INSERT INTO clip_recordings (clip_id, recording_id) SELECT max(id), ? FROM clips", [recording]
            )
    visitor = Visitor(own_archive)
    here = visitor.entries()[-1].show_address
    by_number, followed, shown = [], [], []
    for number in (1, 2, 3):
        by_number += [clip["clip"] for clip in visitor.get(f"/{here}.json?page={number}").json()["entries"]]
    address = f"/{here}.json"
    while address:
        page = visitor.get(address).json()
        followed += [clip["clip"] for clip in page["entries"]]
        address = (page["next"] or "").removeprefix("http://localhost")
    assert by_number == followed
    assert len(followed) == len(set(followed)) == page["clips"] > 60
    assert visitor.get(f"/{here}?page=4").status_code == 404
    ways = [f"/{here}"]
    while following := re.search(r'rel="next" href="([^"]*)">Older', visitor.get(ways[-1]).text):
        ways.append(html.unescape(following[1]))
    assert [re.findall(r"Page \d of \d", visitor.get(way).text) for way in ways] == [
        [f"Page {n} of 3"] for n in (1, 2, 3)
    ]
    back = [html.unescape(link) for link in re.findall(r'rel="prev" href="([^"]*)">Newer', visitor.get(ways[2]).text)]
    assert [*back, *re.findall(r'rel="prev" href="([^"]*)">Newer', visitor.get(ways[1]).text)] == [ways[1], ways[0]]
    for way in ways:
        shown += re.findall(r'<h3><a href="([^"]*)"', visitor.get(way).text)
    assert len(shown) == len(set(shown)) == len(followed)
    # Sixty pieces of one name on one day, and each has an address of its own that leads to it.
    places = [entry.address for entry in visitor.entries() if entry.title == "Tide"]
    assert len(set(places)) == 60
    assert {visitor.get(f"/{place}").status_code for place in places[::20]} == {200}


def test_many_people_are_listed_by_the_first_letters_of_their_family_names(
    own_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Zoë Abe", "Kai ʻAʻala", "Ana Kāne", "李小龍", "Ōta Kim", "Lee Kim", "7th", "Keao Kāneʻohe"]
    with Archive(own_archive) as archive, archive.writing():
        for name in names:
            roster.add(archive, "person", name, [], {})
        archive.db.execute(
            """INSERT INTO credits (clip_id, person_id, role) SELECT clips.id, people.id, 'guest' FROM people, clips
               WHERE clips.title LIKE '%cable%'"""
        )
    visitor = Visitor(own_archive)
    whole = [one["name"] for one in visitor.get("/people.json").json()["people"]]
    assert {"李小龍", "7th"} == {*whole[-2:]}
    monkeypatch.setattr(people, "PER_PAGE", 2)
    monkeypatch.setattr(public_people, "MOST", 3)
    visitor = Visitor(own_archive)
    page = visitor.get("/people").text
    letters = re.findall(r'<a href="(/people\?letter=[^"]*)"', page)
    assert [letter.partition("=")[2] for letter in letters[:1] + letters[-1:]] == ["A", "other"]
    assert len(re.findall(r'<li><a href="/people/', page)) == 3, "those with the most clips"
    listed: list[str] = []
    for way in letters:
        while way:
            text = visitor.get(html.unescape(way)).text
            shown = re.findall(r'<li><a href="/people/[^"]*">([^<]*)</a>', text)
            assert 0 < len(shown) <= 2
            listed += map(html.unescape, shown)
            way = next(iter(re.findall(r'rel="next" href="([^"]*)"', text)), "")
    assert listed == whole
    assert visitor.get("/people?letter=K&page=2").status_code == 200
    data, found = visitor.get("/people.json").json(), list[str]()
    for letter in data["letters"]:
        url, number = letter["url"], 0
        while url:
            part = visitor.get(url.removeprefix("http://localhost")).json()
            found += [one["name"] for one in part["people"]]
            number += len(part["people"])
            url = part["next"]
        assert number == letter["people"]
    assert found == whole
    for nothing in ("letter=Q", "letter=k", "letter=K&page=9", "page=2", "letter=%00"):
        assert visitor.get(f"/people?{nothing}").status_code == 404, nothing
    with Archive(own_archive) as archive:
        static.publish(archive, tmp_path / "site", SiteOptions(), audio=False)
    there = {path.parent.name for path in (tmp_path / "site" / "people" / "-").glob("*/index.html")}
    assert {"letter-A", "letter-K", "letter-K-page-2", "letter-other"} <= there


def test_a_deep_page_is_found_by_what_it_begins_with_and_not_by_its_number(
    own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET show_id = (SELECT id FROM shows WHERE name = 'Pacific Report')")
        archive.db.execute("UPDATE clips SET air_date = (2000 + id) || '-05-03'")
    monkeypatch.setattr(data, "PER_PAGE", 2)
    monkeypatch.setattr(data, "LARGE", 5)
    visitor = Visitor(own_archive)
    assert visitor.get("/pacific-report?page=3").status_code == 200
    seen = ["/pacific-report"]
    while following := re.search(r'rel="next" href="([^"]*)">Older', visitor.get(seen[-1]).text):
        seen.append(html.unescape(following[1]))
    assert len(seen) == 7
    # What was page five is now where its clips are.
    moved = visitor.get("/pacific-report?page=5")
    assert (moved.status_code, moved.headers["location"]) == (302, "/pacific-report?year=2006")
    assert visitor.get("/pacific-report?page=50").headers["location"] == "/pacific-report"
    assert visitor.get("/pacific-report?page=50&year=2006").headers["location"] == "/pacific-report?year=2006"
    refused = visitor.get("/pacific-report.json?page=5")
    assert (refused.status_code, "follow `next`" in refused.json()["error"]) == (400, True)


def test_a_clip_plays_and_reads_without_javascript(visitor: Visitor) -> None:
    page = visitor.get(CABLE).text
    entry = visitor.entry("undersea cable")
    assert re.search(rf'<audio controls preload="metadata" src="/audio/{entry.recording.sha256}\.mp3">', page)
    assert f'data-quote="/audio/{entry.recording.sha256}/quote"' in page
    assert f'<track kind="captions" srclang="en" label="Captions" src="{CABLE}.vtt">' in page
    text = re.sub(r"<[^>]+>", "", page.partition('id="transcript"')[2])
    assert "On Monday, the government announced an undersea cable from Fiji." in text
    assert "no person has checked it" in page
    assert "from the audio file’s tags" in page
    assert "Transcribed by demo" in page


def test_a_subject_leads_to_its_page_and_that_to_the_search(own_archive: Path, tmp_path: Path) -> None:
    visitor = Visitor(own_archive)
    entry = visitor.entry("undersea cable")
    long = "the sea " * 19 + "floor"
    # No address can spell out those that are long, or have only signs.
    subjects = ["cable OR reef", "sea floor", 'the "Cable" & more', long, "the sea " * 30 + "wall", "♪ …"]
    ok("tag", entry.uid, *(f"subject={subject}" for subject in subjects), "-a", own_archive)
    page = visitor.get(CABLE).text
    chips = re.findall(r'<li><a href="([^"]*)" dir="auto">([^<]*)</a></li>', page.partition('id="subjects"')[2])
    assert [html.unescape(subject) for _, subject in chips] == subjects
    pages = [html.unescape(link) for link, _ in chips]
    assert pages[:3] == ["/subjects/cable-or-reef", "/subjects/sea-floor", "/subjects/the-cable-more"]
    for page_of, subject in zip(pages, subjects, strict=True):
        answer = visitor.get(page_of)
        assert (answer.status_code, entry.uid in visitor.get(f"{page_of}.json").text) == (200, True), subject
        assert f'<h1 dir="auto">{html.escape(subject, quote=False)}</h1>' in html.unescape(answer.text).replace(
            "&", "&amp;"
        )
    searches = [re.findall(r'href="(/search\?[^"]*)">Search for it', visitor.get(one).text) for one in pages]
    assert [parse_qs(urlsplit(html.unescape(link[0])).query)["q"] for link in searches[:4]] == [
        ['"cable OR reef"'], ["sea floor"], ['"the  Cable  & more"'], [long],
    ]  # fmt: skip
    assert [visitor.get(html.unescape(link[0])).status_code for link in searches[:4]] == [200] * 4
    # The site does not search for so many words, nor for none.
    assert searches[4:] == [[], []]
    (linked,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert json.loads(linked)["keywords"] == subjects
    ok("publish", "static", tmp_path / "site", "-a", own_archive)
    (published,) = (tmp_path / "site").glob("pacific-report/2024-10-22/*fiji*/index.html")
    there = [html.unescape(link) for link in links(published.read_text(encoding="utf-8")) if "subjects/sea" in link]
    assert [(published.parent / link).resolve() for link in there] == [
        (tmp_path / "site" / "subjects" / "sea-floor" / "index.html").resolve()
    ]


def timed_words(page: str) -> list[tuple[str, float, float]]:
    """Return the words of a clip's page with their times in seconds, as its script reads them."""
    found = []
    for times, sizes, text in re.findall(
        r'<span class="text" data-times="([^"]*)"(?: data-sizes="([^"]*)")?[^>]*>([^<]*)<', page
    ):
        said, end = html.unescape(text).encode("utf-16-le"), 0
        lengths = list(map(int, sizes.split())) if sizes else [len(said_word) for said_word in split_at_spaces(said)]
        for timed, length in zip(times.split(" "), lengths, strict=True):
            wait, lasts = map(int, timed.rstrip("!").split("+"))
            while said.startswith(b" \0"):
                said = said[2:]
            found.append((said[: 2 * length].decode("utf-16-le"), (end + wait) / 100, (end + wait + lasts) / 100))
            said, end = said[2 * length :], end + wait + lasts
    return found


def split_at_spaces(said: bytes) -> list[str]:
    return said.decode("utf-16-le").split(" ")


def test_every_word_has_its_time(visitor: Visitor, gapped: Gapped) -> None:
    for visiting in (visitor, Visitor(gapped.folder)):
        words = visiting.get(f"{CABLE}.json").json()["words"]
        timed = timed_words(visiting.get(CABLE).text)
        assert [text for text, _, _ in timed] == [word["text"].strip() for word in words]
        assert [start for _, start, _ in timed] == pytest.approx([word["start"] for word in words], abs=0.006)
        assert [end for _, _, end in timed] == pytest.approx([word["end"] for word in words], abs=0.006)


def test_words_of_any_script_keep_their_times() -> None:
    """Words that are not what stands between spaces, and characters that scripts count as two."""
    said = [" 海底", "ケーブル", " 👩‍🚀", "!", " two words", " ", " <b>&"]
    words = [Word(2.0 * i, 2.0 * i + 1.5, text, 0.3 if i == 1 else 0.9) for i, text in enumerate(said)]
    line = Paragraph((Segment(0.0, 13.5, "".join(said).strip(), 0, len(said) - 1),))
    rest = Paragraph((Segment(20.0, 22.5, "not timed by word", -1, -1),))
    first, gap, second = markup.transcript([line, Gap(14.0, 15.0), rest], words)
    assert first.text == "海底ケーブル 👩‍🚀! two words  <b>&"
    assert first.times == "0+150 50+150! 50+150 50+150 50+150 250+150"
    assert first.sizes == "2 4 5 1 9 4"
    assert (gap.times, gap.text) == (None, "somebody speaks; not understood")
    assert (second.times, second.sizes) == ("2000+250", "17")


def test_the_times_of_words_make_a_page_little_longer(visitor: Visitor) -> None:
    """An hour's page would be half a megabyte with an element for each word."""
    words = len(visitor.get(f"{CABLE}.json").json()["words"])
    said = visitor.get(CABLE).text.partition('id="transcript"')[2].partition("</div>")[0]
    assert (len(said) - len(re.sub(r"<[^>]+>", "", said))) / words < 20


def test_a_page_says_whose_its_text_is(own_archive: Path, tmp_path: Path) -> None:
    visitor = Visitor(own_archive)
    uid = visitor.entry("undersea cable").uid
    ok("fix", "undersea", "submarine", "--yes", "--archive", own_archive)
    corrected = "A machine wrote this, and it was corrected in 3 places; no person has checked all of it."
    site = tmp_path / "site"
    ok("publish", "static", site, "--archive", own_archive)
    published = (site / CABLE.removeprefix("/") / "index.html").read_text(encoding="utf-8")
    for page in (visitor.get(CABLE).text, visitor.get(f"/embed/{uid}").text, published):
        assert corrected in page
    assert "made by machine, corrected in 3 places, and not checked by a person elsewhere." in published
    found = visitor.get("/search?q=heard:undersea").text.partition('<ul class="passages">')[2].partition("</ul>")[0]
    assert re.search(r'Heard: <q dir="auto">[^<]*<mark>undersea</mark>.*<br>Now: <q dir="auto">[^<]*submarine', found)
    hit = visitor.get("/search.json?q=heard:undersea").json()["clips"][0]["passages"][0]
    assert (hit["where"], "submarine" in hit["current"], "undersea</mark>" in hit["html"]) == ("heard", True, True)
    captions = tmp_path / "cable.vtt"
    captions.write_text(ok("export", uid, "--format", "vtt", "--archive", own_archive).out, encoding="utf-8")
    ok("versions", "add", uid, captions, "--archive", own_archive)
    for path in (CABLE, f"/embed/{uid}"):
        assert "This was written elsewhere, and imported." in visitor.get(path).text
    for page in (visitor.get("/").text, published):
        assert "Transcripts are made by machine, unless a clip’s page says otherwise" in page


def test_a_person_may_have_checked_a_transcript(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    uid = visitor.entry("undersea cable").uid
    ok("tag", uid, "review=approved", "--archive", own_archive)
    page = visitor.get(CABLE).text
    assert "A person has checked this transcript" in page
    assert "no person has checked it" not in page
    assert "No person has checked 13 of these 14 transcripts" in visitor.get("/about").text


def test_an_old_address_leads_to_the_new_one(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    uid = visitor.entry("undersea cable").uid
    rename(own_archive, uid, title="A cable, at last", show="Pacific Report", date="2024-10-22")
    rename(own_archive, uid, title="A cable, at last", show="Reef Notes", date="2024-10-23")
    now = "/reef-notes/2024-10-23/a-cable-at-last"
    assert visitor.get(now).status_code == 200
    for old in (CABLE, "/pacific-report/2024-10-22/a-cable-at-last", f"/clip/{uid}", f"/x/2020-01-01/what-{uid}"):
        answer = visitor.get(f"{old}?q=cable")
        assert (answer.status_code, answer.headers["location"]) == (301, f"{now}?q=cable")
    assert visitor.get(f"{CABLE}.vtt").headers["location"] == f"{now}.vtt"


def test_a_renamed_or_merged_show_or_person_is_found_at_its_old_address(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    with Archive(own_archive) as archive:
        roster.change(archive, roster.find(archive, "show", "Pacific Report"), {"name": "Ocean Report"})
        one, other = (roster.find(archive, "show", name) for name in ("Reef Notes", "Harbor Watch"))
        roster.merge(archive, "show", one, other)
        roster.change(archive, roster.find(archive, "person", "Dana Kealoha"), {"name": "Dana Kealoha-Lee"})
    moved = {
        "/pacific-report": "/ocean-report",
        "/pacific-report.rss": "/ocean-report.rss",
        "/reef-notes": "/harbor-watch",
        "/people/dana-kealoha": "/people/dana-kealoha-lee",
        CABLE: CABLE.replace("pacific", "ocean"),
    }
    for old, new in moved.items():
        assert (visitor.get(old).status_code, visitor.get(old).headers.get("location")) == (301, new)
        assert visitor.get(new).status_code == 200
    # A copy that holds no other names keeps the way.
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("DELETE FROM aliases WHERE name IN ('Pacific Report', 'Reef Notes', 'Dana Kealoha')")
    assert {visitor.get(old).headers.get("location") for old in moved} == set(moved.values())


@pytest.mark.parametrize("title", ["", "  "])
def test_a_clip_whose_title_is_empty_has_a_name_and_an_address(own_archive: Path, title: str) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET title = ? WHERE title LIKE 'An undersea cable%'", [title])
    visitor = Visitor(own_archive)
    here = "/pacific-report/2024-10-22/untitled"
    assert f'<a href="{here}">Untitled</a>' in visitor.get("/pacific-report").text
    assert '<h1 dir="auto">Untitled</h1>' in visitor.get(here).text


def test_clips_without_show_or_date_and_shows_with_odd_names_have_addresses(own_archive: Path) -> None:
    names = ["海底ケーブル", "Search", "Archive", "★", "../..", "a/b.c?d#e", "x" * 300, "x" * 301, "-", "50% off"]
    with Archive(own_archive) as archive, archive.writing():
        keys = [row[0] for row in archive.db.execute("SELECT id FROM clips ORDER BY id")]
        archive.db.execute("UPDATE clips SET show_id = NULL WHERE id IN (?, ?)", keys[:2])
        archive.db.execute("UPDATE clips SET air_date = NULL WHERE id IN (?, ?)", keys[1:3])
        archive.db.execute("UPDATE clips SET title = '海底ケーブル' WHERE id = ?", [keys[3]])
        for key, name in zip(keys[4:], names, strict=False):
            show = archive.db.execute("INSERT INTO shows (uid, name) VALUES (?, ?) RETURNING id", [f"odd{key}", name])
            archive.db.execute("UPDATE clips SET show_id = ? WHERE id = ?", [show.fetchone()[0], key])
    visitor = Visitor(own_archive)
    page = visitor.home()
    shows = {entry.show: entry.show_address for entry in visitor.entries() if entry.show}
    assert len(set(shows.values())) == len(shows) >= len(names)
    for entry in visitor.entries():
        assert visitor.get(f"/{entry.address}").status_code == 200, entry.address
        if entry.show:
            assert entry.show_address not in addresses.RESERVED
            assert visitor.get(f"/{entry.show_address}").status_code == 200, entry.show
    assert all(
        visitor.get(link).status_code == 200 for link in links(page) if link.startswith("/") and "//" not in link
    )


@pytest.mark.parametrize(
    "path",
    [
        "/nope", "/nope/2024-01-01/x", "/pacific-report/2024-10-22/nope", "/pacific-report/2024-10-22",
        "/people/nobody",
        "/clip/zzzzzzzz", f"{CABLE}.exe", f"{CABLE}.chapters.json", "/cover/" + "0" * 64, "/embed/zzzz", "/-/databases",
        "/-/metadata.json", "/-/plugins.json", "/-/settings.json", "/-/config.json", "/archive", "/archive.json",
        "/archive/clips", "/archive/clips.json", "/archive/clips/1", "/archive.db", "/archive.json?sql=select+1",
        "/~61rchive/clips", "/archive/segments.csv?_stream=on", "/%2e%2e/archive.db", "/\u2603", "/_internal",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    while answer.status_code in {301, 302}:
        answer = visitor.get(answer.headers["location"])
    assert answer.status_code in {400, 403, 404}
    assert str(visitor.folder) not in answer.text
    assert "Traceback" not in answer.text


def test_pages_keep_to_a_strict_policy_and_a_small_size(visitor: Visitor) -> None:
    ours = [path for path in assets.FOLDER.iterdir() if path.suffix in {".css", ".js"}]
    assert len(ours) >= 5
    assert sum(path.stat().st_size for path in ours) < 60_000
    for path in ("/", "/search?q=the", "/about", "/people", "/pacific-report", "/people/dana-kealoha", CABLE, "/nope"):
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "<style" not in answer.text
        assert not re.search(r"<[^>]+ (?:style|on\w+)=", answer.text)
        scripts = re.findall(r"<script([^>]*)>", answer.text)
        assert all("src=" in script or 'type="application/ld+json"' in script for script in scripts)
        assert not [link for link in links(answer.text) if re.match(r"(https?:)?//", link) and "localhost" not in link]


def test_an_operator_may_say_who_they_are(own_archive: Path) -> None:
    options = SiteOptions(
        title="Ocean & Shore", about="First <b>words</b>.\n\nMore.", contact="mailto:a@b.example", robots=False
    )
    visitor = Visitor(own_archive, options=options)
    page = visitor.get("/about").text
    assert "<title>About · Ocean &amp; Shore</title>" in page
    assert '<p dir="auto">First &lt;b&gt;words&lt;/b&gt;.</p>' in page
    assert '<a href="mailto:a@b.example">a@b.example</a>' in page
    assert '<meta name="robots" content="noindex">' in page
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    script = Visitor(own_archive, options=SiteOptions(contact="javascript:alert(1)"))
    assert "javascript:" not in script.get("/about").text


@pytest.mark.parametrize(
    ("contact", "report"),
    [
        ("mailto:a@b.example", "mailto:a@b.example?subject=Error%3A%20An%20undersea%20cable%20from%20Fiji%20to%20"
         f"Hawai%CA%BBi&body=%0A%0Ahttp://localhost{CABLE}"),
        ("https://b.example/form?to=us#top", f"https://b.example/form?to=us&clip=http://localhost{CABLE}#top"),
        ("", None), ("javascript:alert(1)", None),
    ],
)  # fmt: skip
def test_an_error_is_reported_to_the_archives_contact(own_archive: Path, contact: str, report: str | None) -> None:
    page = Visitor(own_archive, options=SiteOptions(contact=contact)).get(CABLE).text
    found = re.findall(r'<a class="report" href="([^"]*)"', page)
    assert [html.unescape(link) for link in found] == ([report] if report else [])


def test_a_clip_can_be_cited_in_three_styles(visitor: Visitor) -> None:
    found = visitor.get(CABLE).text.partition('id="cite"')[2].partition("</section>")[0]
    said = html.unescape(re.sub(r"<[^>]+>", "", found))
    assert (
        "Kealoha, D. (Reporter). (2024, October 22). An undersea cable from Fiji to Hawaiʻi [Radio broadcast]." in said
    )
    assert "Kealoha, Dana. “An undersea cable from Fiji to Hawaiʻi.” Pacific Report" in said
    assert said.count(f"http://localhost{CABLE}") == 3
    assert found.count("<i>Pacific Report</i>") == 3


@pytest.mark.parametrize("url", ["", "https://radio.example/archive/"])
def test_a_published_clip_names_its_public_address_or_none(own_archive: Path, tmp_path: Path, url: str) -> None:
    settings = own_archive / "radio-archive.toml"
    settings.write_text(f'[site]\ncontact = "mailto:a@b.example"\nurl = "{url}"\n', encoding="utf-8")
    ok("publish", "static", tmp_path / "site", "-a", own_archive)
    page = (tmp_path / "site" / CABLE.removeprefix("/") / "index.html").read_text(encoding="utf-8")
    assert "radio-archive.invalid" not in page
    here = f"{url}{CABLE.removeprefix('/')}/"
    (report,) = re.findall(r'<a class="report" href="([^"]*)"', page)
    addresses = re.findall(r'<span class="url">[^<]*</span>', page)
    if url:
        assert report.endswith(f"&amp;body=%0A%0A{here}")
        assert [here in address for address in addresses] == [True] * 3
    else:
        assert report.endswith("&amp;body=%0A%0A")
        assert addresses == []


def test_datasette_stays_open_for_an_archives_own_people_and_links_to_us(own_archive: Path) -> None:
    visitor = Visitor(own_archive, private=True)
    uid = visitor.entry("undersea cable").uid
    assert 'href="/archive"' in visitor.get("/").text
    assert visitor.get("/archive").status_code == 200
    table = visitor.get("/archive/clips")
    assert table.status_code == 200
    assert f'<a href="/clip/{uid}">{uid}</a>' in table.text
    assert ">Search what was said</a>" in table.text
    assert "The aired pieces." in table.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8001", 200),
        ("[::1]:8001", 200),
        ("evil.example", 421),
        ("localhost.evil", 421),
        ("[", 421),
    ],
)
def test_what_is_private_answers_to_this_machines_names_alone(demo_archive: Path, host: str, status: int) -> None:
    private = Visitor(demo_archive, private=True)
    assert private.get(CABLE, host=host).status_code == status
    assert private.get("/archive/clips.json", host=host).status_code == status
    assert Visitor(demo_archive).get(CABLE, host="archive.example").status_code == 200


def test_a_copy_that_nobody_writes_to_is_shown_as_well(own_archive: Path) -> None:
    with Archive(own_archive) as archive:
        archive.db.execute("PRAGMA journal_mode = DELETE")
    visitor = Visitor(own_archive, immutable=True)
    for path in ("/", CABLE, "/search?q=undersea", "/people", "/pacific-report", "/about"):
        assert visitor.get(path).status_code == 200, path
    assert visitor.get("/archive/clips").status_code == 404


def test_a_database_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    import asyncio
    import sqlite3
    from contextlib import closing

    from datasette.app import Datasette

    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE plants (id INTEGER PRIMARY KEY, name TEXT)")
    other = Datasette([str(tmp_path / "other.db")])

    async def ask(path: str) -> tuple[int, str]:
        answer = await other.client.get(path)
        return answer.status_code, answer.text

    assert asyncio.run(ask("/"))[0] == 200
    assert "plants" in asyncio.run(ask("/other"))[1]
    assert asyncio.run(ask("/about"))[0] == 404
    assert asyncio.run(ask("/search"))[0] == 404
