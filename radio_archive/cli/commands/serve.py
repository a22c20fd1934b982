"""`serve`: the archive's site, on this machine."""

import os
import secrets
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
EDITORS = "RADIO_ARCHIVE_PASSWORD"
"""The environment variable with the password of those who edit."""
SHORTEST = 10
"""Characters of such a password, at least."""


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
    edit: Annotated[
        bool,
        typer.Option(
            "--edit",
            help="Let those who know a password review and correct the transcripts there. It is the one in the "
            "environment variable RADIO_ARCHIVE_PASSWORD, or else a new one, which is printed.",
        ),
    ] = False,
    metadata: Annotated[
        Path | None,
        typer.Option("--metadata", "-m", help="Metadata for Datasette: its own texts, rules, plugins' settings."),
    ] = None,
    plugins: Annotated[Path | None, typer.Option("--plugins-dir", help="A folder with plugins for Datasette.")] = None,
) -> None:
    """Read, search and play the archive in a browser on this machine.

    The site shows only public clips: none that are private or under an embargo. Without --edit it changes nothing. A
    watcher can run at the same time, and its new clips appear at once. Only this machine can open the site;
    `radio-archive publish` makes a copy for the web. Ctrl-C stops it.

    Examples:

      radio-archive serve --open

      radio-archive serve --private --port 0

      radio-archive serve --edit
    """
    from radio_archive.archive.visibility import hidden_clips
    from radio_archive.cli import meaning
    from radio_archive.site import server

    password = _password() if edit else ""
    with call.open(read_only=not edit) as opened:
        if edit:
            opened.require_writable()
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
            if edit:
                token = "" if os.environ.get(EDITORS) else f"?token={password}"
                complain(f"To edit: {address}-/sign-in{token}")
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
                if edit:
                    from radio_archive.site import editing

                    editing.enable(site, password)
                server.serve(site, listener, started)
        except KeyboardInterrupt:
            complain("Stopped.")
            if signal.SIGINT in stopped_by:
                raise typer.Exit(INTERRUPTED) from None


def _password() -> str:
    given = os.environ.get(EDITORS, "")
    if given and (len(given) < SHORTEST or not given.isprintable()):
        raise UsageError(
            f"the password in {EDITORS} is too short, or has characters that nobody can type",
            f"Set one of at least {SHORTEST} characters, or none for a new one.",
        )
    return given or secrets.token_urlsafe(16)
