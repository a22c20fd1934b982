"""Every command line in the pages is understood by the program, and those that do no harm are run."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.pages import COMMANDS, PROGRAM, ROOT, SHELL_ENDS, command_lines, fenced, read
from support.program import CLIPS, environment, ok
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.cli.app import app
from radio_archive.errors import NoArchiveError

NOT_RUN = {
    "demo",
    "init",
    "models",
    "config default",
    "watch",
    "serve",
    "doctor",
    "retranscribe",
    "backfill",
    "publish",
    "feed add",
    "feed pull",
    "remove",
}
"""They take long, need a model, a network or a person, or change the machine; tests of their own run them."""
PAGES = (
    "README.md",
    "metadata.md",
    "publishing.md",
    "archive.md",
    "watch.md",
    "engine.md",
    "engines.md",
    "settings.md",
)


def arguments(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    ends = [index for index, word in enumerate(words) if word in SHELL_ENDS]
    return words[1 : ends[0]] if ends else words[1:]


def is_whole(words: list[str]) -> bool:
    """Whether it is more than the name of a command, perhaps with an option that the text speaks of."""
    path = " ".join([PROGRAM, *words])
    return path not in COMMANDS and "…" not in path and "NAME" not in words and words != ["search", "--open"]


def is_done_anywhere(words: list[str]) -> bool:
    return words[0] in {"demo", "init"} or words[:2] == ["models", "download"]


LINES = sorted({line for _, line in command_lines() if is_whole(arguments(line))})


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working folder without an archive, and with the files that the pages name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RADIO_ARCHIVE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    for kind in ("people", "shows", "stations"):
        (tmp_path / f"{kind}.toml").write_text(f'[[{kind}]]\nname = "A name"\n', encoding="utf-8")
    (tmp_path / "names.csv").write_text("term\nHilo\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("line", [line for line in LINES if not is_done_anywhere(arguments(line))])
@pytest.mark.usefixtures("elsewhere")
def test_the_program_understands_it(line: str) -> None:
    """All that it can complain of is that there is no archive here."""
    words = arguments(line)
    words = [word for index, word in enumerate(words) if not _names_an_archive(words, index)]
    result = CliRunner().invoke(app, words)
    fine = result.exit_code == 0 or isinstance(result.exception, NoArchiveError)
    # Of this machine, not of the line.
    assert fine or words[0] == "doctor", (result.output, result.exception)


def _names_an_archive(words: list[str], index: int) -> bool:
    return {*words[max(0, index - 1) : index + 1]} & {"--archive", "-a"} != set()


def test_lines_are_looked_at_closely(elsewhere: Path) -> None:
    assert elsewhere.is_dir()
    assert len(LINES) > 100
    for wrong in (["serach", "x"], ["search"], ["list", "--sincce", "2024"], ["tag", "k3x9", "repoter=x"]):
        result = CliRunner().invoke(app, wrong)
        assert result.exit_code != 0
        assert not isinstance(result.exception, NoArchiveError)


@pytest.fixture(scope="module")
def ours(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the clips, the show and the people that the pages name, in a home of its own."""
    home = tmp_path_factory.mktemp("home")
    archive = shutil.copytree(demo_archive, home / "my-archive", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    with Archive(archive) as opened, opened.writing():
        db = opened.db
        for key, uid in enumerate(("k3x9abcd", "7vbn0000", "m2c80000"), 1):
            db.execute("UPDATE clips SET uid = ? WHERE id = ?", [uid, key])
        db.execute(
            """INSERT INTO intake (path, root, size, mtime_ns, state, first_seen_at, changed_at)
               VALUES ('inbox/notes.mp3', 'inbox', 1, 1, 'failed', :then, :then)""",
            {"then": "2025-01-01T00:00:00+00:00"},
        )  # fmt: skip
    for name in ("Malia Santoz", "Bill Carter"):
        ok("people", "add", name, "--archive", archive)
    ok("shows", "add", "Asia Minute", "--archive", archive)
    ok("tag", "k3x9", "show=Asia Minute", "reporter=Ana Keo", "date=2024-10-22", "--archive", archive)
    (archive / "people.toml").write_text('[[people]]\nname = "Kim Lee"\naliases = ["K. Lee"]\n', encoding="utf-8")
    cable = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
    shutil.copy(cable, archive)
    shutil.copy(cable, archive / "my.mp3")
    for folder in (archive / "clips" / "Harbor Watch", home / "clips" / "asia-minute"):
        folder.mkdir(parents=True)
        shutil.copy(cable, folder / "a.mp3")
    return archive


@pytest.mark.parametrize("page", PAGES)
def test_what_does_no_harm_works(page: str, ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Path(shutil.copytree(ours.parent, tmp_path / "home")) / ours.name
    monkeypatch.setenv("HOME", str(archive.parent))
    monkeypatch.delenv("RADIO_ARCHIVE", raising=False)
    monkeypatch.chdir(archive)
    ran = 0
    for line in [line for where, line in command_lines() if where == page and is_whole(arguments(line))]:
        words = arguments(line)
        if words[0] in NOT_RUN or " ".join(words[:2]) in NOT_RUN or {"--check", "--open", "FILE"} & {*words}:
            continue
        words = [os.path.expanduser(word) for word in words]  # noqa: PTH111 - as the shell does
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, (line, result.output, result.exception)
        ran += 1
    assert ran or page in {"engine.md", "settings.md", "archive.md"}


def test_other_programs_open_the_database(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ours)
    shell = [
        line for page in ("README.md", "docs/archive.md") for b in fenced(ROOT / page, "sh") for line in b.splitlines()
    ]
    lines = [shlex.split(line) for line in shell if re.match(r"sqlite", line)]
    assert len(lines) >= 3
    with closing(sqlite3.connect("archive.db")) as database:
        for program, *words in lines:
            if program == "sqlite3":
                assert database.execute(words[-1]).fetchall()
                continue
            done = subprocess.run(
                [sys.executable, "-m", "sqlite_utils", *words],
                capture_output=True, encoding="utf-8", check=True, timeout=60, env=environment(),
            )  # fmt: skip
            assert len(done.stdout.splitlines()) > 1


def test_the_readme_lists_every_command_once() -> None:
    section = read(ROOT / "README.md").partition("## The commands")[2].partition("\n## ")[0]
    listed = re.findall(r"`(\w+)`", section.partition("Each explains itself")[0])
    assert sorted(listed) == sorted({path.split()[1] for path in COMMANDS if path != PROGRAM})
