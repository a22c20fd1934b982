"""Claims from the first and last seconds of a clip: "This is Asia Minute", "For HPR, I'm Karen Oshiro."

`mentions` finds the phrases. This module decides which is a sign-off and which a soundbite, and who is the reporter
and who the anchor. People and shows that are not on the roster become proposals only.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise, product
from typing import NamedTuple

from radio_archive.metadata.spoken.garbled import Expected, garbled_sign_off, resolve_proposal
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.metadata.spoken.matching import LONGEST, Names, SpokenName, compare_names
from radio_archive.metadata.spoken.mentions import Mention, MentionFinder, MentionKind
from radio_archive.metadata.spoken.phrases import LANGUAGES, AnnouncementPhrases
from radio_archive.metadata.spoken.run_on import another_signs, ends_clip, is_announced, joined_endings
from radio_archive.metadata.spoken.sentences import Sentence, closing, opening, sentences
from radio_archive.models import Claim, Field, Roster, Source, Word, clean_text
from radio_archive.text.corrected import overlap
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

_OUTLETS = frozenset({Field.SHOW, Field.STATION})
_STORY_WORDS = 5_000
"""Words of a paragraph of a story that are searched for names, at most."""
_EVIDENCE = 240
"""Characters of the quoted words, at most."""


class SpokenClaim(NamedTuple):
    """A claim, and the words that are the name in it: the positions of the first and of the last one."""

    claim: Claim
    first_word: int
    last_word: int


def read_signoff(
    words: Sequence[Word],
    known: KnownNames,
    *,
    duration: float,
    claimed: Roster = Roster(),  # noqa: B008 - it is frozen
    hidden: Collection[str] = (),
    makers: Collection[str] = (),
    story: Sequence[str] = (),
) -> list[SpokenClaim]:
    """Return claims from both ends of a clip of `duration` seconds: who made it, and which show and station it is.

    `claimed` are names that count for this clip as if they were known; `hidden` are people, folded, who do not count.
    `makers` are people, folded, whom other sources name as reporter or host, and `story` the paragraphs that were
    published with the clip: a name that is expected is recognized in words that would not do for another.

    A person is claimed only if they are on the roster and no other name is nearly the same. An unknown name, or one
    that two people share, becomes a claim of confidence PROPOSAL, which wins only after a human confirms it.
    """
    if not words:
        return []
    more = KnownNames(claimed)
    people = Names((known.people, more.people), hidden=hidden)
    expected = cache(lambda: Expected(people.subjects(makers), people.subjects(_names_in(story))))
    claims: list[SpokenClaim] = []
    for phrases in LANGUAGES:
        tables = (*known.outlets(phrases.articles), *more.outlets(phrases.articles))
        outlets = Names(tables, phrases.articles)
        end = opening(words, OPENING, MOST_WORDS)
        start = closing(words, CLOSING, MOST_WORDS, duration=duration, music=MUSIC)
        find = partial(MentionFinder, people=people, outlets=outlets, phrases=phrases, places=_places(words))
        first = find(_sentences(words, 0, end, phrases))
        last = _ending(_sentences(words, start, len(words), phrases), find)
        if not _signed(last):
            last = garbled_sign_off(_readings(last, find), people, words, expected) or last
        claims += _claims(words, first, last)
    return _deduplicated(claims)


def _names_in(story: Sequence[str]) -> Iterator[str]:
    """Yield what may be a person's name in a story, folded: each few words in a row."""
    for paragraph in story:
        words = fold(paragraph).split()[:_STORY_WORDS]
        for first, count in product(range(len(words)), range(2, LONGEST + 1)):
            yield " ".join(words[first : first + count])


def _places(words: Sequence[Word]) -> frozenset[str]:
    """The folded first words of what may be places in a clip: capitalized, after `in` or `from`."""
    leads = {"in", "at", "from", "near", "to"}
    pairs = pairwise(word.text.strip(' .,;:!?“”"')[:_EVIDENCE] for word in words)
    return frozenset(fold(word) for before, word in pairs if before.casefold() in leads and word[:1].isupper())


def _ending(found: list[Sentence], find: Callable[..., MentionFinder]) -> MentionFinder:
    """Read the last sentences plainly; if that names nobody for certain, as they may run on, then over their ends."""
    plain = find(found)
    for reader in _readings(plain, find):
        if _signed(reader):
            return reader
    return plain


def _signed(reader: MentionFinder) -> set[str]:
    """The people who certainly sign at the end of a clip."""
    return _sure(mention for mention in reader.mentions if ends_clip(reader, mention))


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


def _claims(words: Sequence[Word], first: MentionFinder, last: MentionFinder) -> Iterator[SpokenClaim]:
    """Yield the claims of the mentions that count at both ends."""
    ends = [mention for mention in last.mentions if ends_clip(last, mention)]
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
                yield from _claim(words, reader, mention, outlet, outlet.field, confidence)
    hosts = {mention.person.value for mention in openers if mention.person}
    others = {mention.person.value for mention in (*signed, *handed) if mention.person} - hosts
    for mention in signed:
        if mention.person:
            anchor = mention.host or (mention.person.value in hosts and bool(others & _sure(signed)))
            anchor |= mention.kind == MentionKind.SELF and is_announced(last, mention, mention.person.start)
            confidence = ANNOUNCED if mention.kind == MentionKind.BACK else SIGNED if mention.outlets else SIGNED_BARE
            yield from _claim(
                words, last, mention, mention.person, Field.HOST if anchor else Field.REPORTER, confidence
            )
    for mention in handed:
        if mention.person and mention.person.value not in hosts:
            yield from _claim(words, first, mention, mention.person, Field.REPORTER, HANDED_OVER)
    for mention in openers:
        named = replace(mention, kind=MentionKind.INTRODUCTION)
        signs = mention.person and mention.person.value in _sure(signed)
        another = mention.person and not signs and another_signs(last, mention.person.value)
        if mention.person and (mention.host or others or another):
            yield from _claim(words, first, named, mention.person, Field.HOST, INTRODUCED)
        elif mention.person and not signs:
            yield from _claim(words, first, named, mention.person, Field.REPORTER, ALONE)


def _sure(mentions: Iterable[Mention]) -> set[str]:
    return {mention.person.value for mention in mentions if mention.person and mention.person.sure}


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
) -> Iterator[SpokenClaim]:
    """Yield the claim that a mention makes by a name; none by a name that is too uncertain to be proposed."""
    sentence = reader.sentences[mention.sentence].tokens
    tokens, name = sentence[mention.first : mention.end], sentence[named.start : named.end]
    if not named.sure:
        found = resolve_proposal(named, name, words, reader.people, reader.outlets)
        if found is None:
            return
        # A reporter may be a host, too; a show may turn out to be a station.
        field, named = (found.field if found.field in _OUTLETS else field), found
    start = words[tokens[0].word].start
    # Rounded to milliseconds, as words are stored: reading again gives the same value.
    at = round(max(0.0, start), 3) if math.isfinite(start) else None
    heard = clean_text("".join(word.text[:_EVIDENCE] for word in words[tokens[0].word : tokens[-1].last + 1]))
    heard = heard if len(heard) <= _EVIDENCE else heard[:_EVIDENCE].rstrip() + "…"
    when = "" if at is None else f" at {clock(at)}"
    evidence = clean_text(f"heard{when}: “{heard}”{_ambiguity(named)}")
    sure = round(confidence * named.similarity, 3) if named.sure else PROPOSAL
    claim = Claim(field, named.value, Source.SIGNOFF, evidence, sure, mention.kind.value, at)
    yield SpokenClaim(claim, name[0].word, name[-1].last)


def _ambiguity(named: SpokenName) -> str:
    if not named.rivals:
        return ""
    if len({fold(name) for name in named.rivals}) == 1:
        return f" ({len(named.rivals)} on the roster are called that)"
    return f" ({' or '.join(named.rivals[:3])}?)"


def _deduplicated(spoken: Iterable[SpokenClaim]) -> list[SpokenClaim]:
    """The most confident claim for each value of a field, without proposals that are misheard forms of a claim."""
    best: dict[tuple[Field, str], SpokenClaim] = {}
    for one in spoken:
        key = one.claim.field, fold(one.claim.value)
        if key not in best or one.claim.confidence > best[key].claim.confidence:
            best[key] = one
    claimed = [one for one in best.values() if one.claim.confidence > PROPOSAL]
    proposed = [one for one in best.values() if one.claim.confidence <= PROPOSAL]

    def misheard(one: SpokenClaim) -> bool:
        others = (other.claim for other in claimed if other.claim.field in {one.claim.field, Field.REPORTER})
        heard = fold(one.claim.value).split()
        alike = any(compare_names(fold(other.value).split(), heard)[0] >= SAME for other in others)
        return alike or any(overlap(one, other) for other in claimed)

    kept = [one for one in proposed if not misheard(one)]
    kept = [*claimed, *(one for one in kept if not any(_names_better(other, one) for other in kept))]

    def order(one: SpokenClaim) -> tuple[int, float, float]:
        return list(Field).index(one.claim.field), -one.claim.confidence, one.claim.at or 0.0

    return sorted(kept, key=order)


def _names_better(one: SpokenClaim, other: SpokenClaim) -> bool:
    """Whether two proposals take the same words, or one name, for a person and for a show, and `one` is the better.

    `This is` may stand before both: at the start of a clip before its show, at the end before who signs. `For` stands
    before a show, and `I'm` before a person.
    """
    if (one.claim.field in _OUTLETS) == (other.claim.field in _OUTLETS):
        return False
    if not overlap(one, other) and fold(one.claim.value) != fold(other.claim.value):
        return False
    outlet, person = (one, other) if one.claim.field in _OUTLETS else (other, one)
    is_outlet = outlet.claim.source_key != MentionKind.IDENT or person.claim.source_key == MentionKind.INTRODUCTION
    return is_outlet == (one is outlet)
