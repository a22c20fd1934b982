"""Propose repairs of misheard names in a transcript, each with its evidence, so that a person or a threshold decides.

A name of the story, the glossary or the roster is proposed where something was heard that is like it: by letters and by
sound, and more so where the engine was unsure, the words are no common ones, and the neighbours are those of the story.
How much each of these counts was fitted on pieces as those of `benchmarks/names.py`, by logistic regression; there is
no rule for a single name. Never proposed are numbers, and what differs from a name by an ending only.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from radio_archive.metadata.repair.evidence import add_features, is_framed
from radio_archive.metadata.repair.heard import Heard, HeardText, is_sure
from radio_archive.metadata.repair.likeness import likeness, likeness_of_ends
from radio_archive.metadata.repair.listed import FEW, ClipNames, NameList
from radio_archive.metadata.repair.matches import Features, Match, best_apart, is_misheard, matches_of, widened
from radio_archive.metadata.repair.names import (
    CALENDAR,
    MOST_OF_STORY,
    Name,
    core_of,
    marks_of,
    name_of_show,
    names_in,
    names_of_roster,
    names_of_terms,
    parts_of,
    rare_words_in,
    words_of,
)
from radio_archive.models import Alternative, Proposal, Roster, Story, Term, Word
from radio_archive.text.dictionary import is_word as is_common_word
from radio_archive.text.sounds import skeleton
from radio_archive.text.spelling import fold

SURE = 0.6
"""Confidence from which a proposal is accepted by itself, unless the settings say otherwise."""
LIKELY, LIKELY_RARE = 0.03, 0.1
"""Confidence below which nothing is proposed; and below which no word that is no name is, of which there are more."""
THREE = 3
"""Spellings for one place, at most."""

_BIAS = -2.1
_WEIGHTS = Features(
    bits=1.72,
    share=-0.20,
    rest=1.97,
    letters=-0.89,
    begins=0.13,
    doubt=1.56,
    strange=0.59,
    sure=-3.12,
    words=1.88,
    anchors=1.42,
    context=1.65,
    aligned=0.03,
    listed=-2.13,
    lead=1.73,
    ahead=1.69,
    missing=-0.77,
)
_TIE = 0.25
"""How much less another name may explain and still be meant as well."""
_NAMESAKES, _NAMESAKES_TIE, _TOLD_TIE = 0.72, 0.8, 2.0
"""The same for names that are as much alike themselves: two people who are taken for each other anyway; and if the
story has both."""
_SHORT, _PART = 0.9, 0.85
"""Likeness that a short name needs, and a part of a name that nobody spoke in full."""
_MISSING, _REST = 0.36, 0.5
"""The share of a name's letters by which what was heard may be shorter; and how alike the words that differ must be."""
_MISSING_LISTED = 0.24
"""The same for a name of a list that the clip's story does not have: *Wayne* is no *Waiʻanae* then."""
_LOOSE = 0.7
"""Likeness below which only the story's words beside it make sure of a name."""
_KNOWN, _MISSING_KNOWN = 0.4, 0.1
"""Doubt below which an unknown word alone is what was said; and the share of letters by which it may be shorter."""
_END = 0.42
"""How alike the first and the last word of a name must be to what was heard for them; else that was a neighbour."""
_LIKELIEST = 0.98
"""Confidence from which two are equally likely."""
_OVERWHELMING = 0.98
"""Confidence from which the evidence as a whole counts for more than any single doubt."""
_UNSURE = 0.3
"""The most confidence in what only a person can decide."""
_CERTAIN = 0.5
"""Probability from which a word alone is taken for what was said, where no list of words tells."""
_HEARD_BEFORE, _HEARD_COMMON = 0.97, 0.6
"""Confidence in a form that the glossary lists as misheard; and if it is a common word."""
_SPELLING, _CASE, _COMMON = 0.98, 0.9, 0.3
"""Confidence in another spelling of the same letters: with more marks, with capitals, and of a common word."""


class Proposer:
    """Proposes repairs for many clips by the same lists: the terms of the glossary, of all shows, and the roster."""

    def __init__(
        self, glossary: Iterable[Term] = (), *, is_word: Callable[[str], bool] | None = is_common_word
    ) -> None:
        """`is_word` tells whether a folded word is a common one; None to do without a word list."""
        self._is_word = is_word
        terms: dict[str | None, list[Term]] = {}
        for term in glossary:
            terms.setdefault(fold(term.show) if term.show else None, []).append(term)
        self._glossaries = {show: NameList(names_of_terms(those)) for show, those in terms.items()}
        self._roster = NameList()

    def add(self, roster: Roster) -> None:
        """Add people, shows and stations, or more spellings of those that are there."""
        self._roster.add(names_of_roster(roster))

    def propose(
        self, words: Sequence[Word], story: Story | None = None, show: str | None = None
    ) -> tuple[Proposal, ...]:
        """Return repairs of names in a transcript, in its order; no two of them have a word in common.

        `story` is best as it was read (`read_story`), for then all lines of its page are at hand: bylines and datelines
        are in no part of a stored story, and without them a seventh fewer names are repaired. `show` is the clip's,
        whose terms count, and those of all shows.

        It takes milliseconds for a clip of some minutes, however long the lists are.
        """
        lines: Sequence[str] = getattr(story, "lines", ())
        own = [*([name_of_show(show)] if show else []), *names_in(story, lines, is_word=self._is_word)]
        own += islice(rare_words_in(story, lines, is_word=self._is_word), MOST_OF_STORY)
        keys = (fold(show), None) if show else (None,)
        glossaries = [self._glossaries[key] for key in keys if key in self._glossaries]
        heard = HeardText(words, self._is_word, words_of(story, lines))
        matches = matches_of(heard, ClipNames(own, glossaries, self._roster))
        add_features(heard, matches)
        for match in matches:
            match.confidence = _confidence(heard, match)
        _doubt_parts(matches)
        chosen = _chosen(matches)
        found = [_proposal(words, heard, match) for match in chosen]
        settled = [match for match, proposal in zip(chosen, found, strict=True) if proposal is None]
        found += [_proposal(words, heard, match) for match in _longer(matches, chosen, settled)]
        return tuple(sorted((proposal for proposal in found if proposal), key=lambda proposal: proposal.first_word))


def propose(
    words: Sequence[Word],
    story: Story | None = None,
    glossary: Iterable[Term] = (),
    roster: Roster = Roster(),  # noqa: B008 - it is frozen
    *,
    show: str | None = None,
    is_word: Callable[[str], bool] | None = is_common_word,
) -> tuple[Proposal, ...]:
    """Return repairs for one clip, as a `Proposer` does for many."""
    proposer = Proposer(glossary, is_word=is_word)
    proposer.add(roster)
    return proposer.propose(words, story, show)


def _confidence(heard: HeardText, match: Match) -> float:
    if match.is_exact:
        return _confidence_in_spelling(heard, match)
    inside = heard.words[match.first : match.end]
    if match.is_known:
        return _HEARD_COMMON if len(inside) == 1 and not inside[0].strange else _HEARD_BEFORE
    assert match.features is not None  # noqa: S101 - add_features has made it
    logit = _BIAS + sum(weight * value for weight, value in zip(_WEIGHTS, match.features, strict=True))
    confidence = 1 / (1 + math.exp(-logit))
    if match.name.is_common and confidence < LIKELY_RARE:
        return 0.0
    is_doubtful = confidence > _UNSURE and (
        match.name.is_common
        or (len(inside) == 1 and _is_plain(inside[0]))
        or _is_cut_short(heard, match, match.features)
        or _goes_on_after_a_pause(inside, match.name)
        or is_tied(match)
        or (
            confidence < _OVERWHELMING
            and (
                _is_loose(match, match.features, inside, has_story=heard.has_story) or _takes_a_neighbour(heard, match)
            )
        )
        or not is_misheard(heard, match)
    )
    return _UNSURE if is_doubtful else confidence


def _is_loose(match: Match, features: Features, inside: Sequence[Heard], *, has_story: bool) -> bool:
    """Whether a name is too little like what was heard, where the story has not the same words beside it."""
    if features.anchors >= 1 or features.aligned:
        return False
    if len(inside) > 1 or features.context or match.alike >= _PART:
        return match.alike < _LOOSE
    # A word alone may be another name, which the engine knows: *Hawaii* is no *Wahiawā*.
    is_surely_heard = inside[0].doubt < _KNOWN and features.missing > _MISSING_KNOWN
    is_little = features.listed and (has_story or features.missing > _MISSING_LISTED or not features.begins)
    return bool(match.alike < _LOOSE or is_surely_heard or is_little)


def _is_cut_short(heard: HeardText, match: Match, features: Features) -> bool:
    """Whether too little was heard for so long a name, or nothing for the word at one end of it."""
    least = _MISSING_LISTED if features.listed and heard.has_story else _MISSING
    key = "".join(word.key for word in heard.words[match.first : match.end])
    return features.missing > least or features.rest < _REST or likeness_of_ends(key, match.name.parts) < _END


def _takes_a_neighbour(heard: HeardText, match: Match) -> bool:
    """Whether words at an end, or the last sound, may not be the name's: *in chun*, *in Incheon*; *Domaz*, *Doma's*."""
    words, name = heard.words[match.first : match.end], match.name
    key = "".join(word.key for word in words)
    foreign = [not set(word.parts) & set(name.parts) for word in words]
    begins_like = len(words[0].key) > 1 and name.key.startswith(words[0].key)
    if len(words) > 1 and words[0].small and foreign[0] and begins_like and not is_framed(heard, match):
        return True
    ends_in_s = skeleton(key).endswith("S") and not skeleton(name.key).endswith("S")
    return ends_in_s and likeness(key[:-1], name.key) > match.alike


def _goes_on_after_a_pause(words: Sequence[Heard], name: Name) -> bool:
    """Whether a word beside a pause was surely heard and is not of the name, which ends there or begins there."""
    certain = [is_sure(word) and not set(word.parts) & set(name.parts) for word in words]
    return any(word.closes and (certain[at] or certain[at + 1]) for at, word in enumerate(words[:-1]))


def _is_plain(word: Heard) -> bool:
    """Whether a word alone is what was said, though it be like a name: "work" is no York, a network no New York."""
    if CALENDAR.issuperset(word.parts):
        return True
    if word.strange == 1:
        return word.is_lower and word.doubt < _KNOWN
    return word.is_lower or word.strange == 0 or word.doubt < 1 - _CERTAIN


def _confidence_in_spelling(heard: HeardText, match: Match) -> float:
    inside = heard.words[match.first : match.end]
    is_common = match.name.is_common or (len(inside) == 1 and inside[0].is_lower and len(match.name.parts) == 1)
    if marks_of(match.name.text) > marks_of(" ".join(word.written for word in inside)):
        return _COMMON if is_common else _SPELLING
    return _COMMON if is_common else _CASE


def is_tied(match: Match) -> bool:
    """Whether another name may be meant as well: one that explains as much, or a namesake that explains nearly as much.

    A name of the story is never tied with one that is only in a list, nor what the story has just there with another.
    """
    return any(_ties(match, rival) for rival in match.rivals)


def _ties(match: Match, rival: Match) -> bool:
    if match.is_known or rival.is_exact or not match.features or not rival.features:
        return False
    if rival.features.listed > match.features.listed or rival.features.aligned < match.features.aligned:
        return False
    behind = match.weight - rival.weight
    # In a long list every name has a namesake; if a story has both, and the other begins alike or is heard, too, both
    # were spoken.
    is_told = not rival.features.listed and (rival.features.begins or rival.weight > 0)
    margin = _TOLD_TIE if is_told else _NAMESAKES_TIE
    return behind < _TIE or (behind < margin and likeness(match.name.key, rival.name.key) > _NAMESAKES)


def _doubt_parts(matches: Sequence[Match]) -> None:
    """Lower the confidence in what is less than a name: one of few letters, and a part of one that was not spoken."""
    spoken = [match for match in matches if match.confidence >= SURE and not match.name.is_part]
    wholes = {part: [one for one in spoken if part in one.name.parts] for one in spoken for part in one.name.parts}
    for match in matches:
        name, features = match.name, match.features
        if match.is_exact or match.is_known or (features and features.anchors >= 1):
            continue
        is_short = len(name.key) < FEW and match.alike < _SHORT
        others = (one for one in wholes.get(name.parts[-1], ()) if set(name.parts) <= set(one.name.parts))
        is_alone = name.is_part and not (match.alike >= _PART and len(name.key) >= FEW)
        if is_short or (is_alone and all(one.is_at(match) for one in others)):
            match.confidence = min(match.confidence, _UNSURE)


def _chosen(matches: Sequence[Match]) -> list[Match]:
    """Return the matches of which no two have a word in common, the likeliest and weightiest."""
    right = [match for match in matches if match.is_exact]
    exact: dict[int, Match] = {at: match for match in right for at in range(match.first, match.end)}
    free = []
    for match in matches:
        there = [exact[at] for at in range(match.first, match.end) if at in exact]
        # What was heard right stays, except as a part of a longer name.
        if all(one is match or one.name.is_part_of(match.name) for one in there) and not _is_cut(match):
            free.append(match)
    return [match for match in best_apart(free, _worth) if match.confidence >= LIKELY]


def _longer(matches: Sequence[Match], chosen: Sequence[Match], settled: Sequence[Match]) -> list[Match]:
    """Return longer names, for a person, of which a part was heard right and its neighbours perhaps not."""
    ids = {id(match) for match in settled}
    taken = {at for match in chosen if id(match) not in ids for at in range(match.first, match.end)}
    doubtful = (match for match in matches if match.confidence >= _UNSURE and not match.is_exact)
    free = (match for match in doubtful if taken.isdisjoint(range(match.first, match.end)))
    found = best_apart([one for one in free if any(id(o) in ids and o.name.is_part_of(one.name) for o in one.others)])
    for match in found:
        match.confidence = min(match.confidence, _UNSURE)
    return found


def _is_cut(match: Match) -> bool:
    """Whether the story has a longer name just here, between the same words, of which this is only a part."""
    whole = (one for one in match.others if one.features and one.features.aligned)
    return any((one.first, one.end) == (match.first, match.end) and match.name.is_part_of(one.name) for one in whole)


def _worth(match: Match) -> float:
    """What a match is worth beside others: how likely it is, and, where all are likely, how much it explains."""
    sure = min(max(match.confidence, 1 - _LIKELIEST), _LIKELIEST)
    return match.weight + math.log(sure / (1 - sure))


def _proposal(words: Sequence[Word], heard: HeardText, match: Match) -> Proposal | None:
    first, last, before, after = _change(words, heard, match)
    core = core_of(before)
    # A word that the story writes small may have a capital for good reason.
    is_poorer = match.is_exact and marks_of(match.name.text) < marks_of(core) + match.name.is_common
    # Whether *St.* and *Dr.* have a full stop is a matter of style.
    is_same = before.replace(".", "") == after.replace(".", "")
    if is_same or (is_poorer and len(parts_of(core)) == len(match.name.parts)):
        return None
    return Proposal(
        first,
        last,
        before,
        after,
        match.name.source,
        _evidence(heard, match),
        round(match.confidence, 3),
        tuple(_alternatives(words, heard, match)),
        is_tied(match),
    )


def _alternatives(words: Sequence[Word], heard: HeardText, match: Match) -> Iterator[Alternative]:
    """Yield other names for the same words, parts of this one after those, and last, the same name for more words."""
    wider = None if match.is_exact or is_tied(match) else widened(heard, match)
    others = [one for one in match.others if not one.is_exact]
    others.sort(key=lambda one: (one.name.is_part_of(match.name), -_worth(one), one.first, one.end, one.name.text))
    found: list[Match] = []
    for other in others:
        if all(other.name.text != one.name.text for one in (match, *found)) and other.confidence >= LIKELY / 2:
            found.append(other)
    for other in (*found[: THREE - 1 - bool(wider)], *((wider,) if wider else ())):
        first, last, _, after = _change(words, heard, other)
        yield Alternative(first, last, after, other.name.source, _evidence(heard, other), round(other.confidence, 3))


def _change(words: Sequence[Word], heard: HeardText, match: Match) -> tuple[int, int, str, str]:
    """The first and last word of a match in the transcript, their text, and that with the name in their place."""
    first, end = heard.words[match.first].first, heard.words[match.end - 1].end
    before = "".join(word.text for word in words[first:end]).strip()
    # What looks like a possessive may be the sound of the name's end: *Gaudon's* for *Gdańsk*.
    whole = core_of(before, possessive=False)
    is_end = not match.is_exact and likeness("".join(parts_of(whole)), match.name.key) > match.alike
    core = whole if is_end else core_of(before)
    lead, text = before.index(core), match.name.text
    if match.name.is_common and heard.words[match.first].opens:
        text = text[:1].upper() + text[1:]
    return first, end - 1, before, before[:lead] + text + before[lead + len(core) :]


def _evidence(heard: HeardText, match: Match) -> str:
    name: Name = match.name
    place = name.occurrences[0].place if name.occurrences else name.source.value
    if name.source.value != "story" and any(one.place.startswith("the story") for one in name.occurrences):
        place += " and the story"
    how = "other spelling" if match.is_exact else f"{match.alike:.0%} alike"
    features = match.features
    more = []
    if features and features.aligned:
        more.append("between the same words as there")
    elif features and features.anchors >= 1:
        more.append("beside the same word as there")
    tied = [rival.name.text for rival in match.rivals if _ties(match, rival)]
    if tied:
        more.append(f"“{tied[0]}” may be meant as well")
    return "; ".join((place, how, *more))
