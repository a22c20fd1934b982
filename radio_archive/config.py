"""radio-archive.toml, the settings that a person edits by hand, read into frozen values."""

import difflib
import tomllib
from collections.abc import Callable, Mapping
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
# batch_size = 0         # windows decoded together, of whatever clips; 0 lets the device choose, less takes less memory
# encode_batch_size = 0  # windows encoded together; 0 lets the device choose
# threads = 0            # CPU threads; 0 lets the machine choose
# guards = true          # check every window for invented text, and decode a suspect one again
# language = "en"        # what is spoken; left out, it is detected for each clip
# prompt = ""            # a sentence in the style the transcript should have
# short_windows = false  # encode windows in their own length: quicker, and not what Whisper was trained on
# hotwords = ["Kāneʻohe", "Molokaʻi"]  # names to listen for, the most important first

# What is special about a show:
# [shows."Asia Minute"]
# language = "en"
# hotwords = ["Pyongyang"]
"""


@dataclass(frozen=True, slots=True)
class ShowHints:
    """What the engine is told about clips before it hears them."""

    language: str | None = None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What a person can ask of an engine. `auto` and 0 leave the choice to the machine."""

    model: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    beam_size: int = 5
    batch_size: int = 0
    """Windows decoded together, of whatever clips."""
    encode_batch_size: int = 0
    """Windows encoded together."""
    threads: int = 0
    guards: bool = True
    """Check every window for invented text, and decode a suspect one again alone."""
    language: str | None = None
    """An ISO 639-1 code for every clip that has none of its own; None: detected."""
    prompt: str | None = None
    """A sentence in the style that the transcript should have."""
    hotwords: tuple[str, ...] = ()
    """Names to listen for, the most important first; as many as fit are used."""
    short_windows: bool = False
    """Encode a window in its own length, not padded to 30 s: much quicker, but Whisper was not trained on that."""

    @property
    def hints(self) -> ShowHints:
        return ShowHints(self.language, self.prompt, self.hotwords)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    shows: Mapping[str, ShowHints] = field(default_factory=dict)
    """By the show's name, as written."""


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
    _check_keys(path, "a section", document, ["engine", "shows"])
    engine = _checked(path, "engine", document.get("engine", {}), EngineOptions())
    shows = {
        name: ShowHints(**_checked(path, f"shows.{name}", hints, ShowHints()))
        for name, hints in _section(path, "shows", document.get("shows", {})).items()
    }
    return Settings(EngineOptions(**engine), shows)


def _section(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {name} is not a section", f"Write [{name}] on a line of its own.")
    return value


def _checked(path: Path, name: str, found: object, defaults: EngineOptions | ShowHints) -> dict[str, Any]:
    section = _section(path, name, found)
    _check_keys(path, f"a key of [{name}]", section, [known.name for known in fields(defaults)])
    for key, value in section.items():
        fits, kind = _kind(getattr(defaults, key), lowest=1 if key == "beam_size" else 0)
        if not fits(value):
            raise ConfigError(f"{path}: {name}.{key} is {value!r}", f"It takes {kind}.")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}


def _kind(default: object, *, lowest: int) -> tuple[Callable[[object], bool], str]:
    """Return a test for values that can stand in for `default`, and its description."""
    if isinstance(default, bool):
        return lambda value: isinstance(value, bool), "true or false"
    if isinstance(default, int):
        return lambda value: type(value) is int and value >= lowest, f"a whole number of at least {lowest}"
    if isinstance(default, tuple):
        return lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "a list of texts"
    return lambda value: isinstance(value, str), "text in quotes"


def _check_keys(path: Path, what: str, found: Mapping[str, Any], known: list[str]) -> None:
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
            raise ConfigError(f"{path}: {key!r} is not {what}", hint)
