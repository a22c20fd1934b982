"""Writes docs/cli.md from the commands themselves; with --check, only says whether it is up to date."""

import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from radio_archive.cli.app import app

PROGRAM = "radio-archive"
PAGE = Path(__file__).with_name("cli.md")
EXAMPLE_HEADINGS = {"Example:", "Examples:"}

HEAD = """\
# Commands

<!-- Made by docs/make_cli_reference.py from the commands' own help. Change the help, then run `make docs`. -->
"""

EXIT_CODES = """\
## Exit codes

| code | meaning |
|---|---|
| 0 | all went well |
| 1 | something failed, or nothing was found: a clip could not be archived, `search` found nothing, `doctor` found a \
problem. Standard error says what went wrong, and what to do next |
| 2 | wrong usage: a command or option that does not exist, a missing argument, something that is not a date |
| 130 | interrupted with Ctrl-C; the same command goes on from there |

Results go to standard output, messages to standard error. On a terminal there are colours and progress bars. In a pipe,
`list` prints a line for each clip and `search` a line for each passage, with tabs between the parts. Programs can read
the results with `--json` or `--jsonl`: [json.md](json.md) lists the keys.
"""


def commands() -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield every command of the application with its full name; groups come before what they hold."""
    root = typer.main.get_command(app)
    yield from _walk(PROGRAM, root, typer.Context(root))


def _walk(path: str, command: object, context: typer.Context) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    assert isinstance(command, TyperCommand | TyperGroup)  # noqa: S101
    yield path, command
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _walk(f"{path} {name}", inner, context)


def options_of(command: TyperCommand | TyperGroup) -> list[TyperOption]:
    """Return the options that are shown in help; --help itself, which all have, is not among them."""
    return [option for option in command.params if isinstance(option, TyperOption) and not option.hidden]


def arguments_of(command: TyperCommand | TyperGroup) -> list[TyperArgument]:
    return [argument for argument in command.params if isinstance(argument, TyperArgument) and not argument.hidden]


def page() -> str:
    """Return the whole page."""
    every = list(commands())
    contents = [
        f"- [`{path}`](#{_anchor(path)}): {_first_sentence(command.help or '')}"
        for path, command in every
        if path != PROGRAM
    ]
    sections = (_section(path, command) for path, command in every)
    note = "Every command also takes `-h` or `--help`."
    return "\n".join([HEAD, *contents, "", note, "", *sections, EXIT_CODES])


def _section(path: str, command: TyperCommand | TyperGroup) -> str:
    text, examples = help_and_examples(command.help or "")
    blocks = [f"{'##' if path.count(' ') < 2 else '###'} `{path}`", *text]
    blocks.append(_fenced([usage(path, command)]))
    arguments = [(f"`{_placeholder(argument)}`", _about(argument)) for argument in arguments_of(command)]
    blocks += _table("argument", arguments)
    blocks += _table("option", [(_spelling(option), _about(option)) for option in options_of(command)])
    if examples:
        blocks += ["For example:", _fenced(examples, "sh")]
    if command.epilog:
        blocks.append(command.epilog)
    return "\n\n".join(blocks) + "\n"


def help_and_examples(text: str) -> tuple[list[str], list[str]]:
    """Split a help text into paragraphs, each on one line, and the command lines under `Examples:`."""
    paragraphs: list[str] = []
    examples: list[str] = []
    inside = False
    for block in cleandoc(text).replace("\b", "").split("\n\n"):
        if block.strip() in EXAMPLE_HEADINGS:
            inside = True
        elif inside and block.startswith("  "):
            examples += [line.strip() for line in block.splitlines()]
        else:
            paragraphs.append(" ".join(block.split()))
    return [paragraph for paragraph in paragraphs if paragraph], examples


def usage(path: str, command: TyperCommand | TyperGroup) -> str:
    parts = [path, "[OPTIONS]" if options_of(command) else ""]
    for argument in arguments_of(command):
        name = _placeholder(argument)
        parts.append(name if argument.required else f"[{name}]")
    parts.append("COMMAND …" if isinstance(command, TyperGroup) else "")
    return " ".join(part for part in parts if part)


def _placeholder(argument: TyperArgument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return f"{name}…" if argument.nargs == -1 else name


def _spelling(option: TyperOption) -> str:
    spelled = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len, reverse=True))
    if option.secondary_opts:
        spelled += " / " + ", ".join(f"`{name}`" for name in option.secondary_opts)
    if option.is_flag:
        return spelled
    return f"{spelled} `{option.metavar or _value_name(option)}`"


def _value_name(option: TyperOption) -> str:
    return "NUMBER" if isinstance(option.min, int) else (option.name or "").upper().replace("_", "-")


def _about(parameter: TyperArgument | TyperOption) -> str:
    parts = [parameter.help or ""]
    if not (isinstance(parameter, TyperOption) and parameter.is_flag) and parameter.default is not None:
        parts.append(f"Default: `{parameter.default}`.")
    if isinstance(parameter, TyperOption) and parameter.multiple:
        parts.append("May be given more than once.")
    if isinstance(parameter, TyperOption) and isinstance(parameter.envvar, str):
        parts.append(f"Environment: `{parameter.envvar}`.")
    return " ".join(part for part in parts if part)


def _table(what: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"| {left} | {_cell(right)} |" for left, right in rows]
    return ["\n".join([f"| {what} | |", "|---|---|", *lines])] if lines else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _fenced(lines: Iterable[str], language: str = "") -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _anchor(path: str) -> str:
    return path.replace(" ", "-")


def _first_sentence(text: str) -> str:
    first = " ".join(cleandoc(text).split("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".")


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(f"usage: python {Path(__file__).name} [--check]", file=sys.stderr)
        return 2
    wanted = page()
    if not arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PAGE} is not what the commands say: run `make docs`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
