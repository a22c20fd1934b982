"""Runs the program as somebody who is not root: root may read and write everything."""

import os
import subprocess
from pathlib import Path

from support.bounds import PATIENCE
from support.program import fork_server


def as_nobody(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program without the rights of root, which would make every permission test pass for nothing."""
    words = [os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments]
    code, out, err = fork_server().run(words, Path.cwd(), PATIENCE, {}, nobody=True)
    return subprocess.CompletedProcess(words, code, out.decode(), err.decode())


def give_to_nobody(folder: Path) -> None:
    for parent in folder.parents:
        if parent.stat().st_uid == os.getuid() and str(parent).startswith(str(Path(folder.anchor) / "tmp")):
            parent.chmod(parent.stat().st_mode | 0o055)
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
