"""`serve`: the archive's site, on this machine."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.browser import open_address
from radio_archive.cli.display.output import INTERRUPTED, complain, count, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.cli.signals import stop_on_signals
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ARCHIVE))
def serve(
    call: Call,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="0 takes any free port.")] = 8001,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the site in the browser.")] = False,
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Also show private and embargoed clips, and Datasette's tables, to everyone who uses this machine.",
        ),
    ] = False,
    metadata: Annotated[
        Path | None,
        typer.Option("--metadata", "-m", help="Metadata for Datasette: its own texts, rules, plugins' settings."),
    ] = None,
    plugins: Annotated[Path | None, typer.Option("--plugins-dir", help="A folder with plugins for Datasette.")] = None,
) -> None:
    """Read, search and play the archive in a browser on this machine.

    The site shows only public clips: none that are private or under an embargo. It changes nothing. A watcher can run
    at the same time, and its new clips appear at once. Only this machine can open the site; `radio-archive publish`
    makes a copy for the web. Ctrl-C stops it.

    Examples:

      radio-archive serve --open

      radio-archive serve --private --port 0
    """
    from radio_archive.archive.visibility import hidden_clips
    from radio_archive.cli import meaning
    from radio_archive.site import server

    with call.open(read_only=True) as opened:
        folder, database = opened.folder, opened.database_path
        hidden = hidden_clips(opened)
        settings = call.settings(opened)
    given = server.read_metadata(metadata) if metadata else None
    if plugins and not plugins.is_dir():
        raise UsageError(f"{plugins} is no folder", "Name the folder that holds the plugins.")
    by_meaning = meaning.can_serve(settings)
    with server.listen(port) as listener:
        address = server.address(listener)

        def started() -> None:
            say(f"{address}  (Ctrl-C stops it)")
            if open_browser:
                open_address(address)
            if hidden:
                seen = "shown too, for --private" if private else "not shown; --private shows them"
                complain(f"{count(hidden, 'clip')} private or under an embargo: {seen}.")

        stopped_by = stop_on_signals()
        try:
            with server.noted(folder, address):
                site = server.site(
                    database,
                    settings.site,
                    private=private,
                    meaning=by_meaning,
                    podcasts=settings.podcasts,
                    metadata=given,
                    plugins=plugins,
                )
                server.serve(site, listener, started)
        except KeyboardInterrupt:
            complain("Stopped.")
            if signal.SIGINT in stopped_by:
                raise typer.Exit(INTERRUPTED) from None
