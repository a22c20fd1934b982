"""Adds to a clip the texts that another archive has of it: transcripts, corrections, stories, sidecars, redactions.

What is there is never changed. Where both archives have decided something else, ours stays, and a conflict says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from radio_archive.archive.clips import corrections, redactions, sidecars
from radio_archive.archive.clips.batches import OF_CLIP, BatchKind
from radio_archive.archive.clips.encoding import digest
from radio_archive.archive.index import forms, spellings
from radio_archive.archive.rows import insert

Row = dict[str, Any]
_SAME_TRANSCRIPT = ("digest", "origin", "engine", "model", "revision")
_SAME_CORRECTION = ("transcript_id", "first_word", "last_word", "before", "after", "source")
_CORRECTIONS = """SELECT corrections.* FROM transcripts JOIN corrections ON transcript_id = transcripts.id
    WHERE clip_id = ? ORDER BY corrections.id"""
_DECISIONS = """SELECT decisions.* FROM transcripts JOIN corrections ON transcript_id = transcripts.id
    JOIN correction_decisions AS decisions ON correction_id = corrections.id WHERE clip_id = ? ORDER BY decisions.id"""
_BATCHES = f"SELECT * FROM correction_batches WHERE id IN ({OF_CLIP})".replace(":clip", "?1")  # noqa: S608 - fixed
_SAME_BATCH = """SELECT id FROM correction_batches WHERE kind = :kind AND created_at = :created_at AND author = :author
    AND reason IS :reason"""
_RIGHT = """INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth,
        alternatives, state, author, decided_at)
    VALUES (:clip_id, (SELECT show_id FROM clips WHERE id = :clip_id), :transcript_id, :first_word, :last_word, :kind,
        :doubt, :worth, :alternatives, :state, :author, :decided_at)
    ON CONFLICT (transcript_id, first_word, last_word) WHERE correction_id IS NULL
    DO UPDATE SET state = excluded.state, author = excluded.author, decided_at = excluded.decided_at
        WHERE review_items.state IN ('open', 'skipped', 'covered')"""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both archives say of one thing; ours stays."""

    about: str
    ours: str
    theirs: str


@dataclass(slots=True)
class Tally:
    """What is found while something is merged."""

    conflicts: list[Conflict] = field(default_factory=list, kw_only=True)
    added: dict[str, int] = field(default_factory=dict, kw_only=True)
    """How much was added, by its kind."""

    def count(self, kind: str, number: int = 1) -> None:
        if number:
            self.added[kind] = self.added.get(kind, 0) + number

    def conflict(self, about: str, ours: object, theirs: object) -> None:
        self.conflicts.append(Conflict(about, str(ours), str(theirs)))


@dataclass(slots=True)
class Pair(Tally):
    """A clip that both archives have: its row ids, and what is found while it is merged."""

    ours: int
    theirs: int
    recordings: dict[int, int] = field(default_factory=dict)
    """The ids of its recordings there, and here."""
    transcripts: dict[int, int] = field(default_factory=dict)
    claims: dict[int, int] = field(default_factory=dict)
    chosen: str | None = None
    """The number here of the transcript that a person chose there, if nobody did here; or `machine`."""
    unused: list[str] = field(default_factory=list)
    """Files that nobody may hear any more."""


def rows(db: Database, query: str, *values: object) -> list[Row]:
    """Return the rows that a query finds, by column."""
    found = db.execute(query, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def without(row: Row, **changes: object) -> Row:
    """Return a row to be inserted, with changes: it gets an id of its own."""
    return {name: value for name, value in {**row, **changes}.items() if name != "id"}


def add_transcripts(ours: Database, theirs: Database, pair: Pair) -> None:
    """Add transcripts that the clip does not have, with their gaps."""
    query = "SELECT * FROM transcripts WHERE clip_id = ? ORDER BY id"
    there = {_key(row, _SAME_TRANSCRIPT): row["id"] for row in rows(ours, query, pair.ours)}
    for row in rows(theirs, query, pair.theirs):
        if row["digest"] != digest(row["words"]):
            pair.conflict("transcript", "", f"damaged, and not taken: it does not have the digest {row['digest']}")
            continue
        key = there.get(_key(row, _SAME_TRANSCRIPT))
        if key is None:
            recording = pair.recordings.get(row["recording_id"])
            if recording is None:
                continue
            key = insert(ours, "transcripts", without(row, clip_id=pair.ours, recording_id=recording))
            gaps = [without(gap, transcript_id=key) for gap in _of(theirs, "gaps", "transcript_id", row["id"])]
            _insert_all(ours, "gaps", gaps)
            pair.count("transcripts")
        pair.transcripts[row["id"]] = key


def add_beside(ours: Database, theirs: Database, pair: Pair) -> None:
    """Add sidecars, subjects, notes and collections, and the story if there is none."""
    for one in _of(theirs, "sidecars", "clip_id", pair.theirs):
        pair.count("sidecars", sidecars.insert(ours, pair.ours, one["name"], one["content"]))
    _add_missing(ours, theirs, pair, "subjects", "folded")
    _add_missing(ours, theirs, pair, "notes", "text")
    (language,) = ours.execute("SELECT language FROM clips WHERE id = ?", [pair.ours]).fetchone()
    mine = _of(ours, "stories", "clip_id", pair.ours)
    for story in _of(theirs, "stories", "clip_id", pair.theirs):
        if mine and mine[0]["digest"] != story["digest"]:
            pair.conflict("story", mine[0]["headline"], story["headline"])
        elif not mine:
            text = (story["headline"], story["body"])
            derived = {"variants": spellings.variants_of_row(ours, *text), "forms": forms.of_row(text, language)}
            insert(ours, "stories", without(story, clip_id=pair.ours, **derived))
            pair.count("stories")
    _add_collections(ours, theirs, pair)


def _add_collections(ours: Database, theirs: Database, pair: Pair) -> None:
    query = """SELECT collections.* FROM collections JOIN collection_clips ON collection_id = id
        WHERE clip_id = ? ORDER BY id"""
    mine = {one["folded"] for one in rows(ours, query, pair.ours)}
    for one in rows(theirs, query, pair.theirs):
        if one["folded"] in mine:
            continue
        found = ours.execute("SELECT id FROM collections WHERE folded = ?", [one["folded"]]).fetchone()
        taken = ours.execute("SELECT 1 FROM collections WHERE uid = ?", [one["uid"]]).fetchone()
        # A list that everybody sees must not grow, or appear, by a merge.
        row = without(one, public=0, **({"uid": f"{one['uid']}-2"} if taken else {}))
        key = found[0] if found else insert(ours, "collections", row)
        ours.execute(
            """INSERT INTO collection_clips (collection_id, clip_id, position)
               SELECT :key, :clip, coalesce(max(position), 0) + 1 FROM collection_clips WHERE collection_id = :key""",
            {"key": key, "clip": pair.ours},
        )
        pair.count("collections")


def add_redactions(ours: Database, theirs: Database, pair: Pair, sounds: Mapping[str, str], *, fresh: bool) -> bool:
    """Add redactions that the clip does not have: what one archive hides, both do. Returns whether there were any.

    `sounds` are the paths here of what the public hears there, by digest. Of a clip that was here before, or where
    there is none, it hears nothing until `redact` makes it.
    """
    mine = {(one["start"], one["end"], one["created_at"]) for one in _of(ours, "redactions", "clip_id", pair.ours)}
    for one in _of(theirs, "redactions", "clip_id", pair.theirs):
        if (one["start"], one["end"], one["created_at"]) not in mine:
            insert(ours, "redactions", without(one, clip_id=pair.ours))
            pair.count("redactions")
            if not fresh and one["undone_at"] is None:
                pair.conflict("redaction", "", f"{one['start']} to {one['end']} s; it is hidden here now, too")
    if "redactions" not in pair.added:
        return False
    pair.unused += redactions.changed(ours, pair.ours)
    for there, here in pair.recordings.items() if fresh else ():
        for row in _of(theirs, "redacted_recordings", "recording_id", there):
            if row["sha256"] in sounds:
                names = ", ".join(f'"{name}" = :{name}' for name in row)
                query = f"UPDATE redacted_recordings SET {names} WHERE recording_id = :recording_id"  # noqa: S608 - ours
                ours.execute(query, {**row, "path": sounds[row["sha256"]], "recording_id": here})
    return True


def add_corrections(ours: Database, theirs: Database, pair: Pair, batches: dict[int, int]) -> bool:
    """Add corrections that the clip does not have, and what was decided about them; return whether there were any.

    One that is accepted there over words for which another is accepted here becomes a proposal, and a conflict.
    `batches` are the ids of batches there, and here.
    """
    before = rows(ours, _CORRECTIONS, pair.ours)
    known = {_key(row, _SAME_CORRECTION): row for row in before}
    accepted = [row for row in before if row["status"] == "accepted"]
    decided: dict[int, int] = {}
    touched: list[int] = []
    there = {row["id"]: row for row in rows(theirs, _BATCHES, pair.theirs)}
    for row in rows(theirs, _CORRECTIONS, pair.theirs):
        if row["transcript_id"] not in pair.transcripts:
            continue
        placed = {**row, "transcript_id": pair.transcripts[row["transcript_id"]]}
        mine = known.get(_key(placed, _SAME_CORRECTION))
        rival = next((one for one in accepted if _overlaps(one, placed)), None) if row["status"] == "accepted" else None
        if mine is None:
            batch = _batch(ours, there[row["batch_id"]], batches)
            new = without(placed, batch_id=batch, status="proposed", decision_id=None)
            key = insert(ours, "corrections", new)
            touched.append(key)
            pair.count("corrections")
        else:
            key = mine["id"]
            if mine["decision_id"] is not None:
                if mine["status"] != row["status"] and row["decision_id"] is not None:
                    pair.conflict(f"correction of {row['before']!r} to {row['after']!r}", mine["status"], row["status"])
                continue
        if rival is not None and (mine is None or rival["id"] != mine["id"]):
            pair.conflict(f"correction of {row['before']!r}", rival["after"], row["after"])
        elif row["decision_id"] is not None:
            decided[row["id"]] = key
    for one in rows(theirs, _DECISIONS, pair.theirs):
        if one["correction_id"] in decided:
            key = decided[one["correction_id"]]
            batch = _batch(ours, there[one["batch_id"]], batches)
            insert(ours, "correction_decisions", without(one, batch_id=batch, correction_id=key))
            touched.append(key)
    corrections.settle(ours, touched)
    _add_right(ours, theirs, pair)
    return bool(touched)


def _add_right(ours: Database, theirs: Database, pair: Pair) -> None:
    """Add what a person heard there, and left as it is."""
    query = "SELECT * FROM review_items WHERE clip_id = ? AND state = 'right' AND correction_id IS NULL"
    for row in rows(theirs, query, pair.theirs):
        if row["transcript_id"] in pair.transcripts:
            placed = {**row, "clip_id": pair.ours, "transcript_id": pair.transcripts[row["transcript_id"]]}
            pair.count("reviewed", max(0, ours.execute(_RIGHT, placed).rowcount))


def _batch(ours: Database, row: Row, batches: dict[int, int]) -> int:
    if row["id"] not in batches:
        # Of those that are about many clips there are few, and an interrupted merge goes on with them.
        found = ours.execute(_SAME_BATCH, row).fetchone() if row["kind"] != BatchKind.PROPOSALS else None
        batches[row["id"]] = found[0] if found else insert(ours, "correction_batches", without(row))
    return batches[row["id"]]


def _overlaps(one: Row, other: Row) -> bool:
    same = one["transcript_id"] == other["transcript_id"] and one["after"] != other["after"]
    return bool(same and one["first_word"] <= other["last_word"] and other["first_word"] <= one["last_word"])


def _key(row: Row, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


def _of(db: Database, table: str, column: str, key: int) -> list[Row]:
    return rows(db, f"SELECT * FROM {table} WHERE {column} = ? ORDER BY rowid", key)  # noqa: S608 - our own names


def _insert_all(db: Database, table: str, new: Iterable[Row]) -> None:
    for row in new:
        insert(db, table, row)


def _add_missing(ours: Database, theirs: Database, pair: Pair, table: str, column: str) -> None:
    mine = {row[column] for row in _of(ours, table, "clip_id", pair.ours)}
    new = [row for row in _of(theirs, table, "clip_id", pair.theirs) if row[column] not in mine]
    _insert_all(ours, table, (without(row, clip_id=pair.ours) for row in new))
    pair.count(table, len(new))
