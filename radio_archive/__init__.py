"""Radio segments, transcribed with Whisper, in a searchable SQLite archive.

What is named here is the public API: it changes only with a new minor version, and the changelog says how. Everything
else may change at any time. See docs/python.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.read import Part, clip, clips
    from radio_archive.archive.filters import Filters
    from radio_archive.errors import RadioArchiveError
    from radio_archive.models import Clip
    from radio_archive.search.results import ClipHit, Passage, Results
    from radio_archive.search.search import search

__all__ = [
    "Archive",
    "Clip",
    "ClipHit",
    "Filters",
    "Part",
    "Passage",
    "RadioArchiveError",
    "Results",
    "clip",
    "clips",
    "search",
]

_HOMES = {
    "Archive": "archive.archive",
    "Clip": "models",
    "ClipHit": "search.results",
    "Filters": "archive.filters",
    "Part": "archive.clips.read",
    "Passage": "search.results",
    "RadioArchiveError": "errors",
    "Results": "search.results",
    "clip": "archive.clips.read",
    "clips": "archive.clips.read",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: `radio-archive --help` must not wait for all of it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
