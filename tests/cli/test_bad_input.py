"""Bad input gives one clear line per file. The rest of the batch continues, and no partial data remains."""

import os
import resource
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from support import audio_files as make
from support.hostile import HOSTILE_NAMES
from support.nobody import as_nobody, give_to_nobody
from support.program import CLIPS, COMMAND, REPLAY, Ran, environment, ok, run

GOOD = CLIPS / "reef-notes" / "2025-03-04 sea turtles.mp3"
MODEL = ("--model", "demo")
KNOWN = ("--model", REPLAY)
"""Where it does not matter how a good clip is heard."""


def silence(seconds: float) -> make.Samples:
    return np.zeros((1, int(seconds * 44_100)), np.float32)


def assert_tidy(archive: Path, clips: int) -> None:
    """Assert that the archive is sound and has `clips` clips, their audio, and nothing else."""
    listed = ok("list", "--archive", archive, "--jsonl").rows
    files = [path for path in (archive / "media").rglob("*") if path.is_file()]
    assert sorted(path.stem for path in files) == sorted(row["sha256"] for row in listed)
    assert len(listed) == clips
    found = {row["about"]: row["found"] for row in run("doctor", "--archive", archive, "--json").json}
    assert found["database"] == "sound"


@pytest.fixture(scope="module")
def rubbish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every kind of bad input, and one good clip among them."""
    folder = tmp_path_factory.mktemp("rubbish") / "in"
    folder.mkdir()
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("Dear listeners, this is not sound.\n" * 200, encoding="utf-8")
    (folder / "page.mp3").write_text("<html><body>404 Not Found</body></html>", encoding="utf-8")
    (folder / "playlist.mp3").write_text(f"#EXTM3U\n#EXTINF:9,\n{GOOD}\n", encoding="utf-8")
    (folder / "header only.mp3").write_bytes(GOOD.read_bytes()[:300])
    make.silent_film(folder / "film without sound.mp4")
    make.truncated(Path(shutil.copy(GOOD, folder / "truncated.mp3")))
    make.damaged(Path(shutil.copy(GOOD, folder / "corrupt middle.mp3")))
    make.mp3(folder / "silence.mp3", samples=silence(20))
    make.mp3(folder / "short.mp3", 0.2)
    shutil.copy(GOOD, folder / "good.mp3")
    return folder


@pytest.fixture(scope="module")
def added(rubbish: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    archive = tmp_path_factory.mktemp("archive") / "a"
    ok("init", archive)
    return archive, run("add", rubbish, "--archive", archive, *MODEL, "--jsonl")


FAILED = {
    "empty.mp3": "empty",
    "text.mp3": "not an audio file",
    "page.mp3": "not an audio file",
    "playlist.mp3": "not an audio file",
    "header only.mp3": "",
    "film without sound.mp4": "video without sound",
}
ARCHIVED = {
    "truncated.mp3": "cut short",
    "corrupt middle.mp3": "could not be decoded",
    "silence.mp3": "",
    "short.mp3": "",
    "good.mp3": "",
}


@pytest.mark.parametrize(("name", "why"), FAILED.items())
def test_what_cannot_be_archived_says_why_and_what_to_do(added: tuple[Path, Ran], name: str, why: str) -> None:
    row = next(row for row in added[1].rows if Path(row["path"]).name == name)
    assert (row["outcome"], row["clip"]) == ("failed", None)
    assert why in row["error"]
    assert "\n" not in row["error"]
    assert row["error"].count(". ") >= 1, "what is wrong, then what to do next"


@pytest.mark.parametrize(("name", "warning"), ARCHIVED.items())
def test_what_is_odd_is_archived_with_a_warning(added: tuple[Path, Ran], name: str, warning: str) -> None:
    archive, ran = added
    row = next(row for row in ran.rows if Path(row["path"]).name == name)
    assert row["outcome"] == "archived", row["error"]
    assert warning in " ".join(row["warnings"])
    shown = ok("show", row["clip"], "--archive", archive, "--json").json
    assert shown["warnings"] == row["warnings"]


def test_the_rest_of_the_batch_goes_on_and_the_exit_code_is_1(added: tuple[Path, Ran]) -> None:
    archive, ran = added
    assert ran.code == 1
    assert len(ran.rows) == len(FAILED) + len(ARCHIVED)
    assert_tidy(archive, len(ARCHIVED))


@pytest.mark.parametrize("name", ["silence.mp3", "short.mp3"])
def test_where_nobody_speaks_no_text_is_invented(added: tuple[Path, Ran], name: str) -> None:
    archive, ran = added
    clip = next(row["clip"] for row in ran.rows if Path(row["path"]).name == name)
    shown = ok("show", clip, "--archive", archive, "--json").json
    assert shown["segments"] == []
    assert shown["transcripts"][0]["words"] == 0
    assert ok("export", clip, "--archive", archive, "--format", "vtt").out.startswith("WEBVTT")


def test_the_same_failures_in_words(rubbish: Path, empty_archive: Path) -> None:
    ran = run(
        "add", rubbish / "empty.mp3", rubbish / "text.mp3", rubbish / "gone.mp3", "--archive", empty_archive, *MODEL
    )
    assert ran.code == 1
    problems = [line for line in ran.err.splitlines() if line.startswith("failed")]
    assert len(problems) == 3
    assert all(line.count("mp3: ") == 1 for line in problems)


def test_hostile_file_names(empty_archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    sound = make.mp3(tmp_path / "tone.mp3", 1.0).read_bytes()
    for number, name in enumerate(HOSTILE_NAMES):
        # Bytes after the last frame make each recording another one.
        (folder / name).write_bytes(sound + b"\0" * (number + 1))
    (folder / os.fsdecode(b"not \xff utf-8.mp3")).write_bytes(sound + b"\0" * 500)
    ran = ok("add", folder, "--archive", empty_archive, *MODEL, "--jsonl")
    assert len(ran.rows) == len(HOSTILE_NAMES) + 1
    listed = ok("list", "--archive", empty_archive)
    assert len(listed.out.splitlines()) == len(HOSTILE_NAMES) + 1
    for character in ran.out + listed.out:
        assert character in "\n\t" or unicodedata.category(character)[0] != "C"
    assert_tidy(empty_archive, len(HOSTILE_NAMES) + 1)


def test_a_path_that_is_not_there(empty_archive: Path, tmp_path: Path) -> None:
    ran = run("add", tmp_path / "nowhere", GOOD, "--archive", empty_archive, *KNOWN, "--jsonl")
    assert ran.code == 1
    assert {row["outcome"] for row in ran.rows} == {"failed", "archived"}
    failed = next(row for row in ran.rows if row["outcome"] == "failed")
    assert "No such file" in failed["error"]


def test_a_folder_that_vanishes_while_it_is_read(empty_archive: Path, tmp_path: Path) -> None:
    """The folder disappears after its files were listed: each file is reported, and nothing else happens."""
    script = """
import shutil, sys
from pathlib import Path
from radio_archive.pipeline import inputs
real = inputs.find_inputs
def find_then_vanish(*arguments):
    found = real(*arguments)
    shutil.rmtree(sys.argv[2])
    return found
inputs.find_inputs = find_then_vanish
from radio_archive.cli import main
main()
"""
    folder = tmp_path / "in"
    folder.mkdir()
    make.mp3(folder / "a.mp3", 1.0)
    make.mp3(folder / "b.mp3", 1.1)
    command = [sys.executable, "-c", script, "add", str(folder), "--archive", str(empty_archive), *MODEL]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("moved or removed") == 2
    assert_tidy(empty_archive, 0)


def test_an_empty_folder_is_said_to_be_so(empty_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    ran = run("add", tmp_path / "nothing", "--archive", empty_archive, *MODEL)
    assert ran.code == 1
    assert "no audio files in this folder" in ran.err


def test_a_file_that_may_not_be_read(empty_archive: Path, tmp_path: Path) -> None:
    secret = make.mp3(tmp_path / "secret.mp3", 1.0)
    give_to_nobody(empty_archive)
    secret.chmod(0)
    done = as_nobody("add", secret, "--archive", empty_archive, *MODEL)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    assert "permission to read it" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_that_may_not_be_written(own_archive: Path) -> None:
    give_to_nobody(own_archive)
    for path in (own_archive, *own_archive.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = as_nobody("add", GOOD, "--archive", own_archive, "--force", *KNOWN)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "permission" in done.stderr.lower()
        assert as_nobody("search", "undersea", "--archive", own_archive, "--json").returncode == 0
    finally:
        for path in (own_archive, *own_archive.rglob("*")):
            path.chmod(0o755)


def test_no_space_left(empty_archive: Path) -> None:
    """A limit on file sizes simulates a full disk: the audio does not fit, the database does."""
    files = [str(GOOD), str(CLIPS / "20241105_HarborWatch.mp3")]
    command = [*COMMAND, "add", *files, "--archive", str(empty_archive), *KNOWN, "--jsonl"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = subprocess.run(command, capture_output=True, text=True, env=environment(), preexec_fn=limit, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout.count("no space left") == 1, "the first one stops the batch"
    assert "Free some space" in done.stderr.splitlines()[-1]
    assert_tidy(empty_archive, 0)
    assert ok("add", GOOD, "--archive", empty_archive, *KNOWN, "--jsonl").rows[0]["outcome"] == "archived"


def test_no_space_left_for_the_database(empty_archive: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        [*COMMAND, "add", make.mp3(empty_archive.parent / "tone.mp3", 1.0), "--archive", empty_archive, *MODEL],
        capture_output=True, text=True, env=environment(), preexec_fn=limit, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "space" in done.stderr
    assert ok("list", "--archive", empty_archive, "--jsonl").rows == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("[engine\n", "line 1"),
        ('\n[engin]\nmodel = "demo"\n', "line 2: 'engin' is not a section. Did you mean 'engine'?"),
    ],
)
def test_settings_that_cannot_be_used(empty_archive: Path, settings: str, expected: str) -> None:
    (empty_archive / "radio-archive.toml").write_text(settings, encoding="utf-8")
    ran = run("add", GOOD, "--archive", empty_archive)
    assert ran.code == 1
    assert expected in ran.err
    assert "radio-archive.toml" in ran.err
    assert ran.err.count("\n") == 1


def test_settings_choose_the_engine(empty_archive: Path) -> None:
    settings = '[engine]\nmodel = "demo"\ncompute_type = "float32"\nbeam_size = 1\nlanguage = "en"\n'
    (empty_archive / "radio-archive.toml").write_text(settings, encoding="utf-8")
    clip = ok("add", GOOD, "--archive", empty_archive, "--jsonl").rows[0]["clip"]
    transcript = ok("show", clip, "--archive", empty_archive, "--json").json["transcripts"][0]
    assert (transcript["model"], transcript["options"]["compute_type"]) == ("demo", "float32")
    assert transcript["options"]["beam_size"] == 1
