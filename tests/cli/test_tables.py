"""Tables of any length on a terminal."""

import re
from collections.abc import Iterator

import pytest

from radio_archive.cli.display.output import BLOCK, print_table


def test_a_terminal_gets_a_long_list_in_blocks_under_one_heading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    printed: list[int] = []

    def rows() -> Iterator[list[str]]:
        for number in range(2 * BLOCK + 1):
            if number == BLOCK:
                printed.append(len(capsys.readouterr().out.splitlines()))
            yield [str(number), "x"]

    print_table({"number": "right", "what": "left"}, rows())
    assert printed == [BLOCK + 1]
    rest = capsys.readouterr().out
    assert len(rest.splitlines()) == BLOCK + 1
    assert "number" not in rest
    print_table({"number": "right", "what": "left"}, [])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("width", [24, 40, 60, 200])
def test_a_narrow_terminal_gets_every_cell_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    rows = [
        ["12", "2026-11-29T10:15", "fix", "1,234", "Lani Okafor", "said on the air"],
        ["3", "2026", "", "5", "", ""],
    ]
    columns = {"batch": "right", "when": "left", "what": "left", "places": "right", "author": "left", "why": "left"}
    print_table(columns, rows)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= width
    shown = " ".join(" ".join(lines).split())
    for cell in (*rows[0][:5], "batch", "when", "places"):
        assert cell in shown
