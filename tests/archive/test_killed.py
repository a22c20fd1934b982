"""`backup`, `restore` and `merge`, killed at many moments: nothing is lost, and the same command goes on."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import environment
from support.stored import media, state, store
from support.texts import change, text_of

from radio_archive.archive import backup, database, digests, feeds, merge, restore
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import fixity, read
from radio_archive.archive.filters import Filters
from radio_archive.archive.index import check
from radio_archive.archive.names import roster
from radio_archive.metadata.resolve import resolve_for_show
from radio_archive.search import saved

MOMENTS = 50
KILLER = """
import os, signal, sys
from pathlib import Path
from radio_archive.archive import backup, database, merge, restore
from radio_archive.archive.archive import Archive
from radio_archive.metadata.resolve import resolve_for_show

STEPS = {*"write fsync open mkdir rename replace unlink rmdir close chmod backup progress".split()}
if sys.argv[1] == "merge":
    STEPS |= {"execute", "executemany"}
database.COPIED_PAGES = 40  # so that a small database is copied in many steps

def worked(what, source, target, last):
    steps = []

    def traced(frame, event, argument):
        if event == "c_call" and not isinstance(argument.__self__, str):
            name = argument.__name__
        else:
            name = frame.f_code.co_name if event == "call" and frame.f_code is progress.__code__ else ""
        if name in STEPS:
            steps.append(name)
            if len(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)

    def progress(*_):
        pass

    if what == "backup":
        with Archive(Path(source), read_only=True) as archive:
            sys.setprofile(traced)
            backup.make(archive, Path(target), prune=True, progress=progress)
            sys.setprofile(None)
    elif what == "merge":
        with Archive(Path(target)) as archive:
            sys.setprofile(traced)
            for _ in merge.merge(archive, Path(source), resolve_for_show, progress=progress):
                pass
            sys.setprofile(None)
    else:
        restore.check.verify = restore.fixity.verify = lambda *_, **__: []  # what only reads
        sys.setprofile(traced)
        restore.restore(Path(source), Path(target), progress=progress)
        sys.setprofile(None)
    return steps

what, source, target = sys.argv[1:]
worked(what, source, f"{target} first", 0)  # what happens at a first time alone is no step
print(*worked(what, source, target, 0), flush=True)
for number, moment in enumerate(sys.stdin.readline().split()):
    child = os.fork()
    if not child:
        worked(what, source, f"{target} {number}", int(moment))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Does its work, says what steps that took, and is killed before each given one with copies of the target."""
TURNS = {"rename", "replace", "unlink"}
"""Steps before and after which a folder is another one."""


def killed(what: str, source: Path, start: Path, number: int = MOMENTS) -> list[Path]:
    """Return copies of the folder `start`, as a command with `source` leaves them when it is killed."""
    whole = Path(shutil.copytree(start, start.with_name("whole")))
    shutil.copytree(start, f"{whole} first")
    killer = subprocess.Popen(
        [sys.executable, "-c", KILLER, what, source, whole], text=True, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert killer.stdout is not None
    steps = killer.stdout.readline().split()
    turns = [n for n, step in enumerate(steps, 1) if step in TURNS]
    rest = sorted({*range(1, len(steps) + 1)} - {*turns})
    assert len(turns) < number < len(steps)
    moments = [*turns, *random.Random(20261129).sample(rest, number - len(turns))]
    folders = [Path(shutil.copytree(start, f"{whole} {n}")) for n in range(len(moments))]
    out, _ = killer.communicate(" ".join(map(str, moments)) + "\n")
    assert out.split() == ["-9"] * len(moments)
    return folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Archive.create(tmp_path / "archive", "").close()
    with Archive(tmp_path / "archive") as archive:
        store(archive, "one", "two", "three")
    return tmp_path / "archive"


def test_a_backup_that_is_killed_leaves_the_earlier_or_the_new_one(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    with Archive(folder) as archive:
        backup.make(archive, place)
        store(archive, "four", "five")
    before = state(place)
    earlier = media(place)
    with Archive(folder, read_only=True) as archive:
        places = killed("backup", folder, place)
        after = state(tmp_path / "whole")
        found = [state(one) for one in places]
        assert {*found} == {before, after}
        for one in places:
            assert earlier.items() <= media(one).items()
        for one in places[::2]:
            backup.make(archive, one, prune=True)
            assert state(one) == after
            assert media(one) == media(folder)
            left = {path.name for path in one.iterdir()}
            assert left == {"backup.json", f"archive-{after[:16]}.db", "media", "radio-archive.toml"}
    # The program's own check, of each of the two.
    for one in (places[found.index(before)], places[found.index(after)]):
        assert restore.restore(one, tmp_path / f"restored {one.name}").is_whole


def test_a_first_backup_that_is_killed_can_be_made(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    places = killed("backup", folder, tmp_path / "backup", 22)
    after = state(tmp_path / "whole")
    with Archive(folder, read_only=True) as archive:
        for one in places:
            manifest = backup.read_manifest(one)
            assert manifest is None or manifest.database == "" or state(one) == after
            backup.make(archive, one)
            assert state(one) == after


def test_a_restore_that_is_killed_loses_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "backup"
    with Archive(folder) as archive:
        backup.make(archive, place)
        store(archive, "later")
    here = media(folder)
    lost, damaged, *_ = sorted(media(place))
    (folder / lost).unlink()
    (folder / damaged).write_bytes(b"rotten")
    (folder / "archive.db-wal").write_bytes(b"a log of another database")
    old = {name: (folder / name).read_bytes() for name in ("archive.db", "archive.db-wal")}
    folders = killed("restore", place, folder)
    ends: set[bool | str] = set()
    for one in folders:
        for name, content in old.items():
            kept = [path for path in (one / name, *one.glob(f"replaced-*/{name}")) if path.exists()]
            assert content in [path.read_bytes() for path in kept], "the old database and its log are there"
        ends.add((one / "archive.db").exists() and (one / "archive.db").read_bytes() == old["archive.db"])
        assert media(one).keys() | {lost} == here.keys()
        if not (one / "archive.db").exists():
            ends.add("none")
        with monkeypatch.context() as patched:
            if one != folders[-1]:
                # What only reads takes the longest.
                patched.setattr("radio_archive.archive.index.check.verify", lambda *_, **__: [])
                patched.setattr("radio_archive.archive.clips.fixity.verify", lambda *_, **__: [])
            assert restore.restore(place, one).is_whole
        assert media(one) == here
        for name, content in old.items():
            assert content in [path.read_bytes() for path in one.glob(f"replaced-*/{name}")]
        logs = [
            path.parent for path in one.glob("replaced-*/archive.db-wal") if path.read_bytes() == old["archive.db-wal"]
        ]
        assert (logs[0] / "archive.db").read_bytes() == old["archive.db"], "side by side, to be looked at"
    assert ends == {True, False, "none"}


def test_a_merge_that_is_killed_loses_nothing(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Archive.create(other, "") as theirs:
        for uid in store(theirs, "one", "four", "five"):
            change(theirs, uid, 0, 0, "The sea")
        roster.add(theirs, "person", "Kim Lee", ["K. Lee"], {})
        feeds.follow(theirs, "https://example.org/feed.xml", "Harbor Watch")
        saved.save(theirs, "reef", "sea", Filters())
    there = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    folders = killed("merge", other, folder, 20)
    whole = tmp_path / "whole"
    told = set()
    for one in folders:
        with Archive(one) as archive:
            assert database.integrity_problems(archive.db) == []
            clips = list(read.uids(archive))
            told.add(len(clips))
            assert all(text_of(archive, uid) for uid in clips)
            for _ in merge.merge(archive, other, resolve_for_show):
                pass
        assert media(one) == media(whole)
        assert counts(one) == counts(whole)
    assert told == {3, 4, 5}
    assert {path: path.read_bytes() for path in there} == there
    with Archive(folders[-1]) as archive:
        tables = fixity.verify(archive, check.verify(archive, mend=False), mend=False)
        assert [table.table for table in tables if not table.is_sound] == []


def counts(folder: Path) -> dict[str, int]:
    """Return how many rows each table has that cannot be made again."""
    with Archive(folder, read_only=True) as archive:
        return {name: archive.db.table(name).count for name in digests.TABLES}
