"""The Typer application: its commands, and how errors are reported."""

import os
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from radio_archive.cli.display.output import INTERRUPTED, complain
from radio_archive.errors import RadioArchiveError
from radio_archive.events import told_of_plugins

COMMANDS: Mapping[str, str] = {
    "init": "manage",
    "add": "add",
    "backfill": "backfill",
    "watch": "watch",
    "list": "browse",
    "show": "browse",
    "search": "search",
    "concordance": "counting",
    "trends": "counting",
    "export": "export",
    "quote": "quote",
    "check": "check",
    "import": "importing",
    "retranscribe": "add",
    "evaluate": "evaluate",
    "fix": "fix",
    "propose": "fix",
    "glossary": "glossary",
    "tag": "tag",
    "claims": "tag",
    "retag": "tag",
    "versions": "versions",
    "review": "review",
    "serve": "serve",
    "mcp": "mcp",
    "rundown": "rundown",
    "alike": "alike",
    "redact": "redact",
    "remove": "manage",
    "waveforms": "manage",
    "index": "index",
    "verify": "verify",
    "backup": "backup",
    "restore": "backup",
    "merge": "merge",
    "doctor": "doctor",
    "demo": "demo",
    "intake": "intake",
    "saved": "saved",
    "publish": "publish",
    "collection": "collection",
    "shows": "roster",
    "people": "roster",
    "stations": "roster",
    "feed": "feed",
    "config": "config",
    "models": "models",
    "plugins": "plugins",
}
"""Each command and its module, which has a Typer `app`. The help lists them in this order."""


class Commands(TyperGroup):
    """Commands that are imported only when they are called, because importing all of them is slow."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, or None if no command has that name."""
        # For a mistyped name, Typer suggests a similar one from the commands that are loaded.
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.add_command(_imported(name), name)
        return self.commands.get(cmd_name)


def _imported(name: str) -> Any:
    module = import_module(f"radio_archive.cli.commands.{COMMANDS[name]}")
    found = typer.main.get_command(module.app)
    return found.commands.get(name, found) if isinstance(found, TyperGroup) else found


app = typer.Typer(
    name="radio-archive",
    cls=Commands,
    help="Transcribe short radio and podcast pieces with Whisper into an archive that you can search and publish.",
    epilog="New here? `radio-archive demo` shows how everything works in a minute, without a network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="With --version: also those of Python, SQLite and libraries, for a report.")
    ] = False,
) -> None:
    if version:
        from radio_archive.cli.versions import tell

        tell(as_json=json)
        raise typer.Exit
    if json:
        context.fail("--json belongs after the command's name, or to --version.")
    if context.invoked_subcommand is None:
        context.fail("Missing command.")


def run() -> None:
    """Run the application on sys.argv."""
    told_of_plugins[:] = [complain]
    try:
        app(prog_name="radio-archive")
    except SystemExit as leaving:
        _leave(leaving.code)
    except RadioArchiveError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # The reader (`head`, a pager) has closed the pipe. Python would report that again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        complain(f"cannot write the output: {error.strerror or error}. Check where the output goes, then try again.")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        complain("Interrupted.")
        _leave(INTERRUPTED)


def _leave(code: int | str | None) -> None:
    """Exit at once if a thread is still running: Python would wait for it, or crash while it shuts down."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
    sys.exit(code)
