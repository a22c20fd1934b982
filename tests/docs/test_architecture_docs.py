"""docs/architecture.md: the picture is what the imports say, the functions exist, and each step leads to the next."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.imports import BASE, MAY_IMPORT, MIDDLE, PACKAGE, arrows, arrows_between_rooms, package
from support.pages import CODE, DOCS, ROOT, read

PAGE = read(DOCS / "architecture.md")
SCRIPT = DOCS / "make_architecture.py"
PICTURE = DOCS / "pictures" / "architecture.svg"
NAMED = re.compile(r"`([\w/]+\.py): ([\w.]+)`")
THROUGH_THE_DATABASE = re.compile(r"\(through the database: `(\w+)`\)")
CLIP, QUERY, SETTING = "One clip's way", "One query's way", "One setting's way"


@dataclass(frozen=True)
class Step:
    """A step of a way: what stands first in it, and the table that leads there where no import does."""

    path: str
    name: str
    table: str | None


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def steps(title: str) -> list[Step]:
    found = []
    for text in re.findall(r"^\d+\. (.+?)(?=^\d+\. |\Z)", section(title), re.DOTALL | re.MULTILINE):
        through = THROUGH_THE_DATABASE.search(text)
        named = NAMED.match(text)
        assert named, text
        found.append(Step(named[1], named[2], through[1] if through else None))
    return found


def files(title: str) -> list[str]:
    """Return the files that a way names, in the order in which they are opened."""
    return list(dict.fromkeys(path for path, _ in NAMED.findall(section(title))))


@cache
def defined(path: str) -> set[str]:
    """Return the functions, classes and methods of a file: `Class.method`."""
    return set(_defined(package()[path], ""))


def _defined(node: ast.AST, before: str) -> Iterator[str]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{before}{inner.name}"
            if isinstance(inner, ast.ClassDef):
                yield from _defined(inner, f"{before}{inner.name}.")


@cache
def used(path: str) -> set[str]:
    """Return the names that a file uses, those that it imports included."""
    tree = package()[path]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names | {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}


def leads_to(before: Step, step: Step) -> bool:
    """Whether the file of one step imports that of another, and uses what the other step names."""
    parts = set(step.name.split("."))
    return before.path == step.path or (step.path in arrows()[before.path] and bool(parts & used(before.path)))


def is_told_of(table: str, path: str) -> bool:
    texts = (node.value for node in ast.walk(package()[path]) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and re.search(rf"\b{table}\b", text) for text in texts)


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(PAGE))))
def test_what_the_page_names_is_there(path: str, name: str) -> None:
    assert path in package()
    assert name in defined(path)


def test_files_and_functions_in_running_text_are_there() -> None:
    words = [word for word in CODE.findall(PAGE) if not NAMED.fullmatch(f"`{word}`")]
    paths = [word for word in words if re.fullmatch(r"[\w./]+/[\w.]*", word) and word != "media/"]
    assert len(paths) > 3
    assert [path for path in paths if not (ROOT / path).exists() and not (PACKAGE / path).exists()] == []
    for title in (CLIP, QUERY, SETTING):
        known = {part for path in files(title) for name in defined(path) for part in name.split(".")}
        imported = set().union(*(used(path) for path in files(title)))
        named = {word for word in CODE.findall(section(title)) if re.fullmatch(r"_?[a-z]+_[a-z_]+|_[a-z]+", word)}
        assert named <= known | imported


@pytest.mark.parametrize("title", [CLIP, QUERY])
def test_each_step_is_called_by_an_earlier_one(title: str) -> None:
    found = steps(title)
    for at, step in enumerate(found[1:], 1):
        if step.table:
            assert is_told_of(step.table, found[at - 1].path), step
            assert is_told_of(step.table, step.path), step
        else:
            assert any(leads_to(before, step) for before in found[:at]), step


def test_each_step_of_the_setting_hands_it_on() -> None:
    """By a call, or by a value: the file that takes the value imports its type."""
    for before, step in pairwise(steps(SETTING)):
        assert step.path in arrows()[before.path] or before.path in arrows()[step.path], step


def test_a_step_that_nothing_leads_to_would_be_seen() -> None:
    add, search = steps(CLIP)[0], steps(QUERY)[0]
    assert not leads_to(add, search)
    assert not leads_to(add, Step("pipeline/ingest.py", "nobody.uses_this", None))
    assert leads_to(add, Step("pipeline/ingest.py", "Ingest.run", None))
    assert not is_told_of("segments", "cli/commands/add.py")


def test_a_newcomer_opens_few_files() -> None:
    assert files(CLIP)[0] == "cli/commands/add.py"
    assert files(CLIP)[-1] == "search/fts.py"
    assert len(files(CLIP)) <= 14
    assert files(QUERY)[0] == "cli/commands/search.py"
    assert files(QUERY).index("search/fts.py") < 7
    assert files(QUERY)[-1].startswith("cli/")


def test_the_rooms_are_those_of_the_package_and_their_rules_those_that_are_tested() -> None:
    sets = {"nothing": set[str](), "base": BASE, "middle": MIDDLE}
    sets["every room above"] = MAY_IMPORT.keys() - {"cli", "__main__"}
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", section("Rooms"), re.MULTILINE)
    said = {
        room: set().union(*(sets[part] if part in sets else {part.strip("`")} for part in rule.split(", ")))
        for room, rule in rows
    }
    assert said == {room: set(others) for room, others in MAY_IMPORT.items()}
    assert said.keys() == arrows_between_rooms().keys()


def check(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, encoding="utf-8", check=False, timeout=60
    )


def test_the_picture_is_what_the_imports_say(tmp_path: Path) -> None:
    done = check(SCRIPT)
    assert done.returncode == 0, done.stderr
    changed = tmp_path / "docs" / "pictures" / PICTURE.name
    changed.parent.mkdir(parents=True)
    changed.write_text(read(PICTURE).replace("feeds", "floods"), encoding="utf-8")
    shutil.copy(SCRIPT, changed.parent.parent)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    done = check(changed.parent.parent / SCRIPT.name)
    assert done.returncode == 1
    assert "make docs" in done.stderr


def test_the_picture_has_all_rooms_and_fetches_nothing() -> None:
    root = ElementTree.parse(PICTURE).getroot()  # noqa: S314 - our own file
    namespace = "{http://www.w3.org/2000/svg}"
    shown = {text.text: float(text.get("y") or "nan") for text in root.iter(f"{namespace}text")}
    assert shown.keys() == arrows_between_rooms().keys()
    for room, others in arrows_between_rooms().items():
        assert all(shown[other] > shown[room] for other in others), f"{room} stands above what it imports"
    assert set(re.findall(r"https?://[^\"'\s)]+", read(PICTURE))) == {"http://www.w3.org/2000/svg"}
