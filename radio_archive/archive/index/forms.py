"""The `forms` columns: stems, abbreviations and other forms of a row's words, which follow from its text and language.

A sentence is in the language of its clip unless it has one of its own.
"""

import json
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from radio_archive.archive.index.spellings import CLIPS, INDEXED, SEGMENTS, STORIES, Indexed

_OF_CLIP = "(SELECT language FROM clips WHERE clips.id = {table}.clip_id)"
_LANGUAGES: Mapping[str, str] = {
    SEGMENTS.table: f"coalesce(language, {_OF_CLIP.format(table=SEGMENTS.table)})",
    CLIPS.table: "language",
    STORIES.table: _OF_CLIP.format(table=STORIES.table),
}


def of_row(columns: Sequence[str | None], language: str | None) -> str | None:
    """Return the forms of the columns of a row that is to be written."""
    # Not quick to import, and nothing that only reads an archive needs it.
    from radio_archive.text.forms import index_forms

    return index_forms("\n".join(column for column in columns if column), language)


def fill(db: Database, indexed: Indexed, after: int, most: int) -> int | None:
    """Update the `most` rows after row `after`; return the last one's id, None at the end."""
    last, wrong = _compare(db, indexed, "id > ? ORDER BY id LIMIT ?", [after, most])
    _write(db, indexed, wrong)
    return last


def stale(db: Database, indexed: Indexed, after: int, most: int) -> tuple[int | None, list[int]]:
    """Check the `most` rows after row `after`; return the last one's id, and the ids of those with wrong forms."""
    last, wrong = _compare(db, indexed, "id > ? ORDER BY id LIMIT ?", [after, most])
    return last, list(wrong)


def repair(db: Database, indexed: Indexed, ids: Sequence[int]) -> None:
    """Update the forms of rows."""
    _write(db, indexed, _compare(db, indexed, "id IN (SELECT value FROM json_each(?))", [json.dumps(ids)])[1])


def update_clip(db: Database, clip_id: int, *, language_changed: bool) -> None:
    """Update the forms of a clip's title and summary; if its language changed, also of its sentences and stories."""
    for indexed in INDEXED if language_changed else (CLIPS,):
        which = "id = ?" if indexed == CLIPS else "clip_id = ?"
        _write(db, indexed, _compare(db, indexed, which, [clip_id])[1])


def _compare(
    db: Database, indexed: Indexed, which: str, parameters: Sequence[object]
) -> tuple[int | None, dict[int, str | None]]:
    """Return the last id of the chosen rows, and the right forms of those that have others."""
    columns = ", ".join(indexed.columns)
    rows = db.execute(
        f"""SELECT id, forms, {_LANGUAGES[indexed.table]}, {columns} FROM {indexed.table}
            WHERE {which}""",  # noqa: S608 - fixed
        parameters,
    ).fetchall()
    right = {row[0]: of_row(row[3:], row[2]) for row in rows}
    return (rows[-1][0] if rows else None), {row[0]: right[row[0]] for row in rows if right[row[0]] != row[1]}


def _write(db: Database, indexed: Indexed, forms: Mapping[int, str | None]) -> None:
    query = f"UPDATE {indexed.table} SET forms = ? WHERE id = ?"  # noqa: S608 - one of ours
    db.conn.executemany(query, [(value, key) for key, value in forms.items()])
