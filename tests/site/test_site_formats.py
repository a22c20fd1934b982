"""What programs take from the site: feeds, captions, data, linked data, descriptions."""

import html
import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import UsageError
from radio_archive.formats import atom, feed, rss, xml
from radio_archive.site.discovery import passage

CABLE = "/pacific-report/2024-10-22/an-undersea-cable-from-fiji-to-hawaii"
PODCAST = f"{{{rss.NAMESPACES['podcast']}}}"
ATOM = f"{{{atom.NAMESPACE}}}"
BAD = '<b>Bad</b><script>1</script> & ]]> "x" \'\ufffe\U0001f600'


@pytest.fixture(scope="module")
def visitor(demo_archive: Path) -> Visitor:
    return Visitor(demo_archive)


@pytest.mark.parametrize(
    ("path", "title", "clips"),
    [
        ("/index.{}", "Radio archive", 14),
        ("/pacific-report.{}", "Pacific Report", 4),
        ("/people/dana-kealoha.{}", "Dana Kealoha", 1),
        ("/search.{}?q=undersea+cable", "“undersea cable” · Radio archive", 1),
    ],
)
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_feed_is_a_podcast(visitor: Visitor, form: str, path: str, title: str, clips: int) -> None:
    answer = visitor.get(path.format(form))
    assert answer.headers["content-type"] == f"application/{form}+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.feed.title == title
    assert len(feed.entries) == clips
    for entry in feed.entries:
        (enclosure,) = entry.enclosures
        sound = visitor.ask("HEAD", enclosure.href.removeprefix("http://localhost"))
        assert sound.headers["content-length"] == enclosure.length
        assert sound.headers["content-type"] == enclosure.type
        assert visitor.get(entry.link.removeprefix("http://localhost")).status_code == 200
        assert entry.published_parsed[0] in {2024, 2025}
        assert entry.summary


@pytest.mark.parametrize("path", ["/", "/pacific-report", "/people/dana-kealoha", "/search?q=undersea+cable"])
def test_a_page_leads_to_its_feeds(visitor: Visitor, path: str) -> None:
    page = visitor.get(path).text
    for form in ("rss", "atom"):
        (found,) = re.findall(rf'<link rel="alternate" type="application/{form}\+xml"[^>]* href="([^"]+)"', page)
        assert visitor.get(html.unescape(found)).headers["content-type"] == f"application/{form}+xml; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/index.atom", "/pacific-report.atom?year=2024", "/people/dana-kealoha.atom", "/search.atom?q=zebra&x=1"]
)
def test_atom_has_what_its_standard_demands(visitor: Visitor, path: str) -> None:
    root = ET.fromstring(visitor.get(path).content)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert bool(entries) == ("zebra" not in path)
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated") or "")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id") or "")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Radio archive"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    home = path.replace(".atom", "").replace("/index", "/").replace("?year=2024", "")
    assert links == {"self": f"http://localhost{path}", "alternate": f"http://localhost{home}"}
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert root.findtext(f"{ATOM}updated") == max(moments, default="1970-01-01T00:00:00Z")


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_feed_of_a_search_says_how_its_clips_begin(visitor: Visitor, form: str) -> None:
    asked = feedparser.parse(visitor.get(f"/search.{form}?q=harbor").content)
    shows = [feedparser.parse(visitor.get(f"/{show}.{form}").content) for show in ("harbor-watch", "pacific-report")]
    begins = {entry.link: entry.summary for show in shows for entry in show.entries}
    told = {entry.link: entry.get("summary") for entry in asked.entries if entry.link in begins}
    assert told == {link: begins[link] for link in told}
    assert any("harbor-watch" in link for link in told), "one without a summary of its own"


def test_an_entry_of_atom_says_who_made_it_and_where_it_is(visitor: Visitor) -> None:
    root = ET.fromstring(visitor.get("/pacific-report.atom").content)  # noqa: S314 - our own
    (found,) = (
        entry for entry in root.iter(f"{ATOM}entry") if "undersea cable" in (entry.findtext(f"{ATOM}title") or "")
    )
    entry = visitor.entry("undersea cable")
    assert found.findtext(f"{ATOM}published") == "2024-10-22T00:00:00Z"
    assert (found.findtext(f"{ATOM}updated") or "")[:10] >= entry.added_at[:10]
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "Dana Kealoha"
    assert found.findtext(f"{ATOM}author/{ATOM}uri") == "http://localhost/people/dana-kealoha"
    links = [(link.get("rel"), link.get("type"), link.get("href")) for link in found.iter(f"{ATOM}link")]
    assert links == [
        ("alternate", "text/html", f"http://localhost{CABLE}"),
        ("enclosure", "audio/mpeg", f"http://localhost/audio/{entry.recording.sha256}.mp3"),
        ("related", "text/vtt", f"http://localhost{CABLE}.vtt"),
        ("related", "application/x-subrip", f"http://localhost{CABLE}.srt"),
        ("related", "application/json", f"http://localhost{CABLE}.transcript.json"),
    ]


def test_a_new_transcript_makes_an_entry_new(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute(
            """UPDATE transcripts SET created_at = '2031-02-03T04:05:06+00:00'
               WHERE id = (SELECT current_transcript_id FROM clips WHERE title LIKE 'An undersea%')"""
        )
    feed = feedparser.parse(Visitor(own_archive).get("/pacific-report.atom").content)
    new = [entry.title for entry in feed.entries if entry.updated == "2031-02-03T04:05:06Z"]
    assert new == [title for title in (entry.title for entry in feed.entries) if "undersea cable" in title]
    assert feed.feed.updated == "2031-02-03T04:05:06Z"


def test_readers_know_a_feed_and_its_entries_wherever_it_stands(own_archive: Path) -> None:
    def ids(path: str, url: str, host: str) -> tuple[str, list[str]]:
        answer = Visitor(own_archive, options=SiteOptions(url=url)).get(path, host=host)
        found = feedparser.parse(answer.content)
        return re.search(r"<id>(.*)</id>|<podcast:guid>(.*)</", answer.text)[0], sorted(e.id for e in found.entries)  # type: ignore[index]

    for form in ("rss", "atom"):
        here, entries = ids(f"/pacific-report.{form}", "https://reef.example/", "localhost")
        assert ids(f"/pacific-report.{form}", "https://reef.example/", "elsewhere.example") == (here, entries)
        moved, kept = ids(f"/pacific-report.{form}", "https://coral.example/", "localhost")
        assert (moved != here, kept) == (True, entries)
        other, latest = ids(f"/index.{form}", "https://reef.example/", "localhost")
        assert other != here
        assert set(entries) & set(latest)


def test_a_feed_has_what_podcast_apps_look_for(visitor: Visitor) -> None:
    root = ET.fromstring(visitor.get("/pacific-report.rss").content)  # noqa: S314 - our own
    channel = root[0]
    assert channel.findtext(f"{PODCAST}guid")
    assert channel.findtext(f"{PODCAST}medium") == "podcast"
    item = next(item for item in channel.iter("item") if "undersea cable" in (item.findtext("title") or ""))
    entry = visitor.entry("undersea cable")
    guid = item.find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == (entry.uid, "false")
    assert item.findtext("pubDate") == "Tue, 22 Oct 2024 00:00:00 +0000"
    person = item.find(f"{PODCAST}person")
    assert person is not None
    assert (person.text, person.get("role")) == ("Dana Kealoha", "reporter")
    assert (person.get("href") or "").endswith("/people/dana-kealoha")
    kinds = {}
    for link in item.iter(f"{PODCAST}transcript"):
        sent = visitor.get((link.get("url") or "").removeprefix("http://localhost"))
        assert sent.headers["content-type"].startswith(link.get("type") or "-")
        kinds[link.get("type")] = link.get("language")
    assert kinds == {"text/vtt": "en", "application/x-subrip": "en", "application/json": "en"}


@pytest.mark.parametrize("write", [rss.write, atom.write])
@pytest.mark.parametrize("ends", ["", "\x00\x08\x1b\x0b", "\ud800", "\uffff\u202e", "<![CDATA["])
def test_a_feed_of_odd_text_is_still_xml(write: Any, ends: str) -> None:
    bad = BAD + ends
    link = feed.Link("https://x.example/a?b=c&d", "audio/mpeg")
    people = (("host", bad, None), ("guest", "\x00", None))
    item = feed.Item(bad, bad, "https://x.example/", link, 1, 1.5, date="yesterday", summary=bad, people=people)
    channel = feed.Channel(bad, "https://x.example/", f"https://x.example/f?q={bad}", bad, author=bad, rights=bad)
    written = write(channel, [item])
    found = feedparser.parse(written.encode())
    assert not found.bozo, found.get("bozo_exception")
    told = xml.clean(bad)
    # feedparser takes out what it holds to be HTML; the XML says what was meant.
    root = ET.fromstring(written)  # noqa: S314 - our own
    titles = [element.text for element in root.iter() if element.tag.rpartition("}")[2] == "title"]
    assert titles == [told, told]
    assert told.startswith('<b>Bad</b><script>1</script> & ]]> "x"')
    assert found.entries[0].enclosures[0].href == link.url
    assert "published" not in found.entries[0]


@pytest.mark.parametrize("nothing", ["", "\x00", "\u200b"])
def test_atom_has_its_titles_and_names_where_there_is_nothing_to_read(nothing: str) -> None:
    item = feed.Item("k3x9", nothing, "https://x.example/", None, 1, 1.5, date="9999-12-31T23:59:59-10:00")
    channel = feed.Channel(nothing, "https://x.example/", "https://x.example/f", nothing, author=nothing)
    found = feedparser.parse(atom.write(channel, [item]).encode())
    assert (found.feed.title, found.feed.author, found.entries[0].title) == ("x.example/f", "x.example/f", "k3x9")
    assert found.entries[0].updated == "1970-01-01T00:00:00Z"


def test_the_same_feed_keeps_its_guid_whatever_the_scheme() -> None:
    # The example of the Podcasting 2.0 namespace.
    channel = feed.Channel("x", "https://x", "https://mp3s.nashownotes.com/pc20rss.xml", "x")
    assert "917393e3-1b1e-5cef-ace4-edaa54e1f810" in rss.write(channel, [])


def test_a_clip_can_be_had_in_every_form(visitor: Visitor) -> None:
    kinds = {
        "vtt": "text/vtt; charset=utf-8",
        "srt": "application/x-subrip; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "json": "application/json; charset=utf-8",
        "cms.html": "text/html; charset=utf-8",
    }
    for form, media_type in kinds.items():
        answer = visitor.get(f"{CABLE}.{form}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        # The same text in each, whatever stands between its words.
        plain = " ".join(
            html.unescape(re.sub(r"<[^>]+>|.*-->.*|^\d+$|\[\d\d:\d\d\]", " ", answer.text, flags=re.M)).split()
        )
        assert "announced an undersea cable from Fiji" in plain


def test_captions_begin_with_their_words(visitor: Visitor) -> None:
    words = visitor.get(f"{CABLE}.json").json()["words"]
    starts = {round(word["start"], 3) for word in words}
    first = [
        int(m) * 60 + float(s)
        for m, s in re.findall(r"^00:(\d\d):([\d.]+) -->", visitor.get(f"{CABLE}.vtt").text, re.M)
    ]
    assert first
    assert {round(start, 3) for start in first} <= starts


def test_text_for_a_newsrooms_own_pages_is_paragraphs_and_nothing_else(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        key = archive.db.execute("SELECT id FROM clips WHERE title LIKE 'An undersea%'").fetchone()[0]
        for number, name in ((1, "Tom <b>"), (2, "Dana")):
            speaker = archive.db.execute(
                "INSERT INTO speakers (clip_id, label) VALUES (?, ?) RETURNING id", [key, name]
            ).fetchone()[0]
            archive.db.execute(
                "UPDATE segments SET speaker_id = ? WHERE clip_id = ? AND position % 8 / 4 = ?",
                [speaker, key, number - 1],
            )
    page = Visitor(own_archive).get(CABLE).text
    named = re.findall('<strong class="speaker">([^<]*)</strong>', page)
    assert named[:2] == ["Tom &lt;b&gt;", "Dana"]
    assert all(one != other for one, other in pairwise(named)), "a name is shown where somebody else begins to speak"
    answer = Visitor(own_archive).get(f"{CABLE}.cms.html")
    assert "An undersea cable" in answer.headers["content-disposition"]
    lines = answer.text.splitlines()
    assert all(re.fullmatch(r"<p>(<strong>[^<]+:</strong> )?[^<]+</p>", line) for line in lines)
    assert lines[0].startswith("<p><strong>Tom &lt;b&gt;:</strong> Good morning.")
    assert [line.split(":")[0] for line in lines if "<strong>" in line][:2] == [
        "<p><strong>Tom &lt;b&gt;",
        "<p><strong>Dana",
    ]


def test_every_page_has_its_data(visitor: Visitor) -> None:
    for path, key in (
        ("/index.json", "latest"), ("/.json", "shows"), ("/search.json?q=the", "clips"), ("/people.json", "people"),
        ("/about.json", "unchecked"), ("/pacific-report.json", "entries"), ("/people/dana-kealoha.json", "entries"),
        (f"{CABLE}.json", "segments"),
    ):  # fmt: skip
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert answer.json()[key], path
    wrong = visitor.get("/nope.json")
    assert (wrong.status_code, wrong.json()["ok"]) == (404, False)
    clip = visitor.get(f"{CABLE}.json").json()
    assert clip["credits"] == [{"role": "reporter", "name": "Dana Kealoha", "source": "tags", "at": None}]
    assert clip["url"] == f"http://localhost{CABLE}"
    hit = visitor.get("/search.json?q=undersea+cable").json()["clips"][0]["passages"][0]
    assert "<mark>undersea</mark>" in hit["html"]


def linked_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


def test_search_engines_and_social_networks_learn_what_a_clip_is(visitor: Visitor) -> None:
    page = visitor.get(CABLE).text
    entry = visitor.entry("undersea cable")
    linked = linked_data(page)
    assert (linked["@type"], linked["name"], linked["datePublished"]) == ("RadioEpisode", entry.title, "2024-10-22")
    sound = linked["associatedMedia"]
    assert (sound["@type"], sound["contentUrl"]) == (
        "AudioObject",
        f"http://localhost/audio/{entry.recording.sha256}.mp3",
    )
    assert "announced an undersea cable from Fiji" in sound["transcript"]
    assert linked["author"] == [
        {"@type": "Person", "name": "Dana Kealoha", "url": "http://localhost/people/dana-kealoha"}
    ]
    assert f'<meta property="og:title" content="{html.escape(entry.title)}">' in page
    assert '<meta property="og:type" content="article">' in page
    assert '<meta property="article:published_time" content="2024-10-22">' in page
    for path, kind in (("/", "website"), ("/about", "website"), ("/pacific-report", "website"), ("/people", "website")):
        assert visitor.get(path).text.count(f'<meta property="og:type" content="{kind}">') == 1, path
    assert f'<meta property="og:audio" content="http://localhost/audio/{entry.recording.sha256}.mp3">' in page
    assert f'<link rel="canonical" href="http://localhost{CABLE}">' in page


def test_linked_data_cannot_end_its_element(own_archive: Path) -> None:
    title = "</script><script>alert(1)</script><!-- & \u2028"
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET title = ? WHERE title LIKE 'An undersea%'", [title])
    visitor = Visitor(own_archive)
    page = visitor.get(f"/{visitor.entry('alert').address}").text
    assert linked_data(page)["name"] == title
    assert "<script>alert" not in page


def test_the_site_says_what_there_is(visitor: Visitor) -> None:
    sitemap = ET.fromstring(visitor.get("/sitemap.xml").content)  # noqa: S314 - our own
    listed = {
        (place.text or "").removeprefix("http://localhost") for place in sitemap.iter() if place.tag.endswith("loc")
    }
    assert {f"/{entry.address}" for entry in visitor.entries()} < listed
    assert {visitor.get(path).status_code for path in listed} == {200}
    assert "Sitemap: http://localhost/sitemap.xml" in visitor.get("/robots.txt").text
    search = ET.fromstring(visitor.get("/opensearch.xml").content)  # noqa: S314 - our own
    templates = [element.get("template") for element in search if element.tag.endswith("Url")]
    assert templates == [
        "http://localhost/search?q={searchTerms}",
        "http://localhost/search.rss?q={searchTerms}",
        "http://localhost/search.atom?q={searchTerms}",
    ]


def test_a_passage_can_be_embedded(visitor: Visitor) -> None:
    entry = visitor.entry("undersea cable")
    data = visitor.get(f"/oembed?url=http%3A%2F%2Flocalhost{CABLE}%23t%3D12.5%2C15").json()
    assert (data["type"], data["title"]) == ("rich", entry.title)
    frame = html.unescape(re.findall(r'src="([^"]+)"', data["html"])[0])
    assert frame == f"http://localhost/embed/{entry.uid}?start=12.5&end=15.0"
    answer = visitor.get(frame.removeprefix("http://localhost"))
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert f'src="/audio/{entry.recording.sha256}.mp3#t=12.5,15.0"' in answer.text
    assert visitor.get(f"/embed/{entry.uid}?start=x").status_code == 400


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (f"http://localhost{CABLE}", 200),
        (f"HTTPS://LOCALHOST:443{CABLE}/", 200),
        (f"https://radio.example/archive{CABLE}#t=1:05", 200),
        (f"http://localhost{CABLE}#t=x", 400),
        ("http://localhost/nope", 404),
        (f"https://radio.example{CABLE}", 404),
        (f"http://elsewhere.example{CABLE}", 404),
        (f"http://localhost@elsewhere.example{CABLE}", 404),
        (f"http://localhost:8001{CABLE}", 404),
        (f"http://localhost:x{CABLE}", 404),
        (f"ftp://localhost{CABLE}", 404),
        *(("http://[::1", 404), ("http://[::1]:99999/a/b/c", 404), (CABLE, 404), ("", 404), ("//", 404)),
        *(("http://localhost/%ff/%00/%ED%A0%80", 404), ("http://localhost/a/b/c/d", 404), ("\ud800", 404)),
    ],
)
def test_only_this_sites_pages_can_be_embedded(demo_archive: Path, url: str, status: int) -> None:
    visitor = Visitor(demo_archive, options=SiteOptions(url="https://radio.example/archive/"))
    answer = visitor.get(f"/oembed?url={quote(url.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code == status, answer.text


def test_a_passage_is_named_in_seconds_or_as_clocks_do() -> None:
    assert passage("12.5,15") == (12.5, 15.0)
    assert passage("1:05,1:02:03.5") == (65.0, 3723.5)
    assert passage("npt:0:05") == (5.0, None)
    for text in ("1:99:05", "1:", ":5", "-1", "1e3", "%E0%A4%A", "٣", "1:2:3:4"):
        with pytest.raises(UsageError):
            passage(text)


def test_a_clip_whose_year_or_month_alone_is_known_has_its_page(own_archive: Path) -> None:
    for date, shown in (("1998", "1998"), ("1998-05", "May 1998")):
        with Archive(own_archive) as archive, archive.writing():
            archive.db.execute("UPDATE clips SET air_date = ? WHERE title LIKE 'An undersea%'", [date])
        visitor = Visitor(own_archive)
        address = visitor.entry("undersea cable").address
        assert address.startswith(f"pacific-report/{date}/")
        page = visitor.get(f"/{address}")
        assert page.status_code == 200
        assert f'<time datetime="{date}">{shown}</time>' in page.text
        for form in ("vtt", "json", "transcript.json"):
            assert visitor.get(f"/{address}.{form}").status_code == 200
        assert visitor.get(f"/oembed?url=http://localhost/{address}").status_code == 200
        assert f"<loc>http://localhost/{address}</loc>" in visitor.get("/sitemap.xml").text
        for place in ("/search.json?q=undersea+cable&year=1998", "/search.json?q=undersea+cable+since:1998-05"):
            found = [clip["url"] for clip in visitor.get(place).json()["clips"]]
            assert found == ([f"http://localhost/{address}"] if date == "1998-05" or "year" in place else []), place
        assert visitor.get("/search.json?q=undersea+cable&year=1999").json()["total"] == 0
        assert address in visitor.get("/pacific-report?year=1998").text


def test_the_sitemap_says_when_a_clip_got_its_text(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET added_at = 'once' WHERE title NOT LIKE 'An undersea%'")
        archive.db.execute(
            """UPDATE transcripts SET created_at = CASE WHEN clip_id = (SELECT id FROM clips WHERE added_at <> 'once')
                   THEN '2031-02-03T04:05:06+00:00' ELSE '' END"""
        )
    listed = Visitor(own_archive).get("/sitemap.xml").text
    assert f"<url><loc>http://localhost{CABLE}</loc><lastmod>2031-02-03T04:05:06+00:00</lastmod></url>" in listed
    assert listed.count("<lastmod>") == 1, "nothing is said that is no time"


def test_chapters_and_covers_are_offered_where_there_are_any(own_archive: Path) -> None:
    with Archive(own_archive) as archive, archive.writing():
        chapters = json.dumps([{"start": 5.0, "end": None, "title": "The cable"}])
        digest = Visitor(own_archive).entry("undersea cable").recording.sha256
        archive.db.execute("UPDATE recordings SET chapters = ? WHERE sha256 = ?", [chapters, digest])
        key = archive.db.execute("SELECT id FROM recordings WHERE sha256 = ?", [digest]).fetchone()[0]
        archive.db.execute("INSERT OR REPLACE INTO covers VALUES (?, 'image/png', ?)", [key, b"\x89PNG"])
    visitor = Visitor(own_archive)
    assert visitor.get(f"{CABLE}.chapters.json").json()["chapters"] == [{"startTime": 5.0, "title": "The cable"}]
    picture = visitor.get(f"/cover/{digest}")
    assert (picture.status_code, picture.headers["content-type"], picture.content) == (200, "image/png", b"\x89PNG")
    page = visitor.get(CABLE).text
    assert f'src="/cover/{digest}"' in page
    assert '<a href="#t=5"><span class="at">0:05</span> The cable</a>' in page
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE covers SET media_type = 'image/svg+xml'")
    assert visitor.get(f"/cover/{digest}").status_code == 404
