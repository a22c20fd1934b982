"""The digest of a large file is computed once, and again only when the file changed; the memory may be damaged."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.program import environment

from radio_archive.speech.digests import SMALL, sha256

LIE = "0" * 64


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which digests are remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "radio-archive" / "weights.json"


def large(path: Path, first: bytes = b"") -> Path:
    path.write_bytes(first)
    os.truncate(path, SMALL)
    return path


def truth(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lie(memory: Path) -> None:
    """Remember a wrong digest of every file: who returns it did not read the file."""
    known = json.loads(memory.read_text(encoding="utf-8"))
    memory.write_text(json.dumps({path: [*old[:-1], LIE] for path, old in known.items()}), encoding="utf-8")


def test_a_large_file_is_read_once_and_again_when_asked(memory: Path, tmp_path: Path) -> None:
    file = large(tmp_path / "model.bin")
    assert sha256(file) == truth(file)
    lie(memory)
    assert sha256(file) == LIE
    assert sha256(file, fresh=True) == truth(file)
    assert sha256(file) == truth(file)


def test_a_file_that_changed_is_read_again(memory: Path, tmp_path: Path) -> None:
    file = large(tmp_path / "model.bin")
    sha256(file)
    lie(memory)
    was = file.stat()
    large(file, b"other")
    # Not even a copy that keeps the old time passes for it.
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert sha256(file) == truth(file)


def test_another_file_in_its_place_is_read(memory: Path, tmp_path: Path) -> None:
    file = large(tmp_path / "model.bin")
    sha256(file)
    lie(memory)
    large(tmp_path / "new", b"new").replace(file)
    assert sha256(file) == truth(file)


def test_a_small_file_is_not_remembered(memory: Path, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"small")
    assert sha256(tmp_path / "small") == truth(tmp_path / "small")
    assert not memory.exists()


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff\xfe", b"[]", b"7", b'{"a": 1}', b'{"a": []}', b'{"a": [1, null]}', b'{"a": [1, "x"]}', b"[" * 100_000],
)
def test_a_damaged_memory_counts_as_none_and_is_replaced(damage: bytes, memory: Path, tmp_path: Path) -> None:
    file = large(tmp_path / "model.bin")
    memory.parent.mkdir(parents=True)
    memory.write_bytes(damage)
    assert sha256(file) == truth(file)
    lie(memory)
    assert sha256(file) == LIE


def test_where_nothing_can_be_remembered_the_file_is_read(memory: Path, tmp_path: Path) -> None:
    file = large(tmp_path / "model.bin")
    # A file stands where the folder should: even the superuser cannot write there.
    memory.parent.parent.write_bytes(b"")
    assert sha256(file) == sha256(file) == truth(file)


def test_programs_that_remember_at_once_leave_a_whole_memory(memory: Path, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from radio_archive.speech.digests import sha256\n"
    code += "for _ in range(20): sha256(Path(sys.argv[1]), fresh=True)"
    files = [large(tmp_path / str(number), bytes([number])) for number in range(3)]
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    running = [subprocess.Popen([sys.executable, "-c", code, file], env=env) for file in files]
    assert [program.wait() for program in running] == [0, 0, 0]
    known = json.loads(memory.read_text(encoding="utf-8"))
    assert known
    assert {path: old[-1] for path, old in known.items()} == {path: truth(Path(path)) for path in known}
    assert list(memory.parent.iterdir()) == [memory]


def test_a_member_of_a_zip_file_is_remembered_apart_from_the_file(memory: Path, tmp_path: Path) -> None:
    content = bytes(SMALL)
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as made:
        made.writestr("weights", content)
        made.writestr("other", b"other")
    member = hashlib.sha256(content).hexdigest()
    assert sha256(tmp_path / "model.zip", member="weights") == member
    assert sha256(tmp_path / "model.zip", member="other") == hashlib.sha256(b"other").hexdigest()
    assert sha256(tmp_path / "model.zip") == truth(tmp_path / "model.zip")
    lie(memory)
    assert sha256(tmp_path / "model.zip", member="weights") == LIE
    assert sha256(tmp_path / "model.zip", member="weights", fresh=True) == member
    with pytest.raises(KeyError):
        sha256(tmp_path / "model.zip", member="absent")
