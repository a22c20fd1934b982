"""Finds plugins, and asks them what they add. What is ours is registered through the same hooks.

A plugin is what an entry point of the group `radio_archive` names: a module, or another object with functions that are
marked with `hookimpl` and have the names of `Hooks`. One that is broken is skipped, and its problem is told once.
`radio_archive.plugins` is what the authors of plugins import; see docs/plugins.md.
"""

import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import Any, Generic, Protocol, TypeGuard, TypeVar

import pluggy

from radio_archive.errors import RadioArchiveError
from radio_archive.events import told_of_plugins
from radio_archive.models import clean_text

API_VERSION = 1
"""The version of the interface to plugins. Each plugin says as `api_version` for which one it is written."""
GROUP = "radio_archive"
CHOICE = "RADIO_ARCHIVE_PLUGINS"
"""The environment variable that names the plugins or packages to load, separated by commas; empty: none."""
NAME = re.compile(r"[a-z][a-z0-9_-]{1,39}")
"""What an engine, a source or a format may be called."""
MOST = 100
"""Things that a plugin can add through a hook."""
SHOWN = 300
"""Characters of a plugin's own message that are told."""
LARGEST = 1e9
"""No number that a plugin gives is as large."""
OWN = "radio-archive"
"""The package of what is ours."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
_lock = threading.RLock()


class Hooks:
    """The hooks, as a plugin has them (without `self`). `radio_archive.plugins` has the types."""

    @hookspec
    def register_engines(self) -> Iterable[Any]:
        """Return an `EngineSpec` for each speech engine."""
        raise NotImplementedError

    @hookspec
    def claim_sources(self) -> Iterable[Any]:
        """Return a `ClaimSource` for each source of claims about clips."""
        raise NotImplementedError

    @hookspec
    def export_formats(self) -> Iterable[Any]:
        """Return an `ExportFormat` for each format of files."""
        raise NotImplementedError

    @hookspec
    def after_archived(self, archive: Any, clip: Any) -> None:
        """Do something with a new `Clip`, with its text, which has just been committed to the `Archive`."""
        raise NotImplementedError


NAMES = tuple(name for name in vars(Hooks) if not name.startswith("_"))


@dataclass(slots=True, eq=False)
class Plugin:
    """A plugin that is installed, or a module of ours; `version` is its package's."""

    name: str
    package: str
    version: str = ""
    hooks: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    """Why it, or a part of it, is skipped."""

    @property
    def is_own(self) -> bool:
        return self.package == OWN

    def __str__(self) -> str:
        return self.name if self.package in {"", self.name} else f"{self.name} of {self.package}"

    def skip(self, problem: str) -> None:
        """Remember that something of this plugin is skipped, and tell it if that was not told yet."""
        problem = clean_text(problem[: 2 * SHOWN])[:SHOWN]
        with _lock:
            if problem not in self.problems and len(self.problems) < MOST:
                self.problems.append(problem)
                for tell in told_of_plugins:
                    tell(f"The plugin {self} is skipped, or in part: {problem}")

    @contextmanager
    def blamed(self, doing: str) -> Iterator[None]:
        """Skip what raises an error inside the block; `doing` is what it was called for. Errors of ours are raised."""
        try:
            yield
        except (Exception, SystemExit) as error:
            if self.is_own:
                raise
            self.skip(f"{doing}: {described(error)}")


class Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Registered(Generic[N]):
    """What `plugin` has added."""

    plugin: Plugin
    value: N


def described(error: BaseException) -> str:
    """Return a foreign error in one line."""
    text = str(error) if isinstance(error, RadioArchiveError) else f"{type(error).__name__}: {error}"
    return clean_text(text[: 2 * SHOWN])[:SHOWN].rstrip(": ")


def is_number(value: object) -> TypeGuard[float]:
    """Whether what a plugin gave is a number that can be stored."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def plugins(*, everything: bool = False) -> Sequence[Plugin]:
    """Return the plugins that are installed and chosen, those that are broken too; with `everything`, ours, too."""
    with _lock:
        return [plugin for plugin in _loaded().plugins if everything or not plugin.is_own]


def registered(hook: str, kind: type[N], own: str) -> dict[str, Registered[N]]:
    """Return by name what is added through `hook`, each a `kind`: first by our own module `own`, then by plugins."""
    with _lock:
        loaded = _loaded()
        if hook in loaded.registered:
            return loaded.registered[hook]
        loaded.add(Plugin(own, OWN), partial(import_module, own))
        found: dict[str, Registered[N]] = {}
        # Of ours first, then in the order of names.
        for plugin, implementation in sorted(loaded.implementing(hook), key=lambda pair: not pair[0].is_own):
            with plugin.blamed(hook), redirect_stdout(sys.stderr):
                added: Any = implementation.function()
                for value in islice(added, MOST):
                    if fault := _fault(value, kind, found):
                        plugin.skip(f"{hook}: {fault}")
                    else:
                        found[value.name] = Registered(plugin, value)
        loaded.registered[hook] = found
        return found


def implementing(hook: str) -> list[tuple[Plugin, Callable[..., object]]]:
    """Return the plugins that have `hook`, each with its function, which takes the hook's arguments by name."""
    with _lock:
        return [(plugin, _by_name(one)) for plugin, one in _loaded().implementing(hook)]


def _by_name(implementation: pluggy.HookImpl) -> Callable[..., object]:
    def call(**given: object) -> object:
        return implementation.function(*(given[name] for name in implementation.argnames))

    return call


def _fault(value: object, kind: type, found: dict[str, Any]) -> str:
    if not isinstance(value, kind):
        return f"{kind.__name__} is needed, not {type(value).__name__}"
    name = getattr(value, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"{clean_text(repr(name)[:40])} is no name; it takes small letters, digits, - and _"
    return f"there is {name!r} already" if name in found else ""


class _Loaded:
    """The plugins that there are, and pluggy's manager of those that can be used."""

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self.registered: dict[str, dict[str, Any]] = {}
        """By hook."""
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(Hooks)
        self._used: dict[str, Plugin] = {}

    def add(self, plugin: Plugin, load: Callable[[], object]) -> None:
        """Add a plugin, and its functions if they can be used."""
        self.plugins.append(plugin)
        # Many libraries greet where they are imported; standard output is for what the command prints.
        with plugin.blamed("it cannot be loaded"), redirect_stdout(sys.stderr):
            module = load()
            if fault := "" if plugin.is_own else self._unfit(plugin, module):
                plugin.skip(fault)
                return
            try:
                self._manager.register(module, plugin.name)
            except BaseException:
                # pluggy keeps the functions that it has seen before.
                self._manager.unregister(name=plugin.name)
                raise
            self._used[plugin.name] = plugin
            callers = self._manager.get_hookcallers(module) or []
            plugin.hooks = tuple(caller.name for caller in callers if caller.name in NAMES)

    def _unfit(self, plugin: Plugin, module: object) -> str:
        wanted = getattr(module, "api_version", None)
        if wanted != API_VERSION:
            said = f"it is written for version {clean_text(repr(wanted)[:40])}" if wanted else "it names no version"
            return f"{said}, and the interface to plugins has version {API_VERSION}; see its `api_version`"
        return "another plugin has this name" if plugin.name in self._used else ""

    def implementing(self, hook: str) -> list[tuple[Plugin, pluggy.HookImpl]]:
        """Return what implements a hook, in the order of addition."""
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        return [(self._used[one.plugin_name], one) for one in reversed(implementations)]


@cache
def _loaded() -> _Loaded:
    loaded = _Loaded()
    choice = os.environ.get(CHOICE)
    names = None if choice is None else {name.strip() for name in choice.split(",")}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        plugin = Plugin(clean_text(point.name), *_package(point))
        if names is None or plugin.name in names or plugin.package in names:
            loaded.add(plugin, point.load)
    return loaded


def _package(point: EntryPoint) -> tuple[str, str]:
    """Return the name and version of an entry point's package, where they can be read."""
    try:
        return (point.dist.name or "", point.dist.version or "") if point.dist else ("", "")
    except Exception:
        return "", ""
