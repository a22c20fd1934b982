"""radio-archive.toml, the settings that a person edits by hand, read into frozen values."""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from radio_archive.config.toml_lines import line_of
from radio_archive.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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

[watch]
# folders = ["inbox"]      # what `radio-archive watch` watches, from the archive's folder or absolute
# settle = 5.0             # seconds without a change after which a file counts as whole
# sidecar_wait = 2.0       # seconds more that a clip without a sidecar waits for one
# incomplete_wait = 600.0  # seconds without a change after which a file that is shorter than it claims is archived too
# rescan = 300.0           # seconds between full looks at the folders, for every watcher misses something
# poll = 0.0               # look every so many seconds, where no changes are reported; 0 chooses by the file system
# originals = "remove"     # what becomes of an archived file: remove, keep, or a folder to move it to
# quiet_hours = ""         # do not transcribe then, local time: "06:00-09:00"
# command = []             # run after each clip: ["notify", "{clip}", "{title}"]; no shell
# command_timeout = 60.0   # seconds

[filename]
# patterns = ["{code}{date:MMDDYY}", "{show}_{date:YYYY-MM-DD}_{title}"]  # tried in this order on file names

[search]
# title = 2.0        # how much a match in a title counts; one in what was said counts 1
# name = 0.5         # of a show, or of somebody who is credited
# story = 0.5        # in the published story
# heard = 0.5        # in what the engine heard, where it was corrected
# time_limit = 20.0  # seconds after which a search is stopped

[station]
# timezone = ""  # "Pacific/Honolulu": whose days count where a feed dates its items in Universal Time

[site]
# title = ""     # of the site; left out, it is made of the station's name
# about = ""     # a paragraph or more about the archive
# contact = ""   # where corrections go: "mailto:archive@example.org" or a web address
# url = ""       # where a static site will stand: "https://archive.example.org/"; podcast feeds need it
# robots = true  # search engines may index the site

# What is special about a show. This is an example: take away each "# " that stands first, and put in your own.
# [shows."Asia Minute"]
# code = "AM"                    # what its files' names begin with: AM102224.mp3
# language = "en"                # what is spoken in it
# hotwords = ["Pyongyang"]       # names to listen for in it, before those of all shows
# prompt = "Asia Minute, on Hawaiʻi Public Radio."  # a sentence in the style of its transcripts
"""


WORDS = {
    "device": ("auto", "cpu", "cuda"),
    "compute_type": (
        "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32",
    ),
}  # fmt: skip
"""Of settings that take one of some words: all of them."""
LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class ShowHints:
    """What the engine is told about clips before it hears them, and how a show's files are known."""

    language: str | None = None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()
    code: str | None = None
    """What the names of the show's files begin with, or hold where a pattern says {code}: `AM`."""


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
class WatchOptions:
    """What a person can ask of the watcher. Durations are in seconds."""

    folders: tuple[str, ...] = ("inbox",)
    """Relative to the archive, or absolute."""
    settle: float = 5.0
    """Without a change, after which a file counts as whole."""
    sidecar_wait: float = 2.0
    """More than `settle`, that a clip without a sidecar waits for one."""
    incomplete_wait: float = 600.0
    """Without a change, after which a file that is shorter than it claims is archived all the same."""
    rescan: float = 300.0
    """Between full looks at the folders."""
    poll: float = 0.0
    """Between looks where no changes are reported; 0: chosen by the file system."""
    originals: str = "remove"
    """What becomes of an archived file: `remove`, `keep`, or a folder to move it to."""
    quiet_hours: str = ""
    """When not to transcribe, local time: `22:00-06:30`."""
    command: tuple[str, ...] = ()
    """Run after each clip."""
    command_timeout: float = 60.0

    def is_quiet(self, now: time) -> bool:
        """Whether `now`, a local time of day, lies within the quiet hours."""
        if not self.quiet_hours:
            return False
        start, end = map(time.fromisoformat, self.quiet_hours.split("-"))
        return start <= now < end if start <= end else now >= start or now < end


@dataclass(frozen=True, slots=True)
class FilenameOptions:
    """How files are named here."""

    patterns: tuple[str, ...] = ()
    """Tried in this order, before the habits of others; see `metadata.patterns`."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How much a match counts, by where it is; one in what was said counts 1."""

    title: float = 2.0
    name: float = 0.5
    """Of a show, or of somebody who is credited."""
    story: float = 0.5
    heard: float = 0.5
    """In what the engine heard, where it was corrected."""
    time_limit: float = 20.0
    """Seconds after which a search is stopped."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """What is so at the station."""

    timezone: str = ""
    """Whose days its pieces air on, by its name in the tz database; empty: not known."""


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What a person can say of the archive's site, here or in Datasette's configuration."""

    title: str = ""
    """Left out, it is made of the station's name."""
    about: str = ""
    """Paragraphs for the page about the archive, parted by empty lines."""
    contact: str = ""
    """An address (https: or mailto:) for corrections and requests."""
    url: str = ""
    """Where it stands on the web, with a slash at the end; readers know its feeds by it. Empty where nobody knows."""
    robots: bool = True
    """Search engines may index it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    watch: WatchOptions = field(default_factory=WatchOptions)
    filename: FilenameOptions = field(default_factory=FilenameOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    station: StationOptions = field(default_factory=StationOptions)
    site: SiteOptions = field(default_factory=SiteOptions)
    shows: Mapping[str, ShowHints] = field(default_factory=dict)
    """By the show's name, as written."""


SECTIONS: Mapping[str, Callable[..., Any]] = {
    "engine": EngineOptions,
    "watch": WatchOptions,
    "filename": FilenameOptions,
    "search": SearchOptions,
    "station": StationOptions,
    "site": SiteOptions,
}
"""The sections of the file but [shows], and what each is read into."""


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
    return replace(settings, site=_checked_site(path, settings.site))


def site_url(text: str) -> str:
    """Return the address of a site with a slash at its end; empty for none. Raises ConfigError."""
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
    """Where the value at `keys` is put to use: a ConfigError that comes of it says the line on which it stands."""
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
        words = WORDS.get(key, ())
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
