"""radio-archive.toml, the settings that a person edits by hand, read into frozen values."""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import time
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

[site]
# title = ""     # of the site; left out, it is made of the station's name
# about = ""     # a paragraph or more about the archive
# contact = ""   # where corrections go: "mailto:archive@example.org" or a web address
# url = ""       # where a static site will stand: "https://archive.example.org/"; podcast feeds need it
# robots = true  # search engines may index the site

# What is special about a show:
# [shows."Asia Minute"]
# code = "AM"  # what its files' names begin with: AM102224.mp3
# language = "en"
# hotwords = ["Pyongyang"]
"""


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
class SiteOptions:
    """What a person can say of the archive's site."""

    title: str = ""
    about: str = ""
    """Paragraphs, parted by empty lines."""
    contact: str = ""
    url: str = ""
    """Where it will stand on the web, with a slash at the end; empty where nobody knows."""
    robots: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    watch: WatchOptions = field(default_factory=WatchOptions)
    filename: FilenameOptions = field(default_factory=FilenameOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    site: SiteOptions = field(default_factory=SiteOptions)
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
    _check_keys(path, "a section", document, ["engine", "watch", "filename", "search", "site", "shows"])
    engine = _checked(path, "engine", document.get("engine", {}), EngineOptions())
    shows = {
        name: ShowHints(**_checked(path, f"shows.{name}", hints, ShowHints()))
        for name, hints in _section(path, "shows", document.get("shows", {})).items()
    }
    watch = WatchOptions(**_checked(path, "watch", document.get("watch", {}), WatchOptions()))
    _check_quiet_hours(path, watch)
    _check_codes(path, shows)
    filename = FilenameOptions(**_checked(path, "filename", document.get("filename", {}), FilenameOptions()))
    search = SearchOptions(**_checked(path, "search", document.get("search", {}), SearchOptions()))
    site = site_options(path, SiteOptions(**_checked(path, "site", document.get("site", {}), SiteOptions())))
    return Settings(EngineOptions(**engine), watch, filename, search, site, shows)


def site_options(where: object, options: SiteOptions) -> SiteOptions:
    """Check and complete what was said of the site, in the settings `where` or on the command line."""
    if options.contact and not re.match(r"(?i)(https?://|mailto:)\S+$", options.contact):
        problem = f"{where}: site.contact is {options.contact!r}"
        raise ConfigError(problem, 'It takes "mailto:archive@example.org" or a web address.')
    if options.url and not re.match(r"(?i)https?://[^\s/?#\"'<>\\]+(/[^\s?#\"'<>\\]*)?$", options.url):
        advice = 'It takes a web address without ? and #: "https://archive.example.org/".'
        raise ConfigError(f"{where}: site.url is {options.url!r}", advice)
    return replace(options, url=options.url.rstrip("/") + "/" if options.url else "")


def _check_codes(path: Path, shows: Mapping[str, ShowHints]) -> None:
    owners: dict[str, str] = {}
    for name, hints in shows.items():
        if hints.code is None:
            continue
        if not hints.code.strip() or len(hints.code) > 40 or "/" in hints.code:
            advice = 'It takes what file names begin with: "AM".'
            raise ConfigError(f"{path}: shows.{name}.code is {hints.code!r}", advice)
        owner = owners.setdefault(hints.code.casefold(), name)
        if owner != name:
            problem = f"{path}: shows.{name}.code is {hints.code!r}, which {owner} has too"
            raise ConfigError(problem, "Give each show a code of its own.")


def _check_quiet_hours(path: Path, watch: WatchOptions) -> None:
    try:
        watch.is_quiet(time())
    except (ValueError, TypeError) as error:
        advice = 'It takes two times of day: "22:00-06:30".'
        raise ConfigError(f"{path}: watch.quiet_hours is {watch.quiet_hours!r}", advice) from error


def _section(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {name} is not a section", f"Write [{name}] on a line of its own.")
    return value


def _checked(
    path: Path,
    name: str,
    found: object,
    defaults: EngineOptions | FilenameOptions | SearchOptions | ShowHints | SiteOptions | WatchOptions,
) -> dict[str, Any]:
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
    if isinstance(default, float):
        return lambda value: type(value) in {int, float} and 0 <= value < math.inf, "a number of at least 0"
    if isinstance(default, tuple):
        return lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "a list of texts"
    return lambda value: isinstance(value, str), "text in quotes"


def _check_keys(path: Path, what: str, found: Mapping[str, Any], known: list[str]) -> None:
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
            raise ConfigError(f"{path}: {key!r} is not {what}", hint)
