"""A query as it is typed on a command line."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from radio_archive.cli.options import ARCHIVE, FILTERS, FORMS, Command

MINUS = "−"
"""Excludes a word in a query. Unlike a hyphen, it does not start an option."""

OptionalQueryArgument = Annotated[
    list[str] | None, typer.Argument(help='Words, or a "phrase in quotes".', show_default=False)
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


def typed(arguments: Sequence[str]) -> str:
    """Return the query as the user typed it: the shell removed the quotes of `"coral reef"` and `show:"Asia Minute"`.

    A single argument is already a query and stays as it is, except after `show:` or `reporter:`: there the whole rest
    is a name.
    """
    return " ".join(_requoted(argument, alone=len(arguments) == 1) for argument in arguments)


def _requoted(argument: str, *, alone: bool) -> str:
    match = re.fullmatch(r"(?s)([-−]?)((?:(show|reporter)|title|said|story):)?(\S.*\s.*\S)", argument)
    if match is None or re.search(r'["“”]|\b(?:OR|AND|NOT|NEAR)\b|\w:\S', match[4]):
        return argument
    return argument if alone and not match[3] and not match[1] else f'{match[1]}{match[2] or ""}"{match[4]}"'
