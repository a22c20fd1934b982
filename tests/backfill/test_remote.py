"""What is not on this machine: downloaded ahead, archived, and the download deleted, whatever stops it."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from support.feed_station import QUICK, Station, running, serve
from support.program import ok, run
from support.tiny_clips import TinyClips, tiny_clips

from radio_archive.archive import backfill
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import Entry, EntryKind, EntryState, ListedFile
from radio_archive.backfill import fetching, storage
from radio_archive.backfill.fetching import FetchedFile, Fetcher
from radio_archive.errors import FeedError, RemoteFileError
from radio_archive.feeds.client import FetchOptions
from radio_archive.roots import Root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ok("init", tmp_path / "a")
    return tmp_path / "a"


@pytest.fixture
def tiny(tmp_path: Path) -> TinyClips:
    return tiny_clips(tmp_path / "clips" / "Harbor Watch", 3, tmp_path / "replay.json")


@pytest.fixture
def station() -> Iterator[Station]:
    with running() as server:
        yield server


def left_over(home: Path) -> list[Path]:
    return [path for path in (home / "media" / ".incoming").rglob("*") if not path.name.endswith(".lock")]


def test_storage_is_archived_as_a_folder_is(home: Path, tiny: TinyClips) -> None:
    said = ok("backfill", tiny.folder.parent.as_uri(), "--model", tiny.model, "--archive", home, "--jsonl")
    assert [row["path"] for row in said.rows] == [path.as_uri().replace("%20", " ") for path in tiny.paths]
    clips = ok("list", "--json", "--archive", home).json
    assert {clip["show"] for clip in clips} == {"Harbor Watch"}, "the folder between the address and the file"
    with Archive(home, read_only=True) as archive:
        names = archive.db.execute("SELECT original_name FROM recordings ORDER BY 1").fetchall()
    assert names == [("000.mp3",), ("001.mp3",), ("002.mp3",)]
    assert left_over(home) == []
    assert len(tiny.paths) == 3, "the originals stay"


def test_sidecars_by_manifest_for_addresses(home: Path, tiny: TinyClips, station: Station, tmp_path: Path) -> None:
    station.routes["/a.mp3"] = serve(tiny.paths[0].read_bytes())
    station.routes["/listen"] = serve(tiny.paths[1].read_bytes())
    places = {"/a.mp3?key=secret": "Whales", "/listen": "Turtles", "/none.mp3": "Gone"}
    rows = "".join(f"{station.url(place)},{title}\n" for place, title in places.items())
    (tmp_path / "list.csv").write_text(f"url,title\n{rows}")
    said = run("backfill", tmp_path / "list.csv", "--allow-private", "--model", tiny.model, "--archive", home, "--json")
    assert said.code == 1
    assert {(row["path"].rpartition("/")[2], row["outcome"]) for row in said.json} == {
        ("none.mp3", "failed"), ("a.mp3?key=***", "archived"), ("listen", "archived"),
    }  # fmt: skip
    assert "secret" not in said.out + said.err
    assert {clip["title"] for clip in ok("list", "--json", "--archive", home).json} == {"Whales", "Turtles"}
    [failed] = ok("backfill", "--failed", "--json", "--archive", home).json
    assert failed["problem"] == "FeedError"
    assert "404" in failed["error"]
    assert left_over(home) == []


def test_this_machine_is_not_asked_unless_that_is_allowed(
    home: Path, tiny: TinyClips, station: Station, tmp_path: Path
) -> None:
    station.routes["/a.mp3"] = serve(tiny.paths[0].read_bytes())
    (tmp_path / "list.csv").write_text(f"url\n{station.url('/a.mp3')}\n")
    assert run("backfill", tmp_path / "list.csv", "--model", tiny.model, "--archive", home).code == 1
    assert station.seen == []


FEED = """<rss version="2.0"><channel><title>Harbor Watch</title>
<item><guid>g1</guid><title>The pier</title><pubDate>Tue, 22 Oct 2024 06:00:00 -1000</pubDate>
<enclosure url="/1.mp3?key=secret" type="audio/mpeg"/></item>
<item><guid>g2</guid><title>The tide</title><enclosure url="/2.mp3" type="audio/mpeg"/></item></channel></rss>"""


def test_a_feed_with_what_it_says(home: Path, tiny: TinyClips, station: Station) -> None:
    station.routes["/feed.rss"] = lambda request: request.answer(200, FEED.encode())
    station.routes |= {f"/{n}.mp3": serve(tiny.paths[n].read_bytes()) for n in (1, 2)}
    ok("backfill", station.url(), "--allow-private", "--model", tiny.model, "--archive", home)
    clips = {clip["title"]: clip for clip in ok("list", "--json", "--archive", home).json}
    assert set(clips) == {"The pier", "The tide"}
    assert (clips["The pier"]["show"], clips["The pier"]["date"]) == ("Harbor Watch", "2024-10-22")
    shown = ok("show", clips["The pier"]["clip"], "--json", "--archive", home).json
    assert "feed" in {claim["source"] for claim in shown["claims"] if claim["field"] == "date"}
    with Archive(home, read_only=True) as archive:
        [content] = archive.db.execute("SELECT content FROM sidecars WHERE name LIKE '%pier%'").fetchone()
    assert b"secret" not in content, "it may be published"
    assert left_over(home) == []


# What stops a download.


def entry(number: int, source: str, kind: EntryKind = EntryKind.REMOTE) -> Entry:
    return Entry(number, ListedFile(source, kind), EntryState.WAITING, "", None, None, None, None)


def fetched(media: Path, *entries: Entry, options: FetchOptions = QUICK) -> list[object]:
    with Fetcher(media, options) as fetcher:
        return [came for _, came in fetcher.ahead(entries)]


def test_a_download_from_storage_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    content = bytes(range(256)) * 40
    memory.pipe("/resumed/a.mp3", content)
    root = Root(tmp_path)
    monkeypatch.setattr(storage, "BLOCK", 1_000)
    blocks: list[int] = []

    class Reader:
        def __init__(self, file: object, most: int) -> None:
            self._file, self._most = file, most

        def read(self, size: int) -> bytes:
            if len(blocks) == self._most:
                raise KeyboardInterrupt
            blocks.append(size)
            return bytes(self._file.read(size))  # type: ignore[attr-defined]

        def seek(self, place: int) -> None:
            self._file.seek(place)  # type: ignore[attr-defined]

        def __enter__(self) -> "Reader":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    whole = type(memory).open
    monkeypatch.setattr(type(memory), "open", lambda self, path, mode: Reader(whole(self, path, mode), 4))
    with pytest.raises(KeyboardInterrupt):
        storage.download("memory://resumed/a.mp3", root, tmp_path / "a.mp3", 1 << 20)
    assert (tmp_path / ".a.mp3.part").stat().st_size == 4_000
    blocks.clear()
    monkeypatch.setattr(type(memory), "open", lambda self, path, mode: Reader(whole(self, path, mode), 99))
    storage.download("memory://resumed/a.mp3", root, tmp_path / "a.mp3", 1 << 20)
    assert (tmp_path / "a.mp3").read_bytes() == content
    assert len(blocks) == 8, "only the rest was read"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp3"]


def test_what_changed_meanwhile_is_downloaded_anew(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/changed/a.mp3", b"x" * 5_000)
    (tmp_path / ".a.mp3.part").write_bytes(b"old" * 100)
    (tmp_path / ".a.mp3.part.json").write_text('{"version": "another"}')
    storage.download("memory://changed/a.mp3", Root(tmp_path), tmp_path / "a.mp3", 1 << 20)
    assert (tmp_path / "a.mp3").read_bytes() == b"x" * 5_000


def test_what_is_too_large_or_gone_is_said(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/large/a.mp3", b"x" * 5_000)
    too_large, gone = fetched(
        tmp_path, entry(1, "memory://large/a.mp3"), entry(2, "memory://large/b.mp3"),
        options=FetchOptions(largest_file=4_999),
    )  # fmt: skip
    assert isinstance(too_large, RemoteFileError)
    assert "larger than 4,999 bytes" in str(too_large)
    assert isinstance(gone, RemoteFileError)
    assert "memory://large/b.mp3 cannot be read" in str(gone)


def test_a_file_that_was_whole_when_a_run_was_killed_is_not_asked_for_again(tmp_path: Path, station: Station) -> None:
    station.routes["/a.mp3"] = serve(b"sound")
    first, second = (fetched(tmp_path, entry(7, station.url("/a.mp3")))[0] for _ in range(2))
    assert isinstance(first, FetchedFile)
    assert first.path.read_bytes() == b"sound"
    assert isinstance(second, FetchedFile)
    assert len(station.asked("/a.mp3")) == 1


def test_a_download_from_the_web_goes_on_where_it_was_stopped(tmp_path: Path, station: Station) -> None:
    content = bytes(range(256)) * 400
    station.routes["/a.mp3"] = serve(content, cuts=[5_000])
    [came] = fetched(tmp_path, entry(1, station.url("/a.mp3")))
    assert isinstance(came, FetchedFile)
    assert came.path.read_bytes() == content
    assert "range" in station.asked("/a.mp3")[1]


def test_a_page_is_no_audio(tmp_path: Path, station: Station) -> None:
    station.routes["/listen"] = lambda request: request.answer(200, b"<html>", content_type="text/html")
    station.routes["/other"] = lambda request: request.answer(200, b"x", content_type="application/pdf")
    for came in fetched(tmp_path, entry(1, station.url("/listen")), entry(2, station.url("/other"))):
        assert isinstance(came, FeedError)
        assert "audio" in str(came)
    assert not list(tmp_path.rglob("*.part"))


def test_names_of_files_are_made_safe(tmp_path: Path, station: Station) -> None:
    paths = ["/..%2f..%2fetc%2fx.mp3", "/%2e%2e", "/" + "n" * 400 + ".mp3", "/.hidden.mp3"]
    for path in paths:
        station.routes[path] = serve(b"sound")
    for came in fetched(tmp_path, *(entry(n, station.url(path)) for n, path in enumerate(paths))):
        assert isinstance(came, FetchedFile)
        assert came.path.resolve().is_relative_to(tmp_path)
        assert len(came.path.name.encode()) < 200
        assert came.path.suffix == ".mp3"
        assert not came.path.name.startswith(".")


def test_only_a_few_files_are_ahead(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for number in range(30):
        memory.pipe(f"/many/{number}.mp3", b"x")
    taken = 0

    def entries() -> Iterator[Entry]:
        nonlocal taken
        for number in range(30):
            taken += 1
            yield entry(number, f"memory://many/{number}.mp3")

    with Fetcher(tmp_path, QUICK) as fetcher:
        for number, (one, came) in enumerate(fetcher.ahead(entries()), 1):
            assert isinstance(came, FetchedFile)
            assert taken <= number + fetching.AHEAD
            assert len(list((tmp_path / ".incoming" / "backfill").iterdir())) <= fetching.AHEAD + 1
            fetcher.discard(one)


def test_a_run_begins_with_deleting_what_no_entry_waits_for(home: Path, tiny: TinyClips) -> None:
    place = home / "media" / ".incoming" / "backfill"
    with Archive(home) as archive:
        backfill.add(archive, [ListedFile(tiny.paths[0].as_uri(), EntryKind.REMOTE)])
        for name in ("1", "2", "x"):
            (place / name).mkdir(parents=True)
        shutil.copy(tiny.paths[0], place / "1")
        shutil.copy(tiny.paths[1], place / "2")
    ok("add", tiny.paths[2], "--model", tiny.model, "--archive", home)
    assert len(left_over(home)) == 6, "add leaves them alone"
    ok("backfill", "--model", tiny.model, "--archive", home)
    assert left_over(home) == []


def test_links_in_the_incoming_folder_are_not_followed(home: Path, tiny: TinyClips, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (home / "media" / ".incoming").mkdir(exist_ok=True)
    (home / "media" / ".incoming" / "backfill").mkdir()
    (home / "media" / ".incoming" / "backfill" / "1").symlink_to(tmp_path / "outside")
    run("backfill", tiny.paths[0].as_uri(), "--model", tiny.model, "--archive", home)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    [came] = fetched(tmp_path, entry(1, f"http://127.0.0.1:{port}/a.mp3"))
    assert isinstance(came, FeedError)
    assert came.transient


def test_a_feed_that_has_one_address_for_each_new_bulletin(home: Path, tiny: TinyClips, station: Station) -> None:
    sounds = iter([path.read_bytes() for path in tiny.paths])
    feed = FEED.replace("/1.mp3?key=secret", "/latest.mp3").replace("/2.mp3", "/latest.mp3")
    station.routes["/feed.rss"] = lambda request: request.answer(200, feed.encode())
    station.routes["/latest.mp3"] = lambda request: serve(next(sounds))(request)
    ok("backfill", station.url(), "--allow-private", "--model", tiny.model, "--archive", home)
    assert ok("backfill", "--status", "--json", "--archive", home).json["archived"] == 2
