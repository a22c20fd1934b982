"""`glossary`: how names and terms are to be spelled."""

from pathlib import Path
from typing import Annotated

import typer

from radio_archive.cli.display.output import (
    complain,
    count,
    print_document,
    print_json,
    print_rows,
    print_table,
    say,
    show_progress,
)
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError
from radio_archive.models import Term, TermKind

COLUMNS = {"term": "left", "kind": "left", "show": "left", "heard as": "left", "note": "left"}
SUGGESTED = {"term": "left", "clips": "right", "not heard": "right", "heard as": "left", "where": "left"}
KINDS = ", ".join(TermKind)
NEXT = "`radio-archive propose --all` looks for them in the clips that are there already."

ShowOption = Annotated[str | None, typer.Option("--show", help="Only for this show. Default: for all clips.")]

app = commands("How names and terms are to be spelled, in all clips or in those of one show.")


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_all(
    call: Call, show: Annotated[str | None, typer.Option("--show", help="Only the terms of this show.")] = None
) -> None:
    """List the glossary.

    Example:

      radio-archive glossary list
    """
    from radio_archive.archive.names import glossary
    from radio_archive.formats.glossary_file import term_row

    with call.open(read_only=True) as opened:
        terms = glossary.every(opened, show)
        if call.form:
            print_rows(map(term_row, terms), call.form)
            return
        found = list(terms)
    if found:
        print_table(COLUMNS, ([t.term, t.kind, t.show or "", "; ".join(t.heard), t.note or ""] for t in found))
    else:
        complain("No terms. `radio-archive glossary add TERM` adds one, `glossary suggest` finds some.")


@app.command(cls=taking(ARCHIVE, FORMS))
def add(
    call: Call,
    terms: Annotated[list[str], typer.Argument(help="Names or terms, as they are to be spelled.", show_default=False)],
    heard: Annotated[
        list[str] | None, typer.Option("--heard", help="What the one term is misheard as; may be repeated.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=f"{KINDS}.")] = None,
    show: ShowOption = None,
    note: Annotated[str | None, typer.Option("--note", help="Anything worth knowing about it.")] = None,
) -> None:
    """Add terms, or change those that are there: another spelling of a term takes its place.

    New transcripts get them right more often, because the engine listens for the first 50 of them, those of the show
    before the others. Where something like a term was heard all the same, it is proposed.

    Examples:

      radio-archive glossary add "JoongAng Daily" --heard "Jung-on Daily" --kind organization

      radio-archive glossary add Hawaiʻi Kāneʻohe --kind place
    """
    from radio_archive.archive.names import glossary
    from radio_archive.models import clean_text

    if kind is not None and kind.casefold() not in set(TermKind):
        raise UsageError(f"there is no kind {kind!r}", f"Kinds are {KINDS}.")
    if heard and len(terms) > 1:
        raise UsageError("--heard is of one term", "Add the others by themselves.")
    made = [
        Term(clean_text(text), TermKind((kind or "other").casefold()), tuple(map(clean_text, heard or [])), show, note)
        for text in terms
    ]
    with call.open() as opened:
        added, changed = glossary.add(opened, made)
    _tell_of_terms(added, changed, call.form)


def _tell_of_terms(added: int, changed: int, form: str) -> None:
    if form:
        print_document({"added": added, "changed": changed}, form)
    else:
        say(f"{count(added, 'term')} added, {changed:,} changed. {NEXT}")


@app.command(cls=taking(ARCHIVE, FORMS))
def remove(
    call: Call,
    term: Annotated[str, typer.Argument(help="A term, in any spelling.", show_default=False)],
    show: ShowOption = None,
) -> None:
    """Remove a term. What was corrected by it stays.

    Example:

      radio-archive glossary remove Hawaiʻi
    """
    from radio_archive.archive.names import glossary

    with call.open() as opened:
        removed = glossary.remove(opened, term, show)
    if call.form:
        print_document({"term": removed, "show": show}, call.form)
    else:
        say(f"Removed {removed}.")


@app.command(cls=taking(ARCHIVE, FORMS))
def suggest(
    call: Call,
    show: Annotated[str | None, typer.Option("--show", help="Only by clips of this show.")] = None,
    clips: Annotated[int, typer.Option("--clips", min=1, max=100_000, help="By the newest so many.")] = 500,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Terms, at most.")] = 30,
) -> None:
    """Suggest terms that are worth adding: names that stories have and transcripts lack, and words heard with doubt.

    Names of the glossary and of the roster are left out. Those that were missed most often come first.

    Example:

      radio-archive glossary suggest --show "Asia Minute"
    """
    from dataclasses import asdict

    from radio_archive.archive.filters import Filters
    from radio_archive.pipeline.glossary import suggestions

    with call.open(read_only=True) as opened:
        found = suggestions(opened, Filters(show=show), clips, limit, lambda *done: show_progress("reading", *done))
    if call.form:
        print_rows(map(asdict, found), call.form)
    elif found:
        print_table(
            SUGGESTED, ([s.term, str(s.clips), str(s.missed), "; ".join(s.heard), ", ".join(s.where)] for s in found)
        )
    else:
        complain("Nothing to suggest: no story has a name that transcripts lack, and no name was heard with doubt.")


@app.command("import", cls=taking(ARCHIVE, FORMS))
def import_file(
    call: Call,
    file: Annotated[Path, typer.Argument(help="A .csv or .json file.", show_default=False)],
    show: ShowOption = None,
) -> None:
    """Add many terms from a CSV file with the columns term, kind, heard, show and note, or from JSON.

    In CSV, `;` separates the forms that a term is heard as. Only `term` is needed. If one line is wrong, nothing is
    added.

    Example:

      radio-archive glossary import names.csv
    """
    from dataclasses import replace

    from radio_archive.archive.names import glossary
    from radio_archive.formats.glossary_file import read_terms

    terms = [term if term.show else replace(term, show=show) for term in read_terms(file)]
    with call.open() as opened:
        added, changed = glossary.add(opened, terms)
    _tell_of_terms(added, changed, call.form)


@app.command(cls=taking(ARCHIVE))
def export(
    call: Call,
    format: Annotated[str, typer.Option("--format", "-f", help="csv or json.")] = "csv",  # noqa: A002
    show: Annotated[str | None, typer.Option("--show", help="Only the terms of this show.")] = None,
) -> None:
    """Write the glossary as CSV or JSON, for a spreadsheet or another archive: `glossary import` reads both.

    Example:

      radio-archive glossary export > glossary.csv
    """
    from radio_archive.archive.names import glossary
    from radio_archive.cli.display.output import print_csv
    from radio_archive.formats.glossary_file import COLUMNS as FILE_COLUMNS
    from radio_archive.formats.glossary_file import csv_row, term_row

    if format.lower() not in {"csv", "json"}:
        raise UsageError(f"there is no format {format!r}", "Use csv or json.")
    with call.open(read_only=True) as opened:
        # At once, so that nothing is printed for a show that is not there.
        terms = list(glossary.every(opened, show))
    if format.lower() == "json":
        print_json([term_row(term) for term in terms])
    else:
        print_csv(FILE_COLUMNS, map(csv_row, terms))
