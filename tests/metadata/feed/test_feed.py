"""The claims of podcast feeds, that no feed does harm, and that the claims survive being written to a folder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bounds import cpu_seconds

from radio_archive.audio.container import SUFFIXES
from radio_archive.errors import FeedError
from radio_archive.metadata.feed import xml
from radio_archive.metadata.feed.claims import carried_by, claims_of, sidecar_of
from radio_archive.metadata.feed.reader import (
    AUDIO,
    Author,
    Enclosure,
    Feed,
    FeedItem,
    Person,
    TranscriptLink,
    read_feed,
    suffix_of,
)
from radio_archive.metadata.feed.values import (
    absolute_url,
    day_in_zone,
    is_utc,
    page_url,
    parse_day,
    parse_duration,
    plain_line,
    plain_text,
    public_url,
)
from radio_archive.models import Chapter, Claim, Field, Source

FEEDS = Path(__file__).parents[3] / "fixtures" / "feeds"
URL = "https://harbor.example.org/feeds/feed.xml"
SPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def claims_in(content: bytes) -> list[Claim]:
    """The claims in an item's sidecar; none if it is another file."""
    carried = carried_by(content)
    return claims_of(carried.feed, carried.item, carried.show) if carried else []


def fixture(name: str, url: str = URL) -> Feed:
    return read_feed((FEEDS / name).read_bytes(), url)


def rss(*items: str, channel: str = "<title>Harbor Watch</title>", spaces: str = SPACES) -> bytes:
    within = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {spaces}><channel>{channel}{within}</channel></rss>'.encode()


def item(inner: str, *, channel: str = "<title>Harbor Watch</title>") -> FeedItem:
    return read_feed(rss(inner, channel=channel), URL).items[0]


def said(feed: Feed, one: FeedItem) -> dict[str, tuple[str, str, float]]:
    """Value, evidence and confidence, by field and key."""
    claims = claims_of(feed, one)
    assert all(claim.source == Source.FEED for claim in claims)
    keys = [f"{claim.field} {claim.source_key}" for claim in claims]
    assert len(set(keys)) == len(keys), "each claim can be told from the others"
    return dict(zip(keys, [(c.value, c.evidence, c.confidence) for c in claims], strict=True))


def test_rss_with_itunes_and_podcasting_2() -> None:
    feed = fixture("pacific-report.rss")
    assert replace(feed, items=()) == Feed(
        URL,
        "Pacific Report",
        "Harbor Public Radio",
        "en-US",
        "https://harbor.example.org/pacific-report",
        (Person("Tom Fujimoto", "host"),),
    )
    assert feed.items[0] == FeedItem(
        guid="pr-2024-10-22",
        title="An undersea cable from Fiji to Hawaiʻi",
        date="2024-10-22",
        date_written="pubDate Tue, 22 Oct 2024 23:30:00 -1000",
        description="The government approved a cable & a contract.\nWeeks of protests\ncame first.",
        authors=(Author("Dana Kealoha", "itunes:author"),),
        people=(Person("Dana Kealoha", "reporter"), Person("Losa Tuiasosopo", "guest"), Person("Grace Tanaka", "host")),
        enclosure=Enclosure(
            "https://harbor.example.org/feeds/audio/2024-10-22.mp3?via=feed&n=1", 648_000, "audio/mpeg"
        ),
        transcripts=(
            TranscriptLink("https://harbor.example.org/t/cable.vtt", "text/vtt", "en"),
            TranscriptLink("https://harbor.example.org/t/cable.json", "application/json", ""),
        ),
        chapters_url="https://harbor.example.org/c/cable.json",
        chapters=(Chapter(0.0, "The cable"), Chapter(41.5, "The contract")),
        duration=81.0,
        link="https://harbor.example.org/pacific-report/cable",
    )
    assert feed.items[1].title == "A satellite is launched & lost"
    assert feed.items[1].enclosure == Enclosure("https://cdn.example.org/2024-11-19.m4a", 590_000, "audio/x-m4a")
    assert feed.items[2].enclosure is None
    assert len(feed.items) == 3


def test_atom() -> None:
    feed = fixture("harbor-watch.atom")
    assert (feed.title, feed.author, feed.language) == ("Harbor Watch", "Harbor Public Radio", "haw")
    assert feed.link == "https://harbor.example.org/watch"
    ferries, storm = feed.items
    assert ferries.date == "2024-11-05"
    assert ferries.date_written == "published 2024-11-05T22:15:00-10:00"
    assert ferries.authors == (Author("Peter Yamada", "author"), Author("Grace Tanaka", "author"))
    assert ferries.enclosure == Enclosure("https://harbor.example.org/audio/ferries.mp3", 656_000, "audio/mpeg")
    assert ferries.transcripts[0].url == "https://harbor.example.org/feeds/ferries.srt"
    assert ferries.description == "After a long pause,\nferries return."
    assert (storm.title, storm.description) == ("A storm rescue", "At night.\nIn the rain.")
    assert storm.date_written == "updated 2025-02-18T06:00:00Z"


def test_an_old_feed() -> None:
    feed = fixture("island-morning.xml")
    assert (feed.title, feed.author) == ("Island Morning — café edition", "Ed Itor")
    taro, none = feed.items
    assert (taro.date, taro.description) == ("1997-01-17", "Water is scarce.")
    assert taro.authors == (Author("José Núñez", "author"),)
    assert taro.guid == "http://island.example.org/audio/taro%20farm.MP3"
    assert taro.enclosure == Enclosure("http://island.example.org/audio/taro%20farm.MP3", None, "")
    assert (none.date, none.guid) == (None, "http://island.example.org/audio/none.mp3")


def test_a_broken_feed() -> None:
    feed = fixture("reef-notes.rss")
    assert (feed.title, feed.author) == ("Reef Notes", "Reef Institute")
    fish, whales = feed.items
    assert (fish.title, fish.date, fish.description) == ("Fish & chips", "2025-03-04", "Turtles come back.")
    assert fish.enclosure == Enclosure("https://reef.example.org/1.mp3?a=1&b=2", 528_000, "audio/mpeg")
    assert fish.authors == (Author("Mele Akana", "author"),)
    assert (whales.guid, whales.link) == ("reef-2", None)


def test_claims() -> None:
    feed = fixture("pacific-report.rss", "https://me:secret@harbor.example.org/feeds/pr?key=secret")
    of_feed, of_item = "feed https://harbor.example.org/feeds/pr", "feed item pr-2024-10-22"
    assert said(feed, feed.items[0]) == {
        "show title": ("Pacific Report", f"{of_feed}: title", 0.9),
        "title title": ("An undersea cable from Fiji to Hawaiʻi", f"{of_item}: title", 0.9),
        "language language": ("en", f"{of_feed}: language", 0.5),
        "summary description": (
            "The government approved a cable & a contract. Weeks of protests came first.",
            f"{of_item}: description",
            0.7,
        ),
        "date date": ("2024-10-22", f"{of_item}: pubDate Tue, 22 Oct 2024 23:30:00 -1000", 0.9),
        "station author": ("Harbor Public Radio", f"{of_feed}: author", 0.6),
        "reporter podcast:person 0": ("Dana Kealoha", f"{of_item}: podcast:person reporter", 0.95),
        "guest podcast:person 1": ("Losa Tuiasosopo", f"{of_item}: podcast:person guest", 0.95),
        "host podcast:person 2": ("Grace Tanaka", f"{of_item}: podcast:person host", 0.95),
    }
    lost = said(feed, feed.items[1])
    assert lost["date date"] == ("2024-11-19", "feed item pr-2024-11-19: pubDate Tue, 19 Nov 2024 09:00:00 GMT", 0.7)
    assert lost["host podcast:person 0"] == ("Tom Fujimoto", f"{of_feed}: podcast:person host", 0.6)
    assert not any(key.startswith("reporter") for key in lost), "a station is no reporter"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ann Lee", [("Ann Lee", 0.7)]),
        ("By Ann Lee", [("Ann Lee", 0.7)]),
        ("ann@example.org (Ann Lee)", [("Ann Lee", 0.7)]),
        ("Ann Lee &lt;ann@example.org&gt;", [("Ann Lee", 0.7)]),
        ("Ann Lee and Bo Li", [("Ann Lee", 0.7), ("Bo Li", 0.7)]),
        ("Ann Lee, Bo Li &amp; Cy Mu", [("Ann Lee", 0.7), ("Bo Li", 0.7), ("Cy Mu", 0.7)]),
        ("Lee, Ann", [("Lee, Ann", 0.7)]),
        ("Tom Fujimoto", [("Tom Fujimoto", 0.2)]),
        ("Harbor Public Radio", []),
        ("HARBOR WATCH", []),
        ("The Watch Team", []),
        ("KHBR", []),
        ("ann@example.org", []),
        ("", []),
    ],
)
def test_who_the_reporter_is(author: str, expected: list[tuple[str, float]]) -> None:
    channel = "<title>Harbor Watch</title><itunes:author>Tom Fujimoto</itunes:author>"
    feed = read_feed(rss(f"<itunes:author>{author}</itunes:author>", channel=channel), URL)
    reporters = [claim for claim in claims_of(feed, feed.items[0]) if claim.field == Field.REPORTER]
    assert [(claim.value, claim.confidence) for claim in reporters] == expected
    assert all(claim.evidence.endswith(": itunes:author") for claim in reporters)


def test_elements_count_for_more_the_more_they_tell() -> None:
    one = item("<author>a@b.c (A B)</author><dc:creator>C D</dc:creator><itunes:author>E F</itunes:author>")
    assert one.authors == (Author("E F", "itunes:author"), Author("C D", "dc:creator"), Author("A B", "author"))


def test_prefixes_count_even_where_they_are_not_declared_or_others() -> None:
    inner = "<itunes:author>Ann Lee</itunes:author><podcast:person role='guest'>Bo Li</podcast:person>"
    one = read_feed(rss(inner, spaces=""), URL).items[0]
    assert (one.authors[0].name, one.people) == ("Ann Lee", (Person("Bo Li", "guest"),))
    spaces = 'xmlns:x="https://podcastindex.org/namespace/1.0"'
    one = read_feed(rss("<x:person>Bo Li</x:person>", spaces=spaces), URL).items[0]
    assert one.people == (Person("Bo Li", "host"),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tue, 22 Oct 2024 23:30:00 -1000", "2024-10-22"),
        ("Tue, 22 Oct 2024 00:30:00 +1400", "2024-10-22"),
        ("Tue, 22 Oct 2024 23:30:00 GMT", "2024-10-22"),
        ("22 Oct 2024", "2024-10-22"),
        ("Tue,22 Oct 2024 1:2:3 HST", "2024-10-22"),
        ("Tuesday, 22 October 2024 23:30 HST", "2024-10-22"),
        ("Tue, 2 Sept 2024", "2024-09-02"),
        ("22-Oct-24", "2024-10-22"),
        ("Fri, 17 Jan 97 07:30 HST", "1997-01-17"),
        ("Sat, 01 Jan 49 00:00:00 GMT", "2049-01-01"),
        ("Sun, 01 Jan 50 00:00:00 GMT", "1950-01-01"),
        ("2024-10-22T23:30:00-10:00", "2024-10-22"),
        ("2024-10-22", "2024-10-22"),
        ("20241022T233000Z", "2024-10-22"),
        ("Oct 22, 2024", "2024-10-22"),
        ("Tue Oct 22 23:30:00 2024", "2024-10-22"),
        ("Mon, 31 Feb 2025 07:30:00 -1000", None),
        ("2025-02-31T00:00:00Z", None),
        ("31/02/2025", None),
        ("03/04/2025", None),
        ("Mon, 1 Jan 1066", None),
        ("2024", None),
        ("yesterday", None),
        ("32 Foo 2024", None),
        ("1" * 10_000, None),
        ("", None),
    ],
)
def test_dates(written: str, expected: str | None) -> None:
    assert parse_day(written) == expected
    assert item(f"<pubDate>{written}</pubDate>").date == expected


def test_a_date_in_universal_time_is_told_apart() -> None:
    assert [text for text in ("1 Jan 2024 UT", "2024-01-01T00:00:00Z", "… +0000", "… +00:00") if not is_utc(text)] == []
    assert [text for text in ("1 Jan 2024", "… -1000", "… HST", "… +1000", "") if is_utc(text)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1:02:03.5", 3723.5), ("62:03", 3723.0), ("3723", 3723.0), (" 90 ", 90.0), ("0", 0.0), ("00:00:01,250", 1.25)],
)
def test_durations(text: str, expected: float) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-5", "1:2:3:4", "PT1M", "1e9", "9999999", "٣", "NaN", "1" * 1000])
def test_no_durations(text: str) -> None:
    assert parse_duration(text) in {None, 3.0}
    assert parse_duration(text) is None or text == "٣"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain", "Plain"),
        ("Fish & chips < both", "Fish & chips < both"),
        ("List<String> & x", "List<String> & x"),
        ("<b>Bold</b> &amp; plain", "Bold & plain"),
        ("<p>One</p>\n\n<p>Two<br/>three</p>", "One\nTwo\nthree"),
        ("<p>One\ntwo</p>", "One two"),
        ("One\ntwo", "One\ntwo"),
        ("a<script>alert(1)</script>b", "ab"),
        ("a<style>p{}</style><i>b</i>", "ab"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ('<a href="javascript:x">link</a>', "link"),
        ("&lt;b&gt;", "<b>"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("<p>open", "open"),
        ("<b", "<b"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert plain_text(text) == expected


def test_html_in_titles() -> None:
    assert item("<title><![CDATA[<b>Ferries</b> &amp; more]]></title>").title == "Ferries & more"
    assert item("<title>Q&amp;A: x &lt; y</title>").title == "Q&A: x < y"
    assert plain_line("x" * 1001) == ""
    assert item(f"<title>{'x' * 5000}</title>").title is None


def test_addresses() -> None:
    assert absolute_url("../a b.mp3", URL) == "https://harbor.example.org/a%20b.mp3"
    assert absolute_url("file:///etc/passwd", URL) == "file:///etc/passwd"
    assert [absolute_url(text, URL) for text in ("", "http://[", "x" * 5000)] == [None, None, None]
    assert page_url("/x", URL) == "https://harbor.example.org/x"
    assert [page_url(text, URL) for text in ("javascript:alert(1)", "data:text/html,x", "ftp://x/")] == [None] * 3
    assert public_url("https://u:p@e.org:8000/a?k=1#f") == "https://e.org:8000/a"
    assert public_url("http://[::1]/a") == "http://[::1]/a"
    assert public_url("http://e.org:port/") == ""


def test_links_are_pages_only() -> None:
    assert item("<link>javascript:alert(1)</link>").link is None
    assert item("<guid>not an address</guid>").link is None
    assert item("<guid>https://e.org/1</guid>").link == "https://e.org/1"
    feed = read_feed(rss("<link>/x</link>"), "https://me:secret@e.org/feed")
    assert feed.items[0].link == "https://e.org/x"


def enclosed(attributes: str) -> str:
    return f"<enclosure {attributes}/>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (enclosed("url='/a.mp3'"), "https://harbor.example.org/a.mp3"),
        (enclosed("url='/a' type='audio/mpeg'"), "https://harbor.example.org/a"),
        (enclosed("url='/a' type='audio/unheard-of'"), "https://harbor.example.org/a"),
        (enclosed("url='/a' type='video/mp4'"), "https://harbor.example.org/a"),
        (
            enclosed("url='/a.pdf' type='application/pdf'") + enclosed("url='/b.ogg' type='x/y'"),
            "https://harbor.example.org/b.ogg",
        ),
        (enclosed("url='/a.m3u8' type='application/x-mpegurl'"), None),
        (enclosed("url='/a.mp3.html' type='text/html'"), None),
        (enclosed("type='audio/mpeg'"), None),
        (enclosed("url='' type='audio/mpeg'"), URL),
        (
            "<media:content xmlns:media='http://search.yahoo.com/mrss/' url='https://e.org/m.mp3' type='audio/mpeg'/>",
            "https://e.org/m.mp3",
        ),
    ],
)
def test_enclosures(inner: str, expected: str | None) -> None:
    found = item(inner).enclosure
    assert (found and found.url) == (None if expected == URL else expected)


@pytest.mark.parametrize(
    ("length", "expected"), [("12", 12), (" 12 ", 12), ("0", None), ("-1", None), ("1e3", None), ("9" * 40, None)]
)
def test_lengths(length: str, expected: int | None) -> None:
    found = item(enclosed(f"url='/a.mp3' length='{length}'")).enclosure
    assert found
    assert found.length == expected


def test_suffixes_are_those_that_watched_folders_are_searched_for() -> None:
    assert AUDIO <= SUFFIXES
    assert suffix_of("https://e.org/a.MP3?x=.wav", "audio/ogg") == ".mp3"
    assert suffix_of("https://e.org/a.php", "x/y", "audio/ogg") == ".ogg"
    assert suffix_of("https://e.org/a.exe", "x/y") == ""


def test_items_without_a_guid() -> None:
    audio = enclosed("url='https://e.org/a.mp3?session=1' type='audio/mpeg'")
    assert item(audio).guid == "https://e.org/a.mp3"
    script = enclosed("url='https://e.org/get?id=1' type='audio/mpeg'")
    assert item(script).guid == "https://e.org/get?id=1"
    assert item("<guid>  </guid><link>https://e.org/p?x=1</link>").guid == "https://e.org/p?x=1"
    assert item("<title>A</title><pubDate>22 Oct 2024</pubDate>").guid == "A pubDate 22 Oct 2024"
    assert item(f"<guid>{'x' * 501}</guid>").guid.startswith("sha256:")
    assert item("<guid>a\x1b\nb</guid>".replace("\x1b", "")).guid == "a b"


def test_items_that_share_a_guid() -> None:
    one, two = enclosed("url='https://e.org/1.mp3?x=1'"), enclosed("url='https://e.org/2.mp3'")
    old = read_feed(rss(f"<guid>g</guid>{one}"), URL)
    assert [each.guid for each in old.items] == ["g"]
    same = read_feed(rss(f"<guid>g</guid>{one}", f"<guid>g</guid>{one}"), URL)
    assert [each.guid for each in same.items] == ["g"]
    grown = read_feed(rss(f"<guid>g</guid>{two}", f"<guid>g</guid>{one}"), URL)
    assert [each.guid for each in grown.items] == ["g https://e.org/2.mp3", "g https://e.org/1.mp3"]


@pytest.mark.parametrize("name", ["bomb.rss", "outside.rss"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", "<!-- <rss> -->", " \n"])
def test_entities_are_refused(name: str, encoding: str, before: str) -> None:
    text = (FEEDS / name).read_text(encoding="utf-8").replace('<?xml version="1.0"?>\n', before)
    for content in (text, text.replace("</item>", ""), text.replace("<!DOCTYPE", "<b></i><!DOCTYPE")):
        with pytest.raises(FeedError, match="entities"):
            read_feed(content.encode(encoding), URL)


def test_a_file_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_bytes(rss("<title>secret</title>"))
    for content in (str(path).encode(), f"file://{path}".encode(), URL.encode()):
        with pytest.raises(FeedError, match="not an RSS or Atom feed"):
            read_feed(content, URL)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"not a feed",
        b"<html><head><title>A page</title></head><body><p>x</p></body></html>",
        b"\xff\xfe",
        b"\0" * 1000,
        b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
        b"\x1f\x8b\x08\x00\x00",
    ],
)
def test_what_is_no_feed(content: bytes) -> None:
    with pytest.raises(FeedError, match="not an RSS or Atom feed") as raised:
        read_feed(content, "https://me:secret@e.org/f?key=secret")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "no-such-code"),
        ("utf-8", "punycode"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-8"),
        ("latin-1", "iso-8859-1"),
        ("cp1252", "utf-8"),
        ("cp1252", "windows-1252"),
        ("utf-8-sig", "iso-8859-1"),
    ],
)
def test_encodings(encoding: str, declared: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><title>Café é</title></channel></rss>'
    )
    assert read_feed(text.encode(encoding), URL).title == "Café é"


def test_what_no_xml_may_hold_does_no_harm() -> None:
    one = read_feed(b"\r\n \n" + rss("<title>A\x0b\x00B&nbsp;&eacute;&copy;&#8217;</title>"), URL).items[0]
    assert one.title == "AB é©’"


def test_ten_thousand_items() -> None:
    inner = (
        "<title>Piece {0}</title><guid>g{0}</guid><pubDate>Tue, 22 Oct 2024 23:30:00 -1000</pubDate>"
        "<enclosure url='https://e.org/{0}.mp3' type='audio/mpeg'/>"
    )
    with cpu_seconds(30):
        feed = read_feed(rss(*(inner.format(number) for number in range(10_000))), URL)
    assert len(feed.items) == 10_000
    assert feed.items[9_999].guid == "g9999"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<rss>" + b" " * xml.LARGEST, "too large"),
        (b"<rss><channel>" + b"<item/>" * 20_001, "more than 20,000 items"),
        (b"<rss><channel>" + b"<a>" * 201, "too many or too deeply nested elements"),
        (b"<rss " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"/>", "too many attributes"),
        (
            b"<rss><channel>" + b"<a b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l=''/>" * 50_000,
            "too many attributes",
        ),
        (b"<rss><channel>" + b"<a/>" * 500_001, "too many or too deeply nested elements"),
        (b"<rss></a>" + b"<a/>" * 1_500_000, "not well-formed"),
    ],
)
def test_too_much(content: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read_feed(content, URL)


@pytest.mark.parametrize("element", ["category", "itunes:keywords", "dc:subject"])
def test_a_hundred_thousand_keywords_take_no_time(element: str) -> None:
    many = "".join(f"<{element}>{number},{number}a</{element}>" for number in range(30_000))
    with cpu_seconds(20):
        read_feed(rss(many), URL)


def test_what_was_carried_comes_back() -> None:
    feed = fixture("pacific-report.rss", "https://me:secret@harbor.example.org/feeds/pr?key=secret")
    for one in (*feed.items, *fixture("harbor-watch.atom").items):
        content = sidecar_of(feed, one, transcript_suffixes=[".txt"], transcript={"segments": [1]})
        assert claims_in(content) == claims_of(feed, one)
        assert b"secret" not in content
        carried = carried_by(content)
        assert carried
        assert (carried.transcript_suffixes, carried.transcript) == ((".txt",), {"segments": [1]})
        assert replace(carried.item, enclosure=None) == replace(one, enclosure=None)
        assert (carried.item.enclosure is None) == (one.enclosure is None)
        assert replace(carried.feed, url="") == replace(feed, url="", items=())


def test_the_file_beside_the_audio_has_the_keys_that_are_documented() -> None:
    feed = fixture("pacific-report.rss")
    document = json.loads(sidecar_of(feed, feed.items[0]))
    assert (document["format"], document["version"]) == ("radio-archive-feed-item", 1)
    assert list(document) == ["format", "version", "feed", "item", "transcripts"]
    assert list(document["feed"]) == ["url", "title", "author", "language", "link", "people"]
    assert (
        list(document["item"])
        == (
            "guid title date date_written description authors people enclosure transcripts chapters_url chapters "
            "duration link"
        ).split()
    )
    assert document["item"]["people"][0] == ["Dana Kealoha", "reporter"]
    assert document["item"]["enclosure"] == [
        "https://harbor.example.org/feeds/audio/2024-10-22.mp3",
        648_000,
        "audio/mpeg",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"show": "Harbor Watch"}',
        b'{"format": "radio-archive-feed-item"}',
        b'{"format": "radio-archive-feed-item", "version": 2}',
        b'["radio-archive-feed-item"]',
        b'{"format": "radio-archive-feed-item", "version": 1, "x": ' + b"[" * 100_000,
        b'{"format": "radio-archive-feed-item", "version": 1, "x": ' + b"1" * 5_000 + b"}",
        b'{"format": "radio-archive-feed-item", "version": 1}' + b" " * (16 << 20),
    ],
)
def test_other_files_carry_nothing(content: bytes) -> None:
    assert claims_in(content) == []
    assert carried_by(content) is None


def test_a_carried_item_is_checked_like_a_feed() -> None:
    document: dict[str, Any] = json.loads(
        sidecar_of(Feed(URL, title="T"), FeedItem("g", title="A", date="2024-10-22", link="https://e.org/"))
    )
    document["item"] |= {
        "title": "A\x1b[1m\nB" + "\ud800",
        "date": "2024-02-31",
        "link": "javascript:alert(1)",
        "duration": float("inf"),
        "people": [["Ann Lee", "guest"], ["only one"], "x", [1, 2], ["", "host"]],
        "chapters": [{"start": -1, "title": "x"}, {"start": 1, "title": "y"}, 5],
        "enclosure": [1, 2, 3],
    }
    document["transcripts"] = [".txt", "../../x", 3]
    carried = carried_by(json.dumps(document).encode())
    assert carried
    assert carried.item == FeedItem(
        "g", "A [1m B�", people=(Person("Ann Lee", "guest"),), chapters=(Chapter(1.0, "y"),)
    )
    assert carried.transcript_suffixes == (".txt",)


def test_a_summary_is_as_many_paragraphs_as_it_holds() -> None:
    one = item(f"<description><![CDATA[<p>{'a' * 3000}</p><p>{'b' * 1000}</p><p>{'c' * 2000}</p>]]></description>")
    summary = next(claim for claim in claims_of(Feed(URL), one) if claim.field == Field.SUMMARY)
    assert summary.value == f"{'a' * 3000} {'b' * 1000}"


PIECES = st.sampled_from(
    [
        b"<rss version='2.0'>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<channel>", b"</channel>", b"<item>",
        b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<title type='xhtml'>", b"<author>",
        b"</author>",
        b"<name>A B</name>", b"<pubDate>", b"Tue, 22 Oct 2024", b"</pubDate>", b"<guid>", b"</guid>", b"<link>",
        b"<link href='x' rel='enclosure' type='audio/mpeg'/>", b"</link>",
        b"<enclosure url='http://[x' length='\xff'/>",
        b"<enclosure url='/a.mp3'/>", b"<description>", b"</description>", b"<![CDATA[", b"]]>", b"<!--", b"-->",
        b"<itunes:author>", b"</itunes:author>", b"<podcast:person role='&amp;'>", b"</podcast:person>", b"<a b>",
        b"<podcast:transcript url='http://[' type=''/>", b"<psc:chapters>", b"<psc:chapter start='x' title='y'/>",
        b"<psc:chapter/>", b"&#0;", b"&#xd800;", b"&#99999999999;", b"&nbsp;", b"&x;", b"<", b">", b"'", b"\0", b"\xff",
        b"<?xml encoding='utf-16'?>", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"]>", b"<media:content/>", b"<source>",
        b"<itunes:duration>1:2</itunes:duration>", b"<content type='base64'>", b"</content>", b"<georss:point>",
        b"<image>", b"<textinput>", b"<cloud/>", b"<itunes:image/>", b"<podcast:liveItem>", b"</podcast:liveItem>",
    ]
)  # fmt: skip


@settings(max_examples=500)
@given(pieces=st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=40), begun=st.booleans())
def test_no_feed_raises_another_error(pieces: list[bytes], begun: bool) -> None:
    content = (b"<rss version='2.0'><channel><item><title>The tide</title>" if begun else b"") + b"".join(pieces)
    try:
        feed = read_feed(content, URL)
    except FeedError:
        return
    for one in feed.items:
        claims = claims_of(feed, one)
        assert claims_in(sidecar_of(feed, one)) == claims
        assert one.guid == one.guid.strip()
        assert all(0 < len(claim.value) <= 5000 and claim.value.isprintable() for claim in claims)


@settings(max_examples=200)
@given(
    place=st.integers(0, 5000),
    length=st.integers(0, 60),
    new=st.one_of(st.binary(max_size=8), PIECES),
    name=st.sampled_from(["pacific-report.rss", "harbor-watch.atom", "island-morning.xml", "reef-notes.rss"]),
)
def test_no_damage_raises_another_error(place: int, length: int, new: bytes, name: str) -> None:
    content = (FEEDS / name).read_bytes()
    try:
        feed = read_feed(content[:place] + new + content[place + length :], URL)
    except FeedError:
        return
    for one in feed.items:
        assert claims_in(sidecar_of(feed, one)) == claims_of(feed, one)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=200)
@given(values=st.dictionaries(st.sampled_from([*FeedItem.__slots__, *Feed.__slots__]), JSON), rest=JSON)
def test_no_carried_item_raises(values: dict[str, object], rest: object) -> None:
    document = {"format": "radio-archive-feed-item", "version": 1, "feed": values, "item": values, "transcripts": rest}
    content = json.dumps(document).encode()
    assert carried_by(content) is not None
    claims_in(content)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("pubDate Wed, 23 Oct 2024 04:30:00 GMT", "2024-10-22"),
        ("pubDate Wed, 23 Oct 2024 04:30:00 +0000", "2024-10-22"),
        ("pubDate Wed, 23 Oct 2024 14:30:00 GMT", "2024-10-23"),
        ("published 2024-10-23T04:30:00Z", "2024-10-22"),
        ("2024-10-23T09:59:59.5Z", "2024-10-22"),
        ("pubDate Wed, 23 Oct 2024 00:00:00 GMT", None),
        ("pubDate Tue, 22 Oct 2024 18:30:00 -1000", None),
        ("pubDate Thu, 31 Feb 2024 04:30:00 GMT", None),
        ("published 0001-01-01T04:30:00Z", None),
        ("published 9999-99-99T04:30:00Z", None),
        ("GMT", None),
    ],
)
def test_the_day_that_it_was_at_the_station(written: str, expected: str | None) -> None:
    assert day_in_zone(written, ZoneInfo("Pacific/Honolulu")) == expected


@given(st.text(max_size=60).map("{}Z".format))
def test_no_date_breaks_the_reading(written: str) -> None:
    day_in_zone(written, ZoneInfo("Pacific/Honolulu"))
