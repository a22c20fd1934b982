"""What CONTRIBUTING.md, the Makefile, the hooks and the hosted CI say of each other: every target and file is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = ["CONTRIBUTING.md", "SECURITY.md", *(str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.md"))]


def targets() -> set[str]:
    found = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert found is not None
    return set(found[1].split())


def paths(text: str) -> set[str]:
    """Return what text in backquotes and commands names in this repository, as it is written."""
    written = re.findall(r"`([^`\n]+)`", text) + re.findall(r"(?<=python -m pytest )\S+", text)
    folders = {path.name for path in ROOT.iterdir()} | {"docs"}
    return {
        name for name in written if re.fullmatch(r"[\w./-]+", name) and name.split("/")[0] in folders and "/" in name
    }


def test_the_guide_names_what_is_there() -> None:
    # Of a file that is still to be made, its folder.
    named = {name.partition("NAME")[0] for name in paths(GUIDE) if not name.startswith("dist/")}
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", [*PAGES, ".github/workflows/ci.yml", ".ci/run"])
def test_every_target_that_is_named_can_be_made(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    asked = " ".join(re.findall(r"(?:`|^|run: )make ([a-z0-9 -]+)", text, re.MULTILINE)).split()
    # Where a target has a name of many in it, what is found ends before that.
    assert {word for word in asked if not (word.startswith("--") or word.endswith("-"))} <= targets()


def test_the_guide_says_how_each_environment_is_made() -> None:
    assert {"setup", "test", "lint", "docs", "lock", "dist", "test-locked", "test-lowest"} <= targets()
    for target in targets() - {"python", "demo", "clean"}:
        assert f"make {target}" in GUIDE


def test_the_names_in_the_recipes_are_those_of_the_code() -> None:
    for name, file in {
        "Source": "radio_archive/models.py",
        "ORDER": "radio_archive/metadata/resolve.py",
        "WRITERS": "radio_archive/formats/__init__.py",
        "MEDIA_TYPES": "radio_archive/formats/__init__.py",
        "COMMANDS": "radio_archive/cli/app.py",
    }.items():
        assert f"`{name}`" in GUIDE
        assert f"`{file}`" in GUIDE
        assert re.search(rf"^(?:class )?{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_smoke_tests_are_there() -> None:
    found = re.search(r"^SMOKE := ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert found is not None
    files = found[1].replace("\\\n", " ").split()
    assert len(files) > 8
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_the_hosted_ci_runs_what_ours_runs() -> None:
    lines = re.findall(r"^(?:nice -n 4 )?make (.+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    # On a machine of its own, each of the environments is set up by the target that needs it.
    words = [word for line in lines for word in line.split() if re.fullmatch(r"[a-z][\w-]*", word)]
    ours = {*words} - {"environments"}
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"run: make ([\w-]+) ", workflow))
    versions = re.search(r"versions: \[(.+)\]", workflow)
    assert versions is not None
    assert "make test-${{ matrix.versions }} " in workflow
    assert asked - {"test-"} | {f"test-{name}" for name in versions[1].split(", ")} == ours


def test_the_hosted_ci_begins_with_the_lowest_python() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pythons = re.search(r"python: \[(.+)\]", workflow)
    assert pythons is not None
    lowest, *_ = re.findall(r"[\d.]+", pythons[1])
    assert project["requires-python"] == f">={lowest}"


def test_the_hooks_use_tools_that_setup_installs() -> None:
    hooks = re.findall(r"entry: \.venv/bin/(\S+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(hooks) == {"ruff", "mypy"}
    assert all(any(line.startswith(f"{hook}>=") for line in project["optional-dependencies"]["dev"]) for hook in hooks)


def test_a_bare_make_shows_the_demo() -> None:
    done = subprocess.run(["make", "--dry-run", "VENV=nowhere"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "radio-archive demo" in done.stdout
