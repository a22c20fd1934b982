"""`plugins`: what other packages add."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from radio_archive.cli.display.output import complain, count, print_rows, print_table
from radio_archive.cli.options import FORMS, Call, commands, taking
from radio_archive.events import told_of_plugins

app = commands()
ADDS = ("engines", "sources", "formats")


@app.command(cls=taking(FORMS))
def plugins(
    call: Call,
    everything: Annotated[bool, typer.Option("--all", help="What is ours, too.")] = False,
) -> None:
    """List the plugins that are installed: what each adds, and what is wrong with those that are skipped.

    A plugin is a Python package that adds speech engines, sources of metadata, formats for `export`, or something that
    is done after a clip was archived. Installing it is all that it needs. RADIO_ARCHIVE_PLUGINS names those to use,
    separated by commas; with an empty one, none is. The exit code is 1 if anything is skipped.

    Example:

      radio-archive plugins
    """
    from radio_archive.hooks import API_VERSION

    rows = list(_rows(everything=everything))
    if call.form:
        print_rows(rows, call.form)
    elif rows:
        columns = dict.fromkeys(("plugin", "version", "adds", "hooks", "skipped"), "left")
        print_table(columns, ([str(row["plugin"]), str(row["version"] or ""), *_words(row)] for row in rows))
    else:
        complain(f"No plugins are installed. The interface to plugins has version {API_VERSION}.")
    broken = sum(bool(row["problems"]) for row in rows)
    if broken:
        if not call.form:
            complain(f"{count(broken, 'plugin')} skipped, or in part. The interface has version {API_VERSION}.")
        raise typer.Exit(1)


def _words(row: dict[str, Any]) -> list[str]:
    adds = "; ".join(f"{kind} {', '.join(row[kind])}" for kind in ADDS if row[kind])
    return [adds, ", ".join(row["hooks"]), "; ".join(row["problems"])]


def _rows(*, everything: bool) -> Iterator[dict[str, Any]]:
    from radio_archive.formats import formats
    from radio_archive.hooks import API_VERSION, Registered, plugins
    from radio_archive.metadata.sources import sources
    from radio_archive.speech.engines import engines

    # What is skipped is told here.
    told_of_plugins.clear()
    added: dict[str, Mapping[str, Registered[Any]]]
    added = dict(zip(ADDS, (engines(), sources(), formats()), strict=True))
    for plugin in plugins(everything=everything):
        yield {
            "plugin": plugin.name,
            "package": plugin.package,
            "version": plugin.version or None,
            "api": API_VERSION,
            "hooks": plugin.hooks,
            **{kind: [name for name, one in found.items() if one.plugin is plugin] for kind, found in added.items()},
            "problems": list(plugin.problems),
        }
