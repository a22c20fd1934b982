"""Choose the value of each field from its claims: the winner by the rank of its source, and the losers."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.text.spelling import fold

ORDER = (
    *(Source.SIDECAR, Source.STORY, Source.FEED, Source.TAGS, Source.SIGNOFF, Source.FOLDER, Source.FILENAME),
    Source.ENGINE,
)
"""The order of trust in sources, after a human, who always comes first."""

GUESS, PROPOSED, SURE = 0.25, 0.4, 0.5
"""A claim below GUESS is a guess, such as a title made of the file name. From SURE on it is a statement, and wins by
the rank of its source. What is less sure loses to all statements, whatever their sources."""

MADE = frozenset({Field.SHOW, Field.STATION, Field.REPORTER, Field.HOST, Field.GUEST})
"""Fields whose values become shows, stations and people. A claim about them below PROPOSED is only a proposal: it wins
nothing until a person accepts it."""


def ranks(first: Sequence[str] = ()) -> dict[str, int]:
    """Return the rank of each source; the sources in `first`, in that order, come directly after a human.

    Those of plugins that `first` does not name have none, and come last.
    """
    named = [source for source in first if source != Source.HUMAN]
    order = (Source.HUMAN, *dict.fromkeys((*named, *ORDER)))
    return {source: len(order) - place for place, source in enumerate(order)}


RANKS: Mapping[str, int] = ranks()


def resolve(claims: Iterable[Claim], ranks: Mapping[str, int] = RANKS) -> dict[Field, Resolved]:
    """Return the winner of each field that still has a claim, and its losers, best first.

    Statements win before claims that are less sure, and those before guesses; then the highest rank wins, then the
    highest confidence; among human claims, the last one. Proposals are neither winners nor losers. A denial removes the
    same value, in any spelling, from sources of its rank and below; only a later human claim of the value overrides a
    human denial. Denied values are not among the losers.
    """
    resolved = {}
    for field, given in _by_field(claims).items():
        ordered = [claim for claim in _ordered(given, ranks) if not is_proposal(claim)]
        if ordered:
            resolved[field] = Resolved(field, ordered[0].value, ordered[0], tuple(ordered[1:]))
    return resolved


def proposals(claims: Iterable[Claim], ranks: Mapping[str, int] = RANKS) -> list[Claim]:
    """Return the claims that only propose a show, a station or a person, best first; none that a person denied."""
    return [claim for given in _by_field(claims).values() for claim in _ordered(given, ranks) if is_proposal(claim)]


def is_proposal(claim: Claim) -> bool:
    """Whether a claim about a show, a station or a person is too weak to make one."""
    if claim.source == Source.HUMAN or claim.field not in MADE:
        return False
    # What was heard and is surer than a guess is on the roster, or another source claims it.
    return claim.confidence < (GUESS if claim.source == Source.SIGNOFF else PROPOSED)


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


def language_said(resolved: Mapping[Field, Resolved]) -> str | None:
    """Return the spoken language if a person named it; what other sources say, the engine detects for itself."""
    found = resolved.get(Field.LANGUAGE)
    return found.value if found and found.winner.source == Source.HUMAN else None


def _by_field(claims: Iterable[Claim]) -> dict[Field, list[Claim]]:
    fields: dict[Field, list[Claim]] = {}
    for claim in claims:
        fields.setdefault(claim.field, []).append(claim)
    return fields


def _ordered(claims: Sequence[Claim], ranks: Mapping[str, int]) -> list[Claim]:
    """The claims for one field that no denial removes, best first."""
    last_word: dict[str, int] = {}
    denied_rank: dict[str, float] = {}
    for position, claim in enumerate(claims):
        value = fold(claim.value)
        if claim.source == Source.HUMAN:
            last_word[value] = position
        elif claim.denies:
            denied_rank[value] = max(_rank(claim, ranks), denied_rank.get(value, _rank(claim, ranks)))

    def stands(claim: Claim) -> bool:
        value = fold(claim.value)
        word = last_word.get(value)
        if claim.denies or (word is not None and claims[word].denies):
            return False
        return claim.source == Source.HUMAN or value not in denied_rank or _rank(claim, ranks) > denied_rank[value]

    def key(position: int, claim: Claim) -> tuple[object, ...]:
        if claim.source == Source.HUMAN:
            return (0, -position)
        rank = -_rank(claim, ranks)
        return (1, rank, -claim.confidence, claim.source_key, claim.value, claim.source, claim.evidence)

    standing = [(position, claim) for position, claim in enumerate(claims) if stands(claim)]
    return [claim for _, claim in sorted(standing, key=lambda pair: key(*pair))]


def _rank(claim: Claim, ranks: Mapping[str, int]) -> float:
    """The rank of a claim's source; that of what is less sure is below that of all that is surer."""
    return ranks.get(claim.source, 0) - 1_000_000 * sum(claim.confidence < least for least in (GUESS, SURE))
