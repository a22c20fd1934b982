"""Feeds that directories accept, with every clip, whichever way the site is served."""

import json
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import podcast_rules
from support.pictures import jpeg, png
from support.visitor import Visitor

from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.config.podcasts import Podcasts
from radio_archive.config.reader import read_settings
from radio_archive.formats.captions import read_captions
from radio_archive.formats.rss import NAMESPACES
from radio_archive.publish import bundle, static
from radio_archive.site import feeds

URL = "https://reef.example/audio/"
SET = f"""\
[station]
timezone = "Pacific/Honolulu"
[site]
title = "Reef Radio"
url = "{URL}"
contact = "mailto:desk@reef.example?subject=Archive"
[podcast]
category = "News"
image = "art/station.png"
[shows."the  PACREP"]
category = "News > Daily News"
image = "art/report.jpg"
owner = "The Pacific desk"
email = "pacific@reef.example"
explicit = true
language = "haw"
"""
PAGE = 4
GUID = "https://feed.example/?p=41"
CABLE = "/pacific-report/2024-10-22/an-undersea-cable-from-fiji-to-hawaii"


@dataclass(frozen=True)
class Station:
    """An archive with settings for directories, its site, and its static site."""

    visitor: Visitor
    published: Path
    fetch: dict[str, Callable[[str], str]]
    """How to get a feed, by how the site is served."""


@pytest.fixture(scope="module")
def station(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("podcasts")
    archive = Path(shutil.copytree(demo_archive, folder / "archive", ignore=shutil.ignore_patterns("*.db-*")))
    (archive / SETTINGS).write_text(SET, encoding="utf-8")
    (archive / "art").mkdir()
    (archive / "art" / "station.png").write_bytes(png(1400, 1400))
    (archive / "art" / "report.jpg").write_bytes(jpeg(3000, 3000))
    with sqlite3.connect(archive / "archive.db") as db:
        keys = [key for (key,) in db.execute("SELECT id FROM clips WHERE title NOT LIKE '%cable%' ORDER BY id LIMIT 5")]
        for key, date in zip(keys, ("2099-01-01", None, "1998", "1998-05", "2098"), strict=True):
            db.execute("UPDATE clips SET air_date = ? WHERE id = ?", [date, key])
        db.execute(
            "INSERT INTO subjects (clip_id, subject, folded) SELECT id, 'Tides & reefs', 'tides reefs' FROM clips"
        )
        db.execute(
            """INSERT INTO collections (id, uid, name, folded, created_at, public)
               VALUES (9, 'best0000', 'The best', 'the best', '', 1)"""
        )
        db.execute("UPDATE shows SET rights = '© The Pacific desk' WHERE name = 'Pacific Report'")
        db.execute("UPDATE clips SET rights = '© The Pacific desk'")
        db.execute("UPDATE clips SET rights = 'CC BY 4.0 & no <b>' WHERE title LIKE '%cable%'")
        # In an order of its own, which has gaps where clips were taken out.
        db.execute("INSERT INTO collection_clips SELECT 9, id, 100 - id * 2 FROM clips")
        # Under which the settings know it, and which is not published.
        db.execute(
            """INSERT INTO aliases (subject_type, subject_id, name, folded)
               SELECT 'show', id, 'The PacRep', 'the pacrep' FROM shows WHERE name = 'Pacific Report'"""
        )
        db.execute("INSERT INTO feeds (id, url) VALUES (1, 'https://listener:secret@feed.example/')")
        for number, (title, guid, state) in enumerate(
            [("%cable%", GUID, "downloaded"), ("%coffee%", "https://u:secret@x.example/1", "downloaded"),
             ("%turtles%", "not downloaded", "failed")]
        ):  # fmt: skip
            db.execute(
                """INSERT INTO feed_items (id, feed_id, guid, clip_id, state, seen_at)
                   SELECT ?, 1, ?, id, ?, '' FROM clips WHERE title LIKE ? LIMIT 1""",
                [number + 1, guid, state, title],
            )
    settings = read_settings(archive / SETTINGS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feeds, "PER_PAGE", PAGE)
        with Archive(archive) as opened:
            static.publish(opened, folder / "static", settings.site, podcasts=settings.podcasts)
            bundle.publish(opened, folder / "bundle", settings.site, podcasts=settings.podcasts)
        visitor = Visitor(archive, options=settings.site, podcasts=settings.podcasts)
        told = json.loads((folder / "bundle" / "metadata.json").read_text("utf-8"))["plugins"]["radio-archive"]
        packed = Visitor(
            folder / "bundle", immutable=True, options=settings.site, podcasts=Podcasts.of(told["podcasts"])
        )
        yield Station(
            visitor,
            folder / "static",
            {
                "server": lambda path: str(visitor.get(path).text),
                "bundle": lambda path: str(packed.get(path).text),
                "static": lambda path: of_static(folder / "static", path),
            },
        )


def of_static(folder: Path, path: str) -> str:
    """Return the file of a static site for a path of the site on a server, or of itself."""
    return (folder / urlsplit(path).path.removeprefix("/")).read_text("utf-8")


def path_of(address: str) -> str:
    """Return the path on the site of an address in a feed."""
    return re.sub(rf"^(http://localhost|{re.escape(URL.rstrip('/'))})", "", address)


def pages(fetch: Callable[[str], str], path: str) -> list[ET.Element]:
    """Return all pages of a feed, by following it."""
    found = [ET.fromstring(fetch(path))[0]]  # noqa: S314 - our own
    while (link := link_of(found[-1], "next")) and len(found) < 50:
        found.append(ET.fromstring(fetch(path_of(link)))[0])  # noqa: S314 - our own
    return found


def link_of(channel: ET.Element, rel: str) -> str | None:
    found = channel.find(f"atom:link[@rel='{rel}']", NAMESPACES)
    return None if found is None else found.get("href")


FEEDS = [
    *("/index.rss", "/pacific-report.rss", "/people/dana-kealoha.rss", "/subjects/tides-reefs.rss"),
    "/collections/the-best.rss",
]


@pytest.mark.parametrize("path", [*FEEDS, "/search.rss?q=cable", "/search.rss?q=the", "/pacific-report.rss?year=2024"])
@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_directories_accept_every_page_of_every_feed(station: Station, served: str, path: str) -> None:
    if served == "static" and "?" in path:
        return
    for channel in pages(station.fetch[served], path):
        assert podcast_rules.faults(channel) == []


def test_the_table_of_what_directories_demand_finds_what_is_missing() -> None:
    empty = podcast_rules.faults(ET.fromstring("<channel><item/></channel>"))  # noqa: S314 - our own
    assert len(empty) == len(podcast_rules.CHANNEL) + len(podcast_rules.ITEM)


@pytest.mark.parametrize("path", ["/index.rss", "/subjects/tides-reefs.rss", "/collections/the-best.rss"])
@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_every_clip_is_on_one_page_of_the_feed(station: Station, served: str, path: str) -> None:
    there = pages(station.fetch[served], path)
    titles = [item.findtext("title") or "" for page in there for item in page.iter("item")]
    assert sorted(titles) == sorted(entry.title for entry in station.visitor.entries())
    assert {len(page.findall("item")) for page in there[:-1]} == {PAGE}
    assert link_of(there[0], "previous") is None
    assert [link_of(page, "previous") for page in there[1:]][1:] == [link_of(page, "self") for page in there[1:-1]]
    assert {link_of(page, "first") for page in there} == {link_of(there[0], "self")}
    # The last page may begin in the middle of one that was reached from the first.
    last = ET.fromstring(station.fetch[served](path_of(link_of(there[0], "last") or "")))[0]  # noqa: S314 - our own
    assert [item.findtext("title") for item in last.iter("item")] == titles[-PAGE:]
    assert len({page.findtext("podcast:guid", namespaces=NAMESPACES) for page in there}) == 1


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_dates_are_the_stations_and_only_those_that_are_known(station: Station, served: str) -> None:
    there = pages(station.fetch[served], "/index.rss")
    items = [item for page in there for item in page.iter("item")]
    aired = [
        entry.date for title in items for entry in station.visitor.entries() if entry.title == title.findtext("title")
    ]
    known = [date for date in aired if date and len(date) == 10 and date < "2090"]
    assert [item.findtext("pubDate") for item in items if item.find("pubDate") is not None] == [
        format_datetime(datetime.fromisoformat(f"{date}T00:00:00-10:00")) for date in known
    ]
    # What is to come stands last, not first.
    undated = aired.index(None)
    assert aired[:undated] == sorted(aired[:undated], key=str, reverse=True)
    assert aired[undated:] == [None, "2099-01-01", "2098"]


def test_what_is_dated_in_the_future_is_not_the_latest_on_the_home_page(station: Station) -> None:
    latest = [clip["date"] for clip in station.visitor.get("/index.json").json()["latest"]]
    assert latest[:8] == sorted((date for date in latest if date and date < "2090"), reverse=True)[:8]


def test_every_list_has_what_is_to_come_at_its_end(station: Station) -> None:
    to_come = {entry.show: entry for entry in station.visitor.entries() if (entry.date or "") > "2090"}
    assert to_come
    for path in ["/subjects/tides-reefs", *(f"/{entry.show_address}" for entry in to_come.values())]:
        dates = [clip["date"] for clip in station.visitor.get(f"{path}.json").json()["entries"]]
        aired = [date for date in dates if date and date < "2090"]
        assert dates[: len(aired)] == sorted(aired, reverse=True) != []
        assert dates[-1] > "2090", path


def test_a_collection_keeps_its_order(station: Station) -> None:
    with Archive(station.visitor.folder, read_only=True) as archive:
        titles = [title for (title,) in archive.db.execute("SELECT title FROM clips ORDER BY id DESC")]
    feed = pages(station.fetch["server"], "/collections/the-best.rss")
    assert [item.findtext("title") for page in feed for item in page.iter("item")] == titles


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_a_show_tells_what_its_settings_say_and_others_what_is_set_for_all(station: Station, served: str) -> None:
    def told(path: str) -> list[str | None]:
        channel = pages(station.fetch[served], path)[0]
        categories = [one.get("text") for one in channel.iter(f"{{{NAMESPACES['itunes']}}}category")]
        texts = ("itunes:owner/itunes:name", "itunes:owner/itunes:email", "itunes:explicit", "language")
        return [*categories, *(channel.findtext(text, namespaces=NAMESPACES) for text in texts)]

    assert told("/pacific-report.rss") == [
        *("News", "Daily News", "The Pacific desk", "pacific@reef.example", "true", "haw"),
    ]
    assert told("/people/dana-kealoha.rss") == ["News", "Reef Radio", "desk@reef.example", "false", "en"]


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_a_shows_feed_tells_its_rights_and_an_item_those_that_differ(station: Station, served: str) -> None:
    def told(path: str) -> tuple[str | None, set[str | None]]:
        there = pages(station.fetch[served], path)
        items = {item.findtext("dc:rights", namespaces=NAMESPACES) for page in there for item in page.iter("item")}
        return there[-1].findtext("copyright"), items

    assert told("/pacific-report.rss") == ("© The Pacific desk", {None, "CC BY 4.0 & no <b>"})
    assert told("/index.rss") == (None, {"© The Pacific desk", "CC BY 4.0 & no <b>"})
    atom = station.fetch[served]("/pacific-report.atom")
    assert re.findall("<rights>(.*)</rights>", atom) == ["© The Pacific desk", "CC BY 4.0 &amp; no &lt;b&gt;"]


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_a_followed_feeds_guid_stays_that_of_the_clip(station: Station, served: str) -> None:
    items = [item for page in pages(station.fetch[served], "/index.rss") for item in page.iter("item")]
    guids = {item.findtext("title"): item.findtext("guid") or "" for item in items}
    for title, guid in guids.items():
        entry = station.visitor.entry(str(title))
        assert guid == (GUID if "cable" in entry.title else entry.uid)
    everything = "".join(path.read_text("utf-8", "replace") for path in station.published.rglob("*.rss"))
    assert "secret" not in everything


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_pictures_are_where_the_feed_and_the_page_say(station: Station, served: str) -> None:
    channel = pages(station.fetch[served], "/pacific-report.rss")[0]
    image = channel.find("itunes:image", NAMESPACES)
    assert image is not None
    path = path_of(image.get("href") or "")
    page = station.fetch[served]("/pacific-report/index.html" if served == "static" else "/pacific-report")
    assert f'<meta property="og:image" content="{image.get("href")}">' in page
    assert re.search(rf'<img class="cover" src="[./]*{re.escape(path.lstrip("/"))}"', page)
    if served == "static":
        content = (station.published / path.lstrip("/")).read_bytes()
    else:
        sent = station.visitor.get(path)
        assert sent.headers["content-type"] == "image/jpeg"
        content = sent.content
    assert content == jpeg(3000, 3000)
    # A clip without a cover has its show's, the home page that of all.
    for page_path in (CABLE, "/"):
        text = station.fetch[served](f"{page_path.rstrip('/')}/index.html" if served == "static" else page_path)
        assert text.count("og:image") == 1
    # There the show has its own, and a show that has none has a letter.
    assert re.findall(r'<img class="face" src="([^"]*)"', text) == [path if served != "static" else path.lstrip("/")]
    assert '<span class="face"' in text


@pytest.mark.parametrize("path", ["0" * 16 + ".png", "../archive.db", "art/station.png", "%2e%2e/art/station.png"])
def test_nothing_but_pictures_of_the_settings_is_sent(station: Station, path: str) -> None:
    assert station.visitor.get(f"/picture/{path}").status_code == 404


@pytest.mark.parametrize("served", ["server", "bundle", "static"])
def test_apps_read_the_transcript_as_json(station: Station, served: str) -> None:
    text = station.fetch[served](f"{CABLE}.transcript.json")
    data = json.loads(text)
    assert data["version"] == "1.0.0"
    starts = [one["startTime"] for one in data["segments"]]
    assert starts == sorted(starts)
    assert all(one["endTime"] >= one["startTime"] and one["body"].strip() for one in data["segments"])
    heard = read_captions(text.encode(), origin="feed", name="x.json")
    assert heard is not None
    assert "announced an undersea cable from Fiji" in "".join(word.text for word in heard.words)


def test_an_app_that_has_the_feed_is_not_sent_it_again(station: Station) -> None:
    first = station.visitor.get("/pacific-report.rss")
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    later = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    for known in (
        *({"if_none_match": tag}, {"if_none_match": f'"x", W/{tag}'}, {"if_none_match": "*"}),
        *({"if_modified_since": changed}, {"if_modified_since": later}),
    ):
        again = station.visitor.get("/pacific-report.rss", **known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
    for other in (
        *({"if_none_match": '"x"'}, {"if_none_match": '"x"', "if_modified_since": later}),
        *({"if_modified_since": "Tue, 22 Oct 2024 00:00:00 GMT"}, {"if_modified_since": "yesterday"}),
        {"if_modified_since": "Tue, 99 Oct 99999 00:00:00 GMT"},
    ):
        assert station.visitor.get("/pacific-report.rss", **other).status_code == 200, other


def test_a_clip_that_is_withdrawn_changes_the_feed(own_archive: Path) -> None:
    visitor = Visitor(own_archive)
    before = visitor.get("/pacific-report.rss")
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE title LIKE 'An undersea%'")
    known = {"if_modified_since": before.headers["last-modified"]}
    assert visitor.get("/pacific-report.rss", **known).status_code == 200


@pytest.mark.parametrize("start", ["x", "2024-10-22", "2024-10-22.", "undated.x", "2024.9" + "9" * 40, "' OR 1.1"])
def test_what_is_no_page_of_a_feed_is_refused(station: Station, start: str) -> None:
    assert station.visitor.get(f"/index.rss?from={start}").status_code == 400


def test_a_page_whose_first_clip_is_gone_still_leads_on(station: Station) -> None:
    channel = ET.fromstring(station.fetch["server"]("/index.rss?from=2024-10-22.999999"))[0]  # noqa: S314 - our own
    assert len(channel.findall("item")) == PAGE
