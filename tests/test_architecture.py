"""The house of the design, as data: who may import whom. Imports inside functions count too."""

import ast
from pathlib import Path

import pytest

import radio_archive

PACKAGE = Path(radio_archive.__file__).parent
BASE = {"models", "errors", "events"}
MIDDLE = BASE | {"config", "container", "audio", "text", "demo_data"}
MAY_IMPORT = {
    "models": set(),
    "errors": {"models"},
    "events": {"models"},
    "tomllines": set(),
    "config": BASE | {"tomllines"},
    "container": BASE,
    "peaks": set(),
    "audio": BASE | {"container", "peaks"},
    "loudness": BASE | {"container", "audio"},
    "text": BASE,
    "demo_data": set(),
    "disks": set(),
    "speech": MIDDLE,
    "metadata": MIDDLE,
    "formats": MIDDLE,
    "archive": BASE | {"text"},
    "inputs": MIDDLE | {"metadata"},
    "feeds": MIDDLE | {"metadata"},
    "waveforms": BASE | {"audio", "peaks", "archive"},
    "cutting": BASE | {"container"},
    "exporting": MIDDLE | {"formats", "archive"},
    "site": MIDDLE | {"cutting", "exporting", "formats", "archive"},
    "ingest": MIDDLE | {"loudness", "speech", "metadata", "formats", "archive", "inputs"},
    "retag": MIDDLE | {"metadata", "archive"},
    "rosterfile": BASE,
    "watch": MIDDLE | {"disks", "speech", "archive", "inputs", "ingest", "retag"},
    "serving": BASE | {"config"},
    "publish": MIDDLE | {"archive", "serving"},
    "cli": MIDDLE
    | {
        "exporting",
        "waveforms",
        "publish",
        "serving",
        "disks",
        "speech",
        "metadata",
        "formats",
        "archive",
        "inputs",
        "feeds",
        "ingest",
        "retag",
        "rosterfile",
        "watch",
    },
    "__main__": {"cli"},
}
SITE = "__init__ answers clip compat discovery feeds lists quotes site sound".split()
SQL_WRITERS = (
    "addresses archive claims copying database facets facts hits index likeness names roster rows schema sidecars "
    "spellings store stories"
).split()
ONLY_IN = {
    "faster_whisper": {"speech/whisper.py"},
    "ctranslate2": {"speech/whisper.py"},
    "sqlite3": {"archive/archive.py", "archive/database.py", "archive/hiding.py", "cli/doctor.py"},
    "sqlite_utils": {f"archive/{name}.py" for name in [*SQL_WRITERS, "__init__"]},
    "mutagen": {"metadata/id3.py"},
    "ftfy": {"metadata/repair.py"},
    "pydub": {"audio.py"},
    "rapidfuzz": {"metadata/naming.py", "text/alike.py"},
    "jellyfish": {"text/alike.py"},
    "trafilatura": {"metadata/story_html.py"},
    "lxml": {"metadata/story_html.py"},
    "watchfiles": {"watch/scanner.py"},
    "feedparser": {"metadata/feedreader.py"},
    "httpx": {"feeds/web.py", "feeds/wire.py", "feeds/transfer.py", "speech/models.py"},
    "httpcore": {"feeds/web.py", "feeds/wire.py"},
    "datasette": {"serving.py", "publish/static.py", *(f"site/{name}.py" for name in SITE)},
    "av": {"audio.py", "container.py", "cutting.py", "loudness.py"},
}
PRINTS_AND_EXITS = {"print", "exit", "input"}

FILES = sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize(
    "path", [f for f in FILES if f != PACKAGE / "__init__.py"], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    rooms = {name.split(".")[1] for name in names if name.startswith("radio_archive.")} - {here}
    known = {room(file) for file in FILES}
    assert rooms & known <= MAY_IMPORT[here]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_behind_its_boundary_only(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if any(name.split(".")[0] == library for name in imported(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert users <= ONLY_IN[library]
    assert users


def test_only_the_command_line_prints_or_exits() -> None:
    offenders = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in FILES
        if room(path) != "cli"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) in PRINTS_AND_EXITS or ast.unparse(node.func) in {"sys.exit", "os._exit"})
    ]
    assert offenders == []


def test_sql_stands_in_the_archive_only() -> None:
    for path in FILES:
        # What Datasette 1.0 asks for as SQL is about its own catalogue.
        if room(path) == "archive" or path == PACKAGE / "site" / "compat.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.lstrip().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM")), path
