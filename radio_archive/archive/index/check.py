"""Compares the full-text indexes with their tables, and rebuilds those that differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import RESTORING, is_whole
from radio_archive.archive.index import facets, forms, fts, spellings
from radio_archive.archive.verify import damage
from radio_archive.errors import NotAnArchiveError

AT_ONCE = 2_000
"""Rows checked between two reports of progress."""

Progress = Callable[[str, int, int], None]
"""Called with a table's name, the number of rows checked, and of all rows."""


class Problem(StrEnum):
    """A problem of an index."""

    MISSING = "missing"
    """The index, or a trigger that keeps it up to date, is missing."""
    DISAGREES = "disagrees"
    """It is damaged, or differs from its table."""
    SPELLINGS = "spellings"
    """Rows have missing or wrong variants or forms."""
    FACETS = "facets"
    """Rows have another show, date or reporter than their clip."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The result for the index of one table.

    `stale` counts rows with wrong variants or forms, `misfiled` clips whose rows have wrong facets.
    """

    table: str
    rows: int
    problems: tuple[Problem, ...] = ()
    stale: int = 0
    misfiled: int = 0
    mended: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether there is no problem, or it was repaired."""
        return self.mended or not self.problems


def verify(archive: Archive, *, mend: bool = True, progress: Progress = lambda *_: None) -> list[IndexReport]:
    """Compare each full-text index with its table; with `mend`, repair those that differ.

    With `mend`, spellings that were learnt are applied to all older rows first. Writers wait while an index is compared
    or rebuilt; readers do not. Raises NotAnArchiveError if the tables are damaged, because their index would be too.
    """
    damaged, _ = damage(archive)
    if damaged:
        raise NotAnArchiveError(f"{archive.database_path} is damaged: {damaged[0]}", RESTORING)
    if mend:
        _catch_up(archive)
    return [_verified(archive, table, mend, progress) for table in fts.COLUMNS]


def _catch_up(archive: Archive) -> None:
    with archive.writing():
        spellings.seed_forms(archive.db)
    looked = 1
    while looked:
        with archive.writing():
            # Without an index, words cannot be looked up; the rows are repaired below.
            looked = spellings.backfill(archive.db) if _is_there(archive.db, "segments") else 0


def _verified(archive: Archive, table: str, mend: bool, progress: Progress) -> IndexReport:
    db = archive.db
    with archive.reading():
        rows = int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - one of ours
        wrong = _stale(db, table, rows, progress)
        misfiled = facets.misfiled(db) if table == spellings.SEGMENTS.table else []
    with archive.writing():
        problems = [Problem.MISSING] if not _is_there(db, table) else []
        if not problems and not is_whole(db, f"{table}_fts"):
            problems.append(Problem.DISAGREES)
        for problem, found in ((Problem.SPELLINGS, wrong), (Problem.FACETS, misfiled)):
            problems += [problem] if found else []
        verdict = IndexReport(table, rows, tuple(problems), len(wrong), len(misfiled))
        if not mend or not verdict.problems:
            return verdict
        if {Problem.MISSING, Problem.DISAGREES} & set(problems):
            fts.make(db, table)
            facets.prepare(db)
        facets.repair(db, misfiled)
        for indexed in spellings.INDEXED:
            if indexed.table == table:
                spellings.repair(db, indexed, wrong)
                forms.repair(db, indexed, wrong)
        return replace(verdict, mended=is_whole(db, f"{table}_fts"))


def _is_there(db: Database, table: str) -> bool:
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")}
    return fts.parts(table) | (set(facets.TRIGGERS) if table == spellings.SEGMENTS.table else set()) <= names


def _stale(db: Database, table: str, rows: int, progress: Progress) -> Sequence[int]:
    wrong: list[int] = []
    looked, last = 0, 0
    for indexed in spellings.INDEXED:
        while indexed.table == table:
            end, found = spellings.stale(db, indexed, last, AT_ONCE)
            if end is None:
                break
            wrong += dict.fromkeys([*found, *forms.stale(db, indexed, last, AT_ONCE)[1]])
            looked, last = min(rows, looked + AT_ONCE), end
            progress(table, looked, rows)
    return wrong
