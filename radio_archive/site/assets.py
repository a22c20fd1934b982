"""Our style sheet and scripts: where they are, under an address that changes with them."""

import hashlib
from functools import cache
from pathlib import Path

from radio_archive.site.server import PLUGIN

FOLDER = Path(__file__).parent / "static"


@cache
def path(name: str) -> str:
    """Return the path of a static file; its digest lets browsers keep it for ever."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]
    return f"/-/static-plugins/{PLUGIN}/{name}?{digest}"
