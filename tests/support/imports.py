"""What may import what in the package, as data; and what does, read from its source, each file parsed once."""

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import radio_archive

PACKAGE = Path(radio_archive.__file__).parent
BASE = {"models", "errors", "events", "roots"}
MIDDLE = BASE | {"hooks", "config", "audio", "text", "demo_data"}
MAY_IMPORT: Mapping[str, set[str]] = {
    "models": set(),
    "errors": {"models"},
    "events": {"models"},
    "roots": set(),
    "hooks": {"models", "errors", "events"},
    "demo_data": set(),
    "config": BASE,
    "audio": BASE,
    "text": BASE,
    "speech": MIDDLE,
    "metadata": MIDDLE,
    "formats": MIDDLE,
    "archive": BASE | {"config", "text"},
    "search": BASE | {"text", "archive"},
    "pipeline": MIDDLE | {"speech", "metadata", "formats", "archive", "search"},
    "watch": MIDDLE | {"speech", "metadata", "formats", "archive", "search", "pipeline", "feeds"},
    "feeds": MIDDLE | {"metadata", "formats", "archive", "search", "pipeline"},
    "backfill": MIDDLE | {"speech", "metadata", "formats", "archive", "search", "pipeline", "feeds"},
    "assistants": MIDDLE | {"formats", "archive", "search"},
    "site": MIDDLE | {"speech", "formats", "archive", "search", "assistants"},
    "publish": MIDDLE | {"formats", "archive", "search", "site"},
    "cli": MIDDLE
    | {
        "speech",
        "metadata",
        "formats",
        "archive",
        "search",
        "pipeline",
        "watch",
        "feeds",
        "backfill",
        "assistants",
        "site",
        "publish",
        "plugins",
    },
    "plugins": MIDDLE | {"speech", "metadata", "formats", "archive"},
    "__main__": {"cli"},
}
"""What each room may import."""


def paths() -> list[str]:
    """Return the path of every file of the package within it."""
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@functools.cache
def package() -> Mapping[str, ast.Module]:
    """Return every file of the package, parsed, by its path within."""
    return {path: ast.parse((PACKAGE / path).read_text(encoding="utf-8")) for path in paths()}


def imported(tree: ast.AST) -> set[str]:
    """Return the dotted names of what a file imports, modules and what is taken from them."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


@functools.cache
def arrows() -> Mapping[str, set[str]]:
    """Return which files each file imports, in functions too; what is for type checking alone does not count."""
    files = {module(path): path for path in package()}
    found: dict[str, set[str]] = {path: set() for path in files.values()}
    for path, tree in package().items():
        only_types = set(for_types(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node not in only_types:
                # Of `from a.b import c`, c is a file or a name in a/b.py.
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                found[path] |= {files.get(name) or files.get(node.module or "", path) for name in names} - {path}
    return found


def arrows_between_rooms() -> Mapping[str, set[str]]:
    """Return which rooms each room imports. The package's own `__init__.py` is no room."""
    found: dict[str, set[str]] = {room(path): set() for path in package() if path != "__init__.py"}
    for path, targets in arrows().items():
        if path != "__init__.py":
            found[room(path)] |= {room(target) for target in targets} - {room(path), "__init__"}
    return found


def module(path: str) -> str:
    return ".".join(("radio_archive", *path.removesuffix(".py").removesuffix("__init__").strip("/").split("/"))).strip(
        "."
    )


def for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            yield from (inner for statement in node.body for inner in ast.walk(statement))
