"""What tests share: the demo archive, the shared inputs, and the rule that a skip must not hide on a full machine."""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support.program import CLIPS, Ran, ok


@pytest.fixture(scope="session")
def first_add(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """An archive of all fixture clips, made by the real program with the demo model, and what `add --json` printed.

    Where several processes share the tests, the first one that asks makes it for all.
    """
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    home.mkdir(exist_ok=True)
    folder, said = home / "archive", home / "said.json"
    with FileLock(home / "lock"):
        if not said.exists():
            ok("init", folder)
            ran = ok("add", CLIPS, "--archive", folder, "--model", "demo", "--json")
            said.write_text(json.dumps(asdict(ran)), encoding="utf-8")
    return folder, Ran(**json.loads(said.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def demo_archive(first_add: tuple[Path, Ran]) -> Path:
    """The archive of all fixture clips, to be read only."""
    return first_add[0]


@pytest.fixture
def own_archive(demo_archive: Path, tmp_path: Path) -> Path:
    """A copy of the demo archive that a test may change."""
    # What a reader of the other one needs for a moment may be gone in the next.
    passing = shutil.ignore_patterns("*.db-wal", "*.db-shm")
    return Path(shutil.copytree(demo_archive, tmp_path / "archive", ignore=passing))


@pytest.fixture
def empty_archive(tmp_path: Path) -> Path:
    """An archive without a clip."""
    ok("init", tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared inputs beside a checkout: real human audio and the like."""
    folder = Path(__file__).parent.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared inputs are not beside this checkout")
    return folder


LONGEST = ["test_crash.py", "test_watch_crash.py", "test_batching.py", "test_transcription.py", "test_watch.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: of several processes none then works alone in the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.skipped and os.environ.get("RADIO_ARCHIVE_FORBID_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where skips are forbidden: {report.longrepr}"
    return report
