"""The full-text indexes: which columns they hold, and making them."""

from collections.abc import Mapping, Sequence

from sqlite_utils import Database

TOKENIZE = "unicode61 remove_diacritics 2 separators 'ʻʼʽʾʿˋˊꞌ'"
"""All letters that stand for an ʻokina or its like part words."""
COLUMNS: Mapping[str, Sequence[str]] = {
    "segments": ("text", "heard", "variants", "facets"),
    "clips": ("title", "summary", "variants"),
    "stories": ("headline", "body", "caption", "variants"),
    "aliases": ("name", "folded"),
}
"""The tables that have an index, which is called `segments_fts` and so on."""
_TRIGGERS = ("ai", "ad", "au")


def parts(table: str) -> set[str]:
    """Return the names of a table's index and of the triggers that keep it true."""
    return {f"{table}_fts", *(f"{table}_{trigger}" for trigger in _TRIGGERS)}


def make(db: Database, table: str) -> None:
    """Make a table's index and triggers from the rows that are there, whatever state the old ones are in."""
    for trigger in _TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS [{table}_{trigger}]")
    db.execute(f"DROP TABLE IF EXISTS [{table}_fts]")
    db.table(table).enable_fts(COLUMNS[table], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE)
