"""What runs here, for `--version`, `doctor` and reports of faults."""

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version

from radio_archive.cli.display.output import print_json, say

PACKAGES = ("faster-whisper", "ctranslate2", "av", "pydub", "sqlite-utils", "mutagen", "datasette", "typer")
EXTRAS = ("tokenizers", "ray")
"""What only some commands need."""


def installed(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def tell(*, as_json: bool) -> None:
    """Print the version of this program; as JSON with all that a report of a fault needs, and nothing private."""
    own = version("radio-archive")
    if not as_json:
        say(f"radio-archive {own}")
        return
    found = {package: installed(package) for package in (*PACKAGES, *EXTRAS)}
    print_json({
        "version": own,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "packages": found,
    })  # fmt: skip
