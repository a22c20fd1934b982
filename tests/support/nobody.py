"""Runs the program as somebody who is not root: root may read and write everything."""

import os
import subprocess
import sys
from pathlib import Path

from support.program import environment


def as_nobody(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program without the rights of root, which would make every permission test pass for nothing."""
    # Imported before the rights go: the interpreter itself may lie where only root can read.
    script = """
import contextlib, os, sys
import radio_archive.cli.app, radio_archive.cli.display.progress
import radio_archive.pipeline.ingest, radio_archive.speech.replay
import radio_archive.archive.verify, radio_archive.config.reader
import encodings.idna, colorsys, typer.rich_utils, rich.console
import filelock
for words in (["add", "a.mp3"], ["search", "word"]):
    with contextlib.suppress(radio_archive.errors.NoArchiveError):
        radio_archive.cli.app.app([*words, "--archive", "/nowhere"], standalone_mode=False)
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
radio_archive.cli.app.run()
"""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)


def give_to_nobody(folder: Path) -> None:
    for parent in folder.parents:
        if parent.stat().st_uid == os.getuid() and str(parent).startswith(str(Path(folder.anchor) / "tmp")):
            parent.chmod(parent.stat().st_mode | 0o055)
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
