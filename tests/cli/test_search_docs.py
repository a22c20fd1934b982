"""docs/search.md and the reporter's story in README.md: every example runs, and finds something."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from support.program import environment, ok, run
from typer.testing import CliRunner

from radio_archive.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "search.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples() -> list[list[str]]:
    """Return the blocks of command lines in the page."""
    return [block.splitlines() for block in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def test_there_are_examples_of_all_that_is_explained() -> None:
    lines = [line for block in examples() for line in block]
    assert len(lines) > 25
    for option in ("OR", "NEAR", "--facets", "--plot", "--csv", "--save", "concordance", "trends", "saved run"):
        assert any(option in line for line in lines), option


@pytest.mark.parametrize("block", examples(), ids=lambda block: block[0])
def test_every_example_finds_something(block: list[str], demo_archive: Path, tmp_path: Path) -> None:
    folder = demo_archive
    if any("--save" in line for line in block):
        folder = shutil.copytree(demo_archive, tmp_path / "archive", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    for line in block:
        program, *arguments = shlex.split(line)
        assert program == "radio-archive"
        result = CliRunner().invoke(app, [*arguments, "--archive", str(folder)])
        nothing_new = arguments[:2] == ["saved", "run"] and "Nothing new" in result.stderr
        assert result.exit_code == 0 or nothing_new, (line, result.stderr, result.exception)
        assert result.stdout or nothing_new, line


def test_the_python_example_runs(
    demo_archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (demo_archive.parent / "my-archive").symlink_to(demo_archive)
    monkeypatch.chdir(demo_archive.parent)
    exec(compile(code, "search.md", "exec"), {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.startswith("2024-10-22 An undersea cable")
    (demo_archive.parent / "my-archive").unlink()


def test_the_reporters_story_is_real(demo_archive: Path, tmp_path: Path) -> None:
    """README's two commands print what it says they print; only the clip's name differs from archive to archive."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## On deadline")[2].partition("\n## ")[0]
    first, second = (line for block in BLOCK.findall(section) for line in block.splitlines())
    (shown,) = re.findall(r"^```\n(.*?)^```$", BLOCK.sub("", section), re.DOTALL | re.MULTILINE)
    on_terminal = environment(FORCE_COLOR="1", COLUMNS="100", RADIO_ARCHIVE=str(demo_archive))
    found = run(*shlex.split(first)[1:], env=on_terminal)
    quoted = ok(*shlex.split(second)[1:], "--archive", demo_archive, cwd=tmp_path)
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", f"{found.out} {quoted.out} {quoted.err}").split())
    clip = re.search(r"\(clip (\w+)\)", quoted.out)
    assert clip is not None
    for line in filter(str.strip, shown.splitlines()):
        assert " ".join(line.split()).replace("k3x9abcd", clip[1]) in text, line
    assert (tmp_path / "grandmother.mp3").stat().st_size > 10_000
