"""Choose the value of each field from its claims: the winner by the rank of its source, and the losers."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.text.spelling import fold

ORDER = (Source.SIDECAR, Source.STORY, Source.FEED, Source.TAGS, Source.SIGNOFF, Source.FOLDER, Source.FILENAME)
"""The order of trust in sources, after a human, who always comes first."""

GUESS = 0.25
"""A claim below this confidence is a guess, such as a title made of the file name: it loses to all others."""


def ranks(first: Sequence[str] = ()) -> dict[Source, int]:
    """Return the rank of each source; the sources in `first`, in that order, come directly after a human."""
    named = [source for source in map(Source, first) if source != Source.HUMAN]
    order = (Source.HUMAN, *dict.fromkeys((*named, *ORDER)))
    return {source: len(order) - place for place, source in enumerate(order)}


RANKS: Mapping[Source, int] = ranks()


def resolve(claims: Iterable[Claim], ranks: Mapping[Source, int] = RANKS) -> dict[Field, Resolved]:
    """Return the winner of each field that still has a claim, and its losers, best first.

    The highest rank wins, then the highest confidence; among human claims, the last one. A denial removes the same
    value, in any spelling, from sources of its rank and below; only a later human claim of the value overrides a human
    denial. Denied values are not among the losers.
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
    """Return the winners by the ranks of the clip's show; `own_ranks` returns a show's ranks by its name.

    The general ranks decide the show: its own ranks could choose a second show, whose ranks choose the first again.
    """
    claims = list(claims)
    resolved = resolve(claims)
    show = resolved.get(Field.SHOW)
    own = own_ranks(show.value if show else None)
    return {**resolve(claims, ranks(own)), **({Field.SHOW: show} if show else {})} if own else resolved


def _ordered(claims: Sequence[Claim], ranks: Mapping[Source, int]) -> list[Claim]:
    """The claims for one field that no denial removes, best first."""
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
        # An unknown name that was heard is only a proposal, for a person to accept.
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
