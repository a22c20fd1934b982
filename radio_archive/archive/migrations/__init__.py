"""The database's versions, each a file of plain SQL. A shipped one is never edited; a new one is added.

A file changes tables, and rows that cannot be derived from others. STALE names derived rows, such as full-text indexes,
which `archive.index.rebuild` rebuilds with today's code. So a migration calls nothing, and no later change of the
package affects it. Lines are indented as SQLite stores them.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

NAMES = (
    *("0001_first", "0002_windows", "0003_watching", "0004_sourced", "0005_search", "0006_saved", "0007_gaps"),
    *("0008_scale", "0009_forms", "0010_words", "0011_meaning", "0012_backfill", "0013_listing", "0014_wholes"),
    *("0015_browse", "0016_corrections", "0017_redactions", "0018_versions", "0019_review"),
    *("0020_glossary", "0021_digests", "0022_fixity", "0023_row_digests"),
    *("0024_deliveries",),
)
"""In the order of application."""
_DIGESTED = """stations shows people aliases slugs recordings clips clip_recordings transcripts speakers claims credits
    stories correction_batches corrections correction_decisions feeds feed_items glossary saved_searches fixity_checks
    fixity_runs tombstones sidecars merges covers subjects notes collections collection_clips likenesses gaps redactions
    redacted_recordings review_items"""
STALE: Mapping[str, Sequence[str]] = {
    "0005_search": (
        *("segments.facets", "segments_fts", "clips_fts", "stories_fts", "aliases_fts"),
        *("spellings", "segments.variants", "clips.variants", "stories.variants"),
    ),
    "0009_forms": ("segments.forms", "clips.forms", "stories.forms", "segments_fts", "clips_fts", "stories_fts"),
    "0010_words": ("segments.words", "clips.words", "stories.words"),
    "0018_versions": ("clips.others", "other_texts_fts"),
    "0019_review": ("clips.suspects",),
    "0021_digests": ("corrections.digest",),
    "0023_row_digests": tuple(f"{table}.row_digests" for table in _DIGESTED.split()),
}
"""Columns and tables to rebuild after a migration, by their names in `rebuild.PARTS`."""


def statements(name: str) -> Iterator[str]:
    """Yield the statements of a migration."""
    text = ""
    for line in resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8").splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""
