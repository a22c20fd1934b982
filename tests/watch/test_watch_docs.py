"""What docs/watch.md promises: its files work, its tables are complete, its samples are real."""

import hashlib
import json
import plistlib
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from support.bounds import PATIENCE
from support.pages import COMMANDS, FENCE, PROGRAM, option_names, parsed, read
from support.program import CLIPS, Ran, environment, ok, run

from radio_archive.archive.intake import LONGEST_WAIT
from radio_archive.audio.container import SUFFIXES
from radio_archive.cli.commands import intake
from radio_archive.config.reader import read_settings
from radio_archive.config.settings import WatchOptions
from radio_archive.models import IntakeState
from radio_archive.pipeline import inputs
from radio_archive.watch import folders, scanner, watcher
from radio_archive.watch.hook import NAMES, HookRunner

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = read(ROOT / "docs" / "watch.md")
BLOCKS = FENCE.findall(PAGE)
PROSE = FENCE.sub("", PAGE)
UNITS = ["radio-archive.service", "radio-archive-check.service", "radio-archive-check.timer"]
FILES = [*UNITS, "org.radio-archive.watch.plist", "crontab"]
CONTAINER = "Containerfile"
EXECUTABLE = "/srv/radio/env/bin/radio-archive"


def value_of(file: str, key: str) -> str:
    """Return what follows `key` at the start of a line of an example."""
    (line,) = re.findall(rf"^{re.escape(key)}(.*)$", read((EXAMPLES, ROOT)[file == CONTAINER] / file), re.MULTILINE)
    return str(line)


def program_arguments() -> list[str]:
    arguments = plistlib.loads((EXAMPLES / "org.radio-archive.watch.plist").read_bytes())["ProgramArguments"]
    assert isinstance(arguments, list)
    assert all(isinstance(argument, str) for argument in arguments)
    return arguments


def cron_command() -> str:
    (line,) = [line for line in read(EXAMPLES / "crontab").splitlines() if re.match(r"[*\d]", line)]
    return line.split(maxsplit=5)[5]


CALLS: dict[str, Callable[[], str]] = {
    "the service": lambda: value_of("radio-archive.service", "ExecStart="),
    "the check": lambda: value_of("radio-archive-check.service", "ExecStart="),
    "launchd": lambda: shlex.join(program_arguments()),
    "cron": lambda: EXECUTABLE + cron_command().partition(EXECUTABLE)[2],
    "the container": lambda: shlex.join([PROGRAM, *json.loads(value_of(CONTAINER, "CMD "))]),
    "the container's health": lambda: shlex.join(json.loads(value_of(CONTAINER, "HEALTHCHECK").split("CMD ")[1])),
}
"""How each example calls the program."""


def test_every_example_is_on_the_page_as_it_is() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == set(FILES)
    texts = [text for _, text in BLOCKS]
    assert [name for name in FILES if read(EXAMPLES / name) not in texts] == []
    assert read(ROOT / CONTAINER) in texts


@pytest.mark.parametrize("who", CALLS)
def test_every_call_in_an_example_can_be_made(who: str) -> None:
    command = re.sub(r"^\S*/", "", CALLS[who]())
    path, options = parsed(command)
    assert path.startswith((f"{PROGRAM} watch", f"{PROGRAM} intake"))
    assert path in COMMANDS
    assert set(options) <= option_names(path)
    words = shlex.split(command)[1:]
    assert run(*words[: words.index(">")] if ">" in words else words, "--help").code == 0


def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    here = Path(sys.executable).with_name(PROGRAM)
    for name in UNITS:
        text = read(EXAMPLES / name).replace(EXECUTABLE, str(here))
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE, env=environment(LC_ALL="C"),
    )  # fmt: skip
    said = [line for line in (done.stdout + done.stderr).splitlines() if "radio-archive" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def test_systemd_would_notice(tmp_path: Path) -> None:
    """The test above is only useful if a misspelled setting is noticed."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    unit = tmp_path / UNITS[0]
    here = Path(sys.executable).with_name(PROGRAM)
    text = read(EXAMPLES / unit.name).replace(EXECUTABLE, str(here)).replace("ProtectHome", "ProtectHouse")
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, encoding="utf-8", check=False)
    assert any("radio-archive" in line and "ProtectHouse" in line for line in done.stderr.splitlines())


def test_the_examples_agree_on_the_archive_and_may_write_there() -> None:
    for who in ("the service", "the check", "cron"):
        assert "--archive /srv/radio/archive" in CALLS[who]()
    for name in UNITS[:2]:
        assert "/srv/radio/archive" in value_of(name, "ReadWritePaths=").split()


def test_the_job_of_launchd_has_all_it_needs() -> None:
    job = plistlib.loads((EXAMPLES / "org.radio-archive.watch.plist").read_bytes())
    assert program_arguments()[0].startswith("/")
    assert f"{job['Label']}.plist" == "org.radio-archive.watch.plist"
    assert job["KeepAlive"] == {"SuccessfulExit": False}


def test_the_container_is_made_of_what_is_there(tmp_path: Path) -> None:
    """The wheel can be built from what is copied into it, and the versions are those of the lock file."""
    for source, target in copies():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        place = tmp_path / (source if target != "./" else Path(source).name)
        place.parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / source, place)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(tmp_path)], check=True)
    assert len(list(tmp_path.glob("radio_archive-*.whl"))) == 1
    (expression,) = re.findall(r"sed -E '(.*?)' requirements/locked.txt", read(ROOT / CONTAINER))
    versions = subprocess.run(
        ["sed", "-E", expression, ROOT / "requirements" / "locked.txt"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line for line in versions if line.strip() and not re.match(r" *#|[\w.-]+==[\w.+-]+( ;.*)?$", line)] == []


def test_the_container_is_pinned_unprivileged_and_one_process() -> None:
    text = read(ROOT / CONTAINER)
    assert re.findall(r"^(?:FROM|ARG BASE=)\s*(\S+)", text, re.MULTILINE)[1:] == ["$BASE", "$BASE"]
    assert re.search(r"^ARG BASE=\S+:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    last = text.rpartition("\nFROM ")[2]
    assert (value_of(CONTAINER, "USER "), value_of(CONTAINER, "ARG UID=")) == ("$UID", "1000")
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT "), "what runs is not run by root"
    assert json.loads(value_of(CONTAINER, "ENTRYPOINT ")) == [PROGRAM], "without a shell, which keeps signals"
    assert {"/archive", "/models"} == set(json.loads(value_of(CONTAINER, "VOLUME ")))


def test_the_container_can_have_extras() -> None:
    (wanted,) = re.findall(r'pip install .* "(.*)"$', read(ROOT / CONTAINER), re.MULTILINE)
    for extras, expected in (("", "."), ("semantic,mcp", ".[semantic,mcp]")):
        done = subprocess.run(["sh", "-c", f'echo "{wanted}"'], env={"EXTRAS": extras}, capture_output=True, text=True)
        assert done.stdout.strip() == expected
    known = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["optional-dependencies"]
    (named,) = re.findall(r"of pyproject.toml: (.*)\.$", read(ROOT / CONTAINER), re.MULTILINE)
    assert set(named.split(",")) <= set(known)


def copies() -> Iterator[tuple[str, str]]:
    for line in read(ROOT / CONTAINER).splitlines():
        if line.startswith("COPY ") and not line.startswith("COPY --from"):
            *sources, target = line.split()[1:]
            yield from ((source, target) for source in sources)


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    section = re.split(r"^#+ ", PROSE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return [re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| `")]


def test_every_setting_is_in_the_table_with_its_default() -> None:
    defaults = {f.name: f.default for f in fields(WatchOptions)}
    rows = {row[0].strip("`"): tomllib.loads(f"it = {row[1].strip('`')}")["it"] for row in table("Settings")}
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in rows.items()} == defaults


def test_seconds_named_in_the_text_are_the_defaults() -> None:
    for name, seconds in re.findall(r"`(\w+)`\s+seconds\s+\((\d+)\)", PROSE):
        assert getattr(WatchOptions(), name) == float(seconds)


def test_every_placeholder_is_named_and_no_other() -> None:
    cells = [row[0] for row in table("A command after each clip")]
    assert [name for cell in cells for name in re.findall(r"{(\w+)}", cell)] == list(NAMES)
    assert set(re.findall(r"{(\w+)}", PROSE)) == set(NAMES)


def test_every_state_is_explained() -> None:
    assert sorted(row[0].strip("`") for row in table("The queue")) == sorted(IntakeState)


def test_what_is_taken_and_what_is_not_is_told_in_full() -> None:
    code = set(re.findall(r"`([^`\n]+)`", PROSE))
    assert set(SUFFIXES) <= code
    assert set(inputs.SIDECARS) <= code
    assert set(folders.PARTIAL) <= code
    assert {name.lower() for name in code} >= folders.FOREIGN_FOLDERS
    assert f"{inputs.LARGEST_SIDECAR >> 20} MiB" in PROSE


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "toml"])
def test_the_settings_on_the_page_can_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    options = read_settings(path).watch
    with HookRunner(options.command, options.command_timeout, tmp_path):
        pass
    assert options != WatchOptions()


SETTINGS = '[engine]\nmodel = "demo"\n[watch]\nsettle = 0.3\nsidecar_wait = 0.0\n'


def watched_once(folder: Path, *options: str) -> tuple[Path, Ran]:
    """Do what produces the samples on the page."""
    archive = folder / "archive"
    ok("init", archive)
    (archive / "radio-archive.toml").write_text(SETTINGS, encoding="utf-8")
    known = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
    ok("add", known, "--archive", archive)
    inbox = archive / "inbox"
    (inbox / "Harbor Watch").mkdir()
    shutil.copy(CLIPS / "20241105_HarborWatch.mp3", inbox / "Harbor Watch")
    shutil.copy(known, inbox / "cable again.mp3")
    (inbox / "notes.mp3").write_text("This is no audio.\n", encoding="utf-8")
    long = CLIPS / "pacific-report_2024-11-19_satellite-launch.mp3"
    (inbox / long.name).write_bytes(long.read_bytes()[:60_000])
    return archive, run("watch", "--once", "--archive", archive, *options)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    return watched_once(tmp_path_factory.mktemp("json"), "--log-json")


def general(text: str, archive: Path = Path("/srv/radio/archive")) -> str:
    """Return a text without what differs between runs: the archive's path, times, uids of clips, line breaks."""
    text = text.replace(str(archive), "ARCHIVE")
    text = re.sub(r'(version"?:? "?)[\w.+]+', r"\1VERSION", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d[+-]\d\d:\d\d)?", "MOMENT", text)
    text = re.sub(
        r'(?<=clip[ "])(: ")?[0-9a-z]{8}\b|(?<=already in )[0-9a-z]{8}|(?<=archived   )[0-9a-z]{8}', "CLIP", text
    )
    return " ".join(text.split())


def test_the_sample_of_the_log_is_real(watched: tuple[Path, Ran]) -> None:
    archive, ran = watched
    assert ran.code == 1
    (sample,) = [text for language, text in BLOCKS if language == "json"]
    assert sorted(general(line) for line in sample.splitlines()) == sorted(
        general(line, archive) for line in ran.out.splitlines()
    )


def test_every_event_of_the_log_is_named(watched: tuple[Path, Ran]) -> None:
    for row in watched[1].rows:
        assert f"`{row['event']}`" in PROSE


def test_the_plain_log_is_real(tmp_path: Path) -> None:
    archive, ran = watched_once(tmp_path)
    (sample,) = [text for _, text in BLOCKS if "Z watching " in text or "+00:00 watching " in text]
    said = [*ran.out.splitlines(), *ran.err.splitlines()]
    assert sorted(map(general, sample.splitlines())) == sorted(general(line, archive) for line in said)


def test_the_sample_of_the_queue_is_real(watched: tuple[Path, Ran]) -> None:
    (sample,) = [general(text) for _, text in BLOCKS if text.startswith("state  ")]
    listed = ok("intake", "--archive", watched[0])
    rows = [general(line, watched[0]) for line in (*listed.out.splitlines(), *listed.err.splitlines())]
    assert [row for row in rows if row not in sample] == []
    on_terminal = run("intake", "--archive", watched[0], env=environment(FORCE_COLOR="1", COLUMNS="130"))
    heading = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal.out.splitlines()[0])
    assert sample.startswith(" ".join(heading.split()))


def test_what_a_sidecar_says_counts_late_or_not(tmp_path: Path) -> None:
    archive, inbox = tmp_path / "archive", tmp_path / "archive" / "inbox"
    ok("init", archive)
    piece = Path(shutil.copy(CLIPS / "whales_final_mix.mp3", inbox / "piece.mp3"))
    words = {hashlib.sha256(piece.read_bytes()).hexdigest(): {"words": [[0.5, 1.0, " Whales.", 0.9]]}}
    replay = tmp_path / "replay.json"
    replay.write_text(json.dumps(words), encoding="utf-8")
    settings = SETTINGS.replace('"demo"', json.dumps(f"replay:{replay}"))
    (archive / "radio-archive.toml").write_text(settings, encoding="utf-8")
    (inbox / "piece.json").write_text('{"show": "Tide Talk"}', encoding="utf-8")
    (inbox / "other.toml").write_text('title = "Nobody\'s"\n', encoding="utf-8")
    ok("watch", "--once", "--archive", archive)
    assert [row["show"] for row in ok("list", "--json", "--archive", archive).json] == ["Tide Talk"]
    (inbox / "piece.toml").write_text('title = "Whales by night"\n', encoding="utf-8")
    ok("watch", "--once", "--archive", archive)
    (clip,) = ok("list", "--json", "--archive", archive).json
    assert (clip["show"], clip["title"]) == ("Tide Talk", "Whales by night")
    assert ok("show", clip["clip"], "--json", "--archive", archive).json["sidecars"] == ["piece.json", "piece.toml"]
    assert [path.name for path in inbox.rglob("*")] == ["other.toml"]


def test_numbers_in_the_text_are_those_of_the_program() -> None:
    text = " ".join(PROSE.split())
    told = {
        f"no sign of life for {intake.DEAD:.0f} seconds (it gives one every {scanner.BEAT:.0f})",
        f"tried again after {watcher.FIRST_WAIT:.0f} seconds, then {2 * watcher.FIRST_WAIT:.0f}",
        f"up to every {LONGEST_WAIT / 60:.0f} minutes",
        f"looked through every {scanner.NETWORK_POLL:.0f} seconds instead",
        f"every {scanner.NETWORK_POLL:.0f} seconds on a network share",
    }
    assert [one for one in told if one not in text] == []
    assert intake.STUCK == 3600
    assert "nothing has moved for an hour" in text


def test_the_sample_of_a_reason_is_real(watched: tuple[Path, Ran]) -> None:
    (sample,) = [text for _, text in BLOCKS if text.startswith("notes.mp3 could not")]
    reason = read(watched[0] / "failed" / "notes.mp3.txt")
    assert general(reason, watched[0]) == general(sample)


def test_the_query_about_sidecars_works(empty_archive: Path) -> None:
    (line,) = re.findall(r'^sqlite3 archive.db "(.*)"$', PAGE, re.MULTILINE)
    database = sqlite3.connect(empty_archive / "archive.db")
    try:
        assert database.execute(line).fetchall() == []
    finally:
        database.close()


def test_the_check_says_no_where_nobody_watches(watched: tuple[Path, Ran]) -> None:
    assert run("intake", "--check", "--archive", watched[0]).code == 1
