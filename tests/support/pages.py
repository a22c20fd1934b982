"""The pages of the documentation, and the command lines in them."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *sorted(DOCS.glob("*.md")),
]
GENERATOR = DOCS / "make_cli_reference.py"
MAN_PAGE = DOCS / "make_man_page.py"
PROGRAM = "radio-archive"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|tmp|root|home|Users|mnt|opt|var|private)/")
REGISTRY = re.compile(r"(?i)pypi\.org|pythonhosted\.org|huggingface\.co|hf\.co")
SHELL_ENDS = {"|", ">", "<", "&&", "||", ";", "#"}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands() -> dict[str, Any]:
    """Return every command of the application by its full name, as the reference's generator walks them."""
    return dict(runpy.run_path(str(GENERATOR))["commands"]())


COMMANDS = commands()


def fenced(page: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(read(page)) if found == language]


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield each `radio-archive …` in the pages, in shell blocks and in running text, with the page it is on."""
    for page in PAGES:
        shell = [line for block in fenced(page, "sh") for line in block.splitlines()]
        inline = CODE.findall(FENCE.sub("", read(page)))
        for command in (part.strip() for line in (*shell, *inline) for part in line.split("&&")):
            if command.startswith(f"{PROGRAM} "):
                yield page.name, command


def parsed(line: str) -> tuple[str, list[str]]:
    """Return the full name of the command in a command line, and the options used."""
    words = shlex.split(line, comments=True)
    ends = [index for index, word in enumerate(words) if word in SHELL_ENDS]
    words = words[: ends[0]] if ends else words
    path = words.pop(0)
    while words and f"{path} {words[0]}" in COMMANDS:
        path = f"{path} {words.pop(0)}"
    return path, [word.partition("=")[0] for word in words if re.match(r"--[a-z]|-[a-z]$", word)]


def option_names(path: str) -> set[str]:
    options = {name for parameter in COMMANDS[path].params for name in (*parameter.opts, *parameter.secondary_opts)}
    return options | {"--help", "-h"}
