"""Corrections: what people and rules propose, decide and undo. They never change what was heard.

A decision accepts or rejects a correction. A correction's status is that of its newest decision whose batch was not
undone; without one it is open, or withdrawn where its own batch was undone. The accepted ones make the current text, in
order of their decisions. So undoing a batch brings back exactly the text that was there without it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import current
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.index import spellings
from radio_archive.archive.rows import PAGE, clip_id_of, insert, now, pages
from radio_archive.errors import NoSuchBatchError, NoSuchClipError, StaleTextError, UsageError
from radio_archive.models import (
    Alternative,
    Correction,
    CorrectionStatus,
    Edit,
    Proposal,
    ProposalSource,
    Source,
    clean_text,
)
from radio_archive.text.corrected import Change, Corrected, changes, correct

MACHINE = "radio-archive"
"""The author of what the rules propose and accept."""
AT_ONCE = 200
"""Clips that one transaction of an undo changes."""


class BatchKind(StrEnum):
    """What a batch of corrections or decisions is the work of."""

    PROPOSALS = "proposals"
    """Of the rules, about one clip."""
    FIX = "fix"
    """One text replaced everywhere."""
    REVIEW = "review"
    """Decisions about proposals."""
    EDIT = "edit"
    """A person's own words."""
    RETRANSCRIBE = "retranscribe"


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
class Batch:
    """Corrections or decisions that were made together; `undone_at` and `created_at` are times in UTC, ISO 8601."""

    number: int
    kind: BatchKind
    author: str
    reason: str | None
    created_at: str
    undone_at: str | None
    corrections: int
    clips: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of proposals for a clip: how many were accepted at once, how many wait, and if its text changed."""

    accepted: int
    waiting: int
    changed: bool


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
_SETTLE = f"""UPDATE corrections SET decision_id = {_NEWEST} WHERE id IN (SELECT value FROM json_each(:ids))"""  # noqa: S608
_SETTLE_STATUS = """UPDATE corrections SET status = coalesce(
        (SELECT CASE accepted WHEN 0 THEN 'rejected' ELSE 'accepted' END FROM correction_decisions
         WHERE correction_decisions.id = decision_id),
        (SELECT CASE WHEN undone_at IS NULL THEN 'proposed' ELSE 'withdrawn' END FROM correction_batches
         WHERE correction_batches.id = corrections.batch_id))
    WHERE id IN (SELECT value FROM json_each(:ids))"""
_TOUCHED = """(SELECT id FROM corrections WHERE batch_id = :batch
    UNION SELECT correction_id FROM correction_decisions WHERE batch_id = :batch)"""


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
        transcript_id = _transcript_of(archive.db, clip_id_of(archive.db, uid), version)
        return _of_transcript(archive.db, transcript_id, status)


def changes_of(archive: Archive, uid: str) -> list[Change[FiledCorrection]]:
    """Return the places where a clip's text is not what was heard, in their order."""
    accepted = of_clip(archive, uid, CorrectionStatus.ACCEPTED)
    query = """SELECT words FROM clips JOIN transcripts ON transcripts.id = current_transcript_id WHERE uid = ?"""
    with archive.reading():
        words = load_words(archive.db.execute(query, [uid]).fetchone()[0])
    found = correct(words, sorted(accepted, key=lambda one: one.decision or 0))
    return changes(words, found)


def by_id(archive: Archive, ids: Iterable[int]) -> tuple[FiledCorrection, ...]:
    """Return those of these corrections that exist."""
    with archive.reading():
        keys = json.dumps(list(ids))
        query = f"{_FILED} WHERE corrections.id IN (SELECT value FROM json_each(?)) ORDER BY corrections.id"  # noqa: S608
        return tuple(_filed(row) for row in archive.db.execute(query, [keys]))


def propose(archive: Archive, uid: str, proposals: Sequence[Proposal], accept: float) -> Proposed:
    """File what the rules propose for a clip's current transcript.

    Those with a confidence of at least `accept` are accepted at once, unless they are tied. They replace the rules'
    earlier ones about which no person has decided. What a person rejected or undid is not proposed again, and nothing
    is at a place where a person's own correction stands.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        transcript_id = _transcript_of(db, clip_id, None)
        before = _of_transcript(db, transcript_id, None)
        ours = {one.id for one in before if _is_of_rules(one)}
        settled = [one for one in before if one.id not in ours]
        # What a person's correction hides stays as it is: it is there again if that is undone.
        standing = {_key(one) for one in before if one.id in ours and one.status == CorrectionStatus.ACCEPTED}
        wanted = {
            _key(one): one
            for one in proposals
            if not _is_settled(one, settled) or (_key(one) in standing and is_sure(one, accept))
        }
        kept = {_key(one): one for one in before if one.id in ours and _key(one) in wanted}
        gone = [one for one in before if one.id in ours and _key(one) not in wanted]
        _remove(db, [one.id for one in gone])
        new = [one for key, one in wanted.items() if key not in kept]
        file_proposals(db, transcript_id, new, accept)
        for key, old in kept.items():
            _update(db, old, wanted[key], accept)
        after = _of_transcript(db, transcript_id, CorrectionStatus.ACCEPTED)
        changed = _places(before) != _places(after)
        if changed:
            current.derive(db, clip_id)
            spellings.backfill(db)
        accepted = sum(is_sure(one, accept) for one in wanted.values())
    return Proposed(accepted, len(wanted) - accepted, changed)


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
    transcript is not `version`, or if the text at one of the places is no longer what the person saw; then nothing is
    changed.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        there = now_of(archive, uid)
        changing = [one for one in edits if one.before != _clean(one.after)]
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
        batch = open_batch(db, kind, author, reason) if batch is None else batch
        transcript_id = _transcript_of(db, clip_id, None)
        standing = _of_transcript(db, transcript_id, None)
        for one in changing:
            beneath = [old for old in standing if _overlap(old, one)]
            hides = any(old.forgets for old in beneath if old.status == CorrectionStatus.ACCEPTED)
            made = Correction(
                one.first_word, one.last_word, one.before, _clean(one.after), Source.HUMAN, forgets=forgets or hides
            )
            file(db, transcript_id, made, batch, accepted=True)
            _decide(db, [old.id for old in beneath if old.status == CorrectionStatus.PROPOSED], batch, accepted=False)
        current.derive(db, clip_id)
        spellings.backfill(db)
    return batch


def decide(
    archive: Archive, ids: Sequence[int], author: str, *, accepted: bool, reason: str | None = None
) -> tuple[int, tuple[str, ...]]:
    """Accept or reject corrections; return the number of the batch, and the uids of the clips. Raises UsageError."""
    db = archive.db
    with archive.writing():
        clips = _clips_of(db, ids)
        if len({one for _, _, those in clips for one in those}) < len(set(ids)):
            raise UsageError("no such correction", "`radio-archive review --json` lists those that wait.")
        batch = open_batch(db, BatchKind.REVIEW, author, reason)
    for clip_id, _, those in clips:
        with archive.writing():
            _decide(db, those, batch, accepted=accepted)
            current.derive(db, clip_id)
            spellings.backfill(db)
    return batch, tuple(uid for _, uid, _ in clips)


def choose(archive: Archive, correction: int, alternative: int, author: str) -> int:
    """Accept one of a proposal's alternatives (0 is the first) in place of the proposal; return the batch.

    Raises UsageError if there is none.
    """
    db = archive.db
    with archive.writing():
        found = by_id(archive, [correction])
        if not found or not 0 <= alternative < len(found[0].alternatives):
            raise UsageError("no such alternative", "`radio-archive review --json` lists them.")
        [(clip_id, _, _)] = _clips_of(db, [correction])
        query = "SELECT transcript_id, words FROM corrections JOIN transcripts ON transcripts.id = transcript_id"
        transcript_id, words = db.execute(f"{query} WHERE corrections.id = ?", [correction]).fetchone()
        chosen = found[0].alternatives[alternative]
        before = clean_text("".join(w.text for w in load_words(words)[chosen.first_word : chosen.last_word + 1]))
        batch = open_batch(db, BatchKind.REVIEW, author)
        made = Correction(
            chosen.first_word, chosen.last_word, before, _clean(chosen.after), chosen.source, chosen.evidence,
            chosen.confidence,
        )  # fmt: skip
        file(db, transcript_id, made, batch, accepted=True)
        _decide(db, [correction], batch, accepted=False)
        current.derive(db, clip_id)
        spellings.backfill(db)
    return batch


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
                _settle(db, those)
                current.derive(db, clip_id)
                uids[uid] = None
            spellings.backfill(db)
    if row[0] is not None and not uids:
        raise UsageError(
            f"batch {batch} was undone already, on {row[0][:10]}", "`radio-archive fix --list` shows them."
        )
    return tuple(uids)


def batches(archive: Archive, limit: int = 20, kinds: Sequence[BatchKind] | None = None) -> list[Batch]:
    """Return the newest batches, by default all but those of the rules alone."""
    chosen = [kind for kind in BatchKind if kind != BatchKind.PROPOSALS] if kinds is None else kinds
    query = f"""SELECT id, kind, author, reason, created_at, undone_at,
            (SELECT count(*) FROM {_TOUCHED.replace(":batch", "correction_batches.id")}),
            (SELECT count(DISTINCT clip_id) FROM corrections JOIN transcripts ON transcripts.id = transcript_id
             WHERE corrections.id IN {_TOUCHED.replace(":batch", "correction_batches.id")})
        FROM correction_batches WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?"""  # noqa: S608
    with archive.reading():
        rows = archive.db.execute(query, [json.dumps(chosen), limit]).fetchall()
    return [Batch(number, BatchKind(kind), *rest) for number, kind, *rest in rows]


def open_batch(db: Database, kind: BatchKind, author: str, reason: str | None = None) -> int:
    """Begin a batch, and return its number."""
    row = {"author": clean_text(author), "reason": reason, "created_at": now(), "kind": kind}
    return insert(db, "correction_batches", row)


def file(db: Database, transcript_id: int, correction: Correction, batch: int, *, accepted: bool | None = None) -> int:
    """Add a correction to a batch, decided in it unless `accepted` is None; return its id.

    The caller derives the clip's segments afterwards.
    """
    status = {None: CorrectionStatus.PROPOSED, True: CorrectionStatus.ACCEPTED, False: CorrectionStatus.REJECTED}
    row = {
        "batch_id": batch,
        "transcript_id": transcript_id,
        "first_word": correction.first_word,
        "last_word": correction.last_word,
        "before": correction.before,
        "after": correction.after,
        "status": status[accepted],
        "source": correction.source,
        "evidence": correction.evidence or None,
        "confidence": correction.confidence,
        "alternatives": _dump(correction.alternatives),
        "forgets": correction.forgets,
    }
    key = insert(db, "corrections", row)
    if accepted is not None:
        _decide(db, [key], batch, accepted=accepted)
    return key


def file_proposals(db: Database, transcript_id: int, proposals: Sequence[Proposal], accept: float) -> bool:
    """Add what the rules propose for a new transcript; return whether something of it is accepted by itself."""
    batch = open_batch(db, BatchKind.PROPOSALS, MACHINE) if proposals else 0
    for one in proposals:
        file(db, transcript_id, _correction(one), batch, accepted=True if is_sure(one, accept) else None)
    return any(is_sure(one, accept) for one in proposals)


def forget_empty_batches(db: Database, batch_ids: Sequence[int]) -> None:
    """Remove those of these batches that have nothing in them any more."""
    db.execute(
        """DELETE FROM correction_batches WHERE id IN (SELECT value FROM json_each(?))
           AND NOT EXISTS (SELECT 1 FROM corrections WHERE batch_id = correction_batches.id)
           AND NOT EXISTS (SELECT 1 FROM correction_decisions WHERE batch_id = correction_batches.id)""",
        [json.dumps(list(batch_ids))],
    )


def batches_of(db: Database, clip_id: int) -> list[int]:
    """Return the batches that have something of a clip."""
    rows = db.execute(
        """SELECT corrections.batch_id FROM transcripts JOIN corrections ON transcript_id = transcripts.id
           WHERE clip_id = :clip
           UNION SELECT correction_decisions.batch_id FROM transcripts
           JOIN corrections ON transcript_id = transcripts.id
           JOIN correction_decisions ON correction_id = corrections.id WHERE clip_id = :clip""",
        {"clip": clip_id},
    )
    return [batch for (batch,) in rows]


def of_transcript(db: Database, transcript_id: int) -> tuple[FiledCorrection, ...]:
    """Return the corrections of a transcript, in order of their places."""
    return _of_transcript(db, transcript_id, None)


def copy(db: Database, one: FiledCorrection, transcript_id: int, first_word: int, last_word: int) -> None:
    """Give another transcript the same correction, decided in the same batch, so that both are undone together."""
    same = replace(one, first_word=first_word, last_word=last_word)
    key = file(db, transcript_id, same, one.batch)
    if one.decision is not None:
        query = "SELECT batch_id, accepted FROM correction_decisions WHERE id = ?"
        batch, accepted = db.execute(query, [one.decision]).fetchone()
        _decide(db, [key], batch, accepted=bool(accepted))


def _decide(db: Database, ids: Sequence[int], batch: int, *, accepted: bool) -> None:
    rows = [(batch, one, int(accepted)) for one in ids]
    query = "INSERT INTO correction_decisions (batch_id, correction_id, accepted) VALUES (?, ?, ?)"
    db.conn.executemany(query, rows)
    _settle(db, ids)


def _settle(db: Database, ids: Sequence[int]) -> None:
    """Write again what the decisions about corrections make of them."""
    asked = {"ids": json.dumps(list(ids))}
    db.execute(_SETTLE, asked)
    db.execute(_SETTLE_STATUS, asked)


def _unsettled(archive: Archive, batch: int) -> Iterator[tuple[int, str, list[int]]]:
    """Yield the clips of a batch that was undone, with those of its corrections that still count it."""
    last = 0
    while True:
        with archive.reading():
            rows = archive.db.execute(
                f"""SELECT id FROM {_TOUCHED} WHERE id > :last AND id IN (SELECT id FROM corrections
                        WHERE decision_id IN (SELECT id FROM correction_decisions WHERE batch_id = :batch)
                        OR (decision_id IS NULL AND status <> 'withdrawn' AND batch_id = :batch))
                    ORDER BY id LIMIT :page""",  # noqa: S608 - fixed
                {"batch": batch, "last": last, "page": PAGE},
            ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield from _clips_of(archive.db, [one for (one,) in rows])


def _clips_of(db: Database, ids: Sequence[int]) -> list[tuple[int, str, list[int]]]:
    """Return the id and uid of each clip that these corrections are of, with those of them that are its own."""
    rows = db.execute(
        """SELECT clips.id, clips.uid, json_group_array(corrections.id) FROM corrections
           JOIN transcripts ON transcripts.id = transcript_id JOIN clips ON clips.id = transcripts.clip_id
           WHERE corrections.id IN (SELECT value FROM json_each(?)) GROUP BY clips.id ORDER BY clips.id""",
        [json.dumps(list(ids))],
    ).fetchall()
    return [(clip_id, uid, json.loads(those)) for clip_id, uid, those in rows]


def _transcript_of(db: Database, clip_id: int, version: int | None) -> int:
    """Return the id of a clip's transcript: of its `version`, by default the current one. Raises UsageError."""
    if version is None:
        row = db.execute("SELECT current_transcript_id FROM clips WHERE id = ?", [clip_id]).fetchone()
    else:
        query = "SELECT id FROM transcripts WHERE clip_id = ? ORDER BY id LIMIT 1 OFFSET ?"
        row = db.execute(query, [clip_id, version - 1]).fetchone() if version > 0 else None
    if row is None or row[0] is None:
        raise UsageError("the clip has no such transcript", "`radio-archive show CLIP --sources` shows what it has.")
    return int(row[0])


def _of_transcript(db: Database, transcript_id: int, status: CorrectionStatus | None) -> tuple[FiledCorrection, ...]:
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


def _is_of_rules(one: FiledCorrection) -> bool:
    """Whether the rules made it and no person has decided about it, or undone it."""
    return one.source != Source.HUMAN and not one.by_person and one.status != CorrectionStatus.WITHDRAWN


def _is_settled(proposal: Proposal, settled: Sequence[FiledCorrection]) -> bool:
    """Whether a person has decided about a proposal already, or about its place."""
    return any(
        (one.status == CorrectionStatus.ACCEPTED and _overlap(one, proposal))
        or (one.source != Source.HUMAN and _key(one) == _key(proposal))
        for one in settled
    )


def _places(corrections: Sequence[FiledCorrection]) -> list[tuple[int | None, int]]:
    """Return what decides which text corrections make."""
    return sorted((one.decision, one.id) for one in corrections if one.status == CorrectionStatus.ACCEPTED)


def _overlap(one: Correction, other: Edit | Proposal) -> bool:
    return one.first_word <= other.last_word and other.first_word <= one.last_word


def _key(one: Correction | Proposal) -> tuple[int, int, str]:
    return one.first_word, one.last_word, _clean(one.after)


def _clean(text: str) -> str:
    return clean_text(text)


def _correction(one: Proposal) -> Correction:
    return Correction(
        one.first_word, one.last_word, one.before, _clean(one.after), one.source, one.evidence, one.confidence,
        one.alternatives,
    )  # fmt: skip


def _dump(alternatives: Sequence[Alternative]) -> str | None:
    return json.dumps([asdict(one) for one in alternatives], ensure_ascii=False) if alternatives else None


def _alternatives(stored: str | None) -> tuple[Alternative, ...]:
    rows = json.loads(stored) if stored else []
    return tuple(Alternative(**{**row, "source": ProposalSource(row["source"])}) for row in rows)


def is_sure(one: Proposal, accept: float) -> bool:
    """Whether a proposal is accepted by itself, if that needs a confidence of `accept`."""
    return one.confidence >= accept and not one.tied


def _update(db: Database, old: FiledCorrection, new: Proposal, accept: float) -> None:
    """Write what is new of a proposal that was there before, and whether it is now accepted."""
    made = _correction(new)
    wanted = replace(
        old, **{name: getattr(made, name) for name in ("source", "evidence", "confidence", "alternatives")}
    )
    if wanted != old:
        db.execute(
            "UPDATE corrections SET source = ?, evidence = ?, confidence = ?, alternatives = ? WHERE id = ?",
            [made.source, made.evidence or None, made.confidence, _dump(made.alternatives), old.id],
        )
    if is_sure(new, accept) == (old.status == CorrectionStatus.ACCEPTED):
        return
    if is_sure(new, accept):
        _decide(db, [old.id], old.batch, accepted=True)
    else:
        db.execute("UPDATE corrections SET decision_id = NULL WHERE id = ?", [old.id])
        db.execute(
            """DELETE FROM correction_decisions WHERE correction_id = ?
               AND batch_id IN (SELECT id FROM correction_batches WHERE kind = 'proposals')""",
            [old.id],
        )
        _settle(db, [old.id])


def _remove(db: Database, ids: Sequence[int]) -> None:
    keys = json.dumps(list(ids))
    touched = db.execute(
        "SELECT DISTINCT batch_id FROM corrections WHERE id IN (SELECT value FROM json_each(?))", [keys]
    ).fetchall()
    db.execute("DELETE FROM corrections WHERE id IN (SELECT value FROM json_each(?))", [keys])
    forget_empty_batches(db, [batch for (batch,) in touched])
