"""Addresses of our style sheet and scripts, which change when the files do."""

import hashlib
from functools import cache
from pathlib import Path

from radio_archive.site.server import PLUGIN

FOLDER = Path(__file__).parent / "static"


@cache
def path(name: str) -> str:
    """Return the path of a static file, with its digest, so that browsers may keep it for ever."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]
    return f"/-/static-plugins/{PLUGIN}/{name}?{digest}"
