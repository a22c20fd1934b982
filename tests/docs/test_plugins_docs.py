"""docs/plugins.md names the hooks, the interface, its fields and its limits as they are, and shows the example."""

import re
from dataclasses import fields

import pytest
from support.pages import CODE, DOCS, fenced, read

from radio_archive import hooks, plugins
from radio_archive.formats import ExportFormat
from radio_archive.metadata import sources
from radio_archive.metadata.resolve import GUESS, PROPOSED, SURE
from radio_archive.metadata.sources import ClaimSource, Material
from radio_archive.speech import foreign
from radio_archive.speech.engines import EngineSpec

PATH = DOCS / "plugins.md"
PAGE = read(PATH)
TEXT = " ".join(PAGE.split())
OURS = {"said", "naming", "folder_hint", "recurring", "known"}
"""Fields of Material for our own sources."""


def rows(heading: str) -> list[str]:
    """Return the first cells of the table whose first heading is this."""
    table = PAGE.partition(f"\n| {heading} | ")[2].partition("\n\n")[0]
    return re.findall(r"^\| (.*?) \| ", table, re.MULTILINE)


def test_the_hooks_are_those_that_there_are() -> None:
    assert [CODE.findall(row)[0].partition("(")[0] for row in rows("hook")] == list(hooks.NAMES)


def test_the_interface_is_what_can_be_imported() -> None:
    assert sorted(name for row in rows("name") for name in CODE.findall(row)) == sorted(plugins.__all__)
    assert all(hasattr(plugins, name) for name in plugins.__all__)
    assert f"`API_VERSION`, which is {plugins.API_VERSION}." in TEXT


@pytest.mark.parametrize("kind", [EngineSpec, ClaimSource, Material, ExportFormat])
def test_the_fields_are_those_that_there_are(kind: type) -> None:
    listed = [CODE.findall(row)[0] for row in rows(f"field of `{kind.__name__}`")]
    assert listed == [field.name for field in fields(kind) if kind is not Material or field.name not in OURS]


@pytest.mark.parametrize("language", ["python", "toml"])
def test_the_code_is_the_examples(language: str) -> None:
    name = {"python": "radio_archive_newsroom.py", "toml": "pyproject.toml"}[language]
    code = read(DOCS / "examples" / "plugin" / name)
    blocks = fenced(PATH, language)
    assert blocks
    assert all(block in code for block in blocks)


def test_the_limits_are_those_of_the_code() -> None:
    for limit in (
        f"more than {foreign.LONGEST_WORD} characters, more than {foreign.WORDS_A_SECOND} words a second and "
        f"{foreign.SPARE_WORDS}",
        f"longer than {sources.LONGEST_EVIDENCE} characters",
        f"Of one clip, {sources.MOST_CLAIMS} are taken",
        f"Below {SURE} a claim is unsure, below {PROPOSED} one about a show or a person is only a proposal, and below "
        f"{GUESS} it is a guess",
    ):
        assert limit in TEXT
