"""What is set outside of any archive: environment variables for the engine, and the default archive."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from radio_archive.config.reader import endpoint_fault, meant, misfit, shown
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Options = TypeVar("Options", bound=DataclassInstance)

PREFIXES = {EngineOptions: "RADIO_ARCHIVE_ENGINE_", ClusterOptions: "RADIO_ARCHIVE_CLUSTER_"}
"""How the variable for a key of [engine] or [cluster] begins; the key in capitals follows."""
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
KEY = "archive"
LARGEST = 100_000
"""Characters of the user's configuration, at most."""


def with_environment(options: "Options", environment: Mapping[str, str] = os.environ) -> "Options":
    """Return the options of the engine or a cluster with what environment variables set; empty ones set nothing.

    `RADIO_ARCHIVE_ENGINE_BEAM_SIZE` is `beam_size` of `[engine]`. Texts of a list have commas between them. Raises
    ConfigError, which names the variable.
    """
    prefix = PREFIXES[type(options)]
    defaults = {known.name: known.default for known in fields(options)}
    given = {name: value for name, value in environment.items() if name.startswith(prefix) and value.strip()}
    found = {}
    for name, value in given.items():
        key = name.removeprefix(prefix).lower()
        if key not in defaults:
            known = [f"{prefix}{known.upper()}" for known in defaults]
            advice = meant(name, known) or f"Known: {', '.join(known)}."
            raise ConfigError(f"the environment variable {shown(name)} sets nothing", advice)
        read = _read(value.strip(), defaults[key])
        if advice := misfit(key, read, defaults[key]):
            raise ConfigError(f"the environment variable {name} is {shown(value)}", advice)
        found[key] = tuple(read) if isinstance(read, list) else read
    changed = replace(options, **found)
    if isinstance(changed, EngineOptions) and (fault := endpoint_fault(changed)):
        raise ConfigError(*fault[1:])
    return changed


def _read(text: str, default: object) -> object:
    """Read a value as its default's type; what is none stays a text, which then does not fit."""
    if isinstance(default, bool):
        return TRUTHS.get(text.lower(), text)
    if isinstance(default, tuple):
        return [part for one in text.split(",") if (part := one.strip())]
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def user_config() -> Path:
    """Return the path of the user's own configuration, by the XDG Base Directory Specification.

    Raises RuntimeError where no home is known.
    """
    given = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config")
    # The specification says to ignore a relative one.
    home = given if given.is_absolute() else Path("~/.config").expanduser()
    return home / "radio-archive" / "config.toml"


def default_archive() -> Path | None:
    """Return the folder of the archive to use where there is none, if the user chose one. Raises ConfigError."""
    try:
        path = user_config()
        with path.open(encoding="utf-8") as file:
            found = tomllib.loads(file.read(LARGEST))
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "Mend it, or delete it.") from error
    folder = found.get(KEY)
    if set(found) - {KEY} or not isinstance(folder, str) or not Path(folder).is_absolute():
        raise ConfigError(f"{path} is not understood", f'It takes one line: {KEY} = "/srv/radio", with a whole path.')
    return Path(folder)


def set_default_archive(folder: Path | None) -> None:
    """Choose the default archive; None: none. Raises ConfigError."""
    try:
        path = user_config()
        if folder is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # A text of JSON is one of TOML, but for the character DEL.
        path.write_text(f"{KEY} = {json.dumps(str(folder), ensure_ascii=False)}\n", encoding="utf-8")
        default_archive()
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"cannot keep {shown(str(folder))} as the default: {error}", "Set RADIO_ARCHIVE.") from error
