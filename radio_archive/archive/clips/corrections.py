"""Corrections: what people and rules propose, decide and undo. They never change what was heard.

A decision accepts or rejects a correction. A correction's status is that of its newest decision whose batch was not
undone; without one it is open, or withdrawn where its own batch was undone. The accepted ones make the current text, in
order of their decisions. So undoing a batch brings back exactly the text that was there without it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, current
from radio_archive.archive.clips.batches import BatchKind
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.index import spellings
from radio_archive.archive.rows import clip_id_of, insert, now, paged, pages
from radio_archive.errors import NoSuchBatchError, NoSuchClipError, StaleTextError, UsageError
from radio_archive.models import (
    Alternative,
    Correction,
    CorrectionStatus,
    Edit,
    ProposalSource,
    Source,
    clean_text,
)
from radio_archive.text.corrected import Change, Corrected, changes, correct, overlap

AT_ONCE = 200
"""Clips that one transaction of an undo changes."""


@dataclass(frozen=True, slots=True)
class FiledCorrection(Correction):
    """A correction in the archive."""

    id: int = 0
    batch: int = 0
    decision: int | None = None
    """The decision that its status is of."""
    author: str | None = None
    """Who decided."""
    by_person: bool = False
    """Whether a person decided, and not the rules."""


@dataclass(frozen=True, slots=True)
class CurrentText:
    """The current text of a clip. `version` counts the clip's transcripts by age, from 1."""

    version: int
    corrected: Corrected[current.Accepted]

    def redacts(self, first_word: int, last_word: int) -> bool:
        """Whether one of these positions of the transcript is redacted."""
        return any(
            one.redacts and one.first_word <= last_word and first_word <= one.last_word
            for one in self.corrected.applied
        )


VERSION = """(SELECT count(*) FROM transcripts AS earlier
    WHERE earlier.clip_id = clips.id AND earlier.id <= transcripts.id)"""
"""SQL: the number of a transcript among those of its clip, by age, from 1."""

_COLUMNS = """corrections.id, corrections.batch_id, first_word, last_word, "before", "after", status, source, evidence,
    confidence, alternatives, forgets, decision_id, batches.author, batches.kind"""
_FILED = f"""SELECT {_COLUMNS} FROM corrections
    LEFT JOIN correction_decisions AS decisions ON decisions.id = decision_id
    LEFT JOIN correction_batches AS batches ON batches.id = decisions.batch_id"""  # noqa: S608 - fixed
_NEWEST = """(SELECT decisions.id FROM correction_decisions AS decisions
    JOIN correction_batches AS batches ON batches.id = decisions.batch_id
    WHERE decisions.correction_id = corrections.id AND batches.undone_at IS NULL ORDER BY decisions.id DESC LIMIT 1)"""
_GIVEN = "(SELECT value FROM json_each(:ids))"
_SETTLE = f"UPDATE corrections SET decision_id = {_NEWEST} WHERE id IN {_GIVEN}"  # noqa: S608 - fixed
_SETTLE_STATUS = f"""UPDATE corrections SET status = coalesce(
        (SELECT CASE accepted WHEN 0 THEN 'rejected' ELSE 'accepted' END FROM correction_decisions
         WHERE correction_decisions.id = decision_id),
        (SELECT CASE WHEN undone_at IS NULL THEN 'proposed' ELSE 'withdrawn' END FROM correction_batches
         WHERE correction_batches.id = corrections.batch_id))
    WHERE id IN {_GIVEN}"""  # noqa: S608 - fixed


def now_of(archive: Archive, uid: str) -> CurrentText:
    """Return a clip's current words, and where in its transcript they come from. Raises NoSuchClipError."""
    with archive.reading():
        found = archive.db.execute(
            f"""SELECT words, {current.ACCEPTED}, {VERSION} FROM clips
                LEFT JOIN transcripts ON transcripts.id = current_transcript_id WHERE uid = ?""",  # noqa: S608
            [uid],
        ).fetchone()
    if found is None:
        raise NoSuchClipError(f"no clip {uid!r} in this archive", "`radio-archive list` shows the clips.")
    words, accepted, version = found
    return CurrentText(version, current.corrected(load_words(words or "[]"), accepted))


def of_clip(
    archive: Archive, uid: str, status: CorrectionStatus | None = None, version: int | None = None
) -> tuple[FiledCorrection, ...]:
    """Return the corrections of a clip's current transcript, or of its `version`, in order of their places."""
    with archive.reading():
        return of_transcript(archive.db, transcript_of(archive.db, clip_id_of(archive.db, uid), version), status)


def changes_of(archive: Archive, uid: str) -> list[Change[FiledCorrection]]:
    """Return the places where a clip's text is not what was heard, in their order."""
    query = "SELECT transcripts.id, words FROM clips JOIN transcripts ON transcripts.id = current_transcript_id"
    with archive.reading():
        row = archive.db.execute(f"{query} WHERE uid = ?", [uid]).fetchone()
        accepted = of_transcript(archive.db, row[0], CorrectionStatus.ACCEPTED) if row else ()
    words = load_words(row[1]) if row else ()
    return changes(words, correct(words, sorted(accepted, key=lambda one: one.decision or 0)))


def by_id(archive: Archive, ids: Iterable[int]) -> tuple[FiledCorrection, ...]:
    """Return those of these corrections that exist."""
    with archive.reading():
        keys = json.dumps(list(ids))
        query = f"{_FILED} WHERE corrections.id IN (SELECT value FROM json_each(?)) ORDER BY corrections.id"  # noqa: S608
        return tuple(_filed(row) for row in archive.db.execute(query, [keys]))


def edit(
    archive: Archive,
    uid: str,
    edits: Sequence[Edit],
    author: str,
    *,
    reason: str | None = None,
    version: int | None = None,
    kind: BatchKind = BatchKind.EDIT,
    forgets: bool = False,
    batch: int | None = None,
) -> int | None:
    """File a person's own corrections of a clip, which are at once accepted, and return the number of their batch.

    They join `batch` if it is given. None is returned if they change nothing. Open proposals at the same places are
    rejected with them. With `forgets`, what was heard there is no longer found. Raises StaleTextError if the current
    transcript is not `version`, or if the text at one of the places is no longer what the person saw, and UsageError
    if words there are redacted; then nothing is changed.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        there = now_of(archive, uid)
        changing = [one for one in edits if one.before != clean_text(one.after)]
        for one in edits:
            if version not in {None, there.version}:
                raise StaleTextError.of(uid, one.before, None)
            found = there.corrected.text_of(one.first_word, one.last_word)
            if found != one.before:
                raise StaleTextError.of(uid, one.before, found)
        for one in changing:
            if there.redacts(one.first_word, one.last_word):
                raise UsageError(f"“{one.before}” of {uid} is redacted", "Correct the words before and after it.")
        if not changing:
            return batch
        batch = batches.begin(db, kind, author, reason) if batch is None else batch
        made = [
            Correction(one.first_word, one.last_word, one.before, clean_text(one.after), Source.HUMAN, forgets=forgets)
            for one in changing
        ]
        put(db, transcript_of(db, clip_id), made, batch)
        current.derive(db, clip_id)
        spellings.backfill(db)
    return batch


def decide(
    archive: Archive, ids: Sequence[int], author: str, *, accepted: bool, reason: str | None = None
) -> tuple[int, tuple[str, ...]]:
    """Accept or reject corrections; return the number of the batch, and the uids of the clips. Raises UsageError."""
    db = archive.db
    with archive.writing():
        clips = clips_of(db, ids)
        if sum(len(those) for _, _, those in clips) < len(set(ids)):
            raise UsageError("no such correction", "`radio-archive review --json` lists those that wait.")
        batch = batches.begin(db, BatchKind.REVIEW, author, reason)
        decide_each(db, ids, batch, accepted=accepted)
        for clip_id, _, _ in clips:
            current.derive(db, clip_id)
        spellings.backfill(db)
    return batch, tuple(uid for _, uid, _ in clips)


def undo(archive: Archive, batch: int) -> tuple[str, ...]:
    """Undo a batch, and return the uids of the clips whose text or proposals it was about.

    If it is interrupted, do it again. Raises NoSuchBatchError, and UsageError if it was undone already.
    """
    db = archive.db
    with archive.writing():
        row = db.execute("SELECT undone_at FROM correction_batches WHERE id = ?", [batch]).fetchone()
        if row is None:
            raise NoSuchBatchError(f"no batch {batch}", "`radio-archive fix --list` shows them.")
        db.execute("UPDATE correction_batches SET undone_at = coalesce(undone_at, ?) WHERE id = ?", [now(), batch])
    uids: dict[str, None] = {}
    for page in pages(_unsettled(archive, batch), AT_ONCE):
        with archive.writing():
            for clip_id, uid, those in page:
                settle(db, those)
                current.derive(db, clip_id)
                uids[uid] = None
            spellings.backfill(db)
    if row[0] is not None and not uids:
        raise UsageError(
            f"batch {batch} was undone already, on {row[0][:10]}", "`radio-archive fix --list` shows them."
        )
    return tuple(uids)


def file(db: Database, transcript_id: int, correction: Correction, batch: int, *, accepted: bool | None = None) -> int:
    """Add a correction to a batch, decided in it unless `accepted` is None; return its id.

    The caller derives the clip's segments afterwards.
    """
    status = {None: CorrectionStatus.PROPOSED, True: CorrectionStatus.ACCEPTED, False: CorrectionStatus.REJECTED}
    made = {"batch_id": batch, "transcript_id": transcript_id, "status": status[accepted]}
    key = insert(db, "corrections", {**made, **_row(correction)})
    if accepted is not None:
        decide_each(db, [key], batch, accepted=accepted)
    return key


def copy(db: Database, one: FiledCorrection, transcript_id: int, instead_of: Sequence[FiledCorrection]) -> None:
    """Give another transcript a correction as decided in the same batches, so that both are undone together.

    Of the rules' own that it is `instead_of`, the same one goes, and those that wait are rejected.
    """
    place = one.first_word, one.last_word, one.after
    same = [old.id for old in instead_of if (old.first_word, old.last_word, old.after) == place]
    remove(db, same)
    key = file(db, transcript_id, one, one.batch)
    if one.decision is None:
        settle(db, [key])
        return
    query = "SELECT batch_id, accepted FROM correction_decisions WHERE id = ?"
    batch, accepted = db.execute(query, [one.decision]).fetchone()
    decide_each(db, [key], batch, accepted=bool(accepted))
    if accepted:
        waiting = [old.id for old in instead_of if old.status == CorrectionStatus.PROPOSED and old.id not in same]
        decide_each(db, waiting, batch, accepted=False)


def put(
    db: Database, transcript_id: int, made: Sequence[Correction], batch: int, instead_of: int | None = None
) -> None:
    """Add a person's corrections; open proposals at their places are rejected, and the one that is asked for.

    The caller derives the clip's segments afterwards.
    """
    waiting = of_transcript(db, transcript_id, CorrectionStatus.PROPOSED)
    beneath = [old.id for old in waiting if old.id == instead_of or any(overlap(old, one) for one in made)]
    for one in made:
        file(db, transcript_id, one, batch, accepted=True)
    decide_each(db, beneath, batch, accepted=False)


def remove(db: Database, ids: Sequence[int]) -> None:
    """Remove corrections, their decisions, and the batches that have nothing in them then."""
    keys = {"ids": json.dumps(list(ids))}
    touched = db.execute(
        f"""SELECT batch_id FROM corrections WHERE id IN {_GIVEN}
            UNION SELECT batch_id FROM correction_decisions WHERE correction_id IN {_GIVEN}""",  # noqa: S608 - fixed
        keys,
    ).fetchall()
    db.execute(f"DELETE FROM corrections WHERE id IN {_GIVEN}", keys)  # noqa: S608 - fixed
    batches.forget_empty(db, [batch for (batch,) in touched])


def rewrite(db: Database, old: FiledCorrection, new: Correction) -> None:
    """Write why a correction is right, and how likely that is, if it is no longer as it was filed."""
    row = _row(new)
    if row != _row(old):
        columns = ("source", "evidence", "confidence", "alternatives")
        query = f"UPDATE corrections SET {', '.join(f'{one} = :{one}' for one in columns)} WHERE id = :id"  # noqa: S608
        db.execute(query, {**row, "id": old.id})


def settle_clip(db: Database, clip_id: int) -> None:
    """Write again what decisions make of all corrections of a clip."""
    query = (
        "SELECT corrections.id FROM transcripts JOIN corrections ON transcript_id = transcripts.id WHERE clip_id = ?"
    )
    settle(db, [key for (key,) in db.execute(query, [clip_id])])


def reopen(db: Database, key: int) -> None:
    """Take back what the rules decided about a correction."""
    db.execute("UPDATE corrections SET decision_id = NULL WHERE id = ?", [key])
    db.execute(
        """DELETE FROM correction_decisions WHERE correction_id = ?
           AND batch_id IN (SELECT id FROM correction_batches WHERE kind = 'proposals')""",
        [key],
    )
    settle(db, [key])


def decide_each(db: Database, ids: Sequence[int], batch: int, *, accepted: bool) -> None:
    """Accept or reject corrections in a batch. The caller derives the clips' segments afterwards."""
    rows = [(batch, one, int(accepted)) for one in ids]
    query = "INSERT INTO correction_decisions (batch_id, correction_id, accepted) VALUES (?, ?, ?)"
    db.conn.executemany(query, rows)
    settle(db, ids)


def settle(db: Database, ids: Sequence[int]) -> None:
    """Write again what the decisions about corrections make of them."""
    asked = {"ids": json.dumps(list(ids))}
    db.execute(_SETTLE, asked)
    db.execute(_SETTLE_STATUS, asked)


def _unsettled(archive: Archive, batch: int) -> Iterator[tuple[int, str, list[int]]]:
    """Yield the clips of a batch that was undone, with those of its corrections that still count it."""
    query = f"""SELECT id FROM {batches.TOUCHED} WHERE id > :last AND id IN (SELECT id FROM corrections
            WHERE decision_id IN (SELECT id FROM correction_decisions WHERE batch_id = :batch)
            OR (decision_id IS NULL AND status <> 'withdrawn' AND batch_id = :batch))
        ORDER BY id LIMIT :page"""  # noqa: S608 - fixed
    for page in pages(paged(archive, query, batch=batch)):
        yield from clips_of(archive.db, [one for (one,) in page])


def clips_of(db: Database, ids: Sequence[int]) -> list[tuple[int, str, list[int]]]:
    """Return the id and uid of each clip that these corrections are of, with those of them that are its own."""
    rows = db.execute(
        """SELECT clips.id, clips.uid, json_group_array(corrections.id) FROM corrections
           JOIN transcripts ON transcripts.id = transcript_id JOIN clips ON clips.id = transcripts.clip_id
           WHERE corrections.id IN (SELECT value FROM json_each(?)) GROUP BY clips.id ORDER BY clips.id""",
        [json.dumps(list(ids))],
    ).fetchall()
    return [(clip_id, uid, json.loads(those)) for clip_id, uid, those in rows]


def transcript_of(db: Database, clip_id: int, version: int | None = None) -> int:
    """Return the id of a clip's transcript: of its `version`, by default the current one. Raises UsageError."""
    if version is None:
        row = db.execute("SELECT current_transcript_id FROM clips WHERE id = ?", [clip_id]).fetchone()
    else:
        query = "SELECT id FROM transcripts WHERE clip_id = ? ORDER BY id LIMIT 1 OFFSET ?"
        row = db.execute(query, [clip_id, version - 1]).fetchone() if version > 0 else None
    if row is None or row[0] is None:
        raise UsageError("the clip has no such transcript", "`radio-archive show CLIP --sources` shows what it has.")
    return int(row[0])


def of_transcript(
    db: Database, transcript_id: int, status: CorrectionStatus | None = None
) -> tuple[FiledCorrection, ...]:
    """Return the corrections of a transcript, or those with a status, in order of their places."""
    rows = db.execute(
        f"""{_FILED} WHERE transcript_id = ? AND (? IS NULL OR status = ?) ORDER BY first_word, corrections.id""",
        [transcript_id, status, status],
    )
    return tuple(_filed(row) for row in rows)


def _filed(row: Sequence[Any]) -> FiledCorrection:
    key, batch, first, last, before, after, status, source, evidence, confidence, others, forgets, *decided = row
    decision, author, kind = decided
    return FiledCorrection(
        first, last, before, after, source, evidence or "", confidence, _alternatives(others),
        CorrectionStatus(status), bool(forgets), key, batch, decision, author,
        kind is not None and kind != BatchKind.PROPOSALS,
    )  # fmt: skip


def _row(one: Correction) -> dict[str, object]:
    """Return what is stored of a correction and never follows from a decision."""
    others = json.dumps([asdict(other) for other in one.alternatives], ensure_ascii=False)
    return {
        "first_word": one.first_word,
        "last_word": one.last_word,
        "before": one.before,
        "after": one.after,
        "source": one.source,
        "evidence": one.evidence or None,
        "confidence": float(one.confidence),
        "alternatives": others if one.alternatives else None,
        "forgets": int(one.forgets),
    }


def _alternatives(stored: str | None) -> tuple[Alternative, ...]:
    rows = json.loads(stored) if stored else []
    return tuple(Alternative(**{**row, "source": ProposalSource(row["source"])}) for row in rows)
