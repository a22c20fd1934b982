"""The queue of what waits for a person's ear, in the order of how likely it is wrong: a page of it costs the page.

Proposals wait in it (`clips.corrections`), and the words that are most likely wrong (`index.suspects`). A person
accepts another text for an item, or rejects it, which means that what is there is right, or writes what was said, or
skips the item. All of it is kept, so that the next one goes on from there.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, current, proposals, read
from radio_archive.archive.clips.batches import BatchKind
from radio_archive.archive.clips.corrections import CurrentText
from radio_archive.archive.clips.encoding import load_words
from radio_archive.archive.filters import EVERYTHING, Filters, Way, conditions
from radio_archive.archive.rows import now
from radio_archive.errors import StaleTextError, UsageError
from radio_archive.models import Clip, Edit, Word, clean_text
from radio_archive.text.corrected import joined

AROUND = 12
"""Words of context on either side of an item."""
OFFERED = 3
"""Other texts that are offered for an item, at most."""
LEAD, TAIL = 2.0, 1.5
"""Seconds that are played before and after an item."""


class State(StrEnum):
    """What became of an item."""

    OPEN = "open"
    SKIPPED = "skipped"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RIGHT = "right"
    """A person heard the word and left it as it is."""
    COVERED = "covered"
    """A correction at the same place decides about it."""
    WITHDRAWN = "withdrawn"


WAITING = (State.OPEN, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Offer:
    """Another text for a place: `text` for `heard`, which may be a few words more or less than the item's own.

    One that is empty removes the words. `evidence` says why it may be right.
    """

    text: str
    heard: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Words of the current text that wait for a person, with what is around them; times are seconds of the clip."""

    id: int
    clip: Clip
    kind: str
    """`proposal`, or what the word is: `name`, `number`, `negation`, `word`."""
    state: State
    doubt: float
    """How likely what is there is wrong, 0 to 1."""
    worth: float
    """By which the queue is ranked."""
    version: int
    first_word: int
    last_word: int
    text: str
    """The current text there."""
    before: str
    after: str
    """What is said before and after it."""
    start: float
    end: float
    offers: tuple[Offer, ...] = ()
    """Other texts for it, the best first; the first one of a proposal is what it proposes."""
    correction: int | None = None
    """The proposal that it is."""

    @property
    def about(self) -> str:
        """What it is, and how sure that is: `proposal, 75% sure`, `name, 92% likely to be wrong`."""
        return f"{self.kind}, {self.doubt:.0%} {'likely to be wrong' if self.correction is None else 'sure'}"

    @property
    def seen(self) -> str:
        """What a person sees and decides about, to tell whether it is still that: another item may have its id now."""
        offered = [offer.text for offer in self.offers]
        return json.dumps([self.clip.uid, self.version, self.first_word, self.last_word, self.text, offered])

    @property
    def heard_from(self) -> float:
        return max(0.0, self.start - LEAD)

    @property
    def heard_to(self) -> float:
        return min(self.clip.duration or self.end + TAIL, self.end + TAIL)


@dataclass(frozen=True, slots=True)
class Done:
    """What a person did with an item, to be undone; `batch` is the batch of corrections that it made, if any."""

    item: int
    clip: str
    state: State
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """How far the review of a show is; `show` is None for clips without one."""

    show: str | None
    proposals: int
    """That wait."""
    words: int
    """That wait to be heard."""
    skipped: int
    accepted: int
    rejected: int
    right: int
    """Words that a person heard and left."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: what comes after it is the next page."""

    worth: float
    id: int


FIRST = Place(2.0, 0)

_ITEMS = """SELECT review_items.id, review_items.clip_id, review_items.kind, review_items.state, doubt, worth,
        review_items.first_word, review_items.last_word, review_items.alternatives, correction_id, corrections."after",
        corrections.alternatives, corrections.evidence
    FROM review_items CROSS JOIN clips ON clips.id = review_items.clip_id
    LEFT JOIN corrections ON corrections.id = correction_id
    WHERE review_items.transcript_id = clips.current_transcript_id"""


def page(
    archive: Archive,
    filters: Filters,
    limit: int,
    after: Place = FIRST,
    *,
    skipped: bool = False,
) -> list[Item]:
    """Return the first items of the queue that come after a place; or of what was `skipped`.

    Raises UsageError for a show that is not known.
    """
    condition, parameters = conditions(archive, filters, Way.FOUND)
    of_show = "AND review_items.show_id = :show" if "show" in parameters else ""
    parameters |= {"state": State.SKIPPED if skipped else State.OPEN, "worth": after.worth, "id": after.id}
    found: list[Item] = []
    while len(found) < limit:
        with archive.reading():
            rows = _rows(archive, f"{of_show} AND {condition}", {**parameters, "limit": limit - len(found)})
            found += _items(archive, rows)
        if not rows:
            break
        parameters |= {"id": rows[-1][0], "worth": rows[-1][5]}
    return found


def _rows(archive: Archive, condition: str, parameters: dict[str, object]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    # One after the other, so that the index finds where to begin among many of the same worth.
    for beyond in ("worth = :worth AND review_items.id > :id", "worth < :worth"):
        query = f"{_ITEMS} AND review_items.state = :state AND {beyond} {condition}"
        rows += archive.db.execute(f"{query} ORDER BY worth DESC, review_items.id LIMIT :limit", parameters).fetchall()
    return rows[: int(str(parameters["limit"]))]


def item(archive: Archive, key: int, filters: Filters = EVERYTHING) -> Item | None:
    """Return an item; None if there is none that waits, or if its clip has another current transcript."""
    condition, parameters = conditions(archive, filters, Way.FOUND)
    with archive.reading():
        query = f"{_ITEMS} AND review_items.id = :id AND {condition}"
        rows = archive.db.execute(query, {**parameters, "id": key}).fetchall()
        return next((one for one in _items(archive, rows) if one.state in WAITING), None)


def status(archive: Archive, filters: Filters) -> list[ShowStatus]:
    """Return how far the review of each show is, by name. Raises UsageError for a show that is not known."""
    condition, parameters = conditions(archive, filters, Way.ALL)
    of_show = "" if condition == "1" else f"AND clip_id IN (SELECT id FROM clips WHERE {condition})"  # noqa: S608
    query = f"""SELECT shows.name, counted.* FROM (
            SELECT show_id,
                sum(state = 'open' AND kind = 'proposal'), sum(state = 'open' AND kind <> 'proposal'),
                sum(state = 'skipped'), sum(state = 'accepted'), sum(state = 'rejected'), sum(state = 'right')
            FROM review_items WHERE state NOT IN ('covered', 'withdrawn') {of_show} GROUP BY show_id) AS counted
        LEFT JOIN shows ON shows.id = counted.show_id ORDER BY shows.name IS NULL, shows.name"""  # noqa: S608
    with archive.reading():
        return [ShowStatus(name, *counts) for name, _, *counts in archive.db.execute(query, parameters)]


def accept(archive: Archive, one: Item, author: str, choice: int = 0) -> Done:
    """Put one of the offered texts in place of what is there.

    Raises UsageError if there is no such text, and StaleTextError if somebody else has decided meanwhile.
    """
    if not 0 <= choice < len(one.offers):
        raise UsageError("no text is offered for this", "Edit it, or keep it as it is.")
    if one.correction is None:
        return write(archive, one, one.offers[choice].text, author)
    if choice == 0:
        return _decide(archive, one, author, accepted=True)
    with archive.writing():
        _require_waiting(archive, one)
        batch = proposals.choose(archive, one.correction, choice - 1, author, one.offers[choice].heard)
    return Done(one.id, one.clip.uid, State.COVERED, batch)


def reject(archive: Archive, one: Item, author: str) -> Done:
    """Keep what is there: it is right. Raises StaleTextError if somebody else has decided meanwhile."""
    if one.correction is not None:
        return _decide(archive, one, author, accepted=False)
    return _mark(archive, one, State.RIGHT, author)


def skip(archive: Archive, one: Item, author: str) -> Done:
    """Leave an item for later. Raises StaleTextError if somebody else has decided meanwhile."""
    return _mark(archive, one, State.SKIPPED, author)


def write(archive: Archive, one: Item, text: str, author: str) -> Done:
    """Put what a person wrote in place of what is there; nothing removes the words.

    Raises StaleTextError if somebody else has decided meanwhile.
    """
    if clean_text(text) == one.text:
        return reject(archive, one, author)
    with archive.writing():
        _require_waiting(archive, one)
        there = corrections.now_of(archive, one.clip.uid).corrected
        change = there.keeping_stop(Edit(one.first_word, one.last_word, one.text, clean_text(text)))
        batch = corrections.edit(archive, one.clip.uid, [change], author, version=one.version, kind=BatchKind.REVIEW)
    return Done(one.id, one.clip.uid, State.COVERED, batch)


def undo(archive: Archive, done: Done) -> None:
    """Undo what was done with an item: it waits again. Raises UsageError if it was undone already."""
    if done.batch is not None:
        corrections.undo(archive, done.batch)
        return
    with archive.writing():
        archive.db.execute(
            """UPDATE review_items SET state = 'open', author = NULL, decided_at = NULL
               WHERE id = ? AND state IN ('right', 'skipped')""",
            [done.item],
        )


def _decide(archive: Archive, one: Item, author: str, *, accepted: bool) -> Done:
    assert one.correction is not None  # noqa: S101 - asked before
    with archive.writing():
        _require_waiting(archive, one)
        batch, _ = corrections.decide(archive, [one.correction], author, accepted=accepted)
    return Done(one.id, one.clip.uid, State.ACCEPTED if accepted else State.REJECTED, batch)


def _mark(archive: Archive, one: Item, state: State, author: str) -> Done:
    with archive.writing():
        _require_waiting(archive, one)
        archive.db.execute(
            "UPDATE review_items SET state = ?, author = ?, decided_at = ? WHERE id = ?",
            [state, clean_text(author), now(), one.id],
        )
    return Done(one.id, one.clip.uid, state)


def _require_waiting(archive: Archive, one: Item) -> None:
    """Raise StaleTextError unless an item still waits, with the texts that the person saw."""
    there = item(archive, one.id)
    if there is None or there.seen != one.seen:
        raise StaleTextError.of(one.clip.uid, one.text, there.text if there and there.text != one.text else None)


def _items(archive: Archive, rows: Sequence[Sequence[Any]]) -> list[Item]:
    ids = list({row[1] for row in rows})
    clips = read.by_id(archive, ids, read.Part.ADDRESS | read.Part.AUDIBLE)
    texts = _texts(archive, ids)
    made = (_item(row, clips[row[1]], *texts[row[1]]) for row in rows if row[1] in clips and row[1] in texts)
    return [one for one in made if one is not None]


def _texts(archive: Archive, ids: Sequence[int]) -> dict[int, tuple[tuple[Word, ...], CurrentText]]:
    """Return of each of these clips what was heard, and what is its current text."""
    rows = archive.db.execute(
        f"""SELECT clips.id, transcripts.words, {current.ACCEPTED}, {corrections.VERSION}
            FROM clips JOIN transcripts ON transcripts.id = current_transcript_id
            WHERE clips.id IN (SELECT value FROM json_each(?))""",  # noqa: S608 - our own fragments
        [json.dumps(list(ids))],
    )
    found = {}
    for key, stored, accepted, version in rows:
        words = load_words(stored)
        found[key] = words, CurrentText(version, current.corrected(words, accepted))
    return found


def _item(row: Sequence[Any], clip: Clip, words: Sequence[Word], text: CurrentText) -> Item | None:
    key, _, kind, state, doubt, worth, first, last, others, correction, proposed, more, evidence = row
    there = text.corrected.text_of(first, last) if 0 <= first <= last < len(words) else None
    # Of what is redacted, nobody is asked, and nothing is offered that may be the same.
    if there is None or text.redacts(first, last):
        return None
    offers = [Offer(clean_text(str(one)), there) for one in json.loads(others or "[]") if one != there]
    if correction is not None:
        offers = [Offer(proposed, there, evidence or "")]
        for one in json.loads(more or "[]"):
            place = one["first_word"], one["last_word"]
            # Those before it keep their numbers.
            if text.redacts(*place):
                break
            # As it is now: who takes this text replaces what is there, and not what was heard.
            seen = text.corrected.text_of(*place)
            heard = joined(words[place[0] : place[1] + 1]) if seen is None else seen
            offers.append(Offer(one["after"], heard, one["evidence"]))
    before = [word for word, (_, end) in zip(text.corrected.words, text.corrected.origins, strict=True) if end < first]
    after = [
        word for word, (begin, _) in zip(text.corrected.words, text.corrected.origins, strict=True) if begin > last
    ]
    return Item(
        key, clip, kind, State(state), doubt, worth, text.version, first, last, there,
        joined(before[-AROUND:]), joined(after[:AROUND]), words[first].start, words[last].end,
        tuple(offers[:OFFERED]), correction,
    )  # fmt: skip
