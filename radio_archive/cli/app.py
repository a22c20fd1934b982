"""The Typer application: its commands, and what becomes of errors."""

import os
import sys
import threading
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer

from radio_archive.cli.display.output import INTERRUPTED, complain
from radio_archive.cli.quick import QuickGroup
from radio_archive.errors import RadioArchiveError

COMMANDS: Mapping[str, str] = {
    "init": "manage.init",
    "add": "add.add",
    "watch": "watch.watch",
    "list": "browse.list_clips",
    "show": "browse.show",
    "search": "search.search",
    "concordance": "counting.concordance",
    "trends": "counting.trends",
    "export": "browse.export",
    "retranscribe": "add.retranscribe",
    "tag": "tag.tag",
    "claims": "tag.claims",
    "retag": "tag.retag",
    "serve": "serve.serve",
    "rundown": "rundown.rundown",
    "alike": "collection.alike",
    "remove": "manage.remove",
    "waveforms": "manage.waveforms",
    "verify": "verify.verify",
    "doctor": "doctor.doctor",
    "demo": "demo.demo",
}
"""The functions behind the commands, by module. What is not asked for is not imported: all would take a while."""
GROUPS: Mapping[str, str] = {
    "intake": "intake.app",
    "saved": "saved.app",
    "publish": "publish.app",
    "collection": "collection.app",
    "shows": "roster.shows",
    "people": "roster.people",
    "stations": "roster.stations",
    "feed": "feed.app",
    "config": "config.app",
    "models": "models.app",
}
TAKES_WORDS = ("search", "concordance", "trends")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"radio-archive {version('radio-archive')}")
        raise typer.Exit


def top(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def application(names: Collection[str]) -> typer.Typer:
    """Return the application with the commands that are named."""
    made = typer.Typer(
        name="radio-archive",
        cls=QuickGroup,
        help="Transcribe short radio and podcast pieces with Whisper into an archive that you can search and publish.",
        epilog="New here? `radio-archive demo` shows the whole way in a minute, without a network.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(top)
    for name in (name for name in COMMANDS if name in names):
        made.command(name, cls=_imported("search.SearchCommand") if name in TAKES_WORDS else None)(
            _imported(COMMANDS[name])
        )
    for name in (name for name in GROUPS if name in names):
        made.add_typer(_imported(GROUPS[name]), name=name)
    return made


def _imported(name: str) -> Any:
    module, _, attribute = name.partition(".")
    return getattr(import_module(f"radio_archive.cli.commands.{module}"), attribute)


def __getattr__(name: str) -> Any:
    """Make the application with all of its commands, `app`, when somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    globals()[name] = made = application([*COMMANDS, *GROUPS])
    return made


def run() -> None:
    """Run the application on sys.argv."""
    try:
        asked = [name for name in sys.argv[1:2] if name in COMMANDS or name in GROUPS]
        application(asked or [*COMMANDS, *GROUPS])(prog_name="radio-archive")
    except SystemExit as leaving:
        _leave(leaving.code)
    except RadioArchiveError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        complain(f"cannot write the output: {error.strerror or error}. Check where it goes, then try again.")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        complain("Interrupted.")
        _leave(INTERRUPTED)


def _leave(code: int | str | None) -> None:
    """Exit at once where a thread is still at work: Python would wait for it, or crash in tearing it down."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
    sys.exit(code)
