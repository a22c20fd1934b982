"""Checks that rows are as they were stored, by their digests, and that what is derived from them follows from them.

What is derived is made again in a savepoint and compared with what was there. What is damaged cannot be made again, and
nothing is derived from it, so that the damage stays where it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product
from typing import Any

from sqlite_utils import Database

from radio_archive.archive import digests
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, current, read
from radio_archive.archive.database import lenient_text
from radio_archive.archive.index import spellings, suspects
from radio_archive.archive.index.check import Problem, TableReport
from radio_archive.archive.verify import Progress

AT_ONCE = 100
"""Clips that one transaction looks at."""
_BROKEN = {Problem.MISSING, Problem.DISAGREES}
_MAKES = {"transcripts", "corrections", "correction_decisions"}
"""What the current text, and all that is derived here, is made of."""
NAMED = 10
"""Clips, and rows, that a report names."""
_SEGMENTS = """SELECT transcript_id, text, round(start, 2), round("end", 2), heard,
    (SELECT label FROM speakers WHERE speakers.id = speaker_id) FROM segments WHERE clip_id = ? ORDER BY position"""
_STATUSES = """SELECT corrections.id, status, decision_id FROM transcripts
    JOIN corrections ON transcript_id = transcripts.id WHERE clip_id = ? ORDER BY corrections.id"""
_OTHERS = 'SELECT transcript_id, start, "end", text FROM other_texts WHERE clip_id = ? ORDER BY 1, 2, 3, 4'
_QUEUE = """SELECT show_id, transcript_id, first_word, last_word, kind, doubt, worth, alternatives, correction_id, state
    FROM review_items WHERE clip_id = ? ORDER BY transcript_id, first_word, last_word, correction_id"""
_DERIVED: Sequence[tuple[Mapping[str, str], Callable[[Database, int], None]]] = (
    ({"corrections": _STATUSES}, corrections.settle_clip),
    ({"segments": _SEGMENTS, "other_texts": _OTHERS}, current.derive),
    ({"review_items": _QUEUE}, suspects.repair),
)
"""In order of dependence: tables with the rows of a clip in them, and what makes them again."""


@dataclass(slots=True)
class _Found:
    """What is wrong in a table: the rows that are damaged, and the clips that have others than they should."""

    damaged: int = 0
    differing: int = 0
    clips: dict[int, None] = field(default_factory=dict)
    rows: tuple[int, ...] = ()

    def note(self, clip_id: int) -> None:
        if len(self.clips) < NAMED:
            self.clips[clip_id] = None


def verify(
    archive: Archive,
    indexes: Sequence[TableReport],
    *,
    mend: bool = True,
    accept: bool = False,
    progress: Progress = lambda *_: None,
) -> list[TableReport]:
    """Return the reports about `indexes`, by `index.check`, with what is wrong in the rows of these and other tables.

    With `mend`, what is derived is made again where it differs. Clips are compared by the page, while writers wait.
    While an index is broken, only digests are. With `accept`, all rows are taken for right as they are.
    """
    db = archive.db
    found = {table: _Found() for table in (*digests.TABLES, *chain.from_iterable(queries for queries, _ in _DERIVED))}
    broken = any(_BROKEN & set(report.problems) for report in indexes if not report.is_sound)
    with archive.reading():
        (highest,) = db.execute("SELECT coalesce(max(id), 0) FROM clips").fetchone()
    with lenient_text(db):
        bad = _damaged(archive, found, accept=accept, progress=progress)
        for last in range(0, highest, AT_ONCE):
            with archive.writing():
                if not broken:
                    _compare(db, last, bad, found, mend=mend)
                if mend:
                    spellings.backfill(db)
            progress("texts", min(last + AT_ONCE, highest), highest)
    by_table = {report.table: report for report in indexes}
    return [
        _report(archive, by_table.get(table) or TableReport(table, _rows(archive, table)), found.get(table), mend)
        for table in dict.fromkeys((*by_table, *found))
    ]


def _damaged(archive: Archive, found: Mapping[str, _Found], *, accept: bool, progress: Progress) -> set[int]:
    """Note the rows that are damaged; return the clips from which nothing can be derived."""
    bad: set[int] = set()
    for number, table in enumerate(digests.TABLES, 1):
        with archive.reading():
            damage = digests.damage(archive.db, table)
        if accept and (damage.rows or damage.gone):
            with archive.writing():
                digests.accept(archive.db, table)
                damage = digests.damage(archive.db, table)
        found[table].damaged = len(damage.rows) + damage.gone
        found[table].rows = tuple(row for row, _ in damage.rows[:NAMED])
        clips = [clip for _, clip in damage.rows if clip is not None]
        for clip in clips:
            found[table].note(clip)
        bad.update(clips if table in _MAKES else ())
        progress("rows", number, len(digests.TABLES))
    return bad


def _compare(db: Database, after: int, bad: set[int], found: Mapping[str, _Found], *, mend: bool) -> None:
    rows = db.execute("SELECT id FROM clips WHERE id > ? AND id <= ?", [after, after + AT_ONCE]).fetchall()
    for clip_id, (queries, remake) in product([key for (key,) in rows if key not in bad], _DERIVED):
        before = {table: db.execute(query, [clip_id]).fetchall() for table, query in queries.items()}
        db.execute("SAVEPOINT compared")
        remake(db, clip_id)
        wrong = [
            table
            for table, query in queries.items()
            if not _is_same(table, before[table], db.execute(query, [clip_id]).fetchall())
        ]
        if not (wrong and mend):
            db.execute("ROLLBACK TO compared")
        db.execute("RELEASE compared")
        for table in wrong:
            found[table].differing += 1
            found[table].note(clip_id)


def _is_same(table: str, before: Sequence[Sequence[Any]], wanted: Sequence[Sequence[Any]]) -> bool:
    if table != "segments" or [row[1] for row in before] == [row[1] for row in wanted]:
        return before == wanted
    # An earlier version parted the same text otherwise, which is no fault.
    return _said(before) == _said(wanted)


def _said(rows: Sequence[Sequence[Any]]) -> tuple[str, set[int]]:
    return "".join("".join(row[1].split()) for row in rows), {row[0] for row in rows}


def _rows(archive: Archive, table: str) -> int:
    with archive.reading():
        return int(archive.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - one of ours


def _report(archive: Archive, report: TableReport, found: _Found | None, mend: bool) -> TableReport:
    if found is None or not (found.clips or found.damaged):
        return report
    problems = [*report.problems]
    problems += [Problem.DAMAGED] if found.damaged else []
    problems += [Problem.DIFFERS] if found.differing else []
    return replace(
        report,
        problems=tuple(problems),
        damaged=found.damaged,
        differing=found.differing,
        clips=tuple(read.uids_of(archive, list(found.clips))),
        damaged_rows=found.rows,
        mended=mend and not found.damaged and report.is_sound,
    )
