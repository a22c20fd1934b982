"""Options that many commands have mean the same everywhere, and a command's function can be called directly."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from support.program import environment, ok, run
from typer.core import TyperCommand, TyperGroup

from radio_archive.archive import heartbeat
from radio_archive.archive.archive import Archive
from radio_archive.cli.app import app
from radio_archive.cli.commands.browse import list_clips
from radio_archive.cli.commands.tag import tag
from radio_archive.cli.options import Call, Shared
from radio_archive.errors import UsageError

WITHOUT_ARCHIVE = {"demo", "init", "models download", "plugins", "config default"}


def commands(group: TyperGroup, path: str = "") -> dict[str, TyperCommand]:
    found: dict[str, TyperCommand] = {}
    context = typer.Context(group)
    for name in group.list_commands(context):
        inner = group.get_command(context, name)
        if isinstance(inner, TyperGroup):
            found |= commands(inner, f"{path}{name} ")
        else:
            assert isinstance(inner, TyperCommand)
            found[f"{path}{name}"] = inner
    return found


def call(archive: Path, **shared: object) -> Call:
    made = Call(TyperCommand("test"))
    made.shared = Shared(archive=archive, **shared)  # type: ignore[arg-type]
    return made


def test_all_that_concerns_an_archive_takes_its_folder() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    without = {
        path for path, command in commands(root).items()
        if not any({"--archive", "-a"} <= set(parameter.opts) for parameter in command.params)
    }  # fmt: skip
    assert without == WITHOUT_ARCHIVE


def test_a_commands_function_is_a_plain_function(own_archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list_clips(call(own_archive, show="pacific report", since="2025-01-01"))
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all("Pacific Report" in line for line in lines)
    uid = lines[0].partition("\t")[0]
    tag(call(own_archive), uid, ["title=Beans"])
    list_clips(call(own_archive, json=True), limit=1)
    assert capsys.readouterr().out.startswith("title: ")
    with pytest.raises(UsageError, match="is not a known field with a value"):
        tag(call(own_archive), uid, ["colour=blue"])


def test_one_form_is_enough(demo_archive: Path) -> None:
    for command in (["list"], ["search", "cable"], ["intake"], ["rundown"]):
        ran = run(*command, "--json", "--jsonl", "-a", demo_archive)
        assert (ran.code, ran.err) == (1, "--json and --jsonl cannot be used together. Choose one.\n")
    assert run("rundown", "--csv", "--json", "-a", demo_archive).code == 1


def test_the_folder_before_a_command_of_a_group(empty_archive: Path, tmp_path: Path) -> None:
    """It has priority over the environment variable, but not over an option after the command's name."""
    other = tmp_path / "other"
    shutil.copytree(empty_archive, other)
    in_other = environment(RADIO_ARCHIVE=os.fspath(other))

    def paused(folder: Path) -> bool:
        with Archive(folder, read_only=True) as opened:
            return heartbeat.status(opened).paused_at is not None

    assert run("intake", "-a", empty_archive, "pause", env=in_other).code == 0
    assert (paused(empty_archive), paused(other)) == (True, False)
    ok("intake", "-a", empty_archive, "pause", "-a", other)
    assert paused(other)
    assert run("intake", "resume", env=in_other).code == 0
    assert (paused(empty_archive), paused(other)) == (True, False)


def test_only_the_command_that_is_called_is_imported() -> None:
    script = """
import sys
sys.argv = ["radio-archive", "list", "--help"]
from radio_archive.cli import main
try:
    main()
except SystemExit:
    print("MODULES", *(name for name in sys.modules if name.startswith("radio_archive.cli.")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True)
    names = set(done.stdout.rpartition("MODULES")[2].split())
    assert "radio_archive.cli.commands.browse" in names
    assert names.isdisjoint({f"radio_archive.cli.{name}" for name in ("search", "add", "watch", "roster", "publish")})


def test_a_command_that_is_mistyped_is_guessed() -> None:
    ran = run("publsh")
    assert ran.code == 2
    assert "publish" in ran.err
