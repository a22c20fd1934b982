"""Saved searches report each new clip once, and lose nothing if a report fails."""

import json
import sqlite3
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest
from filelock import FileLock
from support.spoken_archive import say, say_again, spoken_archive
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import save
from radio_archive.archive.filters import Filters
from radio_archive.cli.app import app
from radio_archive.errors import RadioArchiveError
from radio_archive.search import saved


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with one clip about cables, and the saved search `cables`."""
    with spoken_archive(tmp_path / "archive") as archive:
        say(archive, "An undersea cable reached the harbor.", title="Old news")
        saved.save(archive, "cables", "cable", Filters())
    return tmp_path / "archive"


def run(folder: Path, *arguments: object) -> tuple[int, str, str]:
    """Run a command of `saved` in this process."""
    result = CliRunner().invoke(app, ["saved", *map(str, arguments), "-a", str(folder)])
    if isinstance(result.exception, RadioArchiveError):
        return 1, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def add(folder: Path, *sentences: str, **facts: str) -> str:
    with Archive(folder) as archive:
        return say(archive, *sentences, **facts)  # type: ignore[arg-type]


def test_what_is_new_is_told_once(folder: Path) -> None:
    assert run(folder, "run") == (1, "", "Nothing new.\n")
    # Aired long ago, but new to the archive.
    clip = add(folder, "The cable was cut.", title="A cut", date="1999-01-01")
    add(folder, "Nothing of interest.", title="Other news")
    code, out, _ = run(folder, "run")
    assert code == 0
    assert "cables: 1 new clip" in out
    assert f"A cut\nIsland Morning · 1999-01-01 · clip {clip}\n   0:00  The **cable** was cut." in out
    assert "Old news" not in out
    assert run(folder, "run")[:2] == (1, "")


def test_a_text_that_matches_now_is_new(folder: Path) -> None:
    clip = add(folder, "The table was cut.")
    assert run(folder, "run")[0] == 1
    with Archive(folder) as archive:
        say_again(archive, clip, "The cable was cut.")
    assert [row["clip"] for row in rows(folder)] == [clip]
    with Archive(folder) as archive:
        say_again(archive, clip, "Yes, the cable was cut.")
    assert run(folder, "run")[0] == 1, "it was told before"


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(folder, "run", "--jsonl")[1].splitlines()]


def test_ids_that_are_used_again_hide_nothing(folder: Path) -> None:
    """SQLite gives the id of the last row that was removed to the next one."""
    first = add(folder, "A cable.")
    assert run(folder, "run")[0] == 0
    with Archive(folder) as archive:
        save.remove_clip(archive, first)
    second = add(folder, "Another cable.")
    assert [row["clip"] for row in rows(folder)] == [second]


def test_filters_are_kept(folder: Path) -> None:
    with Archive(folder) as archive:
        saved.save(archive, "reefs", "cable", Filters(show="Island Morning", since="2025-01-01"))
    add(folder, "A cable.", date="2024-12-31", title="Before")
    add(folder, "A cable.", date="2025-01-01", title="After")
    (found,) = json.loads(run(folder, "run", "reefs", "--json")[1])
    assert [clip["title"] for clip in found["clips"]] == ["After"]
    assert 'since:"2025-01-01"' in found["query"]
    assert "False" not in found["query"]
    (listed,) = (row for row in json.loads(run(folder, "list", "--json")[1]) if row["name"] == "reefs")
    assert (listed["query"], listed["told"]) == ("cable", 1)
    assert run(folder, "run", "cables")[0] == 0, "each search has a memory of its own"


def test_an_alert_gets_the_text_and_only_when_there_is_news(folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    alert = f"tee {told}"
    assert run(folder, "run", "--alert", alert)[0] == 1
    assert not told.exists()
    clip = add(folder, "The cable was cut.", title="Kāneʻohe cable")
    assert run(folder, "run", "--mail", "desk@example.org", "--alert", alert)[0] == 0
    mail = message_from_string(told.read_text(encoding="utf-8"), policy=default)
    assert mail["To"] == "desk@example.org"
    assert mail["Subject"] == "1 new clip: cables"
    assert "Kāneʻohe cable" in mail.get_content()
    assert clip in mail.get_content()
    assert run(folder, "run", "--alert", alert)[0] == 1


@pytest.mark.parametrize("alert", ["false", "no-such-program-here", "'unbalanced", ""])
def test_what_could_not_be_told_stays_new(folder: Path, alert: str) -> None:
    clip = add(folder, "The cable was cut.")
    code, out, err = run(folder, "run", "--alert", alert)
    assert (code, out) == (1, "")
    assert "clips stay new" in err
    assert "\n" not in err.strip()
    assert [row["clip"] for row in rows(folder)] == [clip]


def test_a_run_that_ends_half_way_is_told_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = add(folder, "The cable was cut.")

    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr("radio_archive.cli.commands.saved._print", closed)
        result = CliRunner().invoke(app, ["saved", "run", "-a", str(folder)])
        assert isinstance(result.exception, BrokenPipeError)
    assert [row["clip"] for row in rows(folder)] == [clip]


def test_a_dry_run_leaves_it_new(folder: Path) -> None:
    add(folder, "The cable was cut.")
    assert run(folder, "run", "--dry-run")[0] == 0
    assert run(folder, "run")[0] == 0


def test_two_runs_at_once_do_not_tell_the_same_twice(folder: Path) -> None:
    add(folder, "The cable was cut.")
    with FileLock(folder / saved.LOCK):
        code, out, err = run(folder, "run")
    assert (code, out) == (1, "")
    assert "another run of saved searches" in err


def test_the_search_command_saves(folder: Path) -> None:
    command = ["search", "harbor", "--show", "Island Morning", "--save", "harbors", "-a", str(folder)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    assert "Old news" in result.stdout
    assert run(folder, "run", "harbors")[0] == 1
    again = CliRunner().invoke(app, command)
    assert "already" in str(again.exception)
    assert CliRunner().invoke(app, ["search", "zebra", "--save", "zebras", "-a", str(folder)]).exit_code == 0
    clip = add(folder, "A zebra came to the harbor.")
    assert {row["name"]: row["clip"] for row in rows(folder)} == {"harbors": clip, "zebras": clip}


def test_searches_are_removed_by_name(folder: Path) -> None:
    assert run(folder, "remove", "cables")[0] == 0
    assert run(folder, "list")[1] == ""
    code, _, err = run(folder, "run", "cables")
    assert code == 1
    assert "--save NAME" in err
    assert "no saved searches" in run(folder, "run")[2]
    with sqlite3.connect(folder / "archive.db") as db:
        assert db.execute("SELECT count(*) FROM saved_finds").fetchone() == (0,)


def test_a_mail_address_that_is_none(folder: Path) -> None:
    add(folder, "The cable was cut.")
    code, out, err = run(folder, "run", "--mail", "desk\nBcc: everybody@example.org")
    assert (code, out) == (1, "")
    assert "not an email address" in err
    assert run(folder, "run")[0] == 0


def test_the_list_shows_what_was_typed(folder: Path) -> None:
    """What is read in the list finds the same again, whatever the shell and the program made of it."""
    typed = [
        "cable",
        "coral reef",
        "-fiji",
        "said:ship",
        "since:2024-10",
        "--show",
        "Island Morning",
        "--until",
        "2026",
    ]
    result = CliRunner().invoke(app, ["search", *typed, "--save", "reefs", "-a", str(folder)])
    assert result.exit_code == 0, result.output
    expected = "cable \"coral reef\" -fiji said:ship since:2024-10 --show 'Island Morning' --until 2026-12-31"
    assert expected in run(folder, "list")[1]
    listed = {one["name"]: one for one in json.loads(run(folder, "list", "--json")[1])}
    assert listed["reefs"]["typed"] == expected
    assert listed["reefs"]["query"] == 'cable "coral reef" -fiji said:ship since:2024-10'
    assert listed["cables"]["typed"] == "cable"
