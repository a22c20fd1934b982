"""Options that several commands share, and what they stand for."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import tell_of_opening
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.filters import Filters
    from radio_archive.config.settings import Settings
    from radio_archive.models import Clip


def iso_date(text: str | None) -> str | None:
    """Check a date given as YYYY-MM-DD."""
    if text is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date. Write it as YYYY-MM-DD, for example 2024-10-22.") from None


def first_day(text: str | None) -> str | None:
    """Return the first day of a year, month or day."""
    return None if text is None else _days(text)[0]


def last_day(text: str | None) -> str | None:
    """Return the last day of a year, month or day."""
    return None if text is None else _days(text)[1]


def _days(text: str) -> tuple[str, str]:
    from radio_archive.text.query import date_range

    found = date_range(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a date. Write it as 2024-10-22, or as the month or year: 2024-10.")
    return found


ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        "-a",
        envvar="RADIO_ARCHIVE",
        metavar="FOLDER",
        readable=False,
        help="The archive's folder. Left out: the one that this folder, or one above it, belongs to.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
JsonlOption = Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")]
ShowOption = Annotated[str | None, typer.Option("--show", help="Only this show, however it is spelled.")]
ReporterOption = Annotated[str | None, typer.Option("--reporter", help="Only this reporter, however spelled.")]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="DATE", callback=first_day, help="Aired on this date or later: 2024-10-22, 2024-10."
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", callback=last_day, help="Aired on this date or earlier: 2024-10-22, 2024."),
]
_ENGINE = {
    "model": Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A Whisper name (`radio-archive models list`), a folder in CTranslate2 form, or `demo`. "
            "Left out: the settings, else `small` on a CPU and `large-v3-turbo` on a GPU.",
        ),
    ],
    "device": Annotated[str | None, typer.Option("--device", help="auto, cpu or cuda.")],
    "compute_type": Annotated[str | None, typer.Option("--compute-type", help="For example int8, float32, float16.")],
    "beam_size": Annotated[
        int | None, typer.Option("--beam-size", min=1, help="More is slower and a little more exact.")
    ],
    "batch_size": Annotated[
        int | None, typer.Option("--batch-size", min=1, help="Windows decoded together; less takes less memory.")
    ],
    "threads": Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads for the model.")],
}
"""The options of the engine, by the names of `EngineOptions`' fields."""
EngineGiven = Mapping[str, str | int]
"""What was said of the engine on the command line."""


def with_engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of the engine, in place of its parameter `engine`, which gets those that were used."""

    @functools.wraps(command)
    def called(**given: object) -> None:
        said = {name: given.pop(name) for name in _ENGINE}
        command(**given, engine={name: value for name, value in said.items() if value is not None})

    signature = inspect.signature(command)
    shown: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name != "engine":
            shown.append(parameter)
            continue
        keyword = inspect.Parameter.KEYWORD_ONLY
        shown += [inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in _ENGINE.items()]
    shown = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in shown]
    called.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return called


def archive_folder(given: Path | None) -> Path:
    """Return the archive's folder: `given` (or its archive.db), else the one around the working folder."""
    from radio_archive.archive.archive import DATABASE, Archive

    if given is None:
        return Archive.find(Path.cwd())
    return given.parent if given.name == DATABASE else given


def open_archive(given: Path | None, *, read_only: bool = False) -> "Archive":
    """Open the archive that a command was called for."""
    from radio_archive.archive.archive import Archive

    return Archive(archive_folder(given), read_only=read_only, listener=tell_of_opening)


def settings_of(archive: "Archive", engine: EngineGiven) -> "Settings":
    """Return the archive's settings with what the command line says of the engine put over them."""
    from dataclasses import replace

    from radio_archive.archive.archive import SETTINGS
    from radio_archive.config.reader import read_settings

    settings = read_settings(archive.folder / SETTINGS)
    return replace(settings, engine=replace(settings.engine, **engine))  # type: ignore[arg-type]


def chosen_clips(
    archive: "Archive", clips: list[str] | None, filters: "Filters", *, everything: bool = False
) -> "list[Clip]":
    """Return the clips that were named, or else those that the filters choose.

    Raises UsageError where neither is given, nor `everything`.
    """
    from radio_archive.archive.clips import read
    from radio_archive.archive.filters import EVERYTHING

    if clips:
        uids = dict.fromkeys(read.find_uid(archive, clip) for clip in clips)
        found = read.by_uid(archive, list(uids))
        return [found[uid] for uid in uids]
    if not everything and filters == EVERYTHING:
        raise UsageError("no clips were named", "Name clips, or choose them with --show, --since … or --all.")
    return list(read.clips(archive, filters))


def one_format(json: bool, jsonl: bool) -> None:
    one_of({"--json": json, "--jsonl": jsonl})


def one_of(given: Mapping[str, bool]) -> str:
    """Return which of the options was given, or nothing. Raises UsageError for several."""
    chosen = [name for name, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot be used together", "Choose one.")
    return chosen[0] if chosen else ""
