"""An archive's folder can be moved: nothing in it says where it is, and all works there."""

import os
import shutil
import time
from pathlib import Path

from support.program import ok, run
from support.server import serving
from support.tiny_clips import tiny_clips

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import copy


def test_an_archive_that_was_moved_works_wholly(own_archive: Path, tmp_path: Path) -> None:
    clips = tiny_clips(tmp_path / "clips", 5, tmp_path / "replay.json")
    first, referenced, dropped, second, late = clips.paths
    model = ("--model", clips.model)
    quick = "[watch]\nsettle = 0.1\nsidecar_wait = 0.0\n"
    (own_archive / "radio-archive.toml").write_text(quick, encoding="utf-8")
    shutil.move(dropped, own_archive / "inbox")
    _age(own_archive / "inbox" / dropped.name)
    ok("watch", "--once", *model, "--archive", own_archive)
    ok("backfill", first, *model, "--archive", own_archive)
    (row,) = ok("add", referenced, "--reference", *model, "--archive", own_archive, "--jsonl").rows
    told = [ok(*words, "--archive", own_archive, "--json").json for words in (["list"], ["search", "reef"])]
    place = tmp_path / "deep" / "in" / "elsewhere"
    place.parent.mkdir(parents=True)
    own_archive.rename(place)

    with Archive(place) as archive:
        # As SQLite stores it now: no page that is free, and nothing in a log.
        copy(archive.database_path, tmp_path / "all.db")
    files = [tmp_path / "all.db", *(path for path in place.rglob("*") if path.is_file())]
    assert len(files) > 15
    assert [path for path in files if os.fsencode(own_archive) in path.read_bytes()] == []
    assert [ok(*words, "--archive", place, "--json").json for words in (["list"], ["search", "reef"])] == told
    assert ok("add", second, *model, "--archive", place, "--jsonl").rows[0]["outcome"] == "archived"
    shutil.move(late, place / "inbox")
    _age(place / "inbox" / late.name)
    ok("watch", "--once", *model, "--archive", place)
    assert list((place / "inbox").iterdir()) == []
    uid = told[0][-1]["clip"]
    assert ok("export", uid, "--format", "vtt", "--archive", place).out.startswith("WEBVTT")
    with serving(place) as server:
        assert server.get("/search?q=reef").status_code == 200

    # What is elsewhere is found from where the archive was, and is the one exception.
    found = run("verify", "--json", "--archive", place)
    assert found.code == 1
    (fault,) = found.json["recordings"]["faults"]
    assert (fault["clip"], fault["outcome"]) == (row["clip"], "missing")
    mended = ok("verify", "--repair", "--look-in", tmp_path / "clips", "--json", "--archive", place).json
    assert [one["found"] for one in mended["recordings"]["put_back"]] == [str(referenced)]
    assert referenced.exists()
    ok("verify", "--archive", place)


def _age(path: Path) -> None:
    """Let a file be one that nobody has written to for a while."""
    then = time.time() - 3600
    os.utime(path, (then, then))
