"""The `variants` columns: other spellings of a row's words, so that full-text search finds it under each.

Rows get their variants when they are written. A new form of a word (*Hawaiʻi*, where only *Hawaii* was known) is stored
in the table `spellings`. Older rows with the plain word are updated later: each transaction updates a limited number,
in any process.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from radio_archive.archive.index import words
from radio_archive.text.spelling import plain
from radio_archive.text.variants import Form, forms_in, seed, variants

BACKFILL = 1_000
"""Rows that one transaction updates: about 0.1 s."""
COMMON = 500
"""A word in more rows than this gets no form with a hyphen: one *to-day* must not update every *today*."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A table with an index, and the columns whose other spellings `variants` holds."""

    table: str
    columns: tuple[str, ...]

    @property
    def index(self) -> str:
        return f"{self.table}_fts"


SEGMENTS = Indexed("segments", ("text",))
CLIPS = Indexed("clips", ("title", "summary"))
STORIES = Indexed("stories", ("headline", "body"))
INDEXED = (SEGMENTS, CLIPS, STORIES)


def variants_of(db: Database, texts: Sequence[str]) -> list[str | None]:
    """Return the variants of texts that are to be written, and store their words and new forms in them."""
    words.add(db, texts)
    return _variants_of(db, texts)


def _variants_of(db: Database, texts: Sequence[str]) -> list[str | None]:
    forms = [form for text in texts for form in forms_in(text)]
    learn(db, forms)
    known = _known(db, texts, forms)
    return [variants(text, known) for text in texts]


def variants_of_row(db: Database, *columns: str | None) -> str | None:
    """Return the variants of the columns of a row that is to be written, and store new forms in them."""
    return variants_of(db, [_text(columns)])[0]


def learn(db: Database, forms: Iterable[Form]) -> None:
    """Store forms; `backfill` updates the older rows with the plain words."""
    for form in dict.fromkeys(forms):
        key = [form.plain, form.written]
        if db.execute("SELECT 1 FROM spellings WHERE plain = ? AND written = ?", key).fetchone():
            continue
        if form.hyphen and _is_common(db, form.plain):
            continue
        db.execute(
            """INSERT INTO spellings (plain, written, pending_below)
               VALUES (?, ?, (SELECT coalesce(max(id), 0) + 1 FROM segments))""",
            key,
        )


def seed_forms(db: Database) -> None:
    """Store the forms that are known in advance."""
    learn(db, sorted(seed(), key=lambda form: form.written))


def forget_unused(db: Database) -> None:
    """Take out the forms of words that are in no text any more, by an index that is up to date."""
    rows = db.execute("SELECT id, written, plain FROM spellings WHERE plain NOT IN (SELECT word FROM words)").fetchall()
    known = {form.plain for form in seed()}
    for key, written, word in rows:
        asked = f'"{written}" OR "{word}"'
        if word not in known and not any(
            db.execute(f"SELECT 1 FROM {one.index} WHERE {one.index} MATCH ? LIMIT 1", [asked]).fetchone()  # noqa: S608
            for one in INDEXED
        ):
            db.execute("DELETE FROM spellings WHERE id = ?", [key])


def update_clip(db: Database, clip_id: int) -> None:
    """Update the variants of a clip's title and summary."""
    _update(db, CLIPS, [clip_id])


def backfill(db: Database, most: int = BACKFILL) -> int:
    """Update at most `most` older rows with newer forms; return how many were checked."""
    done = 0
    while done < most:
        form = db.execute(
            # The plus: by the index of those that wait, not through all spellings in the order of their ids.
            "SELECT id, plain, pending_below FROM spellings WHERE pending_below IS NOT NULL ORDER BY +id LIMIT 1"
        ).fetchone()
        if form is None:
            break
        form_id, word, below = form
        done += _backfill_one(db, form_id, word, below, most - done)
    return done


def stale(db: Database, indexed: Indexed, after: int, most: int) -> tuple[int | None, list[int]]:
    """Check the `most` rows after row `after`; return the last one's id, and the ids of those with wrong variants."""
    columns = ", ".join(indexed.columns)
    rows = db.execute(
        f"SELECT id, variants, {columns} FROM {indexed.table} WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 - fixed
        [after, most],
    ).fetchall()
    texts = [_text(row[2:]) for row in rows]
    known = _known(db, texts, [form for text in texts for form in forms_in(text)])
    wrong = [row[0] for row, text in zip(rows, texts, strict=True) if variants(text, known) != row[1]]
    return (rows[-1][0] if rows else None), wrong


def repair(db: Database, indexed: Indexed, ids: Sequence[int]) -> None:
    """Update the variants of rows."""
    _update(db, indexed, ids)


def _backfill_one(db: Database, form_id: int, word: str, below: int, most: int) -> int:
    match = f'"{word}"'
    ids = [
        row[0]
        for row in db.execute(
            "SELECT rowid FROM segments_fts WHERE segments_fts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            [f"text : {match}", below, most],
        )
    ]
    _update(db, SEGMENTS, ids)
    if len(ids) == most:
        db.execute("UPDATE spellings SET pending_below = ? WHERE id = ?", [ids[-1], form_id])
        return most
    for indexed in (CLIPS, STORIES):
        query = f"SELECT rowid FROM {indexed.index} WHERE {indexed.index} MATCH ?"  # noqa: S608 - one of two tables
        _update(db, indexed, [row[0] for row in db.execute(query, [match]).fetchall()])
    db.execute("UPDATE spellings SET pending_below = NULL WHERE id = ?", [form_id])
    return len(ids) + 1


def _update(db: Database, indexed: Indexed, ids: Sequence[int]) -> None:
    columns = ", ".join(indexed.columns)
    rows = db.execute(
        f"SELECT id, {columns} FROM {indexed.table} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - fixed
        [json.dumps(ids)],
    ).fetchall()
    texts = [_text(row[1:]) for row in rows]
    for (key, *_), value in zip(rows, _variants_of(db, texts), strict=True):
        query = f"UPDATE {indexed.table} SET variants = :v WHERE id = :id AND variants IS NOT :v"  # noqa: S608 - fixed
        db.execute(query, {"v": value, "id": key})


def _text(columns: Iterable[str | None]) -> str:
    return "\n".join(column for column in columns if column)


def _known(db: Database, texts: Sequence[str], forms: Iterable[Form]) -> Mapping[str, Sequence[str]]:
    """Return the written forms of the plain words that occur in `texts`; `forms` are those found in `texts`."""
    # An ʻokina separates words here too; the plain form is looked up as well, for its other forms.
    asked = {word for text in texts for word in _WORD.findall(plain(text))}
    asked |= {form.plain for form in forms}
    known: dict[str, list[str]] = {}
    rows = db.execute(
        "SELECT plain, written FROM spellings WHERE plain IN (SELECT value FROM json_each(?)) ORDER BY id",
        [json.dumps(sorted(asked))],
    )
    for word, written in rows.fetchall():
        known.setdefault(word, []).append(written)
    return known


def _is_common(db: Database, word: str) -> bool:
    query = "SELECT count(*) FROM (SELECT 1 FROM segments_fts WHERE segments_fts MATCH ? LIMIT ?)"
    return bool(db.execute(query, [f'text : "{word}"', COMMON + 1]).fetchone()[0] > COMMON)
