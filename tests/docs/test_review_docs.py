"""What docs/review.md says of keys and of measurements is so."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copy

from support.pages import DOCS, ROOT, read

from radio_archive.cli.display import reviewing

PAGE = read(DOCS / "review.md")


def test_every_key_is_explained() -> None:
    section = PAGE.partition("## At a terminal")[2].partition("\n## ")[0]
    told = {key for row in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE) for key in re.findall("`(.)`", row)}
    assert told == reviewing.KEYS


def test_the_tables_are_what_is_measured_now(shared: Path, tmp_path: Path) -> None:
    page = tmp_path / "review.md"
    copy(DOCS / "review.md", page)
    script = ROOT / "benchmarks" / "review.py"
    subprocess.run([sys.executable, script, shared / "names", "--page", page], check=True, timeout=600)
    assert read(page) == PAGE
