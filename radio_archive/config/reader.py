"""Reads and checks radio-archive.toml. Every ConfigError names the file, the line and the key."""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from radio_archive.config.settings import (
    EngineOptions,
    FilenameOptions,
    SearchOptions,
    Settings,
    ShowHints,
    SiteOptions,
    StationOptions,
    WatchOptions,
)
from radio_archive.config.toml_lines import line_of
from radio_archive.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHOICES = {
    "device": ("auto", "cpu", "cuda"),
    "compute_type": (
        "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32",
    ),
}  # fmt: skip
"""The permitted values of settings that take fixed words."""
LANGUAGE = re.compile(r"[a-z]{2,3}")
SECTIONS: Mapping[str, Callable[..., Any]] = {
    "engine": EngineOptions,
    "watch": WatchOptions,
    "filename": FilenameOptions,
    "search": SearchOptions,
    "station": StationOptions,
    "site": SiteOptions,
}
"""The sections of the file except [shows], and their types."""


def read_settings(path: Path) -> Settings:
    """Read `path`; a missing file means the defaults. Raises ConfigError, naming the file, the line and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "Mend that line, then run the command again.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "Check its permissions and that it is UTF-8 text.") from error
    _check_keys(path, (), document, [*SECTIONS, "shows"])
    sections = {
        name: kind(**_checked(path, (name,), document.get(name, {}), kind())) for name, kind in SECTIONS.items()
    }
    shows = {
        name: ShowHints(**_checked(path, ("shows", name), hints, ShowHints()))
        for name, hints in _section(path, ("shows",), document.get("shows", {})).items()
    }
    settings = Settings(**sections, shows=shows)
    _check_quiet_hours(path, settings.watch)
    _check_codes(path, shows)
    _check_timezone(path, settings.station)
    _check_tag_encoding(path, settings.station.tag_encoding)
    return replace(settings, site=_checked_site(path, settings.site))


def site_url(text: str) -> str:
    """Return a site's address with a slash at the end; empty for none. Raises ConfigError."""
    if text and not re.match(r"(?i)https?://[^\s/?#\"'<>\\]+(/[^\s?#\"'<>\\]*)?$", text):
        raise ConfigError(
            f"{text!r} is no address of a site", 'Write it without ? and #: "https://archive.example.org/".'
        )
    return text.rstrip("/") + "/" if text else ""


def _checked_site(path: Path, site: SiteOptions) -> SiteOptions:
    if site.contact and not re.match(r"(?i)(https?://|mailto:)\S+$", site.contact):
        advice = 'It takes "mailto:archive@example.org" or a web address.'
        raise _wrong(path, ("site", "contact"), f"site.contact is {site.contact!r}", advice)
    with located(path, "site", "url"):
        return replace(site, url=site_url(site.url))


@contextmanager
def located(path: Path, *keys: str) -> Iterator[None]:
    """Add the file and the line of the value at `keys` to a ConfigError that is raised inside the block."""
    try:
        yield
    except ConfigError as error:
        raise _wrong(path, keys, error.problem, error.advice) from error


def _wrong(path: Path, keys: Sequence[str], problem: str, advice: str) -> ConfigError:
    try:
        line = line_of(path.read_text(encoding="utf-8"), keys)
    except (OSError, ValueError):
        line = None
    return ConfigError(f"{path}{f', line {line}' if line else ''}: {problem}", advice)


def _check_codes(path: Path, shows: Mapping[str, ShowHints]) -> None:
    owners: dict[str, str] = {}
    for name, hints in shows.items():
        if hints.code is None:
            continue
        keys, problem = ("shows", name, "code"), f"shows.{name}.code is {hints.code!r}"
        if not hints.code.strip() or len(hints.code) > 40 or "/" in hints.code:
            raise _wrong(path, keys, problem, 'It takes what file names begin with: "AM".')
        owner = owners.setdefault(hints.code.casefold(), name)
        if owner != name:
            raise _wrong(path, keys, f"{problem}, which {owner} has too", "Give each show a code of its own.")


def _check_quiet_hours(path: Path, watch: WatchOptions) -> None:
    try:
        watch.is_quiet(time())
    except (ValueError, TypeError) as error:
        problem = f"watch.quiet_hours is {watch.quiet_hours!r}"
        advice = 'It takes two times of day: "22:00-06:30".'
        raise _wrong(path, ("watch", "quiet_hours"), problem, advice) from error


def _check_timezone(path: Path, station: StationOptions) -> None:
    if station.timezone:
        known = available_timezones()
        if station.timezone not in known:
            advice = _meant(station.timezone, sorted(known)) or 'It takes a name such as "Pacific/Honolulu".'
            raise _wrong(path, ("station", "timezone"), f"station.timezone is {station.timezone!r}", advice)


def _check_tag_encoding(path: Path, encoding: str) -> None:
    try:
        # Python also has codecs that are no encodings of text (hex, rot13).
        known = not encoding or b"a".decode(encoding) == "a"
    except (LookupError, ValueError):
        known = False
    if not known:
        advice = 'It takes the name of an encoding, such as "cp1251", "shift_jis" or "gb18030".'
        raise _wrong(path, ("station", "tag_encoding"), f"station.tag_encoding is {encoding!r}", advice)


def _section(path: Path, keys: Sequence[str], value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        name = ".".join(keys)
        raise _wrong(path, keys, f"{name} is not a section", f"Write [{name}] on a line of its own.")
    return value


def _checked(path: Path, keys: Sequence[str], found: object, defaults: "DataclassInstance") -> dict[str, Any]:
    section = _section(path, keys, found)
    _check_keys(path, keys, section, [known.name for known in fields(defaults)])
    for key, value in section.items():
        fits, kind = _kind(getattr(defaults, key), lowest=1 if key == "beam_size" else 0)
        if not fits(value):
            raise _wrong(path, (*keys, key), f"{'.'.join(keys)}.{key} is {value!r}", f"It takes {kind}.")
        words = CHOICES.get(key, ())
        if words and value not in words:
            advice = _meant(value, words) or f"It takes {', '.join(words[:-1])} or {words[-1]}."
            raise _wrong(path, (*keys, key), f"{'.'.join(keys)}.{key} is {value!r}", advice)
        if key == "language" and not LANGUAGE.fullmatch(value):
            advice = 'It takes the code of a language: "en".'
            raise _wrong(path, (*keys, key), f"{'.'.join(keys)}.{key} is {value!r}", advice)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}


def _kind(default: object, *, lowest: int) -> tuple[Callable[[object], bool], str]:
    """Return a test for values that can stand in for `default`, and its description."""
    if isinstance(default, bool):
        return lambda value: isinstance(value, bool), "true or false"
    if isinstance(default, int):
        return lambda value: type(value) is int and value >= lowest, f"a whole number of at least {lowest}"
    if isinstance(default, float):
        return lambda value: type(value) in {int, float} and 0 <= value < math.inf, "a number of at least 0"
    if isinstance(default, tuple):
        return lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "a list of texts"
    return lambda value: isinstance(value, str), "text in quotes"


def _check_keys(path: Path, keys: Sequence[str], found: Mapping[str, Any], known: list[str]) -> None:
    what = f"a key of [{'.'.join(keys)}]" if keys else "a section"
    for key in found:
        if key not in known:
            advice = _meant(key, known) or f"Known: {', '.join(known)}."
            raise _wrong(path, (*keys, key), f"{key!r} is not {what}", advice)


def _meant(written: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(written, known, 1)
    return f"Did you mean {close[0]!r}?" if close else ""
