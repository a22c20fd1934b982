"""Compares the full-text indexes with their tables, and rebuilds those that differ."""

from dataclasses import dataclass, replace
from enum import StrEnum

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.database import RESTORING, is_whole, lenient_text
from radio_archive.archive.index import facets, forms, fts, spellings
from radio_archive.archive.verify import Progress, damage
from radio_archive.errors import NotAnArchiveError

AT_ONCE = 2_000
"""Rows checked between two reports of progress."""


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
    DIFFERS = "differs"
    """Rows of clips are not what follows from their transcripts and corrections."""
    DAMAGED = "damaged"
    """Rows are not as they were stored, and cannot be made again."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """The result for one table and its index, if it has one.

    `stale` counts rows with wrong variants or forms, `misfiled` clips whose rows have wrong facets. `damaged` counts
    rows that are not as they were stored or are gone, `damaged_rows` are the row ids of the first. `differing` counts
    clips whose rows do not follow from their texts; `clips` are the uids of the first of all these.
    """

    table: str
    rows: int
    problems: tuple[Problem, ...] = ()
    stale: int = 0
    misfiled: int = 0
    mended: bool = False
    damaged: int = 0
    differing: int = 0
    clips: tuple[str, ...] = ()
    damaged_rows: tuple[int, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether there is no problem, or it was repaired."""
        return self.mended or not self.problems


def verify(archive: Archive, *, mend: bool = True, progress: Progress = lambda *_: None) -> list[TableReport]:
    """Compare each full-text index with its table; with `mend`, repair those that differ.

    With `mend`, spellings that were learnt are applied to all older rows first. Writers wait while an index is compared
    or rebuilt; readers do not. Rows are compared, and repaired, by the page. Raises NotAnArchiveError if the tables
    are damaged, because their index would be too.
    """
    progress("the database", 0, 1)
    damaged, _ = damage(archive)
    progress("the database", 1, 1)
    if damaged:
        raise NotAnArchiveError(f"{archive.database_path} is damaged: {damaged[0]}", RESTORING)
    with lenient_text(archive.db):
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


def _verified(archive: Archive, table: str, mend: bool, progress: Progress) -> TableReport:
    db = archive.db
    problems: list[Problem] = []
    with archive.writing():
        if not _is_there(db, table):
            problems.append(Problem.MISSING)
        elif not is_whole(db, f"{table}_fts"):
            problems.append(Problem.DISAGREES)
        if problems and mend:
            # First: a row that is repaired changes the index too.
            fts.make(db, table)
            facets.prepare(db)
    with archive.reading():
        (rows,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - one of ours
    stale = _stale(archive, table, rows, mend, progress)
    misfiled = _misfiled(archive, mend, progress) if table == spellings.SEGMENTS.table else 0
    for problem, number in ((Problem.SPELLINGS, stale), (Problem.FACETS, misfiled)):
        problems += [problem] if number else []
    verdict = TableReport(table, rows, tuple(problems), stale, misfiled)
    if not mend or not problems:
        return verdict
    with archive.writing():
        return replace(verdict, mended=is_whole(db, f"{table}_fts"))


def _is_there(db: Database, table: str) -> bool:
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")}
    return fts.parts(table) | (set(facets.TRIGGERS) if table == spellings.SEGMENTS.table else set()) <= names


def _stale(archive: Archive, table: str, rows: int, mend: bool, progress: Progress) -> int:
    """Return how many rows have wrong variants or forms; with `mend`, repair each page of them."""
    number, looked, last = 0, 0, 0
    for indexed in spellings.INDEXED:
        while indexed.table == table:
            with archive.reading():
                end, found = spellings.stale(archive.db, indexed, last, AT_ONCE)
                wrong = list(dict.fromkeys([*found, *forms.stale(archive.db, indexed, last, AT_ONCE)[1]]))
            if end is None:
                break
            if wrong and mend:
                with archive.writing():
                    spellings.repair(archive.db, indexed, wrong)
                    forms.repair(archive.db, indexed, wrong)
            number, looked, last = number + len(wrong), min(rows, looked + AT_ONCE), end
            progress(table, looked, rows)
    return number


def _misfiled(archive: Archive, mend: bool, progress: Progress) -> int:
    """Return how many clips have segments with wrong facets; with `mend`, repair each page of them."""
    number, last = 0, 0
    with archive.reading():
        (highest,) = archive.db.execute("SELECT coalesce(max(id), 0) FROM clips").fetchone()
    while last < highest:
        with archive.reading():
            wrong = facets.misfiled(archive.db, last, last + AT_ONCE)
        if wrong and mend:
            with archive.writing():
                facets.repair(archive.db, wrong)
        number, last = number + len(wrong), last + AT_ONCE
        progress("facets", min(last, highest), highest)
    return number
