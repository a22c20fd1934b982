"""What other programs may rely on: the names in `radio_archive` itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import radio_archive

PAGE = Path(__file__).parents[1] / "docs" / "python.md"


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("first", ["", "import radio_archive.search.ranking", "import radio_archive.cli.app"])
def test_every_name_can_be_imported_whatever_was_before(first: str) -> None:
    names = ", ".join(radio_archive.__all__)
    code = f"{first}\nfrom radio_archive import {names}\nprint([n for n in ({names},) if not callable(n)])"
    assert python(code) == "[]\n"


def test_the_page_lists_them_all() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)", row)) == sorted(radio_archive.__all__)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Clips'"):
        radio_archive.Clips  # noqa: B018


def test_the_example_of_the_page_runs(
    demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "my-archive").symlink_to(demo_archive)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "python.md", "exec"), {})  # noqa: S102 - our own page
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith("2024-10-22 An undersea cable")
    assert re.match(r" +\d+\.\d\d  \S", second)


def test_asking_for_nothing_costs_nothing() -> None:
    code = (
        "import sys, radio_archive; print([m for m in sys.modules if m.startswith(('radio_archive.', 'sqlite_utils'))])"
    )
    assert python(code) == "[]\n"
