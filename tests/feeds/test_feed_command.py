"""The `feed` command: a show is followed, its new items come into the inbox, and then into the archive."""

import functools
import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audio_files import mp3
from support.bounds import PATIENCE
from support.feed_station import QUICK, Request, Route, Station, running, serve
from support.program import COMMAND, environment, ok, run
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.audio import container
from radio_archive.cli.app import app
from radio_archive.feeds import client
from radio_archive.formats.captions import read_captions
from radio_archive.metadata.feed.chapters import read_chapters_file
from radio_archive.models import Chapter, Outcome, Transcript
from radio_archive.pipeline import ingest, inputs
from radio_archive.speech.replay import ReplayTranscriber

CHAPTERS = {
    "version": "1.2.0",
    "chapters": [
        {"startTime": 60.5, "endTime": 90, "title": "<b>The</b> divers"},
        {"startTime": 0, "title": "The tide"},
        {"startTime": 5, "title": "A picture", "toc": False},
    ],
}
TOLD = {
    "version": "1.0.0",
    "segments": [
        {"speaker": "Ann Lee", "startTime": 0.5, "endTime": 1.5, "body": "The tide"},
        {"startTime": 1.5, "body": " rises."},
        {"startTime": "2", "endTime": 3, "body": "nonsense"},
        {"startTime": 5, "endTime": 3, "body": "nonsense"},
        7,
    ],
}


def item(number: int, more: str = "") -> str:
    return f"""<item><title>Piece {number}</title><guid>g{number}</guid>
    <pubDate>Tue, 22 Oct 2024 06:00:00 -1000</pubDate><enclosure url="/{number}.mp3" type="audio/mpeg"/>{more}</item>"""


def rss(*items: str) -> bytes:
    return f"""<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>
    <title>Harbor Watch Podcast</title>{"".join(items)}</channel></rss>""".encode()


def unless_known(content: bytes, etag: str) -> Route:
    """A feed that answers 304 if it has not changed."""

    def route(request: Request) -> None:
        known = request.headers.get("If-None-Match") == etag
        request.answer(304 if known else 200, b"" if known else content, etag=etag)

    return route


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A feed of two pieces, one of which names chapters."""
    with running() as server:
        sounds = [mp3(tmp_path / f"{n}.mp3", n / 2, tags={"title": f"Tag {n}"}).read_bytes() for n in (1, 2, 3)]
        server.routes |= {f"/{n}.mp3": serve(sound, etag=f'"{n}"') for n, sound in enumerate(sounds, 1)}
        chapters = '<podcast:chapters url="/1.chapters.json" type="application/json+chapters"/>'
        told = '<podcast:transcript url="/1.json" type="application/json"/>'
        content = rss(item(1, chapters + told), item(2))
        server.routes["/1.json"] = lambda request: request.answer(200, json.dumps(TOLD).encode())
        server.routes["/feed.rss"] = unless_known(content, '"f"')
        server.routes["/1.chapters.json"] = lambda request: request.answer(200, json.dumps(CHAPTERS).encode())
        yield server


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The usual second between two requests is too long for a test.
    quick = functools.partialmethod(client.FetchOptions.__init__, delay=0, backoff=0.01)
    monkeypatch.setattr(client.FetchOptions, "__init__", quick)
    Archive.create(tmp_path / "archive", "").close()
    return tmp_path / "archive"


class Said:
    """The output of a command, run in this process."""

    def __init__(self, *arguments: object) -> None:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, Exception):
            raise result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def feed(archive: Path, command: str, *arguments: object) -> Said:
    return Said("feed", command, *arguments, "--archive", archive)


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")


def test_from_a_feed_into_the_archive(station: Station, archive: Path) -> None:
    assert feed(archive, "add", station.url(), "--show", "Harbor Watch", "--allow-private").code == 0
    assert feed(archive, "add", station.url()).out == "You already follow this feed.\n"
    pulled = feed(archive, "pull", "--allow-private")
    assert pulled.code == 0
    assert re.fullmatch(r"(downloaded 2024-10-22 Piece [12] [0-9a-f]{8}\.mp3\n){2}", pulled.out)
    assert pulled.err == f"{station.url()}: 2 items fetched.\n"
    inbox = archive / "inbox" / "Harbor Watch"
    assert [Path(name).suffix for name in files(inbox)] == [".json", ".mp3", ".json", ".mp3"]
    listed = json.loads(feed(archive, "list", "--json").out)
    assert [(row["show"], row["items"], row["failed"]) for row in listed] == [("Harbor Watch", 2, 0)]

    paths = [path for path in inbox.iterdir() if path.suffix == ".mp3"]
    engine = ReplayTranscriber({container.sha256_of(path): Transcript(()) for path in paths})
    with Archive(archive) as opened:
        done = ingest.Ingest(opened, engine).run([inputs.InputFile(path, ("Harbor Watch",)) for path in paths])
        assert {result.outcome for result in done} == {Outcome.ARCHIVED}
        clips = [read.clip(opened, result.clip or "", read.Part.SOURCES) for result in done]
    by_title = {clip.title: clip for clip in clips}
    assert {clip.show for clip in clips} == {"Harbor Watch"}
    assert by_title["Piece 1"].recording.chapters == (Chapter(0, "The tide"), Chapter(60.5, "The divers", 90))
    assert by_title["Piece 2"].recording.chapters == ()
    kept = [(told.model, told.words, told.current) for told in by_title["Piece 1"].transcripts]
    name = next(path.name for path in inbox.iterdir() if path.suffix == ".json" and "Piece 1" in path.name)
    assert kept == [(name, 3, False), (None, 0, True)]
    assert by_title["Piece 1"].date == "2024-10-22"

    assert feed(archive, "pull", "--allow-private").err == f"{station.url()}: nothing new.\n"
    assert station.asked("/feed.rss")[-1]["if-none-match"] == '"f"'
    assert feed(archive, "remove", "harbor").code == 0
    assert json.loads(feed(archive, "list", "--json").out) == []
    assert len(files(inbox)) == 4, "what came stays"


def test_a_few_at_a_time(station: Station, archive: Path) -> None:
    feed(archive, "add", station.url(), "--allow-private")
    pulled = feed(archive, "pull", "--allow-private", "--limit", 1, "--jsonl")
    assert [(row["title"], row["fate"], row["error"], row["warnings"]) for row in pulled.rows] == [
        ("Piece 1", "downloaded", None, [])
    ]
    assert "1 item fetched, 1 left for the next pull" in pulled.err
    assert [row["title"] for row in feed(archive, "pull", "--allow-private", "--jsonl").rows] == ["Piece 2"]


def test_what_fails_is_said_and_comes_the_next_time(station: Station, archive: Path) -> None:
    sound = station.routes["/2.mp3"]
    station.routes["/2.mp3"] = lambda request: request.answer(500)
    del station.routes["/1.chapters.json"]
    feed(archive, "add", station.url(), "--allow-private")
    pulled = feed(archive, "pull", "--allow-private")
    assert pulled.code == 1
    assert "1 item fetched, 1 failed" in pulled.err
    assert "failed     Piece 2: " in pulled.err
    assert "answers 500" in pulled.err
    assert f"no chapters from {station.url('/1.chapters.json')}" in pulled.err
    assert feed(archive, "list").out.split("\t")[2:4] == ["1", "1"]
    station.routes["/2.mp3"] = sound
    again = feed(archive, "pull", "--allow-private", "--jsonl")
    assert (again.code, [row["title"] for row in again.rows]) == (0, ["Piece 2"])
    assert json.loads(feed(archive, "list", "--json").out)[0]["failed"] == 0


def test_one_feed_that_fails_keeps_no_other_away(station: Station, archive: Path) -> None:
    station.routes["/gone.rss"] = serve(rss(item(3)), media_type="")
    feed(archive, "add", station.url("/gone.rss"), "--allow-private")
    feed(archive, "add", station.url(), "--allow-private")
    del station.routes["/gone.rss"]
    pulled = feed(archive, "pull", "--allow-private")
    assert pulled.code == 1
    assert len(pulled.out.splitlines()) == 2
    assert f"{station.url('/gone.rss')}: " in pulled.err


IMPOSSIBLE = ["http://xn--/x.mp3", "http://xn--a/x.mp3", "http://&#xd7ff;/x.mp3", "http://e.org\u2024/x.mp3",
              "http://[::1/x.mp3", "http://a..b/x.mp3", "http://*/x.mp3", "http:///x.mp3", "http://@:80/x.mp3",
              f"http://{'a' * 70}.org/x.mp3", "http://127.0.0.1:0/x.mp3", "gopher://e.org/x.mp3"]  # fmt: skip


def test_an_impossible_address_keeps_nothing_else_away(station: Station, archive: Path) -> None:
    wrong = [item(100 + n).replace(f'"/{100 + n}.mp3"', f'"{url}"') for n, url in enumerate(IMPOSSIBLE)]
    station.routes["/wrong.rss"] = serve(rss(*wrong, item(3)), media_type="")
    station.routes["/led.mp3"] = lambda request: request.answer(302, location="http://xn--/x.mp3")
    station.routes["/led.rss"] = serve(rss(item(200).replace("/200.mp3", "/led.mp3")), media_type="")
    for path in ("/wrong.rss", "/led.rss", "/feed.rss"):
        assert feed(archive, "add", station.url(path), "--allow-private").code == 0
    pulled = feed(archive, "pull", "--allow-private", "--jsonl")
    assert pulled.code == 1
    came = [row["title"] for row in pulled.rows if row["fate"] == "downloaded"]
    assert came == ["Piece 3", "Piece 1", "Piece 2"]
    failed = {row["title"]: row["error"] for row in pulled.rows if row["fate"] == "failed"}
    assert len(failed) + len(came) == len(pulled.rows)
    assert "is not a web address" in failed["Piece 100"]
    assert "Piece 200" in failed


def test_the_shared_feed_with_an_impossible_host(station: Station, archive: Path, shared: Path) -> None:
    content = (shared / "cases" / "xn-enclosure.rss").read_text(encoding="utf-8")
    here = content.replace("http://127.0.0.1:8977/ok.mp3", station.url("/3.mp3"))
    assert here != content
    station.routes["/xn.rss"] = serve(here.encode(), media_type="")
    for path in ("/xn.rss", "/feed.rss"):
        feed(archive, "add", station.url(path), "--allow-private")
    pulled = feed(archive, "pull", "--allow-private", "--jsonl")
    fates = {row["title"]: row["fate"] for row in pulled.rows}
    assert fates == {"bad": "failed", "good": "downloaded", "Piece 1": "downloaded", "Piece 2": "downloaded"}
    assert "Traceback" not in pulled.err


def with_guids(word: str, zone: str = "-1000") -> bytes:
    return rss(item(1), item(2)).replace(b"<guid>g", f"<guid>{word}".encode()).replace(b"-1000", zone.encode())


def test_a_new_guid_alone_brings_nothing_twice(station: Station, archive: Path) -> None:
    feed(archive, "add", station.url(), "--allow-private")
    feed(archive, "pull", "--allow-private")
    station.routes["/feed.rss"] = serve(with_guids("https://new.example/"), media_type="")
    assert "nothing new" in feed(archive, "pull", "--allow-private").err
    assert len(station.asked("/1.mp3")) == 1
    # Without a time, it may be another file, and is the same one.
    station.routes["/feed.rss"] = serve(with_guids("third-").replace(b"06:00:00 -1000", b"00:00:00 GMT"), media_type="")
    assert [row["fate"] for row in feed(archive, "pull", "--allow-private", "--jsonl").rows] == ["known", "known"]
    assert len([name for name in files(archive / "inbox") if name.endswith(".mp3")]) == 2


def test_a_new_bulletin_at_the_old_address_comes(station: Station, archive: Path) -> None:
    feed(archive, "add", station.url(), "--allow-private")
    feed(archive, "pull", "--allow-private", "--limit", 1)
    later = item(1).replace("g1", "later").replace("2024", "2999")
    station.routes |= {"/feed.rss": serve(rss(later), media_type=""), "/1.mp3": station.routes["/3.mp3"]}
    assert "1 item fetched" in feed(archive, "pull", "--allow-private").err
    assert len([name for name in files(archive / "inbox") if name.endswith(".mp3")]) == 2


def test_what_is_no_feed_of_audio_is_not_followed(station: Station, archive: Path) -> None:
    station.routes["/page"] = serve(b"<!DOCTYPE html><html><body>Our show</body></html>", media_type="text/html")
    station.routes["/texts.rss"] = serve(rss("<item><title>A</title><guid>a</guid></item>"), media_type="")
    station.routes["/empty.rss"] = serve(rss(), media_type="")
    for path, problem in (
        ("/page", "is not an RSS or Atom feed"),
        ("/texts.rss", "is a feed of 1 item, none of which has audio"),
        ("/gone.rss", "answers 404"),
    ):
        ran = run("feed", "add", station.url(path), "--allow-private", "--archive", archive)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert problem in ran.err
    assert "of this machine" in run("feed", "add", station.url(), "--archive", archive).err
    assert "No feed is followed" in ok("feed", "list", "--archive", archive).err
    ok("feed", "add", station.url("/empty.rss"), "--allow-private", "--archive", archive)


def test_no_secret_of_an_address_is_listed(station: Station, archive: Path) -> None:
    secret = f"{station.url().replace('//', '//ann:hush@')}?show=7&token=hush&auth_key=hush"
    assert feed(archive, "add", secret, "--allow-private").code == 0
    for listed in (feed(archive, "list"), feed(archive, "list", "--json"), feed(archive, "list", "--jsonl")):
        assert "hush" not in listed.out + listed.err
        assert "/feed.rss?show=7&token=***&auth_key=***" in listed.out
    [row] = json.loads(feed(archive, "list", "--json").out)
    pulled = feed(archive, "pull", row["url"], "--allow-private")
    removed = feed(archive, "remove", row["url"])
    assert (pulled.code, removed.code) == (0, 0)
    assert "hush" not in pulled.out + pulled.err + removed.out + removed.err
    assert "authorization" in station.asked("/feed.rss")[-1]


def test_a_feed_that_moved_is_followed_where_it_is(station: Station, archive: Path) -> None:
    station.routes["/old.rss"] = lambda request: request.answer(301, location="/feed.rss")
    feed(archive, "add", station.url("/old.rss"), "--allow-private")
    assert "has moved permanently" in feed(archive, "pull", "--allow-private").err
    [row] = json.loads(feed(archive, "list", "--json").out)
    assert (row["url"], row["items"]) == (station.url(), 2)
    assert feed(archive, "pull", "--allow-private").err == f"{station.url()}: nothing new.\n"


def test_an_item_that_gets_its_audio_later(station: Station, archive: Path) -> None:
    bare = "<item><title>Piece 3</title><guid>g3</guid></item>"
    station.routes["/feed.rss"] = serve(rss(bare, item(1)), etag='"1"', media_type="")
    feed(archive, "add", station.url(), "--allow-private")
    assert "1 item fetched" in feed(archive, "pull", "--allow-private").err
    station.routes["/feed.rss"] = serve(rss(item(3)), etag='"2"', media_type="")
    assert "1 item fetched" in feed(archive, "pull", "--allow-private").err


@pytest.mark.parametrize(
    ("show", "folder"),
    [
        ("../../outside", "outside"),
        ("..", ""),
        ("/etc/cron.d", "etc cron.d"),
        ("C:\\Windows", "C Windows"),
        (".radio-archive", "radio-archive"),
        ("AC/DC Hour", "AC DC Hour"),
        ("Kaʻū\nNews\0", "Kaʻū News"),
        ("x" * 400, "x" * 170),
    ],
)
def test_no_name_of_a_show_leads_out_of_the_inbox(station: Station, archive: Path, show: str, folder: str) -> None:
    with Archive(archive) as opened:
        from radio_archive.archive import feeds

        feeds.follow(opened, station.url(), show)
    before = set(files(archive.parent))
    feed(archive, "pull", "--allow-private", "--limit", 1)
    came = {Path(name) for name in set(files(archive.parent)) - before if "archive.db" not in name}
    assert {path.parent.as_posix() for path in came} == {f"archive/inbox/{folder}".rstrip("/")}
    assert len(came) == 2


def test_what_cannot_be_followed(archive: Path) -> None:
    for arguments in (["add", "ftp://a.example/feed"], ["add", "feed.rss"], ["remove", "nothing"], ["pull", "nothing"]):
        ran = run("feed", *arguments, "--archive", archive)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "No feed is followed" in ok("feed", "list", "--archive", archive).err


@pytest.mark.skipif(not hasattr(pty, "openpty"), reason="there are no terminals of this kind")
def test_bars_on_a_terminal(station: Station, archive: Path) -> None:
    """Runs the program itself, with the usual second between two requests."""
    feed(archive, "add", station.url(), "--allow-private")
    command = [*COMMAND, "feed", "pull", "--allow-private", "--limit", "1", "--archive", str(archive)]
    master, slave = pty.openpty()
    env = environment(TERM="xterm", COLUMNS="100")
    done = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # on Linux, the writer has closed the terminal
        pass
    os.close(master)
    assert done.wait(PATIENCE) == 0
    text = shown.decode()
    assert "1 of 1" in text
    assert "━" in text
    assert "MB of" in text
    assert "downloaded 2024-10-22 Piece 1" in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"chapters": [{"startTime": 1, "title": "A"}]}', (Chapter(1, "A"),)),
        (b'{"chapters": []}', ()),
        (b'{"chapters": [1, {}, {"startTime": "1", "title": "A"}, {"startTime": -1, "title": "A"}]}', ()),
        (b'{"chapters": [{"startTime": 1e999, "title": "A"}, {"startTime": true, "title": "A"}]}', ()),
        (b'{"chapters": [{"startTime": NaN, "title": "A"}, {"startTime": 1, "title": " "}]}', ()),
        (b'{"chapters": {"startTime": 1}}', None),
        (b"[" * 100_000, None),
        (b"<html>", None),
        (b"\xff\xfe", None),
        (b'{"chapters": [{"startTime": %s, "title": "A"}]}' % (b"9" * 5000), None),
    ],
)
def test_chapters_in_a_file_of_their_own(content: bytes, expected: tuple[Chapter, ...] | None) -> None:
    assert read_chapters_file(content) == expected


def test_chapters_have_limits_too() -> None:
    assert QUICK.largest_transcript < 10_000_000
    many = [{"startTime": n, "title": f"{n}"} for n in range(5000)]
    found = read_chapters_file(json.dumps({"chapters": many}).encode())
    assert found is not None
    assert len(found) == 2000


KEYS = st.sampled_from(["chapters", "segments", "startTime", "endTime", "title", "body", "toc"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_no_file_of_chapters_or_captions_breaks_the_reading(content: bytes) -> None:
    read_chapters_file(content)
    read_captions(content, origin="feed", name="a.json")
