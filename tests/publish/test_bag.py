"""A bag for another archive: any program for bags takes it, and what is wrong with it is named."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import environment, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import sidecars


def is_valid(bag: Path) -> bool:
    """Whether the program of the Library of Congress takes it."""
    command = [sys.executable, "-m", "bagit", "--validate", "--quiet", str(bag)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def bag(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bag of all clips of the demo archive."""
    target = tmp_path_factory.mktemp("bags") / "bag"
    ok("export", "--all", "--bag", target, "-a", demo_archive)
    return target


def test_a_bag_has_originals_transcripts_and_metadata(bag: Path, demo_archive: Path) -> None:
    assert is_valid(bag)
    assert ok("verify", "--bag", bag).out == f"{bag}: all files are as its lists say\n"
    for clip in ok("list", "--json", "-a", demo_archive).json:
        [folder] = (bag / "data").glob(f"*-{clip['clip']}")
        detail = ok("show", clip["clip"], "--json", "-a", demo_archive).json
        original = folder / f"{clip['clip']}{Path(detail['file']).suffix}"
        assert original.read_bytes() == (demo_archive / detail["file"]).read_bytes()
        about = json.loads((folder / "metadata.json").read_text("utf-8"))
        assert about["sha256"] == clip["sha256"]
        assert [claim["field"] for claim in about["claims"]] == [claim["field"] for claim in detail["claims"]]
        said = json.loads((folder / f"{clip['clip']}.json").read_text("utf-8"))["segments"][0]["text"]
        for name in ("vtt", "txt", "pbcore.xml"):
            assert said.split()[0] in (folder / f"{clip['clip']}.{name}").read_text("utf-8")
        [word, *_] = json.loads((folder / "transcript-1.words.json").read_text("utf-8"))
        assert len(word) == 6, "with its language and its speaker"


def test_what_is_wrong_with_a_bag_is_named(bag: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bag"
    subprocess.run(["cp", "-r", bag, copy], check=True)
    [original, *_] = sorted((copy / "data").rglob("*.mp3"))
    content = original.read_bytes()
    name = original.relative_to(copy).as_posix()
    original.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ran = run("verify", "--bag", copy)
    assert ran.code == 1
    assert f"{name} has changed: its digest is " in ran.out
    original.unlink()
    assert f"{name} is missing\n" in run("verify", "--bag", copy).out
    [fault] = run("verify", "--bag", copy, "--json").json["faults"]
    assert fault["path"] == name
    original.symlink_to(bag / name)
    assert f"{name} is a link, which a bag may not have\n" in run("verify", "--bag", copy).out
    original.unlink()
    os.mkfifo(original)
    assert f"{name} is no file, which a bag may not have\n" in run("verify", "--bag", copy).out
    original.unlink()
    original.write_bytes(content)
    (copy / "data" / "more.txt").touch()
    assert "data/more.txt is not in its list\n" in run("verify", "--bag", copy).out
    assert run("verify", "--bag", tmp_path).err.startswith(f"{tmp_path} is no bag.")


def test_what_is_not_as_it_was_archived_is_left_out_and_named(own_archive: Path, tmp_path: Path) -> None:
    changed, missing, hostile, *_ = ok("list", "--json", "-a", own_archive).json
    files = [
        own_archive / ok("show", clip["clip"], "--json", "-a", own_archive).json["file"] for clip in (changed, missing)
    ]
    files[0].write_bytes(b"other")
    files[1].unlink()
    with Archive(own_archive) as archive:
        sidecars.attach(archive, hostile["clip"], "../../\x00:.txt", b"one")
        sidecars.attach(archive, hostile["clip"], "ʻō" * 200 + ".txt", b"two")
    ran = run("export", "--all", "--bag", tmp_path / "bag", "-a", own_archive)
    assert ran.code == 1
    assert f"of {changed['clip']} is not as it was archived: it is not in the bag.\n" in ran.err
    assert f"of {missing['clip']} is missing: it is not in the bag.\n" in ran.err
    assert is_valid(tmp_path / "bag")
    assert {path.read_bytes() for path in (tmp_path / "bag").rglob("sidecar-*")} == {b"one", b"two"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "bag"]


def test_a_redacted_clip_leaves_nothing_of_what_was_taken_out(own_archive: Path, tmp_path: Path) -> None:
    row, *_ = ok("search", "undersea", "--jsonl", "-a", own_archive).rows
    uid = row["clip"]
    with Archive(own_archive) as archive:
        sidecars.attach(archive, uid, "notes.txt", b"undersea")
    original = (own_archive / ok("show", uid, "--json", "-a", own_archive).json["file"]).read_bytes()
    ok("tag", uid, "title=A cable", "summary=", "-a", own_archive)
    ok("redact", uid, "--from", "0", "--to", "39", "-a", own_archive)
    ok("export", uid, "--bag", tmp_path / "bag", "-a", own_archive)
    files = [path for path in (tmp_path / "bag" / "data").rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in files) == [".json", ".mp3", ".txt", ".vtt", ".xml"]
    assert [path for path in files if b"undersea cable" in path.read_bytes()] == []
    assert original not in [path.read_bytes() for path in files]


def test_a_full_disk_leaves_nothing_half_written(own_archive: Path, tmp_path: Path) -> None:
    """A limit on file sizes simulates it."""
    target = tmp_path / "bag"
    done = subprocess.run(
        [sys.executable, "-m", "radio_archive", "export", "--all", "--bag", target, "-a", own_archive],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "bag" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_a_bag_replaces_nothing(own_archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "bag"
    target.mkdir()
    (target / "mine.txt").write_text("mine", encoding="utf-8")
    for path in (target, target / "mine.txt"):
        ran = run("export", "--all", "--bag", path, "-a", own_archive)
        assert ran.code == 1
        assert "is there already. Name a new folder." in ran.err
    assert (target / "mine.txt").read_text("utf-8") == "mine"
