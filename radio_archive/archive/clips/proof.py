"""Proves a quotation: it is looked for in the transcripts of its clip again, which digests show to be unchanged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radio_archive.archive import digests, visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, redactions
from radio_archive.archive.clips.corrections import of_transcript
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.originals import Outcome, Stored, read_again
from radio_archive.archive.rows import clip_id_of
from radio_archive.errors import NoSuchClipError
from radio_archive.models import Clip, CorrectionStatus, Word
from radio_archive.text.corrected import correct, joined
from radio_archive.text.doubts import MARK
from radio_archive.text.spelling import fold

SLACK = 1.5
"""Seconds around a passage in which its words may be: a citation has whole seconds."""
_TRANSCRIPTS = """SELECT transcripts.id, words, digest, id = (SELECT current_transcript_id FROM clips
    WHERE clips.id = clip_id) FROM transcripts WHERE clip_id = ? ORDER BY id"""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a quotation is what was said: where it was `found`, and all that has `changed` since it was made.

    `faults` say why it cannot be relied on; without any and if it was found, it `holds`.
    """

    clip: str
    recording: str
    """The SHA-256 of its recording."""
    found: str
    """Where its words are; empty if nowhere."""
    now: str
    """What the passage says now; empty if that is the same."""
    changed: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return bool(self.found) and not self.faults


def prove(
    archive: Archive, clip: str, start: float, end: float, said: str, *, recording: str = "", transcript: str = ""
) -> Proof:
    """Look for a quotation again: for the words `said` in a clip from `start` to `end`, in seconds.

    The recording is read again and compared with its digest. `recording` and `transcript` are the digests that were
    known when the quotation was made, if any. Raises NoSuchClipError, which says if the clip was removed, and when.
    """
    uid = _uid(archive, clip)
    known = read.clip(archive, uid)
    span = (start - SLACK, end + SLACK)
    changed, faults = [], list(_recording_faults(archive, known, recording))
    found = now = ""
    with archive.reading():
        clip_id = clip_id_of(archive.db, uid)
        rows = archive.db.execute(_TRANSCRIPTS, [clip_id]).fetchall()
        bad = {row for row, _ in digests.damage(archive.db, "transcripts", clip_id).rows}
    if transcript and transcript not in {digest for _, _, digest, _ in rows}:
        faults.append("the transcript from which it was quoted is not in the archive any more")
    for number, (key, stored, digest, is_current) in enumerate(rows, 1):
        if key in bad:
            faults.append(f"transcript {number} is not as it was stored")
            continue
        readings = [(_passage(words, span), what) for words, what in _readings(archive, key, load_words(stored))]
        for text, what in readings:
            if _is_in(said, text) and (not found or digest == transcript or is_current):
                found = f"transcript {number}, {what}"
                break
        if is_current:
            text, _ = readings[0]
            if not _is_in(said, text):
                now = text
                changed.append("the text of this passage has changed")
            if transcript and digest != transcript:
                changed.append(f"transcript {number} is the clip's text now")
    redacted = [f"{one.start:.1f}–{one.end:.1f} s was redacted on {one.created_at[:10]}"
                for one in redactions.of_clip(archive, uid)
                if one.undone_at is None and one.start < end and start < one.end]  # fmt: skip
    now = "" if redacted else now
    changed += redacted
    changed += visibility.reasons(archive, uid)
    return Proof(uid, known.recording.sha256, found, now, tuple(changed), tuple(faults))


def digest_of_text(archive: Archive, uid: str) -> str | None:
    """Return the digest of a clip's current transcript."""
    with archive.reading():
        row = archive.db.execute(
            "SELECT digest FROM transcripts JOIN clips ON current_transcript_id = transcripts.id WHERE uid = ?", [uid]
        ).fetchone()
    return None if row is None else str(row[0])


def _uid(archive: Archive, clip: str) -> str:
    try:
        return read.find_uid(archive, clip)
    except NoSuchClipError:
        with archive.reading():
            row = archive.db.execute(
                "SELECT at, reason FROM tombstones WHERE clip_uid = ? ORDER BY id DESC LIMIT 1", [clip]
            ).fetchone()
        if row is None:
            raise
        why = f": {row[1]}" if row[1] else ""
        problem = f"clip {clip} was removed on {row[0][:10]}{why}"
        raise NoSuchClipError(problem, "Its quotations cannot be proven.") from None


def _recording_faults(archive: Archive, clip: Clip, expected: str) -> Iterator[str]:
    if expected and clip.recording.sha256 != expected:
        yield "it was quoted from another recording than the clip's"
    outcome, found, _ = read_again(archive, Stored(0, clip.recording.sha256, clip.file, clip.uid))
    if outcome == Outcome.CHANGED:
        yield f"{clip.file} is not the recording that was archived: its bytes have changed"
    elif outcome == Outcome.MISSING:
        yield f"the recording is not at {clip.file}"
    elif outcome == Outcome.UNREADABLE:
        yield f"{clip.file} cannot be read: {found}"


def _readings(archive: Archive, key: int, heard: Sequence[Word]) -> Iterator[tuple[Sequence[Word], str]]:
    """Yield what a transcript says now, what was heard, and what it said before corrections were taken back."""
    filed = of_transcript(archive.db, key)
    accepted = [one for one in filed if one.status == CorrectionStatus.ACCEPTED]
    if accepted:
        yield correct(heard, sorted(accepted, key=lambda one: one.decision or 0)).words, "as corrected"
    yield heard, "as heard"
    for one in filed:
        if one.status not in (CorrectionStatus.ACCEPTED, CorrectionStatus.PROPOSED):
            yield correct(heard, [*accepted, one]).words, "with a correction that was taken back"


def _passage(words: Sequence[Word], span: tuple[float, float]) -> str:
    return joined([word for word in words if span[0] <= (word.start + word.end) / 2 <= span[1]])


def _is_in(said: str, text: str) -> bool:
    # What stands for speech that was not understood is no word.
    words = _plain(said.replace(MARK, " "))
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(_plain(text))} "


def _plain(text: str) -> list[str]:
    return [word for word in ("".join(filter(str.isalnum, fold(word))) for word in text.split()) if word]
