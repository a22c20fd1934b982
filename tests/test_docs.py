"""What README.md and docs/ promise: every command, option, table, query, link and picture in them is there."""

import json
import re
import shlex
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.bounds import PATIENCE
from support.gapped import Gapped
from support.pages import (
    CODE,
    COMMANDS,
    DOCS,
    FENCE,
    GENERATOR,
    LINK,
    MACHINE_PATH,
    MAN_PAGE,
    PAGES,
    PROGRAM,
    REGISTRY,
    ROOT,
    command_lines,
    fenced,
    option_names,
    parsed,
    read,
)
from support.program import CLIPS, REPLAY, environment, ok, run
from typer.testing import CliRunner

from radio_archive.cli.app import app
from radio_archive.config.reader import read_settings
from radio_archive.config.settings import EngineOptions, ShowHints
from radio_archive.metadata.resolve import RANKS


@pytest.mark.parametrize("generator", [GENERATOR, MAN_PAGE])
def test_the_references_are_what_the_commands_say(generator: Path) -> None:
    """In a narrow terminal too: the pages do not depend on where they are made."""
    done = subprocess.run(
        [sys.executable, generator, "--check"],
        env=environment(COLUMNS="40", TERM="dumb"),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr


def test_the_check_notices_a_difference(tmp_path: Path) -> None:
    changed = tmp_path / GENERATOR.name
    changed.write_text(read(GENERATOR), encoding="utf-8")
    (tmp_path / "cli.md").write_text(read(DOCS / "cli.md") + "\n", encoding="utf-8")
    done = subprocess.run([sys.executable, changed, "--check"], capture_output=True, check=False, timeout=PATIENCE)
    assert done.returncode == 1


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_documented(path: str) -> None:
    assert f"`{path}`" in read(DOCS / "cli.md")
    name = path.removeprefix(PROGRAM).split()
    assert not name or f"`{name[0]}`" in read(ROOT / "README.md")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_help_text_and_an_example(path: str) -> None:
    result = CliRunner().invoke(app, [*path.split()[1:], "--help"])
    assert result.exit_code == 0
    assert COMMANDS[path].help
    assert "Example" in COMMANDS[path].help or hasattr(COMMANDS[path], "commands")


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_every_command_line_in_the_pages_can_be_typed(page: str, line: str) -> None:
    path, options = parsed(line)
    assert path in COMMANDS, f"{page}: {line}"
    assert path != PROGRAM or options, f"{page}: {line} names no command"
    assert set(options) <= option_names(path), f"{page}: {line}"


def test_command_lines_are_looked_at_closely() -> None:
    """The test above is worth something only if it finds the lines and takes them apart."""
    assert len(set(command_lines())) > 25
    assert parsed(f'{PROGRAM} models download small | cat --nope # -x "') == (f"{PROGRAM} models download", [])
    assert parsed(f"{PROGRAM} search 'volcan*' --json -a x > y") == (f"{PROGRAM} search", ["--json", "-a"])


@pytest.mark.parametrize("query", fenced(DOCS / "archive.md", "sql"))
def test_every_query_finds_something_in_an_archive(query: str, demo_archive: Path, gapped: Gapped) -> None:
    # In the demo's recorded words nothing is missing.
    folder = gapped.folder if "gaps" in query else demo_archive
    database = sqlite3.connect(f"{(folder / 'archive.db').as_uri()}?mode=ro", uri=True)
    try:
        assert database.execute(query).fetchall()
    finally:
        database.close()


def test_there_are_five_queries_to_learn_from() -> None:
    assert len(fenced(DOCS / "archive.md", "sql")) >= 5


def test_every_table_and_view_is_described_and_no_other(demo_archive: Path) -> None:
    database = sqlite3.connect(f"{(demo_archive / 'archive.db').as_uri()}?mode=ro", uri=True)
    rows = database.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
    database.close()
    there = {name for (name,) in rows if not re.search(r"_fts_|^sqlite_", name)}
    first_cells = re.findall(r"^\| (`[^|]*`) \|", read(DOCS / "archive.md"), re.MULTILINE)
    described = {name for cell in first_cells for name in CODE.findall(cell)}
    assert described == there


def test_words_are_stored_as_described(demo_archive: Path) -> None:
    (example,) = fenced(DOCS / "archive.md", "json")
    database = sqlite3.connect(f"{(demo_archive / 'archive.db').as_uri()}?mode=ro", uri=True)
    (stored,) = database.execute("SELECT words FROM transcripts LIMIT 1").fetchone()
    database.close()
    for rows in (json.loads(example), json.loads(stored)):
        for start, end, text, probability in rows:
            assert (type(start), type(end), type(text)) == (int, int, str)
            assert start <= end
            assert probability is None or 0 <= probability <= 1000


def test_the_sources_are_listed_in_the_order_of_their_ranks() -> None:
    ranks = re.findall(r"^\| (\d) \| `(\w+)` \|", read(DOCS / "metadata.md"), re.MULTILINE)
    assert {source: int(rank) for rank, source in ranks} == dict(RANKS)
    assert ranks == sorted(ranks, reverse=True)


def test_the_example_of_claims_is_real(tmp_path: Path) -> None:
    """The page's own command prints what the page says of what the demo model heard once."""
    page = read(DOCS / "metadata.md")
    (line,) = [line for line in page.splitlines() if line.startswith(f"{PROGRAM} add pacific-report")]
    (output,) = fenced(DOCS / "metadata.md", "")
    ok("init", cwd=tmp_path)
    file, *options = shlex.split(line)[2:]
    (row,) = ok("add", CLIPS / file, *options, "--model", REPLAY, "--json", cwd=tmp_path).json
    shown = ok("show", row["clip"], cwd=tmp_path).out.splitlines()
    missing = [wanted for wanted in output.splitlines() if wanted not in shown]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", read(page))):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", file):
            assert file.startswith("https://"), target
            continue
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", [*PAGES, *sorted(DOCS.rglob("*.svg"))], ids=lambda path: path.name)
def test_pages_name_no_machine_and_no_registry(path: Path) -> None:
    assert not MACHINE_PATH.search(read(path))
    assert not REGISTRY.search(read(path))


ODD = re.compile(
    r"(?i)\b(anew|whoever|whomever|whosoever|but for|vouch\w*|of whatever|hither|thither|lest|save for|nought)\b"
)
EVERY_PAGE = sorted(path for path in ROOT.rglob("*.md") if not {".venv", "node_modules"} & {*path.parts})


# The reference is made of the commands' own help.
@pytest.mark.parametrize("page", [page for page in EVERY_PAGE if page.name != "cli.md"], ids=str)
def test_pages_are_in_plain_modern_english(page: Path) -> None:
    assert ODD.findall(read(page)) == []


def test_every_page_is_in_the_index() -> None:
    index = read(DOCS / "README.md")
    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"]({page.name})" not in index
    ] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["list"], 0),
        (["search", "xylophone"], 1),
        (["show", "zzzz"], 1),
        (["serach"], 2),
        (["list", "--sincce", "2024"], 2),
        (["show"], 2),
        (["list", "--since", "someday"], 2),
    ],
)
def test_exit_codes_are_as_the_reference_says(words: list[str], code: int, demo_archive: Path) -> None:
    ran = run(*words, env=environment(RADIO_ARCHIVE=str(demo_archive)))
    assert ran.code == code
    assert bool(ran.err) == (code != 0)
    assert f"| {code} |" in read(DOCS / "cli.md")


@pytest.mark.parametrize("name", ["search", "add"])
def test_pictures_are_sound_and_fetch_nothing(name: str) -> None:
    picture = DOCS / "pictures" / f"{name}.svg"
    assert picture.name in read(ROOT / "README.md")
    assert ElementTree.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own file
    addresses = re.findall(r"https?://[^\"'\s)]+", read(picture))
    assert set(addresses) == {"http://www.w3.org/2000/svg"}
    assert "Traceback" not in read(picture)


def test_the_settings_named_in_the_pages_exist(tmp_path: Path) -> None:
    """The settings file that init writes, with everything in it switched on, says what the defaults are."""
    ok("init", tmp_path)
    path = tmp_path / "radio-archive.toml"
    text = re.sub(r"^# (\w+ = |\[)", r"\1", read(path), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    settings = read_settings(path)
    hotwords = ("Kāneʻohe", "Molokaʻi")
    assert settings.engine == replace(EngineOptions(), language="en", prompt="", hotwords=hotwords)
    prompt = "Asia Minute, on Hawaiʻi Public Radio."
    hints = ShowHints(code="AM", language="en", hotwords=("Pyongyang",), prompt=prompt)
    assert settings.shows == {"Asia Minute": hints}
