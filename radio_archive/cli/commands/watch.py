"""`watch`: the folder that never loses a file."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import INTERRUPTED, complain, count
from radio_archive.cli.options import ARCHIVE, ENGINE, Call, commands, taking
from radio_archive.cli.signals import stop_on_signals
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.config.settings import WatchOptions


app = commands()


@app.command(cls=taking(ENGINE, ARCHIVE))
def watch(
    call: Call,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders to watch. Left out: those of the settings, else inbox/.", show_default=False),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Archive what is there, then exit: for cron.")] = False,
    poll: Annotated[
        float | None,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=0.1,
            help="Look every so often, for shares that report no changes. Left out: chosen by the file system.",
        ),
    ] = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line on stdout.")] = False,
) -> None:
    """Watch folders and archive every recording that is dropped into them.

    A file is taken once it is whole: unchanged for some seconds, and as long as it claims to be. When its clip is
    safe in the archive, it leaves the folder. What cannot be archived goes to failed/, what is archived already to
    duplicates/, each with the reason beside it. A subfolder names the show. Sidecars (same name, .json .toml .txt
    .html .vtt .srt) are kept with the clip.

    The queue is in the archive: stop it, kill it, pull the plug; the same command goes on. See it with
    `radio-archive intake`.

    Examples:

      radio-archive watch

      radio-archive watch /srv/aired --poll 30 --log-json

      radio-archive watch --once
    """
    from dataclasses import replace

    from radio_archive.cli.display.watcher import Display, JsonLog, PlainLog
    from radio_archive.speech.load import LazyEngine
    from radio_archive.watch.watcher import FolderWatcher

    with call.open() as opened:
        settings = call.settings(opened)
        if poll:
            settings = replace(settings, watch=replace(settings.watch, poll=poll))
        roots = _roots(opened, settings.watch, folders)
        loaded = LazyEngine(settings.engine)
        kind = JsonLog if log_json else Display if sys.stderr.isatty() and not once else PlainLog
        with kind(roots) as display:
            watcher = FolderWatcher(opened, loaded, settings, roots, display.listen)
            stopped_by = stop_on_signals()

            def begin() -> None:
                display.say(f"watching {', '.join(map(str, roots))}")
                # A run that may find nothing to do asks for no weights.
                if not once:
                    loaded.check()

            try:
                watcher.run(begin, once=once)
            except KeyboardInterrupt:
                display.say("stopped; what was not finished is still in the folder, and the same command goes on")
                if signal.SIGINT in stopped_by:
                    raise typer.Exit(INTERRUPTED) from None
    if once and watcher.failed:
        complain(f"{count(watcher.failed, 'file')} failed: see `radio-archive intake --state failed`.")
    if once and (watcher.failed or watcher.is_held):
        raise typer.Exit(1)


def _roots(archive: "Archive", options: "WatchOptions", given: list[Path] | None) -> list[Path]:
    """Return the folders to watch; the archive's own inbox is made where it is missing."""
    roots = given or [archive.folder / name for name in options.folders]
    if not roots:
        raise UsageError("there is no folder to watch", "Name one, or set `folders` under [watch].")
    for root in roots:
        if root == archive.folder / "inbox":
            root.mkdir(exist_ok=True)
    return [root.absolute() for root in roots]
