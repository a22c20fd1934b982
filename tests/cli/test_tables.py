"""Tables of any length on a terminal."""

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
