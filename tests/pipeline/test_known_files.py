"""A run over files that are archived already reads none that are as they were, and finds those that are not."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from support import audio_files as make
from support.bounds import sqlite_steps, until
from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import recordings, save
from radio_archive.audio.container import sha256_of
from radio_archive.models import Outcome, Transcript, Word
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import find_inputs, skip_unchanged
from radio_archive.speech.replay import ReplayTranscriber

_opened: list[str] | None = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(os.fspath(arguments[0]) if isinstance(arguments[0], str | os.PathLike) else "")


sys.addaudithook(_hear)


@contextmanager
def opened() -> Iterator[list[str]]:
    """Give the paths of the files that Python opens meanwhile."""
    global _opened
    found: list[str] = []
    _opened = found
    try:
        yield found
    finally:
        _opened = None


@dataclass
class Shelf:
    """A folder of recordings and an archive that has them all."""

    archive: Archive
    folder: Path
    uids: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def add(self, *, rehash: bool = False) -> dict[str, tuple[Outcome, str | None]]:
        """Do what `add` does; return what became of each file."""
        heard = {sha256_of(path): Transcript((Word(0.0, 0.1, " so", 0.9),)) for path in self.folder.iterdir()}
        inputs, _ = find_inputs([self.folder], self.archive.folder)
        if not rehash:
            inputs = skip_unchanged(self.archive, inputs)
        with opened() as self.read:
            results = Ingest(self.archive, ReplayTranscriber(heard)).run(inputs)
        return {result.path.name: (result.outcome, result.clip) for result in results}

    def opened_sounds(self) -> set[str]:
        return {Path(path).name for path in self.read if Path(path).parent == self.folder}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in range(3):
        make.wav(folder / f"{number}.wav", samples=make.tone(0.3, 8_000, hertz=300.0 + 50 * number), rate=8_000)
    settle(folder)
    made = Shelf(Archive.create(tmp_path / "archive", ""), folder)
    made.uids = {name: uid or "" for name, (_, uid) in made.add().items()}
    return made


def settle(folder: Path) -> None:
    """Wait until no file has just changed: such a one may change again within a tick of its clock."""
    newest = max(path.stat().st_ctime for path in folder.iterdir())
    until("the files are no longer fresh", lambda: time.time() - newest > 2.1)


def test_unchanged_files_are_not_read_again(shelf: Shelf) -> None:
    assert shelf.opened_sounds() == {"0.wav", "1.wav", "2.wav"}
    again = shelf.add()
    assert shelf.opened_sounds() == set()
    assert again == {name: (Outcome.DUPLICATE, uid) for name, uid in shelf.uids.items()}
    assert shelf.add(rehash=True) == again
    assert shelf.opened_sounds() == {"0.wav", "1.wav", "2.wav"}


def test_other_bytes_under_the_old_size_and_date_are_found(shelf: Shelf) -> None:
    path = shelf.folder / "1.wav"
    status, content = path.stat(), bytearray(path.read_bytes())
    content[-2] ^= 0x7F
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    outcome, uid = shelf.add()["1.wav"]
    assert outcome is Outcome.ARCHIVED
    assert uid not in shelf.uids.values()


def test_a_file_that_has_just_changed_is_read_again(shelf: Shelf) -> None:
    shutil.copy(shelf.folder / "0.wav", shelf.folder / "copy.wav")
    shelf.add()
    shelf.add()
    assert shelf.opened_sounds() == {"copy.wav"}
    settle(shelf.folder)
    shelf.add()
    shelf.add()
    assert shelf.opened_sounds() == set()


def test_a_file_whose_clip_was_removed_is_not_called_archived(shelf: Shelf) -> None:
    save.remove_clip(shelf.archive, shelf.uids["2.wav"])
    assert shelf.add()["2.wav"] == (Outcome.FAILED, None)
    assert shelf.opened_sounds() == {"2.wav"}


def test_the_command_says_so_and_can_read_all_of_them(shelf: Shelf) -> None:
    known = {"outcome": "duplicate"}
    for options in ([], ["--rehash"]):
        done = ok("add", shelf.folder, *options, "--jsonl", "--archive", shelf.archive.folder)
        assert {row["clip"] for row in done.rows if row.items() >= known.items()} == set(shelf.uids.values())
        assert done.err.startswith("3 clips already archived")
    assert "--rehash" in run("add", "--help").out


def test_what_is_asked_about_a_file_costs_the_same_in_a_large_archive(tmp_path: Path) -> None:
    steps = []
    for size in (10, 5_000):
        with Archive.create(tmp_path / str(size), "") as archive:
            with archive.writing():
                archive.db.conn.executemany(
                    """INSERT INTO recordings (sha256, bytes, media_type, duration, sample_rate, channels, storage,
                           path, original_name, added_at)
                       VALUES (?, ?, 'audio/wav', 1, 8000, 1, 'copied', '', ?, '')""",
                    [(f"{n:064x}", n, f"{n}.wav") for n in range(size)],
                )
            asked = [("3.wav", 3), ("no.wav", 4)]
            assert recordings.with_names_and_sizes(archive, asked) == {asked[0]}
            digests = recordings.Digests(archive)
            assert f"{3:064x}" in digests
            assert "f" * 64 not in digests
            digests.close()
            ask = partial(recordings.with_names_and_sizes, archive, asked)
            steps.append(sqlite_steps(archive.db.conn, ask))
    assert steps[1] <= 2 * steps[0] + 100
