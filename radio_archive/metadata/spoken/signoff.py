"""Claims from the first and last seconds of a clip: "This is Asia Minute", "For HPR, I'm Karen Oshiro."

`mentions` finds the phrases. This module decides which is a sign-off and which a soundbite, and who is the reporter
and who the anchor. People and shows that are not on the roster become proposals only.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.metadata.spoken.matching import LONGEST, Names, SpokenName, compare_names
from radio_archive.metadata.spoken.mentions import Mention, MentionFinder, MentionKind
from radio_archive.metadata.spoken.phrases import LANGUAGES, AnnouncementPhrases
from radio_archive.metadata.spoken.run_on import another_signs, joined_endings
from radio_archive.metadata.spoken.sentences import Sentence, closing, opening, sentences
from radio_archive.models import Claim, Field, Roster, Source, Word, clean_text
from radio_archive.text.spelling import fold
from radio_archive.text.times import clock

OPENING = CLOSING = 25.0
"""Seconds at the start and end of speech in which a clip says what it is and who made it."""
MUSIC = 60.0
"""Seconds without words that may follow; with more, speech ends in the middle of the clip."""
MOST_WORDS = 160
"""Words at either end, at most, for words with wrong times."""
INTRODUCTION = 15.0
"""Seconds within which an anchor says their name, unless it directly follows the show's name."""
TAIL_WORDS = 4
"""Other words that may follow a sign-off. More of them are narration, and the name was in a soundbite."""

PROPOSAL = 0.2
"""Confidence of a name that is not certainly on the roster: below `resolve.GUESS`, so it never wins by itself."""
SIGNED, SIGNED_BARE, ANNOUNCED = 0.9, 0.75, 0.75
"""Confidence of a sign-off with a show or station, of one without, and of a reporter named after the piece. All are
multiplied by the similarity of the name."""
IDENTIFIED, INTRODUCED, HANDED_OVER, ALONE = 0.85, 0.7, 0.6, 0.45
"""Confidence of a show or station, of an anchor, of a reporter named before the piece, and of a speaker who gives a
name at the start when no other reporter is named."""
SAME = 0.75
"""Similarity from which a proposal is taken for a misheard name that is already claimed."""

_EVIDENCE = 240
"""Characters of the quoted words, at most."""


def read_signoff(
    words: Sequence[Word],
    known: KnownNames,
    *,
    duration: float,
    claimed: Roster = Roster(),  # noqa: B008 - it is frozen
    hidden: Collection[str] = (),
) -> list[Claim]:
    """Return claims from both ends of a clip of `duration` seconds: who made it, and which show and station it is.

    `claimed` are names that count for this clip as if they were known; `hidden` are people, folded, who do not count.

    A person is claimed only if they are on the roster and no other name is nearly the same. An unknown name, or one
    that two people share, becomes a claim of confidence PROPOSAL, which wins only after a human confirms it.
    """
    if not words:
        return []
    more = KnownNames(claimed)
    people = Names((known.people, more.people), hidden=hidden)
    claims: list[Claim] = []
    for phrases in LANGUAGES:
        tables = (*known.outlets(phrases.articles), *more.outlets(phrases.articles))
        outlets = Names(tables, phrases.articles)
        end = opening(words, OPENING, MOST_WORDS)
        start = closing(words, CLOSING, MOST_WORDS, duration=duration, music=MUSIC)
        find = partial(MentionFinder, people=people, outlets=outlets, phrases=phrases, places=_places(words))
        first = find(_sentences(words, 0, end, phrases))
        last = _ending(_sentences(words, start, len(words), phrases), find)
        claims += _claims(words, first, last)
    return _deduplicated(claims)


def _places(words: Sequence[Word]) -> frozenset[str]:
    """The folded first words of what may be places in a clip: capitalized, after `in` or `from`."""
    leads = {"in", "at", "from", "near", "to"}
    pairs = pairwise(word.text.strip(' .,;:!?“”"')[:_EVIDENCE] for word in words)
    return frozenset(fold(word) for before, word in pairs if before.casefold() in leads and word[:1].isupper())


def _ending(found: list[Sentence], find: Callable[..., MentionFinder]) -> MentionFinder:
    """Read the last sentences plainly; if that names nobody for certain, as they may run on, then over their ends."""
    plain = find(found)
    for reader in _readings(plain, find):
        if _sure(mention for mention in reader.mentions if _ends_clip(reader, mention)):
            return reader
    return plain


def _readings(plain: MentionFinder, find: Callable[..., MentionFinder]) -> Iterator[MentionFinder]:
    yield plain
    yield find(plain.sentences, run_on=True)
    for joined in joined_endings(plain.sentences):
        yield find(joined, run_on=True)


def _sentences(words: Sequence[Word], start: int, end: int, phrases: AnnouncementPhrases) -> list[Sentence]:
    """The whole sentences of a window; those cut by its edges are left out. `For Asia Minute. I'm …` counts as one."""
    if start >= end:
        return []
    margin = 15
    first, last = max(0, start - margin), min(len(words), end + margin)
    found = sentences(words, first, last, phrases.contracted)
    if first > 0 and len(found) > 1:
        found = found[1:]
    if last < len(words) and len(found) > 1:
        found = found[:-1]
    joined: list[Sentence] = []
    for sentence in found:
        before = joined[-1] if joined else None
        leads = before and len(before.tokens) <= LONGEST and before.phrase_length(f"reporting|{phrases.lead}", 0)
        handed = sentence.phrase_length(phrases.handover_rest, 0) and sentence.phrase_length(phrases.handover_after, 0)
        if before and handed:
            name, has, *rest = *before.tokens[-1:], *sentence.tokens
            whole = *before.tokens[:-1], name._replace(mark=""), has._replace(raw=has.folded), *rest
            joined[-1] = Sentence(whole)
        elif before and leads and sentence.phrase_length(phrases.before_name, 0):
            joined[-1] = Sentence(before.tokens + sentence.tokens)
        else:
            joined.append(sentence)
    return joined


def _claims(words: Sequence[Word], first: MentionFinder, last: MentionFinder) -> Iterator[Claim]:
    """Yield the claims of the mentions that count at both ends."""
    ends = [mention for mention in last.mentions if _ends_clip(last, mention)]
    signed = [mention for mention in ends if mention.person]
    ended = {last.sentences[mention.sentence].tokens[mention.first].word for mention in ends}
    starts = [t for t in first.mentions if first.sentences[t.sentence].tokens[t.first].word not in ended]
    handed = list(first.handovers())
    openers = [mention for mention in starts if mention.kind == MentionKind.SELF and _is_anchor(words, first, mention)]
    idents = [mention for mention in starts if mention.kind == MentionKind.IDENT]
    for reader, mentions in ((last, ends), (first, [*openers, *handed, *idents])):
        for mention in mentions:
            for outlet in mention.outlets:
                confidence = IDENTIFIED if mention.kind in {MentionKind.IDENT, MentionKind.HANDOVER} else SIGNED
                yield _claim(words, reader, mention, outlet, outlet.field, confidence)
    hosts = {mention.person.value for mention in openers if mention.person}
    others = {mention.person.value for mention in (*signed, *handed) if mention.person} - hosts
    for mention in signed:
        if mention.person:
            anchor = mention.host or (mention.person.value in hosts and bool(others & _sure(signed)))
            confidence = ANNOUNCED if mention.kind == MentionKind.BACK else SIGNED if mention.outlets else SIGNED_BARE
            yield _claim(words, last, mention, mention.person, Field.HOST if anchor else Field.REPORTER, confidence)
    for mention in handed:
        if mention.person and mention.person.value not in hosts:
            yield _claim(words, first, mention, mention.person, Field.REPORTER, HANDED_OVER)
    for mention in openers:
        named = replace(mention, kind=MentionKind.INTRODUCTION)
        if mention.person and (mention.host or others or another_signs(last, mention.person.value)):
            yield _claim(words, first, named, mention.person, Field.HOST, INTRODUCED)
        elif mention.person and mention.person.value not in _sure(signed):
            yield _claim(words, first, named, mention.person, Field.REPORTER, ALONE)


def _sure(mentions: Iterable[Mention]) -> set[str]:
    return {mention.person.value for mention in mentions if mention.person and mention.person.sure}


def _ends_clip(reader: MentionFinder, mention: Mention) -> bool:
    """Whether the clip ends with this mention: only other mentions, a few words or an outro follow."""
    unknown = reader.unknown_words(mention.sentence, mention.end)
    for number in range(mention.sentence + 1, len(reader.sentences)):
        if unknown > TAIL_WORDS or reader.sentences[number].phrase_length(reader.phrases.outro, 0):
            break
        unknown += reader.unknown_words(number, 0)
    return unknown <= TAIL_WORDS


def _is_anchor(words: Sequence[Word], reader: MentionFinder, mention: Mention) -> bool:
    """Whether the speaker who gives a name at the start is the anchor, not the first voice in the story."""
    idents = (other for other in reader.mentions if other.kind == MentionKind.IDENT)
    if any(0 <= mention.sentence - other.sentence <= 1 for other in idents):
        return True
    token = reader.sentences[mention.sentence].tokens[mention.first]
    following = reader.sentences[mention.sentence + 1 : mention.sentence + 2]
    personal = following and following[0].phrase_length(reader.phrases.personal, 0)
    return not personal and not words[token.word].start - words[0].start > INTRODUCTION


def _claim(
    words: Sequence[Word], reader: MentionFinder, mention: Mention, named: SpokenName, field: Field, confidence: float
) -> Claim:
    tokens = reader.sentences[mention.sentence].tokens[mention.first : mention.end]
    start = words[tokens[0].word].start
    # Rounded to milliseconds, as words are stored: reading again gives the same value.
    at = round(max(0.0, start), 3) if math.isfinite(start) else None
    heard = clean_text("".join(word.text[:_EVIDENCE] for word in words[tokens[0].word : tokens[-1].last + 1]))
    heard = heard if len(heard) <= _EVIDENCE else heard[:_EVIDENCE].rstrip() + "…"
    when = "" if at is None else f" at {clock(at)}"
    evidence = clean_text(f"heard{when}: “{heard}”{_ambiguity(named)}")
    sure = round(confidence * named.similarity, 3) if named.sure else PROPOSAL
    return Claim(field, named.value, Source.SIGNOFF, evidence, sure, mention.kind.value, at)


def _ambiguity(named: SpokenName) -> str:
    if not named.rivals:
        return ""
    if len({fold(name) for name in named.rivals}) == 1:
        return f" ({len(named.rivals)} on the roster are called that)"
    return f" ({' or '.join(named.rivals[:3])}?)"


def _deduplicated(claims: Iterable[Claim]) -> list[Claim]:
    """The most confident claim for each value of a field, without proposals that are misheard forms of a claim."""
    best: dict[tuple[Field, str], Claim] = {}
    for claim in claims:
        key = claim.field, fold(claim.value)
        if key not in best or claim.confidence > best[key].confidence:
            best[key] = claim
    claimed = [claim for claim in best.values() if claim.confidence > PROPOSAL]

    def misheard(claim: Claim) -> bool:
        others = (other.value for other in claimed if other.field in {claim.field, Field.REPORTER})
        return any(compare_names(fold(other).split(), fold(claim.value).split())[0] >= SAME for other in others)

    shows = [claim for (field, _), claim in best.items() if field in {Field.SHOW, Field.STATION}]
    # "This is" can also stand before a person's name.
    outlets = {fold(claim.value) for claim in shows if claim.source_key != MentionKind.IDENT}

    def is_outlet(claim: Claim) -> bool:
        return claim.field not in {Field.SHOW, Field.STATION} and fold(claim.value) in outlets

    kept = [c for c in best.values() if c.confidence > PROPOSAL or not (misheard(c) or is_outlet(c))]
    return sorted(kept, key=lambda claim: (list(Field).index(claim.field), -claim.confidence, claim.at or 0.0))
