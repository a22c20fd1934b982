"""The Typer application: its commands, and what becomes of errors."""

import copy
import os
import sys
import threading
from typing import Annotated

import typer

from radio_archive.cli import (
    add,
    browse,
    collection,
    config,
    counting,
    demo,
    doctor,
    feed,
    intake,
    manage,
    models,
    publish,
    roster,
    rundown,
    saved,
    search,
    serve,
    tag,
    verify,
    watch,
)
from radio_archive.cli.output import INTERRUPTED, complain
from radio_archive.cli.quick import QuickGroup
from radio_archive.errors import RadioArchiveError

app = typer.Typer(
    name="radio-archive",
    cls=QuickGroup,
    help="Transcribe short radio and podcast pieces with Whisper into an archive that you can search and publish.",
    epilog="New here? `radio-archive demo` shows the whole way in a minute, without a network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"radio-archive {version('radio-archive')}")
        raise typer.Exit


@app.callback()
def top(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command("init")(manage.init)
app.command("add")(add.add)
app.command("watch")(watch.watch)
app.add_typer(intake.app, name="intake")
app.command("list")(browse.list_clips)
app.command("show")(browse.show)
app.command("search", cls=search.SearchCommand)(search.search)
app.command("concordance", cls=search.SearchCommand)(counting.concordance)
app.command("trends", cls=search.SearchCommand)(counting.trends)
app.add_typer(saved.app, name="saved")
app.command("export")(browse.export)
app.command("retranscribe")(add.retranscribe)
app.command("tag")(tag.tag)
app.command("claims")(tag.claims)
app.command("retag")(tag.retag)
app.command("serve")(serve.serve)
app.add_typer(publish.app, name="publish")
app.command("rundown")(rundown.rundown)
app.command("alike")(collection.alike)
app.add_typer(collection.app, name="collection")
for kind, name in roster.PLURALS.items():
    app.add_typer(roster.group(kind), name=name)
app.add_typer(feed.app, name="feed")
app.add_typer(config.app, name="config")
app.command("remove")(manage.remove)
app.command("waveforms")(manage.waveforms)
app.add_typer(models.app, name="models")
app.command("verify")(verify.verify)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


def run() -> None:
    """Run the application on sys.argv."""
    try:
        _asked(sys.argv[1:2])(prog_name="radio-archive")
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


def _asked(name: list[str]) -> typer.Typer:
    """Return the application with nothing but the command that is asked for: making all takes longer than a search."""
    commands = [command for command in app.registered_commands if [command.name] == name]
    groups = [group for group in app.registered_groups if [group.name] == name]
    if not commands and not groups:
        return app
    alone = copy.copy(app)
    alone.registered_commands, alone.registered_groups = commands, groups
    return alone


def _leave(code: int | str | None) -> None:
    """Exit at once where a thread is still at work: Python would wait for it, or crash in tearing it down."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
    sys.exit(code)
