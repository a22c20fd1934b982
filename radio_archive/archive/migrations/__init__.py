"""The database's versions, each a module of plain SQL. A shipped one is never edited; a new one is added.

A module's STATEMENTS change tables, and rows that cannot be derived from others. STALE names derived rows, such as
full-text indexes, which `archive.index.rebuild` rebuilds with today's code. So a migration imports nothing, and no
later change of the package affects it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

NAMES = ("0001_first", "0002_windows", "0003_watching", "0004_sourced", "0005_search", "0006_saved")
"""In the order of application."""


@dataclass(frozen=True, slots=True)
class Migration:
    """The step from one version to the next."""

    statements: Sequence[str]
    stale: Sequence[str]
    """Columns and tables to rebuild, by their names in `rebuild.PARTS`."""


def load(name: str) -> Migration:
    """Return the migration of this name."""
    module = import_module(f"{__name__}.{name}")
    return Migration(module.STATEMENTS, getattr(module, "STALE", ()))
