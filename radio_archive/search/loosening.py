"""The ranked list that people read: clips with all words of a query, then those with some, the typed form first."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from radio_archive.archive.archive import Archive
from radio_archive.search.evidence import EvidenceReader
from radio_archive.search.expression import PLACES, expression
from radio_archive.search.fts import FtsReader
from radio_archive.search.plan import Plan, Unit, plan
from radio_archive.search.ranking import Finder, RankedClip
from radio_archive.search.results import Replacement, Weights, Where
from radio_archive.search.scoring import ScoredClip, score, score_of_one
from radio_archive.text.forms import typed_as
from radio_archive.text.highlight import terms
from radio_archive.text.query import Node, Query

if TYPE_CHECKING:
    from radio_archive.search.vocabulary import Vocabulary

FEW = 20
"""Clips with all words, below which those with some follow."""
SCORED = 50
"""Clips with all words in one text that are scored anew; before, they are ranked by their best texts alone."""
ENOUGH = 0.45
"""The share of a query that a clip must have to be found without all words."""
NOT_AS_TYPED = 0.5
"""What remains of a score if all words occur in another spelling only."""
READ = 3
"""Sentences of a clip in which the typed form is looked for."""
TEXTS = "SELECT id, text FROM segments WHERE id IN (SELECT value FROM json_each(?))"
TITLES = "SELECT id, title FROM clips WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a ranked list; `finder` counts and finds all of it."""

    clips: list[RankedClip]
    finder: Finder
    replaced: tuple[Replacement, ...]


def best_first(archive: Archive, reader: FtsReader, query: Query, weights: Weights, first: int, limit: int) -> Answer:
    """Return `limit` clips from index `first`.

    Clips that do not have all words follow only if those that have are few, and do not fill the first page.
    """
    visible = reader.unfiltered()
    planned = plan(
        query,
        knows=lambda node: _occurs(visible, node),
        finds=lambda node: _occurs(reader, node),
        vocabulary=cache(lambda: _vocabulary(archive, public=reader.is_public)),
    )
    finder, evidence = Finder(reader, planned.query, weights), EvidenceReader(reader, weights)
    least = max(FEW, first + limit)
    # Other forms of a frequent word take time, and change little among the best.
    exact = planned.exact_where(evidence.is_very_frequent)
    order, is_whole = (Finder(reader, exact, weights) if exact else finder).best(least, max(SCORED, least))
    if exact and len(order) < FEW:
        order, is_whole = finder.best(least, max(SCORED, least))
    some: list[RankedClip] = []
    is_all_known = len(planned.units) == 1 and is_whole
    if is_all_known or len(order) >= FEW:
        if is_all_known:
            # What there is to know of them was read to find them.
            order = sorted(order, key=lambda one: (-score_of_one(one.rows, weights), -one.clip))
        order = _typed_first(archive, planned, order)
    else:
        strict = {one.clip for one in order}
        scored, knows_all = score(evidence, planned.units, strict)
        is_whole |= knows_all
        scored = [one for one in scored if one.clip in strict or not one.missing or one.coverage >= ENOUGH]
        dropped = _dropped(finder, planned, [one.clip for one in scored if one.clip not in strict])
        scored = _typed_first_scored(archive, planned, [one for one in scored if one.clip not in dropped])
        order = [_ranked(one, ()) for one in scored if one.clip in strict or not one.missing]
        some = [_ranked(one, one.missing) for one in scored if one.clip not in strict and one.missing]
    if len(order) < first + limit and not is_whole:
        order += finder.rest({one.clip for one in order}, first + limit - len(order))
    if len(order) < min(limit, FEW) and some:
        having = {one.clip for one in order}
        some = [one for one in some if one.clip not in having]
        finder.add([one.clip for one in some])
        order += some
    return Answer(order[first : first + limit], finder, planned.replaced)


def _vocabulary(archive: Archive, *, public: bool) -> "Vocabulary":
    # Not quick to import, and needed for unknown words only.
    from radio_archive.search.vocabulary import Vocabulary

    return Vocabulary(archive, public=public)


def _ranked(one: ScoredClip, missing: Sequence[Unit]) -> RankedClip:
    rows = {Where.SPEECH: list(one.segments)} if one.segments else {}
    return RankedClip(one.clip, rows, tuple(unit.text for unit in missing))


def _occurs(reader: FtsReader, node: Node) -> bool:
    """Whether a part of a query occurs anywhere in what `reader` reads."""
    return any(reader.has_match(where, expression(node, where)) for where in PLACES)


def _dropped(finder: Finder, planned: Plan, clips: Collection[int]) -> set[int]:
    """Return those of `clips` without all that a clip must have, or with something unwanted."""
    left = set(clips)
    for unit in planned.units:
        if unit.hard and left:
            left = finder.having(unit.node, left)
    return set(clips) - left | finder.excluded(left)


def _typed_first(archive: Archive, planned: Plan, order: Sequence[RankedClip]) -> list[RankedClip]:
    """Return the clips in a new order, those with the words as they were typed before those with other spellings."""
    head = order[:SCORED]
    # A story or name that matches is not looked at.
    seen = [one for one in head if Where.SPEECH in one.rows or Where.TITLE in one.rows]
    shares = dict.fromkeys((one.clip for one in head), 1.0)
    shares |= _typed_shares(archive, planned, {one.clip: one.rows.get(Where.SPEECH, ()) for one in seen})
    return [*sorted(head, key=lambda one: -shares[one.clip]), *order[SCORED:]]


def _typed_first_scored(archive: Archive, planned: Plan, scored: Sequence[ScoredClip]) -> list[ScoredClip]:
    """Do the same with scores, in which another spelling counts less."""
    shares = _typed_shares(archive, planned, {one.clip: one.segments for one in scored[:SCORED]})
    head = sorted(scored[:SCORED], key=lambda one: -one.score * (NOT_AS_TYPED + (1 - NOT_AS_TYPED) * shares[one.clip]))
    return [*head, *scored[SCORED:]]


def _typed_shares(archive: Archive, planned: Plan, rows: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """Return the share of the words that each clip has as typed, in its title or best segments; `rows` are by clip."""
    typed = [term for unit in planned.units for term in terms(unit.asked)]
    segments = [segment for some in rows.values() for segment in some[:READ]]
    texts = dict(archive.db.execute(TEXTS, [json.dumps(segments)]).fetchall())
    titles = dict(archive.db.execute(TITLES, [json.dumps(list(rows))]).fetchall())
    shares: dict[int, float] = {}
    for clip, some in rows.items():
        shown = [titles[clip], *(texts[segment] for segment in some[:READ])]
        shares[clip] = sum(any(typed_as(term, text) for text in shown) for term in typed) / max(1, len(typed))
    return shares
