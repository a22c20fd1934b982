"""File names that break programs, and files of the user `nobody`."""

import os
from pathlib import Path

HOSTILE_NAMES = [
    "line\nbreak.mp3",
    "tab\tand \x1b[31mred.mp3",
    "'single' \"double\" `back`.mp3",
    "🎙️ on air 📻.mp3",
    "-starts with a dash.mp3",
    "[bold]markup[bold].mp3",
    "%s {0} $HOME; rm -rf x.mp3",
    "http:__example.mp3",
    "ʻŌlelo Hawaiʻi.mp3",
    "x" * 246 + ".mp3",
    "å" * 123 + ".mp3",
    "CON.mp3",
    " leading and trailing .mp3",
]


def give_to_nobody(folder: Path) -> None:
    """Make `nobody` the owner of all files in `folder`, if this runs as root."""
    for parent in folder.parents:
        if parent.stat().st_uid == os.getuid() and str(parent).startswith(str(Path(folder.anchor) / "tmp")):
            parent.chmod(parent.stat().st_mode | 0o055)
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
