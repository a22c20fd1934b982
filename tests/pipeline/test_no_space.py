"""What would refuse every clip stops the batch: at its first clip, and before anything is transcribed if possible."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support import audio_files as make
from support.nobody import as_nobody, give_to_nobody
from support.program import COMMAND, environment, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.audio.container import sha256_of
from radio_archive.models import Transcript, Word
from radio_archive.speech.replay import record

NO_MODEL = "replay:/nowhere.json"
"""A model whose loading would be reported."""


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    folder.mkdir()
    heard = {}
    for number in range(6):
        path = make.wav(folder / f"{number}.wav", samples=make.tone(2.0, 8_000, hertz=300.0 + 9 * number), rate=8_000)
        heard[sha256_of(path)] = Transcript((Word(0.0, 0.1, " so", 0.9),))
    record(heard, tmp_path / "replay.json")
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of its own, of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, spared: int = 0) -> None:
    """Fill a disk, and leave some bytes free."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(path, path.stat().st_size - spared)


def test_the_first_clip_without_space_stops_the_batch(sounds: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    Archive.create(folder, "").close()
    ok("list", "--archive", folder)

    def limit() -> None:
        # The database is larger than that already, and so cannot grow.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    model = f"replay:{tmp_path / 'replay.json'}"
    for path in sounds.iterdir():
        with path.open("ab") as file:
            file.write(bytes(100_000))
    heard = {sha256_of(path): Transcript((Word(0.0, 0.1, " so", 0.9),)) for path in sounds.iterdir()}
    record(heard, tmp_path / "replay.json")
    done = subprocess.run(
        [*COMMAND, "add", sounds, "--archive", folder, "--model", model, "--jsonl"],
        capture_output=True, text=True, env=environment(), preexec_fn=limit, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.count('"failed"') == 1
    assert "no space left on the device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    again = ok("add", sounds, "--archive", folder, "--model", model, "--jsonl")
    assert [row["outcome"] for row in again.rows] == ["archived"] * 6


@pytest.mark.long
@pytest.mark.parametrize("spared", [0, 8_192, 40_960])
def test_a_full_disk_is_called_that_and_nothing_is_transcribed(sounds: Path, disk: Path, spared: int) -> None:
    folder = disk / "archive"
    Archive.create(folder, "").close()
    fill(disk, spared)
    done = run("add", sounds, "--archive", folder, "--model", NO_MODEL, "--jsonl")
    assert done.code == 1
    assert "no space left on the device" in done.err.splitlines()[-1]
    assert "I/O" not in done.err
    assert "cannot replay" not in done.err + done.out
    assert len(done.out.splitlines()) <= 1
    (disk / "filler").unlink()
    again = ok("add", sounds, "--archive", folder, "--model", f"replay:{sounds.parent / 'replay.json'}", "--jsonl")
    assert [row["outcome"] for row in again.rows] == ["archived"] * 6


@pytest.mark.parametrize("what", ["archive.db", "media"])
def test_what_may_not_be_written_is_said_before_anything_is_transcribed(
    sounds: Path, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "archive"
    Archive.create(folder, "").close()
    give_to_nobody(folder)
    give_to_nobody(sounds)
    (folder / what).chmod(0o555 if what == "media" else 0o444)
    done = as_nobody("add", sounds, "--archive", folder, "--model", NO_MODEL, "--jsonl")
    assert done.returncode == 1
    assert "cannot replay" not in done.stderr + done.stdout
    assert what in done.stderr.splitlines()[-1]
    assert len(done.stdout.splitlines()) <= 1


def test_without_the_media_folder_nothing_is_transcribed(sounds: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    Archive.create(folder, "").close()
    shutil.rmtree(folder / "media")
    done = run("add", sounds, "--archive", folder, "--model", NO_MODEL)
    assert done.code == 1
    assert "media is gone" in done.err.splitlines()[-1]
    assert "cannot replay" not in done.err


@pytest.mark.parametrize(
    ("command", "spared"),
    [
        (("backup", "{disk}/it"), 500_000),
        (("restore", "{backup}"), 500_000),
        (("export", "--all", "--bag", "{disk}/it"), 500_000),
        (("export", "--text-tree", "{disk}/it"), 20_000),
        (("export", "--all", "--format", "json", "--output", "{disk}/it/"), 20_000),
        (("export", "--all", "--format", "csv", "--output", "{disk}/it.csv"), 4_096),
    ],
    ids=lambda value: " ".join(value[::2]) if isinstance(value, tuple) else "",
)
def test_where_the_destination_is_full_it_is_said_and_nothing_is_half_written(
    own_archive: Path, tmp_path: Path, disk: Path, command: tuple[str, ...], spared: int
) -> None:
    backup, archive = tmp_path / "backup", disk / "it" if command[0] == "restore" else own_archive
    words = [word.format(disk=disk, backup=backup) for word in command]
    if archive != own_archive:
        ok("backup", backup, "--archive", own_archive)
    fill(disk, spared)
    ran = run(*words, "--archive", archive)
    assert ran.code == 1
    told = [line for line in ran.err.splitlines() if not line.startswith("wrote ")]
    assert len(told) == 1
    assert f"no space left on the device for {disk}/it" in told[0]
    assert "Free some space" in told[0]
    assert "transcribed" not in told[0]
    assert not [path for path in disk.rglob("*") if path.name.endswith((".part", ".partial"))]
    (disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
    ok(*words, "--archive", archive)
