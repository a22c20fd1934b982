"""Commands that begin quickly: a search should not wait for libraries that it does not need."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

_SLOW = object()
_NUMBER = re.compile(r"[0-9]{1,9}")
_PATH_CHECKS = ("exists", "writable", "resolve_path", "allow_dash", "path_type")


class QuickCommand(TyperCommand):
    """A command whose plain values need no library to be read.

    Typer has pydantic look at every value, and to load that takes a tenth of a second. Text, whole numbers, choices and
    paths need nothing but Python. What is anything else, or wrong, is still Typer's to read and to complain of.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments, what is plain of them without Typer."""
        _quicken(self.get_params(ctx))
        return super().parse_args(ctx, args)


class QuickGroup(TyperGroup):
    """The same for what stands before a command's name."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments, what is plain of them without Typer."""
        _quicken(self.get_params(ctx))
        return super().parse_args(ctx, args)


def _quicken(parameters: Iterable[Any]) -> None:
    for parameter in parameters:
        if hasattr(parameter, "type_descriptor"):
            parameter.process_value = _reader(parameter, type(parameter).process_value.__get__(parameter))


def _reader(parameter: Any, slow: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def read(context: Any, value: Any) -> Any:
        found = _SLOW if parameter.required and not value else _plain(parameter, value)
        if found is _SLOW:
            return slow(context, value)
        return found if parameter.callback is None else parameter.callback(context, parameter, found)

    return read


def _plain(parameter: Any, value: Any) -> Any:
    """Return what a value means where that is plain, else _SLOW."""
    annotation, about = parameter.type_descriptor.annotation, parameter.type_descriptor.parameter_info
    if about.parser is not None:
        return _SLOW
    if value is None:
        return () if parameter.multiple or parameter.nargs == -1 else None
    if annotation == list[str] and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return list(value)
    if not isinstance(value, str):
        return value if type(value) is annotation else _SLOW
    if annotation is str or (get_origin(annotation) is Literal and value in get_args(annotation)):
        return value
    if annotation is int and _NUMBER.fullmatch(value):
        low, high = about.min, about.max
        return int(value) if (low is None or int(value) >= low) and (high is None or int(value) <= high) else _SLOW
    if annotation is Path and not any(getattr(about, check, None) for check in _PATH_CHECKS):
        return Path(value)
    return _SLOW
