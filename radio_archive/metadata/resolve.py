"""Claims to values: for each field, one winner by the rank of its source, and the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.text.spelling import fold

ORDER = (Source.SIDECAR, Source.STORY, Source.FEED, Source.TAGS, Source.SIGNOFF, Source.FOLDER, Source.FILENAME)
"""Which source is believed first, after a human, who always is."""

GUESS = 0.25
"""Below this confidence a claim is a guess, such as the title that is only the file name: it loses to all others."""


def ranks(first: Sequence[str] = ()) -> dict[Source, int]:
    """Return the ranks of all sources; those named `first`, in that order, come right after a human."""
    named = [source for source in map(Source, first) if source != Source.HUMAN]
    order = (Source.HUMAN, *dict.fromkeys((*named, *ORDER)))
    return {source: len(order) - place for place, source in enumerate(order)}


RANKS: Mapping[Source, int] = ranks()


def resolve(claims: Iterable[Claim], ranks: Mapping[Source, int] = RANKS) -> dict[Field, Resolved]:
    """Return the winner for each field that has a claim left, and its losers, best first.

    A claim wins by rank, then by confidence; among several human claims, the last one given. A denial removes the
    same value, in any spelling, from sources of its rank and below; a human denial yields only to a later human claim
    of that value. What was denied is not among the losers.
    """
    fields: dict[Field, list[Claim]] = {}
    for claim in claims:
        fields.setdefault(claim.field, []).append(claim)
    resolved = {}
    for field, given in fields.items():
        ordered = _ordered(given, ranks)
        if ordered:
            resolved[field] = Resolved(field, ordered[0].value, ordered[0], tuple(ordered[1:]))
    return resolved


def resolve_for_show(
    claims: Iterable[Claim], own_ranks: Callable[[str | None], Sequence[str]]
) -> dict[Field, Resolved]:
    """Return the winners by the ranks of the clip's own show; `own_ranks` gives those of a show, by its name.

    Which show that is, the general ranks say: its own could tell of another show, and that one's of the first.
    """
    claims = list(claims)
    resolved = resolve(claims)
    show = resolved.get(Field.SHOW)
    own = own_ranks(show.value if show else None)
    return {**resolve(claims, ranks(own)), **({Field.SHOW: show} if show else {})} if own else resolved


def _ordered(claims: Sequence[Claim], ranks: Mapping[Source, int]) -> list[Claim]:
    """The claims about one field that no denial removes, best first."""
    last_word: dict[str, int] = {}
    denied_rank: dict[str, float] = {}
    for position, claim in enumerate(claims):
        value = fold(claim.value)
        if claim.source == Source.HUMAN:
            last_word[value] = position
        elif claim.denies:
            denied_rank[value] = max(_rank(claim, ranks), denied_rank.get(value, _rank(claim, ranks)))

    def stands(position: int, claim: Claim) -> bool:
        value = fold(claim.value)
        word = last_word.get(value)
        human_denies = word is not None and claims[word].denies
        # What was heard of somebody whom nobody knows is a proposal, for a person to take up.
        proposal = claim.source == Source.SIGNOFF and claim.confidence < GUESS
        if claim.denies or human_denies or proposal:
            return False
        return claim.source == Source.HUMAN or value not in denied_rank or _rank(claim, ranks) > denied_rank[value]

    def key(position: int, claim: Claim) -> tuple[object, ...]:
        if claim.source == Source.HUMAN:
            return (0, -position)
        return (1, -_rank(claim, ranks), -claim.confidence, claim.source_key, claim.value, claim.source, claim.evidence)

    standing = [(position, claim) for position, claim in enumerate(claims) if stands(position, claim)]
    return [claim for _, claim in sorted(standing, key=lambda pair: key(*pair))]


def _rank(claim: Claim, ranks: Mapping[Source, int]) -> float:
    rank = ranks.get(claim.source, 0)
    return rank if claim.confidence >= GUESS else rank - 1_000_000
