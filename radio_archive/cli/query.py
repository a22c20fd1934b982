"""A query as it is typed on a command line."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radio_archive.cli.options import ARCHIVE, FILTERS, FORMS, Command

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive

MINUS = "−"
"""Excludes a word in a query. Unlike a hyphen, it does not start an option."""

_SEVERAL_WORDS = re.compile(
    r"(?s)([-−+]?)((?i:(show|reporter|host|speaker|in(?!:(?:title|said|story)\s))|language|title|said|story):)?(\S.*\s.*\S)"
)
_SYNTAX = re.compile(r'["“”„«»]|\b(?:OR|AND|NOT|NEAR)\b|\w:\S|(?:^|\s)[-−+(]|\)(?:\s|$)')
"""In an argument of several words, what shows that it is a query by itself."""

AnyOption = Annotated[
    bool, typer.Option("--any", help="Take clips with any of the words, for --count, --ids and the like too.")
]
QueryArgument = Annotated[list[str], typer.Argument(help='Words, or a "phrase in quotes".', show_default=False)]


class SearchCommand(Command):
    """A command whose arguments may be words with a hyphen: `-word` excludes a word."""

    takes = (*FILTERS, *ARCHIVE, *FORMS)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Treat single-hyphen words as words. Only a hyphen with one letter is an option."""
        return super().parse_args(ctx, [_word(argument) for argument in args])


def _word(argument: str) -> str:
    return MINUS + argument[1:] if re.match(r"-[^-].", argument, re.DOTALL) else argument


def typed(arguments: Sequence[str], archive: "Archive") -> str:
    """Return the query as the user typed it: the shell removed the quotes of `"coral reef"` and `show:"Asia Minute"`.

    A single argument is already a query and stays as it is, unless `archive` knows the whole rest after `show:` or
    another field as a name: `show:Asia Minute` is, `show:Asia storm` is not.
    """
    alone = len(arguments) == 1
    return " ".join(requoted(argument, archive if alone else None) for argument in arguments)


def requoted(argument: str, alone_in: "Archive | None" = None) -> str:
    """Return one argument with the quotes that the shell removed; `alone_in` is given for the only one of a query."""
    if argument.startswith(MINUS):
        argument = f"-{argument[1:]}"
    match = _SEVERAL_WORDS.fullmatch(argument)
    if match is None or _SYNTAX.search(match[4]):
        return argument
    if alone_in is not None and not (match[3] and _is_name(alone_in, match[3].lower(), match[4])):
        return argument
    return f'{match[1]}{match[2] or ""}"{match[4]}"'


def _is_name(archive: "Archive", field: str, text: str) -> bool:
    from radio_archive.archive.names import lookup

    kind = "show" if field in {"show", "in"} else "person"
    return bool(lookup.find_ids(archive.db, kind, text))
