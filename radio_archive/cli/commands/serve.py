"""`serve`: the archive's site, on this machine."""

import signal
from typing import Annotated

import typer

from radio_archive.cli.display.browser import open_address
from radio_archive.cli.display.output import INTERRUPTED, complain, count, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.cli.signals import stop_on_signals

app = commands()


@app.command(cls=taking(ARCHIVE))
def serve(
    call: Call,
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="0 takes any that is free.")] = 8001,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Show private and embargoed clips too, to whoever uses this machine.")
    ] = False,
) -> None:
    """Read, search and hear the archive in a browser, on this machine.

    Shows what everybody may see: no private clip, none under an embargo. Nothing is changed, and a watcher may go on
    meanwhile: what it archives is there at once. Only this machine can reach it; `radio-archive publish` makes a copy
    for the web. Ctrl-C stops it.

    Examples:

      radio-archive serve --open

      radio-archive serve --private --port 0
    """
    from radio_archive.archive.visibility import hidden_clips
    from radio_archive.site import server

    with call.open(read_only=True) as opened:
        folder, database = opened.folder, opened.database_path
        hidden = hidden_clips(opened)
        options = call.settings(opened).site
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
                server.serve(server.site(database, options, private=private), listener, started)
        except KeyboardInterrupt:
            complain("Stopped.")
            if signal.SIGINT in stopped_by:
                raise typer.Exit(INTERRUPTED) from None
