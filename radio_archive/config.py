"""radio-archive.toml, the settings that a person edits by hand, read into frozen values."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from radio_archive.errors import ConfigError

TEMPLATE = """\
# Settings of this radio archive. Everything is optional; what is commented out shows the default.

[engine]
# model = "auto"         # a Whisper name (tiny, base, small, medium, large-v3, large-v3-turbo), a folder, or "demo"
# device = "auto"        # auto, cpu or cuda
# compute_type = "auto"  # int8 or float32 on a CPU; float16 or int8_float16 on a GPU
# beam_size = 5          # more is slower and a little more exact
# batch_size = 8         # windows decoded together; less takes less memory
# threads = 0            # CPU threads; 0 lets the machine choose
# language = "en"        # what is spoken; left out, it is detected for each clip
"""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What a person can ask of an engine. `auto` and 0 leave the choice to the machine."""

    model: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    beam_size: int = 5
    batch_size: int = 8
    threads: int = 0
    language: str | None = None
    """An ISO 639-1 code for every clip that has none of its own; None: detected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)


def read_settings(path: Path) -> Settings:
    """Read `path`; a missing file means the defaults. Raises ConfigError, naming the file and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "Mend that line, then run the command again.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "Check its permissions and that it is UTF-8 text.") from error
    _check_keys(path, "a section", document, ["engine"])
    engine = document.get("engine", {})
    if not isinstance(engine, dict):
        raise ConfigError(f"{path}: engine is not a section", "Write [engine] on a line of its own.")
    return Settings(EngineOptions(**_checked(path, engine)))


def _checked(path: Path, engine: Mapping[str, Any]) -> dict[str, Any]:
    defaults = EngineOptions()
    _check_keys(path, "a key of [engine]", engine, [known.name for known in fields(EngineOptions)])
    for key, value in engine.items():
        wanted = int if isinstance(getattr(defaults, key), int) else str
        lowest = 0 if key == "threads" else 1
        if type(value) is not wanted or (isinstance(value, int) and value < lowest):
            kind = f"a whole number of at least {lowest}" if wanted is int else "text in quotes"
            raise ConfigError(f"{path}: engine.{key} is {value!r}", f"It takes {kind}.")
    return dict(engine)


def _check_keys(path: Path, what: str, found: Mapping[str, Any], known: list[str]) -> None:
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
            raise ConfigError(f"{path}: {key!r} is not {what}", hint)
