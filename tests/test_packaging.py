"""What a plain `pip install` gives: a wheel that holds the demo, and `radio-archive demo` that runs from it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.program import environment

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    return next(folder.glob("radio_archive-*.whl"))


def test_the_wheel_holds_the_demo_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "radio_archive/demo_data/model/model.bin" in names
    assert sum(name.endswith(".mp3") for name in names) == 2
    assert not any("test" in name or "train" in name for name in names)


def test_the_demo_runs_from_the_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "radio_archive", "demo"],
        cwd=tmp_path, env=environment(PYTHONPATH=str(tmp_path / "site")), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "**undersea** **cable**" in done.stdout
    assert "Pacific Report · Dana Kealoha · 2024-10-22 · at 0:05" in done.stdout
    assert "What next:" in done.stdout
    assert "synthetic voices" in done.stdout


def test_the_demo_twice_does_nothing_twice(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    env = environment(PYTHONPATH=str(tmp_path / "site"))
    for expected in ("2 clips archived", "0 clips archived, 2 already there"):
        done = subprocess.run(
            [sys.executable, "-m", "radio_archive", "demo", "again"],
            cwd=tmp_path, env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert expected in done.stderr


def test_type_checkers_may_trust_the_annotations(wheel: Path) -> None:
    assert "radio_archive/py.typed" in zipfile.ZipFile(wheel).namelist()
