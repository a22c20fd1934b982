"""Reads and checks radio-archive.toml. Every ConfigError names the file, the line and the key; all faults are found."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import time
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from radio_archive.config.podcasts import BETWEEN, CATEGORIES, PodcastOptions
from radio_archive.config.settings import (
    ENDPOINT,
    LIMITS,
    LONGEST_TIME,
    ClusterOptions,
    CorrectionOptions,
    EngineOptions,
    FilenameOptions,
    SearchOptions,
    Settings,
    ShowHints,
    SiteOptions,
    StationOptions,
    WatchOptions,
)
from radio_archive.config.toml_lines import Lines
from radio_archive.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHOICES = {
    "device": ("auto", "cpu", "cuda"),
    "audio": ("sent", "shared"),
    "compute_type": (
        "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32",
    ),
}  # fmt: skip
"""The permitted values of settings that take fixed words."""
LANGUAGE = re.compile(r"[a-z]{2,3}")
_ENDPOINT_URL = re.compile(r"(?i)https?://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\"'<>\\]+)(:\d{1,5})?(/[^\s?#@\"'<>\\]*)?")
_EMAIL = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,190}")
_SECRET = re.compile(r"(?i)key|token|secret|password|bearer")
LARGEST = 1_000_000
"""Bytes of the file, at most."""
MOST_FAULTS = 20
"""Faults that are told at once."""
SHOWN = 60
"""Characters of a wrong value that a message shows."""
SECTIONS: Mapping[str, Callable[..., Any]] = {
    "engine": EngineOptions,
    "cluster": ClusterOptions,
    "watch": WatchOptions,
    "filename": FilenameOptions,
    "search": SearchOptions,
    "corrections": CorrectionOptions,
    "station": StationOptions,
    "site": SiteOptions,
    "podcast": PodcastOptions,
}
"""The sections of the file except [shows], and their types."""


def read_settings(path: Path) -> Settings:
    """Read `path`; a missing file means the defaults. Raises ConfigError for the first fault in it."""
    settings, faults = check_settings(path)
    if faults:
        raise faults[0]
    return settings


def check_settings(path: Path) -> tuple[Settings, list[ConfigError]]:
    """Read `path`, and return what can be used of it and all its faults. Raises ConfigError if it is no TOML."""
    text = _read(path)
    check = _Check(path, Lines(text))
    settings = check.settings(_parsed(path, text))
    return settings, check.faults


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = re.sub("\r\n?", "\n", content.decode("utf-8").removeprefix("\ufeff"))
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "Check its permissions and that it is UTF-8 text.") from error
    if len(content) > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST:,} bytes", "Move long lists of names to another place.")
    return text


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "Mend that line, then run the command again.") from error
    except RecursionError:
        raise ConfigError(
            f"{path} has too many brackets inside each other", "No setting needs more than two."
        ) from None
    except ValueError as error:
        # Python refuses to read numbers of thousands of digits.
        raise ConfigError(
            f"{path} has a number that is far too long", "Shorten it, then run the command again."
        ) from error


def site_url(text: str) -> str:
    """Return a site's address with a slash at the end; empty for none. Raises ConfigError."""
    if text and not re.match(r"(?i)https?://[^\s/?#\"'<>\\]+(/[^\s?#\"'<>\\]*)?$", text):
        raise ConfigError(
            f"{shown(text)} is no address of a site", 'Write it without ? and #: "https://archive.example.org/".'
        )
    return text.rstrip("/") + "/" if text else ""


def endpoint_fault(engine: EngineOptions) -> tuple[str, str, str] | None:
    """Return which key of [engine] is wrong about an endpoint, what, and what to do; None if nothing is."""
    if engine.url and not _ENDPOINT_URL.fullmatch(engine.url):
        # What is wrong may be that it holds a password, so it is not shown.
        advice = 'Write it like "http://127.0.0.1:8000/v1": without a name, a password, ? and #.'
        return "url", "engine.url is no address of a server", advice
    if engine.model.startswith(ENDPOINT) and not engine.url:
        problem = f"engine.model is {shown(engine.model)}, and there is no engine.url"
        return "model", problem, 'Add url = "http://127.0.0.1:8000/v1", where the server is.'
    return None


@contextmanager
def located(path: Path, *keys: str) -> Iterator[None]:
    """Add the file and the line of the value at `keys` to a ConfigError that is raised inside the block."""
    try:
        yield
    except ConfigError as error:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            text = ""
        raise _located(path, Lines(text), keys, error.problem, error.advice) from error


def _located(path: Path, lines: Lines, keys: Sequence[str], problem: str, advice: str) -> ConfigError:
    line = lines.of(keys)
    return ConfigError(f"{path}{f', line {line}' if line else ''}: {problem}", advice)


@dataclass(slots=True)
class _Check:
    """Reads the sections of a file, leaves out what is wrong, and collects the faults."""

    path: Path
    lines: Lines
    faults: list[ConfigError] = field(default_factory=list)

    def _wrong(self, keys: Sequence[str], problem: str, advice: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(_located(self.path, self.lines, keys, problem, advice))

    def settings(self, document: dict[str, Any]) -> Settings:
        """Return the settings in a document."""
        self._known((), document, [*SECTIONS, "shows"])
        sections = {
            name: kind(**self._section((name,), document.get(name, {}), kind())) for name, kind in SECTIONS.items()
        }
        found = self._table(("shows",), document.get("shows", {}))
        given = {
            name: self._section(("shows", name), show, ShowHints(), PodcastOptions()) for name, show in found.items()
        }
        shows = {name: ShowHints(**_of_type(ShowHints, values)) for name, values in given.items()}
        told = {name: own for name, values in given.items() if (own := _of_type(PodcastOptions, values))}
        podcasts = {name: replace(sections["podcast"], **own) for name, own in told.items()}
        self._podcast(("podcast",), sections["podcast"])
        for name, own in told.items():
            self._podcast(("shows", name), PodcastOptions(**own))
        settings = Settings(**sections, shows=shows, show_podcasts=podcasts)
        self._endpoint(settings.engine)
        self._quiet_hours(settings.watch)
        self._webhook(settings.watch)
        self._shared_storage(settings.cluster)
        self._codes(shows)
        self._timezone(settings.station)
        self._tag_encoding(settings.station.tag_encoding)
        return replace(settings, site=self._site(settings.site))

    def _table(self, keys: Sequence[str], value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        name = ".".join(keys)
        self._wrong(keys, f"{name} is not a section", f"Write [{name}] on a line of its own.")
        return {}

    def _section(self, keys: Sequence[str], found: object, *kinds: "DataclassInstance") -> dict[str, Any]:
        """Return the good values of a section, whose keys are fields of `kinds` with their defaults."""
        section = self._table(keys, found)
        defaults = {known.name: getattr(kind, known.name) for kind in kinds for known in fields(kind)}
        good = self._known(keys, section, list(defaults))
        for key in list(good):
            kind = misfit(key, section[key], defaults[key])
            if kind:
                self._wrong((*keys, key), f"{'.'.join(keys)}.{key} is {shown(section[key])}", kind)
                good.remove(key)
        return {key: tuple(section[key]) if isinstance(section[key], list) else section[key] for key in good}

    def _known(self, keys: Sequence[str], found: Mapping[str, Any], known: list[str]) -> list[str]:
        """Return the keys that exist."""
        what = f"a key of [{'.'.join(keys)}]" if keys else "a section"
        for key in found:
            if key not in known:
                advice = meant(key, known) or f"Known: {', '.join(known)}."
                if keys == ("engine",) and _SECRET.search(key):
                    advice = "The key of an endpoint is in the environment variable RADIO_ARCHIVE_API_KEY alone."
                self._wrong((*keys, key), f"{shown(key)} is not {what}", advice)
        return [key for key in found if key in known]

    def _endpoint(self, engine: EngineOptions) -> None:
        if fault := endpoint_fault(engine):
            key, problem, advice = fault
            self._wrong(("engine", key), problem, advice)

    def _site(self, site: SiteOptions) -> SiteOptions:
        if site.contact and not re.match(r"(?i)(https?://|mailto:)\S+$", site.contact):
            advice = 'It takes "mailto:archive@example.org" or a web address.'
            self._wrong(("site", "contact"), f"site.contact is {shown(site.contact)}", advice)
        try:
            return replace(site, url=site_url(site.url))
        except ConfigError as error:
            self._wrong(("site", "url"), error.problem, error.advice)
            return site

    def _podcast(self, keys: tuple[str, ...], options: PodcastOptions) -> None:

        def wrong(key: str, advice: str) -> None:
            self._wrong((*keys, key), f"{'.'.join(keys)}.{key} is {shown(getattr(options, key))}", advice)

        category, _, part = options.category.partition(BETWEEN)
        if options.category and category not in CATEGORIES:
            known = [*CATEGORIES, *(f"{above}{BETWEEN}{one}" for above, parts in CATEGORIES.items() for one in parts)]
            wrong("category", meant(options.category, known) or f"It takes one of: {', '.join(CATEGORIES)}.")
        elif part not in ("", *CATEGORIES.get(category, ())):
            wrong("category", f"The parts of {category} are: {', '.join(CATEGORIES[category]) or 'none'}.")
        if options.email and not _EMAIL.fullmatch(options.email):
            wrong("email", 'It takes one address: "podcasts@example.org".')
        if options.image and not _is_image(options.image):
            wrong("image", 'It takes a file in the archive\'s folder, "asia-minute.jpg", or an address with https://.')

    def _codes(self, shows: Mapping[str, ShowHints]) -> None:
        owners: dict[str, str] = {}
        for name, hints in shows.items():
            if hints.code is None:
                continue
            keys, problem = ("shows", name, "code"), f"shows.{name}.code is {shown(hints.code)}"
            if not hints.code.strip() or len(hints.code) > 40 or "/" in hints.code:
                self._wrong(keys, problem, 'It takes what file names begin with: "AM".')
                continue
            owner = owners.setdefault(hints.code.casefold(), name)
            if owner != name:
                self._wrong(keys, f"{problem}, which {owner} has too", "Give each show a code of its own.")

    def _shared_storage(self, cluster: ClusterOptions) -> None:
        if bool(cluster.folder) != bool(cluster.url):
            given, missing = ("folder", "url") if cluster.folder else ("url", "folder")
            self._wrong(("cluster", given), f"cluster.{given} says nothing without cluster.{missing}", "Give both.")
        elif cluster.folder and not Path(cluster.folder).is_absolute():
            problem = f"cluster.folder is {shown(cluster.folder)}"
            self._wrong(("cluster", "folder"), problem, "It takes a whole path, from / on.")

    def _quiet_hours(self, watch: WatchOptions) -> None:
        try:
            watch.is_quiet(time())
        except (ValueError, TypeError):
            problem = f"watch.quiet_hours is {shown(watch.quiet_hours)}"
            self._wrong(("watch", "quiet_hours"), problem, 'It takes two times of day: "22:00-06:30".')

    def _webhook(self, watch: WatchOptions) -> None:
        if watch.webhook and not re.fullmatch(r"(?i)https?://[^\s/?#\"'<>\\]+(/[^\s#\"'<>\\]*)?", watch.webhook):
            problem = "watch.webhook is no web address"
            self._wrong(("watch", "webhook"), problem, 'It takes one: "https://newsroom.example/clips".')

    def _timezone(self, station: StationOptions) -> None:
        if station.timezone:
            known = available_timezones()
            if station.timezone not in known:
                advice = meant(station.timezone, sorted(known)) or 'It takes a name such as "Pacific/Honolulu".'
                self._wrong(("station", "timezone"), f"station.timezone is {shown(station.timezone)}", advice)

    def _tag_encoding(self, encoding: str) -> None:
        try:
            # Python also has codecs that are no encodings of text (hex, rot13).
            known = not encoding or b"a".decode(encoding) == "a"
        except (LookupError, ValueError):
            known = False
        if not known:
            advice = 'It takes the name of an encoding, such as "cp1251", "shift_jis" or "gb18030".'
            self._wrong(("station", "tag_encoding"), f"station.tag_encoding is {shown(encoding)}", advice)


def _of_type(kind: "type[DataclassInstance]", values: Mapping[str, Any]) -> dict[str, Any]:
    return {known.name: values[known.name] for known in fields(kind) if known.name in values}


def _is_image(written: str) -> bool:
    """Whether a setting can name an image: a path that stays in the archive's folder, or a web address."""
    if "://" in written:
        return bool(re.fullmatch(r"(?i)https?://[^\s/?#\"'<>\\]+/[^\s\"'<>\\]+", written))
    path = PurePosixPath(written.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and not PureWindowsPath(written).drive


def misfit(key: str, value: object, default: object) -> str:
    """Return what a setting takes if the value is something else; empty if it fits."""
    fits, kind = _kind(default, *LIMITS.get(key, (0, LONGEST_TIME)))
    words = CHOICES.get(key, ())
    if not fits(value):
        return f"It takes {kind}."
    if "\0" in (value if isinstance(value, str) else "".join(value) if isinstance(value, list) else ""):
        return "Take out the character NUL, which no name and no path may have."
    if words and value not in words:
        return meant(str(value), words) or f"It takes {', '.join(words[:-1])} or {words[-1]}."
    if key == "language" and not LANGUAGE.fullmatch(str(value)):
        return 'It takes the code of a language: "en".'
    return ""


def _kind(default: object, lowest: int, highest: int) -> tuple[Callable[[Any], bool], str]:
    """Return a test for values that can stand in for `default`, and its description."""
    bounds = f"from {lowest:,} to {highest:,}"
    if isinstance(default, bool):
        return lambda value: isinstance(value, bool), "true or false"
    if isinstance(default, int):
        return lambda value: type(value) is int and lowest <= value <= highest, f"a whole number {bounds}"
    if isinstance(default, float):
        return lambda value: type(value) in {int, float} and lowest <= value <= highest, f"a number {bounds}"
    if isinstance(default, tuple):
        return lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "a list of texts"
    return lambda value: isinstance(value, str), "text in quotes"


def shown(value: object) -> str:
    """Return a value as a message shows it, however long or deep it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "far too long"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def meant(written: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(written[:SHOWN], known, 1)
    return f"Did you mean {close[0]!r}?" if close else ""
