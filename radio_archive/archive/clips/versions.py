"""The transcripts of a clip: which one is the current, their words, and people's corrections when another becomes it.

A clip's transcripts are numbered by age, from 1.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from radio_archive.archive import visibility
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, current
from radio_archive.archive.clips.corrections import FiledCorrection
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.index import spellings
from radio_archive.archive.rows import clip_id_of
from radio_archive.errors import UsageError
from radio_archive.models import CorrectionStatus, Source, Word
from radio_archive.text.alignment import Alignment, align
from radio_archive.text.corrected import in_force, joined, overlap
from radio_archive.text.spelling import fold

_NUMBERED = """
    SELECT id, words, origin, row_number() OVER (ORDER BY id) AS number, recording_id IS NOT (SELECT recording_id
        FROM clip_recordings WHERE clip_recordings.clip_id = transcripts.clip_id AND role = 'original') AS edition
    FROM transcripts WHERE clip_id = (SELECT id FROM clips WHERE uid = ?)"""
_NUMBER = """SELECT count(*) FROM transcripts AS earlier JOIN transcripts AS this USING (clip_id)
    WHERE this.id = ? AND earlier.id <= this.id"""
_LEFT = """SELECT id, first_word, last_word FROM review_items
    WHERE transcript_id = ? AND correction_id IS NULL AND state = 'right'"""
_MOVE = "UPDATE OR IGNORE review_items SET transcript_id = ?, first_word = ?, last_word = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the engine wrote last: `number` counts the clip's transcripts, `words` are as it heard them."""

    number: int
    words: tuple[Word, ...]


def current_of_public(archive: Archive, uids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return the number and the digest of the current transcript of those of these clips that everybody may see."""
    query = f"""SELECT uid, {corrections.VERSION}, digest FROM clips
        JOIN transcripts ON transcripts.id = current_transcript_id
        WHERE uid IN (SELECT value FROM json_each(:uids)) AND {visibility.PUBLIC}"""  # noqa: S608 - our own
    with archive.reading():
        rows = archive.db.execute(query, {"uids": json.dumps(uids), **visibility.clock(archive)}).fetchall()
    return {uid: (number, digest) for uid, number, digest in rows}


def count(archive: Archive, uid: str) -> int:
    """Return how many transcripts a clip has."""
    return int(archive.db.execute(f"SELECT count(*) FROM ({_NUMBERED})", [uid]).fetchone()[0])  # noqa: S608 - our own


def words(archive: Archive, uid: str, number: int) -> tuple[Word, ...]:
    """Return the current words of the transcript with this number: with its own corrections. Raises UsageError."""
    with archive.reading():
        query = f"SELECT words, {current.ACCEPTED} FROM transcripts WHERE id = ?"  # noqa: S608 - our own
        stored, accepted = archive.db.execute(query, [_id_of(archive, uid, number)]).fetchone()
    return current.corrected(load_words(stored), accepted).words


def stored(archive: Archive, uid: str, number: int) -> tuple[Word, ...]:
    """Return the words of a transcript as they were stored, without corrections. Raises UsageError."""
    with archive.reading():
        return _words(archive.db, _id_of(archive, uid, number))


def heard(archive: Archive, uid: str) -> Heard | None:
    """Return the engine's newest transcript of a clip; None if no engine wrote one.

    One of another recording of the clip, such as its podcast, has other times, and does not count.
    """
    query = f"""SELECT number, words FROM ({_NUMBERED}) WHERE origin = 'engine' AND NOT edition
        ORDER BY number DESC LIMIT 1"""  # noqa: S608 - our own
    row = archive.db.execute(query, [uid]).fetchone()
    return None if row is None else Heard(row[0], load_words(row[1]))


def choose(archive: Archive, uid: str, number: int) -> tuple[str, ...]:
    """Make a transcript the current one of its clip; nothing happens if it is already. Raises UsageError.

    What people corrected in the one before is applied to it where it has the same words in the same place. Returns, in
    words, the corrections for which that is not so, which stay with the transcript that they were made in; and whether
    that one says who speaks, and this one does not.
    """
    db = archive.db
    with archive.writing():
        clip_id = clip_id_of(db, uid)
        wanted = _id_of(archive, uid, number)
        (before,) = db.execute("SELECT current_transcript_id FROM clips WHERE id = ?", [clip_id]).fetchone()
        if wanted == before:
            return ()
        lost = tuple(_carry_over(db, before, wanted)) if before else ()
        current.choose(db, clip_id, wanted)
        spellings.backfill(db)
    return lost


def _id_of(archive: Archive, uid: str, number: int) -> int:
    there = [key for (key,) in archive.db.execute(f"SELECT id FROM ({_NUMBERED}) ORDER BY id", [uid])]  # noqa: S608
    if 0 < number <= len(there):
        return int(there[number - 1])
    has = f"numbers 1 to {len(there)}" if len(there) > 1 else "only number 1" if there else "none"
    raise UsageError(
        f"{uid} has no transcript {number}, {has}", f"`radio-archive show {uid} --versions` lists what it has."
    )


def _carry_over(db: Database, old: int, new: int) -> Iterator[str]:
    """Give a transcript what people decided about another, and yield what is lost with that, in words.

    The copies belong to the same batches, so that undoing one undoes it in all transcripts. Words that a person heard
    and left as they are wait no more.
    """
    was, now = (_words(db, key) for key in (old, new))
    if any(word.speaker for word in was) and not any(word.speaker for word in now):
        yield f"transcript {db.execute(_NUMBER, [old]).fetchone()[0]} says who speaks, and the new text does not"
    of_old = sorted(corrections.of_transcript(db, old), key=lambda one: one.decision or 0)
    # Those that a later one hides, too: they are there again when that is undone.
    decided = [one for one in of_old if one.by_person or _is_withdrawn(one)]
    left = db.execute(_LEFT, [old]).fetchall()
    if not decided and not left:
        return
    accepted = [one for one in decided if one.status == CorrectionStatus.ACCEPTED]
    in_use = {one.id for one in in_force(accepted, len(was))}
    found = align([word.text for word in was], [word.text for word in now])
    standing = list(corrections.of_transcript(db, new))
    for one in decided:
        place = _place(one.first_word, one.last_word, found, was, now)
        if place is not None:
            moved = replace(one, first_word=place[0], last_word=place[1])
            there = [other for other in standing if overlap(other, moved)]
            if not any(_is_later(other, one) for other in there):
                # What the rules think of the same place gives way, as when a person decides about it there.
                corrections.copy(db, moved, new, instead_of=[other for other in there if not other.by_person])
                standing = [other for other in standing if other not in there]
        elif one.id in in_use:
            beside = found.text_of(one.first_word, one.last_word + 1)
            text = joined(now[beside.start : beside.stop]) if beside else ""
            # The other transcript may say it right already.
            if fold(text) != fold(one.after) or not text:
                before, at = joined(was[one.first_word : one.last_word + 1]), was[one.first_word].start
                instead = f"it now says {text!r}" if text else "it has nothing like it"
                yield f"{before!r} → {one.after!r} at {at:.0f} s no longer fits: {instead}"
    places = ((key, _place(first, last, found, was, now)) for key, first, last in left)
    db.conn.executemany(_MOVE, [(new, *place, key) for key, place in places if place])


def _place(first: int, last: int, found: Alignment, was: Sequence[Word], now: Sequence[Word]) -> tuple[int, int] | None:
    """Return the first and last word at which another transcript says the same as these words of the first one."""
    there = found.text_of(first, last + 1)
    if not there or fold(joined(now[there.start : there.stop])) != fold(joined(was[first : last + 1])):
        return None
    return there.start, there.stop - 1


def _is_withdrawn(one: FiledCorrection) -> bool:
    """Whether a person undid what the rules had done."""
    return one.status == CorrectionStatus.WITHDRAWN and one.source != Source.HUMAN


def _is_later(other: FiledCorrection, one: FiledCorrection) -> bool:
    """Whether a transcript has at a place already what a person decided about another, or has decided since."""
    same = (other.after, other.status) == (one.after, one.status)
    return same or (other.by_person and (other.decision or 0) > (one.decision or 0))


def _words(db: Database, transcript_id: int) -> tuple[Word, ...]:
    return load_words(db.execute("SELECT words FROM transcripts WHERE id = ?", [transcript_id]).fetchone()[0])
