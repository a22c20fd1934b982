"""The full-text indexes: their columns, and creating them."""

from collections.abc import Mapping, Sequence

from sqlite_utils import Database

TOKENIZE = "unicode61 remove_diacritics 2 separators 'ʻʼʽʾʿˋˊꞌ'"
"""All characters that are used for an ʻokina or an apostrophe separate words."""
COLUMNS: Mapping[str, Sequence[str]] = {
    "segments": ("text", "heard", "variants", "forms", "facets"),
    "clips": ("title", "summary", "variants", "forms"),
    "stories": ("headline", "body", "caption", "variants", "forms"),
    "aliases": ("name", "folded"),
    "other_texts": ("text",),
}
"""The tables with an index, which is named `segments_fts` and so on."""
_TRIGGERS = ("ai", "ad", "au")


def parts(table: str) -> set[str]:
    """Return the names of a table's index and of the triggers that update it."""
    return {f"{table}_fts", *(f"{table}_{trigger}" for trigger in _TRIGGERS)}


def make(db: Database, table: str) -> None:
    """Create a table's index and triggers again, from its rows."""
    for trigger in _TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS [{table}_{trigger}]")
    db.execute(f"DROP TABLE IF EXISTS [{table}_fts]")
    db.table(table).enable_fts(COLUMNS[table], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE)
    # In one piece: else the next hundred clips that are saved merge the pieces, and each takes twice as long.
    db.table(table).optimize()
