"""Somebody who may write to an inbox can harm nothing but what lies there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from support.bounds import until
from support.watching import Station, files

from radio_archive.archive.intake import FileSnapshot
from radio_archive.audio.container import sha256_of
from radio_archive.pipeline.inputs import read_sidecars
from radio_archive.roots import Root
from radio_archive.watch import moves

KEPT = 3
"""Clips that are in the archive before the attack."""


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """A station with some clips archived."""
    station = Station(tmp_path)
    for clip in station.make(*(f"kept {n}.wav" for n in range(KEPT))):
        station.drop(clip)
    assert station.once().code == 0
    return station


def kept(station: Station) -> list[Path]:
    return [station.desk / f"kept {n}.wav" for n in range(KEPT)]


def assert_originals_are_there(station: Station, *more: Path) -> None:
    station.holds(*kept(station), *more)


@pytest.mark.parametrize("leads_to", ["media", ".", "desk"])
def test_a_link_in_place_of_our_hidden_folder(station: Station, leads_to: str) -> None:
    [clip] = station.make("clip.wav")
    outside = files(station.desk)
    (station.inbox / ".radio-archive").symlink_to(
        station.desk if leads_to == "desk" else station.archive / leads_to, target_is_directory=True
    )
    station.drop(clip)
    assert station.once().code == 0
    assert_originals_are_there(station, clip)
    assert files(station.desk) == outside
    assert station.left() == []


def test_a_link_in_place_of_our_hidden_folder_while_it_watches(station: Station) -> None:
    first, second = station.make("first.wav", "second.wav")
    with station.watching() as watcher:
        watcher.says("watching")
        (station.inbox / ".radio-archive").symlink_to(station.archive / "media")
        station.drop(first)
        station.drop(second)
        station.until(first="archived", second="archived")
        until("they leave", lambda: station.left() == [])
    assert_originals_are_there(station, first, second)
    assert files(station.archive / "media" / ".incoming") == []


def test_a_folder_that_becomes_a_link_to_the_originals(station: Station) -> None:
    """The twin of an original, of the same size and time, waits in a folder that becomes a link to where that is."""
    digest = sha256_of(kept(station)[0])
    original = station.archive / "media" / digest[:2] / f"{digest}.wav"
    folder = station.inbox / "show"
    station.drop(original, f"show/{original.name}")
    os.utime(folder / original.name, ns=(original.stat().st_atime_ns, original.stat().st_mtime_ns))
    station.intake("pause")
    with station.watching() as watcher:
        watcher.says("paused")
        station.until(**{original.stem: "ready"})
        folder.rename(station.folder / "away")
        folder.symlink_to(original.parent, target_is_directory=True)
        station.intake("resume")
        station.until(**{original.stem: "vanished"})
    assert_originals_are_there(station)
    assert not (station.archive / "duplicates").exists()


def test_links_in_failed_are_not_written_through(station: Station) -> None:
    victim = station.folder / "victim"
    victim.write_text("precious", encoding="utf-8")
    failed = station.archive / "failed"
    failed.mkdir()
    for name in ("b.mp3", "b.mp3.txt", "c.mp3.txt"):
        (failed / name).symlink_to(victim)
    (failed / "show").symlink_to(station.archive / "media", target_is_directory=True)
    for name in ("b.mp3", "c.mp3", "show/d.mp3"):
        (station.inbox / name).parent.mkdir(exist_ok=True)
        (station.inbox / name).write_text("no sound", encoding="utf-8")
    ran = station.once()
    assert ran.code == 1
    assert "cannot leave" in ran.err
    assert victim.read_text(encoding="utf-8") == "precious"
    assert "could not be archived" in (failed / "b (2).mp3.txt").read_text(encoding="utf-8")
    assert "could not be archived" in (failed / "c (2).mp3.txt").read_text(encoding="utf-8")
    assert station.left() == ["show/d.mp3"]
    assert_originals_are_there(station)


def test_roots_that_are_the_owners_links(station: Station) -> None:
    """To a bigger disk, say."""
    [clip] = station.make("clip.wav")
    disk = station.folder / "disk"
    disk.mkdir()
    for name in ("media", "inbox", "failed", "duplicates"):
        (station.archive / name).mkdir(exist_ok=True)
        (station.archive / name).rename(disk / name)
        (station.archive / name).symlink_to(disk / name, target_is_directory=True)
    station.drop(clip)
    station.drop(kept(station)[0], "again.wav")
    (station.inbox / "rubbish.mp3").write_text("no sound", encoding="utf-8")
    assert station.once().code == 1
    assert_originals_are_there(station, clip)
    assert files(disk / "inbox") == []
    assert files(disk / "failed") == ["rubbish.mp3", "rubbish.mp3.txt"]
    assert files(disk / "duplicates") == ["again.wav", "again.wav.txt"]


def test_a_watched_folder_with_the_originals_in_it_under_another_name(station: Station) -> None:
    """The archive's media lie on a disk that is watched too, by a path that is a link."""
    disk = station.folder / "disk"
    disk.mkdir()
    (station.archive / "media").rename(disk / "originals")
    (station.archive / "media").symlink_to(disk / "originals", target_is_directory=True)
    (station.folder / "link").symlink_to(disk, target_is_directory=True)
    assert station.once(station.folder / "link").code == 0
    assert_originals_are_there(station)


def test_a_sidecar_that_becomes_a_link_is_not_read(tmp_path: Path) -> None:
    secret, recording = tmp_path / "secret", tmp_path / "inbox" / "clip.wav"
    secret.write_bytes(b"the password")
    recording.parent.mkdir()
    recording.touch()
    with exchanging(recording.with_suffix(".txt"), secret):
        read = {content for _ in range(5_000) for _, content in read_sidecars(recording)[0]}
    assert read == {b"beside"}


@contextmanager
def exchanging(path: Path, secret: Path) -> Iterator[None]:
    """Put a file and a link in each other's place, again and again."""
    ended = Event()
    half = path.with_name(".next")

    def exchange() -> None:
        while not ended.is_set():
            half.write_bytes(b"beside")
            half.rename(path)
            half.symlink_to(secret)
            half.rename(path)

    thread = Thread(target=exchange)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_file_is_not_deleted_unless_its_bytes_are_safe(tmp_path: Path) -> None:
    """It was replaced by one of the same size and time after it was archived."""
    root, path = Root(tmp_path), tmp_path / "show" / "a.wav"
    path.parent.mkdir()
    path.write_bytes(b"old")
    seen = FileSnapshot.of(path, path.lstat())
    with root.reader(path) as file:
        old = moves.digest(file)
    path.write_bytes(b"new")
    os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))
    moves.take_out(root, path, seen, lambda found: found == old)
    assert files(tmp_path) == ["show/a.wav"]
    assert path.read_bytes() == b"new"
    path.write_bytes(b"old")
    os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))
    moves.take_out(root, path, seen, lambda found: found == old)
    assert list(tmp_path.iterdir()) == [path.parent]


@pytest.mark.parametrize("originals", ["remove", "aired"])
@pytest.mark.parametrize("was", ["archived", "duplicate"])
def test_a_file_exchanged_for_one_of_the_same_size_and_time(station: Station, was: str, originals: str) -> None:
    """The watcher was killed before the file left; at its next start another one has its place."""
    old, new = station.make("old.wav", "new.wav")
    assert old.stat().st_size == new.stat().st_size
    station.drop(old)
    station.set(originals="keep")
    assert station.once().code == 0
    if was == "duplicate":
        station.drop(old, "news.wav")
        assert station.once().code == 0
    here = station.inbox / ("news.wav" if was == "duplicate" else "old.wav")
    seen = here.stat()
    shutil.copy(new, here)
    os.utime(here, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    station.change("UPDATE intake SET left_at = NULL, moved_to = NULL WHERE path LIKE ?", f"%{here.name}")
    station.set(originals=originals)
    station.once()
    station.once()
    everywhere = [path for path in station.archive.rglob("*.wav") if sha256_of(path) == sha256_of(new)]
    assert everywhere, "it is nowhere any more"
    if originals == "remove":
        assert sha256_of(new) in station.digests()


def test_notes_and_stories_of_the_same_name(station: Station) -> None:
    """What would be the note of `a.mp3` is the story of `a.mp3.mp3`, and one of the two must have another name."""
    for first, second in (("a.mp3", "a.mp3.mp3"), ("b.mp3.mp3", "b.mp3")):
        for name in (first, second):
            (station.inbox / name).write_text(f"no sound: {name}", encoding="utf-8")
            if name.endswith(".mp3.mp3"):
                (station.inbox / name).with_suffix(".txt").write_text(f"the story of {name}", encoding="utf-8")
            assert station.once().code == 1
    failed = station.archive / "failed"
    texts = [path.read_text(encoding="utf-8") for path in failed.iterdir()]
    assert len(texts) == 10
    for name in ("a.mp3", "a.mp3.mp3", "b.mp3", "b.mp3.mp3"):
        assert f"no sound: {name}" in texts
        assert len([text for text in texts if text.startswith(f"{name} could not be archived")]) == 1
    station.intake("retry", "--all")
    assert files(failed) == []
    assert station.left() == ["a.mp3", "a.mp3.mp3", "a.mp3.txt", "b.mp3", "b.mp3.mp3", "b.mp3.txt"]
    for name in "ab":
        assert (station.inbox / f"{name}.mp3.txt").read_text(encoding="utf-8") == f"the story of {name}.mp3.mp3"
