"""Where skips are forbidden, only the shared inputs may be missing, and what is skipped for that is counted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import environment

HERE = Path(__file__).parent
TESTS = """
import pytest

def test_of_a_tool():
    pytest.skip("no such tool")

def test_of_a_recording(shared):
    pass

def test_of_another(shared):
    pass
"""


@pytest.mark.parametrize("shared", [False, True], ids=["without shared inputs", "with them"])
@pytest.mark.parametrize("processes", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_a_skip_fails_unless_only_the_shared_inputs_are_absent(
    tmp_path: Path, processes: tuple[str, ...], shared: bool
) -> None:
    folder = tmp_path / "checkout" / "tests"
    folder.mkdir(parents=True)
    if shared:
        (tmp_path / "shared").mkdir()
    shutil.copy(HERE / "conftest.py", folder)
    (folder / "test_some.py").write_text(TESTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *processes, folder],
        cwd=folder,
        env=environment(RADIO_ARCHIVE_FORBID_SKIPS="1", PYTHONPATH=f"{HERE}:{HERE.parent}"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "skipped where skips are forbidden" in done.stdout
    assert "no such tool" in done.stdout
    if shared:
        assert "1 failed, 2 passed" in done.stdout
        assert "not beside this checkout" not in done.stdout
    else:
        assert "1 failed, 2 skipped" in done.stdout
        assert "skipped 2 tests: the shared inputs are not beside this checkout" in done.stdout
