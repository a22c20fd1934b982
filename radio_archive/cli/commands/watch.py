"""`watch`: archive the files that are dropped into a folder."""

import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import INTERRUPTED, complain, count, printable
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
        typer.Argument(help="Folders to watch. Default: the folders in the settings, or inbox/.", show_default=False),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Archive the files that are there, then exit. For cron.")
    ] = False,
    poll: Annotated[
        float | None,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=0.1,
            help="Seconds between checks, for shares that report no changes. Default: depends on the file system.",
        ),
    ] = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log one JSON object per line on standard output.")
    ] = False,
) -> None:
    """Watch folders and archive every recording that is dropped into them.

    A file is archived when it is complete: unchanged for some seconds, and as long as its header says. Then it is
    removed from the folder. A file that cannot be archived is moved to failed/, and one that is already archived to
    duplicates/, each with the reason in a file beside it. A subfolder names the show. Sidecars (same name, .json .toml
    .txt .html .vtt .srt .xml) are read, as with `add`, and kept with the clip.

    Exit code: 0; 1 for an error and, with --once, if a file failed or has to be tried again; 130 after Ctrl-C.

    The queue is stored in the archive. After a stop, a crash or a power cut, run the command again: it continues. See
    the queue with `radio-archive intake`.

    Examples:

      radio-archive watch

      radio-archive watch /srv/aired --poll 30 --log-json

      radio-archive watch --once
    """
    from dataclasses import replace
    from importlib.metadata import version

    from radio_archive.cli.display.watcher import Display, JsonLog, PlainLog
    from radio_archive.speech.load import engine_for, model_name
    from radio_archive.watch.watcher import FolderWatcher

    with call.open() as opened:
        settings = call.settings(opened)
        if poll:
            settings = replace(settings, watch=replace(settings.watch, poll=poll))
        roots = _roots(opened, settings.watch, folders)
        engine = engine_for(settings.engine, settings.cluster)
        kind = JsonLog if log_json else Display if sys.stderr.isatty() and not once else PlainLog
        with closing(engine), kind(roots) as display:
            watcher = FolderWatcher(opened, engine, settings, roots, display.listen)
            stopped_by = stop_on_signals()

            def begin() -> None:
                model = engine.name if once else model_name(settings.engine)
                display.say(
                    f"watching {', '.join(map(str, roots))}", version=version("radio-archive"), model=printable(model)
                )
                # A run that may find nothing to do does not need the weights.
                if not once:
                    engine.check()

            try:
                watcher.run(begin, once=once)
            except KeyboardInterrupt:
                display.say("stopped; unfinished files are still in the folder, and the same command continues")
                if signal.SIGINT in stopped_by:
                    raise typer.Exit(INTERRUPTED) from None
    if once and watcher.failed:
        complain(f"{count(watcher.failed, 'file')} failed: see `radio-archive intake --state failed`.")
    if once and watcher.postponed:
        complain(f"{count(len(watcher.postponed), 'file')} will be tried again: see `radio-archive intake`.")
    if once and (watcher.failed or watcher.postponed or watcher.is_held):
        raise typer.Exit(1)


def _roots(archive: "Archive", options: "WatchOptions", given: list[Path] | None) -> list[Path]:
    """Return the folders to watch. The archive's own inbox is created if it is missing."""
    roots = given or [archive.folder / name for name in options.folders]
    if not roots:
        raise UsageError("there is no folder to watch", "Name one, or set `folders` under [watch].")
    for root in roots:
        if root == archive.folder / "inbox":
            root.mkdir(exist_ok=True)
    return [root.absolute() for root in roots]
