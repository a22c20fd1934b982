"""The database's versions, one module of plain SQL each. One that shipped is never edited: a new one follows it.

A module's STATEMENTS change tables, and rows that cannot be made again. What is derived from other rows, such as
full-text indexes, is not a matter for a migration: STALE names it, and `archive.index.rebuild` makes it again with
today's code. So a migration needs nothing from the package, imports nothing, and no later change rewrites history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

NAMES = ("0001_first", "0002_windows", "0003_watching", "0004_sourced", "0005_search", "0006_saved")
"""In the order in which they are applied."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a version to the next."""

    statements: Sequence[str]
    stale: Sequence[str]
    """Columns and tables that have to be made again, as `rebuild.PARTS` calls them."""


def load(name: str) -> Migration:
    """Return the migration of that name."""
    module = import_module(f"{__name__}.{name}")
    return Migration(module.STATEMENTS, getattr(module, "STALE", ()))
