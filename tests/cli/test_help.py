"""Commands start fast, because large libraries are imported only where they are needed. Help has examples."""

import subprocess
import sys

import pytest
from support.program import environment, ok, run

HEAVY = {"faster_whisper", "ctranslate2", "av", "numpy", "pydub", "sqlite_utils", "datasette", "huggingface_hub",
         "onnxruntime", "mutagen", "tokenizers", "httpx", "filelock", "rapidfuzz", "feedparser",
         "trafilatura", "lxml", "docx", "ftfy", "watchfiles"}  # fmt: skip
COMMANDS = [
    "init", "add", "watch", "list", "show", "search", "concordance", "trends", "export", "retranscribe", "tag",
    "claims", "retag", "rundown", "alike", "serve", "publish", "remove", "models", "doctor", "demo",
]  # fmt: skip


OURS = "from radio_archive.cli import main"
TYPERS = "import typer\ndef one(word: str): ...\ndef main(): typer.run(one)"
"""The smallest program that reads one word with Typer, which imports pydantic since 0.29."""


def imported(*arguments: str, program: str = OURS) -> set[str]:
    script = f"""
import sys
sys.argv = ["radio-archive", *sys.argv[1:]]
{program}
try:
    main()
except SystemExit:
    pass
print("\\nMODULES", *sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=environment(), check=True
    )
    return {name.split(".")[0] for name in done.stdout.rpartition("MODULES")[2].split()}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["add", "--help"], ["search", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert imported(*arguments) & HEAVY == set()


def test_search_and_list_import_no_engine(demo_archive: object) -> None:
    names = imported("search", "cable", "--archive", str(demo_archive)) - imported("cable", program=TYPERS)
    assert names & {"faster_whisper", "ctranslate2", "av", "datasette", "onnxruntime", "pydantic", "filelock"} == set()
    assert "sqlite_utils" in names


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    out = ok(command, "--help").out
    if command != "models":
        assert f"radio-archive {command}" in out
        assert "Example" in out


def test_wrong_usage_is_exit_code_2() -> None:
    assert run("transcribe").code == 2
    assert run("add").code == 2
    assert run("list", "--sincce", "2024-01-01").code == 2


def test_shell_completion() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "radio_archive"], capture_output=True, text=True, check=False,
        env=environment(_RADIO_ARCHIVE_COMPLETE="complete_bash", COMP_WORDS="radio-archive sea", COMP_CWORD="1"),
    )  # fmt: skip
    assert done.stdout == "search\n"
