"""What a plain `pip install` gives: a wheel that holds the demo, and `radio-archive demo` that runs from it."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.program import environment, truths
from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
DATA = "radio_archive-0.1.0.data/data/share"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    return next(folder.glob("radio_archive-*.whl"))


def test_the_wheel_holds_the_demo_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "radio_archive/demo_data/model/model.bin" in names
    folders = [name.split("/")[2] for name in names if name.endswith(".mp3")]
    assert sorted(folders) == ["clips", "clips", "spoken", "spoken"]
    assert not any("test" in name or "train" in name for name in names)


def demo(wheel: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo as uvx does: from the wheel, with its dependencies from the package index, installing nothing."""
    env = environment(UV_PYTHON=sys.executable, UV_TOOL_DIR=str(wheel.parent / "tools"))
    # Else it would not be the wheel that runs.
    env.pop("PYTHONPATH", None)
    command = [find_uv_bin(), "tool", "run", "--from", str(wheel), "radio-archive", "demo", "--model", "demo"]
    return subprocess.run(command, cwd=wheel.parent, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first(wheel: Path) -> subprocess.CompletedProcess[str]:
    """The first demo in that folder."""
    done = demo(wheel)
    assert done.returncode == 0, done.stderr
    return done


def test_the_demo_runs_from_the_wheel(first: subprocess.CompletedProcess[str]) -> None:
    assert "**undersea** **cable**" in first.stdout
    at = re.search(r"Pacific Report · Dana Kealoha · 2024-10-22 · at (\d):(\d\d)", first.stdout)
    assert at is not None
    truth = next(truth for truth in truths() if "undersea-cable" in truth["file"])
    true = [said["start"] for said in truth["sentences"] if "undersea cable" in said["text"].lower()]
    # Of a moment only the whole seconds are shown.
    assert min(abs(60 * int(at[1]) + int(at[2]) + 0.5 - start) for start in true) <= 1
    assert "What next:" in first.stdout
    assert "synthetic voices" in first.stdout


def test_the_demo_twice_does_nothing_twice(first: subprocess.CompletedProcess[str], wheel: Path) -> None:
    assert "2 clips archived" in first.stderr
    again = demo(wheel)
    assert again.returncode == 0, again.stderr
    assert "0 clips archived, 2 already there" in again.stderr


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed, so no man page can be checked")
def test_the_wheel_has_a_man_page_that_is_one(wheel: Path) -> None:
    page = zipfile.ZipFile(wheel).read(f"{DATA}/man/man1/radio-archive.1")
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"], input=page, capture_output=True, check=True
    )  # fmt: skip
    assert done.stderr == b""
    text = " ".join(done.stdout.decode("utf-8").split())
    assert "radio-archive - transcribe, archive, search and publish radio pieces" in text
    assert "RADIO_ARCHIVE_ENGINE_BEAM_SIZE" in text.replace("\u2010 ", "")


@pytest.mark.parametrize("words", [["radio-archive", "sea"], ["radio-archive", "config", "def"]])
def test_the_wheel_completes_command_lines(wheel: Path, words: list[str]) -> None:
    script = zipfile.ZipFile(wheel).read(f"{DATA}/bash-completion/completions/radio-archive").decode("utf-8")
    typed = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _radio_archive_completion radio-archive"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f'{script}\n{typed}; echo "${{COMPREPLY[@]}}"'], env=environment(PATH=path),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["search" if words[-1] == "sea" else "default"]


def test_type_checkers_may_trust_the_annotations(wheel: Path) -> None:
    assert "radio_archive/py.typed" in zipfile.ZipFile(wheel).namelist()
