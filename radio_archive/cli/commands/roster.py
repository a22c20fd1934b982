"""`shows`, `people`, `stations`: the names that the archive knows, with all their spellings."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_document, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.names.roster import RosterEntry

COLUMNS = {"id": "left", "name": "left", "clips": "right", "also": "left"}
EXAMPLES = {
    "show": ("Asia Minute", "AM", 'code=AM "rights=© Hawaiʻi Public Radio"'),
    "person": ("Malia Santos", "M. Santos", "role=reporter"),
    "station": ("Hawaiʻi Public Radio", "HPR", "url=https://example.org"),
}
KEYS = {
    "show": ("name", "station", "url", "code", "rights", "visibility", "ranks", "loudness_target"),
    "person": ("name", "biography", "role"),
    "station": ("name", "url"),
}
PLURALS = {"show": "shows", "person": "people", "station": "stations"}

WhichArgument = Annotated[str, typer.Argument(help="A name, part of one, or an id.", show_default=False)]
FactsArgument = Annotated[list[str] | None, typer.Argument(help="Values to set: key=value.", show_default=False)]


def list_all(call: Call) -> None:
    """List all {plural}, and how many clips each has.

    Example:

      radio-archive {plural} list
    """
    from radio_archive.archive.names import roster

    with call.open(read_only=True) as opened:
        subjects = roster.entries(opened, call.obj)
    if call.form:
        print_rows(map(asdict, subjects), call.form)
    elif subjects:
        print_table(COLUMNS, ([s.uid, s.name, str(s.clips), ", ".join(s.aliases)] for s in subjects))
    else:
        plural = PLURALS[call.obj]
        complain(f"No {plural} yet. Clips add them, or `radio-archive {plural} add`.")


def show(call: Call, which: WhichArgument) -> None:
    """Show everything about one of the {plural}.

    Example:

      radio-archive {plural} show "{name}"
    """
    from radio_archive.archive.names import roster

    with call.open(read_only=True) as opened:
        _print(roster.find(opened, call.obj, which), call.form)


def add(
    call: Call,
    name: Annotated[str, typer.Argument(help="The name, as it should be shown.", show_default=False)],
    facts: FactsArgument = None,
    alias: Annotated[list[str] | None, typer.Option("--alias", help="Another spelling; may be repeated.")] = None,
) -> None:
    """Add one of the {plural}, or change one that exists.

    You can set: {keys}.

    Example:

      radio-archive {plural} add "{name}" {facts} --alias "{alias}"
    """
    from radio_archive.archive.names import roster
    from radio_archive.models import clean_text

    if not clean_text(name):
        raise UsageError("the name is empty", "Give one.")
    with call.open() as opened:
        aliases = [clean_text(other) for other in alias or []]
        _print(roster.add(opened, call.obj, clean_text(name), aliases, parsed(call.obj, facts)), call.form)


def add_aliases(
    call: Call,
    which: WhichArgument,
    aliases: Annotated[list[str], typer.Argument(help="Other spellings.", show_default=False)],
) -> None:
    """Add other spellings of a name. They are found and recognized too.

    Example:

      radio-archive {plural} alias "{name}" "{alias}"
    """
    from radio_archive.archive.names import roster
    from radio_archive.models import clean_text

    with call.open() as opened:
        subject = roster.find(opened, call.obj, which)
        _print(roster.change(opened, subject, {}, [clean_text(other) for other in aliases]), call.form)


def change(call: Call, which: WhichArgument, facts: FactsArgument = None) -> None:
    """Change one of the {plural}. `name=` renames it and keeps the old name as an alias.

    You can set: {keys}.

    Example:

      radio-archive {plural} set "{name}" {facts}
    """
    from radio_archive.archive.names import roster

    with call.open() as opened:
        _print(roster.change(opened, roster.find(opened, call.obj, which), parsed(call.obj, facts)), call.form)


def remove(call: Call, which: WhichArgument) -> None:
    """Remove one of the {plural} that nothing uses: no clip, and nothing else in the archive.

    Example:

      radio-archive {plural} remove "{name}"
    """
    from radio_archive.archive.names import roster

    with call.open() as opened:
        subject = roster.find(opened, call.obj, which)
        roster.remove(opened, subject)
    _tell(call, {"uid": subject.uid, "name": subject.name}, f"Removed {subject.name}.")


def merge(
    call: Call,
    which: Annotated[
        str | None, typer.Argument(help="The entry to merge. Its name becomes an alias.", show_default=False)
    ] = None,
    into: Annotated[str | None, typer.Argument(help="The entry to keep.", show_default=False)] = None,
    undo: Annotated[int | None, typer.Option("--undo", help="Undo the merge with this number.")] = None,
) -> None:
    """Merge two entries. The second keeps its name and gets the clips and spellings of the first. You can undo this.

    Examples:

      radio-archive {plural} merge "{alias}" "{name}"

      radio-archive {plural} merge --undo 3
    """
    from radio_archive.archive.names import roster

    kind = call.obj
    with call.open() as opened:
        if undo is not None:
            first, second = roster.undo(opened, kind, undo)
            told = {"number": undo, "name": first.name, "into": second.name}
            _tell(call, told, f"{first.name} and {second.name} are separate again.")
            return
        if which is None or into is None:
            raise UsageError("two names are needed", "First the entry to merge, then the entry to keep.")
        one, other = roster.find(opened, kind, which), roster.find(opened, kind, into)
        number = roster.merge(opened, kind, one, other)
    told = {"number": number, "name": one.name, "into": other.name}
    undoes = f"`radio-archive {PLURALS[kind]} merge --undo {number}` undoes it."
    _tell(call, told, f"Merged {one.name} into {other.name}. {undoes}")


def import_file(
    call: Call, file: Annotated[Path, typer.Argument(help="A .toml or .csv file.", show_default=False)]
) -> None:
    """Add many {plural} from a TOML file with [[{plural}]] tables, or from a CSV file.

    Example:

      radio-archive {plural} import {plural}.toml
    """
    from radio_archive.archive.names import roster
    from radio_archive.formats.roster_file import read_rows

    kind = call.obj
    rows = read_rows(file, PLURALS[kind], frozenset(KEYS[kind]) - {"name"})
    with call.open() as opened, opened.writing():
        for row in rows:
            try:
                roster.enter(opened, kind, row.name, row.aliases, checked(kind, row.facts))
            except UsageError as error:
                raise UsageError(f"{row.where}: {error.problem}", error.advice) from error
    what = f"{len(rows)} people" if kind == "person" else count(len(rows), kind)
    _tell(call, {"read": len(rows)}, f"{what} read from {file}.")


def parsed(kind: str, facts: list[str] | None) -> dict[str, object]:
    """Read `key=value` arguments. An empty value removes the old one."""
    from radio_archive.models import clean_text

    values: dict[str, object] = {}
    for fact in facts or []:
        key, equals, value = fact.partition("=")
        if not equals:
            raise UsageError(
                f"{fact!r} is not key=value", f"Write it as key=value. The keys are {', '.join(KEYS[kind])}."
            )
        values[key] = clean_text(value) or None
    return checked(kind, values)


def checked(kind: str, facts: Mapping[str, object]) -> dict[str, object]:
    """Check values for a show, person or station, and convert them for the database. Raises UsageError."""
    from radio_archive.models import Source

    for key in facts:
        if key not in KEYS[kind]:
            raise UsageError(f"{key!r} cannot be set", f"Keys are {', '.join(KEYS[kind])}.")
    values = dict(facts)
    if values.get("visibility") not in {None, "public", "private"}:
        raise UsageError(f"visibility is {values['visibility']!r}", "It is public or private.")
    if values.get("loudness_target") is not None:
        try:
            values["loudness_target"] = float(str(values["loudness_target"]))
        except ValueError:
            raise UsageError(
                f"{values['loudness_target']!r} is not a loudness", "Give LUFS, for example -24."
            ) from None
    if values.get("ranks"):
        given = values["ranks"]
        ranks = given if isinstance(given, list) else [part.strip() for part in str(given).split(",")]
        known = [source.value for source in Source if source != Source.HUMAN]
        if any(rank not in known for rank in ranks):
            from radio_archive.metadata.sources import names

            known += sorted(names() - set(known) - {Source.HUMAN})
        if any(rank not in known for rank in ranks):
            raise UsageError(
                f"{given!r} is not a list of sources", f"List some of {', '.join(known)}, the most trusted first."
            )
        values["ranks"] = ranks
    return values


def _tell(call: Call, told: dict[str, object], text: str) -> None:
    """Print an object in the form that was asked for, or the same as `text`."""
    if call.form:
        print_document(told, call.form)
    else:
        say(text)


def _print(subject: "RosterEntry", form: str = "") -> None:
    if form:
        print_document(asdict(subject), form)
        return
    rows = [("id", subject.uid), ("name", subject.name), *(("also", alias) for alias in subject.aliases)]
    rows += [(key, ", ".join(value) if isinstance(value, list) else str(value)) for key, value in subject.facts.items()]
    rows += [("roles", ", ".join(subject.roles))] if subject.roles else []
    rows.append(("clips", str(subject.clips)))
    for label, value in rows:
        say(f"{label:<10} {value}")


def _group(kind: str) -> typer.Typer:
    """Return the commands for one kind: `show`, `person` or `station`. Each call has the kind as its `obj`."""
    name, alias, facts = EXAMPLES[kind]
    plural, keys = PLURALS[kind], ", ".join(KEYS[kind])
    group = commands(
        f"List, add, rename, merge and remove the {plural} of the archive. Names match in any spelling.",
        context_settings={"obj": kind},
    )
    for called, function in FUNCTIONS.items():
        text = (function.__doc__ or "").format(plural=plural, name=name, alias=alias, facts=facts, keys=keys)
        group.command(called, help=text, cls=taking(ARCHIVE, FORMS))(function)
    return group


FUNCTIONS: Mapping[str, Callable[..., None]] = {
    "list": list_all,
    "show": show,
    "add": add,
    "alias": add_aliases,
    "set": change,
    "remove": remove,
    "merge": merge,
    "import": import_file,
}

app = commands()
for _kind, _plural in PLURALS.items():
    app.add_typer(_group(_kind), name=_plural)
