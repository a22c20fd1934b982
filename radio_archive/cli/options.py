"""Options that several commands share: declared once, taken by a command that names them, found in its `Call`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from radio_archive.cli.display.output import tell_of_opening
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.filters import Filters
    from radio_archive.config.settings import Settings
    from radio_archive.models import Clip

FILTERS = ("show", "reporter", "since", "until")
"""Which clips."""
ENGINE = ("model", "device", "compute_type", "beam_size", "batch_size", "threads")
"""How to transcribe, by the names of the fields of `EngineOptions`."""
ARCHIVE = ("archive",)
FORMS = ("json", "jsonl")
"""How to print rows."""

ClipArgument = Annotated[str, typer.Argument(help="A clip's name, or the beginning of it.", show_default=False)]
ClipsArgument = Annotated[list[str], typer.Argument(help="Clips, by name or its beginning.", show_default=False)]
SomeClipsArgument = Annotated[
    list[str] | None, typer.Argument(help="Clips, by name or its beginning.", show_default=False)
]


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


def _first_day(text: str | None) -> str | None:
    return None if text is None else _days(text)[0]


def _last_day(text: str | None) -> str | None:
    return None if text is None else _days(text)[1]


def _days(text: str) -> tuple[str, str]:
    from radio_archive.text.query import date_range

    found = date_range(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a date. Write it as 2024-10-22, or as the month or year: 2024-10.")
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared options, and what was said with them."""

    show: Annotated[str | None, typer.Option("--show", help="Only this show, however it is spelled.")] = None
    reporter: Annotated[str | None, typer.Option("--reporter", help="Only this reporter, however spelled.")] = None
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", callback=_first_day, help="Aired on this date or later: 2024-10-22, 2024-10."
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", callback=_last_day, help="Aired on this date or earlier: 2024-10-22, 2024."
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A Whisper name (`radio-archive models list`), a folder in CTranslate2 form, or `demo`. "
            "Left out: the settings, else `small` on a CPU and `large-v3-turbo` on a GPU.",
        ),
    ] = None
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu or cuda.")] = None
    compute_type: Annotated[str | None, typer.Option("--compute-type", help="For example int8, float32, float16.")] = (
        None
    )
    beam_size: Annotated[
        int | None, typer.Option("--beam-size", min=1, help="More is slower and a little more exact.")
    ] = None
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", min=1, help="Windows decoded together; less takes less memory.")
    ] = None
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads for the model.")] = None
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            "-a",
            envvar="RADIO_ARCHIVE",
            metavar="FOLDER",
            readable=False,
            help="The archive's folder. Left out: the one that this folder, or one above it, belongs to.",
        ),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")] = False


class Call(typer.Context):
    """One call of a command: what its function is given besides the command's own arguments and options."""

    shared = Shared()

    def invoke(self, callback: Any, /, *args: Any, **given: Any) -> Any:
        """Call the command's function with what is its own; what is shared is kept here. Raises UsageError."""
        self.shared = Shared(**{name: given.pop(name) for name in getattr(self.command, "takes", ())})
        one_of({"--json": self.shared.json, "--jsonl": self.shared.jsonl})
        return super().invoke(callback, *args, **given)

    @property
    def form(self) -> str:
        """How rows are to be printed: `--json`, `--jsonl`, or nothing, for people."""
        return "--json" if self.shared.json else "--jsonl" if self.shared.jsonl else ""

    def one_form(self, others: Mapping[str, bool]) -> str:
        """Return the form in which to print, where a command knows `others` too. Raises UsageError for several."""
        return one_of({self.form: bool(self.form), **others})

    @property
    def filters(self) -> "Filters":
        """Which clips were asked for."""
        from radio_archive.archive.filters import Filters

        return Filters(*(getattr(self.shared, name) for name in FILTERS))

    @property
    def folder(self) -> Path:
        """The archive's folder: the one given (or its archive.db), else the one around the working folder.

        Raises NoArchiveError where none was given and there is none around.
        """
        from radio_archive.archive.archive import DATABASE, Archive

        if self._given is None:
            return Archive.find(Path.cwd())
        # Typer before 0.29 makes a path only of what goes to the function itself.
        given = Path(self._given)
        return given.parent if given.name == DATABASE else given

    @property
    def _given(self) -> Path | None:
        own, source = self.shared.archive, self.get_parameter_source("archive")
        above = self.parent._given if isinstance(self.parent, Call) else None
        # What was typed before a command's name goes before what the environment says.
        return above if above is not None and (source is None or source.name != "COMMANDLINE") else own

    def open(self, *, read_only: bool = False) -> "Archive":
        """Open the archive that the command was called for."""
        from radio_archive.archive.archive import Archive

        return Archive(self.folder, read_only=read_only, listener=tell_of_opening)

    def settings(self, archive: "Archive") -> "Settings":
        """Return the archive's settings with what the command line says of the engine put over them."""
        from dataclasses import replace

        from radio_archive.archive.archive import SETTINGS
        from radio_archive.config.reader import read_settings

        settings = read_settings(archive.folder / SETTINGS)
        said = {name: value for name in ENGINE if (value := getattr(self.shared, name)) is not None}
        return replace(settings, engine=replace(settings.engine, **said))


class Command(TyperCommand):
    """A command that takes shared options besides its own. Its function's first parameter is the `Call`."""

    context_class = Call
    takes: Sequence[str] = ()

    def __init__(self, *args: Any, params: list[Any], **settings: Any) -> None:
        super().__init__(*args, params=_with_shared(params, self.takes), **settings)


class Group(TyperGroup):
    """The same for what can be called without the name of a command of it."""

    context_class = Call
    takes: Sequence[str] = (*ARCHIVE, *FORMS)

    def __init__(self, *args: Any, params: list[Any], **settings: Any) -> None:
        super().__init__(*args, params=_with_shared(params, self.takes), **settings)


def taking(*sets: Sequence[str]) -> type[Command]:
    """Return the class of a command that takes these sets of options."""

    class Taking(Command):
        takes = tuple(name for names in sets for name in names)

    return Taking


def commands(about: str | None = None, **settings: Any) -> typer.Typer:
    """Return a Typer application for a module's commands, with what is the same for all of ours."""
    settings = {"no_args_is_help": True, **settings}
    return typer.Typer(help=about, add_completion=False, rich_markup_mode=None, **settings)


def _with_shared(own: list[Any], takes: Sequence[str]) -> list[Any]:
    """Put a command's options in order: which clips, its own, then what they come out of and how they are printed."""
    shared = _shared()
    first = [shared[name] for name in takes if name in FILTERS]
    return [*first, *own, *(shared[name] for name in takes if name not in FILTERS)]


@cache
def _shared() -> Mapping[str, Any]:
    declared = commands()
    declared.command()(Shared)
    return {str(parameter.name): parameter for parameter in typer.main.get_command(declared).params}


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


def one_of(given: Mapping[str, bool]) -> str:
    """Return which of these options was given, or nothing. Raises UsageError for several."""
    chosen = [name for name, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot be used together", "Choose one.")
    return chosen[0] if chosen else ""
