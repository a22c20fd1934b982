"""What pyproject.toml says of other people's packages: what is imported is declared, bounded below, and locked."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, files, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = ("semantic", "parakeet", "mcp")
OPTIONAL = [Requirement(line) for extra in EXTRAS for line in PROJECT["optional-dependencies"][extra]]
"""What only those need who turn an option on. It is in FOR_DEVELOPERS, too, with the same lowest version."""
FOR_CLUSTERS = [Requirement(line) for line in PROJECT["optional-dependencies"]["cluster"]]
"""What only those need who have a cluster. It is large, and `make cluster` installs it."""
FOR_DEVELOPERS = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
PARTS = {"typer-slim": "typer"}
"""Older versions of the latter are made of the former."""
BROUGHT = {module: [PARTS.get(name, name) for name in found] for module, found in packages_distributions().items()}
PYTHONS_OWN = sys.stdlib_module_names | {"_typeshed"}
LOCKED = (ROOT / "requirements" / "locked.txt").read_text(encoding="utf-8")

NEVER_IMPORTED = {
    "audioop-lts": "pydub imports `audioop`, which Python has no longer since 3.13",
    "httptools": "uvicorn takes it where it is installed, and is quicker",
    "lxml-html-clean": "trafilatura asks lxml for it, and lxml no longer brings it",
    "tzdata": "zoneinfo reads it on systems that do not know the world's time zones",
    "uvloop": "uvicorn takes it where it is installed, and is quicker",
}
"""Declared all the same, and why."""


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def imported(files: Iterator[Path]) -> Iterator[str]:
    """Yield the top names of the modules that files import, anywhere in them."""
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=aliases):
                    yield from (alias.name.partition(".")[0] for alias in aliases)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module.partition(".")[0]


def distributions_of(module: str) -> set[str]:
    """Return the installed packages that bring a module; none for Python's own and for the helpers of the tests."""
    return set(map(canonicalize_name, BROUGHT.get(module, ())))


def test_the_package_declares_what_it_imports_and_imports_what_it_declares() -> None:
    used = set().union(*map(distributions_of, imported((ROOT / "radio_archive").rglob("*.py")))) - {"radio-archive"}
    assert used - names(NEEDED) - names(FOR_CLUSTERS) == names(OPTIONAL), "imported and not declared"
    assert set(OPTIONAL) <= set(FOR_DEVELOPERS)
    assert names(NEEDED) - used == set(NEVER_IMPORTED), "declared and never imported"


def test_every_module_that_is_imported_comes_from_a_package() -> None:
    """The test above knows a package by what is installed: a module that nobody brings would escape it."""
    modules = {module for module in imported((ROOT / "radio_archive").rglob("*.py")) if module != "radio_archive"}
    unknown = {module for module in modules - PYTHONS_OWN - names(FOR_CLUSTERS) if not distributions_of(module)}
    assert unknown == set()
    assert {"numpy", "lxml", "jinja2"} <= modules


@pytest.mark.parametrize("folder", ["tests", "docs", "benchmarks"])
def test_what_developers_import_is_declared(folder: str) -> None:
    used = set().union(*map(distributions_of, imported((ROOT / folder).rglob("*.py")))) - {"radio-archive"}
    assert used - names(NEEDED) - names(FOR_DEVELOPERS) - names(FOR_CLUSTERS) == set()


def test_every_dependency_has_a_lowest_version_that_can_be_tried() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "requirements" / "lowest.py"], capture_output=True, encoding="utf-8", check=True
    )
    lines = [Requirement(line) for line in made.stdout.splitlines()]
    assert names(lines) == names(NEEDED) | names(FOR_DEVELOPERS)
    for declared, constraint in zip([*NEEDED, *FOR_DEVELOPERS], lines, strict=True):
        (pinned,) = constraint.specifier
        assert pinned.operator == "=="
        assert declared.specifier.contains(pinned.version)
        assert constraint.marker == declared.marker


def test_the_lock_holds_every_dependency_in_a_version_that_is_allowed() -> None:
    locked: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", LOCKED, re.MULTILINE):
        locked.setdefault(name, []).append(version)
    for requirement in [*NEEDED, *FOR_DEVELOPERS]:
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: run `make lock`"


def test_the_lock_names_hashes_and_no_host() -> None:
    entries = re.split(r"\n(?=\S)", LOCKED.strip())
    assert all(re.match(r"[a-z0-9.-]+==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in LOCKED
    assert not re.search(r"--(?:extra-)?index-url|--find-links|--trusted-host", LOCKED)


def installed_with(requirements: list[Requirement]) -> set[str]:
    """Return all packages that an installation of the program holds on this machine."""
    found: set[str] = set()
    while requirements:
        needed = [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
        new = names(needed) - found
        found |= new
        requirements = [Requirement(line) for name in new for line in requires(name) or ()]
    return found


def licence(package: str) -> str:
    about = distribution(package).metadata
    said = [*about.get_all("License-Expression", ()), *about.get_all("License", ())]
    classes = [line for line in about.get_all("Classifier", ()) if "License ::" in line]
    return said[0].partition("\n")[0] if said else " ".join(classes)


def test_the_readme_names_every_licence_that_asks_for_source() -> None:
    asking = {name: licence(name) for name in installed_with(NEEDED) if re.search("GPL|MPL", licence(name))}
    assert asking.keys() == {"mutagen", "certifi", "tqdm", "tld"}
    assert asking["mutagen"] == "GPL-2.0-or-later"
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Licence")[2]
    assert all(name in readme for name in asking)


@pytest.mark.skipif(sys.platform != "linux", reason="what else the wheels hold was read on Linux")
def test_the_readme_names_the_codecs_that_ask_for_source() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Licence")[2]
    libraries = {path.name.partition("-")[0] for path in files("av") or () if ".so" in path.suffixes}
    for library, called in {"libx264": "x264", "libx265": "x265", "libmp3lame": "LAME", "libgnutls": "GnuTLS"}.items():
        assert library in libraries
        assert called in readme
