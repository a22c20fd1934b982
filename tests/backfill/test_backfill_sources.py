"""What sources are listed as: folders, patterns, manifests, storage, feeds, each page in a transaction."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feed_station import QUICK, running
from support.program import PEAK_MEMORY, environment

from radio_archive.archive import backfill
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import Entry, EntryKind, EntryState
from radio_archive.backfill import estimate
from radio_archive.backfill.estimate import survey
from radio_archive.backfill.sources import Listed, Lister, list_into_queue
from radio_archive.errors import UsageError


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "") as archive:
        yield archive


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def lister(archive: Archive, told: list[str]) -> Lister:
    return Lister(archive, told.append, QUICK)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    names = ("Harbor Watch/2024/a.mp3", "b.WAV", ".hidden.mp3", "Harbor Watch/notes.pdf", "c.mp3", "c.json")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "elsewhere").symlink_to(tmp_path)
    return folder


def waiting(archive: Archive) -> list[Entry]:
    return list(backfill.entries(archive, EntryState.WAITING))


def names(archive: Archive, above: Path) -> list[str]:
    return sorted(str(entry.path.relative_to(above)) for entry in waiting(archive) if entry.path)


def test_a_folder(lister: Lister, clips: Path, archive: Archive) -> None:
    assert list_into_queue(lister, [str(clips)]) == Listed(3, 3)
    assert names(archive, clips) == ["Harbor Watch/2024/a.mp3", "b.WAV", "c.mp3"]
    assert {entry.root for entry in waiting(archive)} == {clips}
    assert lister.passed == {".pdf": 1}
    assert list_into_queue(lister, [str(clips), str(clips / "c.mp3")]) == Listed(4, 0)


def test_the_archives_own_media_is_not_listed(lister: Lister, archive: Archive) -> None:
    (archive.folder / "media" / "ab").mkdir()
    (archive.folder / "media" / "ab" / "abc.mp3").touch()
    (archive.folder / "new.mp3").touch()
    assert list_into_queue(lister, [str(archive.folder)]) == Listed(1, 1)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("*.mp3", ["c.mp3"]), ("**/*", ["Harbor Watch/2024/a.mp3", "b.WAV", "c.mp3"]), ("[bc].*", ["b.WAV", "c.mp3"])],
)
def test_a_pattern(lister: Lister, clips: Path, archive: Archive, pattern: str, found: list[str]) -> None:
    assert list_into_queue(lister, [str(clips / pattern)]).new == len(found)
    assert names(archive, clips) == found


def test_a_relative_pattern(lister: Lister, clips: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clips)
    assert list_into_queue(lister, ["*/*/a.mp3"]).new == 1
    [entry] = waiting(archive)
    assert (entry.path, entry.root) == (clips / "Harbor Watch/2024/a.mp3", clips)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no-such-folder", "there is no no-such-folder. Name a folder"),
        ("zip://x.zip", "'zip' is not read. Known: https"),
        ("simplecache::s3://x", "is not read"),
        ("reference://x", "is not read"),
    ],
)
def test_what_is_no_source_is_said_before_anything_is_listed(lister: Lister, source: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        lister.check(source)
    assert said in str(error.value)


def test_what_cannot_be_listed_does_not_stop_the_next_source(
    lister: Lister, clips: Path, tmp_path: Path, told: list[str]
) -> None:
    (tmp_path / "bad.csv").write_text("title\nWhales\n")
    (tmp_path / "bad.xml").write_text("<html></html>")
    given = [str(tmp_path / "bad.csv"), str(tmp_path / "bad.xml"), str(clips / "*.flac"), str(clips)]
    assert list_into_queue(lister, given) == Listed(3, 3)
    assert lister.problems == len(told) == 3
    assert "no column says where" in told[0]
    assert "not an RSS or Atom feed" in told[1]
    assert "no audio file matches" in told[2]


MANIFEST = """Path;Air Date;Show;Reporter;Rights
clips/c.mp3;2024-10-22;Harbor Watch;Ann Lee & Bo Li;mine
../up.mp3;22/10/2024;;;
https://radio.example/x.mp3?key=1;2024-10-23;;;
zip://x;;;;
;2024-10-24;;;
{absolute};;;;
"""


def test_a_manifest(lister: Lister, clips: Path, tmp_path: Path, archive: Archive, told: list[str]) -> None:
    (tmp_path / "list.csv").write_text(MANIFEST.format(absolute=clips / "b.WAV"))
    assert list_into_queue(lister, [str(tmp_path / "list.csv")]) == Listed(4, 4)
    first, second, third, fourth = waiting(archive)
    assert (first.path, first.root) == (clips / "c.mp3", None)
    assert first.listed.sidecar is not None
    name, content = first.listed.sidecar
    assert name == "list.csv, line 2.json"
    assert b'"Air Date": "2024-10-22"' in content
    assert second.path == tmp_path.parent / "up.mp3"
    assert (third.path, third.listed.kind) == (None, EntryKind.REMOTE)
    assert third.listed.source == "https://radio.example/x.mp3?key=1"
    assert (fourth.path, fourth.listed.sidecar) == (clips / "b.WAV", None)
    assert told[0] == "list.csv, line 3: Air Date is '22/10/2024': write a date as YYYY-MM-DD"
    assert told[1].startswith("list.csv, line 5: zip://x: 'zip' is not read")
    assert told[2] == "list.csv, line 6: no path and no address"
    assert len(told) == 3


FEED = b"""<rss version="2.0"><channel><title>Harbor Watch</title>
<item><guid>1</guid><title>One</title><enclosure url="/1.mp3?key=s" type="audio/mpeg" length="10"/></item>
<item><guid>2</guid><title>Two</title><enclosure url="/latest.mp3" type="audio/mpeg"/></item>
<item><guid>3</guid><title>Three</title><enclosure url="/latest.mp3" type="audio/mpeg"/></item>
<item><guid>4</guid><title>Text</title></item></channel></rss>"""


def test_a_feed(lister: Lister, archive: Archive, told: list[str]) -> None:
    with running() as station:
        station.routes["/feed.rss"] = lambda request: request.answer(200, FEED, content_type="application/rss+xml")
        assert list_into_queue(lister, [station.url()]) == Listed(3, 3)
        assert list_into_queue(lister, [station.url()]) == Listed(3, 0)
        assert [e.listed.source for e in waiting(archive)] == [
            station.url("/1.mp3?key=s"), station.url("/latest.mp3"), station.url("/latest.mp3"),
        ]  # fmt: skip
    assert {entry.listed.kind for entry in waiting(archive)} == {EntryKind.FEED}
    assert told == []


def test_a_feed_that_lies_in_a_file(lister: Lister, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(FEED.replace(b'url="/', b'url="https://radio.example/'))
    assert list_into_queue(lister, [str(tmp_path / "feed.xml")]) == Listed(3, 3)
    assert waiting(archive)[0].listed.source == "https://radio.example/1.mp3?key=s"


def test_feeds_without_audio_and_without_a_server(lister: Lister, told: list[str]) -> None:
    with running() as station:
        station.routes["/feed.rss"] = lambda request: request.answer(
            200, b"<rss><channel><title>x</title><item><title>t</title></item></channel></rss>"
        )
        assert list_into_queue(lister, [station.url(), station.url("/none")]) == Listed(0, 0)
    assert "without audio" in told[0]
    assert "404" in told[1]


def test_storage(lister: Lister, clips: Path, archive: Archive) -> None:
    assert list_into_queue(lister, [clips.as_uri()]) == Listed(3, 3)
    assert sorted(entry.listed.source.removeprefix(clips.as_uri()) for entry in waiting(archive)) == [
        "/Harbor Watch/2024/a.mp3", "/b.WAV", "/c.mp3",
    ]  # fmt: skip
    assert {entry.listed.root for entry in waiting(archive)} == {clips.as_uri()}
    (clips / ".git").mkdir()
    (clips / ".git" / "d.mp3").touch()
    assert list_into_queue(lister, [clips.as_uri()]).new == 0
    assert list_into_queue(lister, [f"{clips.as_uri()}/*.mp3"]).new == 0


def test_storage_that_is_not_there(lister: Lister, tmp_path: Path, told: list[str]) -> None:
    list_into_queue(lister, [(tmp_path / "none").as_uri(), "s3://bucket/x"])
    assert "there is nothing at" in told[0]
    assert "Traceback" not in told[1]
    assert "s3" in told[1]


def test_a_dry_run_writes_nothing_and_samples_all_of_it(
    lister: Lister, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "PAGE", 50)
    files = [backfill.ListedFile(f"x/{number}.mp3") for number in range(2_000)]
    backfill.add(archive, files[:500])
    before = archive.db.conn.total_changes
    listed, sample = survey(archive, files)
    assert listed == Listed(2_000, 1_500)
    assert archive.db.conn.total_changes == before
    positions = sorted(files.index(file) for file in sample)
    assert len(positions) == 20
    assert positions[0] >= 500, "what the queue knows is not looked at"
    assert positions[-1] > 1_500
    assert max(b - a for a, b in itertools.pairwise(positions)) < 600


KILLED = """
import os, signal, sys
from pathlib import Path
from radio_archive.archive.archive import Archive
from radio_archive.backfill import sources
from radio_archive.backfill.sources import Lister, list_into_queue

sources.PAGE = 50
with Archive(Path(sys.argv[1])) as archive:
    files = Lister(archive, print).files(sys.argv[2])
    def until_killed():
        for number, file in enumerate(files):
            if number == int(sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)
            yield file
    class Stopping(Lister):
        def files(self, source):
            return until_killed()
    list_into_queue(Stopping(archive, print), [""])
"""


@pytest.mark.parametrize("moment", [0, 49, 50, 137])
def test_killed_while_listing(tmp_path: Path, archive: Archive, moment: int, told: list[str]) -> None:
    rows = "".join(f"{number}.mp3,{number}\n" for number in range(150))
    (tmp_path / "list.csv").write_text(f"path,title\n{rows}")
    killer = subprocess.run(
        [sys.executable, "-c", KILLED, archive.folder, tmp_path / "list.csv", str(moment)],
        env=environment(),
        check=False,
    )
    assert killer.returncode == -9
    kept = len(waiting(archive))
    assert kept == moment // 50 * 50, "whole pages"
    assert list_into_queue(Lister(archive, told.append), [str(tmp_path / "list.csv")]) == Listed(150, 150 - kept)
    assert len({entry.path for entry in waiting(archive)}) == 150


MANY = (
    PEAK_MEMORY
    + """
import sys, time
from pathlib import Path
from radio_archive.archive.archive import Archive
from radio_archive.backfill.sources import Lister, list_into_queue
with Archive(Path(sys.argv[1])) as archive:
    list_into_queue(Lister(archive, print), [sys.argv[2]])
    before = peak_memory()
    list_into_queue(Lister(archive, print), [sys.argv[3]])
    print(peak_memory() - before)
"""
)


def test_memory_does_not_grow_with_what_is_listed(tmp_path: Path, archive: Archive) -> None:
    for name, number in (("few", 3_000), ("many", 30_000)):
        rows = "".join(f"{name}/{n}.mp3,Clip {n}\n" for n in range(number))
        (tmp_path / f"{name}.csv").write_text(f"path,title\n{rows}")
    done = subprocess.run(
        [sys.executable, "-c", MANY, archive.folder, tmp_path / "few.csv", tmp_path / "many.csv"],
        capture_output=True, text=True, check=True, env=environment(),
    )  # fmt: skip
    assert int(done.stdout) < 20_000, "KiB more, for ten times as many"
    assert len(waiting(archive)) == 33_000
