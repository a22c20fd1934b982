"""Options that several commands share. They are declared once; a command lists those it takes and reads them from its
`Call`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from radio_archive.cli.display.output import tell_of_opening
from radio_archive.config.settings import LIMITS
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.read import Part
    from radio_archive.archive.filters import Filters
    from radio_archive.config.settings import Settings
    from radio_archive.models import Clip

FILTERS = ("show", "reporter", "host", "language", "since", "until")
"""Options that choose clips."""
ENGINE = ("model", "device", "compute_type", "beam_size", "batch_size", "threads", "workers", "cluster")
"""Options for transcribing. Their names are fields of `EngineOptions`, but for the address of a cluster."""
ARCHIVE = ("archive",)
LARGEST = 2**63 - 1
"""The largest number that SQLite has."""
FORMS = ("json", "jsonl")
"""Options for how rows are printed."""

ClipArgument = Annotated[str, typer.Argument(help="A clip's name, or the beginning of the name.", show_default=False)]
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
    from radio_archive.text import periods

    found = periods.date_range(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time. Write it as one of: {periods.FORMS}.")
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared options and their values."""

    show: Annotated[str | None, typer.Option("--show", help="Only this show, in any spelling.")] = None
    reporter: Annotated[str | None, typer.Option("--reporter", help="Only this reporter, in any spelling.")] = None
    host: Annotated[str | None, typer.Option("--host", help="Only this host, in any spelling.")] = None
    language: Annotated[
        str | None, typer.Option("--language", help="Only this language, by code or English name: haw, Hawaiian.")
    ] = None
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", callback=_first_day, help="Aired then or later: 2024-10-22, 2024-10, last week."
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DATE", callback=_last_day, help="Aired then or earlier: 2024-10-22, 2024, March 2025."
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A name from `radio-archive models list`, a folder in CTranslate2 form, or `endpoint:NAME` for a "
            "model of the server at `engine.url`. Default: the model in the settings, or `small` on a CPU and "
            "`large-v3-turbo` on a GPU.",
        ),
    ] = None
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu or cuda.")] = None
    compute_type: Annotated[str | None, typer.Option("--compute-type", help="For example int8, float32, float16.")] = (
        None
    )
    beam_size: Annotated[
        int | None,
        typer.Option(
            "--beam-size", min=1, max=LIMITS["beam_size"][1], help="Higher is slower and a little more accurate."
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        typer.Option(
            "--batch-size",
            min=1,
            max=LIMITS["batch_size"][1],
            help="Windows decoded together; fewer need less memory.",
        ),
    ] = None
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, max=LIMITS["threads"][1], help="CPU threads for the model.")
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=LIMITS["workers"][1],
            help="Processes that transcribe, each with a model of its own. Default: 1, the command's own process; with "
            "--cluster, all that it has room for.",
        ),
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="Transcribe on a Ray cluster: host:port, or `local` for one of this machine alone.",
        ),
    ] = None
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            "-a",
            envvar="RADIO_ARCHIVE",
            metavar="FOLDER",
            readable=False,
            help="The archive's folder. Default: the current folder, or the nearest archive above it, or the one that "
            "`config default` keeps.",
        ),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object per line.")] = False


class Call(typer.Context):
    """One call of a command. It holds the shared options; the function gets its own options as arguments."""

    shared = Shared()

    def invoke(self, callback: Any, /, *args: Any, **given: Any) -> Any:
        """Call the command's function with its own options, and keep the shared ones here. Raises UsageError."""
        self.shared = Shared(**{name: given.pop(name) for name in getattr(self.command, "takes", ())})
        one_of({"--json": self.shared.json, "--jsonl": self.shared.jsonl})
        for value in given.values():
            if isinstance(value, int) and abs(value) > LARGEST:
                raise UsageError(f"{value} is too large a number", f"{LARGEST} is the largest.")
        return super().invoke(callback, *args, **given)

    @property
    def form(self) -> str:
        """How to print rows: `--json`, `--jsonl`, or an empty string for text."""
        return "--json" if self.shared.json else "--jsonl" if self.shared.jsonl else ""

    def one_form(self, others: Mapping[str, bool]) -> str:
        """Return how to print, for a command that also has the forms `others`. Raises UsageError for more than one."""
        return one_of({self.form: bool(self.form), **others})

    @property
    def filters(self) -> "Filters":
        """The clips that the user chose."""
        from radio_archive.archive.filters import Filters

        return Filters(**{name: getattr(self.shared, name) for name in FILTERS})

    @property
    def folder(self) -> Path:
        """The archive's folder. It can also be given as the path of archive.db.

        By default it is the current folder or the nearest archive above it, or else the user's default. Raises
        NoArchiveError if there is none.
        """
        from radio_archive.archive.archive import DATABASE, Archive
        from radio_archive.config.environment import default_archive
        from radio_archive.errors import NoArchiveError

        if self._given is None:
            try:
                return Archive.find(Path.cwd())
            except NoArchiveError:
                if chosen := default_archive():
                    return chosen
                raise
        # Typer before 0.29 only converts a value to a path if the function itself takes it.
        given = Path(self._given)
        return given.parent if given.name == DATABASE else given

    @property
    def _given(self) -> Path | None:
        own, source = self.shared.archive, self.get_parameter_source("archive")
        above = self.parent._given if isinstance(self.parent, Call) else None
        # An option typed before the command's name has priority over the environment variable.
        return above if above is not None and (source is None or source.name != "COMMANDLINE") else own

    def open(self, *, read_only: bool = False) -> "Archive":
        """Open the archive that the command works on."""
        from radio_archive.archive.archive import Archive

        return Archive(self.folder, read_only=read_only, listener=tell_of_opening)

    def settings(self, archive: "Archive") -> "Settings":
        """Return the archive's settings. Environment variables replace those in the file, and options both."""
        from dataclasses import replace

        from radio_archive.archive.archive import SETTINGS
        from radio_archive.config.environment import with_environment
        from radio_archive.config.reader import read_settings

        settings = read_settings(archive.folder / SETTINGS)
        engine, cluster = with_environment(settings.engine), with_environment(settings.cluster)
        said = {name: value for name in ENGINE if (value := getattr(self.shared, name)) is not None}
        address = said.pop("cluster", cluster.address)
        return replace(settings, engine=replace(engine, **said), cluster=replace(cluster, address=address))


class Command(TyperCommand):
    """A command with shared options as well as its own. Its function's first parameter is the `Call`."""

    context_class = Call
    takes: Sequence[str] = ()

    def __init__(self, *args: Any, params: list[Any], **settings: Any) -> None:
        super().__init__(*args, params=_with_shared(params, self.takes), **settings)


class CommandGroup(TyperGroup):
    """A group of commands that can also be called without one, and then takes shared options."""

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
    """Return a Typer application for a module's commands, with our usual settings."""
    # Typer takes a help of None for a given one, and then does not use the callback's docstring.
    settings = {"no_args_is_help": True, **({"help": about} if about else {}), **settings}
    return typer.Typer(add_completion=False, rich_markup_mode=None, **settings)


def _with_shared(own: list[Any], takes: Sequence[str]) -> list[Any]:
    """Put a command's options in order: filters, its own options, then the other shared ones."""
    shared = _shared()
    first = [shared[name] for name in takes if name in FILTERS]
    return [*first, *own, *(shared[name] for name in takes if name not in FILTERS)]


@cache
def _shared() -> Mapping[str, Any]:
    declared = commands()
    declared.command()(Shared)
    return {str(parameter.name): parameter for parameter in typer.main.get_command(declared).params}


def chosen_clips(
    archive: "Archive",
    clips: list[str] | None,
    filters: "Filters",
    parts: "Part | None" = None,
    *,
    everything: bool = False,
) -> "Iterator[Clip]":
    """Return the named clips, or those that match the filters, each page of them read when it is asked for.

    Raises UsageError without clips, filters and `everything`.
    """
    from radio_archive.archive.clips import read
    from radio_archive.archive.filters import EVERYTHING

    parts = read.Part.NOTHING if parts is None else parts
    if clips:
        uids = dict.fromkeys(read.find_uid(archive, clip) for clip in clips)
        return read.in_order(archive, uids, parts)
    if not everything and filters == EVERYTHING:
        raise UsageError("no clips were named", "Name clips, or choose them with --show, --since … or --all.")
    return read.clips(archive, filters, parts=parts)


def chosen_uids(
    archive: "Archive", clips: list[str] | None, filters: "Filters", *, everything: bool = False
) -> tuple[Iterator[str], int]:
    """Return the uids of what `chosen_clips` would return, read as they are needed, and their number.

    Those that match the filters come in the order of addition. Raises UsageError as `chosen_clips` does.
    """
    from radio_archive.archive.clips import read
    from radio_archive.archive.filters import EVERYTHING

    if clips or (filters == EVERYTHING and not everything):
        named = [clip.uid for clip in chosen_clips(archive, clips, filters)]
        return iter(named), len(named)
    return read.uids(archive, filters), read.count(archive, filters)


def one_of(given: Mapping[str, bool]) -> str:
    """Return the option that was given, or an empty string. Raises UsageError for more than one."""
    chosen = [name for name, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} cannot be used together", "Choose one.")
    return chosen[0] if chosen else ""
