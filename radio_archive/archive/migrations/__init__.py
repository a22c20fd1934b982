"""The database's versions, one file of SQL each. One that shipped is never edited: a new one follows it.

A file changes tables, and rows that cannot be made again. What is derived from other rows, such as full-text indexes,
is not a matter for a migration: STALE names it, and `archive.index.rebuild` makes it again with today's code. So a
migration needs nothing from the package, and no later change rewrites history. Lines are indented as SQLite keeps them.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

NAMES = ("0001_first", "0002_windows", "0003_watching", "0004_sourced", "0005_search", "0006_saved")
"""In the order in which they are applied."""
STALE: Mapping[str, Sequence[str]] = {
    "0005_search": (
        *("segments.facets", "segments_fts", "clips_fts", "stories_fts", "aliases_fts"),
        *("spellings", "segments.variants", "clips.variants", "stories.variants"),
    )
}
"""Columns and tables that have to be made again after a migration, as `rebuild.PARTS` calls them."""


def statements(name: str) -> Iterator[str]:
    """Yield the statements of a migration."""
    text = ""
    for line in resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8").splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""
