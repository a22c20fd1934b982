"""`saved`: searches with a name, and their new clips, for cron and newsletters."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display import results as printed
from radio_archive.cli.display.output import complain, count, is_terminal, print_json, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.search.results import ClipHit, Results
    from radio_archive.search.saved import SavedSearch

NamesArgument = Annotated[list[str] | None, typer.Argument(help="Saved searches. Default: all.", show_default=False)]
News = Sequence[tuple["SavedSearch", "Results"]]

app = commands("Saved searches, and the new clips that they find.")


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_all(call: Call) -> None:
    """List the saved searches as they were typed. `radio-archive search WORDS --save NAME` saves one.

    Example:

      radio-archive saved list
    """
    from radio_archive.search import saved

    with call.open(read_only=True) as opened:
        found = saved.all_searches(opened)
    if call.form:
        print_rows((asdict(one) | {"typed": _typed(one)} for one in found), call.form)
    elif found:
        columns = {"name": "left", "last run": "left", "clips": "right", "search": "left"}
        print_table(columns, ([one.name, one.ran_at or "never", str(one.told), _typed(one)] for one in found))
    else:
        complain("No saved searches. `radio-archive search WORDS --save NAME` saves one.")


@app.command(cls=taking(ARCHIVE))
def remove(call: Call, name: Annotated[str, typer.Argument(help="The search's name.", show_default=False)]) -> None:
    """Remove a saved search. The clips that it found stay.

    Example:

      radio-archive saved remove cables
    """
    from radio_archive.search import saved

    with call.open() as opened:
        saved.remove(opened, name)
    say(f"Removed the saved search {name!r}.")


@app.command(cls=taking(ARCHIVE, FORMS))
def run(
    call: Call,
    names: NamesArgument = None,
    mail: Annotated[
        str | None, typer.Option("--mail", metavar="ADDRESS", help="Print a complete email to ADDRESS, with a subject.")
    ] = None,
    alert: Annotated[
        str | None,
        typer.Option("--alert", metavar="COMMAND", help="Send the text to a command instead of printing it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what is new, but do not mark it as reported.")
    ] = False,
) -> None:
    """Print the clips that are new in saved searches since the last run, each clip once. Exit code 1 if there are none.

    A clip is new if it was archived since then, or if it only matches since it was transcribed again. Clips are marked
    as reported after everything was printed or the command succeeded. After an interrupted or failed run, they are
    reported again.

    --alert runs COMMAND only if there are new clips, without a shell. The command reads the text from standard input.

    Examples:

      radio-archive saved run

      radio-archive saved run cables --mail desk@example.org --alert "sendmail -t"

      radio-archive saved run --jsonl | jq -r .title
    """
    from radio_archive.search import saved

    form = call.one_form({"--mail": mail is not None})
    with call.open() as opened, opened.alone(saved.LOCK, "run of saved searches"):
        every = [(one, saved.news(opened, one)) for one in saved.find(opened, names or [])]
        new = [(one, found) for one, found in every if found.clips]
        if new or form == "--json":
            _tell(new, form, mail or "", alert if new else None)
        if not dry_run:
            for one, found in every:
                saved.mark_reported(opened, one, [hit.clip.uid for hit in found.clips])
    if not every:
        raise UsageError("there are no saved searches", "`radio-archive search WORDS --save NAME` saves one.")
    if not new:
        complain("Nothing new.")
        raise typer.Exit(1)


def _tell(new: News, form: str, address: str, alert: str | None) -> None:
    """Write what is new to standard output, or to a command's input. Returns when everything is written."""
    if alert is None:
        _print(new, form, address)
        sys.stdout.flush()
        return
    text = StringIO()
    with redirect_stdout(text):
        _print(new, form, address)
    try:
        command = shlex.split(alert)
        done = subprocess.run(command, input=text.getvalue(), encoding="utf-8", check=False)
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(f"cannot run {alert!r}: {error}", "Nothing was reported; the clips stay new.") from error
    if done.returncode:
        problem = f"{command[0]} ended with exit code {done.returncode}"
        raise UsageError(problem, "Its clips stay new, and the next run reports them again.")


def _print(new: News, form: str, address: str) -> None:
    if form == "--json":
        print_json([{"name": one.name, **printed.document(_search(one), found)} for one, found in new])
    elif form == "--jsonl":
        rows = ({"name": one.name, **row} for one, found in new for row in printed.rows(found.clips))
        print_rows(rows, form)
    elif form == "--mail":
        say(_mail(new, address).rstrip("\n"))
    elif is_terminal():
        for one, found in new:
            say(_heading(one, found))
            printed.print_hits(found.clips, found.close)
    else:
        for line in _lines(new):
            say(line)


def _typed(saved: "SavedSearch") -> str:
    """Return a saved search as it was typed: the query, and its filters as options."""
    given = ((f"--{name.replace('_', '-')}", value) for name, value in asdict(saved.filters).items() if value)
    options = (name if value is True else f"{name} {shlex.quote(str(value))}" for name, value in given)
    return " ".join((saved.query, *options, *(["--any"] if saved.any_word else [])))


def _search(saved: "SavedSearch") -> str:
    """Return a saved search as a query with filters, which the site takes too."""
    filters = (f'{name}:"{value}"' for name, value in asdict(saved.filters).items() if isinstance(value, str))
    return " ".join((saved.query, *filters))


def _heading(saved: "SavedSearch", found: "Results") -> str:
    return f"{saved.name}: {count(len(found.clips), 'new clip')}"


def _lines(new: News) -> Iterator[str]:
    """Yield the lines of plain text, as in an email."""
    for number, (one, found) in enumerate(new):
        if number:
            yield ""
        yield f"{_heading(one, found)}  ({_search(one)})"
        for hit in found.clips:
            yield ""
            yield from _hit_lines(hit)


def _hit_lines(hit: "ClipHit") -> Iterator[str]:
    clip = hit.clip
    yield clip.title
    yield " · ".join(part for part in (clip.show, clip.reporter, clip.date, f"clip {clip.uid}") if part)
    for passage in hit.passages:
        yield f"{printed.when(passage):>7}  {printed.beside(passage)}"


def _mail(new: News, address: str) -> str:
    """Return an email in plain text, ready for `sendmail -t`."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import formatdate

    clips = {hit.clip.uid for _, found in new for hit in found.clips}
    message = EmailMessage(policy=SMTP.clone(linesep="\n"))
    try:
        message["To"] = address
        message["Subject"] = f"{count(len(clips), 'new clip')}: {', '.join(one.name for one, _ in new)}"
    except ValueError as error:
        raise UsageError(f"{address!r} is not an email address", "Write it as desk@example.org.") from error
    message["Date"] = formatdate(localtime=True)
    message.set_content("\n".join(_lines(new)) + "\n", cte="8bit")
    return message.as_string()
