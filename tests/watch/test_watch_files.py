"""Files that arrive slowly or broken, are replaced meanwhile, or have hostile names: none is lost or mixed up."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from support import audio_files as make
from support.bounds import until
from support.hostile import HOSTILE_NAMES
from support.nobody import give_to_nobody
from support.program import CLIPS, ok, run
from support.watching import Station, files

from radio_archive.archive.archive import Archive
from radio_archive.audio.container import sha256_of
from radio_archive.config.settings import WatchOptions
from radio_archive.roots import Root
from radio_archive.watch import disks, folders


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def is_waited_for(station: Station, seconds: float, pause: float, settle: float) -> bool:
    """Write a file with pauses that are shorter than `settle`: it must not be taken before it is whole.

    Returns false where the machine was so busy that the pauses became longer, which tells nothing.
    """
    # A raw AAC says nowhere how long it is: only the quiet tells that it is whole.
    whole = make.aac(station.desk / "slow.aac", 4)
    station.know(whole)
    content, target = whole.read_bytes(), station.inbox / "slow.aac"
    size = -(-len(content) // round(seconds / pause))
    states, longest = set(), 0.0
    with station.watching() as watcher:
        watcher.says("watching")
        for start in range(0, len(content), size):
            before = time.monotonic()
            with target.open("ab") as file:
                file.write(content[start : start + size])
            states |= set(station.states().values())
            time.sleep(pause)
            longest = max(longest, time.monotonic() - before)
        if longest > (settle + pause) / 2:
            return False
        assert states <= {"settling"}
        watcher.says("archived ")
        watcher.stop()
        assert watcher.out.count("archived ") == 1
        assert watcher.err == ""
    station.holds(whole)
    return True


def test_a_writer_that_pauses(tmp_path: Path) -> None:
    for settle in (1.5, 6, 24):
        (tmp_path / str(settle)).mkdir()
        station = Station(tmp_path / str(settle))
        station.set(settle=settle)
        if is_waited_for(station, seconds=5 * settle, pause=settle / 3, settle=settle):
            return
    pytest.fail("the machine is too busy to write a file with pauses of less than 16 s")


@pytest.mark.long
def test_a_writer_that_pauses_for_seconds(station: Station) -> None:
    (station.archive / "radio-archive.toml").write_text("", encoding="utf-8")
    assert is_waited_for(station, seconds=30, pause=3, settle=WatchOptions().settle)


def test_the_ways_in_which_programs_write_files(station: Station) -> None:
    """Copied under another name and renamed; hidden, as rsync does; cut off and written again."""
    station.set(settle=1e6)
    renamed, synced, before, after = station.make("renamed.wav", "synced.wav", "before.wav", "after.wav")
    partial, hidden, rewritten = (station.inbox / n for n in ("renamed.wav.part", ".synced.wav.Xq31aZ", "again.wav"))
    with station.watching() as watcher:
        watcher.says("watching")
        shutil.copy(renamed, partial)
        shutil.copy(synced, hidden)
        shutil.copy(before, rewritten)
        station.saw(rewritten)
        for content in (b"", after.read_bytes()[:100], after.read_bytes()):
            rewritten.write_bytes(content)
            station.saw(rewritten)
        assert station.states() == {"again.wav": "settling"}
        partial.rename(station.inbox / "renamed.wav")
        hidden.rename(station.inbox / "synced.wav")
        station.until(renamed="settling", synced="settling")
        assert watcher.err == ""
    station.set()
    with station.watching() as watcher:
        station.until(renamed="archived", synced="archived", again="archived")
        until("they have left", lambda: station.left() == [])
        assert watcher.err == ""
    station.holds(renamed, synced, after)


NOT_TAKEN = """
a.mp3.part  a.part.mp3  b.mp3.crdownload  c.mp3.tmp  c.tmp.mp3  d.mp3~  ._e.mp3  .f.mp3  ~$g.mp3  h.wav.filepart
i.mp3.download  j.mp3.partial  .k.mp3.swp  .stfolder/l.mp3  .dropbox.cache/m.mp3  @eaDir/n.mp3  #recycle/o.mp3
$RECYCLE.BIN/p.mp3  __MACOSX/q.mp3  lost+found/r.mp3  .sync/s.mp3  cover.jpg  notes.docx
""".split()


def test_what_is_none_of_our_business_is_left_alone(station: Station) -> None:
    [clip] = station.make("clip.wav")
    for name in [*NOT_TAKEN, "System Volume Information/t.mp3"]:
        (station.inbox / name).parent.mkdir(exist_ok=True)
        shutil.copy(clip, station.inbox / name)
    before = station.left()
    assert len(before) == len(NOT_TAKEN) + 1
    assert station.once().code == 0
    assert station.left() == before
    assert station.intake("--json").json == []
    station.holds()


def test_links_and_pipes_are_not_followed(station: Station) -> None:
    outside, inside = station.make("outside.wav", "inside.wav")
    (station.inbox / "loop").symlink_to(station.inbox)
    (station.inbox / "out").symlink_to(station.desk)
    (station.inbox / "linked.wav").symlink_to(outside)
    (station.inbox / "dangling.wav").symlink_to(station.folder / "nowhere.wav")
    os.mkfifo(station.inbox / "pipe.wav")
    station.drop(inside)
    (station.inbox / "inside.txt").symlink_to(station.desk / "outside.wav")
    assert station.once().code == 0
    station.holds(inside)
    assert set(station.states()) == {"inside.wav"}
    assert sorted(path.name for path in station.inbox.iterdir()) == [
        "dangling.wav", "inside.txt", "linked.wav", "loop", "out", "pipe.wav",
    ]  # fmt: skip
    assert {"outside.wav", "inside.wav"} == set(files(station.desk))


def test_a_file_that_becomes_a_link_is_not_followed(station: Station) -> None:
    station.set(settle=1e6)
    outside, clip = station.make("outside.wav", "clip.wav")
    with station.watching() as watcher:
        watcher.says("watching")
        target = station.drop(clip)
        station.until(clip="settling")
        (station.folder / "link").symlink_to(outside)
        (station.folder / "link").rename(target)
        station.until(clip="vanished")
    station.set()
    assert station.once().code == 0
    assert target.readlink() == outside
    assert outside.exists()
    station.holds()


def test_a_file_replaced_while_it_is_listened_to(station: Station) -> None:
    """Whenever the file is replaced, no recording has the digest of another, and the new one is archived."""
    clips = sorted(CLIPS.glob("*.mp3"))
    pairs = dict(zip(clips[:3], clips[3:6], strict=True))
    half = station.folder / "half"
    with station.watching("--log-json", model="demo") as watcher:
        watcher.says("watching")
        for number, (old, new) in enumerate(pairs.items()):
            name = f"news {number}.mp3"
            station.drop(old, name)
            shutil.copy(new, half)

            def started(name: str = name) -> bool:
                return any(e["event"] == "started" and e["path"].endswith(name) for e in watcher.events)

            until(f"{name} is listened to", started)
            time.sleep(0.25 * number)
            half.rename(station.inbox / name)
        news = {sha256_of(new) for new in pairs.values()}
        until("the new ones are archived", lambda: news <= set(station.digests()))
        until("they have left", lambda: station.left() == [])
    archived = set(station.digests())
    station.holds(*(path for path in clips if sha256_of(path) in archived))
    assert news <= archived <= {sha256_of(path) for path in clips[:6]}


def test_a_file_replaced_after_its_end_is_a_new_one(station: Station) -> None:
    """The watcher was killed before it moved the archived file, and another file has taken its place."""
    station.set(originals="keep")
    old, new = station.make("old.wav", "new.wav")
    station.drop(old, "news.wav")
    assert station.once().code == 0
    station.change("UPDATE intake SET left_at = NULL, moved_to = NULL")
    station.set(originals="aired")
    station.drop(new, "news.wav")
    assert station.once().code == 0
    station.holds(old, new)
    assert (station.archive / "aired" / "news.wav").read_bytes() == new.read_bytes()


def test_a_file_deleted_while_it_waits(station: Station) -> None:
    gone, stays = station.make("gone.wav", "stays.wav")
    station.intake("pause")
    with station.watching() as watcher:
        watcher.says("paused")
        station.drop(gone)
        station.drop(stays)
        station.until(gone="ready", stays="ready")
        (station.inbox / "gone.wav").unlink()
        station.intake("resume")
        station.until(gone="vanished", stays="archived")
        watcher.stop()
        assert "failed" not in watcher.out + watcher.err
    station.holds(stays)


@pytest.fixture
def broken(station: Station) -> dict[str, Path]:
    """Interrupted copies of an MP3, a WAV, and an MP4 whose index is written last."""
    cut = {
        "cut.mp3": make.mp3(station.desk / "cut.mp3", 4),
        "tape.wav": make.wav(station.desk / "tape.wav", 4),
        "film.m4a": make.m4a(station.desk / "film.m4a", 4),
    }
    for path in cut.values():
        station.know(path)
        shutil.copy(path, station.desk / f"whole {path.name}")
        station.know(make.truncated(path))
    return cut


def test_a_file_that_stays_incomplete(station: Station, broken: dict[str, Path]) -> None:
    station.set(incomplete_wait=1e6)
    for path in broken.values():
        station.drop(path)
    with station.watching() as watcher:
        for name in broken:
            watcher.says(f"{name}: it")
        station.until(cut="settling", tape="settling", film="settling")
        waits = {Path(row["path"]).name: row["waits_for"] for row in station.intake("--json").json}
        assert waits["cut.mp3"].startswith("it holds ")
        assert "of the 4.0 s that its header claims" in waits["tape.wav"]
        assert waits["film.m4a"] == "its index, which is written last, is missing"
    station.set()
    with station.watching():
        station.until(cut="archived", tape="archived", film="failed")
        until("they have left", lambda: station.left() == [])
    for row in ok("list", "--archive", station.archive, "--jsonl").rows:
        [warning] = ok("show", row["clip"], "--archive", station.archive, "--json").json["warnings"]
        assert "cut short" in warning
    station.holds(broken["cut.mp3"], broken["tape.wav"])
    why = (station.archive / "failed" / "film.m4a.txt").read_text(encoding="utf-8")
    assert "without a readable index" in why


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska"])
def test_a_film_without_sound_is_not_taken_for_an_unfinished_one(container: str, tmp_path: Path) -> None:
    film = make.silent_film(tmp_path / "a.mp4", container=container)
    assert folders.missing_part(film, Root(tmp_path)) is None


def test_a_file_that_is_completed_in_the_end(station: Station, broken: dict[str, Path]) -> None:
    station.set(incomplete_wait=600)
    for path in broken.values():
        station.drop(path)
    assert station.once().code == 0, "what waits is no failure, and not waited for"
    assert len(station.left()) == 3
    wholes = []
    with station.watching() as watcher:
        for name in broken:
            watcher.says(f"{name}: it")
            wholes.append(station.desk / f"whole {name}")
            with (station.inbox / name).open("ab") as file:
                file.write(wholes[-1].read_bytes()[(station.inbox / name).stat().st_size :])
        station.until(cut="archived", tape="archived", film="archived")
    station.holds(*wholes)


def test_an_inbox_that_may_not_be_written(station: Station) -> None:
    clip, other = station.make("clip.wav", "other.wav")
    station.drop(clip)
    (station.inbox / "clip.txt").write_text("beside", encoding="utf-8")
    give_to_nobody(station.archive)
    station.inbox.chmod(0o555)
    try:
        with station.watching(nobody=True) as watcher:
            watcher.says(f"it is archived, but cannot leave {station.inbox}: Permission denied")
        [row] = station.intake("--state", "archived", "--jsonl").rows
        assert "cannot leave" in row["error"]
        with station.watching(nobody=True) as watcher:
            watcher.says("watching")
            watcher.says("cannot leave")
            time.sleep(1)
            watcher.stop()
            assert "archived  " not in watcher.out
            assert "already in" not in watcher.out
    finally:
        station.inbox.chmod(0o755)
    station.holds(clip)
    assert station.left() == ["clip.txt", "clip.wav"]
    assert station.sidecars("clip.wav") == {"clip.txt": b"beside"}
    station.drop(other)
    assert station.once().code == 0
    assert station.left() == []
    station.holds(clip, other)


NAMES = [
    *(name for name in HOSTILE_NAMES if name != "x" * 246 + ".mp3"),
    "x" * 251 + ".mp3",
    "back\\slash \\xff \\\\.mp3",
    os.fsdecode(b"not \xff utf-8 \\\xfe.mp3"),
    "dots...and .mp3.mp3",
    "{clip} {titel}.mp3",
    "--archive.mp3",
]


def test_hostile_names(station: Station) -> None:
    clips = station.make(*NAMES)
    for clip in clips:
        station.drop(clip, clip.name, station.inbox / "good")
        (station.inbox / "good" / clip.name).with_suffix(".txt").write_text("beside", encoding="utf-8")
        (station.inbox / "bad").mkdir(exist_ok=True)
        (station.inbox / "bad" / clip.name).write_text(f"no sound: {clip.name!a}", encoding="utf-8")
    ran = station.once()
    assert ran.code == 1
    assert len(ran.out.splitlines()) == 1 + len(NAMES)
    station.holds(*clips)
    assert station.left() == []
    assert station.query("SELECT count(*) FROM sidecars") == [(len(NAMES),)]
    failed = station.archive / "failed" / "bad"
    assert set(NAMES) <= {path.name for path in failed.iterdir()}
    assert len(list(failed.iterdir())) == 2 * len(NAMES), "each has its reason beside it"
    rows = station.intake("--jsonl").rows
    assert len(rows) == len(NAMES)
    assert all(row["path"].isprintable() for row in rows)
    ok("intake", "retry", "--archive", station.archive, "--", *(Path(row["path"]).name for row in rows))
    assert sorted(path.name for path in (station.inbox / "bad").iterdir()) == sorted(NAMES)
    assert files(failed) == []
    for clip in clips:
        shutil.copy(clip, station.inbox / "bad" / clip.name)
    assert station.once().code == 0
    assert station.left() == []


def test_the_same_name_fails_twice(station: Station) -> None:
    long = "y" * 251 + ".mp3"
    for content in ("no sound", "nor is this"):
        (station.inbox / "news.mp3").write_text(content, encoding="utf-8")
        (station.inbox / long).write_text(content, encoding="utf-8")
        (station.inbox / "news.txt").write_text(f"beside: {content}", encoding="utf-8")
        assert station.once().code == 1
    failed = station.archive / "failed"
    assert len(files(failed)) == 10
    assert (failed / "news.mp3").read_text(encoding="utf-8") == "no sound"
    assert (failed / "news.txt").read_text(encoding="utf-8") == "beside: no sound"
    assert (failed / "news (2).mp3").read_text(encoding="utf-8") == "nor is this"
    assert (failed / "news (2).txt").read_text(encoding="utf-8") == "beside: nor is this"
    for name in ("news.mp3.txt", "news (2).mp3.txt"):
        assert "could not be archived" in (failed / name).read_text(encoding="utf-8")


def test_a_sidecar_that_is_too_large_stays(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    (station.inbox / "clip.html").write_text("small", encoding="utf-8")
    with (station.inbox / "clip.json").open("wb") as file:
        file.truncate(20 << 20)
    ran = station.once()
    assert ran.code == 0
    assert "clip.json was not kept with it: 20,971,520 bytes, and 16,777,216 is the most" in ran.err
    station.holds(clip)
    assert station.left() == ["clip.json"]
    assert (station.inbox / "clip.json").stat().st_size == 20 << 20
    assert station.sidecars("clip.wav") == {"clip.html": b"small"}


def test_recordings_with_the_names_of_sidecars(station: Station) -> None:
    clip, odd, lonely = station.make("clip.wav", "clip.txt.wav", "lonely.wav")
    station.drop(clip)
    station.drop(odd)
    station.drop(odd, "clip.txt")
    station.drop(lonely, "lonely.json")
    assert station.once().code == 0
    station.holds(clip, odd)
    assert station.sidecars("clip.wav") == {"clip.txt": odd.read_bytes()}
    assert station.left() == ["lonely.json"]


def test_what_a_killed_watcher_left_empty_is_no_obstacle(station: Station) -> None:
    """An empty sidecar may be half-way out when the power fails."""
    [clip] = station.make("clip.wav")
    station.drop(clip)
    exit_folder = station.inbox / ".radio-archive" / "0123abcd"
    exit_folder.mkdir(parents=True)
    (exit_folder / "other.txt").touch()
    assert station.once().code == 0
    assert station.left() == ["other.txt"]
    station.holds(clip)


def test_folders_deeper_than_any_limit(station: Station) -> None:
    [clip] = station.make("clip.wav")
    station.drop(clip)
    script = "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(1200):\n    os.mkdir('d')\n    os.chdir('d')"
    subprocess.run([sys.executable, "-c", script, station.inbox], check=True)
    try:
        assert station.once().code == 0
        station.holds(clip)
    finally:
        subprocess.run(["rm", "-rf", station.inbox / "d"], check=True)


def test_archives_in_a_watched_folder_are_left_alone(station: Station) -> None:
    """Taking their originals for new recordings would damage them."""
    clip, other, new = station.make("clip.wav", "other.wav", "new.wav")
    for folder, recording in ((station.archive, clip), (station.folder / "second", other)):
        if folder != station.archive:
            Archive.create(folder, "").close()
        ok("add", recording, "--archive", folder, "--model", station.model)
    for name in ("failed", "duplicates"):
        shutil.copytree(station.desk, station.archive / name)
    station.drop(new, "dropped.wav", station.folder / "somewhere")
    shutil.rmtree(station.desk)
    before = files(station.archive / "media") + files(station.folder / "second")
    assert station.once(station.folder).code == 0
    after = files(station.archive / "media") + files(station.folder / "second")
    assert set(before) < set(after)
    assert len(after) == len(before) + 1
    assert len(files(station.archive / "failed")) == 3
    with closing(sqlite3.connect(station.folder / "second" / "archive.db")) as db:
        assert db.execute("SELECT sha256 FROM recordings").fetchall() == [
            (Path(files(station.folder / "second" / "media")[0]).stem,)
        ]


def test_a_name_that_is_not_utf_8_does_not_end_the_watching(station: Station) -> None:
    """What reports the changes cannot name it, and ends."""
    station.set(rescan=1e6)
    first, second = station.make("first.wav", "second.wav")
    with station.watching() as watcher:
        watcher.says("watching")
        station.drop(first, os.fsdecode(b"caf\xe9.wav"))
        watcher.says("changes are not reported here")
        assert "looking every 10 s instead" in watcher.err
        until("it is archived", lambda: len(station.digests()) == 1)
        station.drop(second)
        station.until(second="archived")
    station.holds(first, second)


@pytest.mark.long
def test_the_systems_watches_are_used_up(station: Station) -> None:
    """Then nothing is reported of some folders, and nobody is told."""
    limited = 'echo 4 > /proc/sys/user/max_inotify_watches && exec "$@"'
    alone = ["unshare", "-U", "-r", "sh", "-c", limited, "-"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no limit can be set here")
    station.set(rescan=1e6)
    for number in range(6):
        (station.inbox / f"show {number}").mkdir()
    clips = station.make(*(f"{number}.wav" for number in range(6)))
    with station.watching(within=alone) as watcher:
        watcher.says("the system watches no more folders: see fs.inotify.max_user_watches")
        for number, clip in enumerate(clips):
            station.drop(clip, folder=station.inbox / f"show {number}")
        until("all are archived", lambda: len(station.digests()) == len(clips))
    station.holds(*clips)


def test_a_share_in_an_inbox_is_noticed(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/a / ext4 rw 0 0\nhost:/x /srv/in\\040box/their\\134share nfs4 rw 0 0\n//h/y /srv/other cifs rw 0 0\n",
        encoding="utf-8",
    )
    for folder, is_remote in {
        "/srv/in box": True, "/srv": True, "/srv/in box/their\\share/aired": True, "/srv/in": False, "/home": False,
    }.items():  # fmt: skip
        assert disks.is_on_network(Path(folder), mounts) is is_remote, folder
    assert disks.file_system(Path("/srv/in box/their\\share/x"), mounts) == "nfs4"
    assert disks.file_system(Path("/srv/in box"), mounts) == "ext4"


def test_ten_thousand_files_at_once(station: Station) -> None:
    flood = station.folder / "flood"
    flood.mkdir()
    header = make.riff(200, rate=8_000)
    for number in range(10_000):
        (flood / f"{number:05}.wav").write_bytes(header + number.to_bytes(4, "little") * 50)
    station.intake("pause")
    with station.watching() as watcher:
        watcher.says("paused")
        status = Path(f"/proc/{watcher.process.pid}/status")

        def peak() -> int:
            """Megabytes."""
            return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) // 1024

        before = peak()
        flood.rename(station.inbox / "Flood")
        until("all are in the queue", lambda: station.query("SELECT count(*) FROM intake") == [(10_000,)])
        assert run("intake", "--check", "--archive", station.archive).code == 0
        until("some are ready", lambda: "ready" in station.states().values())
        assert peak() - before < 150
        assert watcher.stop() == 0
    assert len(station.left()) == 10_000
