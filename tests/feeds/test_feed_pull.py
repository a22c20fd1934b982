"""Downloads from real local servers, good and bad: all files come complete, once, and only from allowed addresses."""

import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from support.feed_station import AUDIO, QUICK, Clock, Request, Route, Station, running, serve

from radio_archive.errors import DiskFullError, FeedError, FeedUnreachableError, UsageError
from radio_archive.feeds import client, transfer, transport
from radio_archive.feeds import pull as downloads_module
from radio_archive.feeds.client import FetchOptions
from radio_archive.feeds.pull import DownloadProgress, Downloads, ItemOutcome, PulledItem, stem_of
from radio_archive.metadata.feed.claims import carried_by, claims_of
from radio_archive.metadata.feed.reader import Enclosure, Feed, FeedItem, TranscriptLink
from radio_archive.roots import Root, rename
from radio_archive.watch import folders


@pytest.fixture
def station() -> Iterator[Station]:
    with running() as server:
        yield server


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all requests."""
    clock = Clock()
    for module in (client, transport, transfer):
        monkeypatch.setattr(module, "time", clock)
    return clock


def piece(station: Station, path: str = "/a.mp3", title: str = "The tide", **more: Any) -> FeedItem:
    enclosure = Enclosure(station.url(path), None, "audio/mpeg")
    return FeedItem(**{"guid": path, "title": title, "date": "2024-10-22", "enclosure": enclosure, **more})


def feed_of(station: Station, *items: FeedItem) -> Feed:
    return Feed(station.url(), "Harbor Watch", items=items)


def pull(feed: Feed, inbox: Path, options: FetchOptions = QUICK, **more: Any) -> list[PulledItem]:
    with Downloads(options, **more) as downloads:
        return list(downloads.pull(feed, inbox))


def pull_one(station: Station, inbox: Path, options: FetchOptions = QUICK, **more: Any) -> PulledItem:
    (pulled,) = pull(feed_of(station, piece(station)), inbox, options, **more)
    return pulled


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".") and path.name != ".gitignore")


def halves(folder: Path) -> list[str]:
    return [name for name in hidden(folder) if ".part" in name]


def changed(options: FetchOptions = QUICK, **values: Any) -> FetchOptions:
    return FetchOptions(**{**{name: getattr(options, name) for name in FetchOptions.__slots__}, **values})


RSS = b"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
    xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Harbor Watch</title>
<item><title>The tide: how/why?</title><guid>g1</guid><pubDate>Tue, 22 Oct 2024 23:30:00 -1000</pubDate>
<itunes:author>Ann Lee</itunes:author><enclosure url="audio/a.mp3?via=feed" type="audio/mpeg"/>
<podcast:transcript url="a.vtt" type="text/vtt"/></item>
<item><title>A page</title><guid>g2</guid></item></channel></rss>"""


def test_a_feed_and_its_items(station: Station, inbox: Path) -> None:
    station.routes |= {
        "/feed.rss": lambda request: request.answer(200, RSS, etag='"f1"', last_modified="Tue, 22 Oct 2024"),
        "/audio/a.mp3": serve(),
        "/a.vtt": lambda request: request.answer(200, b"\xef\xbb\xbfWEBVTT\n\n00:00.000 --> 00:01.000\nTide.\n"),
    }
    heard: list[DownloadProgress] = []
    with Downloads(QUICK, listen=heard.append) as downloads:
        fetched = downloads.fetch(station.url())
        assert fetched.feed
        assert (fetched.etag, fetched.last_modified, fetched.moved_to) == ('"f1"', "Tue, 22 Oct 2024", None)
        tide, page = downloads.pull(fetched.feed, inbox)
    assert (tide.fate, tide.cause, tide.warnings) == (ItemOutcome.DOWNLOADED, None, ())
    assert tide.sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert (page.fate, page.path) == (ItemOutcome.WITHOUT_AUDIO, None)
    stem = stem_of(fetched.feed, tide.item)
    assert re.fullmatch(r"2024-10-22 The tide how why [0-9a-f]{8}", stem)
    assert tide.path == inbox / f"{stem}.mp3"
    assert visible(inbox) == [f"{stem}.json", f"{stem}.mp3", f"{stem}.vtt"]
    assert halves(inbox) == []
    assert tide.path.read_bytes() == AUDIO
    carried = carried_by((inbox / f"{stem}.json").read_bytes())
    assert carried
    assert claims_of(carried.feed, carried.item, carried.show) == claims_of(fetched.feed, tide.item)
    assert heard[-1] == DownloadProgress(tide.item, len(AUDIO), len(AUDIO))
    agent = station.asked("/audio/a.mp3")[0]["user-agent"]
    assert agent.startswith("radio-archive/")


def test_a_feed_that_has_not_changed_is_not_read_again(station: Station) -> None:
    def route(request: Request) -> None:
        if request.headers.get("If-None-Match") == '"f1"' and request.headers.get("If-Modified-Since") == "Tue":
            request.head(304, etag='"f1"', content_encoding="gzip")
        else:
            request.answer(200, RSS)

    station.routes["/feed.rss"] = route
    with Downloads(QUICK) as downloads:
        assert downloads.fetch(station.url(), etag='"f0"', last_modified="Tue").feed is not None
        fetched = downloads.fetch(station.url(), etag='"f1"', last_modified="Tue")
    assert (fetched.feed, fetched.etag, fetched.last_modified) == (None, '"f1"', "Tue")


def test_a_feed_comes_packed_but_no_more_than_it_may_be(station: Station) -> None:
    packed, bomb = gzip.compress(RSS), gzip.compress(gzip.compress(bytes(50_000_000)))
    station.routes |= {
        "/feed.rss": lambda request: request.answer(200, packed, content_encoding="gzip"),
        "/cut": lambda request: request.answer(200, packed[:-20], content_encoding="gzip"),
        "/bomb": lambda request: request.answer(200, gzip.decompress(bomb), content_encoding="gzip"),
        "/twice": lambda request: request.answer(200, bomb, content_encoding="gzip, gzip"),
        "/plain": lambda request: request.answer(200, b"x" * 1_000_001),
    }
    with Downloads(changed(largest_feed=1_000_000, attempts=2)) as downloads:
        assert downloads.fetch(station.url()).feed
        for path, message in (
            ("/cut", "broke off"),
            ("/bomb", "larger than 1,000,000"),
            ("/twice", "compressed as"),
            ("/plain", "larger than 1,000,000"),
        ):
            with pytest.raises(FeedError, match=message):
                downloads.fetch(station.url(path))
    assert station.asked("/feed.rss")[0]["accept-encoding"] == "gzip"


def redirect(to: str, status: int = 302) -> Route:
    return lambda request: request.answer(status, location=to)


def test_redirects(station: Station, inbox: Path) -> None:
    station.routes |= {
        "/old": redirect("/older", 301),
        "/older": redirect("/feed/new.rss", 308),
        "/now": redirect("/feed/new.rss", 302),
        "/feed/new.rss": lambda request: request.answer(200, RSS),
        "/feed/audio/a.mp3": redirect("/cdn/a.mp3"),
        "/cdn/a.mp3": serve(),
    }
    with Downloads(QUICK) as downloads:
        fetched = downloads.fetch(station.url("/old"))
        assert fetched.moved_to == station.url("/feed/new.rss")
        assert downloads.fetch(station.url("/now")).moved_to is None
        assert fetched.feed
        assert fetched.feed.url == station.url("/old"), "the name by which the caller knows it"
        assert next(downloads.pull(fetched.feed, inbox)).fate == ItemOutcome.DOWNLOADED


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("/a.mp3", "redirects too many times"),
        ("file:///etc/passwd", "not a web address"),
        ("ftp://127.0.0.1/a.mp3", "not a web address"),
        ("gopher://x", "not a web address"),
        ("http://[", "redirects to an invalid address"),
        ("http://a:b/", "redirects to an invalid address"),
        ("http://127.0.0.2:1/a.mp3", "this machine or of the local network"),
        ("http://[::1]/a.mp3", "this machine or of the local network"),
        ("http://2130706434/a.mp3", "this machine or of the local network"),
        ("http://10.1.2.3/a.mp3", "this machine or of the local network"),
        ("http://169.254.169.254/latest/meta-data", "this machine or of the local network"),
    ],
)
def test_redirects_to_where_nobody_may_be_sent(
    station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch, to: str, message: str
) -> None:
    monkeypatch.setattr(transport, "is_public", lambda address: str(address) == "127.0.0.1")
    station.routes["/a.mp3"] = redirect(to)
    pulled = pull_one(station, inbox, changed(allow_private=False, attempts=2))
    assert pulled.fate == ItemOutcome.FAILED
    assert message in str(pulled.cause)
    assert len(station.seen) == (6 if to == "/a.mp3" else 1)


def test_this_machine_is_refused_unless_it_is_allowed(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    pulled = pull_one(station, inbox, changed(allow_private=False))
    assert isinstance(pulled.cause, FeedError)
    assert not pulled.cause.transient
    assert "this machine or of the local network (127.0.0.1)" in str(pulled.cause)
    assert station.seen == []
    with Downloads(changed(allow_private=False)) as downloads, pytest.raises(FeedError, match="this machine"):
        downloads.fetch(station.url())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("127.255.0.1", False),
        ("0.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("::1", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:7f00:1::1", False),
        ("2002:0a01:0203::1", False),
        ("2002:5db8:d822::1", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert transport.is_public(ip_address(address)) is expected


def test_a_name_that_changes_its_address_gains_nothing(
    station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked_up = socket.getaddrinfo, []

    def lookup(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host == "rebind.example.org":
            looked_up.append(host)
            host = "127.0.0.1" if len(looked_up) == 1 else "127.0.0.2"
        return real(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(transport, "is_public", lambda address: str(address) == "127.0.0.1")
    station.routes["/a.mp3"] = serve()
    url = station.url("/a.mp3").replace("127.0.0.1", "rebind.example.org")
    item = piece(station, enclosure=Enclosure(url, None, ""))
    options = changed(allow_private=False)
    (first,) = pull(feed_of(station, item), inbox, options)
    assert first.fate == ItemOutcome.DOWNLOADED
    assert len(looked_up) == 1, "what was looked at is what was connected to"
    assert station.asked("/a.mp3")[0]["host"].startswith("rebind.example.org")
    (second,) = pull(feed_of(station, piece(station, guid="2", enclosure=item.enclosure)), inbox, options)
    assert "this machine" in str(second.cause)


def test_what_broke_off_goes_on(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve(cuts=[30_000, 1])
    pulled = pull_one(station, inbox)
    assert pulled.path
    assert pulled.path.read_bytes() == AUDIO
    asked = station.asked("/a.mp3")
    assert [headers.get("range") for headers in asked] == [None, "bytes=30000-", "bytes=30001-"]
    assert [headers.get("if-range") for headers in asked] == [None, '"one"', '"one"']
    assert {headers["accept-encoding"] for headers in asked} == {"identity"}


def test_it_goes_on_by_date_too(station: Station, inbox: Path) -> None:
    moment = "Tue, 22 Oct 2024 23:30:00 GMT"
    station.routes["/a.mp3"] = serve(etag='W/"weak"', modified=moment, cuts=[5000])
    assert pull_one(station, inbox).sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert station.asked("/a.mp3")[1]["if-range"] == moment


@pytest.mark.parametrize("strict", [True, False])
def test_a_file_that_has_changed_starts_anew(station: Station, inbox: Path, strict: bool) -> None:
    new = AUDIO[::-1]

    def route(request: Request) -> None:
        if len(station.asked("/a.mp3")) == 1:
            serve(cuts=[30_000])(request)
        else:
            serve(new, etag='"two"', strict=strict)(request)

    station.routes["/a.mp3"] = route
    pulled = pull_one(station, inbox)
    assert pulled.path
    assert pulled.path.read_bytes() == new
    assert station.asked("/a.mp3")[1]["range"] == "bytes=30000-"


def test_a_file_that_has_become_shorter_starts_anew(station: Station, inbox: Path) -> None:
    def route(request: Request) -> None:
        if len(station.asked("/a.mp3")) == 1:
            serve(cuts=[30_000])(request)
        else:
            serve(AUDIO[:1000], strict=False)(request)

    station.routes["/a.mp3"] = route
    pulled = pull_one(station, inbox)
    assert pulled.path
    assert pulled.path.read_bytes() == AUDIO[:1000]


@pytest.mark.parametrize("place", ["bytes 0-102399/102400", "bytes 30000-102399/999999", "bytes x", ""])
def test_another_stretch_than_was_asked_for_is_not_taken(station: Station, inbox: Path, place: str) -> None:
    def route(request: Request) -> None:
        match len(station.asked("/a.mp3")):
            case 1:
                serve(cuts=[30_000])(request)
            case 2:
                request.answer(206, AUDIO[30_000:], content_range=place, etag='"one"')
            case _:
                serve()(request)

    station.routes["/a.mp3"] = route
    assert pull_one(station, inbox).sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert "range" not in station.asked("/a.mp3")[2]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_a_file_that_cannot_be_told_from_another_starts_anew(station: Station, inbox: Path, etag: str | None) -> None:
    station.routes["/a.mp3"] = serve(etag=etag, cuts=[30_000])
    assert pull_one(station, inbox).sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert "range" not in station.asked("/a.mp3")[1]


def test_what_was_interrupted_goes_on_another_day(station: Station, inbox: Path, clock: Clock) -> None:
    def slowly(request: Request) -> None:
        request.head(200, content_length=str(len(AUDIO)), etag='"one"', content_type="audio/mpeg")
        for begin in range(0, 40_000, 10_000):
            request.wfile.write(AUDIO[begin : begin + 10_000])
            clock.now += 1
        station.ended.wait()

    def interrupt(progress: DownloadProgress) -> None:
        if progress.done >= 30_000:
            assert folders.scan(Root(inbox)).recordings == []
            assert dict(folders.scan(Root(inbox)).beside) == {}
            raise KeyboardInterrupt

    station.routes["/a.mp3"] = slowly
    with pytest.raises(KeyboardInterrupt):
        pull_one(station, inbox, listen=interrupt)
    assert visible(inbox) == []
    stem = stem_of(feed_of(station), piece(station))
    assert halves(inbox) == [f".{stem}.part", f".{stem}.part.json"]
    have = (inbox / f".{stem}.part").stat().st_size
    assert have >= 30_000
    station.routes["/a.mp3"] = serve()
    pulled = pull_one(station, inbox)
    assert pulled.sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert station.asked("/a.mp3")[1]["range"] == f"bytes={have}-"
    assert halves(inbox) == []


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"url": 1, "etag": 2, "last_modified": 3, "total": "x", "media_type": []}',
        b'{"url": "http://elsewhere/", "etag": "\\"one\\"", "last_modified": null, "total": 102400, "media_type": ""}',
    ],
)
def test_a_note_that_makes_no_sense_is_no_note(station: Station, inbox: Path, note: bytes) -> None:
    stem = stem_of(feed_of(station), piece(station))
    (inbox / f".{stem}.part").write_bytes(b"something else")
    (inbox / f".{stem}.part.json").write_bytes(note)
    station.routes["/a.mp3"] = serve()
    assert pull_one(station, inbox).sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert halves(inbox) == []


def test_a_file_that_was_whole_but_not_in_place_is_not_fetched_again(
    station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.routes["/a.mp3"] = serve()

    def killed(*_: object, **__: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(downloads_module, "sidecar_of", killed)
        with pytest.raises(KeyboardInterrupt):
            pull_one(station, inbox)
    assert visible(inbox) == []
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED
    assert len(station.seen) == 1
    again = pull_one(station, inbox)
    assert (again.fate, again.sha256) == (ItemOutcome.DOWNLOADED, hashlib.sha256(AUDIO).hexdigest())
    assert len(station.seen) == 1, "it lies there already"


def test_sidecars_are_there_before_the_audio(station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station.routes |= {"/a.mp3": serve(), "/a.srt": lambda r: r.answer(200, b"1\n00:00:00,000 --> 00:00:01,000\nx\n")}
    moved: list[list[str]] = []

    def watched(source: Root, old: Path, target: Root, new: Path) -> None:
        moved.append([name[-4:] for name in visible(inbox)])
        rename(source, old, target, new)

    monkeypatch.setattr("radio_archive.feeds.pull.rename", watched)
    item = piece(station, transcripts=(TranscriptLink(station.url("/a.srt"), "application/x-subrip", ""),))
    pull(feed_of(station, item), inbox)
    assert moved == [["json", ".srt"]]


def failing(station: Station, *statuses: int, **headers: str) -> Route:
    """Gives these answers first, and then the file."""
    left = list(statuses)
    whole = serve()
    return lambda request: request.answer(left.pop(0), b"no", **headers) if left else whole(request)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_server_in_trouble_is_asked_again(station: Station, inbox: Path, status: int) -> None:
    station.routes["/a.mp3"] = failing(station, status, status)
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED
    assert len(station.seen) == 3


def test_a_server_in_trouble_is_given_up_in_the_end(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = failing(station, *[503] * 9)
    pulled = pull_one(station, inbox)
    assert isinstance(pulled.cause, FeedUnreachableError)
    assert pulled.cause.transient
    assert "answers 503" in str(pulled.cause)
    assert len(station.seen) == 4


def test_retry_after(station: Station, inbox: Path, clock: Clock) -> None:
    station.routes["/a.mp3"] = failing(station, 429, retry_after="30")
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED
    assert len(station.seen) == 2
    assert clock.naps == [30]


IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("wait", ["3600", IN_AN_HOUR, "9" * 9], ids=["seconds", "date", "aeons"])
def test_retry_after_long(station: Station, inbox: Path, wait: str) -> None:
    station.routes["/a.mp3"] = failing(station, 429, retry_after=wait)
    pulled = pull_one(station, inbox)
    assert isinstance(pulled.cause, FeedUnreachableError)
    assert len(station.seen) == 1


@pytest.mark.parametrize("wait", ["soon", "-5", "Tue, 22 Oct 2024 23:30:00 +99999999999", "1e3", ""])
def test_retry_after_nonsense(station: Station, inbox: Path, wait: str) -> None:
    station.routes["/a.mp3"] = failing(station, 429, retry_after=wait)
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204, 304, 416, 599, 300])
def test_other_answers_are_final(station: Station, inbox: Path, status: int) -> None:
    station.routes["/a.mp3"] = lambda request: request.answer(status, b"" if status in {204, 304} else b"no")
    pulled = pull_one(station, inbox)
    assert pulled.fate == ItemOutcome.FAILED
    assert visible(inbox) == []
    assert halves(inbox) == []
    assert len(station.seen) == (4 if status in {304, 416} else 1)


def test_a_length_that_is_not_true(station: Station, inbox: Path) -> None:
    def lying(request: Request) -> None:
        request.head(200, content_length="200000", etag='"one"', content_type="audio/mpeg")
        begin = int(request.headers.get("Range", "bytes=0-")[6:-1])
        if not begin:
            request.wfile.write(AUDIO)
        request.hang_up()

    station.routes["/a.mp3"] = lying
    pulled = pull_one(station, inbox)
    assert isinstance(pulled.cause, FeedUnreachableError)
    assert visible(inbox) == []


@pytest.mark.parametrize("length", ["-1", "x", "1, 2", "9" * 400])
def test_a_length_that_is_none(station: Station, inbox: Path, length: str) -> None:
    station.routes["/a.mp3"] = lambda request: request.head(200, content_length=length)
    assert pull_one(station, inbox).fate == ItemOutcome.FAILED
    assert visible(inbox) == []


def chunks(request: Request) -> Iterator[Callable[[bytes], object]]:
    request.head(200, transfer_encoding="chunked", content_type="audio/mpeg")

    def send(content: bytes) -> None:
        request.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    yield send


def test_a_length_that_is_not_given(station: Station, inbox: Path) -> None:
    def route(request: Request) -> None:
        for send in chunks(request):
            send(AUDIO)
            send(b"")

    def until_the_end(request: Request) -> None:
        request.head(200, connection="close", content_type="audio/mpeg")
        request.wfile.write(AUDIO)
        request.hang_up()

    for number, each in enumerate((route, until_the_end)):
        station.routes["/a.mp3"] = each
        (pulled,) = pull(feed_of(station, piece(station, guid=str(number))), inbox)
        assert pulled.sha256 == hashlib.sha256(AUDIO).hexdigest()


def test_what_is_too_large_is_not_even_begun(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    pulled = pull_one(station, inbox, changed(largest_file=100_000))
    assert "larger than 100,000 bytes" in str(pulled.cause)
    assert halves(inbox) == []
    assert len(station.seen) == 1


def test_a_body_without_end_ends(station: Station, inbox: Path) -> None:
    def endless(request: Request) -> None:
        for send in chunks(request):
            while not station.ended.is_set():
                send(bytes(50_000))

    station.routes["/a.mp3"] = endless
    pulled = pull_one(station, inbox, changed(largest_file=1_000_000))
    assert "larger than 1,000,000 bytes" in str(pulled.cause)
    assert halves(inbox) == []


def test_a_body_that_stops_coming(station: Station, inbox: Path) -> None:
    def stopping(request: Request) -> None:
        request.head(200, content_length="1000", content_type="audio/mpeg")
        request.wfile.write(b"x")
        station.ended.wait()

    station.routes["/a.mp3"] = stopping
    # Nothing else than the stall can end it.
    pulled = pull_one(station, inbox, changed(stall=0.2, attempts=2, file_time=1e6))
    assert isinstance(pulled.cause, FeedUnreachableError)
    assert len(station.asked("/a.mp3")) == 2


def trickle(station: Station, begin: bytes, clock: Clock) -> Route:
    """One byte a second, by the client's clock."""

    def route(request: Request) -> None:
        request.wfile.write(begin)
        while not station.ended.wait(0.001):
            clock.now += 1
            request.wfile.write(b"x")

    return route


def test_a_body_that_trickles(station: Station, inbox: Path, clock: Clock) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nContent-Type: audio/mpeg\r\n\r\n"
    station.routes["/a.mp3"] = trickle(station, head, clock)
    pulled = pull_one(station, inbox, changed(stall=60, attempts=1, file_time=1e6))
    assert "too slow" in str(pulled.cause)


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_an_answer_that_trickles(station: Station, inbox: Path, begin: bytes, clock: Clock) -> None:
    station.routes["/a.mp3"] = trickle(station, begin, clock)
    pulled = pull_one(station, inbox, changed(stall=1e6, file_time=60, attempts=1))
    assert isinstance(pulled.cause, FeedUnreachableError)
    assert clock.now >= 60


@pytest.mark.parametrize("answer", [b"", b"\0" * 100, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, b"SSH-2.0-x\r\n"])
def test_what_speaks_another_language(station: Station, inbox: Path, answer: bytes) -> None:
    def route(request: Request) -> None:
        request.wfile.write(answer)
        request.hang_up()

    station.routes["/a.mp3"] = route
    assert isinstance(pull_one(station, inbox).cause, FeedUnreachableError)


def test_nobody_there(station: Station, inbox: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/a.mp3"
        for address in (url, "http://no-such-host.invalid/a.mp3", f"http://{'a' * 70}.example.org/a.mp3"):
            item = piece(station, enclosure=Enclosure(address, None, ""))
            (pulled,) = pull(feed_of(station, item), inbox)
            assert isinstance(pulled.cause, FeedError)
            assert pulled.cause.advice


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://127.0.0.1/x",
        "http://",
        "http://a:b:c/",
        "http://e.org:99999/",
        "http://\0/",
    ],
)
def test_what_is_no_address(station: Station, inbox: Path, url: str) -> None:
    (pulled,) = pull(feed_of(station, piece(station, enclosure=Enclosure(url, None, ""))), inbox)
    assert isinstance(pulled.cause, FeedError)
    assert visible(inbox) == []


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "application/json", "APPLICATION/XML"])
def test_a_page_is_no_audio(station: Station, inbox: Path, media_type: str) -> None:
    station.routes["/a.mp3"] = serve(b"<html>Log in</html>", media_type=media_type)
    pulled = pull_one(station, inbox)
    assert "is not audio" in str(pulled.cause)
    assert halves(inbox) == []


def test_audio_that_comes_packed_is_refused(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = lambda r: r.answer(200, gzip.compress(AUDIO), content_encoding="gzip")
    assert "is compressed" in str(pull_one(station, inbox).cause)


def test_an_empty_file_is_none(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve(b"")
    assert "is empty" in str(pull_one(station, inbox).cause)
    assert visible(inbox) == []


def test_the_suffix_may_be_known_by_the_answer_alone(station: Station, inbox: Path) -> None:
    station.routes |= {"/a": serve(media_type="audio/ogg; codecs=opus"), "/b": serve(media_type="application/zip")}
    items = [piece(station, path, enclosure=Enclosure(station.url(path), None, "audio/x")) for path in ("/a", "/b")]
    ogg, zipped = pull(feed_of(station, *items), inbox)
    assert ogg.path
    assert ogg.path.suffix == ".ogg"
    assert "not a known kind of audio" in str(zipped.cause)
    assert halves(inbox) == []


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".hidden",
        "~$lock",
        "C:\\Windows\\x",
        "a\0b\nc",
        "CON",
        "x.part",
        "\u202egpj.exe",
        "Kāneʻohe — 潮 🌊",
        "x" * 5000,
        "潮" * 900,
        "",
        "\ud800",
    ],
)
def test_names(station: Station, inbox: Path, title: str) -> None:
    station.routes["/a.mp3"] = serve()
    item = piece(station, title=title, guid="../../../guid")
    (pulled,) = pull(feed_of(station, item), inbox)
    assert pulled.path
    assert pulled.path.parent == inbox
    assert len(visible(inbox)) == 2
    for name in visible(inbox):
        assert len(os.fsencode(name)) <= 200
        assert re.fullmatch(r"2024-10-22 .*[0-9a-f]{8}\.(mp3|json)", name)
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert len(os.fsencode(f".{pulled.path.stem}.part.json~")) <= 200
    found = folders.scan(Root(inbox))
    assert [seen.path for seen in found.recordings] == [pulled.path]
    assert [seen.path for seen in found.beside[pulled.path.with_suffix("")]] == [pulled.path.with_suffix(".json")]


def test_pieces_of_the_same_day_and_title_are_not_mixed_up(station: Station, inbox: Path) -> None:
    station.routes |= {f"/{number}.mp3": serve(AUDIO + bytes([number])) for number in range(3)}
    items = [piece(station, f"/{number}.mp3") for number in range(3)]
    pulled = pull(feed_of(station, *items), inbox)
    assert len({each.path for each in pulled}) == 3
    assert [each.path.read_bytes()[-1] for each in pulled if each.path] == [0, 1, 2]


def test_what_is_known_is_not_fetched(station: Station, inbox: Path) -> None:
    pulled = pull_one(station, inbox, known_guid=lambda guid: guid == "/a.mp3")
    assert (pulled.fate, station.seen) == (ItemOutcome.KNOWN, [])


def test_what_is_known_by_its_content_is_not_kept(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    digest = hashlib.sha256(AUDIO).hexdigest()
    pulled = pull_one(station, inbox, known_content=lambda sha256: sha256 == digest)
    assert (pulled.fate, pulled.sha256, pulled.path) == (ItemOutcome.KNOWN, digest, None)
    assert visible(inbox) == []
    assert halves(inbox) == []


def test_five_hundred_items(station: Station, inbox: Path) -> None:
    station.routes |= {f"/{number}.mp3": serve(b"%d" % number) for number in range(500)}
    items = [piece(station, f"/{number}.mp3") for number in range(500)]
    station.routes["/7.mp3"] = lambda request: request.answer(404)
    fates = [each.fate for each in pull(feed_of(station, *items), inbox)]
    assert fates.count(ItemOutcome.DOWNLOADED) == 499
    assert fates[7] == ItemOutcome.FAILED
    assert len(visible(inbox)) == 998


def test_a_server_that_is_down_does_not_hold_everything_up(station: Station, inbox: Path) -> None:
    items = [piece(station, f"/{number}.mp3") for number in range(50)]
    station.routes |= {f"/{number}.mp3": lambda request: request.answer(503) for number in range(50)}
    pulled = pull(feed_of(station, *items), inbox, changed(attempts=2))
    assert {each.fate for each in pulled} == {ItemOutcome.FAILED}
    assert all(each.cause and each.cause.transient for each in pulled)
    assert len(station.seen) == 6
    assert "is not asked for a while" in str(pulled[-1].cause)


def test_a_pull_can_be_left_at_any_item(station: Station, inbox: Path) -> None:
    station.routes |= {f"/{number}.mp3": serve(b"%d" % number) for number in range(3)}
    feed = feed_of(station, *(piece(station, f"/{number}.mp3") for number in range(3)))
    with Downloads(QUICK) as downloads:
        pulls = downloads.pull(feed, inbox)
        next(pulls)
        pulls.close()  # type: ignore[attr-defined]
        assert len(station.seen) == 1
        assert [each.fate for each in downloads.pull(feed, inbox, feed.items[1:])] == [ItemOutcome.DOWNLOADED] * 2


def test_two_pulls_do_not_share_a_folder(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    feed = feed_of(station, piece(station), piece(station, "/b.mp3"))
    with Downloads(QUICK) as one, Downloads(QUICK) as other:
        pulls = one.pull(feed, inbox)
        next(pulls)
        with pytest.raises(UsageError, match="another pull"):
            next(other.pull(feed, inbox))
        list(pulls)
        assert next(other.pull(feed, inbox)).fate == ItemOutcome.DOWNLOADED


def test_links_in_the_folder_are_not_written_through(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    victim = inbox.parent / "victim"
    victim.write_text("precious", encoding="utf-8")
    stem = stem_of(feed_of(station), piece(station))
    for name in (f".{stem}.part", f".{stem}.part.json", f".{stem}.part.json~", f".{stem}.json.part", f"{stem}.json"):
        (inbox / name).symlink_to(victim)
    pulled = pull_one(station, inbox)
    assert pulled.fate == ItemOutcome.DOWNLOADED
    assert (inbox / f"{stem}.mp3").read_bytes() == AUDIO
    assert not (inbox / f"{stem}.json").is_symlink()
    assert victim.read_text(encoding="utf-8") == "precious"


def test_a_folder_in_the_inbox_that_is_a_link_is_not_entered(station: Station, inbox: Path) -> None:
    station.routes["/a.mp3"] = serve()
    elsewhere = inbox.parent / "elsewhere"
    elsewhere.mkdir()
    (inbox / "Harbor Watch").symlink_to(elsewhere)
    with Downloads(QUICK) as downloads, pytest.raises(UsageError, match="cannot use the folder"):
        next(downloads.pull(feed_of(station, piece(station)), inbox / "Harbor Watch", root=Root(inbox)))
    assert list(elsewhere.iterdir()) == []


def test_folders_that_cannot_be_used(station: Station, inbox: Path) -> None:
    (inbox / "file").write_bytes(b"")
    for folder in (inbox / "file", inbox / "no" / "such"):
        with pytest.raises(UsageError, match="cannot use the folder"):
            pull_one(station, folder)
    station.routes["/a.mp3"] = serve()
    assert pull_one(station, inbox / "Harbor Watch").fate == ItemOutcome.DOWNLOADED


def test_half_files_that_nobody_wants_any_more_are_deleted(station: Station, inbox: Path) -> None:
    old = [".2024 The tide 0123abcd.part", ".2024 The tide 0123abcd.part.json", ".x 0123abcd.json.part"]
    others = [".mine.part", "2024 The tide 0123abcd.part", ".2024 The tide 0123abcd"]
    for name in (*old, *others, ".new 0123abcd.part"):
        (inbox / name).write_bytes(b"x")
        if not name.startswith(".new"):
            os.utime(inbox / name, (1e9, 1e9))
    pull(feed_of(station), inbox)
    left = {path.name for path in inbox.iterdir()}
    assert left >= {*others, ".new 0123abcd.part"}
    assert not left & set(old)


def test_no_space(station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station.routes["/a.mp3"] = serve()
    usage = shutil.disk_usage(inbox)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
        with pytest.raises(DiskFullError):
            pull_one(station, inbox)

    def full(_: DownloadProgress) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(inbox))

    with pytest.raises(DiskFullError):
        pull_one(station, inbox, listen=full)
    assert visible(inbox) == []
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED


VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nTide.\n"
SRT = b"1\n00:00:00,000 --> 00:00:01,000\nTide.\n"
JSON = json.dumps({"version": "1.0.0", "segments": [{"startTime": 0, "body": "Tide."}]}).encode()


@pytest.mark.parametrize(
    ("links", "suffixes", "embedded"),
    [
        ([("/t", "text/vtt"), ("/t.html", "text/html")], [".vtt"], False),
        ([("/t.html", "text/html"), ("/t.srt", "application/x-subrip")], [".srt"], False),
        ([("/t", "text/vtt"), ("/t.srt", "application/srt")], [".srt", ".vtt"], False),
        ([("/t.json", "application/json")], [], True),
        ([("/t.json", "application/json"), ("/t.txt", "text/plain")], [], True),
        ([("/t.txt", "text/plain")], [".txt"], False),
        ([("/t.html", "text/html")], [".html"], False),
        ([("/t.srt", "text/plain")], [".srt"], False),
        ([("/t.pdf", "application/pdf")], [], False),
    ],
)
def test_transcripts(
    station: Station, inbox: Path, links: list[tuple[str, str]], suffixes: list[str], embedded: bool
) -> None:
    contents = {"/t": VTT, "/t.srt": SRT, "/t.json": JSON, "/t.txt": b"Tide.", "/t.html": b"<p>Tide.</p>"}
    station.routes |= {path: serve(content, media_type="") for path, content in contents.items()}
    station.routes["/a.mp3"] = serve()
    item = piece(station, transcripts=tuple(TranscriptLink(station.url(path), kind, "") for path, kind in links))
    (pulled,) = pull(feed_of(station, item), inbox)
    assert (pulled.fate, pulled.warnings) == (ItemOutcome.DOWNLOADED, ())
    assert pulled.path
    names = visible(inbox)
    assert [Path(name).suffix for name in names] == sorted([".json", ".mp3", *suffixes])
    assert {Path(name).stem for name in names} == {pulled.path.stem}
    carried = carried_by(pulled.path.with_suffix(".json").read_bytes())
    assert carried
    assert sorted(carried.transcript_suffixes) == suffixes
    assert carried.transcript == (json.loads(JSON) if embedded else None)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/vtt", b"<html>Log in</html>"),
        ("application/srt", b"no times"),
        ("application/json", b"[1]"),
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("text/plain", b" "),
        ("text/vtt", b"WEBVTT --> " + b"x" * 5000),
    ],
)
def test_a_transcript_that_is_none_does_not_keep_the_audio_away(
    station: Station, inbox: Path, kind: str, content: bytes
) -> None:
    station.routes |= {"/a.mp3": serve(), "/t": lambda request: request.answer(200, content)}
    links = (TranscriptLink(station.url("/t"), kind, ""), TranscriptLink("file:///etc/passwd", "text/vtt", ""))
    (pulled,) = pull(feed_of(station, piece(station, transcripts=links[: 1 + (kind != "text/vtt")])), inbox,
                     changed(largest_transcript=4000))  # fmt: skip
    assert pulled.fate == ItemOutcome.DOWNLOADED
    assert len(pulled.warnings) == (1 if kind == "text/vtt" else 2)
    assert len(visible(inbox)) == 2


def test_servers_are_asked_politely(station: Station, inbox: Path, clock: Clock) -> None:
    station.routes |= {f"/{number}.mp3": serve(b"%d" % number) for number in range(3)}
    pull(feed_of(station, *(piece(station, f"/{n}.mp3") for n in range(3))), inbox, changed(delay=20))
    assert len(station.seen) == 3
    assert clock.naps == [20, 20]


def test_what_one_server_wanted_remembered_is_forgotten(station: Station, inbox: Path) -> None:
    station.routes |= {
        "/1.mp3": lambda request: request.answer(200, b"1", set_cookie="a=b; Path=/", content_type="audio/mpeg"),
        "/2.mp3": serve(),
    }
    pull(feed_of(station, piece(station, "/1.mp3"), piece(station, "/2.mp3")), inbox)
    assert "cookie" not in station.asked("/2.mp3")[0]


def test_a_password_goes_to_its_own_server_and_into_no_message(station: Station, inbox: Path) -> None:
    station.routes |= {"/a.mp3": redirect("http://localhost:" + station.url("/b.mp3").rpartition(":")[2])}
    url = station.url("/a.mp3?key=secret").replace("//", "//me:secret@")
    (pulled,) = pull(feed_of(station, piece(station, enclosure=Enclosure(url, None, ""))), inbox)
    assert station.asked("/a.mp3")[0]["authorization"].startswith("Basic ")
    assert "authorization" not in station.asked("/b.mp3")[0]
    assert pulled.fate == ItemOutcome.FAILED
    assert "secret" not in str(pulled.cause)
    station.routes["/a.mp3"] = lambda request: request.answer(404)
    (pulled,) = pull(feed_of(station, piece(station, enclosure=Enclosure(url, None, ""))), inbox)
    assert "secret" not in str(pulled.cause)


def test_the_environment_sends_nobody_elsewhere(station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    station.routes["/a.mp3"] = serve()
    assert pull_one(station, inbox).fate == ItemOutcome.DOWNLOADED


def test_every_error_of_the_libraries_is_ours() -> None:
    kinds = [value for module in (httpx, httpcore) for value in vars(module).values() if isinstance(value, type)]
    raised = {kind for kind in kinds if issubclass(kind, Exception) and kind.__module__.startswith("http")}
    # These cannot occur: one needs a proxy, one asynchronous code, one access to a cookie.
    left = {kind.__name__ for kind in raised if not issubclass(kind, client.FOREIGN)}
    assert left <= {"ProxyError", "ConnectionNotAvailable", "CookieConflict"}
    for kind in (httpx.ReadError, httpcore.ReadError, httpx.InvalidURL, httpcore.RemoteProtocolError):
        with pytest.raises(FeedError), client.mapped_errors("http://e.org/"):
            raise kind("x")


def test_a_server_is_asked_again_after_a_while(station: Station, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station.routes["/a.mp3"] = failing(station, *[503] * 4)
    with Downloads(changed(attempts=1)) as downloads:
        feed = feed_of(station, piece(station))
        for _ in range(client.MAX_FAILURES + 1):
            assert next(downloads.pull(feed, inbox)).fate == ItemOutcome.FAILED
        assert len(station.seen) == client.MAX_FAILURES
        monkeypatch.setattr(client, "COOL_DOWN", 0.0)
        assert next(downloads.pull(feed, inbox)).fate == ItemOutcome.FAILED
        assert next(downloads.pull(feed, inbox)).fate == ItemOutcome.DOWNLOADED
