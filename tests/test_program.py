"""A run of the program that a server forks for a test is like one in a new interpreter."""

import signal
import subprocess
from pathlib import Path

import pytest
from support import program
from support.program import COMMAND, Ran, environment, run, start


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["search"], ["list"], ["list", "--jsonl", "--archive", "Nowhere \N{HORIZONTAL ELLIPSIS}"], []],
    ids=" ".join,
)
def test_a_forked_run_says_what_a_new_process_says(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8", check=False
    )
    assert run(*arguments, cwd=tmp_path) == Ran(done.returncode, done.stdout, done.stderr)


def test_one_that_is_started_says_the_same_and_can_be_killed(empty_archive: Path) -> None:
    nowhere = ("list", "--archive", "Nowhere")
    process, ran = start(*nowhere), run(*nowhere)
    assert process.communicate() == (ran.out, ran.err)
    assert process.returncode == ran.code == 1
    for number in (signal.SIGINT, signal.SIGKILL):
        process = start("serve", "--archive", empty_archive, "--port", 0)
        assert process.stdout is not None
        assert process.stdout.readline()
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait() == (130 if number == signal.SIGINT else -number)


def test_a_run_works_in_its_folder_and_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert run("init", "archive", cwd=tmp_path).code == 0
    assert run("list", "--json", cwd=tmp_path / "archive").json == []
    assert run("list", "--json", cwd=tmp_path / "other").code == 1


def test_a_run_has_the_environment_of_the_test_and_the_next_one_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = run("list", "--help")
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, run("list", "--help").out.splitlines())) <= 50
    monkeypatch.undo()
    assert run("list", "--help") == usual


def test_a_run_with_what_an_interpreter_reads_when_it_starts_is_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.setattr(program, "fork_server", None)
    assert "Only this show" in run("list", "--help").out
