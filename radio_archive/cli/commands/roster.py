"""`shows`, `people`, `stations`: whom and what the archive knows, by every spelling."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_json, print_jsonl, print_rows, print_table, say
from radio_archive.cli.options import ArchiveOption, JsonlOption, JsonOption, one_format, open_archive
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.names.roster import RosterEntry

COLUMNS = {"id": "left", "name": "left", "clips": "right", "also": "left"}
EXAMPLES = {
    "show": ("Asia Minute", "AM", 'code=AM "rights=© Hawaiʻi Public Radio"'),
    "person": ("Malia Santos", "M. Santos", "role=reporter"),
    "station": ("Hawaiʻi Public Radio", "HPR", "url=https://example.org"),
}
PLURALS = {"show": "shows", "person": "people", "station": "stations"}


def group(kind: str) -> typer.Typer:
    """Return the commands for one kind: `show`, `person` or `station`."""
    plural = PLURALS[kind]
    name, alias, facts = EXAMPLES[kind]
    app = typer.Typer(
        help=f"The {plural} of the archive: list, add, rename, merge. Names match however they are spelled.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    which = Annotated[str, typer.Argument(help="A name, part of one, or an id.", show_default=False)]
    settings = Annotated[list[str] | None, typer.Argument(help=f"What to set: {', '.join(_keys(kind))}.")]

    @app.command(
        "list", help=f"List all {plural}, with how many clips each has.\n\nExample:\n\n  radio-archive {plural} list"
    )
    def list_all(archive: ArchiveOption = None, json: JsonOption = False, jsonl: JsonlOption = False) -> None:
        from radio_archive.archive.names import roster

        one_format(json, jsonl)
        with open_archive(archive, read_only=True) as opened:
            subjects = roster.entries(opened, kind)
        if json or jsonl:
            print_rows((asdict(subject) for subject in subjects), as_json=json, as_jsonl=jsonl)
        elif subjects:
            print_table(COLUMNS, ([s.uid, s.name, str(s.clips), ", ".join(s.aliases)] for s in subjects))
        else:
            complain(f"No {plural} yet. They come with clips, or with `radio-archive {plural} add`.")

    @app.command("show", help=f'Show all that is known of one.\n\nExample:\n\n  radio-archive {plural} show "{name}"')
    def show_one(
        which: which, archive: ArchiveOption = None, json: JsonOption = False, jsonl: JsonlOption = False
    ) -> None:
        from radio_archive.archive.names import roster

        one_format(json, jsonl)
        with open_archive(archive, read_only=True) as opened:
            _print(roster.find(opened, kind, which), json=json, jsonl=jsonl)

    @app.command(
        "add",
        help=f"Add one, or set facts of one that is there.\n\nExample:\n\n  radio-archive {plural} add "
        f'"{name}" {facts} --alias "{alias}"',
    )
    def add(
        name: Annotated[str, typer.Argument(help="The name, as it should be shown.", show_default=False)],
        facts: settings = None,
        alias: Annotated[list[str] | None, typer.Option("--alias", help="Another spelling; may be repeated.")] = None,
        archive: ArchiveOption = None,
    ) -> None:
        from radio_archive.archive.names import roster
        from radio_archive.models import clean_text

        if not clean_text(name):
            raise UsageError("the name is empty", "Give one.")
        with open_archive(archive) as opened:
            aliases = [clean_text(other) for other in alias or []]
            _print(roster.add(opened, kind, clean_text(name), aliases, parsed(kind, facts)))

    @app.command(
        "alias",
        help="Add spellings under which one is found.\n\nExample:\n\n"
        f'  radio-archive {plural} alias "{name}" "{alias}"',
    )
    def alias_command(
        which: which,
        aliases: Annotated[list[str], typer.Argument(help="Other spellings.", show_default=False)],
        archive: ArchiveOption = None,
    ) -> None:
        from radio_archive.archive.names import roster
        from radio_archive.models import clean_text

        with open_archive(archive) as opened:
            subject = roster.find(opened, kind, which)
            _print(roster.change(opened, subject, {}, [clean_text(other) for other in aliases]))

    @app.command(
        "set",
        help=f"Set facts of one; `name=` renames it and keeps the old name as an alias.\n\nExample:\n\n"
        f'  radio-archive {plural} set "{name}" {facts}',
    )
    def set_command(which: which, facts: settings = None, archive: ArchiveOption = None) -> None:
        from radio_archive.archive.names import roster

        with open_archive(archive) as opened:
            _print(roster.change(opened, roster.find(opened, kind, which), parsed(kind, facts)))

    @app.command(
        "merge",
        help=f"Make one another spelling of another: what it had, the other has. It can be undone.\n\nExamples:\n\n"
        f'  radio-archive {plural} merge "{alias}" "{name}"\n\n  radio-archive {plural} merge --undo 3',
    )
    def merge(
        which: Annotated[str | None, typer.Argument(help="The one that goes.", show_default=False)] = None,
        into: Annotated[str | None, typer.Argument(help="The one that stays.", show_default=False)] = None,
        undo: Annotated[int | None, typer.Option("--undo", help="Take back the merge with this number.")] = None,
        archive: ArchiveOption = None,
    ) -> None:
        from radio_archive.archive.names import roster

        with open_archive(archive) as opened:
            if undo is not None:
                first, second = roster.undo(opened, kind, undo)
                say(f"{first.name} and {second.name} are two again.")
                return
            if which is None or into is None:
                raise UsageError("two names are needed", "The one that goes, then the one that stays.")
            one, other = roster.find(opened, kind, which), roster.find(opened, kind, into)
            number = roster.merge(opened, kind, one, other)
        say(f"{one.name} is {other.name} now. `radio-archive {plural} merge --undo {number}` takes it back.")

    @app.command(
        "import",
        help=f"Add many from a TOML file with [[{plural}]] tables, or from CSV.\n\nExample:\n\n"
        f"  radio-archive {plural} import {plural}.toml",
    )
    def import_file(
        file: Annotated[Path, typer.Argument(help="A .toml or .csv file.", show_default=False)],
        archive: ArchiveOption = None,
    ) -> None:
        from radio_archive.archive.names import roster
        from radio_archive.formats.roster_file import read_rows

        rows = read_rows(file, plural, frozenset(_keys(kind)) - {"name"})
        with open_archive(archive) as opened:
            for row in rows:
                try:
                    facts = checked(kind, row.facts)
                    roster.add(opened, kind, row.name, row.aliases, facts)
                except UsageError as error:
                    raise UsageError(f"{row.where}: {error.problem}", error.advice) from error
        say(
            f"{count(len(rows), kind)} read from {file}."
            if kind != "person"
            else f"{len(rows)} people read from {file}."
        )

    return app


def _keys(kind: str) -> list[str]:
    return {
        "show": ["name", "station", "url", "code", "rights", "visibility", "ranks", "loudness_target"],
        "person": ["name", "biography", "role"],
        "station": ["name", "url"],
    }[kind]


def parsed(kind: str, facts: list[str] | None) -> dict[str, object]:
    """Read `key=value` arguments; an empty value unsets."""
    from radio_archive.models import clean_text

    values: dict[str, object] = {}
    for fact in facts or []:
        key, equals, value = fact.partition("=")
        if not equals:
            raise UsageError(f"{fact!r} sets nothing", f"Write key=value; keys are {', '.join(_keys(kind))}.")
        values[key] = clean_text(value) or None
    return checked(kind, values)


def checked(kind: str, facts: "dict[str, object] | object") -> dict[str, object]:
    """Check facts of a show, person or station; turn them into what is stored. Raises UsageError."""
    from radio_archive.models import Source

    assert isinstance(facts, dict)  # noqa: S101
    for key in facts:
        if key not in _keys(kind):
            raise UsageError(f"{key!r} cannot be set", f"Keys are {', '.join(_keys(kind))}.")
    values = dict(facts)
    if values.get("visibility") not in {None, "public", "private"}:
        raise UsageError(f"visibility is {values['visibility']!r}", "It is public or private.")
    if values.get("loudness_target") is not None:
        try:
            values["loudness_target"] = float(str(values["loudness_target"]))
        except ValueError:
            raise UsageError(f"{values['loudness_target']!r} is no loudness", "Give LUFS, for example -24.") from None
    if values.get("ranks"):
        given = values["ranks"]
        ranks = given if isinstance(given, list) else [part.strip() for part in str(given).split(",")]
        known = [source.value for source in Source if source != Source.HUMAN]
        if any(rank not in known for rank in ranks):
            raise UsageError(f"{given!r} are no sources", f"List some of {', '.join(known)}, the most trusted first.")
        values["ranks"] = ranks
    return values


def _print(subject: "RosterEntry", *, json: bool = False, jsonl: bool = False) -> None:
    if json or jsonl:
        (print_jsonl if jsonl else print_json)(asdict(subject))
        return
    rows = [("id", subject.uid), ("name", subject.name), *(("also", alias) for alias in subject.aliases)]
    rows += [(key, ", ".join(value) if isinstance(value, list) else str(value)) for key, value in subject.facts.items()]
    rows += [("roles", ", ".join(subject.roles))] if subject.roles else []
    rows.append(("clips", str(subject.clips)))
    for label, value in rows:
        say(f"{label:<10} {value}")


shows, people, stations = group("show"), group("person"), group("station")
