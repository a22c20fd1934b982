"""What tests share: archives, the shared inputs, and the rule that a skip must not hide on a full machine."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from sqlite_utils import Database
from support import real_weights
from support.gapped import Gapped
from support.gapped import make as make_gapped
from support.program import CLIPS, REPLAY, Ran, ok

from radio_archive.archive import opening
from radio_archive.archive.archive import DATABASE, Archive

# How long an example takes says something of the machine alone.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def made_once(name: str, make: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that `make` has filled, once for all processes that share the tests. To be read only."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    home.mkdir(exist_ok=True)
    with FileLock(home / "lock"):
        if not (home / "made").exists():
            make(home)
            (home / "made").touch()
    return home


def archive_of_all_clips(name: str, model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """An archive of all fixture clips, made by the real program, and what `add --json` printed."""

    def make(home: Path) -> None:
        ok("init", home / "archive")
        ran = ok("add", CLIPS, "--archive", home / "archive", "--model", model, "--json")
        (home / "said.json").write_text(json.dumps(asdict(ran)), encoding="utf-8")

    home = made_once(name, make, tmp_path_factory)
    return home / "archive", Ran(**json.loads((home / "said.json").read_text(encoding="utf-8")))


def copied(archive: Path, to: Path) -> Path:
    """Copy an archive that others read."""
    # What a reader of the other one needs for a moment may be gone in the next.
    passing = shutil.ignore_patterns("*.db-wal", "*.db-shm")
    return Path(shutil.copytree(archive, to, ignore=passing))


@pytest.fixture(scope="session")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of all fixture clips, to be read only. Its words are recorded ones: the same on every machine."""
    return archive_of_all_clips("demo", REPLAY, tmp_path_factory)[0]


@pytest.fixture
def own_archive(demo_archive: Path, tmp_path: Path) -> Path:
    """A copy of the demo archive that a test may change."""
    return copied(demo_archive, tmp_path / "archive")


@pytest.fixture(scope="session")
def first_hearing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The same archive as the demo model hears its clips on this machine, and what `add --json` printed."""
    return archive_of_all_clips("heard", "demo", tmp_path_factory)


@pytest.fixture(scope="session")
def heard_archive(first_hearing: tuple[Path, Ran]) -> Path:
    """The archive whose words the demo model heard on this machine, to be read only. They differ between machines."""
    return first_hearing[0]


@pytest.fixture
def own_heard_archive(heard_archive: Path, tmp_path: Path) -> Path:
    """A copy of that archive which a test may change."""
    return copied(heard_archive, tmp_path / "archive")


@pytest.fixture(scope="session")
def gapped(tmp_path_factory: pytest.TempPathFactory) -> Gapped:
    """An archive of clips in which something is missing, to be read only."""
    return make_gapped(tmp_path_factory.mktemp("gapped") / "made")


@pytest.fixture
def own_gapped(gapped: Gapped, tmp_path: Path) -> Gapped:
    """A copy of that archive which a test may change."""
    return replace(gapped, folder=copied(gapped.folder, tmp_path / "archive"))


@pytest.fixture(scope="session")
def untidy_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive as untidy as a station's, to be read only: names, dates and titles of every kind, hidden clips."""
    # Tests of the tests themselves have no benchmarks.
    from untidy_archive import build

    return made_once("untidy", lambda home: build(home / "archive"), tmp_path_factory) / "archive"


@pytest.fixture(scope="session", autouse=True)
def _a_new_database_is_a_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All versions one after the other, as `init` makes a database, take ten times as long: once is enough."""
    create = opening.create
    made = tmp_path_factory.mktemp("new") / DATABASE
    create(made).close()
    content = made.read_bytes()

    def copy(path: Path) -> Database:
        # Where nothing can be written, the code that is tested shall say so.
        with suppress(OSError, sqlite3.Error):
            if not path.exists():
                path.write_bytes(content)
                with closing(sqlite3.connect(path)) as db, db:
                    # By this moment an archive is told from others.
                    db.execute("UPDATE _sqlite_migrations SET applied_at = ?", [str(datetime.now(UTC))])
        return create(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "create", copy)
        yield


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An open archive without clips."""
    with Archive.create(tmp_path / "a", "") as opened:
        yield opened


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `init` makes, to be read only."""
    return made_once("initialised", lambda home: ok("init", home / "archive"), tmp_path_factory) / "archive"


@pytest.fixture
def empty_archive(initialised: Path, tmp_path: Path) -> Path:
    """An archive without a clip."""
    return copied(initialised, tmp_path / "archive")


SHARED_IS_ABSENT = "the shared inputs are not beside this checkout"
"""The one reason for which a test may be skipped even where skips are forbidden."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared inputs beside a checkout: real human audio and the like."""
    folder = Path(__file__).parent.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip(SHARED_IS_ABSENT)
    return folder


@pytest.fixture(scope="session")
def real_base() -> Path:
    """The folder of Whisper's own base, which hears what real people say in any language. To be read only."""
    return real_weights.base() or pytest.skip(f"base: {real_weights.ABSENT}")


@pytest.fixture(scope="session")
def real_tiny_en() -> Path:
    """The folder of Whisper's own tiny.en, which hears real English. To be read only."""
    return real_weights.tiny_en() or pytest.skip(f"tiny.en: {real_weights.ABSENT}")


@pytest.fixture(scope="session")
def real_minilm() -> Path:
    """The zip file with the model of sentences, which knows what English means. To be read only."""
    return real_weights.minilm() or pytest.skip(f"all-MiniLM-L6-v2: {real_weights.ABSENT}")


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests a folder of their own.

    In the one that it has for all, pytest takes the right to enter from others whenever it begins: also from tests that
    run at that time as somebody else.
    """
    if not config.option.basetemp and not hasattr(config, "workerinput"):
        config.option.basetemp = tempfile.mkdtemp(prefix="tests-")
        config.add_cleanup(partial(shutil.rmtree, config.option.basetemp, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: some tests wait for a watcher, and others can run meanwhile."""
    return (os.cpu_count() or 1) + 1


LONGEST = [
    "test_real_hearing.py", "test_watch.py", "test_crash.py", "test_watch_files.py", "test_watch_crash.py",
    "test_watch_attacks.py", "test_batching.py", "test_transcription.py", "test_browser.py", "test_real_weights.py",
    "test_processes.py", "test_cluster.py", "test_backfill_crash.py", "test_weights.py", "test_watch_docs.py",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what hears, and begin with the files that take longest: then no process works alone in the end."""
    for item in items:
        if "first_hearing" in getattr(item, "fixturenames", ()):
            item.add_marker("hears")
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    is_forbidden = report.skipped and os.environ.get("RADIO_ARCHIVE_FORBID_SKIPS") and not hasattr(report, "wasxfail")
    if is_forbidden and not lacks_shared(report):
        report.outcome = "failed"
        report.longrepr = f"skipped where skips are forbidden: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    number = sum(map(lacks_shared, terminalreporter.stats.get("skipped", [])))
    if number:
        terminalreporter.write_line(f"skipped {number} tests: {SHARED_IS_ABSENT}")


def lacks_shared(report: pytest.TestReport) -> bool:
    """Whether a test was skipped because the shared inputs are absent."""
    return isinstance(report.longrepr, tuple) and report.longrepr[2] == f"Skipped: {SHARED_IS_ABSENT}"
