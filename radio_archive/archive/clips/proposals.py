"""What the rules propose for a clip's words. Proposals are filed as corrections, and give way to what people decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, corrections, current
from radio_archive.archive.clips.batches import BatchKind
from radio_archive.archive.clips.corrections import FiledCorrection
from radio_archive.archive.index import spellings
from radio_archive.archive.rows import clip_id_of
from radio_archive.errors import StaleTextError, UsageError
from radio_archive.models import Correction, CorrectionStatus, Proposal, Source, clean_text
from radio_archive.text.corrected import overlap

MACHINE = "radio-archive"
"""The author of what the rules propose and accept."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of proposals for a clip: how many were accepted at once, how many wait, and if its text changed."""

    accepted: int
    waiting: int
    changed: bool


def is_sure(one: Proposal, accept: float) -> bool:
    """Whether a proposal is accepted by itself, if that needs a confidence of `accept`."""
    return one.confidence >= accept and not one.tied


def file(db: Database, transcript_id: int, proposals: Sequence[Proposal], accept: float) -> bool:
    """Add what the rules propose for a new transcript; return whether something of it is accepted by itself."""
    batch = batches.begin(db, BatchKind.PROPOSALS, MACHINE) if proposals else 0
    for one in proposals:
        made = _correction(one)
        corrections.file(db, transcript_id, made, batch, accepted=True if is_sure(one, accept) else None)
    return any(is_sure(one, accept) for one in proposals)


def propose(archive: Archive, uid: str, proposals: Sequence[Proposal], accept: float) -> Proposed:
    """File what the rules propose for a clip's current transcript.

    Those with a confidence of at least `accept` are accepted at once, unless they are tied. They replace the rules'
    earlier ones about which no person has decided. What a person rejected or undid is not proposed again, and nothing
    is at a place where a person's own correction stands.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        transcript_id = corrections.transcript_of(db, clip_id)
        before = corrections.of_transcript(db, transcript_id)
        ours = {_key(one): one for one in before if _is_of_rules(one)}
        settled = [one for one in before if not _is_of_rules(one)]
        # What a person's correction hides stays as it is: it is there again if that is undone.
        standing = {key for key, one in ours.items() if one.status == CorrectionStatus.ACCEPTED}
        wanted = {
            _key(one): one
            for one in proposals
            if not _is_settled(one, settled) or (_key(one) in standing and is_sure(one, accept))
        }
        corrections.remove(db, [one.id for key, one in ours.items() if key not in wanted])
        file(db, transcript_id, [one for key, one in wanted.items() if key not in ours], accept)
        for key in ours.keys() & wanted.keys():
            _update(db, ours[key], wanted[key], accept)
        changed = _makes(before) != _makes(corrections.of_transcript(db, transcript_id))
        if changed:
            current.derive(db, clip_id)
            spellings.backfill(db)
    accepted = sum(is_sure(one, accept) for one in wanted.values())
    return Proposed(accepted, len(wanted) - accepted, changed)


def choose(archive: Archive, correction: int, alternative: int, author: str, seen: str) -> int:
    """Accept one of a proposal's alternatives (0 is the first) in place of the proposal; return the batch.

    Raises UsageError if there is none, and StaleTextError if the text at its words is not what the person has `seen`.
    """
    db = archive.db
    with archive.writing():
        found = corrections.by_id(archive, [correction])
        if not found or not 0 <= alternative < len(found[0].alternatives):
            raise UsageError("no such alternative", "`radio-archive review --json` lists them.")
        [(clip_id, uid, _)] = corrections.clips_of(db, [correction])
        one = found[0].alternatives[alternative]
        there = corrections.now_of(archive, uid).corrected.text_of(one.first_word, one.last_word)
        if there != seen:
            raise StaleTextError.of(uid, seen, there)
        batch = batches.begin(db, BatchKind.REVIEW, author)
        made = Correction(
            one.first_word, one.last_word, seen, clean_text(one.after), one.source, one.evidence, one.confidence
        )
        corrections.put(db, corrections.transcript_of(db, clip_id), [made], batch, instead_of=correction)
        current.derive(db, clip_id)
        spellings.backfill(db)
    return batch


def _is_of_rules(one: FiledCorrection) -> bool:
    """Whether the rules made it and no person has decided about it, or undone it."""
    return one.source != Source.HUMAN and not one.by_person and one.status != CorrectionStatus.WITHDRAWN


def _is_settled(proposal: Proposal, settled: Sequence[FiledCorrection]) -> bool:
    """Whether a person has decided about a proposal already, or about its place."""
    return any(
        (one.status == CorrectionStatus.ACCEPTED and overlap(one, proposal))
        or (one.source != Source.HUMAN and _key(one) == _key(proposal))
        for one in settled
    )


def _makes(found: Sequence[FiledCorrection]) -> list[tuple[int, int, int, str]]:
    """Return what decides which text corrections make. Their ids do not: SQLite gives a free one to another."""
    return sorted((one.decision or 0, *_key(one)) for one in found if one.status == CorrectionStatus.ACCEPTED)


def _key(one: Correction | Proposal) -> tuple[int, int, str]:
    return one.first_word, one.last_word, clean_text(one.after)


def _correction(one: Proposal) -> Correction:
    return Correction(
        one.first_word, one.last_word, one.before, clean_text(one.after), one.source, one.evidence, one.confidence,
        one.alternatives,
    )  # fmt: skip


def _update(db: Database, old: FiledCorrection, new: Proposal, accept: float) -> None:
    """Write what is new of a proposal that was there before, and whether it is now accepted."""
    corrections.rewrite(db, old, replace(_correction(new), before=old.before))
    if is_sure(new, accept) == (old.status == CorrectionStatus.ACCEPTED):
        return
    if is_sure(new, accept):
        corrections.decide_each(db, [old.id], old.batch, accepted=True)
    else:
        corrections.reopen(db, old.id)
